"""`selector`: try one thing after the other; stay with what was begun."""

from __future__ import annotations

from typing import Any

from py_trees.composites import Selector

from t800.nodes.writer import Rule, View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "SelectorRule"]

KIND = Kind(
    name="selector",
    doc="""Tick the children in order until one does not fail; go on there next tick.

    Use it for fallbacks that are not to be reconsidered while they run: the door, else the window. If a
    better choice that opens up is to interrupt, take `reactive_selector`.

        selector:
          - open: {what: $door}
          - climb: {through: $window}

    SUCCESS with the first that succeeds, FAILURE when all have failed. Empty ones are refused.""",
    body="children",
    neutral="FAILURE",
    make=lambda parts: Selector(parts.label, memory=True, children=parts.children),
)


class SelectorRule(Rule):
    """Both selectors: `memory` is the child that ran last."""

    remembers_child = True

    def remembers(self, node: Any) -> bool:
        return True

    goes_on = True

    def tip(self, node: Any, view: View) -> Any:
        status = view.status(node)
        if status.name == "INVALID":
            return None
        if status.name == "FAILURE":
            return node.children[-1]
        # None of them, if an edit has taken out the one that decided.
        return next((c for c in node.children if view.status(c) is status), None)

    def code(self, node: Any, w: Writer) -> None:
        index, end, slot, at = w.index(node), w.end(node), w.slot_of[w.index(node)], w.local("c")
        w.line(f"{at} = M[{slot}] if S[{index}] is RUNNING else 0")
        if self.goes_on and len(node.children) > 1:
            # py_trees makes the children that failed on the way inactive, once it goes on behind them.
            starts = [w.index(child) for child in node.children]
            table = w.constant(tuple(starts))
            with w.block(f"if {at}:"):
                for place, start in enumerate(starts[:-1]):
                    if w.has_foreign(start, starts[place + 1]):
                        with w.block(f"if {at} > {place}:"):
                            w.reset(start, starts[place + 1])
                w.line(f"S[{index + 1}:{table}[{at}]] = (INVALID,) * ({table}[{at}] - {index + 1})")
        with w.block("while True:"):
            for place, child in enumerate(node.children):
                if self.goes_on and place < len(node.children) - 1:
                    with w.block(f"if {at} <= {place}:" if place else f"if not {at}:"):
                        self._try(place, child, end, slot, at, w)
                else:
                    self._try(place, child, end, slot, at, w)
            if w.has_foreign(w.index(node.children[-1]), end):
                # A third party that answers INVALID is passed over like one that fails.
                w.line("r = FAILURE")
            w.line("break")
        w.line(f"S[{index}] = r")

    def _try(self, place: int, child: Any, end: int, slot: int, at: str, w: Writer) -> None:
        def stay() -> None:
            # Whatever ran or had ended behind a new choice is left; with the old choice it was already.
            if w.end(child) < end:
                with w.block(f"if {at} != {place}:"):
                    w.halt(w.end(child), end)
            w.line(f"M[{slot}] = {place}")
            w.line("break")

        w.child_or(child, "FAILURE", stay)


RULE = SelectorRule()
