"""Quantities: the numbers that a world's file sets, with their units and the range within which they make sense.

    from t800.spec.quantity import NOT_NEGATIVE, Metres

    reach: Metres = 1.2
    force: Annotated[float, "N", NOT_NEGATIVE] = 600.0

The constraints are those of annotated-types, which pydantic understands too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, get_args

from annotated_types import Ge, GroupedMetadata, Gt, Interval, Le, Lt

__all__ = [
    "MOST",
    "NOT_NEGATIVE",
    "POSITIVE",
    "SHARE",
    "Celsius",
    "Kilograms",
    "Metres",
    "MetresPerSecond",
    "PerSecond",
    "Range",
    "Seconds",
    "Share",
]

MOST = 1e9
"""No quantity of these is larger: products of several are still numbers."""

NOT_NEGATIVE = Interval(ge=0.0, le=MOST)
POSITIVE = Interval(gt=0.0, le=MOST)
SHARE = Interval(ge=0.0, le=1.0)

Celsius = Annotated[float, "°C", Interval(ge=-273.15, le=MOST)]
Kilograms = Annotated[float, "kg", NOT_NEGATIVE]
Metres = Annotated[float, "m", NOT_NEGATIVE]
MetresPerSecond = Annotated[float, "m/s", NOT_NEGATIVE]
PerSecond = Annotated[float, "1/s", NOT_NEGATIVE]
Seconds = Annotated[float, "s", NOT_NEGATIVE]
Share = Annotated[float, "share", SHARE]


@dataclass(frozen=True, slots=True)
class Range:
    """Which numbers are meant: from `least` to `most`, without those two where they are `open_below`, `open_above`.

    >>> str(Range.of(Share)), 0.5 in Range.of(Share), 1.5 in Range.of(Share)
    ('0 to 1', True, False)
    """

    least: float
    most: float
    open_below: bool
    open_above: bool

    @staticmethod
    def of(annotation: Any) -> Range | None:
        """What the constraints in an annotation come to; None if there are none."""
        extras = get_args(annotation)[1:]
        bounds: list[Any] = []
        for extra in extras:
            bounds += extra if isinstance(extra, GroupedMetadata) else (extra,)
        least: Any = -MOST
        most: Any = MOST
        open_below = open_above = False
        for bound in bounds:
            match bound:
                case Ge():
                    least, open_below = bound.ge, False
                case Gt():
                    least, open_below = bound.gt, True
                case Le():
                    most, open_above = bound.le, False
                case Lt():
                    most, open_above = bound.lt, True
        if not any(isinstance(bound, Ge | Gt | Le | Lt) for bound in bounds):
            return None
        return Range(float(least), float(most), open_below, open_above)

    def __contains__(self, number: float) -> bool:
        above = number > self.least if self.open_below else number >= self.least
        return above and (number < self.most if self.open_above else number <= self.most)

    def nearest(self, number: float) -> float | None:
        """The number of this range that is nearest to another; None if there is no nearest one."""
        found = min(max(number, self.least), self.most)
        return found if found in self else None

    def __str__(self) -> str:
        low = f"more than {self.least:g}" if self.open_below else f"{self.least:g}"
        if self.most == MOST:
            return low if self.open_below else f"{low} or more"
        return f"{low} to {'less than ' if self.open_above else ''}{self.most:g}"
