"""The simulated world: a clock, chance, who is where, what can be seen and heard, and turn-taking for rules.

It knows no weapon, no human and no machine: what can happen is up to the mechanics that a world's file lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from typing import Any, TypeVar

from t800.core import Event, Intent, Observation, Refusal, ticks
from t800.errors import UsageError, closest, shorten
from t800.registry import EventKind, Registry, event
from t800.spec.quantity import MOST
from t800.spec.world import EntitySpec, Participant, WallSpec, WorldSpec, component_info
from t800.stream import Stream
from t800.types import Entity as Name
from t800.types import Point, Type
from t800.world.entity import POINT, Entity
from t800.world.geometry import WallIndex, direction
from t800.world.map import map_of
from t800.world.mechanic import Rules
from t800.world.rounding import Rounding
from t800.world.sound import Sound

__all__ = ["ARRIVED", "REFUSED", "Kernel"]

T = TypeVar("T")
R = TypeVar("R", bound=Rules)

ARRIVED = event("Arrived", "Somebody came into the world.", who=Name)
REFUSED = event("Refused", "An intent could not be carried out.", by=Name, what=str, why=str)

MUFFLED = 0.5
"""The share of a sound's reach that is left behind a wall."""


FEW = 40.0
"""Metres along one side of a cell in the index of barriers, which are few."""


NO_NODES: Mapping[str, str] = {}
"""The nodes behind what somebody asks for of whom nobody told any."""

_stream = attrgetter("stream")


class _Holders(dict[type, tuple[tuple[Entity, Any], ...]]):
    """Who has a component, by its class, looked up when it is first asked for; emptied when that may be others."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def __missing__(self, kind: type) -> tuple[tuple[Entity, Any], ...]:
        pairs = ((entity, entity.get(kind)) for entity in self._kernel.present)
        found = self[kind] = tuple((entity, part) for entity, part in pairs if part is not None)
        return found


class Kernel:
    """A world in motion. `observe` each agent, then `step` with what all of them ask for.

        world = Kernel(spec, registry, participants, seed=1995, dt=0.1)
        events = world.step({"john": [MoveTo(Point(3.0, 4.0))]})

    Everything that changes is plain data: `snapshot` gives it, `restore` takes it back. No lapse passes the
    tick `horizon`. UsageError if a participant's body or place does not exist, or two entities share a stream.
    """

    def __init__(
        self,
        spec: WorldSpec,
        registry: Registry,
        participants: Sequence[Participant],
        seed: int,
        dt: float,
        horizon: int | None = None,
    ) -> None:
        self.spec = spec
        self.registry = registry
        self.seed = seed
        self.dt = dt
        self.horizon = horizon
        self.tick = 0
        self.map = map_of(spec)
        self._by_kind: dict[type[Rules], Rules] = {}
        self._here: dict[str, Entity] = {}
        self._holders = _Holders(self)
        self._shorten()
        made: list[Rules] = [mechanic.call(self) for mechanic in sorted(spec.mechanics, key=lambda m: m.name)]
        self.mechanics = sorted(made, key=lambda rules: rules.order)
        self._by_kind.update((type(rules), rules) for rules in self.mechanics)
        self._takers: dict[type[Intent], Rules] = {kind: m for m in self.mechanics for kind in m.intents}
        # Most mechanics leave most questions to others: who is asked for what.
        # Those that come last turn most away: they are asked first.
        self._resting = self._with("attends")
        self._attending = [rules.attends for rules in self._resting[::-1]]
        self._observing = self._with("observe")
        self._hindering = [rules.hinders for rules in self._with("hinders")]
        self._naming = self._with("whom")
        self._yielding = self._with("press")
        self._ending = self._with("ends")
        self.absorbing = tuple(kind for rules in self.mechanics for kind in rules.absorbing)
        self._working = self._with("busy")
        self._perceiving = self._with("perceives")
        self._passing = self._with("pass_over")
        self._leaping = self._with("leap")
        self._applying = self._with("apply")
        self._aging = self._with("pass_time")
        self._looking = self._with("perceive")
        # The intents of this tick that were taken up, with their causes; only where somebody wants to know.
        self.taken: list[tuple[Entity, Intent, str]] = []
        self._lasting = tuple(kind for rules in self.mechanics for kind in rules.lasting)
        # What was asked for last, that goes on while its actor does not think, with its cause.
        self._held: dict[str, list[tuple[Intent, str]]] = {}
        self._everyone = self._cast(participants)
        self._arrivals = {item.id: ticks(item.arrives, dt) for item in participants}
        self._arriving: dict[int, list[Entity]] = {}
        for entity in self._everyone:
            self._arriving.setdefault(self._arrivals.get(entity.id, 0), []).append(entity)
        self._present: tuple[Entity, ...] = ()
        self._agents: tuple[Entity, ...] = ()
        # Whoever was refused something in the last tick.
        self._refused: list[Entity] = []
        self._rounding = Rounding(self.map, ())
        self._streams: dict[tuple[int, str], Stream] = {}
        self._events: list[Event] = []
        self._made = 0
        # How many ticks are leapt over after this one, as far as mechanics were asked: for those that come later.
        self.passed = 0
        # The Arrived events, by who arrived: where every chain of causes can end.
        self.arrived: dict[str, int] = {}
        self._due: list[Sound] = []
        self.sounds: tuple[Sound, ...] = ()
        # Per pair: where the two stood, and whether they saw each other.
        self._sight: dict[tuple[int, int], tuple[Point, Point, bool]] = {}
        # What stands in the way besides the map's walls, as long as it does: doors that are shut. None: nothing.
        self.barriers: WallIndex | None = None
        self._arrive()
        self._perceive()

    def _shorten(self) -> None:
        """Answer what is asked dozens of times a tick by the methods of dicts, unless a subclass has its own answer."""
        cls = type(self)
        if cls.entity is Kernel.entity:
            self.entity = self._here.get  # type: ignore[method-assign]
        if cls.having is Kernel.having:
            self.having = self._holders.__getitem__  # type: ignore[method-assign]
        if cls.rules is Kernel.rules:
            self.rules = self._by_kind.get  # type: ignore[method-assign, assignment]

    def _cast(self, participants: Sequence[Participant]) -> list[Entity]:
        """All entities, ever, in the order of their streams."""
        cast = []
        items: list[EntitySpec | Participant] = [*self.spec.entities.values(), *participants]
        for item in items:
            if item.body not in self.spec.bodies:
                near = closest(item.body, self.spec.bodies)
                raise UsageError(f"{item.id}: the world {self.spec.name} has no body {item.body!r} (closest: {near})")
            position = self.spec.point(item.at)
            if position is None:
                near = closest(str(item.at), self.spec.spots())
                raise UsageError(f"{item.id}: the world {self.spec.name} has no place {item.at!r} (closest: {near})")
            values = self.spec.values(item.id, item.body)
            parts = {self.spec.components[name].call: fields for name, fields in values.items()}
            cast.append(Entity(item.id, item.stream, position, {kind: kind(**f) for kind, f in parts.items()}))
        cast.sort(key=lambda entity: entity.stream)
        for one, other in pairwise(cast):
            if one.stream == other.stream:
                raise UsageError(f"{one.id} and {other.id} have the same stream, {one.stream}")
        return cast

    @property
    def present(self) -> tuple[Entity, ...]:
        """Everybody and everything that is in the world now, in the order of their streams."""
        return self._present

    def entity(self, entity_id: str, /) -> Entity | None:
        """Somebody or something by its id; None while it has not arrived, or if there is none."""
        return self._here.get(entity_id)

    def fields(self, entity_id: str) -> dict[str, Any]:
        """Where an entity is and how it is, as JSON data; empty while it has not arrived."""
        found = self.entity(entity_id)
        return {} if found is None else found.fields()

    def attends(self, agent_id: str) -> bool:
        """Whether an agent is there, and is to think in this tick. What it asked for may go on if not."""
        actor = self._here.get(agent_id)
        if actor is None:
            return False
        for attends in self._attending:  # noqa: SIM110  # asked of everybody, twice a tick: a generator takes longer
            if not attends(actor):
                return False
        return True

    @property
    def reported(self) -> Sequence[Event]:
        """The events of this tick, as far as it has come."""
        return self._events

    @property
    def agents(self) -> tuple[Entity, ...]:
        """Those who are present and have, as far as the world can tell, a mind: whom a scenario has put into it."""
        return self._agents

    @property
    def arrival(self) -> int | None:
        """The tick at which the next to arrive does so; None if nobody is to come."""
        return min((due for due in self._arrivals.values() if due > self.tick), default=None)

    def rests(self, actor: Entity) -> bool:
        """Whether somebody thinks no more until something rouses them, by any of the mechanics."""
        return any(rules.rests(actor) for rules in self._resting)

    def ends(self, actor: Entity, intent: Intent) -> tuple[int, str] | None:
        """When what an actor is at with an intent of this tick ends by itself; None if nobody knows."""
        found = [end for rules in self._ending if (end := rules.ends(actor, intent)) is not None]
        return min(found, key=lambda end: end[0]) if found else None

    @property
    def busy(self) -> bool:
        """Whether something is under way, or is to be heard, that time must not be passed over for."""
        return bool(self._due) or any(rules.busy() for rules in self._working)

    def perceives(self, observer: Entity, other: Entity) -> bool:
        """Whether one could perceive the other; where no mechanic tells, whether nothing stands between them."""
        if not self._perceiving:
            return self.in_view(observer, other)
        for rules in self._perceiving:  # noqa: SIM110  # asked of all pairs again and again while time passes
            if rules.perceives(observer, other):
                return True
        return False

    def pass_over(self, ticks: int) -> None:
        """Let so many ticks pass at once, for what has a known end and for nothing else."""
        for rules in self._passing:
            rules.pass_over(ticks)

    def _with(self, name: str) -> list[Rules]:
        """The mechanics that have a say in something."""
        return [rules for rules in self.mechanics if getattr(type(rules), name) is not getattr(Rules, name)]

    def having(self, kind: type[T], /) -> tuple[tuple[Entity, T], ...]:
        """All that are present and have a component of this class, with it, in the order of their streams.

        The very same tuple until somebody arrives or is edited by hand: what is worked out of it holds as long.
        """
        return self._holders[kind]

    def observe(self, agent_id: str) -> Observation:
        """What this agent can sense now. UsageError if it is not there."""
        actor = self.entity(agent_id)
        if actor is None:
            raise UsageError(f"{agent_id} is not in the world at tick {self.tick}")
        for rules in self._observing:
            observation: Observation | None = rules.observe(actor)
            if observation is not None:
                if actor.refused and not observation.refused:  # whoever observes need not think of it
                    return replace(observation, refused=actor.refused)
                return observation
        return Observation(self.tick, refused=actor.refused)

    def step(
        self,
        intents: Mapping[str, Sequence[Intent]],
        asked_by: Mapping[str, Mapping[str, str]] | None = None,
    ) -> tuple[Event, ...]:
        """Let one tick pass. `asked_by` names the node behind each intent, as {agent: {channel: node}}, for causes.

        All intents are judged on the state as it is now; what they do is applied after that.
        """
        self.taken = []
        for actor in self._refused:
            actor.refused = ()
        self._refused = []
        # Most ask for nothing, and nothing of theirs goes on.
        asking = [self._here[name] for name in {*intents, *self._held} if name in self._here]
        for actor in sorted(asking, key=_stream):
            name = actor.id
            thinking = self.attends(name)
            if thinking:
                nodes = asked_by.get(name, NO_NODES) if asked_by else NO_NODES
                mine = intents.get(name, ())
                asked = [(it, f"{name}:{nodes.get(it.channel, it.channel)}") for it in mine] if mine else []
            else:
                asked = self._held.get(name, [])
            lasting = []
            for ask in asked:
                intent, cause = ask
                why = self._judge(actor, intent, cause)
                if why is not None:
                    self.refuse(actor, intent, why, cause)
                elif self._leaping:
                    self.taken.append((actor, intent, cause))
                if thinking and isinstance(intent, self._lasting):
                    lasting.append(ask)
            if thinking:
                self._hold(actor, lasting)
        for rules in self._applying:
            rules.apply()
        for rules in self._aging:
            rules.pass_time()
        self._rounding.apply()
        self.passed = 0
        for rules in self._leaping:
            self.passed += rules.leap()
        if self.passed:
            self._rounding.apply()
        self.tick += 1 + self.passed
        events = tuple(self._events)
        self._events = []
        self.sounds = tuple(self._due)
        self._due = []
        self._arrive()
        self._perceive()
        return events

    def _judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        taker = self._takers.get(type(intent))
        if taker is None:
            return f"{type(intent).__name__} means nothing in this world"
        why = self.hindrance(actor, intent)
        return taker.judge(actor, intent, cause) if why is None else why

    def _hold(self, actor: Entity, asked: list[tuple[Intent, str]]) -> None:
        if asked:
            self._held[actor.id] = asked
        else:
            self._held.pop(actor.id, None)

    def settle(self, actor: Entity, kinds: tuple[type[Intent], ...]) -> None:
        """What an actor asked for of these kinds is done: it goes on no more while the actor does not think."""
        held = self._held.get(actor.id)
        if held:
            self._hold(actor, [ask for ask in held if not isinstance(ask[0], kinds)])

    def hindrance(self, entity: Entity, intent: Intent) -> str | None:
        """Why somebody or something is in no state for this, by any of the mechanics; None if it is."""
        for hinders in self._hindering:
            why = hinders(entity, intent)
            if why is not None:
                return why
        return None

    def whom(self, actor: Entity, name: str | None) -> Entity | None:
        """Who or what an actor means by a name of its own making (a track); None if that is nobody in reach of it."""
        for rules in self._naming:
            found: Entity | None = rules.whom(actor, name) if name is not None else None
            if found is not None:
                return found
        return None

    def _arrive(self) -> None:
        """Let in whoever is due at this tick."""
        new = self._arriving.get(self.tick)
        if new is not None:
            self._gather()
            for entity in new:
                entity.place = self.map.place(entity.position)
                if entity.id in self._arrivals:
                    self.arrived[entity.id] = self.emit(ARRIVED, "arrival", who=entity.id)

    def _gather(self) -> None:
        """Take note of all who have arrived by this tick."""
        self._present = tuple(e for e in self._everyone if self._arrivals.get(e.id, 0) <= self.tick)
        self._agents = tuple(entity for entity in self._present if entity.id in self._arrivals)
        self._here.clear()
        self._here.update((entity.id, entity) for entity in self._present)
        self._holders.clear()
        self._rounding = Rounding(self.map, self._present)

    def _perceive(self) -> None:
        for rules in self._looking:
            rules.perceive()

    def emit(self, kind: EventKind, rule: str, causes: Sequence[int | str] = (), **fields: Any) -> int:
        """Report a fact, and return the id of its event for those that it causes.

        TypeError for a field that was not declared for this kind, ValueError for a value that does not fit.
        """
        for name, value in fields.items():
            if name not in kind.fields:
                near = closest(name, kind.fields)
                way = f"did you mean {near!r}?" if near else f"there are: {', '.join(kind.fields) or 'none'}"
                raise TypeError(f"{kind.name} has no field {name!r}; {way}")
            try:
                kind.fields[name].conform(value)
            except ValueError as error:
                raise ValueError(f"{name} of {kind.name}: {error}") from None
        number = self._made
        self._made += 1
        self._events.append(Event(number, self.tick, kind.name, fields, rule, tuple(causes)))
        return number

    def refuse(self, actor: Entity, intent: Intent, why: str, cause: int | str) -> None:
        """Say no to an intent: an event, and a word to who asked."""
        actor.refused = (*actor.refused, Refusal(intent.channel, why))
        self._refused.append(actor)
        self.emit(REFUSED, "refusal", [cause], by=actor.id, what=type(intent).__name__, why=why)

    def rules(self, kind: type[R], /) -> R | None:
        """The mechanic of this class, if the world has it."""
        found: R | None = self._by_kind.get(kind)  # type: ignore[assignment]  # each is an instance of its key
        return found

    def chance(self, entity: Entity | None, purpose: str) -> Stream:
        """The dice of one entity for one purpose, or the world's own."""
        key = (0 if entity is None else entity.stream, purpose)
        if key not in self._streams:
            self._streams[key] = Stream(self.seed, key[0], f"world/{purpose}")
        return self._streams[key]

    def lot(self, purpose: str, candidates: Sequence[T]) -> T:
        """One of several that have an equal claim: ties are drawn, never decided by name or order."""
        return candidates[0] if len(candidates) == 1 else self.chance(None, purpose).choice(candidates)

    def sound(self, source: Entity, reach: float, kind: str, **details: Any) -> None:
        """Make a sound where `source` is, to be heard in the next tick. Details are those of `Sound`."""
        self._due.append(Sound(source.id, source.position, reach, kind, **details))

    def hears(self, listener: Entity, sound: Sound) -> float | None:
        """How loud a sound is to a listener, from 0 to 1; None if it does not carry so far."""
        distance = listener.position.distance(sound.position)
        if distance >= sound.reach:
            return None
        reach = sound.reach
        for _ in range(self.crossings(listener.position, sound.position)):
            reach *= MUFFLED
        return round(1.0 - distance / reach, 3) if distance < reach else None

    def crossings(self, start: Point, end: Point) -> int:
        """How many walls and barriers (shut doors) the straight line between two points crosses."""
        barriers = self.barriers.crossings(start, end) if self.barriers is not None else 0
        return self.map.walls.crossings(start, end) + barriers

    def clear(self, start: Point, end: Point) -> bool:
        """Whether neither a wall nor a barrier (a shut door) crosses the straight line between two points."""
        return self.map.walls.clear(start, end) and (self.barriers is None or self.barriers.clear(start, end))

    def bar(self, barriers: Sequence[WallSpec]) -> None:
        """Let these stand from now on besides the map's walls, in place of those that stood before."""
        self.barriers = WallIndex(barriers, cell=FEW) if barriers else None
        self._sight = {}

    def press(self, actor: Entity, start: Point, end: Point, cause: str) -> str | None:
        """Walk against the barrier between two points: None if it is to give way, else why it does not."""
        for rules in self._yielding:
            why: str | None = rules.press(actor, start, end, cause)
            if why is not None:
                return why
        return None

    def in_view(self, one: Entity, other: Entity) -> bool:
        """Whether nothing stands between two entities.

        One test a pair, the same for both, until one of them, or a barrier, moves.
        """
        if one.stream > other.stream:
            one, other = other, one
        key = (one.stream, other.stream)
        found = self._sight.get(key)
        if found is None or found[0] is not one.position or found[1] is not other.position:
            clear = self.clear(one.position, other.position)
            found = self._sight[key] = (one.position, other.position, clear)
        return found[2]

    def edit(self, entity_id: str, name: str, value: Any) -> None:
        """Change a field of somebody or something by hand, as a debugger does; `value` is JSON data.

        `position` and `facing` can be changed (of which the direction counts), and every field of a component but the
        doorway that it fills. What was perceived of it already stays. UsageError for who is not there, for an unknown
        field, and for a value that does not fit.
        """
        found = self.entity(entity_id)
        if found is None:
            near = closest(entity_id, [entity.id for entity in self._everyone])
            hint = f"; did you mean {near!r}?" if near and near != entity_id else ""
            raise UsageError(f"{shorten(entity_id)} is not in the world at tick {self.tick}{hint}")
        kinds: dict[str, tuple[Any, Type]] = {"position": (found, POINT), "facing": (found, POINT)}
        for kind, part in found.parts.items():
            info = component_info(kind)
            # What stands in a doorway stays there.
            kinds |= {each: (part, type_) for each, type_ in info.fields.items() if each != info.fills}
        if name not in kinds:
            near = closest(name, kinds)
            way = f"did you mean {near!r}?" if near else f"there is: {', '.join(kinds)[:300]}"
            raise UsageError(f"{entity_id} has no field {shorten(name)} that can be changed; {way}")
        owner, type_ = kinds[name]
        try:
            settled = type_.decode(value)
        except ValueError as error:
            raise UsageError(f"{entity_id}.{name}: {error}") from None
        if settled is None and not type_.optional and owner is found:
            raise UsageError(f"{entity_id}.{name}: everybody is somewhere")
        if owner is not found and (misfit := component_info(type(owner)).misfit(name, settled)):
            raise UsageError(f"{entity_id}.{misfit[0]}; it may be {misfit[1]}")
        if owner is found and name == "facing":
            settled = direction(settled)
            if settled is None:
                raise UsageError(f"{entity_id}.facing: {shorten(value)} is no direction")
        elif owner is found and not (abs(settled.x) <= MOST and abs(settled.y) <= MOST):
            raise UsageError(f"{entity_id}.position: nobody is at {shorten(value)}")
        setattr(owner, name, settled)
        found.place = self.map.place(found.position)
        # Whoever has worked something out of what `having` gave is to do so again.
        self._holders.clear()

    def snapshot(self) -> dict[str, Any]:
        """Everything that changes, as JSON data."""
        return {
            "tick": self.tick,
            "made": self._made,
            "events": [
                [e.id, e.tick, e.kind, self._told(e.kind, e.fields, Type.encode), e.rule, list(e.causes)]
                for e in self._events
            ],
            "arrived": dict(self.arrived),
            "streams": [[key[0], key[1], stream.count] for key, stream in self._streams.items()],
            "entities": {entity.id: entity.snapshot() for entity in self._everyone},
            "held": {
                who: [[type(ask).__name__, Type.of(type(ask)).encode(ask), cause] for ask, cause in asked]
                for who, asked in self._held.items()
            },
            "sounds": [sound.snapshot() for sound in self.sounds],
            "mechanics": {type(rules).__name__: rules.snapshot() for rules in self.mechanics},
        }

    def _told(self, kind: str, fields: Mapping[str, Any], turned: Callable[[Type, Any], Any]) -> dict[str, Any]:
        """The fields of an event, each by its type into JSON data or back."""
        declared = self.registry.events.get(kind)
        types = {} if declared is None else declared.fields
        return {name: turned(types[name], value) if name in types else value for name, value in fields.items()}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take back what `snapshot` gave, in a kernel made with the same arguments."""
        self.tick = data["tick"]
        self._made = data["made"]
        self._events = [
            Event(n, tick, kind, self._told(kind, fields, Type.decode), rule, tuple(causes))
            for n, tick, kind, fields, rule, causes in data["events"]
        ]
        self.arrived = dict(data["arrived"])
        self._streams = {}
        for stream, purpose, count in data["streams"]:
            self._streams[stream, purpose] = Stream(self.seed, stream, f"world/{purpose}", count)
        for entity in self._everyone:
            entity.restore(data["entities"][entity.id])
            entity.place = self.map.place(entity.position)
        self._refused = [entity for entity in self._everyone if entity.refused]
        self._gather()
        self.sounds = tuple(Sound.restored(sound, self.registry.records) for sound in data["sounds"])
        kinds = {kind.__name__: kind for kind in self._lasting}
        self._held = {
            who: [(Type.of(kinds[name]).decode(ask), cause) for name, ask, cause in asked]
            for who, asked in data["held"].items()
        }
        self._sight = {}
        for rules in self.mechanics:
            rules.restore(data["mechanics"][type(rules).__name__])
