"""Values as canonical JSON text: the same bytes on every platform, for whatever is hashed or compared.

Keys are sorted, separators compact, everything is ASCII, floats are written by `repr`. NaN and the
infinities, which JSON lacks, are written as the strings `nan`, `inf` and `-inf`.
"""

from __future__ import annotations

import json
import json.encoder
import math
from collections.abc import Callable, Mapping
from functools import cache
from types import MemberDescriptorType
from typing import Any

from t800.types import Type, values_of

MANY = 30
"""How many pairs of one kind of record are remembered with what differs between them, before all are forgotten."""

__all__ = ["decode", "differ", "encode", "encoder", "patched", "quote", "record_encoder", "tells_equals"]


quote: Callable[[str], str] = json.encoder.encode_basestring_ascii
"""A text as JSON."""


def encode(value: Any) -> str:
    """A value made of plain data and records as canonical JSON.

    >>> encode({"b": (1, 2.0), "a": None})
    '{"a":null,"b":[1,2.0]}'
    """
    try:
        return _ENCODE(value)
    except ValueError:
        return _ENCODE(_finite(value))


def encoder(kind: Type) -> Callable[[Any], str]:
    """A function that writes values of this type.

    A whole number in a float's place is written like the float that it stands for: it is one again
    after a save and a load, and must not change a hash by that.
    """
    if _holds_floats(kind):
        return lambda value: encode(kind.encode(value))
    cls: Any = kind.record if kind.item is None else kind.item.record
    if cls is None:
        return encode
    write = record_encoder(cls)
    if kind.item is None:
        return lambda value: write(value) if type(value) is cls else encode(value)

    def encode_list(value: Any) -> str:
        if type(value) is not tuple or any(type(item) is not cls for item in value):
            return encode(value)
        return f"[{','.join(map(write, value))}]"

    return encode_list


@cache
def record_encoder(cls: Any) -> Callable[[Any], str]:
    """`encode` for the records of one class, in a fraction of its time.

    Generated: field by field for what is as usual, and the rest by `encode`; so is what was not declared a record
    itself, and only inherits from one.
    """
    if "__record_fields__" not in vars(cls):
        return encode
    names: dict[str, Any] = {"encode": encode, "quote": quote}
    lines = ["def encode_record(record):", " parts = []"]
    for place, name in enumerate(sorted(cls.__record_fields__)):
        kind: Type = cls.__record_fields__[name]
        names[f"kind{place}"] = kind
        usual, text = _USUAL.get(kind.kind, ("", ""))
        if kind.record is not None:
            names[f"cls{place}"], names[f"write{place}"] = kind.record, record_encoder(kind.record)
            usual, text = f"type(v) is cls{place}", f"write{place}(v)"
        key = f"{',' if place else ''}{quote(name)}:"
        lines.append(f" v = record.{name}")
        if usual:
            lines.append(f" if {usual}: parts.append({key!r} + {text})")
            lines.append(f" else: parts.append({key!r} + encode(kind{place}.encode(v)))")
        else:
            lines.append(f" parts.append({key!r} + encode(kind{place}.encode(v)))")
    lines.append(" return '{' + ''.join(parts) + '}'")
    exec("\n".join(lines), names)
    made: Callable[[Any], str] = names["encode_record"]
    return made


# How most values of a kind are, and how these are written.
_USUAL = {
    "str": ("type(v) is str", "quote(v)"),
    "entity": ("type(v) is str", "quote(v)"),
    "literal": ("type(v) is str", "quote(v)"),
    "float": ("type(v) is float and v - v == 0.0", "repr(v)"),
    "int": ("type(v) is int", "repr(v)"),
    "bool": ("v is True or v is False", "('true' if v else 'false')"),
}


def decode(kind: Type, data: Any) -> Any:
    """The value of a type that was written as this JSON data, to the last bit; NaN and infinities too."""
    if data is None:
        return None
    if kind.kind == "float":
        return float(data)
    if kind.item is not None:
        return tuple(decode(kind.item, item) for item in data)
    if kind.record is not None:
        return kind.record(**{name: decode(kind.fields[name], item) for name, item in data.items()})
    return data


@cache
def differ(kind: Type) -> Callable[[Any, Any], str]:
    """A function that writes what must change for one value of a type to become another; `patched` is its inverse.

    >>> differ(Type.of(Point))(Point(1.0, 2.0), Point(1.0, 3.0))
    '{"y":3.0}'

    A record is told by its fields that differ, a list of records of the same length by its items, as
    `{"0":{…}}`; anything else whole. Empty text: nothing differs.
    """
    write = encoder(kind)
    if kind.kind == "record":
        return _record_differ(kind, write)
    if kind.item is not None and kind.item.kind == "record":
        between = differ(kind.item)

        def between_lists(old: Any, new: Any) -> str:
            if type(old) is not tuple or type(new) is not tuple or len(old) != len(new):
                return write(new)
            changed = []
            for place, a in enumerate(old):
                b = new[place]
                if a is not b and (text := between(a, b)):
                    changed.append((str(place), text))
            if not changed:
                return ""
            # As text, "10" comes before "2": the order of keys in canonical JSON.
            return "{" + ",".join([f'"{place}":{text}' for place, text in sorted(changed)]) + "}"

        return between_lists

    if kind.item is not None:

        def between_lists_of_values(old: Any, new: Any) -> str:
            text = write(new)
            return "" if text == write(old) else text

        return between_lists_of_values

    def between_values(old: Any, new: Any) -> str:
        if type(new) is float and new - new == 0.0:
            return repr(new)
        if type(new) is str:
            return quote(new)
        # Who calls knows that they are not equal: only NaN is the same all the same.
        return "" if new != new and old != old else write(new)  # noqa: PLR0124  # what NaN is told by

    return between_values


def tells_equals(kind: Type) -> bool:
    """Whether what `differ` gives may be asked about equal values too; comparing them first would only take longer."""
    return kind.kind == "record" or (kind.item is not None and kind.item.kind == "record")


def _record_differ(kind: Type, write: Callable[[Any], str]) -> Callable[[Any, Any], str]:
    """The same for a record.

    Generated, for it runs for each record of each tick: a loop over the fields takes twice as long.
    """
    # The same two are often compared again soon: as part of what was seen, then as what is believed, by one after
    # the other. They are kept with the text, so that no others take their identities meanwhile.
    names: dict[str, Any] = {"write": write, "found": {}, "MANY": MANY}
    lines = [
        "def between(old, new):",
        " pair = id(old), id(new)",
        " if (known := found.get(pair)) is not None: return known[0]",
        " if type(old) is not type(new): return write(new)",
        " changed = []",
    ]
    for place, name in enumerate(sorted(kind.fields)):
        field = kind.fields[name]
        key = f'"{name}":'
        names[f"tell{place}"] = differ(field)
        # Most are the very same: neither is kept until it is known that they are not.
        lines.append(f" if old.{name} is not new.{name}:")
        lines.append(f"  a = old.{name}; b = new.{name}")
        if tells_equals(field):
            lines.append(f"  if t := tell{place}(a, b): changed.append({key!r} + t)")
        elif field.kind == "float":
            lines.append("  if a != b:")
            lines.append(f"   if type(b) is float and b - b == 0.0: changed.append({key!r} + repr(b))")
            lines.append(f"   elif t := tell{place}(a, b): changed.append({key!r} + t)")
        else:
            lines.append(f"  if a != b and (t := tell{place}(a, b)): changed.append({key!r} + t)")
    lines.append(' text = "{" + ",".join(changed) + "}" if changed else ""')
    lines.append(" if len(found) >= MANY: found.clear()")
    lines.append(" found[pair] = text, old, new")
    lines.append(" return text")
    exec("\n".join(lines), names)
    between: Callable[[Any, Any], str] = names["between"]
    return between


def patched(old: Any, patch: Any) -> Any:
    """JSON data after what `differ` wrote.

    >>> patched([{"x": 1.0, "y": 2.0}], {"0": {"y": 3.0}})
    [{'x': 1.0, 'y': 3.0}]
    """
    if isinstance(patch, dict) and isinstance(old, dict):
        return old | {name: patched(old.get(name), item) for name, item in patch.items()}
    if isinstance(patch, dict) and isinstance(old, list):
        return [patched(item, patch.get(str(place), item)) for place, item in enumerate(old)]
    return patch


def _holds_floats(kind: Type) -> bool:
    """Floats outside of records; inside of them `_fields` sees to it."""
    return kind.kind == "float" or (kind.item is not None and _holds_floats(kind.item))


_careful: dict[type, tuple[tuple[str, ...], bool, bool]] = {}


def _fields(value: Any) -> Any:
    """A record as a mapping. This is called for each record of each tick, so the usual case is short."""
    cls = type(value)
    known = _careful.get(cls)
    if known is None:
        fields: Mapping[str, Type] | None = getattr(cls, "__record_fields__", None)
        if fields is None:
            raise TypeError(f"{cls.__name__} is not plain data and cannot be recorded")
        floats = tuple(name for name, kind in fields.items() if kind.kind == "float")
        slow = any(kind.kind == "list" and _holds_floats(kind) for kind in fields.values())
        slots = any(type(getattr(cls, name, None)) is MemberDescriptorType for name in fields)
        known = _careful[cls] = floats, slow, slots
    floats, slow, slots = known
    data = values_of(value) if slots else vars(value)
    if not slow:
        for name in floats:
            # The check for int; None passes too, and is null.
            if type(data[name]) is int:
                break
        else:
            return data
    return {name: kind.encode(getattr(value, name)) for name, kind in cls.__record_fields__.items()}


def _writer() -> Callable[[Any], str]:
    """What `json.dumps` does, set up once: `JSONEncoder.encode` sets up anew for each of a thousand small values."""
    make = json.encoder.c_make_encoder  # type: ignore[attr-defined]  # CPython has it; None elsewhere
    if make is None:
        return json.JSONEncoder(
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=True,
            allow_nan=False,
            check_circular=False,
            default=_fields,
        ).encode
    chunks = make(None, _fields, json.encoder.encode_basestring_ascii, None, ":", ",", True, False, False)
    return lambda value: "".join(chunks(value, 0))


_ENCODE = _writer()


def _finite(value: Any) -> Any:
    """The same with NaN and infinities spelled out."""
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(type(value), "__record_fields__"):
        return _finite(_fields(value))
    return value
