"""Whether somebody obeys: inferred from what was said to them, and was done though nobody would have."""

from __future__ import annotations

from t800.context import Context
from t800.film.happenings import Happening
from t800.film.records import Threat, Tone
from t800.registry import sense
from t800.types import Out, record

__all__ = ["Oddity", "Utterance", "at_ease", "infer_obedience"]

TONES: dict[Tone, float] = {"commanding": 1.0, "plain": 0.6, "pleading": 0.3}
"""How far what was done speaks for obedience, by how it was asked for: anybody may give in to a plea."""

DOUBT = 0.1
"""The share of the belief that one refusal takes."""


@record
class Utterance:
    """What one said: the words and what they ask for, in which tone, and the look of whom one said it to."""

    verb: str
    text: str
    tone: Tone
    to: str


@record
class Oddity:
    """How unlikely it is, from 0 to 1, that somebody who need not do such a thing does it."""

    verb: str
    unlikely: float


@sense
def infer_obedience(
    ctx: Context,
    happenings: list[Happening],
    spoken: list[Utterance],
    oddities: list[Oddity],
    obeys: Out[float],
    heeded: Out[list[str]],
    denied: Out[list[str]],
    was: float = 0.0,
    heeded_before: tuple[str, ...] = (),
    denied_before: tuple[str, ...] = (),
) -> None:
    """How sure one is, from 0 to 1, that somebody does what one says; and what of it they took upon them, or refused.

    Each thing that one asked of them and that they did counts by how unlikely that was, and by the tone.
    """
    if not happenings:
        ctx.out(obeys=was, heeded=heeded_before, denied=denied_before)
        return
    asked = {(item.verb, item.to): item for item in spoken}
    odd = {item.verb: item.unlikely for item in oddities}
    belief, taken, refused = was, list(heeded_before), list(denied_before)
    for happening in happenings:
        verb = happening.topic
        said = asked.get((verb, happening.by)) if verb is not None and happening.by is not None else None
        if said is None or not happening.mine:
            continue
        if happening.kind == "done":
            belief += (1.0 - belief) * odd.get(said.verb, 0.0) * TONES[said.tone]
        elif happening.kind == "refused":
            belief -= belief * DOUBT
            refused += [said.verb] if said.verb not in refused else []
        elif happening.kind == "accepted" and said.verb not in taken:
            taken.append(said.verb)
    ctx.out(obeys=round(belief, 3), heeded=taken, denied=refused)


@sense
def at_ease(
    ctx: Context, in_company: bool, ease: Out[float], threat: Threat | None = None, before: float = 0.0
) -> None:
    """For how many seconds one has been in somebody's company with nothing to fear."""
    ctx.out(ease=round(before + ctx.dt, 3) if in_company and threat is None else 0.0)
