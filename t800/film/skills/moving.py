"""Going places."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.film.intents import Face, GoTo, MoveTo, Pose, Stay
from t800.film.records import Doorway, Person, Threat
from t800.registry import skill
from t800.types import Keep, Point

AHEAD = 1.0
"""Metres that a threat must have farther to a doorway for it to count as a way out."""

WHILE_DOWN = 8.0
"""Metres that one hopes to run before somebody who is down is up again."""

__all__ = [
    "Flee",
    "LookRound",
    "Posing",
    "Search",
    "TakePosition",
    "WatchDoors",
    "Withdraw",
    "dodge",
    "escort",
    "follow",
    "go_to",
    "hold_still",
    "investigate",
    "keep_behind",
    "lead",
    "look_at",
    "shield",
]


@skill
def go_to(ctx: Context, place: str, run: bool = False) -> Status:
    """Go to a place by its name (`mall`), or to a point of it (`mall.entrance`); succeed anywhere in the place."""
    if ctx.obs.place == place.partition(".")[0]:
        return SUCCESS
    return ctx.intend(GoTo(place, run))


@skill
def follow(ctx: Context, who: Person, within: float = 2.0, run: bool = True) -> Status:
    """Keep within `within` metres of where somebody was last seen; succeed there."""
    if ctx.obs.position.distance(who.position) <= within:
        return SUCCESS
    return ctx.intend(MoveTo(who.position, run))


@skill
def investigate(ctx: Context, place: Point, within: float = 0.5) -> Status:
    """Run to a point, and succeed within `within` metres of it; fails when there is no way there."""
    fate = ctx.fate("legs")
    if fate is not None and fate.outcome == "refused":
        ctx.feedback(fate.why)
        return FAILURE
    if ctx.obs.position.distance(place) <= within:
        return SUCCESS
    return ctx.intend(MoveTo(place, run=True))


@skill
def look_at(ctx: Context, place: Point) -> Status:
    """Stand, and look towards a point."""
    return ctx.intend(Face(place))


@skill
def hold_still(ctx: Context) -> Status:
    """Ask for nothing, and so stand where one is."""
    ctx.feedback("still")
    return RUNNING


@skill(name="pose")
class Posing:
    """Stand in some way, to be seen, for so long."""

    since: int = -1

    def tick(self, ctx: Context, what: str, lasting: float = 2.0) -> Status:
        if self.since < 0:
            self.since = ctx.tick
        if ctx.tick - self.since >= ctx.ticks(lasting):
            return SUCCESS
        return ctx.intend(Pose(what))


@skill
def shield(ctx: Context, who: Person, against: Point, gap: float = 0.8) -> Status:
    """Stand between somebody and where harm comes from, `gap` metres before them, for as long as it lasts."""
    here, there = who.position, against
    length = here.distance(there)
    if length <= 0.0:
        return FAILURE
    share = min(gap, length / 2) / length
    spot = Point(here.x + (there.x - here.x) * share, here.y + (there.y - here.y) * share)
    if ctx.obs.position.distance(spot) < 0.05:
        return ctx.intend(Face(there))
    return ctx.intend(MoveTo(spot, run=True))


@skill
def keep_behind(ctx: Context, who: Person, threat: Threat, gap: float = 0.9) -> Status:
    """Have somebody between oneself and a threat: stand `gap` metres behind them, as the threat sees it."""
    length = threat.position.distance(who.position)
    if length <= 0.0:
        return FAILURE
    share = 1.0 + gap / length
    away = threat.position
    spot = Point(away.x + (who.position.x - away.x) * share, away.y + (who.position.y - away.y) * share)
    if ctx.obs.position.distance(spot) < 0.1:
        return ctx.intend(Face(away))
    return ctx.intend(MoveTo(spot, run=True))


@skill
def lead(ctx: Context, to: str, who: Person, in_sight: bool, run: bool = True, slack: float = 4.0) -> Status:
    """Take somebody to a place: go ahead while they keep up, wait while they lag more than `slack` metres.

    Succeeds when both are in the place.
    """
    there = to.partition(".")[0]
    arrived = ctx.obs.place == there
    if arrived and in_sight and who.place == there:
        return SUCCESS
    if not in_sight or who.distance > slack:
        return ctx.intend(Face(who.position)) if in_sight else ctx.intend(MoveTo(who.position, run=True))
    if arrived and who.distance > 1.0:
        return ctx.intend(Face(who.position))
    return ctx.intend(GoTo(to, run))


@skill
def escort(ctx: Context, to: Point, who: Person, slack: float = 2.5) -> Status:
    """Take somebody in sight to a point: go ahead while they keep up, wait while they lag; succeed there."""
    if ctx.obs.position.distance(to) <= 1.5 and who.distance <= slack:
        return SUCCESS
    if who.distance > slack:
        return ctx.intend(Face(who.position))
    return ctx.intend(MoveTo(to, run=True))


@skill(name="search")
class Search:
    """Look for somebody: through all places, in an order of one's own, with a look round of `linger` seconds in each.

    `first` is where to begin, and where to go next when it changes. Never succeeds by itself: what is looked for
    comes into sight, and a guard takes over.
    """

    left: Keep[tuple[str, ...]] = ()
    begun: Keep[str] = ""
    inside: Keep[int] = 0

    def tick(
        self, ctx: Context, places: list[str], first: str | None = None, run: bool = True, linger: float = 1.5
    ) -> Status:
        left = list(self.left)
        if first is not None and first != self.begun:
            left, self.begun = [first], first
        self.inside = self.inside + 1 if left and ctx.obs.place == left[0].partition(".")[0] else 0
        if self.inside > ctx.ticks(linger):
            left.pop(0)
            self.inside = 0
        if not left:
            left = _shuffled(ctx, [place for place in places if place.partition(".")[0] != ctx.obs.place])
        self.left = tuple(left)
        if not left:
            return FAILURE
        ctx.feedback(left[0])
        return ctx.intend(GoTo(left[0], run))


def _shuffled(ctx: Context, places: list[str]) -> list[str]:
    rest, found = list(places), []
    while rest:
        place = ctx.rng("search").choice(rest)
        rest.remove(place)
        found.append(place)
    return found


@skill(name="take_position")
class TakePosition:
    """Go to a point of a place by name (`mall.entrance`), and succeed when one comes no nearer."""

    at: Point | None = None

    def tick(self, ctx: Context, place: str, run: bool = True) -> Status:
        here: Point = ctx.obs.position
        fate = ctx.fate("legs")
        there = ctx.obs.place == place.partition(".")[0]
        # Whoever stands before a door that opens gets no further either.
        if fate is not None and fate.outcome == "granted" and here == self.at and there:
            return SUCCESS
        self.at = here
        return ctx.intend(GoTo(place, run))


@skill(name="watch_doors")
class WatchDoors:
    """Look from one doorway of the place to the next, `linger` seconds at each; then wait for `rest` seconds, and look
    round again."""

    begun: int = -1

    def tick(self, ctx: Context, linger: float = 1.5, rest: float = 0.0) -> Status:
        doors = ctx.obs.doorways
        each, waits = ctx.ticks(linger), ctx.ticks(rest)
        if not doors and waits == 0:
            return RUNNING
        if self.begun < 0 or ctx.tick >= self.begun + len(doors) * each + waits:
            self.begun = ctx.tick
        number = (ctx.tick - self.begun) // each
        if number < len(doors):
            return ctx.intend(Face(doors[number].position))
        return ctx.intend(Stay(self.begun + len(doors) * each + waits))


@skill(name="look_round")
class LookRound:
    """Turn round where one stands: look behind, then ahead again, `linger` seconds each; succeeds when that is over.

    Eyes see half of what is around, so nothing is left out; and left and right are not told apart.
    """

    begun: int = -1
    ahead: Point | None = None

    def tick(self, ctx: Context, linger: float = 1.0) -> Status:
        here: Point = ctx.obs.position
        if self.ahead is None:
            self.begun, self.ahead = ctx.tick, ctx.obs.facing
        number = (ctx.tick - self.begun) // ctx.ticks(linger)
        if number >= 2:
            return SUCCESS
        side = 1.0 if number else -1.0
        return ctx.intend(Face(Point(here.x + side * self.ahead.x, here.y + side * self.ahead.y)))


@skill(name="flee")
class Flee:
    """Run from a threat: to the place `towards`, if the threat is not nearer to the way there, else to the next place
    that it cannot reach first. Fails where there is no such way out.

    It keeps to a place once chosen, until it is there, or the threat in sight cuts off the way.
    """

    goal: str = ""

    def tick(self, ctx: Context, threat: Threat, towards: str | None = None) -> Status:
        obs = ctx.obs
        haven = towards.partition(".")[0] if towards is not None else None
        if towards is not None and obs.place == haven:
            return ctx.intend(GoTo(towards, run=True))
        door = next((door for door in obs.doorways if door.leads_to == self.goal), None)
        if door is None or (threat.in_sight and _lead_over(threat, obs.position, door) < 0.0):
            door = _way_out(ctx, threat, haven)
        self.goal = door.leads_to if door is not None else ""
        if door is None:
            return FAILURE
        ctx.feedback(self.goal)
        return ctx.intend(MoveTo(door.beyond, run=True))


def _lead_over(threat: Threat, position: Point, door: Doorway) -> float:
    """How many metres the threat has farther to a doorway; one that is down loses some before it runs."""
    lead_over = threat.position.distance(door.position) - position.distance(door.position)
    return lead_over + (WHILE_DOWN if threat.down else 0.0)


def _way_out(ctx: Context, threat: Threat, haven: str | None) -> Doorway | None:
    best: Doorway | None = None
    margin = AHEAD
    door: Doorway
    for door in ctx.obs.doorways:
        lead_over = _lead_over(threat, ctx.obs.position, door)
        if door.leads_to == threat.place and not threat.down:
            continue
        if lead_over > AHEAD and door.leads_to == haven:
            return door
        if lead_over > margin:
            best, margin = door, lead_over
    return best


@skill(name="withdraw")
class Withdraw:
    """Walk away from where somebody was last seen, and succeed `far` metres from there, or where a wall ends the way
    out of their place. Fails where it ends in their place.

    Out of their place it takes the doorway that they have farthest to; from there on those that lead farther off, and
    where there are none it goes straight off.
    """

    end: Keep[Point | None] = None

    def tick(self, ctx: Context, who: Person, far: float = 20.0) -> Status:
        here: Point = ctx.obs.position
        away = who.position.distance(here)
        if away >= far:
            return SUCCESS
        together = ctx.obs.place == who.place
        fate = ctx.fate("legs")
        if fate is not None and fate.outcome == "refused":
            self.end = here
        if away <= 0.0 or here == self.end:
            return FAILURE if together else SUCCESS
        doors: list[Doorway] = [
            door for door in ctx.obs.doorways if together or who.position.distance(door.beyond) > away
        ]
        if doors:
            way = max(doors, key=lambda door: who.position.distance(door.position) - here.distance(door.position))
            return ctx.intend(MoveTo(way.beyond))
        share = far / away
        return ctx.intend(
            MoveTo(
                Point(
                    who.position.x + (here.x - who.position.x) * share,
                    who.position.y + (here.y - who.position.y) * share,
                )
            )
        )


@skill
def dodge(ctx: Context, threat: Threat) -> Status:
    """Get out of a threat's way where there is no way out: back, or slanting to one side or the other; along the wall
    where there is one in the way."""
    position: Point = ctx.obs.position
    length = position.distance(threat.position)
    if length <= 0.0:
        return RUNNING
    x, y = (position.x - threat.position.x) / length, (position.y - threat.position.y) / length
    fate = ctx.fate("legs")
    # Who was stopped by a wall goes along it.
    back = 0.0 if fate is not None and fate.outcome == "refused" else 1.0
    sides = [
        Point(position.x + back * x - y, position.y + back * y + x),
        Point(position.x + back * x + y, position.y + back * y - x),
    ]
    if ctx.obs.doorways:
        # Left and right would tell a world from its mirror image; the side of a doorway does not.
        mark = ctx.obs.doorways[0].position
        sides.sort(key=mark.distance)
    spots = (Point(position.x + x, position.y + y), *sides) if back else sides
    spot = ctx.rng("dodge").choice(spots)
    return ctx.intend(MoveTo(spot, run=True))
