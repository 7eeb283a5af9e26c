"""Minds, as far as they show: the world takes note when somebody's feelings have changed by more than a little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from t800.core import Intent
from t800.film.events import (
    CONVICTION_CHANGED,
    DREAD_CHANGED,
    EMPATHY_CHANGED,
    HOPE_CHANGED,
    TRUST_CHANGED,
    WORTH_CHANGED,
)
from t800.film.feelings import Moved, Quantity
from t800.film.intents import Show
from t800.film.speech import Speech
from t800.registry import mechanic
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["CHANGED", "NOTEWORTHY", "Minds"]

NOTEWORTHY = 0.03
"""How far a quantity must have moved since it was last reported."""

CHANGED = {
    "trust": TRUST_CHANGED,
    "conviction": CONVICTION_CHANGED,
    "dread": DREAD_CHANGED,
    "empathy": EMPATHY_CHANGED,
    "hope": HOPE_CHANGED,
    "worth": WORTH_CHANGED,
}


@mechanic
class Minds(Rules):
    """What somebody shows of their mind is a fact of the world, and has the words that moved it among its causes."""

    order = 25
    intents = (Show,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._shows: list[tuple[Entity, Moved, str]] = []
        # What each has shown of each quantity last.
        self._shown: dict[str, dict[Quantity, float]] = {}

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Show)
        self._shows += [(actor, moved, cause) for moved in intent.moved]
        return None

    def apply(self) -> None:
        speech = self.world.rules(Speech)
        for actor, moved, cause in self._shows:
            shown = self._shown.setdefault(actor.id, {})
            if abs(moved.value - shown.setdefault(moved.of, moved.was)) < NOTEWORTHY:
                continue
            shown[moved.of] = moved.value
            causes: list[int | str] = [cause]
            said = speech.said(moved.handle) if speech is not None and moved.handle is not None else None
            if said is not None:
                causes.append(said)
            self.world.emit(
                CHANGED[moved.of], "a change of mind", causes, who=actor.id, value=moved.value, why=moved.why
            )
        self._shows = []

    def snapshot(self) -> Mapping[str, Any]:
        return {who: dict(shown) for who, shown in self._shown.items()}

    def restore(self, data: Mapping[str, Any]) -> None:
        self._shown = {who: dict(shown) for who, shown in data.items()}
