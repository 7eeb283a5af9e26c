"""Plungers: a detonator that goes off when it is pressed, and so a dead man's switch for who holds a weight over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from t800.core import Intent
from t800.film.bleeding import grip
from t800.film.bodies import awake
from t800.film.explosives import Charge, Explosives
from t800.film.items import ARM
from t800.registry import event, mechanic
from t800.spec.quantity import SHARE, Seconds
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import record
from t800.world.entity import Entity
from t800.world.items import Item
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["SWITCH_RELEASED", "SWITCH_RIGGED", "Ballast", "HoldOver", "Plunger", "Plungers"]

SWITCH_RIGGED = event("SwitchRigged", "Somebody holds a weight over a plunger.", who=Name, what=Name)
SWITCH_RELEASED = event("SwitchReleased", "The weight that somebody held over a plunger fell.", who=Name, why=str)


@component
class Plunger:
    """Closes its circuit by `wire` when something presses it. Holding a weight over it takes a while to `rig`.

    `holder` is whose hands keep the weight off it; `fallen` says that it has done its work.
    """

    changes = ("holder", "rigged", "fallen")

    wire: str = ""
    rig: Seconds = 3.0
    rigged: Seconds = 0.0
    holder: Name | None = None
    fallen: bool = False


@component
class Ballast:
    """Heavy enough to press a plunger; to hold it up takes so much of a whole grip."""

    takes: Annotated[float, "share of a grip", SHARE] = 0.5


@record
class HoldOver(Intent):
    """Hold the next heavy thing within reach over a plunger within reach; whoever stops asking for it lets go."""

    channel: ClassVar[str] = "arms"
    plunger: Name


@mechanic
class Plungers(Rules):
    """A weight that is held over a plunger falls on it when the hands that hold it can, or will, no longer."""

    order = 27
    components = (Plunger, Ballast)
    intents = (HoldOver,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._hands: list[tuple[Entity, Entity, Entity, str]] = []
        # The weight over each plunger, and the event that says that it is held there, by the plunger's stream.
        self._weights: dict[int, tuple[str, int]] = {}

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, HoldOver)
        entity = self.world.whom(actor, intent.plunger)
        plunger = entity.get(Plunger) if entity is not None else None
        if entity is None or plunger is None:
            return "there is no such plunger in sight"
        if actor.position.distance(entity.position) > ARM:
            return "it is out of reach"
        if plunger.fallen:
            return "it was pressed already"
        if plunger.holder not in (None, actor.id):
            return "somebody else has their hands on it"
        weight = self._weight(actor)
        if weight is None:
            return "there is nothing heavy within reach"
        self._hands.append((actor, entity, weight, cause))
        return None

    def _weight(self, actor: Entity) -> Entity | None:
        """The nearest heavy thing that one can lay hands on."""
        near: list[Entity] = []
        best = ARM
        for entity, _ in self.world.having(Ballast):
            item = entity.get(Item)
            away = actor.position.distance(entity.position)
            if item is None or item.held_by not in (None, actor.id) or away > best:
                continue
            if away < best:
                best, near = away, []
            near.append(entity)
        return self.world.lot("which weight", near) if near else None

    def apply(self) -> None:
        hands, self._hands = self._hands, []
        for entity, plunger in self.world.having(Plunger):
            mine = [hand for hand in hands if hand[1] is entity and plunger.holder in (None, hand[0].id)]
            if plunger.holder is not None:
                self._keep(entity, plunger, mine)
            elif mine:
                actor, _, weight, cause = self.world.lot("whose hands", mine)
                plunger.rigged += self.world.dt
                # Half a tick of slack: sums of tenths are not exact.
                if plunger.rigged + self.world.dt / 2 >= plunger.rig:
                    self._take_hold(entity, plunger, actor, weight, cause)
            else:
                plunger.rigged = 0.0

    def _take_hold(self, entity: Entity, plunger: Plunger, actor: Entity, weight: Entity, cause: str) -> None:
        plunger.holder = Name(actor.id)
        item = weight.get(Item)
        if item is not None:
            item.held_by = Name(actor.id)
        done = self.world.emit(SWITCH_RIGGED, "a weight over a plunger", [cause], who=actor.id, what=entity.id)
        self._weights[entity.stream] = (weight.id, done)

    def _keep(self, entity: Entity, plunger: Plunger, mine: list[tuple[Entity, Entity, Entity, str]]) -> None:
        """Hold the weight for another tick, or let it fall."""
        holder = self.world.entity(str(plunger.holder))
        name, rigged = self._weights.get(entity.stream, ("", -1))
        weight = self.world.entity(name)
        ballast = weight.get(Ballast) if weight is not None else None
        why = ""
        if holder is None or not awake(holder):
            why = "he died"
        elif ballast is not None and grip(holder) < ballast.takes:
            why = "his grip failed"
        elif not mine:
            why = "he let go"
        if not why:
            return
        item = weight.get(Item) if weight is not None else None
        if item is not None:
            item.held_by = None
        plunger.holder, plunger.fallen = None, True
        causes = [rigged] if rigged >= 0 else []
        done = self.world.emit(SWITCH_RELEASED, "a weight falls", causes, who=holder.id if holder else None, why=why)
        explosives = self.world.rules(Explosives)
        wired = [other for other, charge in self.world.having(Charge) if charge.circuit == plunger.wire]
        if explosives is not None and holder is not None:
            explosives.light(wired, holder, [done])

    def snapshot(self) -> Mapping[str, Any]:
        return {str(stream): list(how) for stream, how in self._weights.items()}

    def restore(self, data: Mapping[str, Any]) -> None:
        self._weights = {int(stream): (how[0], how[1]) for stream, how in data.items()}
