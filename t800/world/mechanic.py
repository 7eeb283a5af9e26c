"""What a mechanic is: a removable part of the world's rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from t800.core import Intent, Observation

if TYPE_CHECKING:
    from t800.types import Point
    from t800.world.entity import Entity
    from t800.world.kernel import Kernel

__all__ = ["Rules"]


class Rules:
    """The base of mechanics: what the kernel calls, in this order, in each step.

        @mechanic
        class Walking(Rules):
            '''Legs.'''
            order = 10
            components = (Mover,)
            intents = (MoveTo,)

            def judge(self, actor, intent, cause):
                if self.world.map.way(actor.position, intent.place) is None:
                    return "no way there"          # refused, with this reason
                self.moves.append((actor, intent))
                return None

    `judge` sees the state at the start of the tick and changes nothing but the mechanic's own list of what is
    to come; `apply` then adds up and applies. Mechanics take turns by their `order`, whatever a file's order is.
    """

    order: ClassVar[int] = 50
    components: ClassVar[tuple[type, ...]] = ()
    intents: ClassVar[tuple[type[Intent], ...]] = ()
    lasting: ClassVar[tuple[type[Intent], ...]] = ()
    """Intents that go on while who asked for them does not think."""
    absorbing: ClassVar[tuple[type[Intent], ...]] = ()
    """Intents for activities that may have a known end; `ends` is asked about no others."""

    def __init__(self, world: Kernel) -> None:
        self.world = world

    def hinders(self, actor: Entity, intent: Intent) -> str | None:
        """Why this actor can do no such thing now (`no power`), or None. Asked of all mechanics, for every intent."""
        return None

    def attends(self, actor: Entity) -> bool:
        """Whether this actor is to think in the coming tick; all mechanics must agree. Asked after `perceive`."""
        return True

    def rests(self, actor: Entity) -> bool:
        """Whether this actor thinks no more until something rouses it; asked of mechanics with an `attends`."""
        return not self.attends(actor)

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        """Take up an intent, or give the reason for refusing it. `cause` is for the events that come of it."""
        raise NotImplementedError

    def press(self, actor: Entity, start: Point, end: Point, cause: str) -> str | None:
        """Take up that somebody walks against what bars the way between two points, or say why it stays.

        Asked of those who bar ways (`Kernel.bar`), on the state at the start of the tick like `judge`.
        """
        return None

    def apply(self) -> None:
        """Carry out what was taken up."""

    def pass_time(self) -> None:
        """What goes on by itself: bleeding, cooling, running down."""

    def ends(self, actor: Entity, intent: Intent) -> tuple[int, str] | None:
        """When what an actor is at with an intent of this tick ends by itself: the tick's number, and what it is.

        None if this mechanic knows of no such end. Asked of all mechanics, after `pass_time` (Lapses).
        """
        return None

    def busy(self) -> bool:
        """Whether something is under way that time must not be passed over for, besides what `ends` tells of."""
        return False

    def perceives(self, observer: Entity, other: Entity) -> bool:
        """Whether one could come to perceive the other where they are, chance left aside."""
        return False

    def pass_over(self, ticks: int) -> None:
        """Let so many ticks pass at once for what `ends` tells of, and for nothing else."""

    def leap(self) -> int:
        """How many ticks the clock leaps over after this one; they were passed over already."""
        return 0

    def perceive(self) -> None:
        """Once a tick, when all has come to rest: who notices what. Events made here belong to the coming tick."""

    def observe(self, actor: Entity) -> Observation | None:
        """What this actor senses; exactly one mechanic of a world answers."""
        return None

    def whom(self, actor: Entity, name: str) -> Entity | None:
        """Who or what an actor means by a name of its own making, if this mechanic gave that name."""
        return None

    def snapshot(self) -> Mapping[str, Any]:
        """What the mechanic remembers beyond components, as JSON data."""
        return {}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take back what `snapshot` gave."""
