"""Registration: what a signature declares, and what is refused at once."""

from __future__ import annotations

import sys
import types
from math import inf
from typing import Any

import pytest
from py_trees.behaviours import Success

from t800.context import Context
from t800.core import SUCCESS, Status
from t800.errors import RegistrationError
from t800.nodes import KINDS
from t800.registry import Registry, behaviour, effect, event, mechanic, sense, skill
from t800.types import FLOAT, Entity, Keep, Out, Type, record


@record
class Mark:
    """A mark."""

    at: float


@skill
def dig(ctx: Context, depth: int, mark: Out[Mark], deep: float = 2, note: str | None = None) -> Status:
    """Dig a hole."""
    return SUCCESS


@skill(name="bore", one_shot=True)
class Drill:
    """Drill a hole."""

    turns: int = 0
    holes: Keep[int] = 0
    marks: list[float] = ()  # type: ignore[assignment]

    def start(self, ctx: Context, depth: int) -> None: ...

    def tick(self, ctx: Context, depth: int) -> Status:
        return SUCCESS


@sense
def feel(ctx: Context, hand: Entity, warmth: Out[float]) -> Mark | None:
    """What the hand feels."""
    return None


def test_a_signature_is_a_skill_s_ports() -> None:
    ports = dig.__t800__.ports
    assert list(ports) == ["depth", "mark", "deep", "note"]
    assert (ports["depth"].required, ports["depth"].out) == (True, False)
    assert (str(ports["mark"].type), ports["mark"].out) == ("Mark", True)
    assert repr(ports["deep"].default) == "2.0"
    assert (ports["note"].default, ports["note"].type.optional) == (None, True)
    assert (dig.__t800__.doc, dig.__t800__.remembers) == ("Dig a hole.", False)


def test_a_decorated_function_is_still_a_function() -> None:
    assert dig(None, 1, None) is SUCCESS


def test_the_fields_of_a_class_are_its_memory() -> None:
    made = Drill.__t800__
    assert (made.name, made.one_shot, made.remembers) == ("bore", True, True)
    assert [(item.name, str(item.type), item.default, item.keep) for item in made.memory] == [
        ("turns", "int", 0, False),
        ("holes", "int", 0, True),
        ("marks", "list[float]", (), False),
    ]


def test_a_sense_writes_what_it_returns_and_its_out_ports() -> None:
    made = feel.__t800__
    assert {name: str(kind) for name, kind in made.writes.items()} == {"warmth": "float", "feel": "Mark or unknown"}
    assert list(made.ports) == ["hand", "warmth"]


def no_annotation(ctx: Context, depth) -> Status:  # type: ignore[no-untyped-def]
    return SUCCESS


def many(ctx: Context, *depths: int) -> Status:
    return SUCCESS


def reserved(ctx: Context, times: int) -> Status:
    return SUCCESS


def private(ctx: Context, _depth: int) -> Status:
    return SUCCESS


def odd(ctx: Context, depth: dict[str, int]) -> Status:
    return SUCCESS


def misfit(ctx: Context, depth: int = "deep") -> Status:  # type: ignore[assignment]
    return SUCCESS


def endless(ctx: Context, patience: float = inf) -> Status:
    return SUCCESS


class EndlessField:
    nearest: float = inf

    def tick(self, ctx: Context) -> Status:
        return SUCCESS


class NoTick:
    pass


class NoDefault:
    depth: int

    def tick(self, ctx: Context) -> Status:
        return SUCCESS


class OddField:
    holes: dict[str, int] = {}  # noqa: RUF012

    def tick(self, ctx: Context) -> Status:
        return SUCCESS


class NoContext:
    def tick(self) -> Status:
        return SUCCESS


class OtherStart:
    def start(self, ctx: Context, deep: int) -> None: ...

    def tick(self, ctx: Context) -> Status:
        return SUCCESS


class FewerPorts:
    def start(self, ctx: Context) -> None: ...

    def tick(self, ctx: Context, deep: int) -> Status:
        return SUCCESS


class HaltWithPorts:
    def tick(self, ctx: Context, deep: int) -> Status:
        return SUCCESS

    def halt(self, ctx: Context, deep: int) -> None: ...


class OtherOrder:
    def start(self, ctx: Context, wide: int, deep: int) -> None: ...

    def tick(self, ctx: Context, deep: int, wide: int) -> Status:
        return SUCCESS


class OtherType:
    def start(self, ctx: Context, deep: str) -> None: ...

    def tick(self, ctx: Context, deep: int) -> Status:
        return SUCCESS


class BareHalt:
    def tick(self, ctx: Context) -> Status:
        return SUCCESS

    def halt(self) -> None: ...


class Needy:
    def __init__(self, hardware: object) -> None: ...

    def tick(self, ctx: Context) -> Status:
        return SUCCESS


class Lively:
    live: bool = True

    def tick(self, ctx: Context) -> Status:
        return SUCCESS


class Unwritten:
    depth: Fathoms = 3  # type: ignore[name-defined]  # noqa: F821

    def tick(self, ctx: Context) -> Status:
        return SUCCESS


def named_only(ctx: Context, *, depth: int = 1) -> Status:
    return SUCCESS


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (OtherOrder, "the same ports, in the same order"),
        (OtherType, "the same ports, in the same order"),
        (BareHalt, "halt needs ctx after self"),
        (Needy, "made without arguments, and its __init__: missing a required argument: 'hardware'"),
        (Lively, "a field cannot be called 'live'"),
        (Unwritten, "name 'Fathoms' is not defined; annotations must be importable"),
        (named_only, "port 'depth' is given by its place"),
        (no_annotation, "port 'depth' has no type annotation"),
        (many, "every port is named and typed"),
        (reserved, "'times' is reserved"),
        (private, "'_depth' is reserved"),
        (odd, "port 'depth': .* not a type"),
        (misfit, "port 'depth': expected int"),
        (endless, "port 'patience': the default inf is no number"),
        (EndlessField, "field 'nearest': the default inf is no number"),
        (NoTick, "needs a method tick"),
        (NoDefault, "field 'depth' needs a default"),
        (OddField, "mutable default .* an empty list is"),
        (NoContext, "needs ctx"),
        (OtherStart, "start has ports that tick lacks"),
        (FewerPorts, "start and tick must have the same ports"),
        (HaltWithPorts, "halt takes ctx only"),
    ],
)
def test_a_skill_that_cannot_be_is_refused_by_name(target: Any, words: str) -> None:
    with pytest.raises(RegistrationError, match=words) as caught:
        skill(target)
    assert target.__name__ in str(caught.value)


def silent(ctx: Context, hand: Entity) -> None: ...


def blind(hand: Entity) -> int:
    return 0


@pytest.mark.parametrize(("target", "words"), [(silent, "writes nothing"), (blind, "first parameter must be ctx")])
def test_a_sense_that_cannot_be_is_refused(target: Any, words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        sense(target)


@pytest.mark.parametrize("reads", ["sounds", [1], [None]])
def test_what_a_sense_reads_is_a_list_of_names(reads: Any) -> None:
    with pytest.raises(RegistrationError, match=r"reads=.*a list of fields of the observation"):
        sense(reads=reads)


@behaviour
def blink(times_: int = 3) -> Success:
    """Blink."""
    return Success("blink")


@mechanic
class DeepWater:
    """Deep water."""


def module(name: str, **things: Any) -> types.ModuleType:
    made = types.ModuleType(name)
    vars(made).update(things)
    return made


def test_a_pack_registers_all_that_it_and_its_parts_declare(monkeypatch: pytest.MonkeyPatch) -> None:
    part = module("diggers.holes", dig=dig, MARKED=event("Marked", at=float))
    stranger = module("elsewhere", Drill=Drill)
    pack = module("diggers", part=part, stranger=stranger, feel=feel, Mark=Mark, blink=blink, DeepWater=DeepWater)
    pack.HARM = effect("harm", float, 0.0)  # type: ignore[attr-defined]
    part.pack = pack  # type: ignore[attr-defined]  # they may import each other
    registry = Registry(kinds=dict(KINDS))
    registry.add_pack(pack)
    registry.add_pack(pack)
    assert registry.packs == ["diggers"]
    assert (list(registry.skills), list(registry.senses), list(registry.behaviours)) == (["dig"], ["feel"], ["blink"])
    assert (list(registry.records), list(registry.events)) == (["Mark"], ["Marked"])
    assert (list(registry.effects), list(registry.mechanics)) == (["harm"], ["deep_water"])
    assert registry.events["Marked"].fields == {"at": FLOAT}
    assert "diggers" not in sys.modules


def test_a_name_is_one_thing() -> None:
    registry = Registry(kinds=dict(KINDS))
    registry.add(dig)
    registry.add(dig)

    @skill(name="dig")
    def other(ctx: Context) -> Status:
        return SUCCESS

    with pytest.raises(RegistrationError, match="'dig' is registered twice"):
        registry.add(other)
    registry.add(effect("harm", float, 0.0))
    registry.add(effect("harm", float, 0.0))
    with pytest.raises(RegistrationError, match="'harm' is registered twice"):
        registry.add(effect("harm", float, 1.0))


def test_two_registries_share_nothing() -> None:
    one, two = Registry(), Registry()
    one.add(dig)
    one.add("what is not declared is passed over")
    assert two.skills == {}


def test_an_effect_has_a_type_and_a_neutral_value() -> None:
    made = effect("lethal_to", list[Entity], [], "Who would die of it.")
    assert (made.type, made.neutral) == (Type.of(list[Entity]), ())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("kind", str, ""), r"effect 'kind': constraints cannot say `intent\.kind` of it"),
        (("channel", str, ""), "effect 'channel'"),
        (("not a name", str, ""), "another name"),
        (("risk", float, inf), "effect risk: the default inf is no number"),
        (("risk", float, "high"), "effect risk: expected float"),
        (("risk", dict, {}), "effect risk: .* is not a type"),
    ],
)
def test_an_effect_that_cannot_be_is_refused(given: tuple[Any, ...], words: str) -> None:
    with pytest.raises((RegistrationError, ValueError), match=words):
        effect(*given)


def test_a_worker_has_no_out_ports() -> None:
    def plan(ctx: Context, found: Out[int]) -> None: ...

    with pytest.raises(RegistrationError, match="'found' is no Out port"):
        skill(worker=True)(plan)
