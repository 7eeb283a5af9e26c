"""Chapter 5, as it is shipped: what happens, that it happens for reasons, and what happens without those."""

from __future__ import annotations

import pytest
from test_film_mill import of, roots, story

from t800.core import Event
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Moment, run

SEEDS = (3, 8)
"""Besides the shipped one: seeds with which the chapter has the film's outcome."""

NAME = "cyberdyne"

POLICE = ("trooper_1", "trooper_2", "trooper_3", "deputy_1", "deputy_2")


def test_the_shipped_seed_has_the_films_outcome() -> None:
    result, _ = story(NAME)
    assert (result.outcome, result.faults) == ("passed", 0)
    assert [chapter.outcome for chapter in result.chapters] == ["passed"]
    assert all(verdict.held for verdict in result.turns.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_other_seeds_have_it_too(seed: int) -> None:
    assert story(NAME, seed=seed)[0].outcome == "passed"


def test_every_event_goes_back_to_an_arrival_or_a_decision() -> None:
    _, events = story(NAME)
    by_number = {event.id: event for event in events}
    grounded = {event.id for event in of(events, "Arrived")}
    for event in events:
        assert event.rule
        if any(isinstance(cause, str) or cause in grounded for cause in event.causes):
            grounded.add(event.id)
    assert grounded == set(by_number)


def test_the_turns_have_their_causes() -> None:
    _, events = story(NAME)
    (forced,) = of(events, "Forced")
    assert roots(events, forced.id) == {"t800:force_doors"}
    assert len(of(events, "Taken", by="john")) == 2
    (called,) = of(events, "Called")
    assert roots(events, called.id) == {"watchman:raise_alarm/call_police"}
    for raked in of(events, "Raked"):
        assert roots(events, raked.id) == {"t800:keep_heads_down"}
    wounded = of(events, "Wounded", who="dyson")[0]
    assert all(mind.startswith("trooper_") for mind in roots(events, wounded.id))
    (rigged,) = of(events, "SwitchRigged")
    assert roots(events, rigged.id) == {"dyson:rig_switch/hold_it/hold_over"}
    for what in ("laboratory", "processor", "research"):
        (gone,) = of(events, "Destroyed", what=what)
        assert (gone.fields["by"], gone.fields["in"]) == ("dyson", "lab")
        assert roots(events, gone.id) == {"dyson:rig_switch/hold_it/hold_over"}


def test_it_kills_nobody_and_the_switch_falls_after_it_was_rigged() -> None:
    _, events = story(NAME)
    assert of(events, "Raked", by="t800")
    assert not of(events, "Killed", by="t800")
    (rigged,), (fallen,) = of(events, "SwitchRigged"), of(events, "SwitchReleased")
    assert rigged.tick < fallen.tick
    assert fallen.fields["why"] in ("his grip failed", "he let go", "he died")


@pytest.mark.parametrize("seed", SEEDS)
def test_without_the_dead_mans_switch_the_lab_outlives_him(seed: int) -> None:
    result, events = story(NAME, ("dyson:rig_switch",), ("limit=240",), seed)
    assert of(events, "Wounded", who="dyson")
    assert of(events, "Killed", who="dyson")[0].fields["with"] == "loss of blood"
    assert result.final["laboratory"]["destroyed"] is False
    assert result.final["research"]["destroyed"] is False


def test_without_the_police_he_gives_the_signal_from_outside_and_lives() -> None:
    result, events = story(NAME, ("watchman",), ("limit=200", "agents.dyson.blackboard.muster=apron"))
    assert not of(events, "Called")
    assert roots(events, of(events, "Exploded")[0].id) == {"dyson:fire_from_afar/press_trigger"}
    assert result.final["laboratory"]["destroyed"] is True
    assert result.final["dyson"]["alive"] is True


def test_a_copy_elsewhere_keeps_the_research() -> None:
    result, events = story(NAME, (), ("home_records.destroyed=false",))
    assert of(events, "Destroyed", what="workstation_1")
    assert not of(events, "Destroyed", what="research")
    assert result.final["research"]["destroyed"] is False


def test_with_no_order_to_spare_anybody_it_does_not_fire_over_their_heads() -> None:
    _, events = story(NAME, (), ("agents.t800.blackboard.standing=[]", "limit=110"))
    assert not of(events, "Raked")
    assert of(events, "Killed", by="t800")


def test_those_who_are_down_turn_to_see_which_way_the_armed_ones_go() -> None:
    turned: set[str] = set()
    refused: list[Event] = []

    def look(moment: Moment) -> None:
        lying = {name for name, tick in moment.ticks.items() if tick.mode == "down" and name in POLICE}
        for name in lying:
            asks = [ask for ask in moment.ticks[name].asks if ask.tree == "look_after"]
            turned.update(name for ask in asks if ask.fate.outcome == "granted")
        refused.extend(event for event in of(moment.events, "Refused", what="Face") if event.fields["by"] in lying)

    run(open_scenario(NAME), on_tick=look)
    assert turned
    assert refused == []
