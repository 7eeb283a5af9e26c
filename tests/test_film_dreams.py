"""Sleep, dreams, words in wood, what is under the skin, and where somebody has gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from minds import BODY, Mind, person, scene
from worlds import ROOMS, kinds, rooms, run, world

from t800.core import FAILURE, RUNNING, SUCCESS, Fate
from t800.film.dreams import Fear, dream
from t800.film.feelings import Stir, appraise
from t800.film.happenings import Happening, witness
from t800.film.intents import Bare, Carve, MoveTo, Occupy, Say, Sleep
from t800.film.lore import Fact, learn
from t800.film.mercy import weigh_life
from t800.film.records import Heard, Lead, Scene, Writing
from t800.film.skills.resting import Slumbering, Waiting, bare_arm, carve, ride
from t800.film.surmise import Hint, Surmise, call_to_mind, surmise
from t800.spec.world import Participant
from t800.types import Point
from t800.world import Kernel

SPEC = (
    ROOMS.replace("sight, speech,", "lapses, sight, speech, slumber, carving, unveiling,")
    .replace("balance: {mass: 40}", "balance: {mass: 40}\n    sleeper: {light: 0.5}")
    .replace("balance: {mass: 200}", "balance: {mass: 200}\n    covering: {thickness: 0.3}")
    .replace("  gun:\n", "  desk:\n    doc: Of wood.\n    surface: {hardness: 0.3, legible: 3.0}\n  gun:\n")
    .replace("entities:\n", "entities:\n  desk_1: {body: desk, stream: 120, at: west.window}\n")
)
CHILD = Participant("child", 2, "child", Point(2.0, 4.0))
ROBOT = Participant("robot", 1, "robot", Point(6.0, 4.0))
FEARS = [Fear("fire", 0.9), Fear("dogs", 0.1)]
MADE_IT = Fact("who_made_it", "He did.", about="jim")
ADDRESS = Lead("jim", "east", "yard")


def house(*people: Participant) -> Kernel:
    return world(people, spec=rooms(SPEC))


def seen(kernel: Kernel, who: str) -> Scene:
    observed = kernel.observe(who)
    assert isinstance(observed, Scene)
    return observed


def test_who_sleeps_sees_nothing_and_wakes_when_they_ask_for_it_no_more() -> None:
    kernel = house(CHILD, ROBOT)
    run(kernel, 2)
    assert seen(kernel, "child").sightings
    assert kinds(run(kernel, 1, child=Sleep(900))) == ["FellAsleep"]
    assert not seen(kernel, "child").sightings
    events = run(kernel, 1)
    assert kinds(events) == ["Woke"]
    assert events[0].causes
    run(kernel, 2)
    assert seen(kernel, "child").sightings


def test_a_sleeper_hears_what_is_loud_and_no_more() -> None:
    near, far = house(CHILD, ROBOT), house(CHILD, replace(ROBOT, at=Point(18.0, 4.0)))
    for kernel, heard in ((near, 1), (far, 0)):
        for tick in range(3):
            kernel.step({"child": [Sleep(900)], "robot": [Say("Up!")] if tick == 2 else []})
        assert len(seen(kernel, "child").sounds) == heard
    awake = house(CHILD, replace(ROBOT, at=Point(18.0, 4.0)))
    run(awake, 1, robot=Say("Up!"))
    assert seen(awake, "child").sounds


def test_nobody_sleeps_who_cannot() -> None:
    events = run(house(ROBOT), 1, robot=Sleep(900))
    assert [event.fields["why"] for event in events if event.kind == "Refused"] == ["it does not sleep"]


def test_time_is_passed_over_up_to_the_end_of_a_sleep() -> None:
    kernel = house(CHILD)
    run(kernel, 2)
    events = run(kernel, 1, child=Sleep(400))
    assert "Lapsed" in kinds(events)
    assert kernel.tick == 400


def test_a_sleep_survives_being_saved() -> None:
    kernel = house(CHILD)
    run(kernel, 1, child=Sleep(3))
    again = house(CHILD)
    again.restore(kernel.snapshot())
    assert run(again, 1)[0].causes == run(kernel, 1)[0].causes


def test_one_sleeps_in_stretches_until_one_has_slept_enough() -> None:
    sleep, mind = Slumbering(), Mind(Slumbering, scene())
    found = []
    for tick in (7, 47, 48, 87, 88):
        mind.context.tick = tick
        assert sleep.tick(mind.context, 10.0, 0, False, cycle=4.0) is RUNNING
        found.append((mind.asked, mind.wrote.get("stretch")))
    # A tick for a dream before each new stretch begins.
    assert found == [(Sleep(47), None), (Sleep(48), 1), (Sleep(87), 1), (Sleep(88), 2), (Sleep(107), 2)]
    mind.context.tick = 107
    assert sleep.tick(mind.context, 10.0, 0, False, cycle=4.0) is SUCCESS
    assert mind.wrote["rested"] is True


def test_what_is_loud_enough_to_be_heard_wakes_one() -> None:
    sleep, mind = Slumbering(), Mind(Slumbering, scene())
    sleep.tick(mind.context, 10.0, 0, False)
    mind.context.obs = scene(sounds=(Heard("s", "shot", 0.9, Point(0.0, 0.0)),))
    mind.context.tick = 8
    assert sleep.tick(mind.context, 10.0, 0, False) is SUCCESS
    assert "rested" not in mind.wrote


def dreams(dread: float, knows: list[str], nights: int = 300) -> list[str]:
    mind, came = Mind(dream, scene()), {"fears": FEARS, "knows": knows, "dread": dread}
    return [mind.wrote["dreamt"] for _ in range(nights) if mind.act(**came) is SUCCESS]


def test_one_dreams_of_what_one_knows_and_fears_most() -> None:
    found = dreams(1.0, ["fire", "dogs", "cats"])
    assert len(found) == 300
    assert 0.8 < found.count("fire") / 300 < 0.98
    assert set(found) == {"fire", "dogs"}
    assert set(dreams(1.0, ["dogs"])) == {"dogs"}
    assert dreams(1.0, ["cats"]) == []


def test_the_more_one_dreads_the_more_one_dreams() -> None:
    assert 60 < len(dreams(0.3, ["fire"])) < 125
    assert dreams(0.0, ["fire"]) == []


def test_a_dream_is_lived_through_and_moves_a_mind() -> None:
    nightmare = Happening("dreamt", mine=True, topic="fire")
    felt = Mind(witness, scene()).feel(people=[], body=BODY, inner=[nightmare])
    assert felt["happenings"] == (nightmare,)
    moved = Mind(appraise, scene()).feel(
        happenings=felt["happenings"],
        stirs=[Stir("dreamt", "dread", 0.5, topic="fire")],
        dread_was=0.6,
    )
    assert (moved["dread"], moved["moved"][0].why) == (0.8, "dreamt fire")


def test_words_are_carved_with_patience_and_read_from_near() -> None:
    near, far = replace(CHILD, at=Point(5.0, 3.0)), replace(ROBOT, at=Point(1.0, 1.0))
    kernel = house(near, far)
    run(kernel, 1)
    assert kinds(run(kernel, 2, child=Carve("NO FATE", "fate"))) == []
    events = run(kernel, 3, child=Carve("NO FATE", "fate"))
    assert [(e.kind, e.fields["who"], e.fields["text"]) for e in events] == [("Carved", "child", "NO FATE")]
    assert seen(kernel, "child").writings == (Writing("NO FATE", "fate", Point(5.0, 4.0)),)
    assert seen(kernel, "robot").writings == ()
    run(kernel, 20, robot=MoveTo(Point(4.0, 3.0)))
    assert len(seen(kernel, "robot").writings) == 1


def test_who_stops_carving_has_carved_nothing() -> None:
    kernel = house(replace(CHILD, at=Point(5.0, 3.0)))
    run(kernel, 1)
    for _ in range(5):
        assert kinds(run(kernel, 2, child=Carve("NO FATE", "fate"))) == []
        run(kernel, 1)
    away = run(house(CHILD), 1, child=Carve("NO FATE", "fate"))
    assert [event.fields["why"] for event in away if event.kind == "Refused"] == ["there is nothing to carve"]


def test_what_is_read_is_read_once() -> None:
    page = replace(scene(), writings=[Writing("NO FATE", "fate", Point(0.0, 0.0))])
    felt = Mind(witness, page).feel(people=[], body=BODY)
    assert [(h.kind, h.topic) for h in felt["happenings"]] == [("read", "fate")]
    assert Mind(witness, page).feel(people=[], body=BODY, before=felt["notes"])["happenings"] == ()


def test_the_skill_carves_until_it_can_be_read_and_gives_up_where_it_cannot() -> None:
    assert Mind(carve, scene()).act(text="NO FATE", topic="fate") is RUNNING
    page = replace(scene(), writings=[Writing("NO FATE", "fate", Point(0.0, 0.0))])
    assert Mind(carve, page).act(text="NO FATE", topic="fate") is SUCCESS
    refused = Fate("refused", "there is nothing to carve")
    assert Mind(carve, scene(), refused).act(text="NO FATE", topic="fate") is FAILURE


def test_a_bared_arm_is_seen_and_tells_what_it_is() -> None:
    kernel = house(CHILD, ROBOT)
    run(kernel, 2)
    assert not seen(kernel, "child").sightings[0].bared
    assert kinds(run(kernel, 2, robot=Bare())) == []
    assert kinds(run(kernel, 1, robot=Bare())) == ["Bared"]
    assert seen(kernel, "child").sightings[0].bared
    assert seen(kernel, "robot").body.bared
    assert kinds(run(kernel, 4, robot=Bare())) == []
    events = run(kernel, 1, child=Bare())
    assert [event.fields["why"] for event in events if event.kind == "Refused"] == ["there is nothing under its skin"]


def test_a_bared_arm_is_told_once() -> None:
    bare = person(2.0, 0.0, "man", bared=True)
    felt = Mind(witness, scene()).feel(people=[bare], body=BODY)
    assert [h.kind for h in felt["happenings"]] == ["met", "bared"]
    assert Mind(witness, scene()).feel(people=[bare], body=BODY, before=felt["notes"])["happenings"] == ()
    assert Mind(bare_arm, scene()).act(body=BODY) is RUNNING
    assert Mind(bare_arm, scene()).act(body=replace(BODY, bared=True)) is SUCCESS


HINTS = [Hint("told", "go_south", "the_plan", 0.55), Hint("read", "no_fate", "who_made_it", 0.8)]


def guess(*happenings: Happening, knows: tuple[str, ...] = ("the_plan", "who_made_it"), **more: Any) -> Any:
    return Mind(surmise, scene()).feel(happenings=happenings, hints=HINTS, knows=knows, **more)["guess"]


def test_where_she_went_is_worked_out_from_all_that_she_left() -> None:
    told, read = Happening("told", topic="go_south", mine=True), Happening("read", topic="no_fate")
    assert guess() is None
    assert guess(told) == "the_plan"
    assert guess(told, read) == "who_made_it"
    assert guess(read, before=(Surmise("the_plan", 0.55),)) == "who_made_it"
    # Who does not know of it can make nothing of it.
    assert guess(told, read, knows=("the_plan",)) == "the_plan"
    assert guess(told, enough=0.6) is None
    assert guess(before=(Surmise("the_plan", 0.8), Surmise("who_made_it", 0.8))) is None


def test_what_one_knows_of_leads_to_somebody_and_an_address() -> None:
    mind = Mind(call_to_mind, scene())
    felt = mind.feel(topic="who_made_it", lore=[MADE_IT], addresses=[ADDRESS])
    assert (felt["about"], felt["lead"]) == ("jim", ADDRESS)
    felt = Mind(call_to_mind, scene()).feel(topic="who_made_it", lore=[], addresses=[ADDRESS])
    assert (felt["about"], felt["lead"]) == (None, None)
    felt = Mind(call_to_mind, scene()).feel(topic="who_made_it", lore=[MADE_IT], addresses=[])
    assert (felt["about"], felt["lead"]) == ("jim", None)


def test_what_others_are_told_is_learnt_by_who_overhears_them() -> None:
    words = Heard("h", "speech", 0.5, Point(0.0, 0.0), "deep", "He did.", topic="who_made_it", object="jim")
    heard = scene(sounds=(words,))
    assert Mind(learn, heard).feel(people=[])["knows"] == ()
    assert Mind(learn, heard).feel(people=[], overhears=True)["lore"] == (MADE_IT,)


def test_whom_one_means_to_kill_is_not_spared() -> None:
    people = [person(2.0, 0.0, "man", who="jim", track="a"), person(3.0, 0.0, "boy", who="tim", track="b")]
    assert Mind(weigh_life, scene()).feel(people=people, worth=0.9)["spared"] == ("a", "b")
    assert Mind(weigh_life, scene()).feel(people=people, worth=0.9, but="jim")["spared"] == ("b",)


def test_what_takes_its_time_says_when_it_ends() -> None:
    work, mind = Waiting(), Mind(Waiting, scene())
    for tick, end in ((7, 27), (20, 27), (27, 47)):
        mind.context.tick = tick
        work.tick(mind.context, "work", 2.0)
        assert mind.asked == Occupy("work", end)
    passenger = Mind(ride, scene())
    passenger.act()
    assert passenger.asked == Occupy("ride")
