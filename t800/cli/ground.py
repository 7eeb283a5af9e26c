"""A map in characters: walls from dots of braille, who and what is there, and where they look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from t800.world.map import walls_of

if TYPE_CHECKING:
    from t800.spec.world import WorldSpec
    from t800.types import Point

__all__ = ["Cell", "Ground"]

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of braille, by row and column within a character."""

ARROWS = "→↗↑↖←↙↓↘"

MARGIN = 1.5
"""Metres around all that must be on a map."""

ACROSS = 60.0
"""Metres from who is in focus to who is on the map with them: one of all would show that they are far, and no more."""

NARROWEST = 12.0
"""Metres that a map is wide at least: nearer does not show more."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A character of a map; `kind` is wall, road, place, agent, focus or thing, or empty."""

    text: str = " "
    kind: str = ""


class Ground:
    """The map of a world, to be drawn at any size.

        ground = Ground(spec.world)
        for row in ground.draw(entities, agents=["t800", "john"], focus="t800", width=40, height=12):
            print("".join(cell.text for cell in row))

    Without a `fancy` terminal it is drawn in ASCII.
    """

    def __init__(self, world: WorldSpec, fancy: bool = True) -> None:
        self._world = world
        self._fancy = fancy
        self._walls = walls_of(world.places, world.doorways, world.walls)
        self._open = [place for place in world.places.values() if not place.walled]

    def draw(
        self,
        entities: Mapping[str, Any],
        agents: Sequence[str],
        focus: str | None,
        width: int,
        height: int,
        near: float | None = None,
    ) -> list[list[Cell]]:
        """Rows of cells: everybody within 60 m of who is in focus, and their places; or only so many metres `near`."""
        cells = [[Cell() for _ in range(width)] for _ in range(height)]
        view = self._view(entities, agents, focus, width, height, near)
        if view is None or width < 4 or height < 3:
            return cells
        for place in self._open:
            corners = [*place.corners, place.corners[0]]
            self._lines(cells, view, pairwise(corners), "place", dotted=True)
        for road in self._world.roads.values():
            self._lines(cells, view, pairwise(road.points), "road", dotted=True)
        self._lines(cells, view, ((wall.start, wall.end) for wall in self._walls), "wall")
        self._bodies(cells, view, entities, agents, focus)
        for place in self._world.places.values():
            # Its name stands where nothing else does, or not at all.
            column, row = view.cell(place.middle)
            begin = column - len(place.name) // 2
            for line in (row, row - 1, row + 1, row - 2, row + 2):
                if 0 <= line < height and _free(cells, line, begin - 1, f" {place.name} ", only=("",)):
                    _write(cells, line, begin, place.name, "place")
                    break
        return cells

    def _view(
        self,
        entities: Mapping[str, Any],
        agents: Sequence[str],
        focus: str | None,
        width: int,
        height: int,
        near: float | None,
    ) -> _View | None:
        here = entities.get(focus) if focus is not None else None
        if near is not None and here is not None:
            x, y = here.position.x, here.position.y
            return _View.of([(x - near, y - near / 2), (x + near, y + near / 2)], width, height)
        shown = [entities[name] for name in agents if name in entities] or list(entities.values())
        if here is not None:
            shown = [each for each in shown if each.position.distance(here.position) <= ACROSS]
        points = [(each.position.x, each.position.y) for each in shown]
        for name in dict.fromkeys(each.place for each in shown if each.place is not None):
            corners = self._world.places[name].corners
            if here is None or all(corner.distance(here.position) <= ACROSS for corner in corners):
                points += [(corner.x, corner.y) for corner in corners]
        return _View.of(points, width, height) if points else None

    def _lines(
        self,
        cells: list[list[Cell]],
        view: _View,
        lines: Iterable[tuple[Point, Point]],
        kind: str,
        dotted: bool = False,
    ) -> None:
        width, height = len(cells[0]), len(cells)
        for start, end in lines:
            clipped = view.clipped(start, end)
            if clipped is None:
                continue
            (ax, ay), (bx, by) = clipped
            steps = max(1, int(max(abs(bx - ax), abs(by - ay))))
            for step in range(0, steps + 1, 3 if dotted else 1):
                x, y = round(ax + (bx - ax) * step / steps), round(ay + (by - ay) * step / steps)
                column, row = x // 2, y // 4
                if 0 <= column < width and 0 <= row < height:
                    old = cells[row][column].text
                    bits = ord(old) - 0x2800 if "\u2800" <= old <= "\u28ff" else 0
                    dots = chr(0x2800 + (bits | DOTS[y % 4][x % 2]))
                    cells[row][column] = Cell(dots if self._fancy else "." if dotted else "#", kind)

    def _bodies(
        self,
        cells: list[list[Cell]],
        view: _View,
        entities: Mapping[str, Any],
        agents: Sequence[str],
        focus: str | None,
    ) -> None:
        """Things first, then agents, who is in focus last: whoever comes later stands above."""
        names = [name for name in entities if name not in agents]
        names += [name for name in agents if name in entities and name != focus]
        names += [focus] if focus is not None and focus in entities else []
        labels = []
        for name in names:
            column, row = view.cell(entities[name].position)
            if not (0 <= row < len(cells) and 0 <= column < len(cells[0])):
                continue
            kind = "focus" if name == focus else "agent" if name in agents else "thing"
            cells[row][column] = Cell(name[0].upper() if kind != "thing" else "·" if self._fancy else "o", kind)
            if kind == "thing":
                continue
            dx, dy, arrow = _facing(entities[name], self._fancy)
            if arrow and 0 <= row - dy < len(cells) and 0 <= column + dx < len(cells[0]):
                there = cells[row - dy][column + dx]
                if there.kind not in ("agent", "focus"):
                    cells[row - dy][column + dx] = Cell(arrow, kind)
            labels.append((row, column, name, kind))
        for row, column, name, kind in labels:
            # Beside it, where nothing else stands; else it is only its letter.
            for begin in (column + 2, column - 1 - len(name)):
                if _free(cells, row, begin, name):
                    _write(cells, row, begin, name, kind)
                    break


@dataclass(frozen=True, slots=True)
class _View:
    """From metres to dots: two columns and four rows of them a character, as high as they are wide."""

    left: float
    top: float
    scale: float
    width: int
    height: int

    @staticmethod
    def of(points: Sequence[tuple[float, float]], width: int, height: int) -> _View:
        """All these points, in the middle."""
        low = min(x for x, _ in points) - MARGIN, min(y for _, y in points) - MARGIN
        high = max(x for x, _ in points) + MARGIN, max(y for _, y in points) + MARGIN
        span = max(high[0] - low[0], NARROWEST), max(high[1] - low[1], NARROWEST / 3)
        scale = min((width * 2 - 1) / span[0], (height * 4 - 1) / span[1])
        middle = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
        return _View(middle[0] - width / scale, middle[1] + 2 * height / scale, scale, width, height)

    def dot(self, point: Point) -> tuple[float, float]:
        return (point.x - self.left) * self.scale, (self.top - point.y) * self.scale

    def cell(self, point: Point) -> tuple[int, int]:
        """The column and row of the character that holds a point."""
        x, y = self.dot(point)
        return round(x) // 2, round(y) // 4

    def clipped(self, start: Point, end: Point) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """The part of a line that is on the map, in dots."""
        (ax, ay), (bx, by) = self.dot(start), self.dot(end)
        low, high = 0.0, 1.0
        for begin, delta, most in ((ax, bx - ax, self.width * 2 - 1), (ay, by - ay, self.height * 4 - 1)):
            if delta == 0.0:
                if not 0 <= begin <= most:
                    return None
                continue
            one, other = sorted((-begin / delta, (most - begin) / delta))
            low, high = max(low, one), min(high, other)
        if low > high:
            return None
        return (ax + (bx - ax) * low, ay + (by - ay) * low), (ax + (bx - ax) * high, ay + (by - ay) * high)


def _facing(entity: Any, fancy: bool) -> tuple[int, int, str]:
    """Where somebody looks: columns and rows to the next character, and an arrow; no arrow if nowhere."""
    facing = entity.facing
    x, y = facing.x, facing.y
    if x == 0.0 and y == 0.0:
        return 0, 0, ""
    dx = (x > 0) - (x < 0) if abs(x) * 2.4 > abs(y) else 0
    dy = (y > 0) - (y < 0) if abs(y) * 2.4 > abs(x) else 0
    arrows = {(1, 0): 0, (1, 1): 1, (0, 1): 2, (-1, 1): 3, (-1, 0): 4, (-1, -1): 5, (0, -1): 6, (1, -1): 7}
    return dx, dy, ARROWS[arrows[dx, dy]] if fancy else ">/^\\</v\\"[arrows[dx, dy]]


def _free(
    cells: Sequence[Sequence[Cell]], row: int, begin: int, text: str, only: Sequence[str] = ("", "place", "road")
) -> bool:
    """Whether nothing that matters stands where a text would."""
    fits = begin >= 0 and begin + len(text) <= len(cells[0])
    return fits and all(cells[row][begin + place].kind in only for place in range(len(text)))


def _write(cells: list[list[Cell]], row: int, begin: int, text: str, kind: str) -> None:
    for place, letter in enumerate(text):
        cells[row][begin + place] = Cell(letter, kind)
