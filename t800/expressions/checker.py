"""Names and types: from Python's syntax tree to nodes that are sure to make sense.

All that can be said about an expression without running it is said here, with a way out.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from t800.errors import closest, shorten
from t800.expressions import nodes
from t800.expressions.nodes import Node
from t800.expressions.scope import Scope
from t800.expressions.syntax import MAX_INT, ExpressionError
from t800.types import BOOL, FLOAT, INT, STR, Type

__all__ = ["Checker"]

_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}

_BUILTINS = ("abs", "age", "count", "known", "max", "min")


def _family(kind: Type) -> str:
    """Types of one family compare with == and !=."""
    if kind.kind in ("int", "float"):
        return "number"
    if kind.kind in ("str", "entity"):
        return "text"
    if kind.kind == "literal" and kind.choices:
        kinds = {type(choice) for choice in kind.choices}
        return "text" if kinds == {str} else "number" if kinds == {int} else "literal"
    return kind.kind


def _is_text(kind: Type) -> bool:
    return _family(kind) == "text"


def _some(names: Iterable[str]) -> str:
    """A few names to choose from, for a message."""
    listed = sorted(names)
    return ", ".join(listed[:12]) + (", ..." if len(listed) > 12 else "")


class Checker:
    """Checks one syntax tree against one scope. `names` gathers the dotted names that it reads, in order."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text = text
        self.scope = scope
        self.names: dict[str, None] = {}

    def check(self, tree: ast.expr) -> Node:
        """The node of a syntax tree; ExpressionError at the first thing that is wrong."""
        match tree:
            case ast.Constant():
                return self._constant(tree)
            case ast.Name(id="true" | "false") if tree.id not in self.scope.names:
                return nodes.Constant(BOOL, tree.id == "true")
            case ast.Name() | ast.Attribute():
                return self._name(tree)
            case ast.BoolOp():
                return self._junction(tree)
            case ast.UnaryOp(op=ast.Not()):
                return _negated(self._bool(tree.operand, "not"))
            case ast.UnaryOp(op=ast.USub()):
                operand = self._number(tree.operand, "-")
                if isinstance(operand, nodes.Constant):
                    return nodes.Constant(operand.type, -operand.value)  # type: ignore[operator]  # a number
                return nodes.Negative(_numeric(operand.type), operand)
            case ast.BinOp():
                return self._arithmetic(tree)
            case ast.Compare():
                return self._compare(tree)
            case ast.Call():
                return self._call(tree)
            case ast.List() | ast.Tuple():
                raise self._error(tree, "E403", "a list stands only after `in`", expected="x in ['a', 'b']")
        raise self._error(
            tree,
            "E403",
            f"{shorten(self._source(tree))} is not part of the language of expressions",
            expected="comparisons, and, or, not, in, + - * /, abs, min, max, known, age, count",
        )

    def _error(
        self, tree: ast.expr, code: str, message: str, *, expected: str | None = None, hint: str | None = None
    ) -> ExpressionError:
        return ExpressionError(message, tree.col_offset, code, expected=expected, hint=hint)

    def _source(self, tree: ast.expr) -> str:
        return self.text[tree.col_offset : tree.end_col_offset]

    def _constant(self, tree: ast.Constant) -> Node:
        value = tree.value
        if isinstance(value, bool):
            return nodes.Constant(BOOL, value)
        if isinstance(value, str):
            return nodes.Constant(STR, value)
        if isinstance(value, int) and value <= MAX_INT:
            return nodes.Constant(INT, value)
        if isinstance(value, float) and math.isfinite(value):
            return nodes.Constant(FLOAT, value)
        if isinstance(value, int | float):
            raise self._error(tree, "E402", "this number is too large", expected="whole numbers up to 2**63")
        raise self._error(tree, "E403", f"{shorten(self._source(tree))} is not part of the language of expressions")

    def _name(self, tree: ast.Name | ast.Attribute) -> Node:
        node = self._path(tree)
        if isinstance(node, nodes.Name):
            self.names[node.name] = None
            return _folded(node)
        assert isinstance(node, nodes.Field)
        self.names[node.name] = None
        return node

    def _path(self, tree: ast.expr) -> nodes.Name | nodes.Field:
        if isinstance(tree, ast.Name):
            symbol = self.scope.names.get(tree.id)
            if symbol is None:
                hint = closest(tree.id, self.scope.names)
                known = [_some(self.scope.names), self.scope.origin]
                expected = "; ".join(filter(None, known)) or "no names are known here"
                raise self._error(tree, "E404", f"no name {shorten(tree.id)} here", expected=expected, hint=hint)
            return nodes.Name(symbol.type, tree.id, symbol.source)
        if not isinstance(tree, ast.Attribute):
            raise self._error(tree, "E403", "only a name has fields", expected="like threat.distance")
        owner = self._path(tree.value)
        kind = owner.type.fields.get(tree.attr)
        # The field's own place: the owner's text, then a dot.
        offset = (tree.end_col_offset or 0) - len(tree.attr)
        if owner.type.kind != "record":
            raise ExpressionError(f"{owner.name} is {owner.type}, which has no fields", offset, "E405")
        if kind is None:
            raise ExpressionError(
                f"{owner.type if owner.type.record else owner.name} has no field {shorten(tree.attr)}",
                offset,
                "E405",
                expected=_some(owner.type.fields),
                hint=closest(tree.attr, owner.type.fields),
            )
        return nodes.Field(kind, owner, tree.attr, f"{owner.name}.{tree.attr}")

    def _bool(self, tree: ast.expr, word: str) -> Node:
        node = self.check(tree)
        if _family(node.type) != "bool":
            instead = {"number": "a comparison, like x != 0", "list": "count(x) > 0"}
            raise self._error(
                tree,
                "E407",
                f"`{word}` takes something true or false; {shorten(self._source(tree))} is {node.type}",
                expected=instead.get(_family(node.type), "known(x), or a comparison"),
            )
        return node

    def _number(self, tree: ast.expr, word: str) -> Node:
        node = self.check(tree)
        if _family(node.type) != "number":
            raise self._error(
                tree,
                "E407",
                f"`{word}` takes numbers; {shorten(self._source(tree))} is {node.type}",
                expected="int or float",
            )
        return node

    def _junction(self, tree: ast.BoolOp) -> Node:
        every = isinstance(tree.op, ast.And)
        items = [self._bool(value, "and" if every else "or") for value in tree.values]
        # What is constant either decides it or does not matter.
        if any(isinstance(item, nodes.Constant) and item.value is not every for item in items):
            return nodes.Constant(BOOL, not every)
        rest = tuple(item for item in items if not isinstance(item, nodes.Constant))
        if not rest:
            return nodes.Constant(BOOL, every)
        return rest[0] if len(rest) == 1 else nodes.Junction(BOOL, every, rest)

    def _arithmetic(self, tree: ast.BinOp) -> Node:
        op = _OPERATORS.get(type(tree.op))
        if op is None:
            raise self._error(tree, "E403", "this operator is not known here", expected="+ - * /")
        left, right = self._number(tree.left, op), self._number(tree.right, op)
        whole = op != "/" and _numeric(left.type) == _numeric(right.type) == INT
        kind = INT if whole else FLOAT
        if isinstance(right, nodes.Constant) and op == "/" and right.value == 0:
            if _spelled(tree.right):
                raise self._error(tree.right, "E407", "a division by zero is never known", expected="another divisor")
            return self._never(kind, tree)
        if _too_large(left) or _too_large(right):
            return self._never(kind, tree)
        if isinstance(left, nodes.Constant) and isinstance(right, nodes.Constant):
            value = _calculate(op, left.value, right.value)
            if math.isfinite(value) and not (whole and abs(value) > MAX_INT):
                return nodes.Constant(kind, value)
            if _spelled(tree):
                raise self._error(tree, "E402", "this number is too large", expected="whole numbers up to 2**63")
            return self._never(kind, tree)
        return nodes.Arithmetic(kind, op, left, right, self._source(tree))

    def _never(self, kind: Type, tree: ast.expr) -> Node:
        """What is never known, for what the constants are that names of it stand for: nobody spelled it like that."""
        return nodes.Name(kind, self._source(tree), "None")

    def _operand(self, tree: ast.expr, text: Callable[[], bool]) -> Node:
        """One side of a comparison: a lone unknown word there may be meant as text, if text can stand there."""
        try:
            return self.check(tree)
        except ExpressionError as error:
            if isinstance(tree, ast.Name) and error.code == "E404" and error.hint is None and text():
                error.hint = repr(tree.id)
            raise

    def _textual(self, trees: list[ast.expr]) -> bool:
        """Whether one of these is text, as far as they are known at all."""
        known = []
        for tree in trees:
            with suppress(ExpressionError):
                known.append(_family(self.check(tree).type))
        return not known or "text" in known

    def _compare(self, tree: ast.Compare) -> Node:
        if any(isinstance(op, ast.In | ast.NotIn) for op in tree.ops):
            return self._member(tree)
        trees = [tree.left, *tree.comparators]
        equal = all(isinstance(op, ast.Eq | ast.NotEq) for op in tree.ops)
        operands = [self._operand(side, lambda: equal and self._textual(trees)) for side in trees]
        ops = tuple(_COMPARISONS[type(op)] for op in tree.ops)
        for index, op in enumerate(ops):
            self._comparable(op, trees[index], operands[index], trees[index + 1], operands[index + 1])
        constants = [item.value for item in operands if isinstance(item, nodes.Constant)]
        if len(constants) == len(operands):
            pairs = zip(ops, constants, constants[1:], strict=False)
            return nodes.Constant(BOOL, all(_holds(op, left, right) for op, left, right in pairs))
        return nodes.Compare(BOOL, ops, tuple(operands))

    def _comparable(self, op: str, left_tree: ast.expr, left: Node, tree: ast.expr, right: Node) -> None:
        ours, theirs = _family(left.type), _family(right.type)
        for side, node, family in ((left_tree, left, ours), (tree, right, theirs)):
            if family in ("list", "record", "literal"):
                instead = "count(x), or x in a list" if family == "list" else "a comparison of its fields, or known(x)"
                raise self._error(
                    side, "E408", f"{shorten(self._source(side))} is {node.type}: not comparable", expected=instead
                )
        if ours != theirs:
            raise self._error(tree, "E408", f"{left.type} does not compare with {right.type}", expected=str(left.type))
        if op not in ("==", "!="):
            if ours != "number":
                raise self._error(tree, "E408", f"`{op}` compares numbers, not {right.type}", expected="== or !=")
        elif ours == "text":
            self._choices(tree, left, right)
            self._choices(left_tree, right, left)

    def _choices(self, tree: ast.expr, literal: Node, other: Node) -> None:
        """A literal is one of its choices: comparing it with anything else is a typo. Of a text that has choices, what
        only looks like one of them is."""
        if isinstance(literal, nodes.Constant) or not literal.type.choices:
            return
        closed = literal.type.kind == "literal"
        choices = [str(choice) for choice in literal.type.choices]
        if isinstance(other, nodes.Constant):
            near = closest(str(other.value), choices)
            if other.value not in choices and (closed or near):
                raise self._error(
                    tree,
                    "E409",
                    f"{shorten(other.value)} is none of its choices",
                    expected=_some(choices),
                    hint=repr(near) if near else None,
                )
        elif closed and other.type.kind == "literal" and not set(choices) & set(map(str, other.type.choices)):
            raise self._error(tree, "E409", "these two have no choice in common", expected=_some(choices))

    def _member(self, tree: ast.Compare) -> Node:
        if len(tree.ops) > 1:
            raise self._error(tree, "E403", "`in` stands alone", expected="x in [...] and ...")
        item, right = self._operand(tree.left, lambda: True), tree.comparators[0]
        if _family(item.type) not in ("number", "text"):
            raise self._error(tree.left, "E408", f"`in` looks for a number or a text, not {item.type}")
        found: Node
        if isinstance(right, ast.List):
            choices: list[Node] = []
            for choice in right.elts:
                node = self._operand(choice, partial(_is_text, item.type))
                if not isinstance(node, nodes.Constant | nodes.Name | nodes.Field):
                    raise self._error(choice, "E403", "a list holds constants and names here")
                self._comparable("==", tree.left, item, choice, node)
                choices.append(node)
            if not choices:
                raise self._error(right, "E407", "nothing is in an empty list", expected="['a', 'b']")
            found = self._find(item, choices)
        else:
            wanted = "a list like ['a', 'b'], or the name of one"
            if isinstance(right, ast.Tuple):
                raise self._error(right, "E403", "a list stands in [ ]", expected=wanted)
            many = self.check(right)
            if many.type.kind != "list" or many.type.item is None:
                raise self._error(right, "E407", f"`in` looks in a list; this is {many.type}", expected=wanted)
            one = nodes.Name(many.type.item, "", "")
            if _family(one.type) in ("list", "record"):
                raise self._error(right, "E408", f"{item.type} is not in a {many.type}", expected=wanted)
            self._comparable("==", tree.left, item, right, one)
            found = nodes.Member(BOOL, item, many)
        return _negated(found) if isinstance(tree.ops[0], ast.NotIn) else found

    @staticmethod
    def _find(item: Node, choices: list[Node]) -> Node:
        constants = [choice.value for choice in choices if isinstance(choice, nodes.Constant)]
        if isinstance(item, nodes.Constant) and (item.value in constants or len(constants) == len(choices)):
            return nodes.Constant(BOOL, item.value in constants)
        return nodes.Member(BOOL, item, tuple(choices))

    def _call(self, tree: ast.Call) -> Node:
        if not isinstance(tree.func, ast.Name):
            raise self._error(tree, "E403", "only functions are called", expected=_some(_BUILTINS))
        name = tree.func.id
        if name in ("min", "max"):
            return self._extreme(tree, name)
        function = self.scope.functions.get(name)
        if name not in _BUILTINS and function is None:
            choices = [*_BUILTINS, *self.scope.functions]
            raise self._error(
                tree, "E406", f"no function {shorten(name)} here", expected=_some(choices), hint=closest(name, choices)
            )
        wanted = len(function.parameters) if function and name not in _BUILTINS else 1
        if len(tree.args) != wanted:
            raise self._error(
                tree, "E411", f"{name} takes {wanted} argument{'s' * (wanted != 1)}, not {len(tree.args)}"
            )
        if name in _BUILTINS:
            return self._builtin(tree, name, tree.args[0])
        assert function is not None
        arguments = []
        for parameter, argument in zip(function.parameters, tree.args, strict=True):
            node = self._operand(argument, partial(_is_text, parameter))
            if not parameter.accepts(node.type):
                raise self._error(argument, "E411", f"{name} takes {parameter} here, not {node.type}")
            arguments.append(node)
        return nodes.Call(function.result, function.source, function.parameters, tuple(arguments), self._source(tree))

    def _builtin(self, tree: ast.Call, name: str, argument: ast.expr) -> Node:
        if name == "age":
            symbol = self.scope.names.get(argument.id) if isinstance(argument, ast.Name) else None
            self.check(argument)
            if symbol is None or symbol.key is None:
                raise self._error(
                    argument, "E411", "age is that of a blackboard key", expected="the name of a key, like age(threat)"
                )
            return nodes.Age(FLOAT, symbol.key, self._source(tree))
        if name == "abs":
            number = self._number(argument, name)
            if isinstance(number, nodes.Constant):
                return nodes.Constant(number.type, abs(number.value))  # type: ignore[arg-type]  # a number
            return nodes.Absolute(_numeric(number.type), number)
        node = self.check(argument)
        if name == "known":
            return nodes.Constant(BOOL, True) if isinstance(node, nodes.Constant) else nodes.Known(BOOL, node)
        if node.type.kind != "list":
            raise self._error(argument, "E411", f"count takes a list, not {node.type}", expected="a list key")
        return nodes.Count(INT, node)

    def _extreme(self, tree: ast.Call, name: str) -> Node:
        if len(tree.args) < 2:
            raise self._error(tree, "E411", f"{name} takes two numbers or more", expected=f"{name}(a, b)")
        items = tuple(self._number(argument, name) for argument in tree.args)
        kind = INT if all(_numeric(item.type) == INT for item in items) else FLOAT
        if kind == FLOAT and any(map(_too_large, items)):
            return self._never(kind, tree)
        values = [item.value for item in items if isinstance(item, nodes.Constant)]
        if len(values) == len(items):
            # Which item wins must not decide whether a float is one.
            floats = values if kind == INT else [float(value) for value in values]
            return nodes.Constant(kind, min(floats) if name == "min" else max(floats))
        return nodes.Extreme(kind, name == "min", items, self._source(tree))


def _numeric(kind: Type) -> Type:
    return FLOAT if kind.kind == "float" else INT


def _negated(node: Node) -> Node:
    return nodes.Constant(BOOL, not node.value) if isinstance(node, nodes.Constant) else nodes.Not(BOOL, node)


def _folded(node: nodes.Name) -> Node:
    """A name whose source is a constant (an entity of a scenario, a port given in the file) is that constant."""
    try:
        value = ast.literal_eval(node.source)
    except (ValueError, SyntaxError):
        return node
    plain = type(value) in (bool, str, int) or (type(value) is float and math.isfinite(value))
    return nodes.Constant(node.type, value) if plain else node


def _spelled(tree: ast.expr) -> bool:
    """Whether a file spells this value: no name stands in it but those of functions."""
    parts = list(ast.walk(tree))
    functions = [part.func for part in parts if isinstance(part, ast.Call)]
    return not any(isinstance(part, ast.Name) and part not in functions for part in parts)


def _too_large(node: Node) -> bool:
    return isinstance(node, nodes.Constant) and type(node.value) is int and abs(node.value) > MAX_INT


def _calculate(op: str, left: bool | float | str, right: bool | float | str) -> float:
    assert isinstance(left, int | float)
    assert isinstance(right, int | float)
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    return left * right if op == "*" else left / right


def _holds(op: str, left: bool | float | str, right: bool | float | str) -> bool:
    if op in ("==", "!="):
        return (left == right) is (op == "==")
    assert isinstance(left, int | float)
    assert isinstance(right, int | float)
    if op in ("<", ">="):
        return (left < right) is (op == "<")
    return (left > right) is (op == ">")
