"""An agent's trees as they stand: a row a node, with its status, what guards it and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from t800.cli.picture import LINES
from t800.core import INVALID, Status
from t800.nodes.check import Check
from t800.nodes.guard import Guard
from t800.nodes.hooks import Hooks
from t800.nodes.wait_until import WaitUntil

if TYPE_CHECKING:
    from py_trees.behaviour import Behaviour

    from t800.agent import Agent
    from t800.engine import Plan
    from t800.simulation.debugger import Mind
    from t800.simulation.stepped import Node

__all__ = ["MARKS", "Row", "outline"]

MARKS: Mapping[Status, str] = {Status.SUCCESS: "S", Status.FAILURE: "F", Status.RUNNING: "R", Status.INVALID: "-"}
"""A letter for each status, as traces have them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One node: `stem` are the lines that lead to it, `label` its own name, `asks` its conditions.

    A guard, or what acts at the end of a node, is no row of its own: where it kept its node from being
    ticked, the row has the guard's status.
    """

    id: str
    stem: str
    label: str
    asks: str
    status: Status
    feedback: str


def outline(agent: Agent, mind: Mind, fancy: bool = True) -> Iterator[Row]:
    """The rows of all trees of the mode that an agent is in, the most important tree first."""
    known = {node.id: node for node in mind.nodes}
    for plan in agent.plans:
        if plan.ids[0] in known:
            yield from _tree(plan, known, fancy)


def _tree(plan: Plan, known: Mapping[str, Node], fancy: bool) -> Iterator[Row]:
    tee, corner, bar, blank = LINES[fancy]
    # For each open ancestor: where its subtree ends, and what is drawn under it.
    open_: list[tuple[int, str]] = []
    index = 0
    while index < len(plan.nodes):
        while open_ and open_[-1][0] <= index:
            open_.pop()
        end = plan.ends[index]
        around = []
        while isinstance(plan.nodes[index], Guard | Hooks):
            around.append(index)
            index += 1
        shown = _shown([known[plan.ids[place]] for place in (*around, index)])
        stem = "".join(bars for _, bars in open_[1:])
        if open_:
            last = end == open_[-1][0]
            stem += corner if last else tee
            open_.append((end, blank if last else bar))
        else:
            open_.append((end, ""))
        asks = ", ".join(filter(None, (_asked(plan.nodes[place]) for place in (*around, index))))
        label = plan.ids[index].rpartition("/")[2]
        yield Row(plan.ids[index], stem, label, asks, shown.status, shown.feedback)
        index += 1


def _shown(nodes: Sequence[Node]) -> Node:
    """Of a node and what is around it, the innermost that is active."""
    active = [node for node in nodes if node.status is not INVALID]
    return active[-1] if active else nodes[-1]


def _asked(node: Behaviour) -> str:
    """The conditions of a node, as its file spells them."""
    if isinstance(node, Guard):
        return ", ".join(f"{name} {condition.expression.text}" for name, condition in node.asked.items())
    if isinstance(node, Check):
        return node.condition.expression.text
    return node.when.expression.text if isinstance(node, WaitUntil) else ""
