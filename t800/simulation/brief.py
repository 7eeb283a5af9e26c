"""What a sweep keeps of a run: a line of plain data, small enough for thousands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from t800.core import Event
from t800.registry import EventKind
from t800.simulation.result import Outcome, Result
from t800.simulation.runner import Moment, run
from t800.spec.scenario import ScenarioSpec

__all__ = ["Brief", "brief"]


@dataclass(frozen=True, slots=True)
class Brief:
    """A run in short.

    `held` has what became of each expectation, `chapters` each chapter's outcome and `turns` whether each turn
    happened, all in the order of the file. `ending` is how it came out, in words; `order` names the order of events:
    equal for runs in which the same kinds of things happened to the same participants in the same order. `awake` is
    how many agents decided a tick, on average. `fault` is the first one, in words.
    """

    seed: int
    outcome: Outcome
    held: tuple[bool | None, ...]
    chapters: tuple[str, ...]
    turns: tuple[bool, ...]
    ending: str
    order: str
    awake: float
    played: float
    faults: int
    fault: str | None
    vetoes: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @staticmethod
    def of(data: Mapping[str, Any]) -> Brief:
        """What `to_json` gave, also if it was JSON in between."""
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        return Brief(**plain)


def brief(spec: ScenarioSpec, seed: int, on_tick: Callable[[], object] | None = None) -> Brief:
    """Run a scenario with a seed and keep what a sweep needs; `on_tick` is called after every tick."""
    notes = _Notes(spec.registry.events)

    def look(moment: Moment) -> None:
        notes.tick(moment)
        if on_tick is not None:
            on_tick()

    result = run(spec, seed, on_tick=look)
    return Brief(
        seed=seed,
        outcome=result.outcome,
        held=tuple(verdict.held for verdict in result.expectations),
        chapters=tuple(chapter.outcome for chapter in result.chapters),
        turns=tuple(turn.held is True for turn in result.turns.values()),
        ending=_ending(result, notes.averted),
        order=notes.order.hexdigest()[:16],
        awake=round(notes.decided / notes.ticks, 3) if notes.ticks else 0.0,
        played=result.played,
        faults=result.faults,
        fault=notes.fault,
        vetoes=result.vetoes,
        sha256=result.sha256,
    )


class _Notes:
    """What is noted of a run while it goes on."""

    def __init__(self, kinds: Mapping[str, EventKind]) -> None:
        self.order = sha256()
        self.ticks = 0
        self.decided = 0
        self.fault: str | None = None
        self.averted: bool | None = None
        self._participants = {
            name: sorted(field for field, type_ in kind.fields.items() if "entity" in str(type_))
            for name, kind in kinds.items()
        }

    def tick(self, moment: Moment) -> None:
        self.ticks += 1
        self.decided += len(moment.ticks)
        for event in moment.events:
            self._event(event)
        if self.fault is None:
            for name, tick in moment.ticks.items():
                if tick.fault is not None:
                    fault = tick.fault
                    self.fault = f"{name}: {fault.where}: {fault.exception}: {fault.message}"[:200]
                    break

    def _event(self, event: Event) -> None:
        who = [event.fields.get(field) for field in self._participants.get(event.kind, ())]
        self.order.update(json.dumps([event.kind, *who]).encode())
        averted = event.fields.get("averted")
        if averted is not None:
            self.averted = averted


def _ending(result: Result, averted: bool | None) -> str:
    """How a run came out: its chapters (or itself, if it has none), who lives and who does not, what is destroyed."""
    parts = []
    for outcome in ("passed", "failed", "open", "unseen"):
        names = [chapter.name for chapter in result.chapters if chapter.outcome == outcome]
        if names:
            parts.append(f"{outcome}: {', '.join(names)}")
    if not result.chapters:
        parts.append("undecided" if result.outcome == "limit" else result.outcome)
    for words, field, value in (("alive", "alive", True), ("dead", "alive", False), ("destroyed", "destroyed", True)):
        names = sorted(name for name, fields in result.final.items() if fields.get(field) is value)
        if names:
            parts.append(f"{words}: {', '.join(names)}")
    if averted is not None:
        parts.append("averted" if averted else "not averted")
    return "; ".join(parts)
