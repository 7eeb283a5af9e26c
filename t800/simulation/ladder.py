"""States of a run in memory, to go back to: dense near the present, sparse far from it."""

from __future__ import annotations

import json
import zlib
from bisect import bisect_right, insort
from collections.abc import Mapping
from typing import Any

__all__ = ["Ladder"]

NEAR = 16
"""Ticks around the present within which all rungs count as equally near."""

LESS = 0.9
"""The share of its budget that a ladder is thinned out to: not again at the very next rung."""


class Ladder:
    """Whole states by tick, as JSON data, in no more than `budget` bytes.

        ladder = Ladder(32 * 1024 * 1024)
        ladder.put(160, {"simulation": ..., "account": ...}, present=160)
        ladder.below(150)           # the nearest state at or before a tick, or None

    When they are too many, those go that are missed least: the gap that is left is small against its
    distance from the present. So the way back grows with how far one goes, and never to the whole run.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.size = 0
        self._ticks: list[int] = []
        self._states: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._ticks)

    def __contains__(self, tick: int) -> bool:
        return tick in self._states

    @property
    def ticks(self) -> tuple[int, ...]:
        """Where the rungs are, in order."""
        return tuple(self._ticks)

    def put(self, tick: int, state: Mapping[str, Any], present: int) -> None:
        """Keep the state after a tick, unless there is one."""
        if tick in self._states:
            return
        data = zlib.compress(json.dumps(state, separators=(",", ":")).encode(), 1)
        self._states[tick] = data
        self.size += len(data)
        insort(self._ticks, tick)
        if self.size > self.budget:
            self._thin(present)

    def below(self, tick: int) -> tuple[int, Any] | None:
        """The latest state that is of this tick or an earlier one, with its tick."""
        place = bisect_right(self._ticks, tick)
        if not place:
            return None
        found = self._ticks[place - 1]
        return found, json.loads(zlib.decompress(self._states[found]))

    def forget_after(self, tick: int) -> None:
        """Drop what is of later ticks: they will come about in another way."""
        while self._ticks and self._ticks[-1] > tick:
            self._drop(self._ticks[-1])

    def _thin(self, present: int) -> None:
        """Drop rungs, those that are missed least first, and never two neighbours in one pass."""
        while self.size > self.budget * LESS and self._ticks:
            ticks = self._ticks
            ends = [-1, *ticks, ticks[-1]]
            scores = sorted(
                ((ends[place + 2] - ends[place]) / (NEAR + abs(present - tick)), tick)
                for place, tick in enumerate(ticks)
            )
            places = {tick: place for place, tick in enumerate(ticks)}
            gone: set[int] = set()
            for _, tick in scores:
                place = places[tick]
                if self.size <= self.budget * LESS:
                    return
                if place - 1 not in gone and place + 1 not in gone:
                    gone.add(place)
                    self._drop(tick)
                if len(gone) > len(places) // 4:
                    break

    def _drop(self, tick: int) -> None:
        self.size -= len(self._states.pop(tick))
        self._ticks.remove(tick)
