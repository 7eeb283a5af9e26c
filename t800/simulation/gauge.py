"""What can be measured of a run: numbers and words of entities and blackboards that change, and with what events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from t800.simulation.curve import Curve
from t800.types import Point, Type

__all__ = ["Gauge", "States", "measures"]

FINEST = 0.001
"""World quantities are kept to the thousandth: a curve need not be finer."""

POINTS = 400
"""How many points a curve has at most: it is drawn some hundred pixels wide."""

MOVES = 200
"""How many of its changes a gauge remembers events of."""

WORDS = 400
"""How many values a state takes until it is no more than noise."""

LINKED = 3
"""How many events of one tick are named as what may have moved a gauge."""


@dataclass(slots=True)
class Gauge:
    """A number of somebody over time, `owner` and `name`; `moves` are sudden changes, with the events of that tick.

    `mind` says that it stands on a blackboard, and is no fact of the world.
    """

    owner: str
    name: str
    unit: str
    mind: bool
    curve: Curve = field(default_factory=lambda: Curve(FINEST, POINTS))
    moves: list[tuple[int, Sequence[int]]] = field(default_factory=list)
    value: float | None = None
    changed: bool = False
    _step: float = 0.0
    _tick: int = 0

    def read(self, tick: int, before: int, value: float, events: Sequence[int]) -> None:
        """Its value has become another one at a tick; until the tick `before` it was as it was."""
        old = self.value
        self.value = value
        self.curve.add(tick, (value,), before if old is not None else None)
        if old is None:
            return
        self.changed = True
        # What goes on evenly was moved by no event of this tick.
        step = value - old
        even = before == self._tick and abs(step - self._step) <= max(FINEST, 0.2 * abs(self._step))
        self._step, self._tick = step, tick
        if events and not even and len(self.moves) < MOVES:
            self.moves.append((tick, tuple(events[:LINKED])))


@dataclass(slots=True)
class States:
    """A word, a name or a yes or no of somebody over time: from which tick on it was what; None is unknown.

    What changes too often to be told is `noise`, and is not kept.
    """

    owner: str
    name: str
    mind: bool
    values: list[tuple[int, Any]] = field(default_factory=list)
    noise: bool = False

    def read(self, tick: int, value: Any) -> None:
        """Its value at a tick, if it is another one."""
        if self.noise or (self.values and self.values[-1][1] == value):
            return
        self.values.append((tick, value))
        if len(self.values) > WORDS:
            self.noise, self.values = True, []

    @property
    def changed(self) -> bool:
        """Whether it was ever anything else than at first."""
        return len(self.values) > 1


def measures(key: str, kind: Type, value: Any) -> list[tuple[str, Any, Type]]:
    """The numbers and words in a value of a blackboard, with the names to tell them by; none of anybody's place."""
    if kind.record is not None:
        if kind.record is Point or any(each.record is Point for each in kind.fields.values()):
            return []
        fields = kind.fields.items()
        return [(f"{key}.{name}", None if value is None else getattr(value, name), each) for name, each in fields]
    if kind.item is not None:
        return _listed(key, kind.item, value or ())
    return [(key, value, kind)]


def _listed(key: str, kind: Type, items: Sequence[Any]) -> list[tuple[str, Any, Type]]:
    """The shares in a list of records, each told by the first text in it; where two have one text, none of them."""
    if kind.kind != "record" or any(each.record is Point for each in kind.fields.values()):
        return []
    label = next((name for name, each in kind.fields.items() if each.kind in ("str", "entity")), None)
    shares = [name for name, each in kind.fields.items() if each.kind == "float"]
    if label is None or not shares:
        return []
    times = Counter(getattr(item, label) for item in items)
    return [
        (f"{key}[{getattr(item, label)}].{name}", getattr(item, name), kind.fields[name])
        for item in items
        if times[getattr(item, label)] == 1
        for name in shares
    ]
