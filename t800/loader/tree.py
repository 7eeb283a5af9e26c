"""Tree files: read, checked whole, flattened in preorder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from t800.errors import ConfigError, Problem, closest, shorten
from t800.expressions import Scope, Symbol, parse
from t800.loader.arguments import check_expression, read_argument, read_arguments
from t800.loader.document import Document, Mapping, Node, Scalar, Sequence, plain, read
from t800.loader.files import Files
from t800.loader.problems import Problems
from t800.registry import RESERVED, Port, Registry
from t800.spec.argument import Argument
from t800.spec.kind import Kind
from t800.spec.tree import DEEPEST, NodeSpec, TreeSpec
from t800.types import BOOL, FLOAT, INT, STR, Type

__all__ = ["load_tree", "read_type"]

MOST_NODES = 20_000
"""How many nodes a tree may have, included trees counted each time."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ -]{0,59}")
_EVERYWHERE = ("name", "if", "while")


def load_tree(path: Path, registry: Registry, files: Files) -> TreeSpec:
    """The tree of a file, with the trees that it includes. ConfigError with all problems of all of them.

    Trees are read leaves first, without recursion, so that they may include each other as deep as memory.
    """
    problems: list[Problem] = Problems()
    documents: dict[Path, Document] = {}
    included: dict[Path, dict[str, Path]] = {}
    order: list[Path] = []
    open_: dict[Path, None] = {}
    waiting: list[tuple[Path, bool]] = [(path, False)]
    while waiting:
        current, left = waiting.pop()
        if left:
            open_.pop(current)
            order.append(current)
            continue
        if current in documents:
            continue
        open_[current] = None
        waiting.append((current, True))
        documents[current] = document = read(current, files.shown(current), problems)
        included[current] = {}
        for scalar in _subtree_names(document.root):
            try:
                target = files.find("tree", str(scalar.value), current)
            except ConfigError as error:
                problems.append(_moved(document, scalar, error.problems[0]))
                continue
            if target in open_:
                problems.append(document.problem(scalar, "E510", f"{shorten(scalar.value)} would include itself"))
                continue
            included[current][str(scalar.value)] = target
            waiting.append((target, False))
    specs: dict[Path, TreeSpec] = {}
    sizes: dict[str, int] = {}
    for current in order:
        known = {name: specs[target] for name, target in included[current].items() if target in specs}
        reader = _Reader(documents[current], registry, known, problems)
        spec = reader.read(current)
        if spec is not None:
            # Two subtrees in each of forty files are a million million nodes once they are built.
            size = len(spec.nodes) + sum(sizes[node.tree.path] for node in spec.nodes if node.tree is not None)
            if size > MOST_NODES:
                problems.append(
                    documents[current].problem(
                        documents[current].root,
                        "E514",
                        f"{spec.name} has {size} nodes, with the trees that it includes",
                    )
                )
                break
            sizes[spec.path] = size
            specs[current] = spec
    if problems:
        raise ConfigError(problems)
    return specs[path]


def _moved(document: Document, scalar: Scalar, problem: Problem) -> Problem:
    """A problem of looking a name up, at the place that names it."""
    return document.problem(scalar, problem.code, problem.message, problem.expected, problem.hint)


def _subtree_names(root: Node) -> list[Scalar]:
    """Every scalar under a key `subtree`, in file order."""
    found = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            for name, (_, value) in reversed(node.pairs.items()):
                waiting.append(value)
                if name == "subtree" and isinstance(value, Scalar) and isinstance(value.value, str):
                    found.append(value)
        elif isinstance(node, Sequence):
            waiting.extend(reversed(node.items))
    return found


def read_type(document: Document, node: Node, registry: Registry, problems: list[Problem]) -> Type | None:
    """The type that a scalar names, or None and a problem."""
    names = [str(t) for t in (BOOL, INT, FLOAT, STR)] + ["entity", *registry.records]
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        problems.append(document.problem(node, "E203", "a type must stand here", "float, entity, list[Order], ..."))
        return None
    try:
        return Type.parse(node.value, registry.records)
    except ValueError as error:
        inner = re.fullmatch(r"list\[(.*)\]", node.value)
        near = closest(inner[1] if inner else node.value, names)
        hint = f"list[{near}]" if inner and near else near
        problems.append(document.problem(node, "E203", str(error), f"one of {', '.join(names[:12])}, ...", hint))
        return None


class _Reader:
    """Reads one tree file whose included trees are known."""

    def __init__(
        self, document: Document, registry: Registry, included: dict[str, TreeSpec], problems: list[Problem]
    ) -> None:
        self.document = document
        self.registry = registry
        self.included = included
        self.problems = problems
        self.scope = Scope({})
        self.writable: dict[str, Type] = {}

    def problem(
        self, node: Node, code: str, message: str, expected: str | None = None, hint: str | None = None
    ) -> None:
        self.problems.append(self.document.problem(node, code, message, expected, hint))

    def read(self, path: Path) -> TreeSpec | None:
        """The whole file."""
        root = self.document.root
        before = len(self.problems)
        if not isinstance(root, Mapping):
            self.problem(root, "E203", "a tree file is a mapping", "tree:, doc:, ports:, uses:, root:")
            return None
        fields = ("tree", "doc", "ports", "uses", "root")
        for name, (key, _) in root.pairs.items():
            if name not in fields:
                self.problem(
                    key, "E201", f"a tree file has no field {shorten(name)}", ", ".join(fields), closest(name, fields)
                )
        name = self._name(root, path)
        doc = root.get("doc")
        if doc is not None and not (isinstance(doc, Scalar) and isinstance(doc.value, str)):
            self.problem(doc, "E203", "doc is text", "a sentence")
        ports = self._ports(root.get("ports"))
        uses = self._uses(root.get("uses"), ports)
        names = {port.name: Symbol(port.type, "None") for port in ports.values()}
        names |= {key: Symbol(kind, f"B[{key!r}]") for key, kind in uses.items()}
        self.scope = Scope(names, origin="a tree lists what it reads under `uses: {KEY: TYPE}`")
        # An Out port of the tree is a key of its caller's: it can be written, and read back.
        self.writable = {**uses, **{port.name: port.type for port in ports.values() if port.out}}
        start = root.get("root")
        if start is None:
            self.problem(root, "E202", "a tree needs its root", "root: NODE")
            return None
        nodes = self._nodes(start)
        if len(self.problems) > before or not nodes:
            return None
        subtrees = {node.tree.path: node.tree for node in nodes if node.tree is not None}
        text = doc.value if isinstance(doc, Scalar) and isinstance(doc.value, str) else ""
        digest = _digest(name, ports, uses, nodes)
        return TreeSpec(name, text, self.document.path, ports, uses, tuple(nodes), digest, tuple(subtrees.values()))

    def _name(self, root: Mapping, path: Path) -> str:
        node = root.get("tree")
        if node is None:
            self.problem(root, "E202", "a tree file begins with its name", f"tree: {path.stem}")
            return path.stem
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or not _IDENTIFIER.fullmatch(node.value):
            self.problem(node, "E206", "a tree's name is letters, digits and _", path.stem)
            return path.stem
        if node.value != path.stem:
            self.problem(node, "E304", f"the file is named {path.stem}, the tree {shorten(node.value)}", path.stem)
        return node.value

    def _ports(self, node: Node | None) -> dict[str, Port]:
        ports: dict[str, Port] = {}
        for key, value in self._pairs(node, "ports: {ward: entity, patience: {type: float, default: 5.0}}"):
            name = str(key.value)
            if not _IDENTIFIER.fullmatch(name) or name in RESERVED:
                self.problem(key, "E511", f"{shorten(name)} cannot be the name of a port", "letters, digits and _")
                continue
            kind_node: Node | None = value
            out, default_node = False, None
            if isinstance(value, Mapping):
                for field, (field_key, field_node) in value.pairs.items():
                    if field not in ("type", "default", "out"):
                        fields = ("type", "default", "out")
                        self.problem(
                            field_key,
                            "E201",
                            f"a port has no field {shorten(field)}",
                            "type, default, out",
                            closest(field, fields),
                        )
                    if field == "out":
                        if not isinstance(field_node, Scalar) or not isinstance(field_node.value, bool):
                            self.problem(field_node, "E203", "out is true or false")
                        else:
                            out = field_node.value
                kind_node, default_node = value.get("type"), value.get("default")
                if kind_node is None:
                    self.problem(value, "E202", f"port {name} needs its type", "type: float")
                    continue
            assert kind_node is not None
            kind = read_type(self.document, kind_node, self.registry, self.problems)
            if kind is None:
                continue
            port = Port(name, kind, out=out)
            if default_node is not None:
                try:
                    port = Port(name, kind, kind.decode(plain(default_node)), out)
                except ValueError as error:
                    self.problem(default_node, "E203", f"the default of {name}: {error}", str(kind))
            ports[name] = port
        return ports

    def _uses(self, node: Node | None, ports: dict[str, Port]) -> dict[str, Type]:
        uses = {}
        for key, value in self._pairs(node, "uses: {threat: Threat, alerted: bool}"):
            name = str(key.value)
            if not _IDENTIFIER.fullmatch(name):
                self.problem(key, "E511", f"{shorten(name)} cannot be the name of a key", "letters, digits and _")
                continue
            if name in ports:
                self.problem(
                    key,
                    "E512",
                    f"{name} is a port of this tree already: which one would $ {name} be?".replace("$ ", "$"),
                )
            kind = read_type(self.document, value, self.registry, self.problems)
            if kind is not None:
                uses[name] = kind
        return uses

    def _pairs(self, node: Node | None, expected: str) -> list[tuple[Scalar, Node]]:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return []
        if not isinstance(node, Mapping):
            self.problem(node, "E203", "a mapping must stand here", expected)
            return []
        return list(node.pairs.values())

    def _nodes(self, start: Node) -> list[NodeSpec]:
        """All nodes in preorder, without recursion."""
        found: list[NodeSpec] = []
        waiting: list[tuple[Node, int, str] | int] = [(start, 1, "")]
        while waiting:
            item = waiting.pop()
            if isinstance(item, int):
                found[item] = dataclasses.replace(found[item], end=len(found))
                continue
            node, depth, parent = item
            if depth > DEEPEST:
                self.problem(node, "E509", f"nodes nest deeper than {DEEPEST} levels", "a subtree for the deep part")
                continue
            read = self._node(node, parent)
            if read is None:
                continue
            spec, children = read
            found.append(spec)
            waiting.append(len(found) - 1)
            waiting.extend((child, depth + 1, spec.kind) for child in reversed(children))
        return found

    def _node(self, node: Node, parent: str) -> tuple[NodeSpec, list[Node]] | None:
        """One node, and its children yet to be read."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            owner, name, body = node, node.value, None
            options: dict[str, tuple[Scalar, Node]] = {}
        elif isinstance(node, Mapping):
            split = self._split(node)
            if split is None:
                return None
            owner, body, options = split
            name = str(owner.value)
        else:
            self.problem(node, "E501", "a node must stand here", "`KIND: ...`, or the bare name of a leaf")
            return None
        kinds = self.registry.kinds
        leaf = self.registry.skills.get(name) or self.registry.behaviours.get(name)
        kind: Kind | None = kinds.get(name)
        if kind is None and leaf is None:
            choices = [*kinds, *self.registry.skills, *self.registry.behaviours]
            near = closest(name, choices)
            is_tree = name in self.included
            self.problem(
                owner,
                "E502",
                f"no kind of node or skill is named {shorten(name)}",
                "a kind or a registered skill (`t800 skills` lists them)",
                f"subtree: {name}" if is_tree else near,
            )
            return None
        spec = NodeSpec(name, self._label(name, body, options), 0, owner.line)
        spec = dataclasses.replace(
            spec,
            guard_if=self._condition(options.pop("if", None)),
            guard_while=self._condition(options.pop("while", None)),
        )
        allowed = kind.options if kind else {}
        for option, (key, _) in options.items():
            if option not in allowed:
                self.problem(
                    key,
                    "E503",
                    f"{name} has no option {option!r}",
                    ", ".join((*_EVERYWHERE, *allowed)),
                    closest(option, (*_EVERYWHERE, *allowed)),
                )
        for option, required in allowed.items():
            if required and option not in options:
                self.problem(owner, "E504", f"{name} needs the option {option!r}", f"{option}: ...")
        if leaf is not None:
            arguments = read_arguments(
                self.document, body, owner, name, leaf.ports, self.scope, self.problems, self.writable
            )
            return dataclasses.replace(spec, arguments=arguments), []
        assert kind is not None
        if name == "check" and parent == "invert":
            self.problem(
                owner,
                "E508",
                "invert over check would take what is unknown for true",
                "`check: not (...)`, where unknown stays unknown",
            )
        return self._body(kind, spec, owner, body, options)

    def _split(self, node: Mapping) -> tuple[Scalar, Node, dict[str, tuple[Scalar, Node]]] | None:
        """A node's mapping as its kind, what stands under it, and its options."""
        kinds = {name: pair for name, pair in node.pairs.items() if name not in RESERVED}
        options = {name: pair for name, pair in node.pairs.items() if name in RESERVED}
        if len(kinds) == 1:
            key, body = next(iter(kinds.values()))
            return key, body, options
        if not kinds:
            self.problem(node, "E501", "a node needs its kind", "exactly one key that is no option")
            return None
        registered = {**self.registry.kinds, **self.registry.skills, **self.registry.behaviours}
        known = [name for name in kinds if name in registered]
        wrong = [name for name in kinds if name not in known] if len(known) == 1 else list(kinds)[1:]
        for name in wrong:
            self.problem(
                kinds[name][0],
                "E501",
                f"a node has one kind, and {shorten(name)} is no option",
                "options: name, if, while, with, times, seconds, policy, fail_after",
                closest(name, RESERVED),
            )
        return None

    def _label(self, name: str, body: Node | None, options: dict[str, tuple[Scalar, Node]]) -> str:
        if "name" not in options:
            return str(body.value) if name == "subtree" and isinstance(body, Scalar) else name
        _, node = options.pop("name")
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or not _LABEL.fullmatch(node.value):
            self.problem(node, "E511", "a node's name is letters, digits, blanks, _ and -", "at most 60 of them")
            return name
        return node.value

    def _condition(self, option: tuple[Scalar, Node] | None) -> str | None:
        if option is None:
            return None
        return check_expression(self.document, option[1], self.scope, BOOL, self.problems)

    def _body(
        self, kind: Kind, spec: NodeSpec, owner: Scalar, body: Node | None, options: dict[str, tuple[Scalar, Node]]
    ) -> tuple[NodeSpec, list[Node]] | None:
        values = {
            name: self._option(name, node, len(body.items) if isinstance(body, Sequence) else 0)
            for name, (_, node) in options.items()
            if name in kind.options and name != "with"
        }
        spec = dataclasses.replace(spec, options=values)
        empty = body is None or (isinstance(body, Scalar) and body.value is None)
        if kind.body == "children":
            if empty or (isinstance(body, Sequence) and not body.items):
                self.problem(owner, "E507", f"{kind.name} is empty", "a list of at least one node")
                return None
            if not isinstance(body, Sequence):
                assert body is not None
                self.problem(body, "E203", f"{kind.name} holds a list of nodes", "`- ` in front of each")
                return None
            return spec, list(body.items)
        if kind.body == "child":
            if empty or isinstance(body, Sequence):
                self.problem(owner, "E507", f"{kind.name} holds one node", f"`{kind.name}:` and a node under it")
                return None
            assert body is not None
            return spec, [body]
        if kind.body == "ports":
            arguments = read_arguments(self.document, body, owner, kind.name, kind.ports, self.scope, self.problems)
            return dataclasses.replace(spec, arguments=arguments), []
        if empty:
            self.problem(owner, "E504", f"{kind.name} needs something to stand under it", kind.body)
            return None
        assert body is not None
        if kind.body == "expression":
            text = check_expression(self.document, body, self.scope, BOOL, self.problems)
            return dataclasses.replace(spec, expression=text), []
        if kind.body == "assignments":
            return dataclasses.replace(spec, arguments=self._assignments(body)), []
        named = isinstance(body, Scalar) and isinstance(body.value, str)
        # A subtree may also be named by its path; whether there is one was looked up already.
        if not named or (kind.body == "signal" and not _IDENTIFIER.fullmatch(str(plain(body)))):
            self.problem(body, "E513", f"{kind.name} takes a name", "letters, digits and _")
            return None
        assert isinstance(body, Scalar)
        given = options["with"][1] if "with" in options else None
        if kind.body == "signal":
            return dataclasses.replace(spec, signal=str(body.value), arguments=self._data(given)), []
        tree = self.included.get(str(body.value))
        if tree is None:
            return None  # the name was looked up already, and its problem noted
        arguments = read_arguments(
            self.document, given, body, f"subtree {tree.name}", tree.ports, self.scope, self.problems, self.writable
        )
        label = tree.name if spec.label == str(body.value) else spec.label
        return dataclasses.replace(spec, tree=tree, label=label, arguments=arguments), []

    def _assignments(self, body: Node) -> dict[str, Argument]:
        arguments = {}
        for key, value in self._pairs(body, "set: {KEY: VALUE}"):
            name = str(key.value)
            if name not in self.writable:
                near = closest(name, self.writable)
                self.problem(
                    key, "E306", f"no key {shorten(name)} can be written here", "a key that `uses` lists", near
                )
                continue
            kind = dataclasses.replace(self.writable[name], optional=True)
            argument = read_argument(self.document, value, Port(name, kind), self.scope, self.problems)
            if argument is not None:
                arguments[name] = dataclasses.replace(argument, key=name)
        if isinstance(body, Mapping) and not body.pairs:
            self.problem(body, "E507", "set is empty", "set: {KEY: VALUE}")
        return arguments

    def _data(self, node: Node | None) -> dict[str, Argument]:
        """What a signal carries: any plain values, or expressions of whatever type."""
        arguments = {}
        for key, value in self._pairs(node, "with: {NAME: VALUE}"):
            name = str(key.value)
            if not isinstance(value, Scalar) or value.value is None:
                self.problem(value, "E203", "a signal carries single values", "a literal, `$name` or `=EXPR`")
                continue
            if isinstance(value.value, str) and value.value.startswith(("$", "=")):
                before = len(self.problems)
                for kind in (BOOL, FLOAT, STR):
                    del self.problems[before:]
                    text = check_expression(self.document, value, self.scope, kind, self.problems, skip=1)
                    if text is not None:
                        kind = parse(text.strip(), self.scope).type
                        arguments[name] = Argument(kind, expression=text.strip())
                        break
            else:
                kind = {bool: BOOL, int: INT, float: FLOAT}.get(type(value.value), STR)
                arguments[name] = Argument(kind, value=value.value)
        return arguments

    def _option(self, name: str, node: Node, children: int) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if name == "seconds":
            argument = read_argument(self.document, node, Port("seconds", FLOAT), self.scope, self.problems)
            if argument is not None and argument.expression is None and not argument.value >= 0:
                self.problem(node, "E205", "seconds cannot be negative", "0.0 or more")
            return argument
        if isinstance(value, str) and value.startswith("$"):
            self.problem(node, "E505", f"{name} is fixed when the tree is built", "a number")
            return None
        if name == "times":
            if value == "forever":
                return None
            if type(value) is not int or not 1 <= value <= 1_000_000_000:
                self.problem(
                    node,
                    "E205",
                    "times is how many attempts there are in all",
                    "1 or more, or forever",
                    closest(value, ["forever"]) if isinstance(value, str) else None,
                )
            return value
        if name == "policy" and value in ("all", "any"):
            return value
        expected = "all, any, or a number" if name == "policy" else "a number"
        if type(value) is not int or not 1 <= value <= max(children, 1):
            near = closest(value, ["all", "any"]) if name == "policy" and isinstance(value, str) else None
            self.problem(node, "E205", f"{name} is out of range", f"{expected} from 1 to {children}", near)
        return value


def _digest(name: str, ports: dict[str, Port], uses: dict[str, Type], nodes: list[NodeSpec]) -> str:
    """SHA-256 of what a tree means: layout, comments and docs left out."""

    def argument(item: Any) -> Any:
        if not isinstance(item, Argument):
            return item
        text = " ".join(item.expression.split()) if item.expression else None
        return [str(item.type), item.type.encode(item.value), text, item.key]

    meaning = {
        "tree": name,
        "ports": [[p.name, str(p.type), "" if p.required else p.type.encode(p.default), p.out] for p in ports.values()],
        "uses": {key: str(kind) for key, kind in uses.items()},
        "nodes": [
            [
                node.kind,
                node.label,
                node.end,
                {key: argument(item) for key, item in node.arguments.items()},
                {key: argument(item) for key, item in node.options.items()},
                [
                    " ".join(text.split()) if text else None
                    for text in (node.expression, node.guard_if, node.guard_while)
                ],
                node.signal,
                node.tree.digest if node.tree else None,
            ]
            for node in nodes
        ],
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()
