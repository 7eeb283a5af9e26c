"""Restraints: straps and cuffs that hold somebody where they are, until they work loose or are freed."""

from __future__ import annotations

from t800.core import Intent
from t800.film.bodies import Balance
from t800.film.events import BOUND, BROKE_LOOSE, FREED
from t800.film.intents import Bind, Unbind, WorkLoose
from t800.film.items import ARM, Item
from t800.registry import mechanic
from t800.spec.quantity import PerSecond
from t800.spec.world import component
from t800.types import Entity as Name
from t800.world.driving import Rider
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Restraint", "Restraints", "bound"]


@component
class Restraint:
    """Holds somebody. Whoever works at it gets loose with a chance of `slack` a second."""

    changes = ("holds",)

    holds: Name | None = None
    slack: PerSecond = 0.05


def bound(world: Kernel, actor: Entity) -> Entity | None:
    """What holds somebody, if anything does."""
    for thing, restraint in world.having(Restraint):
        if restraint.holds == actor.id:
            return thing
    return None


@mechanic
class Restraints(Rules):
    """Whoever is bound goes nowhere and has no hand free for anything but that."""

    order = 6
    components = (Restraint,)
    intents = (WorkLoose, Bind, Unbind)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._tries: list[tuple[Entity, Entity, str]] = []
        self._knots: list[tuple[Entity, Entity, Entity, str]] = []
        self._cuts: list[tuple[Entity, Entity, Entity, str]] = []

    def hinders(self, actor: Entity, intent: Intent) -> str | None:
        tied = intent.channel in ("legs", "arms") and not isinstance(intent, WorkLoose)
        return "it is bound" if tied and bound(self.world, actor) is not None else None

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, WorkLoose | Bind | Unbind)
        if isinstance(intent, WorkLoose):
            straps = bound(self.world, actor)
            if straps is None:
                return "it is not bound"
            self._tries.append((actor, straps, cause))
            return None
        target = self.world.whom(actor, intent.target)
        if target is None:
            return "it is not in sight"
        if actor.position.distance(target.position) > ARM:
            return "it is out of reach"
        held = bound(self.world, target)
        if isinstance(intent, Unbind):
            if held is None:
                return "it is not bound"
            self._cuts.append((actor, target, held, cause))
            return None
        seat = target.get(Rider)
        if seat is not None and seat.vehicle is not None:
            return "it sits in a vehicle"
        balance = target.get(Balance)
        if balance is None or balance.down <= 0.0:
            return "it will not lie still"
        own = [thing for thing, _ in self.world.having(Restraint) if _in_hand(thing, actor)]
        if held is not None or not own:
            return "it is bound already" if held is not None else "there is nothing to bind it with"
        self._knots.append((actor, target, own[0], cause))
        return None

    def apply(self) -> None:
        for actor, target, straps, cause in self._cuts:
            restraint = straps.get(Restraint)
            if restraint is not None and restraint.holds == target.id:
                restraint.holds = None
                self.world.emit(FREED, "untying", [cause], who=target.id, by=actor.id)
        for actor, straps, cause in self._tries:
            restraint = straps.get(Restraint)
            if restraint is None or restraint.holds != actor.id:
                continue
            if self.world.chance(actor, "work loose").chance(restraint.slack * self.world.dt):
                restraint.holds = None
                self.world.emit(BROKE_LOOSE, "working loose", [cause], who=actor.id)
        for actor, target, straps, cause in self._knots:
            restraint, item = straps.get(Restraint), straps.get(Item)
            if restraint is not None and restraint.holds is None and bound(self.world, target) is None:
                restraint.holds = Name(target.id)
                if item is not None:
                    item.held_by = None
                self.world.emit(BOUND, "tying", [cause], who=target.id, by=actor.id)
        self._tries, self._knots, self._cuts = [], [], []


def _in_hand(thing: Entity, actor: Entity) -> bool:
    item = thing.get(Item)
    return item is not None and item.held_by == actor.id
