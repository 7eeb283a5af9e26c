"""The agent: senses, modes, trees, blackboard, constraints. It turns an Observation into a Tick.

It touches nothing else: no clock, no world, no file. A tick goes senses, modes, trees (the most
important first, all of them), arbitration (one owner a channel), constraints (R4 to R7). Whatever
raises on the way is a fault, and ends the tick (R8).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from math import inf
from types import SimpleNamespace
from typing import Any

from t800.blackboard import Blackboard
from t800.builder import build
from t800.context import Context, PureContext
from t800.core import INVALID, Ask, Fate, Fault, Observation, Status, Tick, ticks
from t800.engine import Plan, State, Transfer, compile, graver, transfer
from t800.errors import ReentrantTickError, UsageError, closest, shorten
from t800.expressions import Scope, Symbol, key_of, parse
from t800.modes import Modes, ModeState
from t800.nodes.frame import Bound, Notes
from t800.nodes.skill import SkillLeaf
from t800.registry import Effect, Port
from t800.spec.agent import AgentSpec, ConstraintSpec, SenseUse, TreeUse
from t800.spec.modes import FAULTED
from t800.stream import Stream

__all__ = ["Agent"]

FAULTS_ALLOWED = 2
FAULT_WINDOW = 10.0
"""More than this many faults within so many seconds end in the mode `faulted` (R8)."""

GRANTED = Fate("granted")

_identity = id

# The agent, ctx, pure, board, B, W, N, DT: all senses asked, one after another, and what they say written.
_Perceive = Callable[
    ["Agent", Context, PureContext, Blackboard, Mapping[str, Any], Mapping[str, int], int, float], None
]

# Of each tree of a mode, most important first: its name, its plan's tick, its state.
_Lineup = list[tuple[str, Callable[[State, Blackboard, Context], Status], State]]


class _Sense:
    """A sense as lines of the function that asks them all: they are many, and asked for each agent and tick."""

    def __init__(self, use: SenseUse, scope: Scope, place: int) -> None:
        sense = use.sense
        self.outs: dict[str, tuple[str, Port]] = {}
        self.names: dict[str, Any] = {f"call{place}": sense.call, f"site{place}": ("sense", sense.name)}
        arguments, known = ["ctx" if sense.reads is None else "pure"], []
        sources: dict[str, str] = {}
        for number, (name, port) in enumerate(sense.ports.items()):
            argument, value = use.arguments.get(name), f"p{place}_{number}"
            if port.out:
                self.outs[name] = (use.keys[name], port)
                arguments.append("None")
                continue
            arguments.append(value)
            if argument is None or argument.expression is None:
                self.names[value] = argument.value if argument else port.default
                continue
            sources[value] = Bound(port.type, expression=parse(argument.expression, scope)).source()
            if not port.type.optional:
                known.append(f"{value} is not None")
        call = f"call{place}({', '.join(arguments)})"
        returns = sense.name in sense.writes and sense.name not in self.outs
        if returns:
            asked = f"board.write({use.keys[sense.name]!r}, {call}, N)"
        else:
            asked = f"if (answer := {call}) is not None: wrong({sense.name!r}, answer)"
        # What is not known is not judged: its beliefs stay as they are, and age.
        condition = " and ".join(known) or "True"
        site = f"agent._site = site{place}"
        if sense.reads is None:
            given = [f"{value} = {source}" for value, source in sources.items()]
            self.lines = [site, *given, f"if {condition}:", f" ctx.node = {place}", f" {asked}"]
            return
        # A key is looked up where it is asked about, which cannot go wrong. Any other expression is worked out first,
        # and an observation may lack what is read of it: this sense is noted before that, for a fault to name it.
        keys = {value: source for value, source in sources.items() if key_of(source) is not None}
        first = [f"{value} = {source}" for value, source in sources.items() if value not in keys]
        read = [*sources, *(f"obs.{name}" for name in sense.reads)]
        same = [f"m[{number}] is {keys.get(value, value)}" for number, value in enumerate(read)]
        self.lines = [
            *([site] if first or sense.reads else []),
            *first,
            f"if {' and '.join([f'(m := memo[{place}]) is not None', *same])}:",
            f" if said := m[{len(read)}]:",
            "  B.update(said)",
            "  for key in said: W[key] = N",
            "else:",
            *([] if first or sense.reads else [f" {site}"]),
            *(f" {value} = {source}" for value, source in keys.items()),
            f" if {condition}:",
            f"  ctx.node = {place}; ctx.said = said = {{}}",
            f"  {asked}",
            *([f"  said[{use.keys[sense.name]!r}] = B[{use.keys[sense.name]!r}]"] if returns else []),
            f"  memo[{place}] = ({''.join(f'{value}, ' for value in read)}said,); ctx.said = spare",
        ]


def _perceive(senses: list[_Sense]) -> _Perceive:
    """The function that asks all senses."""
    names: dict[str, Any] = {"wrong": _answered, "INF": inf}
    lines = ["def perceive(agent, ctx, pure, board, B, W, N, DT):"]
    lines += [" memo, spare, obs = agent._memo, ctx.said, ctx.obs", " pure.obs = obs"]
    for sense in senses:
        names |= sense.names
        lines += [f" {line}" for line in sense.lines]
    exec("\n".join(lines), names)
    perceive: _Perceive = names["perceive"]
    return perceive


def _answered(sense: str, answer: Any) -> None:
    """A sense that writes Out ports returns nothing; anything else is a fault (R8)."""
    raise TypeError(f"sense {sense} must return nothing, not {type(answer).__name__}")


class _Constraint:
    """A constraint, ready to be asked: `allows` is true if it is known that nothing forbids the intent."""

    def __init__(self, spec: ConstraintSpec) -> None:
        self.name = spec.name
        self.forbid = spec.forbid
        self.why = spec.why
        text = f"lambda B, W, N, DT, I, INF=INF: {spec.when.false()}"
        self.allows: Callable[..., Any] = _function(text, {"INF": inf})


def _message(error: BaseException) -> str:
    """What an exception says, in 400 characters; a pack's own may not even be able to say it."""
    try:
        return str(error)[:400]
    except BaseException:  # noqa: BLE001  # the fault is told without it
        return "(its message cannot be had)"


def _function(source: str, names: dict[str, Any]) -> Any:
    """A function of source that t800.expressions generated, never of a file's text."""
    return eval(source, names)


def _effects_of(ask: Ask, effects: Mapping[str, Effect]) -> SimpleNamespace:
    """What an expression of a constraint sees as `intent`: every effect, neutral where nothing was said."""
    neutral = {name: effect.neutral for name, effect in effects.items()}
    return SimpleNamespace(kind=type(ask.intent).__name__, channel=ask.intent.channel, **{**neutral, **ask.effects})


class _Machinery:
    """What agents of one spec share: plans, modes, senses, constraints. None of it changes."""

    def __init__(self, spec: AgentSpec, dt: float) -> None:
        self.spec = spec
        self.modes = Modes(spec.modes, dt)
        self.plans = [self.plan(use) for use in spec.trees]
        self.names = [use.name for use in spec.trees]
        scope = Scope({key: Symbol(kind, f"B[{key!r}]") for key, kind in spec.keys.items()})
        self.senses = [_Sense(use, scope, place) for place, use in enumerate(spec.senses)]
        self.perceive = _perceive(self.senses)
        self.constraints = [_Constraint(rule) for rule in spec.constraints]

    def plan(self, use: TreeUse) -> Plan:
        """The plan of a tree with its ports filled."""
        spec = self.spec
        return compile(build(use.tree, spec.registry, use.arguments, spec.keys, spec.disabled_trees, use.name))


_machinery = lru_cache(maxsize=64)(_Machinery)


class Agent:
    """One robot's controller.

        agent = Agent(load("configs/agents/t800.yaml"), seed=1995)
        tick = agent.tick(Scan(tick=0, position=Point(0.0, 0.0)))
        for intent in tick.intents:
            robot.do(intent)

    `seed` and `stream` give its dice (R2), `services` is handed to skills as `ctx.services`, `dt` is the
    seconds of a tick: a UsageError if it is none. `blackboard` and `mode` may be read at any time between ticks.
    """

    def __init__(
        self,
        spec: AgentSpec,
        seed: int = 0,
        stream: int = 0,
        services: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,  # noqa: A002  # the design's word for it
        dt: float = 0.1,
    ) -> None:
        if type(dt) not in (int, float) or not 1e-6 <= dt < inf:
            raise UsageError(f"dt={shorten(dt)} is no length of a tick: seconds, and a millionth at least")
        if type(seed) is not int or type(stream) is not int:
            raise UsageError(f"seed={shorten(seed)}, stream={shorten(stream)}: dice are given whole numbers")
        self.spec = spec
        self.id = spec.name if id is None else id
        self.dt = dt
        self._seed = seed
        self._stream = stream
        self._machinery = _machinery(spec, dt)
        self.blackboard = Blackboard(spec.keys, spec.values)
        self._ctx = Context(self.blackboard, dt, seed, stream, services, spec.registry.effects)
        self._modes = self._machinery.modes
        self._mode = self._modes.start()
        # A plan with third-party behaviours is exclusive to one State: then this agent has one of its own.
        self.plans = tuple(
            self._machinery.plan(use) if plan.foreign else plan
            for use, plan in zip(spec.trees, self._machinery.plans, strict=True)
        )
        self._states = [plan.state() for plan in self.plans]
        self._settle_in()
        self._lineups: dict[str, _Lineup] = {}
        self._pure = PureContext(self._ctx)
        # What each sense that says what it reads was asked with last, and what it said.
        self._memo: list[tuple[Any, ...] | None] = [None] * len(self._machinery.senses)
        self._sensing = Notes(outs={place: sense.outs for place, sense in enumerate(self._machinery.senses)})
        # The names of the last tick's: what they were told with goes into the trace, and nobody asks for it again.
        self._signals: tuple[str, ...] = ()
        self._faults: list[int] = []
        self._fled_to: str | None = None
        self._busy = False
        self._site = ("sense", "")

    @property
    def seed(self) -> int:
        """What its dice are given, with `stream`."""
        return self._seed

    @property
    def stream(self) -> int:
        """Which of the seed's streams are its own."""
        return self._stream

    @property
    def services(self) -> Mapping[str, Any]:
        """What the embedding program handed in."""
        return self._ctx.services

    @property
    def observation(self) -> Observation:
        """What it was last ticked with; `Observation(0)` before its first tick, and before that of a restored one."""
        seen: Observation = self._ctx.obs
        return seen

    @property
    def mode(self) -> str:
        """The path of the innermost state that the agent is in, like `active.combat`."""
        return self._mode.path

    def tick(self, observation: Observation) -> Tick:
        """Decide once. Faults are recorded, not raised; KeyboardInterrupt and SystemExit pass, after halting.

        ReentrantTickError if the agent is ticking already.
        """
        if self._busy:
            raise ReentrantTickError(f"agent {self.id} is being ticked already")
        self._busy = True
        try:
            return self._tick(observation)
        finally:
            self._busy = False

    def _tick(self, observation: Observation) -> Tick:
        ctx, number = self._ctx, observation.tick
        ctx.obs, ctx.tick = observation, number
        ctx.asks, ctx.signals = [], []
        self._note_refusals(observation)
        left: str | None = None
        mode = self._mode.path
        if mode == FAULTED:
            return Tick(number, mode, None, {}, (), (), None)
        try:
            self._sense(ctx)
            self._site = ("guard", f"modes of {mode}")
            left = self._modes.step(self._mode, self.blackboard, self._signals, number)
            mode = self._mode.path
            if left is not None:
                self._fled_to = None
                trees = self._modes.trees(mode)
                self._leave([place for place in self._modes.trees(left) if place not in trees])
            self._wind_down(force=left is not None and self._modes.is_final(mode))
            self._site = ("skill", "")
            board = self.blackboard
            lineup = self._lineups.get(mode) or self._line_up(mode)
            statuses = {}
            for name, tick, state in lineup:
                tick(state, board, ctx)
                statuses[name] = tuple(state.status)
            self._site = ("constraint", "")
            asks = self._arbitrate(ctx, mode)
        except (KeyboardInterrupt, SystemExit):
            self._abandon(ctx)
            raise
        except BaseException as error:  # noqa: BLE001  # whatever a pack's code raises is a fault (R8)
            return self._fault(error, number, left)
        signals = tuple(ctx.signals)
        self._signals = tuple([signal.name for signal in signals]) if signals else ()
        return Tick(number, mode, left, statuses, asks, signals, None)

    def _settle_in(self) -> None:
        """Take note of what its states hold, whenever these are others: where each has its place, by identity, whose
        nodes were told what became of what they asked for, and which may take their time to stop."""
        states = self._states
        self._places = {id_: place for place, id_ in enumerate(map(_identity, states))}
        self._fated: list[State] = [state for state in states if state.fates]
        pairs = enumerate(zip(self.plans, states, strict=True))
        self._winding = [place for place, (plan, state) in pairs if plan.winds_down or state.halting]

    def _line_up(self, mode: str) -> _Lineup:
        """The trees of a mode as they are ticked: name, plan's tick, state."""
        names, plans, states = self._machinery.names, self.plans, self._states
        self._lineups[mode] = [(names[it], plans[it].tick, states[it]) for it in self._modes.trees(mode)]
        return self._lineups[mode]

    def _sense(self, ctx: Context) -> None:
        board = self.blackboard
        ctx.state, ctx.board, ctx.silent = self._sensing, board, True
        self._machinery.perceive(self, ctx, self._pure, board, board.values, board.written, ctx.tick, self.dt)
        ctx.silent = False

    def _leave(self, places: list[int]) -> None:
        """Halt trees whose mode was left; all of them, whatever one of them raises (R8)."""
        self._site = ("halt", "")
        error: BaseException | None = None
        for place in places:
            try:
                if self._active(place):
                    self.plans[place].halt(self._states[place], self.blackboard, self._ctx)
            except BaseException as raised:  # noqa: BLE001  # the other trees' halts are still owed
                if error is None:
                    self._site = ("halt", self.plans[place].ids[self._ctx.node])
                error = graver(error, raised)
        if error is not None:
            raise error

    def _wind_down(self, force: bool = False) -> None:
        """Skills that take their time to stop go first: what they ask for comes above all trees."""
        for place in self._winding:
            state = self._states[place]
            if state.halting:
                self._site = ("halt", self.plans[place].ids[0])
                try:
                    self.plans[place].wind_down(state, self.blackboard, self._ctx, force)
                except BaseException:
                    self._site = ("halt", self.plans[place].ids[self._ctx.node])
                    raise

    def _active(self, place: int) -> bool:
        state = self._states[place]
        return state.status.count(INVALID) < len(state.status) or bool(self.plans[place].foreign)

    def _arbitrate(self, ctx: Context, mode: str) -> tuple[Ask, ...]:
        """One owner a channel (R6), then the constraints (R7), then every node's fate for next tick."""
        for state in self._fated:
            state.fates = {}
        self._fated = []
        if not ctx.asks:
            return ()
        open_channels = self._modes.channels(mode)
        owners: dict[str, str] = {}
        asks = []
        for state, node, intent, effects in ctx.asks:
            place = self._places[_identity(state)]
            tree, path, channel = self._machinery.names[place], self.plans[place].ids[node], intent.channel
            ask = Ask(tree, path, intent, effects, GRANTED)
            fate = GRANTED
            if open_channels is not None and channel not in open_channels:
                fate = Fate("suppressed", f"closed in {mode}")
            elif state.status[node] is INVALID and node not in state.halting:
                fate = Fate("suppressed", "its node was halted in the same tick")
            elif channel in owners:
                fate = Fate("suppressed", f"{owners[channel]} has the {channel}")
            else:
                # A veto leaves the channel empty: nobody less important gets it.
                owners[channel] = path
                fate = self._judge(ask)
            if not state.fates:
                self._fated.append(state)
            state.fates.setdefault(node, {}).setdefault(channel, fate)
            asks.append(ask if fate is GRANTED else Ask(tree, path, intent, effects, fate))
        return tuple(asks)

    def _judge(self, ask: Ask) -> Fate:
        seen: SimpleNamespace | None = None
        board = self.blackboard
        for rule in self._machinery.constraints:
            if rule.forbid is not None and not isinstance(ask.intent, rule.forbid):
                continue
            self._site = ("constraint", rule.name)
            seen = seen or _effects_of(ask, self.spec.registry.effects)
            if not rule.allows(board.values, board.written, self._ctx.tick, self.dt, seen):
                return Fate("vetoed", f"{rule.name}: {rule.why}")
        return GRANTED

    def _note_refusals(self, observation: Observation) -> None:
        """What the world refused was not granted after all (R5)."""
        for refusal in observation.refused:
            for state in self._fated:
                for fates in state.fates.values():
                    fate = fates.get(refusal.channel)
                    if fate is not None and fate.outcome == "granted":
                        fates[refusal.channel] = Fate("refused", refusal.why)

    def _fault(self, error: BaseException, number: int, left: str | None) -> Tick:
        """End the tick (R8): everything halted, nothing asked; and settle which mode holds from the next one."""
        site, where = self._site
        ctx = self._ctx
        if site == "skill":
            place = self._places.get(_identity(ctx.state), 0)
            plan = self.plans[place]
            halting = ctx.silent
            node = ctx.node if halting else plan.where(error.__traceback__)
            where = plan.ids[node or 0]
            if halting:
                site = "halt"
            elif node is not None and not isinstance(plan.nodes[node], SkillLeaf) and not plan.nodes[node].children:
                site = "guard" if plan.ids[node] not in plan.foreign else "skill"
            elif node is not None and plan.nodes[node].children:
                site = "guard"
        for plan in self.plans:
            plan.show(error.__traceback__)
        text = "".join(traceback.format_exception(error))
        fault = Fault(site, where, type(error).__name__, _message(error), text)
        interrupt = self._abandon(ctx)
        mode = self._mode.path
        self._faults = [tick for tick in self._faults if number - tick < ticks(FAULT_WINDOW, self.dt)]
        self._faults.append(number)
        wanted = self._modes.on_fault(mode)
        if len(self._faults) > FAULTS_ALLOWED or self._fled_to == mode:
            wanted = FAULTED
        self._fled_to = wanted if wanted != mode else None
        self._modes.enter(self._mode, wanted, number + 1)
        if interrupt is not None:
            raise interrupt
        statuses = {name: tuple(state.status) for name, _, state in self._line_up(mode)}
        return Tick(number, mode, left, statuses, (), (), fault)

    def _abandon(self, ctx: Context) -> BaseException | None:
        """Halt everything that runs, and drop what was asked and signalled.

        Whatever else raises is too late: the first fault is the one that is told. Only an interrupt
        of the program is returned, to be raised when all is settled.
        """
        error: BaseException | None = None
        for place, plan in enumerate(self.plans):
            if self._active(place):
                try:
                    plan.halt(self._states[place], self.blackboard, ctx)
                except BaseException as raised:  # noqa: BLE001  # every other halt is still owed
                    error = graver(error, raised)
            while self._states[place].halting:
                try:
                    plan.wind_down(self._states[place], self.blackboard, ctx, force=True)
                except BaseException as raised:  # noqa: BLE001  # as above; each call ends at least one
                    error = graver(error, raised)
            for slot, settle in plan.settlers.items():
                # Who raised may have left anything in his fields.
                with suppress(Exception):
                    settle(self._states[place].memory[slot])
            self._states[place].fates = {}
        ctx.silent = False
        ctx.asks, ctx.signals = [], []
        self._signals = ()
        return error if isinstance(error, KeyboardInterrupt | SystemExit) else None

    def halt(self) -> None:
        """Halt everything that runs, now, and drop what was asked: for whoever takes the robot over.

        The agent may be ticked on; its trees are then entered afresh. A KeyboardInterrupt or SystemExit
        that a halt raises is raised when all are halted; other exceptions of halts are dropped. ReentrantTickError
        while it ticks: who is to stop it from another thread keeps its intents from the robot.
        """
        if self._busy:
            raise ReentrantTickError(f"agent {self.id} is being ticked: it cannot be halted from inside")
        interrupt = self._abandon(self._ctx)
        if interrupt is not None:
            raise interrupt

    def edit(self, key: str, value: Any, tick: int) -> None:
        """Write a key by hand, between ticks, as a debugger does; `value` is JSON data.

        UsageError while it ticks, if there is no such key, and for a value that does not fit it.
        """
        if self._busy:
            raise UsageError(f"agent {self.id} cannot be edited while it ticks")
        schema = self.blackboard.schema
        if key not in schema:
            near = closest(key, schema)
            way = f"did you mean {near!r}?" if near else f"there is: {', '.join(schema)[:300] or 'none'}"
            raise UsageError(f"{self.id} has no key {shorten(key)}; {way}")
        self._site, self._ctx.tick = ("edit", ""), tick
        try:
            self.blackboard.write(key, schema[key].decode(value), tick)
        except ValueError as error:
            raise UsageError(f"{self.id}.{key}: {error}") from None

    def reload(self, spec: AgentSpec) -> dict[str, Transfer]:
        """Go on with other trees, between two ticks; what became of the nodes of each that changed.

            agent.reload(load("t800", kind=AgentSpec))["protect"].kept

        Nodes of the same id and kind keep their state (`t800.engine.transfer`); what ran and is gone is halted, and
        exceptions of halts are dropped, as in `halt`. UsageError if more than trees differs, which takes a new
        agent; ReentrantTickError while it ticks.
        """
        if self._busy:
            raise ReentrantTickError(f"agent {self.id} is being ticked: its trees cannot be changed from inside")
        if spec.meaning_without_trees() != self.spec.meaning_without_trees():
            raise UsageError(f"agent {self.id}: more than its trees differs, and only trees can be replaced")
        machinery = _machinery(spec, self.dt)
        plans, moved = list(self.plans), {}
        for place, (before, now) in enumerate(zip(self.spec.trees, spec.trees, strict=True)):
            if before.meaning() == now.meaning():
                continue
            plan = machinery.plan(now) if machinery.plans[place].foreign else machinery.plans[place]
            self._states[place], moved[now.name] = transfer(self._states[place], plan, self.blackboard, self._ctx)
            plans[place] = plan
        self.spec, self._machinery, self.plans = spec, machinery, tuple(plans)
        self._settle_in()
        self._lineups = {}
        self._ctx.asks, self._ctx.signals = [], []
        return moved

    def snapshot(self) -> dict[str, Any]:
        """All that this agent is, as JSON data; `Agent.restore` goes on from it.

        UsageError while it ticks, LiveError while a skill is under way that is no plain data, or if its
        trees hold third-party behaviours.
        """
        if self._busy:
            raise UsageError("an agent cannot be saved while it ticks")
        return {
            "agent": self.spec.digest,
            "id": self.id,
            "dt": self.dt,
            "seed": self._seed,
            "stream": self._stream,
            "tick": self._ctx.tick,
            "mode": self._mode.save(),
            "blackboard": self.blackboard.save(),
            "trees": [state.save() for state in self._states],
            "streams": {name: stream.count for name, stream in sorted(self._ctx.streams.items())},
            "signals": list(self._signals),
            "faults": list(self._faults),
            "fled_to": self._fled_to,
        }

    @classmethod
    def restore(cls, spec: AgentSpec, data: Mapping[str, Any], services: Mapping[str, Any] | None = None) -> Agent:
        """The agent that `snapshot` saved; UsageError if the spec no longer means the same, or the skills' fields."""
        try:
            if data["agent"] != spec.digest:
                raise UsageError(f"this snapshot is of another agent than {spec.name} as it is now: its files changed")
            agent = cls(spec, data["seed"], data["stream"], services, id=data["id"], dt=data["dt"])
            agent._ctx.tick = data["tick"]
            agent._mode = ModeState.load(data["mode"])
            agent.blackboard.load(data["blackboard"])
            for state, saved in zip(agent._states, data["trees"], strict=True):
                state.load(saved)
            agent._settle_in()
            for name, count in data["streams"].items():
                agent._ctx.streams[name] = Stream(agent._seed, agent._stream, name, count)
            agent._signals = tuple(data["signals"])
            agent._faults = list(data["faults"])
            agent._fled_to = data["fled_to"]
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            said = f"{type(error).__name__}: {error}"
            raise UsageError(f"this is no snapshot of {spec.name} as its code is now: {said}") from error
        return agent

    def node_ids(self, tree: str) -> list[str]:
        """The ids of the nodes of one of its trees, in preorder: what the places in `Tick.statuses` mean."""
        names = [use.name for use in self.spec.trees]
        return self.plans[names.index(tree)].ids

    def feedback(self) -> Iterator[tuple[str, Status, str]]:
        """Each node of the mode's trees: its id, its status and what it says of itself."""
        for place in self._modes.trees(self._mode.path):
            plan, state = self.plans[place], self._states[place]
            yield from zip(plan.ids, state.status, plan.feedback(state), strict=True)
