"""What agents believe of what is around them: vats and hoists, who lies on the ground, what is gone for good."""

from __future__ import annotations

from dataclasses import replace

from t800.context import Context
from t800.film.records import Fallen, Fixture, Person, Route, Scene
from t800.registry import sense
from t800.types import Out, Point

__all__ = ["count_routes", "find_fixture", "hear_kind", "hear_verb", "see_end", "trail", "watch_fallen"]

AT_ONE_PLACE = 1.5
"""Metres from somebody on the ground within which a sound is taken to be theirs."""

PACES = 12.0
"""Metres between two points of a way that one remembers."""

MOVED = 0.3
"""Metres by which somebody has moved who is seen elsewhere than before."""


def _scene(ctx: Context) -> Scene:
    scene = ctx.obs
    assert isinstance(scene, Scene)
    return scene


@sense(reads=["fixtures"])
def find_fixture(ctx: Context, look: str, fixture: Out[Fixture]) -> None:
    """The nearest of the large things of a look (a vat, a hoist) that are in sight; else as it was seen last."""
    nearest: Fixture | None = None
    for other in _scene(ctx).fixtures:
        if other.look == look and (nearest is None or other.distance < nearest.distance):
            nearest = other
    if nearest is not None:
        ctx.out(fixture=nearest)


@sense(reads=["sounds"])
def hear_verb(ctx: Context, verb: str, heard: Out[bool], voices: tuple[str, ...] = ()) -> None:
    """Whether one of the voices that are trusted asked for something by this verb, whoever was meant."""
    for sound in _scene(ctx).sounds:
        if sound.verb == verb and sound.voice in voices:
            ctx.out(heard=True)


@sense(reads=["sounds"])
def hear_kind(ctx: Context, kind: str, place: Out[Point]) -> None:
    """Where a sound of a kind was heard last."""
    for sound in _scene(ctx).sounds:
        if sound.kind == kind:
            ctx.out(place=sound.position)


@sense(reads=["position"])
def trail(ctx: Context, behind: Out[Point], way: Out[list[Point]], before: tuple[Point, ...] = ()) -> None:
    """Where one came from: a point of the way here, between one and two dozen metres back, and that `way`."""
    here = _scene(ctx).position
    if not before or here.distance(before[-1]) >= PACES:
        kept = [*before[-1:], here]
        ctx.out(way=kept)
        ctx.out(behind=kept[0])


@sense(reads=["melted"])
def see_end(ctx: Context, looks: tuple[str, ...], over: Out[bool]) -> None:
    """Whether somebody of one of these looks was seen to dissolve."""
    if any(what in looks for what in _scene(ctx).melted):
        ctx.out(over=True)


@sense(reads=["sounds"])
def watch_fallen(
    ctx: Context,
    people: list[Person],
    fallen: Out[list[Fallen]],
    unsure: Out[Fallen],
    before: tuple[Fallen, ...] = (),
    enemies: tuple[str, ...] = (),
    patience: float = 8.0,
    near: float = 15.0,
) -> None:
    """Who of the `enemies`, looks, lies on the ground within `near` metres, and for how long without motion or sound.

    After `patience` seconds in sight they are believed dead, until they are seen to move or heard again; `unsure` is
    the nearest of whom that is not believed yet.
    """
    sounds = [sound.position for sound in _scene(ctx).sounds]
    found: list[Fallen] = []
    unknown: Person | None = None
    for person in people:
        if not person.down or person.look not in enemies or person.stiff:
            continue
        old = next((each for each in before if each.look == person.look), None)
        stirs = old is None or person.position.distance(old.position) > MOVED
        if stirs or any(person.position.distance(sound) <= AT_ONE_PLACE for sound in sounds):
            found.append(Fallen(person.track, person.look, person.position, 0.0, dead=False))
        elif old is not None:
            still = round(old.still + ctx.dt, 3)
            found.append(replace(old, track=person.track, still=still, dead=old.dead or still >= patience))
        closer = unknown is None or person.distance < unknown.distance
        if not found[-1].dead and person.distance <= near and closer:
            unknown = person
    up = [person.look for person in people if not person.down]
    looks = [each.look for each in found] + up
    found += [each for each in before if each.look not in looks]
    ctx.out(fallen=found)
    ctx.out(unsure=next((each for each in found if unknown is not None and each.look == unknown.look), None))


@sense(reads=["melted"])
def count_routes(
    ctx: Context,
    routes: Out[list[Route]],
    others_open: Out[int],
    before: tuple[Route, ...] = (),
    knows: tuple[str, ...] = (),
) -> None:
    """Which routes to what is to be prevented are believed to be open: one closes with what it leads over.

    `others_open` counts them without the first, which leads over oneself, and without those of which one was not told
    so far; it stays unknown while none are known of.
    """
    if not before:
        return
    melted = _scene(ctx).melted
    found = [replace(route, open=False) if route.over in melted else route for route in before]
    told = [route for route in found[1:] if not route.learned_from or route.learned_from in knows]
    ctx.out(routes=found, others_open=sum([route.open for route in told]))
