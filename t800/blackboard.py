"""The typed data of one agent. Never global: each agent owns one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from t800.errors import UsageError, closest
from t800.types import Type

__all__ = ["Blackboard"]


class Blackboard:
    """Keys with a type each, their values, and the tick at which each was last written.

        board = Blackboard({"threat": Type.of(Threat)})
        board.write("threat", Threat("m", 4.0), tick=12)

    `values` always holds every key: None is unknown. Compiled trees read `values` and `written`
    directly; everybody else writes with `write`, which checks the type.
    """

    __slots__ = ("schema", "values", "written")

    def __init__(self, schema: Mapping[str, Type], values: Mapping[str, Any] | None = None) -> None:
        self.schema = schema
        self.values: dict[str, Any] = dict.fromkeys(schema)
        self.written: dict[str, int] = {}
        for key, value in (values or {}).items():
            self.write(key, value, 0)

    def write(self, key: str, value: Any, tick: int) -> None:
        """Set a key; UsageError if there is none of that name, ValueError if the value does not fit it."""
        kind = self.schema.get(key)
        if kind is None:
            near = closest(key, self.schema)
            raise UsageError(f"no key {key!r} on the blackboard" + (f"; did you mean {near!r}?" if near else ""))
        known = self.values[key]
        self.values[key] = known if value is known else kind.conform(value)
        self.written[key] = tick

    def save(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {
            "values": {key: self.schema[key].encode(value) for key, value in self.values.items()},
            "written": dict(self.written),
        }

    def load(self, data: Mapping[str, Any]) -> None:
        """Take back what `save` gave."""
        self.values = {key: kind.decode(data["values"][key]) for key, kind in self.schema.items()}
        self.written = dict(data["written"])
