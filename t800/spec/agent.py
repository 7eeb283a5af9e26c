"""An agent as its file spells it, checked: senses, modes, trees, blackboard, constraints."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from t800.errors import UsageError, closest, listed, shorten
from t800.expressions import Expression
from t800.registry import Registry, Sense
from t800.spec.argument import Argument
from t800.spec.modes import ModesSpec
from t800.spec.tree import TreeSpec
from t800.types import Type

__all__ = ["AgentSpec", "ConstraintSpec", "SenseUse", "TreeUse"]


@dataclass(frozen=True, slots=True, eq=False)
class SenseUse:
    """A sense as an agent uses it.

    `arguments` fill its ports; `keys` maps each Out port, and the sense's own name for what it returns,
    to the blackboard key that is written.
    """

    sense: Sense
    arguments: Mapping[str, Argument]
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class TreeUse:
    """A tree with its ports filled. `name` is the tree's; the second use with other arguments gets `#2`."""

    name: str
    arguments: Mapping[str, Argument]
    tree: TreeSpec

    def meaning(self) -> list[Any]:
        """What it comes to, as JSON data: comments, layout, docs and paths do not matter."""
        return [self.name, _arguments(self.arguments), self.tree.digest]


@dataclass(frozen=True, slots=True, eq=False)
class ConstraintSpec:
    """A rule that vetoes intents unless `when` is known to be false (R7, R17).

    `forbid` is the class of the intents that it judges (subclasses too), or None for all. `when` reads
    the intent as `I`, an object whose attributes are `kind`, `channel` and every declared effect.
    """

    name: str
    forbid: type | None
    when: Expression
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class AgentSpec:
    """An agent, checked.

    `keys` are the types of the blackboard, sorted by name, and `values` what is known at the start.
    `channels` are all that registered intents are on. `disabled_trees` fail and ask nothing, also as
    subtrees.
    """

    name: str
    doc: str
    path: str
    keys: Mapping[str, Type]
    values: Mapping[str, Any]
    senses: tuple[SenseUse, ...]
    modes: ModesSpec
    constraints: tuple[ConstraintSpec, ...]
    trees: tuple[TreeUse, ...]
    channels: tuple[str, ...]
    registry: Registry = field(repr=False)
    disabled_trees: frozenset[str] = frozenset()

    def all_trees(self) -> dict[str, TreeSpec]:
        """Every tree by name, with those that they include, in file order."""
        return {tree.name: tree for use in self.trees for tree in use.tree.with_descendants()}

    @property
    def workers(self) -> tuple[str, ...]:
        """The skills in its trees that work in threads, by name: a run with them cannot be replayed."""
        skills = self.registry.skills
        return tuple(name for name in self._kinds() if name in skills and skills[name].worker)

    @property
    def foreign(self) -> tuple[str, ...]:
        """The third-party behaviours in its trees, by name: an agent with them cannot be saved."""
        return tuple(name for name in self._kinds() if name in self.registry.behaviours)

    def _kinds(self) -> list[str]:
        return sorted({node.kind for tree in self.all_trees().values() for node in tree.nodes})

    def without(self, what: str) -> AgentSpec:
        """The same agent without a tree (it fails and asks nothing), or without a `#constraint`.

        >>> spec.without("protect").disabled_trees
        frozenset({'protect'})

        UsageError with a suggestion if it has none of that name.
        """
        if what.startswith("#"):
            names = [constraint.name for constraint in self.constraints]
            if what[1:] not in names:
                raise _no("constraint", self.name, what[1:], names, "#")
            return dataclasses.replace(
                self, constraints=tuple(rule for rule in self.constraints if rule.name != what[1:])
            )
        trees = self.all_trees()
        if what not in trees:
            raise _no("tree", self.name, what, list(trees))
        return dataclasses.replace(self, disabled_trees=self.disabled_trees | {what})

    def with_values(self, values: Mapping[str, Any]) -> AgentSpec:
        """The same agent with other start values on its blackboard, given as plain data.

        >>> spec.with_values({"ward": "sarah"}).values["ward"]
        'sarah'

        UsageError for an unknown key or a value that does not fit its type.
        """
        changed = dict(self.values)
        for key, value in values.items():
            if key not in self.keys:
                raise _no("key", self.name, key, list(self.keys))
            try:
                changed[key] = self.keys[key].decode(value)
            except ValueError as error:
                raise UsageError(f"{self.name}: {key}: {error}") from None
        return dataclasses.replace(self, values=changed)

    @property
    def digest(self) -> str:
        """SHA-256 of what the agent means, with its trees: comments, layout, docs and paths do not matter."""
        meaning = {**self.meaning_without_trees(), "trees": [use.meaning() for use in self.trees]}
        return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()

    @property
    def digests(self) -> dict[str, str]:
        """The digests of its own file and of all trees that it uses, as `agent:NAME` and `tree:NAME`."""
        return {f"agent:{self.name}": self.digest} | {
            f"tree:{name}": tree.digest for name, tree in self.all_trees().items()
        }

    def meaning_without_trees(self) -> dict[str, Any]:
        """What the agent means but for what is in its trees, as JSON data."""
        modes = [
            [
                [state.path, state.initial, state.final, state.on_fault],
                state.channels if state.channels is None else sorted(state.channels),
                [self.trees[index].name for index in state.trees],
                [[edge.to, _text(edge.when), edge.event, edge.hold] for edge in state.edges],
            ]
            for state in self.modes.states
        ]
        return {
            "agent": self.name,
            "keys": {key: str(kind) for key, kind in self.keys.items()},
            "values": {key: self.keys[key].encode(value) for key, value in self.values.items()},
            "senses": [[use.sense.name, _arguments(use.arguments), dict(use.keys)] for use in self.senses],
            "initial": self.modes.initial,
            "modes": modes,
            "constraints": [
                [rule.name, rule.forbid.__name__ if rule.forbid else "*", _text(rule.when), rule.why]
                for rule in self.constraints
            ],
            "without": sorted(self.disabled_trees),
        }


def _no(what: str, agent: str, name: str, choices: list[str], mark: str = "") -> UsageError:
    near = closest(name, choices)
    there = listed(f"{mark}{choice}" for choice in choices) or "none"
    way = f"did you mean {mark + near!r}?" if near else f"there is: {there}"
    return UsageError(f"{agent} has no {what} {shorten(mark + name)}; {way}")


def _text(expression: Expression | None) -> str | None:
    return None if expression is None else expression.text


def _arguments(arguments: Mapping[str, Argument]) -> dict[str, Any]:
    return {
        name: [
            str(argument.type),
            argument.type.encode(argument.value),
            argument.expression,
            argument.key,
        ]
        for name, argument in arguments.items()
    }
