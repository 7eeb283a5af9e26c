"""A behaviour tree as a file spells it, checked: flat, in preorder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from t800.registry import Port
from t800.spec.argument import Argument
from t800.types import Type

__all__ = ["DEEPEST", "HookSpec", "NodeSpec", "TreeSpec"]

DEEPEST = 200
"""How deep the nodes of one file may nest (R11)."""


@dataclass(frozen=True, slots=True, eq=False)
class HookSpec:
    """What is done when a node ends: keys that are set, and a signal, if one is given."""

    assignments: Mapping[str, Argument] = field(default_factory=dict)
    signal: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NodeSpec:
    """One node. Its subtree is `nodes[index:end]`, and its first child, if any, stands right behind it.

    `kind` names a node kind, a skill or a registered behaviour. `label` is its name in its path.
    `expression` is a check's, `signal` a signal's name, `tree` the file of a subtree; `arguments`
    fill ports, a signal's data, or the keys of a `set`. `fields` are those of kinds that have some: the
    text of an expression, an Argument, or for branches and cases a tuple with one entry a child; `slots`
    then names the field that each child came from. `guards` are the options that ask (`if`, `while`,
    `skip_if`, ...), `hooks` those that act (`on_success`, ...).
    """

    kind: str
    label: str
    end: int
    line: int
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    expression: str | None = None
    signal: str | None = None
    tree: TreeSpec | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    slots: tuple[str, ...] = ()
    guards: Mapping[str, str] = field(default_factory=dict)
    hooks: Mapping[str, HookSpec] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class TreeSpec:
    """A tree file: its ports, the keys that it uses, and its nodes in preorder.

    `digest` is the SHA-256 of what it means, with the trees that it includes: comments and layout do
    not matter. `subtrees` are the trees that it includes directly, each once, in file order.
    """

    name: str
    doc: str
    path: str
    ports: Mapping[str, Port]
    uses: Mapping[str, Type]
    nodes: tuple[NodeSpec, ...]
    digest: str
    subtrees: tuple[TreeSpec, ...] = ()

    def with_descendants(self) -> list[TreeSpec]:
        """This tree and all that it includes, each once, this one first."""
        found: dict[str, TreeSpec] = {}
        waiting = [self]
        while waiting:
            tree = waiting.pop()
            if tree.path not in found:
                found[tree.path] = tree
                waiting.extend(reversed(tree.subtrees))
        return list(found.values())

    def all_uses(self) -> dict[str, Type]:
        """The keys that this tree and all that it includes read or write."""
        return {key: kind for tree in self.with_descendants() for key, kind in tree.uses.items()}

    @property
    def writes(self) -> frozenset[str]:
        """The keys that this tree, without those that it includes, can write."""
        arguments: list[Any] = []
        for node in self.nodes:
            arguments += [*node.arguments.values(), *node.fields.values()]
            for hook in node.hooks.values():
                arguments += hook.assignments.values()
        return frozenset(each.key for each in arguments if isinstance(each, Argument) and each.key is not None)

    @property
    def signals(self) -> frozenset[str]:
        """The names of the signals that this tree and all that it includes can give."""
        given = []
        for tree in self.with_descendants():
            for node in tree.nodes:
                given += [node.signal, *(hook.signal for hook in node.hooks.values())]
        return frozenset(signal for signal in given if signal is not None)
