"""Switching one's own power paths."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, SUCCESS, Status
from t800.film.intents import Probe, SwitchPower
from t800.film.records import Body
from t800.registry import skill

__all__ = ["close_live_path", "probe_paths"]


@skill
def probe_paths(ctx: Context, body: Body) -> Status:
    """Feel for current, path after path, until one carries some; fails when none does."""
    if any(path.state == "live" for path in body.paths):
        return SUCCESS
    for path in body.paths:
        if path.state == "unknown":
            ctx.feedback(f"path {path.number}")
            return ctx.intend(Probe(path.number))
    return FAILURE


@skill
def close_live_path(ctx: Context, body: Body) -> Status:
    """Close a path that carries current, and succeed when power has come back."""
    if body.power > 0.0:
        return SUCCESS
    for path in body.paths:
        if path.state == "live":
            return ctx.intend(SwitchPower(path.number))
    return FAILURE
