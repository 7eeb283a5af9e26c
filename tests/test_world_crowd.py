"""Who is near whom is told as if all were looked at anew, however they move."""

from __future__ import annotations

import random

import pytest

from t800.types import Point
from t800.world.crowd import PATCH, Crowd
from t800.world.entity import Entity

REACH = 60.0


def expected(entities: list[Entity], here: Point) -> list[tuple[Entity, float, float]]:
    """All who are on the patch of a point, or within reach of that."""
    west, south = here.x // PATCH * PATCH - REACH, here.y // PATCH * PATCH - REACH
    far = PATCH + 2 * REACH
    at = [(entity, entity.position.x, entity.position.y) for entity in entities]
    return [each for each in at if west <= each[1] <= west + far and south <= each[2] <= south + far]


@pytest.mark.parametrize("seed", range(6))
def test_a_crowd_is_what_all_look_at_anew_would_be(seed: int) -> None:
    dice = random.Random(seed)
    entities = [Entity(f"e{n}", n, Point(dice.uniform(-900, 900), dice.uniform(-900, 900)), {}) for n in range(40)]
    crowd = Crowd(entities, REACH)
    found = 0
    for _ in range(300):
        for entity in dice.sample(entities, 6):
            # Most take a step, some are carried off, and some come to stand on an edge.
            here, kind = entity.position, dice.random()
            if kind < 0.7:
                entity.position = Point(here.x + dice.uniform(-30, 30), here.y + dice.uniform(-30, 30))
            elif kind < 0.9:
                entity.position = Point(dice.uniform(-900, 900), dice.uniform(-900, 900))
            else:
                entity.position = Point(dice.choice([-REACH, 0.0, PATCH, PATCH + REACH]), 10.0)
        crowd.look()
        for observer in dice.sample(entities, dice.randrange(4)):
            near = expected(entities, observer.position)
            assert list(crowd.near(observer.position)) == near
            assert {e.id for e in entities if e.position.distance(observer.position) <= REACH} <= {
                e.id for e, *_ in near
            }
            found += len(near)
    assert found > 1000


def test_where_nobody_asks_any_more_is_not_kept_up() -> None:
    entities = [Entity("one", 1, Point(0.0, 0.0), {}), Entity("two", 2, Point(2000.0, 0.0), {})]
    crowd = Crowd(entities, REACH)
    assert [entity.id for entity, *_ in crowd.near(Point(5.0, 5.0))] == ["one"]
    crowd.look()
    assert len(crowd._patches) == 1
    crowd.look()
    assert len(crowd._patches) == 0
    entities[1].position = Point(20.0, 0.0)
    crowd.look()
    assert [entity.id for entity, *_ in crowd.near(Point(5.0, 5.0))] == ["one", "two"]
