"""`reactive_sequence`: conditions that must stay true, then what to do."""

from __future__ import annotations

from typing import Any

from py_trees.composites import Sequence

from t800.nodes.sequence import SequenceRule
from t800.nodes.writer import Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="reactive_sequence",
    doc="""Tick the children in order, from the first, every tick, until one does not succeed.

    Use it for conditions that are to hold all the while: the ones in front are asked again each tick,
    and what runs behind one that no longer succeeds is halted.

        reactive_sequence:
          - check: battery > 0.2
          - patrol

    SUCCESS when all have succeeded in one tick.""",
    body="children",
    neutral="SUCCESS",
    make=lambda parts: Sequence(parts.label, memory=False, children=parts.children),
)


class ReactiveSequenceRule(SequenceRule):
    """A sequence that starts over each tick."""

    def remembers(self, node: Any) -> bool:
        return False

    def code(self, node: Any, w: Writer) -> None:
        index, end, went_on = w.index(node), w.end(node), w.local("w")
        foreign = w.has_foreign(index, end)
        rows = [[child] for child in node.children] if foreign else self._rows(node, w)
        lead = None if foreign or not w.bare(node.children[0]) else rows.pop(0)
        if lead is None:
            # Once entered afresh, whatever stands behind a failing child is inactive already.
            with w.block(f"if not ({went_on} := (s := S[{index}]) is RUNNING) and s is not INVALID:"):
                w.reset(index + 1, end)
        with w.block("while True:"):
            if lead is not None:
                w.steps(lead, lambda child: w.halt(w.end(child), end))
                if rows:
                    first = w.end(lead[-1])
                    with w.block(f"if not ({went_on} := S[{index}] is RUNNING) and S[{first}] is not INVALID:"):
                        w.reset(first, end)
            for row in rows:
                if not foreign and w.bare(row[0]):
                    w.steps(row, lambda child: w.halt(w.end(child), end))
                else:
                    w.child_or(row[0], "SUCCESS", lambda child=row[0]: self._leave(child, end, went_on, w))  # type: ignore[misc]
            if not foreign and w.bare(node.children[-1]):
                w.line("r = SUCCESS")
            w.line("break")
        w.line(f"S[{index}] = r")

    def _rows(self, node: Any, w: Writer) -> list[list[Any]]:
        """The children: bare leaves in a row together, others each for itself."""
        rows: list[list[Any]] = []
        for child in node.children:
            if rows and w.bare(child) and w.bare(rows[-1][0]):
                rows[-1].append(child)
            else:
                rows.append([child])
        return rows

    def _leave(self, child: Any, end: int, went_on: str, w: Writer) -> None:
        if w.end(child) < end:
            with w.block(f"if {went_on}:"):
                w.halt(w.end(child), end)
        w.line("break")


RULE = ReactiveSequenceRule()
