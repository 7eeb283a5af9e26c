"""What the lines of a trace must look like, whoever wrote them: sums can be right and what they are of nonsense."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from t800.errors import TraceError, shorten

__all__ = ["check_end", "check_header", "check_meta", "check_tick"]

Test = Callable[[Any], bool]

_STATUSES = re.compile(r"(?:\d{1,7}[SFR-])*")


def _text(value: Any) -> bool:
    return type(value) is str


def _whole(value: Any) -> bool:
    return type(value) is int


def _flag(value: Any) -> bool:
    return type(value) is bool


def _mapping(value: Any) -> bool:
    return type(value) is dict


def _list(value: Any) -> bool:
    return type(value) is list


def _positive(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value > 0


def _or_null(test: Test) -> Test:
    return lambda value: value is None or test(value)


def _texts(value: Any) -> bool:
    return type(value) is list and all(type(each) is str for each in value)


def _text_of_each(value: Any) -> bool:
    return type(value) is dict and all(type(each) is str for each in value.values())


def _each(members: Mapping[str, Test]) -> Test:
    """A list or mapping of mappings, each with these members."""

    def test(value: Any) -> bool:
        items = value.values() if type(value) is dict else value
        return type(value) in (dict, list) and all(
            type(each) is dict and all(name in each and right(each[name]) for name, right in members.items())
            for each in items
        )

    return test


def _statuses(value: Any) -> bool:
    return type(value) is dict and all(
        said is None or (type(said) is str and _STATUSES.fullmatch(said) is not None) for said in value.values()
    )


_HEADER: Mapping[str, Test] = {
    "format": _whole,
    "scenario": _text,
    "seed": _whole,
    "dt": _positive,
    "overrides": _texts,
    "without": _texts,
    "specs": _text_of_each,
}
_META: Mapping[str, Test] = {
    "scenario": _text,
    "packs": _texts,
    "limit": _positive,
    "watched": _flag,
    "agents": _each({"file": _text, "agent": _text, "seed": _whole, "stream": _whole}),
}
_FAULT = ("site", "where", "exception", "message")


def _fault(value: Any) -> bool:
    return _text_of_each(value) and all(name in value for name in _FAULT)


def _parts(value: Any) -> bool:
    return type(value) is dict and all(type(each) is dict for each in value.values())


_TICK: Mapping[str, Test] = {"agents": _parts, "tick": _whole}
_EVENTS = _each({"id": _whole, "kind": _text, "fields": _mapping, "rule": _text, "causes": _list})
_PART: Mapping[str, Test] = {
    "asks": _each({"node": _text, "intent": _text, "with": _or_null(_mapping), "fate": _text}),
    "fault": _fault,
    "mode": _or_null(_text),
    "observed": _mapping,
    "record": _text,
    "seen": _text,
    "set": _mapping,
    "signals": _each({"name": _text, "data": _mapping}),
    "statuses": _statuses,
}
_RELOADED: Mapping[str, Test] = {
    "agents": lambda value: type(value) is dict and all(_texts(each) for each in value.values()),
    "texts": _each({"is": _text, "was": _or_null(_text)}),
}
_END: Mapping[str, Test] = {"outcome": _text, "ticks": _whole}


def check_header(body: Any) -> None:
    """TraceError unless this can be a trace's header."""
    if not _mapping(body) or "format" not in body:
        raise TraceError("this is not the header of a trace", 1)
    _all("the header", body, _HEADER, 1)
    _some("the header", body, {"unreplayable": _texts, "branch": _mapping}, 1)


def check_meta(meta: Any, line: int) -> None:
    """TraceError unless this can be what stands beside a header."""
    if not _mapping(meta):
        raise TraceError("its meta is no mapping", line)
    _some("its meta", meta, _META, line)


def check_tick(body: Any, line: int) -> None:
    """TraceError unless this can be what one tick changed."""
    if not _mapping(body):
        raise TraceError("it holds no tick of a trace", line)
    _all("its tick", body, _TICK, line)
    events = body.get("events")
    if not (_list(events) and _EVENTS(events)):
        raise TraceError(f"its events cannot be {shorten(events)}", line)
    for name, part in body["agents"].items():
        _some(name, part, _PART, line)
    if "reloaded" in body:
        reloaded = body["reloaded"]
        if not _mapping(reloaded):
            raise TraceError(f"what it says was reloaded cannot be {shorten(reloaded)}", line)
        _all("what was reloaded", reloaded, _RELOADED, line)


def check_end(body: Any, line: int) -> None:
    """TraceError unless this can be how a run ended."""
    if not _mapping(body):
        raise TraceError("it ends with what is no end", line)
    _all("its end", body, _END, line)


def _all(what: str, found: Mapping[str, Any], members: Mapping[str, Test], line: int) -> None:
    """All of these members, each as it must be."""
    for name in members:
        if name not in found:
            raise TraceError(f"{what} has no {name}", line)
    _some(what, found, members, line)


def _some(what: str, found: Mapping[str, Any], members: Mapping[str, Test], line: int) -> None:
    """Those of these members that are there, each as it must be."""
    for name, value in found.items():
        right = members.get(name)
        if right is not None and not right(value):
            raise TraceError(f"{what}: {name} cannot be {shorten(value)}", line)
