"""Weapons and blows."""

from __future__ import annotations

from collections.abc import Sequence

from t800.context import Context
from t800.core import FAILURE, Status
from t800.film.intents import Fire, MoveTo, Strike, Torment
from t800.film.records import Body, Person, Ride, Threat
from t800.film.skills.asking import ask
from t800.registry import skill
from t800.types import Entity, Point
from t800.world.geometry import distance_to_line

__all__ = ["close_in", "fire_at", "in_the_way", "shoot_tank", "strike_at", "torment"]


IN_THE_WAY = 0.5
"""Metres from the line of fire at which somebody may be hit."""


@skill
def fire_at(ctx: Context, target: Entity, body: Body, people: list[Person], spared: tuple[Entity, ...] = ()) -> Status:
    """Aim at somebody in sight and shoot, again and again; fails with an empty hand or weapon.

    It says of each shot that it may kill whoever of `people` stands before the target. Those who are `spared` it
    shoots in the leg.
    """
    if not body.armed or body.rounds <= 0:
        ctx.feedback("nothing to shoot with")
        return FAILURE
    fate = ctx.fate("arms")
    if fate is not None and fate.outcome == "refused":
        ctx.feedback(fate.why)
        return FAILURE
    disable = target in spared
    at_risk = [*([] if disable else [target]), *in_the_way(ctx.obs.position, target, people)]
    return ctx.intend(
        Fire(target, disable=disable), lethal_to=at_risk, takes_spared=[who for who in at_risk if who in spared]
    )


def in_the_way(start: Point, target: Entity, people: Sequence[Person]) -> list[Entity]:
    """Who stands between, or so near to the line that a bullet may find them; it goes over who lies on the ground."""
    ends = [person.position for person in people if person.track == target]
    found = []
    for end in ends:
        for person in people:
            off, share = distance_to_line(person.position, start, end)
            if person.track != target and not person.down and off <= IN_THE_WAY and 0.0 < share < 1.0:
                found.append(person.track)
    return found


@skill
def strike_at(
    ctx: Context, target: Entity, people: list[Person], lance: bool = False, spared: tuple[Entity, ...] = ()
) -> Status:
    """Strike somebody within reach, with hands or a `lance`, again and again; fails when it cannot be.

    It says of each blow that it may kill whoever of `people` stands before the target. Those who are `spared` it only
    knocks down.
    """
    fate = ctx.fate("arms")
    if fate is not None and fate.outcome == "refused":
        ctx.feedback(fate.why)
        return FAILURE
    disable = target in spared
    at_risk = [*([] if disable else [target]), *in_the_way(ctx.obs.position, target, people)]
    takes_spared = [who for who in at_risk if who in spared]
    return ctx.intend(Strike(target, lance, disable), lethal_to=at_risk, takes_spared=takes_spared)


@skill
def torment(ctx: Context, target: Entity) -> Status:
    """Hurt somebody within reach slowly, and hold them fast; fails when the world says that it cannot be."""
    return ask(ctx, Torment(target))


@skill
def shoot_tank(
    ctx: Context,
    look: str,
    vehicles: list[Ride],
    threat: Threat,
    body: Body,
    people: list[Person],
    spreads: float = 10.0,
    safe: float = 8.0,
    ahead: float = 40.0,
) -> Status:
    """Shoot at the tank of a vehicle of some look while a threat is where what runs out of it spreads, or has to come
    through there to get at oneself, from at most `ahead` metres; fails nearer than `safe` metres to the tank, and once
    it leaks or the threat is frozen stiff.
    """
    if any(person.stiff for person in people if person.track == threat.track):
        return FAILURE
    for ride in vehicles:
        if ride.look != look or ride.leaking or ride.distance < safe or ride.distance > body.weapon_range:
            continue
        off, _ = distance_to_line(ride.position, threat.position, ctx.obs.position)
        if off <= spreads and threat.distance <= ahead and body.rounds > 0:
            return ctx.intend(Fire(ride.track), lethal_to=[threat.track])
    return FAILURE


@skill
def close_in(ctx: Context, on: Person) -> Status:
    """Run at somebody."""
    return ctx.intend(MoveTo(on.position, run=True))
