"""Freezing: cold makes liquid metal stiff, then brittle; a blow shatters it; warmth lets the pieces run together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from t800.core import Intent
from t800.film.bodies import Appearance, Balance, Frame
from t800.film.combat import Combat, Hit
from t800.film.events import FROZEN, LOOK_LOST, LOOK_RESUMED, REFORMED, SHATTERED, THAWED
from t800.film.heat import Warmth, touched
from t800.film.tanks import Tanks
from t800.registry import mechanic
from t800.spec.quantity import SHARE, Celsius, Seconds
from t800.spec.world import component
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.walking import Mover

__all__ = ["Freezing", "LiquidMetal"]

RECOVERED = 0.5
"""The share of its structure with which it has a look to spare again."""


@component
class LiquidMetal:
    """Stiff below `stiff`, brittle below `freezes`, soft again above `thaws`; pieces need `gathering` seconds to meet.

    Frozen, as hot as `seethes`, or with no more than `shaken` of its structure left, it cannot keep a look that is
    not its own. `worn` is the look that it takes up again when it can.
    """

    changes = ("frozen", "shattered", "gathered", "worn", "worn_voice")

    stiff: Celsius = 0.0
    freezes: Celsius = -100.0
    thaws: Celsius = 0.0
    gathering: Seconds = 8.0
    seethes: Celsius = 300.0
    shaken: Annotated[float, "share of its structure", SHARE] = 0.1
    own_look: str = "quicksilver"
    own_voice: str = "flat"
    frozen: bool = False
    shattered: bool = False
    gathered: Seconds = 0.0
    worn: str = ""
    worn_voice: str = ""


@mechanic
class Freezing(Rules):
    """What cold, heat and blows do to liquid metal."""

    order = 46
    components = (LiquidMetal,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        # What each piece of liquid metal suffered last, by stream: the cause of what comes of it.
        self._causes: dict[int, int] = {}

    def hinders(self, actor: Entity, intent: Intent) -> str | None:
        metal = actor.get(LiquidMetal)
        if metal is None:
            return None
        if metal.shattered:
            return "it is in pieces"
        return "it is frozen" if metal.frozen else None

    def apply(self) -> None:
        combat = self.world.rules(Combat)
        for hit in combat.landed if combat is not None else ():
            metal = hit.target.get(LiquidMetal)
            if metal is None:
                continue
            self._causes[hit.target.stream] = hit.event
            if metal.frozen and not metal.shattered:
                self._shatter(hit, metal)

    def _shatter(self, hit: Hit, metal: LiquidMetal) -> None:
        metal.shattered, metal.gathered = True, 0.0
        event = self.world.emit(SHATTERED, "a blow on what is brittle", [hit.event], who=hit.target.id, by=hit.by.id)
        self._causes[hit.target.stream] = event
        self.world.sound(hit.target, 40.0, "shatter", cause=event)

    def snapshot(self) -> Mapping[str, Any]:
        return {str(stream): cause for stream, cause in self._causes.items()}

    def restore(self, data: Mapping[str, Any]) -> None:
        self._causes = {int(stream): cause for stream, cause in data.items()}

    def pass_time(self) -> None:
        for entity, metal in self.world.having(LiquidMetal):
            warmth = entity.get(Warmth)
            if warmth is None:
                continue
            self._stiffen(entity, metal, warmth.temperature)
            if metal.shattered:
                self._gather(entity, metal, warmth.temperature)
            elif metal.frozen and warmth.temperature >= metal.thaws:
                metal.frozen = False
                self._causes[entity.stream] = self.world.emit(THAWED, "warmth", self._why(entity), who=entity.id)
            elif not metal.frozen and warmth.temperature <= metal.freezes:
                metal.frozen = True
                self._causes[entity.stream] = self.world.emit(FROZEN, "cold", self._chilled(entity), who=entity.id)
            self._show(entity, metal, warmth.temperature)

    def _gather(self, entity: Entity, metal: LiquidMetal, temperature: float) -> None:
        balance, frame = entity.get(Balance), entity.get(Frame)
        if balance is not None:
            # Pieces lie on the ground.
            balance.down = max(balance.down, 2 * self.world.dt)
        if temperature < metal.thaws:
            return
        metal.gathered += self.world.dt
        if metal.gathered < metal.gathering:
            return
        metal.shattered = metal.frozen = False
        if frame is not None:
            frame.structure = frame.whole
        self._causes[entity.stream] = self.world.emit(REFORMED, "warmth", self._why(entity), who=entity.id)

    def _stiffen(self, entity: Entity, metal: LiquidMetal, temperature: float) -> None:
        mover = entity.get(Mover)
        if mover is None:
            return
        span = metal.stiff - metal.freezes
        share = (temperature - metal.freezes) / span if span > 0.0 else 1.0
        mover.mobility = min(1.0, max(0.0, share))

    def _show(self, entity: Entity, metal: LiquidMetal, temperature: float) -> None:
        """Let it lose a look that it cannot keep, and take it up again when it can."""
        appearance, frame = entity.get(Appearance), entity.get(Frame)
        if appearance is None:
            return
        hurt = frame is not None and frame.structure <= metal.shaken * frame.whole
        unfit = metal.frozen or metal.shattered or hurt or temperature >= metal.seethes
        if unfit and appearance.look != metal.own_look:
            metal.worn, metal.worn_voice = appearance.look, appearance.voice
            appearance.look, appearance.voice = metal.own_look, metal.own_voice
            self.world.emit(LOOK_LOST, "unfit to keep it", self._why(entity), who=entity.id)
        elif not unfit and metal.worn and appearance.look == metal.own_look and self._recovered(frame):
            appearance.look, appearance.voice = metal.worn, metal.worn_voice
            metal.worn = metal.worn_voice = ""
            self.world.emit(LOOK_RESUMED, "fit to keep it", self._why(entity), who=entity.id)

    def _recovered(self, frame: Frame | None) -> bool:
        return frame is None or frame.structure >= RECOVERED * frame.whole

    def _chilled(self, entity: Entity) -> list[int]:
        """What let out the cold that it stands in; else what it suffered last."""
        found, tanks = touched(self.world, entity.position), self.world.rules(Tanks)
        burst = tanks.burst(found[0]) if found is not None and tanks is not None else None
        return self._why(entity) if burst is None else [burst]

    def _why(self, entity: Entity) -> list[int]:
        cause = self._causes.get(entity.stream, self.world.arrived.get(entity.id))
        return [] if cause is None else [cause]
