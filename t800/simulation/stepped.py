"""An agent whose tick can be looked at node by node.

While a State is watched, a node's status is written once for each time that it is ticked, when its tick is
over: children before their parents, in the order in which py_trees' own `tick()` yields them (tests hold the two
equal). So it is enough to listen to the list of statuses. Otherwise a status that stays what it was is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from t800.agent import Agent
from t800.core import INVALID, Ask, Fate, Observation, Status, Tick
from t800.engine import State

__all__ = ["Node", "NodeStep", "Stepped", "listening"]

PENDING = Fate("pending", "all trees speak before anything is settled")


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a tree as it stands: its id, its status, and what it says of itself."""

    id: str
    status: Status
    feedback: str


@dataclass(frozen=True, slots=True)
class NodeStep:
    """The moment at which a node's tick is over: `status` is what it answered.

    All else is its agent's, at that moment: `mode`, `nodes` of the mode's trees, the `values` on its
    blackboard, and what was asked for so far, whose fate is pending until all trees have spoken.
    """

    agent: str
    tree: str
    node: str
    status: Status
    mode: str
    nodes: tuple[Node, ...]
    values: Mapping[str, Any]
    written: Mapping[str, int]
    asks: tuple[Ask, ...]


class _Told(list[Status]):
    """The statuses of a tree that say so when a node's tick is over."""

    __slots__ = ("_told",)

    def __init__(self, statuses: Iterable[Status], told: Callable[[int, Status], None]) -> None:
        super().__init__(statuses)
        self._told = told

    def __setitem__(self, place: Any, status: Any) -> None:
        super().__setitem__(place, status)
        if type(place) is int and status is not INVALID:
            self._told(place, status)


@contextmanager
def listening(state: State, told: Callable[[int, Status], None]) -> Iterator[None]:
    """Be told each node of a tree whose tick is over, by its place, with its status."""
    state.status, state.watched = _Told(state.status, told), True
    try:
        yield
    finally:
        state.status, state.watched = list(state.status), False


class Stepped(Agent):
    """An agent that notes each node's tick while `on_step` is set; it decides exactly as any agent of its spec."""

    on_step: Callable[[NodeStep], None] | None = None

    def _tick(self, observation: Observation) -> Tick:
        if self.on_step is None:
            return super()._tick(observation)
        with ExitStack() as stack:
            for place, state in enumerate(self._states):
                stack.enter_context(listening(state, partial(self._note, place, self.on_step)))
            return super()._tick(observation)

    def nodes(self) -> tuple[Node, ...]:
        """The nodes of the mode's trees as they stand; within a tick their feedback is what they noted themselves."""
        if not self._busy:
            return tuple(Node(*each) for each in self.feedback())
        found: list[Node] = []
        for place in self._modes.trees(self._mode.path):
            plan, state = self.plans[place], self._states[place]
            notes = state.feedback
            found += [Node(name, state.status[i], notes.get(i, "")) for i, name in enumerate(plan.ids)]
        return tuple(found)

    def _note(self, place: int, told: Callable[[NodeStep], None], index: int, status: Status) -> None:
        board = self.blackboard
        asks = tuple(
            Ask(self.spec.trees[at].name, self.plans[at].ids[node], intent, effects, PENDING)
            for state, node, intent, effects in self._ctx.asks
            for at in (self._places[id(state)],)
        )
        told(
            NodeStep(
                self.id,
                self.spec.trees[place].name,
                self.plans[place].ids[index],
                status,
                self._mode.path,
                self.nodes(),
                dict(board.values),
                dict(board.written),
                asks,
            )
        )
