"""`once`: do it once, and remember how it ended."""

from __future__ import annotations

from typing import Any

from py_trees.common import OneShotPolicy
from py_trees.decorators import OneShot

from t800.nodes.decorator import DecoratorRule
from t800.nodes.parts import Parts
from t800.nodes.writer import View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

POLICIES = {"completion": OneShotPolicy.ON_COMPLETION, "success": OneShotPolicy.ON_SUCCESSFUL_COMPLETION}


def _make(parts: Parts) -> OneShot:
    return OneShot(parts.label, parts.child, POLICIES[parts.options.get("policy", "completion")])


KIND = Kind(
    name="once",
    doc="""Tick the child until it has ended once; from then on return how it ended, without ticking it.

    Use it for what is done once in a life: greet, calibrate. `policy: completion` (the default) counts
    any end, `policy: success` only a success. A halt is no end. What is to be forgotten with the mode
    should be a key instead. (py_trees' OneShot, BehaviorTree.CPP's RunOnce.)

        once: calibrate
        policy: success""",
    body="child",
    make=_make,
    options={"policy": False},
    choices={"policy": tuple(POLICIES)},
)


class OnceRule(DecoratorRule):
    """`memory` is 0, or 1 for a success and 2 for a failure."""

    def remembers(self, node: Any) -> bool:
        return True

    def code(self, node: Any, w: Writer) -> None:
        index, slot = w.index(node), w.slot_of[w.index(node)]
        with w.block(f"if M[{slot}]:"):
            w.line(f"r = SUCCESS if M[{slot}] == 1 else FAILURE")
        with w.block("else:"):
            w.child(node.decorated)
            with w.block("if r is SUCCESS:"):
                w.line(f"M[{slot}] = 1")
            if node.policy is OneShotPolicy.ON_COMPLETION:
                with w.block("elif r is FAILURE:"):
                    w.line(f"M[{slot}] = 2")
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        return "oneshot completed" if view.memory(node) else ""


RULE = OnceRule()
