"""A run to look at, that goes backwards as well (docs/debugging.md).

All state is data and a run is deterministic: whole states are kept in memory every few ticks, and what lies
between two of them is played again. Every tick that is played again is compared with what it was.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from t800.core import Ask, Event, Fate, Fault, Signal, Tick
from t800.errors import TraceError, UsageError, closest, listed, shorten
from t800.scenario import Verdict, Watch
from t800.simulation.breakpoints import (
    Breakpoint,
    Hit,
    Played,
    on_constraint,
    on_event,
    on_fault,
    on_mode,
    on_node,
)
from t800.simulation.chronicle import Chronicle, Mark
from t800.simulation.ladder import Ladder
from t800.simulation.opening import open_scenario
from t800.simulation.probe import Probe, Scenery
from t800.simulation.reload import first_texts
from t800.simulation.replay import reopened
from t800.simulation.result import Result
from t800.simulation.runner import Account, Moment, Simulation, run, seconds
from t800.simulation.stepped import Node, NodeStep, Stepped
from t800.simulation.trace import TraceReader
from t800.simulation.tracefile import open_regular
from t800.simulation.wall import Stopwatch
from t800.spec.scenario import Branch, Edit, ScenarioSpec
from t800.spec.world import component_info
from t800.types import Type

__all__ = ["Debugger", "Mind", "Stop", "is_trace"]

STRIDE = 8
"""Ticks from one state that is kept to the next, if ticks are fast."""

SLOW = 0.02
"""Seconds of play after which a state is kept all the same."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run stopped: at a `break`, `until` something held, at its `end` (or its start), or because it was told to.

    `why` says it in words; `number` is that of the breakpoint.
    """

    kind: Literal["break", "until", "end", "interrupted"]
    why: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Mind:
    """An agent as it stands: everything of it that is shown.

    `present` says if it is in the world, `awake` if it decided in this tick. `nodes` are those of its
    mode's trees; `values` its blackboard, `before` what it was a tick ago. `asks` have what the world said, too.
    """

    id: str
    present: bool
    awake: bool
    mode: str
    left: str | None
    nodes: tuple[Node, ...]
    values: Mapping[str, Any]
    before: Mapping[str, Any]
    asks: tuple[Ask, ...]
    signals: tuple[Signal, ...]
    fault: Fault | None


class Debugger:
    """A run of a scenario, or of a trace, to be walked through in both directions.

        debugger = Debugger("corridor")
        debugger.run_until("t800.threat.distance < 3.0")
        debugger.back()
        debugger.value("t800.threat")
        debugger.set("t800.ward", "hunter")
        debugger.branch("otherwise.jsonl")

    It stands behind a tick: `tick` is the number of the last one that was played, -1 at the start.
    `source` is a name, a path or a ScenarioSpec; `seed` replaces the scenario's own. A trace is run again
    from its own header, `diverged` says from which tick on it is not what was recorded, and `cut` if it has no
    end. `memory` is how many bytes the states to go back to may take. ConfigError for bad files, TraceError for a
    damaged trace, UsageError for one whose files mean something else by now.
    """

    def __init__(
        self,
        source: str | Path | ScenarioSpec,
        seed: int | None = None,
        packs: Sequence[str] = (),
        overrides: Sequence[str] = (),
        without: Sequence[str] = (),
        memory: int = 32 * 1024 * 1024,
    ) -> None:
        self.trace: Path | None = None
        self.cut: str | None = None
        self._chronicle = Chronicle()
        if not isinstance(source, ScenarioSpec) and is_trace(source):
            if seed is not None or overrides or without or packs:
                raise UsageError("a trace says itself how it was run: no seed, pack or change can be given besides")
            self.trace = Path(source)
            source, seed = self._recorded(self.trace)
        self.spec = source if isinstance(source, ScenarioSpec) else open_scenario(source, packs, overrides, without)
        self.seed = self.spec.seed if seed is None else seed
        self.focus: str | None = next((use.participant.id for use in self.spec.agents), None)
        self.breakpoints: dict[int, Breakpoint] = {}
        self.watches: dict[str, Probe] = {}
        self._branch: Branch | None = None
        self._ladder = Ladder(memory)
        self._saves = not any(use.agent.foreign for use in self.spec.agents)
        self._clock = Stopwatch()
        self._made = 0
        self._at: int | None = None
        self._steps: list[NodeStep] = []
        self._begin()

    def _recorded(self, path: Path) -> tuple[ScenarioSpec, int]:
        """Check a trace, and learn what its ticks are."""
        reader = TraceReader(path)
        self._chronicle.read(reader)
        self.cut = reader.cut
        if first_texts(reader):
            raise UsageError(f"{path} is of a run whose trees were replaced on the way: `t800 why` answers about it")
        return reopened(reader), reader.header.seed

    # Where it stands.

    @property
    def tick(self) -> int:
        """The number of the tick that was played last, whole or to the node where it stands; -1 at the start."""
        return -1 if self._moment is None else self._moment.number

    @property
    def time(self) -> float:
        """Seconds of the world at which this tick began."""
        return seconds(max(self.tick, 0), self.spec.dt)

    @property
    def node(self) -> NodeStep | None:
        """The node whose tick was the last one to end, if it stands within a tick."""
        return None if self._at is None else self._steps[self._at]

    @property
    def over(self) -> bool:
        """Whether the run has come to its end here."""
        return self._account.watch.over or self._simulation.world.tick >= self._account.last

    @property
    def last(self) -> int:
        """The last tick that is known, played or recorded; -1 if none is."""
        return self._chronicle.last

    @property
    def memory(self) -> int:
        """Bytes that the states to go back to take now."""
        return self._ladder.size

    @property
    def agents(self) -> Mapping[str, Stepped]:
        """All agents, as they are behind this tick; to be read only."""
        return self._agents

    @property
    def entities(self) -> Mapping[str, Any]:
        """Who and what is in the world, by id, each with its fields as attributes; to be read only.

        Within a tick it is as it was at its beginning: the world takes its step when all have decided.
        """
        if self._at is not None:
            return self._frozen
        return {entity.id: entity for entity in self._simulation.world.present}

    @property
    def happened(self) -> Sequence[Event]:
        """The events of this tick; none before it is whole."""
        return () if self._moment is None or self._at is not None else self._moment.events

    @property
    def diverged(self) -> int | None:
        """The first tick that did not come about as the trace has it, so far; None if there is none."""
        return self._chronicle.diverged

    @property
    def events(self) -> Iterator[Event]:
        """What happened up to here, the last first."""
        return (event for event in reversed(self._chronicle.events) if event.tick <= self.tick - (self._at is not None))

    @property
    def story(self) -> Sequence[Event]:
        """What happened in all ticks that were played, also after here."""
        return tuple(self._chronicle.events)

    @property
    def marks(self) -> Sequence[Mark]:
        """Modes that were entered, faults and edits, in all ticks that were played."""
        return tuple(self._chronicle.marks)

    @property
    def expectations(self) -> tuple[Verdict, ...]:
        """What became of all that is expected, as far as it is played; with what its end decides, if it is over."""
        account = self._account
        if not self.over or self._at is not None:
            return account.watch.expectations
        watch = Watch(self.spec)
        watch.restore(account.watch.snapshot())
        watch.close(account.scene(self._simulation.world, ()))
        return watch.expectations

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What was changed by hand, here and in the trace that is looked at."""
        branch = self._branch or self.spec.branch
        return branch.edits if branch else ()

    def mind(self, agent: str) -> Mind:
        """An agent as it stands. UsageError if there is none of that name."""
        self._known(agent)
        mind, before = self._agents[agent], self._before.get(agent, {})
        present, node = agent in self.entities, self.node
        tick = self._moment.ticks.get(agent) if self._moment is not None else None
        if node is not None and node.agent == agent:
            left = tick.left if tick is not None else None
            return Mind(agent, present, True, node.mode, left, node.nodes, node.values, before, node.asks, (), None)
        if node is not None and not self._was_before(agent, node):
            mode, nodes = self._left[agent], self._still[agent]
            return Mind(agent, present, False, mode, None, nodes, before, before, (), (), None)
        values, nodes = dict(mind.blackboard.values), mind.nodes()
        if tick is None:
            return Mind(agent, present, False, mind.mode, None, nodes, values, before, (), (), None)
        asks = tuple(_settled(ask, self.entities.get(agent)) for ask in tick.asks)
        return Mind(agent, present, True, mind.mode, tick.left, nodes, values, before, asks, tick.signals, tick.fault)

    def value(self, expression: str) -> Any:
        """The value of an expression here; None is unknown.

            debugger.value("distance(t800, john)")

        UsageError with the place and a way out if it is none.
        """
        return self.ask(self.probe(expression))

    def probe(self, expression: str) -> Probe:
        """An expression to `ask` at several moments; bare names are keys of the agent in `focus`."""
        return Probe(expression, self.spec, self.focus)

    def ask(self, probe: Probe) -> Any:
        """What an expression is here."""
        values, written, modes = {}, {}, {}
        node = self.node
        for name, agent in self._agents.items():
            board = agent.blackboard
            values[name], written[name], modes[name] = board.values, board.written, agent.mode
            if node is not None and node.agent == name:
                values[name], written[name], modes[name] = dict(node.values), dict(node.written), node.mode
            elif node is not None and not self._was_before(name, node):
                values[name], modes[name] = self._before[name], self._left[name]
        return probe.ask(Scenery(self.tick, self.entities, modes, values, written))

    def watch(self, expression: str) -> Any:
        """Put an expression on the list of `watches`; its value here."""
        probe = self.probe(expression)
        value = self.ask(probe)
        self.watches[probe.text] = probe
        return value

    def unwatch(self, expression: str) -> None:
        """Take an expression off the list of `watches`. UsageError if it is not on it."""
        if expression not in self.watches:
            raise UsageError(f"{shorten(expression)} is not watched{_way(expression, self.watches)}")
        del self.watches[expression]

    def look(self, agent: str) -> None:
        """Put an agent into focus: bare names in expressions are its keys from here on."""
        self._known(agent)
        self.focus = agent

    # How it moves.

    def step(self, ticks: int = 1) -> int:
        """Play so many ticks, whatever breakpoints there are; how many it were before the end.

        Within a tick, the rest of it is the first.
        """
        done = 0
        while done < ticks:
            if self._at is not None:
                self._at = None
            elif not self._advance():
                break
            done += 1
        return done

    def back(self, ticks: int = 1) -> int:
        """Go back by so many ticks; how many it were before the start.

        UsageError if what was played cannot be played again: a skill worked in a thread.
        """
        done = min(ticks, self._place + 1)
        if done > 0:
            self._return(self._place - done)
        return max(done, 0)

    def step_node(self) -> NodeStep | None:
        """Go on to the end of the next node's tick; None where the tick, or the run, has come to its end.

        Nodes come in the order in which their ticks end: children before their parents, tree by tree, agent
        by agent. After the last one comes the tick as a whole, with what became of the asks, and the events.
        """
        if self._at is None:
            self._advance_noting()
            self._at = 0 if self._steps else None
        else:
            self._at = self._at + 1 if self._at + 1 < len(self._steps) else None
        return self.node

    def back_node(self) -> NodeStep | None:
        """Go back to the end of the node's tick before; None where that is the end of the tick before, or the start."""
        if self._at is None:
            if self._moment is not None and not self._steps:
                self._return(self._place - 1)
                self._advance_noting()
            self._at = len(self._steps) - 1 if self._steps else None
            if self._at is None:
                self.back()
        elif self._at > 0:
            self._at -= 1
        else:
            self._return(self._place - 1)
        return self.node

    def seek(self, tick: int) -> int:
        """Go to the end of a tick, forward or back, -1 for the start; the tick where that led: a run may end before."""
        if tick < -1:
            raise UsageError(f"there is no tick {tick}: the start is -1")
        self._at = None
        if tick < self.tick or self._nearer(tick):
            self._return(self._chronicle.place(tick))
        while self.tick < tick and self._advance():
            pass
        return self.tick

    def run(self, going: Callable[[], bool] = lambda: True) -> Stop:
        """Play on to the next breakpoint, or to the end; `going` is asked after each tick."""
        return self._run(None, going)

    def run_until(self, expression: str, going: Callable[[], bool] = lambda: True) -> Stop:
        """Play on, at least one tick, until an expression holds; or to the next breakpoint, or to the end."""
        return self._run(self._condition(expression), going)

    def reverse(self, expression: str | None = None, going: Callable[[], bool] = lambda: True) -> Stop:
        """Go back to the last tick before this one that a breakpoint stops at, or in which an expression held.

        Without such a tick it ends at the start.
        """
        probe = None if expression is None else self._condition(expression)
        self._at = None
        self._may_return()
        end = self._place - 1
        rungs = [self._chronicle.place(tick) for tick in self._ladder.ticks if tick < self.tick]
        for begin in [*reversed([place for place in rungs if place < end]), -1]:
            if end < 0:
                break
            self._return(begin)
            found: tuple[int, Stop] | None = None
            while self._place < end:
                held = self._held()
                self._advance()
                if (stop := self._stopped(probe, held)) is not None:
                    found = self._place, stop
                if not going():
                    return Stop("interrupted", "on the way back")
            if found is not None:
                self._return(found[0])
                return found[1]
            end = begin
        self._return(-1)
        return Stop("end", "the start")

    # Where it stops.

    def break_on(
        self,
        *,
        node: str | None = None,
        status: str | None = None,
        mode: str | None = None,
        event: str | None = None,
        when: str | None = None,
        constraint: str | None = None,
        fault: bool = False,
        **fields: Any,
    ) -> Breakpoint:
        """Stop `run`, `run_until` and `reverse` at something.

            debugger.break_on(node="t800:protect/legs/shield", status="RUNNING")
            debugger.break_on(status="FAILURE")                        # of any node
            debugger.break_on(mode="t800:active.combat")               # or "t800": any mode
            debugger.break_on(event="Shielded", whom="john")
            debugger.break_on(when="distance(t800, john) < 3.0")
            debugger.break_on(constraint="never_the_ward")
            debugger.break_on(fault=True)

        A node stops it when its status becomes `status`, or, if none is given, when it is entered; a `*`
        stands for anything. An expression stops it when it becomes true. UsageError for what is not there.
        """
        kinds = [node or status, mode, event, when, constraint, fault or None]
        if sum(each is not None for each in kinds) != 1:
            raise UsageError("stop at one thing: a node or status, mode, event, expression, constraint, or fault")
        if fields and event is None:
            raise UsageError(f"only an event has fields like {next(iter(fields))}")
        hit: Hit | None = None
        probe: Probe | None = None
        if when is not None:
            probe = self._condition(when)
            text = f"when {probe.text}"
        elif mode is not None:
            agent, colon, path = mode.partition(":")
            text, hit = on_mode(self._agents, agent, path if colon else None)
        elif event is not None:
            text, hit = on_event(self.spec, event, fields)
        elif constraint is not None:
            text, hit = on_constraint(self._agents, constraint)
        elif fault:
            text, hit = on_fault()
        else:
            text, hit = on_node(self._agents, node or "*:*", status)
        self._made += 1
        self.breakpoints[self._made] = found = Breakpoint(self._made, text, hit, probe)
        return found

    def clear(self, number: int) -> Breakpoint:
        """Take a breakpoint away. UsageError if there is none of that number."""
        if number not in self.breakpoints:
            raise UsageError(f"no breakpoint {number}; there is: {', '.join(map(str, self.breakpoints)) or 'none'}")
        return self.breakpoints.pop(number)

    # What is changed.

    def set(self, path: str, value: Any) -> Edit:
        """Change a value here, and go on from it: `AGENT.KEY` of a blackboard, or `ENTITY.FIELD` in the world.

            debugger.set("t800.ward", "sarah")
            debugger.set("john.position", {"x": 3.0, "y": 4.0})

        `value` is data as a file spells it, or a record. What was played and edited behind this tick is forgotten, and
        comes about anew. A name that is both is the key; `entity:t800.power` is the field. UsageError within a tick,
        behind the end, for what is not there, and for what does not fit.
        """
        if self._at is not None:
            raise UsageError("this is within a tick: `step` to its end, or go `back` to its beginning")
        if self.over:
            raise UsageError("the run is over here: go back first")
        edit = self._edit(path, value)
        simulation, branch = self._simulation, self._branch
        if branch is None or self.tick < branch.tick:
            # What it was before the first edit is its parent's.
            branch = Branch(simulation.recorder.sha256, self.tick, self.spec.branch.edits if self.spec.branch else ())
        kept = [each for each in branch.edits if each.tick <= edit.tick and not _same(each, edit)]
        before, simulation.edits = simulation.edits, (*kept, edit)
        try:
            simulation.edit()
        except UsageError:
            simulation.edits = before
            raise
        self._branch = dataclasses.replace(branch, edits=(*kept, edit))
        self._forget()
        self._chronicle.marks.append(
            Mark(self.tick, "edit", edit.who, f"{edit.who}.{edit.name} = {shorten(edit.value)}")
        )
        return edit

    def undo(self) -> Edit:
        """Take the last edit back, and go to where it was made. UsageError if nothing was edited here."""
        inherited = self.spec.branch.edits if self.spec.branch else ()
        if self._branch is None or self._branch.edits[-1] in inherited:
            raise UsageError("nothing was edited here")
        *kept, edit = self._branch.edits
        place = self._chronicle.place(edit.tick) - 1
        self._branch = dataclasses.replace(self._branch, edits=tuple(kept)) if kept else None
        if self._branch is not None and self._branch.edits == inherited:
            self._branch = None
        # Also if it stands there: the value that was written over comes back with the tick.
        self._return(place)
        self._forget()
        return edit

    def branch(self, path: str | Path, on_tick: Callable[[Moment], object] | None = None) -> Result:
        """Record the run with all that was edited, from its start to its end, and judge it.

            debugger.branch("otherwise.jsonl").outcome

        The trace names the hash of its parent, the tick at which it left it, and what was edited, and replays and
        resumes like any other. This debugger stays where it is. UsageError if nothing was edited, TraceError if the
        trace cannot be written.
        """
        if self._branch is None:
            raise UsageError("nothing was edited here: it would be the same run again; `set` a value first")
        if self.trace is not None and Path(path).exists() and self.trace.samefile(path):
            raise UsageError(f"{path} is the trace that is looked at: give the branch another name")
        clock = Stopwatch()
        spec = dataclasses.replace(self.spec, branch=self._branch)
        result = run(spec, self.seed, path, on_tick)
        return dataclasses.replace(result, wall=clock.seconds())

    def _condition(self, expression: str) -> Probe:
        probe = self.probe(expression)
        if probe.type.kind != "bool":
            raise UsageError(f"{probe.text} is {probe.type}, which is neither true nor false")
        return probe

    def _known(self, agent: str) -> None:
        if agent not in self._agents:
            raise UsageError(f"no agent {shorten(agent)}{_way(agent, self._agents)}")

    def _was_before(self, agent: str, node: NodeStep) -> bool:
        """Whether an agent has decided before the one that a node belongs to, in this tick."""
        order = list(self._moment.ticks) if self._moment is not None else []
        return agent in order and order.index(agent) < order.index(node.agent)

    def _edit(self, path: str, value: Any) -> Edit:
        prefix, colon, rest = path.partition(":")
        of, name = (prefix, rest) if colon else (None, path)
        who, _, what = name.partition(".")
        if of not in (None, "agent", "entity") or not what or "." in what:
            raise UsageError(f"{shorten(path)} is nothing to set; expected AGENT.KEY or ENTITY.FIELD, like t800.ward")
        if hasattr(type(value), "__record_fields__"):
            value = Type.of(type(value)).encode(value)
        everybody = list(dict.fromkeys([*self._agents, *self.entities]))
        if who not in everybody:
            raise UsageError(f"nobody and nothing here is named {shorten(who)}{_way(who, everybody)}")
        is_key = who in self._agents and what in self._agents[who].blackboard.schema
        if who in self._agents and of is None and not is_key and not hasattr(self.entities.get(who), what):
            owned = [*self._agents[who].blackboard.schema, *_fields(self.entities.get(who))]
            raise UsageError(f"{who} has no key and no field {shorten(what)}{_way(what, owned)}")
        kind: Literal["agent", "entity"] = "agent" if of == "agent" or (of is None and is_key) else "entity"
        return Edit(self._simulation.world.tick, kind, who, what, value)

    def _begin(self) -> None:
        self._stand(Simulation.of(self.spec, self.seed, mind=Stepped), Account(self.spec), -1)

    def _stand(self, simulation: Simulation, account: Account, place: int) -> None:
        """Take a simulation for the present one."""
        simulation.edits = self.edits
        self._simulation, self._account, self._place = simulation, account, place
        self._agents = {name: agent for name, agent in simulation.agents.items() if isinstance(agent, Stepped)}
        self._moment: Moment | None = None
        self._decided: Mapping[str, Tick] = {}
        self._before: dict[str, dict[str, Any]] = {}
        self._left: dict[str, str] = {}
        self._still: dict[str, tuple[Node, ...]] = {}
        self._frozen: dict[str, Any] = {}
        self._steps, self._at = [], None
        self._since, self._spent = 0, 0.0

    def _may_return(self) -> None:
        if self.spec.workers:
            names = ", ".join(self.spec.workers)
            raise UsageError(
                f"this run cannot go back: {names} works in a thread, and would not end in the same tick again"
            )

    def _nearer(self, tick: int) -> bool:
        """Whether a state is kept that is nearer to a later tick than the present is."""
        return self.tick < tick <= self.last and any(self.tick < each < tick for each in self._ladder.ticks)

    def _return(self, place: int) -> None:
        """Stand behind a tick that is known, by its place among all: from a state before it, played on."""
        self._may_return()
        rung = self._ladder.below(self._chronicle.number(place - 1)) if place > 0 else None
        if rung is None:
            self._begin()
        else:
            _, state = rung
            account = Account(self.spec)
            account.restore(state["account"])
            simulation = Simulation.restore(self.spec, state["simulation"], mind=Stepped)
            self._stand(simulation, account, state["place"])
        while self._place < place:
            self._advance()
        # The start is no tick, and can have been edited.
        self._simulation.edit()

    def _advance(self) -> bool:
        """Play a tick; False if the run is over."""
        started = self._clock.seconds()
        before = {name: dict(agent.blackboard.values) for name, agent in self._agents.items()}
        left = {name: agent.mode for name, agent in self._agents.items()}
        moment = self._account.advance(self._simulation)
        if moment is None:
            return False
        self._decided = self._moment.ticks if self._moment is not None else {}
        self._moment, self._before, self._left = moment, before, left
        self._steps, self._at = [], None
        self._place += 1
        self._chronicle.note(self._place, moment, self._simulation.recorder.sha256)
        self._since += 1
        self._spent += self._clock.seconds() - started
        if moment.number in self._ladder:
            self._since, self._spent = 0, 0.0
        elif self._saves and (self._since >= STRIDE or self._spent >= SLOW):
            self._keep(moment.number)
        # What was edited here is seen here, though it is only the next tick that decides on it.
        self._simulation.edit()
        return True

    def _advance_noting(self) -> None:
        """The same, with every node's tick noted."""
        still = {name: agent.nodes() for name, agent in self._agents.items()}
        frozen = {entity.id: _frozen(entity) for entity in self._simulation.world.present}
        steps: list[NodeStep] = []
        for agent in self._agents.values():
            agent.on_step = steps.append
        try:
            if self._advance():
                self._steps, self._still, self._frozen = steps, still, frozen
        finally:
            for agent in self._agents.values():
                agent.on_step = None

    def _keep(self, tick: int) -> None:
        """Keep the present state, unless something in it is live: then the next tick will try."""
        try:
            simulation = self._simulation.snapshot()
        except UsageError:
            return
        state = {"place": self._place, "simulation": simulation, "account": self._account.snapshot()}
        self._ladder.put(tick, state, tick)
        self._since, self._spent = 0, 0.0

    def _forget(self) -> None:
        """All that comes after the present is to come about anew."""
        self._ladder.forget_after(self.tick)
        self._chronicle.forget_after(self._place)

    def _run(self, probe: Probe | None, going: Callable[[], bool]) -> Stop:
        self._at = None
        while True:
            held = self._held()
            if not self._advance():
                return Stop("end", "the run is over")
            if (stop := self._stopped(probe, held)) is not None:
                return stop
            if not going():
                return Stop("interrupted", f"at tick {self.tick}")

    def _held(self) -> frozenset[int]:
        """The breakpoints whose expressions are true here."""
        asked = [(number, each.probe) for number, each in self.breakpoints.items() if each.probe is not None]
        return frozenset(number for number, probe in asked if self.ask(probe) is True)

    def _stopped(self, probe: Probe | None, held: frozenset[int]) -> Stop | None:
        """Whether this tick is one to stop at."""
        if probe is not None and self.ask(probe) is True:
            return Stop("until", probe.text)
        moment = self._moment
        if moment is None or not self.breakpoints:
            return None
        modes = {name: agent.mode for name, agent in self._agents.items()}
        played = Played(moment.ticks, self._decided, moment.events, modes, self._left)
        for number, each in self.breakpoints.items():
            if each.probe is not None:
                why = each.probe.text if number not in held and self.ask(each.probe) is True else None
            else:
                why = each.hit(played) if each.hit is not None else None
            if why is not None:
                return Stop("break", why, number)
        return None


def is_trace(source: str | Path) -> bool:
    """Whether a name is that of a trace, and not of a scenario."""
    path = Path(source)
    if path.suffix == ".jsonl":
        return True
    try:
        with open_regular(path) as file:
            return file.read(len(BEGIN)) == BEGIN
    except (OSError, TraceError):
        return False


BEGIN = b'{"sum":"'


def _same(one: Edit, other: Edit) -> bool:
    return (one.tick, one.of, one.who, one.name) == (other.tick, other.of, other.who, other.name)


def _fields(entity: Any) -> list[str]:
    """The names of the fields of somebody or something; none of who has not arrived."""
    parts = () if entity is None else entity.parts
    return [name for kind in parts for name in component_info(kind).fields]


def _settled(ask: Ask, entity: Any) -> Ask:
    """An ask with what the world said to it, which the agent hears in its next tick."""
    if ask.fate.outcome == "granted":
        for refusal in getattr(entity, "refused", ()):
            if refusal.channel == ask.intent.channel:
                return dataclasses.replace(ask, fate=Fate("refused", refusal.why))
    return ask


def _frozen(entity: Any) -> SimpleNamespace:
    """Somebody or something as it is now: its fields hold nothing that changes in place."""
    fields = {name: getattr(entity, name) for name in _fields(entity)}
    own = {name: getattr(entity, name) for name in ("id", "position", "place", "facing")}
    return SimpleNamespace(**fields | own)


def _way(name: str, choices: Iterable[str]) -> str:
    near = closest(name, choices)
    return f"; did you mean {near!r}?" if near else f"; there is: {listed(sorted(choices)) or 'none'}"
