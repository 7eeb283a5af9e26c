"""Lapses: time that nothing but drives, sleep, waiting and work would fill is passed over."""

from __future__ import annotations

from typing import ClassVar

from t800.core import Intent, microseconds, ticks
from t800.registry import event, mechanic
from t800.spec.world import component
from t800.types import record
from t800.world.entity import Entity
from t800.world.mechanic import Rules

__all__ = ["LAPSED", "Allegiance", "Lapses", "Occupy", "Stay"]

LAPSED = event(
    "Lapsed", "Nothing but what ends by itself went on, and time passed.", **{"from": float, "to": float, "why": str}
)

SHORTEST = 2.0
"""Seconds that a lapse must pass over to be worth it."""

LOOK = 0.5
"""Seconds after which it is asked again whether two who are opposed could perceive each other."""


@component
class Allegiance:
    """Whose `side` it is on: those of two sides are opposed. Who is on none opposes nobody."""

    side: str = ""


@record
class Occupy(Intent):
    """Be absorbed in something (`sleep`, `work`) until the tick `until`; without one, in the ride that one is on."""

    channel: ClassVar[str] = "attention"
    doing: str
    until: int | None = None


@record
class Stay(Intent):
    """Stand where one is, and wait, until the tick `until`."""

    channel: ClassVar[str] = "legs"
    until: int


@mechanic
class Lapses(Rules):
    """The clock leaps to the next moment at which somebody who is awake has anything to decide.

    It does if all who are awake are at something with a known end, and no two who are opposed could perceive each
    other, now or on the way there.
    """

    order = 95
    components = (Allegiance,)
    intents = (Occupy, Stay)
    lasting = (Occupy, Stay)
    absorbing = (Occupy, Stay)

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        return None

    def ends(self, actor: Entity, intent: Intent) -> tuple[int, str] | None:
        if isinstance(intent, Stay):
            return intent.until, "a wait ends"
        if not isinstance(intent, Occupy) or intent.until is None:
            return None
        return intent.until, f"{intent.doing} ends"

    def leap(self) -> int:
        world = self.world
        found = self._first_end()
        if found is None:
            return 0
        end, why = found
        begin = world.tick + 1
        if world.arrival is not None and world.arrival < end:
            end, why = world.arrival, "somebody arrives"
        if world.horizon is not None and world.horizon < end:
            end, why = world.horizon, "the run is over"
        if end - begin < ticks(SHORTEST, world.dt):
            return 0
        awake = [agent for agent in world.agents if not world.rests(agent)]
        pairs = [(a, b) for i, a in enumerate(awake) for b in awake[i + 1 :] if _opposed(a, b)]
        if self._meet(pairs):
            return 0
        passed = self._pass_over(end - begin, pairs)
        if begin + passed < end:
            why = "two who are opposed come within sight"
        span = {"from": self._seconds(begin), "to": self._seconds(begin + passed)}
        causes = list(dict.fromkeys(cause for actor, _, cause in world.taken if not world.rests(actor)))
        world.emit(LAPSED, "lapse", causes, **span, why=why)
        return passed

    def _first_end(self) -> tuple[int, str] | None:
        """The earliest end of what the wakeful are at; None if one is at nothing, or at what has no known end."""
        world = self.world
        absorbed: set[int] = set()
        for actor, intent, _ in world.taken:
            if isinstance(intent, world.absorbing):
                absorbed.add(actor.stream)
            elif not world.rests(actor):
                # The legs of who is dormant may still be on their way: that is nobody's decision.
                return None
        for agent in world.agents:
            # Who was refused something has that to think about.
            if (agent.stream not in absorbed or agent.refused) and not world.rests(agent):
                return None
        if world.busy:
            return None
        # What the dormant were at when they last thought may be over long since.
        wakeful = [
            (actor, i) for actor, i, _ in world.taken if isinstance(i, world.absorbing) and not world.rests(actor)
        ]
        ends = [world.ends(actor, intent) for actor, intent in wakeful]
        known = [end for end in ends if end is not None]
        # The first of several: those whose streams come first.
        return min(known, key=lambda end: end[0]) if known and len(known) == len(ends) else None

    def _pass_over(self, total: int, pairs: list[tuple[Entity, Entity]]) -> int:
        """Let at most `total` ticks pass, until two of a pair could perceive each other; how many those were."""
        passed, step = 0, ticks(LOOK, self.world.dt) if pairs else total
        while passed < total:
            step = min(step, total - passed)
            before = [entity.position for pair in pairs for entity in pair]
            self.world.pass_over(step)
            passed += step
            after = [entity.position for pair in pairs for entity in pair]
            if all(one is other for one, other in zip(before, after, strict=True)):
                # Who has not moved by now does not before the end.
                step = total
            elif self._meet(pairs):
                break
        return passed

    def _meet(self, pairs: list[tuple[Entity, Entity]]) -> bool:
        return any(self.world.perceives(a, b) or self.world.perceives(b, a) for a, b in pairs)

    def _seconds(self, tick: int) -> float:
        return tick * microseconds(self.world.dt) / 1_000_000


def _opposed(one: Entity, other: Entity) -> bool:
    """Whether two are on sides, and not on the same."""
    mine, theirs = one.get(Allegiance), other.get(Allegiance)
    return mine is not None and theirs is not None and bool(mine.side and theirs.side) and mine.side != theirs.side
