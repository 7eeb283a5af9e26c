"""What is under the skin: a machine that looks like one of flesh can show that it is none."""

from __future__ import annotations

from typing import ClassVar

from t800.core import Intent
from t800.registry import event, mechanic
from t800.spec.quantity import Seconds
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import record
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["BARED", "Bare", "Covering", "Unveiling", "bared"]

BARED = event("Bared", "Somebody showed what is under their skin.", who=Name)


@component
class Covering:
    """Flesh over something else. `opened` is how long it has been at it, of the `thickness`, to show that: `bared`."""

    changes = ("opened", "bared")

    thickness: Seconds = 3.0
    opened: Seconds = 0.0
    bared: bool = False


@record
class Bare(Intent):
    """Cut the flesh of one's own forearm open, and take it off."""

    channel: ClassVar[str] = "arms"


@mechanic
class Unveiling(Rules):
    """Whoever sees a bared arm sees what it is made of."""

    order = 17
    components = (Covering,)
    intents = (Bare,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._cuts: dict[int, str] = {}

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        if actor.get(Covering) is None:
            return "there is nothing under its skin"
        self._cuts[actor.stream] = cause
        return None

    def apply(self) -> None:
        for entity, covering in self.world.having(Covering):
            cause = self._cuts.get(entity.stream)
            if covering.bared or cause is None:
                covering.opened = covering.opened if covering.bared else 0.0
                continue
            covering.opened += self.world.dt
            if covering.opened + self.world.dt / 2 >= covering.thickness:
                covering.bared = True
                self.world.emit(BARED, "a knife", [cause], who=entity.id)
        self._cuts = {}


def bared(entity: Entity) -> bool:
    """Whether what is under its skin can be seen."""
    covering = entity.get(Covering)
    return covering is not None and covering.bared
