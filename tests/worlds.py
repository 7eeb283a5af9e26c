"""Small worlds for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import t800.film
from t800.core import Event, Intent
from t800.loader.document import parse
from t800.loader.world import read_world
from t800.registry import Registry
from t800.spec.world import Participant, WorldSpec
from t800.world import Kernel

ROOMS = """
world: rooms
doc: Two rooms side by side, a door between them, and a yard without walls.
mechanics: [walking, bodies, sight, speech, combat, power, perception]
places:
  west: {from: [0, 0], to: [10, 8], points: {corner: [1, 1], window: [5, 4]}}
  east: {from: [10, 0], to: [20, 8], points: {corner: [19, 7]}}
  yard: {from: [0, 8], to: [20, 20], walled: false}
doorways:
  door: {between: [west, east], at: [10, 4], width: 1.0}
bodies:
  child:
    doc: Small.
    appearance: {look: child, voice: high, width: 0.4}
    frame: {structure: 1.0, whole: 1.0}
    living:
    balance: {mass: 40}
    mover: {walk: 1.0, run: 4.0}
    eyes: {ahead: 50, behind: 3, noticing: 1000}
    ears:
    voice:
    conduct:
  robot:
    doc: Large.
    appearance: {look: robot, voice: low, width: 0.8}
    frame: {structure: 10.0, whole: 10.0, armour: 0.5}
    machine:
    balance: {mass: 200}
    mover: {walk: 1.5, run: 5.0}
    power_supply: {fragility: 0.0, alternates: 3}
    marksman: {accuracy: 1.0, draw: 0.3}
    melee: {grasp: 1.2, cut: 1.0, sure: 1.0}
    eyes: {ahead: 50, behind: 50, noticing: 1000}
    ears:
    voice:
    conduct:
  gun:
    doc: Never misses from close by.
    item:
    weapon: {range: 1000, damage: 2.0, knock_back: 100, interval: 0.5, rounds: 3}
entities:
  gun_1: {body: gun, stream: 100, at: west, held_by: robot}
"""


def registry() -> Registry:
    made = Registry()
    made.add_pack(t800.film)
    return made


def rooms(text: str = ROOMS) -> WorldSpec:
    return read_world(parse(text, "rooms.yaml"), registry())


def world(people: Sequence[Participant], seed: int = 1, spec: WorldSpec | None = None) -> Kernel:
    return Kernel(spec or rooms(), registry(), people, seed, 0.1)


def run(kernel: Kernel, ticks: int, **intents: Intent | None) -> list[Event]:
    """Let time pass while everybody asks for the same in each tick; the events."""
    asked: dict[str, list[Any]] = {who: [intent] for who, intent in intents.items() if intent is not None}
    found: list[Event] = []
    for _ in range(ticks):
        found.extend(kernel.step(asked))
    return found


def kinds(events: Sequence[Event]) -> list[str]:
    return [event.kind for event in events]
