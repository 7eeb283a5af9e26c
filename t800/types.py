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
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, dataclass_transform, get_args, get_origin

from t800.errors import RegistrationError, shorten

__all__ = ["BOOL", "ENTITY", "FLOAT", "INT", "STR", "Entity", "Keep", "Out", "Point", "Type", "record"]

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
        if annotation in simple:
            return simple[annotation]
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return Type.of(args[0])
        if origin in (Union, types.UnionType) and type(None) in args and len(args) == 2:
            inner = next(arg for arg in args if arg is not type(None))
            return dataclasses.replace(Type.of(inner), optional=True)
        if origin is Literal:
            return Type("literal", choices=args)
        if (origin is list and len(args) == 1) or (origin is tuple and len(args) == 2 and args[1] is Ellipsis):
            return Type("list", item=Type.of(args[0]))
        if isinstance(annotation, type) and "__record_fields__" in annotation.__dict__:
            return Type("record", record=annotation, fields=vars(annotation)["__record_fields__"])
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
            return Type("list", item=Type.parse(match[1], records))
        if match := re.fullmatch(r"literal\[([\w.,\s-]{1,400})\]", text):
            return Type("literal", choices=tuple(part.strip() for part in match[1].split(",")))
        if text in records:
            return Type.of(records[text])
        raise ValueError(f"{shorten(text)} is not a type")

    def conform(self, value: Any) -> Any:
        """The value as it is stored, or ValueError.

        Lists become tuples (nobody can change them in place), whole numbers in a float's place
        become floats, NaN and infinities become None: unknown (R17). The fields of records are checked,
        all the way down, and left as they are.
        """
        if value is None:
            return None
        kind = self.kind
        if kind == "float":
            if type(value) is float:
                return value if math.isfinite(value) else None
            if type(value) is int:
                return float(value)
        elif kind == "bool":
            if type(value) is bool:
                return value
        elif kind == "int":
            if type(value) is int:
                return value
        elif kind in ("str", "entity"):
            if type(value) is str:
                return value
        elif kind == "literal":
            for choice in self.choices:
                if choice == value and type(choice) is type(value):
                    return value
        elif kind == "record":
            if type(value) is self.record:
                vars(self.record)["__record_check__"](value)
                return value
        elif isinstance(value, list | tuple):
            assert self.item is not None
            items = tuple(self.item.conform(item) for item in value)
            if None not in items:
                return items
        raise ValueError(f"expected {self}, not {shorten(value)}")

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
            values = {name: self.fields[name].decode(item) for name, item in data.items()}
            try:
                return self.record(**values)
            except TypeError as error:
                raise ValueError(f"{self}: {shorten(str(error), 80)}") from None
        return self.conform(data)


BOOL = Type("bool")
INT = Type("int")
FLOAT = Type("float")
STR = Type("str")
ENTITY = Type("entity")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Declare a record type: a frozen dataclass of plain data, named by its class.

        @record
        class Threat:
            '''Someone who means harm.'''
            track: Entity
            distance: float            # m
            armed: bool = False

    Lists become tuples when a record is made. RegistrationError if a field is not plain data.
    """
    made: Any = dataclass(frozen=True)(cls)
    hints = typing.get_type_hints(made, include_extras=True)
    fields: dict[str, Type] = {}
    for item in dataclasses.fields(made):
        try:
            fields[item.name] = Type.of(hints[item.name])
        except RegistrationError as error:
            raise RegistrationError(f"record {cls.__name__}, field {item.name}: {error}") from None
    made.__record_fields__ = types.MappingProxyType(fields)
    made.__record_check__ = _checker(made.__name__, fields)
    lists = tuple(name for name, kind in fields.items() if kind.kind == "list")
    if lists:
        _freeze_lists(made, lists)
    return typing.cast("type[T]", made)


def _freeze_lists(cls: Any, names: tuple[str, ...]) -> None:
    """A list inside a record could be changed behind everyone's back; a tuple cannot."""
    init = cls.__init__

    def freeze(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        for name in names:
            value = getattr(self, name)
            if type(value) is list:
                object.__setattr__(self, name, _frozen(value))

    cls.__init__ = freeze


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if type(value) is list else value


def _checker(record: str, fields: Mapping[str, Type]) -> Any:
    """A method that raises ValueError if a field of a record holds what it cannot.

    Generated, for it runs at every write of a record: a call of `conform` for each field takes three times as long.
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
            lines.append(f"{indent}{value}.__record_check__()")
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
        else:
            lines.append(f"{indent}if type({value}) is not {_PLAIN[kind.kind]}: {wrong}")

    def wrong(name: str, value: Any) -> None:
        raise ValueError(f"expected {record} with {name}: {fields[name]}, not {shorten(value)}")

    for name, kind in fields.items():
        # None is unknown, wherever it stands.
        lines.append(f" if (v := self.{name}) is not None:")
        check(kind, "v", name, "  ")
    lines.append(" return None")
    constants["wrong"] = wrong
    exec("\n".join(lines), constants)
    return constants["__record_check__"]


_PLAIN = {"bool": "bool", "int": "int", "str": "str", "entity": "str"}


@record
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
