"""Melting: molten steel takes whatever gets into its vat. Nobody walks over the rim who does not mean to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from t800.core import Intent
from t800.film.bodies import Appearance, Living, Machine
from t800.film.combat import Combat
from t800.film.events import DESTROYED, KILLED, STEPPED_IN
from t800.film.heat import Source, Vat, Warmth, dissolved, touched
from t800.film.intents import MakeSign, StepInto
from t800.film.items import Item, Thing
from t800.registry import mechanic
from t800.types import Entity as Name
from t800.types import Point
from t800.world.entity import Entity
from t800.world.geometry import SLACK, along
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.walking import Face, Mover

__all__ = ["Melting"]

AT_THE_RIM = 1.5
"""Metres from the rim at which one step leads over it."""

CLEARANCE = 0.1
"""Metres from the rim at which walkers pass it."""

SPLASH = 50.0
"""Metres that it can be heard when something falls into a vat."""

INSIDE = 1.0
"""Metres behind the rim at which somebody comes down who steps over it."""


@mechanic
class Melting(Rules):
    """Who and what is in a vat, how it came there, and what becomes of it."""

    order = 48
    intents = (StepInto,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._steps: list[tuple[Entity, Entity, str]] = []
        # Who put somebody or something into a vat, and the event that did it, by its stream.
        self._put: dict[int, tuple[str, int]] = {}
        # What was gone in the tick that just passed: what those called it who saw it, the vat, and its id.
        self.gone: list[tuple[str, str, str]] = []

    def hinders(self, actor: Entity, intent: Intent) -> str | None:
        warmth = actor.get(Warmth)
        if warmth is None or warmth.within is None:
            return None
        if intent.channel in ("legs", "arms") and not isinstance(intent, Face | MakeSign):
            return "it is in molten steel"
        return None

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, StepInto)
        vat = self.world.whom(actor, intent.vat)
        source = vat.get(Source) if vat is not None else None
        if vat is None or source is None or vat.get(Vat) is None:
            return "there is no such vat in sight"
        if actor.position.distance(vat.position) - source.pool > AT_THE_RIM:
            return "the rim is out of reach"
        self._steps.append((actor, vat, cause))
        return None

    def put(self, entity: Entity, vat: Entity, by: Entity, event: int) -> None:
        """Let something be in a vat from now on; `by` and `event` are for the end that it takes."""
        warmth = entity.get(Warmth)
        if warmth is not None and warmth.within is None:
            warmth.within = Name(vat.id)
            self._put[entity.stream] = (by.id, event)
            self.world.sound(entity, SPLASH, "splash", cause=event)

    def apply(self) -> None:
        combat = self.world.rules(Combat)
        for entity, vat, by, event in combat.over_the_rail if combat is not None else ():
            self.put(entity, vat, by, event)
        for actor, vat, cause in self._steps:
            source = vat.get(Source)
            assert source is not None
            away = actor.position.distance(vat.position)
            actor.position = along(actor.position, vat.position, max(0.0, away - source.pool) + INSIDE)
            event = self.world.emit(STEPPED_IN, "a step over the rim", [cause], who=actor.id, into=vat.id)
            self.put(actor, vat, actor, event)
        self._steps = []
        pools = [(vat.position.x, source.pool) for vat, _ in self.world.having(Vat) if (source := vat.get(Source))]
        if not pools:
            return
        # Most are out of the question by one coordinate.
        low, high = min([x - pool for x, pool in pools]) - SLACK, max([x + pool for x, pool in pools]) + SLACK
        for walker in [walker for walker, _ in self.world.having(Mover) if low <= walker.position.x <= high]:
            if any(abs(walker.position.x - x) < pool for x, pool in pools):
                self._keep_out(walker)

    def _keep_out(self, walker: Entity) -> None:
        """Walkers go round a vat: a step that would lead over the rim ends there."""
        warmth = walker.get(Warmth)
        found = touched(self.world, walker.position)
        if found is None or found[0].get(Vat) is None:
            return
        if warmth is None or warmth.within is not None or warmth.afloat > 0.0:
            return
        vat, source = found
        here, start = walker.position, walker.settled or walker.position
        x, y = start.x - vat.position.x, start.y - vat.position.y
        # As far as the step was, but along the rim, to the side that it leans to.
        side = 1.0 if x * (here.y - start.y) - y * (here.x - start.x) >= 0.0 else -1.0
        out = vat.position.distance(start)
        if out <= 0.0:
            return
        far = start.distance(here) / out * side
        end = Point(start.x - y * far, start.y + x * far)
        share = (source.pool + CLEARANCE) / vat.position.distance(end)
        walker.position = Point(
            vat.position.x + (end.x - vat.position.x) * share, vat.position.y + (end.y - vat.position.y) * share
        )

    def pass_time(self) -> None:
        self.gone = []
        for entity, warmth in self.world.having(Warmth):
            if warmth.within is not None and not dissolved(entity):
                self._melt(entity, warmth)

    def _melt(self, entity: Entity, warmth: Warmth) -> None:
        living, machine = entity.get(Living), entity.get(Machine)
        by, event = self._put.get(entity.stream, (entity.id, None))
        causes = [] if event is None else [event]
        if living is not None and living.alive:
            living.alive = False
            self.world.emit(KILLED, "molten steel", causes, **{"who": entity.id, "by": by, "with": "molten steel"})
        if machine is None or machine.destroyed or warmth.temperature < machine.melting_point:
            return
        machine.destroyed = True
        thing, appearance, item = entity.get(Thing), entity.get(Appearance), entity.get(Item)
        name = thing.called if thing is not None else appearance.look if appearance is not None else ""
        self.gone.append((name, str(warmth.within), entity.id))
        if item is not None:
            item.held_by = None
        vat = str(warmth.within)
        self.world.emit(DESTROYED, "molten steel", causes, **{"what": entity.id, "by": by, "in": vat})

    def snapshot(self) -> Mapping[str, Any]:
        return {
            "put": {str(stream): list(how) for stream, how in self._put.items()},
            "gone": [list(one) for one in self.gone],
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        self._put = {int(stream): (how[0], how[1]) for stream, how in data["put"].items()}
        self.gone = [(one[0], one[1], one[2]) for one in data["gone"]]
