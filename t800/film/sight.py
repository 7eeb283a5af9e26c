"""Eyes: who notices whom, and by what name they keep them apart.

A track is a name of the observer's own making, and breaks when sight is lost: to know somebody again is the
agent's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from t800.film.bodies import Appearance, awake
from t800.film.events import NOTICED
from t800.film.heat import Warmth, dissolved
from t800.film.slumber import asleep
from t800.film.supply import powered
from t800.registry import mechanic
from t800.spec.quantity import Metres, PerSecond
from t800.spec.world import component
from t800.world.attention import Attention
from t800.world.crowd import Crowd
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["Eyes", "Sight", "seen_by"]

HALF_AS_LIKELY = 20.0
"""Metres at which something new is noticed half as soon as close by."""


@component
class Eyes:
    """Sees so far ahead, so far behind its back, and notices what is new so many times a second, close by.

    `infrared` eyes see whether a body is warm.
    """

    ahead: Metres = 60.0
    behind: Metres = 3.0
    noticing: PerSecond = 4.0
    infrared: bool = False


@mechanic
class Sight(Rules):
    """Whoever has eyes comes to notice who is in view."""

    order = 80
    components = (Eyes,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        # Per observer: the track of everybody in sight, by id, and how many tracks there have been.
        self._tracks: dict[str, dict[str, str]] = {}
        self._made: dict[str, int] = {}
        # Of whom nothing is left that could be seen, by stream.
        self._gone: set[int] = set()
        # All that have eyes as they were given last, with how they attend; and all that could be seen, unless somebody
        # has dissolved.
        self._eyes: tuple[tuple[Entity, Eyes], ...] = ()
        self._observers: list[tuple[Entity, Eyes, Attention | None]] = []
        self._crowd: Crowd | None = None

    def tracks(self, observer: Entity) -> Mapping[str, str]:
        """The tracks of all that this observer sees, by id."""
        return self._tracks.get(observer.id, {})

    def whom(self, observer: Entity, track: str | None) -> Entity | None:
        """Who is behind a track of this observer; None if sight was lost, or there never was one."""
        for entity_id, name in self._tracks.get(observer.id, {}).items():
            if name == track:
                return self.world.entity(entity_id)
        return None

    def watched(self, body: Entity) -> bool:
        """Whether anybody else sees this body."""
        return any(body.id in tracks for who, tracks in self._tracks.items() if who != body.id)

    def perceive(self) -> None:
        crowd = self._look()
        for observer, eyes, attention in self._observers:
            if attention is not None and (attention.dormant or attention.due != 0):
                if attention.dormant and self._tracks.get(observer.id):
                    self._tracks[observer.id] = {}
                continue
            before = self._tracks.get(observer.id, {})
            now: dict[str, str] = {}
            if awake(observer) and powered(observer) and not asleep(observer):
                here, facing = observer.position, observer.facing
                x, y, far = here.x, here.y, eyes.ahead
                east_of, north_of, behind = facing.x, facing.y, eyes.behind
                # Most are out of the question by their coordinates.
                west, east, south, north = x - far - 1.0, x + far + 1.0, y - far - 1.0, y + far + 1.0
                for other, dx, dy in [
                    (e, at_x - x, at_y - y)
                    for e, at_x, at_y in crowd.near(here)
                    if west <= at_x <= east and south <= at_y <= north
                ]:
                    if other is observer:
                        continue
                    reach = far if dx * east_of + dy * north_of >= 0.0 else behind
                    if dx * dx + dy * dy > reach * reach or not self.world.in_view(observer, other):
                        continue
                    track = before.get(other.id) or self._notice(observer, eyes, other)
                    if track is not None:
                        now[other.id] = track
            self._tracks[observer.id] = now

    def _look(self) -> Crowd:
        """All that could be seen by anybody, and where it is: looked at once for all observers."""
        found = self.world.having(Eyes)
        reach = max([eyes.ahead for _, eyes in found], default=0.0) + 1.0
        if found is not self._eyes or self._crowd is None or self._crowd.reach != reach:
            self._eyes = found
            self._observers = [(observer, eyes, observer.get(Attention)) for observer, eyes in found]
            shown = [entity for entity, _ in self.world.having(Appearance) if entity.stream not in self._gone]
            self._crowd = Crowd(shown, reach)
        crowd = self._crowd
        crowd.look()
        # Whoever dissolves is seen to: the last of them is in view once more.
        gone = {e.stream for e, warmth in self.world.having(Warmth) if warmth.within is not None and dissolved(e)}
        if gone != self._gone:
            self._gone, self._crowd = gone, None
        return crowd

    def perceives(self, observer: Entity, other: Entity) -> bool:
        # Heads turn: what is behind now may be before one in a moment.
        eyes = observer.get(Eyes)
        if eyes is None or other.get(Appearance) is None or not (awake(observer) and powered(observer)):
            return False
        near = observer.position.distance(other.position) <= max(eyes.ahead, eyes.behind)
        return near and self.world.in_view(observer, other)

    def _notice(self, observer: Entity, eyes: Eyes, other: Entity) -> str | None:
        far = observer.position.distance(other.position) / HALF_AS_LIKELY
        attention = observer.get(Attention)
        glances = attention.every if attention is not None else 1
        chance = min(1.0, eyes.noticing * self.world.dt * glances / (1.0 + far * far))
        # A stream for each pair: taking somebody out of a run leaves what others notice as it was.
        if not self.world.chance(observer, f"notice {other.stream}").chance(chance):
            return None
        number = self._made.get(observer.id, 0) + 1
        self._made[observer.id] = number
        causes = [self.world.arrived[who.id] for who in (observer, other) if who.id in self.world.arrived]
        self.world.emit(NOTICED, "noticing", causes, by=observer.id, whom=other.id)
        return f"seen_{number}"

    def snapshot(self) -> Mapping[str, Any]:
        return {
            "tracks": {who: dict(tracks) for who, tracks in self._tracks.items()},
            "made": dict(self._made),
            "gone": sorted(self._gone),
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        self._tracks = {who: dict(tracks) for who, tracks in data["tracks"].items()}
        self._made = dict(data["made"])
        self._gone = set(data["gone"])
        self._crowd = None


def seen_by(world: Kernel, observer: Entity, track: str | None) -> Entity | None:
    """Who is behind a track, in a world that may have no sight at all."""
    sight = world.rules(Sight)
    return sight.whom(observer, track) if sight is not None else None
