"""Doors that do not give way."""

from __future__ import annotations

from t800.context import Context
from t800.film.records import Scene
from t800.registry import sense
from t800.types import Out, Point

__all__ = ["feel_doors"]

AT_HAND = 1.5
"""Metres from a door at which one walks against it."""

LEFT = 3.0
"""Metres from a locked door at which one is no longer concerned with it."""


GIVES = ("it is not locked", "there is no locked door within reach", "it is open", "it is broken")
"""What hands learn of a door that bars the way no longer."""


@sense(reads=["doors", "refused", "position"])
def feel_doors(ctx: Context, barred: Out[Point], last_barred: Out[Point], before: Point | None = None) -> None:
    """Where a door is that one has walked against in vain; unknown again once it is open, or one has gone elsewhere.

    `last_barred` stays.
    """
    scene = ctx.obs
    assert isinstance(scene, Scene)
    shut = [door.position for door in scene.doors or () if door.shut]
    if any(refusal.channel == "legs" and "locked" in refusal.why for refusal in scene.refused):
        near = AT_HAND
        found: Point | None = None
        for position in shut:
            if position.distance(scene.position) <= near:
                near, found = position.distance(scene.position), position
        if found is not None:
            ctx.out(barred=found, last_barred=found)
            return
    if before is None:
        return
    gives = any(refusal.channel == "arms" and refusal.why in GIVES for refusal in scene.refused)
    if gives or before not in shut or before.distance(scene.position) > LEFT:
        ctx.out(barred=None)
