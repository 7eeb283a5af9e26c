"""Vehicles: seats, mass and speed; getting in and out; driving along the roads."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from t800.core import Intent
from t800.registry import event, mechanic
from t800.spec.quantity import NOT_NEGATIVE, Kilograms, Metres, MetresPerSecond
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import Point, record
from t800.world.entity import Entity
from t800.world.geometry import along
from t800.world.kernel import Kernel
from t800.world.lapses import Occupy
from t800.world.mechanic import Rules
from t800.world.walking import Mover

__all__ = [
    "DISMOUNTED",
    "MOUNTED",
    "Dismount",
    "Drive",
    "DriveTo",
    "Driving",
    "Mount",
    "Rider",
    "Vehicle",
    "vehicle_of",
]

NEAR = 0.5
"""Metres from the end of the road at which a drive is over."""

REACH = 2.0
"""Metres from a vehicle at which one can get in."""

MOUNTED = event("Mounted", "Somebody got into a vehicle.", who=Name, vehicle=Name)
DISMOUNTED = event("Dismounted", "Somebody got out of a vehicle.", who=Name, vehicle=Name)


@component
class Vehicle:
    """Takes `seats` people, `spread` metres apart to the front; the first of its `riders` is at the wheel."""

    changes = ("riders", "pace")

    seats: Annotated[int, NOT_NEGATIVE] = 2
    weight: Kilograms = 1500.0
    spread: Metres = 0.6
    top: MetresPerSecond = 20.0
    pickup: Annotated[float, "m/s²", NOT_NEGATIVE] = 4.0
    brakes: Annotated[float, "m/s²", NOT_NEGATIVE] = 8.0
    pace: MetresPerSecond = 0.0
    riders: tuple[Name, ...] = ()


@component
class Rider:
    """Can sit in a vehicle, and drive it."""

    changes = ("vehicle",)

    vehicle: Name | None = None


@record
class Mount(Intent):
    """Get into a vehicle within reach; the first to get in is at the wheel."""

    channel: ClassVar[str] = "legs"
    vehicle: Name


@record
class Dismount(Intent):
    """Get out."""

    channel: ClassVar[str] = "legs"


@record
class Drive(Intent):
    """Drive along the roads to the point nearest to a place."""

    channel: ClassVar[str] = "legs"
    place: Point


@record
class DriveTo(Intent):
    """Drive along the roads to the point nearest to a named place."""

    channel: ClassVar[str] = "legs"
    place: str


def vehicle_of(world: Kernel, rider: Entity) -> Entity | None:
    """The vehicle that somebody sits in."""
    seat = rider.get(Rider)
    return world.entity(seat.vehicle) if seat is not None and seat.vehicle is not None else None


def _length(start: Point, route: tuple[Point, ...]) -> float:
    """Metres along a route."""
    left = 0.0
    for point in route:
        left += start.distance(point)
        start = point
    return left


@mechanic
class Driving(Rules):
    """Vehicles go where their roads and their drivers take them, and whoever sits in them goes along."""

    order = 12
    components = (Vehicle, Rider)
    intents = (Mount, Dismount, Drive, DriveTo)
    lasting = (Drive, DriveTo)
    absorbing = (Drive, DriveTo)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._boarding: list[tuple[Entity, Entity, str]] = []
        self._leaving: list[tuple[Entity, Entity, str]] = []
        self._routes: dict[int, tuple[Point, ...]] = {}
        # What is left of the routes of this tick, once it was driven: by the vehicle's stream.
        self._left: dict[int, tuple[Point, ...]] = {}

    def hinders(self, actor: Entity, intent: Intent) -> str | None:
        seat = actor.get(Rider)
        rides = intent.channel == "legs" and seat is not None and seat.vehicle is not None
        return "it sits in a vehicle" if rides and not isinstance(intent, self.intents) else None

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        seat = actor.get(Rider)
        if seat is None:
            return "it cannot ride"
        if isinstance(intent, Mount):
            return self._board(actor, seat, intent, cause)
        carrier = vehicle_of(self.world, actor)
        vehicle = carrier.get(Vehicle) if carrier is not None else None
        if carrier is None or vehicle is None:
            return "it sits in no vehicle"
        if isinstance(intent, Dismount):
            if vehicle.pace > 2.0:
                return "the vehicle goes too fast"
            self._leaving.append((actor, carrier, cause))
            return None
        assert isinstance(intent, Drive | DriveTo)
        if vehicle.riders[:1] != (actor.id,):
            return "it is not at the wheel"
        why = self.world.hindrance(carrier, intent)
        if why is not None:
            return f"the vehicle is of no more use: {why}"
        goal = intent.place if isinstance(intent, Drive) else self.world.spec.point(intent.place)
        if goal is None:
            return "there is no such place"
        way = self.world.map.roads.way(carrier.position, goal)
        if way is None:
            return "no road leads there"
        if carrier.position.distance(way[-1]) < NEAR and len(way) <= 2:
            return "this is as near as roads go"
        self._routes[carrier.stream] = way
        return None

    def _board(self, actor: Entity, seat: Rider, intent: Mount, cause: str) -> str | None:
        carrier = self.world.whom(actor, intent.vehicle)
        vehicle = carrier.get(Vehicle) if carrier is not None else None
        if carrier is None or vehicle is None:
            return "there is no such vehicle in sight"
        if seat.vehicle is not None:
            return "it sits in a vehicle"
        if actor.position.distance(carrier.position) > REACH:
            return "it is out of reach"
        if len(vehicle.riders) >= vehicle.seats:
            return "no seat is free"
        self._boarding.append((actor, carrier, cause))
        return None

    def apply(self) -> None:
        for actor, carrier, cause in self._leaving:
            self._alight(actor, carrier, cause)
        while self._boarding:
            chosen = self.world.lot("who gets in first", self._boarding)
            self._boarding.remove(chosen)
            self._seat(*chosen)
        self._leaving = []
        self._left = {}
        entity = self.world.entity
        for carrier, vehicle in self.world.having(Vehicle):
            route = self._routes.get(carrier.stream)
            if route is None and not vehicle.riders and vehicle.pace <= 0.0:
                # It is parked.
                continue
            if vehicle.riders and not any(map(entity, vehicle.riders)):
                # Whoever sits in it is still to arrive, and it arrives with them.
                continue
            if route is not None:
                self._left[carrier.stream] = self._go(carrier, vehicle, route)
            else:
                self._roll(carrier, vehicle)
            self._carry(carrier, vehicle)
        self._routes = {}

    def _seat(self, actor: Entity, carrier: Entity, cause: str) -> None:
        vehicle, seat = carrier.get(Vehicle), actor.get(Rider)
        assert vehicle is not None
        assert seat is not None
        if len(vehicle.riders) >= vehicle.seats:
            return
        vehicle.riders = (*vehicle.riders, Name(actor.id))
        seat.vehicle = Name(carrier.id)
        self.world.emit(MOUNTED, "mounting", [cause], who=actor.id, vehicle=carrier.id)

    def _alight(self, actor: Entity, carrier: Entity, cause: str) -> None:
        vehicle, seat = carrier.get(Vehicle), actor.get(Rider)
        assert vehicle is not None
        assert seat is not None
        vehicle.riders = tuple(name for name in vehicle.riders if name != actor.id)
        seat.vehicle = None
        self.world.emit(DISMOUNTED, "dismounting", [cause], who=actor.id, vehicle=carrier.id)

    def _go(self, carrier: Entity, vehicle: Vehicle, route: tuple[Point, ...]) -> tuple[Point, ...]:
        """A tick's way, with speed picked up or lost in time to stop at the end; gives what is left of the route."""
        vehicle.pace = self._pace(vehicle, vehicle.pace, _length(carrier.position, route))
        return self._along(carrier, route, vehicle.pace * self.world.dt)

    def _pace(self, vehicle: Vehicle, pace: float, left: float) -> float:
        """The speed of the next tick, with so many metres left to drive."""
        # Half of the brakes: in steps of a tick, the speed is always that of the step's start.
        stopping = math.sqrt(vehicle.brakes * left)
        return min(vehicle.top, pace + vehicle.pickup * self.world.dt, max(stopping, 0.5))

    def _steady(self, vehicle: Vehicle, pace: float, left: float) -> int:
        """For how many ticks from now on a vehicle goes at its top speed."""
        if pace + vehicle.pickup * self.world.dt < vehicle.top or vehicle.top <= 0.0 or vehicle.brakes <= 0.0:
            return 0
        return int((left - vehicle.top * vehicle.top / vehicle.brakes) / (vehicle.top * self.world.dt))

    def _ticks(self, vehicle: Vehicle, left: float) -> int | None:
        """How many ticks the rest of a drive takes; None if it does not get there."""
        pace, count = vehicle.pace, 0
        while left >= NEAR:
            steady = self._steady(vehicle, pace, left)
            pace = vehicle.top if steady > 0 else self._pace(vehicle, pace, left)
            if pace <= 0.0:
                return None
            count += max(1, steady)
            left -= pace * self.world.dt * max(1, steady)
        return count

    def ends(self, actor: Entity, intent: Intent) -> tuple[int, str] | None:
        carrier = vehicle_of(self.world, actor)
        rides = not isinstance(intent, Occupy) or intent.until is None
        vehicle = carrier.get(Vehicle) if carrier is not None and rides else None
        if carrier is None or vehicle is None or carrier.stream not in self._left:
            return None
        count = self._ticks(vehicle, _length(carrier.position, self._left[carrier.stream]))
        return None if count is None else (self.world.tick + 1 + count, "a drive ends")

    def busy(self) -> bool:
        return any(v.pace > 0.0 and carrier.stream not in self._left for carrier, v in self.world.having(Vehicle))

    def pass_over(self, ticks: int) -> None:
        for carrier, vehicle in self.world.having(Vehicle):
            route = self._left.get(carrier.stream, ())
            left = ticks
            while left > 0 and route:
                steady = min(left, self._steady(vehicle, vehicle.pace, _length(carrier.position, route)))
                if steady > 0:
                    vehicle.pace = vehicle.top
                    route = self._along(carrier, route, vehicle.top * self.world.dt * steady)
                else:
                    route = self._go(carrier, vehicle, route)
                left -= max(1, steady)
            if left < ticks:
                self._left[carrier.stream] = route
                self._carry(carrier, vehicle)

    def _along(self, carrier: Entity, route: tuple[Point, ...], metres: float) -> tuple[Point, ...]:
        """Move so many metres along a route; what is left of it."""
        for number, point in enumerate(route):
            start = carrier.position
            length = start.distance(point)
            if length > 0.0:
                carrier.face(round((point.x - start.x) / length, 3), round((point.y - start.y) / length, 3))
            carrier.position = along(start, point, metres)
            metres -= length
            if metres <= 0.0:
                return route[number + (carrier.position is point) :]
        return ()

    def _roll(self, carrier: Entity, vehicle: Vehicle) -> None:
        """Nobody drives it: it comes to a stop, straight on if nothing is in the way."""
        if vehicle.pace <= 0.0:
            return
        vehicle.pace = max(0.0, vehicle.pace - vehicle.brakes * self.world.dt)
        metres = vehicle.pace * self.world.dt
        start = carrier.position
        end = Point(start.x + carrier.facing.x * metres, start.y + carrier.facing.y * metres)
        if self.world.clear(start, end):
            carrier.position = end
        else:
            vehicle.pace = 0.0

    def _carry(self, carrier: Entity, vehicle: Vehicle) -> None:
        for number, name in enumerate(vehicle.riders):
            rider = self.world.entity(name)
            if rider is None:
                continue
            ahead = number * vehicle.spread
            here, there = carrier.position, rider.position
            x, y = here.x + carrier.facing.x * ahead, here.y + carrier.facing.y * ahead
            # Who is there already has not moved: nobody need look anew at where that is, and who sees it.
            if x != there.x or y != there.y:
                rider.position = Point(x, y)
            rider.facing = carrier.facing
            mover = rider.get(Mover)
            if mover is not None:
                mover.speed = vehicle.pace
