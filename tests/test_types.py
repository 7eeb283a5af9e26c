"""Types: what data may be, how it is stored, written and read back."""

from __future__ import annotations

import copy
import enum
import inspect
import json
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Any, Literal

import pytest

from t800.core import microseconds, ticks
from t800.errors import RegistrationError
from t800.simulation.canonical import encode, encoder
from t800.spec.world import component
from t800.types import BOOL, ENTITY, FLOAT, INT, STR, Entity, Keep, Out, Point, Type, quick, record, values_of


@record
class Sight:
    """Somebody seen."""

    who: Entity
    at: Point
    mood: Literal["calm", "angry"] = "calm"
    marks: tuple[int, ...] = ()
    grid: list[list[float]] = ()  # type: ignore[assignment]
    name: str | None = None
    near: bool = False


HERE = Point(0.0, 1.0)
SIGHT = Type.of(Sight)


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (bool, "bool"),
        (int, "int"),
        (float, "float"),
        (str, "str"),
        (Entity, "entity"),
        (float | None, "float or unknown"),
        (list[Entity], "list[entity]"),
        (tuple[float, ...], "list[float]"),
        (Literal["a", "b"], "literal[a, b]"),
        (Sight, "Sight"),
        (list[Sight], "list[Sight]"),
        (Out[Sight], "Sight"),
        (Keep[int], "int"),
    ],
)
def test_an_annotation_is_a_type(annotation: Any, text: str) -> None:
    assert str(Type.of(annotation)) == text


@pytest.mark.parametrize(
    "annotation", [dict, list, object, Any, set[int], tuple[int, int], int | str, bytes, dict[str, int]]
)
def test_what_is_not_plain_data_is_no_type(annotation: Any) -> None:
    with pytest.raises(RegistrationError, match="not a type that data can have"):
        Type.of(annotation)


@pytest.mark.parametrize(
    "text", ["bool", "float", "entity", "list[Sight]", "list[list[int]]", "literal[a, b]", "Sight"]
)
def test_what_a_file_names_prints_as_it_is_written(text: str) -> None:
    assert str(Type.parse(text, {"Sight": Sight})) == text


@pytest.mark.parametrize("text", ["flaot", "list[]", "list[flaot]", "Sigth", "", "list[int", "x" * 10_000])
def test_what_names_no_type_says_so_in_a_few_words(text: str) -> None:
    with pytest.raises(ValueError, match="is not a type") as caught:
        Type.parse(text, {"Sight": Sight})
    assert len(str(caught.value)) < 80


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        (FLOAT, 2, 2.0),
        (FLOAT, float("nan"), None),
        (FLOAT, float("-inf"), None),
        (FLOAT, 10**400, None),
        (INT, 3, 3),
        (BOOL, False, False),
        (ENTITY, "john", "john"),
        (Type.of(list[float]), [1, 2.5], (1.0, 2.5)),
        (Type.of(list[list[int]]), [[1], []], ((1,), ())),
        (Type.of(list[float]), [1, float("inf")], None),
        (Type.of(list[list[float]]), [[1.0], [float("nan")]], None),
        (Type.of(Literal["a", 1]), 1, 1),
        (STR, None, None),
    ],
)
def test_a_value_is_stored_as_what_it_means(kind: Type, given: Any, stored: Any) -> None:
    found = kind.conform(given)
    assert found == stored
    assert type(found) is type(stored)


def test_a_record_comes_back_as_it_was_whatever_is_in_it() -> None:
    kind = Type.of(Point)
    for at in (Point(float("inf"), 1.0), Point(float("-inf"), float("nan"))):
        back = kind.decode(json.loads(json.dumps(kind.encode(at))))
        assert repr(back) == repr(at)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (FLOAT, "2"),
        (FLOAT, True),
        (INT, 2.0),
        (INT, True),
        (BOOL, 1),
        (STR, 3),
        (Type.of(Literal["a", 1]), True),
        (Type.of(list[int]), [1, None]),
        (Type.of(list[float]), [float("inf"), None]),
        (Type.of(list[int]), "12"),
        (SIGHT, HERE),
        (SIGHT, {"who": "john"}),
    ],
)
def test_a_value_that_does_not_fit_is_refused(kind: Type, given: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        kind.conform(given)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("who", 3),
        ("at", "here"),
        ("at", Point("x", 1.0)),  # type: ignore[arg-type]
        ("mood", "sad"),
        ("mood", ["calm"]),
        ("marks", (1, "2")),
        ("marks", (1.0,)),
        ("marks", {1}),
        ("grid", ((1.0, "x"),)),
        ("grid", (1.0,)),
        ("name", 1),
        ("near", 1),
    ],
)
def test_a_record_is_refused_for_what_is_wrong_in_a_field_however_deep(field: str, given: Any) -> None:
    wrong = Sight(**{"who": "john", "at": HERE, field: given})
    for kind, value in ((SIGHT, wrong), (Type.of(list[Sight]), [wrong])):
        with pytest.raises(ValueError, match="with (x|" + field + "): ") as caught:
            kind.conform(value)
        assert len(str(caught.value)) < 120


@record
class Everything:
    """A field of each kind, known and perhaps not."""

    flag: bool
    count: int
    share: float
    word: str
    who: Entity
    mood: Literal["calm", "angry"]
    level: Literal[1, 2]
    at: Point
    seen: Sight
    words: list[str]
    flag_or_not: bool | None
    count_or_not: int | None
    share_or_not: float | None
    word_or_not: str | None
    mood_or_not: Literal["calm", "angry"] | None
    at_or_not: Point | None


class Text(str):
    """A text, and yet none."""


FITTING: dict[str, list[Any]] = {
    "flag": [True, False],
    "count": [0, -7],
    "share": [0.5, 3, float("nan"), float("inf")],
    "word": ["", "x"],
    "who": ["john"],
    "mood": ["calm", "angry"],
    "level": [1, 2],
    "at": [HERE, Point(1, 2), Point(float("nan"), 0.0), Point(None, 1.0)],  # type: ignore[arg-type]
    "seen": [Sight("john", HERE)],
    "words": [(), ("x",)],
}


@pytest.mark.parametrize("name", list(Everything.__dataclass_fields__))
def test_a_field_is_checked_as_its_type_says_whatever_it_holds(name: str) -> None:
    good = {each: values[0] for each, values in FITTING.items()}
    good |= {f"{each}_or_not": good[each] for each in FITTING if f"{each}_or_not" in Everything.__dataclass_fields__}
    fits = [*FITTING[name.removesuffix("_or_not")], None]
    others = [value for values in FITTING.values() for value in values]
    others += [Text("x"), Text("calm"), Point("x", 1.0), Point(0.0, True), ["x"], ("x", 1), 3, "sad", object()]  # type: ignore[arg-type]
    kind = Type.of(Everything)
    for value in fits:
        made = Everything(**(good | {name: value}))
        assert kind.conform(made) is made
    for value in others:
        alike = [type(fit) is type(value) and repr(fit) == repr(value) for fit in fits]
        plain = name.removesuffix("_or_not") in ("flag", "count", "share", "word", "who") and type(value) in map(
            type, fits
        )
        if (
            any(alike)
            or plain
            or (name == "words" and type(value) in (tuple, list) and all(type(v) is str for v in value))
        ):
            continue
        with pytest.raises(ValueError, match="expected"):
            kind.conform(Everything(**(good | {name: value})))


def test_a_record_may_hold_what_is_unknown_and_whole_numbers_for_floats() -> None:
    nan = float("nan")
    for at in (Point(1, 2), Point(nan, 0.0), None):
        seen = Sight("john", at, grid=[[1, 2.5], []])  # type: ignore[arg-type, list-item]
        assert SIGHT.conform(seen) is seen


@record
class Luggage:
    """All that the fields of a record can be."""

    owner: Entity
    tags: list[str] = field(default_factory=list)
    shelves: list[list[int]] = field(default_factory=lambda: [[1]])
    weight: float = 2.5
    fragile: bool = field(default=False, kw_only=True)


@record
class Weighed(Luggage):
    """Works out a field of its own."""

    total: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", self.weight + 1.0)


@record
class Written:
    """Has written an `__init__` itself."""

    names: list[str]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", list(names))


def test_a_record_is_made_as_its_fields_say() -> None:
    one, other = Luggage(Entity("sarah")), Luggage(Entity("john"), ["a"], [[2], [3]], fragile=True)
    assert (one.tags, one.shelves, one.weight, one.fragile) == ((), ((1,),), 2.5, False)
    assert (other.tags, other.shelves, other.fragile) == (("a",), ((2,), (3,)), True)
    assert vars(one) == {"owner": "sarah", "tags": (), "shelves": ((1,),), "weight": 2.5, "fragile": False}
    assert Luggage(owner=Entity("sarah")) == one == pickle.loads(pickle.dumps(one))
    assert one.__class__.__match_args__ == ("owner", "tags", "shelves", "weight")
    assert (Weighed(Entity("sarah"), ["a"]).total, Weighed(Entity("sarah"), ["a"]).tags) == (3.5, ("a",))
    assert Written("a", "b").names == ("a", "b")


@record(slots=True)
class Trunk:
    """As luggage, by the thousand."""

    owner: Entity
    tags: list[str] = field(default_factory=list)
    corner: Point = HERE
    weight: float = 2.5


@record(slots=True)
class Chest(Trunk):
    """One more field."""

    locked: bool = False


@record
class Crate(Trunk):
    """With a `__dict__` again, and a default that is its own."""

    weight: float = 9.0
    slats: list[int] = field(default_factory=list)


@record(slots=True)
class Case(Luggage):
    """Slots over what has a `__dict__`."""

    lid: bool = True


@record(slots=True)
class Sealed:
    """Works out a field of its own."""

    names: list[str]
    total: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", len(self.names))


@pytest.mark.parametrize("kind", [Trunk, Chest, Crate, Case])
def test_a_record_with_slots_is_as_any_other(kind: Any) -> None:
    one = kind(Entity("sarah"), ["a", "b"])
    weight = {Trunk: 2.5, Chest: 2.5, Crate: 9.0, Case: 2.5}[kind]
    assert (one.owner, one.tags, one.weight) == ("sarah", ("a", "b"), weight)
    assert values_of(one) == {name: getattr(one, name) for name in kind.__record_fields__}
    for copied in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one)), replace(one), one):
        assert (copied, type(copied), hash(copied)) == (one, kind, hash(one))
    assert replace(one, weight=3) != one
    with pytest.raises(FrozenInstanceError):
        one.weight = 3.0
    with pytest.raises(AttributeError):
        object.__setattr__(Trunk(Entity("sarah")), "colour", "red")
    type_ = Type.of(kind)
    assert type_.decode(type_.encode(one)) == one
    assert json.loads(encode(replace(one, weight=3))) == type_.encode(replace(one, weight=3))
    assert json.loads(encode(one)) == json.loads(encoder(type_)(one)) == type_.encode(one)
    with pytest.raises(ValueError, match=f"expected {kind.__name__} with weight: float"):
        type_.conform(kind(Entity("sarah"), weight="much"))


def test_a_record_with_slots_may_work_out_a_field_of_its_own() -> None:
    assert (Sealed(["a"]).names, Sealed(["a"]).total) == (("a",), 1)


def test_a_dataclass_that_is_made_quickly_is_as_it_was() -> None:
    @dataclass(frozen=True, slots=True)
    class Plain:
        name: str
        marks: Mapping[str, int] = field(default_factory=dict)
        why: str = ""

    @quick
    @dataclass(frozen=True, slots=True)
    class Quick:
        name: str
        marks: Mapping[str, int] = field(default_factory=dict)
        why: str = ""

    @quick
    @dataclass(frozen=True)
    class Checked:
        name: str

        def __post_init__(self) -> None:
            raise ValueError(self.name)

    assert repr(Quick("a", why="b")).endswith(repr(Plain("a", why="b")).partition("Plain")[2])
    assert list(inspect.signature(Quick).parameters) == list(inspect.signature(Plain).parameters)
    assert Quick("a") == Quick("a", {}) != Quick("b")
    assert Quick("a").marks is not Quick("a").marks
    assert replace(Quick("a"), why="c") == Quick("a", {}, "c")
    with pytest.raises(FrozenInstanceError):
        Quick("a").name = "b"  # type: ignore[misc]
    with pytest.raises(TypeError, match="name"):
        Quick()  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="a"):
        Checked("a")


def test_a_record_that_is_made_wrongly_says_which() -> None:
    with pytest.raises(TypeError, match=r"Luggage.__init__\(\) missing 1 required positional argument: 'owner'"):
        Luggage()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Luggage.__init__\(\) takes from 2 to 5 positional arguments but 6"):
        Luggage(Entity("sarah"), [], [], 1.0, True)  # type: ignore[misc]
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Luggage(Entity("sarah"), colour="red")  # type: ignore[call-arg]
    with pytest.raises(FrozenInstanceError):
        Luggage(Entity("sarah")).weight = 3.0  # type: ignore[misc]


def test_the_lists_of_a_record_cannot_be_changed() -> None:
    seen = Sight("john", HERE, marks=[1, 2], grid=[[1.0], []])  # type: ignore[arg-type]
    assert seen.marks == (1, 2)
    assert seen.grid == ((1.0,), ())
    assert hash(seen) == hash(Sight("john", HERE, marks=(1, 2), grid=((1.0,), ())))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (SIGHT, Sight("john", HERE, "angry", (1, 2), ((0.5,), ()), "J", True)),  # type: ignore[arg-type]
        (SIGHT, Sight("john", HERE)),
        (Type.of(list[Sight]), (Sight("a", HERE), Sight("b", HERE))),
        (Type.of(list[list[float]]), ((1.0,), ())),
        (FLOAT, None),
    ],
)
def test_what_is_written_as_json_data_reads_back_the_same(kind: Type, value: Any) -> None:
    assert kind.decode(kind.encode(value)) == value


def test_equal_values_are_written_alike() -> None:
    assert repr(SIGHT.encode(Sight("j", Point(1, 2)))) == repr(SIGHT.encode(Sight("j", Point(1.0, 2.0))))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"x": 1}, "Point: it needs y$"),
        ({"x": 1, "y": 2, "z": 3}, "has no field 'z'"),
        ({"x": "far", "y": 2}, "expected float"),
        (3, "expected Point"),
        ([1, 2], r"expected Point, as \{x: …, y: …\}, not \[1, 2\]"),
    ],
)
def test_a_record_that_a_file_spells_wrongly_is_refused(data: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Type.of(Point).decode(data)


@pytest.mark.parametrize(
    ("reader", "key", "fits"),
    [
        (FLOAT, INT, True),
        (INT, FLOAT, False),
        (STR, ENTITY, True),
        (ENTITY, STR, False),
        (STR, Type.of(Literal["a"]), True),
        (STR, Type.of(Literal[1]), False),
        (Type.of(Literal["a", "b"]), Type.of(Literal["a"]), True),
        (Type.of(Literal["a"]), Type.of(Literal["a", "b"]), False),
        (Type.of(list[float]), Type.of(list[int]), True),
        (SIGHT, Type.of(Point), False),
        (Type.of(float | None), FLOAT, True),
    ],
)
def test_a_type_accepts_what_can_stand_in_its_place(reader: Type, key: Type, fits: bool) -> None:
    assert reader.accepts(key) is fits


def test_a_record_with_a_field_that_is_not_plain_is_refused_by_name() -> None:
    class Bad:
        fine: int
        thing: dict[str, int]

    with pytest.raises(RegistrationError, match="record Bad, field thing"):
        record(Bad)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("x: Fathoms", "name 'Fathoms' is not defined"),
        ("x: [int] = 3", "field .?x.?: .* is not a type that data can have"),
        ("x: list[int] = []", r"an empty list is `\(\)`"),
        ("x: int = 1\n    y: int", "'y' follows default argument"),
    ],
)
@pytest.mark.parametrize("of", [record, component])
def test_what_a_class_cannot_be_made_of_is_told_with_its_name(of: Any, fields: str, words: str) -> None:
    source = f"from __future__ import annotations\n@of\nclass Bad:\n    {fields}\n"
    with pytest.raises(RegistrationError, match=f"(record|component) Bad.*{words}"):
        exec(source, {"of": of})


@pytest.mark.parametrize(
    ("seconds", "dt", "count"),
    [(0.3, 0.1, 3), (0.25, 0.1, 3), (0.0, 0.1, 0), (1.1, 0.1, 11), (1e-6, 0.1, 1), (10.0, 0.02, 500), (0.1, 0.3, 1)],
)
def test_seconds_are_whole_ticks_rounded_up_in_exact_arithmetic(seconds: float, dt: float, count: int) -> None:
    assert ticks(seconds, dt) == count
    assert microseconds(dt) == round(dt * 1_000_000)


def test_a_type_is_one_object_however_it_is_said() -> None:
    assert Type.of(list[Sight]) is Type.of(tuple[Sight, ...])
    assert Type.of(list[Sight]) is Type.parse("list[Sight]", {"Sight": Sight})
    assert Type.of(float | None) is Type.of(float | None)
    assert Type.of(float | None) is not FLOAT
    # 1 == True, and yet they are two choices.
    assert Type.of(Literal[1]) is not Type.of(Literal[True])
    assert Type.of(Literal[True]).conform(True) is True


def test_types_and_what_they_check_copy() -> None:
    kind = Type.of(list[float])
    kind.conform([1])
    numbers = Type.of(list[int])
    assert pickle.loads(pickle.dumps(numbers)) == numbers
    assert copy.deepcopy(kind).conform([1]) == (1.0,)


def test_a_list_of_records_is_checked_item_by_item() -> None:
    kind = Type.of(list[Sight])
    seen = Sight("m", HERE)
    assert kind.conform([seen, seen]) == (seen, seen)
    for wrong in ([seen, None], [None], [seen, HERE], seen, "no"):
        with pytest.raises(ValueError, match="expected"):
            kind.conform(wrong)
    with pytest.raises(ValueError, match="expected Sight with marks"):
        kind.conform([seen, Sight("m", HERE, marks=("x",))])  # type: ignore[arg-type]


def test_a_list_is_renewed_without_a_second_look_at_what_was_in_it() -> None:
    kind = Type.of(list[Point])
    known = kind.conform([HERE, Point(2.0, 3.0)])
    assert kind.renewed([known[1], Point(4.0, 5.0)], known) == (known[1], Point(4.0, 5.0))
    assert kind.renewed([HERE], None) == (HERE,)
    for wrong in ([known[0], Point("x", 0.0)], [known[0], None], "no list"):  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="expected"):
            kind.renewed(wrong, known)
    assert Type.of(list[int]).renewed([1, 2], (1,)) == (1, 2)
    with pytest.raises(ValueError, match="expected"):
        Type.of(list[int]).renewed([1, "2"], (1,))
    numbers = Type.of(list[int])
    assert pickle.loads(pickle.dumps(numbers)) == numbers


class Colour(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (Literal[Colour.RED], "no choice that a file can spell"),
        (Literal[b"x"], "no choice that a file can spell"),
        (list[int | None], "what is in a list is known"),
    ],
)
def test_what_no_file_can_spell_is_no_type(annotation: Any, words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        Type.of(annotation)


@pytest.mark.parametrize("slots", [False, True])
def test_the_fields_of_a_record_may_have_any_names(slots: bool) -> None:
    @record(slots=slots)
    class Odd:
        self: int
        type: str
        frozen: list[list[int]]
        x: int = 3
        d_x: int = 4
        set_x: int = 5
        f_x: list[int] = field(default_factory=lambda: [6])

    made = Odd(1, "a", [[3]])
    assert values_of(made) == {
        "self": 1, "type": "a", "frozen": ((3,),), "x": 3, "d_x": 4, "set_x": 5, "f_x": (6,)
    }  # fmt: skip
    assert values_of(Odd(1, "a", [[3]], d_x=7))["d_x"] == 7
