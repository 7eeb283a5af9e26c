"""Everything a little different: whether a scenario hangs on the exact numbers in its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from t800.errors import UsageError
from t800.spec.quantity import Range
from t800.spec.scenario import ScenarioSpec
from t800.spec.world import PlaceSpec, WorldSpec, inside
from t800.stream import Stream
from t800.types import Point
from t800.world.geometry import distance_to_line

__all__ = ["jitter"]

ROOM = 0.5
"""How near to a wall, in metres, a point may be moved; one that is nearer already comes no nearer."""


def jitter(spec: ScenarioSpec, seed: int, share: float) -> tuple[str, ...]:
    """What `--set` takes to change every numeric knob and place by at most this share, drawn for a seed.

        jitter(spec, 17, 0.05)      # ("sidearm.range=x1.0213", …, "world.places.mall.points.escalator=[-13.7, 0.2]")

    Knobs are what the files set: numbers of bodies, entities, a start and blackboards, and arrivals; what only changes
    in a run is none. Each is multiplied by 1 - share to 1 + share, and stays within its range; shares of a whole stay
    at most 1. A named point, and who starts at one of their own, is moved by at most that share of its place's size,
    and stays in it. Every draw has a stream of its own, named by knob and seed, so that a knob more or less changes no
    other.
    UsageError for a share that is not from 0 up to 1.
    """
    if not 0.0 <= share < 1.0:
        raise UsageError(f"jitter {share:g}: expected a share from 0 up to 1, like 0.05")
    return (*_numbers(spec, seed, share), *_arrivals(spec, seed, share), *_points(spec, seed, share))


def _off(seed: int, name: str, share: float) -> float:
    """How far off, from -share to share."""
    return Stream(seed, 0, f"jitter/{name}").uniform(-share, share)


def _numbers(spec: ScenarioSpec, seed: int, share: float) -> Iterator[str]:
    people = [use.participant for use in spec.agents]
    bodies = {item.id: item.body for item in spec.world.entities.values()} | {item.id: item.body for item in people}
    changing = {name for info in spec.world.components.values() for name in info.changes}
    for knob in spec.world.knobs(people):
        entity, _, name = knob.path.partition(".")
        own = spec.world.entities[entity].values if entity in spec.world.entities else {}
        given = name in own or (entity, name) in spec.world.settings or name in spec.world.bodies[bodies[entity]].lines
        if name in changing and not given:
            continue
        yield from _number(knob.path, knob.value, knob.unit, seed, share, knob.range)
    for use in spec.agents:
        for key, value in use.agent.values.items():
            if use.agent.keys[key].kind in ("float", "int") and value is not None:
                yield from _number(f"agents.{use.participant.id}.blackboard.{key}", value, "", seed, share)


def _number(path: str, value: float, unit: str, seed: int, share: float, wanted: Range | None = None) -> Iterator[str]:
    """What sets one number, if it changes at all."""
    factor = round(1.0 + _off(seed, path, share), 4)
    changed: float
    if type(value) is int:
        changed = round(value * factor)
    elif not unit or unit.startswith("share"):
        # Without a unit it may be a share, and more than all of it there is not.
        changed = round(min(value * factor, 1.0) if value <= 1.0 else value * factor, 6)
    else:
        changed = round(value * factor, 6)
    if wanted is not None and changed not in wanted:
        nearest = wanted.nearest(changed)
        changed = value if nearest is None else type(value)(nearest)
    if changed != value:
        yield f"{path}={changed!r}"


def _arrivals(spec: ScenarioSpec, seed: int, share: float) -> Iterator[str]:
    for use in spec.agents:
        if use.participant.arrives:
            yield from _number(f"agents.{use.participant.id}.arrives", use.participant.arrives, "s", seed, share)


def _points(spec: ScenarioSpec, seed: int, share: float) -> Iterator[str]:
    world = spec.world
    for place in world.places.values():
        for name, point in place.points.items():
            yield from _moved(f"world.places.{place.name}.points.{name}", point, place, world, seed, share)
    for use in spec.agents:
        at = use.participant.at
        # Who starts at a named point is moved with it.
        home = world.places.get(at) if isinstance(at, str) else _around(at, world.places.values())
        start = world.point(at)
        if home is not None and start is not None:
            yield from _moved(f"agents.{use.participant.id}.at", start, home, world, seed, share)


def _around(point: Point, places: Iterable[PlaceSpec]) -> PlaceSpec | None:
    """The place that a point is in."""
    return next((place for place in places if inside(point, place.corners)), None)


def _moved(path: str, point: Point, place: PlaceSpec, world: WorldSpec, seed: int, share: float) -> Iterator[str]:
    """What moves a point within its place: this way, else the opposite way, else not at all."""
    xs, ys = [corner.x for corner in place.corners], [corner.y for corner in place.corners]
    dx = _off(seed, f"{path}.x", share) * (max(xs) - min(xs))
    dy = _off(seed, f"{path}.y", share) * (max(ys) - min(ys))
    near = min(ROOM, _to_wall(point, place, world))
    for way in (1.0, -1.0):
        there = Point(round(point.x + way * dx, 3), round(point.y + way * dy, 3))
        if there != point and inside(there, place.corners) and _to_wall(there, place, world) >= near:
            yield f"{path}=[{there.x!r}, {there.y!r}]"
            return


def _to_wall(point: Point, place: PlaceSpec, world: WorldSpec) -> float:
    """Metres to the nearest edge of its place, or wall."""
    corners = place.corners
    lines = [(corners[i - 1], corners[i]) for i in range(len(corners))]
    lines += [(wall.start, wall.end) for wall in world.walls]
    return min(distance_to_line(point, start, end)[0] for start, end in lines)
