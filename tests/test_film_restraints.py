"""Straps, locks and things in hands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from minds import BODY, Mind, scene
from worlds import ROOMS, kinds, rooms, run, world

from t800.core import FAILURE, RUNNING, SUCCESS, Event, Fate, Refusal
from t800.film.barriers import feel_doors
from t800.film.intents import Bind, GoTo, Hand, Loot, MakeSign, Pick, Pose, Say, Strike, Take, Unbind, WorkLoose
from t800.film.records import Door, Scene
from t800.film.skills.breaking_out import LockBehind, pick_lock, work_loose
from t800.film.skills.handling import hand_over
from t800.spec.world import Participant
from t800.types import Entity, Point
from t800.world import Kernel

SPEC = (
    ROOMS.replace("[walking, bodies,", "[walking, doors, bodies, restraints, lockpicks, mimicry, gestures, handling,")
    .replace(
        "  gun:\n",
        """  straps:
    doc: Straps.
    item:
    restraint: {slack: 1.0}
  wire:
    doc: A wire.
    item:
    lockpick: {yields: 1.0, breaks: 0.0}
  steel_door:
    doc: A door.
    door: {strength: 3000}
  coin:
    doc: A coin.
    appearance: {look: coin}
    item:
  gun:
""",
    )
    .replace(
        "entities:\n",
        """entities:
  straps_1: {body: straps, stream: 110, at: west, HOLDS}
  wire_1: {body: wire, stream: 111, at: west, held_by: child}
  gate: {body: steel_door, stream: 112, at: west, doorway: door, lock: house, locked: true}
  coin_1: {body: coin, stream: 113, at: west.window}
""",
    )
)
LOOSE = "slack: 1.0"
CHILD = Participant("child", 2, "child", Point(2.0, 4.0))
ROBOT = Participant("robot", 1, "robot", Point(3.0, 4.0))


def prison(*people: Participant, holds: str = "holds: child") -> Kernel:
    return world(people, spec=rooms(SPEC.replace("HOLDS", holds)))


def whys(events: list[Event]) -> set[str]:
    return {event.fields["why"] for event in events if event.kind == "Refused"}


def test_whoever_is_bound_goes_nowhere_and_can_only_speak_or_work_loose() -> None:
    kernel = prison(CHILD, ROBOT)
    for intent in (GoTo("west.corner"), Pick(Point(10.0, 4.0))):
        assert whys(run(kernel, 1, child=intent)) == {"it is bound"}
    assert whys(run(kernel, 1, child=Say("Help!"))) == set()
    assert kernel.observe("child").body.bound  # type: ignore[attr-defined]
    events = run(kernel, 60, child=WorkLoose())
    assert [event.fields for event in events if event.kind == "BrokeLoose"] == [{"who": "child"}]
    assert whys(run(kernel, 1, child=GoTo("west.corner"))) == set()
    assert whys(run(kernel, 1, child=WorkLoose())) == {"it is not bound"}


def test_somebody_else_can_untie_them() -> None:
    kernel = prison(CHILD, ROBOT)
    run(kernel, 1)
    assert "Freed" in kinds(run(kernel, 1, robot=Unbind("seen_1")))
    assert not kernel.observe("child").body.bound  # type: ignore[attr-defined]
    assert whys(run(kernel, 1, robot=Unbind("seen_1"))) == {"it is not bound"}


def test_only_who_is_down_can_be_bound_and_with_something_in_hand() -> None:
    kernel = prison(CHILD, ROBOT, holds="held_by: robot")
    run(kernel, 1)
    assert whys(run(kernel, 1, robot=Bind("seen_1"))) == {"it will not lie still"}
    run(kernel, 5, robot=Strike("seen_1", disable=True))
    events = run(kernel, 1, robot=Bind("seen_1"))
    assert [event.fields for event in events if event.kind == "Bound"] == [{"who": "child", "by": "robot"}]
    bare = prison(CHILD, ROBOT, holds=LOOSE)
    run(bare, 5, robot=Strike("seen_1", disable=True))
    assert whys(run(bare, 1, robot=Bind("seen_1"))) == {"there is nothing to bind it with"}


def test_who_sits_in_a_vehicle_cannot_be_bound() -> None:
    text = (
        SPEC.replace("[walking, doors,", "[walking, driving, doors,")
        .replace("    living:\n", "    living:\n    rider:\n", 1)
        .replace(
            "  coin:\n",
            "  cart:\n    doc: A cart.\n    vehicle: {seats: 2, spread: 0.5, top: 20, pickup: 5}\n  coin:\n",
        )
        .replace("entities:\n", "entities:\n  cart_1: {body: cart, stream: 114, at: west}\n")
    )
    kernel = world([CHILD, ROBOT], spec=rooms(text.replace("HOLDS", "held_by: robot")))
    run(kernel, 1)
    kernel.edit("child", "vehicle", "cart_1")
    kernel.edit("child", "down", 5.0)
    assert whys(run(kernel, 1, robot=Bind("seen_1"))) == {"it sits in a vehicle"}
    kernel.edit("child", "vehicle", None)
    assert "Bound" in kinds(run(kernel, 1, robot=Bind("seen_1")))


def test_a_limp_hand_lets_go_of_what_it_held() -> None:
    kernel = prison(CHILD, ROBOT, holds="held_by: child")
    run(kernel, 1)
    assert whys(run(kernel, 1, robot=Loot("seen_1"))) == {"it would not let go"}
    run(kernel, 5, robot=Strike("seen_1", disable=True))
    taken = {event.fields["what"] for event in run(kernel, 1, robot=Loot("seen_1")) if event.kind == "Taken"}
    assert taken == {"straps_1", "wire_1"}


def test_a_lock_gives_in_to_a_pick_and_not_to_bare_hands() -> None:
    near = replace(CHILD, at=Point(9.0, 4.0))
    kernel = prison(near, ROBOT, holds=LOOSE)
    at = Point(10.0, 4.0)
    events = run(kernel, 60, child=Pick(at))
    assert [event.fields for event in events if event.kind == "Unlocked"] == [{"who": "child", "what": "gate"}]
    assert whys(run(kernel, 1, child=Pick(at))) == {"there is no locked door within reach"}
    bare = prison(near, replace(ROBOT, at=Point(9.0, 5.0)), holds=LOOSE)
    assert whys(run(bare, 1, robot=Pick(at))) == {"it has nothing to pick it with"}


def test_a_pick_can_break() -> None:
    near = replace(CHILD, at=Point(9.0, 4.0))
    text = SPEC.replace("yields: 1.0, breaks: 0.0", "yields: 0.0, breaks: 1.0")
    kernel = world([near], spec=rooms(text.replace("HOLDS", LOOSE)))
    events = run(kernel, 80, child=Pick(Point(10.0, 4.0)))
    assert "PickBroke" in kinds(events)
    assert "it has nothing to pick it with" in whys(events)


def test_things_are_taken_up_and_handed_over() -> None:
    kernel = prison(replace(CHILD, at=Point(5.0, 3.0)), replace(ROBOT, at=Point(5.0, 5.0)), holds=LOOSE)
    run(kernel, 1)
    sight = {s.look: s.track for s in kernel.observe("child").sightings}  # type: ignore[attr-defined]
    events = run(kernel, 1, child=Take(sight["coin"]))
    assert [event.fields["what"] for event in events if event.kind == "Taken"] == ["coin_1"]
    assert whys(run(kernel, 1, robot=Take("seen_1"))) <= {
        "it cannot be taken up",
        "somebody holds it",
        "it is out of reach",
    }
    assert whys(run(kernel, 1, child=Hand(sight["robot"]))) == {"it is out of reach"}
    run(kernel, 20, child=GoTo("west.window"))
    given = [event.fields for event in run(kernel, 1, child=Hand(sight["robot"])) if event.kind == "Taken"]
    assert {"by": "robot", "what": "coin_1", "of": "child"} in given


def test_of_what_is_in_hand_only_what_is_called_so_is_handed_over_and_no_more_than_wanted() -> None:
    text = SPEC.replace("HOLDS", LOOSE).replace("gestures, handling,", "gestures, handling, finding,")
    text = text.replace("    item:\n  gun:", "    item:\n    thing: {called: coin}\n  gun:").replace(
        "  coin_1: {body: coin, stream: 113, at: west.window}",
        "\n".join(f"  coin_{n}: {{body: coin, stream: {112 + n}, at: west, held_by: robot}}" for n in (1, 2, 3)),
    )

    def given(**what: Any) -> set[str]:
        kernel = world([CHILD, ROBOT], spec=rooms(text))
        (seen,) = [s for s in kernel.observe("robot").sightings if s.look == "child"]  # type: ignore[attr-defined]
        events = run(kernel, 1, robot=Hand(seen.track, **what))
        return {event.fields["what"] for event in events if event.kind == "Taken"}

    assert given() == {"coin_1", "coin_2", "coin_3", "gun_1"}
    assert given(called=("coin",)) == {"coin_1", "coin_2", "coin_3"}
    assert given(called=("coin",), at_most=2) == {"coin_1", "coin_2"}
    assert given(called=("pistol",)) == {"gun_1"}
    assert given(called=("rope",)) == set()


def test_one_says_what_is_to_be_handed_over() -> None:
    mind = Mind(hand_over, scene())
    assert mind.act(to="seen_1", called=("charge",), at_most=2) is RUNNING
    assert mind.asked == Hand(Entity("seen_1"), None, ("charge",), 2)


def test_a_gesture_is_told_once_while_it_lasts() -> None:
    kernel = prison(CHILD, holds=LOOSE)
    events = run(kernel, 3, child=MakeSign("wave"))
    assert [event.fields for event in events if event.kind == "Gesture"] == [{"who": "child", "what": "wave"}]
    copy = prison(CHILD, holds=LOOSE)
    copy.restore(kernel.snapshot())
    assert "Gesture" not in kinds(run(copy, 1, child=MakeSign("wave")))
    run(kernel, 1)
    assert "Gesture" in kinds(run(kernel, 1, child=MakeSign("wave")))
    assert "Gesture" in kinds(run(kernel, 1, child=Pose("on one leg")))


DOOR = Point(1.0, 0.0)


def at_door(shut: bool, *refusals: Refusal) -> Scene:
    seen = scene()
    return replace(seen, doors=(Door("hall", DOOR, shut),), refused=tuple(refusals))


def test_a_door_that_did_not_give_way_is_felt_until_it_does() -> None:
    locked = Refusal("legs", "door is locked")
    assert Mind(feel_doors, at_door(True, locked)).feel() == {"barred": DOOR, "last_barred": DOOR}
    assert Mind(feel_doors, at_door(True)).feel(before=DOOR) == {}
    assert Mind(feel_doors, at_door(False)).feel(before=DOOR) == {"barred": None}
    gives = Refusal("arms", "there is no locked door within reach")
    assert Mind(feel_doors, at_door(True, gives)).feel(before=DOOR) == {"barred": None}
    far = replace(at_door(True), position=Point(9.0, 0.0))
    assert Mind(feel_doors, far).feel(before=DOOR) == {"barred": None}


def test_one_works_at_straps_until_free_and_at_a_lock_until_it_is_no_use() -> None:
    assert Mind(work_loose, scene()).act(body=BODY) is SUCCESS
    bound = Mind(work_loose, scene())
    assert (bound.act(body=replace(BODY, bound=True)), bound.asked) == (RUNNING, WorkLoose())
    assert Mind(pick_lock, scene(), Fate("refused", "no")).act(at=DOOR) is FAILURE


def test_a_door_is_locked_behind_one_when_it_has_fallen_shut() -> None:
    skill: Any = LockBehind()
    open_door, shut = Mind(LockBehind, at_door(False)), Mind(LockBehind, at_door(True))
    assert skill.tick(open_door.context, DOOR) is RUNNING
    assert open_door.asked is None or open_door.asked.channel == "legs"
    skill.tick(shut.context, DOOR)
    assert shut.asked is not None
    done = Mind(LockBehind, at_door(True), Fate("granted"))
    assert skill.tick(done.context, DOOR) is SUCCESS
    assert skill.tick(done.context, DOOR) is FAILURE
