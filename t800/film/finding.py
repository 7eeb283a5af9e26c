"""Things that lie about: whoever has eyes can see them, and name them by what they are called."""

from __future__ import annotations

from t800.context import Context
from t800.film.bodies import awake
from t800.film.items import Item, Thing
from t800.film.records import Found, Scene
from t800.film.sight import Eyes
from t800.registry import mechanic, sense
from t800.types import Entity as Name
from t800.types import Out
from t800.world.entity import Entity
from t800.world.mechanic import Rules

__all__ = ["Finding", "find_thing"]


@mechanic
class Finding(Rules):
    """What nobody holds is in sight of whoever is near enough, whatever way they look."""

    order = 81
    components = (Thing,)

    def lying(self, actor: Entity) -> tuple[Found, ...]:
        """The things that somebody sees lying about, the nearest first."""
        eyes = actor.get(Eyes)
        if eyes is None or not awake(actor):
            return ()
        here = actor.position
        # Most are out of the question by their coordinates; distances are rounded.
        far = eyes.ahead + 0.001
        west, east, south, north = here.x - far, here.x + far, here.y - far, here.y + far
        near = [
            (entity, thing)
            for entity, thing in self.world.having(Thing)
            if west <= entity.position.x <= east and south <= entity.position.y <= north
        ]
        found = []
        for entity, thing in near:
            item = entity.get(Item)
            if item is not None and item.held_by is not None:
                continue
            away = round(here.distance(entity.position), 3)
            if away <= eyes.ahead and self.world.in_view(actor, entity):
                found.append(Found(Name(f"thing_{entity.stream}"), thing.called, entity.position, away))
        found.sort(key=lambda each: each.distance)
        return tuple(found)

    def whom(self, actor: Entity, name: str) -> Entity | None:
        if any(found.track == name for found in self.lying(actor)):
            for entity, _ in self.world.having(Thing):
                if name == f"thing_{entity.stream}":
                    return entity
        return None


@sense(reads=["things"])
def find_thing(ctx: Context, called: tuple[str, ...], thing: Out[Found]) -> None:
    """The nearest thing in sight that is called so; unknown while there is none."""
    scene = ctx.obs
    assert isinstance(scene, Scene)
    ctx.out(thing=next((found for found in scene.things if found.called in called), None))
