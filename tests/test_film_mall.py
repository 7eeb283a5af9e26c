"""Chapter 1, as it is shipped: what happens, and that it happens for reasons."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from minds import scene, shipped

from t800.core import Event
from t800.film.records import Order, Ride, Sighting
from t800.simulation.opening import open_scenario
from t800.simulation.result import Result
from t800.simulation.runner import run
from t800.types import Point
from t800.world.driving import Mount


@lru_cache
def story(*without: str, settings: tuple[str, ...] = ()) -> tuple[Result, tuple[Event, ...]]:
    """The shipped seed, with what happened."""
    events: list[Event] = []
    result = run(
        open_scenario("mall", overrides=settings, without=without), on_tick=lambda moment: events.extend(moment.events)
    )
    return result, tuple(events)


def ends(events: tuple[Event, ...], start: int) -> tuple[set[str], set[str]]:
    """Where the causes of an event end: in events without a cause, and in nodes that decided."""
    by_number = {event.id: event for event in events}
    first: set[str] = set()
    minds: set[str] = set()
    waiting = [start]
    while waiting:
        event = by_number[waiting.pop()]
        if not event.causes:
            first.add(event.kind)
        for cause in event.causes:
            if isinstance(cause, str):
                minds.add(cause)
            else:
                assert cause < event.id, "a cause comes before what it causes"
                waiting.append(cause)
    return first, minds


def test_the_shipped_seed_passes_without_a_fault() -> None:
    result, _ = story()
    assert (result.outcome, result.faults) == ("passed", 0)
    assert result.final["john"]["vehicle"] == result.final["t800"]["vehicle"] is not None


def test_every_event_has_a_rule_and_its_causes_go_back_to_an_arrival_or_a_decision() -> None:
    _, events = story()
    for event in events:
        assert event.rule
        first, minds = ends(events, event.id)
        assert first <= {"Arrived"}, event
        assert first or minds, event


def test_every_turn_is_caused_by_somebodys_decision_or_by_who_arrived() -> None:
    result, events = story()
    # Who is hit by a bullet and who finds a car in time is a matter of luck.
    assert all(verdict.held for name, verdict in result.turns.items() if name not in ("shielded", "driven_after"))
    worn = next(event for event in events if event.kind == "LookTaken")
    assert ends(events, worn.id) == (set(), {"t1000:disguise/copy/take_look"})
    told = next(event for event in events if event.kind == "Told" and event.fields["to"] == "t1000")
    assert len(ends(events, told.id)[1]) == 1


def test_without_anybody_to_protect_him_john_dies() -> None:
    result, events = story("t800:protect")
    assert result.outcome == "failed"
    killed = [event for event in events if event.kind == "Killed" and event.fields["who"] == "john"]
    assert [event.fields["by"] for event in killed] == ["t1000"]


def test_with_nobody_after_him_john_lives() -> None:
    result, _ = story("t800:protect", "t1000:hunt", settings=("limit=150",))
    assert result.final["john"]["alive"] is True
    assert result.final["john"]["structure"] == 1.2


@pytest.mark.parametrize(
    ("parent", "look", "voice"),
    [("foster_mother", "woman_in_cardigan", "shrill"), ("foster_father", "man_in_undershirt", "grumbling")],
)
@pytest.mark.parametrize("heard", [False, True])
def test_foster_parents_can_be_killed_and_worn(parent: str, look: str, voice: str, *, heard: bool) -> None:
    result, events = story(
        settings=(
            "agents.t1000.at=house",
            f"agents.t1000.blackboard.wanted={look}",
            "limit=20",
            *([f"t1000.voices=[{voice}]"] if heard else []),
        )
    )
    assert [e.fields["who"] for e in events if e.kind == "Killed"][:1] == [parent]
    assert [e.fields["of"] for e in events if e.kind == "LookTaken"] == [parent]
    worn = result.final["t1000"]
    assert (worn["look"], worn["voice"]) == (look, voice if heard else "flat")


def test_what_was_heard_of_them_is_kept() -> None:
    result, events = story()
    told = {event.fields["by"] for event in events if event.kind == "Told" and event.fields["to"] == "t1000"}
    spoke = {result.final[who]["voice"] for who in told}
    assert spoke
    assert spoke <= set(result.final["t1000"]["voices"])
    # Nobody hears a man who was dead before he spoke.
    assert result.final["t1000"]["look"] == "policeman"
    assert result.final["t1000"]["voice"] == "flat"


def test_few_of_them_think_at_once() -> None:
    spec = open_scenario("mall")
    thinking = []
    result = run(spec, on_tick=lambda moment: thinking.append(len(moment.ticks)))
    assert sum(thinking) / len(thinking) <= 10
    # Only the drive away, at its end, is passed over.
    assert result.time - 15.0 < result.played < result.time


@pytest.mark.parametrize(
    ("away", "posture", "mounts"),
    [(3.0, "upright", False), (3.0, "down", True), (6.0, "upright", True), (200.0, "upright", True)],
    ids=["at their heels", "down", "far", "nobody feared"],
)
def test_nobody_gets_on_with_the_enemy_at_their_heels(away: float, posture: Any, *, mounts: bool) -> None:
    done = Order("said_1", "lead", "john", "boyish", None, None, "done")
    agent = shipped("mall", "t800", dangerous=(("policeman",) if away < 100.0 else (), 0), order=(done, 0))
    boy = Sighting("seen_1", "boy_in_army_jacket", Point(2.0, 0.0), "hall", 2.0, "upright", "still", False)
    enemy = Sighting("seen_2", "policeman", Point(-away, 0.0), "hall", away, posture, "still", False)
    bike = Ride("seen_3", "motorcycle", Point(1.0, 1.0), 1.4, 0, 2)
    tick = agent.tick(replace(scene(sightings=(boy, enemy)), rides=(bike,)))
    assert (Mount("seen_3") in [ask.intent for ask in tick.asks if ask.fate.outcome == "granted"]) == mounts
