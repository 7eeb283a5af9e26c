"""From specs to py_trees trees: names resolved, subtrees put in place, every leaf on one Frame."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.behaviours import Failure

from t800.errors import UsageError, shorten
from t800.expressions import Expression, Scope, Symbol, parse
from t800.nodes.frame import Bound, Frame, Leaf
from t800.nodes.guard import Guard
from t800.nodes.hooks import Hook, Hooks
from t800.nodes.parts import Parts
from t800.nodes.skill import SkillLeaf
from t800.registry import Registry
from t800.spec.argument import Argument
from t800.spec.tree import NodeSpec, TreeSpec
from t800.types import BOOL, Type

__all__ = ["build"]

LONGEST_SOURCE = 20_000
"""Characters of generated code for one port: `=x + x` handed on through twenty files would be a million."""

DEEPEST_SOURCE = 110
"""Brackets in brackets there: what reads the port adds up to 82, and Python takes 200."""


def build(
    spec: TreeSpec,
    registry: Registry,
    ports: Mapping[str, Argument] | None = None,
    keys: Mapping[str, Type] | None = None,
    without: Collection[str] = (),
    label: str | None = None,
) -> Behaviour:
    """The py_trees tree of a spec: a real one, which py_trees itself can tick, draw and visit.

        root = build(load("trees/protect.yaml"), registry)
        print(py_trees.display.unicode_tree(root))

    `ports` fill the tree's ports over the names of `keys` (by default the keys that the tree uses);
    those left out take their defaults. Trees named in `without` fail and do nothing. `label` names the
    root, by default after the tree. The leaves share
    `root.frame`, which py_trees' own ticking needs to be set (see `Frame`). UsageError if a port that
    has no default is not given.
    """
    return _Builder(registry, without).build(
        spec, ports or {}, spec.all_uses() if keys is None else keys, label or spec.name
    )


_TEXT = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")


def _nested(source: str) -> int:
    """How many brackets stand in one another, those in texts left out."""
    deep = deepest = 0
    for character in _TEXT.sub("", source):
        if character in "([":
            deep += 1
            deepest = max(deepest, deep)
        elif character in ")]":
            deep -= 1
    return deepest


@dataclass(slots=True, eq=False)
class _Use:
    """One use of a tree file: what its names mean here, and the keys behind names that can be written."""

    scope: Scope
    keys: Mapping[str, str]


@dataclass(slots=True, eq=False)
class _Item:
    """A node to build, in one preorder over all included files.

    Where a subtree stands, `spec` is the included root, and `around` the guards of the place itself.
    """

    spec: NodeSpec
    use: _Use
    label: str
    parent: _Item | None
    around: list[tuple[NodeSpec, _Use]]
    children: list[Behaviour] = field(default_factory=list)
    disabled: bool = False


class _Builder:
    def __init__(self, registry: Registry, without: Collection[str]) -> None:
        self.registry = registry
        self.without = without
        self.frame = Frame()
        self.uses = 0

    def build(self, spec: TreeSpec, ports: Mapping[str, Argument], keys: Mapping[str, Type], label: str) -> Behaviour:
        outer = _Use(
            Scope({key: Symbol(kind, f"B[{key!r}]") for key, kind in keys.items()}), {key: key for key in keys}
        )
        items = self._flatten(spec, self._use(spec, ports, outer), label)
        root: Behaviour | None = None
        # Children stand behind their parents, so from the back every node finds its children built.
        for item in reversed(items):
            item.children.reverse()
            root = self._behaviour(item)
            if item.parent is not None:
                item.parent.children.append(root)
        assert root is not None
        index = 0
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Leaf):
                node.index = index
            index += 1
            waiting.extend(reversed(node.children))
        root.frame = self.frame  # type: ignore[attr-defined]  # how to set what its leaves stand on
        return root

    def _use(self, spec: TreeSpec, given: Mapping[str, Argument], outer: _Use) -> _Use:
        """What the names of an included file mean, where `given` fills its ports from outside."""
        names: dict[str, Symbol] = {}
        keys: dict[str, str] = {}
        self.uses += 1
        for name, port in spec.ports.items():
            if name not in given and port.required:
                raise UsageError(f"tree {spec.name} needs its port {name!r} ({port.type})")
            argument = given.get(name, Argument(port.type, value=None if port.required else port.default))
            bound = self._bound(argument, outer)
            if bound.key is not None:
                keys[name] = bound.key
                names[name] = Symbol(port.type, f"B[{bound.key!r}]")
            elif bound.expression is None:
                self.frame.constants.append(bound.constant)
                simple = isinstance(bound.constant, str | bool | int | float)
                source = repr(bound.constant) if simple else f"K[{len(self.frame.constants) - 1}]"
                names[name] = Symbol(port.type, source)
            else:
                names[name] = self._inlined(bound, f"_p{self.uses}_{len(names)}_", outer)
                source = names[name].source
                if len(source) > LONGEST_SOURCE or _nested(source) > DEEPEST_SOURCE:
                    raise UsageError(
                        f"tree {spec.name}: what fills its port {name!r} grows too long from subtree to subtree; "
                        "`set` a key to it, and hand that on"
                    )
        for key, kind in spec.uses.items():
            names[key] = Symbol(kind, f"B[{key!r}]")
            keys[key] = key
        return _Use(Scope(names), keys)

    def _inlined(self, bound: Bound, prefix: str, outer: _Use) -> Symbol:
        """What a port means whose value is computed where it is read; the prefix is that of temporaries."""
        assert bound.expression is not None
        key = _key_of(bound.expression, outer)
        if key is not None:
            # Of the key's own type: a whole number in a float's place becomes a float where it is used.
            return Symbol(bound.expression.type, f"B[{key!r}]")
        return Symbol(bound.type, bound.source(prefix))

    def _flatten(self, spec: TreeSpec, use: _Use, label: str) -> list[_Item]:
        items: list[_Item] = []
        waiting: list[tuple[TreeSpec, int, _Use, _Item | None, str | None, list[tuple[NodeSpec, _Use]]]]
        waiting = [(spec, 0, use, None, label, [])]
        while waiting:
            tree, index, use, parent, name, around = waiting.pop()
            node = tree.nodes[index]
            item = _Item(node, use, name or node.label, parent, around)
            if tree.name in self.without:
                item.disabled = True
                items.append(item)
                continue
            if node.tree is not None:
                inner = self._use(node.tree, node.arguments, use)
                guards = [*around, (node, use)]
                waiting.append((node.tree, 0, inner, parent, name or node.label, guards))
                continue
            items.append(item)
            child, children = index + 1, []
            while child < node.end:
                children.append(child)
                child = tree.nodes[child].end
            waiting.extend((tree, child, use, item, None, []) for child in reversed(children))
        return items

    def _bound(self, argument: Argument, use: _Use) -> Bound:
        if argument.expression is not None:
            return Bound(argument.type, expression=parse(argument.expression, use.scope))
        key = use.keys.get(argument.key, argument.key) if argument.key is not None else None
        return Bound(argument.type, argument.value, key=key)

    def _behaviour(self, item: _Item) -> Behaviour:
        spec, use = item.spec, item.use
        if item.disabled:
            node: Behaviour = Failure(item.label)
        else:
            node = self._guarded(self._node(item), item, spec, use)
        for guard_spec, guard_use in reversed(item.around):
            node = self._guarded(node, item, guard_spec, guard_use)
        return node

    def _guarded(self, node: Behaviour, item: _Item, spec: NodeSpec, use: _Use) -> Behaviour:
        """The node with what its options put around it: first what acts when it ends, then what asks before."""
        if spec.hooks:
            hooks = {}
            for name, hook in spec.hooks.items():
                written = {use.keys.get(key, key): self._bound(a, use) for key, a in hook.assignments.items()}
                hooks[name] = Hook(written, hook.signal)
            node = Hooks(node, self.frame, hooks)
        if spec.guards:
            asked = {name: parse(text, use.scope, BOOL) for name, text in spec.guards.items()}
            parent = item.parent.spec.kind if item.parent is not None else ""
            neutral = self.registry.kinds[parent].neutral if parent in self.registry.kinds else ""
            node = Guard(node, self.frame, asked, neutral)
        return node

    def _field(self, holds: str, value: Any, use: _Use) -> Any:
        if isinstance(value, Argument):
            return self._bound(value, use)
        if holds == "branches":
            return tuple(parse(text, use.scope) for text in value)
        return parse(value, use.scope) if holds in ("condition", "number") else value

    def _node(self, item: _Item) -> Behaviour:
        spec, use = item.spec, item.use
        arguments = {name: self._bound(argument, use) for name, argument in spec.arguments.items()}
        if spec.kind in self.registry.skills:
            return SkillLeaf(
                item.label, self.registry.skills[spec.kind], arguments, self.frame, spec.options.get("halt")
            )
        if spec.kind in self.registry.behaviours:
            values = {name: bound.constant for name, bound in arguments.items()}
            made = self.registry.behaviours[spec.kind].call(**values)
            if not isinstance(made, Behaviour):
                raise UsageError(f"behaviour {spec.kind} made {shorten(made)}, which is no py_trees behaviour")
            made.name = item.label
            return made
        if spec.kind == "set":
            arguments = {use.keys.get(key, key): bound for key, bound in arguments.items()}
        options = {
            name: self._bound(value, use) if isinstance(value, Argument) else value
            for name, value in spec.options.items()
        }
        kind = self.registry.kinds[spec.kind]
        parts = Parts(
            item.label,
            self.frame,
            item.children,
            arguments,
            options,
            None if spec.expression is None else parse(spec.expression, use.scope, BOOL),
            spec.signal,
            {name: self._field(kind.fields[name].holds, value, use) for name, value in spec.fields.items()},
            spec.slots,
        )
        node: Behaviour = kind.make(parts)
        return node


def _key_of(expression: Expression, use: _Use) -> str | None:
    """The blackboard key that an expression is nothing but the name of, so that `age` works on it."""
    symbol = use.scope.names.get(expression.text)
    return symbol.key if symbol is not None else None
