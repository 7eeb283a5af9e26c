"""What config files may name: senses, skills, behaviours, record types, events, effects, mechanics.

Nothing is global. A decorator only marks what it decorates; a `Registry` is filled from modules
("packs") that hold marked things, and is handed to whoever loads files. So two registries with
different packs live side by side, and config can name registered things only (R16).
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, TypeVar, get_args, get_origin, overload

from t800.errors import RegistrationError, shorten
from t800.long import is_long, long_class, worker_class
from t800.types import _KEEP, _OUT, Type, declared, hints_of

__all__ = [
    "MISSING",
    "Effect",
    "EventKind",
    "Mechanic",
    "Port",
    "Registry",
    "Section",
    "Sense",
    "Skill",
    "behaviour",
    "effect",
    "event",
    "mechanic",
    "section",
    "sense",
    "skill",
]

F = TypeVar("F", bound=Callable[..., Any])

RESERVED = frozenset(
    [
        *("name", "if", "while", "with", "times", "seconds", "policy", "fail_after", "skip_if", "succeed_if"),
        *("fail_if", "on_success", "on_failure", "on_halt", "always", "halt"),
    ]
)
"""Option names, which no kind, skill or port may have (design §6)."""

MISSING: Any = inspect.Parameter.empty
"""The default of a port that must be given."""


@dataclass(frozen=True, slots=True)
class Port:
    """A parameter of a leaf: read, or (`out`) written. `default` is MISSING if it must be given."""

    name: str
    type: Type
    default: Any = MISSING
    out: bool = False

    @property
    def required(self) -> bool:
        return self.default is MISSING


@dataclass(frozen=True, slots=True)
class Skill:
    """A registered leaf. `call` is a function, or the class of a skill that remembers.

    `memory` holds the fields of a class skill in order: name, type, default, and whether it is kept.
    A `worker` runs in a thread of its own, which makes a run unreplayable.
    """

    name: str
    call: Callable[..., Any]
    ports: Mapping[str, Port]
    doc: str
    one_shot: bool = False
    takes_ctx: bool = True
    memory: tuple[MemoryField, ...] = ()
    worker: bool = False

    @property
    def remembers(self) -> bool:
        return isinstance(self.call, type)


@dataclass(frozen=True, slots=True)
class MemoryField:
    """A field of a class skill."""

    name: str
    type: Type
    default: Any
    keep: bool


@dataclass(frozen=True, slots=True)
class Sense:
    """A registered sense. `writes` maps the keys that it writes to their types.

    A key named by the sense itself is what the function returns; the others are its Out ports. `reads` are the
    fields of the observation that it depends on, if it says so: it is asked again only when one of them differs.
    """

    name: str
    call: Callable[..., Any]
    ports: Mapping[str, Port]
    writes: Mapping[str, Type]
    doc: str
    reads: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """A factory of third-party `py_trees` behaviours, for use as a leaf."""

    name: str
    call: Callable[..., Any]
    ports: Mapping[str, Port]
    doc: str


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event, and the types of its fields."""

    name: str
    fields: Mapping[str, Type]
    doc: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that intents may declare about themselves, for constraints to judge (R7)."""

    name: str
    type: Type
    neutral: Any
    doc: str


@dataclass(frozen=True, slots=True)
class Mechanic:
    """A removable part of the simulated world's rules: a class that the world kernel knows how to host."""

    name: str
    call: type
    doc: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report at the end of a run: what it is headed, and the function that tells it from a Story."""

    name: str
    call: Callable[..., Any]
    doc: str


def _ports(function: Callable[..., Any], what: str, skip: int = 0) -> tuple[dict[str, Port], bool]:
    """The ports that a signature declares, and whether its first parameter is `ctx`."""
    hints = hints_of(function, what)
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    takes_ctx = bool(parameters) and parameters[0].name == "ctx"
    ports = {}
    for parameter in parameters[takes_ctx:]:
        name = parameter.name
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise RegistrationError(f"{what}: *{name} cannot be a port; every port is named and typed")
        if parameter.kind is parameter.KEYWORD_ONLY:
            raise RegistrationError(f"{what}: port {name!r} is given by its place: leave out the `*` before it")
        if name in RESERVED or name.startswith("_"):
            raise RegistrationError(f"{what}: {name!r} is reserved and cannot be a port")
        if name not in hints:
            raise RegistrationError(f"{what}: port {name!r} has no type annotation")
        hint = hints[name]
        out = get_origin(hint) is Annotated and _OUT in get_args(hint)[1:]
        try:
            kind = Type.of(hint)
            default = parameter.default
            if default is not MISSING:
                default = _default(kind, default)
        except (RegistrationError, ValueError) as error:
            raise RegistrationError(f"{what}, port {name!r}: {error}") from None
        ports[name] = Port(name, kind, default, out)
    return ports, takes_ctx


def _default(kind: Type, value: Any) -> Any:
    """A default as its type holds it; one that would turn into None, unasked, is refused."""
    conformed = kind.conform(value)
    if conformed is None and value is not None:
        raise ValueError(f"the default {value!r} is no number that a tree can hold (R17); say `float | None = None`")
    return conformed


def _mark(target: F, mark: object) -> F:
    target.__t800__ = mark  # type: ignore[attr-defined]  # functions and classes carry their registration
    return target


@overload
def skill(target: F) -> F: ...
@overload
def skill(*, name: str | None = None, one_shot: bool = False, worker: bool = False) -> Callable[[F], F]: ...
def skill(target: Any = None, *, name: str | None = None, one_shot: bool = False, worker: bool = False) -> Any:
    """Register the code of a leaf. Its signature is its ports.

        @skill
        def stay_near(ctx: Context, place: Point, within: float = 3.0) -> Status:
            '''Walk until within `within` metres of `place`; succeed there.'''
            if ctx.obs.position.distance(place) <= within:
                return SUCCESS
            return ctx.intend(MoveTo(place))

    A class becomes a skill that remembers: its fields (plain data, with defaults) are kept in the
    tree's State and go back to their defaults on entry unless they are `Keep[T]`; its methods are
    `start(ctx, **ports)`, `tick(ctx, **ports) -> Status` and `halt(ctx)`, of which `tick` is needed. With
    `stop(ctx) -> Status` it can take its time to stop, where the option `halt: {within: SECONDS}` allows it.

    A generator function or `async def` is a skill that goes on where it was in the next tick; what it
    returns is its status, SUCCESS if that is nothing. `worker=True` runs a blocking function in a thread
    of its own; it is RUNNING until the function returns (see `t800.long`).

    `one_shot`: its RUNNING becomes SUCCESS on the tick after its ask was granted, without a call (R5).
    RegistrationError if a port or field is not plain data.
    """

    def register(target: Any) -> Any:
        label = name or target.__name__
        what = f"skill {label}"
        if label in RESERVED:
            raise RegistrationError(f"{what}: this name is reserved")
        if worker or is_long(target):
            _check_long(target, what, one_shot, worker)
        if isinstance(target, type):
            target, memory = _remembering(target, what)
            ports, takes_ctx = _ports(target.tick, what, skip=1)
            for method in ("start", "halt", "stop"):
                if hasattr(target, method):
                    more, told = _ports(getattr(target, method), f"{what}.{method}", skip=1)
                    if not told:
                        raise RegistrationError(f"{what}: {method} needs ctx after self")
                    if set(more) - set(ports):
                        raise RegistrationError(
                            f"{what}: {method} has ports that tick lacks: {sorted(set(more) - set(ports))}"
                        )
                    if method == "start" and [(each.name, each.type) for each in more.values()] != [
                        (each.name, each.type) for each in ports.values()
                    ]:
                        raise RegistrationError(f"{what}: start and tick must have the same ports, in the same order")
                    if method in ("halt", "stop") and more:
                        raise RegistrationError(f"{what}: {method} takes ctx only")
            if not takes_ctx:
                raise RegistrationError(f"{what}: tick(self, ctx, ...) needs ctx")
            doc = inspect.getdoc(target) or ""
            return _mark(target, Skill(label, target, ports, doc, one_shot, takes_ctx, memory))
        ports, takes_ctx = _ports(target, what)
        call = target
        if worker or is_long(target):
            if not takes_ctx:
                raise RegistrationError(f"{what}: a skill that takes many ticks needs ctx")
            if worker and (outs := [port.name for port in ports.values() if port.out]):
                raise RegistrationError(f"{what}: a worker writes nothing while it runs, so {outs[0]!r} is no Out port")
            call = worker_class(target) if worker else long_class(target)
        doc = inspect.getdoc(target) or ""
        return _mark(target, Skill(label, call, ports, doc, one_shot, takes_ctx, worker=worker))

    return register if target is None else register(target)


def _check_long(target: Any, what: str, one_shot: bool, worker: bool) -> None:
    """Refuse what cannot take many ticks in one function."""
    if inspect.isasyncgenfunction(target):
        raise RegistrationError(f"{what}: an `async def` skill awaits and does not yield")
    if one_shot:
        raise RegistrationError(f"{what}: a one-shot ends without a call, so it cannot take many ticks")
    if worker and (isinstance(target, type) or is_long(target)):
        raise RegistrationError(f"{what}: a worker is a plain function that blocks")


def _remembering(cls: type, what: str) -> tuple[type, tuple[MemoryField, ...]]:
    """A class skill as a dataclass, and its fields."""
    if not callable(getattr(cls, "tick", None)):
        raise RegistrationError(f"{what}: a class skill needs a method tick(self, ctx, ...) -> Status")
    made, hints = declared(cls, what)
    for method in ("start", "tick", "stop", "halt"):
        if is_long(getattr(cls, method, None)):
            raise RegistrationError(f"{what}: {method} cannot wait; make the skill one `async def` function")
    memory = []
    for item in dataclasses.fields(made):
        hint = hints[item.name]
        if item.name in ("start", "tick", "stop", "halt", "live"):
            raise RegistrationError(f"{what}: a field cannot be called {item.name!r}")
        try:
            kind = Type.of(hint)
        except RegistrationError as error:
            raise RegistrationError(f"{what}, field {item.name!r}: {error}") from None
        default = item.default_factory() if item.default_factory is not dataclasses.MISSING else item.default
        if default is dataclasses.MISSING:
            raise RegistrationError(f"{what}, field {item.name!r} needs a default: it goes back to it on entry")
        keep = get_origin(hint) is Annotated and _KEEP in get_args(hint)[1:]
        try:
            memory.append(MemoryField(item.name, kind, _default(kind, default), keep))
        except ValueError as error:
            raise RegistrationError(f"{what}, field {item.name!r}: {error}") from None
    try:
        inspect.signature(made).bind()
    except TypeError as error:
        raise RegistrationError(f"{what}: it is made without arguments, and its __init__: {error}") from None
    return made, tuple(memory)


@overload
def sense(target: F) -> F: ...
@overload
def sense(*, name: str | None = None, reads: Sequence[str] | None = None) -> Callable[[F], F]: ...
def sense(target: Any = None, *, name: str | None = None, reads: Sequence[str] | None = None) -> Any:
    """Register a function from observation to blackboard keys: beliefs, never choices.

        @sense
        def body(ctx: Context) -> Body:
            '''How the body is.'''
            return Body(power=ctx.obs.power)

        @sense
        def judge_threat(ctx: Context, ward: Entity, threat: Out[Threat]) -> None:
            '''Who means harm to the ward.'''
            ctx.out(threat=...)

    What it returns is written to the key of the sense's own name; Out ports are written with
    `ctx.out` and keep their value while they are not. A port whose key is unknown skips the sense,
    unless the port is `T | None`. RegistrationError if it writes nothing.

    `reads=["sounds"]` says that it depends on its ports, these fields of the observation and `ctx.dt`, and on
    nothing else. It is then asked only when one of them is another object than when it was asked last; until then
    it says again what it said. Its `ctx` has no clock, no chance and no services.
    """
    if isinstance(reads, str) or not all(isinstance(each, str) for each in reads or ()):
        raise RegistrationError(f"reads={shorten(reads)}: it is a list of fields of the observation, like ['sounds']")

    def register(target: Any) -> Any:
        label = name or target.__name__
        ports, takes_ctx = _ports(target, f"sense {label}")
        if not takes_ctx:
            raise RegistrationError(f"sense {label}: its first parameter must be ctx")
        writes = {port.name: port.type for port in ports.values() if port.out}
        returned = hints_of(target, f"sense {label}").get("return", type(None))
        if returned is not type(None):
            writes[label] = Type.of(returned)
        if not writes:
            raise RegistrationError(f"sense {label} writes nothing: return a value, or declare an Out[T] port")
        depends = None if reads is None else tuple(reads)
        return _mark(target, Sense(label, target, ports, writes, inspect.getdoc(target) or "", depends))

    return register if target is None else register(target)


def behaviour(target: F) -> F:
    """Register a factory of third-party py_trees behaviours; its parameters are its ports.

        @behaviour
        def blink(lamp: str, often: int = 3) -> py_trees.behaviour.Behaviour:
            return Blink("blink", lamp, often)

    It is called once for each place in a tree, when that is built: its ports take literals only. The
    behaviour gets the name that it has in the tree.
    """
    ports, _ = _ports(target, f"behaviour {target.__name__}")
    return _mark(target, Foreign(target.__name__, target, ports, inspect.getdoc(target) or ""))


def event(name: str, doc: str = "", **fields: Any) -> EventKind:
    """Declare a kind of event: `SHIELDED = event("Shielded", who=Entity, whom=Entity)`."""
    return EventKind(name, {key: Type.of(hint) for key, hint in fields.items()}, doc)


def effect(name: str, annotation: Any, neutral: Any, doc: str = "") -> Effect:
    """Declare an effect: `LETHAL_TO = effect("lethal_to", list[Entity], [])`.

    A skill says of an ask what it would do: `ctx.intend(Fire(target), lethal_to=[target])`. Whatever
    it does not say is `neutral`, and known. RegistrationError for a name that intents have a member of already
    or a type that is not plain data, ValueError for a neutral that does not fit.
    """
    if name in ("kind", "channel") or not name.isidentifier():
        raise RegistrationError(f"effect {shorten(name)}: constraints cannot say `intent.{name}` of it: another name")
    try:
        kind = Type.of(annotation)
        return Effect(name, kind, _default(kind, neutral), doc)
    except (RegistrationError, ValueError) as error:
        raise type(error)(f"effect {name}: {error}") from None


def mechanic(target: type) -> type:
    """Register a class as a removable part of the world's rules, under its name in snake_case."""
    label = "".join("_" + c.lower() if c.isupper() else c for c in target.__name__).lstrip("_")
    target.__t800__ = Mechanic(label, target, inspect.getdoc(target) or "")  # type: ignore[attr-defined]  # as in _mark
    return target


def section(title: str) -> Callable[[F], F]:
    """Register a part of the report at the end of a run: a function from a `Story` to the `Entry`s under this title.

        @section("batteries")
        def batteries(story: Story) -> Iterator[Entry]:
            '''What is left in them.'''
            for who, fields in story.final.items():
                if "charge" in fields:
                    yield Entry(f"{who}: {fields['charge']:.0%}", mark="yes" if fields["charge"] > 0.2 else "no")

    Sections stand in the order in which their pack's modules declare them; one without entries is left out.
    """

    def register(target: F) -> F:
        return _mark(target, Section(title, target, inspect.getdoc(target) or ""))

    return register


TABLES = ("skills", "senses", "behaviours", "records", "events", "effects", "mechanics", "sections")
"""What packs fill, by name."""


@dataclass(eq=False)
class Registry:
    """Everything that config files may name. Fill it with `add_pack`.

    `folders` are the packs' own folders, where their trees/ and configs/ are looked up.
    """

    kinds: dict[str, Any] = field(default_factory=dict)
    skills: dict[str, Skill] = field(default_factory=dict)
    senses: dict[str, Sense] = field(default_factory=dict)
    behaviours: dict[str, Foreign] = field(default_factory=dict)
    records: dict[str, type] = field(default_factory=dict)
    events: dict[str, EventKind] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    mechanics: dict[str, Mechanic] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)
    packs: list[str] = field(default_factory=list)
    _owners: dict[str, str] = field(default_factory=dict, repr=False)

    def add_pack(self, module: ModuleType, before: Collection[str] = ()) -> None:
        """Register all that `module`, and its submodules that it imports, declare.

        A name that another pack has registered is taken, RegistrationError, unless this one goes `before` that
        pack: then it means this one's from now on.
        """
        if module.__name__ in self.packs:
            return
        own = Registry(kinds=self.kinds)
        seen: set[int] = set()
        waiting = [module]
        while waiting:
            current = waiting.pop()
            if id(current) in seen:
                continue
            seen.add(id(current))
            for value in list(vars(current).values()):
                if isinstance(value, ModuleType):
                    if value.__name__.startswith(module.__name__ + "."):
                        waiting.append(value)
                else:
                    own.add(value)
        for name in TABLES:
            self._merge(module.__name__, name, getattr(own, name), before)
        self.packs.append(module.__name__)
        if file := getattr(module, "__file__", None):
            self.folders.append(Path(file).parent)

    def _merge(self, pack: str, table: str, declared: Mapping[str, Any], before: Collection[str]) -> None:
        leaves = ("skills", "behaviours")
        for name, mark in declared.items():
            for other in leaves if table in leaves else (table,):
                held: dict[str, Any] = getattr(self, other)
                taken = held.get(name, mark)
                if taken is mark or (isinstance(mark, EventKind | Effect) and taken == mark):
                    continue
                owner = self._owners.get(name, "another pack")
                if owner not in before:
                    raise RegistrationError(f"{name!r} is registered by {owner} and by {pack}, as different things")
                del held[name]
            getattr(self, table)[name] = mark
            self._owners[name] = pack

    def add(self, value: Any) -> None:
        """Register one declared thing; anything else is passed over. RegistrationError if its name is taken."""
        mark = value if isinstance(value, EventKind | Effect) else getattr(value, "__dict__", {}).get("__t800__")
        tables: dict[type, dict[str, Any]] = {
            Skill: self.skills,
            Sense: self.senses,
            Foreign: self.behaviours,
            EventKind: self.events,
            Effect: self.effects,
            Mechanic: self.mechanics,
            Section: self.sections,
        }
        table = tables.get(type(mark))
        name = getattr(mark, "name", "")
        if table is None and isinstance(value, type) and "__record_fields__" in value.__dict__:
            table, name, mark = self.records, value.__name__, value
        if table is None:
            return
        taken = table.get(name, mark)
        # Events and effects are plain values: saying the same twice is no clash.
        if taken is not mark and (not isinstance(mark, EventKind | Effect) or taken != mark):
            raise RegistrationError(f"{name!r} is registered twice, as different things")
        leaves = [self.kinds, self.skills, self.behaviours]
        if isinstance(mark, Skill | Foreign) and any(name in other for other in leaves if other is not table):
            raise RegistrationError(f"{name!r} is the name of another kind of leaf already")
        table[name] = mark
