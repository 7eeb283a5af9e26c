"""Tanks: what is in them stays in them until they burst; then it spreads, and is gone after a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from t800.film.combat import Combat
from t800.film.events import BURST
from t800.film.heat import Source
from t800.registry import mechanic
from t800.spec.quantity import NOT_NEGATIVE, Metres, MetresPerSecond, Seconds
from t800.spec.world import component
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Tank", "Tanks"]


@component
class Tank:
    """Holds the liquid that the same thing is a source of. It bursts when hits of `bursts_at` in all got to it."""

    changes = ("dents", "leaking", "boiled")

    bursts_at: Annotated[float, NOT_NEGATIVE] = 1.0
    spreads: Metres = 8.0
    spilling: MetresPerSecond = 4.0
    lasts: Seconds = 40.0
    dents: Annotated[float, NOT_NEGATIVE] = 0.0
    leaking: bool = False
    boiled: Seconds = 0.0


@mechanic
class Tanks(Rules):
    """A tank that is hit or crashes bursts; its liquid is a pool around it until it has boiled away."""

    order = 42
    components = (Tank,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._bursts: dict[int, int] = {}

    def burst(self, entity: Entity) -> int | None:
        """The event in which this tank burst, if it has."""
        return self._bursts.get(entity.stream)

    def snapshot(self) -> Mapping[str, Any]:
        return {str(stream): event for stream, event in self._bursts.items()}

    def restore(self, data: Mapping[str, Any]) -> None:
        self._bursts = {int(stream): event for stream, event in data.items()}

    def apply(self) -> None:
        combat = self.world.rules(Combat)
        for hit in combat.landed if combat is not None else ():
            tank = hit.target.get(Tank)
            if tank is None or tank.leaking:
                continue
            tank.dents += hit.through
            if tank.dents >= tank.bursts_at:
                tank.leaking = True
                event = self.world.emit(BURST, "a tank gives way", [hit.event], what=hit.target.id, by=hit.by.id)
                self._bursts[hit.target.stream] = event
                self.world.sound(hit.target, 120.0, "burst", cause=event)

    def pass_time(self) -> None:
        dt = self.world.dt
        for entity, tank in self.world.having(Tank):
            source = entity.get(Source)
            if not tank.leaking or source is None or tank.boiled >= tank.lasts:
                continue
            tank.boiled = min(tank.lasts, tank.boiled + dt)
            source.pool = min(tank.spreads, source.pool + tank.spilling * dt) if tank.boiled < tank.lasts else 0.0
