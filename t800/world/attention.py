"""Attention: who thinks in a tick. Bystanders think now and then, and not at all while nothing is near them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from annotated_types import Interval

from t800.registry import event, mechanic
from t800.spec.quantity import MOST, NOT_NEGATIVE, Metres, Seconds
from t800.spec.world import component
from t800.types import Entity as Name
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.lapses import Occupy, Stay
from t800.world.mechanic import Rules
from t800.world.sound import Sound
from t800.world.walking import Mover

__all__ = ["Attention", "Dormancy"]

ROUSED = event("Roused", "Somebody who was idle has something near to attend to.", who=Name)

ABSORBING = (Occupy, Stay)
"""What absorbs who would else be of consequence."""

LOOK_ROUND = 10
"""Ticks between two looks at who is near."""


@component
class Attention:
    """Thinks every so many ticks, and not at all while nobody of consequence is `near`: who always thinks, and is not
    absorbed in sleep, a ride or the like.

    What its legs were asked to do goes on between its thoughts. A sound that reaches it makes it think at once, and
    keeps it awake for `lingers` seconds, whoever is near.
    """

    changes = ("dormant", "due", "left")

    every: Annotated[int, "ticks", Interval(ge=1, le=MOST)] = 1
    near: Metres = 60.0
    lingers: Seconds = 0.0
    left: Seconds = 0.0
    dormant: bool = True
    due: Annotated[int, "ticks", NOT_NEGATIVE] = 0


@mechanic
class Dormancy(Rules):
    """Whoever is far from all that matters does not think until they are roused."""

    order = 70
    components = (Attention,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        # All that can move as they were given last, and those of them who always think.
        self._movers: tuple[tuple[Entity, Mover], ...] = ()
        self._thinking: list[Entity] = []

    def attends(self, actor: Entity) -> bool:
        attention = actor.get(Attention)
        return attention is None or (not attention.dormant and attention.due == 0)

    def rests(self, actor: Entity) -> bool:
        attention = actor.get(Attention)
        return attention is not None and attention.dormant

    def perceive(self) -> None:
        world = self.world
        tick, dt, sounds = world.tick, world.dt, world.sounds
        movers = world.having(Mover)
        if movers is not self._movers:
            self._movers, self._thinking = movers, [e for e, _ in movers if e.get(Attention) is None]
        absorbed = {actor.stream for actor, intent, _ in world.taken if isinstance(intent, ABSORBING)}
        matter = [entity for entity in self._thinking if entity.stream not in absorbed]
        for entity, attention in world.having(Attention):
            attention.due = (attention.due - 1) % attention.every
            if attention.left:
                attention.left = max(0.0, attention.left - dt)
            if (tick + entity.stream) % LOOK_ROUND == 0:
                self._look_round(entity, attention, matter)
            for sound in sounds:
                if self._reaches(entity, sound):
                    attention.due = 0
                    attention.left = attention.lingers
                    self._rouse(entity, attention, sound.cause)
                    break

    def _look_round(self, entity: Entity, attention: Attention, matter: Sequence[Entity]) -> None:
        for other in matter:
            if other.position.distance(entity.position) <= attention.near:
                arrival = self.world.arrived.get(other.id)
                self._rouse(entity, attention, arrival)
                return
        attention.dormant = attention.left <= 0.0

    def _rouse(self, entity: Entity, attention: Attention, cause: int | None) -> None:
        if attention.dormant:
            attention.dormant = False
            self.world.emit(ROUSED, "rousing", [] if cause is None else [cause], who=entity.id)

    def _reaches(self, entity: Entity, sound: Sound) -> bool:
        return sound.source != entity.id and sound.position.distance(entity.position) < sound.reach
