"""Sleep: who sleeps sees nothing, hears only what is loud, and time may be passed over meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from t800.core import Intent
from t800.film.bodies import awake
from t800.registry import event, mechanic
from t800.spec.quantity import NOT_NEGATIVE
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import record
from t800.world.driving import Rider
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["FELL_ASLEEP", "WOKE", "Sleep", "Sleeper", "Slumber", "asleep"]

FELL_ASLEEP = event("FellAsleep", "Somebody fell asleep.", who=Name)
WOKE = event("Woke", "Somebody woke up.", who=Name)


@component
class Sleeper:
    """Can sleep, and does not hear what is not louder than `light`, from 0 to 1, while it does."""

    changes = ("asleep",)

    light: Annotated[float, NOT_NEGATIVE] = 0.25
    asleep: bool = False


@record
class Sleep(Intent):
    """Sleep, at least until the tick `until` if nothing wakes one."""

    channel: ClassVar[str] = "attention"
    until: int


@mechanic
class Slumber(Rules):
    """Whoever asks for sleep sleeps, and wakes in the tick in which they ask for it no more."""

    order = 6
    components = (Sleeper,)
    intents = (Sleep,)
    lasting = (Sleep,)
    absorbing = (Sleep,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._asked: dict[str, str] = {}
        # What put each sleeper to sleep, by id: who wakes does so because of that.
        self._begun: dict[str, int] = {}

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        if actor.get(Sleeper) is None:
            return "it does not sleep"
        seat = actor.get(Rider)
        if seat is not None and seat.vehicle is not None:
            return "it sits in a vehicle"
        self._asked[actor.id] = cause
        return None

    def apply(self) -> None:
        for actor, sleeper in self.world.having(Sleeper):
            cause = self._asked.get(actor.id)
            if cause is not None and awake(actor) and not sleeper.asleep:
                self._begun[actor.id] = self.world.emit(FELL_ASLEEP, "sleep", [cause], who=actor.id)
            elif cause is None and sleeper.asleep:
                begun = self._begun.pop(actor.id, None)
                self.world.emit(WOKE, "waking", [] if begun is None else [begun], who=actor.id)
            sleeper.asleep = cause is not None and awake(actor)
        self._asked = {}

    def ends(self, actor: Entity, intent: Intent) -> tuple[int, str] | None:
        return (intent.until, "sleep ends") if isinstance(intent, Sleep) else None

    def snapshot(self) -> Mapping[str, Any]:
        return dict(self._begun)

    def restore(self, data: Mapping[str, Any]) -> None:
        self._begun = dict(data)


def asleep(entity: Entity) -> bool:
    """Whether somebody sleeps now."""
    sleeper = entity.get(Sleeper)
    return sleeper is not None and sleeper.asleep
