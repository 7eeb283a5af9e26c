"""Scenario files: read with all that they name, checked whole, made into a ScenarioSpec."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from t800.core import microseconds
from t800.errors import ConfigError, Problem, closest, listed, shorten
from t800.expressions import Expression, ExpressionError, Scope, parse
from t800.loader.agent import load_agent
from t800.loader.document import Document, Mapping, Node, Scalar, plain
from t800.loader.document import Sequence as Items
from t800.loader.files import Files
from t800.loader.names import IDENTIFIER, SPELLING
from t800.loader.overrides import Overrides, take_out
from t800.loader.parts import read_whole
from t800.loader.problems import Problems
from t800.loader.world import read_world
from t800.registry import EventKind, Registry
from t800.spec.agent import AgentSpec
from t800.spec.scenario import AgentUse, ChapterSpec, ExpectationSpec, Pattern, ScenarioSpec, scope
from t800.spec.world import Participant, WorldSpec
from t800.types import BOOL, ENTITY, FLOAT, INT, STR, Point, Type

__all__ = ["load_scenario"]

_SECTIONS = (
    "scenario", "doc", "world", "seed", "dt", "limit", "agents", "start", "expect", "turns", "chapters",
    "stop_on_failure",
)  # fmt: skip
_AGENT = ("agent", "body", "stream", "at", "arrives", "blackboard")
_CONDITIONS = ("always", "never", "eventually", "at_end")
_KINDS = (*_CONDITIONS, "until", "happened", "not_happened", "in_order", "last_of")
_MISSING: Any = object()


def load_scenario(
    path: Path, registry: Registry, files: Files, overrides: Sequence[str] = (), without: Sequence[str] = ()
) -> ScenarioSpec:
    """The scenario of a file, with its world, agents and trees. ConfigError with all problems of all of them.

    `overrides` are PATH=VALUE and `without` what to take out, as on the command line (design §7); UsageError
    for one that names nothing.
    """
    problems: list[Problem] = Problems()
    document = files.read(path, problems)
    spec = _Reader(document, path, registry, files, problems).read(overrides)
    if problems or spec is None:
        raise ConfigError(problems)
    return take_out(spec, without)


class _Reader:
    """One pass over a scenario's document; whatever is wrong goes to `problems`, and reading goes on."""

    def __init__(
        self, document: Document, path: Path, registry: Registry, files: Files, problems: list[Problem]
    ) -> None:
        self.document = document
        self.path = path
        self.registry = registry
        self.files = files
        self.problems = problems
        self.scope = Scope({})
        self.ids: Collection[str] = ()
        self.digests: dict[str, str] = {}

    def read(self, overrides: Sequence[str]) -> ScenarioSpec | None:
        """The whole file."""
        root = self.document.root
        if not isinstance(root, Mapping):
            self.say(root, "E203", "a scenario file is a mapping", "`scenario: NAME` and so on")
            return None
        world_path = self.file(root, "world", "world")
        minds = self.minds(root)
        if self.problems or world_path is None:
            # Whatever comes now is checked against the world and the agents: it would be said twice, or wrongly.
            return None
        world_document = read_whole(world_path, self.files, self.problems)
        changes = Overrides(self.document, world_document, {name: mind.values for name, mind in minds.items()})
        later = changes.apply(overrides)
        root = self.document.root
        assert isinstance(root, Mapping)
        self.known(root, _SECTIONS, "a scenario")
        name = self.text(root, "scenario")
        if name and name != self.path.stem:
            message = f"the file is {self.path.name}, and the scenario in it {shorten(name)}"
            self.say(root.get("scenario") or root, "E304", message)
        world = read_world(world_document, self.registry, self.problems, world_path.stem)
        agents = self.agents(root, minds, world)
        if len(agents) < len(minds):
            # Without its body nothing can be said about who is missing: expectations would seem wrong too.
            return None
        people = [use.participant for use in agents]
        world = self.start(root, world, people)
        for entity_field, value in later:
            world = changes.settle(world, entity_field, value, people)
        types = {each: world.entity_type(each, people) for each in [*world.entities, *(who.id for who in people)]}
        self.ids = types.keys()
        self.scope = scope({each: kind for each, kind in types.items() if kind is not None}, world.places)
        dt = self.number(root, "dt", 0.000001, 10.0)
        if dt is not None and abs(dt * 1_000_000 - microseconds(dt)) > 1e-6 * microseconds(dt):
            self.say(root.get("dt") or root, "E205", "dt is no whole number of microseconds", "like 0.1")
        seed = self.value(root, "seed", INT)
        if seed is not None and seed < 0:
            self.say(root.get("seed") or root, "E205", f"seed {seed}", "0 or more")
        meaning = {key: value for key, value in plain(root).items() if key != "doc"}
        digests = {f"scenario:{name}": _digest(meaning), f"world:{world.name}": world.digest}
        digests |= self.digests
        spec = ScenarioSpec(
            name=name,
            doc=self.value(root, "doc", STR, "") or "",
            path=self.document.path,
            world=world,
            seed=seed or 0,
            dt=dt or 0.1,
            limit=self.number(root, "limit", dt or 0.000001, 1e8) or 1.0,
            agents=tuple(agents),
            expect=tuple(self.expectations(root, "expect")),
            turns=self.turns(root),
            chapters=tuple(self.chapters(root)),
            stop_on_failure=self.value(root, "stop_on_failure", BOOL, False) or False,
            digests=dict(sorted(digests.items())),
            registry=self.registry,
            overrides=tuple(overrides),
        )
        return None if self.problems else spec

    def say(self, place: Node, code: str, message: str, expected: str | None = None, hint: str | None = None) -> None:
        self.problems.append(self.document.problem(place, code, message, expected, hint))

    def known(self, node: Mapping, fields: Iterable[str], what: str) -> None:
        """Say what is not among the fields."""
        names = list(fields)
        for name, (key, _) in node.pairs.items():
            if name not in names:
                message = f"{what} has no field {shorten(name)}"
                self.say(key, "E201", message, ", ".join(names[:12]), closest(name, names))

    def value(self, node: Mapping, name: str, kind: Type, default: Any = _MISSING) -> Any:
        """A field of a type; its default, or None and a problem, if it is not there or does not fit."""
        value = node.get(name)
        if value is None:
            if default is _MISSING:
                self.say(node, "E202", f"the field {name} is missing", str(kind))
                return None
            return default
        return self.decoded(value, name, kind)

    def decoded(self, node: Node, name: str, kind: Type) -> Any:
        """A node as a value of a type, or None and a problem."""
        try:
            found = kind.decode(plain(node))
        except ValueError as error:
            self.say(node, "E203", f"{name}: {error}", str(kind))
            return None
        if found is None:
            self.say(node, "E203", f"{name} must not be empty", str(kind))
        return found

    def text(self, node: Mapping, name: str, default: Any = _MISSING) -> str:
        """A name; the empty one is none, and a problem."""
        found = self.value(node, name, STR, default)
        if found == "":
            self.say(node.get(name) or node, "E203", f"{name} must not be empty", str(STR))
        return found or ""

    def number(self, node: Mapping, name: str, low: float, high: float, default: Any = _MISSING) -> float | None:
        """A number of seconds within bounds."""
        found: float | None = self.value(node, name, FLOAT, default)
        if found is not None and not low <= found <= high:
            self.say(node.get(name) or node, "E205", f"{name} is {found:g} s", f"{low:g} to {high:g} seconds")
            return None
        return found

    def file(self, node: Mapping, name: str, kind: str, default: str | None = None) -> Path | None:
        """The file that a field names."""
        found = self.text(node, name, _MISSING if default is None else default)
        if not found:
            return None
        place = node.get(name) or node
        try:
            return self.files.find(kind, found, self.path)
        except ConfigError as error:
            first = error.problems[0]
            self.say(place, first.code, first.message, first.expected, first.hint)
            return None

    def minds(self, root: Mapping) -> dict[str, AgentSpec]:
        """The agent of each participant. Two of one file have one spec, whose problems are said once."""
        loaded: dict[Path, AgentSpec | None] = {}
        found = {}
        for name, _, node in self.members(root, "agents"):
            path = self.file(node, "agent", "agent", name)
            if path is None:
                continue
            if path not in loaded:
                loaded[path] = None
                try:
                    mind = loaded[path] = load_agent(path, self.registry, self.files)
                except ConfigError as error:
                    self.problems += error.problems
                    continue
                for each, digest in mind.digests.items():
                    if self.digests.setdefault(each, digest) != digest:
                        # A trace, and whatever else is kept of a run, knows files by these names.
                        kind, _, said = each.partition(":")
                        message = f"two {kind}s of this scenario are named {said}, and differ"
                        self.say(node.get("agent") or node, "E311", message, "another name for one of them")
            spec = loaded[path]
            if spec is not None:
                found[name] = spec
        return found

    def members(self, root: Mapping, name: str) -> list[tuple[str, Scalar, Mapping]]:
        """The named mappings of a section, in file order."""
        node = root.get(name)
        if node is None:
            return []
        if not isinstance(node, Mapping):
            self.say(node, "E203", f"{name} is a mapping from names", "`NAME: {…}`")
            return []
        found = []
        for key, (scalar, value) in node.pairs.items():
            if not IDENTIFIER.fullmatch(key):
                self.say(scalar, "E206", f"{shorten(key)} is no name", SPELLING)
            elif not isinstance(value, Mapping):
                self.say(value, "E203", f"{name}.{key} is a mapping", "`{…}`")
            else:
                found.append((key, scalar, value))
        return found

    def agents(self, root: Mapping, minds: dict[str, AgentSpec], world: WorldSpec) -> list[AgentUse]:
        """Everybody with a mind, in file order."""
        found = []
        streams = {item.stream: item.id for item in world.entities.values()}
        for name, key, node in self.members(root, "agents"):
            self.known(node, _AGENT, "an agent of a scenario")
            if name in world.entities:
                self.say(key, "E720", f"the world has an entity {name} already")
            mind = minds[name]
            body = self.text(node, "body", mind.name) or mind.name
            if body not in world.bodies:
                near = closest(body, world.bodies)
                place = node.get("body") or key
                self.say(place, "E709", f"the world has no body {shorten(body)}", listed(world.bodies), near)
            elif filling := [part for part in world.bodies[body].parts if world.components[part].fills is not None]:
                place, message = node.get("body") or key, f"the body {body} has a {filling[0]}, and stands in a doorway"
                self.say(place, "E714", message, "a body of somebody who comes and goes")
            stream = self.value(node, "stream", INT)
            if stream is not None and stream < 1:
                self.say(node.get("stream") or node, "E205", f"stream {stream}", "1 or more")
            elif stream is not None and streams.setdefault(stream, name) != name:
                self.say(node.get("stream") or node, "E710", f"{streams[stream]} has stream {stream} already")
            at = self.spot(node, world)
            arrives = self.number(node, "arrives", 0.0, 1e8, 0.0)
            if values := self.blackboard(node, mind):
                mind = dataclasses.replace(mind, values={**mind.values, **values})
            if body in world.bodies:
                # What is wrong with the rest was said; with something in its place, expectations can be checked.
                found.append(
                    AgentUse(mind, Participant(name, stream or 0, body, at or Point(0.0, 0.0), arrives or 0.0))
                )
        return found

    def start(self, root: Mapping, world: WorldSpec, people: Sequence[Participant]) -> WorldSpec:
        """The world with the places and fields that the scenario's start gives to whoever and whatever is in it."""
        names = [*world.entities, *(who.id for who in people)]
        for name, key, node in self.members(root, "start"):
            if name not in names:
                self.say(key, "E725", f"no entity {shorten(name)}", listed(names), closest(name, names))
                continue
            fields = world.settable(name, people)
            filling = {info.fills for info in world.components.values()}
            thing = name in world.entities
            self.known(node, ("at", *fields) if thing else tuple(fields), f"the start of {name}")
            at = self.spot(node, world) if thing and node.get("at") is not None else None
            values = {}
            for field, (_, item) in node.pairs.items():
                value = self.decoded(item, field, fields[field]) if field in fields else None
                if value is not None and fields[field].names_entities:
                    self.present(item, value, names)
                if value is not None and field in filling and value not in world.doorways:
                    near = closest(value, world.doorways)
                    self.say(item, "E714", f"no doorway {shorten(value)}", listed(world.doorways), near)
                if value is not None and (misfit := world.misfit(name, field, value, people)):
                    self.say(item, "E205", *misfit)
                elif value is not None:
                    values[name, field] = value
            world = world.starting(name, at, values)
        return world

    def present(self, node: Node, value: str | tuple[str, ...], names: Collection[str]) -> None:
        """See to it that whomever a field names is there."""
        for name in (value,) if isinstance(value, str) else value:
            if name not in names:
                self.say(node, "E725", f"no entity {shorten(name)}", listed(names), closest(name, names))

    def spot(self, node: Mapping, world: WorldSpec) -> str | Point | None:
        """Where somebody starts: a place, or metres `[x, y]`."""
        value = node.get("at")
        if isinstance(value, Items):
            numbers = plain(value)
            if len(numbers) == 2 and all(type(n) in (int, float) and abs(n) <= 1e6 for n in numbers):
                return Point(round(float(numbers[0]), 3), round(float(numbers[1]), 3))
            self.say(value, "E203", "this is no point", "[x, y] in metres")
            return None
        name = self.text(node, "at")
        if name and world.point(name) is None:
            spots = world.spots()
            self.say(value or node, "E711", f"no place {shorten(name)}", listed(spots), closest(name, spots))
            return None
        return name or None

    def blackboard(self, node: Mapping, mind: AgentSpec) -> dict[str, Any]:
        """What the scenario writes on an agent's blackboard before it starts."""
        board = node.get("blackboard")
        if board is None:
            return {}
        if not isinstance(board, Mapping):
            self.say(board, "E203", "blackboard is a mapping from keys", "`{KEY: VALUE}`")
            return {}
        found = {}
        for key, (scalar, value) in board.pairs.items():
            if key not in mind.keys:
                near = closest(key, mind.keys)
                expected = ", ".join(list(mind.keys)[:12])
                self.say(scalar, "E721", f"{mind.name} has no key {shorten(key)}", expected, near)
                continue
            settled = self.decoded(value, key, mind.keys[key])
            if settled is not None:
                found[key] = settled
        return found

    def expectations(self, node: Mapping, name: str) -> list[ExpectationSpec]:
        """A list of expectations."""
        items = node.get(name)
        if items is None:
            return []
        if not isinstance(items, Items):
            self.say(items, "E203", f"{name} is a list", "`- always: EXPR` and so on")
            return []
        found = [self.expectation(item) for item in items.items]
        return [item for item in found if item is not None]

    def expectation(self, node: Node) -> ExpectationSpec | None:
        """One expectation: a mapping with one kind, and the options of that kind."""
        kinds = [name for name in node.pairs if name in _KINDS] if isinstance(node, Mapping) else []
        if not isinstance(node, Mapping) or len(kinds) != 1:
            names = list(node.pairs) if isinstance(node, Mapping) else []
            near = closest(names[0], _KINDS) if names and not kinds else None
            what = "two kinds of expectation in one" if kinds else "no kind of expectation here"
            self.say(node, "E722", what, "one of " + ", ".join(_KINDS), near)
            return None
        kind = kinds[0]
        self.known(node, (kind, "within", "since") if kind == "eventually" else (kind,), f"`{kind}`")
        value = node.pairs[kind][1]
        if kind in _CONDITIONS:
            holds = self.expression(value)
            within = self.number(node, "within", 0.0, 1e8, None)
            since_node = node.get("since")
            since = None if since_node is None else self.pattern(since_node)
            if holds is None:
                return None
            text = holds.text + ("" if within is None else f" within {within:g} s")
            text += "" if since is None else f" of {since}" if within is not None else f" since {since}"
            return ExpectationSpec(kind, text, holds, within=within, since=since)
        if kind == "until":
            return self.until(value)
        if kind == "last_of":
            return self.last_of(value)
        if kind in ("happened", "not_happened"):
            pattern = self.pattern(value)
            return None if pattern is None else ExpectationSpec(kind, str(pattern), patterns=(pattern,))
        if not isinstance(value, Items) or not value.items:
            self.say(value, "E203", "in_order takes a list of events", "`[Shielded, {Mounted: {who: john}}]`")
            return None
        patterns = [self.pattern(item) for item in value.items]
        steps = tuple(pattern for pattern in patterns if pattern is not None)
        if len(steps) != len(patterns):
            return None
        return ExpectationSpec(kind, ", then ".join(map(str, steps)), patterns=steps)

    def until(self, value: Node) -> ExpectationSpec | None:
        if not isinstance(value, Mapping):
            self.say(value, "E203", "until takes two expressions", "`{holds: EXPR, until: EXPR}`")
            return None
        self.known(value, ("holds", "until"), "`until`")
        parts = [value.get(name) for name in ("holds", "until")]
        for name, part in zip(("holds", "until"), parts, strict=True):
            if part is None:
                self.say(value, "E202", f"the field {name} is missing", "an expression")
        holds, over = (None if part is None else self.expression(part) for part in parts)
        if holds is None or over is None:
            return None
        return ExpectationSpec("until", f"{holds.text} until {over.text}", holds, over)

    def last_of(self, value: Node) -> ExpectationSpec | None:
        if not isinstance(value, Mapping):
            self.say(value, "E203", "last_of takes an entity and an event", "`{who: ENTITY, event: EVENT}`")
            return None
        self.known(value, ("who", "event"), "`last_of`")
        who = self.value(value, "who", ENTITY)
        if who is not None:
            self.somebody(value.get("who") or value, who)
        event = value.get("event")
        if event is None:
            self.say(value, "E202", "the field event is missing", "the name of an event")
            return None
        pattern = self.pattern(event)
        if pattern is None or who is None:
            return None
        if "who" not in self.registry.events[pattern.kind].fields:
            self.say(event, "E724", f"the event {pattern.kind} has no field 'who', so it is never somebody's last")
        return ExpectationSpec("last_of", f"{who}: {pattern}", patterns=(pattern,), who=who)

    def expression(self, node: Node) -> Expression | None:
        """A condition over the entities of the scenario."""
        if not isinstance(node, Scalar) or node.value is None:
            self.say(node, "E203", "an expression must stand here", "like john.alive")
            return None
        try:
            return parse(node.text, self.scope, BOOL)
        except ExpressionError as error:
            self.problems.append(
                self.document.problem(node, error.code, error.message, error.expected, error.hint, error.offset)
            )
            return None

    def pattern(self, node: Node) -> Pattern | None:
        """An event: `Shielded`, or `{Shielded: {who: t800}}`."""
        if isinstance(node, Mapping) and len(node.pairs) == 1:
            name, (scalar, fields) = next(iter(node.pairs.items()))
        elif isinstance(node, Scalar) and isinstance(node.value, str):
            name, scalar, fields = node.value, node, None
        else:
            self.say(node, "E203", "an event must stand here", "`Shielded`, or `{Shielded: {who: t800}}`")
            return None
        kind = self.registry.events.get(name)
        if kind is None:
            events = sorted(self.registry.events)
            self.say(scalar, "E723", f"no event {shorten(name)}", listed(events), closest(name, events))
            return None
        if fields is None or (isinstance(fields, Scalar) and fields.value is None):
            return Pattern(name)
        if not isinstance(fields, Mapping):
            self.say(fields, "E203", f"{name} takes its fields here", "`{who: t800}`")
            return None
        return Pattern(name, self.wanted(kind, fields))

    def wanted(self, kind: EventKind, node: Mapping) -> dict[str, Any]:
        """The values that an event's fields must have."""
        found = {}
        for name, (key, value) in node.pairs.items():
            if name not in kind.fields:
                expected = ", ".join(kind.fields) or "it has none"
                message = f"the event {kind.name} has no field {shorten(name)}"
                self.say(key, "E724", message, expected, closest(name, kind.fields))
                continue
            settled = self.decoded(value, name, kind.fields[name])
            if settled is not None:
                if kind.fields[name].kind == "entity":
                    self.somebody(value, settled)
                found[name] = settled
        return found

    def somebody(self, node: Node, name: str) -> None:
        """Say that there is nobody of this name, if so."""
        if name not in self.ids:
            self.say(node, "E725", f"no entity {shorten(name)}", listed(self.ids), closest(name, self.ids))

    def turns(self, root: Mapping) -> dict[str, ExpectationSpec]:
        """Expectations by name, which are counted and not judged."""
        found = {}
        for name, _, node in self.members(root, "turns"):
            spec = self.expectation(node)
            if spec is not None:
                found[name] = spec
        return found

    def chapters(self, root: Mapping) -> list[ChapterSpec]:
        """Parts of the story to watch for."""
        items = root.get("chapters")
        if items is None:
            return []
        if not isinstance(items, Items):
            self.say(items, "E203", "chapters is a list", "`- {chapter: NAME, from: …, to: …, expect: […]}`")
            return []
        found: list[ChapterSpec] = []
        for item in items.items:
            if not isinstance(item, Mapping):
                self.say(item, "E203", "a chapter is a mapping", "`{chapter: NAME, from: …, to: …, expect: […]}`")
                continue
            self.known(item, ("chapter", "from", "to", "expect"), "a chapter")
            name = self.text(item, "chapter")
            if name in [chapter.name for chapter in found]:
                self.say(item.get("chapter") or item, "E726", f"there is a chapter {shorten(name)} already")
            begin, end = (self.border(item.get(field)) for field in ("from", "to"))
            expect = tuple(self.expectations(item, "expect"))
            if not expect and end is None:
                self.say(item, "E727", "this chapter never ends", "`to`, or an expectation that is decided")
            found.append(ChapterSpec(name, begin, end, expect))
        return found

    def border(self, node: Node | None) -> Expression | Pattern | None:
        """Where a chapter begins or ends: an event, if it is the name of one, else an expression."""
        if node is None:
            return None
        if isinstance(node, Scalar) and node.text not in self.registry.events:
            return self.expression(node)
        return self.pattern(node)


def _digest(meaning: Any) -> str:
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
