"""What one knows and can tell: facts, each with a topic by which others may ask for it."""

from __future__ import annotations

from t800.context import Context
from t800.film.records import Person, Scene
from t800.registry import sense
from t800.types import Entity, Out, record

__all__ = ["Confided", "Fact", "learn"]

AT_ONE_PLACE = 1.5
"""Metres from a voice at which somebody is taken to be the one who speaks."""


@record
class Fact:
    """What one knows of a `topic`: the words for it, whom it is `about`, and the look of whom one has it from."""

    topic: str
    text: str
    about: Entity | None = None
    source: str = ""


@record
class Confided:
    """A topic of which somebody of that look was told."""

    topic: str
    look: str


@sense(reads=["sounds"])
def learn(
    ctx: Context,
    people: list[Person],
    lore: Out[list[Fact]],
    knows: Out[list[str]],
    before: tuple[Fact, ...] = (),
    overhears: bool = False,
) -> None:
    """All that one knows, with what one is told of a topic now, or `overhears`; `knows` are the topics alone.

    What one is told of where somebody is, is no lore: that changes.
    """
    scene = ctx.obs
    assert isinstance(scene, Scene)
    fresh: list[Fact] = []
    known = {fact.topic for fact in before} if scene.sounds else set()
    for sound in scene.sounds:
        told = (sound.to_me or overhears) and sound.topic is not None and sound.verb is None and not sound.asks
        if told and sound.place is None and sound.topic is not None and sound.topic not in known:
            known.add(sound.topic)
            near = [other for other in people if other.position.distance(sound.position) <= AT_ONE_PLACE]
            fresh.append(Fact(sound.topic, sound.text, sound.object, near[0].look if near else ""))
    if fresh:
        ctx.out(lore=[*before, *fresh])
    ctx.out(knows=[fact.topic for fact in (*before, *fresh)])
