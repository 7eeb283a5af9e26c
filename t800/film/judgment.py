"""Judgment Day: which routes to Skynet are open, what closed the others, and what comes of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from t800.film.bodies import Machine, awake
from t800.film.events import BUILT, DESTROYED, JUDGMENT_DAY, KILLED, MISSILES_GIVEN, ROUTE_CLOSED
from t800.film.heat import dissolved
from t800.registry import mechanic
from t800.spec.world import component
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.lapses import Allegiance
from t800.world.mechanic import Rules

__all__ = ["FROM_THE_START", "Hope", "Judgment", "Remains", "Verdict"]

ENDS = (DESTROYED.name, KILLED.name)
"""The events that end somebody or something, under whose `what` or `who` that stands."""

FROM_THE_START = -1


@component
class Remains:
    """Something from which Skynet can be built: a `route` leads over it, as long as anything of that route is left.

    Some also need somebody or something of a kind: `needs` names it, and who is of that kind `counts_as` it. What is
    `lasting` is still there when its body is broken: only melting ends it.
    """

    counts_as: str = ""
    route: str = ""
    needs: str = ""
    lasting: bool = False


@component
class Hope:
    """Will lead the Resistance one day, if they live."""

    leads: bool = True


@component
class Verdict:
    """How it stands: the routes that are open, those that were closed, each by an event (-1: it was so at the start),
    and whether the Resistance has its leader. It is `given` once, when nothing can change it any more.
    """

    changes = ("averted", "ways_open", "ways_closed", "closed_by", "leader", "given")

    serves: str = "skynet"
    date: str = "1997-08-29"
    averted: bool = False
    ways_open: tuple[str, ...] = ()
    ways_closed: tuple[str, ...] = ()
    closed_by: tuple[int, ...] = ()
    leader: bool = False
    given: bool = False


@mechanic
class Judgment(Rules):
    """Any open route → it is built → it is given the missiles → Judgment Day.

    The verdict is given as soon as no route is open, or nobody is left who could close one; else when the run's time
    is over. It is not given while somebody is still to arrive.
    """

    order = 96  # after lapses, which may pass over the rest of the time
    components = (Remains, Hope, Verdict)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        # What there was to count when all was counted last, and what came of it: mostly the same as now.
        self._counted: tuple[Any, ...] = ()

    def pass_time(self) -> None:
        for _, verdict in self.world.having(Verdict):
            self._count(verdict)
            if verdict.given or self.world.arrival is not None or not (verdict.ways_closed or verdict.ways_open):
                continue
            if not verdict.ways_open or not self._opposed(verdict):
                self._give(verdict)

    def leap(self) -> int:
        horizon = self.world.horizon
        if horizon is not None and self.world.tick + 1 + self.world.passed >= horizon:
            for _, verdict in self.world.having(Verdict):
                if not verdict.given:
                    self._give(verdict)
        return 0

    def _count(self, verdict: Verdict) -> None:
        """See which routes are open, and note what closed those that no longer are."""
        remains = [(p.route, p.needs, p.counts_as, _gone(entity, p)) for entity, p in self.world.having(Remains)]
        if (remains, verdict.ways_open, verdict.ways_closed, verdict.closed_by) != self._counted:
            self._tell_open(verdict, remains)
            self._counted = (remains, verdict.ways_open, verdict.ways_closed, verdict.closed_by)
        verdict.averted = not verdict.ways_open
        verdict.leader = any(hope.leads and awake(entity) for entity, hope in self.world.having(Hope))

    def _tell_open(self, verdict: Verdict, remains: Sequence[tuple[str, str, str, bool]]) -> None:
        """Tell the open routes from the others by all that they lead over: the route, what that needs and what it
        counts as, and whether it is gone."""
        left = {kind for _, _, kind, gone in remains if kind and not gone}
        routes = list(dict.fromkeys(route for route, _, _, _ in remains if route))
        still = {route for route, needs, _, gone in remains if route and not gone and (not needs or needs in left)}
        known = dict(zip(verdict.ways_closed, verdict.closed_by, strict=True))
        for route in routes:
            if route in still or route in known:
                continue
            event = self._end(route) if route in verdict.ways_open else None
            known[route] = FROM_THE_START if event is None else event
            if event is not None:
                self.world.emit(ROUTE_CLOSED, "nothing is left of it", [event], route=route)
        for reopened in known.keys() & still:
            del known[reopened]
        verdict.ways_open = tuple(route for route in routes if route in still)
        verdict.ways_closed = tuple(route for route in routes if route in known)
        verdict.closed_by = tuple(known[route] for route in verdict.ways_closed)

    def _end(self, route: str) -> int | None:
        """The event of this tick that closed a route: the last that ended anything that it leads over, or needs."""
        parts = self.world.having(Remains)
        needed = {part.needs for _, part in parts if part.route == route and part.needs}
        over = {entity.id for entity, part in parts if part.route == route or part.counts_as in needed}
        found = None
        for event in self.world.reported:
            if event.kind in ENDS and event.fields.get("what", event.fields.get("who")) in over:
                found = event.id
        return found

    def _opposed(self, verdict: Verdict) -> bool:
        """Whether anybody is left who is on another side than Skynet's."""
        for agent, side in self.world.having(Allegiance):
            if side.side and side.side != verdict.serves and agent.id in self.world.arrived and awake(agent):
                return True
        return False

    def _give(self, verdict: Verdict) -> None:
        verdict.given = True
        causes = [event for event in dict.fromkeys(verdict.closed_by) if event != FROM_THE_START]
        if not verdict.averted:
            causes.append(self._strike(verdict))
        self.world.emit(
            JUDGMENT_DAY,
            "routes to Skynet",
            causes or self._first(),
            averted=verdict.averted,
            open=list(verdict.ways_open),
            closed=list(verdict.ways_closed),
            leader=verdict.leader,
            date=None if verdict.averted else verdict.date,
        )

    def _strike(self, verdict: Verdict) -> int:
        """What follows from an open route."""
        built = self.world.emit(BUILT, "an open route", self._first(), over=list(verdict.ways_open))
        return self.world.emit(MISSILES_GIVEN, "it does better than people", [built], to=verdict.serves)

    def _first(self) -> list[int]:
        """The arrivals of all who could have made it otherwise."""
        return [self.world.arrived[agent.id] for agent in self.world.agents]


def _gone(entity: Entity, part: Remains) -> bool:
    """Whether nothing is left of it, or, of somebody living, whether they are dead."""
    if not part.lasting:
        return not awake(entity)
    machine = entity.get(Machine)
    return machine is not None and machine.destroyed and dissolved(entity)
