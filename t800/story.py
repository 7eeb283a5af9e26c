"""A run as it is told when it is over: what packs that add a section to the report are handed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from t800.core import Event

__all__ = ["Entry", "Mark", "Story"]

Mark = Literal["", "yes", "no", "open"]
"""What stands before a line: nothing, a tick, a cross, or a question mark."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a section: `Entry("the chip: destroyed", tick=1200, mark="yes")`. `tick` is when that came about."""

    text: str
    tick: int | None = None
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Story:
    """A whole run: `events` in their order, the `final` fields of all entities, and what agents had in mind.

    `before` are the blackboards as each agent began, `after` as they were at the end, by its id; `main` are the ids of
    those who are no bystanders. `dt` are the seconds of a tick.
    """

    dt: float
    events: Sequence[Event]
    final: Mapping[str, Mapping[str, Any]]
    main: Sequence[str]
    before: Mapping[str, Mapping[str, Any]]
    after: Mapping[str, Mapping[str, Any]]

    def event(self, number: int) -> Event | None:
        """The event of this number; None if the run has none, or it was before what is told."""
        return next((event for event in self.events if event.id == number), None)

    def last(self, kind: str, **fields: Any) -> Event | None:
        """The last event of a kind with these fields; None if there is none."""
        matching = (event for event in reversed(self.events) if event.kind == kind)
        return next((event for event in matching if fields.items() <= event.fields.items()), None)
