"""The options that act when a node ends: `on_success`, `on_failure`, `on_halt`, `always`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.decorators import Decorator

from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Signal, Status
from t800.nodes.decorator import DecoratorRule
from t800.nodes.frame import Bound, Frame
from t800.nodes.stopping import Halt
from t800.nodes.writer import View, Writer

__all__ = ["RULE", "Hook", "Hooks"]

ENDS = {SUCCESS: "on_success", FAILURE: "on_failure", INVALID: "on_halt"}


@dataclass(frozen=True, slots=True, eq=False)
class Hook:
    """What one of them does: keys that are set, and a signal."""

    assignments: Mapping[str, Bound]
    signal: str | None


class Hooks(Decorator):
    """Acts when its child succeeded, failed, or was halted while it ran; `always` acts after each of these.

    A value that is unknown makes its key unknown. Nothing else changes: the status is the child's.
    """

    def __init__(self, child: Behaviour, frame: Frame, hooks: Mapping[str, Hook]) -> None:
        super().__init__(child.name, child)
        self.frame = frame
        self.hooks = hooks

    def update(self) -> Status:
        status: Status = self.decorated.status
        return status

    def terminate(self, new_status: Status) -> None:
        if new_status != INVALID or self.status == RUNNING:
            self.act(ENDS[new_status], self.frame.ctx)

    def act(self, name: str, ctx: Any) -> None:
        """Do what is to be done at an end of this name."""
        for hook in (self.hooks.get(name), self.hooks.get("always")):
            if hook is None:
                continue
            board = ctx.board
            values = {
                key: self.frame.call(bound.source(), board, ctx) if bound.expression else bound.constant
                for key, bound in hook.assignments.items()
            }
            for key, value in values.items():
                board.write(key, value, ctx.tick)
            if hook.signal is not None:
                ctx.signals.append(Signal(hook.signal, {}))


def act_on_halt(S: list[Any], _: list[Any], ctx: Any, index: int, node: Hooks) -> None:
    """The halt of a node with hooks."""
    S[index] = INVALID
    node.act("on_halt", ctx)


class HooksRule(DecoratorRule):
    """Acts through the node itself: ends are rare."""

    def halt(self, node: Any, index: int, slot: int) -> Halt | None:
        there = {"on_halt", "always"} & set(node.hooks)
        return partial(act_on_halt, index=index, node=node) if there else None

    def code(self, node: Any, w: Writer) -> None:
        index = w.index(node)
        w.child(node.decorated)
        act = w.constant(node.act)
        for status in (SUCCESS, FAILURE):
            if {ENDS[status], "always"} & set(node.hooks):
                with w.block(f"if r is {status.name}:"):
                    w.line(f"{act}({ENDS[status]!r}, ctx)")
        if w.has_foreign(index + 1, w.end(node)) and index in w.halting:
            # A third party that ran has answered INVALID: it was left, of its own will.
            with w.block(f"if r is INVALID and S[{index}] is RUNNING:"):
                w.halt_call(index)
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        return ""


RULE = HooksRule()
