"""The options `if` and `while`, which any node may have: a guard around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.decorators import Decorator

from t800.core import FAILURE, RUNNING, Status
from t800.expressions import Expression
from t800.nodes.decorator import DecoratorRule
from t800.nodes.frame import Condition, Frame
from t800.nodes.writer import View, Writer

__all__ = ["RULE", "Guard"]


class Guard(Decorator):
    """Ticks its child while its conditions hold: `entry` is asked when it is entered, `always` every tick.

    A condition that is not known to be true is FAILURE: on entry the child is not touched, later it is
    halted. (py_trees' EternalGuard is the `always` half of it.)
    """

    def __init__(
        self, child: Behaviour, frame: Frame, entry: Expression | None = None, always: Expression | None = None
    ) -> None:
        super().__init__(child.name, child)
        self.entry = Condition(entry, frame) if entry else None
        self.always = Condition(always, frame) if always else None

    def tick(self) -> Iterator[Behaviour]:
        for condition in (self.entry if self.status != RUNNING else None, self.always):
            if condition is not None and not condition.holds():
                self.feedback_message = condition.feedback()
                self.stop(FAILURE)
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
        if not node.entry and not node.always:
            w.child(node.decorated)
            w.line(f"S[{index}] = r")
            return
        word = "if"
        if node.entry:
            with w.block(f"if S[{index}] is not RUNNING and not {node.entry.expression.true()}:"):
                self._fail(index, node.entry.expression, w)
            word = "elif"
        if node.always:
            with w.block(f"{word} not {node.always.expression.true()}:"):
                with w.block(f"if S[{child}] is RUNNING:"):
                    w.halt(child, end)
                self._fail(index, node.always.expression, w)
        with w.block("else:"):
            w.child(node.decorated)
        w.line(f"S[{index}] = r")

    def _fail(self, index: int, expression: Expression, w: Writer) -> None:
        w.line("r = FAILURE")
        w.note_unknown(index, expression)

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is FAILURE else ""


RULE = GuardRule()
