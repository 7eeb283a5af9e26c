"""What one has lived through, and dwells on."""

from __future__ import annotations

from t800.context import Context
from t800.core import SUCCESS, Status
from t800.film.happenings import Happening
from t800.registry import skill
from t800.types import Entity, Out

__all__ = ["dwell_on"]


@skill
def dwell_on(ctx: Context, topic: str, inner: Out[list[Happening]], about: Entity | None = None) -> Status:
    """Let what one has lived through sink in: a happening of the kind `lived`, for `witness` to pass on."""
    ctx.out(inner=[Happening("lived", topic=topic, whom_who=about)])
    return SUCCESS
