"""Keeping others down, and keeping down oneself."""

from __future__ import annotations

from t800.context import Context
from t800.core import Status
from t800.film.intents import Face, MoveTo
from t800.film.records import Ride
from t800.film.skills.asking import ask
from t800.film.suppression import Rake
from t800.registry import skill
from t800.types import Entity, Point

__all__ = ["keep_cover", "rake"]

BEHIND = 2.0
"""Metres from the middle of a vehicle at which one is behind it."""


@skill
def rake(ctx: Context, target: Entity) -> Status:
    """Fire bursts all around somebody in sight, so that they keep their head down; fails without a weapon for it."""
    return ask(ctx, Rake(target))


@skill
def keep_cover(ctx: Context, vehicles: list[Ride], against: Point, within: float = 20.0) -> Status:
    """Get behind the nearest vehicle, as seen from a point, and look there; without one, stay where one is."""
    nearest: Ride | None = None
    for ride in vehicles:
        if ride.distance <= within and (nearest is None or ride.distance < nearest.distance):
            nearest = ride
    length = nearest.position.distance(against) if nearest is not None else 0.0
    if nearest is None or length <= 0.0:
        return ctx.intend(Face(against))
    share = 1.0 + BEHIND / length
    spot = Point(
        against.x + (nearest.position.x - against.x) * share, against.y + (nearest.position.y - against.y) * share
    )
    if ctx.obs.position.distance(spot) < 0.3:
        return ctx.intend(Face(against))
    return ctx.intend(MoveTo(spot, run=True))
