"""Things that can be in a hand."""

from __future__ import annotations

from collections.abc import Iterator

from t800.spec.world import component
from t800.types import Entity as Name
from t800.world.entity import Entity
from t800.world.kernel import Kernel

__all__ = ["Item", "carry", "held"]


@component
class Item:
    """Can be held; it is where its holder is."""

    changes = ("held_by",)

    held_by: Name | None = None


def held(world: Kernel, holder: Entity) -> Iterator[Entity]:
    """What somebody has in hand, in the order of streams."""
    for thing, item in world.having(Item):
        if item.held_by == holder.id:
            yield thing


def carry(world: Kernel) -> None:
    """Put everything that is held where its holder is; for the `apply` of mechanics that bring items."""
    entity = world.entity
    for thing, item in world.having(Item):
        if item.held_by is not None:
            holder = entity(item.held_by)
            if holder is not None:
                thing.position = holder.position
