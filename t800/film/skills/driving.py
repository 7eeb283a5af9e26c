"""At the wheel, and beside whoever is."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.film.intents import Dismount, Drive, DriveTo, GoTo, Mount, MoveTo
from t800.film.records import Body, Person, Ride
from t800.registry import skill
from t800.types import Out, Point

__all__ = ["DriveAfter", "DriveToPlace", "board", "drive", "get_out", "ride_along"]

AT_HAND = 1.6
"""Metres at which one gets in."""

LOOK = 1.5
"""Seconds that one looks round for a vehicle."""

BESIDE = 2.0
"""Metres from a vehicle within which its riders are."""


def _nearest(vehicles: list[Ride], within: float, seats: int = 1) -> Ride | None:
    """The nearest vehicle that nobody drives, with so many seats."""
    best: Ride | None = None
    for ride in vehicles:
        fits = ride.taken == 0 and ride.free >= seats and ride.distance <= within
        if fits and (best is None or ride.distance < best.distance):
            best = ride
    return best


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
def drive(ctx: Context, place: str) -> Status:
    """Drive to a named place, and stay at the wheel there; succeeds when no road leads nearer."""
    ctx.feedback(place)
    fate = ctx.fate("legs")
    if fate is not None and fate.outcome == "refused" and ctx.obs.place == place.partition(".")[0]:
        return SUCCESS
    return ctx.intend(DriveTo(place))


@skill(name="drive_after")
class DriveAfter:
    """Drive to where somebody is, or would be by now, as near as roads go."""

    end: Point | None = None

    def tick(self, ctx: Context, place: Point) -> Status:
        fate = ctx.fate("legs")
        if fate is not None and fate.outcome == "refused":
            self.end = place
        if self.end is not None and self.end.distance(place) < BESIDE:
            return RUNNING
        self.end = None
        return ctx.intend(Drive(place))


@skill(name="drive_to")
class DriveToPlace:
    """Drive to a named place in one's own vehicle, `parked` where it was left, or the next that nobody drives; get out
    there, and note it as the `base`. With no vehicle in sight after a look round of `LOOK` seconds, walk.
    """

    driven: bool = False
    looking: int = -1

    def tick(
        self,
        ctx: Context,
        place: str,
        vehicles: list[Ride],
        body: Body,
        base: Out[str],
        parked: Point | None = None,
    ) -> Status:
        ctx.feedback(place)
        fate = ctx.fate("legs")
        if body.riding:
            if self.driven or (fate is not None and fate.outcome == "refused"):
                self.driven = True
                return ctx.intend(Dismount())
            return ctx.intend(DriveTo(place))
        if self.driven or ctx.obs.place == place.partition(".")[0]:
            ctx.out(base=place)
            return SUCCESS
        ride = _nearest(vehicles, 60.0)
        if ride is not None:
            return _get_in(ctx, ride)
        if self.looking < 0:
            self.looking = ctx.tick
        if parked is None and ctx.tick - self.looking < ctx.ticks(LOOK):
            return RUNNING
        if parked is not None and ctx.obs.position.distance(parked) > BESIDE:
            return ctx.intend(MoveTo(parked, run=True))
        return ctx.intend(GoTo(place, run=True))
