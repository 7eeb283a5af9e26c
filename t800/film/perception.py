"""Perception, the same for all: what eyes see, what ears hear, and how one's own body feels.

A sighting is a look, a place and a posture, never an id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any, TypeVar

from t800.core import Observation
from t800.film.bleeding import Blood, blood_left, dressed, grip
from t800.film.bodies import Appearance, Balance, Conduct, Frame, Living, Machine, awake
from t800.film.carving import legible
from t800.film.finding import Finding
from t800.film.freezing import LiquidMetal
from t800.film.heat import Source, Vat, Warmth
from t800.film.hoist import Hoist
from t800.film.items import Item, Thing, Weapon, at_hand
from t800.film.melting import Melting
from t800.film.records import Body, Door, Doorway, Fixture, Heard, Load, PowerPath, Ride, Scene, Sighting, Writing
from t800.film.restraints import Restraint
from t800.film.sight import Eyes, Sight
from t800.film.slumber import asleep
from t800.film.speech import Ears, Speech, threshold
from t800.film.supply import PowerSupply, moved, paths_of, powered
from t800.film.tanks import Tank
from t800.film.unveiling import bared
from t800.registry import mechanic
from t800.types import Entity as Name
from t800.types import Point
from t800.world.doors import Doors
from t800.world.driving import Rider, Vehicle
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.map import Opening
from t800.world.mechanic import Rules
from t800.world.walking import Mover

__all__ = ["Perception"]

T = TypeVar("T")


@mechanic
class Perception(Rules):
    """What each agent senses."""

    order = 90

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        # All that can be in hands, and what of it shows there as it was when it was grouped last.
        self._items: tuple[tuple[Entity, Item], ...] = ()
        self._parts: tuple[list[Item], list[Weapon], list[Thing]] = ([], [], [])
        self._hands: tuple[list[Any], ...] = ()
        # The weapon in each hand, by holder, as it is at the start of a tick.
        self._armed: dict[str, Weapon] = {}
        # All weapons and all other things in hands, by holder.
        self._loads: dict[str, tuple[Load, ...]] = {}
        self._things: dict[str, tuple[str, ...]] = {}
        # Who has something in hand that looks like a weapon, and whom something holds.
        self._menacing: set[str] = set()
        self._bound: set[str] = set()
        # What is the same from tick to tick, as it was made first: the doorways of a place, and its doors by which of
        # them are shut; and each body as it was felt last, with its fields.
        self._doorways: dict[str | None, tuple[Doorway, ...]] = {}
        self._doors: dict[tuple[str | None, tuple[bool | None, ...]], tuple[Door, ...]] = {}
        self._bodies: dict[str, tuple[tuple[Any, ...], Body]] = {}
        self._motions: dict[str, tuple[Point, float, Point]] = {}
        self._paths: dict[tuple[Any, ...], tuple[PowerPath, ...]] = {}
        # Each sighting as it was made last, with its fields, by who sees whom; and all of somebody's, and their rides.
        self._sighted: dict[tuple[str, str], tuple[tuple[Any, ...], Any]] = {}
        self._seen: dict[str, tuple[tuple[Sighting, ...], tuple[Ride, ...]]] = {}

    def perceive(self) -> None:
        self._bound = {held.holds for _, held in self.world.having(Restraint) if held.holds is not None}
        pairs = self.world.having(Item)
        if pairs is not self._items:
            self._items = pairs
            self._parts = (
                [item for _, item in pairs],
                [weapon for entity, _ in pairs if (weapon := entity.get(Weapon)) is not None],
                [thing for entity, _ in pairs if (thing := entity.get(Thing)) is not None],
            )
        items, weapons, things = self._parts
        hands = (
            [item.held_by for item in items],
            [(weapon.kind, weapon.rounds, weapon.knock_back, weapon.kept) for weapon in weapons],
            [(thing.called, thing.alarming) for thing in things],
        )
        if hands != self._hands:
            self._hands = hands
            holders = [(item.held_by, entity) for entity, item in pairs if item.held_by is not None]
            self._group([(holder, entity.get(Weapon), entity.get(Thing)) for holder, entity in holders])

    def _group(self, held: Sequence[tuple[Name, Weapon | None, Thing | None]]) -> None:
        """Tell whose hands hold what."""
        self._loads, self._things, self._menacing = {}, {}, set()
        weapons: dict[str, list[Weapon]] = {}
        for holder, weapon, thing in held:
            if weapon is not None or (thing is not None and thing.alarming):
                self._menacing.add(holder)
            if weapon is not None:
                weapons.setdefault(holder, []).append(weapon)
                load = Load(weapon.kind, weapon.rounds, weapon.knock_back)
                self._loads[holder] = (*self._loads.get(holder, ()), load)
            elif thing is not None:
                self._things[holder] = (*self._things.get(holder, ()), thing.called)
        chosen = {holder: at_hand(several) for holder, several in weapons.items()}
        self._armed = {holder: weapon for holder, weapon in chosen.items() if weapon is not None}

    def restore(self, data: Mapping[str, Any]) -> None:
        self.perceive()

    def observe(self, actor: Entity) -> Observation | None:
        metal = actor.get(LiquidMetal)
        senses = awake(actor) and powered(actor) and (metal is None or not metal.shattered)
        sight = self.world.rules(Sight)
        tracks = sight.tracks(actor) if senses and sight is not None else {}
        sightings: list[Sighting] = []
        rides: list[Ride] = []
        fixtures = []
        for name, track in tracks.items():
            other = self.world.entity(name)
            if other is None:
                continue
            vehicle = other.get(Vehicle)
            if vehicle is not None:
                rides.append(self._ride(actor, other, vehicle, track))
            elif other.get(Vat) is not None or other.get(Hoist) is not None:
                fixtures.append(self._fixture(actor, other, track))
            else:
                sightings.append(self._sighting(actor, other, track))
        melting, finding = self.world.rules(Melting), self.world.rules(Finding)
        gone = melting.gone if melting is not None else []
        openings = self.world.map.openings(actor.place)
        # The very same while nothing of it changes: whoever goes by it need not look again.
        before = self._seen.get(actor.id, ((), ()))
        seen = self._seen[actor.id] = (_kept(before[0], sightings), _kept(before[1], rides))
        return Scene(
            self.world.tick,
            body=self._body(actor),
            position=actor.position,
            place=actor.place,
            sightings=seen[0],
            sounds=tuple(self._heard(actor)) if senses and self.world.sounds else (),
            doorways=self._ways_out(actor.place, openings),
            rides=seen[1],
            doors=self._doors_of(actor.place, openings),
            fixtures=tuple(fixtures),
            melted=tuple([what for what, *seen in gone if tracks.keys() & seen]) if gone else (),
            things=finding.lying(actor) if senses and finding is not None else (),
            writings=self._writings(actor) if senses and not asleep(actor) else (),
            motion=self._motion(actor),
            facing=actor.facing,
            refused=actor.refused,
        )

    def _writings(self, actor: Entity) -> tuple[Writing, ...]:
        near = legible(self.world, actor) if actor.get(Eyes) is not None else []
        if not near:
            return ()
        return tuple([Writing(surface.text, surface.topic, entity.position) for entity, surface in near])

    def _ways_out(self, place: str | None, openings: Sequence[Opening]) -> tuple[Doorway, ...]:
        found = self._doorways.get(place)
        if found is None:
            ways = [Doorway(opening.leads_to, opening.position, opening.beyond) for opening in openings]
            found = self._doorways[place] = tuple(ways)
        return found

    def _doors_of(self, place: str | None, openings: Sequence[Opening]) -> tuple[Door, ...] | None:
        """Those of the place's doorways that have a door."""
        doors = self.world.rules(Doors)
        if doors is None:
            return None
        shut = tuple([doors.is_shut(opening.name) for opening in openings]) if openings else ()
        found = self._doors.get((place, shut))
        if found is None:
            each = zip(openings, shut, strict=True)
            known = [Door(opening.leads_to, opening.position, s) for opening, s in each if s is not None]
            found = self._doors[place, shut] = tuple(known)
        return found

    def _ride(self, actor: Entity, other: Entity, vehicle: Vehicle, track: str) -> Ride:
        appearance = other.get(Appearance)
        assert appearance is not None
        taken, machine = len(vehicle.riders), other.get(Machine)
        free = 0 if machine is not None and machine.destroyed else vehicle.seats - taken
        away = round(actor.position.distance(other.position), 3)
        tank = other.get(Tank)
        leaking = tank is not None and tank.leaking
        fields = (Name(track), appearance.look, other.position, away, taken, free, leaking)
        before = self._sighted.get((actor.id, other.id))
        if before is not None and before[1].position is other.position and before[0] == fields:
            same: Ride = before[1]
            return same
        ride = Ride(*fields)
        self._sighted[actor.id, other.id] = (fields, ride)
        return ride

    def _fixture(self, actor: Entity, other: Entity, track: str) -> Fixture:
        appearance, source, hoist = other.get(Appearance), other.get(Source), other.get(Hoist)
        assert appearance is not None
        size = source.pool if source is not None else hoist.platform if hoist is not None else 0.0
        away = round(actor.position.distance(other.position), 3)
        lift = hoist.lift if hoist is not None else 0.0
        return Fixture(Name(track), appearance.look, other.position, away, size, lift)

    def _sighting(self, actor: Entity, other: Entity, track: str) -> Sighting:
        get = other.get  # by itself: a method that is looked up takes longer
        appearance, mover, balance, conduct = get(Appearance), get(Mover), get(Balance), get(Conduct)
        frame, seat, metal = get(Frame), get(Rider), get(LiquidMetal)
        eyes = actor.get(Eyes)
        assert appearance is not None
        hurt = frame is not None and frame.structure < frame.whole
        dx, dy = actor.position.x - other.position.x, actor.position.y - other.position.y
        stiff = metal is not None and (metal.frozen or metal.shattered)
        still = not awake(other) or not moved(other) or (balance is not None and balance.down > 0.0)
        activity: Any = "still"
        if conduct is not None and conduct.activity and not still and not stiff:
            activity = conduct.activity
        elif mover is not None and mover.speed > 0.0:
            activity = "running" if mover.speed > mover.walk else "walking"
        aim = conduct.aim if conduct is not None else None
        # All that a Sighting is made of, in its order.
        fields: tuple[Any, ...] = (
            Name(track),
            appearance.look,
            other.position,
            other.place,
            round(actor.position.distance(other.position), 3),
            "down" if still else "upright",
            activity,
            not still and other.id in self._menacing,
            aim,
            seat is not None and seat.vehicle is not None,
            hurt,
            hurt and appearance.flesh,
            balance is not None and balance.flung,
            appearance.flesh if eyes is not None and eyes.infrared else None,
            stiff,
            other.id in self._bound,
            bared(other),
            dressed(other),
            metal is not None and metal.shattered,
            self.world.map.roads.name(other.position) if seat is not None and seat.vehicle is not None else None,
            dx * other.facing.x + dy * other.facing.y < 0.0,
        )
        before = self._sighted.get((actor.id, other.id))
        if before is not None and before[1].position is other.position and before[1].aim is aim and before[0] == fields:
            same: Sighting = before[1]
            return same
        sighting = Sighting(*fields)
        self._sighted[actor.id, other.id] = (fields, sighting)
        return sighting

    def _motion(self, actor: Entity) -> Point:
        """How a body moves, in metres a second: a rider as its vehicle does."""
        mover, facing = actor.get(Mover), actor.facing
        pace = mover.speed if mover is not None else 0.0
        before = self._motions.get(actor.id)
        if before is not None and before[0] is facing and before[1] == pace:
            return before[2]
        motion = Point(round(facing.x * pace, 3), round(facing.y * pace, 3))
        self._motions[actor.id] = (facing, pace, motion)
        return motion

    def _body(self, actor: Entity) -> Body:
        get = actor.get
        frame, living, machine, balance = get(Frame), get(Living), get(Machine), get(Balance)
        supply, warmth = get(PowerSupply), get(Warmth)
        weapon = self._armed.get(actor.id)
        appearance, seat, blood = get(Appearance), get(Rider), get(Blood)
        carrier = self.world.entity(seat.vehicle) if seat is not None and seat.vehicle is not None else None
        vehicle = carrier.get(Vehicle) if carrier is not None else None
        # All that a Body is made of, in its order. Who stands idle is as they were.
        fields = (
            actor.position,
            actor.place,
            round(frame.structure / frame.whole, 3) if frame is not None else 1.0,
            supply.power if supply is not None else 1.0,
            living is None or living.alive,
            machine is not None and machine.destroyed,
            balance is not None and balance.down > 0.0,
            weapon is not None,
            weapon.rounds if weapon is not None else 0,
            weapon.range if weapon is not None else 0.0,
            machine.melting_point if machine is not None else 0.0,
            self._paths_of(supply) if supply is not None else (),
            appearance.look if appearance is not None else "",
            vehicle is not None,
            vehicle is not None and vehicle.riders[:1] == (actor.id,),
            round(supply.energy / supply.cell, 3) if supply is not None else 1.0,
            warmth.temperature if warmth is not None else 25.0,
            self._things.get(actor.id, ()),
            self._loads.get(actor.id, ()),
            balance is not None and balance.pinned > 0.0,
            warmth.afloat if warmth is not None else 0.0,
            warmth is not None and warmth.within is not None,
            actor.id in self._bound,
            round(blood_left(actor), 3) if blood is not None else 1.0,
            blood is not None and blood.leak > 0.0,
            round(grip(actor), 3) if blood is not None else 1.0,
            bared(actor),
        )
        before = self._bodies.get(actor.id)
        if before is not None and before[1].position is actor.position and before[0] == fields:
            return before[1]
        body = Body(*fields)
        self._bodies[actor.id] = (fields, body)
        return body

    def _paths_of(self, supply: PowerSupply) -> tuple[PowerPath, ...]:
        """Its alternate paths: the very same as long as nothing more is known of them."""
        key = (supply.alternates, supply.known, supply.dead)
        found = self._paths.get(key)
        if found is None:
            found = self._paths[key] = tuple(paths_of(supply))
        return found

    def _heard(self, actor: Entity) -> list[Heard]:
        ears = actor.get(Ears)
        speech = self.world.rules(Speech)
        found: list[Heard] = []
        for number, sound in enumerate(self.world.sounds):
            if ears is None or sound.source == actor.id:
                continue
            loudness = self.world.hears(actor, sound)
            if loudness is None or loudness < threshold(actor, ears):
                continue
            words = sound.words
            found.append(
                Heard(
                    speech.handle(actor, sound) if speech is not None and words is not None else f"sound_{number}",
                    sound.kind,
                    loudness,
                    sound.position,
                    sound.voice,
                    words.text if words is not None else "",
                    words.verb if words is not None else None,
                    words.object if words is not None else None,
                    words.place if words is not None else None,
                    words is not None and words.to == actor.id,
                    words.topic if words is not None else None,
                    words.look if words is not None else None,
                    words.by if words is not None else None,
                    words is not None and words.asks,
                    words.tone if words is not None else "plain",
                    words.answers if words is not None else None,
                )
            )
        return found


def _kept(before: tuple[T, ...], now: Sequence[T]) -> tuple[T, ...]:
    """What was there before, if it is all there is now and in the same order; else what there is now."""
    return before if len(before) == len(now) and all(map(is_, before, now)) else tuple(now)
