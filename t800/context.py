"""What senses and skills see while they run, and where what they ask for is gathered."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from operator import is_
from typing import Any

from t800.blackboard import Blackboard
from t800.core import RUNNING, Fate, Intent, Observation, Signal, Status, microseconds
from t800.errors import closest
from t800.expressions import Scope, Symbol, compile_value, parse
from t800.registry import Effect, Port
from t800.stream import Stream
from t800.types import BOOL, exact

__all__ = ["Context", "PureContext"]


class _Ticks:
    """What a coroutine awaits: every tick it is asked whether it may go on."""

    def __init__(self, done: Callable[[], bool]) -> None:
        self.done = done

    def __await__(self) -> Generator[None, None, None]:
        while not self.done():
            yield


NO_PORTS: Mapping[str, tuple[str, Port]] = {}
"""The Out ports of a node that has none."""


class Context:
    """The `ctx` of a sense or skill: what it can read, ask for and write, in this tick.

        @skill
        def stay_near(ctx: Context, place: Point, within: float = 3.0) -> Status:
            if ctx.obs.position.distance(place) <= within:
                return SUCCESS
            return ctx.intend(MoveTo(place))

    `obs` is the observation of this tick, `tick` its number, `now` and `dt` are seconds, `services`
    is what the embedding program handed in. One Context serves all trees of an agent: the engine
    notes in `node` who is running (it is not for skills to change).
    """

    __slots__ = (
        "_conditions",
        "_dt",
        "_effects",
        "_lengths",
        "_seed",
        "_stream",
        "asks",
        "board",
        "node",
        "obs",
        "said",
        "services",
        "signals",
        "silent",
        "state",
        "streams",
        "tick",
    )

    def __init__(
        self,
        board: Blackboard,
        dt: float = 0.1,
        seed: int = 0,
        stream: int = 0,
        services: Mapping[str, Any] | None = None,
        effects: Mapping[str, Effect] | None = None,
    ) -> None:
        self.board = board
        self.obs: Any = Observation(0)
        self.tick = 0
        self.services: Mapping[str, Any] = services or {}
        self.node = 0
        self.state: Any = None
        self.silent = False
        # (state of the tree, node, intent, effects) in the order asked.
        self.asks: list[tuple[Any, int, Intent, dict[str, Any]]] = []
        self.signals: list[Signal] = []
        # What was written with `out` since somebody put an empty dict here, by key.
        self.said: dict[str, Any] = {}
        self.streams: dict[str, Stream] = {}
        self._dt = dt
        self._effects = effects or {}
        self._seed = seed
        self._stream = stream
        self._lengths: dict[float, int] = {}
        self._conditions: dict[str, Callable[..., Any]] = {}

    @property
    def dt(self) -> float:
        """Seconds a tick lasts."""
        return self._dt

    @property
    def now(self) -> float:
        """Seconds since tick 0."""
        return self.tick * microseconds(self._dt) / 1_000_000

    def ticks(self, seconds: float) -> int:
        """How many ticks so many seconds last: ceil(seconds / dt), in whole microseconds (R1)."""
        length = self._lengths.get(seconds)
        if length is None:
            length = self._lengths[seconds] = -(-microseconds(seconds) // microseconds(self._dt))
        return length

    async def next_tick(self) -> None:
        """Go on in the next tick; in an `async def` skill."""
        begun = self.tick
        await _Ticks(lambda: self.tick > begun)

    async def sleep(self, seconds: float) -> None:
        """Go on so many seconds later, in tick time: ceil(seconds / dt) ticks; in an `async def` skill."""
        until = self.tick + self.ticks(seconds)
        await _Ticks(lambda: self.tick >= until)

    async def until(self, condition: str | Callable[[], bool], at_most: float | None = None) -> bool:
        """Go on when something is true, and say so; or after `at_most` seconds, and say that it is not.

            if not await ctx.until("door_open", at_most=5.0): ...

        A text is an expression over the keys of the blackboard, true if it is known to be; in an `async
        def` skill. ExpressionError for a text that is none.
        """
        holds = self._condition(condition) if isinstance(condition, str) else condition
        last = None if at_most is None else self.tick + self.ticks(at_most)
        await _Ticks(lambda: holds() or (last is not None and self.tick >= last))
        return holds()

    def _condition(self, text: str) -> Callable[[], bool]:
        """An expression of a skill's own, compiled once an agent."""
        if text not in self._conditions:
            scope = Scope({key: Symbol(kind, f"B[{key!r}]") for key, kind in self.board.schema.items()})
            self._conditions[text] = compile_value(parse(text, scope, BOOL), ["B", "W", "N", "DT"])
        asked = self._conditions[text]
        return lambda: asked(self.board.values, self.board.written, self.tick, self._dt) is True

    def rng(self, purpose: str) -> Stream:
        """This agent's stream of chance for a purpose: `ctx.rng("aim").random()` (R2)."""
        stream = self.streams.get(purpose)
        if stream is None:
            stream = self.streams[purpose] = Stream(self._seed, self._stream, purpose)
        return stream

    def intend(self, intent: Intent, **effects: Any) -> Status:
        """Ask for something in this tick, and report RUNNING. It must be asked for again next tick (R5).

        `effects` are what a registered effect says of this ask: `ctx.intend(Fire(at), lethal_to=[at])`;
        None says that it is not known. Raises TypeError for what is no intent on a channel or no registered
        effect, ValueError for an intent with a field that is not known or does not fit, RuntimeError while halting
        or sensing.
        """
        if self.silent:
            raise RuntimeError("nothing can be asked for here: intents come from ticking skills")
        kind: Any = type(intent)
        if not isinstance(intent, Intent) or not intent.channel:
            raise TypeError(f"{kind.__name__} is not an Intent with a channel")
        exact(kind)(intent)
        for name, value in effects.items():
            if name not in self._effects:
                near = closest(name, self._effects)
                raise TypeError(f"no effect {name!r} is registered" + (f"; did you mean {near!r}?" if near else ""))
            effects[name] = self._effects[name].type.conform(value)
        self.asks.append((self.state, self.node, intent, effects))
        return RUNNING

    def fate(self, channel: str) -> Fate | None:
        """What became of this node's own ask on a channel last tick; None if it made none."""
        asked = self.state.fates.get(self.node)
        return asked.get(channel) if asked else None

    def out(self, **ports: Any) -> None:
        """Write Out ports: `ctx.out(threat=threat)`; None makes the key unknown.

        Raises TypeError for a port that is not an Out port of this leaf, ValueError for a value that
        does not fit its type.
        """
        outs: Mapping[str, tuple[str, Port]] = self.state.outs.get(self.node) or NO_PORTS
        tick, board, said = self.tick, self.board, self.said
        schema, values, written = board.schema, board.values, board.written
        for name, value in ports.items():
            try:
                key, port = outs[name]
            except KeyError:
                raise TypeError(f"{name!r} is not an Out port here; there are: {', '.join(outs) or 'none'}") from None
            kind, known = schema[key], values[key]
            if port.type is not kind:
                value = port.type.conform(value)
            # As `Blackboard.write`, without a call of it: this runs dozens of times a tick, and mostly says the same:
            # the very same, or a list of the very same items, which were found to fit.
            if value is not known and not (
                type(value) is list
                and type(known) is tuple
                and len(value) == len(known)
                and all(map(is_, value, known))
            ):
                known = kind.conform(value) if kind.item is None else kind.renewed(value, known)
            # Also if it is the same: whoever watches wants to know of it.
            values[key] = said[key] = known
            written[key] = tick

    def feedback(self, text: str) -> None:
        """Say in a few words what this node is about; it shows in pictures."""
        self.state.feedback[self.node] = text if type(text) is str else str(text)

    def progress(self, share: float) -> None:
        """Say how far this node is, from 0 to 1; it shows as its feedback in per cent."""
        self.state.feedback[self.node] = f"{int(share * 100 + 0.5)} %"


class PureContext:
    """The `ctx` of a sense that says what it `reads`: nothing else is to be had from it, so nothing else can matter.

        @sense(reads=["place"])
        def be_in(ctx: Context, place: str, there: Out[bool]) -> None:
            ctx.out(there=ctx.obs.place == place)

    AttributeError for anything else that a Context has.
    """

    __slots__ = ("dt", "obs", "out", "ticks")

    def __init__(self, context: Context) -> None:
        self.obs: Any = context.obs
        self.dt = context.dt
        self.ticks = context.ticks
        self.out = context.out


def _refusal(name: str) -> property:
    """What a PureContext has in place of something that a Context has."""

    def refuse(_: PureContext) -> None:
        raise AttributeError(f"ctx.{name}: a sense that says what it reads may depend on nothing else")

    return property(refuse)


# Members of the class: an `__getattr__` would have the interpreter look up `obs` and `out` the long way too.
for _name in dir(Context):
    if not _name.startswith("_") and _name not in PureContext.__slots__:
        setattr(PureContext, _name, _refusal(_name))
