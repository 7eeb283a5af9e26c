"""Who people are believed to be: what speaks against them is seen and heard, and adds up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from minds import Mind, person, scene
from worlds import ROOMS, rooms, run, world

from t800.film.belief import suspect
from t800.film.intents import Fire
from t800.film.records import Belief, Heard, Identity, Person, Scene, Sighting
from t800.film.senses import judge_threat
from t800.spec.world import Participant
from t800.types import Point

COP = person(3.0, 4.0, "cop")
STRIKER = person(3.0, 4.0, "cop", activity="striking")


def belief(*people: Person, before: tuple[Belief, ...] = (), sounds: tuple[Heard, ...] = (), **ports: Any) -> Belief:
    """What is believed of the first of these people."""
    felt = Mind(suspect, scene(sounds=sounds)).feel(people=list(people), before=before, **ports)
    found: Belief = felt["beliefs"][0]
    return found


def question(topic: str = "jim", at: Point = COP.position) -> Heard:
    return Heard("heard_4", "speech", 0.5, at, "calm", "Seen him?", topic=topic, asks=True)


def test_whoever_does_nothing_odd_is_who_they_pass_for() -> None:
    found = belief(COP, faces=(Identity("cop", "bill"),))
    assert (found.claimed, found.who, found.confidence, found.suspicion, found.odd) == ("bill", "bill", 1.0, 0.0, ())


@pytest.mark.parametrize(
    ("seen", "sounds", "act", "suspicion"),
    [
        ([COP], (question(),), "asks for him", 0.45),
        ([person(3.0, 4.0, "cop", hurt=True)], (), "does not bleed", 0.6),
        ([person(3.0, 4.0, "cop", warm=False)], (), "is cold", 0.5),
        (
            [STRIKER, person(6.0, 4.0, flung=True, track="b")],
            (),
            "throws people",
            0.5,
        ),
    ],
    ids=["asks", "no blood", "cold", "strong"],
)
def test_each_odd_thing_raises_the_suspicion(
    seen: list[Person], sounds: tuple[Heard, ...], act: str, suspicion: float
) -> None:
    found = belief(*seen, sounds=sounds, ward="jim")
    assert (found.odd, found.suspicion) == ((act,), suspicion)


@pytest.mark.parametrize(
    ("seen", "sounds"),
    [
        ([COP], (question("ann"),)),
        ([COP], (question(at=Point(9.0, 9.0)),)),
        ([person(3.0, 4.0, "cop", hurt=True, bleeding=True)], ()),
        ([person(3.0, 4.0, "cop", warm=True)], ()),
        ([COP, person(6.0, 4.0, flung=True, track="b")], ()),
        ([STRIKER, person(20.0, 4.0, flung=True, track="b")], ()),
    ],
    ids=["asks for another", "somebody else asks", "bleeds", "is warm", "struck nobody", "too far to have done it"],
)
def test_what_people_do_is_not_odd(seen: list[Person], sounds: tuple[Heard, ...]) -> None:
    assert belief(*seen, sounds=sounds, ward="jim").odd == ()


def test_wounds_that_close_are_odd() -> None:
    before = belief(person(3.0, 4.0, "cop", hurt=True, bleeding=True))
    assert belief(COP, before=(before,)).odd == ("its wounds close",)


def test_only_who_was_in_sight_all_the_while_has_healed() -> None:
    hurt, well = person(3.0, 4.0, "cop", hurt=True, bleeding=True), person(6.0, 8.0, "cop", track="seen_2")
    alone, both = belief(hurt), belief(hurt, well)
    assert belief(well, before=(alone,)).odd == belief(well, before=(both,)).odd == ()
    assert belief(replace(hurt, hurt=False, bleeding=False), before=(both,)).odd == ("its wounds close",)


def test_odd_things_add_up_once_each_until_somebody_is_taken_for_the_enemy() -> None:
    first = belief(COP, sounds=(question(),), ward="jim", enemy="it", faces=(Identity("cop", "bill"),))
    assert (first.who, first.confidence) == ("bill", 0.55)
    again = belief(COP, sounds=(question(),), ward="jim", enemy="it", before=(first,))
    assert again.suspicion == first.suspicion
    both = belief(person(3.0, 4.0, "cop", hurt=True), ward="jim", enemy="it", before=(again,))
    assert (both.who, both.suspicion, both.confidence) == ("it", 0.78, 0.78)


def test_contacts_are_counted_and_a_belief_ages_out_of_sight() -> None:
    first = belief(COP)
    assert (first.contacts, belief(COP, before=(first,)).contacts) == (1, 1)
    ages, lost = [], first
    for tick in range(5, 27):
        mind = Mind(suspect, replace(scene(), tick=tick))
        known, lost = lost, mind.feel(people=[], before=(lost,))["beliefs"][0]
        assert (lost is known) is (lost.age == known.age and tick > 5)
        ages.append(lost.age)
    assert (ages, lost.place, lost.lost) == ([0.0] * 9 + [1.0] * 10 + [2.0] * 3, "hall", 5)
    assert belief(COP, before=(lost,)).lost is None
    assert belief(person(1.0, 1.0, "cop", track="seen_2"), before=(lost,)).contacts == 2


def test_the_most_suspicious_is_told_apart() -> None:
    cold, asks = person(1.0, 0.0, "a", warm=False), person(3.0, 4.0, "cop")
    felt = Mind(suspect, scene(sounds=(question(),))).feel(people=[asks, cold], ward="jim")
    assert felt["suspected"].look == "a"
    assert "suspected" not in Mind(suspect, scene()).feel(people=[asks])


def test_whoever_is_suspected_enough_is_a_threat() -> None:
    cold = belief(person(3.0, 4.0, "cop", warm=False), cold=0.8)
    felt = Mind(judge_threat, scene()).feel(people=[COP], beliefs=(cold,))
    assert (felt["threat"].look, felt["dangerous"]) == ("cop", ("cop",))
    assert "threat" not in Mind(judge_threat, scene()).feel(people=[COP], beliefs=(cold,), alarm=0.9)


def sighting(text: str, ticks: int = 0) -> Sighting:
    """What the robot sees of the child, in rooms of this text, after it shot for so many ticks."""
    people = [Participant("robot", 1, "robot", Point(2.0, 4.0)), Participant("kid", 2, "child", Point(6.0, 4.0))]
    kernel = world(people, spec=rooms(text))
    run(kernel, ticks, robot=Fire("seen_1"))
    seen = kernel.observe("robot")
    assert isinstance(seen, Scene)
    (found,) = seen.sightings
    return found


STURDY = ROOMS.replace("{structure: 1.0, whole: 1.0}", "{structure: 9.0, whole: 9.0}")


def test_wounds_can_be_seen_and_bleed_if_they_are_of_flesh() -> None:
    assert (sighting(STURDY).hurt, sighting(STURDY).flung) == (False, False)
    hit = sighting(STURDY, ticks=3)
    assert (hit.hurt, hit.bleeding, hit.flung) == (True, True, True)
    metal = sighting(STURDY.replace("look: child", "look: child, flesh: false"), ticks=3)
    assert (metal.hurt, metal.bleeding) == (True, False)
    assert sighting(STURDY, ticks=5).flung is False


def test_only_some_eyes_see_who_is_warm() -> None:
    sharp = STURDY.replace("ahead: 50, behind: 50", "ahead: 50, behind: 50, infrared: true")
    assert sighting(STURDY).warm is None
    assert sighting(sharp).warm is True
    assert sighting(sharp.replace("look: child", "look: child, flesh: false")).warm is False
