"""Those who are in a trace, what they saw, and what they asked for: without their trees, which may be others by now."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from t800.core import Intent, Observation, ticks
from t800.errors import T800Error, TraceError, UsageError, listed, shorten
from t800.loader.agent import load_agent
from t800.loader.files import Text
from t800.registry import Registry
from t800.simulation.canonical import decode, patched
from t800.simulation.opening import Shelf, open_scenario
from t800.simulation.reload import Replacements, first_texts
from t800.simulation.trace import Line, Recorder, Seen, TraceReader
from t800.spec.agent import AgentSpec
from t800.spec.scenario import ScenarioSpec
from t800.types import Type, exact
from t800.world.kernel import Kernel

__all__ = ["Cast", "Mind", "Recorded", "RobotCast", "ScenarioCast"]


@dataclass(frozen=True, slots=True)
class Mind:
    """An agent as it would be with what is changed, and its dice."""

    spec: AgentSpec
    seed: int
    stream: int


class Cast(Protocol):
    """Those who are in a trace, and what they saw."""

    registry: Registry
    minds: dict[str, Mind]
    digests: Mapping[str, str]
    recorded: dict[str, AgentSpec]
    """The agents as they were, as far as their files still mean that."""

    def before(self, line: Line) -> Collection[str]:
        """Take note of trees that were replaced before a tick; the agents that `recorded` has others of now."""
        ...

    def observe(self, line: Line) -> dict[str, Observation]:
        """What everybody saw who decided in this tick."""
        ...

    def step(self, line: Line, memory: Mapping[str, Recorded]) -> None:
        """Let the tick pass as it did."""
        ...


class ScenarioCast:
    """A simulation: its world is driven by the intents that were granted, whatever the trees are by now."""

    def __init__(self, reader: TraceReader, given: Mapping[str, Text]) -> None:
        header, meta = reader.header, reader.meta
        if header.branch:
            raise UsageError(f"{reader.path} is a branch, in which values were edited by hand: no tree alone did that")
        source = meta.get("scenario", header.scenario)
        found = source if Path(source).is_file() else header.scenario
        past = first_texts(reader)
        packs = meta.get("packs", ())
        spec = open_scenario(found, packs, header.overrides, header.without, {**past, **given})
        self.registry = spec.registry
        self.digests: Mapping[str, str] = spec.digests
        people = [use.participant for use in spec.agents]
        self.minds = {use.participant.id: Mind(use.agent, header.seed, use.participant.stream) for use in spec.agents}
        limit = meta.get("limit", spec.limit)
        self._world = Kernel(spec.world, spec.registry, people, header.seed, spec.dt, ticks(limit, spec.dt))
        self._seen = {name: Seen() for name in self.minds}
        self._recorder = Recorder(spec.registry.events)
        self._replaced: Replacements | None = None
        self.recorded: dict[str, AgentSpec] = {}
        try:
            before = open_scenario(found, packs, header.overrides, header.without, past)
        except T800Error:
            return
        self._replaced = Replacements(before, reader)
        self._keep(before, header.specs)

    def _keep(self, spec: ScenarioSpec, digests: Mapping[str, str]) -> None:
        kept = {use.participant.id: use.agent for use in spec.agents}
        keys = {name: f"agent:{agent.name}" for name, agent in kept.items()}
        self.recorded = {name: kept[name] for name in kept if digests.get(keys[name]) == spec.digests[keys[name]]}

    def before(self, line: Line) -> Collection[str]:
        if self._replaced is None or "reloaded" not in line.body:
            return ()
        known = set(self.recorded)
        self._replaced.before(line)
        spec = self._replaced.spec
        self.recorded = {use.participant.id: use.agent for use in spec.agents if use.participant.id in known}
        return list(self.recorded)

    def observe(self, line: Line) -> dict[str, Observation]:
        world, parts = self._world, line.body["agents"]
        here = [each.id for each in world.present if each.id in self.minds and world.attends(each.id)]
        seen = {name: world.observe(name) for name in here}
        told = {name: self._seen[name].changes(observation) for name, observation in seen.items()}
        for name in {**dict.fromkeys(here), **parts}:
            digest = Seen.digest(told[name]) if told.get(name) else None
            if name not in seen or name not in parts or digest != parts[name].get("seen"):
                raise UsageError(
                    f"what {name} saw in tick {line.body['tick']} cannot be had again: its world is another"
                )
        return seen

    def step(self, line: Line, memory: Mapping[str, Recorded]) -> None:
        asked = {name: memory[name].granted(line, self.registry) for name in line.body["agents"]}
        nodes = {name: {intent.channel: node for node, intent in each} for name, each in asked.items()}
        events = self._world.step({name: [intent for _, intent in each] for name, each in asked.items()}, nodes)
        self._recorder.tick(line.body["tick"], events)
        if json.loads(self._recorder.body)["events"] != line.body["events"]:
            raise UsageError(
                f"what happened in tick {line.body['tick']} does not come about again: its world is another"
            )


class RobotCast:
    """Robots: what they saw is in the trace, and nothing else is there to go on with."""

    def __init__(self, reader: TraceReader, given: Mapping[str, Text]) -> None:
        shelf = Shelf(reader.meta.get("packs", ()), given)
        self.registry = shelf.registry
        self.minds: dict[str, Mind] = {}
        for name, said in reader.meta["agents"].items():
            spec = load_agent(_agent_file(shelf, said), shelf.registry, shelf.files)
            self.minds[name] = Mind(spec, said["seed"], said["stream"])
        self.digests: Mapping[str, str] = {
            key: digest for mind in self.minds.values() for key, digest in mind.spec.digests.items()
        }
        self.recorded: dict[str, AgentSpec] = {}
        try:
            shelf = Shelf(reader.meta.get("packs", ()))
            for name, said in reader.meta["agents"].items():
                spec = load_agent(_agent_file(shelf, said), shelf.registry, shelf.files)
                if reader.header.specs.get(f"agent:{spec.name}") == spec.digest:
                    self.recorded[name] = spec
        except T800Error:
            pass
        self._values: dict[str, dict[str, Any]] = {name: {} for name in self.minds}
        self._classes: dict[str, Any] = {}

    def before(self, line: Line) -> Collection[str]:
        return ()

    def observe(self, line: Line) -> dict[str, Observation]:
        found = {}
        for name, part in line.body["agents"].items():
            if "record" in part:
                self._classes[name], self._values[name] = self._named(name, part["record"], line), {}
            values = self._values[name] = patched(self._values[name], part.get("observed", {}))
            cls = self._classes.get(name) or self._classes.setdefault(name, self._kind(name, values, line))
            fields: Mapping[str, Type] = cls.__record_fields__
            if not values.keys() <= _fields(cls):
                raise TraceError(f"what {name} saw is no {cls.__name__}", line.number)
            told = {key: values.get(key) for key in fields if key != "tick"}
            for key, value in told.items():
                try:
                    told[key] = decode(fields[key], value)
                except (KeyError, TypeError, ValueError, AttributeError):
                    # A driver may hand over what is of the wrong type. The agent took it for a fault, and does again.
                    if "fault" not in part:
                        raise TraceError(f"what {name} saw is no {cls.__name__}", line.number) from None
            try:
                found[name] = cls(tick=line.body["tick"], **told)
            except (TypeError, ValueError):
                raise TraceError(f"what {name} saw is no {cls.__name__}", line.number) from None
        return found

    def _kinds(self) -> list[type]:
        return [*(kind for kind in self.registry.records.values() if issubclass(kind, Observation)), Observation]

    def _named(self, name: str, said: str, line: Line) -> type:
        """The observation of this name."""
        found = next((kind for kind in self._kinds() if kind.__name__ == said), None)
        if found is None:
            raise TraceError(f"{name} saw a {shorten(said)}, which none of its packs has", line.number)
        return found

    def _kind(self, name: str, values: Mapping[str, Any], line: Line) -> type:
        """The observation that has these fields, in an older trace; those without a value may be missing."""
        fits = [kind for kind in self._kinds() if values.keys() <= _fields(kind)]
        fewest = min((len(_fields(kind)) for kind in fits), default=0)
        found = [kind for kind in fits if len(_fields(kind)) == fewest]
        if len(found) != 1:
            how = "several observations have" if found else "no observation has"
            raise TraceError(f"{how} the fields that {name} saw: {listed(values)}", line.number)
        return found[0]

    def step(self, line: Line, memory: Mapping[str, Recorded]) -> None:
        pass


def _fields(kind: Any) -> set[str]:
    return set(kind.__record_fields__) - {"tick"}


def _agent_file(shelf: Shelf, said: Mapping[str, Any]) -> Path:
    file = str(said["file"])
    return shelf.files.find("agent", file if Path(file).is_file() else str(said["agent"]))


@dataclass(slots=True)
class Recorded:
    """What one agent last did, from the lines of a trace."""

    mode: str | None = None
    fault: Mapping[str, Any] | None = None
    asks: Sequence[Mapping[str, Any]] = ()
    statuses: dict[str, dict[int, str]] = field(default_factory=dict)

    def take(self, line: Line, name: str, part: Mapping[str, Any]) -> None:
        """One tick more."""
        self.mode = part.get("mode", self.mode)
        self.asks = part.get("asks", self.asks)
        self.fault = part.get("fault")
        for tree in line.body.get("reloaded", {}).get("agents", {}).get(name, ()):
            self.statuses.pop(tree, None)
        for tree, said in part.get("statuses", {}).items():
            if said is None:
                self.statuses.pop(tree, None)
            else:
                letters = {int(node): letter for node, letter in re.findall(r"(\d+)([SFR-])", said)}
                self.statuses.setdefault(tree, {}).update(letters)

    def granted(self, line: Line, registry: Registry) -> list[tuple[str, Intent]]:
        """What was asked for and granted, each with the node that asked."""
        found = []
        for ask in self.asks:
            if ask["fate"] == "granted":
                cls = registry.records.get(ask["intent"], Observation)
                try:
                    found.append((ask["node"], _intent(cls, ask["with"])))
                except (KeyError, TypeError, ValueError, AttributeError):
                    raise TraceError(f"{shorten(ask['intent'])} cannot be carried out again", line.number) from None
        return found

    def wanted(self, registry: Registry) -> dict[str, Any]:
        """The same by channel, as JSON data."""
        return {
            registry.records[ask["intent"]].channel: {"intent": ask["intent"], "with": ask["with"]}  # type: ignore[attr-defined]  # an intent's
            for ask in self.asks
            if ask["fate"] == "granted" and ask["intent"] in registry.records
        }


def _intent(cls: type, data: Any) -> Intent:
    """An intent of this class from JSON data; ValueError if it is none."""
    found = decode(Type.of(cls), data)
    if not isinstance(found, Intent):
        raise ValueError(f"{cls.__name__} is no intent")
    exact(cls)(found)
    return found
