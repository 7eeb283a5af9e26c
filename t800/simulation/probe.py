"""Expressions over a run that is looked at: everybody and everything in the world, and what agents know.

`john.alive` is a field of somebody in the world, `t800.threat.distance` a key of an agent's blackboard, `t800.mode`
its mode, and `threat.distance` a key of the agent that is in focus.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from t800.errors import UsageError
from t800.expressions import ExpressionError, Scope, Symbol, compile_value, parse
from t800.scenario import distance
from t800.spec.modes import FAULTED, ModesSpec
from t800.spec.scenario import ScenarioSpec, scope
from t800.spec.world import OWN_FIELDS
from t800.types import Type

__all__ = ["Probe", "Scenery", "names"]


@dataclass(frozen=True, slots=True)
class Scenery:
    """What an expression is asked about: who is there, and by agent its mode, its values and when they were written."""

    tick: int
    entities: Mapping[str, Any]
    modes: Mapping[str, str]
    values: Mapping[str, Mapping[str, Any]]
    written: Mapping[str, Mapping[str, int]]


class _Body:
    """Somebody: a key of its blackboard, its mode, or a field of it in the world."""

    __slots__ = ("_entity", "_mode", "_values")

    def __init__(self, entity: Any, mode: str | None, values: Mapping[str, Any]) -> None:
        self._entity = entity
        self._mode = mode
        self._values = values

    def __getattr__(self, name: str) -> Any:
        if name in self._values and name not in OWN_FIELDS:
            return self._values[name]
        # Whoever has not arrived has no body yet, and what it is asked about is unknown.
        return getattr(self._entity, name, self._mode if name == "mode" else None)


class Probe:
    """An expression, to be asked at any moment of a run.

        probe = Probe("t800.threat.distance < 3.0", spec, focus="t800")
        probe.ask(scenery)          # True, False, a value; None: unknown

    UsageError with the place and a way out if it is none.
    """

    def __init__(self, text: str, spec: ScenarioSpec, focus: str | None) -> None:
        self.text = text.strip()
        self.focus = focus
        try:
            expression = parse(self.text, names(spec, focus))
        except ExpressionError as error:
            raise UsageError(_told(self.text, error)) from None
        self.type: Type = expression.type
        self._value: Callable[..., Any] = compile_value(expression, ("E", "B", "W", "N", "DT"), {"distance": distance})
        self._dt = spec.dt

    def ask(self, scenery: Scenery) -> Any:
        """Its value there; None is unknown."""
        everybody = {
            name: _Body(scenery.entities.get(name), scenery.modes.get(name), scenery.values.get(name, {}))
            for name in {*scenery.entities, *scenery.values}
        }
        board = scenery.values.get(self.focus or "", {})
        written = scenery.written.get(self.focus or "", {})
        found = self._value(everybody, board, written, scenery.tick, self._dt)
        if isinstance(found, _Body):
            raise UsageError(f"{self.text} is all of somebody; say which of its fields, like {self.text}.position")
        return found

    def plain(self, value: Any) -> Any:
        """One of its values as JSON data."""
        return None if value is None else self.type.encode(value)


def names(spec: ScenarioSpec, focus: str | None) -> Scope:
    """What expressions may name."""
    people = [use.participant for use in spec.agents]
    minds = {use.participant.id: use.agent for use in spec.agents}
    types: dict[str, Type] = {}
    for each in [*spec.world.entities, *minds]:
        kind = spec.world.entity_type(each, people)
        fields = dict(kind.fields) if kind is not None else {}
        if each in minds:
            own_fields = {name: kind for name, kind in fields.items() if name in OWN_FIELDS}
            fields = {"mode": _modes(minds[each].modes), **fields, **minds[each].keys, **own_fields}
        types[each] = Type("record", fields=fields)
    found = scope(types, spec.world.places)
    own = {}
    if focus is not None:
        own = {key: Symbol(kind, f"B[{key!r}]") for key, kind in minds[focus].keys.items()}
    return Scope({**own, **found.names}, found.functions)


def _modes(modes: ModesSpec) -> Type:
    """A mode's type: the paths of those that one can be in."""
    innermost = [state.path for state in modes.states if modes.innermost(state.path) == state.path]
    return Type("literal", choices=(*innermost, FAULTED))


def _told(text: str, error: ExpressionError) -> str:
    said = f"{error.message}\n    {text[:100]}\n    {' ' * min(error.offset, 99)}^"
    if error.expected:
        said += f"\n    expected: {error.expected}"
    return said + (f"\n    did you mean: {error.hint}" if error.hint else "")
