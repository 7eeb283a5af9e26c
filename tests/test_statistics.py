"""Intervals and p values against hand-computed figures, and against counting out everything that can happen."""

from itertools import product
from math import factorial, sqrt

import pytest

from t800.simulation.statistics import Z95, mcnemar, paired_difference, wilson


@pytest.mark.parametrize(
    ("held", "runs", "low", "high"),
    [
        (90, 100, 0.825634, 0.944771),
        (5, 10, 0.236593, 0.763407),
        (0, 10, 0.0, 0.277533),
        (10, 10, 0.722467, 1.0),
        (1, 1, 0.206549, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_gives_the_figures_of_a_pocket_calculator(held, runs, low, high):
    assert wilson(held, runs) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize("runs", range(1, 31))
def test_the_ends_of_an_interval_are_the_rates_that_the_count_is_just_no_surprise_for(runs):
    for held in range(runs + 1):
        low, high = wilson(held, runs)
        for end in (low, high):
            if 0.0 < end < 1.0:
                assert abs(held / runs - end) == pytest.approx(Z95 * sqrt(end * (1 - end) / runs))
        assert 0.0 <= low <= held / runs <= high <= 1.0
        mirrored = wilson(runs - held, runs)
        assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high))


@pytest.mark.parametrize("pairs", range(13))
def test_mcnemar_counts_what_fair_coins_do(pairs):
    flips = [sum(coins) for coins in product((0, 1), repeat=pairs)]
    for heads in range(pairs + 1):
        few = min(heads, pairs - heads)
        as_few = sum(count <= few for count in flips) / len(flips)
        assert mcnemar(heads, pairs - heads) == pytest.approx(min(1.0, 2 * as_few), abs=0, rel=1e-12)


def test_mcnemar_of_many_pairs_neither_overflows_nor_vanishes():
    assert mcnemar(0, 1000) == 2 / 2**1000
    assert mcnemar(1000, 1000) == 1.0
    assert mcnemar(0, 0) == 1.0


def test_a_paired_difference_by_hand():
    # Rates 1 and 0 of 10: Wilson's ends are 0.722467 and 1, 0 and 0.277533; no correlation can be told.
    difference, low, high = paired_difference(0, 10, 0, 0)
    assert (difference, low) == (-1.0, -1.0)
    assert high == pytest.approx(-1.0 + sqrt(2) * 0.277533, abs=1e-6)


def test_a_paired_difference_with_correlation_by_hand():
    # Rates 0.6 and 0.5 of 20, (9, 3, 1, 7): phi = (9*7 - 3*1 - 10) / sqrt(12 * 8 * 10 * 10) = 50 / 97.98.
    low1, high1 = wilson(12, 20)
    low2, high2 = wilson(10, 20)
    phi = 50 / sqrt(9600)
    below = sqrt((0.5 - low2) ** 2 - 2 * phi * (0.5 - low2) * (high1 - 0.6) + (high1 - 0.6) ** 2)
    above = sqrt((high2 - 0.5) ** 2 - 2 * phi * (high2 - 0.5) * (0.6 - low1) + (0.6 - low1) ** 2)
    assert paired_difference(9, 3, 1, 7) == pytest.approx((-0.1, -0.1 - below, -0.1 + above))


def tables(pairs):
    """Every way to sort so many pairs into four boxes."""
    for both in range(pairs + 1):
        for one in range(pairs + 1 - both):
            for other in range(pairs + 1 - both - one):
                yield both, one, other, pairs - both - one - other


@pytest.mark.parametrize("pairs", range(1, 13))
def test_every_small_table_has_an_interval_around_its_difference(pairs):
    for both, one, other, neither in tables(pairs):
        difference, low, high = paired_difference(both, one, other, neither)
        assert -1.0 <= low <= difference <= high <= 1.0
        assert difference == (other - one) / pairs
        swapped = paired_difference(both, other, one, neither)
        assert swapped == pytest.approx((-difference, -high, -low))


@pytest.mark.parametrize(
    "chances", [(0.25, 0.25, 0.25, 0.25), (0.6, 0.2, 0.05, 0.15), (0.1, 0.7, 0.1, 0.1), (0.4, 0.05, 0.05, 0.5)]
)
def test_an_interval_holds_the_truth_about_as_often_as_it_says(chances):
    pairs, truth, covered = 20, chances[2] - chances[1], 0.0
    for table in tables(pairs):
        _, low, high = paired_difference(*table)
        if low <= truth <= high:
            weight = float(factorial(pairs))
            for count, chance in zip(table, chances, strict=True):
                weight *= chance**count / factorial(count)
            covered += weight
    assert covered > 0.93


def test_without_pairs_nothing_is_known():
    assert paired_difference(0, 0, 0, 0) == (0.0, -1.0, 1.0)
