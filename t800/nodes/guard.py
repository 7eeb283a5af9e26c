"""The options that ask before a node is ticked: `fail_if`, `succeed_if`, `skip_if`, `if`, `while`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.decorators import Decorator

from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.expressions import Expression
from t800.nodes.decorator import DecoratorRule
from t800.nodes.frame import Condition, Frame
from t800.nodes.writer import View, Writer

__all__ = ["RULE", "Guard"]


class Guard(Decorator):
    """Ticks its child if its conditions allow it.

    `fail_if`, `succeed_if`, `skip_if` and `if` are asked when it is entered, in this order, `while`
    then and in every tick. What ends it on entry leaves the child untouched; `while` later halts it.
    What is unknown does not fire `fail_if`, `succeed_if` or `skip_if`, and does not pass `if` or
    `while`. `neutral` is the status by which a skipped child is to its parent as if it were not there.
    (py_trees' EternalGuard is `while`; BehaviorTree.CPP's preconditions have the same names but `if`.)
    """

    def __init__(self, child: Behaviour, frame: Frame, asked: Mapping[str, Expression], neutral: str = "") -> None:
        super().__init__(child.name, child)
        self.frame = frame
        self.asked = {name: Condition(expression, frame) for name, expression in asked.items()}
        self.statuses = {
            "fail_if": FAILURE,
            "succeed_if": SUCCESS,
            "skip_if": Status[neutral] if neutral else FAILURE,
            "if": FAILURE,
            "while": FAILURE,
        }

    def tick(self) -> Iterator[Behaviour]:
        for name, condition in self.asked.items():
            if name != "while" and self.status == RUNNING:
                continue
            if condition.holds() != (name in ("if", "while")):
                self.feedback_message = condition.feedback() if name in ("if", "while") else name
                self.stop(self.statuses[name])
                yield self
                return
        yield from super().tick()

    def update(self) -> Status:
        self.feedback_message = ""
        status: Status = self.decorated.status
        return status


class GuardRule(DecoratorRule):
    """Asks inline."""

    def code(self, node: Any, w: Writer) -> None:
        index, child, end = w.index(node), w.index(node.decorated), w.end(node)
        word = "if"
        for name, condition in node.asked.items():
            expression, status = condition.expression, node.statuses[name].name
            entry = "" if name == "while" else f"S[{index}] is not RUNNING and "
            negated = "not " if name in ("if", "while") else ""
            with w.block(f"{word} {entry}{negated}{expression.true()}:"):
                if name == "while":
                    with w.block(f"if S[{child}] is RUNNING:"):
                        w.halt(child, end)
                w.line(f"r = {status}")
                if negated:
                    w.note_unknown(index, expression)
                else:
                    w.line(f"F[{index}] = {name!r}")
            word = "elif"
        if word == "if":
            w.child(node.decorated)
        else:
            with w.block("else:"):
                w.child(node.decorated)
        w.line(f"S[{index}] = r")

    def refused(self, node: Any) -> str | None:
        name, condition = next(iter(node.asked.items()))
        return condition.expression.false() if name in ("if", "while") else None

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is not RUNNING else ""


RULE = GuardRule()
