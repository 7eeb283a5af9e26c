"""`repeat`: do it again after a success."""

from __future__ import annotations

from typing import Any

from py_trees.decorators import Repeat

from t800.nodes.decorator import DecoratorRule
from t800.nodes.writer import View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

FOREVER = -1

KIND = Kind(
    name="repeat",
    doc="""Tick the child again after it succeeded, until it has succeeded `times` (or `forever`), one a tick.

    Use it for rounds: patrol three times, keep watch for ever.

        repeat:
          patrol: {along: $beat}
        times: forever

    SUCCESS after the last round, FAILURE as soon as the child fails, RUNNING in between.""",
    body="child",
    make=lambda parts: Repeat(parts.label, parts.child, parts.options["times"] or FOREVER),
    options={"times": True},
)


class RepeatRule(DecoratorRule):
    """`memory` counts the successes."""

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        index, slot = w.index(node), w.slot_of[w.index(node)]
        with w.block(f"if S[{index}] is not RUNNING:"):
            w.line(f"M[{slot}] = 0")
        w.child(node.decorated)
        with w.block("if r is SUCCESS:"):
            w.line(f"M[{slot}] += 1")
            # Fewer than it has succeeded already, if an edit says so. What is no number of rounds is for ever.
            with w.block(f"if M[{slot}] < {node.num_success}:" if node.num_success > 0 else "if True:"):
                w.line("r = RUNNING")
        if w.has_foreign(index + 1, w.end(node)):
            # As py_trees has it: whatever a third party answers is RUNNING, if it is nothing else.
            with w.block("elif r is INVALID:"):
                w.line("r = RUNNING")
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        status, child = view.status(node).name, view.status(node.decorated).name
        counts = f"[status: {view.memory(node)} success from {node.num_success}]"
        if status == "INVALID":
            return ""
        word = {"FAILURE": "failed, aborting", "SUCCESS": "success"}.get(child, "running")
        return f"{word} {counts}"


RULE = RepeatRule()
