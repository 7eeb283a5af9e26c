"""Things that can be in a hand, and weapons among them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from t800.spec.quantity import NOT_NEGATIVE, SHARE, Metres, Seconds
from t800.spec.world import component
from t800.world.entity import Entity
from t800.world.items import Item, held
from t800.world.kernel import Kernel

__all__ = ["ARM", "Item", "Melee", "Thing", "Weapon", "at_hand", "weapon_of"]

ARM = 1.5
"""Metres that hands reach."""


@component
class Thing:
    """Is no more than something to have, and is called so by those who have it.

    What is `alarming` passes for a weapon in a hand.
    """

    called: str = ""
    alarming: bool = False


@component
class Weapon:
    """Shoots. `ready` is how long until it can shoot again. One that is `kept` is for what asks for its kind."""

    changes = ("rounds", "ready")

    kind: str = "pistol"
    range: Metres = 40.0
    damage: Annotated[float, NOT_NEGATIVE] = 0.5
    knock_back: Annotated[float, "kg·m", NOT_NEGATIVE] = 0.0
    interval: Seconds = 0.5
    rounds: Annotated[int, NOT_NEGATIVE] = 15
    ready: Seconds = 0.0
    reach: Metres = 150.0
    kept: bool = False


@component
class Melee:
    """Strikes from close by, with whatever its body has for it, and throws what it strikes.

    Some have a `lance`, which reaches so far, takes twice the pause and goes in by `pierce`. To `torment` somebody
    hurts that much each time, and holds them. `away` is how long nobody living was within its grasp.
    """

    changes = ("rest", "away")

    grasp: Metres = 1.2
    cut: Annotated[float, NOT_NEGATIVE] = 1.0
    throw: Annotated[float, "kg·m", NOT_NEGATIVE] = 0.0
    tool: str = "blade"
    sure: Annotated[float, "share of blows that land", SHARE] = 0.9
    pause: Seconds = 0.8
    lance: Metres = 0.0
    pierce: Annotated[float, NOT_NEGATIVE] = 0.0
    torment: Annotated[float, NOT_NEGATIVE] = 0.0
    stuns: Annotated[float, "s that a blow keeps somebody down who is not to be killed", NOT_NEGATIVE] = 8.0
    rest: Seconds = 0.0
    away: Seconds = 1000.0


def at_hand(weapons: Iterable[Weapon]) -> Weapon | None:
    """Which of several weapons in hand is used: the first that is loaded and not kept for something else."""
    return min(weapons, key=lambda weapon: (weapon.kept, weapon.rounds <= 0), default=None)


def weapon_of(world: Kernel, holder: Entity, kind: str | None = None) -> Weapon | None:
    """The weapon that somebody would use, of a kind if one is given."""
    weapons = [weapon for thing in held(world, holder) if (weapon := thing.get(Weapon)) is not None]
    return at_hand(weapon for weapon in weapons if kind in (None, weapon.kind))
