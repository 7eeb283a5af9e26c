"""Heat: bodies take the temperature of what they touch and of what is near; walls keep it off."""

from __future__ import annotations

from typing import Annotated

from t800.film.bodies import Machine
from t800.registry import mechanic
from t800.spec.quantity import NOT_NEGATIVE, Celsius, Metres, PerSecond
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import Point
from t800.world.driving import Rider
from t800.world.entity import Entity
from t800.world.geometry import SLACK, along, distance_to_line
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["AMBIENT", "Heat", "Source", "Vat", "Warmth", "crossed", "dissolved", "fall", "touched"]

AMBIENT = 25.0
"""°C far from everything hot and cold."""

STEP = 0.1
"""Metres between two points of a flight that are looked at."""

IN = 1.0
"""Metres from the rim at which somebody comes down who falls over it."""

DENSE = 10.0
"""How many times faster a liquid takes a body to its own temperature than air does."""


@component
class Warmth:
    """Has a temperature, and takes on that of what is around it: `conducts` is the share of the difference a second.

    `afloat` is how high it is held over the ground, so that what lies there does not touch it; `within` is the vat
    that it is in.
    """

    changes = ("temperature", "afloat", "within")

    temperature: Celsius = 25.0
    conducts: PerSecond = 0.02
    afloat: Metres = 0.0
    within: Name | None = None


@component
class Source:
    """A liquid that heats or cools: all within its `pool`, and by its `glow` whatever is within `radiates` of the rim,
    the less the farther.
    """

    changes = ("pool",)

    material: str = "molten_steel"
    heat: Celsius = 1600.0
    pool: Metres = 0.0
    radiates: Metres = 0.0
    glow: Celsius = 0.0


@component
class Vat:
    """Keeps its liquid behind a railing: what is thrown with a smaller push than `rail` stops there."""

    rail: Annotated[float, "kg·m", NOT_NEGATIVE] = 650.0


def dissolved(entity: Entity) -> bool:
    """Whether nothing is left of it that could be seen."""
    warmth, machine = entity.get(Warmth), entity.get(Machine)
    return warmth is not None and warmth.within is not None and machine is not None and machine.destroyed


def fall(world: Kernel, start: Point, end: Point, push: float) -> tuple[Point, Entity | None]:
    """Where somebody comes down who is thrown with so much push, and the vat into which they fell, if any."""
    found = crossed(world, start, end)
    vat = found[0].get(Vat) if found is not None else None
    if found is None or vat is None:
        return end, None
    entity, source = found
    metres, length = 0.0, start.distance(end)
    while metres < length and entity.position.distance(along(start, end, metres)) >= source.pool:
        metres += STEP
    if push < vat.rail:
        return along(start, end, max(0.0, metres - STEP)), None
    return along(start, end, min(length, metres + IN)), entity


def touched(world: Kernel, at: Point) -> tuple[Entity, Source] | None:
    """The liquid at a point, and whose it is; of several, the one with the nearest middle."""
    best: tuple[Entity, Source] | None = None
    least = 0.0
    for entity, source in world.having(Source):
        if abs(entity.position.x - at.x) >= source.pool:
            # Most are out of the question by one coordinate.
            continue
        away = entity.position.distance(at)
        if away < source.pool and (best is None or away < least):
            best, least = (entity, source), away
    return best


def crossed(world: Kernel, start: Point, end: Point) -> tuple[Entity, Source] | None:
    """The liquid that a straight line leads over, and whose it is, the nearest to `start` if there are several."""
    best: tuple[Entity, Source] | None = None
    least = 0.0
    for entity, source in world.having(Source):
        off, _ = distance_to_line(entity.position, start, end)
        away = entity.position.distance(start)
        if off < source.pool and (best is None or away < least):
            best, least = (entity, source), away
    return best


@mechanic
class Heat(Rules):
    """Whatever has a temperature comes nearer to that of its surroundings."""

    order = 45
    components = (Warmth, Source, Vat)

    def pass_time(self) -> None:
        # From where to where something may be near a source: most are out of the question by one coordinate.
        spans = []
        for source, liquid in self.world.having(Source):
            reach = liquid.pool + max(0.0, liquid.radiates)
            if reach > 0.0:
                spans.append((source.position.x - reach - SLACK, source.position.x + reach + SLACK))
        low, high = min([west for west, _ in spans], default=0.0), max([east for _, east in spans], default=0.0)
        for entity, warmth in self.world.having(Warmth):
            around, rate, x = AMBIENT, 1.0, entity.position.x
            if low <= x <= high and any(west <= x <= east for west, east in spans):
                around, rate = self._around(entity, warmth)
            if warmth.temperature != around:
                share = min(1.0, warmth.conducts * rate * self.world.dt)
                warmth.temperature += (around - warmth.temperature) * share

    def _around(self, entity: Entity, warmth: Warmth) -> tuple[float, float]:
        """The temperature that a body is going to have if it stays, and how many times faster than in air."""
        seat = entity.get(Rider)
        if seat is not None and seat.vehicle is not None:
            return AMBIENT, 1.0
        found = touched(self.world, entity.position)
        if found is not None and found[0] is not entity and warmth.afloat <= 0.0:
            return found[1].heat, DENSE
        air = AMBIENT
        for source, liquid in self.world.having(Source):
            if liquid.radiates <= 0.0 or source is entity:
                continue
            off = max(0.0, source.position.distance(entity.position) - liquid.pool)
            if off < liquid.radiates and self.world.map.walls.clear(source.position, entity.position):
                air += liquid.glow * (1.0 - off / liquid.radiates)
        return air, 1.0
