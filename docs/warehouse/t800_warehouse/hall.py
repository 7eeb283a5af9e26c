"""The rules of the hall: how carriers roll, what it takes, whom it hurts; who lifts, mends and calls."""

from math import sqrt
from typing import Annotated, Any, Literal

from t800 import Entity as Name
from t800 import Intent, Observation, Point, event, mechanic
from t800.spec.quantity import NOT_NEGATIVE, POSITIVE, Metres, MetresPerSecond, Seconds
from t800.spec.world import component
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.walking import Mover
from t800_warehouse.records import Beacon, Condition, Mend, MoveFork, Roll, Telemetry

JAMMED = event("Jammed", "Something got between the wheels of a carrier.", who=Name)
STRANDED = event("Stranded", "A battery ran empty away from a charger.", who=Name)
CONTACT = event("Contact", "A carrier rolled into somebody.", by=Name, whom=Name)
FETCHED = event("Fetched", "A parcel was taken from a shelf.", who=Name, at=Name)
DELIVERED = event("Delivered", "A parcel was set down at a dock.", who=Name, at=Name)
MENDED = event("Mended", "Somebody got a carrier going again.", by=Name, whom=Name)

TURNS = ((1.0, 0.0), (0.8, 0.6), (0.6, 0.8), (0.0, 1.0), (0.6, -0.8), (0.0, -1.0), (-0.6, 0.8))
"""Where a carrier tries to go when another is in its way, as shares ahead and to the right: it keeps to the right."""


@component
class Carrier:
    """Rolls on a battery. `room` is kept between the middles of two; within `touch`, somebody is hit."""

    changes = ("energy", "pace", "jammed", "stranded", "contacts", "touching")
    holds: Annotated[float, "kJ", POSITIVE] = 24.0
    energy: Annotated[float, "kJ", NOT_NEGATIVE] = 24.0
    idle: Annotated[float, "kW", NOT_NEGATIVE] = 0.02
    effort: Annotated[float, "kJ/m", NOT_NEGATIVE] = 0.1
    acceleration: Annotated[float, "m/s²", NOT_NEGATIVE] = 1.0
    room: Metres = 1.0
    touch: Metres = 0.7
    jams: Annotated[float, "1/m", NOT_NEGATIVE] = 0.0005
    pace: MetresPerSecond = 0.0
    jammed: bool = False
    stranded: int = 0
    contacts: int = 0
    touching: bool = False


@component
class Station:
    """A shelf or dock with so many parcels, or a charger."""

    changes = ("parcels",)
    kind: Literal["shelf", "dock", "charger"] = "shelf"
    parcels: Annotated[int, NOT_NEGATIVE] = 0
    power: Annotated[float, "kW", NOT_NEGATIVE] = 0.0


@component
class Tool:
    """A fork, or hands: what it does within `reach` takes so long. `cell` is what hands put into an empty battery."""

    changes = ("busy", "loaded")
    takes: Seconds = 4.0
    reach: Metres = 0.5
    cell: Annotated[float, "kJ", NOT_NEGATIVE] = 12.0
    busy: Seconds = 0.0
    loaded: bool = False


@component
class Radio:
    """May be in a call, and tells how far the tags are that people wear, up to a `range`."""

    changes = ("call",)
    range: Metres = 12.0
    call: Beacon | None = None


def trouble(entity: Entity) -> Literal["none", "jammed", "empty"]:
    """Why a carrier cannot go on by itself."""
    carrier = entity.get(Carrier)
    return "none" if carrier is None else "empty" if carrier.energy <= 0.0 else "jammed" if carrier.jammed else "none"


class Asking(Rules):
    """Keeps what each asked for, and by which node, until it is applied."""

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self.asked: dict[str, tuple[Any, str]] = {}

    def judge(self, actor: Entity, intent: Any, cause: str) -> str | None:
        if actor.get(self.components[0]) is None:
            return "it has nothing to do that with"
        self.asked[actor.id] = (intent, cause)
        return None


@mechanic
class Rolling(Asking):
    """Carriers pick up speed and lose it, go around walls and each other where there is room, and run down."""

    order = 10
    components = (Carrier,)
    intents = (Roll,)

    def hinders(self, actor: Entity, intent: Intent) -> str | None:
        if trouble(actor) == "empty" and intent.channel != "beacon":  # which has a cell of its own
            return "the battery is empty"
        if not isinstance(intent, Roll) or intent.speed <= 0.0:
            return None
        way = self.world.map.way(actor.position, intent.to)
        return "the wheels are jammed" if trouble(actor) == "jammed" else None if way else "there is no way there"

    def apply(self) -> None:
        stood = {entity.id: entity.position for entity, _ in self.world.having(Carrier)}
        for entity, carrier in self.world.having(Carrier):
            here, change = entity.position, carrier.acceleration * self.world.dt
            ask, cause = self.asked.pop(entity.id, (None, ""))
            way = (self.world.map.way(here, ask.to) if ask and ask.speed > 0.0 else None) or ()
            most = ask.speed if way else 0.0
            if len(way) == 1:  # it is to stand at the end
                most = min(most, sqrt(2.0 * carrier.acceleration * here.distance(way[0])))
            pace = 0.0 if carrier.jammed else min(carrier.pace + change, max(most, carrier.pace - change))
            straight = Point(here.x + entity.facing.x, here.y + entity.facing.y)
            ahead = next((point for point in way if point != here), straight)
            metres = min(pace * self.world.dt, here.distance(ahead))
            others = [at for who, at in stood.items() if who != entity.id]
            spot = self._spot(here, ahead, metres, carrier.room, others) if metres > 0.0 else here
            carrier.pace = 0.0 if spot is None else pace
            if spot is not None and metres > 0.0:
                entity.position, entity.facing = spot, Point((spot.x - here.x) / metres, (spot.y - here.y) / metres)
                if self.world.chance(entity, "jam").chance(carrier.jams * metres):
                    carrier.jammed = True
                    self.world.emit(JAMMED, "rolling", [cause] if cause else [], who=entity.id)

    def _spot(self, here: Point, ahead: Point, metres: float, room: float, others: list[Point]) -> Point | None:
        """Where a step leads: ahead, else around whoever is in the way; None if it is hemmed in."""
        length = here.distance(ahead)
        x, y = (ahead.x - here.x) / length, (ahead.y - here.y) / length
        for on, aside in TURNS:
            dx, dy = x * on + y * aside, y * on - x * aside
            spot = Point(round(here.x + dx * metres, 3), round(here.y + dy * metres, 3))
            apart = all(spot.distance(other) >= min(room, here.distance(other)) for other in others)
            # Who leaves the way keeps half its room to walls too; and from the very end of a wall no way leads on.
            side = Point(here.x + dx * room / 2.0, here.y + dy * room / 2.0) if aside else spot
            if apart and self.world.map.walls.clear(here, side) and self.world.map.way(spot, ahead):
                return spot
        return None

    def pass_time(self) -> None:
        for entity, carrier in self.world.having(Carrier):
            away, was, power = entity.position.distance, carrier.energy, -carrier.idle - carrier.effort * carrier.pace
            for post, station in self.world.having(Station):
                power += station.power if away(post.position) <= 0.4 else 0.0
            carrier.energy = min(carrier.holds, max(0.0, was + power * self.world.dt))
            if carrier.energy <= 0.0 < was:
                carrier.stranded += 1
                self.world.emit(STRANDED, "running down", who=entity.id)
            near = [person for person, _ in self.world.having(Mover) if away(person.position) < carrier.touch]
            if near and carrier.pace > 0.0 and not carrier.touching:
                carrier.contacts += 1
                self.world.emit(CONTACT, "contact", by=entity.id, whom=near[0].id)
            carrier.touching = bool(near) and (carrier.pace > 0.0 or carrier.touching)  # else it was run into


@mechanic
class Working(Asking):
    """Parcels go from shelves to docks, and who is in trouble is mended."""

    order = 30
    components = (Tool, Station)
    intents = (MoveFork, Mend)

    def judge(self, actor: Entity, intent: Any, cause: str) -> str | None:
        tool, away = actor.get(Tool), actor.position.distance
        found = [entity for entity, _ in self.world.having(Carrier) if trouble(entity) != "none"]
        if isinstance(intent, MoveFork):
            kind, full = ("shelf", False) if intent.up else ("dock", True)
            stations = [(e, s) for e, s in self.world.having(Station) if s.kind == kind and (full or s.parcels > 0)]
            found = [entity for entity, _ in stations if tool and tool.loaded == full]
        thing = min(found, key=lambda each: away(each.position), default=None)
        if tool is None or thing is None or away(thing.position) > tool.reach:
            return "there is nothing to do here"
        return super().judge(actor, thing, cause)

    def apply(self) -> None:
        for actor, tool in self.world.having(Tool):
            thing, cause = self.asked.pop(actor.id, (None, ""))
            tool.busy = tool.busy + self.world.dt if thing else 0.0
            if thing is None or tool.busy < tool.takes:
                continue
            station, carrier, tool.busy = thing.get(Station), thing.get(Carrier), 0.0
            if station is not None and (tool.loaded or station.parcels > 0):
                station.parcels += 1 if tool.loaded else -1
                kind, tool.loaded = DELIVERED if tool.loaded else FETCHED, not tool.loaded
                self.world.emit(kind, "working", [cause], who=actor.id, at=thing.id)
            elif carrier is not None and trouble(thing) != "none":
                carrier.jammed, carrier.energy = False, carrier.energy or tool.cell
                self.world.emit(MENDED, "working", [cause], by=actor.id, whom=thing.id)


@mechanic
class Calling(Asking):
    """Who calls is heard a tick later. Tags are felt through walls, and the store's map says what is free."""

    order = 90
    components = (Radio,)
    intents = (Beacon,)

    def apply(self) -> None:
        for who, radio in self.world.having(Radio):
            radio.call, _ = self.asked.pop(who.id, (None, ""))

    def observe(self, actor: Entity) -> Observation | None:
        away, carrier, tool, radio = actor.position.distance, actor.get(Carrier), actor.get(Tool), actor.get(Radio)
        near = min((away(e.position) for e, _ in self.world.having(Mover) if e is not actor), default=None)
        me = Condition(
            actor.position,
            actor.place,
            round(carrier.energy / carrier.holds, 3) if carrier else 1.0,
            bool(tool and tool.loaded),
            trouble(actor),
            round(near, 3) if near is not None and radio is not None and near <= radio.range else None,
        )
        taken = [e.position for e, _ in self.world.having(Carrier) if e is not actor]
        free: dict[str, list[Point]] = {"shelf": [], "dock": [], "charger": []}
        for e, station in self.world.having(Station):
            if station.parcels > 0 if station.kind == "shelf" else all(e.position.distance(at) >= 1.0 for at in taken):
                free[station.kind].append(e.position)
        calls = [each.call for e, each in self.world.having(Radio) if each.call is not None and e is not actor]
        stations = free["shelf"], free["dock"], free["charger"]
        return Telemetry(self.world.tick, me, *stations, calls, refused=actor.refused)
