"""Where somebody has gone: worked out from what they said and left, and from what one knows."""

from __future__ import annotations

from dataclasses import replace

from t800.context import Context
from t800.film.happenings import Happening
from t800.film.lore import Fact
from t800.film.records import Lead
from t800.registry import sense
from t800.types import Entity, Out, record

__all__ = ["Hint", "Surmise", "call_to_mind", "surmise"]


@record
class Hint:
    """What a kind of happening says about where somebody has gone: to what one knows `of`, a topic.

    `by` is the share of what is left up to certainty that it adds, or takes, below zero. It says nothing to who does
    not know of the topic.
    """

    on: str
    topic: str
    of: str
    by: float


@record
class Surmise:
    """How sure one is, from 0 to 1, that what one knows of a topic is what somebody has gone to."""

    of: str
    sure: float


@sense(reads=[])
def surmise(
    ctx: Context,
    happenings: list[Happening],
    hints: list[Hint],
    knows: list[str],
    surmises: Out[list[Surmise]],
    guess: Out[str],
    before: tuple[Surmise, ...] = (),
    enough: float = 0.5,
) -> None:
    """What one makes of `hints`: how likely each topic is to be what somebody has gone to, and the likeliest of those
    that are likely `enough`; unknown while none is, or two are as likely."""
    found = {item.of: item for item in before}
    for happening in happenings:
        for hint in hints:
            if hint.on != happening.kind or hint.topic != happening.topic or hint.of not in knows:
                continue
            old = found.get(hint.of, Surmise(hint.of, 0.0))
            share = hint.by * ((1.0 - old.sure) if hint.by > 0.0 else old.sure)
            found[hint.of] = replace(old, sure=round(old.sure + share, 3))
    if tuple(found.values()) != tuple(before):
        ctx.out(surmises=list(found.values()))
    top = max((item.sure for item in found.values()), default=0.0)
    best = [item.of for item in found.values() if item.sure == top]
    ctx.out(guess=best[0] if top >= enough and len(best) == 1 else None)


@sense(reads=[])
def call_to_mind(
    ctx: Context,
    topic: str | None,
    lore: list[Fact],
    addresses: list[Lead],
    about: Out[Entity],
    lead: Out[Lead],
) -> None:
    """Whom a topic that one knows of is `about`, and where that one is to be found, if it is known; else unknown."""
    who = next((fact.about for fact in lore if fact.topic == topic), None) if topic is not None else None
    ctx.out(about=who, lead=next((entry for entry in addresses if entry.who == who), None) if who is not None else None)
