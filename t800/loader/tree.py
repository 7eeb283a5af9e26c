"""Tree files: read, checked whole, flattened in preorder."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from t800.errors import ConfigError, Problem, closest, shorten
from t800.expressions import Scope, Symbol
from t800.loader.arguments import UNREAD
from t800.loader.document import Document, Mapping, Node, Scalar, Sequence, plain
from t800.loader.files import Files
from t800.loader.grammar import NodeReader
from t800.loader.names import IDENTIFIER, SPELLING
from t800.loader.problems import Problems
from t800.registry import RESERVED, Port, Registry
from t800.spec.argument import Argument
from t800.spec.tree import NodeSpec, TreeSpec
from t800.types import BOOL, FLOAT, INT, STR, Type

__all__ = ["load_tree", "read_type"]

MOST_NODES = 20_000
"""How many nodes a tree may have, included trees counted each time."""


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
        documents[current] = document = files.read(current, problems)
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
        # What is wrong as YAML is not judged again as what it would have meant.
        broken = {(p.path, p.line, p.column) for p in problems if p.code.startswith("E1")}
        raise ConfigError([p for p in problems if p.code.startswith("E1") or (p.path, p.line, p.column) not in broken])
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
        # Ports and keys that are there, of types that could not be read.
        self.unread: list[str] = []

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
        given = dict(root.pairs)
        for name, (key, value) in root.pairs.items():
            if name not in fields:
                near = closest(name, fields)
                self.problem(key, "E201", f"a tree file has no field {shorten(name)}", ", ".join(fields), near)
                if near is not None:  # read on as that, so that what is in it is not said to be missing
                    given.setdefault(near, (key, value))
        root = Mapping(given, root.line, root.column, root.source, root.flow)
        name = self._name(root, path)
        doc = root.get("doc")
        if doc is not None and not (isinstance(doc, Scalar) and isinstance(doc.value, str)):
            self.problem(doc, "E203", "doc is text", "a sentence")
        ports = self._ports(root.get("ports"))
        uses = self._uses(root.get("uses"), ports)
        names = {name: Symbol(UNREAD, "None") for name in self.unread}
        names |= {port.name: Symbol(port.type, "None") for port in ports.values()}
        names |= {key: Symbol(kind, f"B[{key!r}]") for key, kind in uses.items()}
        self.scope = Scope(names, origin="a tree lists what it reads under `uses: {KEY: TYPE}`")
        # An Out port of the tree is a key of its caller's: it can be written, and read back.
        writable = {
            **dict.fromkeys(self.unread, UNREAD),
            **uses,
            **{port.name: port.type for port in ports.values() if port.out},
        }
        start = root.get("root")
        if start is None:
            self.problem(root, "E202", "a tree needs its root", "root: NODE")
            return None
        reader = NodeReader(self.document, self.registry, self.included, self.scope, writable, self.problems)
        nodes = reader.read(start)
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
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or not IDENTIFIER.fullmatch(node.value):
            # A file may be called what no tree can be.
            wanted = path.stem if IDENTIFIER.fullmatch(path.stem) else "such a name, of the tree and of its file"
            self.problem(node, "E206", "a tree's name is letters, digits and _, and begins with no digit", wanted)
            return path.stem
        if node.value != path.stem:
            self.problem(node, "E304", f"the file is named {path.stem}, the tree {shorten(node.value)}", path.stem)
        return node.value

    def _ports(self, node: Node | None) -> dict[str, Port]:
        ports: dict[str, Port] = {}
        for key, value in self._pairs(node, "ports: {ward: entity, patience: {type: float, default: 5.0}}"):
            name = str(key.value)
            if not IDENTIFIER.fullmatch(name) or name in RESERVED:
                expected = SPELLING
                if name in RESERVED:
                    expected = "another name: this one is an option of nodes"
                self.problem(key, "E511", f"{shorten(name)} cannot be the name of a port", expected)
                if name in RESERVED:
                    self.unread.append(name)
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
                    self.unread.append(name)
                    if any(closest(field, ("type",)) for field in value.pairs):
                        continue  # it is there, misspelt, and that was said
                    self.problem(value, "E202", f"port {name} needs its type", "type: float")
                    continue
            assert kind_node is not None
            kind = read_type(self.document, kind_node, self.registry, self.problems)
            if kind is None:
                self.unread.append(name)
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
            if not IDENTIFIER.fullmatch(name):
                self.problem(key, "E511", f"{shorten(name)} cannot be the name of a key", SPELLING)
                continue
            if name in ports:
                self.problem(
                    key,
                    "E512",
                    f"{name} is a port of this tree already: which one would $ {name} be?".replace("$ ", "$"),
                )
            kind = read_type(self.document, value, self.registry, self.problems)
            if kind is None:
                self.unread.append(name)
            else:
                uses[name] = kind
        return uses

    def _pairs(self, node: Node | None, expected: str) -> list[tuple[Scalar, Node]]:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return []
        if not isinstance(node, Mapping):
            self.problem(node, "E203", "a mapping must stand here", expected)
            return []
        return list(node.pairs.values())


def _digest(name: str, ports: dict[str, Port], uses: dict[str, Type], nodes: list[NodeSpec]) -> str:
    """SHA-256 of what a tree means: layout, comments and docs left out."""

    def argument(item: Any) -> Any:
        if not isinstance(item, Argument):
            return item
        return [str(item.type), item.type.encode(item.value), item.expression, item.key]

    def field(item: Any) -> Any:
        if isinstance(item, tuple):
            return [field(each) for each in item]
        return argument(item)

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
                {key: field(value) for key, value in node.fields.items()},
                [node.slots, node.expression, dict(node.guards)],
                {
                    key: [{k: argument(a) for k, a in hook.assignments.items()}, hook.signal]
                    for key, hook in node.hooks.items()
                },
                node.signal,
                node.tree.digest if node.tree else None,
            ]
            for node in nodes
        ],
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()
