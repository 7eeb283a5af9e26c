"""Dreams: what comes in sleep, drawn from what one knows and fears."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, SUCCESS, Status
from t800.film.happenings import Happening
from t800.registry import skill
from t800.types import Out, record

__all__ = ["Fear", "dream"]


@record
class Fear:
    """How much one fears what one knows of a topic, from 0 to 1."""

    topic: str
    weight: float


@skill
def dream(
    ctx: Context,
    fears: list[Fear],
    knows: list[str],
    dread: float,
    dreamt: Out[str],
    inner: Out[list[Happening]],
    before: tuple[Happening, ...] = (),
) -> Status:
    """Have one dream, of one of the topics that one `knows` and fears, the more often the more it is feared; fails if
    none comes.

    The more one dreads what is to come, the likelier is a dream at all. It joins what one lives through `inner`ly.
    """
    feared = [fear for fear in fears if fear.topic in knows and fear.weight > 0.0]
    rng = ctx.rng("dreams")
    comes, left = rng.random() < dread, rng.random()
    if not comes or not feared:
        ctx.feedback("none")
        return FAILURE
    total = 0.0
    for fear in feared:
        total += fear.weight
    left *= total
    chosen = feared[-1]
    for fear in feared:
        if left < fear.weight:
            chosen = fear
            break
        left -= fear.weight
    ctx.feedback(chosen.topic)
    ctx.out(dreamt=chosen.topic, inner=[*before, Happening("dreamt", mine=True, topic=chosen.topic)])
    return SUCCESS
