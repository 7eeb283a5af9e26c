"""Power: machines run on current that reaches them by one path at a time, and hits can cut it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from t800.core import Intent
from t800.film.bodies import Frame, awake
from t800.film.combat import Combat
from t800.film.events import PATH_CLOSED, PATH_FOUND, RESTARTED, SHUT_DOWN
from t800.film.intents import Probe, Rise, SwitchPower
from t800.film.sight import Sight
from t800.film.supply import PowerSupply, moved
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
    intents = (Probe, SwitchPower, Rise)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._probes: list[tuple[Entity, PowerSupply, int, str]] = []
        self._switches: list[tuple[Entity, PowerSupply, int, str]] = []
        self._rising: list[tuple[Entity, PowerSupply, str]] = []
        # The event of each machine's last rise, by stream: why it runs on what energy it has.
        self._risen: dict[int, int] = {}

    def snapshot(self) -> Mapping[str, Any]:
        return {str(stream): event for stream, event in self._risen.items()}

    def restore(self, data: Mapping[str, Any]) -> None:
        self._risen = {int(stream): event for stream, event in data.items()}

    def hinders(self, actor: Entity, intent: Intent) -> str | None:
        if intent.channel != "power" and not moved(actor):
            return "no power"
        return None

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Probe | SwitchPower | Rise)
        supply = actor.get(PowerSupply)
        if isinstance(intent, Rise):
            if supply is None or not supply.standby:
                return "no path was closed for it"
            self._rising.append((actor, supply, cause))
            return None
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
        for actor, supply, cause in self._rising:
            self._rise(actor, supply, cause)
        self._probes = []
        self._switches = []
        self._rising = []
        combat = self.world.rules(Combat)
        for hit in combat.landed if combat is not None else ():
            struck = hit.target.get(PowerSupply)
            if struck is not None and struck.power > 0.0 and hit.through > struck.shielding:
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
        supply.standby = supply.standby or supply.power <= 0.0
        supply.closed = path
        supply.power = 1.0 if path == 0 else supply.reserve
        self._weaken(actor, supply)
        if supply.standby:
            self.world.emit(PATH_CLOSED, "switching power", [cause], who=actor.id, path=path)

    def _rise(self, actor: Entity, supply: PowerSupply, cause: str) -> None:
        supply.standby = False
        sight = self.world.rules(Sight)
        seen = sight is not None and sight.watched(actor)
        event = self.world.emit(RESTARTED, "rising", [cause], who=actor.id, path=supply.closed, seen=seen)
        self._risen[actor.stream] = event
        self.world.sound(actor, supply.restart_reach, "whirr", cause=event)

    def pass_time(self) -> None:
        dt = self.world.dt
        for actor, supply in self.world.having(PowerSupply):
            if supply.closed == 0 or supply.power <= 0.0 or not awake(actor):
                continue
            mover = actor.get(Mover)
            busy = mover is not None and mover.speed > 0.0
            supply.energy = max(0.0, supply.energy - (supply.humming + (supply.exertion if busy else 0.0)) * dt)
            if supply.energy <= 0.0:
                causes = [self._risen[actor.stream]] if actor.stream in self._risen else []
                self._go_out(actor, supply, "its energy is spent", causes)

    def _strain(self, target: Entity, supply: PowerSupply, through: float, cause: int) -> None:
        frame = target.get(Frame)
        gone = 1.0 - frame.structure / frame.whole if frame is not None else 0.0
        odds = supply.fragility * through * (1.0 + supply.wear * gone)
        if not self.world.chance(target, "power cut").chance(odds):
            return
        supply.dead = (*supply.dead, supply.closed)
        if supply.closed == 0:
            # What cut the main path may have torn others: found out only by probing.
            for number in range(1, supply.alternates + 1):
                if not self.world.chance(target, "spare path").chance(supply.spare):
                    supply.dead = (*supply.dead, number)
        self._go_out(target, supply, "the power path was cut", [cause])

    def _go_out(self, actor: Entity, supply: PowerSupply, why: str, causes: list[int]) -> None:
        supply.power = 0.0
        supply.standby = False
        self._weaken(actor, supply)
        self.world.emit(SHUT_DOWN, "power cut", causes, who=actor.id, cause=why)

    def _weaken(self, actor: Entity, supply: PowerSupply) -> None:
        mover = actor.get(Mover)
        if mover is not None:
            mover.mobility = supply.power
