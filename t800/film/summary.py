"""What the report of a run says of the film: energy, what they learned, routes to Skynet, Judgment Day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from t800.core import Event
from t800.film.events import JUDGMENT_DAY, RESTARTED, SHUT_DOWN, TOLD
from t800.film.feelings import QUANTITIES
from t800.film.judgment import FROM_THE_START, Verdict
from t800.film.mind import CHANGED, NOTEWORTHY
from t800.film.supply import PowerSupply
from t800.registry import section
from t800.spec.world import component_info
from t800.story import Entry, Story

__all__ = ["energy", "judgment_day", "learned", "routes_to_skynet"]

SUPPLY = frozenset(component_info(PowerSupply).changes)
VERDICT = frozenset(component_info(Verdict).changes)


@section("energy")
def energy(story: Story) -> Iterator[Entry]:
    """What is left to a machine that ran out of current once, or runs on less of it."""
    for who, fields in story.final.items():
        # Worlds of other packs may have energy of another kind.
        if not fields.keys() >= SUPPLY or fields.get("destroyed"):
            continue
        down = story.last(SHUT_DOWN.name, who=who)
        if down is None and fields["power"] == 1.0:
            continue
        up = story.last(RESTARTED.name, who=who)
        if fields["power"] <= 0.0 or fields["standby"]:
            yield Entry(f"{who}: no current reaches its limbs", down.tick if down else None, "no")
            continue
        path = "its main path" if fields["closed"] == 0 else f"path {fields['closed']}"
        text = f"{who}: {fields['energy']:.0f} kJ left, {fields['power']:.0%} of its power by {path}"
        yield Entry(text, up.tick if up else None)


@section("learned")
def learned(story: Story) -> Iterator[Entry]:
    """What was told to somebody, and how their mind stands now compared to the start."""
    for who in story.main:
        before, after = story.before.get(who, {}), story.after.get(who, {})
        told = [event for event in story.events if event.kind == TOLD.name and event.fields["to"] == who]
        topics = dict.fromkeys(event.fields["topic"] for event in told if _is_lore(event, before, after))
        if topics:
            yield Entry(f"{who} was told of {_list([topic.replace('_', ' ') for topic in topics])}", told[-1].tick)
        for quantity in QUANTITIES:
            was, now = before.get(quantity), after.get(quantity)
            if was is None or now is None or abs(now - was) < NOTEWORTHY:
                continue
            event = story.last(CHANGED[quantity].name, who=who)
            why = f": {event.fields['why']}" if event is not None else ""
            yield Entry(f"{who}: {quantity} {was:.2f} to {now:.2f}{why}", event.tick if event is not None else None)


def _is_lore(event: Event, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether somebody was told of a topic that they did not know of; where somebody is, is told too."""
    topic = event.fields["topic"]
    known = [fact.topic for fact in before.get("lore") or ()]
    return topic not in known and topic in [fact.topic for fact in after.get("lore") or ()]


@section("routes to Skynet")
def routes_to_skynet(story: Story) -> Iterator[Entry]:
    """Which are open, and what closed the others."""
    for fields in story.final.values():
        if not fields.keys() >= VERDICT:
            continue
        for route in fields["ways_open"]:
            yield Entry(f"{_words(route)} is open", None, "no")
        for route, number in zip(fields["ways_closed"], fields["closed_by"], strict=True):
            event = story.event(number) if number != FROM_THE_START else None
            if event is None:
                yield Entry(f"{_words(route)} was closed from the start", None, "yes")
            else:
                yield Entry(f"{_words(route)}: {_end(event)}", event.tick, "yes")


@section("Judgment Day")
def judgment_day(story: Story) -> Iterator[Entry]:
    """Whether it still comes, and whether the Resistance has its leader."""
    given = story.last(JUDGMENT_DAY.name)
    for fields in story.final.values():
        if not fields.keys() >= VERDICT:
            continue
        leader = "the Resistance has its leader" if fields["leader"] else "the Resistance has no leader"
        if given is not None:
            day = f"comes on {given.fields['date']}" if given.fields["date"] else "does not come"
            mark = "yes" if fields["averted"] else "no"
            yield Entry(f"it {day}; {leader}", given.tick, mark)  # type: ignore[arg-type]  # one of the literal's
        else:
            count = len(fields["ways_open"])
            ways = f"{count} route{'s are' if count != 1 else ' is'} open"
            yield Entry(f"undecided: {ways} as the run ends; {leader}", None, "open")


def _words(route: str) -> str:
    return route.replace("_", " ")


def _end(event: Event) -> str:
    """What ended somebody or something, in words."""
    fields = event.fields
    if "what" in fields:
        return f"{fields['what']} destroyed by {fields['by']}" + (f" in {fields['in']}" if fields["in"] else "")
    return f"{fields['who']} killed by {fields['by']} with {fields['with']}"


def _list(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
