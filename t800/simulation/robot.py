"""The trace of agents on a robot: what they saw is written, because nobody could compute it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from t800.agent import Agent
from t800.core import Event, Intent, Observation, Tick, World
from t800.errors import UsageError
from t800.packs import lasting
from t800.registry import EventKind
from t800.simulation.trace import Header, Recorder, TraceFile
from t800.simulation.tracefile import Recording

__all__ = ["RobotTrace"]


class RobotTrace:
    """Records agents on a robot.

        with RobotTrace("rover.jsonl", agent) as trace:
            run_realtime(agent, trace.watching(robot), hz=50.0, on_tick=trace.tick)

    `agents` is one agent, or several by id, none of which has ticked yet; `packs` the modules, or paths of Python
    files, that their files need besides the installed ones. `t800 replay` lets them decide once more on what they
    saw, with the trees that they had or with others. TraceError as from TraceFile; UsageError for agents of
    different `dt`, or of one name that differ.
    """

    def __init__(
        self, record: str | Path | Recording, agents: Agent | Mapping[str, Agent], packs: Sequence[str] = ()
    ) -> None:
        self._agents = {agents.id: agents} if isinstance(agents, Agent) else dict(agents)
        lengths = {agent.dt for agent in self._agents.values()}
        if len(lengths) != 1:
            raise UsageError("agents of one trace tick together: they need one dt")
        recording = record if isinstance(record, Recording) else Recording(Path(record))
        self._seen: dict[str, Observation] = {}
        self._ticks = 0
        specs: dict[str, str] = {}
        events: dict[str, EventKind] = {}
        for agent in self._agents.values():
            for each, digest in agent.spec.digests.items():
                if specs.setdefault(each, digest) != digest:
                    raise UsageError(f"two files of one trace are called {each}, and differ: rename one of them")
            events |= agent.spec.registry.events
        self._file = TraceFile(recording.path, recording.durable, recording.on_error)
        self._recorder = Recorder(events, self._file, observations=True)
        meta = {
            "agents": {
                name: {
                    "file": str(Path(agent.spec.path).resolve()),
                    "agent": agent.spec.name,
                    "seed": agent.seed,
                    "stream": agent.stream,
                }
                for name, agent in self._agents.items()
            },
            "packs": lasting(packs),
        }
        self._recorder.begin(Header("", 0, lengths.pop(), specs=dict(sorted(specs.items()))), meta)

    @property
    def sha256(self) -> str:
        """The hash of the trace so far."""
        return self._recorder.sha256

    def watching(self, world: World) -> World:
        """The same world, with note taken of what is observed in it."""
        return _Watched(world, self._seen)

    def tick(self, decided: Mapping[str, Tick], events: Sequence[Event]) -> None:
        """Record a tick: what `run_realtime` calls as its `on_tick`."""
        number = 0
        for name, tick in decided.items():
            number = tick.number
            agent = self._agents[name]
            # What an emergency stop withheld is refused by the loop, not by the world.
            seen = replace(self._seen[name], tick=number, refused=agent.observation.refused)
            self._recorder.agent(name, seen, tick, agent.blackboard)
        self._recorder.tick(number, events)
        self._ticks += 1

    def __enter__(self) -> RobotTrace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._recorder.end({"outcome": "stopped", "ticks": self._ticks})
        self._file.close()


class _Watched:
    """A world that notes what is observed in it."""

    def __init__(self, world: World, seen: dict[str, Observation]) -> None:
        self._world = world
        self._seen = seen

    def observe(self, agent_id: str) -> Observation:
        found = self._seen[agent_id] = self._world.observe(agent_id)
        return found

    def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
        return self._world.step(intents)
