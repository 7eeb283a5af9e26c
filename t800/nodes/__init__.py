"""The kinds of node: one module a kind, with its grammar, its py_trees class, its code rule and its doc."""

from __future__ import annotations

from collections.abc import Iterator

import py_trees.behaviours
import py_trees.composites
import py_trees.decorators
from py_trees.behaviour import Behaviour

from t800.nodes import (
    check,
    fail,
    foreign,
    guard,
    hooks,
    invert,
    parallel,
    reactive_selector,
    reactive_sequence,
    repeat,
    retry,
    running,
    selector,
    sequence,
    set,
    signal,
    skill,
    subtree,
    succeed,
    timeout,
    wait,
)
from t800.nodes.writer import Rule
from t800.spec.kind import Kind

__all__ = ["KINDS", "rules"]

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        sequence,
        selector,
        reactive_sequence,
        reactive_selector,
        parallel,
        invert,
        retry,
        repeat,
        timeout,
        subtree,
        check,
        set,
        signal,
        wait,
        succeed,
        fail,
        running,
    )
}

_RULES: dict[type, Rule] = {
    parallel.Parallel: parallel.RULE,
    py_trees.composites.Parallel: parallel.STOCK_RULE,
    py_trees.decorators.Inverter: invert.RULE,
    py_trees.decorators.Retry: retry.RULE,
    py_trees.decorators.Repeat: repeat.RULE,
    py_trees.behaviours.Success: succeed.RULE,
    py_trees.behaviours.Failure: fail.RULE,
    py_trees.behaviours.Running: running.RULE,
    timeout.Timeout: timeout.RULE,
    guard.Guard: guard.RULE,
    hooks.Hooks: hooks.RULE,
    check.Check: check.RULE,
    set.Set: set.RULE,
    signal.SignalLeaf: signal.RULE,
    wait.Wait: wait.RULE,
    skill.SkillLeaf: skill.RULE,
}


def _rule(node: Behaviour) -> Rule:
    """The code rule of a node's class; exactly that class, for a subclass may mean something else."""
    if isinstance(node, py_trees.composites.Composite) and not node.children:
        return foreign.SUBTREE
    if type(node) is py_trees.composites.Sequence:
        return sequence.RULE if node.memory else reactive_sequence.RULE
    if type(node) is py_trees.composites.Selector:
        return selector.RULE if node.memory else reactive_selector.RULE
    if (rule := _RULES.get(type(node))) is not None:
        return rule
    own = type(node)
    stock = own.tick is Behaviour.tick and own.stop is Behaviour.stop and not node.children
    return foreign.LEAF if stock else foreign.SUBTREE


def rules(nodes: list[Behaviour], ends: list[int]) -> Iterator[Rule]:
    """The code rules of a tree's nodes, in preorder; nodes inside a foreign subtree are parts of it."""
    foreign_until = 0
    for index, node in enumerate(nodes):
        if index < foreign_until:
            yield foreign.PART
            continue
        rule = _rule(node)
        if rule is foreign.SUBTREE:
            foreign_until = ends[index]
        yield rule
