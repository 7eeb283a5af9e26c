"""Blood: wounds bleed, a grip fails with the blood that is lost, and who has lost too much dies of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from annotated_types import Interval

from t800.core import Intent
from t800.film.bodies import Balance, Living, awake
from t800.film.combat import Combat
from t800.film.events import BANDAGED, KILLED
from t800.film.intents import Bandage
from t800.film.items import ARM
from t800.registry import mechanic
from t800.spec.quantity import NOT_NEGATIVE, POSITIVE, Seconds, Share
from t800.spec.world import component
from t800.world.entity import Entity
from t800.world.items import Item
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.walking import Mover

__all__ = ["Bleeding", "Blood", "blood_left", "dressed", "grip"]

PRESSURE = 0.4
"""By how much a leak is less after a second of hands that press on it."""

STANCHED = 2.0
"""Millilitres a second at which a bandage stops it altogether."""


@component
class Blood:
    """Is lost through wounds: each opens a `leak` of `bleeds` for each unit of the hit, and `clots` closes it again.

    A hit of `staggers` or more makes somebody fall, and lose what is in their hands; they are up again after `shock`
    for each unit of it. Below the share `faint` of its `volume` nobody stands; at `fatal` they die. What is left above
    that is their grip.
    """

    changes = ("blood", "leak")

    blood: Annotated[float, "ml", NOT_NEGATIVE] = 5000.0
    volume: Annotated[float, "ml", POSITIVE] = 5000.0
    leak: Annotated[float, "ml/s", NOT_NEGATIVE] = 0.0
    bleeds: Annotated[float, "ml/s", NOT_NEGATIVE] = 100.0
    clots: Annotated[float, "share of the leak, 1/s", NOT_NEGATIVE] = 0.0
    staggers: Annotated[float, NOT_NEGATIVE] = 0.25
    shock: Seconds = 8.0
    faint: Annotated[float, "share", Interval(ge=0.0, lt=1.0)] = 0.35
    fatal: Share = 0.2


def blood_left(entity: Entity) -> float:
    """The share of its blood that is left; all of it, to what has none to lose."""
    blood = entity.get(Blood)
    return 1.0 if blood is None else blood.blood / blood.volume


def grip(entity: Entity) -> float:
    """How firmly somebody can hold on to something, from 0 to 1: as far as they have the blood for it."""
    blood = entity.get(Blood)
    return 1.0 if blood is None else max(0.0, (blood_left(entity) - blood.faint) / (1.0 - blood.faint))


def dressed(entity: Entity) -> bool:
    """Whether somebody's wounds are bound up."""
    blood = entity.get(Blood)
    return blood is not None and blood.leak <= 0.0 and blood.blood < blood.volume


@mechanic
class Bleeding(Rules):
    """Whoever was hit loses blood, slows down, and lets go; unless somebody binds up the wounds."""

    order = 44
    components = (Blood,)
    intents = (Bandage,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        # Who wounded somebody last, and the event of it, by the stream of the wounded.
        self._by: dict[int, tuple[str, int]] = {}
        self._hands: list[tuple[Entity, Entity, Blood, str]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Bandage)
        target = self.world.whom(actor, intent.target)
        blood = target.get(Blood) if target is not None else None
        if target is None:
            return "it is not in sight"
        if actor.position.distance(target.position) > ARM:
            return "it is out of reach"
        if blood is None or blood.leak <= 0.0 or not awake(target):
            return "it does not bleed"
        self._hands.append((actor, target, blood, cause))
        return None

    def apply(self) -> None:
        for actor, target, blood, cause in self._hands:
            if blood.leak <= 0.0:
                continue
            blood.leak *= 1.0 - PRESSURE * self.world.dt
            if blood.leak <= STANCHED:
                blood.leak = 0.0
                self.world.emit(BANDAGED, "bandages", [cause], who=target.id, by=actor.id)
        self._hands = []

    def pass_time(self) -> None:
        combat = self.world.rules(Combat)
        for hit in combat.landed if combat is not None else ():
            blood = hit.target.get(Blood)
            if blood is not None:
                blood.leak += hit.through * blood.bleeds
                self._by[hit.target.stream] = (hit.by.id, hit.event)
                if hit.through >= blood.staggers:
                    self._stagger(hit.target, hit.through * blood.shock)
        for entity, blood in self.world.having(Blood):
            if blood.leak > 0.0 and awake(entity):
                self._bleed(entity, blood)

    def _stagger(self, entity: Entity, seconds: float) -> None:
        balance = entity.get(Balance)
        if balance is not None:
            balance.down = max(balance.down, seconds)
        for _, item in self.world.having(Item):
            if item.held_by == entity.id:
                item.held_by = None

    def _bleed(self, entity: Entity, blood: Blood) -> None:
        blood.blood = max(0.0, blood.blood - blood.leak * self.world.dt)
        blood.leak = max(0.0, blood.leak * (1.0 - blood.clots * self.world.dt))
        left = blood_left(entity)
        mover, balance, living = entity.get(Mover), entity.get(Balance), entity.get(Living)
        if mover is not None:
            mover.mobility = max(0.3, grip(entity))
        if balance is not None and left < blood.faint:
            balance.down = max(balance.down, 2.0 * self.world.dt)
        if living is not None and left <= blood.fatal:
            living.alive = False
            by, event = self._by.get(entity.stream, (entity.id, -1))
            causes = [event] if event >= 0 else []
            self.world.emit(KILLED, "loss of blood", causes, **{"who": entity.id, "by": by, "with": "loss of blood"})

    def snapshot(self) -> Mapping[str, Any]:
        return {str(stream): list(how) for stream, how in self._by.items()}

    def restore(self, data: Mapping[str, Any]) -> None:
        self._by = {int(stream): (how[0], how[1]) for stream, how in data.items()}
