"""What hands say."""

from __future__ import annotations

from t800.context import Context
from t800.core import Status
from t800.film.intents import MakeSign
from t800.film.records import Person
from t800.registry import skill

__all__ = ["gesture", "hug"]


@skill(one_shot=True)
def gesture(ctx: Context, what: str) -> Status:
    """Make a sign with the hands, once."""
    return ctx.intend(MakeSign(what))


@skill(one_shot=True)
def hug(ctx: Context, who: Person) -> Status:
    """Put one's arms round somebody in reach, once."""
    return ctx.intend(MakeSign("hug", who.track))
