from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

from worlds import ROOMS, rooms

from t800.simulation.opening import open_scenario
from t800.spec.world import PlaceSpec, WallSpec, WorldSpec, inside
from t800.types import Point
from t800.world.geometry import WallIndex, distance_to_line
from t800.world.map import SPOTS, Map

MAP = Map(rooms())


def test_one_walks_straight_where_no_wall_is() -> None:
    assert MAP.way(Point(1, 1), Point(9, 7)) == (Point(9, 7),)


def test_one_walks_through_the_door_to_the_next_room() -> None:
    assert MAP.way(Point(9, 1), Point(11, 1)) == (Point(9.5, 4.0), Point(10.5, 4.0), Point(11, 1))
    assert MAP.way(Point(11, 1), Point(9, 1)) == (Point(10.5, 4.0), Point(9.5, 4.0), Point(9, 1))


def test_there_is_no_way_into_a_place_without_a_door() -> None:
    assert MAP.way(Point(5, 4), Point(5, 12)) is None


def test_a_point_on_a_wall_is_out_of_reach() -> None:
    assert MAP.way(Point(5, 4), Point(5, 8)) is None


def test_walls_leave_a_gap_where_the_door_is_and_none_at_corners() -> None:
    assert MAP.walls.clear(Point(9, 4), Point(11, 4))
    assert not MAP.walls.clear(Point(9, 5), Point(11, 5))
    assert not MAP.walls.clear(Point(-1, -1), Point(1, 1))


def test_a_place_is_found_by_a_point_in_it() -> None:
    assert [MAP.place(Point(x, 4)) for x in (5.0, 15.0, 25.0)] == ["west", "east", None]
    assert MAP.place(Point(10, 4)) == "west"


def test_a_place_is_found_again_after_more_points_than_are_remembered() -> None:
    points = [Point(i / 100, 4.0) for i in range(SPOTS + 1)] + [Point(0.0, 4.0)]
    assert {MAP.place(point) for point in points} == {"west"}
    assert MAP.place(Point(25.0, 4.0)) is None
    assert MAP.place(Point(25.0, 4.0)) is None


def test_doorways_say_where_they_lead() -> None:
    assert [(door.name, door.leads_to) for door in MAP.openings("west")] == [("door", "east")]
    assert MAP.openings("yard") == ()
    assert MAP.openings(None) == ()


def test_of_two_ways_the_shorter_is_taken() -> None:
    far = "  hatch: {between: [west, east], at: [10, 7], width: 1.0}\nbodies:"
    way = Map(rooms(ROOMS.replace("bodies:", far))).way(Point(9, 7.9), Point(11, 7.9))
    assert way == (Point(9.5, 7.0), Point(11, 7.9))


def test_the_way_does_not_depend_on_the_ways_that_were_asked_for_before() -> None:
    spec = open_scenario("hospital").world
    used, rng = Map(spec), random.Random(4)
    corners = [corner for place in spec.places.values() for corner in place.corners]
    goals = [Point(corner.x + 1.3, corner.y + 1.7) for corner in rng.sample(corners, 4)]
    for goal in goals:
        here = rng.choice(corners)
        for _ in range(12):
            here = Point(round(here.x + rng.uniform(-6, 6), 3), round(here.y + rng.uniform(-6, 6), 3))
            assert used.way(here, goal) == Map(spec).way(here, goal)


def test_a_place_is_found_whatever_its_shape() -> None:
    shapes = {
        "rectangle": [(0, 0), (8, 0), (8, 6), (0, 6)],
        "triangle": [(10, 0), (18, 0), (10, 6)],
        "bow_tie": [(20, 0), (28, 6), (28, 0), (20, 6)],
        "notched": [(30, 0), (38, 0), (38, 6), (34, 3), (30, 6)],
        "tilted": [(44, 0), (48, 3), (44, 6), (40, 3)],
        "beneath": [(-1, -1), (50, -1), (50, 4), (-1, 4)],
    }
    spec = rooms()
    places = {
        name: PlaceSpec(name, tuple(Point(float(x), float(y)) for x, y in corners), {}, walled=False)
        for name, corners in shapes.items()
    }
    ground = Map(replace(spec, places=places, doorways={}, walls=()))
    found = set()
    for i in range(-8, 205):
        for j in range(-8, 30):
            point = Point(i / 4, j / 4)
            expected = next((name for name, place in places.items() if inside(point, place.corners)), None)
            assert ground.place(point) == expected
            found.add(expected)
    assert found == {*places, None}


def walled(**corners: list[tuple[float, float]]) -> WorldSpec:
    places = {
        name: PlaceSpec(name, tuple(Point(x, y) for x, y in shape), {}, walled=True) for name, shape in corners.items()
    }
    return replace(rooms(), places=places, doorways={}, walls=())


def test_one_walks_around_the_corner_of_a_place() -> None:
    ground = Map(walled(bent=[(0, 0), (20, 0), (20, 4), (4, 4), (4, 20), (0, 20)]))
    assert ground.way(Point(18, 1), Point(1, 18)) == (Point(3.646, 3.646), Point(1, 18))
    assert ground.way(Point(1, 18), Point(18, 1)) == (Point(3.646, 3.646), Point(18, 1))
    assert ground.way(Point(18, 1), Point(18, 6)) is None


def test_one_walks_around_a_wall_and_a_house() -> None:
    yard = replace(walled(house=[(0, 0), (4, 0), (4, 4), (0, 4)]), walls=(WallSpec(Point(10, -5), Point(10, 5)),))
    ground = Map(yard)
    assert ground.way(Point(9, 0), Point(11, 1)) == (Point(10, 5.5), Point(11, 1))
    around = ground.way(Point(-1, 2), Point(5, 3))
    assert around == (Point(-0.354, 4.354), Point(4.354, 4.354), Point(5, 3))


def test_in_whatever_maze_there_is_a_way_and_no_wall_in_it() -> None:
    rng = random.Random(7)
    bent = 0
    for _ in range(30):
        stands = [Point(rng.uniform(0, 40), rng.uniform(0, 40)) for _ in range(24)]
        leads = [Point(here.x + rng.uniform(-9, 9), here.y + rng.uniform(-9, 9)) for here in stands]
        # Walls that touch none before them leave nothing enclosed.
        walls: list[WallSpec] = []
        for start, end in zip(stands, leads, strict=True):
            parted = all(
                min(distance_to_line(p, o.start, o.end)[0] for p in (start, end)) > 1.0
                and min(distance_to_line(p, start, end)[0] for p in (o.start, o.end)) > 1.0
                and WallIndex([o]).clear(start, end)
                for o in walls
            )
            if parted and start.distance(end) > 2.0:
                walls.append(WallSpec(start, end))
        ground = Map(replace(walled(), walls=tuple(walls)))
        free = [p for p in (Point(rng.uniform(0, 40), rng.uniform(0, 40)) for _ in range(12))
                if all(distance_to_line(p, w.start, w.end)[0] > 0.1 for w in walls)]  # fmt: skip
        for here, there in pairwise(free):
            way = ground.way(here, there)
            assert way is not None
            assert way[-1] == there
            assert all(ground.walls.clear(a, b) for a, b in pairwise([here, *way]))
            bent += len(way) > 1
    assert bent > 30


def test_a_corner_is_found_whatever_way_a_place_is_turned() -> None:
    """The same L, turned by an eighth of a turn and more, and spelled from another corner or the other way round."""
    shape = [(0.0, 0.0), (20.0, 0.0), (20.0, 4.0), (4.0, 4.0), (4.0, 20.0), (0.0, 20.0)]
    for cosine, sine in ((1.0, 0.0), (0.8, 0.6), (0.6, 0.8), (-0.8, 0.6), (0.0, -1.0), (0.28, 0.96)):

        def turned(x: float, y: float, c: float = cosine, s: float = sine) -> tuple[float, float]:
            return c * x - s * y, s * x + c * y

        corners = [turned(x, y) for x, y in shape]
        for spelled in (corners, corners[::-1], corners[3:] + corners[:3]):
            way = Map(walled(bent=spelled)).way(Point(*turned(18, 1)), Point(*turned(1, 18)))
            assert way is not None
            assert len(way) == 2
            assert way[0].distance(Point(*turned(3.646, 3.646))) < 0.01
