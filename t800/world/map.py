"""The ground: which place a point is in, where walls stand, and how to walk from here to there.

Walkers go straight where no wall is in the way, else over doorways, and else around corners too. The doorways that see
each other are joined at load; the shortest ways between them are worked out once for each doorway that is a goal.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise, product
from math import sqrt

from t800.spec.world import DoorwaySpec, PlaceSpec, WallSpec, WorldSpec, edge_at, inside, on_edge
from t800.types import Point
from t800.world.geometry import CELL, SLACK, WallIndex, distance_to_line
from t800.world.roads import Roads

__all__ = ["Map", "Opening", "map_of", "walls_of"]

OVERLAP = 0.01
"""Metres by which walls reach past their corners: a line through the exact corner must not slip through."""

STEP = 0.5
"""Metres from a doorway to the point before it, on either side, over which walkers go."""

FAR = float("inf")

GOALS = 200
"""How many goals' ways are remembered before all are worked out anew."""

SPOTS = 1000
"""How many points' places are remembered before all are looked up anew."""

DETOURS = 50
"""How many sets of doorways to avoid are remembered before all are worked out anew."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A doorway as seen from a place: where it is, what it leads to, and the point just past it."""

    name: str
    leads_to: str
    position: Point
    beyond: Point


class Map:
    """What does not move. It is made from the world's file, holds no state, and is shared by all who walk."""

    def __init__(self, spec: WorldSpec) -> None:
        self.spec = spec
        self.walls = WallIndex(walls_of(spec.places, spec.doorways, spec.walls))
        self.roads = Roads(spec.roads.values())
        nodes = [point for doorway in spec.doorways.values() for point in self.sides(doorway.name)]
        self._nodes = [*nodes, *self.roads.nodes]
        self._net = _Net.of(self._nodes, self.walls)
        self._detours: dict[tuple[_Net, frozenset[str]], _Net] = {}
        self._openings: dict[str | None, tuple[Opening, ...]] = {}
        self._found: dict[tuple[float, float], str] = {}
        # The places that reach into each cell of a grid, in the file's order.
        self._near: dict[tuple[float, float], list[_Box]] = {}
        self._boxes = [_box(place) for place in spec.places.values()]

    def sides(self, name: str) -> tuple[Point, Point]:
        """The points before a doorway on its two sides, that in its first place first: no compass in the order."""
        doorway = self.spec.doorways[name]
        start, end = edge_at(doorway, self.spec.places, self.spec.walls) or _adrift(doorway)
        length = start.distance(end)
        nx, ny = STEP * (end.y - start.y) / length, -STEP * (end.x - start.x) / length
        one = Point(round(doorway.at.x + nx, 3), round(doorway.at.y + ny, 3))
        other = Point(round(doorway.at.x - nx, 3), round(doorway.at.y - ny, 3))
        first = self.spec.places[doorway.between[0]]
        return (one, other) if inside(one, first.corners) else (other, one)

    def leaf(self, name: str) -> WallSpec:
        """What closes a doorway: a wall as wide as the gap, and so much wider that nothing slips by at its ends."""
        doorway = self.spec.doorways[name]
        start, end = edge_at(doorway, self.spec.places, self.spec.walls) or _adrift(doorway)
        share = (doorway.width / 2 + OVERLAP) / start.distance(end)
        dx, dy, at = (end.x - start.x) * share, (end.y - start.y) * share, doorway.at
        return WallSpec(Point(at.x - dx, at.y - dy), Point(at.x + dx, at.y + dy))

    def place(self, point: Point) -> str | None:
        """The name of the place that a point is in, the first of the file's if several hold it."""
        # Whoever sits in a car, and whatever is in a hand, is where somebody else is.
        at = (point.x, point.y)
        found = self._found.get(at)
        if found is None:
            if len(self._found) >= SPOTS:
                self._found.clear()
            found = self._found[at] = self._place(point) or ""
        return found or None

    def _place(self, point: Point) -> str | None:
        x, y = point.x, point.y
        cell = x // CELL, y // CELL
        boxes = self._near.get(cell)
        if boxes is None:
            if len(self._near) >= SPOTS:
                self._near.clear()
            west, south = cell[0] * CELL - SLACK, cell[1] * CELL - SLACK
            east, north = west + CELL + 2 * SLACK, south + CELL + 2 * SLACK
            boxes = self._near[cell] = [
                box for box in self._boxes if box[2] <= east and box[3] <= north and box[4] >= west and box[5] >= south
            ]
        for name, corners, left, low, right, high in boxes:
            if left <= x <= right and low <= y <= high and (corners is None or inside(point, corners)):
                return name
        return None

    def openings(self, place: str | None) -> tuple[Opening, ...]:
        """The doorways of a place, in file order."""
        if place not in self._openings:
            found = []
            for doorway in self.spec.doorways.values():
                if place is not None and place in doorway.between:
                    side = doorway.between.index(place)
                    beyond = self.sides(doorway.name)[1 - side]
                    found.append(Opening(doorway.name, doorway.between[1 - side], doorway.at, beyond))
            self._openings[place] = tuple(found)
        return self._openings[place]

    def way(self, start: Point, goal: Point, avoiding: frozenset[str] = frozenset()) -> tuple[Point, ...] | None:
        """The points to walk to, one after another, to get from `start` to `goal`; None if there is no way.

            world.map.way(here, there, avoiding=frozenset(["fire_exit"]))

        No way leads through a doorway that `avoiding` names. Corners are gone around where doorways alone do not lead
        there: the shortest way over doorways is taken, if there is one.
        """
        found = self._without(self._net, avoiding).way(start, goal)
        return self._without(self._around, avoiding).way(start, goal) if found is None else found

    @cached_property
    def _around(self) -> _Net:
        """The net with the corners of walls."""
        return _Net.of([*self._nodes, *_bends(self.spec, self.walls)], self.walls)

    def _without(self, whole: _Net, avoiding: frozenset[str]) -> _Net:
        """A net without some doorways, made when it is first asked for."""
        if not avoiding:
            return whole
        net = self._detours.get((whole, avoiding))
        if net is None:
            if len(self._detours) >= DETOURS:
                self._detours.clear()
            closed = WallIndex([self.leaf(name) for name in self.spec.doorways if name in avoiding])
            net = self._detours[whole, avoiding] = whole.without(closed)
        return net


# A place: its name, its corners, and from where to where it reaches: west, south, east, north.
_Box = tuple[str, Sequence[Point] | None, float, float, float, float]


def _box(place: PlaceSpec) -> _Box:
    """How far a place reaches, without its corners if it is all of that: most are rectangles along the axes."""
    corners = place.corners
    xs, ys = [c.x for c in corners], [c.y for c in corners]
    west, south, east, north = min(xs), min(ys), max(xs), max(ys)
    straight = all((a.x == b.x) != (a.y == b.y) for a, b in pairwise([*corners, corners[0]]))
    whole = (
        len(corners) == 4 and straight and {(c.x, c.y) for c in corners} == set(product((west, east), (south, north)))
    )
    return place.name, None if whole else corners, west, south, east, north


class _Goal:
    """What is known of the ways to one point: `nodes` are all from which it can be reached, those that are nearest to
    it first, each with the metres from there (`costs` alone, too), its number and where it is. `ends` has for every
    node the last one on the way. `first` is the one that the last way led to: a guess at that of the next.
    """

    __slots__ = ("costs", "ends", "first", "nodes")

    def __init__(self, nodes: list[tuple[float, int, float, float]], ends: list[int]) -> None:
        self.nodes = sorted(nodes)
        self.costs = [node[0] for node in self.nodes]
        self.ends = ends
        self.first: tuple[float, int, float, float] | None = None


class _Net:
    """Points to walk over, which of them see each other, and the shortest ways over them."""

    def __init__(self, nodes: list[Point], edges: list[list[tuple[int, float]]], *walls: WallIndex) -> None:
        self._nodes = nodes
        self._edges = edges
        self._walls = walls
        self._clear = walls[0].clear if len(walls) == 1 else self._all_clear
        self._goals: dict[Point, _Goal] = {}
        self._ways: dict[int, tuple[list[float], list[int]]] = {}

    @staticmethod
    def of(nodes: list[Point], walls: WallIndex) -> _Net:
        """All of the nodes, joined where no wall is in the way."""
        edges: list[list[tuple[int, float]]] = [[] for _ in nodes]
        for i, here in enumerate(nodes):
            for j in range(i + 1, len(nodes)):
                if walls.clear(here, nodes[j]):
                    metres = here.distance(nodes[j])
                    edges[i].append((j, metres))
                    edges[j].append((i, metres))
        return _Net(nodes, edges, walls)

    def without(self, closed: WallIndex) -> _Net:
        """The same with more in the way: only the lines that were clear are looked at again."""
        nodes = self._nodes
        edges = [
            [(j, metres) for j, metres in after if closed.clear(nodes[i], nodes[j])]
            for i, after in enumerate(self._edges)
        ]
        return _Net(nodes, edges, *self._walls, closed)

    def _all_clear(self, start: Point, end: Point) -> bool:
        return all(walls.clear(start, end) for walls in self._walls)

    def way(self, start: Point, goal: Point) -> tuple[Point, ...] | None:
        """As `Map.way`."""
        clear = self._clear
        if clear(start, goal):
            return (goal,)
        toward = self._toward(goal)
        nodes, guess = toward.nodes, toward.first
        x, y = start.x, start.y
        if guess is not None and clear(start, self._nodes[guess[1]]):
            # What is farther from the goal than all of that way is on none that is shorter.
            cost, _, there, up = guess
            metres = sqrt((x - there) * (x - there) + (y - up) * (y - up)) + cost
            nodes = nodes[: bisect_right(toward.costs, metres)]
        # The wall test costs most: the first in order of length that is in the clear is the way. `Point.distance`
        # written out, for it is asked of all nodes in each tick of each walk.
        waiting = [
            (sqrt((x - there) * (x - there) + (y - up) * (y - up)) + cost, number, place)
            for place, (cost, number, there, up) in enumerate(nodes)
        ]
        heapq.heapify(waiting)
        ends = toward.ends
        while waiting:
            _, first, place = heapq.heappop(waiting)
            if clear(start, self._nodes[first]):
                toward.first = nodes[place]
                points = [self._nodes[first]]
                following = self._to(ends[first])[1]
                while first != ends[first]:
                    first = following[first]
                    points.append(self._nodes[first])
                return (*points, goal)
        return None

    def _toward(self, goal: Point) -> _Goal:
        """The ways to a point from every node that it can be reached from."""
        found = self._goals.get(goal)
        if found is None:
            costs, ends = [FAR] * len(self._nodes), [-1] * len(self._nodes)
            for j, node in enumerate(self._nodes):
                if self._clear(node, goal):
                    rest = node.distance(goal)
                    for i, metres in enumerate(self._to(j)[0]):
                        if metres + rest < costs[i]:
                            costs[i], ends[i] = metres + rest, j
            if len(self._goals) >= GOALS:
                self._goals.clear()
            nodes = [(cost, i, self._nodes[i].x, self._nodes[i].y) for i, cost in enumerate(costs) if cost < FAR]
            found = self._goals[goal] = _Goal(nodes, ends)
        return found

    def _to(self, goal: int) -> tuple[list[float], list[int]]:
        """From every doorway: the metres to the doorway `goal`, and the next doorway on the way there."""
        if goal not in self._ways:
            lengths = [FAR] * len(self._nodes)
            following = [-1] * len(self._nodes)
            lengths[goal] = 0.0
            # Equal lengths go to the doorway that the file names first, whatever its coordinates: the order of
            # the numbers in the heap.
            waiting = [(0.0, goal)]
            while waiting:
                length, i = heapq.heappop(waiting)
                if length > lengths[i]:
                    continue
                for j, edge in self._edges[i]:
                    if length + edge < lengths[j]:
                        lengths[j] = length + edge
                        following[j] = i
                        heapq.heappush(waiting, (length + edge, j))
            self._ways[goal] = (lengths, following)
        return self._ways[goal]


class _Same:
    """A world's spec as a key: the same object, whatever equals it."""

    def __init__(self, spec: WorldSpec) -> None:
        self.spec = spec

    def __hash__(self) -> int:
        return id(self.spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.spec is other.spec


@lru_cache(maxsize=4)
def _made(key: _Same) -> Map:
    return Map(key.spec)


def map_of(spec: WorldSpec) -> Map:
    """The map of a world, made once for all runs in it."""
    return _made(_Same(spec))


def walls_of(
    places: Mapping[str, PlaceSpec], doorways: Mapping[str, DoorwaySpec], walls: Sequence[WallSpec]
) -> tuple[WallSpec, ...]:
    """All walls: those of the file, and the edges of walled places, less the doorways in them."""
    found = []
    for wall in walls:
        found.extend(_edge(wall.start, wall.end, doorways))
    for place in places.values():
        if not place.walled:
            continue
        previous = place.corners[-1]
        for corner in place.corners:
            found.extend(_edge(previous, corner, doorways))
            previous = corner
    return tuple(found)


def _bends(spec: WorldSpec, walls: WallIndex) -> list[Point]:
    """The points over which one walks around the ends and the outer corners of walls.

    A shortest way bends nowhere else, but in doorways (Lozano-Pérez and Wesley 1979, on visibility graphs).
    """
    corners = [corner for place in spec.places.values() if place.walled for corner in place.corners]
    corners += [end for wall in spec.walls for end in (wall.start, wall.end)]
    found = []
    for corner in dict.fromkeys(corners):
        away = _away(corner, walls)
        if away is None:
            continue
        x, y = (OVERLAP * 2 * share for share in away)
        beside = Point(corner.x + x, corner.y + y)
        for metres in (STEP, STEP / 4):
            point = Point(round(corner.x + away[0] * metres, 3), round(corner.y + away[1] * metres, 3))
            if walls.clear(beside, point):
                found.append(point)
                break
    return found


def _away(corner: Point, walls: WallIndex) -> tuple[float, float] | None:
    """The direction that bisects the angle around a corner in which no wall is, if that is more than half a turn."""
    rays = []
    for ax, ay, bx, by in walls.near(corner, 2 * OVERLAP):
        ends = Point(ax, ay), Point(bx, by)
        if distance_to_line(corner, *ends)[0] < 2 * OVERLAP:
            far = [(end, corner.distance(end)) for end in ends]
            rays += [((end.x - corner.x) / m, (end.y - corner.y) / m) for end, m in far if m > 2 * OVERLAP]
    for ax, ay in rays:
        for bx, by in rays:
            # From a to b is less than half a turn, and all others are in between.
            less = ax * by - ay * bx >= 0.0 and ax * bx + ay * by > SLACK - 1.0
            if less and all(ax * y - ay * x > -SLACK and x * by - y * bx > -SLACK for x, y in rays):
                length = sqrt((ax + bx) * (ax + bx) + (ay + by) * (ay + by))
                return -(ax + bx) / length, -(ay + by) / length
    return None


def _adrift(doorway: DoorwaySpec) -> tuple[Point, Point]:
    raise ValueError(f"doorway {doorway.name} is in no wall and on no edge of a place")


def _edge(start: Point, end: Point, doorways: Mapping[str, DoorwaySpec]) -> list[WallSpec]:
    """One edge of a place as walls, with gaps where doorways are."""
    length = start.distance(end)
    gaps = []
    for doorway in doorways.values():
        on = on_edge(doorway.at, start, end)
        if on is not None:
            gaps.append((on - doorway.width / 2, on + doorway.width / 2))
    gaps.sort()
    dx, dy = (end.x - start.x) / length, (end.y - start.y) / length

    def at(metres: float) -> Point:
        return Point(start.x + dx * metres, start.y + dy * metres)

    found = []
    position = -OVERLAP
    for low, high in gaps:
        if low > position:
            found.append(WallSpec(at(position), at(low)))
        position = max(position, high)
    if length + OVERLAP > position:
        found.append(WallSpec(at(position), at(length + OVERLAP)))
    return found
