"""What differs between two values, as text: nothing too little, nothing too much, and canonical."""

import json
import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from t800.simulation.canonical import MANY, decode, differ, encode, encoder, patched, record_encoder
from t800.types import Entity, Point, Type, record, values_of


@record
class Mark:
    """Something with one of everything."""

    who: Entity | None
    at: Point
    heat: float | None
    count: int
    tags: tuple[str, ...]
    trail: tuple[Point, ...]


MARK = Type.of(Mark)
MARKS = Type.of(list[Mark])

numbers = st.sampled_from([0.0, -0.0, 1.0, 2.5, math.nan, math.inf, 1, 0])
points = st.builds(Point, numbers, numbers)
marks = st.builds(
    Mark,
    st.sampled_from([None, "a", "b"]),
    points,
    st.none() | numbers,
    st.integers(0, 2),
    st.lists(st.sampled_from("xy"), max_size=2).map(tuple),
    st.lists(points, max_size=3).map(tuple),
)


def same(one, other):
    """Equal as data; NaN is as good as NaN."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if type(one) is type(other) and hasattr(one, "__record_fields__"):
        return all(same(value, values_of(other)[name]) for name, value in values_of(one).items())
    return one == other


@given(marks, marks)
def test_what_differs_makes_the_one_into_the_other(old, new):
    text = differ(MARK)(old, new)
    assert (text == "") == same(old, new)
    if text:
        data = patched(json.loads(encoder(MARK)(old)), json.loads(text))
        assert same(decode(MARK, data), new)
        # Canonical already: hashed as it stands.
        assert text == encode(json.loads(text))


@given(marks)
def test_a_record_is_written_the_same_way_field_by_field_and_whole(mark):
    assert record_encoder(Mark)(mark) == encode(MARK.encode(mark))
    assert encoder(MARKS)((mark, mark)) == f"[{encode(MARK.encode(mark))},{encode(MARK.encode(mark))}]"
    assert encoder(MARKS)((mark, None)) == f"[{encode(MARK.encode(mark))},null]"


@record
class Größe:  # noqa: PLC2401
    """Of many things."""

    größe: str  # noqa: PLC2401
    okay: bool = True
    mood: Literal["glad", "sad"] | None = None


@pytest.mark.parametrize("text", ["", "tür", 'a "b"', "\n\x7f", "\ud800"])
def test_a_record_is_written_in_ascii_whatever_it_holds(text):
    written = record_encoder(Größe)(Größe(text, mood="sad"))
    assert written.isascii()
    assert json.loads(written) == {"größe": text, "okay": True, "mood": "sad"}


def test_what_differs_is_told_of_these_two_however_many_others_were_compared():
    tell = differ(Type.of(Point))
    for number in range(3 * MANY):
        old, new = Point(0.0, float(number)), Point(1.0, float(number + 1))
        assert tell(old, new) == tell(old, new) == f'{{"x":1.0,"y":{number + 1}.0}}'
        assert tell(new, old) == f'{{"x":0.0,"y":{number}.0}}'


@given(st.lists(marks, max_size=4).map(tuple), st.lists(marks, max_size=4).map(tuple))
def test_lists_of_records_too(old, new):
    text = differ(MARKS)(old, new)
    assert (text == "") == same(old, new)
    if text:
        assert same(decode(MARKS, patched(json.loads(encoder(MARKS)(old)), json.loads(text))), new)


def test_a_long_list_is_told_in_the_order_of_its_keys_as_text():
    old = tuple(Point(float(place), 0.0) for place in range(12))
    new = tuple(Point(point.x, 1.0) if point.x in (2.0, 10.0) else point for point in old)
    assert differ(Type.of(list[Point]))(old, new) == '{"10":{"y":1.0},"2":{"y":1.0}}'


def test_only_what_differs_is_told():
    old = Mark("a", Point(1.0, 2.0), None, 1, (), (Point(0.0, 0.0), Point(1.0, 1.0)))
    new = Mark("a", Point(1.0, 3.0), 4.0, 1, (), (Point(0.0, 0.0), Point(1.0, 5.0)))
    assert differ(MARK)(old, new) == '{"at":{"y":3.0},"heat":4.0,"trail":{"1":{"y":5.0}}}'
    assert differ(MARK)(None, old) == encoder(MARK)(old)
    assert differ(MARK)(old, None) == "null"


@pytest.mark.parametrize(("kind", "value"), [(Type.of(float), 2), (Type.of(list[float]), (1, 2.5)), (MARK, None)])
def test_what_is_written_is_read_back(kind, value):
    assert same(decode(kind, json.loads(encoder(kind)(value))), value)
