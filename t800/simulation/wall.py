"""The only place that reads a clock: for the `wall` of a verdict and for the pace of a live line.

Nothing read here is ever recorded in a trace's body, hashed, or shown to an agent (R1).
"""

from __future__ import annotations

import time

__all__ = ["Stopwatch"]


class Stopwatch:
    """Real seconds since it was made: `Stopwatch().seconds()`."""

    __slots__ = ("_start",)

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Real seconds so far, to the millisecond."""
        return round(time.perf_counter() - self._start, 3)
