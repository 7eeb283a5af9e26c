"""Things that can be in a hand, and weapons among them."""

from __future__ import annotations

from typing import Annotated

from t800.spec.world import component
from t800.world.entity import Entity
from t800.world.items import Item, held
from t800.world.kernel import Kernel

__all__ = ["Item", "Melee", "Weapon", "weapon_of"]


@component
class Weapon:
    """Shoots. `ready` is how long until it can shoot again."""

    changes = ("rounds", "ready")

    kind: str = "pistol"
    range: Annotated[float, "m"] = 40.0
    damage: float = 0.5
    knock_back: Annotated[float, "kg·m"] = 0.0
    interval: Annotated[float, "s"] = 0.5
    rounds: int = 15
    ready: Annotated[float, "s"] = 0.0
    reach: Annotated[float, "m"] = 150.0


@component
class Melee:
    """Strikes from close by, with whatever its body has for it, and throws what it strikes."""

    changes = ("rest",)

    grasp: Annotated[float, "m"] = 1.2
    cut: float = 1.0
    throw: Annotated[float, "kg·m"] = 0.0
    tool: str = "blade"
    sure: Annotated[float, "share of blows that land"] = 0.9
    pause: Annotated[float, "s"] = 0.8
    rest: Annotated[float, "s"] = 0.0


def weapon_of(world: Kernel, holder: Entity) -> Weapon | None:
    """The weapon in somebody's hand."""
    for thing in held(world, holder):
        weapon = thing.get(Weapon)
        if weapon is not None:
            return weapon
    return None
