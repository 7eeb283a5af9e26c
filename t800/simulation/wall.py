"""The only place that reads a clock or waits: for the `wall` of a verdict and for the pace of a live picture.

Nothing read here is ever recorded in a trace's body, hashed, or shown to an agent (R1).
"""

from __future__ import annotations

import time

__all__ = ["Pace", "Stopwatch"]


class Stopwatch:
    """Real seconds since it was made: `Stopwatch().seconds()`."""

    __slots__ = ("_start",)

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Real seconds so far, to the millisecond."""
        return round(time.perf_counter() - self._start, 3)


class Pace:
    """Holds a run back to so many times the clock, for who looks on: `Pace(10).wait(played)` after every tick.

    A run that is slower than that is never waited for.
    """

    __slots__ = ("_late", "_times", "_watch")

    def __init__(self, times: float) -> None:
        self._times = times
        self._watch = Stopwatch()
        self._late = 0.0

    def wait(self, played: float) -> None:
        """Return when so many seconds of the run are due."""
        rest = played / self._times + self._late - self._watch.seconds()
        if rest > 0:
            time.sleep(rest)
        else:
            # What was lost is not made up for by a hurry.
            self._late -= rest
