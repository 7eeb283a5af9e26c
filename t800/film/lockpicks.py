"""Picks: a lock can be opened without its key, by whoever has something to pick it with, and patience."""

from __future__ import annotations

from t800.core import Intent
from t800.film.events import BROKE, UNLOCKED
from t800.film.intents import Pick
from t800.film.items import ARM
from t800.registry import mechanic
from t800.spec.quantity import PerSecond
from t800.spec.world import component
from t800.world.doors import Door
from t800.world.entity import Entity
from t800.world.items import held
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Lockpick", "Lockpicks"]


@component
class Lockpick:
    """Opens any lock with a chance of `yields` a second, and breaks with a chance of `breaks` a second."""

    changes = ("snapped",)

    yields: PerSecond = 0.06
    breaks: PerSecond = 0.004
    snapped: bool = False


@mechanic
class Lockpicks(Rules):
    """A lock gives in to a pick after a while, if the pick holds."""

    order = 12
    components = (Lockpick,)
    intents = (Pick,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._picks: list[tuple[Entity, Entity, Lockpick, str]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Pick)
        found: list[tuple[Entity, Door]] = []
        for entity, door in self.world.having(Door):
            near = entity.position.distance(intent.at) <= ARM and entity.position.distance(actor.position) <= ARM
            if near and door.locked:
                found.append((entity, door))
        if not found:
            return "there is no locked door within reach"
        for thing in held(self.world, actor):
            pick = thing.get(Lockpick)
            if pick is not None and not pick.snapped:
                self._picks.append((actor, self.world.lot("which lock", found)[0], pick, cause))
                return None
        return "it has nothing to pick it with"

    def apply(self) -> None:
        for actor, entity, pick, cause in self._picks:
            door = entity.get(Door)
            if door is None or not door.locked:
                continue
            chance = self.world.chance(actor, "lock")
            if chance.chance(pick.yields * self.world.dt):
                door.locked = False
                self.world.emit(UNLOCKED, "a picked lock", [cause], who=actor.id, what=entity.id)
            elif chance.chance(pick.breaks * self.world.dt):
                pick.snapped = True
                self.world.emit(BROKE, "a picked lock", [cause], who=actor.id)
        self._picks = []
