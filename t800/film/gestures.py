"""Gestures: what hands say."""

from __future__ import annotations

from t800.core import Intent
from t800.film.events import GESTURE
from t800.film.heat import Warmth
from t800.film.intents import MakeSign
from t800.film.sight import seen_by
from t800.registry import mechanic
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Gestures"]

ARMS_LENGTH = 1.5
"""Metres at which a gesture that touches somebody (a hug) reaches them."""


@mechanic
class Gestures(Rules):
    """Whoever has hands can make a sign with them, or put them round somebody."""

    order = 21
    intents = (MakeSign,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._made: list[tuple[Entity, str, str]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, MakeSign)
        if intent.to is not None:
            other = seen_by(self.world, actor, intent.to)
            if other is None:
                return "it is not in sight"
            if actor.position.distance(other.position) > ARMS_LENGTH:
                return "it is out of reach"
            warmth = other.get(Warmth)
            if warmth is not None and warmth.within is not None:
                return "it is in molten steel"
        self._made.append((actor, intent.what, cause))
        return None

    def apply(self) -> None:
        for actor, what, cause in self._made:
            self.world.emit(GESTURE, "hands", [cause], who=actor.id, what=what)
        self._made = []
