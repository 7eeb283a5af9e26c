"""Agent files: read with the trees that they name, checked whole, made into an AgentSpec."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from t800.core import Intent
from t800.errors import ConfigError, Problem, closest, listed, shorten
from t800.expressions import Scope, Symbol, parse
from t800.loader.arguments import check_expression, read_arguments
from t800.loader.document import Document, Mapping, Node, Scalar, Sequence, plain, split_override
from t800.loader.files import Files
from t800.loader.modes import ModesReader
from t800.loader.names import IDENTIFIER, SPELLING
from t800.loader.problems import Problems
from t800.loader.shapes import MOST_KEYS, AgentFile
from t800.loader.tree import load_tree, read_type
from t800.loader.validate import validate
from t800.registry import Port, Registry, Sense
from t800.spec.agent import AgentSpec, ConstraintSpec, SenseUse, TreeUse
from t800.spec.modes import ModesSpec
from t800.spec.tree import TreeSpec
from t800.types import BOOL, STR, Type

__all__ = ["load_agent"]

# What expressions mean by these words is not a key.
_RESERVED = frozenset([*keyword.kwlist, "true", "false", "abs", "age", "count", "known", "max", "min", "intent"])


def load_agent(path: Path, registry: Registry, files: Files, overrides: Iterable[str] = ()) -> AgentSpec:
    """The agent of a file, with its trees. ConfigError with all problems of all of them.

    >>> spec = load_agent(Path("configs/agents/t800.yaml"), registry, files, ["blackboard.ward=sarah"])

    `overrides` are PATH=VALUE; a key's start value is `blackboard.KEY`. UsageError for one that names nothing.
    """
    problems = Problems()
    document = files.read(path, problems)
    for text in overrides:
        names, value = split_override(text)
        declared = document.root.get("blackboard") if isinstance(document.root, Mapping) else None
        key = declared.get(names[1]) if isinstance(declared, Mapping) and len(names) == 2 else None
        if names[0] == "blackboard" and isinstance(key, Mapping):
            document.override((*names, "value"), value, create=True)
        else:
            document.override(names, value)
    spec = _Reader(document, path, registry, files, problems).read()
    if problems or spec is None:
        raise ConfigError(problems)
    return spec


class _Reader:
    """One pass over an agent's document; whatever is wrong goes to `problems`, and reading goes on."""

    def __init__(
        self, document: Document, path: Path, registry: Registry, files: Files, problems: list[Problem]
    ) -> None:
        self.document = document
        self.path = path
        self.registry = registry
        self.files = files
        self.problems = problems
        self.keys: dict[str, Type] = {}
        self.values: dict[str, Any] = {}
        self.scope = Scope({})
        self.uses: list[TreeUse] = []
        self.found: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.by_name: dict[str, TreeSpec] = {}
        self.loaded: dict[Path, TreeSpec | None] = {}
        # A key or a sense that could not be read: what names its keys is not to blame.
        self.doubt = False
        # A tree that could not be read: it might signal any event.
        self.lost = False

    def say(self, node: Node, code: str, message: str, expected: str | None = None, hint: str | None = None) -> None:
        self.problems.append(self.document.problem(node, code, message, expected, hint))

    def read(self) -> AgentSpec | None:
        """The whole file."""
        root = self.document.root
        shape, faults = validate(self.document, root, AgentFile)
        self.problems += faults
        if not isinstance(root, Mapping):
            return None
        name = _text(root.get("agent"))
        if name is not None and name != self.path.stem and IDENTIFIER.fullmatch(name):
            message = f"the file is named {self.path.name}, and the agent in it {shorten(name)}"
            self.say(root.pairs["agent"][1], "E304", message, hint=self.path.stem)
        self.blackboard(root.get("blackboard"))
        senses = self.senses(root.get("senses"))
        channels = self.channels()
        reader = ModesReader(self.document, self.scope, channels, self.tree, self.problems, shape is not None)
        modes: ModesSpec | None = reader.read(root.get("modes"))
        if not self.lost:
            reader.check_events({signal for use in self.uses for signal in use.tree.signals})
        constraints = self.constraints(root.get("constraints"))
        if self.doubt:
            self.problems[:] = [problem for problem in self.problems if problem.code not in ("E306", "E308", "E404")]
        if self.problems or modes is None or shape is None:
            return None
        keys = dict(sorted(self.keys.items()))
        return AgentSpec(
            shape.agent,
            shape.doc,
            self.document.path,
            keys,
            self.values,
            tuple(senses),
            modes,
            tuple(constraints),
            tuple(self.uses),
            channels,
            self.registry,
        )

    def channels(self) -> tuple[str, ...]:
        """Every channel that a registered intent is on."""
        return tuple(sorted({intent.channel for intent in self.intents().values() if intent.channel}))

    def intents(self) -> dict[str, type[Intent]]:
        return {name: kind for name, kind in self.registry.records.items() if issubclass(kind, Intent)}

    def blackboard(self, node: Node | None) -> None:
        """The declared keys, their types and start values."""
        for name, (key, value) in [*node.pairs.items()][:MOST_KEYS] if isinstance(node, Mapping) else ():
            if not self.named(key):
                self.doubt = True
                continue
            type_node = value.get("type") if isinstance(value, Mapping) else value
            kind = None
            if type_node is not None and _text(type_node) is not None:  # else its shape is wrong, and that was said
                kind = read_type(self.document, type_node, self.registry, self.problems)
            if kind is None:
                self.doubt = True
                continue
            self.keys[name] = kind
            start = value.get("value") if isinstance(value, Mapping) else None
            if start is not None:
                try:
                    self.values[name] = kind.decode(plain(start))
                except ValueError as error:
                    text = _text(start)
                    near = closest(text, map(str, kind.choices)) if text and kind.kind == "literal" else None
                    self.say(start, "E203", f"{name}: {error}", str(kind), near)

    def named(self, key: Scalar) -> bool:
        """Whether this can be the name of a key."""
        name = key.text
        if not IDENTIFIER.fullmatch(name):
            self.say(key, "E206", f"{shorten(name)} cannot be the name of a key", SPELLING)
            return False
        if name in _RESERVED:
            self.say(key, "E614", f"{name} means something else in expressions: a key needs another name")
            return False
        return True

    def senses(self, node: Node | None) -> list[SenseUse]:
        """The senses in order. What they write joins the blackboard before any of their ports is read."""
        entries = []
        writers: dict[str, tuple[str, Scalar]] = {}
        for item in node.items[:MOST_KEYS] if isinstance(node, Sequence) else ():
            entry = self.entry(item, "a sense")
            if entry is None:
                self.doubt = True
                continue
            owner, body = entry
            sense, guessed = self.registry.senses.get(owner.text), False
            if sense is None:
                near = closest(owner.text, self.registry.senses)
                known = listed(sorted(self.registry.senses)) or "none: no pack has senses"
                self.say(owner, "E307", f"no sense is named {shorten(owner.text)}", known, near)
                if near is None:
                    self.doubt = True
                    continue
                # Read on as if it were that one, so that its keys are there.
                sense, guessed = self.registry.senses[near], True
            entries.append((owner, body, sense))
            for port in _outs(sense):
                given = _text(body.get(port.name)) if isinstance(body, Mapping) else None
                key = port.name if given is None else given.removeprefix("$")
                if key in writers and not guessed:
                    other, place = writers[key]
                    message = f"{owner.text} writes {shorten(key)}, and so does {other} in line {place.line}"
                    self.say(owner, "E613", message, f"another key for one of them: `{port.name}: $key`")
                if not guessed:
                    writers.setdefault(key, (owner.text, owner))
                if key != port.name:
                    continue
                sure = replace(port.type, optional=False) if port.type.optional else port.type
                declared = self.keys.setdefault(key, sure)
                if not declared.accepts(port.type):
                    self.say(owner, "E506", f"{owner.text} writes {key} as {port.type}, and it is declared {declared}")
                    self.keys[key] = port.type
        self.scope = Scope({key: Symbol(kind, f"B[{key!r}]") for key, kind in sorted(self.keys.items())})
        return [self.sense(*entry) for entry in entries]

    def sense(self, owner: Scalar, body: Node | None, sense: Sense) -> SenseUse:
        outs = {port.name: port for port in _outs(sense)}
        # An Out port that is left out writes the key of its own name.
        ports = {**sense.ports, **{name: replace(port, default=None) for name, port in outs.items()}}
        filled = read_arguments(
            self.document, body, owner, f"sense {owner.text}", ports, self.scope, self.problems, self.keys
        )
        keys = {name: argument.key or name for name, argument in filled.items() if name in outs}
        return SenseUse(sense, {name: argument for name, argument in filled.items() if name not in outs}, keys)

    def entry(self, node: Node, what: str) -> tuple[Scalar, Node | None] | None:
        """A name, or a mapping from one name to its ports."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node, None
        if isinstance(node, Mapping):
            if len(node.pairs) == 1:
                return next(iter(node.pairs.values()))
            self.say(
                node, "E203", f"{what} is a name, or one name with its ports", "`NAME`, or `{NAME: {PORT: VALUE}}`"
            )
        return None

    def tree(self, node: Node) -> int | None:
        """One entry of a state's `trees`, as an index into the agent's trees; the same twice is one tree."""
        entry = self.entry(node, "a tree")
        if entry is None:
            return None
        owner, body = entry
        tree = self.load(owner)
        if tree is None:
            return None
        before = len(self.problems)
        arguments = read_arguments(
            self.document, body, owner, f"tree {tree.name}", tree.ports, self.scope, self.problems, self.keys
        )
        if len(self.problems) > before:
            return None
        same = repr((tree.path, arguments))
        if same not in self.found:
            count = self.counts[tree.name] = self.counts.get(tree.name, 0) + 1
            self.found[same] = len(self.uses)
            self.uses.append(TreeUse(f"{tree.name}#{count}" if count > 1 else tree.name, arguments, tree))
        return self.found[same]

    def load(self, owner: Scalar) -> TreeSpec | None:
        """The tree of a name, once, and checked against the blackboard."""
        try:
            path = self.files.find("tree", owner.text, self.path)
        except ConfigError as error:
            problem = error.problems[0]
            self.say(owner, problem.code, problem.message, problem.expected, problem.hint)
            self.lost = True
            return None
        if path not in self.loaded:
            self.loaded[path] = None
            try:
                tree = load_tree(path, self.registry, self.files)
            except ConfigError as error:
                self.problems += error.problems
                self.lost = True
                return None
            self.loaded[path] = tree
            for part in tree.with_descendants():
                other = self.by_name.setdefault(part.name, part)
                if other.digest != part.digest:
                    message = f"two trees are named {part.name}: {other.path} and {part.path}"
                    self.say(owner, "E311", message, "another name for one of them")
                self.fits(owner, part)
        return self.loaded[path]

    def fits(self, owner: Scalar, tree: TreeSpec) -> None:
        """Whether the blackboard has what a tree uses, of types that can be read and written there."""
        written = tree.writes
        for key, kind in tree.uses.items():
            have = self.keys.get(key)
            if have is None:
                message = f"{tree.name} uses the key {shorten(key)}, which this agent has not"
                declare = f"blackboard: {{{key}: {{type: {kind}}}}}, or a sense that writes it"
                self.say(owner, "E308", message, declare, closest(key, self.keys))
            elif not kind.accepts(have):
                self.say(owner, "E309", f"{tree.name} uses {key} as {kind}, and here it is {have}")
            elif key in written and not have.accepts(kind):
                self.say(owner, "E309", f"{tree.name} writes {key} as {kind}, and here it is {have}")

    def constraints(self, node: Node | None) -> list[ConstraintSpec]:
        """The rules, whose guards also read the intent that they judge."""
        effects = {effect.name: effect.type for effect in self.registry.effects.values()}
        # Literals, so that a comparison with a kind or a channel that nobody has is found.
        kinds = tuple(sorted(self.intents()))
        fields = {"kind": _choice(kinds), "channel": _choice(self.channels()), **effects}
        intent = Symbol(Type("record", record=Intent, fields=fields), "I")
        scope = Scope({"intent": intent, **self.scope.names})
        intents = self.intents()
        rules: dict[str, ConstraintSpec] = {}
        for item in node.items[:MOST_KEYS] if isinstance(node, Sequence) else ():
            if not isinstance(item, Mapping):
                continue
            name, forbid, why = (_text(item.get(field)) for field in ("name", "forbid", "why"))
            when = item.get("when")
            if forbid is not None and forbid != "*" and forbid not in intents:
                message = f"no intent is named {shorten(forbid)}"
                known = listed(["'*'", *sorted(intents)])
                self.say(item.pairs["forbid"][1], "E310", message, known, closest(forbid, intents))
            if name in rules:
                self.say(item.pairs["name"][1], "E615", f"two constraints are named {shorten(name)}")
            text = check_expression(self.document, when, scope, BOOL, self.problems) if when is not None else None
            if name is not None and text is not None:
                rules[name] = ConstraintSpec(name, intents.get(forbid or ""), parse(text, scope, BOOL), why or "")
        return list(rules.values())


def _outs(sense: Sense) -> list[Port]:
    """What a sense writes, as ports: its Out ports, and its own name for what it returns."""
    return [Port(name, kind, out=True) for name, kind in sense.writes.items()]


def _choice(choices: tuple[str, ...]) -> Type:
    return Type("literal", choices=choices) if choices else STR


def _text(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None
