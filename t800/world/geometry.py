"""Straight lines in the plane: who stands in whose way, and which walls a line crosses.

Only + - * / and sqrt (R3). A line that ends on a wall counts as crossing it, so that nobody comes to stand within
one; a line that begins on one does not, so that whoever comes to stand there by a rounding gets away; nor does a line
that touches only the end of a wall, or runs along it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from t800.spec.world import WallSpec
from t800.types import Point

__all__ = ["CELL", "SLACK", "WallIndex", "along", "distance_to_line"]

Wall = tuple[float, float, float, float]
"""The two ends of a wall, x and y of each."""

CELL = 7.5
"""Metres along one side of a cell of the index."""

LARGEST = 2000
"""In how many cells a wall may be that is looked for by cells: 15 km of a straight one."""

LINES = 5000
"""For how many pairs of cells the walls between them are remembered before all are looked up anew."""

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


def direction(way: Point) -> Point | None:
    """The same way at a length of 1, to the thousandth; None if it leads nowhere, or is not finite."""
    most = max(abs(way.x), abs(way.y))
    if most == 0.0 or not (math.isfinite(way.x) and math.isfinite(way.y)):
        return None
    x, y = way.x / most, way.y / most
    length = math.sqrt(x * x + y * y)
    return Point(round(x / length, 3), round(y / length, 3))


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


class WallIndex:
    """Walls by the cells of a grid that they pass, so that a line is tested against near walls only.

    `cell` is metres along one side of a cell: of few walls, a line had better pass few cells.
    """

    __slots__ = ("_between", "_cell", "_columns", "_everywhere")

    def __init__(self, walls: Sequence[WallSpec], cell: float = CELL) -> None:
        self._cell = cell
        # Those that are in too many cells: any line may cross them.
        self._everywhere: dict[Wall, None] = {}
        cells: dict[tuple[int, int], list[Wall]] = {}
        for wall in walls:
            ax, ay, bx, by = wall.start.x, wall.start.y, wall.end.x, wall.end.y
            columns = range(int(min(ax, bx) // cell), int(max(ax, bx) // cell) + 1)
            rows = range(int(min(ay, by) // cell), int(max(ay, by) // cell) + 1)
            if len(columns) * len(rows) > LARGEST:
                self._everywhere[ax, ay, bx, by] = None
                continue
            for i in columns:
                for j in rows:
                    cells.setdefault((i, j), []).append((ax, ay, bx, by))
        # Those that have any walls, by column and row: a line across a whole county passes few of them.
        self._columns: dict[int, dict[int, dict[Wall, None]]] = {}
        for (i, j), passing in sorted(cells.items()):
            self._columns.setdefault(i, {})[j] = dict.fromkeys(passing)
        # All walls that a line from one cell to another may cross, by the columns and rows of the two.
        self._between: dict[tuple[float, float, float, float], list[Wall]] = {}

    def near(self, point: Point, metres: float) -> list[Wall]:
        """The walls that come within some metres of a point, as (ax, ay, bx, by), and others of the cells around it."""
        cell, x, y = self._cell, point.x, point.y
        ends = (x - metres) // cell, (y - metres) // cell, (x + metres) // cell, (y + metres) // cell
        return self._passed(*map(int, ends))

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
        cell = self._cell
        cells = px // cell, py // cell, qx // cell, qy // cell
        walls = self._between.get(cells)
        if walls is None:
            if len(self._between) >= LINES:
                self._between.clear()
            # The same as the other way round.
            walls = self._between.get(cells[2:] + cells[:2])
            if walls is None:
                walls = self._passed(*map(int, cells))
            self._between[cells] = walls
        found: list[float] = []
        for ax, ay, bx, by in walls:
            a = dx * (ay - py) - dy * (ax - px)
            b = dx * (by - py) - dy * (bx - px)
            if (a < 0.0) == (b < 0.0) or a == 0.0 or b == 0.0:
                continue
            ex, ey = bx - ax, by - ay
            c = ex * (py - ay) - ey * (px - ax)
            d = ex * (qy - ay) - ey * (qx - ax)
            if c != 0.0 and ((c < 0.0) != (d < 0.0) or d == 0.0):
                if first:
                    wall = (ax, ay, bx, by)
                    if walls[0] != wall:
                        # What stood in the way once mostly does again: it is tried first from now on. Another list,
                        # for maps are shared, and somebody may be at this one.
                        self._between[cells] = [wall, *(other for other in walls if other != wall)]
                    return [0.0]
                found.append(c / (c - d))
        return found

    def _passed(self, left: int, low: int, right: int, high: int) -> list[Wall]:
        """The walls in all cells that some line from one cell to another passes, each of them once."""
        if right < left:
            left, low, right, high = right, high, left, low
        across, up = right - left, high - low
        found = self._everywhere.copy()
        columns = self._columns
        # Near points have few columns between them, and a county few that have any walls.
        near = range(left, right + 1) if across < len(columns) else [i for i in columns if left <= i <= right]
        width = across or 1
        for i in near:
            rows = columns.get(i)
            if rows is None:
                continue
            # How far up such a line may be in this column, in rows times `across`.
            place = i - left
            begin = up * (place - 1) if place > 1 else 0
            end = up * (place + 1 if place < across else width)
            if begin > end:
                begin, end = end, begin
            bottom, top = low + begin // width, low - (-end // width)
            if top - bottom < len(rows):
                for j in range(bottom, top + 1):
                    if j in rows:
                        found.update(rows[j])
            else:
                for j, walls in rows.items():
                    if bottom <= j <= top:
                        found.update(walls)
        return list(found)
