"""Carving: words that are left in a surface, for whoever comes to it later."""

from __future__ import annotations

from typing import ClassVar

from t800.core import Intent
from t800.film.items import ARM
from t800.registry import event, mechanic
from t800.spec.quantity import Metres, Seconds
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import record
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["CARVED", "Carve", "Carving", "Surface", "legible"]

CARVED = event("Carved", "Somebody left words in a surface.", who=Name, into=Name, text=str)


@component
class Surface:
    """Can be carved, and read from `legible` metres. `worked` is how long it was worked on, of the `hardness`."""

    changes = ("text", "topic", "worked")

    hardness: Seconds = 4.0
    legible: Metres = 4.0
    worked: Seconds = 0.0
    text: str = ""
    topic: str = ""


@record
class Carve(Intent):
    """Carve words about a topic into the nearest surface within reach."""

    channel: ClassVar[str] = "arms"
    text: str
    topic: str


@mechanic
class Carving(Rules):
    """Words in a surface stay there."""

    order = 16
    components = (Surface,)
    intents = (Carve,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._cuts: list[tuple[Entity, Entity, Carve, str]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Carve)
        near = [entity for entity, _ in self.world.having(Surface) if self._away(actor, entity) <= ARM]
        if not near:
            return "there is nothing to carve"
        least = min(self._away(actor, entity) for entity in near)
        nearest = [entity for entity in near if self._away(actor, entity) == least]
        self._cuts.append((actor, self.world.lot("which surface", nearest), intent, cause))
        return None

    def _away(self, actor: Entity, entity: Entity) -> float:
        return actor.position.distance(entity.position)

    def apply(self) -> None:
        cuts, self._cuts = self._cuts, []
        for entity, surface in self.world.having(Surface):
            mine = [cut for cut in cuts if cut[1] is entity]
            if not mine:
                surface.worked = 0.0
                continue
            actor, _, intent, cause = self.world.lot("whose knife", mine)
            surface.worked += self.world.dt
            # Half a tick of slack: sums of tenths are not exact.
            if surface.worked + self.world.dt / 2 >= surface.hardness and surface.text != intent.text:
                surface.text, surface.topic = intent.text, intent.topic
                self.world.emit(CARVED, "a knife", [cause], who=actor.id, into=entity.id, text=intent.text)


def legible(world: Kernel, reader: Entity) -> list[tuple[Entity, Surface]]:
    """The surfaces with words in them that somebody is near enough to read."""
    return [
        (entity, surface)
        for entity, surface in world.having(Surface)
        if surface.text
        and reader.position.distance(entity.position) <= surface.legible
        and world.clear(reader.position, entity.position)
    ]
