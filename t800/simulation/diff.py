"""What differs: of two traces, where they first part and what came of it; of two trees or agents, by meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path
from typing import Any

from t800.errors import T800Error, TraceError
from t800.expressions import Expression
from t800.simulation.canonical import encode, patched
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Simulation
from t800.simulation.trace import STATUSES, Line, TraceReader
from t800.spec.agent import AgentSpec
from t800.spec.argument import Argument
from t800.spec.modes import StateSpec
from t800.spec.tree import HookSpec, NodeSpec, TreeSpec

__all__ = ["Difference", "TraceDiff", "diff_agents", "diff_traces", "diff_trees"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: `how` is added, removed, moved or changed.

    In a tree `where` is a node's id and `what` what differs of it (`while`, `port who`); in a trace `where` is
    the agent, or `the world`, and `tick` the first in which it differs. What is not there is None.
    """

    how: str
    where: str
    what: str
    was: Any
    now: Any
    tick: int | None = None

    def to_json(self) -> dict[str, Any]:
        data = {"how": self.how, "where": self.where, "what": self.what, "was": self.was, "is": self.now}
        return data if self.tick is None else {"tick": self.tick, **data}


# ---- traces


@dataclass(slots=True)
class TraceDiff:
    """How two runs differ.

    `header` is what they were given, `first` where they part, `events` those of one run only (None as
    tick: of the other), `ends` how each ended, `faults` what broke in each, `ticks` how long each is.
    """

    header: list[Difference] = field(default_factory=list)
    first: Difference | None = None
    events: list[tuple[int | None, int | None, str, Mapping[str, Any]]] = field(default_factory=list)
    ends: tuple[str | None, str | None] = (None, None)
    faults: tuple[Sequence[str], Sequence[str]] = ((), ())
    ticks: tuple[int, int] = (0, 0)

    @property
    def same(self) -> bool:
        """Whether nothing differs; the header alone does not make two runs different."""
        return self.first is None

    def to_json(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "same": self.same,
            "header": [each.to_json() for each in self.header],
            "first": None if self.first is None else self.first.to_json(),
            "events": [
                {"only": "a" if a is not None else "b", "tick": b if a is None else a, "kind": kind, "fields": fields}
                for a, b, kind, fields in self.events
            ],
            "outcome": list(self.ends),
            "faults": [list(each) for each in self.faults],
            "ticks": list(self.ticks),
        }


class _Side:
    """One of two traces, read tick by tick."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reader = TraceReader(path)
        self.lines = iter(self.reader)
        self.ticks = 0
        self.number = -1
        self.boards: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[int]] = {}
        self.faults: list[str] = []
        self.reloaded = False

    def next(self) -> Line | None:
        try:
            line = next(self.lines, None)
        except TraceError as error:
            # Of two it is not to be guessed which one is meant.
            raise TraceError(f"{self.path}: {error}") from None
        if line is None:
            return None
        self.ticks += 1
        self.number = number = line.body["tick"]
        self.reloaded = self.reloaded or "reloaded" in line.body
        for event in line.body["events"]:
            self.events.setdefault(encode([event["kind"], event["fields"]]), []).append(number)
        for agent, part in line.body["agents"].items():
            self.boards[agent] = patched(self.boards.get(agent, {}), part.get("set", {}))
            if "fault" in part:
                fault = part["fault"]
                said = f"{fault['site']} {fault['where']}: {fault['exception']}: {fault['message']}"
                self.faults.append(f"tick {number}, {agent}: {said}")
        return line

    def outcome(self) -> str | None:
        return None if self.reader.end is None else str(self.reader.end.get("outcome"))


def diff_traces(a: str | Path, b: str | Path) -> TraceDiff:
    """Where two traces first part, and how the two runs differ as wholes.

        found = diff_traces("before.jsonl", "after.jsonl")
        found.same, found.first

    TraceError if one of them is damaged.
    """
    one, other = _Side(Path(a)), _Side(Path(b))
    found = TraceDiff(header=list(_headers(one, other)))
    while True:
        left, right = one.next(), other.next()
        if left is None and right is None:
            break
        if found.first is not None:
            continue
        if left is None or right is None:
            there = left or right
            assert there is not None
            ended = (None if left is None else "goes on", None if right is None else "goes on")
            found.first = Difference("changed", "the run", "its end", *ended, tick=there.body["tick"])
        elif left.raw != right.raw:
            found.first = next(_in_tick(left.body, right.body, one, other), None)
    found.ends = one.outcome(), other.outcome()
    if found.first is None and found.ends[0] != found.ends[1]:
        end = one.reader.end or {}
        found.first = Difference("changed", "the run", "outcome", *found.ends, tick=end.get("ticks", one.number + 1))
    found.faults = one.faults, other.faults
    found.ticks = one.ticks, other.ticks
    for text in sorted({*one.events, *other.events}):
        mine, theirs = one.events.get(text, []), other.events.get(text, [])
        both = min(len(mine), len(theirs))
        kind, fields = json.loads(text)
        found.events += [(tick, None, kind, fields) for tick in mine[both:]]
        found.events += [(None, tick, kind, fields) for tick in theirs[both:]]
    found.events.sort(key=lambda each: (each[1] if each[0] is None else each[0], each[0] is None, each[2]))
    return found


def _headers(one: _Side, other: _Side) -> Iterator[Difference]:
    was, now = one.reader.header.body(), other.reader.header.body()
    specs = was.pop("specs"), now.pop("specs")
    for name in {**was, **now}:
        if was.get(name) != now.get(name):
            yield Difference("changed", "the header", name, was.get(name), now.get(name))
    for name in sorted({*specs[0], *specs[1]}):
        if specs[0].get(name) != specs[1].get(name):
            how = "added" if name not in specs[0] else "removed" if name not in specs[1] else "changed"
            yield Difference(how, "the header", name, None, None)


def _in_tick(was: Mapping[str, Any], now: Mapping[str, Any], one: _Side, other: _Side) -> Iterator[Difference]:
    """What differs in a tick, in the order in which a tick comes about."""
    tick = now["tick"]
    texts, others = _replaced(was), _replaced(now)
    if texts != others:
        yield Difference("changed", "the run", "files replaced before it", texts or None, others or None, tick)
    for agent in sorted({*was["agents"], *now["agents"]}):
        before, after = was["agents"].get(agent), now["agents"].get(agent)
        if before is None or after is None:
            yield Difference("changed", agent, "presence", before is not None, after is not None, tick)
            continue
        boards = one.boards.get(agent, {}), other.boards.get(agent, {})
        for name in sorted({*boards[0], *boards[1]}):
            for key, old, new in _deepest(name, boards[0].get(name), boards[1].get(name)):
                yield Difference("changed", agent, f"key {key}", old, new, tick)
        if before.get("mode") != after.get("mode"):
            yield Difference("changed", agent, "mode", before.get("mode"), after.get("mode"), tick)
        for tree, node, old, new in _statuses(before.get("statuses", {}), after.get("statuses", {})):
            yield Difference("changed", agent, f"node {_id(one, other, agent, tree, node)}", old, new, tick)
        for what in ("asks", "signals", "fault", "record", "observed", "seen"):
            if before.get(what) != after.get(what):
                told = "what it saw (digest)" if what == "seen" else what
                yield Difference("changed", agent, told, before.get(what), after.get(what), tick)
    for index in range(max(len(was["events"]), len(now["events"]))):
        old, new = (each["events"][index] if index < len(each["events"]) else None for each in (was, now))
        if old != new:
            yield Difference("changed", "the world", f"event {index + 1} of the tick", old, new, tick)
    yield Difference("changed", "the trace", "the line's text", encode(was), encode(now), tick)


def _replaced(body: Mapping[str, Any]) -> dict[str, str]:
    """The files that were replaced before a tick, by name, with a digest of what they hold now."""
    texts = body.get("reloaded", {}).get("texts", {})
    return {name: sha256(encode(each["is"]).encode()).hexdigest()[:12] for name, each in texts.items()}


def _deepest(name: str, was: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """What differs of a value, by the dotted name of the innermost field that does."""
    if isinstance(was, dict) and isinstance(now, dict) and was.keys() == now.keys():
        for each in was:
            yield from _deepest(f"{name}.{each}", was[each], now[each])
    elif was != now:
        yield name, was, now


def _statuses(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, int, str, str]]:
    for tree in sorted({*was, *now}):
        old, new = (dict(re.findall(r"(\d+)([SFR-])", each.get(tree) or "")) for each in (was, now))
        for node in sorted({*old, *new}, key=int):
            if old.get(node) != new.get(node):
                before, after = (STATUSES[each[node]].name if node in each else "unchanged" for each in (old, new))
                yield tree, int(node), before, after


def _id(one: _Side, other: _Side, agent: str, tree: str, node: int) -> str:
    """The id of a node that a trace tells by its number; the number, if the files are gone or changed."""
    header, meta = one.reader.header, one.reader.meta
    if header.specs == other.reader.header.specs and not (one.reloaded or other.reloaded):
        try:
            source = meta.get("scenario", header.scenario)
            found = source if Path(source).is_file() else header.scenario
            scenario = open_scenario(found, meta.get("packs", ()), header.overrides, header.without)
            if scenario.digests == header.specs:
                return str(Simulation.of(scenario, header.seed).node_ids(agent, tree)[node])
        except (T800Error, LookupError):
            pass
    return f"{tree}, number {node}"


# ---- trees and agents


def diff_trees(a: TreeSpec, b: TreeSpec) -> list[Difference]:
    """What differs between two trees by meaning, theirs included: comments, docs and layout do not matter.

    >>> diff_trees(old, new)
    [Difference(how='changed', where='protect/legs/shield', what='while', was='ward_seen', now='known(threat)')]
    """
    found = list(_tree(a, b))
    inner = {tree.name: tree for tree in a.with_descendants()[1:]}, {t.name: t for t in b.with_descendants()[1:]}
    for name, tree in inner[0].items():
        if name in inner[1]:
            found += _tree(tree, inner[1][name])
    return found


def _tree(a: TreeSpec, b: TreeSpec) -> Iterator[Difference]:
    if a.digest == b.digest:
        return
    ports = [
        {
            name: str(port.type) + ("" if port.required else f" = {encode(port.type.encode(port.default))}")
            for name, port in tree.ports.items()
        }
        for tree in (a, b)
    ]
    yield from _members(a.name, "port", *ports)
    keys = [{key: str(kind) for key, kind in tree.uses.items()} for tree in (a, b)]
    yield from _members(a.name, "key", *keys)
    was, now = _nodes(a), _nodes(b)
    moved = _moves(was, now)
    for old, new in moved.items():
        # What only went along with what stands above it is told there.
        up_old, up_new = old.rpartition("/")[0], new.rpartition("/")[0]
        if not (moved.get(up_old) == up_new and old.rpartition("/")[2] == new.rpartition("/")[2]):
            yield Difference("moved", new, "node", old, new)
    arrived = set(moved.values())
    for id_, node in was.items():
        if id_ not in now and id_ not in moved:
            yield Difference("removed", id_, "node", node["kind"], None)
    for id_, node in now.items():
        if id_ not in was and id_ not in arrived:
            yield Difference("added", id_, "node", None, node["kind"])
        elif id_ in was:
            yield from _members(id_, "", was[id_], node)
    yield from _order(was, now)


def _moves(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """Nodes of which one tree has the id and the other the same meaning under another id."""
    free = [id_ for id_ in now if id_ not in was]
    found = {}
    for old in was:
        if old in now:
            continue
        like = [new for new in free if now[new] == was[old]]
        name = old.rpartition("/")[2]
        like.sort(key=lambda new: new.rpartition("/")[2] != name)
        if like:
            found[old] = like[0]
            free.remove(like[0])
    return found


def _order(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    """Siblings that both trees have, in another order."""
    parents = dict.fromkeys(id_.rpartition("/")[0] for id_ in was if "/" in id_)
    for parent in parents:
        old = [id_ for id_ in was if id_.rpartition("/")[0] == parent and id_ in now]
        new = [id_ for id_ in now if id_.rpartition("/")[0] == parent and id_ in was]
        if old == new:
            continue
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        stayed = {id_ for block in blocks for id_ in old[block.a : block.a + block.size]}
        for id_ in old:
            if id_ not in stayed:
                yield Difference("moved", id_, "place among its siblings", old.index(id_) + 1, new.index(id_) + 1)


def _nodes(tree: TreeSpec) -> dict[str, dict[str, Any]]:
    """What each node of a file means by itself, by id."""
    found: dict[str, dict[str, Any]] = {}
    open_: list[tuple[int, str]] = []
    for index, node in enumerate(tree.nodes):
        while open_ and open_[-1][0] <= index:
            open_.pop()
        label = node.label if open_ else tree.name
        id_ = stem = f"{open_[-1][1]}/{label}" if open_ else label
        count = 1
        while id_ in found:
            count += 1
            id_ = f"{stem}#{count}"
        open_.append((node.end, id_))
        found[id_] = _meaning(node)
    return found


def _meaning(node: NodeSpec) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": node.kind if node.tree is None else f"subtree {node.tree.name}"}
    if node.expression is not None:
        said["expression"] = node.expression
    if node.signal is not None:
        said["signal"] = node.signal
    said |= {f"port {name}": _said(value) for name, value in node.arguments.items()}
    said |= {name: _said(value) for name, value in node.options.items()}
    said |= {name: _said(value) for name, value in node.fields.items()}
    said |= node.guards
    said |= {name: _said(hook) for name, hook in node.hooks.items()}
    if node.slots:
        said["slots"] = list(node.slots)
    return said


def _said(value: Any) -> Any:
    """What fills a place, as a file would spell it."""
    if isinstance(value, Argument):
        if value.key is not None:
            return f"${value.key}"
        if value.expression is not None:
            text = value.expression
            return f"${text}" if text.replace(".", "_").isidentifier() else f"={text}"
        return value.type.encode(value.value)
    if isinstance(value, HookSpec):
        return {key: _said(each) for key, each in value.assignments.items()} | (
            {"signal": value.signal} if value.signal else {}
        )
    if isinstance(value, Expression):
        return value.text
    return [_said(each) for each in value] if isinstance(value, tuple) else value


def diff_agents(a: AgentSpec, b: AgentSpec) -> list[Difference]:
    """What differs between two agents by meaning: keys, senses, modes, edges, constraints, and their trees."""
    where = a.name
    found = list(_members(where, "", {"name": a.name}, {"name": b.name}))
    found += _members(where, "key", *({key: _key(spec, key) for key in spec.keys} for spec in (a, b)))
    senses = _senses(a), _senses(b)
    for name in [*senses[0], *(name for name in senses[1] if name not in senses[0])]:
        if name in senses[0] and name in senses[1]:
            found += _members(where, f"sense {name}, port", senses[0][name], senses[1][name])
        else:
            found += _members(where, "sense", *({name: each[name]} if name in each else {} for each in senses))
    found += _order_of(where, "senses", *senses)
    states = [{state.path: state for state in spec.modes.states} for spec in (a, b)]
    found += _members(where, "", {"initial mode": a.modes.initial}, {"initial mode": b.modes.initial})
    for path in [*states[0], *(path for path in states[1] if path not in states[0])]:
        if path in states[0] and path in states[1]:
            found += _members(f"mode {path}", "", _state(a, states[0][path]), _state(b, states[1][path]))
        else:
            was = path in states[0]
            found.append(Difference("removed" if was else "added", f"mode {path}", "mode", None, None))
    found += _order_of(where, "modes", *states)
    rules = [
        {
            rule.name: f"forbid {rule.forbid.__name__ if rule.forbid else '*'} when {_said(rule.when)}: {rule.why}"
            for rule in spec.constraints
        }
        for spec in (a, b)
    ]
    found += _members(where, "constraint", *rules)
    found += _order_of(where, "constraints", *rules)
    uses = [{use.name: {n: _said(v) for n, v in use.arguments.items()} for use in spec.trees} for spec in (a, b)]
    found += _members(where, "tree", *uses)
    trees = a.all_trees(), b.all_trees()
    for name, tree in trees[0].items():
        if name in trees[1]:
            found += _tree(tree, trees[1][name])
    return found


def _order_of(where: str, what: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    """Whether those that both have come in another order."""
    before, after = ([name for name in each if name in was and name in now] for each in (was, now))
    if before != after:
        yield Difference("moved", where, f"order of {what}", before, after)


def _key(spec: AgentSpec, key: str) -> str:
    value = spec.values.get(key)
    return str(spec.keys[key]) + ("" if value is None else f" = {encode(spec.keys[key].encode(value))}")


def _senses(spec: AgentSpec) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for use in spec.senses:
        name, count = use.sense.name, 1
        while name in found:
            count += 1
            name = f"{use.sense.name}#{count}"
        found[name] = {name: _said(value) for name, value in use.arguments.items()} | dict(use.keys)
    return found


def _state(spec: AgentSpec, state: StateSpec) -> dict[str, Any]:
    """What a mode means; an edge is told by where it leads, so that a changed guard is a change of that edge."""
    said: dict[str, Any] = {
        "initial": state.initial,
        "final": state.final,
        "channels": None if state.channels is None else sorted(state.channels),
        "trees": [spec.trees[index].name for index in state.trees],
        "on_fault": state.on_fault,
        "order of edges": [edge.to for edge in state.edges],
    }
    for edge in state.edges:
        parts = [
            "" if edge.when is None else f"when {_said(edge.when)}",
            "" if edge.event is None else f"event {edge.event}",
            "" if edge.hold is None else f"for {edge.hold}",
        ]
        name, count = f"edge to {edge.to}", 1
        while name in said:
            count += 1
            name = f"edge to {edge.to}#{count}"
        said[name] = ", ".join(part for part in parts if part)
    return said


def _members(where: str, what: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    """What two mappings do not have in common."""
    names: Sequence[str] = [*was, *(name for name in now if name not in was)]
    for name in names:
        told = f"{what} {name}".strip()
        if name not in now:
            yield Difference("removed", where, told, was[name], None)
        elif name not in was:
            yield Difference("added", where, told, None, now[name])
        elif was[name] != now[name]:
            yield Difference("changed", where, told, was[name], now[name])
