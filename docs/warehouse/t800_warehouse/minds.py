"""What carriers and people believe, and what they can set out to do."""

from typing import Literal

from t800 import FAILURE, RUNNING, SUCCESS, Context, Out, Point, Status, sense, skill
from t800.world.walking import Face, MoveTo
from t800_warehouse.records import Beacon, Condition, Mend, MoveFork, Roll


@sense
def me(ctx: Context) -> Condition:
    """How one is: charge (share), place, load, trouble, and how far the nearest person is (m)."""
    condition: Condition = ctx.obs.me
    return condition


@sense
def caller(ctx: Context, caller: Out[Point]) -> None:  # noqa: ARG001  # written through ctx
    """Where the nearest is who calls for help; unknown while nobody does."""
    calls = [call.position for call in ctx.obs.calls if call.about == "help"]
    ctx.out(caller=min(calls, key=ctx.obs.me.position.distance, default=None))


@skill
def roll_to(ctx: Context, to: Point, speed: float) -> Status:
    """Roll to a point at up to `speed` m/s, and succeed there; fail if that is vetoed."""
    if (fate := ctx.fate("drive")) is not None and fate.outcome == "vetoed":
        return FAILURE
    if ctx.obs.me.position.distance(to) <= 0.2:
        return SUCCESS
    return ctx.intend(Roll(to, speed), speed=speed)


@skill
def stand(ctx: Context) -> Status:
    """Brake and stand, as long as this is ticked."""
    return ctx.intend(Roll(ctx.obs.me.position, 0.0))


@skill
def pick(ctx: Context, kind: Literal["shelf", "dock", "charger"], goal: Out[Point], nearest: bool = False) -> Status:  # noqa: ARG001
    """Pick a station of a kind that is of use now, any or the nearest; fail if there is none."""
    free = {"shelf": ctx.obs.shelves, "dock": ctx.obs.docks, "charger": ctx.obs.chargers}[kind]
    if not free:
        return FAILURE
    ctx.out(goal=min(free, key=ctx.obs.me.position.distance) if nearest else ctx.rng("pick").choice(free))
    return SUCCESS


@skill
def move_fork(ctx: Context, up: bool) -> Status:
    """Lift or set down, and succeed when it is done; fail if the world says that it cannot be."""
    fate = ctx.fate("lift")
    if ctx.obs.me.loaded == up:
        return SUCCESS
    return FAILURE if fate is not None and fate.outcome == "refused" else ctx.intend(MoveFork(up))


@skill(name="claim_way")
class ClaimWay:
    """Claim the way through places with room for one (`inside`), and stand before them until it is one's turn.

    Who has claimed longest goes first (Lamport's bakery; a drawn ticket breaks ties), once nobody calls from inside.
    """

    since: int = 0
    ticket: float = 0.0

    def start(self, ctx: Context, inside: list[str]) -> None:
        self.since, self.ticket = ctx.tick, ctx.rng("ticket").random()

    def tick(self, ctx: Context, inside: list[str]) -> Status:
        me, mine, turn = ctx.obs.me, (self.since, self.ticket), ctx.tick - self.since >= 2
        ctx.intend(Beacon("way", me.position, me.place, *mine))
        for call in ctx.obs.calls:
            turn = turn and call.place not in inside and (call.about == "help" or mine < (call.since, call.ticket))
        return RUNNING if turn or me.place in inside else ctx.intend(Roll(me.position, 0.0))


@skill
def call_out(ctx: Context) -> Status:
    """Call for help."""
    return ctx.intend(Beacon("help", ctx.obs.me.position, ctx.obs.me.place))


@skill
def walk(ctx: Context, to: Point, within: float = 1.0) -> Status:
    """Walk to within `within` metres of a point, and succeed there."""
    return SUCCESS if ctx.obs.me.position.distance(to) <= within else ctx.intend(MoveTo(to))


@skill
def mend(ctx: Context, at: Point) -> Status:
    """Stand at a carrier and mend it, until it does not call any more."""
    ctx.intend(Face(at))
    return ctx.intend(Mend())
