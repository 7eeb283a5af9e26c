"""The blackboard: typed, one an agent, and data."""

from __future__ import annotations

import json

import pytest

from t800.blackboard import Blackboard
from t800.errors import UsageError
from t800.types import FLOAT, Point, Type

SCHEMA = {"speed": FLOAT, "at": Type.of(Point), "marks": Type.of(list[int])}


def test_every_key_is_there_and_unknown_at_first() -> None:
    board = Blackboard(SCHEMA)
    assert board.values == {"speed": None, "at": None, "marks": None}
    assert board.written == {}


def test_a_write_is_checked_stored_and_dated() -> None:
    board = Blackboard(SCHEMA, {"speed": 1})
    board.write("marks", [1, 2], tick=12)
    assert board.values == {"speed": 1.0, "at": None, "marks": (1, 2)}
    assert board.written == {"speed": 0, "marks": 12}


def test_a_wrong_write_changes_nothing() -> None:
    board = Blackboard(SCHEMA, {"speed": 1})
    with pytest.raises(ValueError, match="expected float"):
        board.write("speed", "fast", tick=3)
    with pytest.raises(ValueError, match="expected Point with x"):
        board.write("at", Point("x", 0.0), tick=3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="did you mean 'speed'"):
        board.write("sped", 1.0, tick=3)
    with pytest.raises(UsageError, match=r"no key 'qqq' on the blackboard$"):
        board.write("qqq", 1.0, tick=3)
    assert board.save() == Blackboard(SCHEMA, {"speed": 1}).save()


def test_what_is_saved_loads_into_another() -> None:
    board = Blackboard(SCHEMA, {"speed": 1, "at": Point(1.0, 2.0)})
    board.write("marks", [3], tick=7)
    other = Blackboard(SCHEMA)
    other.load(json.loads(json.dumps(board.save())))
    assert (other.values, other.written) == (board.values, board.written)
    other.write("speed", 2.0, tick=9)
    assert board.values["speed"] == 1.0


def test_two_blackboards_share_nothing() -> None:
    one, two = Blackboard(SCHEMA), Blackboard(SCHEMA)
    one.write("speed", 3.0, tick=1)
    assert two.values["speed"] is None
