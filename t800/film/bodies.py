"""Bodies: what they look like, what they stand, whether they live, and how they fall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from t800.core import Intent
from t800.registry import mechanic
from t800.spec.quantity import NOT_NEGATIVE, SHARE, Celsius, Kilograms, Metres, PerSecond, Seconds
from t800.spec.world import component
from t800.types import Point
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.walking import Face

LAST_THOUGHTS = 20
"""Ticks after which a lifeless body has no mind that need be asked."""

__all__ = ["Appearance", "Balance", "Bodies", "Conduct", "Frame", "Living", "Machine", "awake"]


@component
class Appearance:
    """What others see and hear of it. `width` is what stops a bullet; what is of `flesh` is warm, and bleeds."""

    changes = ("look", "voice")

    look: str = "nondescript"
    voice: str = ""
    width: Metres = 0.5
    flesh: bool = True


@component
class Frame:
    """How much a body stands. A hit takes from `structure` what is left of it behind the `armour`.

    `whole` is what it had before anything hit it: what it starts with, if it is not said.
    """

    changes = ("structure",)

    structure: Annotated[float, NOT_NEGATIVE] = 1.0
    whole: Annotated[float, NOT_NEGATIVE] = 0.0
    armour: Annotated[float, "share of a hit stopped", SHARE] = 0.0
    healing: PerSecond = 0.0

    def __post_init__(self) -> None:
        if self.whole <= 0.0:
            # What begins with nothing has lost all of it.
            self.whole = self.structure if self.structure > 0.0 else 1.0


@component
class Living:
    """It lives, until its structure is gone."""

    changes = ("alive",)

    alive: bool = True


@component
class Machine:
    """It does not live, and is destroyed when its structure is gone, unless `only_melts`: then it lies down a while."""

    changes = ("destroyed",)

    destroyed: bool = False
    only_melts: bool = False
    melting_point: Celsius = 1500.0


@component
class Balance:
    """What it takes to throw it. `down` is how long until it is on its feet again, `flung` whether it is in the air.

    `pinned` is for how long somebody still holds it fast.
    """

    changes = ("down", "flung", "pinned")

    mass: Kilograms = 75.0
    down: Seconds = 0.0
    flung: bool = False
    pinned: Seconds = 0.0


@component
class Conduct:
    """What others see it do with its arms."""

    changes = ("activity", "aim")

    activity: str = ""
    aim: Point | None = None


def awake(entity: Entity) -> bool:
    """Whether it can sense and act at all: alive, or not destroyed."""
    get = entity.get  # by itself: asked of everybody by many, and a method that is looked up takes longer
    living, machine = get(Living), get(Machine)
    return (living is None or living.alive) and (machine is None or not machine.destroyed)


@mechanic
class Bodies(Rules):
    """Bodies act while they live and stand, and turn their heads while they lie; wounds close on those that heal."""

    order = 5
    components = (Appearance, Frame, Living, Machine, Balance, Conduct)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        # For how many ticks each body has been lifeless, as long as its mind may still have to take note of that.
        self._gone: dict[str, int] = {}

    def attends(self, actor: Entity) -> bool:
        return self._gone.get(actor.id, 0) < LAST_THOUGHTS

    def rests(self, actor: Entity) -> bool:
        return not self.attends(actor)

    def perceive(self) -> None:
        ended = [entity for entity, living in self.world.having(Living) if not living.alive]
        ended += [entity for entity, machine in self.world.having(Machine) if machine.destroyed]
        for entity in dict.fromkeys(ended):
            if entity.get(Frame) is not None:
                self._gone[entity.id] = self._gone.get(entity.id, 0) + 1

    def snapshot(self) -> Mapping[str, Any]:
        return dict(self._gone)

    def restore(self, data: Mapping[str, Any]) -> None:
        self._gone = dict(data)

    def hinders(self, actor: Entity, intent: Intent) -> str | None:
        if not awake(actor):
            return "it is dead"
        balance = actor.get(Balance)
        if balance is None or intent.channel not in ("legs", "arms"):
            return None
        if balance.down > 0.0 and not isinstance(intent, Face):
            return "it is down"
        return "it is held fast" if balance.pinned > 0.0 else None

    def busy(self) -> bool:
        # Whether those who think of nothing lie or stand is nobody's decision.
        return any(b.down > 0.0 and not self.world.rests(entity) for entity, b in self.world.having(Balance))

    def pass_over(self, ticks: int) -> None:
        self._recover(ticks * self.world.dt)

    def _recover(self, seconds: float) -> None:
        for _, balance in self.world.having(Balance):
            if balance.down > 0.0:
                balance.down = max(0.0, balance.down - seconds)
            if balance.pinned > 0.0:
                balance.pinned = max(0.0, balance.pinned - seconds)

    def pass_time(self) -> None:
        dt = self.world.dt
        self._recover(dt)
        for entity, frame in self.world.having(Frame):
            if frame.healing > 0.0 and frame.structure < frame.whole and awake(entity):
                frame.structure = min(frame.whole, frame.structure + frame.healing * dt)
