"""What machines run on: a main power path and its alternates."""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import Interval

from t800.film.records import PowerPath
from t800.spec.quantity import NOT_NEGATIVE, POSITIVE, Metres, Seconds, Share
from t800.spec.world import component
from t800.world.entity import Entity

__all__ = ["PowerSupply", "moved", "paths_of", "powered"]


@component
class PowerSupply:
    """A main path (number 0) and alternates. `power` is the share of full power that arrives.

    A hit cuts the closed path with a chance of `fragility` for each unit of damage that gets through. Each alternate
    still carries current after that with a chance of `spare`; by it, only `reserve` of the power arrives. What is
    broken already makes that more likely, by `wear` times the share of its structure that is gone. Hits of no more than
    `shielding` do not reach so deep.

    After an alternate path was closed, current reaches the mind alone (`standby`) until the body rises, which can be
    heard within `restart_reach`. It then runs on the `energy` of its `cell`, which drains by `humming`, and by
    `exertion` more while it moves.
    """

    changes = ("power", "closed", "dead", "known", "felt", "feeling", "standby", "energy")

    power: Share = 1.0
    fragility: Annotated[float, NOT_NEGATIVE] = 0.0
    spare: Annotated[float, NOT_NEGATIVE] = 0.7
    reserve: Annotated[float, NOT_NEGATIVE] = 0.6
    wear: Annotated[float, NOT_NEGATIVE] = 0.0
    shielding: Annotated[float, NOT_NEGATIVE] = 0.0
    cell: Annotated[float, "kJ", POSITIVE] = 900.0
    energy: Annotated[float, "kJ", NOT_NEGATIVE] = 900.0
    humming: Annotated[float, "kW", NOT_NEGATIVE] = 0.5
    exertion: Annotated[float, "kW", NOT_NEGATIVE] = 1.5
    standby: bool = False
    alternates: Annotated[int, Interval(ge=0, le=100)] = 3
    probe_time: Seconds = 0.6
    restart_reach: Metres = 12.0
    closed: Annotated[int, NOT_NEGATIVE] = 0
    dead: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
    felt: Seconds = 0.0
    feeling: int = -1


def powered(entity: Entity) -> bool:
    """Whether current reaches its mind, if it needs any."""
    supply = entity.get(PowerSupply)
    return supply is None or supply.power > 0.0


def moved(entity: Entity) -> bool:
    """Whether current reaches its limbs, if it needs any."""
    supply = entity.get(PowerSupply)
    return supply is None or (supply.power > 0.0 and not supply.standby)


def paths_of(supply: PowerSupply) -> list[PowerPath]:
    """What a machine knows of its alternate paths."""
    found = []
    for number in range(1, supply.alternates + 1):
        state: Any = "unknown"
        if number in supply.known:
            state = "dead" if number in supply.dead else "live"
        found.append(PowerPath(number, state))
    return found
