"""Roads: where one can drive, and the shortest way along them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import pairwise

from t800.spec.world import RoadSpec
from t800.types import Point
from t800.world.geometry import distance_to_line

__all__ = ["Roads"]

FAR = float("inf")

VERGE = 15.0
"""Metres from the middle of a road at which one is still on it."""

CELL = 50.0
"""Metres along one side of the cells by which the pieces of road that are near are remembered."""

CELLS = 2000
"""For how many cells, before all are looked for anew."""

GOALS = 200
"""For how many goals the nearest piece of road is remembered before all are looked for anew."""


class Roads:
    """The graph of a world's roads. Whoever drives gets on and off it at the nearest point.

        roads.way(Point(0.0, 5.0), Point(300.0, 80.0))     # the points to drive to, one after another

    It holds no state; lengths are metres.
    """

    def __init__(self, specs: Iterable[RoadSpec]) -> None:
        self.nodes: list[Point] = []
        self._pieces: list[tuple[int, int]] = []
        self._names: dict[tuple[int, int], str] = {}
        numbers: dict[Point, int] = {}
        for spec in specs:
            for point in spec.points:
                if point not in numbers:
                    numbers[point] = len(self.nodes)
                    self.nodes.append(point)
            pieces = [(numbers[one], numbers[other]) for one, other in pairwise(spec.points)]
            self._pieces += pieces
            self._names |= {piece: spec.name for piece in pieces if piece not in self._names}
        self._next: list[list[tuple[int, float]]] = [[] for _ in self.nodes]
        for one, other in self._pieces:
            length = self.nodes[one].distance(self.nodes[other])
            self._next[one].append((other, length))
            self._next[other].append((one, length))
        # The pieces that may be nearest, by the cell that somebody is in.
        self._near: dict[tuple[float, float], list[tuple[int, int]]] = {}
        self._ends: dict[Point, tuple[tuple[int, int], Point]] = {}
        self._ways: dict[int, tuple[list[float], list[int]]] = {}
        # What is nearest to where somebody was just now: who sits in one car sees the others there.
        self._found: dict[tuple[float, float], tuple[tuple[int, int], Point]] = {}

    def way(self, start: Point, goal: Point) -> tuple[Point, ...] | None:
        """The points to drive to, the last being the point of a road that is nearest to the goal.

        None if no road leads there.
        """
        if not self._pieces:
            return None
        (a, b), on = self._nearest(start)
        (c, d), off = self._end(goal)
        if (a, b) == (c, d):
            return (off,)
        best, first, last = FAR, -1, -1
        ends = [(j, self._to(j)[0], self.nodes[j].distance(off)) for j in (c, d)]
        for i in (a, b):
            metres = on.distance(self.nodes[i])
            for j, lengths, rest in ends:
                length = metres + lengths[i] + rest
                if length < best:
                    best, first, last = length, i, j
        if first < 0:
            return None
        points = [self.nodes[first]]
        following = self._to(last)[1]
        while first != last:
            first = following[first]
            points.append(self.nodes[first])
        return (*points, off)

    def name(self, point: Point) -> str | None:
        """The name of the road that a point is on; None if it is on none."""
        if not self._pieces:
            return None
        piece, on = self._nearest(point)
        return self._names[piece] if on.distance(point) <= VERGE else None

    def _end(self, goal: Point) -> tuple[tuple[int, int], Point]:
        """What `_nearest` finds for a goal: whoever drives asks for the same in every tick."""
        found = self._ends.get(goal)
        if found is None:
            if len(self._ends) >= GOALS:
                self._ends.clear()
            found = self._ends[goal] = self._nearest(goal)
        return found

    def _nearest(self, point: Point) -> tuple[tuple[int, int], Point]:
        """The piece of road nearest to a point, the first of the file's if several are; and the point on it."""
        at = point.x, point.y
        found = self._found.get(at)
        if found is not None:
            return found
        best, piece, share = FAR, self._pieces[0], 0.0
        for one, other in self._about(point):
            off, along = distance_to_line(point, self.nodes[one], self.nodes[other])
            if off < best:
                best, piece, share = off, (one, other), along
        a, b = self.nodes[piece[0]], self.nodes[piece[1]]
        if len(self._found) >= GOALS:
            self._found.clear()
        on = Point(round(a.x + (b.x - a.x) * share, 3), round(a.y + (b.y - a.y) * share, 3))
        self._found[at] = found = piece, on
        return found

    def _about(self, point: Point) -> list[tuple[int, int]]:
        """The pieces of which one is the nearest to a point, whichever that is of the points in the same cell."""
        i, j = point.x // CELL, point.y // CELL
        found = self._near.get((i, j))
        if found is None:
            if len(self._near) >= CELLS:
                self._near.clear()
            middle = Point((i + 0.5) * CELL, (j + 0.5) * CELL)
            offs = [distance_to_line(middle, self.nodes[one], self.nodes[other])[0] for one, other in self._pieces]
            # No point of the cell is as far as a whole cell from its middle.
            far = min(offs) + 2 * CELL
            found = self._near[i, j] = [piece for piece, off in zip(self._pieces, offs, strict=True) if off <= far]
        return found

    def _to(self, goal: int) -> tuple[list[float], list[int]]:
        """From every node: the metres to the node `goal`, and the next node on the way there."""
        if goal not in self._ways:
            lengths, following = [FAR] * len(self.nodes), [-1] * len(self.nodes)
            lengths[goal] = 0.0
            waiting = [(0.0, goal)]
            while waiting:
                length, i = heapq.heappop(waiting)
                if length > lengths[i]:
                    continue
                for j, metres in self._next[i]:
                    if length + metres < lengths[j]:
                        lengths[j], following[j] = length + metres, i
                        heapq.heappush(waiting, (length + metres, j))
            self._ways[goal] = (lengths, following)
        return self._ways[goal]
