"""Doors: what stands in a doorway, falls shut behind people, and may be locked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from t800.core import Intent
from t800.errors import UsageError, closest
from t800.registry import event, mechanic
from t800.spec.quantity import NOT_NEGATIVE, Metres, Seconds
from t800.spec.world import WallSpec, component
from t800.types import Entity as Name
from t800.types import Point, record
from t800.world.entity import Entity
from t800.world.geometry import SLACK, WallIndex, distance_to_line
from t800.world.items import Item, carry, held
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = [
    "FLOWED",
    "FORCED",
    "LOCKED",
    "OPENED",
    "SHUT",
    "UNLOCKED",
    "Brawn",
    "Door",
    "Doors",
    "Fluid",
    "Force",
    "Key",
    "Lock",
    "Unlock",
]

OPENED = event("Opened", "Somebody opened a door.", who=Name, what=Name)
SHUT = event("Shut", "A door fell shut.", what=Name)
LOCKED = event("Locked", "Somebody locked a door.", who=Name, what=Name)
UNLOCKED = event("Unlocked", "Somebody unlocked a door.", who=Name, what=Name)
FORCED = event("Forced", "Somebody broke a door for good.", who=Name, what=Name)
FLOWED = event("Flowed", "A body flowed through the gaps of a locked door.", who=Name, through=Name)

ARM = 1.5
"""Metres from a door at which hands can do something to it."""

LEAF = 0.5
"""Metres on either side that must be free for a door to fall shut."""


@component
class Door:
    """Closes the doorway of this name. Whoever walks against it opens it, `opening` later, unless it is locked;
    with nobody in it, it falls shut after `shuts`.

    No key fits a door without a `lock`. `strength` is the force that breaks it, which is heard `crash` far.
    """

    changes = ("open", "locked", "broken", "pressed", "idle")
    fills = "doorway"

    doorway: str = ""
    open: bool = False
    lock: str = ""
    locked: bool = False
    strength: Annotated[float, "N", NOT_NEGATIVE] = 3000.0
    opening: Seconds = 0.5
    shuts: Seconds = 2.0
    crash: Metres = 40.0
    broken: bool = False
    pressed: Seconds = 0.0
    idle: Seconds = 0.0


@component
class Key:
    """Locks and unlocks every door with this lock, in the hand of whoever holds it."""

    opens: str = ""


@component
class Brawn:
    """Can break what is not stronger than its `force`."""

    force: Annotated[float, "N", NOT_NEGATIVE] = 600.0


@component
class Fluid:
    """Flows through the gaps of a locked door, in so many seconds."""

    changes = ("flowed",)

    through: Seconds = 2.0
    flowed: Seconds = 0.0


@record
class Unlock(Intent):
    """Unlock the door at a point within reach, with a key in hand."""

    channel: ClassVar[str] = "arms"
    at: Point


@record
class Lock(Intent):
    """Lock the shut door at a point within reach, with a key in hand."""

    channel: ClassVar[str] = "arms"
    at: Point


@record
class Force(Intent):
    """Break the shut door at a point within reach. Those who do it in one tick do it together."""

    channel: ClassVar[str] = "arms"
    at: Point


@mechanic
class Doors(Rules):
    """A door that is shut stops walkers and sight and muffles sound, like a wall."""

    order = 11
    components = (Door, Key, Brawn, Fluid, Item)
    intents = (Unlock, Lock, Force)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._presses: list[tuple[Entity, Entity, str]] = []
        self._flows: list[tuple[Entity, Entity, str]] = []
        self._turns: list[tuple[Entity, Entity, Intent, str]] = []
        self._blows: list[tuple[Entity, Entity, Intent, str]] = []
        # Why each door that is open is so: the event, by the door's stream.
        self._why: dict[int, int] = {}
        self._leaves: dict[str, tuple[WallSpec, WallIndex]] = {}
        self._standing: list[tuple[Entity, Door]] = []
        # The same doors, by doorway.
        self._doors: dict[str, Door] = {}
        self._shut: tuple[int, ...] = ()

    def is_shut(self, doorway: str) -> bool | None:
        """Whether the door in a doorway is shut; None if there is none."""
        door = self._doors.get(doorway)
        return None if door is None else not (door.open or door.broken)

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Unlock | Lock | Force)
        found = self._at_hand(actor, intent.at)
        if found is None:
            return "there is no door within reach"
        entity, door = found
        why = self._no_force(actor, door) if isinstance(intent, Force) else self._no_turn(actor, door, intent)
        if why is None:
            taken = self._blows if isinstance(intent, Force) else self._turns
            taken.append((actor, entity, intent, cause))
        return why

    def _at_hand(self, actor: Entity, at: Point) -> tuple[Entity, Door] | None:
        """The door within reach that is nearest to a point."""
        best = ARM
        found: list[tuple[Entity, Door]] = []
        for entity, door in self._standing:
            leaf = self._leaves[door.doorway][0]
            off = distance_to_line(at, leaf.start, leaf.end)[0]
            if off > best or distance_to_line(actor.position, leaf.start, leaf.end)[0] > ARM:
                continue
            if off < best:
                best, found = off, []
            found.append((entity, door))
        return self.world.lot("which door", found) if found else None

    def _no_force(self, actor: Entity, door: Door) -> str | None:
        if door.broken:
            return "it is broken"
        if door.open:
            return "it is open"
        return "it is not strong enough" if actor.get(Brawn) is None else None

    def _no_turn(self, actor: Entity, door: Door, intent: Intent) -> str | None:
        """Why a key is not turned."""
        if not door.lock or door.broken:
            return "it has no lock that works"
        if door.open:
            return "it is open"
        if door.locked is isinstance(intent, Lock):
            return "it is locked" if door.locked else "it is not locked"
        for thing in held(self.world, actor):
            key = thing.get(Key)
            if key is not None and key.opens == door.lock:
                return None
        return "it has no key"

    def press(self, actor: Entity, start: Point, end: Point, cause: str) -> str | None:
        found = self._first(start, end)
        if found is None:
            # It was opened by hand since the barriers were put up.
            return None
        entity, door = found
        if not door.locked:
            self._presses.append((actor, entity, cause))
            return None
        if actor.get(Fluid) is not None:
            self._flows.append((actor, entity, cause))
            return None
        return f"{door.doorway} is locked"

    def _first(self, start: Point, end: Point) -> tuple[Entity, Door] | None:
        """The first shut door on a line."""
        best = 1.0
        found: list[tuple[Entity, Door]] = []
        for entity, door in self._standing:
            share = None if door.open or door.broken else self._leaves[door.doorway][1].meets(start, end)
            if share is None or share > best:
                continue
            if share < best:
                best, found = share, []
            found.append((entity, door))
        return self.world.lot("which door", found) if found else None

    def apply(self) -> None:
        self._break()
        for actor, entity, intent, cause in self._turns:
            self._turn(actor, entity, isinstance(intent, Lock), cause)
        self._turns = []
        for entity, door in self._standing:
            if not self._presses:
                door.pressed = 0.0
                continue
            pressing = [(actor, cause) for actor, what, cause in self._presses if what is entity]
            self._yield(entity, door, pressing)
        self._presses = []
        self._flow()
        carry(self.world)
        self._settle()

    def _break(self) -> None:
        blows, self._blows = self._blows, []
        for entity, door in self._standing if blows else ():
            together = [blow for blow in blows if blow[1] is entity]
            force = 0.0
            for actor, _, _, _ in together:
                brawn = actor.get(Brawn)
                force += brawn.force if brawn is not None else 0.0
            if not together or force < door.strength:
                for actor, _, intent, cause in together:
                    self.world.refuse(actor, intent, "it is not strong enough", cause)
                continue
            actor = self.world.lot("who breaks it", together)[0]
            self.give_in(entity, actor, [cause for _, _, _, cause in together])

    def give_in(self, entity: Entity, by: Entity, causes: Sequence[int | str]) -> int | None:
        """Break a door for good, and give the event of it; None for what is no door, or broken already."""
        door = entity.get(Door)
        if door is None or door.broken:
            return None
        door.open, door.broken, door.locked = True, True, False
        done = self.world.emit(FORCED, "force", causes, who=by.id, what=entity.id)
        self._why[entity.stream] = done
        self.world.sound(entity, door.crash, "crash", cause=done)
        return done

    def _turn(self, actor: Entity, entity: Entity, lock: bool, cause: str) -> None:
        door = entity.get(Door)
        assert door is not None
        # Another hand may have done it, or broken it, in this very tick.
        if not door.open and door.locked is not lock:
            door.locked = lock
            self.world.emit(LOCKED if lock else UNLOCKED, "a key", [cause], who=actor.id, what=entity.id)

    def _yield(self, entity: Entity, door: Door, pressing: Sequence[tuple[Entity, str]]) -> None:
        """A door that is pressed gives way after a while."""
        if not pressing or door.open or door.locked:
            door.pressed = 0.0
            return
        door.pressed += self.world.dt
        # Half a tick of slack: sums of tenths are not exact.
        if door.pressed + self.world.dt / 2 >= door.opening:
            door.open, door.pressed, door.idle = True, 0.0, 0.0
            actor = self.world.lot("who opens it", pressing)[0]
            causes = [cause for _, cause in pressing]
            self._why[entity.stream] = self.world.emit(OPENED, "a push", causes, who=actor.id, what=entity.id)

    def _flow(self) -> None:
        flows, self._flows = self._flows, []
        under_way = {actor.stream: (entity, cause) for actor, entity, cause in flows}
        for actor, fluid in self.world.having(Fluid):
            entity, cause = under_way.get(actor.stream, (None, ""))
            door = entity.get(Door) if entity is not None else None
            if entity is None or door is None or door.open:
                fluid.flowed = 0.0
                continue
            fluid.flowed += self.world.dt
            if fluid.flowed + self.world.dt / 2 >= fluid.through:
                fluid.flowed = 0.0
                one, other = self.world.map.sides(door.doorway)
                here = actor.position
                actor.position = other if here.distance(one) < here.distance(other) else one
                self.world.emit(FLOWED, "flowing", [cause], who=actor.id, through=entity.id)

    def pass_time(self) -> None:
        for entity, door in self._standing:
            if not door.open or door.broken:
                continue
            door.idle = 0.0 if self._held_open(door) else door.idle + self.world.dt
            if door.idle + self.world.dt / 2 >= door.shuts and door.idle > 0.0:
                door.open, door.idle = False, 0.0
                why = self._why.pop(entity.stream, None)
                self.world.emit(SHUT, "falling shut", [] if why is None else [why], what=entity.id)

    def busy(self) -> bool:
        return any(door.idle > 0.0 and not door.broken for _, door in self._standing)

    def _held_open(self, door: Door) -> bool:
        """Whether anybody or anything is in a door."""
        leaf = self._leaves[door.doorway][0]
        # Most are out of the question by one coordinate.
        west, east = min(leaf.start.x, leaf.end.x) - LEAF - SLACK, max(leaf.start.x, leaf.end.x) + LEAF + SLACK
        for other in [entity for entity in self.world.present if west <= entity.position.x <= east]:
            if other.get(Door) is None and distance_to_line(other.position, leaf.start, leaf.end)[0] < LEAF:
                return True
        return False

    def perceive(self) -> None:
        self._settle()

    def _settle(self) -> None:
        """See to it that the doors that are shut, and no others, bar the way."""
        doors = self.world.having(Door)
        if len(doors) != len(self._standing):
            self._standing = list(doors)
            self._doors = {}
            for entity, door in doors:
                self._hang(entity, door)
                self._doors.setdefault(door.doorway, door)
        shut = tuple([entity.stream for entity, door in self._standing if not (door.open or door.broken)])
        if shut != self._shut:
            self._shut = shut
            self.world.bar([self._leaves[d.doorway][0] for _, d in self._standing if not (d.open or d.broken)])

    def _hang(self, entity: Entity, door: Door) -> None:
        """A door is where its doorway is, wherever the file has put it. UsageError if there is no such doorway."""
        doorways = self.world.spec.doorways
        if door.doorway not in doorways:
            near = closest(door.doorway, doorways)
            raise UsageError(f"{entity.id}: the world has no doorway {door.doorway!r} (closest: {near})")
        entity.position = doorways[door.doorway].at
        entity.place = self.world.map.place(entity.position)
        leaf = self.world.map.leaf(door.doorway)
        self._leaves[door.doorway] = (leaf, WallIndex([leaf]))

    def snapshot(self) -> Mapping[str, Any]:
        return {"why": [[stream, why] for stream, why in self._why.items()]}

    def restore(self, data: Mapping[str, Any]) -> None:
        self._why = dict(data["why"])
        self._standing = []
        self._settle()
