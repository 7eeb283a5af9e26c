"""Where a run that is looked at stops by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeAlias

from t800.core import INVALID, Event, Status, Tick
from t800.errors import UsageError, closest, listed, shorten
from t800.simulation.probe import Probe
from t800.spec.modes import FAULTED
from t800.spec.scenario import Pattern, ScenarioSpec

if TYPE_CHECKING:
    from t800.simulation.stepped import Stepped

__all__ = [
    "STATUSES",
    "Breakpoint",
    "Hit",
    "Played",
    "on_constraint",
    "on_event",
    "on_fault",
    "on_mode",
    "on_node",
]

STATUSES: Mapping[str, Status] = {status.name: status for status in Status}
"""What a node can be, by name."""


@dataclass(frozen=True, slots=True)
class Played:
    """A tick that was played, for a breakpoint to judge.

    `ticks` are the decisions of all agents and `before` those of the tick before; `modes` and `left` the
    agents' modes after it and before it.
    """

    ticks: Mapping[str, Tick]
    before: Mapping[str, Tick]
    events: Sequence[Event]
    modes: Mapping[str, str]
    left: Mapping[str, str]


Hit: TypeAlias = Callable[[Played], str | None]


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A place to stop at: `text` is how a person reads it, `hit` says in words why a tick is one, or None.

    One on an expression has a `probe` in place of that: it stops where that becomes true.
    """

    number: int
    text: str
    hit: Hit | None = None
    probe: Probe | None = None


def on_node(agents: Mapping[str, Stepped], spelled: str, status: str | None) -> tuple[str, Hit]:
    """A node's status becomes `status`; or, if none is said, anything but INVALID from INVALID: it is entered.

    `*` in `AGENT:NODE` stands for anything. UsageError for what can never be.
    """
    wanted = None if status is None else _status(status)
    agent, colon, node = spelled.partition(":")
    ids = {f"{name}:{each}" for name, mind in agents.items() for plan in mind.plans for each in plan.ids}
    if not colon or not node:
        raise UsageError(
            f"{shorten(spelled)} names no node; expected AGENT:NODE, like {min(ids, default='t800:protect')}"
        )
    if not any(fnmatchcase(each, spelled) for each in ids):
        if "*" not in agent and agent not in agents:
            raise UsageError(f"no agent {shorten(agent)}{_hint(agent, agents)}")
        raise UsageError(f"no node {shorten(spelled, 80)}{_hint(spelled, ids)}")

    def hit(played: Played) -> str | None:
        for name, tick in played.ticks.items():
            if not fnmatchcase(name, agent):
                continue
            for tree, statuses in tick.statuses.items():
                before = played.before[name].statuses.get(tree, ()) if name in played.before else ()
                was = before if len(before) == len(statuses) else (INVALID,) * len(statuses)
                if was == statuses:
                    continue
                for place, each in enumerate(agents[name].node_ids(tree)):
                    old, new = was[place], statuses[place]
                    entered = new is not INVALID and old is INVALID if wanted is None else new is wanted
                    if old is not new and entered and fnmatchcase(each, node):
                        return f"{name}:{each} is {new.name}"
        return None

    return f"node {spelled}" + (f" {wanted.name}" if wanted is not None else ""), hit


def on_mode(agents: Mapping[str, Stepped], agent: str, mode: str | None) -> tuple[str, Hit]:
    """An agent enters a mode, or one inside of it; any mode, if none is said."""
    if agent not in agents:
        raise UsageError(f"no agent {shorten(agent)}{_hint(agent, agents)}")
    paths = [*(state.path for state in agents[agent].spec.modes.states), FAULTED]
    if mode is not None and mode not in paths:
        raise UsageError(f"{agent} has no mode {shorten(mode)}{_hint(mode, paths)}")

    def hit(played: Played) -> str | None:
        now, was = played.modes.get(agent), played.left.get(agent)
        if now is None or now == was:
            return None
        inside = mode is None or (f"{now}.".startswith(f"{mode}.") and not f"{was}.".startswith(f"{mode}."))
        return f"{agent} is in mode {now}, from {was}" if inside else None

    return f"mode {agent}" + ("" if mode is None else f" {mode}"), hit


def on_event(spec: ScenarioSpec, name: str, fields: Mapping[str, Any]) -> tuple[str, Hit]:
    """Something happens, with these fields."""
    kind = spec.registry.events.get(name)
    if kind is None:
        raise UsageError(f"no event {shorten(name)}{_hint(name, spec.registry.events)}")
    wanted = {}
    for field, value in fields.items():
        if field not in kind.fields:
            raise UsageError(f"the event {name} has no field {shorten(field)}{_hint(field, kind.fields)}")
        try:
            wanted[field] = kind.fields[field].decode(value)
        except ValueError as error:
            raise UsageError(f"{name}: {field}: {error}") from None
    pattern = Pattern(name, wanted)

    def hit(played: Played) -> str | None:
        for event in played.events:
            if pattern.matches(event):
                return str(Pattern(event.kind, event.fields))
        return None

    return f"event {pattern}", hit


def on_constraint(agents: Mapping[str, Stepped], spelled: str) -> tuple[str, Hit]:
    """A constraint vetoes something: `NAME`, or `AGENT:NAME`."""
    head, colon, tail = spelled.partition(":")
    agent, name = (head, tail) if colon else (None, head)
    name = name.removeprefix("#")
    if agent is not None and agent not in agents:
        raise UsageError(f"no agent {shorten(agent)}{_hint(agent, agents)}")
    known = {rule.name for each, mind in agents.items() for rule in mind.spec.constraints if agent in (None, each)}
    if name not in known:
        raise UsageError(f"no constraint {shorten(name)}{_hint(name, known)}")

    def hit(played: Played) -> str | None:
        for each, tick in played.ticks.items():
            for ask in tick.asks:
                if agent in (None, each) and ask.fate.outcome == "vetoed" and ask.fate.why.startswith(f"{name}: "):
                    return f"{each} may not {type(ask.intent).__name__}: {ask.fate.why}"
        return None

    return f"constraint {spelled}", hit


def on_fault() -> tuple[str, Hit]:
    """Something breaks in an agent."""

    def hit(played: Played) -> str | None:
        for name, tick in played.ticks.items():
            if tick.fault is not None:
                return f"{name} has a fault in {tick.fault.where}: {tick.fault.exception}: {tick.fault.message[:80]}"
        return None

    return "fault", hit


def _status(text: str) -> Status:
    found = STATUSES.get(text.upper())
    if found is None:
        raise UsageError(f"no status {shorten(text)}{_hint(text.upper(), STATUSES)}")
    return found


def _hint(name: str, choices: Any) -> str:
    near = closest(name, choices)
    return f"; did you mean {near!r}?" if near else f"; there is: {listed(sorted(choices)) or 'none'}"
