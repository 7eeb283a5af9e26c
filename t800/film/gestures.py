"""Gestures: what somebody does to be seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from t800.core import Intent
from t800.film.events import GESTURE
from t800.film.heat import Warmth
from t800.film.intents import MakeSign, Pose
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
    """A sign of the hands, which may be put round somebody, or a pose on one's legs, is an event when it begins."""

    order = 21
    intents = (MakeSign, Pose)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._made: list[tuple[Entity, str, str]] = []
        # What each is at, by id.
        self._shown: dict[str, list[str]] = {}

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, MakeSign | Pose)
        if isinstance(intent, MakeSign) and intent.to is not None:
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
        shown: dict[str, list[str]] = {}
        for actor, what, cause in self._made:
            if what not in self._shown.get(actor.id, ()):
                self.world.emit(GESTURE, "a gesture", [cause], who=actor.id, what=what)
            shown.setdefault(actor.id, []).append(what)
        self._made = []
        self._shown = shown

    def snapshot(self) -> Mapping[str, Any]:
        return {who: list(whats) for who, whats in self._shown.items()}

    def restore(self, data: Mapping[str, Any]) -> None:
        self._shown = {who: list(whats) for who, whats in data.items()}
