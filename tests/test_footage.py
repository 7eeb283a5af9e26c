"""Footage: what it holds of a run is what was there, and the run is the same whoever looks on."""

from dataclasses import replace
from pathlib import Path

import pytest
from test_curve import between

from t800.core import Event
from t800.film.feelings import Stir
from t800.simulation.footage import Footage, deciding, parting
from t800.simulation.gauge import measures
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Simulation, run
from t800.types import Type

SCENARIOS = Path(__file__).parents[1] / "configs" / "scenarios"


def seen_by(values):
    """Who is in sight, and whom each is taken for: by face, or by what has come to be believed of that look."""
    doubts = {belief.look: belief.who for belief in values.get("beliefs") or ()}
    return [(person, doubts.get(person.look) or person.who) for person in values["people"]]


@pytest.fixture(scope="module")
def looked():
    """A run of the corridor: its footage, its result, and what stood in the world and in minds at each tick."""
    spec = open_scenario("corridor")
    footage = Footage(spec)
    worlds, minds, modes = {}, {}, {}

    def look(moment):
        footage.tick(moment)
        worlds[moment.world.tick] = {each.id: (each.position.x, each.position.y) for each in moment.world.present}
        minds[moment.number] = {name: seen_by(moment.agents[name].blackboard.values) for name in moment.ticks}
        modes[moment.number] = {name: tick.mode for name, tick in moment.ticks.items()}

    result = run(spec, on_tick=look)
    return footage, result, worlds, minds, modes


def at(rows, tick):
    """The last of rows that begin with a tick, by then."""
    return [row for row in rows if row[0] <= tick][-1]


def test_looking_on_changes_nothing(looked):
    assert looked[1].sha256 == run("corridor").sha256


def test_everybody_was_where_their_path_says_to_a_decimetre(looked):
    footage, _, worlds, _, _ = looked
    assert len(worlds) == 348
    for tick, world in worlds.items():
        for name, place in world.items():
            assert between(footage.figures[name].path.points, tick) == pytest.approx(place, abs=0.0501)
    kept = sum(len(figure.path.points) for figure in footage.figures.values())
    assert kept < sum(len(world) for world in worlds.values()) / 3


def test_each_mind_was_in_the_mode_that_is_told(looked):
    footage, _, _, _, modes = looked
    for tick, told in modes.items():
        for name, mode in told.items():
            assert at(footage.modes[name], tick)[1] == mode


def test_who_is_in_sight_is_believed_to_be_where_they_are_seen(looked):
    footage, _, worlds, minds, _ = looked
    checked = 0
    for tick, people in minds.items():
        for name, seen in people.items():
            slots = footage.beliefs[name].slots
            known = {
                handle: [each for each in told if each.tick <= tick][-1]
                for (key, handle), told in slots.items()
                if key == "people" and told[0].tick <= tick
            }
            assert {handle for handle, each in known.items() if not each.gone} == {each.track for each, _ in seen}
            for person, who in seen:
                belief = known[person.track]
                assert belief.seen
                assert (belief.label, belief.who) == (person.look, who)
                place = belief.at or worlds[tick][belief.entity]
                assert place == pytest.approx((person.position.x, person.position.y), abs=0.151)
                checked += 1
    assert checked > 300


def test_who_is_out_of_sight_is_remembered_where_they_were(looked):
    footage = looked[0]
    remembered = [
        each
        for beliefs in footage.beliefs.values()
        for (_, handle), told in beliefs.slots.items()
        for each in told
        if handle and not each.seen and not each.gone
    ]
    assert remembered
    assert all(each.at is not None for each in remembered)
    assert any(each.entity == "john" and each.who == "john" for each in remembered)


def test_a_quantity_that_an_event_moved_names_it(looked):
    footage = looked[0]
    gauge = footage.gauges["t800", "structure", False]
    kinds = {event.id: event.kind for event in footage.events}
    assert gauge.changed
    assert any("Damaged" in [kinds[each] for each in by] for _, by in gauge.moves)
    damaged = [event.tick for event in footage.events if event.kind == "Damaged" and event.fields["who"] == "t800"]
    assert {tick - 1 for tick, _ in gauge.moves} <= set(damaged)


def test_an_expectation_is_decided_by_its_events(looked):
    footage, result, _, _, _ = looked
    kinds = {event.id: event for event in footage.events}
    spec = footage.spec
    found = [
        [kinds[each].kind for each in footage.deciding(expected, verdict.tick)]
        for expected, verdict in zip(spec.expect, result.expectations, strict=True)
    ]
    assert found[1] == ["Shielded"]
    assert found[2] == ["OrderHeard", "OrderAccepted", "OrderDone"]


def test_what_comes_last_is_decided_by_the_last_and_a_state_by_the_tick_before():
    spec = open_scenario("goodbye")
    (last,) = [each for each in spec.turns.values() if each.kind == "last_of"]
    signs = [
        Event(number, tick, "Gesture", {"who": "t800", "what": "thumbs_up"}, "") for number, tick in ((3, 5), (8, 9))
    ]
    other = Event(9, 9, "Gesture", {"who": "john", "what": "thumbs_up"}, "")
    assert deciding([*signs, other], last, 9) == [8]
    state = next(each for each in open_scenario("mall").expect if each.kind == "eventually")
    mounted = [Event(tick, tick, "Mounted", {"who": "john"}, "") for tick in (3, 4, 5)]
    assert deciding(mounted, state, 5) == [4]


@pytest.mark.parametrize("name", sorted(path.stem for path in SCENARIOS.glob("*.yaml")))
def test_every_shipped_scenario_can_be_looked_at(name):
    spec = open_scenario(name)
    footage, simulation = Footage(spec), Simulation.of(spec)
    for _ in range(3):
        footage.tick(simulation.step())
    assert footage.played == 3
    assert {owner for owner, _, mind in footage.gauges if mind} <= set(footage.modes)


def test_of_a_list_what_its_text_does_not_tell_apart_is_not_measured():
    stirs = [Stir("met", "trust", 0.1), Stir("met", "dread", 0.2), Stir("told", "trust", 0.3)]
    assert [(name, value) for name, value, _ in measures("stirs", Type.of(list[Stir]), stirs)] == [
        ("stirs[told].by", 0.3)
    ]


def test_a_node_that_made_an_event_is_told_with_what_its_guards_had_read(looked):
    footage = looked[0]
    shot = next(event for event in footage.events if event.kind == "Fired")
    (cause,) = [each for each in shot.causes if isinstance(each, str)]
    asked = footage.reasons[shot.id, cause]
    assert cause == f"{asked.agent}:{asked.node}"
    assert asked.tick <= shot.tick
    assert asked.guards
    assert any(" = " in value for value in asked.values)


def test_two_runs_part_at_the_first_event_that_differs(looked):
    footage = looked[0]
    spec = open_scenario("corridor", without=["t800:protect"])
    other = Footage(spec)
    run(spec, on_tick=other.tick)
    mine, theirs = parting(footage, other)
    place = min(footage.events.index(mine), other.events.index(theirs))
    assert place == 3
    for a, b in zip(footage.events[:place], other.events[:place], strict=True):
        assert (a.tick, a.kind, a.fields) == (b.tick, b.kind, b.fields)
    assert (mine.tick, mine.kind, mine.fields) != (theirs.tick, theirs.kind, theirs.fields)
    assert parting(footage, footage) is None
    longer = Footage(spec)
    longer.events = [*other.events, Event(999, 9999, "Said", {}, "speech")]
    assert parting(other, longer)[0] is None


def test_a_state_that_changes_without_end_is_noise(looked):
    footage = looked[0]
    state = replace(next(iter(footage.states.values())), values=[], noise=False)
    for tick in range(1000):
        state.read(tick, tick % 2 == 0)
    assert state.noise
    assert not state.changed
