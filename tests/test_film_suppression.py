"""Bursts that hit nobody, and those who keep down."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from minds import Mind, person, scene
from worlds import ROOMS, registry, rooms, run

from t800.core import FAILURE, Event, Fate
from t800.film.intents import Face, MoveTo
from t800.film.records import Ride
from t800.film.senses import spot_armed
from t800.film.skills.covering import keep_cover, rake
from t800.film.suppression import Rake, under_fire
from t800.spec.world import Participant
from t800.types import Entity, Point
from t800.world import Kernel

TEXT = (
    ROOMS.replace("window: [5, 4]", "window: [5, 4], x: [6, 4], y: [1, 7]")
    .replace("speech, combat, power", "speech, driving, combat, suppression, power")
    .replace(
        "  gun:\n",
        "  car: {doc: A car., appearance: {look: car, width: 1.0, flesh: false}, "
        "frame: {structure: 5, whole: 5}, machine: {}, vehicle: {}}\n"
        "  gatling: {doc: Many., item: {}, weapon: {kind: gatling, range: 15, rounds: 50, damage: 5}, "
        "autofire: {burst: 20, between: 0.5, scatter: 3, riddles: 0.5}}\n  gun:\n",
    )
    .replace(
        "gun_1: {body: gun, stream: 100, at: west, held_by: robot}",
        "gatling_1: {body: gatling, stream: 100, at: west, held_by: robot}",
    )
    + "  car_1: {body: car, stream: 101, at: west.x}\n  car_2: {body: car, stream: 102, at: west.y}\n"
)
ROBOT = Participant("robot", 1, "robot", Point(1.0, 2.0))
CHILD = Participant("child", 2, "child", Point(7.0, 2.0))


def world(*people: Participant) -> Kernel:
    return Kernel(rooms(TEXT), registry(), people or (ROBOT, CHILD), 1, 0.1)


def target(kernel: Kernel, look: str = "child") -> Entity:
    seen: Any = kernel.observe("robot")
    return next(found.track for found in seen.sightings if found.look == look)


def whys(events: list[Event]) -> list[str]:
    return [event.fields["why"] for event in events if event.kind == "Refused"]


def test_a_burst_hits_nobody_goes_through_cars_and_is_seen_and_heard() -> None:
    kernel = world()
    events = run(kernel, 2, robot=Rake(target(kernel)))
    (raked,) = [event for event in events if event.kind == "Raked"]
    assert raked.fields == {"by": "robot", "at": "child"}
    assert (kernel.entity("child").structure, kernel.entity("car_2").structure) == (1.0, 5.0)  # type: ignore[union-attr]
    assert kernel.entity("car_1").structure == 4.5  # type: ignore[union-attr]
    assert kernel.entity("gatling_1").rounds == 30  # type: ignore[union-attr]
    seen: Any = kernel.observe("child")
    (shooter,) = [other for other in seen.sightings if other.look == "robot"]
    assert (shooter.activity, shooter.aim) == ("shooting", Point(7.0, 2.0))


def test_bursts_come_one_after_the_other_until_the_rounds_are_spent() -> None:
    kernel = world()
    track = target(kernel)
    ticks = [event.tick for event in run(kernel, 20, robot=Rake(track)) if event.kind == "Raked"]
    assert [after - before for before, after in pairwise(ticks)] == [5, 5]
    assert set(whys(run(kernel, 2, robot=Rake(track)))) == {"the weapon is empty"}


def test_it_takes_a_weapon_for_it_and_somebody_in_sight_and_in_range() -> None:
    kernel = world(ROBOT, Participant("child", 2, "child", Point(18.0, 4.0)))
    kernel.edit("robot", "position", {"x": 1.0, "y": 4.0})
    run(kernel, 1)
    assert whys(run(kernel, 1, robot=Rake(target(kernel)))) == ["it is out of range"]
    assert whys(run(kernel, 1, robot=Rake(Entity("nobody")))) == ["it is not in sight"]
    kernel.edit("gatling_1", "held_by", None)
    assert whys(run(kernel, 1, robot=Rake(target(kernel)))) == ["it has no weapon for that in hand"]


def test_who_is_shot_at_or_beside_knows_where_from() -> None:
    near = person(9.0, 0.0, "a", activity="shooting", aim=Point(3.0, 0.0))
    far, idle = person(4.0, 0.0, "b", activity="shooting", aim=Point(8.0, 0.0)), person(1.0, 0.0, "c")
    assert Mind(under_fire, scene()).feel(people=[far, idle, near]) == {"fire_from": Point(9.0, 0.0)}
    assert Mind(under_fire, scene()).feel(people=[far, idle]) == {}


def test_cover_is_behind_the_nearest_vehicle() -> None:
    ride = Ride(Entity("r"), "car", Point(4.0, 3.0), 5.0, 0, 2)
    mind = Mind(keep_cover, scene())
    mind.act(vehicles=[ride], against=Point(4.0, 10.0))
    assert mind.asked == MoveTo(Point(4.0, 1.0), run=True)
    mind = Mind(keep_cover, scene(position=Point(4.0, 1.1)))
    mind.act(vehicles=[ride], against=Point(4.0, 10.0))
    assert mind.asked == Face(Point(4.0, 10.0))
    mind = Mind(keep_cover, scene())
    mind.act(vehicles=[], against=Point(4.0, 10.0))
    assert mind.asked == Face(Point(4.0, 10.0))


def test_raking_is_no_danger_to_anybody_and_fails_when_refused() -> None:
    mind = Mind(rake, scene())
    mind.act(target="seen_1")
    assert mind.asked == Rake(Entity("seen_1"))
    assert not mind.effects
    assert Mind(rake, scene(), Fate("refused", "the weapon is empty")).act(target="seen_1") is FAILURE


def test_colleagues_and_whoever_has_no_weapon_are_harmless() -> None:
    ours, theirs = person(1.0, 0.0, "cop", track="seen_2", armed=True), person(2.0, 0.0, "x", armed=True)
    child = person(3.0, 0.0, "y", track="seen_4")
    felt = Mind(spot_armed, scene()).feel(people=[ours, theirs, child], colleagues=("cop",))
    assert (felt["harmless"], felt["armed"]) == (("seen_2", "seen_4"), theirs)
