"""What other trees would have done with what a trace recorded: `t800 replay TRACE --with TREE.yaml` (docs/asking.md).

The world goes the way that it went. Each agent that a changed file concerns decides once more, tick by tick, on
what the recorded one saw, and what it decides is compared and not carried out.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from t800.agent import Agent
from t800.core import Tick
from t800.errors import UsageError, closest, shorten
from t800.loader.document import text_of
from t800.loader.files import Text
from t800.registry import Registry
from t800.simulation.canonical import encode
from t800.simulation.cast import Cast, Recorded, RobotCast, ScenarioCast
from t800.simulation.opening import Shelf
from t800.simulation.result import Divergence
from t800.simulation.trace import STATUSES, TraceReader
from t800.spec.agent import AgentSpec
from t800.spec.tree import TreeSpec

__all__ = ["Tally", "WhatIf", "of_a_robot", "replay_with"]


@dataclass(slots=True)
class Tally:
    """In how many of an agent's ticks something is different: of how many, and what."""

    ticks: int = 0
    intents: int = 0
    statuses: int = 0
    modes: int = 0
    faults: int = 0

    def to_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("ticks", "intents", "statuses", "modes", "faults")}


@dataclass(slots=True)
class WhatIf:
    """What other trees would have done.

    `changed` are the files that were given (`tree:protect`), `agents` those whom they concern, `first` is the first
    thing that differs at all and `first_intent` the first in what is asked of the world. Of the trees in `roots_only`
    only the root's status could be compared: what the recorded ones looked like is not known any more.
    """

    scenario: str
    seed: int
    changed: tuple[str, ...]
    ticks: int = 0
    agents: dict[str, Tally] = field(default_factory=dict)
    first: Divergence | None = None
    first_intent: Divergence | None = None
    roots_only: tuple[str, ...] = ()
    cut: str | None = None

    @property
    def same(self) -> bool:
        """Whether the same would have been decided all along."""
        return self.first is None

    def to_json(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "with": list(self.changed),
            "ticks": self.ticks,
            "same": self.same,
            "first": _told(self.first),
            "first_intent": _told(self.first_intent),
            "agents": {name: tally.to_json() for name, tally in self.agents.items()},
            "roots_only": list(self.roots_only),
            "cut": self.cut,
        }


def of_a_robot(trace: str | Path) -> bool:
    """Whether a trace is of agents on a robot (`RobotTrace`); TraceError if it cannot be read."""
    return "agents" in TraceReader(Path(trace)).meta


def replay_with(trace: str | Path, changed: Sequence[str | Path] = ()) -> WhatIf:
    """What changed trees, or agents, would have done with what a trace recorded.

        found = replay_with("corridor.jsonl", ["trees/protect.yaml"])
        found.first, found.agents["t800"].intents

    Each of `changed` is a file, or a name that leads to one; it takes the place of the recorded file of its name. The
    recorded ones need not be there any more, so a tree may have been edited where it lies. Nothing changed is an
    answer for a robot's trace only: its agents decide once more. ConfigError for a bad file, TraceError for a damaged
    trace, UsageError if a file concerns nobody, if others have come to mean something else as well, or if what was
    seen cannot be had again.
    """
    path = Path(trace)
    # Once through first: damage anywhere is told before anything is run.
    checked = TraceReader(path)
    for _ in checked:
        pass
    reader = TraceReader(path)
    header = reader.header
    given = _given(changed, reader.meta.get("packs", ()))
    cast: Cast
    cast = RobotCast(reader, given) if "agents" in reader.meta else ScenarioCast(reader, given)
    _explained(header.specs, cast, given)
    found = WhatIf(header.scenario or path.stem, header.seed, tuple(sorted(given)), cut=checked.cut)
    unchanged = {name for name in cast.digests if cast.digests[name] == header.specs.get(name)}
    shadows: dict[str, _Shadow] = {}
    for name, mind in cast.minds.items():
        key = f"agent:{mind.spec.name}"
        if not given or cast.digests[key] != header.specs.get(key):
            shadows[name] = _Shadow(Agent(mind.spec, mind.seed, mind.stream, id=name, dt=header.dt))
            shadows[name].pair(cast.recorded.get(name), unchanged)
    if workers := sorted({skill for name in shadows for skill in cast.minds[name].spec.workers}):
        raise UsageError(f"{', '.join(workers)} works in a thread: what it would have done, nobody can tell twice")
    found.agents = {name: Tally() for name in shadows}
    roots_only = {tree for shadow in shadows.values() for tree in shadow.roots_only}
    found.roots_only = tuple(sorted(roots_only))
    memory = {name: Recorded() for name in cast.minds}
    for line in reader:
        for name in cast.before(line):
            if name in shadows:
                shadows[name].pair(cast.recorded.get(name), ())
        seen = cast.observe(line)
        for name, part in line.body["agents"].items():
            memory[name].take(line, name, part)
        for name in seen:
            if name in shadows:
                shadow = shadows[name]
                _compare(found, name, shadow, memory[name], shadow.agent.tick(seen[name]), cast.registry)
        cast.step(line, memory)
        found.ticks += 1
    return found


class _Shadow:
    """An agent with other trees, and which of their nodes the recorded ones had too."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.pairs: dict[str, list[tuple[int, int, str]]] = {}
        self.roots_only: list[str] = []

    def pair(self, recorded: AgentSpec | None, unchanged: Collection[str]) -> None:
        """Find each node's place among the recorded ones; with nothing known of these, that of the roots.

        Trees that are `unchanged` (`tree:protect`) are what was recorded.
        """
        self.pairs, self.roots_only = {}, []
        before = Agent(recorded) if recorded is not None else None
        names = [] if recorded is None else [use.name for use in recorded.trees]
        for use, plan in zip(self.agent.spec.trees, self.agent.plans, strict=True):
            if before is not None and use.name in names:
                places = {id_: place for place, id_ in enumerate(before.node_ids(use.name))}
                pairs = ((places.get(id_), now, id_) for now, id_ in enumerate(plan.ids))
                self.pairs[use.name] = [(was, now, id_) for was, now, id_ in pairs if was is not None]
            elif f"tree:{use.tree.name}" in unchanged:
                self.pairs[use.name] = [(place, place, id_) for place, id_ in enumerate(plan.ids)]
            else:
                self.pairs[use.name] = [(0, 0, plan.ids[0])]
                self.roots_only += [use.name] if before is None else []


def _compare(found: WhatIf, name: str, shadow: _Shadow, was: Recorded, now: Tick, registry: Registry) -> None:
    """Count what differs in a tick of an agent, and keep the first of it."""
    tally = found.agents[name]
    tally.ticks += 1
    statuses = list(_statuses(shadow, was, now))
    before, after = was.wanted(registry), _wanted(now)
    intents = [
        (f"{channel} was asked for", before.get(channel), after.get(channel))
        for channel in sorted({*before, *after})
        if before.get(channel) != after.get(channel)
    ]
    modes = [("mode", was.mode, now.mode)] if was.mode != now.mode else []
    fault = (
        None
        if now.fault is None
        else {
            "site": now.fault.site,
            "where": now.fault.where,
            "exception": now.fault.exception,
            "message": now.fault.message,
        }
    )
    faults = [("fault", was.fault, fault)] if was.fault != fault else []
    tally.intents += bool(intents)
    tally.statuses += bool(statuses)
    tally.modes += bool(modes)
    tally.faults += bool(faults)
    for what, old, new in [*modes, *statuses, *faults, *intents]:
        if found.first is None:
            found.first = Divergence(now.number, name, what, old, new)
    for what, old, new in intents:
        if found.first_intent is None:
            found.first_intent = Divergence(now.number, name, what, old, new)


def _statuses(shadow: _Shadow, was: Recorded, now: Tick) -> Iterator[tuple[str, str, str]]:
    """Nodes that both have, with another status."""
    for tree, statuses in now.statuses.items():
        letters = was.statuses.get(tree)
        if letters is None:
            continue
        for before, after, id_ in shadow.pairs[tree]:
            old = STATUSES[letters.get(before, "-")]
            if old is not statuses[after]:
                yield f"node {id_}", old.name, statuses[after].name


def _wanted(tick: Tick) -> dict[str, Any]:
    """What is granted, by channel, as JSON data."""
    return {
        intent.channel: json.loads(encode({"intent": type(intent).__name__, "with": intent})) for intent in tick.intents
    }


def _given(changed: Sequence[str | Path], packs: Sequence[str]) -> dict[str, Text]:
    """What the given files hold, by kind and name."""
    given: dict[str, Text] = {}
    if changed:
        shelf = Shelf(packs)
        for name in changed:
            kind, path = shelf.find(str(name), ("tree", "agent"))
            shown = shelf.files.shown(path)
            if f"{kind}:{path.stem}" in given:
                raise UsageError(f"two {kind}s named {path.stem} are given: which of them is meant?")
            given[f"{kind}:{path.stem}"] = Text(text_of(path, shown), shown)
    return given


def _explained(then: Mapping[str, str], cast: Cast, given: Mapping[str, Text]) -> None:
    """UsageError unless each given file has a part in the run, and all that differs from then comes of them."""
    now = cast.digests
    for name in given:
        if name not in now:
            kind, _, rest = name.partition(":")
            names = [each.partition(":")[2] for each in now if each.startswith(f"{kind}:")]
            near = closest(rest, names)
            way = f"did you mean {near!r}?" if near else f"there is: {', '.join(names)[:300]}"
            raise UsageError(f"no {kind} of this run is named {shorten(rest)}; {way}")
    # Trees in which a given one stands, those that a given file brings, and agents that use one.
    trees = {name: tree for mind in cast.minds.values() for name, tree in mind.spec.all_trees().items()}
    changed = {name.removeprefix("tree:") for name in given if name.startswith("tree:")}
    below = {name: _names(tree) for name, tree in trees.items()}
    users = {mind.spec.name: set(mind.spec.all_trees()) for mind in cast.minds.values()}
    brought = {f"tree:{each}" for name in changed for each in below[name]}
    brought |= {f"tree:{each}" for name in given if name.startswith("agent:") for each in users[name[6:]]}
    explained = {f"tree:{name}" for name in below if below[name] & changed}
    explained |= {f"agent:{name}" for name in users if users[name] & changed}
    explained |= {name for name in brought if name not in then}
    # What is gone was part of what is given, or else it would be there.
    explained |= {name for name in then if name not in now and name.startswith("tree:") and given}
    differing = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
    other = [name for name in differing if name not in given and name not in explained]
    if other:
        # An agent whose tree is another is another: the tree says it all.
        lost = {name.removeprefix("tree:") for name in other}
        other = [name for name in other if not users.get(name.removeprefix("agent:"), set()) & lost]
        raise UsageError(
            f"this trace is of other files: since then, {', '.join(other)} came to mean something else, "
            "which no --with explains"
        )


def _names(tree: TreeSpec) -> set[str]:
    return {each.name for each in tree.with_descendants()}


def _told(found: Divergence | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"tick": found.tick, "agent": found.agent, "what": found.what, "was": found.was, "is": found.now}
