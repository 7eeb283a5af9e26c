"""Telephones, radios, and who comes."""

from __future__ import annotations

import json

from minds import Mind, person, scene
from worlds import ROOMS, registry, rooms, run

from t800.core import SUCCESS, Event
from t800.film.intents import Call, GoTo
from t800.film.records import Alarm, Heard, Scene
from t800.film.senses import hear_alarm, spot_armed
from t800.spec.world import Participant
from t800.types import Point
from t800.world import Kernel

TEXT = (
    ROOMS.replace("speech, combat", "speech, dispatch, combat")
    .replace("  gun:\n", "  phone:\n    telephone:\n  set:\n    radio: {loud: 4}\n  gun:\n")
    .replace("entities:\n", "entities:\n  wall: {body: phone, stream: 90, at: west.corner}\n")
    .replace("entities:\n", "entities:\n  desk: {body: set, stream: 91, at: east.corner}\n")
)
CALLER = Participant("caller", 1, "child", Point(1.0, 2.0))
GUARD = Participant("guard", 2, "child", Point(18.0, 7.0))
FAR = Participant("far", 3, "child", Point(11.0, 1.0))


def world(*people: Participant) -> Kernel:
    return Kernel(rooms(TEXT), registry(), people, 1, 0.1)


def heard(kernel: Kernel, who: str) -> list[Heard]:
    seen = kernel.observe(who)
    assert isinstance(seen, Scene)
    return [sound for sound in seen.sounds if sound.kind == "radio"]


def whys(events: list[Event]) -> list[str]:
    return [event.fields["why"] for event in events if event.kind == "Refused"]


def test_a_call_comes_out_of_the_radio_and_is_heard_beside_it() -> None:
    kernel = world(CALLER, GUARD, FAR)
    (called,) = [event for event in run(kernel, 1, caller=Call("shots", "west", "robot")) if event.kind == "Called"]
    assert (called.fields, called.rule) == ({"by": "caller", "about": "shots", "in": "west"}, "telephone")
    (sound,) = heard(kernel, "guard")
    assert (sound.place, sound.look, sound.text) == ("west", "robot", "shots in the west")
    assert heard(kernel, "far") == heard(kernel, "caller") == []


def test_a_radio_of_another_district_says_nothing() -> None:
    for district, said in ((15, 0), (20, 1)):
        kernel = Kernel(
            rooms(TEXT.replace("loud: 4", f"loud: 4, district: {district}")), registry(), (CALLER, GUARD), 1, 0.1
        )
        run(kernel, 1, caller=Call("shots", "west"))
        assert len(heard(kernel, "guard")) == said


def test_a_call_goes_on_air_when_it_was_dealt_with_and_once() -> None:
    spec = rooms(TEXT.replace("    telephone:\n", "    telephone: {handling: 2}\n"))
    waits = []
    for seed in range(1, 13):
        kernel = Kernel(spec, registry(), (CALLER, GUARD, FAR), seed, 0.1)
        (called,) = [event for event in run(kernel, 1, caller=Call("shots", "west")) if event.kind == "Called"]
        on_air = []
        for tick in range(60):
            # The call that is under way is in what is kept of a world, and time is not passed over for it.
            copy = Kernel(spec, registry(), (CALLER, GUARD, FAR), seed, 0.1)
            copy.restore(json.loads(json.dumps(kernel.snapshot())))
            kernel = copy
            on_air += [(tick, sound.text) for sound in heard(kernel, "guard")]
            assert kernel.busy is (not on_air)
            run(kernel, 1)
        ((tick, text),) = on_air
        assert (called.tick, text) == (0, "shots in the west")
        waits.append(tick)
    # Two seconds on average, and never more than four.
    assert 0 <= min(waits) < 15 < 25 < max(waits) <= 40


def test_without_a_telephone_in_reach_nobody_can_be_called() -> None:
    assert whys(run(world(CALLER, FAR), 1, far=Call("shots", "east"))) == ["there is no telephone here"]


def test_what_the_radio_says_is_remembered() -> None:
    said = Heard("s", "radio", 0.9, Point(1.0, 1.0), text="shots in the west", place="west", look="robot")
    assert Mind(hear_alarm, scene(sounds=(said,))).feel() == {"alarm": Alarm("shots in the west", "west", "robot")}
    assert Mind(hear_alarm, scene()).feel() == {}


def test_who_is_armed_and_none_of_ours_is_spotted() -> None:
    far, near = person(5.0, 0.0, "a", armed=True), person(2.0, 0.0, "b", armed=True)
    ours, harmless, down = (
        person(1.0, 0.0, "cop", armed=True),
        person(1.0, 1.0, "c"),
        person(1.0, 0.5, "d", armed=True, down=True),
    )
    felt = Mind(spot_armed, scene()).feel(people=[far, near, ours, harmless, down], colleagues=("cop",))
    assert (felt["in_sight"], felt["armed"], len(felt["harmless"])) == (True, near, 2)


def test_a_caller_runs_to_the_telephone_says_where_it_was_and_is_done() -> None:
    from t800.film.skills.policing import CallPolice

    mind = Mind(CallPolice, scene(place="yard"))
    skill = CallPolice()
    skill.tick(mind.context, "west.corner", "shots")
    assert mind.asked == GoTo("west.corner", run=True)
    for _ in range(2):
        mind.context.obs = scene(place="west", position=Point(1.0, 1.0))
        skill.tick(mind.context, "west.corner", "shots")
    assert mind.asked == Call("shots", "yard")
    assert skill.tick(mind.context, "west.corner", "shots") is SUCCESS
