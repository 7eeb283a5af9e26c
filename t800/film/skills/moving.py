"""Going places."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.film.intents import Face, GoTo, MoveTo
from t800.film.records import Doorway, Person, Threat
from t800.registry import skill
from t800.types import Keep, Point

__all__ = ["Search", "flee", "follow", "go_to", "hold_still", "investigate", "lead", "look_at", "shield"]


@skill
def go_to(ctx: Context, place: str, run: bool = False) -> Status:
    """Go to a named place (`mall`, `mall.entrance`), and succeed in it."""
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
def investigate(ctx: Context, place: Point, within: float = 2.0) -> Status:
    """Run to a point, and succeed within `within` metres of it."""
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


@skill
def shield(ctx: Context, who: Person, against: Threat, gap: float = 0.8) -> Status:
    """Stand between somebody and a threat, `gap` metres before them, for as long as it lasts."""
    here, there = who.position, against.position
    length = here.distance(there)
    if length <= 0.0:
        return FAILURE
    share = min(gap, length / 2) / length
    spot = Point(here.x + (there.x - here.x) * share, here.y + (there.y - here.y) * share)
    if ctx.obs.position.distance(spot) < 0.05:
        return ctx.intend(Face(there))
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


@skill(name="search")
class Search:
    """Look for somebody: through all places, in an order of one's own, each until one stands in it.

    Never succeeds by itself: what is looked for comes into sight, and a guard takes over.
    """

    left: Keep[list[str]] = ()  # type: ignore[assignment]  # a list in files and State, a tuple while it is kept

    def tick(self, ctx: Context, places: list[str], run: bool = True) -> Status:
        left = [place for place in self.left if place in places]
        if left and ctx.obs.place == left[0].partition(".")[0]:
            left.pop(0)
        if not left:
            left = _shuffled(ctx, [place for place in places if place.partition(".")[0] != ctx.obs.place])
        self.left = left
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


@skill
def flee(ctx: Context, threat: Threat, towards: str | None = None) -> Status:
    """Run from a threat: to `towards` if that is out of its way, else through the best doorway, else just away."""
    position: Point = ctx.obs.position
    best: Doorway | None = None
    margin = 0.0
    for doorway in ctx.obs.doorways:
        lead_over = threat.position.distance(doorway.position) - position.distance(doorway.position)
        if towards is not None and doorway.leads_to == towards.partition(".")[0] and lead_over > 0.0:
            return ctx.intend(GoTo(towards, run=True))
        if lead_over > margin:
            best, margin = doorway, lead_over
    if best is not None and position.distance(best.position) > 0.3:
        ctx.feedback(best.leads_to)
        return ctx.intend(GoTo(best.leads_to, run=True))
    length = position.distance(threat.position)
    if length <= 0.0:
        return RUNNING
    x, y = (position.x - threat.position.x) / length, (position.y - threat.position.y) / length
    for turn_x, turn_y in ((x, y), (x - y, y + x), (x + y, y - x)):
        if ctx.rng("dodge").chance(0.5):
            return ctx.intend(MoveTo(Point(position.x + 2.0 * turn_x, position.y + 2.0 * turn_y), run=True))
    return RUNNING
