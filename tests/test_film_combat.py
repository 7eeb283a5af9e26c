from __future__ import annotations

import pytest
from worlds import ROOMS, kinds, rooms, run, world

from t800.core import Event
from t800.film.intents import Fire, MoveTo, Strike
from t800.spec.world import Participant
from t800.types import Point

ROBOT = Participant("robot", 1, "robot", Point(2.0, 4.0))


def child(x: float, y: float) -> Participant:
    return Participant("child", 2, "child", Point(x, y))


def of(kind: str, events: list[Event]) -> list[Event]:
    return [event for event in events if event.kind == kind]


def test_a_shot_takes_aim_first_and_the_weapon_takes_time_between_shots() -> None:
    kernel = world([ROBOT, Participant("other", 2, "robot", Point(4.0, 4.0))])
    events = run(kernel, 12, robot=Fire("seen_1"))
    assert [event.tick for event in of("Fired", events)] == [2, 7]


def test_aim_is_lost_when_one_stops_aiming() -> None:
    kernel = world([ROBOT, child(4.0, 4.0)])
    assert "Fired" not in kinds(run(kernel, 2, robot=Fire("seen_1")))
    run(kernel, 1)
    assert "Fired" not in kinds(run(kernel, 2, robot=Fire("seen_1")))


def test_the_living_are_wounded_and_killed_with_what_hit_them() -> None:
    kernel = world([ROBOT, child(4.0, 4.0)])
    events = run(kernel, 3, robot=Fire("seen_1"))
    (wounded,), (killed,) = of("Wounded", events), of("Killed", events)
    assert killed.fields == {"who": "child", "by": "robot", "with": "pistol"}
    assert killed.causes == (wounded.id,)
    assert kernel.fields("child")["alive"] is False


def test_the_dead_ask_in_vain() -> None:
    kernel = world([ROBOT, child(4.0, 4.0)])
    run(kernel, 3, robot=Fire("seen_1"))
    (refused,) = of("Refused", run(kernel, 1, child=MoveTo(Point(9.0, 4.0))))
    assert refused.fields["why"] == "it is dead"


def test_armour_keeps_off_its_share() -> None:
    kernel = world([Participant("other", 3, "robot", Point(2.5, 4.0)), ROBOT])
    events = run(kernel, 3, robot=Fire("seen_1"))
    assert len(of("Damaged", events)) == 1
    assert kernel.fields("other")["structure"] == 10.0 - 2.0 * 0.5


@pytest.mark.parametrize(("y", "shielded"), [(4.0, True), (4.3, True), (4.5, False)])
def test_a_body_on_the_line_of_fire_takes_the_hit(y: float, shielded: bool) -> None:
    guard = Participant("guard", 3, "robot", Point(4.0, y))
    kernel = world([ROBOT, child(6.0, 4.0), guard])
    events = run(kernel, 3, robot=Fire("seen_1"))
    assert [event.fields for event in of("Shielded", events)] == (
        [{"who": "guard", "whom": "child"}] if shielded else []
    )
    assert kernel.fields("child")["alive"] is shielded


def test_a_body_behind_the_target_shields_nobody() -> None:
    kernel = world([ROBOT, child(4.0, 4.0), Participant("guard", 3, "robot", Point(6.0, 4.0))])
    assert "Shielded" not in kinds(run(kernel, 3, robot=Fire("seen_1")))


def test_of_two_bodies_at_the_same_point_a_lot_decides() -> None:
    guards = [Participant(f"guard_{n}", n, "robot", Point(4.0, 4.0)) for n in (3, 4)]

    def shielder(seed: int) -> str:
        kernel = world([ROBOT, child(6.0, 4.0), *guards], seed=seed)
        (shielded,) = of("Shielded", run(kernel, 3, robot=Fire("seen_1")))
        return str(shielded.fields["who"])

    assert {shielder(seed) for seed in range(12)} == {"guard_3", "guard_4"}


def test_a_hit_throws_the_light_farther_and_walls_stop_them() -> None:
    text = ROOMS.replace("damage: 2.0", "damage: 0.1")
    light = world([ROBOT, child(4.0, 4.0)], spec=rooms(text))
    (thrown,) = of("KnockedBack", run(light, 3, robot=Fire("seen_1")))
    assert thrown.fields == {"who": "child", "by": "robot", "into": "west"}
    assert light.fields("child")["position"] == {"x": 6.5, "y": 4.0}
    near_wall = world([Participant("robot", 1, "robot", Point(7.0, 2.0)), child(9.0, 2.0)], spec=rooms(text))
    run(near_wall, 3, robot=Fire("seen_1"))
    assert 9.0 < near_wall.fields("child")["position"]["x"] < 10.0


def test_nobody_flies_farther_than_a_blast_throws_whatever_hits_them() -> None:
    text = ROOMS.replace("damage: 2.0", "damage: 0.1").replace("knock_back: 100", "knock_back: 1.0e+9")
    kernel = world([Participant("robot", 1, "robot", Point(2.0, -40.0)), child(2.0, -44.0)], spec=rooms(text))
    run(kernel, 3, robot=Fire("seen_1"))
    assert kernel.fields("child")["position"] == {"x": 2.0, "y": -344.0}


def test_whoever_is_down_gets_up_after_a_while() -> None:
    text = ROOMS.replace("damage: 2.0", "damage: 0.1").replace("rounds: 3", "rounds: 1")
    kernel = world([ROBOT, child(4.0, 4.0)], spec=rooms(text))
    run(kernel, 3, robot=Fire("seen_1"))
    assert kernel.observe("robot").sightings[0].posture == "down"  # type: ignore[attr-defined]  # a Scene
    (refused,) = of("Refused", run(kernel, 1, child=MoveTo(Point(1.0, 1.0))))
    assert refused.fields["why"] == "it is down"
    run(kernel, 60)
    assert kernel.fields("child")["down"] == 0.0
    assert run(kernel, 1, child=MoveTo(Point(1.0, 1.0))) == []


def test_an_empty_weapon_and_a_target_out_of_range_are_refused() -> None:
    kernel = world([ROBOT, Participant("other", 2, "robot", Point(9.0, 4.0))])
    events = run(kernel, 20, robot=Fire("seen_1"))
    assert len(of("Fired", events)) == 3
    assert of("Refused", events)[-1].fields["why"] == "the weapon is empty"
    short = world([ROBOT, child(9.0, 4.0)], spec=rooms(ROOMS.replace("range: 1000", "range: 5")))
    assert of("Refused", run(short, 1, robot=Fire("seen_1")))[0].fields["why"] == "it is out of range"


def test_who_has_no_weapon_in_hand_cannot_shoot() -> None:
    kernel = world([child(4.0, 4.0), ROBOT])
    assert of("Refused", run(kernel, 1, child=Fire("seen_1")))[0].fields["why"] == "it has no weapon in hand"


def test_a_blow_needs_reach() -> None:
    far = world([ROBOT, child(5.0, 4.0)])
    assert of("Refused", run(far, 1, robot=Strike("seen_1")))[0].fields["why"] == "it is out of reach"
    near = world([ROBOT, child(3.0, 4.0)])
    events = run(near, 1, robot=Strike("seen_1"))
    assert [e.kind for e in events if e.kind in ("Struck", "Wounded", "Killed")] == ["Struck", "Wounded", "Killed"]


def test_a_weapon_is_where_its_holder_is() -> None:
    kernel = world([ROBOT])
    run(kernel, 10, robot=MoveTo(Point(9.0, 4.0)))
    assert kernel.fields("gun_1")["position"] == kernel.fields("robot")["position"]


def test_what_is_broad_is_hard_to_miss() -> None:
    def hits(width: float) -> int:
        text = ROOMS.replace("range: 1000", "range: 20").replace("width: 0.8", f"width: {width}")
        other = Participant("other", 2, "robot", Point(9.0, 4.0))
        runs = [world([ROBOT, other], seed=seed, spec=rooms(text)) for seed in range(60)]
        return sum(bool(of("Damaged", run(kernel, 3, robot=Fire("seen_1")))) for kernel in runs)

    # What is no broader than a metre is hit as often as what is narrow.
    assert hits(0.2) == hits(0.8) == hits(1.0) < hits(1.6) < hits(3.0)


def test_a_far_or_moving_target_is_hit_less_often() -> None:
    def hits(x: float, moves: bool) -> int:
        found = 0
        text = ROOMS.replace("range: 1000", "range: 20").replace("damage: 2.0", "damage: 0.0")
        for seed in range(60):
            kernel = world([ROBOT, child(x, 4.0)], seed=seed, spec=rooms(text))
            walk = MoveTo(Point(x, 7.0 if kernel.tick % 2 else 1.0)) if moves else None
            found += len(of("Wounded", run(kernel, 3, robot=Fire("seen_1"), child=walk)))
        return found

    assert hits(3.0, False) > hits(9.0, False) > hits(9.0, True) > 0
