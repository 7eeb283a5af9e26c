"""Whom a machine spares: those it was told to, and late in the story everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from minds import Mind, person, scene
from worlds import kinds, run, world

from t800 import AgentSpec, load
from t800.core import Event
from t800.film.feelings import appraise
from t800.film.happenings import Happening
from t800.film.intents import Fire, Strike
from t800.film.mercy import weigh_life
from t800.film.records import Belief, Order
from t800.simulation import runner
from t800.simulation.opening import open_scenario
from t800.spec.world import Participant
from t800.types import Point

JIM = person(3.0, 0.0, "boy", track="seen_1", who="jim", warm=True)
GUARD = person(6.0, 0.0, "guard", track="seen_2", warm=True)
COLD = person(8.0, 0.0, "guard", track="seen_3", warm=False)
SPARE = Order("heard_4", "spare", "jim", "boyish", None, None, "under_way")


def spared(**ports: Any) -> dict[str, Any]:
    return Mind(weigh_life, scene()).feel(people=[JIM, GUARD, COLD], **ports)


def test_an_order_to_spare_everybody_spares_every_human() -> None:
    assert spared(standing=[SPARE]) == {"spared": ("seen_1", "seen_2"), "merciful": True}


def test_an_order_to_spare_somebody_spares_them_alone() -> None:
    assert spared(standing=[replace(SPARE, object="jim")]) == {"spared": ("seen_1",), "merciful": False}


@pytest.mark.parametrize("order", [replace(SPARE, state="refused"), replace(SPARE, verb="stop")])
def test_what_is_not_in_force_spares_nobody(order: Order) -> None:
    assert spared(standing=[order]) == {"spared": (), "merciful": False}


def test_a_life_that_is_worth_enough_is_spared_without_an_order() -> None:
    assert spared(worth=0.5) == {"spared": ("seen_1", "seen_2"), "merciful": True}
    assert spared(worth=0.49) == {"spared": (), "merciful": False}


def test_eyes_that_see_no_warmth_go_by_suspicion() -> None:
    belief = Belief("guard", None, None, 0.7, 0.7, ("is odd",), 1, GUARD.track, "hall", 0.0)
    blind = [replace(JIM, warm=None), replace(GUARD, warm=None)]
    felt = Mind(weigh_life, scene()).feel(people=blind, worth=0.9, beliefs=[belief])
    assert felt["spared"] == ("seen_1",)
    milder = replace(belief, suspicion=0.6)
    assert Mind(weigh_life, scene()).feel(people=blind, worth=0.9, beliefs=[milder])["spared"] == ("seen_1", "seen_2")


CHILD = Participant("child", 2, "child", Point(6.0, 4.0))
ROBOT = Participant("robot", 1, "robot", Point(5.0, 4.0))


@pytest.mark.parametrize("intent", [Fire("seen_1", disable=True), Strike("seen_1", disable=True)])
def test_whoever_is_disabled_lies_for_a_while_and_lives(intent: Any) -> None:
    kernel = world([CHILD, ROBOT])
    run(kernel, 1)
    events = run(kernel, 30, robot=intent)
    assert "Wounded" in kinds(events)
    assert "Killed" not in kinds(events)
    child = kernel.entity("child")
    assert child is not None
    assert (child.alive, child.structure) == (True, 0.15)
    assert child.down > 2.0


def test_the_same_shot_kills_if_it_is_meant_to() -> None:
    kernel = world([CHILD, ROBOT])
    run(kernel, 1)
    assert "Killed" in kinds(run(kernel, 30, robot=Fire("seen_1")))


STANDOFF = """
scenario: standoff
doc: It comes in with a shotgun, where somebody keeps watch with a pistol. Nobody has ordered anything.
world: pescadero
seed: 5
dt: 0.1
limit: 40.0
agents:
  t800: {agent: t800, body: model_101, stream: 1, at: lobby,
         blackboard: {haunt: lobby.desk, haunts: [lobby.desk], base: lobby.desk, refuge: rest_stop.bay, worth: WORTH}}
  watchman: {agent: guard, body: guard, stream: 24, at: lobby.desk}
expect:
  - at_end: watchman.alive
"""


def standoff(folder: Path, worth: float, seed: int) -> list[Event]:
    path = folder / "standoff.yaml"
    path.write_text(STANDOFF.replace("WORTH", str(worth)))
    simulation = runner.Simulation.of(open_scenario(path), seed)
    events: list[Event] = []
    while simulation.world.tick < 400:
        events.extend(simulation.step().events)
    return events


def lived_through() -> list[Happening]:
    """What it lives through until the steel mill: what John tells it, and people who plead, are hurt and die."""
    told = [Happening("ordered", topic="spare", mine=True), Happening("told", topic="worth_of_life", mine=True)]
    return [*told, *[Happening("pleaded")] * 3, *[Happening("wounded")] * 6, *[Happening("died")] * 2]


def its_start() -> Mapping[str, Any]:
    """The start values of its own file."""
    return load(Path(__file__).parent.parent / "configs" / "agents" / "t800.yaml", kind=AgentSpec).values


def late_worth() -> float:
    """What a life is worth to it after all that, by the stirs of its own file."""
    values = its_start()
    mind = Mind(appraise, scene())
    felt = mind.feel(happenings=lived_through(), stirs=list(values["stirs"]), worth_was=values["worth"])
    worth = felt["worth"]
    assert isinstance(worth, float)
    return worth


@pytest.mark.parametrize("seed", [5, 6, 8])
def test_late_in_the_story_it_spares_a_guard_whom_it_would_have_killed_at_the_mall(tmp_path: Path, seed: int) -> None:
    early = standoff(tmp_path, its_start()["worth"], seed)
    assert [event.fields["by"] for event in early if event.kind == "Killed"] == ["t800"]
    late = standoff(tmp_path, late_worth(), seed)
    assert "OrderHeard" not in kinds(late)
    assert "Killed" not in kinds(late)
    assert {"who": "watchman", "by": "t800"} in [event.fields for event in late if event.kind == "Wounded"]
