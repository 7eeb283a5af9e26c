"""At the wheel, and beside whoever is."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from t800.context import Context
from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.film.intents import Dismount, Drive, DriveTo, GoTo, Mount, MoveTo
from t800.film.records import Body, Person, Ride
from t800.registry import skill
from t800.types import Entity, Out, Point
from t800.world.geometry import distance_to_line

__all__ = ["DriveAfter", "DriveToPlace", "board", "drive", "get_out", "ride_along"]

AT_HAND = 1.6
"""Metres at which one gets in."""

LOOK = 1.5
"""Seconds that one looks round for a vehicle."""

BESIDE = 2.0
"""Metres from a vehicle within which its riders are."""

CREEP = 1.2
"""Metres a second from which on a driver looks who is in the way: nobody is harmed by the next tick's pace either."""

BRAKING = 4.0
"""Metres a second of speed that a driver counts on losing each second."""

LANE = 1.6
"""Metres to each side that a driver keeps an eye on."""

ROOM = 3.0
"""Metres that a driver leaves before somebody."""


def _nearest(vehicles: list[Ride], within: float, seats: int = 1) -> Ride | None:
    """The nearest vehicle that nobody drives, with so many seats."""
    best: Ride | None = None
    for ride in vehicles:
        fits = ride.taken == 0 and ride.free >= seats and ride.distance <= within
        if fits and (best is None or ride.distance < best.distance):
            best = ride
    return best


def _in_the_way(ctx: Context, people: Sequence[Person], spared: Sequence[Entity]) -> list[Entity]:
    """Who of those to be `spared` is on foot before a vehicle, and so near that it would hit them."""
    motion, here = ctx.obs.motion, ctx.obs.position
    pace = motion.distance(Point(0.0, 0.0))
    if pace <= CREEP:
        return []
    far = (pace / (2.0 * BRAKING)) + ROOM / pace
    end = Point(here.x + motion.x * far, here.y + motion.y * far)
    found = []
    for person in people:
        off, share = distance_to_line(person.position, here, end)
        if person.track in spared and not person.riding and off <= LANE and 0.0 < share < 1.0:
            found.append(person.track)
    return found


def _get_in(ctx: Context, ride: Ride) -> Status:
    if ride.distance > AT_HAND:
        return ctx.intend(MoveTo(ride.position, run=True))
    return ctx.intend(Mount(ride.track))


@skill
def board(
    ctx: Context, vehicles: list[Ride], body: Body, within: float = 30.0, seats: int = 1, looks: tuple[str, ...] = ()
) -> Status:
    """Get to the wheel of the nearest vehicle with so many `seats` that nobody drives, and of one of the `looks`, if
    any are given; fails if there is none in sight."""
    if body.riding:
        return SUCCESS
    ride = _nearest([ride for ride in vehicles if not looks or ride.look in looks], within, seats)
    return FAILURE if ride is None else _get_in(ctx, ride)


@skill
def get_out(ctx: Context, body: Body) -> Status:
    """Get out of the vehicle that one sits in, as soon as it stands."""
    return ctx.intend(Dismount()) if body.riding else SUCCESS


@skill
def ride_along(ctx: Context, who: Person, vehicles: list[Ride], body: Body) -> Status:
    """Get into the vehicle that somebody sits in, and stay there; fails if no seat is free."""
    if body.riding:
        return RUNNING
    for ride in vehicles:
        if ride.taken > 0 and ride.free > 0 and ride.position.distance(who.position) <= BESIDE:
            return _get_in(ctx, ride)
    return FAILURE


@skill
def drive(ctx: Context, place: str, people: tuple[Person, ...] = (), spared: tuple[Entity, ...] = ()) -> Status:
    """Drive to a named place, and stay at the wheel there; succeeds when no road leads nearer.

    It says who of `people`, of those to be `spared`, is before the vehicle.
    """
    ctx.feedback(place)
    fate = ctx.fate("legs")
    if fate is not None and fate.outcome == "refused" and ctx.obs.place == place.partition(".")[0]:
        return SUCCESS
    return ctx.intend(DriveTo(place), takes_spared=_in_the_way(ctx, people, spared))


@skill(name="drive_after")
class DriveAfter:
    """Drive to where somebody is, or would be by now, as near as roads go; fail after `patience` seconds there."""

    end: Point | None = None
    since: int = -1

    def tick(self, ctx: Context, place: Point, patience: float | None = None) -> Status:
        fate = ctx.fate("legs")
        if fate is not None and fate.outcome == "refused":
            self.end = place
            self.since = ctx.tick if self.since < 0 else self.since
        elif fate is not None:
            self.since = -1
        if self.since >= 0 and patience is not None and ctx.tick - self.since >= ctx.ticks(patience):
            return FAILURE
        if self.end is not None and self.end.distance(place) < BESIDE:
            return RUNNING
        self.end = None
        return ctx.intend(Drive(place))


@skill(name="drive_to")
class DriveToPlace:
    """Drive to a named place in one's own vehicle, `parked` where it was left, or the next that nobody drives; get out
    there, and note it as the `base`. With no vehicle in sight after a look round of `LOOK` seconds, walk.

    It says who of `people`, of those to be `spared`, is before the vehicle.
    """

    driven: bool = False
    looking: int = -1
    chosen: str = ""

    def tick(
        self,
        ctx: Context,
        place: str,
        vehicles: list[Ride],
        body: Body,
        base: Out[str],
        parked: Point | None = None,
        people: tuple[Person, ...] = (),
        spared: tuple[Entity, ...] = (),
    ) -> Status:
        ctx.feedback(place)
        fate = ctx.fate("legs")
        if body.riding:
            if self.driven or (fate is not None and fate.outcome == "refused"):
                self.driven = True
                return ctx.intend(Dismount())
            return ctx.intend(DriveTo(place), takes_spared=_in_the_way(ctx, people, spared))
        if self.driven or ctx.obs.place == place.partition(".")[0]:
            ctx.out(base=place)
            return SUCCESS
        # One that was chosen is gone to though the way there leads away from it at first.
        ride = _nearest(vehicles, 60.0) or _nearest([each for each in vehicles if each.track == self.chosen], inf)
        if ride is not None:
            self.chosen = ride.track
            return _get_in(ctx, ride)
        if self.looking < 0:
            self.looking = ctx.tick
        if parked is None and ctx.tick - self.looking < ctx.ticks(LOOK):
            return RUNNING
        if parked is not None and ctx.obs.position.distance(parked) > BESIDE:
            return ctx.intend(MoveTo(parked, run=True))
        return ctx.intend(GoTo(place, run=True))
