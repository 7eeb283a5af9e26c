from __future__ import annotations

import json

import pytest
from foundry import FOUNDRY, ann, bob, foundry, track, where
from worlds import kinds, rooms, run

from t800.core import Event
from t800.film.intents import Fire, GoTo, MakeSign, MoveTo, StepInto, Throw
from t800.types import Point
from t800.world import Kernel

VAT = Point(20, 10)


def whys(events: list[Event]) -> set[str]:
    return {event.fields["why"] for event in events if event.kind == "Refused"}


def shot_from(x: float, y: float, target: tuple[float, float], text: str = FOUNDRY) -> tuple[Kernel, list[Event]]:
    kernel = foundry(ann(x, y), bob(*target), spec=rooms(text))
    return kernel, run(kernel, 1, ann=Fire(track(kernel, "ann", "policeman")))


def test_a_blow_can_push_somebody_over_the_railing_into_the_vat() -> None:
    kernel, events = shot_from(20, 26, (20, 20))
    (event,) = [event for event in events if event.kind == "KnockedBack"]
    assert event.fields == {"who": "bob", "by": "ann", "into": "vat"}
    assert kernel.fields("bob")["within"] == "vat"
    assert where(kernel, "bob").distance(VAT) < 6.0


@pytest.mark.parametrize(("x", "y", "target"), [(20, 18, (20, 22)), (4, 20, (8, 20))], ids=["away", "past it"])
def test_a_blow_in_another_direction_does_not(x: float, y: float, target: tuple[float, float]) -> None:
    kernel, events = shot_from(x, y, target)
    assert [event.fields["into"] for event in events if event.kind == "KnockedBack"] == ["hall"]
    assert kernel.fields("bob")["within"] is None


def test_a_weaker_blow_ends_at_the_railing() -> None:
    kernel, events = shot_from(20, 26, (20, 18), FOUNDRY.replace("knock_back: 800", "knock_back: 450"))
    assert [event.fields["into"] for event in events if event.kind == "KnockedBack"] == ["hall"]
    assert kernel.fields("bob")["within"] is None
    assert 5.99 <= where(kernel, "bob").distance(VAT) < 6.5


def test_in_the_vat_it_melts_and_that_is_the_end_of_it() -> None:
    kernel, first = shot_from(20, 26, (20, 20))
    events = run(kernel, 60)
    (end,) = [event for event in events if event.kind == "Destroyed"]
    assert end.fields == {"what": "bob", "by": "ann", "in": "vat"}
    assert [event.kind for event in first if event.id in end.causes] == ["KnockedBack"]
    assert kernel.fields("bob")["destroyed"] is True
    run(kernel, 1)
    assert "quicksilver" not in [seen.look for seen in kernel.observe("ann").sightings]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("sees", "told"), [(60, ["quicksilver"]), (14, ["quicksilver"]), (9, [])])
def test_who_sees_it_melt_knows_by_its_look(sees: int, told: list[str]) -> None:
    # It melts about 12 m from her; the middle of the vat is 16 m away.
    kernel, _ = shot_from(20, 26, (20, 20), FOUNDRY.replace("ahead: 60, behind: 60", f"ahead: {sees}, behind: {sees}"))
    assert 9 < where(kernel, "bob").distance(where(kernel, "ann")) < 14
    seen = []
    for _ in range(60):
        kernel.step({})
        seen += kernel.observe("ann").melted  # type: ignore[attr-defined]  # a Scene
    assert seen == told


def test_somebody_living_dies_at_once() -> None:
    kernel = foundry(ann(20, 17))
    events = run(kernel, 2, ann=StepInto(track(kernel, "ann", "steel")))
    (end,) = [event for event in events if event.kind == "Killed"]
    assert end.fields == {"who": "ann", "by": "ann", "with": "molten steel"}


def test_what_is_thrown_into_the_vat_melts_by_who_threw_it() -> None:
    kernel = foundry(ann(20, 18))
    thrown = run(kernel, 1, ann=Throw("chip", VAT))
    assert [event.fields for event in thrown if event.kind == "Thrown"] == [
        {"by": "ann", "what": "chip", "into": "vat"}
    ]
    events = run(kernel, 60)
    assert [event.fields for event in events if event.kind == "Destroyed"] == [
        {"what": "chip", "by": "ann", "in": "vat"}
    ]
    assert kernel.fields("chip")["held_by"] is None


def test_what_is_thrown_beside_it_lies_there() -> None:
    kernel = foundry(ann(20, 20))
    run(kernel, 1, ann=Throw("chip", Point(24, 20)))
    events = run(kernel, 60)
    assert kinds(events) == []
    assert where(kernel, "chip") == Point(24, 20)


def test_only_what_is_in_hand_can_be_thrown_and_not_too_far() -> None:
    kernel = foundry(ann(20, 21), bob(30, 25, "person"))
    assert whys(run(kernel, 1, bob=Throw("chip", Point(30, 26)))) == {"it has no such thing in hand"}
    assert whys(run(kernel, 1, ann=Throw("chip", VAT))) == {"that is too far"}


def test_walkers_go_round_a_vat_and_do_not_fall_in() -> None:
    kernel = foundry(ann(18, 20, "robot"))
    run(kernel, 60, ann=MoveTo(Point(21, 2), run=True))
    assert where(kernel, "ann").distance(Point(21, 2)) < 0.5
    assert kernel.fields("ann")["within"] is None


def test_who_walks_to_the_middle_of_a_vat_comes_as_far_as_the_rim() -> None:
    kernel = foundry(ann(18, 20, "robot"))
    run(kernel, 60, ann=GoTo("hall.steel", run=True))
    assert 5.99 < where(kernel, "ann").distance(VAT) < 6.2


def test_a_step_over_the_rim_is_asked_for_and_only_from_there() -> None:
    kernel = foundry(ann(20, 24, "robot"))
    vat = track(kernel, "ann", "steel")
    assert whys(run(kernel, 1, ann=StepInto(vat))) == {"the rim is out of reach"}
    run(kernel, 20, ann=MoveTo(VAT, run=True))
    (event,) = [event for event in run(kernel, 1, ann=StepInto(vat)) if event.kind == "SteppedIn"]
    end = [event for event in run(kernel, 80) if event.kind == "Destroyed"]
    assert [(e.fields["what"], e.fields["by"], e.causes) for e in end] == [("ann", "ann", (event.id,))]


def test_in_the_vat_hands_can_still_make_a_sign_and_nothing_else() -> None:
    kernel = foundry(ann(20, 17, "robot"), bob(20, 18, "person"))
    run(kernel, 1, ann=StepInto(track(kernel, "ann", "steel")))
    assert kinds(run(kernel, 1, ann=MakeSign("thumbs_up"))) == ["Gesture"]
    assert whys(run(kernel, 1, ann=Throw("chip", Point(20, 18)))) == {"it is in molten steel"}
    assert whys(run(kernel, 1, ann=MoveTo(Point(20, 18)))) == {"it is in molten steel"}


def test_without_a_vat_nothing_melts() -> None:
    kernel = foundry(ann(20, 26), bob(20, 20), spec=rooms(FOUNDRY).without("vat"))
    run(kernel, 3, ann=Fire(track(kernel, "ann", "policeman")))
    assert "Destroyed" not in kinds(run(kernel, 100))


def test_a_world_in_the_middle_of_it_goes_on_from_a_snapshot_as_it_would_have() -> None:
    kernel, _ = shot_from(20, 26, (20, 20))
    run(kernel, 10)
    other = foundry(ann(20, 26), bob(20, 20))
    other.restore(kernel.snapshot())
    assert [e.fields for e in run(kernel, 50)] == [e.fields for e in run(other, 50)]
    assert other.fields("bob")["destroyed"] is True


def test_who_walks_round_a_vat_goes_on_from_a_snapshot_by_the_same_way() -> None:
    kernel = other = foundry(ann(18, 20, "robot"))
    for _ in range(60):
        saved = json.loads(json.dumps(other.snapshot()))
        other = foundry(ann(18, 20, "robot"))
        other.restore(saved)
        run(kernel, 1, ann=MoveTo(Point(21, 2), run=True))
        run(other, 1, ann=MoveTo(Point(21, 2), run=True))
        assert where(other, "ann") == where(kernel, "ann")
