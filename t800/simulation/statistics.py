"""How sure counts make us: intervals for rates, and tests for pairs.

All intervals are 95 %, two-sided. Nothing is approximated that can be counted.
"""

from __future__ import annotations

from math import comb, sqrt

__all__ = ["Z95", "mcnemar", "paired_difference", "wilson"]

Z95 = 1.959963984540054
"""How many standard deviations of a normal distribution hold 95 % of it around the middle."""


def wilson(held: int, runs: int, z: float = Z95) -> tuple[float, float]:
    """The interval that a rate lies in, when something held in `held` of `runs` runs.

    >>> low, high = wilson(90, 100)
    >>> round(low, 4), round(high, 4)
    (0.8256, 0.9448)

    The score interval of E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", J. Am. Stat. Assoc. 22 (1927). Without runs nothing is known: 0 to 1.
    """
    if runs == 0:
        return 0.0, 1.0
    rate = held / runs
    square = z * z
    middle = (rate + square / (2 * runs)) / (1 + square / runs)
    half = z * sqrt(rate * (1 - rate) / runs + square / (4 * runs * runs)) / (1 + square / runs)
    # At 0 and at all, one end is exact; in floats it would be off by a last bit.
    return (0.0 if held == 0 else middle - half), (1.0 if held == runs else middle + half)


def mcnemar(only_one: int, only_other: int) -> float:
    """How likely pairs are to differ so one-sidedly by chance: McNemar's exact two-sided p.

    >>> mcnemar(0, 5)
    0.0625

    `only_one` pairs held in the first run and not in the second, `only_other` the other way round; pairs
    that agree tell nothing. Twice the smaller binomial tail at one half, at most 1: Q. McNemar, Psychometrika 12
    (1947), in the exact form of F. Mosteller, Biometrics 8 (1952).
    """
    pairs = only_one + only_other
    tail = sum(comb(pairs, count) for count in range(min(only_one, only_other) + 1))
    # Whole numbers up to here: the quotient is rounded once, and right for any number of pairs.
    p: float = 2 * tail / (1 << pairs)
    return min(1.0, p)


def paired_difference(
    both: int, only_one: int, only_other: int, neither: int, z: float = Z95
) -> tuple[float, float, float]:
    """The second rate minus the first, of the same pairs, and its interval: (difference, low, high).

    >>> [round(x, 4) for x in paired_difference(1, 59, 0, 0)]
    [-0.9833, -0.9971, -0.8836]

    Of all pairs, `both` held twice, `only_one` in the first run only, `only_other` in the second only. Method 10
    of R. G. Newcombe, "Improved confidence intervals for the difference between binomial proportions based on
    paired data", Statistics in Medicine 17 (1998): Wilson's intervals of both rates, joined with the pairs'
    correlation. Without pairs nothing is known: -1 to 1.
    """
    pairs = both + only_one + only_other + neither
    if pairs == 0:
        return 0.0, -1.0, 1.0
    first, second = both + only_one, both + only_other
    low1, high1 = wilson(first, pairs, z)
    low2, high2 = wilson(second, pairs, z)
    rate1, rate2 = first / pairs, second / pairs
    spread = first * (pairs - first) * second * (pairs - second)
    product = both * neither - only_one * only_other
    # Newcombe's correction for continuity, where the runs of a pair agree more often than not.
    shared = max(product - pairs / 2, 0.0) if product > 0 else product
    phi = shared / sqrt(spread) if spread else 0.0
    down1, up1, down2, up2 = rate1 - low1, high1 - rate1, rate2 - low2, high2 - rate2
    below = sqrt(max(0.0, down2 * down2 - 2 * phi * down2 * up1 + up1 * up1))
    above = sqrt(max(0.0, up2 * up2 - 2 * phi * up2 * down1 + down1 * down1))
    difference = (only_other - only_one) / pairs
    return difference, max(-1.0, difference - below), min(1.0, difference + above)
