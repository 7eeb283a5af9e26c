"""Explosives: charges that are set and go off, and what that does to all around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from t800.core import Intent
from t800.film.bodies import Balance, Frame
from t800.film.combat import Combat, Hit
from t800.registry import event, mechanic
from t800.spec.quantity import NOT_NEGATIVE, POSITIVE, Metres, Seconds, Share
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import record
from t800.world.entity import Entity
from t800.world.items import Item, held
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.walking import Mover

__all__ = ["CHARGE_SET", "EXPLODED", "Charge", "Explosives", "Plant"]

CHARGE_SET = event("ChargeSet", "A charge is in its place, and ready.", **{"by": Name, "what": Name, "in": str})
EXPLODED = event("Exploded", "A charge went off.", **{"what": Name, "by": Name, "in": str})

LEAST = 0.01
"""The harm below which a blast does nothing to a body."""


@component
class Charge:
    """Goes off when its `circuit` is closed, once it is `set`, which takes a hand so long (`fitting`).

    It does `harm` at its middle, less with the square of what is left to the `radius`; each wall between lets through
    the share `leaks`. `push` throws bodies. Charges that are set within `kindles` of one that goes off go off with it.
    """

    changes = ("set", "spent", "fitted")

    circuit: str = ""
    harm: Annotated[float, NOT_NEGATIVE] = 40.0
    radius: Annotated[float, "m", POSITIVE] = 30.0
    leaks: Share = 0.3
    push: Annotated[float, "kg·m", NOT_NEGATIVE] = 800.0
    kindles: Metres = 20.0
    fitting: Seconds = 10.0
    fitted: Seconds = 0.0
    set: bool = False
    spent: bool = False


@record
class Plant(Intent):
    """Fit the charge in hand where one stands; that takes a while."""

    channel: ClassVar[str] = "arms"


@mechanic
class Explosives(Rules):
    """Charges are set by hand, and harm whatever is near when they go off, the less the farther."""

    order = 28
    components = (Charge,)
    intents = (Plant,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._fittings: list[tuple[Entity, Entity, str]] = []
        # What goes off in this tick: the charge, who did it, and the events that led to it.
        self._lit: list[tuple[Entity, Entity, list[int | str]]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        mover = actor.get(Mover)
        if mover is not None and mover.speed > 0.0:
            return "it does not stand still"
        for thing in held(self.world, actor):
            if thing.get(Charge) is not None:
                self._fittings.append((actor, thing, cause))
                return None
        return "it has no charge in hand"

    def light(self, charges: Sequence[Entity], by: Entity, causes: Sequence[int | str]) -> None:
        """Let charges go off in this tick, if they are set; for mechanics whose turn is before this one's."""
        self._lit += [(charge, by, list(causes)) for charge in charges]

    def apply(self) -> None:
        fittings, self._fittings = self._fittings, []
        for thing, charge in self.world.having(Charge):
            mine = [(actor, cause) for actor, what, cause in fittings if what is thing] if fittings else []
            charge.fitted = charge.fitted + self.world.dt if mine else 0.0
            # Half a tick of slack: sums of tenths are not exact.
            if mine and charge.fitted + self.world.dt / 2 >= charge.fitting:
                self._set(thing, charge, *mine[0])
        lit, self._lit = self._lit, []
        for thing, by, causes in lit:
            self._go_off(thing, by, causes)

    def _set(self, thing: Entity, charge: Charge, actor: Entity, cause: str) -> None:
        item = thing.get(Item)
        charge.set, charge.fitted = True, 0.0
        if item is not None:
            item.held_by = None
        thing.position = actor.position
        place = self.world.map.place(thing.position) or ""
        self.world.emit(CHARGE_SET, "fitting a charge", [cause], **{"by": actor.id, "what": thing.id, "in": place})

    def _go_off(self, thing: Entity, by: Entity, causes: list[int | str]) -> None:
        charge = thing.get(Charge)
        if charge is None or not charge.set or charge.spent:
            return
        charge.spent = True
        place = self.world.map.place(thing.position) or ""
        done = self.world.emit(EXPLODED, "explosion", causes, **{"what": thing.id, "by": by.id, "in": place})
        self.world.sound(thing, 600.0, "blast", cause=done)
        self._blast(thing, charge, by, done)
        for other, next_charge in self.world.having(Charge):
            if next_charge.set and other.position.distance(thing.position) <= charge.kindles:
                self._go_off(other, by, [done])

    def _blast(self, thing: Entity, charge: Charge, by: Entity, done: int) -> None:
        combat = self.world.rules(Combat)
        for other, frame in self.world.having(Frame) if combat is not None else ():
            share = 1.0 - other.position.distance(thing.position) / charge.radius
            if share <= 0.0:
                continue
            share *= share
            for _ in range(self.world.crossings(thing.position, other.position)):
                share *= charge.leaks
            harm = charge.harm * share * (1.0 - frame.armour)
            push = charge.push * share if other.get(Balance) is not None else 0.0
            if harm >= LEAST and combat is not None:
                combat.take(Hit(other, by, "explosion", harm, push, thing.position, done))
