"""Chapter 4, as it is shipped: what happens, that it happens for reasons, and what happens without those."""

from __future__ import annotations

from functools import lru_cache

import pytest

from t800.core import Event
from t800.simulation.opening import open_scenario
from t800.simulation.result import Result
from t800.simulation.runner import run

SEEDS = (2, 7)
"""Besides the shipped one: seeds with which the chapter has the film's outcome."""


@lru_cache
def story(
    without: tuple[str, ...] = (), settings: tuple[str, ...] = (), seed: int | None = None
) -> tuple[Result, tuple[Event, ...]]:
    """A run, with what happened."""
    events: list[Event] = []
    spec = open_scenario("dyson", overrides=settings, without=without)
    result = run(spec, seed=seed, on_tick=lambda moment: events.extend(moment.events))
    return result, tuple(events)


def of(events: tuple[Event, ...], kind: str, **fields: object) -> list[Event]:
    return [event for event in events if event.kind == kind and fields.items() <= event.fields.items()]


def roots(events: tuple[Event, ...], start: int) -> set[str]:
    """The minds that an event goes back to."""
    by_number = {event.id: event for event in events}
    minds: set[str] = set()
    waiting = [start]
    while waiting:
        for cause in by_number[waiting.pop()].causes:
            if isinstance(cause, str):
                minds.add(cause)
            else:
                waiting.append(cause)
    return minds


def test_the_shipped_seed_has_the_films_outcome() -> None:
    result, _ = story()
    assert (result.outcome, result.faults) == ("passed", 0)
    assert [chapter.outcome for chapter in result.chapters] == ["passed"]
    assert all(verdict.held for verdict in result.turns.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_other_seeds_have_it_too(seed: int) -> None:
    result, _ = story(seed=seed)
    assert [chapter.outcome for chapter in result.chapters] == ["passed"]
    assert result.turns["not_to_the_border"].held


def test_every_event_goes_back_to_an_arrival_or_a_decision() -> None:
    _, events = story()
    arrived = {event.id for event in of(events, "Arrived")}
    for event in events:
        assert event.rule
        if event.kind != "Roused":
            assert roots(events, event.id) or set(event.causes) & arrived or event.id in arrived, event


def test_the_turns_have_their_causes() -> None:
    _, events = story()
    (carved,) = of(events, "Carved", who="sarah")
    assert all(mind.startswith("sarah:set_out/") for mind in roots(events, carved.id))
    wounded = of(events, "Wounded", who="dyson")[0]
    assert all(mind.startswith("sarah:hunt_down/") for mind in roots(events, wounded.id))
    drive = of(events, "OrderHeard", who="t800", order="drive")[0]
    assert all(mind.startswith("john:go_after_her/") for mind in roots(events, drive.id))
    (bared,) = of(events, "Bared", who="t800")
    assert all("carry_out" in mind for mind in roots(events, bared.id))
    (named,) = of(events, "Told", topic="home_records", to="t800")
    assert all(mind.startswith("dyson:name_copies/") for mind in roots(events, named.id))


def test_a_dream_comes_before_she_goes_and_most_of_the_night_is_passed_over() -> None:
    result, events = story()
    slept, dreamt = (
        of(events, "FellAsleep", who="sarah")[0],
        of(events, "DreadChanged", who="sarah", why="dreamt what_will_be")[0],
    )
    left = of(events, "Mounted", who="sarah")[0]
    assert slept.tick < dreamt.tick < left.tick
    assert result.played < result.time / 4


def test_the_wounded_man_is_convinced_by_what_he_sees_before_he_speaks() -> None:
    _, events = story()
    (bared,) = of(events, "Bared")
    changes = of(events, "ConvictionChanged", who="dyson")
    first = of(events, "Told", by="dyson")[0]
    assert changes[0].tick >= bared.tick
    assert changes[-1].fields["value"] > 0.55
    assert bared.tick < first.tick


@pytest.mark.parametrize("seed", SEEDS)
def test_without_wife_and_son_she_kills_him(seed: int) -> None:
    _, events = story(("wife", "son"), seed=seed)
    assert of(events, "Killed", who="dyson", by="sarah")


def test_without_the_nightmare_they_cross_the_border_and_nobody_is_shot() -> None:
    result, events = story(("sarah:nightmare",))
    assert of(events, "OrderDone", who="t800", by="sarah", order="drive")
    assert not result.turns["not_to_the_border"].held
    assert not of(events, "Carved")
    assert not of(events, "Fired")


def test_without_what_she_left_he_looks_for_her_at_the_border() -> None:
    result, events = story(("plank_table",))
    assert of(events, "OrderAccepted", who="t800", by="john", order="drive")
    assert not of(events, "Bared")
    assert result.final["t800"]["at"] == "border"


def test_who_never_shows_what_it_is_convinces_nobody() -> None:
    _, events = story((), ("t800.thickness=9000",))
    assert not of(events, "Told", by="dyson")


def test_a_sound_sleeper_is_woken_by_what_he_is_told_from_beside_him() -> None:
    result, events = story(settings=("john.light=x1.1", "enrique.carries=x0.9"))
    (told,) = of(events, "Told", to="john", topic="go_south")
    assert [event.tick for event in of(events, "Woke", who="john")] == [told.tick]
    assert result.outcome == "passed"
