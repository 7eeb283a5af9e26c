"""Hand-written py_trees trees, ticked by generated code: the objects stay the truth.

A `Plan` keeps its state apart from the tree. Here everything that py_trees keeps on its objects is read
from and written to them, so that displays, visitors, `tip()`, interrupts and `BehaviourTree` go on as
before; only the walk over generators is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Row
from typing import Any

import py_trees
from py_trees.behaviour import Behaviour
from py_trees.common import ParallelPolicy
from py_trees.composites import Composite, Parallel, Selector, Sequence
from py_trees.decorators import Decorator, EternalGuard, OneShot

from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Status
from t800.engine.plan import preorder
from t800.errors import ReentrantTickError, shorten
from t800.nodes.foreign import overrides, replaces
from t800.nodes.source import Source
from t800.nodes.writer import NESTED

__all__ = ["Accelerated", "accelerate"]


def accelerate(root: Behaviour) -> Accelerated:
    """Tick a hand-written tree faster, from now on; returns what to undo or refresh it with.

        accelerate(tree.root)        # tree is a py_trees.trees.BehaviourTree
        tree.tick()

    After each tick `status`, `current_child`, `feedback_message` and `tip()` of every node are what
    py_trees would have made them; visitors and handlers see nodes in the same order with the same
    statuses. Edits by py_trees' own methods between ticks are noticed, others need `refresh()`. At
    py_trees' log level DEBUG it ticks itself. ReentrantTickError if the tree is ticked while it ticks.
    """
    return Accelerated(root)


class Accelerated:
    """The fast way of ticking that a root was given."""

    def __init__(self, root: Behaviour) -> None:
        self.root = root
        self._busy = False
        if isinstance(earlier := getattr(vars(root).get("tick"), "__self__", None), Accelerated):
            earlier.undo()
        # What the root itself, and not its class, has: it stays the root's way of ticking.
        self._own = {name: vars(root)[name] for name in ("tick", "tick_once") if name in vars(root)}
        self.refresh()
        root.tick = self._tick  # type: ignore[method-assign]  # this root's way of ticking, not its class's
        if not replaces(root, "tick_once"):
            root.tick_once = self._tick_once  # type: ignore[method-assign]

    def refresh(self) -> None:
        """Look at the tree again, after an edit that py_trees' methods did not make."""
        nodes, _ = preorder(self.root)
        writer = _LiveWriter(nodes, self._own.get("tick"))
        writer.write()
        self.source = writer.text()
        namespace = {
            **writer.constants,
            "SUCCESS": SUCCESS,
            "FAILURE": FAILURE,
            "RUNNING": RUNNING,
            "INVALID": INVALID,
        }
        exec(compile(self.source, f"<accelerated {shorten(self.root.name)}>", "exec"), namespace)
        self._run = namespace["tick"]
        # Empty composites too: they may grow.
        self._parents = [node for node in nodes if node.children or isinstance(node, Composite)]
        self._children = [list(node.children) for node in self._parents]

    def undo(self) -> None:
        """Let py_trees tick the tree again; nothing, if that was done already."""
        if getattr(vars(self.root).get("tick"), "__self__", None) is self:
            for name in ("tick", "tick_once"):
                vars(self.root).pop(name, None)
            vars(self.root).update(self._own)

    def _ready(self) -> bool:
        """Whether to tick fast; the code is made anew if the tree has changed."""
        if self._busy:
            raise ReentrantTickError(f"the tree of {self.root.name} is being ticked already")
        if py_trees.logging.level == py_trees.logging.Level.DEBUG:
            return False
        if [node.children for node in self._parents] != self._children:
            self.refresh()
        return True

    def _tick_once(self) -> None:
        if not self._ready():
            for _ in self._slowly():
                pass
            return
        self._busy = True
        try:
            self._run(None)
        finally:
            self._busy = False

    def _tick(self) -> Iterator[Behaviour]:
        if not self._ready():
            yield from self._slowly()
            return
        visits: list[tuple[Behaviour, Status]] = []
        error: Exception | None = None
        self._busy = True
        try:
            try:
                self._run(visits)
            except Exception as raised:  # noqa: BLE001  # raised below, behind those that were visited before
                error = raised
            for node, status in visits:
                # Whoever looks on sees each node with the status that it had when it was visited, and may change it.
                final, node.status = node.status, status
                try:
                    yield node
                finally:
                    if node.status is status:
                        node.status = final
        finally:
            self._busy = False
        if error is not None:
            raise error

    def _slowly(self) -> Iterator[Behaviour]:
        """A tick by py_trees, or by what the root has of its own."""
        own = self._own.get("tick")
        yield from type(self.root).tick(self.root) if own is None else own()


def _outcome(node: Parallel, children: Row[Behaviour]) -> Status:
    """What a parallel makes of the statuses of its children; sets `current_child` as py_trees does."""
    policy = node.policy
    node.current_child = children[-1]
    for child in children:
        if child.status == FAILURE:
            node.current_child = child
            return FAILURE
    if isinstance(policy, ParallelPolicy.SuccessOnOne):
        for child in reversed(children):
            if child.status == SUCCESS:
                node.current_child = child
                return SUCCESS
        return RUNNING
    wanted = policy.children if isinstance(policy, ParallelPolicy.SuccessOnSelected) else children
    for child in wanted:
        if child.status != SUCCESS:
            return RUNNING
    node.current_child = wanted[-1]
    return SUCCESS


def _stock_policy(node: Parallel) -> bool:
    """Whether a parallel goes by one of py_trees' own policies, and checks it as py_trees does."""
    known = (ParallelPolicy.SuccessOnAll, ParallelPolicy.SuccessOnOne, ParallelPolicy.SuccessOnSelected)
    return type(node.policy) in known and not (
        overrides(node, "validate_policy_configuration")
        or type(node).validate_policy_configuration is not Parallel.validate_policy_configuration
    )


def _answer(node: Behaviour, status: Any) -> Status:
    """What py_trees makes of what `update` returned."""
    if isinstance(status, Status):
        return status
    node.logger.error(f"A behaviour returned an invalid status, setting to INVALID [{status}][{node.name}]")
    return INVALID


def _allowed(guard: EternalGuard) -> bool:
    """Whether a guard's condition lets its child be ticked; RuntimeError for an answer that is none."""
    result = guard.condition()
    if isinstance(result, Status):
        return bool(result != FAILURE)
    if not isinstance(result, bool):
        raise RuntimeError(f"conditional check must return 'bool' or 'common.Status' [{type(result)}]")
    return result


class _LiveWriter(Source):
    """Writes code that reads and writes the nodes themselves."""

    def __init__(self, nodes: list[Behaviour], own: Any = None) -> None:
        super().__init__()
        self.nodes = nodes
        self.own = own
        self.names = {id(node): self.constant(node, "n") for node in nodes}
        self.answer = self.constant(_answer)
        self.outcome = self.constant(_outcome)
        self.allowed = self.constant(_allowed)
        self._waiting: list[Behaviour] = []
        self._nested = 0
        # What a parent looks for behind each visit of a child that ticks itself, so as to let go of it.
        self._until: dict[int, str] = {}
        self._tuples: dict[tuple[int, ...], str] = {}

    @property
    def full(self) -> bool:
        return super().full or self._nested >= NESTED

    def write(self) -> None:
        """The whole tree: `tick(V)`, where V is a list that takes each visit, or None."""
        with self.block("def tick(V):"):
            self._node(self.nodes[0])
            self.line("return r")
        while self._waiting:
            node = self._waiting.pop()
            with self.block(f"def below_{self.names[id(node)]}(V):"):
                self._node(node)
                self.line("return r")

    def child(self, node: Behaviour, until: str = "") -> None:
        """A child, in a function of its own if this one is deep already; its parent goes on once `until` holds."""
        self._until[id(node)] = until
        if self.full:
            self._waiting.append(node)
            self.line(f"r = below_{self.names[id(node)]}(V)")
        else:
            self._node(node)

    def _node(self, node: Any) -> None:
        name, kind = self.names[id(node)], type(node)
        own_stop = isinstance(node, Composite | Decorator)
        root = node is self.nodes[0]
        if overrides(node, "stop") or (self.own is not None if root else overrides(node, "tick")):
            self._by_itself(node, name)
            return
        self._nested += 1
        if kind.tick is Sequence.tick and kind.stop is Sequence.stop and node.children:
            self._sequence(node, name)
        elif kind.tick is Selector.tick and kind.stop is Selector.stop and node.children:
            self._selector(node, name)
        elif kind.tick is Parallel.tick and kind.stop is Parallel.stop and node.children and _stock_policy(node):
            self._parallel(node, name)
        elif (
            isinstance(node, Decorator)
            and kind.stop is Decorator.stop
            and kind.tick in _DECORATORS
            and [node.decorated] == node.children
        ):
            self._decorator(node, name)
        elif kind.tick is Behaviour.tick and kind.stop is Behaviour.stop and not own_stop:
            self._enter(node, name)
            self._update(node, name, plain_stop=True)
        else:
            self._by_itself(node, name)
            self._nested -= 1
            return
        self._nested -= 1
        with self.block("if V is not None:"):
            self.line(f"V.append(({name}, r))")

    def _by_itself(self, node: Behaviour, name: str) -> None:
        """A node that ticks itself, with all below it."""
        # The class's tick, or what the root had: its own by now is the one that runs this code.
        ticking = f"{name}.tick()"
        if node is self.nodes[0]:
            ticking = (
                f"{self.constant(type(node).tick)}({name})" if self.own is None else f"{self.constant(self.own)}()"
            )
        with self.block(f"for x in {ticking}:"):
            with self.block("if V is not None:"):
                self.line("V.append((x, x.status))")
            if until := self._until.get(id(node)):
                # As py_trees' own, which does not go on behind the last `yield` of such a child.
                with self.block(f"if x is {name} and (r := x.status) {until}:"):
                    self.line("break")
        self.line(f"r = {name}.status")

    def _enter(self, node: Behaviour, name: str) -> None:
        if replaces(node, "initialise"):
            with self.block(f"if {name}.status is not RUNNING:"):
                self.line(f"{name}.initialise()")

    def _update(self, node: Behaviour, name: str, plain_stop: bool) -> None:
        with self.block(f"if (r := {name}.update()) is not RUNNING:"):
            with self.block("if r is not SUCCESS and r is not FAILURE:"):
                self.line(f"r = {self.answer}({name}, r)")
            if plain_stop:
                self._end(node, name, "r")
            else:
                # A child that still runs is the one case in which a decorator's stop has more to do.
                child = self.names[id(node.children[0])]
                with self.block(f"if r is INVALID or {child}.status is RUNNING:"):
                    self.line(f"{name}.stop(r)")
                with self.block("else:"):
                    self._end(node, name, "r")
        self.line(f"{name}.status = r")

    def _end(self, node: Behaviour, name: str, status: str) -> None:
        """py_trees' own stop at an end of its own; a method that does nothing is not called."""
        if replaces(node, "terminate"):
            self.line(f"{name}.terminate({status})")
        self.line(f"{name}.status = {status}")

    def _stop(self, children: list[Behaviour], first: int = 0) -> None:
        """Stop those from the first on that are active: stock classes inline, for py_trees words a log line at each.

        Of many only in a loop: inline, the code of a composite would grow with the square of its children.
        """
        if len(children) > FEW:
            self._stop_many(children, f"{first}:")
            return
        for child in children[first:]:
            name, kind = self.names[id(child)], type(child)
            with self.block(f"if {name}.status is not INVALID:"):
                if overrides(child, "stop"):
                    self.line(f"{name}.stop(INVALID)")
                elif kind.stop is Behaviour.stop:
                    self._end(child, name, "INVALID")
                elif kind.stop in (Sequence.stop, Selector.stop) and len(child.children) <= FEW and not self.full:
                    self.line(f"{name}.current_child = None")
                    self._stop(child.children)
                    self._end(child, name, "INVALID")
                else:
                    self.line(f"{name}.stop(INVALID)")

    def _rows(self, children: list[Behaviour]) -> str:
        """The name of a tuple of them."""
        key = tuple(map(id, children))
        if key not in self._tuples:
            self._tuples[key] = self.constant(tuple(children), "t")
        return self._tuples[key]

    def _stop_many(self, children: list[Behaviour], which: str) -> None:
        with self.block(f"for x in {self._rows(children)}[{which}]:"), self.block("if x.status is not INVALID:"):
            self.line("x.stop(INVALID)")

    def _sequence(self, node: Any, name: str) -> None:
        names = [self.names[id(child)] for child in node.children]
        place = self.local("c")
        with self.block(f"if {name}.status is not RUNNING:"):
            self.line(f"{name}.current_child = {names[0]}")
            self._stop(node.children)
            self.line(f"{name}.initialise()")
            self.line(f"{place} = 0")
        if node.memory:
            with self.block(f"elif {name}.current_child is not None:"):
                self.line(f"{place} = {self._rows(node.children)}.index({name}.current_child)")
        with self.block("else:"):
            self.line(f"{name}.current_child = {names[0]}")
            self.line(f"{place} = 0")
        with self.block("while True:"):
            for number, child in enumerate(node.children):
                with self.block(f"if {place} <= {number}:"):
                    self.child(child, "is not SUCCESS")
                    with self.block("if r is not SUCCESS:"):
                        if not node.memory:
                            self._stop(node.children, number + 1)
                        with self.block("if r is RUNNING:"):
                            self.line(f"{name}.status = r")
                        with self.block("else:"):
                            self._finish(node, name)
                        self.line("break")
                    if number + 1 < len(names):
                        self.line(f"{name}.current_child = {names[number + 1]}")
            self._finish(node, name)
            self.line("break")

    def _finish(self, node: Behaviour, name: str) -> None:
        """A composite's own stop; it does nothing to its children unless its child ended INVALID."""
        with self.block("if r is INVALID:"):
            self.line(f"{name}.stop(r)")
        with self.block("else:"):
            self._end(node, name, "r")

    def _selector(self, node: Any, name: str) -> None:
        names = [self.names[id(child)] for child in node.children]
        place, before = self.local("c"), self.local("p")
        with self.block(f"if {name}.status is not RUNNING:"):
            self.line(f"{name}.current_child = {names[0]}")
            self.line(f"{name}.initialise()")
        self.line(f"{before} = {name}.current_child")
        if node.memory:
            self.line(f"{place} = {self._rows(node.children)}.index({before})")
            if len(node.children) > FEW:
                self._stop_many(node.children, f":{place}")
            else:
                for number, child in enumerate(node.children[:-1]):
                    with self.block(f"if {place} > {number}:"):
                        self._stop([child])
        else:
            self.line(f"{place} = 0")
        with self.block("while True:"):
            for number, child in enumerate(node.children):
                with self.block(f"if {place} <= {number}:"):
                    self.child(child, "in (RUNNING, SUCCESS)")
                    with self.block("if r is RUNNING or r is SUCCESS:"):
                        self.line(f"{name}.current_child = {names[number]}")
                        if number + 1 < len(names):
                            with self.block(f"if {before} is not {names[number]}:"):
                                self._stop(node.children, number + 1)
                        with self.block("if r is RUNNING:"):
                            self.line(f"{name}.status = r")
                        with self.block("else:"):
                            self._end(node, name, "r")
                        self.line("break")
            self.line("r = FAILURE")
            self._end(node, name, "r")
            self.line(f"{name}.current_child = {names[-1]}")
            self.line("break")

    def _parallel(self, node: Any, name: str) -> None:
        if isinstance(node.policy, ParallelPolicy.SuccessOnSelected):
            self.line(f"{name}.validate_policy_configuration()")
        with self.block(f"if {name}.status is not RUNNING:"):
            self._stop(node.children)
            self.line(f"{name}.current_child = None")
            self.line(f"{name}.initialise()")
        for child in node.children:
            if node.policy.synchronise:
                with self.block(f"if {self.names[id(child)]}.status is not SUCCESS:"):
                    self.child(child)
            else:
                self.child(child)
        with self.block(f"if (r := {self.outcome}({name}, {self._rows(node.children)})) is not RUNNING:"):
            self.line(f"{name}.stop(r)")
        self.line(f"{name}.status = r")

    def _decorator(self, node: Any, name: str) -> None:
        tick = type(node).tick
        if tick is EternalGuard.tick:
            with self.block(f"if not {self.allowed}({name}):"):
                self.line(f"{name}.stop(FAILURE)")
                self.line("r = FAILURE")
            with self.block("else:"):
                self._decorated(node, name)
        elif tick is OneShot.tick:
            with self.block(f"if not {name}.final_status:"):
                self._decorated(node, name)
            with self.block("else:"):
                self._enter(node, name)
                self._update(node, name, plain_stop=False)
        else:
            self._decorated(node, name)

    def _decorated(self, node: Any, name: str) -> None:
        self._enter(node, name)
        self.child(node.decorated)
        self._update(node, name, plain_stop=False)


FEW = 8
"""Composites with so many children are stopped inline; others call their own stop."""

_DECORATORS = (Decorator.tick, EternalGuard.tick, OneShot.tick)
