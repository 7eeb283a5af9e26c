"""The hoist: a platform over a vat, which moves only while somebody holds its control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from annotated_types import Interval

from t800.core import Intent
from t800.film.bodies import awake
from t800.film.events import LOWERED
from t800.film.heat import Source, Vat, Warmth, touched
from t800.film.intents import WorkHoist
from t800.film.melting import Melting
from t800.registry import mechanic
from t800.spec.quantity import MOST, Metres, MetresPerSecond
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import Point
from t800.world.entity import Entity
from t800.world.geometry import along
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.walking import Face, Mover

__all__ = ["Hoist", "Hoists"]

AT_THE_TOP = 0.05
"""Metres below the top at which one can still step off."""

EXACT = 0.001
"""Metres by which a platform may be off: places are kept to the millimetre."""

HIGHEST = 1000.0
"""Metres of lift that no hoist has: it starts at its summit, wherever that is."""

OVERHANG = 2 / 3
"""The share of its own size by which the middle of a platform hangs over the rim."""


@component
class Hoist:
    """Carries who stands on its platform, `lift` metres over the steel; its control is within `control` metres.

    It hangs from a jib, at the rim of the vat that this reaches, if there is one: from the floor one steps onto it,
    and down it goes into the steel. Where it is put says on which side. `hand` is whose hand moves it now.
    """

    changes = ("lift", "hand")

    platform: Metres = 0.9
    control: Metres = 3.0
    jib: Metres = 6.0
    summit: Metres = 3.0
    bottom: Annotated[float, "m", Interval(ge=-MOST, le=0.0)] = -1.5
    winding: MetresPerSecond = 0.3
    lift: Annotated[float, "m", Interval(ge=-MOST, le=MOST)] = HIGHEST
    hand: Name | None = None


@mechanic
class Hoists(Rules):
    """A platform goes up and down under a hand, and stands still when that lets go."""

    order = 47
    components = (Hoist,)
    intents = (WorkHoist,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._held: list[tuple[Entity, Entity, bool, str]] = []
        # Who was lowered to the steel and is still there, by stream: said once for each way down.
        self._lowered: set[int] = set()

    def hinders(self, actor: Entity, intent: Intent) -> str | None:
        if intent.channel != "legs" or isinstance(intent, Face):
            return None
        for entity, hoist in self.world.having(Hoist):
            if hoist.lift < hoist.summit - AT_THE_TOP and self._on(entity, hoist, actor):
                return "the platform is in the air"
        return None

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, WorkHoist)
        entity = self.world.whom(actor, intent.hoist)
        hoist = entity.get(Hoist) if entity is not None else None
        if entity is None or hoist is None:
            return "there is no such hoist in sight"
        if actor.position.distance(entity.position) > hoist.control:
            return "its control is out of reach"
        self._held.append((actor, entity, intent.down, cause))
        return None

    def apply(self) -> None:
        held, self._held = self._held, []
        for entity, hoist in self.world.having(Hoist):
            hands = [(actor, down, cause) for actor, one, down, cause in held if one is entity and awake(actor)]
            causes: list[int | str] = []
            hoist.hand = None
            if hands:
                actor, down, cause = self.world.lot("whose hand", hands)
                hoist.hand = Name(actor.id)
                causes = [cause]
                metres = hoist.winding * self.world.dt
                hoist.lift = max(hoist.bottom, hoist.lift - metres) if down else min(hoist.summit, hoist.lift + metres)
            self._carry(entity, hoist, causes)

    def _carry(self, entity: Entity, hoist: Hoist, causes: list[int | str]) -> None:
        melting = self.world.rules(Melting)
        found = touched(self.world, entity.position)
        x, reach = entity.position.x, hoist.platform
        # Most are out of the question by one coordinate.
        for rider in [rider for rider, _ in self.world.having(Mover) if abs(rider.position.x - x) <= reach]:
            warmth = rider.get(Warmth)
            if warmth is None:
                continue
            if not self._on(entity, hoist, rider):
                continue
            if hoist.lift < hoist.summit - AT_THE_TOP:
                # In the air one holds on to the chain, which is in the middle.
                rider.position = along(rider.position, entity.position, hoist.winding * self.world.dt)
            warmth.afloat = max(0.0, hoist.lift)
            if hoist.lift > 0.0:
                warmth.within = None
                self._lowered.discard(rider.stream)
            elif found is not None and rider.stream not in self._lowered and hoist.hand is not None:
                self._lowered.add(rider.stream)
                event = self.world.emit(LOWERED, "the hoist", causes, who=rider.id, by=hoist.hand)
                hand = self.world.entity(hoist.hand)
                if melting is not None and hand is not None:
                    melting.put(rider, found[0], hand, event)

    def _on(self, entity: Entity, hoist: Hoist, rider: Entity) -> bool:
        """Whether somebody stands on the platform: whoever fell into the steel beneath it does not."""
        warmth = rider.get(Warmth)
        fell = warmth is not None and warmth.within is not None and rider.stream not in self._lowered
        return not fell and rider.position.distance(entity.position) <= hoist.platform

    def pass_time(self) -> None:
        # Whoever stepped off stands on the ground again.
        for rider, warmth in self.world.having(Warmth):
            if warmth.afloat <= 0.0 or rider.get(Mover) is None:
                continue
            if not any(self._on(entity, hoist, rider) for entity, hoist in self.world.having(Hoist)):
                warmth.afloat = 0.0

    def perceive(self) -> None:
        # What it hangs over can move and spread; a platform in the middle of it, or beside it, would be of no use.
        for entity, hoist in self.world.having(Hoist):
            hoist.lift = min(hoist.lift, hoist.summit)
            for vat, _ in self.world.having(Vat):
                source = vat.get(Source)
                away = vat.position.distance(entity.position)
                if source is not None and 0.0 < away <= source.pool + hoist.jib:
                    entity.position = _at(entity.position, vat.position, source.pool - hoist.platform * OVERHANG, away)
                    break

    def snapshot(self) -> Mapping[str, Any]:
        return {"lowered": sorted(self._lowered)}

    def restore(self, data: Mapping[str, Any]) -> None:
        self._lowered = set(data["lowered"])


def _at(here: Point, middle: Point, right: float, away: float) -> Point:
    """The point in the same direction from a middle, `right` metres away instead of `away`, to the millimetre."""
    if abs(away - right) <= EXACT:
        return here
    share = right / away
    return Point(
        round(middle.x + (here.x - middle.x) * share, 3),
        round(middle.y + (here.y - middle.y) * share, 3),
    )
