"""A world as its file describes it: places, walls, doorways, bodies, and what stands in it.

The rules of a world are mechanics that packs register; each brings components, which are the data
that an entity may carry. A body is a named set of components with their start values.
"""

from __future__ import annotations

import dataclasses
import hashlib
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar, dataclass_transform, get_args, get_origin

from t800.errors import RegistrationError, UsageError, closest, shorten
from t800.registry import Mechanic
from t800.spec.quantity import Range
from t800.types import ENTITY, STR, Point, Type, declared

__all__ = [
    "OWN_FIELDS",
    "BodySpec",
    "ComponentInfo",
    "DoorwaySpec",
    "EntitySpec",
    "Knob",
    "Participant",
    "PlaceSpec",
    "RoadSpec",
    "WallSpec",
    "WorldSpec",
    "component",
    "component_info",
    "components_of",
    "edge_at",
    "inside",
    "on_edge",
]

T = TypeVar("T")

OWN_FIELDS: Mapping[str, Type] = types.MappingProxyType(
    {
        "id": ENTITY,
        "position": Type.of(Point),
        "place": dataclasses.replace(STR, optional=True),
    }
)
"""What the kernel itself knows of every entity; the rest are fields of its components."""


@dataclass(frozen=True, slots=True)
class ComponentInfo:
    """A kind of component: its fields with types, defaults, units and ranges, and which of them change in a run.

    `fills` is the field that holds a doorway's name, in which there is to be no other of the kind.
    """

    name: str
    call: type
    fields: Mapping[str, Type]
    defaults: Mapping[str, Any]
    units: Mapping[str, str]
    changes: tuple[str, ...]
    doc: str
    fills: str | None = None
    ranges: Mapping[str, Range] = field(default_factory=dict)

    def misfit(self, name: str, value: Any) -> tuple[str, str] | None:
        """What is wrong with the size of a field's value, and which are meant; None if nothing is."""
        wanted = self.ranges.get(name)
        if wanted is None or value is None or value in wanted:
            return None
        unit = self.units.get(name)
        meant = f"at most {wanted.most:g}" if value > wanted.most else str(wanted)
        return f"{name}: {value:g} is out of range", f"{meant} ({unit})" if unit else meant


@dataclass_transform()
def component(cls: type[T]) -> type[T]:
    """Declare a component: data that an entity may carry, in a mechanic's `components`.

        @component
        class Mover:
            '''Can walk and run.'''
            changes = ("speed",)
            walk: Annotated[float, "m/s"] = 1.4
            run: Annotated[float, "m/s"] = 4.0
            speed: Annotated[float, "m/s"] = 0.0

    Every field is plain data and has a default; a string in its annotation is its unit, and constraints like
    `Ge(0)` are the range that its start value must lie in (t800.spec.quantity has the usual ones). `changes`
    names the fields that rules may change; all others are knobs, set by the world's file. RegistrationError
    if a field is not plain data, lacks a default, or has one that is out of its range.
    """
    made, hints = declared(cls, f"component {cls.__name__}", slots=True)
    fields: dict[str, Type] = {}
    defaults: dict[str, Any] = {}
    units: dict[str, str] = {}
    ranges: dict[str, Range] = {}
    for item in dataclasses.fields(made):
        what = f"component {cls.__name__}, field {item.name!r}"
        if item.default is dataclasses.MISSING:
            raise RegistrationError(f"{what} needs a default")
        hint = hints[item.name]
        if get_origin(hint) is Annotated:
            units[item.name] = next((extra for extra in get_args(hint)[1:] if isinstance(extra, str)), "")
        try:
            fields[item.name] = Type.of(hint)
        except RegistrationError as error:
            raise RegistrationError(f"{what}: {error}") from None
        defaults[item.name] = fields[item.name].conform(item.default)
        if (wanted := Range.of(hint)) is not None:
            if fields[item.name].kind not in ("float", "int"):
                raise RegistrationError(f"{what}: only numbers have a range")
            if item.default is not None and item.default not in wanted:
                raise RegistrationError(f"{what}: its default, {item.default}, is not {wanted}")
            ranges[item.name] = wanted
        if item.name in OWN_FIELDS:
            raise RegistrationError(f"{what}: every entity has this field already")
    changes = tuple(getattr(cls, "changes", ()))
    if unknown := [name for name in changes if name not in fields]:
        raise RegistrationError(f"component {cls.__name__}: `changes` names {unknown[0]!r}, which is no field")
    fills = getattr(cls, "fills", None)
    if fills is not None and fills not in fields:
        raise RegistrationError(f"component {cls.__name__}: `fills` names {fills!r}, which is no field")
    label = "".join("_" + c.lower() if c.isupper() else c for c in cls.__name__).lstrip("_")
    doc = (cls.__doc__ or "").strip()
    made.__component__ = ComponentInfo(label, made, fields, defaults, units, changes, doc, fills, ranges)
    return typing.cast("type[T]", made)


def component_info(cls: type) -> ComponentInfo:
    """What `@component` noted about a class."""
    info: ComponentInfo = cls.__component__  # type: ignore[attr-defined]  # set by the decorator
    return info


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody whom a scenario puts into a world. `at` is a place, `place.point` or a Point; `arrives` in seconds."""

    id: str
    stream: int
    body: str
    at: str | Point
    arrives: float = 0.0


@dataclass(frozen=True, slots=True)
class PlaceSpec:
    """A named area: the corners of its polygon, in order, and named points within."""

    name: str
    corners: tuple[Point, ...]
    points: Mapping[str, Point]
    walled: bool = True

    @property
    def middle(self) -> Point:
        """The mean of the corners."""
        x = y = 0.0
        for corner in self.corners:
            x += corner.x
            y += corner.y
        return Point(round(x / len(self.corners), 3), round(y / len(self.corners), 3))


@dataclass(frozen=True, slots=True)
class WallSpec:
    """A straight wall that stops walkers and sight, and muffles sound."""

    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class DoorwaySpec:
    """A gap of `width` metres in the walls between two places."""

    name: str
    between: tuple[str, str]
    at: Point
    width: float


@dataclass(frozen=True, slots=True)
class RoadSpec:
    """A line of points to drive along. Roads that share a point meet there."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class BodySpec:
    """A template for entities: the start value of every field of every component that it has.

    `lines` holds where its file, `path`, sets a field (the line of the body for those left at their default).
    """

    name: str
    doc: str
    parts: Mapping[str, Mapping[str, Any]]
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class EntitySpec:
    """A thing that is in the world from the start, whoever else is. `values` override fields of its body.

    `lines` holds where its file, `path`, sets a field.
    """

    id: str
    stream: int
    body: str
    at: str | Point
    values: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Knob:
    """A value that can be set from outside: `m79.knock_back`, in `unit` and within `range`, and where it is set."""

    path: str
    type: Type
    unit: str
    value: Any
    file: str
    line: int
    range: Range | None = None


@dataclass(frozen=True)
class WorldSpec:
    """A checked world. `settings` hold what was set from outside, as {(entity, field): value}."""

    name: str
    doc: str
    path: str
    digest: str
    mechanics: tuple[Mechanic, ...]
    places: Mapping[str, PlaceSpec]
    walls: tuple[WallSpec, ...]
    doorways: Mapping[str, DoorwaySpec]
    bodies: Mapping[str, BodySpec]
    entities: Mapping[str, EntitySpec]
    settings: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    roads: Mapping[str, RoadSpec] = field(default_factory=dict)

    @property
    def components(self) -> Mapping[str, ComponentInfo]:
        """The components that this world's mechanics bring, by name."""
        return components_of(self.mechanics)

    def point(self, at: str | Point) -> Point | None:
        """Where `mall` (its middle) or `mall.entrance` is; None if there is no such place."""
        if isinstance(at, Point):
            return at
        place, dot, name = at.partition(".")
        if place not in self.places:
            return None
        return self.places[place].points.get(name) if dot else self.places[place].middle

    def spots(self) -> list[str]:
        """Everything that `point` understands, in file order."""
        found = []
        for place in self.places.values():
            found.append(place.name)
            found.extend(f"{place.name}.{name}" for name in place.points)
        return found

    def body_type(self, body: str) -> Type:
        """What can be read of an entity with this body, as the type of a record."""
        fields = dict(OWN_FIELDS)
        for name in self.bodies[body].parts:
            fields.update(self.components[name].fields)
        return Type("record", fields=fields)

    def entity_type(self, entity: str, participants: Iterable[Participant] = ()) -> Type | None:
        """What can be read of an entity (`john.alive`), as the type of a record; None if there is none of that name."""
        body = self._bodies(participants).get(entity)
        return self.body_type(body) if body is not None and body in self.bodies else None

    def settable(self, entity: str, participants: Iterable[Participant] = ()) -> dict[str, Type]:
        """What can be set of an entity before a run, by name."""
        parts = self.bodies[self._bodies(participants)[entity]].parts
        return {name: kind for part in parts for name, kind in self.components[part].fields.items()}

    def misfit(
        self, entity: str, name: str, value: Any, participants: Iterable[Participant] = ()
    ) -> tuple[str, str] | None:
        """What is wrong with the size of a value for an entity's field, and which are meant; None if nothing is."""
        parts = self.bodies[self._bodies(participants)[entity]].parts
        return next(filter(None, (self.components[part].misfit(name, value) for part in parts)), None)

    def _bodies(self, participants: Iterable[Participant]) -> dict[str, str]:
        """The body of each entity."""
        found = {item.id: item.body for item in self.entities.values()}
        found.update({item.id: item.body for item in participants})
        return found

    def values(self, entity: str, body: str) -> dict[str, dict[str, Any]]:
        """The start values of an entity's components, with its own and those set from outside."""
        own = dict(self.entities[entity].values) if entity in self.entities else {}
        own.update({name: value for (who, name), value in self.settings.items() if who == entity})
        parts = {}
        for name, fields in self.bodies[body].parts.items():
            parts[name] = {key: own.get(key, value) for key, value in fields.items()}
        return parts

    def knobs(self, participants: Iterable[Participant] = ()) -> list[Knob]:
        """Every number that `--set ENTITY.FIELD=VALUE` can change, entity by entity."""
        settable = self.every_settable(participants)
        return [knob for knob in settable if knob.type.kind in ("float", "int") and knob.value is not None]

    def every_settable(self, participants: Iterable[Participant] = ()) -> list[Knob]:
        """As `knobs`, with whatever else can be set."""
        found = []
        for entity, body in self._bodies(participants).items():
            if body not in self.bodies:
                continue
            template, own = self.bodies[body], self.entities.get(entity)
            for part, fields in self.values(entity, body).items():
                info = self.components[part]
                for name, value in fields.items():
                    file, line = template.path or self.path, template.lines.get(name, template.lines.get("", 1))
                    if own is not None and name in own.lines:
                        file, line = own.path or self.path, own.lines[name]
                    unit, wanted = info.units.get(name, ""), info.ranges.get(name)
                    found.append(Knob(f"{entity}.{name}", info.fields[name], unit, value, file, line, wanted))
        return found

    def override(self, path: str, value: Any, participants: Sequence[Participant] = ()) -> WorldSpec:
        """A world in which `ENTITY.FIELD` has this value. UsageError if there is none, or it does not fit.

        >>> calm = world.override("m79.knock_back", 0.0)
        """
        entity, _, name = path.partition(".")
        bodies = self._bodies(participants)
        if bodies.get(entity) not in self.bodies:
            raise UsageError(f"no entity {entity!r}{_hint(entity, bodies)}")
        settable = self.settable(entity, participants)
        if name not in settable:
            raise UsageError(f"{entity} has no field {name!r}{_hint(name, settable)}")
        try:
            settled = settable[name].decode(value)
        except ValueError as error:
            raise UsageError(f"{path}: {error}") from None
        if settled is None:
            said = "it must not be empty" if value is None else f"{shorten(value)} is not a finite number"
            raise UsageError(f"{path}: {said}")
        if misfit := self.misfit(entity, name, settled, participants):
            raise UsageError(f"{entity}.{misfit[0]}; it may be {misfit[1]}")
        settings = {**self.settings, (entity, name): settled}
        return dataclasses.replace(self, settings=settings, digest=self._changed(f"{path}={settled!r}"))

    def starting(self, entity: str, at: str | Point | None, values: Mapping[tuple[str, str], Any]) -> WorldSpec:
        """A world in which an entity begins at another place (None: where the file has it) and with these values of
        (entity, field); they are taken as checked. What is part of a scenario's file is in that file's digest."""
        entities = dict(self.entities)
        if at is not None:
            entities[entity] = dataclasses.replace(entities[entity], at=at)
        return dataclasses.replace(self, entities=entities, settings={**self.settings, **values})

    def without(self, entity: str) -> WorldSpec:
        """A world in which this thing is absent. UsageError if it is none of the world's own."""
        if entity not in self.entities:
            raise UsageError(f"the world has no entity {entity!r}{_hint(entity, self.entities)}")
        rest = {name: item for name, item in self.entities.items() if name != entity}
        return dataclasses.replace(self, entities=rest, digest=self._changed(f"without {entity}"))

    def _changed(self, how: str) -> str:
        return hashlib.sha256(f"{self.digest} {how}".encode()).hexdigest()


def edge_at(
    doorway: DoorwaySpec, places: Mapping[str, PlaceSpec], walls: Sequence[WallSpec]
) -> tuple[Point, Point] | None:
    """The edge of a place, or the wall, that a doorway is a gap in."""
    for name in doorway.between:
        previous = places[name].corners[-1]
        for corner in places[name].corners:
            if on_edge(doorway.at, previous, corner) is not None:
                return previous, corner
            previous = corner
    for wall in walls:
        if on_edge(doorway.at, wall.start, wall.end) is not None:
            return wall.start, wall.end
    return None


def on_edge(point: Point, start: Point, end: Point) -> float | None:
    """How many metres along an edge a point lies; None if it is not on it (within a centimetre)."""
    length = start.distance(end)
    dx, dy = (end.x - start.x) / length, (end.y - start.y) / length
    ox, oy = point.x - start.x, point.y - start.y
    off = dx * oy - dy * ox
    on = dx * ox + dy * oy
    return on if abs(off) <= 0.01 and 0.0 <= on <= length else None


def inside(point: Point, corners: Sequence[Point]) -> bool:
    """Whether a point is in a polygon, or on its edge."""
    x, y = point.x, point.y
    within = False
    previous = corners[-1]
    for corner in corners:
        ax, ay, bx, by = previous.x, previous.y, corner.x, corner.y
        cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if cross == 0.0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return True
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            within = not within
        previous = corner
    return within


def components_of(mechanics: Iterable[Mechanic]) -> dict[str, ComponentInfo]:
    """The components that mechanics bring, by name."""
    infos = [component_info(cls) for mechanic in mechanics for cls in getattr(mechanic.call, "components", ())]
    return {info.name: info for info in infos}


def _hint(name: str, choices: Iterable[str]) -> str:
    near = closest(name, choices)
    return f"; did you mean {near!r}?" if near else ""
