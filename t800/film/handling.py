"""Things that pass from hand to hand."""

from __future__ import annotations

from t800.core import Intent
from t800.film.bodies import awake
from t800.film.events import TAKEN
from t800.film.intents import Hand, Take
from t800.film.items import ARM, Item, Thing, Weapon
from t800.registry import mechanic
from t800.types import Entity as Name
from t800.world.entity import Entity
from t800.world.items import held
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Handling"]


@mechanic
class Handling(Rules):
    """What lies about can be taken up, and what is in hand can be given."""

    order = 36
    intents = (Take, Hand)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._takes: list[tuple[Entity, Entity, Intent, str]] = []
        self._gifts: list[tuple[Entity, Entity, list[Entity], str]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Take | Hand)
        name = intent.target if isinstance(intent, Take) else intent.to
        other = self.world.whom(actor, name)
        if other is None:
            return "it is not in sight"
        if actor.position.distance(other.position) > ARM:
            return "it is out of reach"
        if isinstance(intent, Hand):
            if not awake(other):
                return "nobody takes it"
            gift = self.world.whom(actor, intent.what)
            if intent.what is not None and gift is None:
                return "it is not in sight"
            self._gifts.append((actor, other, self._chosen(actor, intent, gift), cause))
            return None
        item = other.get(Item)
        if item is None:
            return "it cannot be taken up"
        if item.held_by is not None:
            return "somebody holds it"
        self._takes.append((actor, other, intent, cause))
        return None

    def apply(self) -> None:
        for actor, to, gifts, cause in self._gifts:
            for thing in gifts:
                item = thing.get(Item)
                if item is not None and item.held_by == actor.id:
                    item.held_by = Name(to.id)
                    self.world.emit(TAKEN, "giving", [cause], by=to.id, what=thing.id, of=actor.id)
        for thing, item in self.world.having(Item) if self._takes else ():
            reaching = [take for take in self._takes if take[1] is thing]
            if not reaching or item.held_by is not None:
                continue
            first = self.world.lot("who takes it", reaching)
            for actor, _, intent, cause in reaching:
                if actor is not first[0]:
                    self.world.refuse(actor, intent, "somebody else was there first", cause)
            item.held_by = Name(first[0].id)
            self.world.emit(TAKEN, "taking", [first[3]], by=first[0].id, what=thing.id, of=None)
        self._takes, self._gifts = [], []

    def _chosen(self, actor: Entity, intent: Hand, gift: Entity | None) -> list[Entity]:
        """What somebody means to give, of what is in their hands."""
        found = []
        for thing in held(self.world, actor):
            names = {part.called for part in [thing.get(Thing)] if part} | {w.kind for w in [thing.get(Weapon)] if w}
            if gift in (None, thing) and (not intent.called or names & set(intent.called)):
                found.append(thing)
        return found[: intent.at_most]
