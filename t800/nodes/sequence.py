"""`sequence`: do one thing after the other; go on where it was."""

from __future__ import annotations

from typing import Any

from py_trees.composites import Sequence

from t800.nodes.writer import Rule, View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "SequenceRule"]

MANY = 6
"""So many leaves in a row are worth a second copy of their code."""

KIND = Kind(
    name="sequence",
    doc="""Tick the children in order until one does not succeed; go on there next tick.

    Use it for steps: go there, pick up, come back. A step that has succeeded is not asked again; if
    the first steps are conditions that must stay true, take `reactive_sequence`, or `while` on a node.

        sequence:
          - go_to: {place: $dock}
          - charge

    SUCCESS when all have succeeded, FAILURE with the first that fails. Empty ones are refused.""",
    body="children",
    neutral="SUCCESS",
    make=lambda parts: Sequence(parts.label, memory=True, children=parts.children),
)


class SequenceRule(Rule):
    """Both sequences: `memory` is where to go on."""

    remembers_child = True

    def remembers(self, node: Any) -> bool:
        return True

    def tip(self, node: Any, view: View) -> Any:
        if view.status(node).name == "INVALID":
            return None
        return next((c for c in node.children if view.status(c).name != "SUCCESS"), node.children[-1])

    def code(self, node: Any, w: Writer) -> None:
        index, end, slot, at = w.index(node), w.end(node), w.slot_of[w.index(node)], w.local("c")
        bare = all(w.bare(child) for child in node.children)
        with w.block(f"if (s := S[{index}]) is RUNNING:"):
            w.line(f"{at} = M[{slot}]")
        with w.block("else:"):
            if not bare:
                self._reset(node, w, "s is not INVALID")
            w.line(f"{at} = 0")
        with w.block("while True:"):
            if bare:
                # From the first: nothing to skip, so nothing is asked.
                with w.block(f"if not {at}:"):
                    w.steps(node.children, lambda child: self._stay_bare(node, child, slot, end, w))
                    w.line("r = SUCCESS")
                    w.line("break")
            elif len(node.children) >= MANY and not any(child.children for child in node.children):
                with w.block(f"if not {at}:"):
                    for place, child in enumerate(node.children):
                        self._step(place, child, slot, w)
                    w.line("break")
            for place, child in enumerate(node.children):
                if place or not bare:
                    with w.block(f"if {at} <= {place}:" if place else f"if not {at}:"):
                        self._step(place, child, slot, w)
            w.line("break")
        w.line(f"S[{index}] = r")

    def _reset(self, node: Any, w: Writer, entered: str) -> None:
        """Make children inactive if it is `entered` anew; not a bare first one, which gets a status anyway."""
        index, end = w.index(node), w.end(node)
        second = w.end(node.children[0])
        if w.has_foreign(index, end) or not w.bare(node.children[0]):
            with w.block(f"if {entered}:"):
                w.reset(index + 1, end)
        elif second < end:
            # Where the second is inactive, so are all behind it.
            with w.block(f"if S[{second}] is not INVALID:"):
                w.reset(second, end)

    def _stay_bare(self, node: Any, child: Any, slot: int, end: int, w: Writer) -> None:
        w.mark(w.end(child), end, "INVALID")
        w.line(f"M[{slot}] = {node.children.index(child)}")

    def _step(self, place: int, child: Any, slot: int, w: Writer) -> None:
        def stay() -> None:
            w.line(f"M[{slot}] = {place}")
            w.line("break")

        w.child_or(child, "SUCCESS", stay)


RULE = SequenceRule()
