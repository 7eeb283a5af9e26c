"""Who and what is in the world: a position, and components that hold the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from t800.core import Refusal
from t800.spec.world import component_info
from t800.types import Point, Type

__all__ = ["POINT", "Entity"]

C = TypeVar("C")

POINT = Type.of(Point)
REFUSAL = Type.of(Refusal)


class _Get(Protocol):
    def __call__(self, kind: type[C], /) -> C | None: ...


class _Field:
    """What an entity has under a name of one of its components' fields. AttributeError if none of its has it.

    One for each name, as a member of the class: an `__getattr__` would have the interpreter look up every attribute of
    every entity the long way, `position` and `get` among them, which nothing else is asked for as often.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, entity: Entity | None, _: type[Entity]) -> Any:
        if entity is None:
            return self
        part = entity._owners.get(self._name)
        if part is None:
            raise AttributeError(f"{entity.id} has no {self._name!r}")
        return getattr(part, self._name)


class Entity:
    """Somebody or something. Rules read its components with `get`; expectations read fields by name.

        mover = entity.get(Mover)      # None if it cannot move
        entity.run                     # the field `run` of whichever component has it

    `stream` is the number that its chance and its place in every order come from; its `id` only names it.
    `facing` is where it looks, as a point one metre ahead, relative to it.
    """

    __slots__ = ("_owners", "facing", "get", "id", "parts", "place", "position", "refused", "settled", "stream")

    def __init__(self, entity_id: str, stream: int, position: Point, parts: Mapping[type, Any]) -> None:
        self.id = entity_id
        self.stream = stream
        self.position = position
        self.place: str | None = None
        self.facing = Point(0.0, 0.0)
        # Where it was when its place was looked up last.
        self.settled: Point | None = None
        self.refused: tuple[Refusal, ...] = ()
        self.parts = dict(parts)
        # Its component of this class, or None. The dict's own method: no other is called as often.
        self.get: _Get = self.parts.get
        self._owners = {name: part for part in self.parts.values() for name in component_info(type(part)).fields}
        for name in self._owners.keys() - _KNOWN:
            if not name.startswith("_"):
                setattr(Entity, name, _Field(name))
            # Not before it is there: entities may be made in several threads.
            _KNOWN.add(name)

    def __repr__(self) -> str:
        return f"Entity({self.id!r} at {self.position.x}, {self.position.y})"

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def face(self, east: float, north: float) -> None:
        """Look to where a point `east` and `north` of it is, metres; who looks there already is not turned."""
        if self.facing.x != east or self.facing.y != north:
            self.facing = Point(east, north)

    def fields(self) -> dict[str, Any]:
        """Where it is, and whatever of it can change in a run, as JSON data."""
        found: dict[str, Any] = {"at": self.place, "position": POINT.encode(self.position)}
        for kind, part in self.parts.items():
            info = component_info(kind)
            found.update({name: info.fields[name].encode(getattr(part, name)) for name in info.changes})
        return found

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON data."""
        parts = {}
        for kind, part in self.parts.items():
            info = component_info(kind)
            parts[info.name] = {name: type_.encode(getattr(part, name)) for name, type_ in info.fields.items()}
        return {
            "position": POINT.encode(self.position),
            "settled": POINT.encode(self.settled),
            "facing": POINT.encode(self.facing),
            "refused": [REFUSAL.encode(refusal) for refusal in self.refused],
            "parts": parts,
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take back what `snapshot` gave."""
        self.position = POINT.decode(data["position"])
        self.settled = POINT.decode(data["settled"])
        self.facing = POINT.decode(data["facing"])
        self.refused = tuple(REFUSAL.decode(refusal) for refusal in data["refused"])
        for kind, part in self.parts.items():
            info = component_info(kind)
            for name, value in data["parts"][info.name].items():
                setattr(part, name, info.fields[name].decode(value))


_KNOWN = {name for cls in Entity.__mro__ for name in vars(cls)}
"""What entities have, by name: of their own, and as fields of components that were met so far."""
