"""What a checked expression consists of: every node has a type, and every name its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from t800.types import Type

__all__ = [
    "Absolute",
    "Age",
    "Arithmetic",
    "Call",
    "Compare",
    "Constant",
    "Count",
    "Extreme",
    "Field",
    "Junction",
    "Known",
    "Member",
    "Name",
    "Negative",
    "Node",
    "Not",
    "named",
]


@dataclass(frozen=True, slots=True)
class Node:
    """Anything that has a value, or is unknown."""

    type: Type


@dataclass(frozen=True, slots=True)
class Constant(Node):
    value: bool | float | str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name of the scope; its value was conformed to its type, so it is None or sound."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Field(Node):
    """`owner.field`; records are made by anyone, so a float may be NaN here. `name` is the dotted name."""

    owner: Node
    field: str
    name: str


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`left op right`; `text` is how it stands in the file."""

    op: str
    left: Node
    right: Node
    text: str


@dataclass(frozen=True, slots=True)
class Negative(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Absolute(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Extreme(Node):
    """The smallest or the largest of some numbers."""

    smallest: bool
    items: tuple[Node, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of the scope."""

    source: str
    parameters: tuple[Type, ...]
    arguments: tuple[Node, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Age(Node):
    """Seconds since a blackboard key was last written."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Count(Node):
    """How many items a list has."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`a < b <= c`: one operand more than operators."""

    ops: tuple[str, ...]
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`item in choices`: a list-valued node, or a tuple of constants and names."""

    item: Node
    choices: Node | tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Junction(Node):
    """`and` of all items (`every`), or `or`."""

    every: bool
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Known(Node):
    operand: Node


def named(node: Node) -> Iterator[tuple[str, Node]]:
    """Everything in an expression that stands for a value of the moment, in order: names, fields, ages."""
    if isinstance(node, Name | Field):
        yield node.name, node
    elif isinstance(node, Age):
        yield node.text, node
    else:
        for item in fields(node):
            value = getattr(node, item.name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Node):
                    yield from named(part)
