"""What a file puts into a port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from t800.types import Type

__all__ = ["Argument"]


@dataclass(frozen=True, slots=True)
class Argument:
    """A value, an expression over names, or the key that an Out port writes: exactly one of them.

    stay_near: {place: $ward_at, within: 2.0}
        place:  Argument(Point, expression="ward_at")       # `$ward_at`, and `=EXPR` alike
        within: Argument(FLOAT, value=2.0)
    look: {seen: $threat}
        seen:   Argument(Threat, key="threat")              # an Out port
    """

    type: Type
    value: Any = None
    expression: str | None = None
    key: str | None = None
