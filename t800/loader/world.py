"""World files: read, checked whole, made into a WorldSpec."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from itertools import pairwise
from pathlib import Path
from typing import Any

from t800.errors import ConfigError, Problem, closest, listed, shorten
from t800.loader.document import Document, Mapping, Node, Scalar, Sequence, plain
from t800.loader.files import Files
from t800.loader.names import IDENTIFIER, SPELLING
from t800.loader.parts import read_whole
from t800.loader.problems import Problems
from t800.registry import Mechanic, Registry
from t800.spec.world import (
    BodySpec,
    ComponentInfo,
    DoorwaySpec,
    EntitySpec,
    PlaceSpec,
    RoadSpec,
    WallSpec,
    WorldSpec,
    components_of,
    edge_at,
    inside,
    on_edge,
)
from t800.types import FLOAT, INT, STR, Point, Type

__all__ = ["load_world", "read_world"]

_SECTIONS = ("world", "doc", "include", "mechanics", "places", "walls", "doorways", "roads", "bodies", "entities")
_MISSING: Any = object()


def load_world(path: Path, registry: Registry, files: Files) -> WorldSpec:
    """The world of a file, with its parts. ConfigError with all of their problems.

    >>> spec = load_world(Path("configs/worlds/service_corridor.yaml"), registry, files)
    """
    problems: list[Problem] = Problems()
    document = read_whole(path, files, problems)
    return read_world(document, registry, problems, path.stem)


def read_world(
    document: Document, registry: Registry, problems: list[Problem] | None = None, stem: str | None = None
) -> WorldSpec:
    """The world of a document, which may have been overridden. `stem` is the name that its file has."""
    reader = _Reader(document, registry, problems if problems is not None else Problems())
    spec = reader.read(stem)
    if reader.problems or spec is None:
        raise ConfigError(reader.problems)
    return spec


class _Reader:
    """One pass over a document; whatever is wrong goes to `problems`, and reading goes on."""

    def __init__(self, document: Document, registry: Registry, problems: list[Problem]) -> None:
        self.document = document
        self.registry = registry
        self.problems = problems

    def read(self, stem: str | None) -> WorldSpec | None:
        root = self.document.root
        if not isinstance(root, Mapping):
            self._say(root, "E203", "a world file is a mapping", expected="`world: NAME` and so on")
            return None
        self._known(root, _SECTIONS, "a world")
        name = self._text(root, "world")
        doc = self._text(root, "doc")
        if stem is not None and name and name != stem:
            self._say(
                root.get("world") or root, "E304", f"the file is {stem}.yaml, and the world in it {shorten(name)}"
            )
        mechanics = self._mechanics(root)
        components = components_of(mechanics)
        places = self._places(root)
        walls = self._walls(root)
        doorways = self._doorways(root, places, walls)
        roads = self._roads(root)
        bodies = self._bodies(root, components)
        if self.problems:
            # Entities are checked against bodies and places: what is wrong with those would be said twice.
            return None
        entities = self._entities(root, bodies)
        # Order is part of the meaning: of places that overlap, and of ways that are as long, the first counts.
        digest = hashlib.sha256(json.dumps([plain(root), sorted(m.name for m in mechanics)]).encode()).hexdigest()
        path = self.document.path
        spec = WorldSpec(name, doc, path, digest, mechanics, places, walls, doorways, bodies, entities, roads=roads)
        self._check_spots(root, spec)
        self._check_fillings(root, spec)
        return spec

    def _say(self, place: Node, code: str, message: str, expected: str | None = None, hint: str | None = None) -> None:
        self.problems.append(self.document.problem(place, code, message, expected, hint))

    def _known(self, node: Mapping, fields: Collection[str], what: str) -> None:
        for name, (key, _) in node.pairs.items():
            if name not in fields:
                message = f"{what} has no field {shorten(name)}"
                self._say(key, "E201", message, ", ".join(list(fields)[:12]), closest(name, fields))

    def _section(self, root: Mapping, name: str) -> list[tuple[str, Scalar, Mapping]]:
        """The named mappings of a section, in file order."""
        node = root.get(name)
        if node is None:
            return []
        if not isinstance(node, Mapping):
            self._say(node, "E203", f"{name} is a mapping from names", "`NAME: {…}`")
            return []
        found = []
        for key, (scalar, value) in node.pairs.items():
            if not IDENTIFIER.fullmatch(key):
                self._say(scalar, "E206", f"{shorten(key)} is no name", SPELLING)
            elif not isinstance(value, Mapping):
                self._say(value, "E203", f"{name}.{key} is a mapping", "`{…}`")
            else:
                found.append((key, scalar, value))
        return found

    def _value(self, node: Mapping, name: str, kind: Type, default: Any = _MISSING) -> Any:
        """A field of a type; its default, or None and a problem, if it is not there or does not fit."""
        value = node.get(name)
        if value is None:
            if default is _MISSING:
                self._say(node, "E202", f"the field {name} is missing", str(kind))
                return None
            return default
        try:
            found = kind.decode(plain(value))
        except ValueError as error:
            self._say(value, "E203", f"{name}: {error}", str(kind))
            return None
        if found is None:
            self._say(value, "E203", f"{name} must not be empty", str(kind))
        return found

    def _text(self, node: Mapping, name: str) -> str:
        found = self._value(node, name, STR)
        if found == "":
            self._say(node.get(name) or node, "E203", f"{name} must not be empty", str(STR))
        return found or ""

    def _points(self, node: Mapping, name: str, count: tuple[int, int]) -> tuple[Point, ...]:
        """A list of points `[[x, y], …]`; with a count of one, a bare `[x, y]`."""
        value = node.get(name)
        if value is None:
            self._say(node, "E202", f"the field {name} is missing", "[x, y] in metres")
            return ()
        return self._points_at(value, name, count)

    def _points_at(self, value: Node, name: str, count: tuple[int, int]) -> tuple[Point, ...]:
        items = value.items if isinstance(value, Sequence) and count != (1, 1) else (value,)
        found = []
        for item in items:
            data = plain(item)
            numbers = [n for n in data if type(n) in (int, float)] if isinstance(data, list) else []
            if len(numbers) != 2 or len(numbers) != len(data):
                self._say(item, "E203", f"{name}: this is no point", "[x, y] in metres")
                return ()
            if any(abs(n) > 1e6 for n in numbers):
                self._say(item, "E205", f"{name}: too far out", "at most 1,000,000 m")
                return ()
            found.append(Point(round(float(numbers[0]), 3), round(float(numbers[1]), 3)))
        if not count[0] <= len(found) <= count[1]:
            self._say(value, "E203", f"{name}: {len(found)} points", f"{count[0]} to {count[1]}")
            return ()
        return tuple(found)

    def _mechanics(self, root: Mapping) -> tuple[Mechanic, ...]:
        node = root.get("mechanics")
        if not isinstance(node, Sequence):
            self._say(node or root, "E202" if node is None else "E203", "mechanics is a list of names", "[walking]")
            return ()
        found: dict[str, Mechanic] = {}
        fields: dict[str, str] = {}
        for item in node.items:
            name = item.value if isinstance(item, Scalar) else None
            if not isinstance(name, str) or name not in self.registry.mechanics:
                near = closest(str(name), self.registry.mechanics)
                self._say(item, "E701", f"no mechanic {shorten(name)}", ", ".join(self.registry.mechanics), near)
                if near and near not in found:
                    # What was meant, so that its components are not called unknown as well.
                    found[near] = self.registry.mechanics[near]
                continue
            if name in found:
                self._say(item, "E702", f"{name} is in the list already")
                continue
            found[name] = self.registry.mechanics[name]
            for info in components_of([found[name]]).values():
                for field in info.fields:
                    # Mechanics may share a component: things in hands are the matter of several.
                    if fields.get(field, info.name) != info.name:
                        self._say(item, "E703", f"{info.name} and {fields[field]} both have a field {field}")
                    fields[field] = info.name
        return tuple(found.values())

    def _places(self, root: Mapping) -> dict[str, PlaceSpec]:
        found = {}
        for name, key, node in self._section(root, "places"):
            self._known(node, ("from", "to", "corners", "points", "walled"), "a place")
            if node.get("corners") is not None:
                corners = self._points(node, "corners", (3, 100))
                if any(one == other for one, other in zip(corners, corners[1:] + corners[:1], strict=True)):
                    self._say(key, "E704", f"two corners in a row of the place {name} are the same")
                    corners = ()
            else:
                start, end = self._points(node, "from", (1, 1)), self._points(node, "to", (1, 1))
                corners = _rectangle(start[0], end[0]) if start and end else ()
            if corners and _area(corners) < 0.01:
                self._say(key, "E704", f"the place {name} has no area")
                corners = ()
            points = {}
            inner = node.get("points")
            if isinstance(inner, Mapping):
                for point, (word, value) in inner.pairs.items():
                    if not IDENTIFIER.fullmatch(point):
                        self._say(word, "E206", f"{shorten(point)} is no name", SPELLING)
                    at = self._points_at(value, point, (1, 1))
                    if at:
                        points[point] = at[0]
                        if corners and not _holds(corners, at[0]):
                            self._say(
                                value, "E716", f"{name}.{point} lies outside of {name}", "a point within its corners"
                            )
            elif inner is not None:
                self._say(inner, "E203", "points is a mapping", "`NAME: [x, y]`")
            walled = self._value(node, "walled", Type("bool"), True)
            if corners:
                found[name] = PlaceSpec(name, corners, points, bool(walled))
        if not found and not self.problems and root.get("bodies") is None:
            self._say(root, "E202", "a world has at least one place", "`places:`")
        return found

    def _walls(self, root: Mapping) -> tuple[WallSpec, ...]:
        node = root.get("walls")
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self._say(node, "E203", "walls is a list", "`- {from: [x, y], to: [x, y]}`")
            return ()
        found = []
        for item in node.items:
            if not isinstance(item, Mapping):
                self._say(item, "E203", "a wall is a mapping", "`{from: [x, y], to: [x, y]}`")
                continue
            self._known(item, ("from", "to"), "a wall")
            start, end = self._points(item, "from", (1, 1)), self._points(item, "to", (1, 1))
            if start and end and start == end:
                self._say(item, "E704", "this wall has no length")
            elif start and end:
                found.append(WallSpec(start[0], end[0]))
        return tuple(found)

    def _doorways(
        self, root: Mapping, places: dict[str, PlaceSpec], walls: tuple[WallSpec, ...]
    ) -> dict[str, DoorwaySpec]:
        found: dict[str, DoorwaySpec] = {}
        for name, key, node in self._section(root, "doorways"):
            self._known(node, ("between", "at", "width"), "a doorway")
            between = node.get("between")
            names = [str(item) for item in plain(between)] if isinstance(between, Sequence) else []
            at = self._points(node, "at", (1, 1))
            width = self._value(node, "width", FLOAT, 1.0)
            if width is not None and not 0.1 <= width <= 1000.0:
                self._say(node.get("width") or node, "E205", f"a doorway of {width} m", "0.1 to 1000.0 m")
            if len(names) != 2 or names[0] == names[1]:
                self._say(between or node, "E705", "a doorway is between two places", "[PLACE, PLACE]")
                continue
            section = root.get("places")
            written = section.pairs if isinstance(section, Mapping) else {}
            if unknown := [place for place in names if place not in written]:
                near = closest(unknown[0], places)
                self._say(between or node, "E706", f"no place {shorten(unknown[0])}", listed(places), near)
                continue
            if not at or not width or not all(place in places for place in names):
                continue
            doorway = DoorwaySpec(name, (names[0], names[1]), at[0], width)
            if edge_at(doorway, places, walls) is None:
                self._say(key, "E707", f"the doorway {name} is in no wall of {names[0]} or {names[1]}")
                continue
            found[name] = doorway
        return found

    def _roads(self, root: Mapping) -> dict[str, RoadSpec]:
        found = {}
        for name, key, node in self._section(root, "roads"):
            self._known(node, ("through",), "a road")
            points = self._points(node, "through", (2, 200))
            if any(one == other for one, other in pairwise(points)):
                self._say(key, "E704", f"the road {name} stands still")
            elif points:
                found[name] = RoadSpec(name, points)
        return found

    def _bringing(self, part: str) -> str | None:
        """A mechanic that brings a component."""
        mechanics = self.registry.mechanics.items()
        return next((name for name, mechanic in mechanics if part in components_of([mechanic])), None)

    def _bodies(self, root: Mapping, components: dict[str, ComponentInfo]) -> dict[str, BodySpec]:
        found = {}
        for name, key, node in self._section(root, "bodies"):
            parts: dict[str, dict[str, Any]] = {}
            lines = {"": key.line}
            for part, (scalar, value) in node.pairs.items():
                if part == "doc":
                    continue
                if part not in components:
                    bringing = self._bringing(part)
                    self._say(
                        scalar,
                        "E708",
                        f"no component {shorten(part)} in this world's mechanics"
                        + (f"; {bringing} brings it" if bringing else ""),
                        f"{bringing} among the `mechanics`" if bringing else listed(components),
                        None if bringing else closest(part, components),
                    )
                    continue
                info = components[part]
                parts[part] = dict(info.defaults)
                if isinstance(value, Mapping):
                    parts[part].update(self._fields(value, info, lines))
                elif not (isinstance(value, Scalar) and value.value is None):
                    self._say(value, "E203", f"{part} is a mapping of its fields", "`{…}`, or nothing")
            doc = self._value(node, "doc", STR, "")
            found[name] = BodySpec(name, doc or "", parts, lines, key.source.path)
        return found

    def _fields(self, node: Mapping, info: ComponentInfo, lines: dict[str, int]) -> dict[str, Any]:
        self._known(node, tuple(info.fields), f"the component {info.name}")
        values = {}
        for name, (key, _) in node.pairs.items():
            if name in info.fields:
                value = self._sized(node, name, info)
                if value is not None:
                    values[name] = value
                    lines[name] = key.line
        return values

    def _sized(self, node: Mapping, name: str, info: ComponentInfo) -> Any:
        """A component's field, as a value of its type and within its range; None, and a problem, if it is not."""
        value = self._value(node, name, info.fields[name])
        misfit = info.misfit(name, value)
        if misfit is None:
            return value
        self._say(node.get(name) or node, "E205", *misfit)
        return None

    def _entities(self, root: Mapping, bodies: dict[str, BodySpec]) -> dict[str, EntitySpec]:
        found: dict[str, EntitySpec] = {}
        components = components_of(self.registry.mechanics.values())
        for name, key, node in self._section(root, "entities"):
            body = self._text(node, "body")
            if body and body not in bodies:
                near = closest(body, bodies)
                self._say(node.get("body") or node, "E709", f"no body {shorten(body)}", listed(bodies), near)
                continue
            stream = self._value(node, "stream", INT)
            taken = [other.id for other in found.values() if other.stream == stream]
            if taken:
                self._say(node.get("stream") or node, "E710", f"{taken[0]} has stream {stream} already")
            elif stream is not None and stream < 1:
                self._say(node.get("stream") or node, "E205", f"stream {stream}", "1 or more")
            at = self._text(node, "at")
            parts = [components[part] for part in (bodies[body].parts if body else ())]
            infos = {field: info for info in parts for field in info.fields}
            self._known(node, ("body", "stream", "at", *infos), f"the entity {name}")
            values = {field: self._sized(node, field, info) for field, info in infos.items() if node.get(field)}
            if body and stream is not None and at:
                lines = {field: scalar.line for field, (scalar, _) in node.pairs.items() if field in values}
                found[name] = EntitySpec(name, stream, body, at, values, lines, key.source.path)
        return found

    def _check_spots(self, root: Mapping, spec: WorldSpec) -> None:
        entities = root.get("entities")
        for entity in spec.entities.values():
            node = entities.get(entity.id) if isinstance(entities, Mapping) else None
            at = node.get("at") if isinstance(node, Mapping) else None
            if spec.point(entity.at) is None:
                near = closest(str(entity.at), spec.spots())
                self._say(at or root, "E711", f"no place {shorten(str(entity.at))}", listed(spec.spots()), near)

    def _check_fillings(self, root: Mapping, spec: WorldSpec) -> None:
        """What stands in a doorway needs one, of its own."""
        entities = root.get("entities")
        taken: dict[tuple[str, str], str] = {}
        for entity in spec.entities.values():
            node = entities.get(entity.id) if isinstance(entities, Mapping) else None
            for part, values in spec.values(entity.id, entity.body).items():
                field = spec.components[part].fills
                if field is None:
                    continue
                name = values[field]
                value = node.get(field) if isinstance(node, Mapping) else None
                place = value or node or root
                if name not in spec.doorways:
                    near = closest(name, spec.doorways) if name else None
                    message = f"no doorway {shorten(name)}" if name else f"the field {field} is missing"
                    self._say(place, "E714", message, listed(spec.doorways), near)
                elif (part, name) in taken:
                    self._say(place, "E715", f"{taken[part, name]} stands in {name} already")
                else:
                    taken[part, name] = entity.id


def _rectangle(start: Point, end: Point) -> tuple[Point, ...]:
    return (start, Point(end.x, start.y), end, Point(start.x, end.y))


def _holds(corners: tuple[Point, ...], point: Point) -> bool:
    """Whether a point is in a place, or at its edge."""
    edges = zip(corners, corners[1:] + corners[:1], strict=True)
    return inside(point, corners) or any(on_edge(point, start, end) is not None for start, end in edges)


def _area(corners: tuple[Point, ...]) -> float:
    doubled = 0.0
    previous = corners[-1]
    for corner in corners:
        doubled += previous.x * corner.y - corner.x * previous.y
        previous = corner
    return abs(doubled) / 2.0
