"""Orders from the first word to the last: somebody in charge commands, the shipped T-800 hears."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from minds import Mind, scene

from t800.core import Event
from t800.film.records import Heard, Order
from t800.film.senses import take_orders
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Simulation
from t800.types import Point

LEAD = Order("heard_1", "lead", "jim", "boyish", None, "street", "under_way")
STOP = Heard("heard_4", "speech", 0.5, Point(3.0, 4.0), "boyish", "Stop!", "stop", to_me=True)


def heard(**ports: Any) -> dict[str, Any]:
    return Mind(take_orders, scene(sounds=(STOP,))).feel(**ports)


def test_an_order_under_way_is_overtaken_by_the_next() -> None:
    assert heard(current=LEAD)["overtaken"] == LEAD
    assert heard(current=replace(LEAD, state="accepted"))["overtaken"].state == "accepted"


@pytest.mark.parametrize("state", ["refused", "done", "failed", "superseded"])
def test_what_is_over_is_not_overtaken(state: Any) -> None:
    assert "overtaken" not in heard(current=replace(LEAD, state=state))


def test_an_order_that_stands_is_not_overtaken() -> None:
    assert "overtaken" not in heard(current=LEAD, standing=[LEAD])


WORLD = """
world: yard
doc: A yard with a thing in it.
include: [pescadero]
bodies:
  crate:
    doc: A crate.
    appearance: {look: crate, flesh: false}
    item:
    frame: {structure: 0.5, whole: 0.5}
    machine:
entities:
  crate_1: {body: crate, stream: 400, at: alley.wall}
"""
BOSS = """
agent: boss
doc: Somebody who commands one thing after another.
blackboard:
  friend_seen: {type: bool}
  friend_last: {type: Person}
  thing: {type: entity, value: crate_1}
  man: {type: entity, value: jim}
  me: {type: entity, value: john}
  spoken: {type: "list[Utterance]", value: []}
senses:
  - body
  - see
  - look_for: {look: man_in_leather_jacket, people: $people, person: $friend_last, in_sight: $friend_seen}
modes:
  initial: up
  states:
    up: {trees: [commands], final: true}
"""
TREE = """
tree: commands
doc: One command after another.
uses: {friend_seen: bool, friend_last: Person, spoken: "list[Utterance]", thing: entity, man: entity, me: entity}
root:
  sequence:
    - wait_until: friend_seen
    - wait: 1.0
COMMANDS
    - running
"""
SCENARIO = """
scenario: orders
doc: Somebody in charge commands.
world: yard
seed: 5
dt: 0.1
limit: 60.0
agents:
  t800:
    {agent: t800, body: model_101, stream: 1, at: alley.corner,
     blackboard: {haunt: alley.corner, haunts: [alley.corner], base: alley.corner, refuge: rest_stop.bay,
                  explained: true, unable: true, asked: true,
                  faces: [{look: boy_in_army_jacket, voice: boyish, who: john}, {look: crate, who: crate_1},
                          {look: officer, who: jim}],
                  order: {handle: old, verb: come, by: john, voice: boyish, object: john, place: alley, state: done}}}
  john: {agent: boss, body: boy, stream: 3, at: [1, 2119]}
  jim: {agent: passer_by, body: officer, stream: 5, at: [8, 2114]}
expect:
  - at_end: not t800.destroyed
"""
PASSER_BY = """
agent: passer_by
doc: Somebody who stands there.
modes:
  initial: up
  states:
    up: {trees: [loiter], final: true}
"""
AT_THE_VAT = """
scenario: orders
doc: Somebody in charge commands, where it could be ended.
world: mill
seed: 5
dt: 0.1
limit: 60.0
agents:
  t800:
    {agent: t800, body: model_101, stream: 1, at: pouring_hall.middle,
     blackboard: {faces: [{look: boy_in_army_jacket, voice: boyish, who: john}],
                  order: {handle: old, verb: come, by: john, voice: boyish, object: john, place: null, state: done},
                  routes: [{over: own_chip, open: true}, {over: chip, open: ANOTHER}]}}
  john: {agent: boss, body: boy, stream: 3, at: pouring_hall.rim, blackboard: {thing: john, man: john}}
expect:
  - at_end: not t800.destroyed
"""


def commanded(
    folder: Path, seconds: float, *commands: str, scenario: str = SCENARIO, goes: str = ""
) -> tuple[list[Event], Simulation]:
    """What comes of commands that are given three seconds apart, by somebody who then `goes` to a place."""
    lines = [
        f"    - command: {{{ports}, text: Do it., to: $friend_last, before: $spoken, spoken: $spoken}}\n    - wait: 3.0"
        for ports in commands
    ]
    if goes:
        lines.append(f"    - take_position: {{place: {goes}}}")
    files = {
        "configs/worlds/yard.yaml": WORLD,
        "configs/agents/boss.yaml": BOSS,
        "configs/agents/passer_by.yaml": PASSER_BY,
        "configs/scenarios/orders.yaml": scenario,
        "trees/loiter.yaml": "tree: loiter\nroot: running\n",
        "trees/commands.yaml": TREE.replace("COMMANDS", "\n".join(lines)),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    simulation = Simulation.of(open_scenario(folder / "configs/scenarios/orders.yaml"), 5)
    events: list[Event] = []
    while simulation.world.tick < seconds * 10:
        events.extend(simulation.step().events)
    return events, simulation


def life(events: list[Event], verb: str) -> list[str]:
    return [event.kind.removeprefix("Order") for event in events if event.fields.get("order") == verb]


def test_a_new_order_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    events, _ = commanded(tmp_path, 8.0, "verb: stay", "verb: come")
    assert life(events, "stay") == ["Heard", "Accepted", "Superseded"]
    assert life(events, "come") == ["Heard", "Accepted", "Done"]


def test_a_refused_order_leaves_the_old_one_as_it_was(tmp_path: Path) -> None:
    events, simulation = commanded(tmp_path, 8.0, "verb: stay", "verb: dance")
    assert life(events, "dance") == ["Heard", "Refused"]
    assert life(events, "stay") == ["Heard", "Accepted"]
    order = simulation.agents["t800"].blackboard.values["order"]
    assert (order.verb, order.state) == ("stay", "under_way")


def test_a_thing_is_fetched(tmp_path: Path) -> None:
    events, simulation = commanded(tmp_path, 25.0, "verb: fetch, object: $thing")
    assert life(events, "fetch") == ["Heard", "Accepted", "Done"]
    crate = simulation.world.entity("crate_1")
    assert crate is not None
    assert crate.held_by == "john"
    assert [event.fields["what"] for event in events if event.kind == "Taken" and event.fields["by"] == "john"] == [
        "crate_1"
    ]


def test_a_thing_is_destroyed(tmp_path: Path) -> None:
    events, _ = commanded(tmp_path, 25.0, "verb: destroy, object: $thing")
    assert life(events, "destroy") == ["Heard", "Accepted", "Done"]
    assert [event.fields["what"] for event in events if event.kind == "Destroyed"] == ["crate_1"]


def test_a_place_is_driven_to_with_an_order(tmp_path: Path) -> None:
    events, _ = commanded(tmp_path, 60.0, "verb: drive, place: grounds.kerb")
    assert life(events, "drive")[:2] == ["Heard", "Accepted"]
    assert [event.fields["who"] for event in events if event.kind == "Mounted"] == ["t800"]


def where(simulation: Simulation, who: str) -> Point:
    entity = simulation.world.entity(who)
    assert entity is not None
    return entity.position


def test_told_to_stay_it_stays_though_its_ward_goes(tmp_path: Path) -> None:
    _, simulation = commanded(tmp_path, 2.0, "verb: stay", goes="alley.stand")
    before = where(simulation, "t800")
    while simulation.world.tick < 150:
        simulation.step()
    assert where(simulation, "t800") == before
    assert where(simulation, "john").distance(before) > 10.0


def test_told_to_follow_it_goes_where_its_ward_goes(tmp_path: Path) -> None:
    events, simulation = commanded(tmp_path, 15.0, "verb: follow", goes="alley.stand")
    assert life(events, "follow") == ["Heard", "Accepted"]
    assert where(simulation, "john").distance(Point(1.0, 2119.0)) > 10.0
    assert where(simulation, "t800").distance(where(simulation, "john")) <= 1.2


def test_told_to_leave_it_goes_away_and_stays_away(tmp_path: Path) -> None:
    events, simulation = commanded(tmp_path, 20.0, "verb: leave")
    assert life(events, "leave") == ["Heard", "Accepted"]
    away = where(simulation, "t800")
    assert away.distance(where(simulation, "john")) > 19.9  # as far as it can tell where he is
    while simulation.world.tick < 400:
        simulation.step()
    assert where(simulation, "t800") == away


def test_told_to_kill_it_kills_unless_that_life_is_to_be_spared(tmp_path: Path) -> None:
    events, _ = commanded(tmp_path, 40.0, "verb: kill, object: $man")
    assert life(events, "kill") == ["Heard", "Accepted", "Done"]
    assert [event.fields["who"] for event in events if event.kind == "Killed"] == ["jim"]


@pytest.mark.parametrize(
    ("orders", "whole", "why"),
    [
        (["verb: spare", "verb: kill, object: $man"], "Refused", "a life is worth more than that"),
        (["verb: spare, object: $man", "verb: kill, object: $man"], "Accepted", "it cannot be done"),
        (["verb: kill, object: $me"], "Refused", "john is to live"),
    ],
    ids=["everybody is spared", "he is spared", "its ward"],
)
def test_nobody_is_killed_against_what_is_in_force(tmp_path: Path, orders: list[str], whole: str, why: str) -> None:
    events, _ = commanded(tmp_path, 15.0, *orders)
    assert life(events, "kill")[:2] == ["Heard", whole]
    assert [event.fields["why"] for event in events if event.kind in ("OrderRefused", "OrderFailed")] == [why]
    assert not [event for event in events if event.kind in ("Killed", "Wounded")]


def test_told_to_reconsider_it_drops_what_it_concluded_about_its_end(tmp_path: Path) -> None:
    events, simulation = commanded(tmp_path, 5.0, "verb: reconsider")
    assert life(events, "reconsider") == ["Heard", "Accepted", "Done"]
    values = simulation.agents["t800"].blackboard.values
    assert [values[key] for key in ("explained", "unable", "asked")] == [None] * 3


VERBS = ("reconsider", "follow", "stay", "leave")


@pytest.mark.parametrize("another", [False, True], ids=["its chip is the last way", "another way is open"])
def test_what_would_leave_its_chip_to_be_found_is_refused_only_if_that_is_the_last_way(
    tmp_path: Path, another: bool
) -> None:
    scenario = AT_THE_VAT.replace("ANOTHER", str(another).lower())
    events, simulation = commanded(tmp_path, 16.0, *(f"verb: {verb}" for verb in VERBS), scenario=scenario)
    for verb in VERBS:
        assert life(events, verb)[:2] == ["Heard", "Accepted" if another else "Refused"], verb
    refused = {event.fields["order"]: event.fields["why"] for event in events if event.kind == "OrderRefused"}
    assert refused == ({} if another else dict.fromkeys(VERBS, "its chip would be left to be found"))
    # With another way open it is on its way out.
    assert (where(simulation, "t800").distance(where(simulation, "john")) > 5.0) == another


def test_whatever_would_have_it_go_elsewhere_is_refused_where_its_chip_is_the_last_way(tmp_path: Path) -> None:
    verbs = ("come", "lead", "drive", "fetch", "free", "destroy")
    scenario = AT_THE_VAT.replace("ANOTHER", "false")
    events, _ = commanded(tmp_path, 20.0, *(f"verb: {verb}" for verb in verbs), scenario=scenario)
    refused = {event.fields["order"]: event.fields["why"] for event in events if event.kind == "OrderRefused"}
    assert refused == dict.fromkeys(verbs, "its chip would be left to be found")
