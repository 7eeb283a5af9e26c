"""What the leaves of one py_trees tree stand on while py_trees itself ticks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any

from py_trees.behaviour import Behaviour

from t800.blackboard import Blackboard
from t800.context import Context
from t800.expressions import Expression
from t800.types import Type

__all__ = ["Bound", "Condition", "Frame", "Leaf", "Notes"]


@dataclass(slots=True)
class Notes:
    """What leaves note about themselves while py_trees ticks them; a `State` has the same fields."""

    feedback: dict[int, str] = field(default_factory=dict)
    fates: dict[int, Any] = field(default_factory=dict)
    outs: dict[int, Any] = field(default_factory=dict)
    halting: dict[int, int] = field(default_factory=dict)


class Frame:
    """The blackboard and context that a built tree's leaves share.

        root = build(spec, registry)
        frame = root.frame                     # every tree that `build` makes has one
        frame.set(blackboard, Context(blackboard))
        root.tick_once()                       # plain py_trees, the reference of what a tick means

    `constants` are the values that expressions of the tree name as `K[n]`.
    """

    def __init__(self) -> None:
        self.board: Blackboard = Blackboard({})
        self.ctx: Context = Context(self.board)
        self.notes = Notes()
        self.constants: list[Any] = []
        self._functions: dict[str, Callable[..., Any]] = {}

    def set(self, board: Blackboard, ctx: Context) -> None:
        """Stand on this blackboard and context from now on."""
        self.board, self.ctx = board, ctx
        ctx.board, ctx.state = board, self.notes

    def stand(self, board: Blackboard, ctx: Context, notes: Any) -> None:
        """Stand on what a Plan stands on, whose State keeps the notes."""
        self.board, self.ctx, self.notes = board, ctx, notes

    def function(self, source: str) -> Callable[[], Any]:
        """Generated source of an expression, as a function of this frame."""
        return lambda: self.call(source, self.board, self.ctx)

    def call(self, source: str, board: Blackboard, ctx: Context) -> Any:
        """The value of generated source over a blackboard and a context."""
        function = self._functions.get(source)
        if function is None:
            code = compile(f"lambda B, W, N, DT, K, INF: {source}", "<expression>", "eval")
            function = self._functions[source] = eval(code, {})  # t800.expressions wrote it, never a file
        return function(board.values, board.written, ctx.tick, ctx.dt, self.constants, inf)


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """What fills a port of a built node: a constant, an expression, or the key that it writes."""

    type: Type
    constant: Any = None
    expression: Expression | None = None
    key: str | None = None

    def source(self, prefix: str = "_e") -> str:
        """Python source of the value, None if it is unknown. `prefix` is that of its temporaries."""
        if self.expression is None:
            return repr(self.constant)
        text = self.expression.value(prefix)
        if self.type.kind == "float" and self.expression.type.kind == "int":
            # A whole number in a float's place is a float from here on, wherever it is written; some are too large.
            return f"(float(_f) if (_f := {text}) is not None and _f.bit_length() < 1024 else None)"
        return text

    def unknown(self) -> str:
        """Python source of the first name that makes the value unknown."""
        assert self.expression is not None
        return f"({self.expression.unknown()} or {self.expression.text!r})"


@dataclass(slots=True, eq=False)
class Condition:
    """An expression that a node asks, for py_trees' way of ticking; `holds` notes what was unknown."""

    expression: Expression
    frame: Frame
    _true: Callable[[], Any] = field(init=False)
    _unknown: Callable[[], Any] = field(init=False)

    def __post_init__(self) -> None:
        self._true = self.frame.function(self.expression.true())
        self._unknown = self.frame.function(self.expression.unknown())

    def holds(self) -> bool:
        """Whether the expression is known to be true."""
        return bool(self._true())

    def feedback(self) -> str:
        """What to say when it does not hold."""
        name = self._unknown()
        return "" if name is None else f"unknown: {name}"


class Leaf(Behaviour):
    """A leaf of ours under py_trees: it stands on a Frame, and knows its place in preorder."""

    def __init__(self, name: str, frame: Frame) -> None:
        super().__init__(name)
        self.frame = frame
        self.index = 0
