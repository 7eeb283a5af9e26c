from __future__ import annotations

import pytest
from foundry import FOUNDRY, ann, bob, foundry, track, where
from worlds import kinds, rooms, run

from t800.core import Event
from t800.film.intents import MakeSign, MoveTo, StepInto, WorkHoist
from t800.types import Point
from t800.world import Kernel

PLATFORM = Point(20, 15.4)


def whys(events: list[Event]) -> set[str]:
    return {event.fields["why"] for event in events if event.kind == "Refused"}


def boarded() -> tuple[Kernel, str]:
    """A robot on the platform, somebody at the control, and that one's name for the hoist."""
    kernel = foundry(ann(20, 17.5), bob(21, 18, "robot"))
    run(kernel, 50, bob=MoveTo(PLATFORM))
    assert where(kernel, "bob") == PLATFORM
    assert kernel.fields("bob")["within"] is None
    return kernel, track(kernel, "ann", "chain")


def test_it_moves_only_while_a_hand_holds_its_control() -> None:
    kernel, hoist = boarded()
    run(kernel, 10, ann=WorkHoist(hoist))
    assert kernel.fields("hoist")["lift"] == 2.0
    run(kernel, 10)
    assert (kernel.fields("hoist")["lift"], kernel.fields("hoist")["hand"]) == (2.0, None)
    run(kernel, 5, ann=WorkHoist(hoist, down=False))
    assert (kernel.fields("hoist")["lift"], kernel.fields("hoist")["hand"]) == (2.5, "ann")


def test_it_carries_who_stands_on_it_down_to_the_steel() -> None:
    kernel, hoist = boarded()
    events = run(kernel, 29, ann=WorkHoist(hoist))
    assert kernel.fields("bob")["temperature"] < 200.0
    assert "Lowered" not in kinds(events)
    events = run(kernel, 2, ann=WorkHoist(hoist))
    (event,) = [event for event in events if event.kind == "Lowered"]
    assert event.fields == {"who": "bob", "by": "ann"}
    assert event.causes == ("ann:arms",)
    end = [event for event in run(kernel, 60, ann=WorkHoist(hoist)) if event.kind == "Destroyed"]
    assert [(e.fields, e.causes) for e in end] == [({"what": "bob", "by": "ann", "in": "vat"}, (event.id,))]


def test_letting_go_stops_it_and_who_is_raised_again_lives() -> None:
    kernel, hoist = boarded()
    run(kernel, 31, ann=WorkHoist(hoist))
    run(kernel, 10, ann=WorkHoist(hoist, down=False))
    assert kernel.fields("bob")["within"] is None
    assert "Destroyed" not in kinds(run(kernel, 100))


def test_nobody_steps_off_in_the_air_and_everybody_at_the_top() -> None:
    kernel, hoist = boarded()
    run(kernel, 10, ann=WorkHoist(hoist))
    assert whys(run(kernel, 1, bob=MoveTo(Point(20, 18)))) == {"the platform is in the air"}
    run(kernel, 12, ann=WorkHoist(hoist, down=False))
    run(kernel, 20, bob=MoveTo(Point(20, 18)))
    assert where(kernel, "bob").y > 17.0
    assert kernel.fields("bob")["afloat"] == 0.0


def test_the_control_is_within_reach_of_the_platform_and_of_who_stands_beside_it() -> None:
    kernel, _ = boarded()
    own = track(kernel, "bob", "chain")
    run(kernel, 1, bob=WorkHoist(own))
    assert kernel.fields("hoist")["hand"] == "bob"
    run(kernel, 30, ann=MoveTo(Point(20, 25)))
    assert whys(run(kernel, 1, ann=WorkHoist(track(kernel, "ann", "chain")))) == {"its control is out of reach"}


@pytest.mark.parametrize(("put", "hangs"), [((20, 17.0), (20, 15.4)), ((20, 12), (20, 15.4)), ((14, 10), (14.6, 10))])
def test_it_hangs_over_the_rim_on_the_side_where_it_was_put(
    put: tuple[float, float], hangs: tuple[float, float]
) -> None:
    spec = rooms(FOUNDRY.replace("platform: [20, 15.4]", f"platform: [{put[0]}, {put[1]}]"))
    kernel = foundry(ann(20, 17.5), spec=spec)
    assert where(kernel, "hoist") == Point(*hangs)
    run(kernel, 3)
    assert where(kernel, "hoist") == Point(*hangs)


def test_a_hoist_with_no_vat_in_reach_stays_where_it_was_put() -> None:
    kernel = foundry(ann(20, 17.5), spec=rooms(FOUNDRY.replace("platform: [20, 15.4]", "platform: [20, 25]")))
    assert where(kernel, "hoist") == Point(20, 25)


def test_it_starts_at_its_summit_however_high_that_is() -> None:
    spec = rooms(FOUNDRY.replace("hoist: {winding: 1.0}", "hoist: {winding: 1.0, summit: 4.0}"))
    kernel = foundry(ann(20, 17.5), bob(20, 15.4, "robot"), spec=spec)
    assert kernel.fields("hoist")["lift"] == 4.0
    assert whys(run(kernel, 1, bob=MoveTo(Point(20, 18)))) == set()


def test_in_the_air_one_holds_on_in_the_middle() -> None:
    kernel = foundry(ann(20, 17.5), bob(20.0, 16.2, "robot"))
    hoist = track(kernel, "ann", "chain")
    run(kernel, 20, ann=WorkHoist(hoist))
    assert where(kernel, "bob") == PLATFORM
    events = run(kernel, 80, ann=WorkHoist(hoist))
    assert [event.fields for event in events if event.kind == "Destroyed"] == [
        {"what": "bob", "by": "ann", "in": "vat"}
    ]


def test_two_hands_are_one_hand_at_a_time() -> None:
    kernel, hoist = boarded()
    run(kernel, 10, ann=WorkHoist(hoist), bob=WorkHoist(track(kernel, "bob", "chain")))
    assert kernel.fields("hoist")["lift"] == 2.0


def test_a_hand_goes_round_nobody_who_is_in_the_steel() -> None:
    kernel, _ = boarded()
    robot = track(kernel, "ann", "robot")
    run(kernel, 6, ann=MoveTo(PLATFORM))
    assert kinds(run(kernel, 1, ann=MakeSign("hug", robot))) == ["Gesture"]
    run(kernel, 1, bob=StepInto(track(kernel, "bob", "steel")))
    ann_now = kernel.entity("ann")
    assert ann_now is not None
    ann_now.position = where(kernel, "bob")
    assert whys(run(kernel, 1, ann=MakeSign("hug", robot))) == {"it is in molten steel"}


def test_the_state_of_a_hoist_is_saved() -> None:
    kernel, hoist = boarded()
    run(kernel, 32, ann=WorkHoist(hoist))
    other = foundry(ann(20, 17.5), bob(21, 18, "robot"))
    other.restore(kernel.snapshot())
    assert [e.fields for e in run(kernel, 60)] == [e.fields for e in run(other, 60)]
