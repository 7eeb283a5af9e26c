"""What machines run on: a main power path and its alternates."""

from __future__ import annotations

from typing import Annotated, Any

from t800.film.records import PowerPath
from t800.spec.world import component
from t800.world.entity import Entity

__all__ = ["PowerSupply", "paths_of", "powered"]


@component
class PowerSupply:
    """A main path (number 0) and alternates. `power` is the share of full power that arrives.

    A hit cuts the closed path with a chance of `fragility` for each unit of damage that gets through. Each alternate
    still carries current after that with a chance of `spare`; by it, only `reserve` of the power arrives.
    """

    changes = ("power", "closed", "dead", "known", "felt", "feeling")

    power: float = 1.0
    fragility: float = 0.0
    spare: float = 0.7
    reserve: float = 0.6
    alternates: int = 3
    probe_time: Annotated[float, "s"] = 0.6
    restart_reach: Annotated[float, "m"] = 12.0
    closed: int = 0
    dead: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
    felt: Annotated[float, "s"] = 0.0
    feeling: int = -1


def powered(entity: Entity) -> bool:
    """Whether current reaches it, if it needs any."""
    supply = entity.get(PowerSupply)
    return supply is None or supply.power > 0.0


def paths_of(supply: PowerSupply) -> list[PowerPath]:
    """What a machine knows of its alternate paths."""
    found = []
    for number in range(1, supply.alternates + 1):
        state: Any = "unknown"
        if number in supply.known:
            state = "dead" if number in supply.dead else "live"
        found.append(PowerPath(number, state))
    return found
