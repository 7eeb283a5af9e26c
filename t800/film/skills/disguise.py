"""Looking like somebody else, and having what they had."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, SUCCESS, Status
from t800.film.intents import Loot, Touch
from t800.film.records import Body
from t800.film.skills.asking import ask
from t800.registry import skill
from t800.types import Entity

__all__ = ["loot", "take_look"]


@skill
def take_look(ctx: Context, target: Entity, wanted: str, body: Body) -> Status:
    """Touch somebody until one looks like `wanted`; fails when the world says that it cannot be."""
    if body.look == wanted:
        return SUCCESS
    return ask(ctx, Touch(target))


@skill
def loot(ctx: Context, target: Entity, body: Body) -> Status:
    """Take the weapon of somebody who can no longer hold it; succeeds with a weapon in hand."""
    if body.armed:
        return SUCCESS
    fate = ctx.fate("arms")
    if fate is not None:
        ctx.feedback(fate.why or "nothing there")
        return FAILURE
    return ctx.intend(Loot(target))
