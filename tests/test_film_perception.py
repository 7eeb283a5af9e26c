from __future__ import annotations

from worlds import ROOMS, kinds, rooms, run, world

from t800.film.intents import Fire, GoTo, MoveTo
from t800.film.records import Scene
from t800.spec.world import Participant
from t800.types import Point
from t800.world import Kernel

CHILD = Participant("child", 2, "child", Point(2.0, 4.0))
ROBOT = Participant("robot", 1, "robot", Point(6.0, 4.0))


def scene(kernel: Kernel, who: str) -> Scene:
    seen = kernel.observe(who)
    assert isinstance(seen, Scene)
    return seen


def test_a_sighting_says_what_eyes_can_see_and_no_id() -> None:
    kernel = world([CHILD, ROBOT])
    (seen,) = scene(kernel, "child").sightings
    assert (seen.track, seen.look, seen.distance, seen.posture, seen.armed) == ("seen_1", "robot", 4.0, "upright", True)
    assert "robot" not in seen.track
    run(kernel, 1, robot=Fire("seen_1"), child=MoveTo(Point(5.0, 7.0), run=True))
    assert (scene(kernel, "child").sightings[0].activity, scene(kernel, "child").sightings[0].aim) == (
        "aiming",
        Point(2.0, 4.0),
    )
    assert scene(kernel, "robot").sightings[0].activity == "running"


def test_whoever_walks_away_has_their_face_averted() -> None:
    kernel = world([CHILD, ROBOT])
    for goal, averted in ((Point(1.0, 4.0), True), (Point(4.0, 4.0), False)):
        run(kernel, 5, child=MoveTo(goal))
        (seen,) = scene(kernel, "robot").sightings
        assert seen.averted is averted


def test_a_body_without_structure_or_mass_is_a_body_that_has_lost_all_and_is_not_thrown() -> None:
    text = ROOMS.replace("frame: {structure: 1.0, whole: 1.0}", "frame: {structure: 0.0}").replace(
        "balance: {mass: 40}", "balance: {mass: 0}"
    )
    kernel = world([CHILD, ROBOT], spec=rooms(text))
    assert scene(kernel, "child").body.structure == 0.0
    assert "KnockedBack" not in kinds(run(kernel, 10, robot=Fire("seen_1")))


def test_a_track_lasts_as_long_as_sight_and_breaks_with_it() -> None:
    kernel = world([CHILD, ROBOT])
    tracks = []
    for goal in ("east.corner", "west.window"):
        for _ in range(80):
            kernel.step({"child": [GoTo(goal, run=True)]})
            tracks.append([seen.track for seen in scene(kernel, "robot").sightings])
    assert tracks[0] == ["seen_1"]
    assert [] in tracks
    assert tracks[-1] == ["seen_2"]


def test_what_is_near_is_noticed_sooner_and_every_notice_is_an_event() -> None:
    text = ROOMS.replace("noticing: 1000", "noticing: 1.0")

    def ticks(x: float) -> int:
        total = 0
        for seed in range(40):
            kernel = world([CHILD, Participant("robot", 1, "robot", Point(x, 16.0))], seed=seed, spec=rooms(text))
            kernel.entity("child").position = Point(2.0, 16.0)  # type: ignore[union-attr]
            while not any(e.kind == "Noticed" and e.fields["by"] == "child" for e in kernel.step({})):
                total += 1
        return total

    assert ticks(4.0) < ticks(38.0)


def test_notices_name_the_arrivals_behind_them() -> None:
    events = run(world([CHILD, ROBOT]), 1)
    assert kinds(events) == ["Arrived", "Arrived", "Noticed", "Noticed"]
    assert events[2].causes == (events[0].id, events[1].id)


def test_the_dead_see_nothing() -> None:
    kernel = world([CHILD, ROBOT])
    run(kernel, 3, robot=Fire("seen_1"))
    assert not scene(kernel, "child").body.alive
    assert scene(kernel, "child").sightings == ()
    assert scene(kernel, "robot").sightings[0].posture == "down"


def test_one_knows_the_doorways_of_the_place_one_is_in() -> None:
    kernel = world([CHILD])
    (door,) = scene(kernel, "child").doorways
    assert (door.leads_to, door.position, door.beyond) == ("east", Point(10.0, 4.0), Point(10.5, 4.0))


def test_the_own_body_is_felt_in_shares_of_what_it_was() -> None:
    kernel = world([CHILD, ROBOT])
    body = scene(kernel, "robot").body
    assert (body.structure, body.power, body.armed, body.rounds, body.weapon_range) == (1.0, 1.0, True, 3, 1000.0)
    assert not scene(kernel, "child").body.armed
