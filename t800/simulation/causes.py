"""Why an event happened: its rule and its causes, back to arrivals, nodes that asked, and dice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from t800.core import Event
from t800.errors import UsageError, closest, shorten
from t800.simulation.why import Answer, why_node
from t800.simulation.witness import Rerun
from t800.spec.scenario import ScenarioSpec

__all__ = ["Link", "why_event"]


@dataclass(frozen=True, slots=True)
class Link:
    """One cause: an event, or why a node asked for what made it. `depth` counts from the event in question.

    `draws` are dice that were cast in its tick by those whom it names: `t800 aim`, `world lot`.
    `again` marks an event that stands further up already, with its own causes.
    """

    depth: int
    time: float
    event: Event | None = None
    node: Answer | None = None
    draws: tuple[str, ...] = ()
    again: bool = False

    def to_json(self) -> dict[str, Any]:
        """As JSON data."""
        data: dict[str, Any] = {"depth": self.depth, "time": self.time, "draws": list(self.draws)}
        if self.event is not None:
            event = self.event
            data["event"] = {
                "id": event.id,
                "tick": event.tick,
                "kind": event.kind,
                "fields": dict(event.fields),
                "rule": event.rule,
                "causes": list(event.causes),
            }
        if self.node is not None:
            data["node"] = self.node.to_json()
        return data


def why_event(trace: str | Path, question: str, scenario: ScenarioSpec | None = None) -> list[Link]:
    """The causes of the events that `KIND@TICK`, `KIND#ID` or `#ID` means, each followed by its own.

        for link in why_event("corridor.jsonl", "Arrived@6.0s"):
            print("  " * link.depth, link.event and link.event.kind, link.node and link.node.node)

    UsageError with what there is, if there is no such event; else as `Rerun`.
    """
    again = Rerun(trace, scenario)
    events: dict[int, Event] = {}
    asked: dict[str, list[int]] = {}
    for moment in again.moments():
        events |= {event.id: event for event in moment.events}
        for agent, tick in moment.ticks.items():
            for ask in tick.asks:
                asked.setdefault(f"{agent}:{ask.node}", []).append(moment.number)
    links: list[Link] = []
    waiting: list[tuple[int, Event | str, int]] = [(0, event, event.tick) for event in _meant(question, events, again)]
    known: set[int] = set()
    while waiting:
        depth, cause, number = waiting.pop(0)
        if isinstance(cause, str):
            # What flies for a while was asked for earlier than it hits.
            number = max((tick for tick in asked.get(cause, ()) if tick <= number), default=number)
            agent, _, node = cause.partition(":")
            links.append(Link(depth, again.time(number), node=why_node(trace, agent, node, number, again.scenario)))
            continue
        links.append(Link(depth, again.time(cause.tick), cause, again=cause.id in known))
        if cause.id not in known:
            known.add(cause.id)
            found = [events[each] if isinstance(each, int) else each for each in cause.causes]
            waiting = [(depth + 1, each, cause.tick) for each in found] + waiting
    return _with_draws(links, trace, again)


def _meant(question: str, events: Mapping[int, Event], again: Rerun) -> list[Event]:
    kind, hash_, number = question.partition("#")
    if hash_:
        event = events.get(int(number)) if number.isdecimal() else None
        if event is None or kind not in ("", event.kind):
            is_ = f": that is {event.kind}" if event is not None else f"; there are #0 to #{len(events) - 1}"
            raise UsageError(f"the trace has no event {shorten(question)}{is_}")
        return [event]
    kind, _, when = question.rpartition("@")
    kinds = sorted({event.kind for event in events.values()})
    if kind not in kinds:
        if kind in again.witnesses:
            raise UsageError(f"{kind} is an agent: {kind}:NODE@TICK asks about one of its nodes")
        near = closest(kind, kinds)
        way = f"did you mean {near!r}?" if near else f"there is: {', '.join(kinds) or 'nothing'}"
        raise UsageError(f"nothing of kind {shorten(kind)} happens in this trace; {way}")
    tick = again.tick(when)
    found = [event for event in events.values() if event.kind == kind and event.tick == tick]
    if not found:
        ticks = dict.fromkeys(event.tick for event in events.values() if event.kind == kind)
        near_ones = sorted(sorted(ticks, key=lambda each: abs(each - tick))[:8])
        raise UsageError(f"there is no {kind} in tick {tick}; there is in {', '.join(map(str, near_ones))}")
    return found


def _with_draws(links: list[Link], trace: str | Path, first: Rerun) -> list[Link]:
    """The same with the dice that were cast in their ticks."""
    again = Rerun(trace, first.scenario)
    streams = {use.participant.stream: use.participant.id for use in again.scenario.agents} | {0: "the world"}
    ticks = {_tick_of(link) for link in links}
    cast: dict[int, list[tuple[str, str]]] = {}
    number = 0
    while number <= max(ticks):
        wanted = number in ticks
        before = _dice(again, streams) if wanted else {}
        for _ in again.moments(until=number):
            pass
        if wanted:
            cast[number] = [who for who, count in _dice(again, streams).items() if before.get(who, 0) != count]
        number += 1
    found = []
    for link in links:
        names = {link.node.agent} if link.node is not None else {"the world"}
        if link.event is not None:
            names |= {value for value in link.event.fields.values() if isinstance(value, str)}
        draws = tuple(f"{who} {purpose}" for who, purpose in cast[_tick_of(link)] if who in names)
        found.append(Link(link.depth, link.time, link.event, link.node, draws, link.again))
    return found


def _tick_of(link: Link) -> int:
    if link.node is not None:
        return link.node.tick
    assert link.event is not None
    return link.event.tick


def _dice(again: Rerun, streams: Mapping[int, str]) -> dict[tuple[str, str], int]:
    """How often everybody has drawn, by name and purpose: the world's dice about somebody, and an agent's own."""
    found = {
        (streams.get(stream, f"stream {stream}"), purpose): count
        for stream, purpose, count in again.simulation.world.snapshot()["streams"]
    }
    for name, witness in again.witnesses.items():
        found |= {(name, purpose): count for purpose, count in witness.draws.items()}
    return found
