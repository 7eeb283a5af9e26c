from __future__ import annotations

import json

import pytest
from worlds import ROOMS, kinds, registry, rooms, run

from t800.core import Event
from t800.film.intents import Ask, Loot, Say, Strike, Tell, Touch
from t800.film.records import Scene
from t800.spec.world import Participant
from t800.types import Point
from t800.world import Kernel

TEXT = ROOMS.replace("combat,", "combat, mimicry, driving, finding, explosives,").replace(
    "  gun:\n",
    """  mimic:
    doc: It takes looks.
    appearance: {look: nobody, voice: flat}
    frame: {structure: 10.0, whole: 10.0}
    machine:
    balance: {mass: 42}
    mover: {walk: 1.0, run: 4.0}
    mimic: {sampling: 1.0}
    melee: {grasp: 1.2, cut: 5.0, sure: 1.0}
    eyes: {ahead: 50, behind: 50, noticing: 1000}
    ears:
    voice:
    conduct:
  pillar:
    doc: It stands there, and nobody ever weighed it.
    appearance: {look: pillar, flesh: false}
  console:
    doc: All of it electronics.
    appearance: {look: console, flesh: false}
    machine:
  moped:
    doc: No heavier than it should be.
    appearance: {look: moped, flesh: false}
    vehicle: {weight: 42}
  lorry:
    doc: Heavier.
    appearance: {look: lorry, flesh: false}
    vehicle: {weight: 7000}
  drum:
    doc: It goes off.
    item:
    thing: {called: drum}
    charge:
  gun:
""",
)
SHAPE = Participant("shape", 1, "mimic", Point(2.0, 4.0))
CHILD = Participant("child", 2, "child", Point(3.0, 4.0))
ROBOT = Participant("robot", 3, "robot", Point(2.0, 5.0))


def world(*people: Participant) -> Kernel:
    return Kernel(rooms(TEXT), registry(), people, 1, 0.1)


def track(kernel: Kernel, who: str, look: str) -> str:
    seen = kernel.observe(who)
    assert isinstance(seen, Scene)
    return next(sighting.track for sighting in seen.sightings if sighting.look == look)


def whys(events: list[Event]) -> list[str]:
    return [event.fields["why"] for event in events if event.kind == "Refused"]


def test_a_look_is_taken_by_touching_somebody_long_enough() -> None:
    kernel = world(SHAPE, CHILD)
    touch = Touch(track(kernel, "shape", "child"))
    assert "LookTaken" not in kinds(run(kernel, 9, shape=touch))
    (taken,) = [event for event in run(kernel, 1, shape=touch) if event.kind == "LookTaken"]
    assert (taken.fields, taken.rule) == ({"by": "shape", "of": "child"}, "touch")
    assert kernel.fields("shape")["look"] == "child"


def test_a_voice_that_was_never_heard_is_not_taken() -> None:
    kernel = world(SHAPE, CHILD, ROBOT)
    run(kernel, 2, robot=Say("Hello."))
    run(kernel, 10, shape=Touch(track(kernel, "shape", "child")))
    fields = kernel.fields("shape")
    assert (fields["look"], fields["voice"], fields["voices"]) == ("child", "flat", ["low"])


def test_a_voice_that_was_heard_once_is_taken_with_the_look_even_after_a_snapshot() -> None:
    kernel = world(SHAPE, CHILD)
    run(kernel, 1, child=Say("Hello."))
    run(kernel, 30)
    copy = world(SHAPE, CHILD)
    copy.restore(json.loads(json.dumps(kernel.snapshot())))
    for each in (kernel, copy):
        run(each, 10, shape=Touch(track(each, "shape", "child")))
        assert (each.fields("shape")["look"], each.fields("shape")["voice"]) == ("child", "high")


def test_what_is_said_out_of_earshot_is_not_heard() -> None:
    far = Participant("child", 2, "child", Point(19.0, 19.0))
    kernel = world(SHAPE, far)
    run(kernel, 2, child=Say("Hello."))
    assert kernel.fields("shape")["voices"] == []


def test_who_lets_go_begins_anew() -> None:
    kernel = world(SHAPE, CHILD)
    touch = Touch(track(kernel, "shape", "child"))
    run(kernel, 9, shape=touch)
    run(kernel, 1)
    assert "LookTaken" not in kinds(run(kernel, 9, shape=touch))


def test_a_look_of_another_mass_cannot_be_taken() -> None:
    kernel = world(SHAPE, ROBOT)
    assert whys(run(kernel, 1, shape=Touch(track(kernel, "shape", "robot")))) == ["it has another mass"]


@pytest.mark.parametrize(
    ("body", "why"),
    [("lorry", "it has another mass"), ("moped", "it has an engine"), ("console", "it is a machine")],
)
def test_no_look_is_taken_of_engines_and_machines_nor_of_anything_of_another_mass(body: str, why: str) -> None:
    kernel = world(SHAPE, Participant("it", 2, body, Point(3.0, 4.0)))
    seen = kernel.observe("shape")
    assert isinstance(seen, Scene)
    (name,) = [each.track for each in (*seen.sightings, *seen.rides)]
    events = run(kernel, 20, shape=Touch(name))
    assert (set(whys(events)), kernel.fields("shape")["look"]) == ({why}, "nobody")


def test_no_look_is_taken_of_what_would_go_off() -> None:
    kernel = world(SHAPE, Participant("drum", 7, "drum", Point(3.0, 4.0)))
    assert whys(run(kernel, 1, shape=Touch("thing_7"))) == ["there is powder in it"]


def test_the_look_of_what_nobody_weighed_is_taken() -> None:
    kernel = world(SHAPE, Participant("pillar", 2, "pillar", Point(3.0, 4.0)))
    run(kernel, 10, shape=Touch(track(kernel, "shape", "pillar")))
    assert kernel.fields("shape")["look"] == "pillar"


def test_only_what_can_take_looks_does_and_only_what_is_in_reach() -> None:
    kernel = world(Participant("shape", 1, "mimic", Point(8.0, 4.0)), CHILD)
    assert whys(run(kernel, 1, shape=Touch(track(kernel, "shape", "child")))) == ["it is out of reach"]
    kernel = world(CHILD, ROBOT)
    assert whys(run(kernel, 1, robot=Touch(track(kernel, "robot", "child")))) == ["it can take nobody's look"]


def test_the_living_hold_on_to_what_they_have_and_the_dead_do_not() -> None:
    text = TEXT.replace("held_by: robot", "held_by: child")
    kernel = Kernel(rooms(text), registry(), [SHAPE, CHILD], 1, 0.1)
    child = track(kernel, "shape", "child")
    assert whys(run(kernel, 1, shape=Loot(child))) == ["it would not let go"]
    assert "Killed" in kinds(run(kernel, 10, shape=Strike(child)))
    (taken,) = [event for event in run(kernel, 1, shape=Loot(child)) if event.kind == "Taken"]
    assert taken.fields == {"by": "shape", "what": "gun_1", "of": "child"}


def test_questions_and_what_is_told_are_events_that_cause_one_another() -> None:
    kernel = world(SHAPE, CHILD)
    ask = Ask("zoe", "girl", track(kernel, "shape", "child"))
    said, asked = [e for e in [*run(kernel, 1, shape=ask), *run(kernel, 1)] if e.kind in ("Said", "Asked")]
    assert (asked.fields, asked.causes) == ({"by": "shape", "to": "child", "topic": "zoe"}, (said.id,))
    tell = Tell("zoe", track(kernel, "child", "nobody"), "east", "yard")
    run(kernel, 1, child=tell)
    seen = kernel.observe("shape")
    assert isinstance(seen, Scene)
    (heard,) = seen.sounds
    assert (heard.topic, heard.place, heard.by, heard.asks, heard.to_me) == ("zoe", "east", "yard", False, True)
    assert [e.fields for e in run(kernel, 1) if e.kind == "Told"] == [{"by": "child", "to": "shape", "topic": "zoe"}]


@pytest.mark.parametrize("to", ["seen_99", "nobody"])
def test_nobody_asks_somebody_out_of_sight(to: str) -> None:
    kernel = world(SHAPE, CHILD)
    assert whys(run(kernel, 1, shape=Ask("zoe", None, to))) == ["whom it speaks to is not in sight"]
