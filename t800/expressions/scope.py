"""What expressions may name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from t800.types import Type

__all__ = ["Function", "Scope", "Symbol", "key_of"]

_KEY = re.compile(r"""B\[(['"])(\w+)\1\]""")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name that expressions may read: its type, and the Python source that reads it.

    Symbol(FLOAT, "B['speed']")        # a blackboard key
    Symbol(ENTITY, "'john'")           # a constant

    The source yields a value that conforms to the type, or None: unknown.
    """

    type: Type
    source: str

    @property
    def key(self) -> str | None:
        """The blackboard key that it reads, if it reads one: `age` needs it."""
        return key_of(self.source)


@dataclass(frozen=True, slots=True)
class Function:
    """A function that expressions may call besides the built-in ones: `Function((ENTITY, ENTITY), FLOAT, "distance")`.

    It is called with known values only, and may return None: unknown.
    """

    parameters: tuple[Type, ...]
    result: Type
    source: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may name. `origin` tells, in messages, where names have to be declared to be here."""

    names: Mapping[str, Symbol]
    functions: Mapping[str, Function] = field(default_factory=dict)
    origin: str = ""


def key_of(source: str) -> str | None:
    """The blackboard key that a source reads and does nothing else; None if it is more than that.

    >>> key_of("B['speed']")
    'speed'
    """
    match = _KEY.fullmatch(source)
    return match[2] if match else None
