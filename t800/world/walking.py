"""Walking and running."""

from __future__ import annotations

from typing import Annotated, ClassVar

from t800.core import Intent
from t800.registry import mechanic
from t800.spec.quantity import NOT_NEGATIVE, MetresPerSecond
from t800.spec.world import component
from t800.types import Point, record
from t800.world.entity import Entity
from t800.world.geometry import WallIndex, along
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Face", "GoTo", "MoveTo", "Mover", "Walking"]

GAP = 0.2
"""Metres before a barrier at which a walker comes to stand."""

STANDING = 0.05
"""Metres by which it may be farther from it and still stand at it: positions are rounded."""


@component
class Mover:
    """Can walk and run. `mobility` is the share of its speed that is left."""

    changes = ("mobility", "speed")

    walk: MetresPerSecond = 1.4
    run: MetresPerSecond = 4.0
    mobility: Annotated[float, NOT_NEGATIVE] = 1.0
    speed: MetresPerSecond = 0.0


@record
class MoveTo(Intent):
    """Take this tick's steps towards a point, around walls."""

    channel: ClassVar[str] = "legs"
    place: Point
    run: bool = False


@record
class GoTo(Intent):
    """Take this tick's steps towards a named place, `mall` or `mall.entrance`."""

    channel: ClassVar[str] = "legs"
    place: str
    run: bool = False


@record
class Face(Intent):
    """Stand, and turn towards a point."""

    channel: ClassVar[str] = "legs"
    place: Point


@mechanic
class Walking(Rules):
    """Legs: whoever has them walks around walls, at the speed of its body."""

    order = 10
    components = (Mover,)
    intents = (MoveTo, GoTo, Face)
    lasting = (MoveTo, GoTo, Face)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        # Who walks which way how fast, and where it is to end.
        self._steps: list[tuple[Entity, tuple[Point, ...], float, Point]] = []
        self._turns: list[tuple[Entity, Point]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        mover = actor.get(Mover)
        if mover is None:
            return "it cannot walk"
        if isinstance(intent, Face):
            self._turns.append((actor, intent.place))
            return None
        assert isinstance(intent, MoveTo | GoTo)
        goal = intent.place if isinstance(intent, MoveTo) else self.world.spec.point(intent.place)
        if goal is None:
            return "there is no such place"
        way = self.world.map.way(actor.position, goal)
        if way is None:
            return "there is no way there"
        speed = (mover.run if intent.run else mover.walk) * mover.mobility
        if self.world.barriers is not None and speed > 0.0:
            return self._walk_against(self.world.barriers, actor, way, speed, cause)
        self._steps.append((actor, way, speed, way[-1]))
        return None

    def _walk_against(
        self, barriers: WallIndex, actor: Entity, way: tuple[Point, ...], speed: float, cause: str
    ) -> str | None:
        """Take up a way, as far as the first barrier that this tick's steps lead to. Who stands at it presses it."""
        left = speed * self.world.dt + GAP
        here = actor.position
        for number, point in enumerate(way):
            there = along(here, point, left)
            share = barriers.meets(here, there)
            if share is not None:
                metres = here.distance(there) * share
                spot = along(here, there, max(0.0, metres - GAP))
                if number == 0 and metres < GAP + STANDING:
                    self._turns.append((actor, point))
                    return self.world.press(actor, here, there, cause)
                self._steps.append((actor, (*way[:number], spot), speed, way[-1]))
                return None
            left -= here.distance(point)
            if left <= 0.0:
                break
            here = point
        self._steps.append((actor, way, speed, way[-1]))
        return None

    def apply(self) -> None:
        for _, mover in self.world.having(Mover):
            mover.speed = 0.0
        for actor, way, speed, goal in self._steps:
            self._walk(actor, way, speed)
            if actor.position == goal:
                self.world.settle(actor, (MoveTo, GoTo))
        for actor, point in self._turns:
            self._turn(actor, point)
        self._steps = []
        self._turns = []

    def _walk(self, actor: Entity, way: tuple[Point, ...], speed: float) -> None:
        left = speed * self.world.dt
        start = actor.position
        for point in way:
            here = actor.position
            length = here.distance(point)
            if length > 0.0:
                self._turn(actor, point)
                actor.position = along(here, point, left)
            left -= length
            if left <= 0.0:
                break
        mover = actor.get(Mover)
        assert mover is not None
        mover.speed = start.distance(actor.position) / self.world.dt

    def _turn(self, actor: Entity, point: Point) -> None:
        length = actor.position.distance(point)
        if length > 0.0:
            here = actor.position
            x, y = (point.x - here.x) / length, (point.y - here.y) / length
            actor.face(round(x, 3), round(y, 3))
