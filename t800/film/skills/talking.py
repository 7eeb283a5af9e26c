"""The voice."""

from __future__ import annotations

from t800.context import Context
from t800.core import Status
from t800.film.intents import Say
from t800.registry import skill
from t800.types import Entity

__all__ = ["give_order", "say"]


@skill(one_shot=True)
def say(ctx: Context, text: str, to: Entity | None = None) -> Status:
    """Say something aloud, once."""
    return ctx.intend(Say(text, to=to))


@skill(one_shot=True)
def give_order(
    ctx: Context,
    verb: str,
    text: str,
    to: Entity,
    place: str | None = None,
    object: Entity | None = None,  # noqa: A002
) -> Status:
    """Tell somebody in sight to do something, once."""
    return ctx.intend(Say(text, verb, object, place, to))
