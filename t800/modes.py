"""The operating modes of an agent: a hierarchical state machine over guards and events (R18, R19).

`transitions` holds the machine and says where an edge leads, once for each state that it is followed
from. Choosing is ours: it is asked at every tick, and `transitions` takes many times as long over a
nested machine as one compiled function does, which asks the guards of a state in their order and
answers with the first that holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from transitions.extensions.nesting import HierarchicalMachine, NestedState

from t800.blackboard import Blackboard
from t800.core import ticks
from t800.errors import UsageError, closest, shorten
from t800.spec.modes import FAULTED, EdgeSpec, ModesSpec, StateSpec

__all__ = ["ModeState", "Modes"]

_FAULTED = StateSpec(FAULTED, None, None, final=True, channels=(), trees=(), on_fault=FAULTED, edges=())

# Both get B, W, N and the state's `since`; one also the events, and it answers with an edge's number, or -1.
_Note = Callable[[Mapping[str, Any], Mapping[str, int], int, dict[str, int]], None]
_Choose = Callable[[Mapping[str, Any], Mapping[str, int], int, dict[str, int], Collection[str]], int]


@dataclass(slots=True)
class ModeState:
    """Where an agent's modes are: plain data, to save, copy and compare.

    `path` is that of the innermost state, `since` the ticks since when the guards of edges with
    `for:` have held (`active.escort#0`: that state's first edge).
    """

    path: str
    since: dict[str, int] = field(default_factory=dict)

    def copy(self) -> ModeState:
        return ModeState(self.path, dict(self.since))

    def save(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {"path": self.path, "since": dict(sorted(self.since.items()))}

    @staticmethod
    def load(data: Mapping[str, Any]) -> ModeState:
        """What `save` gave, as a state again."""
        return ModeState(data["path"], dict(data["since"]))


class _State(NestedState):
    # Its default `_` would cut a state named `off_line` in two.
    separator = "."


class _Machine(HierarchicalMachine):
    state_cls = _State


class _Model:
    """What `transitions` moves; it lives for one move, because all that lasts is in ModeState."""

    def __init__(self, state: str) -> None:
        self.state = state


class Modes:
    """The compiled form of an agent's modes. It never changes, and agents of one kind share it.

        modes = Modes(spec, dt=0.1)
        state = modes.start()
        left = modes.step(state, blackboard, events={"power_restored"}, tick=12)
        modes.trees(state.path)            # which trees to tick, most important first

    UsageError if the spec names a state that is not there.
    """

    def __init__(self, spec: ModesSpec, dt: float) -> None:
        self.spec = spec
        if any(state.path == FAULTED for state in spec.states):
            raise UsageError(f"{FAULTED!r} is built in, and cannot be declared")
        self._states = {state.path: state for state in (*spec.states, _FAULTED)}
        self._edges: list[tuple[str, EdgeSpec]] = []
        self._numbers: dict[str, list[int]] = {}
        for state in spec.states:
            self._known(state.initial or state.path)
            self._numbers[state.path] = list(range(len(self._edges), len(self._edges) + len(state.edges)))
            self._edges += [(state.path, edge) for edge in state.edges]
        self._lines = {path: self._line(path) for path in self._states}
        self._initial = self.innermost(spec.initial)
        self._trees = {path: self._tree_order(path) for path in self._states}
        self._channels = {path: self._open_channels(path) for path in self._states}
        self._machine = self._build()
        self._followed: dict[tuple[str, int], str] = {}
        self._note: dict[str, _Note] = {}
        self._choose: dict[str, _Choose] = {}
        self._compile(dt)

    def start(self) -> ModeState:
        """Where the modes are before the first tick."""
        return ModeState(self._initial)

    def step(self, state: ModeState, blackboard: Blackboard, events: Collection[str], tick: int) -> str | None:
        """Follow the first edge that matches, at most one; the path that was left, or None.

        `events` are the names signalled in the tick before. What a guard raises passes through.
        """
        self._keep_time(state, blackboard, tick)
        choose = self._choose.get(state.path)
        if choose is None:
            return None
        number = choose(blackboard.values, blackboard.written, tick, state.since, events)
        if number < 0:
            return None
        left = state.path
        state.path = self._follow(left, number)
        stayed = self._lines[state.path]
        state.since = {edge: since for edge, since in state.since.items() if edge.partition("#")[0] in stayed}
        # A guard's time counts from the tick in which its state is entered, which is this one.
        self._keep_time(state, blackboard, tick)
        return left

    def _follow(self, path: str, number: int) -> str:
        """The state in which one is after following an edge, as `transitions` has it; it is asked once a pair."""
        reached = self._followed.get((path, number))
        if reached is None:
            model = _Model(path)
            self._machine.trigger_event(model, _trigger(number))
            reached = self._followed[path, number] = model.state
        return reached

    def enter(self, state: ModeState, path: str, tick: int) -> None:
        """Go to a state afresh, without an edge: what a fault does. UsageError if there is none of this path.

        `tick` is the one from which the state holds; all times count anew.
        """
        state.path = self.innermost(path)
        state.since = {key: tick for key, edge in self._timed(state.path) if edge.when is None}

    def innermost(self, path: str) -> str:
        """The state in which one is after entering `path`: its initial child, and so on inwards."""
        state = self._states[self._known(path)]
        while state.initial is not None:
            state = self._states[self._known(state.initial)]
        return state.path

    def trees(self, path: str) -> tuple[int, ...]:
        """The trees to tick in a state, most important first: its own, then those of the states around it."""
        return self._trees[self._known(path)]

    def channels(self, path: str) -> frozenset[str] | None:
        """The channels that are open in a state, or None if all are."""
        return self._channels[self._known(path)]

    def is_final(self, path: str) -> bool:
        """Whether a state has no way out."""
        return self._states[self._known(path)].final

    def on_fault(self, path: str) -> str:
        """The state that holds after a fault in this one."""
        return self.innermost(self._states[self._known(path)].on_fault)

    def _known(self, path: str) -> str:
        if path not in self._states:
            near = closest(path, self._states)
            raise UsageError(f"no mode {shorten(path)}" + (f"; did you mean {near!r}?" if near else ""))
        return path

    def _line(self, path: str) -> tuple[str, ...]:
        """The paths of a state and those around it, innermost first."""
        line = []
        outer: str | None = path
        while outer is not None:
            line.append(self._known(outer))
            outer = self._states[outer].parent
        return tuple(line)

    def _tree_order(self, path: str) -> tuple[int, ...]:
        listed = [tree for outer in self._lines[path] for tree in self._states[outer].trees]
        # A tree that is listed twice is as important as its more important place.
        return tuple(dict.fromkeys(listed))

    def _open_channels(self, path: str) -> frozenset[str] | None:
        for outer in self._lines[path]:
            channels = self._states[outer].channels
            if channels is not None:
                return frozenset(channels)
        return None

    def _build(self) -> _Machine:
        """The machine of `transitions`: no callbacks, no generated triggers, and a trigger for each edge."""
        nested: dict[str, dict[str, Any]] = {}
        top: list[dict[str, Any]] = []
        for state in self.spec.states:
            entry: dict[str, Any] = {"name": state.path.rpartition(".")[2]}
            if state.initial is not None:
                entry |= {"initial": state.initial.rpartition(".")[2], "children": []}
            nested[state.path] = entry
            (top if state.parent is None else nested[state.parent]["children"]).append(entry)
        edges = [
            {"trigger": _trigger(number), "source": source, "dest": self._known(edge.to)}
            for number, (source, edge) in enumerate(self._edges)
        ]
        return _Machine(model=None, initial=None, states=top, transitions=edges, auto_transitions=False)

    def _timed(self, path: str) -> list[tuple[str, EdgeSpec]]:
        """The edges with `for:` of a state and those around it, by the names that they have in `since`."""
        return [
            (f"{outer}#{index}", edge)
            for outer in self._lines[path]
            for index, edge in enumerate(self._states[outer].edges)
            if edge.hold is not None
        ]

    def _keep_time(self, state: ModeState, blackboard: Blackboard, tick: int) -> None:
        note = self._note.get(state.path)
        if note is not None:
            note(blackboard.values, blackboard.written, tick, state.since)

    def _compile(self, dt: float) -> None:
        """Two functions for each innermost state: one notes since when guards have held, one finds the edge."""
        for path, state in self._states.items():
            if state.initial is not None:
                continue
            if timing := self._timing(path):
                self._note[path] = _function("B, W, N, since", timing, dt)
            if matching := self._matching(path, dt):
                self._choose[path] = _function("B, W, N, since, events", [*matching, "return -1"], dt)

    def _timing(self, path: str) -> list[str]:
        lines = []
        for key, edge in self._timed(path):
            guard = edge.when.true() if edge.when is not None else "True"
            lines += [f"if {guard}: since.setdefault({key!r}, N)", f"else: since.pop({key!r}, None)"]
        return lines

    def _matching(self, path: str, dt: float) -> list[str]:
        lines = []
        for outer in self._lines[path]:
            for index, number in enumerate(self._numbers.get(outer, ())):
                edge = self._edges[number][1]
                if edge.to in self._lines[path]:
                    continue
                conditions = [f"{edge.event!r} in events"] if edge.event is not None else []
                if edge.hold is not None:
                    # Its guard was asked already, when its time was noted.
                    conditions.append(f"N - since.get({f'{outer}#{index}'!r}, N + 1) >= {ticks(edge.hold, dt)}")
                elif edge.when is not None:
                    conditions.append(edge.when.true())
                lines.append(f"if {' and '.join(conditions) or 'True'}: return {number}")
        return lines


def _trigger(number: int) -> str:
    return f"edge {number}"


def _function(parameters: str, lines: list[str], dt: float) -> Any:
    namespace: dict[str, Any] = {"INF": float("inf"), "DT": dt}
    source = "\n    ".join([f"def modes({parameters}):", *lines])
    exec(compile(source, "<modes>", "exec"), namespace)
    return namespace["modes"]
