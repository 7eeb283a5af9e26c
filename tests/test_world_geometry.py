from __future__ import annotations

import pytest

from t800.spec.world import WallSpec, inside
from t800.types import Point
from t800.world.geometry import WallIndex, along, distance_to_line

WALL = WallIndex([WallSpec(Point(0.0, 0.0), Point(10.0, 0.0))])


@pytest.mark.parametrize(
    ("start", "end", "clear"),
    [
        (Point(5, -1), Point(5, 1), False),
        (Point(5, 1), Point(5, -1), False),
        (Point(-3, -4), Point(13, 4), False),
        (Point(11, -1), Point(11, 1), True),
        (Point(0, 1), Point(10, 1), True),
        (Point(5, 1), Point(5, 0), False),
        (Point(5, 0), Point(5, 1), True),
        (Point(10, 1), Point(10, -1), True),
        (Point(-30, 0), Point(-20, 0), True),
    ],
    ids=[
        "across",
        "back",
        "slanting",
        "past the end",
        "beside",
        "into",
        "out of",
        "touching the end",
        "in line with it",
    ],
)
def test_a_wall_stops_a_line_that_crosses_it_or_ends_on_it(start: Point, end: Point, clear: bool) -> None:
    assert WALL.clear(start, end) is clear


@pytest.mark.parametrize("cell", [5.0, 15.0])
def test_walls_are_counted_once_each_however_many_cells_they_pass(cell: float) -> None:
    walls = WallIndex([WallSpec(Point(x, -50.0), Point(x, 50.0)) for x in (1.0, 2.0, 33.0)], cell)
    assert walls.crossings(Point(-20, -40), Point(40, 45)) == 3


@pytest.mark.parametrize("cell", [5.0, 15.0])
def test_the_index_finds_what_a_search_through_all_walls_finds(cell: float) -> None:
    walls = [
        WallSpec(Point(3.1 * i - 40, 7.3 * (i % 5) - 20), Point(2.2 * i - 20, 5.7 * (i % 7) - 10)) for i in range(30)
    ]
    index = WallIndex(walls, cell)
    single = [WallIndex([wall]) for wall in walls]
    lines = [(Point(1.7 * i - 30, 0.9 * i - 15), Point(25 - 2.1 * i, 11 - 0.7 * i)) for i in range(40)]
    # Again, in another order: what stood in the way is tried first.
    for start, end in [*lines, *reversed(lines), *lines]:
        assert index.clear(start, end) == all(one.clear(start, end) for one in single)
        assert index.crossings(start, end) == WallIndex(walls, cell).crossings(start, end)


def test_a_wall_across_the_country_is_in_no_cell_and_in_the_way_all_the_same() -> None:
    country = WallSpec(Point(-1e6, -1e6), Point(1e6, 1e6))
    yard = WallSpec(Point(0.0, 5.0), Point(0.0, 15.0))
    index = WallIndex([country, yard])
    assert not index.clear(Point(500.0, 510.0), Point(510.0, 500.0))
    assert index.clear(Point(500.0, 510.0), Point(500.0, 520.0))
    assert index.crossings(Point(-3.0, 10.0), Point(30.0, 10.0)) == 2
    assert index.meets(Point(-3.0, 10.0), Point(30.0, 10.0)) == 3.0 / 33.0


def test_who_stays_where_they_are_crosses_nothing() -> None:
    assert WALL.clear(Point(5, 0), Point(5, 0))
    assert WALL.crossings(Point(5, 0), Point(5, 0)) == 0


def test_two_walls_in_one_place_count_as_one() -> None:
    walls = WallIndex([WallSpec(Point(x, -5.0), Point(x, 5.0 + x)) for x in (1.0, 1.0, 1.01, 2.0)])
    assert walls.crossings(Point(0, 0), Point(4, 0)) == 2
    assert walls.crossings(Point(4, 0), Point(0, 0)) == 2


def test_along_stops_at_the_end() -> None:
    assert along(Point(0, 0), Point(3, 4), 2.5) == Point(1.5, 2.0)
    assert along(Point(0, 0), Point(3, 4), 50.0) == Point(3, 4)


def test_the_distance_to_a_line_counts_from_its_nearest_point() -> None:
    assert distance_to_line(Point(5, 3), Point(0, 0), Point(10, 0)) == (3.0, 0.5)
    assert distance_to_line(Point(13, 4), Point(0, 0), Point(10, 0)) == (5.0, 1.0)
    assert distance_to_line(Point(3, 4), Point(0, 0), Point(0, 0)) == (5.0, 0.0)


def test_a_point_is_inside_a_polygon_or_on_its_edge_or_not() -> None:
    corners = (Point(0, 0), Point(4, 0), Point(4, 4), Point(2, 1), Point(0, 4))
    assert inside(Point(1, 1), corners)
    assert inside(Point(2, 0), corners)
    assert inside(Point(4, 4), corners)
    assert not inside(Point(2, 3), corners)
    assert not inside(Point(5, 1), corners)
