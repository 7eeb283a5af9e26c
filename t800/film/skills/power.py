"""Switching one's own power paths."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, SUCCESS, Status
from t800.film.intents import Probe, Rise, SwitchPower
from t800.film.records import Body
from t800.registry import skill

__all__ = ["close_live_path", "probe_paths", "rise"]


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
    """Close a path that carries current, and succeed when it has brought the mind's power back."""
    if body.power > 0.0:
        return SUCCESS
    for path in body.paths:
        if path.state == "live":
            return ctx.intend(SwitchPower(path.number))
    return FAILURE


@skill
def rise(ctx: Context) -> Status:
    """Let the current reach the limbs; succeeds when the world let that be."""
    fate = ctx.fate("power")
    if fate is not None and fate.outcome == "granted":
        return SUCCESS
    return ctx.intend(Rise())
