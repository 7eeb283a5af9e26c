"""The grammar of one kind of node: what a file may write under its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from t800.registry import Port
from t800.types import Type

__all__ = ["Body", "Field", "Kind"]

Body = Literal["children", "child", "ports", "expression", "assignments", "signal", "tree", "fields"]
"""What stands under a kind's name: a list of nodes, one node, ports, an expression, `{KEY: VALUE}`,
the name of a signal, the name of a tree, or fields of the kind's own."""

Holds = Literal["node", "condition", "number", "value", "key", "item", "name", "flag", "cases", "branches"]
"""What a field holds: a node, a bool or number expression, a value (`$name`, `=EXPR`), a key to write,
the key that takes the items of the field `in`, a bare name, true or false, `{LITERAL: NODE}`, or a
list of `{EXPR, do: NODE}`."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field under a kind's name. `type` is a value's or key's; `ask` names the expression of a branch."""

    holds: Holds
    required: bool = True
    type: Type | None = None
    ask: str = ""
    asks: Literal["condition", "number"] = "condition"


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of node.

    `options` maps the option names it declares to whether each must be given, `choices` those that
    take one of a few words to these. `positional` is the
    port or field that stands for the whole body where that is no mapping. `neutral` is the status of a child that
    is to count as if it were not there, for `skip_if`. `make` gives the py_trees behaviour; see `t800.nodes`.
    """

    name: str
    doc: str
    body: Body
    make: Callable[..., Any]
    options: Mapping[str, bool] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ports: Mapping[str, Port] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)
    positional: str | None = None
    neutral: Literal["", "SUCCESS", "FAILURE"] = ""
