"""From checked nodes to Python source, by polarity.

Asking "is it known to be true" and "is it known to be false" are two questions with plain answers,
and each is pushed through and, or and not on its own. So three-valued logic costs nothing where
trees tick: no object stands for unknown, and `a and b` stays `a and b`.

The source of one question is a list of conditions joined with `and`. Conditions bind what they read
to temporaries (`_e0 := B['x']`), so that every key is read once.
"""

from __future__ import annotations

from typing import NamedTuple

from t800.expressions import nodes
from t800.expressions.nodes import Node
from t800.expressions.syntax import MAX_INT

__all__ = ["Writer"]

_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


class _Bound(NamedTuple):
    """What must hold for a value to be known, and then its source.

    `sound` is False if the value may still be NaN or infinite, or a whole number out of bounds:
    whoever uses it must see to that.
    """

    conditions: list[str]
    source: str
    sound: bool


def _all(conditions: list[str]) -> str:
    if not conditions:
        return "True"
    return conditions[0] if len(conditions) == 1 else f"({' and '.join(conditions)})"


class Writer:
    """Writes the sources of one question; its temporaries are `{prefix}0`, `{prefix}1`, ..."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0

    def _temporary(self) -> str:
        self._count += 1
        return f"{self._prefix}{self._count - 1}"

    def holds(self, node: Node, wanted: bool) -> str:
        """Source that is truthy exactly if the node is known to be `wanted`."""
        match node:
            case nodes.Constant():
                return str(node.value is wanted)
            case nodes.Not():
                return self.holds(node.operand, not wanted)
            case nodes.Junction():
                joined = " and " if node.every is wanted else " or "
                return f"({joined.join(self.holds(item, wanted) for item in node.items)})"
            case nodes.Known():
                known = self._known(node.operand)
                return known if wanted else f"(not {known})"
            case nodes.Compare() if len(node.ops) == 1:
                op = node.ops[0] if wanted else _OPPOSITE[node.ops[0]]
                return _all(self._compared(op, node.operands[0], node.operands[1]))
            case nodes.Compare():
                return self._chained(node) if wanted else self._broken(node)
            case nodes.Member():
                return _all(self._found(node, wanted))
            case nodes.Name():
                return node.source if wanted else f"({node.source} is False)"
            case nodes.Field():
                owner = self._bind(node.owner)
                return _all([*owner.conditions, f"{owner.source}.{node.field} is {wanted}"])
        bound = self._bind(node)
        return _all([*bound.conditions, f"{bound.source} is {wanted}"])

    def value(self, node: Node) -> str:
        """Source of the node's value, or of None."""
        if isinstance(node, nodes.Name):
            return node.source
        if isinstance(node, nodes.Junction):
            return self._junction(node)
        if isinstance(node, nodes.Compare) and len(node.ops) > 1:
            return self._chain(node)
        if isinstance(node, nodes.Member):
            return self._membership(node)
        bound = self._bind_sound(node)
        return f"({bound.source} if {_all(bound.conditions)} else None)" if bound.conditions else bound.source

    def unknown(self, node: Node) -> str:
        """Source of the first name that leaves the node unknown, or of None if it is known."""
        match node:
            case nodes.Constant() | nodes.Known():
                return "None"
            case nodes.Name() | nodes.Field():
                return f"(None if {self._known(node)} else {node.name!r})"
            case nodes.Age():
                return f"(None if {self._known(node)} else {node.text!r})"
            case nodes.Not() | nodes.Negative() | nodes.Absolute() | nodes.Count():
                return self.unknown(node.operand)
            case nodes.Junction():
                decided = f"({' or '.join(self.holds(item, not node.every) for item in node.items)})"
                return f"(None if {decided} else {self._first(node.items)})"
            case nodes.Compare() if len(node.ops) == 1:
                return self._first(node.operands)
            case nodes.Compare():
                return f"(None if {self.holds(node, False)} else {self._first(node.operands)})"
            case nodes.Member():
                choices = node.choices if isinstance(node.choices, tuple) else (node.choices,)
                return f"(None if {self.holds(node, True)} else {self._first((node.item, *choices))})"
            case nodes.Arithmetic():
                return self._in_itself(node, (node.left, node.right), node.text)
            case nodes.Extreme():
                return self._in_itself(node, node.items, node.text)
            case nodes.Call():
                return self._in_itself(node, node.arguments, node.text)
        raise AssertionError(node)

    def _in_itself(self, node: Node, items: tuple[Node, ...], text: str) -> str:
        # All that it reads may be known and the result still be none: a division by zero, an overflow.
        return f"({self._first(items)} or (None if {self._known(node)} else {text!r}))"

    def _first(self, items: tuple[Node, ...]) -> str:
        sources = [source for source in map(self.unknown, items) if source != "None"]
        return f"({' or '.join(sources)})" if sources else "None"

    def _known(self, node: Node) -> str:
        if isinstance(node, nodes.Name):
            return f"({node.source} is not None)"
        return f"({_all(self._bind_sound(node).conditions)})"

    def _bind(self, node: Node) -> _Bound:
        match node:
            case nodes.Constant():
                return _Bound([], repr(node.value), True)
            case nodes.Name():
                sound = node.type.kind != "int"
                if node.source.isidentifier():
                    return _Bound([f"{node.source} is not None"], node.source, sound)
                name = self._temporary()
                return _Bound([f"({name} := {node.source}) is not None"], name, sound)
            case nodes.Field():
                owner, name = self._bind(node.owner), self._temporary()
                conditions = [*owner.conditions, f"({name} := {owner.source}.{node.field}) is not None"]
                if node.type.kind == "bool":
                    conditions.append(f"({name} is True or {name} is False)")
                return _Bound(conditions, name, node.type.kind not in ("int", "float"))
            case nodes.Arithmetic():
                return self._arithmetic(node)
            case nodes.Negative():
                operand = self._bind(node.operand)
                return _Bound(operand.conditions, f"(-{operand.source})", operand.sound)
            case nodes.Absolute():
                operand = self._bind_once(node.operand)
                # 0 - x, not -x: the absolute of -0.0 is 0.0.
                source = f"({operand.source} if {operand.source} > 0 else 0 - {operand.source})"
                return _Bound(operand.conditions, source, operand.sound)
            case nodes.Extreme():
                return self._extreme(node)
            case nodes.Call():
                bounds = [
                    self._bind_sound(argument) if wanted.kind != "float" else self._bind_float(argument)
                    for argument, wanted in zip(node.arguments, node.parameters, strict=True)
                ]
                name = self._temporary()
                conditions = [condition for bound in bounds for condition in bound.conditions]
                call = f"{node.source}({', '.join(bound.source for bound in bounds)})"
                conditions.append(f"({name} := {call}) is not None")
                return _Bound(conditions, name, node.type.kind not in ("int", "float"))
            case nodes.Age():
                return _Bound([f"{node.key!r} in W"], f"round((N - W[{node.key!r}]) * DT, 6)", True)
            case nodes.Count():
                operand = self._bind(node.operand)
                return _Bound(operand.conditions, f"len({operand.source})", True)
            case nodes.Compare() if len(node.ops) == 1:
                left, right = (self._bind_sound(operand) for operand in node.operands)
                source = f"({left.source} {node.ops[0]} {right.source})"
                return _Bound([*left.conditions, *right.conditions], source, True)
            case nodes.Not():
                operand = self._bind(node.operand)
                return _Bound(operand.conditions, f"(not {operand.source})", True)
            case nodes.Known():
                return _Bound([], self._known(node.operand), True)
        name = self._temporary()
        return _Bound([f"({name} := {self.value(node)}) is not None"], name, True)

    def _bind_once(self, node: Node) -> _Bound:
        """Like `_bind`, with a source that may be written twice."""
        bound = self._bind(node)
        if bound.source.isidentifier() or isinstance(node, nodes.Constant):
            return bound
        name = self._temporary()
        # The value may be zero: the condition must hold nevertheless.
        return _Bound([*bound.conditions, f"({name} := {bound.source}) is not None"], name, bound.sound)

    def _bind_sound(self, node: Node) -> _Bound:
        """Like `_bind`, and the value is finite if it is a float."""
        bound = self._bind(node)
        if bound.sound or node.type.kind != "float":
            return bound
        return self._within(bound, "-INF <", "< INF")

    def _bind_bounded(self, node: Node) -> _Bound:
        """Like `_bind`, for an operand of arithmetic: a whole number is within bounds, a float may be anything."""
        bound = self._bind(node)
        if bound.sound or node.type.kind == "float":
            return bound
        return self._within(bound, f"-{MAX_INT} <=", f"<= {MAX_INT}")

    def _within(self, bound: _Bound, low: str, high: str) -> _Bound:
        if bound.source.isidentifier():
            name, checked = bound.source, bound.source
        else:
            name = self._temporary()
            checked = f"({name} := {bound.source})"
        return _Bound([*bound.conditions, f"{low} {checked} {high}"], name, True)

    def _arithmetic(self, node: nodes.Arithmetic) -> _Bound:
        left = self._bind_bounded(node.left)
        if node.op != "/":
            right = self._bind_bounded(node.right)
            conditions = [*left.conditions, *right.conditions]
            # What is not finite stays so through + - * and as a dividend: one check at the end is enough.
            bound = _Bound(conditions, f"({left.source} {node.op} {right.source})", False)
            return bound if node.type.kind == "float" else self._within(bound, f"-{MAX_INT} <=", f"<= {MAX_INT}")
        # As a divisor it does not: x / inf is 0.
        right = self._bind_sound(node.right) if node.right.type.kind == "float" else self._bind_bounded(node.right)
        conditions = [*left.conditions, *right.conditions]
        divisor = right.source
        if not isinstance(node.right, nodes.Constant):
            if not divisor.isidentifier():
                divisor = self._temporary()
                conditions.append(f"({divisor} := {right.source}) != 0")
            else:
                conditions.append(f"{divisor} != 0")
        return _Bound(conditions, f"({left.source} / {divisor})", False)

    def _extreme(self, node: nodes.Extreme) -> _Bound:
        conditions: list[str] = []
        best = ""
        for item in node.items:
            bound = self._bind_float(item) if node.type.kind == "float" else self._bind(item)
            conditions += bound.conditions
            source = bound.source
            if not source.isidentifier() and not isinstance(item, nodes.Constant):
                source = self._temporary()
                conditions.append(f"({source} := {bound.source}) is not None")
            if best:
                op = "<" if node.smallest else ">"
                chosen = self._temporary()
                conditions.append(f"({chosen} := {source} if {source} {op} {best} else {best}) is not None")
                best = chosen
            else:
                best = source
        return _Bound(conditions, best, node.type.kind == "float")

    def _bind_float(self, node: Node) -> _Bound:
        """Like `_bind_sound`, and a whole number becomes a float."""
        if node.type.kind == "float":
            return self._bind_sound(node)
        if isinstance(node, nodes.Constant):
            return _Bound([], repr(float(node.value)), True)
        bound = self._bind_bounded(node)
        return _Bound(bound.conditions, f"({bound.source} + 0.0)", True)

    def _compared(self, op: str, left_node: Node, right_node: Node) -> list[str]:
        """Conditions for `left op right` to be known to hold, with as few checks for NaN and infinity as will do."""
        left, right = self._bind(left_node), self._bind(right_node)
        loose_left = not left.sound and left_node.type.kind == "float"
        loose_right = not right.sound and right_node.type.kind == "float"
        if op == "!=":
            left = self._within(left, "-INF <", "< INF") if loose_left else left
            right = self._within(right, "-INF <", "< INF") if loose_right else right
            return [*left.conditions, *right.conditions, f"{left.source} != {right.source}"]
        if op in (">", ">="):
            low, high = ("INF > " if loose_left else ""), (" > -INF" if loose_right else "")
        elif op in ("<", "<="):
            low, high = ("-INF < " if loose_left else ""), (" < INF" if loose_right else "")
        else:
            # Equal to something finite is finite: only two loose ones need a check, and one of them is enough.
            low, high = ("-INF < ", " < INF") if loose_left and loose_right else ("", "")
        return [*left.conditions, *right.conditions, f"{low}{left.source} {op} {right.source}{high}"]

    def _chained(self, node: nodes.Compare) -> str:
        bounds = [self._bind_sound(operand) for operand in node.operands]
        chain = bounds[0].source + "".join(
            f" {op} {bound.source}" for op, bound in zip(node.ops, bounds[1:], strict=True)
        )
        return _all([*(condition for bound in bounds for condition in bound.conditions), chain])

    def _valued(self, node: nodes.Compare) -> tuple[list[str], list[str], list[str]]:
        """The operands of a chain, each evaluated once, known or not: sources, names, and names that may be None."""
        sources, names, open_names = [], [], []
        for operand in node.operands:
            if isinstance(operand, nodes.Constant):
                names.append(repr(operand.value))
                continue
            name = self._temporary()
            sources.append(f"{name} := {self.value(operand)}")
            names.append(name)
            open_names.append(name)
        return sources, names, open_names

    def _pairs(self, node: nodes.Compare, names: list[str], open_names: list[str]) -> str:
        broken = []
        for op, left, right in zip(node.ops, names, names[1:], strict=False):
            known = [f"{name} is not None" for name in dict.fromkeys((left, right)) if name in open_names]
            broken.append(_all([*known, f"{left} {_OPPOSITE[op]} {right}"]))
        return f"({' or '.join(broken)})"

    def _broken(self, node: nodes.Compare) -> str:
        sources, names, open_names = self._valued(node)
        return f"(({', '.join(sources)},) and {self._pairs(node, names, open_names)})"

    def _chain(self, node: nodes.Compare) -> str:
        sources, names, open_names = self._valued(node)
        unknown = " or ".join(f"{name} is None" for name in open_names)
        decided = f"False if {self._pairs(node, names, open_names)} else None if {unknown} else True"
        return f"(({', '.join(sources)},) and ({decided}))"

    def _found(self, node: nodes.Member, wanted: bool) -> list[str]:
        word = "in" if wanted else "not in"
        if not isinstance(node.choices, tuple):
            item, choices = self._bind_sound(node.item), self._bind(node.choices)
            return [*item.conditions, *choices.conditions, f"{item.source} {word} {choices.source}"]
        constants = [repr(choice.value) for choice in node.choices if isinstance(choice, nodes.Constant)]
        others = [choice for choice in node.choices if not isinstance(choice, nodes.Constant)]
        listed = f"({', '.join(constants)},)"
        if not others:
            # A NaN is in no list of constants: only its absence must be known.
            item = self._bind(node.item) if wanted else self._bind_sound(node.item)
            return [*item.conditions, f"{item.source} {word} {listed}"]
        item = self._bind_once(node.item)
        if not item.sound and node.item.type.kind == "float":
            item = self._within(item, "-INF <", "< INF")
        parts = [f"{item.source} {word} {listed}"] if constants else []
        for choice in others:
            other = self._bind_sound(choice)
            parts.append(_all([*other.conditions, f"{item.source} {'==' if wanted else '!='} {other.source}"]))
        return [*item.conditions, f"({(' or ' if wanted else ' and ').join(parts)})"]

    def _membership(self, node: nodes.Member) -> str:
        if not isinstance(node.choices, tuple):
            item, choices = self._bind_sound(node.item), self._bind(node.choices)
            known = _all([*item.conditions, *choices.conditions])
            return f"(({item.source} in {choices.source}) if {known} else None)"
        item = self._bind_once(node.item)
        if not item.sound and node.item.type.kind == "float":
            item = self._within(item, "-INF <", "< INF")
        # Evaluated once: what it is compared with are constants and names only.
        bare = nodes.Member(node.type, nodes.Name(node.item.type, "", item.source), node.choices)
        true, false = self.holds(bare, True), self.holds(bare, False)
        return f"((True if {true} else False if {false} else None) if {_all(item.conditions)} else None)"

    def _junction(self, node: nodes.Junction) -> str:
        names = [self._temporary() for _ in node.items]
        decided = " or ".join(
            f"({name} := {self.value(item)}) is {not node.every}" for name, item in zip(names, node.items, strict=True)
        )
        unknown = " or ".join(f"{name} is None" for name in names)
        return f"({not node.every} if {decided} else None if {unknown} else {node.every})"
