"""Rounding: what stands in a world after a tick is exact to the millimetre and the thousandth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from operator import ne
from typing import Any

from t800.spec.world import component_info
from t800.types import Point
from t800.world.entity import Entity
from t800.world.map import Map

__all__ = ["Rounding"]


class _Changing:
    """All components of a kind, by their float fields that change, and what these were rounded to."""

    __slots__ = ("names", "parts", "read", "settled")

    def __init__(self, names: list[str], parts: list[Any]) -> None:
        self.names = names
        self.parts = parts
        # Of each part one field's value; of several, a tuple of them. Generated from the names of fields: an attrgetter
        # looks each of them up the long way.
        values = ", ".join(f"part.{name}" for name in names)
        self.read: Callable[[list[Any]], list[Any]] = eval(f"lambda parts: [({values}) for part in parts]")
        self.settled: list[Any] = [None] * len(parts)

    def round(self, part: Any) -> Any:
        """Round what a component holds; what that is now, as it is read."""
        for name in self.names:
            value = getattr(part, name)
            if value is not None:
                setattr(part, name, round(value, 3))
        return self.read([part])[0]


class Rounding:
    """Rounds places, and all float fields that change, of who is in the world, so that no difference in the last bit
    can grow (R3).

        rounding = Rounding(map_of(spec), present)
        rounding.apply()                         # after each tick

    Points become exact to 0.001 m, and lie in the place that they are in then; other values to 0.001 of their unit.
    """

    def __init__(self, ground: Map, present: Sequence[Entity]) -> None:
        self._ground = ground
        self._present = present
        self._changing = [
            _Changing(names, [entity.parts[kind] for entity in present if kind in entity.parts])
            for kind in dict.fromkeys(kind for entity in present for kind in entity.parts)
            if (names := _floats(kind))
        ]

    def apply(self) -> None:
        """Round whatever has changed since the last time."""
        # Whoever sits in a car, and whatever is in a hand, is where somebody else is: at the very same point.
        found: dict[int, tuple[Point, Point, str | None]] = {}
        for entity in self._present:
            position = entity.position
            if position is not entity.settled:
                _, entity.settled, entity.place = found.get(id(position)) or self._settled(position, found)
                entity.position = entity.settled
        for kind in self._changing:
            now = kind.read(kind.parts)
            # Most stay as they are from tick to tick.
            if now != kind.settled:
                for place in compress(range(len(now)), map(ne, now, kind.settled)):
                    now[place] = kind.round(kind.parts[place])
                kind.settled = now

    def _settled(
        self, point: Point, found: dict[int, tuple[Point, Point, str | None]]
    ) -> tuple[Point, Point, str | None]:
        """A point, the same to the millimetre, and the place that it is in; noted down by the point's identity."""
        x, y = round(point.x, 3), round(point.y, 3)
        rounded = point if x == point.x and y == point.y else Point(x, y)
        # With the point itself, so that no other takes its identity meanwhile.
        found[id(point)] = entry = (point, rounded, self._ground.place(rounded))
        return entry


def _floats(kind: type) -> list[str]:
    """The fields of a component that change, and hold floats."""
    info = component_info(kind)
    return [name for name in info.changes if info.fields[name].kind == "float"]
