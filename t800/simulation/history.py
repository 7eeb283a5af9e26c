"""How a key of an agent's blackboard came to be what it was: every change of it in a recorded run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from t800.errors import UsageError, closest, shorten
from t800.simulation.witness import Rerun, Write
from t800.spec.scenario import ScenarioSpec
from t800.types import Type

__all__ = ["Change", "field_of", "fields_of", "history", "plain"]


@dataclass(frozen=True, slots=True)
class Change:
    """A value from a tick on, as JSON data, and who wrote it: `start`, `sense NAME`, or a node's id."""

    tick: int
    time: float
    value: Any
    by: str

    def to_json(self) -> dict[str, Any]:
        return {"tick": self.tick, "time": self.time, "value": self.value, "by": self.by}


def history(trace: str | Path, key: str, scenario: ScenarioSpec | None = None) -> list[Change]:
    """Every change of `AGENT.KEY` or `AGENT.KEY.FIELD`, first what it was at the start.

        for change in history("corridor.jsonl", "t800.threat.distance"):
            print(change.time, change.value, change.by)

    UsageError with a suggestion if there is no such agent, key or field; else as `Rerun`.
    """
    found: list[Change] = []
    kind: Type | None = None

    def wrote(write: Write) -> None:
        if write.agent == agent and write.key == name:
            value = plain(field_of(write.new, fields), kind)
            if value != found[-1].value:
                found.append(Change(write.tick, again.time(write.tick), value, write.by))

    again = Rerun(trace, scenario, on_write=wrote)
    agent, _, rest = key.partition(".")
    if agent not in again.witnesses:
        raise UsageError(f"no agent {shorten(agent)}; {_way(agent, list(again.witnesses))}")
    board = again.witnesses[agent].blackboard
    name, *fields = rest.split(".")
    if name not in board.schema:
        raise UsageError(f"{agent} has no key {shorten(name)}; {_way(name, list(board.schema))}")
    kind = fields_of(board.schema[name], fields, f"{agent}.{name}")
    found.append(Change(0, 0.0, plain(field_of(board.values[name], fields), kind), "start"))
    for _ in again.moments():
        pass
    return found


def fields_of(kind: Type, fields: list[str], shown: str) -> Type:
    """The type of a field of a field; UsageError if there is none."""
    for name in fields:
        if kind.record is None or name not in kind.fields:
            choices = list(kind.fields) if kind.record is not None else []
            raise UsageError(f"{shown} has no field {shorten(name)}; {_way(name, choices)}")
        kind, shown = kind.fields[name], f"{shown}.{name}"
    return kind


def field_of(value: Any, fields: list[str]) -> Any:
    """A field of a field of a record; None if one of them is unknown."""
    for name in fields:
        if value is None:
            return None
        value = getattr(value, name)
    return value


def plain(value: Any, kind: Type | None) -> Any:
    """A value as JSON data."""
    return value if kind is None or value is None else kind.encode(value)


def _way(name: str, choices: list[str]) -> str:
    near = closest(name, choices)
    return f"did you mean {near!r}?" if near else f"there is: {', '.join(choices)[:300] or 'none'}"
