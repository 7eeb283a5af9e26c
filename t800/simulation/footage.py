"""A run as it looked: where everybody was, what each believed, modes, quantities, events. It only looks on.

It is filled tick by tick and holds little more than what changed: paths and quantities as straight pieces, beliefs
and modes by the tick from which on they were so. What draws a report takes it from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from t800.agent import Agent
from t800.core import Event, Tick
from t800.errors import shorten
from t800.nodes.guard import Guard
from t800.simulation.beliefs import Beliefs
from t800.simulation.curve import Curve
from t800.simulation.gauge import Gauge, States, measures
from t800.simulation.runner import Moment
from t800.spec.scenario import ExpectationSpec, Pattern, ScenarioSpec
from t800.spec.world import component_info
from t800.types import Point, Type
from t800.world.entity import Entity

__all__ = ["Asked", "Figure", "Footage", "Mark", "deciding", "parting"]

NEAR = 0.05
"""Metres by which a path may be off between its points, before these are rounded to the decimetre."""

TURNED = 0.96
"""The cosine of the angle from which on somebody is told to look another way."""

ASLEEP = 20
"""Ticks without a thought after which an agent counts as asleep."""

WORD_KINDS = frozenset(["bool", "str", "entity", "literal"])


@dataclass(slots=True)
class Figure:
    """Somebody or something on the map: its path in metres, which way it looks (in eighths), from which tick on.

    `agent` is the name of its mind, if it has one; `main` says that it is no bystander.
    """

    id: str
    body: str
    agent: str | None
    main: bool
    path: Curve = field(default_factory=lambda: Curve(NEAR))
    facing: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something of an agent that is no event: a `fault`, or a `veto`, from a tick on."""

    tick: int
    kind: str
    agent: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Why a node asked for what made an event: the tick in which it did, and what its guards had asked by then.

    `values` are what these read, as the tick left it; empty where that was another tick than the event's.
    """

    agent: str
    node: str
    tick: int
    guards: tuple[str, ...]
    values: tuple[str, ...]


class _Mind:
    """What is kept of one agent between two ticks."""

    def __init__(self, agent: Agent) -> None:
        self.beliefs = Beliefs(agent.blackboard.schema)
        self.modes: list[tuple[int, str]] = []
        self.doing: list[tuple[int, tuple[str, ...]]] = []
        self.awake: list[list[int]] = []
        self.vetoed: set[str] = set()
        self.asked: dict[str, int] = {}
        self.last = -1
        self.guards: dict[str, list[tuple[Guard, str]]] = {}
        self.values: dict[str, Any] = {}
        self.plans: Sequence[Any] = ()


class Footage:
    """What a run looked like. Hand `tick` to `run` as `on_tick`.

        footage = Footage(scenario)
        result = run(scenario, on_tick=footage.tick)
        footage.figures["john"].path.points

    The state at a tick is that at its start, as agents saw it; after the last tick there is one more.
    """

    def __init__(self, spec: ScenarioSpec) -> None:
        self.spec = spec
        self.figures: dict[str, Figure] = {}
        self.gauges: dict[tuple[str, str, bool], Gauge] = {}
        self.states: dict[tuple[str, str, bool], States] = {}
        self.events: list[Event] = []
        self.marks: list[Mark] = []
        self.lapses: list[tuple[int, int]] = []
        self.reasons: dict[tuple[int, str], Asked] = {}
        self.last = 0
        self.played = 0
        self._minds: dict[str, _Mind] = {}
        self._people = {use.participant.id: use for use in spec.agents}
        self._truth: dict[str, Point] = {}
        self._held: dict[str, Entity] = {}
        self._parts: dict[str, list[tuple[Any, str, Gauge | States]]] = {}
        self._frame = 0
        self._recent: Mapping[str, Sequence[int]] = {}
        self._bodies = {item.id: item.body for item in spec.world.entities.values()}
        self._bodies |= {name: use.participant.body for name, use in self._people.items()}
        for name, use in self._people.items():
            at = spec.world.point(use.participant.at)
            if at is not None and use.participant.arrives == 0.0:
                self._truth[name] = at

    @property
    def beliefs(self) -> Mapping[str, Beliefs]:
        """What each agent believed."""
        return {name: mind.beliefs for name, mind in self._minds.items()}

    @property
    def modes(self) -> Mapping[str, Sequence[tuple[int, str]]]:
        """The modes of each agent, each from its tick on."""
        return {name: mind.modes for name, mind in self._minds.items()}

    @property
    def doing(self) -> Mapping[str, Sequence[tuple[int, tuple[str, ...]]]]:
        """What each agent was granted, as `legs: protect/shield`, each from its tick on."""
        return {name: mind.doing for name, mind in self._minds.items()}

    @property
    def awake(self) -> Mapping[str, Sequence[Sequence[int]]]:
        """From which tick to which each agent thought."""
        return {name: mind.awake for name, mind in self._minds.items()}

    def tick(self, moment: Moment) -> None:
        """Take down one tick."""
        number, now = moment.number, moment.world.tick
        self.played += 1
        self.last = number
        if now > number + 1:
            self.lapses.append((number + 1, now))
        named: dict[str, list[int]] = {}
        for event in moment.events:
            self.events.append(event)
            for name in _named(event):
                named.setdefault(name, []).append(event.id)
        for name, tick in moment.ticks.items():
            self._mind(moment, name, tick, named)
        for event in moment.events:
            self._why(event, moment)
        self._look(moment.world.present, now, named)
        for name, mind in self._minds.items():
            if mind.last == number - ASLEEP and name not in moment.ticks:
                mind.beliefs.forget(number)
        self._frame, self._recent = now, named

    # ---- the world

    def _look(self, present: Sequence[Entity], now: int, named: Mapping[str, Sequence[int]]) -> None:
        """Where everybody is now, and how; `now` is the tick that comes next."""
        before = self._frame
        for entity in present:
            name = entity.id
            figure = self.figures.get(name)
            if figure is None:
                figure = self._arrive(entity, now)
            position = entity.position
            if self._truth.get(name) is not position:
                figure.path.add(now, (position.x, position.y), before)
                self._truth[name] = position
            self._turn(figure, entity.facing, now)
            for part, key, reader in self._parts[name]:
                value = getattr(part, key)
                if isinstance(reader, States):
                    reader.read(now, value)
                elif value is not None and value != reader.value:
                    reader.read(now, before, value, named.get(name, ()))

    def _arrive(self, entity: Entity, now: int) -> Figure:
        name = entity.id
        use = self._people.get(name)
        body = self._bodies.get(name, "")
        bystander = use is None or "attention" in self.spec.world.bodies[body].parts
        agent = None if use is None else use.agent.name
        figure = self.figures[name] = Figure(name, body, agent, not bystander)
        start = self._truth.get(name)
        if start is not None and now == 1:
            figure.path.add(0, (start.x, start.y))
        readers: list[tuple[Any, str, Gauge | States]] = []
        for kind, part in entity.parts.items():
            info = component_info(kind)
            for key in info.changes:
                reader = self._reader(name, key, info.fields[key], info.units.get(key, ""), mind=False)
                if reader is not None:
                    readers.append((part, key, reader))
        self._parts[name] = readers
        return figure

    def _turn(self, figure: Figure, facing: Point, now: int) -> None:
        x, y = facing.x, facing.y
        if figure.facing:
            _, ox, oy = figure.facing[-1]
            length = (x * x + y * y) * (ox * ox + oy * oy)
            dot = x * ox + y * oy
            if (dot > 0.0 and dot * dot >= TURNED * TURNED * length) or (length == 0.0 and x == y == 0.0):
                return
        elif x == 0.0 and y == 0.0:
            return
        figure.facing.append((now, round(8 * x), round(8 * y)))

    def _reader(self, owner: str, name: str, kind: Type, unit: str, mind: bool) -> Gauge | States | None:
        key = (owner, name, mind)
        if kind.kind in ("float", "int"):
            return self.gauges.setdefault(key, Gauge(owner, name, unit, mind))
        if kind.kind in WORD_KINDS:
            return self.states.setdefault(key, States(owner, name, mind))
        return None

    # ---- minds

    def _mind(self, moment: Moment, name: str, tick: Tick, named: Mapping[str, Sequence[int]]) -> None:
        number, agent = tick.number, moment.agents[name]
        mind = self._minds.get(name)
        if mind is None:
            mind = self._minds[name] = _Mind(agent)
        if not mind.awake or number - mind.awake[-1][1] > ASLEEP:
            mind.awake.append([number, number])
        mind.awake[-1][1] = number
        if not mind.modes or mind.modes[-1][1] != tick.mode:
            mind.modes.append((number, tick.mode))
        vetoed, doing = set(), []
        for ask in tick.asks:
            if ask.fate.outcome == "granted":
                mind.asked[ask.node] = number
                doing.append(f"{ask.intent.channel}: {ask.node}")
            elif ask.fate.outcome == "vetoed":
                vetoed.add(f"{type(ask.intent).__name__}: {ask.fate.why}")
        for said in sorted(vetoed - mind.vetoed):
            self.marks.append(Mark(number, "veto", name, said))
        mind.vetoed = vetoed
        if tick.fault is not None:
            fault = tick.fault
            said = f"{fault.where}: {fault.exception}: {fault.message[:120]}"
            self.marks.append(Mark(number, "fault", name, said))
        if not mind.doing or mind.doing[-1][1] != tuple(doing):
            mind.doing.append((number, tuple(doing)))
        world: Any = moment.world

        def whom(handle: str) -> str | None:
            actor = self._entity(name, world)
            found = None if actor is None else world.whom(actor, handle)
            return handle if found is None and handle in self.figures else None if found is None else found.id

        mind.beliefs.look(number, agent.blackboard.values, self._truth, whom, self._truth.get(name))
        self._board(number, name, agent, mind, {**self._recent, **named} if self._recent or named else {})
        mind.last = number

    def _entity(self, name: str, world: Any) -> Entity | None:
        found = self._held.get(name)
        if found is None:
            found = next((entity for entity in world.present if entity.id == name), None)
            if found is not None:
                self._held[name] = found
        return found

    def _board(self, number: int, name: str, agent: Agent, mind: _Mind, named: Mapping[str, Sequence[int]]) -> None:
        """Numbers and words of a blackboard that are about no place."""
        values = agent.blackboard.values
        before = mind.last
        for key, kind in agent.blackboard.schema.items():
            value = values[key]
            if mind.values.get(key) is value:
                continue
            mind.values[key] = value
            for path, each, type_ in measures(key, kind, value):
                reader = self._reader(name, path, type_, "", mind=True)
                if isinstance(reader, States):
                    reader.read(number, each)
                elif reader is not None and each is not None and each != reader.value:
                    reader.read(number, before, each, named.get(name, ()))

    # ---- why

    def _why(self, event: Event, moment: Moment) -> None:
        """What stood behind the nodes that caused an event."""
        for cause in event.causes:
            if not isinstance(cause, str):
                continue
            name, _, node = cause.partition(":")
            agent, mind = moment.agents.get(name), self._minds.get(name)
            if agent is None or mind is None:
                continue
            asked = mind.asked.get(node, event.tick)
            # Their guards are those of the plans that it has now: trees may have been replaced.
            if mind.plans is not agent.plans:
                mind.plans, mind.guards = agent.plans, _guards(agent)
            guards, values = [], {}
            for guard, where in _above(mind.guards, node):
                for option, condition in guard.asked.items():
                    guards.append(f"{where}: {option} {condition.expression.text}")
                    if asked != moment.number:
                        continue
                    for word, source in condition.expression.sources().items():
                        context: Any = _Now(moment.number, agent.dt)
                        read = guard.frame.call(source, agent.blackboard, context)
                        values[word] = f"{word} = {'unknown' if read is None else shorten(read, 60)}"
            self.reasons[event.id, cause] = Asked(name, node, asked, tuple(guards), tuple(values.values()))

    def deciding(self, expectation: ExpectationSpec, tick: int | None, since: int = 0) -> list[int]:
        """`deciding`, of what happened."""
        return [] if tick is None else deciding(self.events, expectation, tick, since)


def deciding(events: Sequence[Event], expectation: ExpectationSpec, tick: int, since: int = 0) -> list[int]:
    """The ids of the events that an expectation was decided by in a tick, as far as events decided it.

    What happened before the tick `since` had no part in it.
    """
    told = [event for event in events if since <= event.tick <= tick]
    if expectation.kind == "last_of":
        return [event.id for event in told if event.fields.get("who") == expectation.who][-1:]
    if expectation.patterns:
        return _matching(expectation.patterns, told)
    holds = expectation.holds
    names = set() if holds is None else {name.partition(".")[0] for name in holds.names}
    # A state is looked at behind the tick that brought it about.
    return [event.id for event in told if event.tick == tick - 1 and names & _named(event)][-4:]


def parting(one: Footage, other: Footage) -> tuple[Event | None, Event | None] | None:
    """The first event that two runs do not have in common: that of each, None where it has none any more.

    None if the same happened in both. What has other causes and is the same to see is the same event.
    """
    for mine, theirs in zip_longest(one.events, other.events):
        if mine is None or theirs is None or _seen(mine) != _seen(theirs):
            return mine, theirs
    return None


def _seen(event: Event) -> tuple[int, str, Mapping[str, Any]]:
    return event.tick, event.kind, event.fields


@dataclass(frozen=True, slots=True)
class _Now:
    """What an expression asks of a context."""

    tick: int
    dt: float


def _named(event: Event) -> set[str]:
    """The names in an event's fields."""
    return {value for value in event.fields.values() if isinstance(value, str)}


def _matching(patterns: Sequence[Pattern], events: Sequence[Event]) -> list[int]:
    """The ids of the first events that match one pattern after another; for one that is not there, none."""
    found = []
    reached = 0
    for event in events:
        if reached < len(patterns) and patterns[reached].matches(event):
            found.append(event.id)
            reached += 1
    return found


def _guards(agent: Agent) -> dict[str, list[tuple[Guard, str]]]:
    """The guards of an agent's trees, by the id of the node that they stand before."""
    found: dict[str, list[tuple[Guard, str]]] = {}
    for plan in agent.plans:
        for place, node in zip(plan.ids, plan.nodes, strict=True):
            if isinstance(node, Guard):
                bare = place.removesuffix(".guard")
                found.setdefault(bare, []).append((node, bare))
    return found


def _above(guards: Mapping[str, list[tuple[Guard, str]]], node: str) -> list[tuple[Guard, str]]:
    """The guards of a node and of those that it stands in, the outermost first."""
    parts = node.split("/")
    paths = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    return [guard for path in paths for guard in guards.get(path, ())]
