from __future__ import annotations

from worlds import ROOMS, rooms

from t800.types import Point
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
