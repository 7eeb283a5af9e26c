"""Taking things up, giving them away, and what else hands can do for somebody."""

from __future__ import annotations

from t800.context import Context
from t800.core import Status
from t800.film.intents import Bandage, Hand, Take
from t800.film.skills.asking import ask
from t800.registry import skill
from t800.types import Entity

__all__ = ["bandage", "hand_over", "take_up"]


@skill(one_shot=True)
def take_up(ctx: Context, target: Entity) -> Status:
    """Take up a thing in sight within reach, once; fails when the world says that it cannot be."""
    return ask(ctx, Take(target))


@skill(one_shot=True)
def hand_over(
    ctx: Context, to: Entity, what: Entity | None = None, called: tuple[str, ...] = (), at_most: int = 1000
) -> Status:
    """Give a thing in one's hands, or all that is in them, to somebody within reach, once; fails when the world says
    that it cannot be. With `called`, only what is called so (`charge`) or is such a weapon (`shotgun`), and no more
    than `at_most` of it."""
    return ask(ctx, Hand(to, what, called, at_most))


@skill
def bandage(ctx: Context, target: Entity) -> Status:
    """Bind up the wounds of somebody within reach, until they bleed no more; fails when the world says that it cannot
    be."""
    return ask(ctx, Bandage(target))
