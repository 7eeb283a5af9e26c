"""Mimicry: taking the look of what one touches, and the voice of whom one has heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from t800.core import Intent
from t800.film.bodies import Appearance, Balance, Living, Machine
from t800.film.events import LOOK_TAKEN, TAKEN
from t800.film.explosives import Charge
from t800.film.freezing import LiquidMetal
from t800.film.intents import Loot, Touch
from t800.film.items import ARM, Item, Weapon
from t800.film.speech import Speech
from t800.registry import mechanic
from t800.spec.quantity import NOT_NEGATIVE, Seconds
from t800.spec.world import component
from t800.types import Entity as Name
from t800.world.driving import Vehicle
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Mimic", "Mimicry"]

LIMP = 2.0
"""Seconds for which somebody who is down must still be so, to let go of what is in their hand."""

TOO_INTRICATE: Mapping[type, str] = {
    Vehicle: "it has an engine",
    Charge: "there is powder in it",
    Weapon: "there is powder in it",
    Machine: "it is a machine",
}
"""What no look is taken of, by the components that tell: engines, powders, electronics."""


@component
class Mimic:
    """Takes the look of what it has touched for `sampling` seconds, if that has its own mass, give or take a share.

    Of a voice it takes only one that it has heard at some time: `voices`.
    """

    changes = ("touched", "touching", "voices")

    sampling: Seconds = 3.0
    margin: Annotated[float, "share of its mass", NOT_NEGATIVE] = 0.2
    touched: Seconds = 0.0
    touching: Name | None = None
    voices: tuple[str, ...] = ()


@mechanic
class Mimicry(Rules):
    """Looks pass from the one who is touched to the one that can take them; what a limp hand held can be taken."""

    order = 35
    components = (Mimic,)
    intents = (Touch, Loot)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._touches: dict[int, tuple[Entity, str]] = {}
        self._loots: list[tuple[Entity, Entity, str]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Touch | Loot)
        target = self.world.whom(actor, intent.target)
        if target is None:
            return "it is not in sight"
        if actor.position.distance(target.position) > ARM:
            return "it is out of reach"
        if isinstance(intent, Loot):
            living = target.get(Living)
            balance = target.get(Balance)
            limp = balance is not None and balance.down >= LIMP
            if living is not None and living.alive and not limp:
                return "it would not let go"
            self._loots.append((actor, target, cause))
            return None
        mimic = actor.get(Mimic)
        if mimic is None:
            return "it can take nobody's look"
        own, other = _mass(actor), _mass(target)
        if own is not None and other is not None and abs(own - other) > mimic.margin * own:
            return "it has another mass"
        for kind, why in TOO_INTRICATE.items():
            if target.get(kind) is not None:
                return why
        self._touches[actor.stream] = (target, cause)
        return None

    def perceive(self) -> None:
        speech = self.world.rules(Speech)
        if speech is None or not self.world.sounds:
            return
        for hearer, mimic in self.world.having(Mimic):
            metal = hearer.get(LiquidMetal)
            if metal is not None and metal.shattered:
                continue
            for sound in self.world.sounds:
                if not sound.voice or sound.voice in mimic.voices:
                    continue
                if speech.understands(hearer, sound):
                    mimic.voices = (*mimic.voices, sound.voice)

    def apply(self) -> None:
        for actor, mimic in self.world.having(Mimic):
            target, cause = self._touches.get(actor.stream, (None, ""))
            if target is None:
                mimic.touching, mimic.touched = None, 0.0
                continue
            if mimic.touching != target.id:
                mimic.touching, mimic.touched = Name(target.id), 0.0
            mimic.touched += self.world.dt
            self._take(actor, mimic, target, cause)
        for actor, target, cause in self._loots:
            for thing, item in self.world.having(Item):
                if item.held_by == target.id:
                    item.held_by = Name(actor.id)
                    self.world.emit(TAKEN, "taking", [cause], by=actor.id, what=thing.id, of=target.id)
        self._touches = {}
        self._loots = []

    def _take(self, actor: Entity, mimic: Mimic, target: Entity, cause: str) -> None:
        own, other = actor.get(Appearance), target.get(Appearance)
        if own is None or other is None or own.look == other.look or mimic.touched < mimic.sampling:
            return
        own.look = other.look
        if other.voice in mimic.voices:
            own.voice = other.voice
        self.world.emit(LOOK_TAKEN, "touch", [cause], by=actor.id, of=target.id)


def _mass(entity: Entity) -> float | None:
    """What something weighs; None if nothing says so, as of floors and bars."""
    balance, vehicle = entity.get(Balance), entity.get(Vehicle)
    return balance.mass if balance is not None else vehicle.weight if vehicle is not None else None
