"""What a kind's `make` is given to make a py_trees behaviour of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from py_trees.behaviour import Behaviour

from t800.expressions import Expression
from t800.nodes.frame import Bound, Frame

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """One node of a tree file, with its children built and its names resolved.

    `options` hold constants (`times`: None is forever) or, for `seconds`, a Bound. `fields` hold
    Expressions, Bounds, names and flags, and for branches and cases a tuple with one entry a child;
    `slots` names the field that each child came from.
    """

    label: str
    frame: Frame
    children: list[Behaviour]
    arguments: Mapping[str, Bound]
    options: Mapping[str, Any]
    expression: Expression | None = None
    signal: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    slots: tuple[str, ...] = ()

    def slot(self, name: str) -> Behaviour | None:
        """The child that stands under a field, if there is one."""
        return self.children[self.slots.index(name)] if name in self.slots else None

    @property
    def child(self) -> Behaviour:
        """The only child of a decorator."""
        return self.children[0]
