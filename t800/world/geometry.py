"""Straight lines in the plane: who stands in whose way, and which walls a line crosses.

Only + - * / and sqrt (R3). A line that ends on a wall counts as crossing it, so that nobody comes to stand within
one; a line that touches only the end of a wall, or runs along it, does not cross.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from t800.spec.world import WallSpec
from t800.types import Point

__all__ = ["SLACK", "WallIndex", "along", "distance_to_line", "inside"]

CELL = 15.0
"""Metres along one side of a cell of the index."""

SHORT = 6
"""Cells in a row that are looked up one by one."""

THICKNESS = 0.05
"""Metres between two walls that count as two."""

SLACK = 0.01
"""Metres by which a quick look at what is near is wider than the exact one: more than sums of floats are off."""


def along(start: Point, end: Point, metres: float) -> Point:
    """The point `metres` from `start` on the way to `end`, or `end` if that is nearer."""
    length = start.distance(end)
    if length <= metres:
        return end
    share = metres / length
    return Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)


def distance_to_line(point: Point, start: Point, end: Point) -> tuple[float, float]:
    """How far `point` is from the line between two points, and how far along it, as a share from 0 to 1."""
    dx = end.x - start.x
    dy = end.y - start.y
    square = dx * dx + dy * dy
    if square == 0.0:
        return point.distance(start), 0.0
    share = ((point.x - start.x) * dx + (point.y - start.y) * dy) / square
    share = min(1.0, max(0.0, share))
    ox = point.x - (start.x + dx * share)
    oy = point.y - (start.y + dy * share)
    return math.sqrt(ox * ox + oy * oy), share


def inside(point: Point, corners: Sequence[Point]) -> bool:
    """Whether a point is in a polygon, or on its edge."""
    x, y = point.x, point.y
    within = False
    previous = corners[-1]
    for corner in corners:
        ax, ay, bx, by = previous.x, previous.y, corner.x, corner.y
        cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if cross == 0.0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return True
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            within = not within
        previous = corner
    return within


def _within(numbers: Sequence[int], first: int, last: int) -> Sequence[int]:
    """Those of some numbers in order that lie in a range; of a short range, all that are in it."""
    if last - first < SHORT:
        return range(first, last + 1)
    return numbers[bisect_left(numbers, first) : bisect_right(numbers, last)]


class WallIndex:
    """Walls by the cells of a grid that they pass, so that a line is tested against near walls only.

    `cell` is metres along one side of a cell: of few walls, a line had better pass few cells.
    """

    __slots__ = ("_cell", "_cells", "_columns", "_rows", "_walls")

    def __init__(self, walls: Sequence[WallSpec], cell: float = CELL) -> None:
        self._cell = cell
        self._walls = [(wall.start.x, wall.start.y, wall.end.x, wall.end.y) for wall in walls]
        self._cells: dict[tuple[int, int], list[int]] = {}
        for number, (ax, ay, bx, by) in enumerate(self._walls):
            for i in range(math.floor(min(ax, bx) / cell), math.floor(max(ax, bx) / cell) + 1):
                for j in range(math.floor(min(ay, by) / cell), math.floor(max(ay, by) / cell) + 1):
                    self._cells.setdefault((i, j), []).append(number)
        # The columns with any walls, and the rows of each: a line across a whole county passes few of them.
        self._rows: dict[int, list[int]] = {}
        for i, j in sorted(self._cells):
            self._rows.setdefault(i, []).append(j)
        self._columns = list(self._rows)

    def crossings(self, start: Point, end: Point) -> int:
        """How many walls the line between two points crosses.

        Two rooms side by side have a wall each in one place: walls less than THICKNESS apart count as one.
        """
        metres = start.distance(end)
        found = 0
        before = -THICKNESS
        for share in sorted(self._shares(start, end, first=False)):
            if share * metres - before >= THICKNESS:
                found += 1
                before = share * metres
        return found

    def clear(self, start: Point, end: Point) -> bool:
        """Whether the straight line between two points crosses no wall."""
        return not self._shares(start, end, first=True)

    def meets(self, start: Point, end: Point) -> float | None:
        """How far along the line between two points the first wall is, as a share from 0 to 1; None if it is clear."""
        return min(self._shares(start, end, first=False), default=None)

    def _shares(self, start: Point, end: Point, first: bool) -> list[float]:
        """Where on the line walls cross it, as shares of its length; no more than one if `first`."""
        px, py, qx, qy = start.x, start.y, end.x, end.y
        dx, dy = qx - px, qy - py
        if dx == 0.0 and dy == 0.0:
            # Most who have somewhere to be are there already.
            return []
        left, right = (px, qx) if px < qx else (qx, px)
        low, high = (py, qy) if py < qy else (qy, py)
        cells, walls, cell = self._cells, self._walls, self._cell
        seen: set[int] = set()
        found: list[float] = []
        for i in _within(self._columns, math.floor(left / cell), math.floor(right / cell)):
            bottom, top = low, high
            if right - left > cell:
                # Of a long line, only the part in this column of cells; wider by a bit than sums of floats are off.
                begin, stop = max(left, i * cell) - THICKNESS, min(right, (i + 1) * cell) + THICKNESS
                one, other = py + dy * (begin - px) / dx, py + dy * (stop - px) / dx
                bottom, top = max(low, min(one, other) - THICKNESS), min(high, max(one, other) + THICKNESS)
            for j in _within(self._rows.get(i, ()), math.floor(bottom / cell), math.floor(top / cell)):
                for number in cells.get((i, j), ()):
                    if number in seen:
                        continue
                    seen.add(number)
                    ax, ay, bx, by = walls[number]
                    a = dx * (ay - py) - dy * (ax - px)
                    b = dx * (by - py) - dy * (bx - px)
                    if (a < 0.0) == (b < 0.0) or a == 0.0 or b == 0.0:
                        continue
                    ex, ey = bx - ax, by - ay
                    c = ex * (py - ay) - ey * (px - ax)
                    d = ex * (qy - ay) - ey * (qx - ax)
                    if (c < 0.0) != (d < 0.0) or c == 0.0 or d == 0.0:
                        if first:
                            return [0.0]
                        found.append(c / (c - d) if c != d else 0.0)
        return found
