"""Everything that `t800 run SCENARIO --set` can change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from t800.loader.document import Mapping, Node, read
from t800.spec.scenario import ScenarioSpec
from t800.types import BOOL, FLOAT, INT, STR, Type

__all__ = ["Row", "knobs"]


@dataclass(frozen=True, slots=True)
class Row:
    """A path, what may stand there, what stands there now, and where that is said."""

    path: str
    type: Type
    unit: str
    value: Any
    file: str
    line: int


def knobs(spec: ScenarioSpec) -> Iterator[Row]:
    """Each path with its value, as `--set` takes it."""
    root = read(Path(spec.path), spec.path, []).root

    def row(path: str, kind: Type, unit: str, value: Any) -> Row:
        return Row(path, kind, unit, value, spec.path, _line(root, path))

    yield row("seed", INT, "", spec.seed)
    yield row("dt", FLOAT, "s", spec.dt)
    yield row("limit", FLOAT, "s", spec.limit)
    yield row("stop_on_failure", BOOL, "", spec.stop_on_failure)
    for use in spec.agents:
        who = use.participant
        at = who.at if isinstance(who.at, str) else [who.at.x, who.at.y]
        yield row(f"agents.{who.id}.stream", INT, "", who.stream)
        yield row(f"agents.{who.id}.at", STR, "", at)
        yield row(f"agents.{who.id}.arrives", FLOAT, "s", who.arrives)
        yield row(f"agents.{who.id}.body", STR, "", who.body)
        own = read(Path(use.agent.path), use.agent.path, []).root
        for key, kind in use.agent.keys.items():
            if key not in use.agent.values:
                continue
            value = kind.encode(use.agent.values[key])
            path = f"agents.{who.id}.blackboard.{key}"
            found = row(path, kind, "", value)
            if _node(root, path) is None:
                found = Row(path, kind, "", value, use.agent.path, _line(own, f"blackboard.{key}"))
            yield found
    for knob in spec.world.every_settable([use.participant for use in spec.agents]):
        value = knob.type.encode(knob.value)
        started = _node(root, f"start.{knob.path}")
        file, line = (knob.file, knob.line) if started is None else (spec.path, started.line)
        yield Row(knob.path, knob.type, knob.unit, value, file, line)


def _node(root: Node, path: str) -> Node | None:
    """What stands at a dotted path, if anything does."""
    node: Node | None = root
    for name in path.split("."):
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _line(root: Node, path: str) -> int:
    """The line of what stands at a path, else of the nearest thing around it: it has its default there."""
    line = root.line
    names = path.split(".")
    for count in range(1, len(names) + 1):
        node = _node(root, ".".join(names[:count]))
        if node is None:
            break
        line = node.line
    return line
