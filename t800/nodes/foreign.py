"""Third-party py_trees behaviours, called exactly as py_trees calls them."""

from __future__ import annotations

from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import INVALID, Status
from t800.nodes.frame import Frame, Leaf
from t800.nodes.stopping import stop_lines
from t800.nodes.writer import Rule, View, Writer

__all__ = ["LEAF", "PART", "SUBTREE", "overrides", "replaces"]


def overrides(node: Behaviour, *methods: str) -> bool:
    """Whether an object has one of these methods for itself, whatever its class's is."""
    # Not by vars(): who asks for an object's __dict__ once makes all its attributes slower for ever.
    return any(getattr(getattr(node, name), "__func__", None) is not getattr(type(node), name) for name in methods)


def replaces(node: Behaviour, method: str) -> bool:
    """Whether a method is another than Behaviour's own."""
    return overrides(node, method) or getattr(type(node), method) is not getattr(Behaviour, method)


def checked(node: Behaviour, status: Any) -> Status:
    """What py_trees' own tick makes of an answer."""
    if isinstance(status, Status):
        return status
    node.logger.error(f"A behaviour returned an invalid status, setting to INVALID [{status}][{node.name}]")
    return INVALID


class LeafRule(Rule):
    """A behaviour with py_trees' own `tick` and `stop`: initialise, update and terminate, called inline."""

    foreign = True
    painted = False
    inline_stop = True

    def code(self, node: Any, w: Writer) -> None:
        index = w.index(node)
        name = w.foreign[index]
        if replaces(node, "initialise"):
            with w.block(f"if {name}.status is not RUNNING:"):
                w.line(f"{name}.initialise()")
        with w.block(f"if (r := {name}.update()) is RUNNING:"):
            w.line(f"{name}.status = RUNNING")
        with w.block("else:"):
            with w.block("if r is not SUCCESS and r is not FAILURE:"):
                w.line(f"r = {w.constant(checked)}({name}, r)")
            for line in stop_lines(name, node, "r"):
                w.line(line)
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        return str(node.feedback_message) if view.status(node) is not INVALID else ""


class SubtreeRule(LeafRule):
    """A class that is unknown, or has a `tick` or `stop` of its own: py_trees ticks all of it."""

    inline_stop = False

    def code(self, node: Any, w: Writer) -> None:
        index = w.index(node)
        name = w.foreign[index]
        below = w.nodes[index : w.end(node)]
        frames = [frame for part in below if isinstance(frame := getattr(part, "frame", None), Frame)]
        for frame in dict.fromkeys(frames):
            # Nodes of ours down there stand on what this tree stands on.
            w.line(f"{w.constant(frame)}.stand(ctx.board, ctx, state)")
        for place, part in enumerate(below, index):
            if isinstance(part, Leaf):
                part.index = place
        with w.block(f"for n in {name}.tick():"):
            if w.every:
                w.line(
                    f"S[{w.constant({id(part): place for place, part in enumerate(below, index)})}[id(n)]] = n.status"
                )
            else:
                w.line("pass")
        members = w.constant(tuple(below))
        w.line(f"S[{index}:{w.end(node)}] = [n.status for n in {members}]")
        w.line(f"r = S[{index}]")

    def tip(self, node: Any, view: View) -> Any:
        tip = node.tip()
        if tip is None:
            # It lies under one that is inactive: a parallel's last child, say.
            tip = next((part for part in node.iterate() if part.status is INVALID), None)
        return None if tip is node else tip


class PartRule(Rule):
    """A node inside a foreign subtree: its head answers for it."""

    painted = False

    def feedback(self, node: Any, view: View) -> str:
        return str(node.feedback_message) if view.status(node) is not INVALID else ""


LEAF = LeafRule()
SUBTREE = SubtreeRule()
PART = PartRule()
