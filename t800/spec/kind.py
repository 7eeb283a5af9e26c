"""The grammar of one kind of node: what a file may write under its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from t800.registry import Port

__all__ = ["Body", "Kind"]

Body = Literal["children", "child", "ports", "expression", "assignments", "signal", "tree"]
"""What stands under a kind's name: a list of nodes, one node, ports, an expression, `{KEY: VALUE}`,
the name of a signal, or the name of a tree."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of node.

    `options` maps the option names it declares to whether each must be given. `positional` is the
    port that a bare scalar fills. `make` gives the py_trees behaviour; see `t800.nodes`.
    """

    name: str
    doc: str
    body: Body
    make: Callable[..., Any]
    options: Mapping[str, bool] = field(default_factory=dict)
    ports: Mapping[str, Port] = field(default_factory=dict)
    positional: str | None = None
