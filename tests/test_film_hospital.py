"""Chapters 2 and 3: the hospital, and the drive away from it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest
from minds import BODY, scene, shipped

from t800.core import Event
from t800.film.intents import Strike, WorkLoose
from t800.film.records import Sighting
from t800.simulation.opening import open_scenario
from t800.simulation.result import Result
from t800.simulation.runner import Simulation, run
from t800.types import Point

SEEDS = (1, 2, 5)


@lru_cache
def story(
    name: str, seed: int, without: tuple[str, ...] = (), settings: tuple[str, ...] = ()
) -> tuple[Result, list[Event]]:
    events: list[Event] = []
    spec = open_scenario(name, overrides=settings, without=without)
    result = run(spec, seed=seed, on_tick=lambda moment: events.extend(moment.events))
    return result, events


def named(events: list[Event], kind: str, **fields: object) -> list[Event]:
    return [e for e in events if e.kind == kind and all(e.fields.get(key) == value for key, value in fields.items())]


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_hospital_most_runs_go_as_in_the_film(seed: int) -> None:
    result, _ = story("hospital", seed)
    assert (result.outcome, result.faults) == ("passed", 0)
    assert [chapter.outcome for chapter in result.chapters] == ["passed"]
    assert [name for name, verdict in result.turns.items() if not verdict.held] == []


def test_he_infers_that_it_obeys_before_he_commands_anything_of_weight() -> None:
    _, events = story("hospital", 1)
    (posed, *_) = named(events, "OrderDone", who="t800", order="pose")
    first = named(events, "OrderHeard", who="t800", order="spare")[0]
    assert posed.id < first.id


def test_it_warns_of_the_danger_and_goes_when_he_insists() -> None:
    _, events = story("hospital", 1)
    refused = named(events, "OrderRefused", who="t800", order="free")
    assert [event.fields["why"] for event in refused] == ["it would be dangerous for john"]
    accepted = named(events, "OrderAccepted", who="t800", order="free")
    assert refused[0].id < accepted[0].id


def test_his_fear_follows_from_being_told_how_it_hunts() -> None:
    _, events = story("hospital", 1)
    told = named(events, "Told", topic="how_it_hunts", to="john")[0]
    afraid = named(events, "DreadChanged", who="john")[0]
    said = {event.id: event for event in events}[next(cause for cause in told.causes if isinstance(cause, int))]
    assert said.id in afraid.causes
    # Nobody who does not know of it has her freed.
    _, silent = story("hospital", 1, ("john:take_charge",), ("limit=60",))
    assert named(silent, "DreadChanged", who="john") == []
    assert named(silent, "OrderHeard", order="free") == []


@pytest.mark.parametrize("seed", SEEDS)
def test_an_agent_that_obeys_nobody_does_not_go_for_her(seed: int) -> None:
    result, events = story("hospital", seed, ("t800:obey_orders",), ("limit=90",))
    assert named(events, "OrderAccepted", who="t800") == []
    assert result.final["t800"]["at"] == "alley"


@pytest.mark.parametrize("seed", SEEDS)
def test_she_breaks_out_by_herself_with_nobody_coming_for_her(seed: int) -> None:
    simulation = Simulation.of(open_scenario("hospital", without=["t800", "john", "t1000"]), seed)
    events: list[Event] = []
    while simulation.world.tick < 1500:
        events.extend(simulation.step().events)
    assert named(events, "BrokeLoose", who="sarah")
    assert named(events, "Unlocked", who="sarah", what="cell_door")


def test_she_recoils_from_the_face_until_its_deeds_outweigh_the_memory() -> None:
    _, events = story("hospital", 1)
    trust = [event.fields["value"] for event in named(events, "TrustChanged", who="sarah")]
    assert min(trust) < 0.05
    assert max(trust) >= 0.4
    boarded = named(events, "Mounted", who="sarah")[0]
    assert [e.fields["value"] for e in named(events, "TrustChanged", who="sarah") if e.id < boarded.id][-1] >= 0.4


def before_she_is_loose(*settings: str) -> list[Event]:
    simulation = Simulation.of(open_scenario("hospital", overrides=settings), 3)
    events: list[Event] = []
    while simulation.world.tick < 200:
        events.extend(simulation.step().events)
    return events


def test_nobody_believes_her_because_of_what_is_on_her_record() -> None:
    events = before_she_is_loose()
    assert named(events, "Locked", who="doctor", what="cell_door")
    assert named(events, "Freed", who="sarah") == []
    believed = before_she_is_loose("agents.doctor.blackboard.inner=[]")
    assert named(believed, "Freed", who="sarah", by="doctor")
    assert named(believed, "Locked", who="doctor") == []


def test_it_kills_nobody_after_it_was_told_not_to() -> None:
    for seed in SEEDS:
        _, events = story("hospital", seed)
        assert named(events, "Killed", by="t800") == []


def test_on_the_drive_she_is_put_in_charge_and_learns_who_builds_it() -> None:
    result, events = story("briefing", 1995)
    assert (result.outcome, result.faults) == ("passed", 0)
    assert [chapter.outcome for chapter in result.chapters] == ["passed"]
    charged = named(events, "OrderDone", who="t800", by="john", order="obey")[0]
    answered = named(events, "OrderDone", who="t800", by="sarah", order="inform")
    assert charged.id < answered[0].id
    told = named(events, "Told", by="t800", to="sarah")
    assert [event.fields["topic"] for event in told] == [
        "skynets_history",
        "who_builds_it",
    ]


def test_what_she_learns_names_somebody() -> None:
    simulation = Simulation.of(open_scenario("briefing"), 1995)
    while simulation.world.tick < 400:
        simulation.step()
    lore = simulation.agents["sarah"].blackboard.values["lore"]
    assert [fact.about for fact in lore if fact.topic == "who_builds_it"] == ["dyson"]


@pytest.mark.parametrize(("seed", "how"), [(2005, "Freed"), (2021, "BrokeLoose")])
def test_the_watchman_straps_her_in_and_she_gets_out_of_that_too(seed: int, how: str) -> None:
    result, events = story("hospital", seed)
    (bound,) = named(events, "Bound", who="sarah", by="watchman")
    (loose,) = [e for e in named(events, how, who="sarah") if e.tick > bound.tick]
    assert result.outcome == "passed"
    assert [e for e in named(events, "Struck", by="watchman", at="sarah") if bound.tick < e.tick < loose.tick] == []


@pytest.mark.parametrize("riding", [False, True])
def test_he_leaves_her_alone_who_sits_in_a_car(*, riding: bool) -> None:
    her = Sighting("seen_1", "sinewy_woman", Point(1.0, 0.0), "grounds", 1.0, "upright", "still", False, riding=riding)
    asks = shipped("hospital", "watchman").tick(scene(sightings=(her,))).asks
    assert (Strike("seen_1", disable=True) in [ask.intent for ask in asks]) is not riding


@pytest.mark.parametrize("ready", [False, True])
def test_whoever_is_bound_works_loose_also_beside_a_friend(*, ready: bool) -> None:
    her = shipped("hospital", "sarah", friend=("man_in_leather_jacket", 0), ready=(ready, 0))
    asks = her.tick(replace(scene(), body=replace(BODY, bound=True))).asks
    assert WorkLoose() in [ask.intent for ask in asks]
