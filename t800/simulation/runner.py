"""The tick loop: everyone observes, everyone decides, the world takes one step (design §2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from t800.agent import Agent
from t800.core import Event, Intent, Observation, Tick, microseconds, ticks
from t800.engine import Transfer
from t800.errors import UsageError, closest, shorten
from t800.packs import lasting
from t800.scenario import Scene, Watch
from t800.simulation.checkpoint import Checkpoint, Keeper
from t800.simulation.opening import open_scenario
from t800.simulation.result import Lost, Outcome, Result
from t800.simulation.trace import Header, Recorder, TraceFile
from t800.simulation.tracefile import Recording
from t800.simulation.wall import Stopwatch
from t800.spec.scenario import Edit, ScenarioSpec
from t800.types import quick
from t800.world.kernel import Kernel

__all__ = ["Account", "Moment", "Simulation", "Stage", "play", "play_recorded", "run", "seconds"]


class Stage(Protocol):
    """A world that can be watched as well as stepped, as `t800.world.Kernel` is."""

    @property
    def tick(self) -> int:
        """The number of the tick that comes next."""
        ...

    @property
    def present(self) -> tuple[Any, ...]:
        """Everybody and everything that is there, each with an `id` and its fields as attributes.

        It is another tuple when somebody has arrived.
        """
        ...

    def fields(self, entity_id: str) -> Mapping[str, Any]:
        """An entity's fields as JSON data."""
        ...

    def attends(self, agent_id: str) -> bool:
        """Whether an agent is to think in this tick."""
        ...

    def observe(self, agent_id: str) -> Observation: ...

    def whom(self, actor: Any, name: str | None) -> Any:
        """Who or what an actor means by a name of its own making; None if that is nobody in reach of it."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """Everything that changes, as JSON data."""
        ...

    def edit(self, entity_id: str, name: str, value: Any) -> None:
        """Change a field of an entity by hand; `value` is JSON data. UsageError if it cannot be."""
        ...

    def step(
        self, intents: Mapping[str, Sequence[Intent]], asked_by: Mapping[str, Mapping[str, str]]
    ) -> Sequence[Event]:
        """As in World; `asked_by` names the node behind each intent, as {agent: {channel: node}}."""
        ...


@quick
@dataclass(frozen=True, slots=True)
class Moment:
    """One tick of a run, for whoever looks on: its number, every agent's Tick by id, the events it made.

    `agents` are all agents themselves, by id, and `world` is theirs, as the tick left them: to be looked at only.
    """

    number: int
    ticks: Mapping[str, Tick]
    events: Sequence[Event]
    agents: Mapping[str, Agent]
    world: Stage


class Simulation:
    """Agents in a world, tick by tick.

        simulation = Simulation.of(scenario, seed=7)
        moment = simulation.step()

    `recorder` is told what everyone saw, decided and did. An agent that the world does not hold (it is
    still to arrive) neither observes nor decides. `edits` are made by hand, each before its tick.
    """

    def __init__(
        self,
        world: Stage,
        agents: Mapping[str, Agent],
        recorder: Recorder,
        seed: int,
        edits: Sequence[Edit] = (),
    ) -> None:
        self.seed = seed
        self.edits = edits
        self.world = world
        self.agents = agents
        self.recorder = recorder
        # Who is there, as it was looked at last, and the agents among them.
        self._present: tuple[Any, ...] | None = None
        self._minds: Sequence[tuple[str, Agent]] = ()

    @staticmethod
    def of(
        spec: ScenarioSpec,
        seed: int | None = None,
        file: TraceFile | None = None,
        mind: type[Agent] = Agent,
        *,
        watched: bool = False,
    ) -> Simulation:
        """The start of a scenario; `mind` is the class of its agents.

        `watched` says that its trees may be replaced on the way.
        """
        chosen = spec.seed if seed is None else seed
        people = [use.participant for use in spec.agents]
        world = Kernel(spec.world, spec.registry, people, chosen, spec.dt, ticks(spec.limit, spec.dt))
        agents = {
            use.participant.id: mind(
                use.agent, seed=chosen, stream=use.participant.stream, id=use.participant.id, dt=spec.dt
            )
            for use in spec.agents
        }
        recorder = Recorder(spec.registry.events, file)
        branch = None if spec.branch is None else spec.branch.body()
        header = Header(spec.name, chosen, spec.dt, spec.overrides, spec.without, spec.digests, spec.workers, branch)
        # `--until` is in no file, so it is neither in the header nor in a digest. No lapse passes it: whoever
        # runs the trace again takes it from here.
        meta: dict[str, Any] = {
            "scenario": str(Path(spec.path).resolve()),
            "packs": lasting(spec.packs),
            "limit": spec.limit,
        }
        if watched:
            # Whoever reads the trace must look for what the trees were at the start.
            meta["watched"] = True
        recorder.begin(header, meta)
        return Simulation(world, agents, recorder, chosen, spec.branch.edits if spec.branch else ())

    def snapshot(self) -> dict[str, Any]:
        """All of it between two ticks, as JSON data; LiveError where an agent holds more than that."""
        # They first: it is they that may have to refuse.
        agents = {name: agent.snapshot() for name, agent in self.agents.items()}
        return {
            "seed": self.seed,
            "world": self.world.snapshot(),
            "agents": agents,
            "trace": self.recorder.snapshot(),
        }

    @staticmethod
    def restore(
        spec: ScenarioSpec, data: Mapping[str, Any], file: TraceFile | None = None, mind: type[Agent] = Agent
    ) -> Simulation:
        """Go on from what `snapshot` gave; UsageError if an agent's files have come to mean something else."""
        people = [use.participant for use in spec.agents]
        world = Kernel(spec.world, spec.registry, people, data["seed"], spec.dt, ticks(spec.limit, spec.dt))
        world.restore(data["world"])
        agents = {
            use.participant.id: mind.restore(use.agent, data["agents"][use.participant.id]) for use in spec.agents
        }
        recorder = Recorder(spec.registry.events, file)
        recorder.restore(data["trace"])
        return Simulation(world, agents, recorder, data["seed"], spec.branch.edits if spec.branch else ())

    def reload(
        self, spec: ScenarioSpec, texts: Mapping[str, Mapping[str, str | None]]
    ) -> dict[str, dict[str, Transfer]]:
        """Go on with the trees of another spec of the same scenario; what became of each agent's nodes, by tree.

        `texts` are those of the files that changed, as {`tree:protect`: {"was": …, "is": …}}: they go into the
        trace, from which the run can then be run again. UsageError if more than trees differs.
        """
        changed = {}
        for use in spec.agents:
            agent = self.agents[use.participant.id]
            if agent.spec.digest != use.agent.digest:
                changed[use.participant.id] = agent.reload(use.agent)
        self.recorder.reload(texts, changed)
        return changed

    def node_ids(self, agent: str, tree: str) -> Sequence[str]:
        """The ids of the nodes of an agent's tree, in the order in which a trace numbers them."""
        mind = self.agents[agent]
        return mind.plans[[use.name for use in mind.spec.trees].index(tree)].ids

    def edit(self) -> None:
        """Make those edits that come before the next tick; making them twice changes nothing more.

        UsageError for what is not there, or a value that does not fit.
        """
        for edit in self.edits:
            if edit.tick != self.world.tick:
                continue
            if edit.of == "entity":
                self.world.edit(edit.who, edit.name, edit.value)
            elif edit.who in self.agents:
                self.agents[edit.who].edit(edit.name, edit.value, edit.tick)
            else:
                near = closest(edit.who, self.agents)
                raise UsageError(f"no agent {shorten(edit.who)}" + (f"; did you mean {near!r}?" if near else ""))

    def step(self) -> Moment:
        """Let one tick pass. All agents see the state at its start, and their intents are judged together."""
        world, recorder = self.world, self.recorder
        number = world.tick
        if self.edits:
            self.edit()
        if world.present is not self._present:
            self._present = world.present
            self._minds = [(each.id, self.agents[each.id]) for each in self._present if each.id in self.agents]
        here = [(name, agent) for name, agent in self._minds if world.attends(name)]
        seen = {name: world.observe(name) for name, _ in here}
        decided: dict[str, Tick] = {}
        intents: dict[str, list[Intent]] = {}
        nodes: dict[str, dict[str, str]] = {}
        for name, agent in here:
            decided[name] = tick = agent.tick(seen[name])
            recorder.agent(name, seen[name], tick, agent.blackboard)
            intents[name], nodes[name] = [], {}
            for ask in tick.asks:
                if ask.fate.outcome == "granted":
                    intents[name].append(ask.intent)
                    nodes[name][ask.intent.channel] = ask.node
        events = world.step(intents, nodes)
        recorder.tick(number, events)
        return Moment(number, decided, events, self.agents, world)


class Account:
    """What is watched and counted while a run goes on: all that becomes its Result, as far as it is played.

    `snapshot` and `restore` are those of a Simulation, for what the Simulation does not know.
    """

    def __init__(self, spec: ScenarioSpec) -> None:
        self.spec = spec
        self.last = ticks(spec.limit, spec.dt)
        self.watch = Watch(spec)
        self.begun = False
        self.events: dict[str, int] = {}
        self.faults = 0
        self.vetoes = 0
        self.played = 0
        # Who is there, as it was looked at last, and what follows from it.
        self._present: tuple[Any, ...] | None = None
        self._entities: Mapping[str, Any] = {}
        self._expected: frozenset[str] = frozenset()

    def advance(self, simulation: Simulation) -> Moment | None:
        """Let a tick pass, count it, and look at what it led to; None if the run is over."""
        world = simulation.world
        if not self.begun:
            self.begun = True
            self.watch.see(self.scene(world, ()))
        if self.watch.over or world.tick >= self.last:
            return None
        moment = simulation.step()
        self.played += 1
        for event in moment.events:
            self.events[event.kind] = self.events.get(event.kind, 0) + 1
        for tick in moment.ticks.values():
            self.faults += tick.fault is not None
            for ask in tick.asks:
                self.vetoes += ask.fate.outcome == "vetoed"
        self.watch.see(self.scene(world, moment.events))
        return moment

    def scene(self, world: Stage, events: Sequence[Event]) -> Scene:
        """What there is to be watched now, and what happened."""
        if world.present is not self._present:
            self._present = world.present
            self._entities = {entity.id: entity for entity in self._present}
            agents = [use.participant.id for use in self.spec.agents]
            self._expected = frozenset(name for name in agents if name not in self._entities)
        return Scene(world.tick, self._entities, self._expected, events)

    def snapshot(self) -> dict[str, Any]:
        """As JSON data."""
        counts = {
            "begun": self.begun,
            "events": dict(self.events),
            "faults": self.faults,
            "vetoes": self.vetoes,
            "played": self.played,
        }
        return {"watch": self.watch.snapshot(), **counts}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take back what `snapshot` gave, for the same scenario."""
        self.begun = data["begun"]
        self.watch.restore(data["watch"])
        self.events = dict(data["events"])
        self.faults, self.vetoes, self.played = data["faults"], data["vetoes"], data["played"]


def run(
    scenario: ScenarioSpec | str | Path,
    seed: int | None = None,
    record: str | Path | Recording | None = None,
    on_tick: Callable[[Moment], object] | None = None,
    watch: Callable[[Simulation], object] | None = None,
) -> Result:
    """Run a scenario to its end, and judge it.

        result = run("corridor", seed=7, record="corridor.jsonl")
        print(result.outcome)

    `seed` replaces the scenario's own; `on_tick` is called after every tick and can change nothing that
    is recorded. `record` is a path, or a Recording that says more. `watch` is called between ticks, and may
    replace trees: `t800.simulation.reload.Watch(spec).look`. ConfigError for a bad file, TraceError if the
    trace cannot be written.
    """
    if not isinstance(scenario, ScenarioSpec):
        scenario = open_scenario(scenario)
    clock = Stopwatch()
    if record is None:
        simulation = Simulation.of(scenario, seed)
        result = play(scenario, simulation, _looking(simulation, on_tick, watch))
        return dataclasses.replace(result, wall=clock.seconds())
    recording = record if isinstance(record, Recording) else Recording(Path(record))
    file = TraceFile(recording.path, recording.durable, recording.on_error)
    try:
        every = Checkpoint.interval(file, recording.checkpoint)
        simulation = Simulation.of(scenario, seed, file, watched=watch is not None)
        look = _looking(simulation, on_tick, watch)
        if file.regular and file.lost is None:
            Checkpoint.forget(file.path)
        result = play_recorded(scenario, simulation, Account(scenario), file, every, look)
    finally:
        file.close()
    return dataclasses.replace(result, wall=clock.seconds())


def _looking(
    simulation: Simulation,
    on_tick: Callable[[Moment], object] | None,
    watch: Callable[[Simulation], object] | None,
) -> Callable[[Moment], object] | None:
    """What is called after every tick: who looks on first, then who may replace trees."""
    if watch is None:
        return on_tick

    def look(moment: Moment) -> None:
        if on_tick is not None:
            on_tick(moment)
        watch(simulation)

    return look


def play_recorded(
    spec: ScenarioSpec,
    simulation: Simulation,
    account: Account,
    file: TraceFile,
    every: int,
    on_tick: Callable[[Moment], object] | None = None,
) -> Result:
    """`play`, with a checkpoint beside the trace every so many ticks played, until the run is over."""

    def state() -> tuple[str, Mapping[str, Any]]:
        return simulation.recorder.sha256, {"simulation": simulation.snapshot(), "account": account.snapshot()}

    keeper = Keeper(file, every, state)

    def look(moment: Moment) -> None:
        keeper.tick(moment.number, account.played)
        if on_tick is not None:
            on_tick(moment)

    result = play(spec, simulation, look, account=account)
    lost = keeper.lost
    if file.lost is not None:
        lost = lost or Lost(result.ticks, file.lost)
    elif file.regular:
        Checkpoint.forget(file.path)
    return dataclasses.replace(result, path=str(file.path) if file.lines else None, lost=lost)


def play(
    spec: ScenarioSpec,
    simulation: Simulation,
    on_tick: Callable[[Moment], object] | None = None,
    going: Callable[[], bool] = lambda: True,
    account: Account | None = None,
) -> Result:
    """Step a simulation until its scenario is over, or `going` says no; the Result has no path and no wall.

    `account` is that of a run that is gone on with, or of one that is to be saved.
    """
    world = simulation.world
    account = Account(spec) if account is None else account
    watch = account.watch
    while going() and (moment := account.advance(simulation)) is not None:
        if on_tick is not None:
            on_tick(moment)
    at_limit = not watch.over
    # What happened in the last tick was seen already.
    watch.close(account.scene(world, ()))
    held = [verdict.held for verdict in watch.expectations]
    outcome: Outcome = "failed" if False in held else "limit" if at_limit and None in held else "passed"
    simulation.recorder.end({"outcome": outcome, "ticks": world.tick})
    return Result(
        scenario=spec.name,
        seed=simulation.seed,
        dt=spec.dt,
        ticks=world.tick,
        time=seconds(world.tick, spec.dt),
        played=seconds(account.played, spec.dt),
        outcome=outcome,
        expectations=watch.expectations,
        chapters=watch.chapters,
        turns=watch.turns,
        final={entity.id: world.fields(entity.id) for entity in world.present},
        events=dict(sorted(account.events.items())),
        faults=account.faults,
        vetoes=account.vetoes,
        path=None,
        sha256=simulation.recorder.sha256,
        wall=0.0,
    )


def seconds(number: int, dt: float) -> float:
    """Ticks as seconds, without the rounding errors that repeated addition would have."""
    return number * microseconds(dt) / 1_000_000
