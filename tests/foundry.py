"""A small foundry for tests: a hall with a vat and a hoist, a tank on wheels, and bodies that can freeze and melt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from worlds import registry, rooms

from t800.spec.world import Participant, WorldSpec
from t800.types import Point
from t800.world import Kernel

T = TypeVar("T")

FOUNDRY = """
world: rooms
doc: A hall with a vat of steel in it, and a room beside it.
mechanics:
  [walking, driving, bodies, sight, speech, gestures, combat, impacts, throwing, power, tanks, heat, freezing, hoists,
   melting, perception]
places:
  hall: {from: [0, 0], to: [40, 30], points: {steel: [20, 10], platform: [20, 15.4], far: [38, 28], tank: [6, 24]}}
  office: {from: [40, 0], to: [50, 30]}
doorways:
  door: {between: [hall, office], at: [40, 25], width: 1.0}
bodies:
  person:
    doc: Somebody.
    appearance: {look: person, voice: plain}
    frame:
    living:
    warmth:
    balance: {mass: 80}
    mover: {walk: 1.0, run: 4.0}
    rider:
    marksman: {accuracy: 1.0, draw: 0.1}
    melee: {grasp: 1.2, cut: 0.5, sure: 1.0}
    eyes: {ahead: 60, behind: 60, noticing: 1000}
    ears:
    voice:
    conduct:
  metal:
    doc: Liquid metal.
    appearance: {look: policeman, voice: calm, flesh: false}
    frame: {structure: 5.0, whole: 5.0}
    machine: {only_melts: true}
    warmth: {conducts: 0.1}
    liquid_metal: {freezes: -100, thaws: 0, gathering: 1.0}
    balance: {mass: 100}
    mover: {walk: 1.0, run: 5.0}
    rider:
    melee: {grasp: 1.2, cut: 0.5, sure: 1.0, lance: 2.4, pierce: 2.0, torment: 0.1, pause: 0.5}
    eyes: {ahead: 60, behind: 60, noticing: 1000}
    ears:
    voice:
    conduct:
  robot:
    doc: Heavy, and run on current.
    appearance: {look: robot, voice: low}
    frame: {structure: 10.0, whole: 10.0}
    machine: {melting_point: 1400}
    warmth: {conducts: 0.1}
    balance: {mass: 200}
    mover: {walk: 1.0, run: 4.0}
    power_supply: {alternates: 2}
    melee: {grasp: 1.2, cut: 0.5, throw: 600, sure: 1.0}
    eyes: {ahead: 60, behind: 60, noticing: 1000}
    ears:
    voice:
    conduct:
  vat:
    doc: Molten steel.
    appearance: {look: steel, width: 0.0, flesh: false}
    source: {material: molten_steel, heat: 1600, pool: 6.0, radiates: 10, glow: 100}
    vat: {rail: 500}
  hoist:
    doc: A platform on a chain.
    appearance: {look: chain, width: 0.0, flesh: false}
    hoist: {winding: 1.0}
  tanker:
    doc: Nitrogen on wheels.
    appearance: {look: tanker, width: 2.0, flesh: false}
    frame: {structure: 40.0, whole: 40.0}
    machine:
    vehicle: {weight: 10000}
    source: {material: liquid_nitrogen, heat: -196}
    tank: {bursts_at: 1.5, spreads: 6.0, spilling: 10.0, lasts: 3.0}
  chip:
    doc: Something small.
    item:
    thing: {called: chip}
    warmth: {conducts: 0.2}
    machine: {melting_point: 1300}
  launcher:
    doc: Never misses from close by, and throws what it hits.
    item:
    weapon: {kind: launcher, range: 1000, damage: 1.0, knock_back: 800, interval: 0.3, rounds: 3}
entities:
  vat: {body: vat, stream: 101, at: hall.steel}
  hoist: {body: hoist, stream: 102, at: hall.platform}
  tanker: {body: tanker, stream: 103, at: hall.tank}
  chip: {body: chip, stream: 104, at: hall.far, held_by: ann}
  gun: {body: launcher, stream: 105, at: hall.far, held_by: ann}
"""


def foundry(*people: Participant, spec: WorldSpec | None = None, seed: int = 1) -> Kernel:
    return Kernel(spec or rooms(FOUNDRY), registry(), people, seed, 0.1)


def ann(x: float, y: float, body: str = "person") -> Participant:
    return Participant("ann", 1, body, Point(x, y))


def bob(x: float, y: float, body: str = "metal") -> Participant:
    return Participant("bob", 2, body, Point(x, y))


def track(kernel: Kernel, who: str, look: str) -> str:
    """The name that somebody has for what looks like this."""
    scene = kernel.observe(who)
    for seen in (*scene.sightings, *scene.fixtures, *scene.rides):  # type: ignore[attr-defined]  # a Scene
        if seen.look == look:
            return str(seen.track)
    raise AssertionError(f"{who} sees no {look}")


def part(kernel: Kernel, who: str, kind: type[T]) -> T:
    """A component that somebody has."""
    entity = kernel.entity(who)
    found = entity.get(kind) if entity is not None else None
    assert found is not None
    return found


def where(kernel: Kernel, who: str) -> Point:
    """Where somebody is."""
    entity = kernel.entity(who)
    assert entity is not None
    return entity.position


def temperatures(kernel: Kernel, who: str, ticks: int) -> Sequence[float]:
    """How warm somebody is after each of so many ticks."""
    found = []
    for _ in range(ticks):
        kernel.step({})
        found.append(kernel.fields(who)["temperature"])
    return found
