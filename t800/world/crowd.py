"""Who is near whom: picked out by patches of ground, and kept from tick to tick, for most stay where they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import compress
from operator import is_not

from t800.types import Point
from t800.world.entity import Entity

__all__ = ["Crowd"]

PATCH = 500.0
"""Metres along one side of a patch of ground: those who look round on one have most of what they see in common."""

_Patch = dict[int, tuple[Entity, float, float]]


class Crowd:
    """Entities by where they are.

        crowd = Crowd(entities, reach=60.0)
        crowd.look()                                   # once a tick: who has moved?
        for entity, x, y in crowd.near(here):          # all within 60 m of here, and some more
            ...

    They come in the order in which they were given, with their coordinates in metres.
    """

    def __init__(self, entities: Sequence[Entity], reach: float) -> None:
        self._entities = entities
        self.reach = reach
        # Where each of them was when it was looked at last.
        self._at: list[Point] = [entity.position for entity in entities]
        # Those on a patch and within reach of it, by their number, and the same of what was asked for since the last
        # look: a patch on which nobody looks round is not kept up.
        self._patches: dict[tuple[float, float], _Patch] = {}
        self._asked: dict[tuple[float, float], _Patch] = {}

    def look(self) -> None:
        """Take note of all who have moved."""
        self._patches, self._asked = self._asked, {}
        now = [entity.position for entity in self._entities]
        for number in compress(range(len(now)), map(is_not, now, self._at)):
            entity, x, y = self._entities[number], now[number].x, now[number].y
            for patch, near in tuple(self._patches.items()):
                west, south, east, north = self._bounds(patch)
                if not (west <= x <= east and south <= y <= north):
                    near.pop(number, None)
                elif number in near:
                    near[number] = (entity, x, y)
                else:
                    # It has its place among the others by its number: all are picked out anew.
                    del self._patches[patch]
        self._at = now

    def near(self, here: Point) -> Collection[tuple[Entity, float, float]]:
        """All who were within reach of a point at the last look, and others who were not far from there."""
        patch = here.x // PATCH, here.y // PATCH
        found = self._patches.get(patch)
        if found is None:
            west, south, east, north = self._bounds(patch)
            found = self._patches[patch] = {
                number: (entity, at.x, at.y)
                for number, (entity, at) in enumerate(zip(self._entities, self._at, strict=True))
                if west <= at.x <= east and south <= at.y <= north
            }
        self._asked[patch] = found
        return found.values()

    def _bounds(self, patch: tuple[float, float]) -> tuple[float, float, float, float]:
        """From where to where those are who matter on a patch: west, south, east, north."""
        west, south = patch[0] * PATCH - self.reach, patch[1] * PATCH - self.reach
        return west, south, west + PATCH + 2 * self.reach, south + PATCH + 2 * self.reach
