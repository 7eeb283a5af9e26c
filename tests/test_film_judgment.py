"""Routes to Skynet: which are open, what closes them, when the verdict is given, and what she makes of it herself."""

from __future__ import annotations

from pathlib import Path

import pytest
from foundry import FOUNDRY, track
from worlds import kinds, registry, rooms, run

from t800.core import Event
from t800.errors import ConfigError, UsageError
from t800.film.intents import Fire, Occupy, StepInto, Throw
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Account, Simulation
from t800.spec.world import Participant
from t800.types import Point
from t800.world import Kernel

WORLD = (
    FOUNDRY.replace("melting, perception]", "melting, perception, lapses, judgment]")
    .replace("thing: {called: chip}", "thing: {called: chip}\n    remains:")
    .replace(
        "machine: {melting_point: 1400}", "machine: {melting_point: 1400}\n    remains: {route: machine, lasting: true}"
    )
    .replace("    doc: Somebody.", "    doc: Somebody.\n    remains:\n    allegiance: {side: people}")
    + """
  judgment: {body: future, stream: 110, at: hall.far}
  limb: {body: chip, stream: 111, at: hall.far, held_by: ann, called: limb, route: limb, needs: paper}
  notes: {body: chip, stream: 112, at: hall.tank, called: notes, counts_as: paper, route: work, needs: expert}
  copy: {body: chip, stream: 113, at: hall.tank, held_by: ann, called: copy, counts_as: paper, route: work,
         needs: expert}
"""
).replace("bodies:\n", "bodies:\n  future: {doc: What is to come., verdict: }\n", 1)


def start(*people: Participant, text: str = WORLD, horizon: int | None = None) -> Kernel:
    return Kernel(rooms(text), registry(), people or (ann(), expert()), 1, 0.1, horizon)


def ann(x: float = 20, y: float = 18) -> Participant:
    return Participant("ann", 1, "person", Point(x, y))


def expert(arrives: float = 0.0) -> Participant:
    return Participant("bea", 2, "robot", Point(36, 26), arrives)


def verdict(kernel: Kernel) -> dict[str, object]:
    return {name: kernel.fields("judgment")[name] for name in ("averted", "ways_open", "ways_closed", "given")}


def of(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


WITH_EXPERT = WORLD.replace(
    "  notes:", "  bench: {body: chip, stream: 114, at: hall.tank, counts_as: expert}\n  notes:"
)


def test_a_route_is_open_while_anything_of_it_and_all_that_it_needs_is_left() -> None:
    kernel = start()
    kernel.step({})
    assert verdict(kernel) == {
        "averted": False,
        "ways_open": ["machine", "limb"],
        "ways_closed": ["work"],
        "given": False,
    }
    able = start(text=WITH_EXPERT)
    able.step({})
    assert verdict(able)["ways_open"] == ["machine", "limb", "work"]


def test_what_closes_a_route_is_the_event_that_ended_the_last_of_it() -> None:
    kernel = start()
    events: list[Event] = []
    for thing in ("chip", "limb", "copy"):
        events += run(kernel, 1, ann=Throw(thing, Point(20, 10)))
    events += run(kernel, 60)
    ended = {event.fields["what"]: event.id for event in of(events, "Destroyed")}
    assert ended.keys() == {"chip", "limb", "copy"}
    (closed,) = of(events, "RouteClosed")
    assert (closed.fields, closed.causes) == ({"route": "limb"}, (ended["limb"],))
    assert kernel.fields("judgment")["closed_by"] == [ended["limb"], -1]


def test_a_route_that_needs_others_closes_when_the_last_of_them_is_gone() -> None:
    kernel = start(text=WORLD.replace("at: hall.tank, called: notes", "at: hall.far, held_by: bea, called: notes"))
    events = run(kernel, 1, ann=Throw("copy", Point(20, 10)))
    events += run(kernel, 60)
    assert not of(events, "RouteClosed")
    kernel.entity("bea").position = Point(20, 17)  # type: ignore[union-attr]
    events = run(kernel, 1, bea=Throw("notes", Point(20, 10)))
    events += run(kernel, 60)
    (closed,) = of(events, "RouteClosed")
    (end,) = of(events, "Destroyed")
    assert (closed.fields["route"], closed.causes, end.fields["what"]) == ("limb", (end.id,), "notes")


def test_a_broken_machine_still_has_its_chip_and_a_molten_one_has_not() -> None:
    kernel = start(text=WORLD.replace("frame: {structure: 10.0, whole: 10.0}", "frame: {structure: 0.5, whole: 0.5}"))
    events: list[Event] = []
    for _ in range(4):
        events += run(kernel, 8, ann=Fire(track(kernel, "ann", "robot")) if not of(events, "Destroyed") else None)
    assert kernel.fields("bea")["destroyed"]
    assert "machine" in kernel.fields("judgment")["ways_open"]

    kernel = start(Participant("bea", 2, "robot", Point(20, 17)), text=WORLD)
    events = run(kernel, 1, bea=StepInto(track(kernel, "bea", "steel"))) + run(kernel, 80)
    assert kernel.fields("bea")["destroyed"]
    assert "machine" in kernel.fields("judgment")["ways_closed"]
    assert of(events, "RouteClosed")


LAST = (
    WORLD.partition("  limb:")[0]
    .replace("held_by: ann}\n  gun", "held_by: ann, route: chip}\n  gun")
    .replace("remains: {route: machine, lasting: true}", "")
)


def test_with_the_last_route_the_verdict_is_given_at_once_and_once() -> None:
    kernel = start(text=LAST, horizon=200)
    events = run(kernel, 1, ann=Throw("chip", Point(20, 10))) + run(kernel, 198)
    (end,), (day,) = of(events, "Destroyed"), of(events, "JudgmentDay")
    assert day.fields == {"averted": True, "open": [], "closed": ["chip"], "leader": False, "date": None}
    assert (day.tick, day.causes) == (end.tick, (end.id,))
    assert "SkynetBuilt" not in kinds(events)


def test_an_open_route_at_the_end_of_the_time_is_built_and_armed() -> None:
    kernel = start(text=LAST, horizon=50)
    assert "JudgmentDay" not in kinds(run(kernel, 49))
    assert not verdict(kernel)["given"]
    built, armed, day = run(kernel, 1)
    assert (built.fields, armed.causes, day.causes) == ({"over": ["chip"]}, (built.id,), (armed.id,))
    assert day.fields == {"averted": False, "open": ["chip"], "closed": [], "leader": False, "date": "1997-08-29"}
    assert built.causes == tuple(kernel.arrived.values())


def test_when_nobody_is_left_who_could_close_it_the_verdict_is_given() -> None:
    kernel = start(Participant("ann", 1, "person", Point(20, 17)), text=LAST)
    events = run(kernel, 1, ann=StepInto(track(kernel, "ann", "steel"))) + run(kernel, 30)
    (killed,), (day,) = of(events, "Killed"), of(events, "JudgmentDay")
    assert (day.tick, day.fields["open"]) == (killed.tick, ["chip"])


def test_it_is_not_given_while_somebody_is_still_to_come() -> None:
    kernel = start(
        ann(),
        expert(arrives=9.0),
        text=WORLD.partition("  limb:")[0].replace(
            "hall.far, held_by: ann}\n  gun", "hall.far, held_by: ann, route: chip}\n  gun"
        ),
    )
    events = run(kernel, 1, ann=Throw("chip", Point(20, 10))) + run(kernel, 80)
    assert of(events, "RouteClosed")
    assert verdict(kernel) == {"averted": True, "ways_open": [], "ways_closed": ["chip"], "given": False}
    events = run(kernel, 20)
    assert "JudgmentDay" not in kinds(events)
    assert verdict(kernel) == {"averted": False, "ways_open": ["machine"], "ways_closed": ["chip"], "given": False}


def test_a_lapse_to_the_end_of_the_run_has_a_verdict_too() -> None:
    kernel = start(text=LAST, horizon=500)
    events = run(kernel, 1, ann=Occupy("sleep", 900), bea=Occupy("sleep", 900))
    assert kernel.tick == 500
    assert [kind for kind in kinds(events) if kind in ("Lapsed", "JudgmentDay")] == ["Lapsed", "JudgmentDay"]


def test_a_run_that_is_gone_on_with_comes_to_the_same() -> None:
    kernel, other = start(text=LAST, horizon=200), start(text=LAST, horizon=200)
    run(kernel, 1, ann=Throw("chip", Point(20, 10)))
    run(kernel, 5)
    other.restore(kernel.snapshot())
    assert run(kernel, 60) == run(other, 60)


# The film.


def film(name: str, without: tuple[str, ...] = (), longer: int = 0) -> tuple[Simulation, list[Event]]:
    """A scenario to its end, and so many ticks longer."""
    spec = open_scenario(name, without=without)
    simulation, account, events = Simulation.of(spec), Account(spec), []
    while (moment := account.advance(simulation)) is not None:
        events += moment.events
    for _ in range(longer):
        events += simulation.step().events
    return simulation, events


def test_the_goodbye_closes_the_last_route() -> None:
    simulation, events = film("goodbye")
    (end,), (day,) = of(events, "Destroyed"), of(events, "JudgmentDay")
    assert day.fields["averted"] is True
    assert day.fields["closed"] == ["model_101_chip", "old_chip", "arm_with_records"]
    assert day.causes == (end.id,)
    assert simulation.world.fields("judgment")["averted"]


@pytest.mark.parametrize("without", ["t800:request_termination", "sarah:lower"])
def test_without_the_request_or_her_hand_its_chip_is_named(without: str) -> None:
    _, events = film("goodbye", (without,))
    (day,) = of(events, "JudgmentDay")
    assert day.fields["averted"] is False
    assert day.fields["open"] == ["model_101_chip"]
    assert not of(events, "Destroyed")


@pytest.mark.parametrize(("without", "moved"), [((), True), (("sarah:take_it_in",), False)])
def test_what_she_lowered_with_her_own_hand_gives_her_hope(without: tuple[str, ...], moved: bool) -> None:
    simulation, events = film("goodbye", without, longer=10)
    mind = simulation.agents["sarah"].blackboard.values
    assert (mind["hope"] > mind["dread"]) is moved
    (end,) = of(events, "Destroyed")
    assert bool([event for event in of(events, "HopeChanged") if event.tick > end.tick]) is moved


@pytest.mark.parametrize("averted", [True, False])
@pytest.mark.parametrize(("hope", "topic"), [(0.9, "hope"), (0.2, "dread")])
def test_her_words_follow_from_what_is_in_her_and_not_from_the_verdict(hope: float, topic: str, averted: bool) -> None:
    simulation = Simulation.of(open_scenario("highway", overrides=[f"agents.sarah.blackboard.hope={hope}"]))
    simulation.world.edit("chip_1984", "destroyed", averted)
    events = [event for _ in range(200) for event in simulation.step().events]
    assert [event.fields["averted"] for event in of(events, "JudgmentDay")] == [True] * averted
    (words,) = [event for event in of(events, "Told") if event.fields["by"] == "sarah"]
    assert words.fields["topic"] == topic


def test_the_road_leads_on_with_both_of_them_and_a_verdict() -> None:
    simulation, events = film("highway", longer=600)
    assert [event.fields["averted"] for event in of(events, "JudgmentDay")] == [True]
    assert [simulation.world.fields(who)["vehicle"] for who in ("john", "sarah")] == ["pickup", "pickup"]
    assert simulation.world.fields("pickup")["position"]["y"] < -2000


ON_FOOT = """\
scenario: on_foot
world: highway
seed: 1995
dt: 0.1
limit: 120.0
agents:
  john: {agent: john, body: boy, stream: 3, at: [5203, -1003], blackboard: {friend: man_in_leather_jacket, bereft: true,
         faces: [{look: sinewy_woman, voice: hoarse, who: sarah}]}}
  sarah: {agent: sarah, body: woman, stream: 4, at: [5200, -1000], blackboard: {gone: true, beyond: highway.horizon,
          car: highway.bend}}
start:
  pickup: {at: highway.bend}
"""


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"),
    [
        ("{at: highway.bend}", "{riders: [john, sarha]}", "E725", "sarah"),
        ("pickup: {at: highway.bend}", "john: {vehicle: pikcup}", "E725", "pickup"),
        ("body: woman", "body: steel_door", "E714", None),
    ],
)
def test_whomever_a_start_names_is_there_and_who_comes_is_no_door(
    tmp_path: Path, old: str, new: str, code: str, hint: str | None
) -> None:
    (tmp_path / "on_foot.yaml").write_text(
        ON_FOOT.replace("world: highway", "world: los_angeles_1995").replace(old, new)
    )
    with pytest.raises(ConfigError) as caught:
        open_scenario(tmp_path / "on_foot.yaml")
    assert [(problem.code, problem.hint) for problem in caught.value.problems] == [(code, hint)]


def test_only_a_number_is_multiplied_of_what_an_agent_knows_at_the_start() -> None:
    with pytest.raises(UsageError, match=r"faces: x1\.05 multiplies a number, and none stands there"):
        open_scenario("corridor", overrides=["hunter.blackboard.faces=x1.05"])


def test_she_goes_to_where_a_car_stands_though_it_is_in_the_same_place_and_out_of_sight(tmp_path: Path) -> None:
    (tmp_path / "on_foot.yaml").write_text(ON_FOOT)
    simulation = Simulation.of(open_scenario(tmp_path / "on_foot.yaml"))
    events = [event for _ in range(1000) for event in simulation.step().events]
    assert [event.fields["who"] for event in of(events, "Mounted")] == ["sarah", "john"]
