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
uses: {friend_seen: bool, friend_last: Person, spoken: "list[Utterance]", thing: entity}
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
                  faces: [{look: boy_in_army_jacket, voice: boyish, who: john}, {look: crate, who: crate_1}],
                  order: {handle: old, verb: come, by: john, voice: boyish, object: john, place: alley, state: done}}}
  john: {agent: boss, body: boy, stream: 3, at: [1, 2119]}
expect:
  - at_end: not t800.destroyed
"""


def commanded(folder: Path, seconds: float, *commands: str) -> tuple[list[Event], Simulation]:
    """What comes of commands that are given three seconds apart."""
    lines = [
        f"    - command: {{{ports}, text: Do it., to: $friend_last, before: $spoken, spoken: $spoken}}\n    - wait: 3.0"
        for ports in commands
    ]
    files = {
        "configs/worlds/yard.yaml": WORLD,
        "configs/agents/boss.yaml": BOSS,
        "configs/scenarios/orders.yaml": SCENARIO,
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
