"""The types that data in files, on blackboards and in ports can have.

They are few and plain, so that everything saves, compares and hashes: bool, int, float, str,
entity (the name of someone or something), literals, lists, and records made of these. Any of them
may be optional; a missing value is `None` and means *unknown* (R17).
"""

from __future__ import annotations

import dataclasses
import math
import re
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, dataclass_transform, get_args, get_origin, overload

from t800.errors import RegistrationError, shorten

__all__ = [
    "BOOL",
    "ENTITY",
    "FLOAT",
    "INT",
    "STR",
    "Entity",
    "Keep",
    "Out",
    "Point",
    "Type",
    "declared",
    "exact",
    "hints_of",
    "quick",
    "record",
    "values_of",
]

T = TypeVar("T")

Entity = NewType("Entity", str)
"""The name of someone or something in the world: `ward: Entity`."""


@dataclass(frozen=True, slots=True)
class _Marker:
    name: str


_OUT = _Marker("out")
_KEEP = _Marker("keep")

Out = Annotated[T, _OUT]
"""A port that a skill or sense writes, with `ctx.out(name=value)`: `threat: Out[Threat]`."""

Keep = Annotated[T, _KEEP]
"""A field of a class skill that survives its halt and its next entry: `shots: Keep[int] = 0`."""


@dataclass(frozen=True)
class Type:
    """What a value may be.

    `kind` is one of bool, int, float, str, entity, literal, list, record. `item` is the type of a
    list's items, `choices` a literal's values, `record` a record's class and `fields` its fields.

    >>> str(Type.of(list[int]))
    'list[int]'
    """

    kind: str
    optional: bool = False
    item: Type | None = None
    choices: tuple[Any, ...] = ()
    record: type | None = None
    fields: Mapping[str, Type] = field(default_factory=dict, compare=False, hash=False, repr=False)

    def __str__(self) -> str:
        if self.kind == "list":
            text = f"list[{self.item}]"
        elif self.kind == "literal":
            text = f"literal[{', '.join(map(str, self.choices))}]"
        elif self.kind == "record":
            text = self.record.__name__ if self.record else "record"
        else:
            text = self.kind
        return text + (" or unknown" if self.optional else "")

    @staticmethod
    def of(annotation: Any) -> Type:
        """The type that a Python annotation stands for; RegistrationError if it is not plain data.

        `list[X]`, `tuple[X, ...]`, `X | None`, `Literal[...]`, `Entity` and records are understood.
        """
        simple = {bool: BOOL, int: INT, float: FLOAT, str: STR, Entity: ENTITY}
        if isinstance(annotation, Hashable) and annotation in simple:
            return simple[annotation]
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return Type.of(args[0])
        if origin in (Union, types.UnionType) and type(None) in args and len(args) == 2:
            inner = next(arg for arg in args if arg is not type(None))
            return _shared(dataclasses.replace(Type.of(inner), optional=True))
        if origin is Literal:
            if odd := [choice for choice in args if type(choice) not in (bool, int, str, type(None))]:
                raise RegistrationError(f"{shorten(odd[0])} is no choice that a file can spell: text, or whole numbers")
            return _shared(Type("literal", choices=args))
        if (origin is list and len(args) == 1) or (origin is tuple and len(args) == 2 and args[1] is Ellipsis):
            item = Type.of(args[0])
            if item.optional:
                raise RegistrationError(f"{shorten(annotation)}: what is in a list is known: leave out `| None`")
            return _shared(Type("list", item=item))
        if isinstance(annotation, type) and "__record_fields__" in annotation.__dict__:
            return _shared(Type("record", record=annotation, fields=vars(annotation)["__record_fields__"]))
        raise RegistrationError(
            f"{shorten(annotation)} is not a type that data can have: use bool, int, float, str, Entity, "
            "Literal[...], list[...], a @record, or one of these with `| None`"
        )

    @staticmethod
    def parse(text: str, records: Mapping[str, type]) -> Type:
        """The type that a file names, like `float`, `list[Order]`, `literal[a, b]` or `Threat`.

        Raises ValueError with a sentence to show if it names none.
        """
        text = text.strip()
        simple = {str(t): t for t in (BOOL, INT, FLOAT, STR, ENTITY)}
        if text in simple:
            return simple[text]
        if match := re.fullmatch(r"list\[(.{1,100})\]", text):
            return _shared(Type("list", item=Type.parse(match[1], records)))
        if match := re.fullmatch(r"literal\[([\w.,\s-]{1,400})\]", text):
            return _shared(Type("literal", choices=tuple(part.strip() for part in match[1].split(","))))
        if text in records:
            return Type.of(records[text])
        raise ValueError(f"{shorten(text)} is not a type")

    @cached_property
    def conform(self) -> Callable[..., Any]:
        """A function that gives a value as it is stored, or raises ValueError: `kind.conform(value)`.

        Lists become tuples (nobody can change them in place), whole numbers in a float's place
        become floats, NaN and infinities become None: unknown (R17), and so does a list of numbers with one
        of these in it. The fields of records are checked,
        all the way down, and left as they are.
        """
        # Made once a type, with the kind decided: it runs several times for each agent and tick.
        return _conformer(self)

    @cached_property
    def renewed(self) -> Callable[[Any, Any], Any]:
        """The same for a list that may hold some of the items of another that conforms: `kind.renewed(value, known)`.

        Those are not looked at again.
        """
        if self.item is not None and self.item.kind == "record":
            return self.conform
        return lambda value, _: self.conform(value)

    @property
    def names_entities(self) -> bool:
        """Whether its values name somebody or something, or several."""
        return (self.item if self.item is not None else self).kind == "entity"

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("conform", "renewed")}

    def accepts(self, other: Type) -> bool:
        """Whether a key of type `other` may be read where this type is expected."""
        if self.kind == other.kind:
            if self.kind == "list":
                assert self.item is not None
                assert other.item is not None
                return self.item.accepts(other.item)
            if self.kind == "literal":
                return set(other.choices) <= set(self.choices)
            return self.record is other.record
        if self.kind == "float":
            return other.kind == "int"
        if self.kind == "str":
            return other.kind == "entity" or (other.kind == "literal" and all(type(c) is str for c in other.choices))
        return False

    def encode(self, value: Any) -> Any:
        """The value as JSON data; `decode` is its inverse."""
        if value is None or self.kind not in ("record", "list"):
            # A record's float field may hold a whole number: it must hash like the float it stands for.
            return float(value) if self.kind == "float" and value is not None else value
        if self.kind == "list":
            assert self.item is not None
            return [self.item.encode(item) for item in value]
        return {name: kind.encode(getattr(value, name)) for name, kind in self.fields.items()}

    def decode(self, data: Any) -> Any:
        """The value that `encode` wrote, or that a file spells out; ValueError if it does not fit."""
        if self.kind == "list" and isinstance(data, list | tuple):
            assert self.item is not None
            return self.conform([self.item.decode(item) for item in data])
        if self.kind == "record" and isinstance(data, Mapping):
            assert self.record is not None
            if unknown := sorted(set(data) - set(self.fields)):
                raise ValueError(f"{self} has no field {shorten(unknown[0])}")
            # What is not finite stays in a record, as it does when one is made (no file can spell it).
            kinds = self.fields
            plain = {name for name, item in data.items() if type(item) is float and kinds[name].kind == "float"}
            values = {name: item if name in plain else kinds[name].decode(item) for name, item in data.items()}
            try:
                return self.record(**values)
            except TypeError as error:
                given = {*values, *(each.name for each in dataclasses.fields(self.record) if _has_default(each))}
                needed = ", ".join(name for name in self.fields if name not in given)
                raise ValueError(f"{self}: " + (f"it needs {needed}" if needed else shorten(str(error), 80))) from None
        if self.record is not None and not isinstance(data, self.record | None):
            spelt = ", ".join(f"{name}: …" for name in self.fields)
            raise ValueError(f"expected {self}, as {{{spelt[:100]}}}, not {shorten(data)}")
        return self.conform(data)


def _has_default(item: dataclasses.Field[Any]) -> bool:
    return item.default is not dataclasses.MISSING or item.default_factory is not dataclasses.MISSING


_types: dict[tuple[Type, str], Type] = {}


def _shared(kind: Type) -> Type:
    """The one object for this type: who wants to know whether two are the same need not look inside."""
    # A literal's choices are compared by value, and 1 == True: what is written tells them apart.
    return _types.setdefault((kind, repr(kind)), kind)


def _conformer(kind: Type) -> Callable[[Any], Any]:
    """What `Type.conform` is for one type."""

    def refuse(value: Any) -> Any:
        if value is None:
            return None
        raise ValueError(f"expected {kind}, not {shorten(value)}")

    def conform_float(value: Any) -> Any:
        if type(value) is float:
            # Infinite minus infinite, and NaN minus NaN, is NaN.
            return value if value - value == 0.0 else None
        if type(value) is not int:
            return refuse(value)
        try:
            return float(value)
        except OverflowError:
            return None

    def conform_literal(value: Any) -> Any:
        for choice in kind.choices:
            if choice == value and type(choice) is type(value):
                return value
        return refuse(value)

    if kind.kind == "float":
        return conform_float
    if kind.kind == "literal":
        return conform_literal
    if kind.kind == "record" and kind.record is not None:
        return _record_conformer(kind.record, refuse)
    if kind.item is not None:
        return _list_conformer(kind.item, refuse)
    cls = {"bool": bool, "int": int, "str": str, "entity": str}.get(kind.kind)

    def conform_plain(value: Any) -> Any:
        return value if type(value) is cls else refuse(value)

    return conform_plain


def _record_conformer(cls: Any, refuse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    check = vars(cls)["__record_check__"]

    def conform(value: Any) -> Any:
        if type(value) is not cls:
            return refuse(value)
        check(value)
        return value

    return conform


def _list_conformer(kind: Type, refuse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    if kind.kind == "record":
        cls: Any = kind.record
        check = vars(cls)["__record_check__"]

        def conform_records(value: Any, known: Any = None) -> Any:
            if not isinstance(value, list | tuple):
                return refuse(value)
            fitting = set(map(id, known)) if type(known) is tuple else ()
            for item in value:
                if id(item) in fitting:
                    continue
                if type(item) is not cls:
                    # None is no item of a list, and said of the list; anything else is said of the item.
                    kind.conform(item)
                    return refuse(value)
                check(item)
            return tuple(value)

        return conform_records

    def conform_items(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return refuse(value)
        items = tuple([kind.conform(item) for item in value])
        for item in items:
            if item is None:
                # A number that is not finite is unknown, and so is a list with such a number in it.
                return refuse(value) if any(given is None for given in value) else None
        return items

    return conform_items


BOOL = Type("bool")
INT = Type("int")
FLOAT = Type("float")
STR = Type("str")
ENTITY = Type("entity")


@overload
def record(cls: type[T]) -> type[T]: ...
@overload
def record(*, slots: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Any = None, *, slots: bool = False) -> Any:
    """Declare a record type: a frozen dataclass of plain data, named by its class.

        @record
        class Threat:
            '''Someone who means harm.'''
            track: Entity
            distance: float            # m
            armed: bool = False

    Lists become tuples when a record is made. `slots` is that of dataclasses, for what is made by the thousand: such
    records take a third of the memory, and have no `__dict__`. RegistrationError if a field is not plain data.
    """

    def declare(cls: Any) -> Any:
        own = "__init__" in vars(cls)
        made, hints = declared(cls, f"record {cls.__name__}", frozen=True, slots=slots)
        fields: dict[str, Type] = {}
        for item in dataclasses.fields(made):
            try:
                fields[item.name] = Type.of(hints[item.name])
            except RegistrationError as error:
                raise RegistrationError(f"record {cls.__name__}, field {item.name}: {error}") from None
        made.__record_fields__ = types.MappingProxyType(fields)
        made.__record_check__ = _checker(made.__name__, fields)
        _initialise(made, {name: kind.item.kind == "list" for name, kind in fields.items() if kind.item}, own)
        return made

    return declare if cls is None else declare(cls)


def hints_of(target: Any, what: str) -> dict[str, Any]:
    """The annotations of a function or class, looked up; RegistrationError, which begins with `what`, for one that
    cannot be.
    """
    try:
        return typing.get_type_hints(target, include_extras=True)
    except (NameError, TypeError, SyntaxError) as error:
        raise RegistrationError(f"{what}: {error}; annotations must be importable") from None


def declared(cls: type, what: str, **options: bool) -> tuple[Any, dict[str, Any]]:
    """A class as the dataclass that it describes, or is already, and its annotations; errors as `hints_of`."""
    try:
        made: Any = cls if not options and dataclasses.is_dataclass(cls) else dataclass(**options)(cls)
    except (TypeError, ValueError) as error:
        hint = "; an empty list is `()`" if "mutable" in str(error) else ""
        raise RegistrationError(f"{what}: {error}{hint}") from None
    return made, hints_of(made, what)


def values_of(value: Any) -> dict[str, Any]:
    """The fields of a record, by name: as `vars`, of those with slots too.

        values_of(Point(1.0, 2.0))       # {"x": 1.0, "y": 2.0}

    Records in them stay records.
    """
    return {name: getattr(value, name) for name in type(value).__record_fields__}


def quick(cls: type[T]) -> type[T]:
    """Let a frozen dataclass that is no record, and is made by the thousand, be made in half of the time.

        @quick
        @dataclass(frozen=True, slots=True)
        class Tick: ...

    Nothing else about it changes. It is not for one that writes its own `__init__`; one with a `__post_init__` stays
    as it is.
    """
    _initialise(cls, {}, False)
    return cls


def _initialise(cls: Any, lists: Mapping[str, bool], own: bool) -> None:
    """A list inside a record could be changed behind everyone's back; a tuple cannot: let `__init__` make it one.

    A frozen dataclass sets field by field, with a call for each, and records are made by the hundred in each tick.
    Where nothing else is to be done, an `__init__` that sets all at once takes half as long. `lists` are the fields
    that hold lists, with whether these hold lists in turn; `own` says that the class has written its own.
    """
    items = dataclasses.fields(cls)
    if own or hasattr(cls, "__post_init__") or not all(item.init for item in items):
        if lists:
            _freeze_lists(cls, lists)
        return
    # No field begins like these names; a field may be called `self` or `type`.
    own_name = "_t800_{}".format
    me = own_name("self")
    names: dict[str, Any] = {own_name("type"): type, own_name("list"): list, own_name("tuple"): tuple}
    names[own_name("frozen")] = _frozen
    given: list[str] = [me]
    named: list[str] = []
    lines: list[str] = []
    for item in items:
        name, text = item.name, item.name
        default = own_name(f"default_{name}")
        if item.default is not dataclasses.MISSING:
            names[default] = item.default
            text = f"{name}={default}"
        elif item.default_factory is not dataclasses.MISSING:
            factory = own_name(f"factory_{name}")
            names[default], names[factory] = object(), item.default_factory
            text = f"{name}={default}"
            lines.append(f" if {name} is {default}: {name} = {factory}()")
        (named if item.kw_only else given).append(text)
        if name in lists:
            held = own_name("frozen" if lists[name] else "tuple")
            lines.append(f" if {own_name('type')}({name}) is {own_name('list')}: {name} = {held}({name})")
    head = f"def __init__({', '.join([*given, *(['*', *named] if named else [])])}):"
    kinds = [item.name for item in items]
    slots = {name: where for name in kinds if type(where := getattr(cls, name, None)) is types.MemberDescriptorType}
    names |= {own_name(f"set_{name}"): where.__set__ for name, where in slots.items()}
    lines += [f" {own_name(f'set_{name}')}({me}, {name})" for name in slots]
    rest = ", ".join(f"{name}={name}" for name in kinds if name not in slots)
    lines.append(f" {me}.__dict__.update({rest})" if rest else " pass")
    exec("\n".join([head, *lines]), names)
    made = names["__init__"]
    made.__module__, made.__qualname__ = cls.__module__, f"{cls.__qualname__}.__init__"
    made.__annotations__ = cls.__init__.__annotations__
    cls.__init__ = made


def _freeze_lists(cls: Any, nested: Mapping[str, bool]) -> None:
    """The same, after whatever another `__init__` does."""
    init = cls.__init__
    names = tuple(nested.items())

    def freeze(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        for name, deep in names:
            value = getattr(self, name)
            if type(value) is list:
                object.__setattr__(self, name, _frozen(value) if deep else tuple(value))

    cls.__init__ = freeze


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if type(value) is list else value


@cache
def exact(cls: Any) -> Callable[[Any], None]:
    """A function that raises ValueError if a record of a class has anything unknown that must be known, or unfit.

        exact(MoveTo)(MoveTo(Point(nan, 0.0)))        # ValueError

    Stricter than what is asked of a value on a blackboard: NaN, infinities and None are refused, all the way down.
    """
    checked: Callable[[Any], None] = _checker(cls.__name__, cls.__record_fields__, exactly=True)
    return checked


def _checker(record: str, fields: Mapping[str, Type], exactly: bool = False) -> Any:
    """A method that raises ValueError if a field of a record holds what it cannot; or is not known `exactly`.

    Generated, for it runs at every write of a record: a call of `conform` for each field takes three times as long.
    What is as usual is left with one question.
    """
    constants: dict[str, Any] = {}
    lines = ["def __record_check__(self):"]

    def constant(value: Any) -> str:
        constants[f"k{len(constants)}"] = value
        return f"k{len(constants) - 1}"

    def check(kind: Type, value: str, name: str, indent: str) -> None:
        wrong = f"wrong({name!r}, {value})"
        if kind.kind == "record":
            lines.append(f"{indent}if type({value}) is not {constant(kind.record)}: {wrong}")
            inner = f"{constant(exact(kind.record))}({value})" if exactly else f"{value}.__record_check__()"
            lines.append(f"{indent}{inner}")
        elif kind.kind == "list":
            assert kind.item is not None
            item = f"{value}i"
            lines.append(f"{indent}if type({value}) is not tuple: {wrong}")
            lines.append(f"{indent}for {item} in {value}:")
            check(kind.item, item, name, indent + " ")
        elif kind.kind == "literal":
            choices = constant([(type(choice), choice) for choice in kind.choices])
            lines.append(f"{indent}if (type({value}), {value}) not in {choices}: {wrong}")
        elif kind.kind == "float":
            lines.append(f"{indent}if type({value}) is not float and type({value}) is not int: {wrong}")
            if exactly:
                lines.append(f"{indent}if not isfinite({value}): {wrong}")
        else:
            lines.append(f"{indent}if type({value}) is not {_PLAIN[kind.kind]}: {wrong}")

    def wrong(name: str, value: Any) -> None:
        raise ValueError(f"expected {record} with {name}: {fields[name]}, not {shorten(value)}")

    for name, kind in fields.items():
        usual = "" if exactly else _usual(kind, f"self.{name}", constant)
        if usual:
            lines.append(f" if not ({usual}):")
        # None is unknown, wherever it stands.
        indent = "  " if usual else " "
        lines.append(f"{indent}if (v := self.{name}) is not None:")
        check(kind, "v", name, indent + " ")
        if exactly and not kind.optional:
            lines.append(f" else: wrong({name!r}, v)")
    lines.append(" return None")
    constants |= {"wrong": wrong, "isfinite": math.isfinite}
    exec("\n".join(lines), constants)
    return constants["__record_check__"]


def _usual(kind: Type, value: str, constant: Callable[[Any], str]) -> str:
    """Source that is true of most values of a type, and of none that does not fit; empty if no short one is."""
    if kind.optional:
        return ""
    if kind.kind == "record":
        parts = [_usual(part, f"{value}.{name}", constant) for name, part in kind.fields.items()]
        if not all(parts) or len(parts) > FEW:
            return ""
        return " and ".join([f"type({value}) is {constant(kind.record)}", *parts])
    if kind.kind == "literal":
        if any(type(choice) is not str for choice in kind.choices):
            return ""
        return f"type({value}) is str and {value} in {constant(frozenset(kind.choices))}"
    if kind.item is not None:
        return ""
    return f"type({value}) is {'float' if kind.kind == 'float' else _PLAIN[kind.kind]}"


_PLAIN = {"bool": "bool", "int": "int", "str": "str", "entity": "str"}

FEW = 3
"""How many fields a record inside of another has at most, to be checked in line."""


@record(slots=True)
class Point:
    """A place in the plane, in metres: x to the east, y to the north."""

    x: float
    y: float

    def distance(self, other: Point) -> float:
        """Metres from here to `other`, in a straight line."""
        dx = self.x - other.x
        dy = self.y - other.y
        # Not hypot: what is recorded uses + - * / and sqrt only (R3), which every platform rounds alike.
        return math.sqrt(dx * dx + dy * dy)
