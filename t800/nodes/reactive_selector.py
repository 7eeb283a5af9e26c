"""`reactive_selector`: the best thing that can be done now, reconsidered every tick."""

from __future__ import annotations

from py_trees.composites import Selector

from t800.nodes.selector import SelectorRule
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="reactive_selector",
    doc="""Tick the children in order, from the first, every tick, until one does not fail.

    Use it for priorities: the most important child that can act does, and what ran behind it is halted.

        reactive_selector:
          - flee: {threat: $threat}
            while: known(threat)
          - wander

    SUCCESS with the first that succeeds, FAILURE when all have failed.""",
    body="children",
    neutral="FAILURE",
    make=lambda parts: Selector(parts.label, memory=False, children=parts.children),
)


class ReactiveSelectorRule(SelectorRule):
    """A selector that starts over each tick."""

    goes_on = False


RULE = ReactiveSelectorRule()
