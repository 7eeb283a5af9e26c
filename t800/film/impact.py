"""Impacts: what a vehicle does to whoever and whatever is in its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from t800.film.bodies import Appearance, Balance, Frame
from t800.film.combat import Combat, Hit
from t800.film.events import RAMMED
from t800.registry import mechanic
from t800.types import Point
from t800.world.driving import Rider, Vehicle
from t800.world.entity import Entity
from t800.world.geometry import SLACK, distance_to_line
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Impacts"]

GENTLE = 2.0
"""Metres a second by which one vehicle may run into another, or into somebody, without harm."""

HARM = 0.12
"""What a body takes for each metre a second by which an impact changes its speed."""

SHARE = 0.25
"""The part of what a vehicle takes that comes through to those in it."""

THROW = 0.3
"""Metres that somebody is thrown for each metre a second of the impact."""

NIMBLE = 5.0
"""Metres a second up to which whoever sees a vehicle come steps out of its way."""

OPPOSITE = -0.7
"""Cosine of the angle from which on two who drive towards each other are on two sides of a road."""


@mechanic
class Impacts(Rules):
    """A vehicle that moves hits what is in its way: the lighter of the two comes off worse, and so do its riders.

    Whoever is on their feet and sees it come steps aside if it goes no faster than `NIMBLE`.
    What is parked stands beside the road, and what comes the other way keeps to its own side: neither is in the way.
    """

    order = 14

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        # Where vehicles stood at the start of the tick: they move before this rule's turn.
        self._places: dict[int, Point] = {}
        # All that have a body as they were given last, and how wide the widest of them is.
        self._shown: tuple[tuple[Entity, Appearance], ...] = ()
        self._widest = 0.0

    def perceive(self) -> None:
        self._places = {carrier.stream: carrier.position for carrier, _ in self.world.having(Vehicle)}

    def restore(self, data: Mapping[str, Any]) -> None:
        self.perceive()

    def apply(self) -> None:
        combat = self.world.rules(Combat)
        moving = [(carrier, vehicle) for carrier, vehicle in self.world.having(Vehicle) if self._moves(vehicle)]
        if combat is None or not moving:
            return
        # All are judged by the speeds that they came with.
        paces = {carrier.stream: vehicle.pace for carrier, vehicle in self.world.having(Vehicle)}
        slowed: list[tuple[Vehicle, float]] = []
        for carrier, vehicle in moving:
            for other in self._near(carrier):
                if self._meets(carrier, vehicle, other):
                    slowed += self._collide(combat, carrier, vehicle, other, paces)
        for vehicle, pace in slowed:
            vehicle.pace = pace

    def _moves(self, vehicle: Vehicle) -> bool:
        """Whether it goes so fast that it matters, and whoever sits in it has arrived."""
        waits = vehicle.riders and not self.world.entity(vehicle.riders[0])
        return vehicle.pace > GENTLE and not waits

    def _near(self, carrier: Entity) -> list[Entity]:
        """Those with a body that a vehicle may have come to in this tick: most are out of the question."""
        own = carrier.get(Appearance)
        width = own.width if own is not None else 0.0
        start, end = self._places.get(carrier.stream, carrier.position), carrier.position
        left, right = min(start.x, end.x) - SLACK, max(start.x, end.x) + SLACK
        low, high = min(start.y, end.y) - SLACK, max(start.y, end.y) + SLACK
        shown = self.world.having(Appearance)
        if shown is not self._shown:
            self._shown, self._widest = shown, max([appearance.width for _, appearance in shown], default=0.0)
        # First by one coordinate, then by both.
        farthest = (width + self._widest) / 2
        west, east = left - farthest, right + farthest
        found = []
        for other, appearance in [pair for pair in shown if west <= pair[0].position.x <= east]:
            here, reach = other.position, (width + appearance.width) / 2
            if left - reach <= here.x <= right + reach and low - reach <= here.y <= high + reach:
                found.append(other)
        return found

    def _meets(self, carrier: Entity, vehicle: Vehicle, other: Entity) -> bool:
        """Whether somebody or something stands in the way that a vehicle went in this tick."""
        own, appearance, seat = carrier.get(Appearance), other.get(Appearance), other.get(Rider)
        if other is carrier or own is None or appearance is None or other.get(Frame) is None:
            return False
        if seat is not None and seat.vehicle is not None:
            return False
        rammed = other.get(Vehicle)
        if rammed is not None and (_parked(rammed) or _oncoming(carrier, other, rammed)):
            return False
        start, end = self._places.get(carrier.stream, carrier.position), carrier.position
        reach = (own.width + appearance.width) / 2
        off, share = distance_to_line(other.position, start, end)
        ahead = (other.position.x - start.x) * carrier.facing.x + (other.position.y - start.y) * carrier.facing.y
        if off > reach or ahead <= 0.0 or (share == 1.0 and end.distance(other.position) > reach):
            return False
        return rammed is not None or vehicle.pace > NIMBLE or not self._steps_aside(other, carrier)

    def _steps_aside(self, somebody: Entity, carrier: Entity) -> bool:
        balance = somebody.get(Balance)
        return (balance is None or balance.down <= 0.0) and self.world.perceives(somebody, carrier)

    def _collide(
        self, combat: Combat, carrier: Entity, vehicle: Vehicle, other: Entity, paces: Mapping[int, float]
    ) -> list[tuple[Vehicle, float]]:
        """What both take of an impact, and the speeds that they have after it."""
        rammed, balance = other.get(Vehicle), other.get(Balance)
        along = carrier.facing.x * other.facing.x + carrier.facing.y * other.facing.y
        closing = paces[carrier.stream] - (paces[other.stream] * along if rammed is not None else 0.0)
        if closing <= GENTLE:
            return []
        mass = rammed.weight if rammed is not None else balance.mass if balance is not None else 0.0
        share = vehicle.weight / (vehicle.weight + mass)
        driver = self.world.entity(vehicle.riders[0]) if vehicle.riders else carrier
        assert driver is not None
        causes = [self.world.arrived[driver.id]] if driver.id in self.world.arrived else []
        event = self.world.emit(RAMMED, "impact", causes, by=carrier.id, what=other.id)
        self._hurt(combat, other, driver, carrier, closing * share, event)
        self._hurt(combat, carrier, driver, other, closing * (1.0 - share), event)
        common = paces[carrier.stream] - closing * (1.0 - share)
        return [(vehicle, common)] + ([(rammed, common)] if rammed is not None and along > 0.0 else [])

    def _hurt(self, combat: Combat, target: Entity, driver: Entity, other: Entity, change: float, event: int) -> None:
        """Let a body, and whoever sits in it, take a change of speed."""
        if change <= GENTLE:
            return
        appearance, balance, vehicle = other.get(Appearance), target.get(Balance), target.get(Vehicle)
        tool = appearance.look if appearance is not None else ""
        push = change * THROW * balance.mass if balance is not None else 0.0
        combat.take(Hit(target, driver, tool, self._through(target, change * HARM), push, other.position, event))
        for name in vehicle.riders if vehicle is not None else ():
            rider = self.world.entity(name)
            if rider is not None:
                harm = self._through(rider, change * HARM * SHARE)
                combat.take(Hit(rider, driver, tool, harm, 0.0, other.position, event))

    def _through(self, target: Entity, harm: float) -> float:
        frame = target.get(Frame)
        return harm * (1.0 - frame.armour) if frame is not None else 0.0


def _parked(vehicle: Vehicle) -> bool:
    return not vehicle.riders and vehicle.pace <= 0.0


def _oncoming(carrier: Entity, other: Entity, vehicle: Vehicle) -> bool:
    """Whether the other is driven the opposite way, on its own side of the road."""
    along = carrier.facing.x * other.facing.x + carrier.facing.y * other.facing.y
    return along < OPPOSITE and bool(vehicle.riders) and vehicle.pace > GENTLE
