"""Power: machines run on current that reaches them by one path at a time, and hits can cut it."""

from __future__ import annotations

from t800.core import Intent
from t800.film.combat import Combat
from t800.film.events import PATH_FOUND, RESTARTED, SHUT_DOWN
from t800.film.intents import Probe, SwitchPower
from t800.film.supply import PowerSupply, powered
from t800.registry import mechanic
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.walking import Mover

__all__ = ["Power"]


@mechanic
class Power(Rules):
    """Machines stand still without current, and may find another path for it."""

    order = 40
    components = (PowerSupply,)
    intents = (Probe, SwitchPower)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._probes: list[tuple[Entity, PowerSupply, int, str]] = []
        self._switches: list[tuple[Entity, PowerSupply, int, str]] = []

    def hinders(self, actor: Entity, intent: Intent) -> str | None:
        if intent.channel != "power" and not powered(actor):
            return "no power"
        return None

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Probe | SwitchPower)
        supply = actor.get(PowerSupply)
        if supply is None or not 0 <= intent.path <= supply.alternates:
            return "it has no such path"
        if isinstance(intent, Probe):
            self._probes.append((actor, supply, intent.path, cause))
            return None
        if intent.path in supply.dead:
            return "that path carries no current"
        self._switches.append((actor, supply, intent.path, cause))
        return None

    def apply(self) -> None:
        for actor, supply, path, cause in self._probes:
            self._probe(actor, supply, path, cause)
        for actor, supply, path, cause in self._switches:
            self._close(actor, supply, path, cause)
        self._probes = []
        self._switches = []
        combat = self.world.rules(Combat)
        for hit in combat.landed if combat is not None else ():
            struck = hit.target.get(PowerSupply)
            if struck is not None and struck.power > 0.0:
                self._strain(hit.target, struck, hit.through, hit.event)

    def _probe(self, actor: Entity, supply: PowerSupply, path: int, cause: str) -> None:
        if supply.feeling != path:
            supply.feeling, supply.felt = path, 0.0
        supply.felt += self.world.dt
        if supply.felt >= supply.probe_time and path not in supply.known:
            supply.known = (*supply.known, path)
            if path not in supply.dead:
                self.world.emit(PATH_FOUND, "probing", [cause], who=actor.id, path=path)

    def _close(self, actor: Entity, supply: PowerSupply, path: int, cause: str) -> None:
        waking = supply.power <= 0.0
        supply.closed = path
        supply.power = 1.0 if path == 0 else supply.reserve
        self._weaken(actor, supply)
        if waking:
            event = self.world.emit(RESTARTED, "switching power", [cause], who=actor.id, path=path)
            self.world.sound(actor, supply.restart_reach, "whirr", cause=event)

    def _strain(self, target: Entity, supply: PowerSupply, through: float, cause: int) -> None:
        if not self.world.chance(target, "power cut").chance(supply.fragility * through):
            return
        supply.dead = (*supply.dead, supply.closed)
        if supply.closed == 0:
            # What cut the main path may have torn others: found out only by probing.
            for number in range(1, supply.alternates + 1):
                if not self.world.chance(target, "spare path").chance(supply.spare):
                    supply.dead = (*supply.dead, number)
        supply.power = 0.0
        self._weaken(target, supply)
        self.world.emit(SHUT_DOWN, "power cut", [cause], who=target.id, cause="the power path was cut")

    def _weaken(self, actor: Entity, supply: PowerSupply) -> None:
        mover = actor.get(Mover)
        if mover is not None:
            mover.mobility = supply.power
