"""Running a recorded run again under the eyes of a witness: who wrote what, and all that one agent did in one tick.

Nothing of this is recorded or slows a run: an agent that is to be watched is made as a `Witness`, which
ticks as any agent does, and whoever asks runs the trace again. The lines that it would record are
compared with those of the trace, so an answer is always about the run that was.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from types import FrameType
from typing import Any

from t800.agent import Agent
from t800.context import Context
from t800.core import Observation, Status, Tick, microseconds
from t800.engine import Plan
from t800.errors import UsageError
from t800.nodes.writer import View
from t800.simulation.reload import Replacements
from t800.simulation.replay import reopened
from t800.simulation.runner import Moment, Simulation, seconds
from t800.simulation.trace import TraceReader
from t800.spec.agent import AgentSpec
from t800.spec.scenario import ScenarioSpec

__all__ = ["Evidence", "Rerun", "Snapshot", "Turn", "Witness", "Write"]


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a key: `by` is `start`, `sense NAME`, the id of a node, or `edit` (by hand, in a debugger).

    `reads` are the fields of the observation that the sense read before; a node reads keys.
    """

    tick: int
    agent: str
    key: str
    old: Any
    new: Any
    by: str
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A blackboard at one moment within a tick: values, and for each key its last write and its last change."""

    tick: int
    dt: float
    values: Mapping[str, Any]
    written: Mapping[str, int]
    last: Mapping[str, Write]
    changed: Mapping[str, Write]


@dataclass(frozen=True, slots=True)
class Turn:
    """A change of mode: which edge was followed, with what stood on the blackboard then; None after a fault."""

    tick: int
    left: str
    entered: str
    board: Snapshot
    signals: tuple[str, ...]


@dataclass(slots=True)
class Evidence:
    """All that one agent did in one tick.

    `spec` and `plans` are those that it went by. `before` and `after` are the statuses of each of its trees, by
    place, `visits` the nodes that were
    ticked, as (place, node), each with the blackboard as it found it. `tips` leads from each node to the
    child that decided. `sensed` and `spoken` are the blackboard after the senses and after all trees;
    `refused` is what the world said in the next tick.
    """

    spec: AgentSpec
    plans: tuple[Plan, ...]
    observation: Observation
    mode: str
    signals: tuple[str, ...]
    before: list[tuple[Status, ...]]
    after: list[tuple[Status, ...]] = field(default_factory=list)
    visits: dict[tuple[int, int], Snapshot] = field(default_factory=dict)
    feedback: list[list[str]] = field(default_factory=list)
    tips: list[dict[int, int]] = field(default_factory=list)
    sensed: Snapshot | None = None
    spoken: Snapshot | None = None
    tick: Tick | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


class _Values(dict[str, Any]):
    """The values of a blackboard that say so when they are written."""

    __slots__ = ("told",)

    def __init__(self, values: Mapping[str, Any], told: Callable[[str, Any, Any], None]) -> None:
        super().__init__(values)
        self.told = told

    def __setitem__(self, key: str, value: Any) -> None:
        self.told(key, self[key], value)
        super().__setitem__(key, value)


class Witness(Agent):
    """An agent that remembers who wrote each key, and all about the tick number `watched`.

    `on_write` is told each write. It decides exactly as any agent of its spec.
    """

    watched: int | None = None
    on_write: Callable[[Write], None] | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        start = {key: Write(0, self.id, key, None, value, "start") for key, value in self.blackboard.values.items()}
        self._last: dict[str, Write] = dict(start)
        self._changed: dict[str, Write] = dict(start)
        self._reads: dict[str, list[str]] = {}
        self._evidence: Evidence | None = None
        self._board: Snapshot | None = None
        self.turns: list[Turn] = []
        self.evidence: Evidence | None = None
        self.blackboard.values = _Values(self.blackboard.values, self._told)

    def _told(self, key: str, old: Any, new: Any) -> None:
        by, reads = self._writer()
        write = Write(self._ctx.tick, self.id, key, old, new, by, reads)
        self._last[key] = write
        if old != new:
            self._changed[key] = write
        if self.on_write is not None:
            self.on_write(write)

    def _writer(self) -> tuple[str, tuple[str, ...]]:
        site, name = self._site
        if site == "sense":
            return f"sense {name}", tuple(self._reads.get(name, ()))
        if site == "edit":
            return "edit", ()
        ctx = self._ctx
        place = self._places.get(id(ctx.state))
        if place is None:
            return site, ()
        plan = self.plans[place]
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            node = plan.owner(frame.f_code, frame.f_lineno)
            if node is not None:
                return plan.ids[node], ()
            frame = frame.f_back
        # A halt from outside of the generated code.
        return plan.ids[ctx.node], ()

    @property
    def draws(self) -> dict[str, int]:
        """How often it has drawn so far, by purpose."""
        return {purpose: stream.count for purpose, stream in self._ctx.streams.items()}

    def snapshot_now(self) -> Snapshot:
        """The blackboard as it stands."""
        board = self.blackboard
        return Snapshot(
            self._ctx.tick, self.dt, dict(board.values), dict(board.written), dict(self._last), dict(self._changed)
        )

    def _sense(self, ctx: Context) -> None:
        self._reads = {}
        # All are asked, for only who is asked reads.
        self._memo = [None] * len(self._memo)
        with _spied(ctx.obs, self._read):
            super()._sense(ctx)
        self._board = self.snapshot_now()
        if self._evidence is not None:
            self._evidence.sensed = self._board

    def _read(self, name: str) -> None:
        names = self._reads.setdefault(self._site[1], [])
        if name not in names:
            names.append(name)

    def _tick(self, observation: Observation) -> Tick:
        if self.evidence is not None and observation.tick == self.evidence.observation.tick + 1:
            self.evidence.refused = {refusal.channel: refusal.why for refusal in observation.refused}
        signals = self._signals
        before = self._mode.path
        if observation.tick == self.watched:
            tick = self._witnessed(observation, signals)
        else:
            tick = super()._tick(observation)
        if tick.left is not None and self._board is not None:
            self.turns.append(Turn(tick.number, before, tick.mode, self._board, signals))
        return tick

    def _witnessed(self, observation: Observation, signals: tuple[str, ...]) -> Tick:
        found = Evidence(self.spec, self.plans, observation, self._mode.path, signals, self._all_statuses())
        self._evidence = found
        outer = sys.gettrace()
        sys.settrace(self._enter)
        try:
            found.tick = super()._tick(observation)
        finally:
            sys.settrace(outer)
            self._evidence = None
        found.spoken = self.snapshot_now()
        found.after = self._all_statuses()
        for plan, state in zip(self.plans, self._states, strict=True):
            found.feedback.append(plan.feedback(state))
            view = View(plan, state)
            tips = (
                (index, view.tip(node)) for index, node in enumerate(plan.nodes) if view.status(node).name[0] != "I"
            )
            found.tips.append({index: view.place(tip) for index, tip in tips if tip is not None})
        self.evidence = found
        return found.tick

    def _all_statuses(self) -> list[tuple[Status, ...]]:
        return [tuple(state.status) for state in self._states]

    def _enter(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "call" and frame.f_code.co_filename.startswith("<plan of ") and "state" in frame.f_locals:
            return self._line
        return None

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        found = self._evidence
        if event == "line" and found is not None:
            place = self._places[id(frame.f_locals["state"])]
            node = self.plans[place].owner(frame.f_code, frame.f_lineno)
            if node is not None and (place, node) not in found.visits:
                found.visits[place, node] = self.snapshot_now()
        return self._line


_SPYING = RLock()


@contextmanager
def _spied(observation: Observation, told: Callable[[str], None]) -> Iterator[None]:
    """Have an observation say which of its fields are read, as long as this lasts.

    Its class does, for a moment, and for one thread at a time: a sense that is handed anything else might tell the
    difference.
    """
    cls: Any = type(observation)
    with _SPYING:
        own = vars(cls).get("__getattribute__")
        ask, fields = cls.__getattribute__, cls.__record_fields__

        def read(self: Any, name: str) -> Any:
            if self is observation and name in fields:
                told(name)
            return ask(self, name)

        cls.__getattribute__ = read
        try:
            yield
        finally:
            if own is None:
                del cls.__getattribute__
            else:
                cls.__getattribute__ = own


class Rerun:
    """A recorded run, to be run again.

        again = Rerun("corridor.jsonl", watch=("t800", 94))
        for moment in again.moments(until=95):
            ...
        again.witnesses["t800"].evidence

    TraceError if the trace is damaged, UsageError if its scenario's files mean something else by now, or if the
    run does not come about again. `watched` tells whether trees may have been replaced on the way.
    """

    def __init__(
        self,
        trace: str | Path,
        scenario: ScenarioSpec | None = None,
        watch: tuple[str, int] | None = None,
        on_write: Callable[[Write], None] | None = None,
    ) -> None:
        self.path = Path(trace)
        reader = TraceReader(self.path)
        self.header = header = reader.header
        self.scenario = scenario = reopened(reader, scenario)
        self._replaced = Replacements(scenario, reader)
        self.dt = header.dt
        self.watched = bool(reader.meta.get("watched"))
        self._lines = iter(reader)
        self.simulation = Simulation.of(scenario, header.seed)
        self.witnesses = {
            use.participant.id: Witness(
                use.agent,
                seed=self.simulation.seed,
                stream=use.participant.stream,
                id=use.participant.id,
                dt=scenario.dt,
            )
            for use in scenario.agents
        }
        for witness in self.witnesses.values():
            witness.on_write = on_write
        if watch is not None and watch[0] in self.witnesses:
            self.witnesses[watch[0]].watched = watch[1]
        self.simulation.agents = self.witnesses

    def moments(self, until: int | None = None) -> Iterator[Moment]:
        """The ticks as they come about again, up to the number `until`, or as far as the trace goes."""
        while until is None or self.simulation.world.tick <= until:
            line = next(self._lines, None)
            if line is None:
                return
            self._replaced.before(line, self.simulation)
            moment = self.simulation.step()
            if self.simulation.recorder.body.encode("ascii") != line.raw:
                raise UsageError(
                    f"the run does not come about again from tick {moment.number}: `t800 replay {self.path}` says how"
                )
            yield moment

    def time(self, tick: int) -> float:
        """A tick as seconds."""
        return seconds(tick, self.dt)

    def tick(self, text: str) -> int:
        """A moment as people give it: a tick's number, or seconds like `12.3s`. UsageError for neither."""
        number = text.strip()
        try:
            if number.endswith("s"):
                tick = microseconds(float(number[:-1])) // microseconds(self.dt)
            else:
                tick = int(number)
        except (ValueError, ArithmeticError):
            raise UsageError(f"{text[:40]!r} is no time: expected a tick like 123, or seconds like 12.3s") from None
        if tick < 0:
            raise UsageError(f"{text[:40]!r} is before the first tick, which is 0")
        return tick
