"""Curves: few points, and none of the others further off than was promised."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from t800.simulation.curve import Curve


def between(points, tick):
    """What a curve says of a tick."""
    for (begin, one), (end, other) in pairwise(points):
        if begin <= tick <= end:
            share = (tick - begin) / (end - begin)
            return tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))
    return points[-1][1]


STEPS = st.lists(st.tuples(st.integers(1, 5), st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=60)


@given(STEPS)
def test_no_point_is_further_off_than_the_tolerance(steps):
    curve, told = Curve(0.05), []
    tick, x, y = 0, 0.0, 0.0
    for later, dx, dy in steps:
        tick, x, y = tick + later, x + dx, y + dy
        told.append((tick, (x, y)))
        curve.add(tick, (x, y))
    assert curve.points[0] == told[0]
    assert curve.points[-1] == told[-1]
    for tick, values in told:
        assert between(curve.points, tick) == pytest.approx(values, abs=0.0501)


def test_a_straight_line_has_two_points():
    curve = Curve(0.05)
    for tick in range(100):
        curve.add(tick, (0.5 * tick, 3.0))
    assert curve.points == [(0, (0.0, 3.0)), (99, (49.5, 3.0))]


def test_what_stood_still_and_then_leapt_stood_still():
    curve = Curve(0.05)
    curve.add(0, (1.0,))
    curve.add(50, (9.0,), until=49)
    assert curve.points == [(0, (1.0,)), (49, (1.0,)), (50, (9.0,))]
    assert between(curve.points, 30) == (1.0,)


def test_a_curve_has_no_more_points_than_it_may_and_says_how_rough_it_became():
    curve = Curve(0.001, most=50)
    told = [(tick, float(tick * 7 % 13)) for tick in range(1000)]
    for tick, value in told:
        curve.add(tick, (value,))
    assert len(curve.points) <= 52
    assert curve.tolerance > 1.0
    assert (curve.points[0][0], curve.points[-1][0]) == (0, 999)


def test_a_rougher_curve_is_off_by_no_more_than_both_tolerances():
    told = [(tick, float(tick * tick % 17) / 10) for tick in range(200)]
    curve = Curve.of(told, 0.1)
    rough = curve.rougher()
    assert len(rough.points) < len(curve.points)
    for tick, value in told:
        assert between(rough.points, tick)[0] == pytest.approx(value, abs=0.1 + rough.tolerance + 1e-9)
