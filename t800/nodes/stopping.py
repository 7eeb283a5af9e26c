"""How nodes are left: whom to call, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.decorators import Decorator

from t800.core import INVALID, RUNNING

__all__ = [
    "Halt",
    "Tree",
    "forget",
    "halt_each",
    "stop_below",
    "stop_leaf",
    "stop_lines",
    "stop_order",
    "stop_siblings",
]

Halt = Callable[[list[Any], list[Any], Any], None]
"""Called with `S`, `M` and `ctx`."""


def stop_lines(name: str, node: Behaviour, status: str) -> list[str]:
    """py_trees' own `stop` of a third-party leaf, inline; a method that does nothing is not called."""
    plain = getattr(node.terminate, "__func__", None) is Behaviour.terminate
    call = [] if plain else [f"{name}.terminate({status})"]
    return [*call, f"{name}.status = {status}"]


def forget(F: dict[int, str], S: list[Any], start: int = 0, end: int = 1 << 60) -> None:
    """Drop what nodes said of themselves before they are entered anew: unless they still run."""
    for index in tuple(F):
        if S[index] is not RUNNING and start <= index < end:
            del F[index]


def halt_each(S: list[Any], M: list[Any], ctx: Any, halts: Sequence[tuple[int, Halt]]) -> None:
    """Halt those of many nodes that run."""
    for index, halt in halts:
        if S[index] is RUNNING:
            halt(S, M, ctx)


def stop_order(tree: Tree, S: list[Any], start: int, end: int, forced: bool = False) -> Iterator[tuple[int, bool]]:
    """The nodes to call among siblings that are stopped, in py_trees' order, each with whether it was running.

    All of them become inactive. A composite stops those children that are active, a parallel the running
    ones first; a decorator stops its child whether it is active or not. `forced` stops the first of the
    siblings even if inactive.
    """
    waiting: list[tuple[int, bool, bool]] = []

    def add(start: int, end: int, running: bool) -> None:
        found = []
        while start < end:
            found.append((start, False, running))
            start = tree.ends[start]
        waiting.extend(reversed(found))

    if forced:
        waiting.append((start, True, False))
    else:
        add(start, end, running=False)
    while waiting:
        index, forced, running_only = waiting.pop()
        status = S[index]
        if not forced and (status is INVALID or (running_only and status is not RUNNING)):
            continue
        S[index] = INVALID
        if index in tree.foreign or index in tree.halting:
            yield index, status is RUNNING
        if index in tree.foreign:
            continue
        if isinstance(tree.nodes[index], Decorator):
            waiting.append((index + 1, True, False))
        else:
            add(index + 1, tree.ends[index], running=False)
            if tree.parallel[index]:
                add(index + 1, tree.ends[index], running=True)


def stop_siblings(tree: Tree, S: list[Any], M: list[Any], ctx: Any, start: int, end: int) -> None:
    """Stop siblings with third-party behaviours among them, calling all in the order that py_trees would."""
    for index, running in stop_order(tree, S, start, end):
        stop_leaf(tree, S, M, ctx, index, running)


def stop_below(tree: Tree, S: list[Any], M: list[Any], ctx: Any, index: int) -> None:
    """Stop all below a node, as py_trees does when the node's own answer is INVALID."""
    if isinstance(tree.nodes[index], Decorator):
        order = stop_order(tree, S, index + 1, tree.ends[index], forced=True)
    else:
        order = stop_order(tree, S, index + 1, tree.ends[index])
    for place, running in order:
        stop_leaf(tree, S, M, ctx, place, running)
    # Also inside of a third party's subtree, whose head alone was called.
    S[index + 1 : tree.ends[index]] = [INVALID] * (tree.ends[index] - index - 1)


def stop_leaf(tree: Tree, S: list[Any], M: list[Any], ctx: Any, index: int, running: bool) -> None:
    """Stop one node: a third party's whatever it was doing, another only if it was running."""
    if index in tree.foreign:
        tree.nodes[index].stop(INVALID)
    elif running:
        tree.halting[index](S, M, ctx)


@dataclass(frozen=True, slots=True)
class Tree:
    """The shape of a compiled tree, for what is done by walking it."""

    nodes: Sequence[Behaviour]
    ends: Sequence[int]
    halting: Mapping[int, Halt]
    foreign: Mapping[int, str]
    parallel: Sequence[bool]
