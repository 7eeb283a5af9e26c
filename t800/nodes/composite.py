"""What the composites that py_trees lacks have in common: entering, leaving, and which child decides.

Each has an `enter`, called when it is entered, and a `step`, which ticks children and sets `outcome`.
On entry the children of the last time become inactive; at the end, whatever still runs is halted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.composites import Composite

from t800.core import INVALID, RUNNING, Status
from t800.nodes.frame import Frame
from t800.nodes.writer import Rule, View, Writer

__all__ = ["OwnComposite", "OwnRule"]


class OwnComposite(Composite):
    """A composite of t800's own."""

    def __init__(self, name: str, frame: Frame, children: list[Behaviour]) -> None:
        super().__init__(name, children)
        self.frame = frame
        self.outcome = RUNNING

    def enter(self) -> None:
        """Called when it is entered, before the first step."""

    def step(self) -> Iterator[Behaviour]:
        """Tick children, yielding as they do, and set `outcome`."""
        yield from ()

    def leave(self, child: Behaviour) -> None:
        """Halt a child if it runs."""
        if child.status == RUNNING:
            child.stop(INVALID)

    def tick(self) -> Iterator[Behaviour]:
        self.feedback_message = ""
        if self.status != RUNNING:
            for child in self.children:
                if child.status != INVALID:
                    child.stop(INVALID)
            self.enter()
        yield from self.step()
        status: Status = self.outcome
        if status != RUNNING:
            for child in self.children:
                self.leave(child)
            self.stop(status)
        self.status = status
        running = [child for child in self.children if child.status == RUNNING]
        active = [child for child in self.children if child.status != INVALID]
        self.current_child = running[0] if running else active[-1] if active else None
        yield self


class OwnRule(Rule):
    """The rule of an OwnComposite: the same frame around `enter` and `step`."""

    def tip(self, node: Any, view: View) -> Any:
        if view.status(node) is INVALID:
            return None
        running = [child for child in node.children if view.status(child) is RUNNING]
        active = [child for child in node.children if view.status(child) is not INVALID]
        return running[0] if running else active[-1] if active else None

    def enter(self, node: Any, w: Writer) -> None:
        """Write what happens on entry."""

    def step(self, node: Any, w: Writer) -> None:
        """Write what ticks children and leaves the outcome in `r`."""

    def leave(self, child: Any, w: Writer) -> None:
        """Halt a child if it runs."""
        index = w.index(child)
        with w.block(f"if S[{index}] is RUNNING:"):
            w.halt(index, w.end(child))

    def code(self, node: Any, w: Writer) -> None:
        index, end = w.index(node), w.end(node)
        with w.block(f"if (s := S[{index}]) is not RUNNING:"):
            with w.block("if s is not INVALID:"):
                w.reset(index + 1, end)
            self.enter(node, w)
            w.line("pass")
        self.step(node, w)
        with w.block("if r is not RUNNING:"):
            for child in node.children:
                self.leave(child, w)
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is not INVALID else ""
