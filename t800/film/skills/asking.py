"""Asking the world for something, as most hands do."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, Intent, Status

__all__ = ["ask"]


def ask(ctx: Context, intent: Intent) -> Status:
    """Ask for it again and again, until the world says that it cannot be: then fail, and say why.

    return ask(ctx, Take(target))
    """
    fate = ctx.fate(intent.channel)
    if fate is not None and fate.outcome == "refused":
        ctx.feedback(fate.why)
        return FAILURE
    return ctx.intend(intent)
