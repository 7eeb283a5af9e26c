"""Vats and hoists: what one does with molten steel."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.film.intents import Face, Fire, MoveTo, StepInto, Throw, WorkHoist
from t800.film.records import Body, Fixture, Person, Threat
from t800.film.skills.fighting import in_the_way
from t800.registry import skill
from t800.types import Entity, Point
from t800.world.geometry import distance_to_line

__all__ = ["KnockInto", "stand_on", "step_into", "throw_into", "work_hoist"]

ALIGNED = 0.8
"""The share of a vat's size that a line of flight must meet."""

BEHIND = 6.0
"""Metres from somebody at which one takes aim at what is behind them."""

TOO_NEAR = 3.0
"""Metres from somebody at which there is no time left to take aim."""

CLOSE = 5.0
"""Metres at which somebody on their feet is thrown back, wherever that leads: a step nearer, and they strike."""

ON = 0.3
"""Metres from the middle of a platform at which one stands on it."""

BESIDE = 1.2
"""Metres from the edge of a platform at which one works its control."""

THROW = 9.0
"""Metres from the middle of a vat at which one throws something into it."""


@skill(name="knock_into")
class KnockInto:
    """Shoot somebody of that `mass` in sight into a vat, with a weapon that throws what it hits: from where the way
    that they would fly, or a `sure` share of it, leads over the rim. As long as they lie, or are too far from it, wait
    for the moment; after `patience` seconds, drive them towards it with all rounds but one, which also throw back
    whoever comes close. Each shot says that it may kill whoever of `people` stands before the target, also those who
    are `spared`. Fails without such a weapon or a round for it, or if they are at arm's length.
    """

    since: int = -1

    def tick(
        self,
        ctx: Context,
        target: Threat,
        vat: Fixture,
        body: Body,
        kind: str,
        people: tuple[Person, ...] = (),
        spared: tuple[Entity, ...] = (),
        mass: float = 120.0,
        sure: float = 0.9,
        patience: float = 6.0,
    ) -> Status:
        throws, rounds = 0.0, 0
        for load in body.loads:
            if load.kind == kind and load.rounds > 0:
                throws, rounds = load.push / mass * sure, load.rounds
        here, there = ctx.obs.position, target.position
        length = here.distance(there)
        if throws <= 0.0 or length < TOO_NEAR:
            return FAILURE
        middle = vat.position.distance(there)
        near = middle - vat.size <= throws
        if near or self.since < 0:
            self.since = ctx.tick
        wait = not near and (rounds < 2 or ctx.tick - self.since < ctx.ticks(patience))
        flight, line = (_beyond(here, there, metres / length) for metres in (throws, max(throws, middle)))
        short, _ = distance_to_line(vat.position, there, flight)
        off, _ = distance_to_line(vat.position, there, line)
        lined_up = off <= vat.size * ALIGNED and (short <= vat.size or not near)
        close = length < CLOSE and rounds > 1 and not target.down
        if (wait and not close) or (lined_up and target.down):
            ctx.feedback("waiting for the moment")
            return ctx.intend(Face(there))
        if lined_up or close:
            ctx.intend(Face(there))
            at_risk = [target.track, *in_the_way(here, target.track, people)]
            takes_spared = [who for who in at_risk if who in spared]
            return ctx.intend(Fire(target.track, kind), lethal_to=at_risk, takes_spared=takes_spared)
        if middle <= 0.0:
            return FAILURE
        share = (middle + BEHIND) / middle
        spot = Point(
            vat.position.x + (there.x - vat.position.x) * share, vat.position.y + (there.y - vat.position.y) * share
        )
        ctx.feedback("lining up")
        return ctx.intend(MoveTo(spot, run=True))


def _beyond(here: Point, there: Point, share: float) -> Point:
    """As far behind a point, seen from here, as such a share of the way there."""
    return Point(there.x + (there.x - here.x) * share, there.y + (there.y - here.y) * share)


@skill
def stand_on(ctx: Context, hoist: Fixture) -> Status:
    """Step onto the platform of a hoist, and stand in its middle."""
    if ctx.obs.position.distance(hoist.position) <= ON:
        return SUCCESS
    return ctx.intend(MoveTo(hoist.position))


@skill
def step_into(ctx: Context, vat: Fixture, heat: float) -> Status:
    """Walk to a vat and over its rim, into what is `heat` °C hot; fails when that cannot be."""
    fate = ctx.fate("legs")
    if fate is not None and fate.outcome in ("vetoed", "refused"):
        ctx.feedback(fate.why)
        return FAILURE
    if ctx.obs.position.distance(vat.position) - vat.size > 1.0:
        return ctx.intend(MoveTo(vat.position), exposes_self_to=heat)
    return ctx.intend(StepInto(vat.track), exposes_self_to=heat)


@skill
def work_hoist(ctx: Context, hoist: Fixture, heat: float, down: bool = True, rider: Person | None = None) -> Status:
    """Go to the control of a hoist, and hold it for as long as this is asked for, and as a `rider` is on its platform.

    Whoever stands on its platform says that it would come to feel the `heat` in °C below; who is to lower a `rider`
    steps off it first.
    """
    here = ctx.obs.position
    away = here.distance(hoist.position)
    if away <= hoist.size and rider is not None:
        off = _beyond(here, hoist.position, -(hoist.size + BESIDE / 2) / away) if away > 0.0 else rider.position
        return ctx.intend(MoveTo(off))
    if away <= hoist.size:
        return ctx.intend(WorkHoist(hoist.track, down), exposes_self_to=heat if down else 0.0)
    if away > hoist.size + BESIDE:
        return ctx.intend(MoveTo(hoist.position))
    ctx.intend(Face(hoist.position))
    if rider is not None and (rider.activity != "still" or rider.position.distance(hoist.position) > hoist.size):
        ctx.feedback("waiting at the control")
        return RUNNING
    return ctx.intend(WorkHoist(hoist.track, down))


@skill
def throw_into(ctx: Context, vat: Fixture, body: Body) -> Status:
    """Throw all that one holds into a vat, one thing after the other; succeeds with empty hands."""
    if not body.holds:
        return SUCCESS
    if ctx.obs.position.distance(vat.position) > THROW:
        return ctx.intend(MoveTo(vat.position, run=True))
    return ctx.intend(Throw(body.holds[0], vat.position))
