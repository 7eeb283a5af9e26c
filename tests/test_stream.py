"""Streams of chance: each its own, replayable, and two plain values."""

from __future__ import annotations

import pytest

from t800.stream import Stream


def test_a_stream_gives_the_same_numbers_on_every_machine() -> None:
    stream = Stream(1995, 2, "aim")
    assert [stream.random() for _ in range(3)] == [0.6050952953935473, 0.9150496831029183, 0.7829242197944638]


@pytest.mark.parametrize("other", [(1996, 2, "aim"), (1995, 3, "aim"), (1995, 2, "flee")])
def test_streams_of_other_names_have_other_dice(other: tuple[int, int, str]) -> None:
    assert Stream(*other).random() != Stream(1995, 2, "aim").random()


def test_a_stream_goes_on_from_its_count() -> None:
    stream = Stream(1, 1, "x")
    drawn = [stream.random() for _ in range(5)]
    assert stream.count == 5
    assert [Stream(1, 1, "x", count).random() for count in range(5)] == drawn


def test_every_draw_counts_once_whatever_it_is_for() -> None:
    stream = Stream(1, 1, "x")
    stream.uniform(0, 1)
    stream.integer(1, 6)
    stream.chance(1.0)
    stream.choice("abc")
    assert stream.count == 4


def test_numbers_stay_in_their_bounds_and_reach_them() -> None:
    stream = Stream(7, 1, "x")
    assert {stream.integer(-1, 2) for _ in range(200)} == {-1, 0, 1, 2}
    assert {stream.choice("abc") for _ in range(200)} == set("abc")
    assert all(2.0 <= stream.uniform(2.0, 3.0) < 3.0 for _ in range(200))
    assert 60 < sum(stream.chance(0.5) for _ in range(200)) < 140
    assert not any(stream.chance(0.0) for _ in range(50))
    assert all(stream.chance(1.0) for _ in range(50))


def test_numbers_are_spread_evenly() -> None:
    stream = Stream(3, 1, "x")
    tenths = [0] * 10
    for _ in range(10_000):
        tenths[int(stream.random() * 10)] += 1
    assert all(900 < count < 1100 for count in tenths)
