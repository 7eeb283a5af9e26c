"""The shapes of agent files, before anything in them is given a meaning."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from t800.loader.validate import Shape

__all__ = ["MOST_ENTRIES", "MOST_KEYS", "AgentFile"]

IDENTIFIER = "^[A-Za-z_][A-Za-z0-9_]{0,79}$"
LONGEST_HOLD = 1_000_000.0

# More than any robot needs, and few enough that checking all against all takes no time (R15).
MOST_ENTRIES = 100
MOST_KEYS = 1_000


def _left_out(**limits: Any) -> Any:
    """A field that may be left out. Its type has no None: a field that is there and empty is a slip."""
    return Field(default=None, **limits)


class KeyFile(Shape):
    """A key of the blackboard; no value is unknown."""

    type: str
    value: Any = None


class EdgeFile(Shape):
    to: str
    when: Any = None
    event: str = _left_out(pattern=IDENTIFIER)
    hold: float = _left_out(alias="for", gt=0, le=LONGEST_HOLD)


class StateFile(Shape):
    doc: str = ""
    initial: str = _left_out()
    final: bool = False
    channels: list[str] = _left_out(max_length=MOST_ENTRIES)
    trees: list[str | dict[str, Any]] = _left_out(max_length=MOST_ENTRIES)
    on_fault: str = _left_out()
    edges: list[EdgeFile] = _left_out(max_length=MOST_ENTRIES)
    states: dict[str, StateFile] = _left_out()


class ModesFile(Shape):
    initial: str
    states: dict[str, StateFile] = Field(min_length=1)


class ConstraintFile(Shape):
    name: str = Field(pattern=IDENTIFIER)
    forbid: str
    when: Any
    why: str = Field(min_length=1)


class AgentFile(Shape):
    agent: str = Field(pattern=IDENTIFIER)
    doc: str = ""
    blackboard: dict[str, str | KeyFile] = _left_out(max_length=MOST_KEYS)
    senses: list[str | dict[str, Any]] = _left_out(max_length=MOST_KEYS)
    modes: ModesFile
    constraints: list[ConstraintFile] = _left_out(max_length=MOST_KEYS)
