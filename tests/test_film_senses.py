from __future__ import annotations

from dataclasses import replace

import pytest
from minds import Mind, person, scene, threat

from t800.film.records import (
    Course,
    Glimpse,
    Ground,
    Heard,
    Identity,
    Lead,
    Noise,
    Order,
    Outlet,
    Person,
    Question,
    Ride,
    Sighting,
    Threat,
)
from t800.film.senses import (
    be_in,
    befriend,
    choose_ground,
    find,
    foresee,
    hear,
    hear_answer,
    hear_call,
    hear_question,
    judge_threat,
    look_for,
    recall,
    rides,
    see,
    take_orders,
    watched,
)
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Simulation
from t800.simulation.witness import Witness
from t800.types import Entity, Point

BOY = Sighting("seen_1", "boy", Point(3.0, 4.0), "hall", 5.0, "upright", "running", False)
COP = person(6.0, 0.0, "cop", armed=True)


def voice(verb: str | None = "stop", to_me: bool = True, at: Point = Point(3.0, 4.0)) -> Heard:  # noqa: B008
    return Heard("heard_4", "speech", 0.5, at, "boyish", "Stop!", verb, None, None, to_me)


def test_a_look_that_is_known_is_believed_to_be_its_owner() -> None:
    seen = Mind(see, scene(sightings=(BOY, replace(BOY, look="girl")))).feel(faces=(Identity("boy", "jim"),))
    assert [(other.look, other.who) for other in seen["people"]] == [("boy", "jim"), ("girl", None)]


def test_of_who_drives_off_one_remembers_where_the_road_goes_and_of_others_where_they_were() -> None:
    outlets = [Outlet("harbour_road", "docks", "docks.gate")]
    walking = person(6.0, 0.0, "boy", place="yard")
    seen = Mind(recall, scene()).feel(people=[walking], outlets=outlets)["glimpses"]
    assert seen == (Glimpse("boy", "yard"),)
    # A road of which one knows nothing tells nothing.
    unknown = replace(walking, place=None, riding=True, road="hill_road")
    assert Mind(recall, scene()).feel(people=[unknown], outlets=outlets, before=seen) == {}
    gone = replace(unknown, road="harbour_road")
    told = Mind(recall, scene()).feel(people=[gone], outlets=outlets, before=seen)["glimpses"]
    assert told == (Glimpse("boy", "docks", "docks.gate"),)
    assert Mind(recall, scene()).feel(people=[gone], outlets=outlets, before=told) == {}
    assert Mind(recall, scene()).feel(people=[gone], before=seen) == {}


def test_who_was_with_somebody_went_where_that_one_is_seen_to_drive() -> None:
    outlets = [Outlet("harbour_road", "docks", "docks.gate")]
    boy, girl = (person(east, 0.0, look, place="yard") for look, east in (("boy", 6.0), ("girl", 8.0)))
    cop = person(20.0, 0.0, "cop", place="yard")
    before = Mind(recall, scene()).feel(people=[boy, girl, cop], outlets=outlets)["glimpses"]
    assert [each.company for each in before] == [("girl",), ("boy",), ()]
    # Whoever knows no road has no use for it.
    assert [each.company for each in Mind(recall, scene()).feel(people=[boy, girl])["glimpses"]] == [(), ()]
    # Who goes out of sight first was with those who stay all the same.
    assert Mind(recall, scene()).feel(people=[boy, cop], outlets=outlets, before=before) == {}
    gone = replace(girl, place=None, riding=True, road="harbour_road")
    told = Mind(recall, scene()).feel(people=[gone], outlets=outlets, before=before)["glimpses"]
    assert {each.look: each.by for each in told} == {"boy": "docks.gate", "girl": "docks.gate", "cop": None}
    # But who is seen elsewhere is there.
    back = Mind(recall, scene()).feel(people=[gone, boy], outlets=outlets, before=told)["glimpses"]
    assert {each.look: each.place for each in back} == {"boy": "yard", "girl": "docks", "cop": "yard"}


def test_somebody_is_found_while_in_sight_and_remembered_after() -> None:
    jim = person(1.0, 0.0, who="jim")
    assert Mind(find, scene()).feel(who="jim", people=[COP, jim]) == {"in_sight": True, "person": jim}
    assert Mind(find, scene()).feel(who="jim", people=[COP]) == {"in_sight": False}
    assert Mind(find, scene()).feel(who=None, people=[COP]) == {"in_sight": False}


def test_of_two_who_may_be_the_one_the_nearer_is_taken() -> None:
    near, far = person(1.0, 0.0, "cop"), person(9.0, 0.0, "cop")
    assert Mind(look_for, scene()).feel(look="cop", people=[far, near])["person"] == near
    assert Mind(look_for, scene()).feel(look=None, people=[far, near]) == {"in_sight": False}


def test_the_loudest_sound_draws_attention_and_speech_only_if_there_is_nothing_else() -> None:
    sounds = (voice(), Heard("s", "shot", 0.2, Point(1, 1)), Heard("t", "whirr", 0.4, Point(2, 2)))
    assert Mind(hear, scene(sounds=sounds)).feel() == {"noise": Noise("whirr", Point(2, 2))}
    assert Mind(hear, scene(sounds=sounds[1::-1])).feel() == {"noise": Noise("shot", Point(1, 1))}
    assert Mind(hear, scene(sounds=(voice(),))).feel() == {"noise": Noise("speech", Point(3.0, 4.0))}
    assert Mind(hear, scene()).feel() == {}


def test_an_answer_is_what_was_said_to_oneself_and_is_no_order() -> None:
    assert Mind(hear_answer, scene(sounds=(replace(voice(), verb=None),))).feel() == {"answer": "Stop!"}
    assert Mind(hear_answer, scene(sounds=(voice(), replace(voice(), verb=None, to_me=False)))).feel() == {}


def test_whoever_aims_at_the_ward_is_a_threat_and_so_is_everyone_with_that_look() -> None:
    ward = person(3.0, 0.0, "boy", who="jim")
    aims = replace(COP, activity="aiming", aim=Point(3.2, 0.0))
    felt = Mind(judge_threat, scene()).feel(people=[ward, aims], ward=ward)
    assert (felt["threat"].track, felt["threat"].in_sight, felt["dangerous"]) == (aims.track, True, ("cop",))
    again = Mind(judge_threat, scene()).feel(people=[COP], ward=ward, feared=("cop",))
    assert again["threat"].look == "cop"


@pytest.mark.parametrize(
    "other",
    [COP, replace(COP, aim=Point(6.0, 5.0)), replace(COP, aim=Point(3.0, 0.0), who="friend")],
    ids=["is armed only", "aims elsewhere", "is known"],
)
def test_whoever_harms_nobody_is_no_threat(other: Person) -> None:
    felt = Mind(judge_threat, scene()).feel(people=[other], ward=person(3.0, 0.0, "boy", who="jim"))
    assert felt == {"dangerous": ()}


def test_whoever_aims_at_oneself_is_a_threat_too() -> None:
    aims = replace(COP, aim=Point(0.2, 0.0))
    assert Mind(judge_threat, scene()).feel(people=[aims])["threat"].track == aims.track


@pytest.mark.parametrize(
    ("stiff", "pieces", "brittle"), [(False, False, False), (True, False, True), (True, True, False)]
)
def test_who_is_frozen_and_whole_is_brittle_on_the_ground_too(stiff: bool, pieces: bool, brittle: bool) -> None:
    aims = replace(COP, aim=Point(0.2, 0.0), down=True, stiff=stiff, pieces=pieces)
    felt = Mind(judge_threat, scene()).feel(people=[aims])["threat"]
    assert (felt.down, felt.brittle) == (True, brittle)


def test_a_threat_out_of_sight_is_remembered_for_a_while() -> None:
    known: Threat = threat(3.0, 4.0, age=1.0)
    felt = Mind(judge_threat, scene(position=Point(3.0, 0.0))).feel(people=[], known=known)["threat"]
    assert (felt.in_sight, felt.age, felt.distance) == (False, 1.1, 4.0)
    old: Threat = threat(3.0, 4.0, age=7.95)
    assert Mind(judge_threat, scene()).feel(people=[], known=old)["threat"] is None


def test_an_order_is_taken_from_whoever_has_the_voice() -> None:
    faces = (Identity("boy", "jim", "boyish"),)
    felt = Mind(take_orders, scene(sounds=(voice(),))).feel(faces=faces)
    assert felt["order"] == Order("heard_4", "stop", "jim", "boyish", None, None, "heard")
    stranger = Mind(take_orders, scene(sounds=(voice(),))).feel(faces=())
    assert stranger["order"].by is None


@pytest.mark.parametrize("sound", [voice(verb=None), voice(to_me=False)], ids=["no order", "to somebody else"])
def test_other_words_are_no_order(sound: Heard) -> None:
    assert Mind(take_orders, scene(sounds=(sound,))).feel() == {}


def test_who_calls_to_come_along_becomes_a_friend_unless_feared_or_too_late() -> None:
    call = scene(sounds=(voice("come"),))
    man = person(3.0, 4.0, "man")
    assert Mind(befriend, call).feel(people=[COP, man]) == {"friend": "man"}
    assert Mind(befriend, call).feel(people=[man], feared=("man",)) == {}
    assert Mind(befriend, call).feel(people=[man], known="girl") == {}
    assert Mind(befriend, scene()).feel(people=[man]) == {}


def test_one_is_watched_by_those_on_their_feet() -> None:
    context = Mind(watched, scene()).context
    assert watched(context, [COP]) is True
    assert watched(context, [replace(COP, down=True)]) is False


def test_where_somebody_goes_is_seen_from_one_tick_to_the_next() -> None:
    first = Mind(foresee, scene()).feel(who=person(3.0, 4.0), in_sight=True)["course"]
    assert first == Course(Point(3.0, 4.0), 0.0, 0.0, 0.0, Point(3.0, 4.0))
    seen = Mind(foresee, scene()).feel(who=person(3.4, 3.8), in_sight=True, before=first)["course"]
    assert (seen.east, seen.north, seen.now) == (4.0, -2.0, Point(3.4, 3.8))


def test_out_of_sight_somebody_is_believed_to_go_on_for_a_while() -> None:
    gone = Course(Point(3.0, 4.0), 4.0, -2.0, 0.9, Point(6.6, 2.2))
    course = Mind(foresee, scene()).feel(who=person(3.0, 4.0), in_sight=False, before=gone)["course"]
    assert (course.age, course.now) == (1.0, Point(7.0, 2.0))
    assert Mind(foresee, scene()).feel(who=person(3.0, 4.0), in_sight=False, before=gone, ahead=0.5) == {}


def test_who_comes_back_into_sight_did_not_jump() -> None:
    gone = Course(Point(3.0, 4.0), 4.0, -2.0, 5.0, Point(23.0, -6.0))
    course = Mind(foresee, scene()).feel(who=person(9.0, 9.0), in_sight=True, before=gone)["course"]
    assert (course.at, course.east, course.north, course.age) == (Point(9.0, 9.0), 4.0, -2.0, 0.0)


def test_an_empty_vehicle_is_believed_to_stand_where_it_was_until_one_is_there() -> None:
    van = Ride("seen_2", "van", Point(0.0, 40.0), 40.0, 0, 2)
    far = replace(scene(), position=Point(0.0, 10.0))
    assert Mind(rides, far).feel(before=(van,))["vehicles"] == (replace(van, distance=30.0),)
    assert Mind(rides, replace(scene(), position=Point(0.0, 38.0))).feel(before=(van,))["vehicles"] == ()
    assert Mind(rides, far).feel(before=(replace(van, taken=1),))["vehicles"] == ()
    again = replace(van, track="seen_5", distance=30.0)
    assert Mind(rides, replace(far, rides=(again,))).feel(before=(van,))["vehicles"] == (again,)


def test_what_a_radio_says_tells_where_somebody_may_be() -> None:
    said = Heard("s", "radio", 0.9, Point(1.0, 1.0), text="shots in the west", place="west")
    felt = Mind(hear_call, scene(sounds=(said, voice()))).feel(who="jim")
    assert felt == {"call": Lead(Entity("jim"), "west", "west")}
    assert Mind(hear_call, scene(sounds=(replace(said, kind="speech"),))).feel(who="jim") == {}
    assert Mind(hear_call, scene(sounds=(replace(said, place=None),))).feel(who="jim") == {}


def test_the_ground_that_one_comes_into_is_where_to_look() -> None:
    grounds = (Ground("yard", ["barn", "well"]), Ground("hall", ["attic", "cellar"]))
    assert Mind(choose_ground, scene(place="hall")).feel(grounds=grounds)["beat"] == ("attic", "cellar")
    assert Mind(choose_ground, scene(place="yard")).feel(grounds=grounds)["beat"] == ("barn", "well")
    # Elsewhere one keeps to what one was at.
    assert Mind(choose_ground, scene(place="street")).feel(grounds=grounds) == {}


def test_one_is_in_a_place_at_whichever_of_its_points() -> None:
    assert Mind(be_in, scene(place="hall")).feel(place="hall.stairs") == {"there": True}
    assert Mind(be_in, scene(place="hall")).feel(place="hall") == {"there": True}
    assert Mind(be_in, scene(place="street")).feel(place="hall.stairs") == {"there": False}
    assert Mind(be_in, scene(place=None)).feel(place="hall") == {"there": False}


def test_a_question_from_behind_is_taken_up_once_its_asker_is_seen() -> None:
    asked = Heard(
        "s", "speech", 0.9, Point(-5.0, 0.0), text="Where is he?", to_me=True, topic="bob", look="child", asks=True
    )
    passer_by, asker = person(9.0, 0.0, "cop", track="seen_1"), person(-7.0, 0.0, "cop", track="seen_2")
    felt = Mind(hear_question, scene(sounds=(asked,))).feel(people=[passer_by])
    assert felt == {"unseen": asked}
    assert Mind(hear_question, scene()).feel(people=[passer_by], before=asked) == {}
    felt = Mind(hear_question, scene()).feel(people=[passer_by, asker], before=asked)
    assert felt == {"question": Question("s", "bob", "child", Entity("seen_2"), "cop"), "unseen": None}


def test_a_question_of_somebody_in_sight_is_taken_up_at_once() -> None:
    asked = Heard("s", "speech", 0.9, Point(2.0, 0.0), to_me=True, topic="bob", asks=True)
    near, far = person(3.0, 0.0, "cop", track="seen_1"), person(9.0, 0.0, "cop", track="seen_2")
    felt = Mind(hear_question, scene(sounds=(asked,))).feel(people=[far, near])
    assert felt == {"question": Question("s", "bob", None, Entity("seen_1"), "cop")}


@pytest.mark.parametrize(
    "chapter", ["mall", "hospital", "dyson", "cyberdyne", "highway", "steel_mill", "goodbye", "other_mission"]
)
def test_senses_read_what_they_say_and_it_makes_no_difference_that_they_are_not_asked_again(chapter: str) -> None:
    spec = open_scenario(chapter)
    run, asked = Simulation.of(spec, 7), Simulation.of(spec, 7, mind=Witness)  # who asks all senses in each tick
    says = {use.sense.name: use.sense.reads for each in spec.agents for use in each.agent.senses}
    read: dict[str, set[str]] = {}
    for _ in range(400):
        run.step()
        for name in asked.step().agents:
            witness = asked.agents[name]
            assert isinstance(witness, Witness)
            for sense, fields in witness._reads.items():
                read.setdefault(sense, set()).update(fields)
    assert run.recorder.sha256 == asked.recorder.sha256
    assert len(read) > 3
    for sense, fields in read.items():
        assert says[sense] is None or fields <= set(says[sense] or ()), sense
