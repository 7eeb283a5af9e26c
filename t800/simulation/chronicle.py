"""What is known of all ticks of a run, wherever in it one stands: whether they come about again, and what happened."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from typing import Literal

from t800.core import Event
from t800.errors import UsageError
from t800.simulation.runner import Moment
from t800.simulation.trace import TraceReader

__all__ = ["Chronicle", "Mark"]

REMEMBERED = 20_000
"""How many events, and how many marks, are kept for who looks back."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on the time line that is no event: a `mode` that was entered, a `fault`, an `edit`."""

    tick: int
    kind: Literal["mode", "fault", "edit"]
    agent: str
    text: str


class Chronicle:
    """The ticks of a run in order, played or recorded, each by its number and the trace's hash behind it.

    A tick has a place: 0 is the first, -1 stands for the start. `diverged` is the first tick that was not as a
    trace had recorded it; from there on what was recorded is forgotten. `events` and `marks` are of all ticks that
    were played, the last 20,000 of each.
    """

    def __init__(self) -> None:
        self.diverged: int | None = None
        self.events: deque[Event] = deque(maxlen=REMEMBERED)
        self.marks: deque[Mark] = deque(maxlen=REMEMBERED)
        self._numbers, self._sums = array("q"), array("Q")
        # How many of them were played here, and not only recorded.
        self._played = 0

    @property
    def last(self) -> int:
        """The number of the last tick that is known; -1 if none is."""
        return self._numbers[-1] if self._numbers else -1

    def read(self, reader: TraceReader) -> None:
        """Learn from a trace what its ticks are. TraceError if it is damaged."""
        for line in reader:
            self._numbers.append(line.body["tick"])
            self._sums.append(_sum(line.hash))

    def number(self, place: int) -> int:
        """The number of the tick at a place."""
        return self._numbers[place] if place >= 0 else -1

    def place(self, tick: int) -> int:
        """The place of a tick, or of the next one if there is none of that number (a lapse has passed it over)."""
        return bisect_left(self._numbers, tick) if tick >= 0 else -1

    def note(self, place: int, moment: Moment, sha256: str) -> None:
        """A tick was played. UsageError if it was played before, and was not the same."""
        number, check = moment.number, _sum(sha256)
        if place < len(self._numbers) and (self._numbers[place], self._sums[place]) != (number, check):
            if place < self._played:
                raise UsageError(
                    f"tick {number} does not come about again as it was: a skill, a sense or a rule depends on "
                    "something that is not in the state, like a global, a file or a clock"
                )
            self.diverged = number
            del self._numbers[place:], self._sums[place:]
        if place >= len(self._numbers):
            self._numbers.append(number)
            self._sums.append(check)
        if place < self._played:
            return
        self._played = place + 1
        self.events.extend(moment.events)
        for name, tick in moment.ticks.items():
            if tick.left is not None:
                self.marks.append(Mark(number, "mode", name, tick.mode))
            if tick.fault is not None:
                self.marks.append(Mark(number, "fault", name, f"{tick.fault.where}: {tick.fault.message[:80]}"))

    def forget_after(self, place: int) -> None:
        """What comes after a place will come about anew."""
        tick = self.number(place)
        del self._numbers[place + 1 :], self._sums[place + 1 :]
        self._played = min(self._played, place + 1)
        self.events = deque((each for each in self.events if each.tick <= tick), REMEMBERED)
        self.marks = deque((each for each in self.marks if each.tick <= tick), REMEMBERED)


def _sum(sha256: str) -> int:
    return int(sha256[:16], 16)
