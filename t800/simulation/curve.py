"""Something that changes over time, kept by few points: between two of them it goes in a straight line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["Curve"]

Key = tuple[int, tuple[float, ...]]
"""A tick, and the values at it."""


class Curve:
    """Numbers over ticks, told to within `tolerance` by as few points as one pass can find.

        curve = Curve(0.05)
        for tick in range(100):
            curve.add(tick, (0.5 * tick, 3.0))
        curve.points           # [(0, (0.0, 3.0)), (99, (49.5, 3.0))]

    A point that repeats the one before need not be added, if `add` is told when that one still held (`until`). With
    `most`, the tolerance doubles whenever there are more points than that: a drawing is only so wide.
    """

    __slots__ = ("_bounds", "_first", "_keys", "_last", "most", "tolerance")

    def __init__(self, tolerance: float, most: int | None = None) -> None:
        self.tolerance = tolerance
        self.most = most
        self._keys: list[Key] = []
        # The point that the line begins at is `_first`, the last that it passes is `_last`; between which slopes, for
        # each number, it passes all points in between.
        self._first: Key | None = None
        self._last: Key | None = None
        self._bounds: list[tuple[float, float]] = []

    def add(self, tick: int, values: Sequence[float], until: int | None = None) -> None:
        """The next point; ticks grow. `until` is the last tick at which the point before still held."""
        if self._last is not None and until is not None and until > self._last[0]:
            self._point(until, self._last[1])
        self._point(tick, tuple(values))

    def _point(self, tick: int, values: tuple[float, ...]) -> None:
        first, last = self._first, self._last
        if first is None or last is None:
            self._first = self._last = (tick, values)
            self._keys.append(self._first)
            return
        bounds, span, tolerance = [], tick - first[0], self.tolerance
        fits = True
        for place, value in enumerate(values):
            rise = value - first[1][place]
            slope = rise / span
            low, high = (rise - tolerance) / span, (rise + tolerance) / span
            if self._bounds:
                before = self._bounds[place]
                fits = fits and before[0] <= slope <= before[1]
                low, high = max(low, before[0]), min(high, before[1])
            bounds.append((low, high))
        if fits:
            self._last, self._bounds = (tick, values), bounds
            return
        self._keys.append(last)
        self._first, self._bounds = last, []
        if self.most is not None and len(self._keys) > self.most:
            self._coarsen()
        self._point(tick, values)

    def _coarsen(self) -> None:
        rougher = self.rougher()
        rougher.most = self.most
        self.tolerance, self._keys = rougher.tolerance, rougher._keys
        self._first, self._last, self._bounds = rougher._first, rougher._last, rougher._bounds

    def rougher(self) -> Curve:
        """The same to within twice the tolerance of its points."""
        found = Curve(self.tolerance * 2)
        for tick, values in self.points:
            found._point(tick, values)
        return found

    @property
    def points(self) -> list[Key]:
        """The points, the first and the last added among them."""
        ends = self._last is not None and (not self._keys or self._keys[-1] is not self._last)
        return [*self._keys, self._last] if ends and self._last is not None else list(self._keys)

    @staticmethod
    def of(points: Iterable[tuple[int, float]], tolerance: float, most: int | None = None) -> Curve:
        """The curve of one number's points, as they were added one after another."""
        found = Curve(tolerance, most)
        for tick, value in points:
            found.add(tick, (value,))
        return found
