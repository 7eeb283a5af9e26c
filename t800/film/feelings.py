"""What a mind makes of what it lives through: quantities from 0 to 1, moved by stirs that its file lists."""

from __future__ import annotations

from typing import Literal

from t800.context import Context
from t800.film.happenings import Happening
from t800.registry import sense
from t800.types import Entity, Out, record

__all__ = ["QUANTITIES", "Moved", "Quantity", "Stir", "appraise"]

Quantity = Literal["trust", "conviction", "dread", "empathy", "hope", "worth"]

QUANTITIES: tuple[Quantity, ...] = ("trust", "conviction", "dread", "empathy", "hope", "worth")


@record
class Stir:
    """What a kind of happening does to a quantity.

    `by` is a share: of what is left up to 1 if it is above 0, of what there is if below. A happening must be `on` this
    kind, and have what else is named here: `doer` and `whom` are looks or believed names, `topic` what it is about,
    `mine` whether it is done to oneself. `once` it moves only the first time. The share is multiplied by the quantity
    `times`, if one is named: what one is told convinces as far as one trusts.
    """

    on: str
    of: Quantity
    by: float
    doer: str | None = None
    whom: str | None = None
    topic: str | None = None
    mine: bool | None = None
    once: bool = False
    times: Quantity | None = None


@record
class Moved:
    """A quantity that was moved in this tick: from what, to what, and why."""

    of: Quantity
    was: float
    value: float
    why: str
    handle: str | None = None


@sense(reads=[])
def appraise(
    ctx: Context,
    happenings: list[Happening],
    stirs: list[Stir],
    moved: Out[list[Moved]],
    spent: Out[list[int]],
    trust: Out[float],
    conviction: Out[float],
    dread: Out[float],
    empathy: Out[float],
    hope: Out[float],
    worth: Out[float],
    used: tuple[int, ...] = (),
    trust_was: float | None = None,
    conviction_was: float | None = None,
    dread_was: float | None = None,
    empathy_was: float | None = None,
    hope_was: float | None = None,
    worth_was: float | None = None,
) -> None:
    """How the quantities of the mind stand after what happened in this tick, by `stirs`.

    Each is a key of its own, which the agent's file gives a start value; `worth_was: $worth` hands it in, and a
    quantity that is not handed in stays unknown. `moved` says what changed. `used: $spent` remembers the stirs that
    move `once`.
    """
    if not happenings:
        ctx.out(moved=())
        return
    before: dict[Quantity, float | None] = {
        "trust": trust_was,
        "conviction": conviction_was,
        "dread": dread_was,
        "empathy": empathy_was,
        "hope": hope_was,
        "worth": worth_was,
    }
    values = {of: value for of, value in before.items() if value is not None}
    reasons: dict[Quantity, Happening] = {}
    done = list(used)
    for happening in happenings:
        for number, stir in enumerate(stirs):
            if stir.of not in values or number in done or not _meant(stir, happening):
                continue
            if stir.once:
                done.append(number)
            value = values[stir.of]
            by = stir.by if stir.times is None else stir.by * values.get(stir.times, 0.0)
            values[stir.of] = round(value + by * (1.0 - value if by > 0.0 else value), 3)
            reasons[stir.of] = happening
    found = []
    for of, value in values.items():
        was = before[of]
        if was is None or value == was:
            continue
        ctx.out(**{of: value})
        reason = reasons[of]
        found.append(Moved(of, was, value, _told(reason), reason.handle))
    ctx.out(moved=found)
    if len(done) > len(used):
        ctx.out(spent=done)


def _meant(stir: Stir, happening: Happening) -> bool:
    """Whether a happening is one that the stir speaks of."""
    return (
        stir.on == happening.kind
        and _fits(stir.doer, happening.by, happening.by_who)
        and _fits(stir.whom, happening.whom, happening.whom_who)
        and stir.topic in (None, happening.topic)
        and stir.mine in (None, happening.mine)
    )


def _fits(wanted: str | None, look: str | None, who: Entity | None) -> bool:
    return wanted is None or wanted in (look, who)


def _told(happening: Happening) -> str:
    """A happening in a few words."""
    parts = [happening.by or "", happening.kind.replace("_", " "), happening.topic or ""]
    parts.append("me" if happening.mine and happening.topic is None else happening.whom or "")
    return " ".join(part for part in parts if part)
