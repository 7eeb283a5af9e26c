"""Throwing: what is in a hand can be thrown, into a vat too."""

from __future__ import annotations

from t800.core import Intent
from t800.film.events import THROWN
from t800.film.heat import Vat, touched
from t800.film.intents import Throw
from t800.film.items import Item, Thing
from t800.film.melting import Melting
from t800.registry import mechanic
from t800.types import Point
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Throwing"]

FAR = 10.0
"""Metres that one can throw something small."""


@mechanic
class Throwing(Rules):
    """A thing leaves the hand that held it, and lies where it was thrown."""

    order = 38
    components = (Thing,)
    intents = (Throw,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._thrown: list[tuple[Entity, Entity, Point, str]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Throw)
        if actor.position.distance(intent.at) > FAR:
            return "that is too far"
        for entity, thing in self.world.having(Thing):
            item = entity.get(Item)
            if item is not None and item.held_by == actor.id and thing.called == intent.what:
                self._thrown.append((actor, entity, intent.at, cause))
                return None
        return "it has no such thing in hand"

    def apply(self) -> None:
        melting = self.world.rules(Melting)
        for actor, entity, at, cause in self._thrown:
            item = entity.get(Item)
            assert item is not None
            item.held_by = None
            entity.position = at
            found = touched(self.world, at)
            vat = found[0] if found is not None and found[0].get(Vat) is not None else None
            into = vat.id if vat is not None else self.world.map.place(at) or ""
            event = self.world.emit(THROWN, "a throw", [cause], by=actor.id, what=entity.id, into=into)
            if vat is not None and melting is not None:
                melting.put(entity, vat, actor, event)
        self._thrown = []
