"""Calls for the police: by whoever saw or heard something and gets to a telephone, to whoever has a radio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from t800.core import Intent
from t800.film.events import CALLED
from t800.film.intents import Call
from t800.film.records import Words
from t800.registry import mechanic
from t800.spec.quantity import Metres, Seconds
from t800.spec.world import component
from t800.types import Point, Type
from t800.world.entity import POINT, Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Dispatch", "Radio", "Telephone"]

WORDS = Type.of(Words)


@component
class Telephone:
    """Takes the calls of whoever stands within `cord` metres. They go on air after `handling` seconds, on average."""

    cord: Metres = 1.5
    handling: Seconds = 0.0


@component
class Radio:
    """Says what was called in no more than `district` metres from it, to be heard `loud` metres away."""

    loud: Metres = 5.0
    district: Metres = 2600.0


@mechanic
class Dispatch(Rules):
    """A call at any telephone comes out of all radios of its district when it was dealt with, to be heard near them."""

    order = 22
    components = (Telephone, Radio)
    intents = (Call,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._asked: list[tuple[Call, Entity, Entity, Telephone, str]] = []
        # What is yet to go on air: in how many ticks, from where, what is said, the event.
        self._calls: list[tuple[int, Point, Words, int]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Call)
        for entity, telephone in self.world.having(Telephone):
            if entity.position.distance(actor.position) <= telephone.cord:
                self._asked.append((intent, actor, entity, telephone, cause))
                return None
        return "there is no telephone here"

    def apply(self) -> None:
        for call, actor, phone, telephone, cause in self._asked:
            event = self.world.emit(
                CALLED, "telephone", [cause], **{"by": actor.id, "about": call.about, "in": call.place}
            )
            seconds = telephone.handling * self.world.chance(phone, "handling").uniform(0.0, 2.0)
            wait = round(seconds / self.world.dt)
            words = Words(f"{call.about} in the {call.place}", place=call.place, look=call.look)
            self._calls.append((wait, phone.position, words, event))
        self._asked = []
        for wait, at, words, event in self._calls:
            for entity, radio in self.world.having(Radio):
                if wait == 0 and entity.position.distance(at) <= radio.district:
                    self.world.sound(entity, radio.loud, "radio", words=words, cause=event)
        self._calls = [(wait - 1, at, words, event) for wait, at, words, event in self._calls if wait > 0]

    def busy(self) -> bool:
        return bool(self._calls)

    def snapshot(self) -> Mapping[str, Any]:
        calls = [[wait, POINT.encode(at), WORDS.encode(words), event] for wait, at, words, event in self._calls]
        return {"calls": calls}

    def restore(self, data: Mapping[str, Any]) -> None:
        self._calls = [(wait, POINT.decode(at), WORDS.decode(words), event) for wait, at, words, event in data["calls"]]
