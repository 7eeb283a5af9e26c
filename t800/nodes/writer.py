"""Where code rules write: the source of a compiled tree, while it grows.

Inside generated code these names are bound: `S` statuses and `M` memory of the State, `F` its
feedback, `B` and `W` the blackboard's values and write ticks, `N` the tick number, `DT` seconds a
tick, `K` the tree's constants, `ctx`, `state`. A code rule leaves its node's status in `r` and in `S`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from py_trees.behaviour import Behaviour

from t800.core import INVALID, Status
from t800.expressions import Expression
from t800.nodes.source import Source
from t800.nodes.stopping import Halt, Tree, stop_lines
from t800.types import Type

__all__ = ["Rule", "View", "Writer"]

NESTED = 30
"""Nested nodes in one generated function: some kinds indent nothing, and writing one inside the other recurses."""
FEW = 8
"""So many statuses are written one by one sooner than as a slice."""

ARGUMENTS = "S, M, F, B, W, N, DT, K, ctx, state"
STATUSES = "SUCCESS=SUCCESS, FAILURE=FAILURE, RUNNING=RUNNING, INVALID=INVALID"
"""Defaults of every generated function: a local is read faster than a global."""

# A third party may answer INVALID, which a selector passes over like a failure.
UNLESS = {"SUCCESS": "if r is not SUCCESS:", "FAILURE": "if r is RUNNING or r is SUCCESS:"}


class Writer(Source):
    """Writes one function for every few levels of a tree, never one a node.

    `nodes` are the tree's nodes in preorder, `ends[i]` the index behind the subtree of node i.
    `slot_of` and `extra` are the places in `M` of nodes that remember one thing, or two; `slot_owners[m]` is
    the node that place m is of. After `write`,
    `text()` is the source and `owners[n]` the node that line n+1 belongs to.
    """

    def __init__(
        self, nodes: Sequence[Behaviour], ends: Sequence[int], rules: Sequence[Rule], every: bool = False
    ) -> None:
        super().__init__()
        self.every = every
        self.nodes = nodes
        self.ends = ends
        self.rules = rules
        self.slots: list[Callable[[], Any] | None] = []
        self.slot_owners: list[int] = []
        self.slot_types: dict[int, Type] = {}
        self.slot_of: dict[int, int] = {}
        self.extra: dict[int, int] = {}
        self.halting: dict[int, Halt] = {}
        self.foreign: dict[int, str] = {}
        self._halt_names: dict[int, str] = {}
        self._places = {id(node): index for index, node in enumerate(nodes)}
        self._waiting: list[tuple[int, str]] = []
        self._nested = 0
        self._find_leaves_to_stop()
        parallel = [rule.parallel for rule in rules]
        self.constants["tree"] = self.tree = Tree(nodes, ends, self.halting, self.foreign, parallel)

    def _find_leaves_to_stop(self) -> None:
        for index, (node, rule) in enumerate(zip(self.nodes, self.rules, strict=True)):
            if rule.remembers(node):
                self.owner = index
                self.slot_of[index] = self.slot(rule.memory(node))
                if (kind := rule.memory_type(node)) is not None:
                    self.slot_types[self.slot_of[index]] = kind
            if rule.foreign:
                self.foreign[index] = self.constant(node, "x")
            halt = rule.halt(node, index, self.slot_of.get(index, -1))
            if halt is not None:
                self.halting[index] = halt
        self.owner = 0

    def index(self, node: Behaviour) -> int:
        """The place of a node in preorder."""
        return self._places[id(node)]

    def end(self, node: Behaviour) -> int:
        """The place behind a node's subtree."""
        return self.ends[self.index(node)]

    def slot(self, make: Callable[[], Any] | None = None) -> int:
        """A new place in `M`; it starts as `make()`, or as 0."""
        self.slots.append(make)
        self.slot_owners.append(self.owner)
        return len(self.slots) - 1

    @property
    def full(self) -> bool:
        return super().full or self._nested >= NESTED

    def child(self, node: Behaviour) -> None:
        """The code of a child, here or, if this function is deep already, in a function of its own."""
        if self.full:
            index = self.index(node)
            name = f"node_{index}"
            self._waiting.append((index, name))
            self.line(f"r = {name}({ARGUMENTS})")
        else:
            self._code(node)

    def child_or(self, node: Behaviour, go_on: str, otherwise: Callable[[], None]) -> None:
        """The code of a child, and `otherwise`, which ends in a jump, unless it is to `go_on`: SUCCESS, or FAILURE."""
        if self.full:
            self.child(node)
            with self.block(UNLESS[go_on]):
                otherwise()
        else:
            self._code(node, go_on, otherwise)

    def steps(self, leaves: Sequence[Behaviour], stay: Callable[[Behaviour], None]) -> None:
        """The code of bare leaves in a row under a sequence; `stay` leaves where one does not succeed.

        Most ticks end where the last one did: then every status is what it was, and none is written.
        Whoever has a status that is neither SUCCESS nor INVALID is where the sequence stayed last.
        """
        first, end = self.index(leaves[0]), self.end(leaves[-1])
        for leaf in leaves:
            place = self.index(leaf)

            def otherwise(leaf: Behaviour = leaf, place: int = place) -> None:
                with self.block(f"if S[{place}] is not r:"):
                    self.mark(first, place, "SUCCESS")
                    self.line(f"S[{place}] = r")
                    stay(leaf)
                self.line("break")

            self._code(leaf, "bare", otherwise)
        if end - first > 1:
            # If the last has succeeded before, so have the others.
            with self.block(f"if S[{end - 1}] is not SUCCESS:"):
                self.mark(first, end, "SUCCESS")
        else:
            self.mark(first, end, "SUCCESS")

    def bare(self, node: Behaviour) -> bool:
        """Whether a node is a leaf whose status others may write; none is if each is to be written at its own time."""
        return not self.every and self.rules[self.index(node)].bare(node)

    def _code(self, node: Behaviour, go_on: str = "", otherwise: Callable[[], None] = lambda: None) -> None:
        outer = self.owner
        self.owner = self.index(node)
        self._nested += 1
        rule = self.rules[self.owner]
        if go_on == "bare":
            rule.bare_code(node, self, otherwise)
        elif not rule.foreign and self.has_foreign(self.owner + 1, self.ends[self.owner]):
            rule.code(node, self)
            with self.block("if r is INVALID:"):
                # A third party below answered so; py_trees then stops all below.
                self.line(f"stop_below(tree, S, M, ctx, {self.owner})")
            if go_on:
                with self.block(UNLESS[go_on]):
                    otherwise()
        elif go_on:
            rule.code_or(node, self, go_on, otherwise)
        else:
            rule.code(node, self)
        self._nested -= 1
        self.owner = outer

    def reset(self, start: int, end: int) -> None:
        """Make finished siblings inactive: nobody among them runs, so nobody is called but third parties."""
        if start < end:
            self._stop_foreign(start, end)
            self.mark(start, end, "INVALID")

    def halt(self, start: int, end: int) -> None:
        """Make siblings inactive, calling the halt of each skill that runs, in preorder (R9)."""
        if start >= end:
            return
        calls = [index for index in self.halting if start <= index < end]
        if not self._stop_foreign(start, end):
            if len(calls) <= 3:
                for index in calls:
                    with self.block(f"if S[{index}] is RUNNING:"):
                        self.halt_call(index)
            else:
                halts = self.constant(tuple((index, self.halting[index]) for index in calls))
                self.line(f"halt_each(S, M, ctx, {halts})")
        self.mark(start, end, "INVALID")

    def halt_call(self, index: int) -> None:
        """Call the halt of a node that runs."""
        if index not in self._halt_names:
            self._halt_names[index] = self.constant(self.halting[index], "h")
        self.line(f"{self._halt_names[index]}(S, M, ctx)")

    def _stop_foreign(self, start: int, end: int) -> bool:
        """Stop siblings with third-party behaviours among them exactly as py_trees does; whether there are any."""
        there = [index for index in self.foreign if start <= index < end]
        if not there:
            return False
        if there == list(range(start, end)) and all(self.rules[index].inline_stop for index in there):
            for index in there:
                name, node = self.foreign[index], self.nodes[index]
                with self.block(f"if {name}.status is not INVALID:"):
                    for line in stop_lines(name, node, "INVALID"):
                        self.line(line)
        else:
            self.line(f"stop_siblings(tree, S, M, ctx, {start}, {end})")
        return True

    def has_foreign(self, start: int, end: int) -> bool:
        """Whether third-party behaviours are among these nodes."""
        return any(start <= index < end for index in self.foreign)

    def note_unknown(self, index: int, expression: Expression) -> None:
        """Note in the feedback which name kept an expression from being known, if one did."""
        if not expression.names:
            return
        with self.block(f"if (u := {expression.unknown()}) is not None:"):
            self.line(f"F[{index}] = 'unknown: ' + u")

    def mark(self, start: int, end: int, status: str) -> None:
        """Give nodes in a row one status, SUCCESS or INVALID, calling nobody."""
        count = end - start
        if count <= FEW:
            if count:
                self.line(" = ".join([*(f"S[{index}]" for index in range(start, end)), status]))
        elif count > 100:
            # A deep chain would keep one of every length: 100 MB at 5,000 levels.
            self.line(f"S[{start}:{end}] = ({status},) * {count}")
        else:
            name = f"{status.lower()}_{count}"
            self.constants[name] = (Status[status],) * count
            self.line(f"S[{start}:{end}] = {name}")

    def write(self) -> None:
        """Write the whole tree: `tick(state, board, ctx)` first, then the functions of deeper levels."""
        with self.block(f"def tick(state, board, ctx, {STATUSES}):"):
            with self.block("if state.ticking:"):
                self.line("raise ReentrantTickError('this tree is being ticked already')")
            if not self.every:
                with self.block("if state.watched:"):
                    self.line("return watched(state, board, ctx)")
            seconds = len(self.lines)
            self.line("DT = ctx.dt")
            self.line("N = ctx.tick; S = state.status; F = state.feedback; B = board.values; W = board.written")
            refused = None if self.every else self.rules[0].refused(self.nodes[0])
            if refused is not None and "K[" not in refused:
                # Most trees have nothing to do in most ticks.
                with self.block(f"if S[0] is FAILURE and not F and {refused}:"):
                    self.line("return FAILURE")
            self.line("state.ticking = True")
            with self.block("try:"):
                self.line("ctx.state = state; ctx.board = board; M = state.memory; K = constants")
                with self.block("if F:"):
                    self.line("forget(F, S)")
                self._code(self.nodes[0])
                self.line("return r")
            with self.block("finally:"):
                self.line("state.ticking = False")
        while self._waiting:
            index, name = self._waiting.pop()
            self.owner = index
            with self.block(f"def {name}({ARGUMENTS}, {STATUSES}):"):
                self._code(self.nodes[index])
                self.line("return r")
        if not any(re.search(r"\bDT\b", line.replace(ARGUMENTS, "")) for line in self.lines[seconds + 1 :]):
            # It costs a call, and few trees ask for it.
            self.lines[seconds] = self.lines[seconds].replace("ctx.dt", "0.0")


class Rule:
    """How nodes of one py_trees class are compiled, described and shown.

    `code(node, writer)` writes the node's code. A node that it `remembers` for has a slot in `M`,
    started by `memory(node)`; `halt` gives what is called when it is left. `feedback(node, view)` says
    what py_trees' feedback_message would, `tip(node, view)` which child, if any, py_trees' tip() goes to.
    """

    foreign = False
    painted = True
    inline_stop = False
    parallel = False
    remembers_child = False
    """Whether what it remembers is the place of one of its children, or has it in it (`child_at`)."""

    def remembers(self, node: Any) -> bool:
        """Whether the node has a slot in `M`."""
        return False

    def code(self, node: Any, w: Writer) -> None:
        """Write the code that ticks the node."""

    def code_or(self, node: Any, w: Writer, go_on: str, otherwise: Callable[[], None]) -> None:
        """The same, with what to do unless the status is to `go_on`; rules that know it sooner ask only once."""
        self.code(node, w)
        with w.block(UNLESS[go_on]):
            otherwise()

    def refused(self, node: Any) -> str | None:
        """Source that is true if it is known that a tick of the node, which failed last, fails again and does nothing;
        None if there is no such thing."""
        return None

    def bare(self, node: Any) -> bool:
        """Whether it is a leaf that needs no status of its own and no call when it is left: others may write it."""
        return False

    def bare_code(self, node: Any, w: Writer, otherwise: Callable[[], None]) -> None:
        """Write a bare leaf's code: if it does not succeed its status is left in `r`, and `otherwise` follows."""

    def memory(self, node: Any) -> Callable[[], Any] | None:
        """What makes the start value of the node's slot; None for a plain number."""
        return None

    def memory_type(self, node: Any) -> Type | None:
        """The type of what it remembers, if that is no plain number."""
        return None

    reaches = False
    """Whether all children up to that one run beside it."""

    def child_at(self, memory: Any) -> int:
        """The place of the child that it is at, in what it remembers."""
        place: int = memory
        return place

    def stay_at(self, memory: Any, place: int) -> Any:
        """What it remembers when that child stands at another place."""
        return place

    def halt(self, node: Any, index: int, slot: int) -> Halt | None:
        """What to call when the node is left while it runs; it first makes its status INVALID (R9)."""
        return None

    def feedback(self, node: Any, view: View) -> str:
        """The node's feedback, as py_trees would word it."""
        return view.note(node)

    def tip(self, node: Any, view: View) -> Any:
        """The child that the tip lies under, or None for the node itself."""
        return None


class View:
    """A State seen through its plan's tree: what rules need to word feedback and to find the tip."""

    def __init__(self, plan: Any, state: Any) -> None:
        self._plan = plan
        self._state = state
        self._places = {id(node): index for index, node in enumerate(plan.nodes)}
        self._said: dict[int, str] = {}

    def place(self, node: Behaviour) -> int:
        """The node's place in preorder."""
        return self._places[id(node)]

    def status(self, node: Behaviour) -> Any:
        """The node's status."""
        return self._state.status[self.place(node)]

    def memory(self, node: Behaviour) -> Any:
        """What the node remembers."""
        return self._state.memory[self._plan.slot_of[self.place(node)]]

    def note(self, node: Behaviour) -> str:
        """What the node noted as its feedback."""
        return str(self._state.feedback.get(self.place(node), ""))

    def feedback(self, node: Behaviour) -> str:
        """The node's feedback; nothing if it is not active."""
        place = self.place(node)
        if place not in self._said:
            rule: Rule = self._plan.rules[place]
            self._said[place] = "" if self.status(node) is INVALID else rule.feedback(node, self)
        return self._said[place]

    def tip(self, node: Behaviour) -> Any:
        """The child that the tip lies under, or None."""
        rule: Rule = self._plan.rules[self.place(node)]
        return rule.tip(node, self)
