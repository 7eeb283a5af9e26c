"""Expressions in files: a small, typed subset of Python with three-valued logic (R16, R17).

    scope = Scope({"threat": Symbol(Type.of(Threat), "B['threat']")})
    expression = parse("threat.distance < 12.0", scope)
    expression.true()      # Python source, truthy if it is known to be true

What can be wrong with an expression is found when it is parsed. What is missing, NaN or infinite at
run time is unknown, and so is what follows from it: a division by zero, a comparison with something
unknown. `unknown or true` is true, `unknown and false` is false, `known(x)` is always known.

Whole numbers in arithmetic stay within ±2**63: an operand or a result of + - * / beyond that is
unknown, so that no loop over a tree can grow a number for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from t800.errors import UsageError, shorten
from t800.expressions.checker import Checker
from t800.expressions.code import Writer
from t800.expressions.nodes import Junction, Node, named
from t800.expressions.scope import Function, Scope, Symbol, key_of
from t800.expressions.syntax import MAX_DEPTH, MAX_INT, MAX_LENGTH, ExpressionError, joined, layout, read
from t800.types import Type

__all__ = [
    "MAX_DEPTH",
    "MAX_INT",
    "MAX_LENGTH",
    "Expression",
    "ExpressionError",
    "Function",
    "Scope",
    "Symbol",
    "compile_unknown",
    "compile_value",
    "key_of",
    "layout",
    "parse",
]


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression, its text in one line. `names` are the dotted names that it reads, in order.

    Its sources are Python expressions over the sources of the scope's symbols and
    `W` (key -> tick of its last write), `N` (the tick number), `DT` (seconds a tick), `INF`.
    Temporaries take `prefix`, so that several expressions can stand in one function.
    """

    text: str
    type: Type
    names: tuple[str, ...]
    _node: Node = field(repr=False)

    def true(self, prefix: str = "_e") -> str:
        """Source that is truthy exactly if a bool expression is known to be true."""
        return self._holds(prefix, True)

    def false(self, prefix: str = "_e") -> str:
        """Source that is truthy exactly if a bool expression is known to be false."""
        return self._holds(prefix, False)

    def _holds(self, prefix: str, wanted: bool) -> str:
        if self.type.kind != "bool":
            raise UsageError(f"{shorten(self.text)} is {self.type}, which is neither true nor false")
        return Writer(prefix).holds(self._node, wanted)

    def value(self, prefix: str = "_e") -> str:
        """Source of the value, or of None where it is unknown."""
        return Writer(prefix).value(self._node)

    def unknown(self, prefix: str = "_e") -> str:
        """Source of the first name that leaves the expression unknown, or of None if it is known.

        Where all names are known and the result is not (a division by zero), it is that part's text.
        """
        return Writer(prefix).unknown(self._node)

    def clauses(self) -> tuple[Expression, ...]:
        """What an `and` joins, each as an expression of its own; the whole if it is no `and`.

        >>> from t800.types import FLOAT
        >>> power = Scope({"power": Symbol(FLOAT, "B['power']")})
        >>> [clause.text for clause in parse("power > 1 and power < 9", power).clauses()]
        ['power > 1', 'power < 9']
        """
        node, texts = self._node, joined(self.text)
        if not isinstance(node, Junction) or not node.every or len(texts) != len(node.items):
            return (self,)
        return tuple(
            Expression(text, item.type, tuple(name for name, _ in named(item)), item)
            for text, item in zip(texts, node.items, strict=True)
        )

    def sources(self) -> dict[str, str]:
        """The dotted names and the ages that it reads, in order, each with the source of its value."""
        return {name: Writer("_e").value(node) for name, node in named(self._node)}


def parse(text: str, scope: Scope, expected: Type | None = None) -> Expression:
    """The expression that a text spells, of the `expected` type if one is given; ExpressionError if it is none.

    >>> from t800.types import FLOAT
    >>> parse("2 * power > 1", Scope({"power": Symbol(FLOAT, "B['power']")})).names
    ('power',)
    """
    checker = Checker(text, scope)
    node = checker.check(read(text))
    if expected is not None and not expected.accepts(node.type):
        raise ExpressionError(f"this is {node.type}", 0, "E412", expected=str(expected))
    return Expression(layout(text), node.type, tuple(checker.names), node)


def compile_value(
    expression: Expression, parameters: Sequence[str], functions: Mapping[str, Any] | None = None
) -> Callable[..., Any]:
    """A function of `parameters` (such as B, W, N, DT) that yields the expression's value, or None.

    `functions` are those that the scope's functions name in their sources.
    """
    return _function(expression.value(), parameters, functions or {})


def compile_unknown(
    expression: Expression, parameters: Sequence[str], functions: Mapping[str, Any] | None = None
) -> Callable[..., Any]:
    """As `compile_value`, but it yields the name that leaves the expression unknown, or None if it is known."""
    return _function(expression.unknown(), parameters, functions or {})


def _function(answer: str, parameters: Sequence[str], functions: Mapping[str, Any]) -> Callable[..., Any]:
    namespace: dict[str, Any] = {"INF": float("inf"), **functions}
    source = f"def expression({', '.join(parameters)}):\n    return {answer}\n"
    exec(compile(source, "<expression>", "exec"), namespace)
    result: Callable[..., Any] = namespace["expression"]
    return result
