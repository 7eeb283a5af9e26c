"""`retry`: try again after a failure."""

from __future__ import annotations

from math import inf
from typing import Any

from py_trees.decorators import Retry

from t800.nodes.decorator import DecoratorRule
from t800.nodes.writer import View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

FOREVER: Any = inf

KIND = Kind(
    name="retry",
    doc="""Tick the child again after it failed, up to `times` attempts in all (or `forever`), one a tick.

    Use it where trying again may help: a shot that missed, a door that stuck.

        retry:
          fire_at: {target: $threat.track}
        times: 3

    SUCCESS with the child, FAILURE with its last allowed failure, RUNNING in between.""",
    body="child",
    make=lambda parts: Retry(parts.label, parts.child, parts.options["times"] or FOREVER),
    options={"times": True},
)


class RetryRule(DecoratorRule):
    """`memory` counts the failures."""

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        index, slot = w.index(node), w.slot_of[w.index(node)]
        with w.block(f"if S[{index}] is not RUNNING:"):
            w.line(f"M[{slot}] = 0")
        w.child(node.decorated)
        with w.block("if r is FAILURE:"):
            w.line(f"M[{slot}] += 1")
            if node.num_failures == inf:
                w.line("r = RUNNING")
            else:
                with w.block(f"if M[{slot}] < {int(node.num_failures)}:"):
                    w.line("r = RUNNING")
        if w.has_foreign(index + 1, w.end(node)):
            # As py_trees has it: whatever a third party answers is a success, if it is nothing else.
            with w.block("elif r is INVALID:"):
                w.line("r = SUCCESS")
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        status, child = view.status(node).name, view.status(node.decorated).name
        counts = f"[status: {view.memory(node)} failure from {node.num_failures}]"
        if status == "RUNNING":
            return f"{'attempt failed' if child == 'FAILURE' else 'running'} {counts}"
        return {"FAILURE": f"final failure {counts}", "SUCCESS": f"succeeded {counts}"}.get(status, "")


RULE = RetryRule()
