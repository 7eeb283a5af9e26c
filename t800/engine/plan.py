"""Trees compiled to Python: the Plan, which never changes and is shared.

The source is generated, one function for every few levels of the tree, over flat lists: no object per
node, no call per node. py_trees stays the reference of what a tick means: tests hold the two equal.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Collection, Iterator
from itertools import chain
from math import inf
from types import CodeType, TracebackType
from typing import Any

from py_trees.behaviour import Behaviour

from t800.blackboard import Blackboard
from t800.context import Context
from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Status
from t800.engine.state import State, copier
from t800.errors import ReentrantTickError, UsageError
from t800.nodes import guard, hooks, rules
from t800.nodes.frame import Frame
from t800.nodes.skill import SkillLeaf, go_on_stopping
from t800.nodes.stopping import forget, halt_each, stop_below, stop_leaf, stop_order, stop_siblings
from t800.nodes.writer import View, Writer
from t800.registry import Skill

__all__ = ["Plan", "compile", "graver", "preorder"]


def preorder(root: Behaviour) -> tuple[list[Behaviour], list[int]]:
    """The nodes of a tree in preorder, and for each the place behind its subtree. Any depth."""
    nodes: list[Behaviour] = []
    ends: list[int] = []
    waiting: list[Behaviour | int] = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, int):
            ends[item] = len(nodes)
            continue
        nodes.append(item)
        ends.append(0)
        waiting.append(len(nodes) - 1)
        waiting.extend(reversed(item.children))
    return nodes, ends


def paths(nodes: list[Behaviour], ends: list[int]) -> list[str]:
    """The id of each node: its name behind its parent's id, `#2` for the second of a name.

    What options put around a node has the node's id and what it is: `protect/shield.guard`. A tree with a guard at its
    root that is used with another has two: that of the tree is `protect/shield.guard#2`.
    """
    ids = [""] * len(nodes)
    ids[0] = nodes[0].name
    around: dict[str, int] = {}
    for index, node in enumerate(nodes):
        inside = ids[index]
        if type(node) in WRAPPERS:
            ids[index + 1] = inside
            label = f"{inside}.{WRAPPERS[type(node)]}"
            around[label] = count = around.get(label, 0) + 1
            ids[index] = f"{label}#{count}" if count > 1 else label
            continue
        taken: dict[str, int] = {}
        child = index + 1
        while child < ends[index]:
            name = nodes[child].name
            taken[name] = count = taken.get(name, 0) + 1
            label = f"{name}#{count}" if count > 1 else name
            while label != name and label in taken:  # somebody is named so
                taken[name] = count = count + 1
                label = f"{name}#{count}"
            taken.setdefault(label, 1)
            ids[child] = f"{inside}/{label}"
            child = ends[child]
    return ids


WRAPPERS: dict[type, str] = {guard.Guard: "guard", hooks.Hooks: "hooks"}


class Plan:
    """A compiled tree.

        plan = compile(build(load("protect.yaml"), registry))
        state = plan.state()
        plan.tick(state, blackboard, ctx)      # -> Status.RUNNING

    `ids` are the node ids in preorder, `source` the generated code. `foreign` are the ids of third-party
    behaviours: a plan that has some is exclusive to one State, and that cannot be copied or saved. `winds_down`:
    whether a skill in it may take its time to stop.
    """

    tick: Callable[[State, Blackboard, Context], Status]
    """One tick of the whole tree: its root's status. Raises what a skill raises; `where` then tells
    the node, and `halt` must follow. ReentrantTickError if the state is ticking already."""

    def __init__(self, root: Behaviour, every: bool = False) -> None:
        self.root = root
        self._watched: Plan | None = None
        self.nodes, self.ends = preorder(root)
        self.ids = paths(self.nodes, self.ends)
        self.rules = list(rules(self.nodes, self.ends))
        writer = Writer(self.nodes, self.ends, self.rules, every)
        writer.write()
        self.source = writer.text()
        self.slots = tuple(writer.slots)
        self.slot_of = writer.slot_of
        self.slot_types = writer.slot_types
        self.slot_owners = tuple(writer.slot_owners)
        self.foreign = tuple(self.ids[index] for index in writer.foreign)
        self.remembering: dict[int, Skill] = {}
        self.settlers: dict[int, Callable[[Any], None]] = {}
        self.outs = {i: node.outs for i, node in enumerate(self.nodes) if isinstance(node, SkillLeaf) and node.outs}
        for index, slot in writer.slot_of.items():
            node = self.nodes[index]
            if isinstance(node, SkillLeaf):
                self.remembering[slot] = node.skill
                if node.settle is not None:
                    self.settlers[slot] = node.settle
        self.winds_down = any(isinstance(node, SkillLeaf) and node.within is not None for node in self.nodes)
        self.copiers = tuple((slot, copier(skill)) for slot, skill in self.remembering.items())
        self._tree = writer.tree
        self._owners = tuple(writer.owners)
        # A third party's name may hold anything, and a file's name no NUL.
        name = self.ids[0].replace("\0", "\\0")
        self._code, self.tick = self._load(writer, f"<plan of {name}{', watched' if every else ''}>")

    def _load(self, writer: Writer, filename: str) -> tuple[set[CodeType], Any]:
        namespace: dict[str, Any] = {
            **writer.constants,
            "SUCCESS": SUCCESS,
            "FAILURE": FAILURE,
            "RUNNING": RUNNING,
            "INVALID": INVALID,
            "INF": inf,
            "ReentrantTickError": ReentrantTickError,
            "forget": forget,
            "halt_each": halt_each,
            "stop_below": stop_below,
            "stop_siblings": stop_siblings,
            "constants": self._constants(),
            "watched": self._tick_watched,
        }
        exec(_builtin_compile(self.source, filename, "exec"), namespace)
        self._lines = (len(self.source), None, self.source.splitlines(True), filename)
        # Tracebacks then show the generated line.
        linecache.cache[filename] = self._lines
        functions = [value for value in namespace.values() if getattr(value, "__globals__", None) is namespace]
        return {function.__code__ for function in functions}, namespace["tick"]

    def _constants(self) -> list[Any]:
        frames = {id(frame): frame for node in self.nodes if isinstance(frame := getattr(node, "frame", None), Frame)}
        with_constants = [frame.constants for frame in frames.values() if frame.constants]
        if len(with_constants) > 1:
            raise UsageError("parts of this tree were built apart: build it as one, with subtrees")
        return with_constants[0] if with_constants else []

    def _tick_watched(self, state: State, board: Blackboard, ctx: Context) -> Status:
        """A tick in which each status is written as its node's tick ends, for who listens to that."""
        if self._watched is None:
            self._watched = Plan(self.root, every=True)
        return self._watched.tick(state, board, ctx)

    def state(self) -> State:
        """A state in which nothing is active yet."""
        return State(self)

    def halt(self, state: State, board: Blackboard, ctx: Context) -> None:
        """Leave the whole tree: every running skill's halt is called once, all nodes become inactive.

        If a halt raises, the others are called all the same, and the gravest exception is raised then.
        ReentrantTickError if the state is ticking.
        """
        if state.ticking:
            raise ReentrantTickError("this tree is being ticked: it cannot be halted from inside")
        state.ticking = True
        ctx.state, ctx.board = state, board
        error: BaseException | None = None
        # Forced: py_trees' own stop of a root asks nobody whether it is active.
        left = stop_order(self._tree, state.status, 0, len(self.ids), forced=True)
        for index, running in chain(left, self._cut_off(state)):
            try:
                stop_leaf(self._tree, state.status, state.memory, ctx, index, running)
            except BaseException as raised:  # noqa: BLE001  # every other halt is still owed (R8)
                error = graver(error, raised)
        state.status[:] = [INVALID] * len(self.ids)
        state.ticking = ctx.silent = False
        if error is not None:
            raise error

    def _cut_off(self, state: State) -> Iterator[tuple[int, bool]]:
        """Nodes that run under one that does not: what broke kept it from noting that it was entered."""
        for index in sorted([*self._tree.halting, *self._tree.foreign]):
            status = self.nodes[index].status if index in self._tree.foreign else state.status[index]
            if status is RUNNING:
                yield index, True

    def leave(self, state: State, board: Blackboard, ctx: Context, nodes: Collection[int]) -> None:
        """Leave some nodes, whatever is above them: the halt of each that runs or is still stopping is called now.

        If a halt raises, the others are called all the same, and the gravest exception is raised then.
        """
        ctx.state, ctx.board = state, board
        error: BaseException | None = None
        for index in nodes:
            running = state.status[index] is RUNNING
            state.status[index] = INVALID
            try:
                if running and index in self._tree.halting:
                    stop_leaf(self._tree, state.status, state.memory, ctx, index, running)
                if index in state.halting:
                    go_on_stopping(state, ctx, index, self.slot_of[index], force=True)
            except BaseException as raised:  # noqa: BLE001  # every other halt is still owed (R8)
                error = graver(error, raised)
        ctx.silent = False
        if error is not None:
            raise error

    def wind_down(self, state: State, board: Blackboard, ctx: Context, force: bool = False) -> None:
        """One tick for the skills that take their time to stop (`halt: {within: SECONDS}`); `force` ends them now.

        An agent calls it before its trees, so that what they ask for comes first.
        """
        ctx.state, ctx.board = state, board
        for index in list(state.halting):
            go_on_stopping(state, ctx, index, self.slot_of[index], force)

    def where(self, trace: TracebackType | None) -> int | None:
        """The node that was ticking when an exception left `tick`, from its traceback."""
        found = None
        while trace is not None:
            found = self.owner(trace.tb_frame.f_code, trace.tb_lineno, found)
            trace = trace.tb_next
        return found

    def show(self, trace: TracebackType | None) -> None:
        """Have a traceback that goes through this plan show its lines, and not those of another plan of its name."""
        if self._watched is not None:
            self._watched.show(trace)
        while trace is not None:
            if trace.tb_frame.f_code in self._code:
                linecache.cache[self._lines[3]] = self._lines
            trace = trace.tb_next

    def owner(self, code: CodeType, line: int, otherwise: int | None = None) -> int | None:
        """The node that a line belongs to, for who watches the generated code run; `otherwise` if it is none of it."""
        if code in self._code:
            return self._owners[line - 1]
        return otherwise if self._watched is None else self._watched.owner(code, line, otherwise)

    def feedback(self, state: State) -> list[str]:
        """What each node says of itself, in preorder; a node that is not active says nothing."""
        view = View(self, state)
        # From the back: some repeat what their child says, which is known by then, at any depth.
        return [view.feedback(node) for node in reversed(self.nodes)][::-1]

    def tip(self, state: State) -> str | None:
        """The id of the node that decided the last tick, deepest first, as py_trees' `tip()`; None if inactive."""
        view = View(self, state)
        node = self.root
        while (child := view.tip(node)) is not None:
            node = child
        return None if view.status(node) is INVALID else self.ids[view.place(node)]

    def paint(self, state: State) -> Behaviour:
        """Put a State onto the py_trees tree, for py_trees' displays and visitors; returns its root."""
        view = View(self, state)
        for node, rule in zip(reversed(self.nodes), reversed(self.rules), strict=True):
            if not rule.painted:
                continue  # third parties show what is their own, and go on from it
            node.status = view.status(node)
            node.feedback_message = view.feedback(node)
            if node.children and hasattr(node, "current_child"):
                node.current_child = view.tip(node)
        return self.root

    def walk(self) -> Iterator[tuple[int, Behaviour]]:
        """Each node with its depth, in preorder."""
        open_until: list[int] = []
        for index, node in enumerate(self.nodes):
            while open_until and open_until[-1] <= index:
                open_until.pop()
            yield len(open_until), node
            open_until.append(self.ends[index])


def graver(error: BaseException | None, raised: BaseException) -> BaseException:
    """Which of two exceptions to tell: the first, unless only the second is to end the program."""
    ends = isinstance(raised, KeyboardInterrupt | SystemExit)
    if error is None or (ends and not isinstance(error, KeyboardInterrupt | SystemExit)):
        return raised
    return error


_builtin_compile = compile


def compile(root: Behaviour) -> Plan:  # noqa: A001  # the design's verb for it
    """Compile any py_trees tree.

        plan = compile(py_trees.composites.Sequence("s", memory=True, children=[...]))

    Known classes become code; a third-party leaf is called as py_trees calls it; a class that is
    unknown, or has a `tick` or `stop` of its own, is ticked by py_trees with all that is below it.
    """
    return Plan(root)
