"""What vehicles do to what is in their way."""

from __future__ import annotations

import pytest
from test_world_driving import TOWN
from worlds import registry, run

from t800.core import Event, Intent
from t800.film.intents import DriveTo
from t800.film.records import Scene
from t800.loader.document import parse
from t800.loader.world import read_world
from t800.spec.world import Participant
from t800.types import Point
from t800.world import Kernel
from t800.world.driving import Mount

BODIES = """
  bike:
    appearance: {look: bike, width: 0.4}
    frame: {structure: 5}
    machine:
    vehicle: {seats: 2, weight: 300, spread: 0.5, top: 10, pickup: 4}
entities:
  moped: {body: bike, stream: 51, at: square.corner}
"""
TEXT = (
    TOWN.replace("speech, perception", "speech, combat, impacts, perception")
    .replace("to: [20, 20], walled: false", "to: [20, 20], walled: false, points: {corner: [10, 0]}")
    .replace("entities:\n", BODIES.lstrip("\n"))
    .replace("frame:\n    living:", "frame: {structure: 3, whole: 3}\n    balance: {mass: 75}\n    living:")
)
ANN = Participant("ann", 1, "person", Point(1.0, 1.0))


def town(*people: Participant, text: str = TEXT) -> Kernel:
    return Kernel(read_world(parse(text, "town.yaml"), registry()), registry(), people, 1, 0.1)


def drive(kernel: Kernel, ticks: int = 80, who: str = "ann", look: str = "car", **others: Intent) -> list[Event]:
    """Somebody gets into a vehicle and drives to the farm."""
    seen = kernel.observe(who)
    assert isinstance(seen, Scene)
    run(kernel, 1, **{who: Mount(next(ride.track for ride in seen.rides if ride.look == look))})
    return run(kernel, ticks, **{who: DriveTo("farm")}, **others)


def x(kernel: Kernel, who: str) -> float:
    entity = kernel.entity(who)
    assert entity is not None
    return entity.position.x


def of(kind: str, events: list[Event]) -> list[Event]:
    return [event for event in events if event.kind == kind]


def test_whoever_stands_in_the_way_is_hit_hurt_and_thrown() -> None:
    kernel = town(ANN, Participant("bob", 2, "person", Point(60.0, 0.3)))
    events = drive(kernel)
    (rammed,) = of("Rammed", events)
    assert (rammed.fields, rammed.rule) == ({"by": "cab", "what": "bob"}, "impact")
    (wounded,) = of("Wounded", events)
    assert (wounded.fields, wounded.causes) == ({"who": "bob", "by": "ann"}, (rammed.id,))
    assert of("KnockedBack", events)[0].fields["who"] == "bob"
    assert kernel.fields("bob")["structure"] < 3.0 == kernel.fields("ann")["structure"]


def test_whoever_stands_beside_the_road_is_not_hit() -> None:
    assert not of("Rammed", drive(town(ANN, Participant("bob", 2, "person", Point(60.0, 2.0)))))


def test_what_is_parked_is_in_nobodys_way() -> None:
    assert not of("Rammed", drive(town(ANN)))


def test_the_lighter_of_two_vehicles_comes_off_worse_and_so_do_its_riders() -> None:
    kernel = town(ANN, Participant("bob", 2, "person", Point(10.0, 1.0)))
    seen = kernel.observe("bob")
    assert isinstance(seen, Scene)
    run(kernel, 1, bob=Mount(next(ride.track for ride in seen.rides if ride.look == "bike")))
    events = drive(kernel, bob=DriveTo("farm"))
    first = of("Rammed", events)[0]
    assert first.fields == {"by": "cab", "what": "moped"}
    lost = {who: 3.0 - kernel.fields(who)["structure"] for who in ("ann", "bob")}
    assert lost["bob"] > lost["ann"] == 0.0
    harm = {what: 5.0 - kernel.fields(what)["structure"] for what in ("cab", "moped")}
    assert harm["moped"] > harm["cab"]


@pytest.mark.parametrize("ticks", range(58, 64))  # so that they meet at another point of a tick
def test_who_comes_the_other_way_keeps_to_its_own_side(ticks: int) -> None:
    kernel = town(ANN, Participant("bob", 2, "person", Point(10.0, 1.0)))
    seen = kernel.observe("bob")
    assert isinstance(seen, Scene)
    run(kernel, 1, bob=Mount(next(ride.track for ride in seen.rides if ride.look == "bike")))
    run(kernel, ticks, bob=DriveTo("farm"))
    assert x(kernel, "bob") > 30.0
    assert not of("Rammed", drive(kernel, bob=DriveTo("square")))
    assert x(kernel, "bob") < x(kernel, "ann")


def test_after_an_impact_both_go_on_at_one_speed() -> None:
    kernel = town(ANN, Participant("bob", 2, "person", Point(10.0, 1.0)))
    seen = kernel.observe("bob")
    assert isinstance(seen, Scene)
    run(kernel, 1, bob=Mount(next(ride.track for ride in seen.rides if ride.look == "bike")))
    seen = kernel.observe("ann")
    assert isinstance(seen, Scene)
    run(kernel, 1, ann=Mount(next(ride.track for ride in seen.rides if ride.look == "car")))
    for _ in range(80):
        paces = [kernel.fields(what)["pace"] for what in ("cab", "moped")]
        if of("Rammed", list(kernel.step({"ann": [DriveTo("farm")], "bob": [DriveTo("farm")]}))):
            after = [kernel.fields(what)["pace"] for what in ("cab", "moped")]
            assert paces[0] > after[0] == after[1] > paces[1]
            return
    raise AssertionError("they never met")


@pytest.mark.parametrize(("top", "body", "hit"), [(4.9, "person", False), (5.2, "person", True), (4.9, "idler", True)])
def test_whoever_sees_it_come_steps_aside_unless_it_is_too_fast(top: float, body: str, hit: bool) -> None:
    blind = TEXT.replace("    attention: {every: 5, near: 30}\n    eyes: {ahead: 50, behind: 50, noticing: 1000}\n", "")
    kernel = town(ANN, Participant("bob", 2, body, Point(12.0, 0.3)), text=blind.replace("top: 20", f"top: {top}"))
    assert bool(of("Rammed", drive(kernel))) is hit


@pytest.mark.parametrize("top", [1.5, 2.0])
def test_a_gentle_push_does_no_harm(top: float) -> None:
    kernel = town(ANN, Participant("bob", 2, "person", Point(6.0, 0.3)), text=TEXT.replace("top: 20", f"top: {top}"))
    assert not of("Rammed", drive(kernel))
