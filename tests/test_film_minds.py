from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from minds import BODY, Mind, person, scene
from worlds import ROOMS, kinds, rooms, run, world

from t800.core import RUNNING, SUCCESS, Fate
from t800.film.feelings import Moved, Stir, appraise
from t800.film.happenings import Happening, Mark, Notes, witness
from t800.film.intents import Say, Show, Tell
from t800.film.lore import Confided, Fact, learn
from t800.film.records import Heard, Identity, Person
from t800.film.skills.telling import Confide, show_feelings
from t800.spec.world import Participant, WorldSpec
from t800.types import Entity, Point
from t800.world import Kernel

BOY = person(4.0, 0.0, "boy", track="seen_2", who="jim")
COP = person(10.0, 0.0, "cop", track="seen_1", armed=True)
SHOOTS = replace(COP, activity="shooting", aim=Point(4.0, 0.0))
MAN = person(6.0, 0.2, "man", track="seen_3")
CHILD = Participant("child", 2, "child", Point(2.0, 4.0))
ROBOT = Participant("robot", 1, "robot", Point(6.0, 4.0))


def lived(people: list[Person], before: Notes | None = None, **more: Any) -> list[tuple[Any, ...]]:
    """Kind, doer and sufferer of all that happens in one tick."""
    sounds = more.pop("sounds", ())
    felt = Mind(witness, scene(sounds=sounds)).feel(people=people, body=BODY, before=before, **more)
    return [(h.kind, h.by, h.whom or ("me" if h.mine else None)) for h in felt["happenings"]]


def noted(*people: Person, **changes: Any) -> Notes:
    """What is remembered of people who stood there, quiet and whole."""
    marks = [replace(Mark(other.track, "", False, -1, False, False), **changes) for other in people]
    return Notes(1.0, tuple(marks), ("boy", "cop", "man"))


def said(at: Point = Point(6.0, 0.2), **more: Any) -> Heard:  # noqa: B008
    return Heard("heard_9", "speech", 0.5, at, "deep", **{"text": "Run!", "to_me": True, **more})


def test_each_look_is_met_once() -> None:
    felt = Mind(witness, scene()).feel(people=[MAN], body=BODY)
    assert [h.kind for h in felt["happenings"]] == ["met"]
    assert lived([MAN], felt["notes"]) == []
    assert lived([replace(MAN, track="seen_8")], felt["notes"]) == []


def test_an_attack_is_told_once_with_whom_it_is_meant_for() -> None:
    assert lived([SHOOTS, BOY], noted(COP, BOY)) == [("shot", "cop", "boy")]
    assert lived([SHOOTS, BOY], noted(COP, BOY, act="shooting")) == []
    assert lived([replace(SHOOTS, activity="aiming"), BOY], noted(COP, BOY, act="shooting")) == []
    assert lived([replace(SHOOTS, aim=Point(0.0, 0.0))], noted(COP)) == [("shot", "cop", "me")]


def test_a_blow_is_told_of_whom_it_throws_else_of_who_is_there_else_of_nobody() -> None:
    strikes = replace(COP, activity="striking", aim=Point(9.0, 0.0))
    near, far = replace(BOY, position=Point(8.6, 0.0)), replace(MAN, position=Point(3.0, 0.0))
    before = noted(COP, BOY, MAN, beside=True)
    assert lived([strikes, near, far], before) == [("struck", "cop", "boy")]
    assert lived([strikes, near, replace(far, flung=True)], before) == [("struck", "cop", "man")]
    assert lived([strikes, BOY, far], before) == []
    assert lived([replace(strikes, aim=Point(0.2, 0.0))], before) == [("struck", "cop", "me")]


def test_whoever_steps_into_the_line_of_fire_shields() -> None:
    assert ("shielded", "man", "boy") in lived([SHOOTS, BOY, MAN], noted(COP, BOY, MAN))
    at_me = replace(SHOOTS, aim=Point(0.0, 0.0))
    assert ("shielded", "man", "me") in lived([at_me, MAN], noted(COP, MAN))
    aside = replace(MAN, position=Point(6.0, 3.0))
    assert lived([SHOOTS, BOY, aside], noted(COP, BOY, MAN, act="shooting", beside=True)) == []


def test_wounds_falls_and_stillness_are_told_with_who_did_it() -> None:
    hit = replace(BOY, hurt=True, down=True)
    quiet = noted(COP, BOY, act="shooting")
    assert lived([SHOOTS, hit], quiet) == [("wounded", "cop", "boy"), ("felled", "cop", "boy")]
    assert lived([hit], noted(BOY, hurt=True, down=0), lifeless=0.7) == [("died", None, "boy")]
    assert lived([hit], noted(BOY, hurt=True, down=0), lifeless=0.8) == []


def test_ones_own_hurt_is_felt() -> None:
    assert lived([], Notes(1.2)) == [("hurt", None, "me")]
    assert lived([], Notes(1.0)) == []


def test_who_comes_with_somebody_known_is_told() -> None:
    assert lived([BOY, MAN], noted(BOY, MAN)) == [("came_with", "man", "boy")]
    assert lived([BOY, replace(MAN, position=Point(9.1, 0.0))], noted(BOY, MAN)) == []


@pytest.mark.parametrize(
    ("sound", "kind"),
    [
        (said(tone="pleading"), [("pleaded", "man", "me")]),
        (said(verb="stop"), [("ordered", "man", "me")]),
        (said(topic="truth"), [("told", "man", "me")]),
        (said(topic="truth", to_me=False), [("overheard", "man", None)]),
        (said(topic="truth", asks=True), [("asked", "man", "me")]),
        (said(text="refused", answers="stop"), [("refused", "man", "me")]),
        (said(), []),
        (replace(said(), kind="shot"), [("heard", "man", None)]),
    ],
    ids=lambda case: case[0][0] if isinstance(case, list) and case else "",
)
def test_what_is_heard_is_told_apart(sound: Heard, kind: list[tuple[Any, ...]]) -> None:
    assert [
        (k, by, "me" if whom == "me" else None) for k, by, whom in lived([MAN], noted(MAN), sounds=(sound,))
    ] == kind


def test_a_voice_out_of_sight_tells_who_it_is_to_those_who_know_it() -> None:
    sound = said(tone="pleading")
    assert sound.voice is not None
    son = Identity("boy", Entity("john"), sound.voice)
    assert lived([], sounds=(sound,)) == [("pleaded", None, "me")]
    assert lived([], sounds=(sound,), faces=(son,)) == [("pleaded", "boy", "me")]
    assert lived([], sounds=(replace(sound, voice="another"),), faces=(son,)) == [("pleaded", None, "me")]
    assert lived([MAN], noted(MAN), sounds=(sound,), faces=(son,)) == [("pleaded", "man", "me")]


def test_what_comes_from_within_is_lived_through_once() -> None:
    felt = Mind(witness, scene()).feel(people=[], body=BODY, inner=[Happening("dreamt", topic="fire")])
    assert [h.topic for h in felt["happenings"]] == ["fire"]
    assert felt["rest"] == ()


STIRS = [
    Stir("shielded", "trust", 0.5, doer="man"),
    Stir("pleaded", "empathy", 0.2, mine=True),
    Stir("struck", "trust", -0.5, doer="man"),
    Stir("told", "dread", 0.4, topic="fire", once=True),
]


def stirred(*happenings: Happening, **more: Any) -> dict[str, Any]:
    return Mind(appraise, scene()).feel(happenings=list(happenings), stirs=STIRS, **more)


def test_a_stir_takes_a_share_of_what_is_left() -> None:
    deed = Happening("shielded", by="man", whom="boy")
    felt = stirred(deed, deed, trust_was=0.2)
    assert (felt["trust"], felt["moved"]) == (0.8, (Moved("trust", 0.2, 0.8, "man shielded boy"),))
    assert stirred(Happening("struck", by="man"), trust_was=0.8)["trust"] == 0.4


def test_what_one_is_told_convinces_as_far_as_one_trusts() -> None:
    stirs = [Stir("told", "conviction", 0.8, times="trust")]
    for trust, conviction in ((1.0, 0.8), (0.5, 0.4)):
        felt = Mind(appraise, scene()).feel(
            happenings=[Happening("told", topic="fire")], stirs=stirs, conviction_was=0.0, trust_was=trust
        )
        assert felt["conviction"] == conviction
    felt = Mind(appraise, scene()).feel(happenings=[Happening("told", topic="fire")], stirs=stirs, conviction_was=0.1)
    assert "conviction" not in felt


def test_only_what_is_meant_moves() -> None:
    for other in (Happening("shielded", by="cop"), Happening("shot", by="man"), Happening("pleaded")):
        assert stirred(other, trust_was=0.2, empathy_was=0.2) == {"moved": ()}
    assert stirred(Happening("pleaded", mine=True), empathy_was=0.0)["empathy"] == 0.2


def test_a_quantity_that_an_agent_lacks_stays_unknown() -> None:
    assert stirred(Happening("shielded", by="man")) == {"moved": ()}


def test_what_moves_once_moves_once() -> None:
    told = Happening("told", topic="fire")
    felt = stirred(told, told, dread_was=0.0)
    assert (felt["dread"], felt["spent"]) == (0.4, (3,))
    assert stirred(told, dread_was=0.4, used=felt["spent"]) == {"moved": ()}


def moved(value: float, was: float = 0.2, handle: str | None = None) -> Show:
    return Show((Moved("trust", was, value, "man shielded me", handle),))


def test_a_change_of_mind_that_shows_is_an_event_once_it_is_noteworthy() -> None:
    kernel = world([CHILD], spec=_minded())
    assert "TrustChanged" not in kinds(run(kernel, 1, child=moved(0.22)))
    (event,) = run(kernel, 1, child=moved(0.24, was=0.22))
    assert (event.kind, event.rule) == ("TrustChanged", "a change of mind")
    assert event.fields == {"who": "child", "value": 0.24, "why": "man shielded me"}
    copy = world([CHILD], spec=_minded())
    copy.restore(kernel.snapshot())
    assert kinds(run(copy, 1, child=moved(0.25, was=0.24))) == []


def test_words_that_moved_a_mind_are_a_cause() -> None:
    kernel = world([CHILD, ROBOT], spec=_minded())
    said = run(kernel, 1, robot=Say("It is true."))[-1]
    (heard,) = kernel.observe("child").sounds  # type: ignore[attr-defined]
    (event,) = run(kernel, 1, child=moved(0.5, handle=heard.handle))
    assert (said.kind, event.causes) == ("Said", ("child:mind", said.id))


def _minded() -> WorldSpec:
    return rooms(ROOMS.replace("power, perception", "power, minds, perception"))


def test_feelings_show_while_they_move() -> None:
    mind = Mind(show_feelings, scene())
    change = Moved("trust", 0.1, 0.2, "man shielded me")
    assert (mind.act(moved=[]), mind.asked) == (RUNNING, None)
    assert (mind.act(moved=[change]), mind.asked) == (RUNNING, Show((change,)))


FIRE = Fact("fire", "It will burn.", "zoe")
TRUTH = Fact("truth", "It was I.", None, "man")


def test_what_one_is_told_is_known_from_then_on_and_from_whom() -> None:
    sound = said(topic="fire", text="It will burn.", object="zoe")
    felt = Mind(learn, scene(sounds=(sound,))).feel(people=[MAN], before=[TRUTH])
    assert felt["lore"] == (TRUTH, replace(FIRE, source="man"))
    assert felt["knows"] == ("truth", "fire")


@pytest.mark.parametrize("change", [{"to_me": False}, {"asks": True}, {"verb": "inform"}, {"place": "hall"}])
def test_what_is_not_told_is_not_learned(change: dict[str, Any]) -> None:
    felt = Mind(learn, scene(sounds=(said(topic="fire", **change),))).feel(people=[MAN])
    assert felt == {"knows": ()}


def confide(skill: Any, mind: Mind, already: list[Confided], **more: Any) -> Any:
    return skill.tick(mind.context, BOY, [FIRE, TRUTH], already, None, **more)


def test_one_topic_after_the_other_is_told_and_none_twice() -> None:
    skill = Confide()
    mind = Mind(Confide, scene())
    assert confide(skill, mind, []) == RUNNING
    assert mind.asked == Tell("fire", "seen_2", text="It will burn.", object="zoe")
    granted = Mind(Confide, scene(), Fate("granted"))
    assert confide(skill, granted, []) == RUNNING
    assert granted.wrote == {"confided": (Confided("fire", "boy"),)}
    granted.context.tick += 20
    assert confide(skill, granted, [Confided("fire", "boy")]) == RUNNING
    assert granted.asked == Tell("truth", "seen_2", text="It was I.")
    confide(skill, granted, [Confided("fire", "boy")])
    granted.context.tick += 20
    assert confide(skill, granted, [Confided("fire", "boy"), Confided("truth", "boy")]) == SUCCESS


def test_nobody_is_told_what_they_said_themselves_and_only_what_is_asked_for() -> None:
    mind = Mind(Confide, scene())
    man = replace(MAN, who=None)
    Confide().tick(mind.context, man, [TRUTH, FIRE], [], None)
    assert mind.asked == Tell("fire", "seen_3", text="It will burn.", object="zoe")
    none = Mind(Confide, scene())
    assert Confide().tick(none.context, man, [FIRE], [], None, topics=["ice"]).name == "FAILURE"


def test_telling_of_a_topic_reaches_the_hearer_as_told() -> None:
    kernel: Kernel = world([CHILD, ROBOT])
    run(kernel, 1, robot=Tell("fire", "seen_1", text="It will burn.", object="zoe"))
    (heard,) = kernel.observe("child").sounds  # type: ignore[attr-defined]
    assert (heard.topic, heard.text, heard.object, heard.place) == ("fire", "It will burn.", "zoe", None)
    (told,) = [event for event in run(kernel, 1) if event.kind == "Told"]
    assert told.fields == {"topic": "fire", "by": "robot", "to": "child"}


def test_an_order_about_a_topic_tells_nothing_of_it() -> None:
    kernel = world([CHILD, ROBOT])
    run(kernel, 1, robot=Say("Tell me.", "inform", to="seen_1", topic="fire"))
    assert kinds(run(kernel, 1)) == ["OrderHeard"]
