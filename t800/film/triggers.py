"""Radio triggers: they close a circuit from afar, as far as radio reaches, and a bullet breaks them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from t800.core import Intent
from t800.film.bodies import Machine
from t800.film.combat import Combat
from t800.film.events import DESTROYED
from t800.film.explosives import Charge, Explosives
from t800.registry import event, mechanic
from t800.spec.quantity import SHARE, Metres, Share
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import record
from t800.world.entity import Entity
from t800.world.items import held
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["TRIGGERED", "RadioTrigger", "Transmit", "Triggers"]

TRIGGERED = event("Triggered", "Somebody gave charges the signal to go off.", by=Name, what=Name)


@component
class RadioTrigger:
    """Sends its `signal`, that of their circuit, to all charges within `radio_range`, of which each wall between leaves
    the share `passes`.

    A hit on whoever has it in hand finds it with a chance of `exposed`.
    """

    signal: str = ""
    radio_range: Metres = 150.0
    passes: Share = 0.7
    exposed: Annotated[float, "chance", SHARE] = 0.6


@record
class Transmit(Intent):
    """Press the button of the radio trigger in hand."""

    channel: ClassVar[str] = "arms"


@mechanic
class Triggers(Rules):
    """What a trigger reaches goes off; a trigger that is hit reaches nothing any more."""

    order = 26
    components = (RadioTrigger,)
    intents = (Transmit,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._presses: list[tuple[Entity, Entity, list[Entity], str]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        for thing in held(self.world, actor):
            trigger = thing.get(RadioTrigger)
            if trigger is None:
                continue
            if _broken(thing):
                return "it is broken"
            reached = self._reached(thing, trigger)
            if not reached:
                return "no radio reaches a charge that is set"
            self._presses.append((actor, thing, reached, cause))
            return None
        return "it has no trigger in hand"

    def _reached(self, thing: Entity, trigger: RadioTrigger) -> list[Entity]:
        """The charges of its circuit that hear it."""
        found = []
        for other, charge in self.world.having(Charge):
            if charge.circuit != trigger.signal or not charge.set or charge.spent:
                continue
            reach = trigger.radio_range
            for _ in range(self.world.crossings(thing.position, other.position)):
                reach *= trigger.passes
            if thing.position.distance(other.position) <= reach:
                found.append(other)
        return found

    def apply(self) -> None:
        explosives = self.world.rules(Explosives)
        for actor, thing, reached, cause in self._presses:
            done = self.world.emit(TRIGGERED, "radio", [cause], by=actor.id, what=thing.id)
            if explosives is not None:
                explosives.light(reached, actor, [done])
        self._presses = []

    def pass_time(self) -> None:
        combat = self.world.rules(Combat)
        for hit in combat.landed if combat is not None else ():
            for thing in held(self.world, hit.target):
                trigger, machine = thing.get(RadioTrigger), thing.get(Machine)
                if trigger is None or machine is None or machine.destroyed:
                    continue
                if self.world.chance(thing, "hit in the hand").chance(trigger.exposed):
                    machine.destroyed = True
                    place = self.world.map.place(thing.position) or ""
                    what = {"what": thing.id, "by": hit.by.id, "in": place}
                    self.world.emit(DESTROYED, "a hit in the hand", [hit.event], **what)


def _broken(thing: Entity) -> bool:
    machine = thing.get(Machine)
    return machine is not None and machine.destroyed
