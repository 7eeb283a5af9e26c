"""Weapons and blows."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, Status
from t800.film.intents import Fire, MoveTo, Strike
from t800.film.records import Body, Person
from t800.registry import skill
from t800.types import Entity

__all__ = ["close_in", "fire_at", "strike_at"]


@skill
def fire_at(ctx: Context, target: Entity, body: Body) -> Status:
    """Aim at somebody in sight and shoot, again and again; fails with an empty hand or weapon."""
    if not body.armed or body.rounds <= 0:
        ctx.feedback("nothing to shoot with")
        return FAILURE
    fate = ctx.fate("arms")
    if fate is not None and fate.outcome == "refused":
        ctx.feedback(fate.why)
        return FAILURE
    return ctx.intend(Fire(target), lethal_to=[target])


@skill
def strike_at(ctx: Context, target: Entity) -> Status:
    """Strike somebody within reach, again and again; fails when the world says that it cannot be."""
    fate = ctx.fate("arms")
    if fate is not None and fate.outcome == "refused":
        ctx.feedback(fate.why)
        return FAILURE
    return ctx.intend(Strike(target), lethal_to=[target])


@skill
def close_in(ctx: Context, on: Person) -> Status:
    """Run at somebody."""
    return ctx.intend(MoveTo(on.position, run=True))
