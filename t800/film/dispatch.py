"""Calls for the police: by whoever saw or heard something and gets to a telephone, to whoever has a radio."""

from __future__ import annotations

from typing import Annotated

from t800.core import Intent
from t800.film.events import CALLED
from t800.film.intents import Call
from t800.film.records import Words
from t800.registry import mechanic
from t800.spec.world import component
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Dispatch", "Radio", "Telephone"]


@component
class Telephone:
    """Takes the calls of whoever stands within `cord` metres."""

    cord: Annotated[float, "m"] = 1.5


@component
class Radio:
    """Says what was called in no more than `district` metres from it, to be heard `loud` metres away."""

    loud: Annotated[float, "m"] = 5.0
    district: Annotated[float, "m"] = 2600.0


@mechanic
class Dispatch(Rules):
    """A call at any telephone comes out of all radios of its district in the next tick, to be heard near them."""

    order = 22
    components = (Telephone, Radio)
    intents = (Call,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._calls: list[tuple[Entity, Call, str]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Call)
        for entity, telephone in self.world.having(Telephone):
            if entity.position.distance(actor.position) <= telephone.cord:
                self._calls.append((actor, intent, cause))
                return None
        return "there is no telephone here"

    def apply(self) -> None:
        for actor, call, cause in self._calls:
            event = self.world.emit(
                CALLED, "telephone", [cause], **{"by": actor.id, "about": call.about, "in": call.place}
            )
            words = Words(f"{call.about} in the {call.place}", place=call.place, look=call.look)
            for entity, radio in self.world.having(Radio):
                if entity.position.distance(actor.position) <= radio.district:
                    self.world.sound(entity, radio.loud, "radio", words=words, cause=event)
        self._calls = []
