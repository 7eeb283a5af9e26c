"""Skills with vats, hoists, tanks and hands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from minds import BODY, Mind, person, scene, threat

from t800.core import FAILURE, RUNNING, SUCCESS, Fate
from t800.film.intents import (
    Face,
    Fire,
    GoTo,
    MakeSign,
    MoveTo,
    Rise,
    Say,
    Stay,
    StepInto,
    Strike,
    Throw,
    Torment,
    WorkHoist,
)
from t800.film.records import Deed, Doorway, Fixture, Load, Order, Ride
from t800.film.skills.fighting import shoot_tank, strike_at, torment
from t800.film.skills.gestures import gesture, hug
from t800.film.skills.moving import LookRound, TakePosition, WatchDoors
from t800.film.skills.orders import judge_order
from t800.film.skills.power import rise
from t800.film.skills.resting import Standing
from t800.film.skills.talking import call_aloud
from t800.film.skills.vats import KnockInto, stand_on, step_into, throw_into, work_hoist
from t800.types import Point

VAT = Fixture("vat_1", "steel", Point(20.0, 0.0), 20.0, 6.0)
CHAIN = Fixture("chain_1", "chain", Point(3.0, 0.0), 3.0, 0.9, lift=3.0)
ARMED = replace(BODY, loads=(Load("pistol", 5, 0.0), Load("launcher", 1, 1000.0)))


def aim(x: float, y: float, body: object = ARMED) -> Mind:
    mind = Mind(KnockInto, scene())
    mind.status = KnockInto().tick(mind.context, threat(x, y), VAT, body, "launcher")  # type: ignore[attr-defined, arg-type]
    return mind


def test_one_shoots_somebody_into_a_vat_who_stands_between() -> None:
    mind = aim(10.0, 0.0)
    assert mind.asked == Fire("seen_9", "launcher")
    assert mind.effects["lethal_to"] == ("seen_9",)


def test_a_shot_says_whom_it_may_kill_besides_and_who_of_them_is_to_be_spared() -> None:
    people = [person(10.0, 0.0, track="seen_9"), person(6.0, 0.2, track="seen_1"), person(6.0, 3.0, track="seen_2")]
    mind = Mind(KnockInto, scene())
    KnockInto().tick(mind.context, threat(10.0, 0.0), VAT, ARMED, "launcher", people, ("seen_1", "seen_2"))
    assert mind.asked == Fire("seen_9", "launcher")
    assert mind.effects["lethal_to"] == ("seen_9", "seen_1")
    assert mind.effects["takes_spared"] == ("seen_1",)


def test_one_lines_up_when_the_way_would_not_lead_into_it() -> None:
    mind = aim(18.0, 9.0)
    assert isinstance(mind.asked, MoveTo)
    spot = mind.asked.place
    # Behind the target, seen from the vat.
    assert spot.y > 9.0
    assert spot.x < 18.0


@pytest.mark.parametrize("x", [6.6, 7.0, 7.6, 8.2, 12.0])
def test_lined_up_one_shoots_as_soon_as_they_would_fly_over_the_rim(x: float) -> None:
    # They fly 7.5 m for sure, and the rim is 6 m from the middle, at 20 m.
    assert aim(x, 0.0).asked == Fire("seen_9", "launcher")


def test_one_waits_while_they_are_too_far_from_it() -> None:
    assert aim(5.0, 0.0).asked == Face(Point(5.0, 0.0))


def test_who_lies_is_not_shot_at_but_waited_for() -> None:
    mind = Mind(KnockInto, scene())
    KnockInto().tick(mind.context, threat(10.0, 0.0, down=True), VAT, ARMED, "launcher")
    assert mind.asked == Face(Point(10.0, 0.0))


@pytest.mark.parametrize(("rounds", "y"), [(1, 0.0), (2, 0.0), (2, 3.0)])
def test_who_comes_close_is_thrown_back_wherever_that_leads_but_not_with_the_last_round(rounds: int, y: float) -> None:
    body = replace(BODY, loads=(Load("launcher", rounds, 1000.0),))
    asked = aim(3.8, y, body).asked
    assert asked == (Fire("seen_9", "launcher") if rounds > 1 else Face(Point(3.8, y)))


@pytest.mark.parametrize(("rounds", "drives"), [(1, False), (2, True)])
def test_who_has_waited_long_drives_them_towards_it_with_all_rounds_but_one(rounds: int, drives: bool) -> None:
    skill, mind = KnockInto(), Mind(KnockInto, scene())
    body = replace(BODY, loads=(Load("launcher", rounds, 1000.0),))
    asked = []
    for tick in range(62):
        mind.context.tick = tick
        skill.tick(mind.context, threat(5.0, 0.0), VAT, body, "launcher")
        asked.append(mind.asked)
    wait = Face(Point(5.0, 0.0))
    assert asked[:60] == [wait] * 60
    assert asked[60:] == [Fire("seen_9", "launcher") if drives else wait] * 2


def test_nobody_is_driven_past_it() -> None:
    skill, mind = KnockInto(), Mind(KnockInto, scene())
    body = replace(BODY, loads=(Load("launcher", 4, 1000.0),))
    for tick in range(62):
        mind.context.tick = tick
        skill.tick(mind.context, threat(5.0, 8.0), VAT, body, "launcher")
    assert isinstance(mind.asked, MoveTo)


@pytest.mark.parametrize("loads", [(), (Load("pistol", 5, 0.0),), (Load("launcher", 0, 1000.0),)])
def test_without_a_round_for_it_one_does_something_else(loads: tuple[Load, ...]) -> None:
    assert aim(10.0, 0.0, replace(BODY, loads=loads)).status is FAILURE  # type: ignore[attr-defined]


def test_at_arms_length_there_is_no_time_to_aim() -> None:
    assert aim(2.0, 0.0).status is FAILURE  # type: ignore[attr-defined]


def test_all_that_one_holds_goes_into_the_vat() -> None:
    mind = Mind(throw_into, scene(position=Point(12.0, 0.0)))
    assert mind.act(vat=VAT, body=replace(BODY, holds=("arm", "chip"))) is RUNNING
    assert mind.asked == Throw("arm", VAT.position)
    assert Mind(throw_into, scene()).act(vat=VAT, body=BODY) is SUCCESS
    far = Mind(throw_into, scene())
    far.act(vat=VAT, body=replace(BODY, holds=("arm",)))
    assert far.asked == MoveTo(VAT.position, run=True)


def test_a_step_into_the_steel_says_what_one_would_come_to_feel() -> None:
    far = Mind(step_into, scene())
    far.act(vat=VAT, heat=1600.0)
    assert (far.asked, far.effects["exposes_self_to"]) == (MoveTo(VAT.position), 1600.0)
    near = Mind(step_into, scene(position=Point(13.5, 0.0)))
    near.act(vat=VAT, heat=1600.0)
    assert (near.asked, near.effects["exposes_self_to"]) == (StepInto("vat_1"), 1600.0)


@pytest.mark.parametrize("outcome", ["vetoed", "refused"])
def test_a_step_that_cannot_be_is_given_up(outcome: str) -> None:
    assert Mind(step_into, scene(), Fate(outcome, "it is not able to")).act(vat=VAT, heat=1600.0) is FAILURE


def test_the_hoist_is_worked_from_beside_it() -> None:
    far = Mind(work_hoist, scene())
    far.act(hoist=CHAIN, heat=1600.0)
    assert far.asked == MoveTo(CHAIN.position)
    beside = Mind(work_hoist, scene(position=Point(1.2, 0.0)))
    beside.act(hoist=CHAIN, heat=1600.0)
    assert (beside.asked, beside.effects.get("exposes_self_to", 0.0)) == (WorkHoist("chain_1"), 0.0)


def test_whoever_works_it_on_the_platform_says_what_they_would_come_to_feel() -> None:
    mind = Mind(work_hoist, scene(position=Point(3.0, 0.2)))
    mind.act(hoist=CHAIN, heat=1600.0)
    assert (mind.asked, mind.effects["exposes_self_to"]) == (WorkHoist("chain_1"), 1600.0)
    up = Mind(work_hoist, scene(position=Point(3.0, 0.2)))
    up.act(hoist=CHAIN, heat=1600.0, down=False)
    assert up.effects["exposes_self_to"] == 0.0


def test_who_is_to_lower_somebody_steps_off_the_platform_first() -> None:
    mind = Mind(work_hoist, scene(position=Point(3.0, 0.2)))
    mind.act(hoist=CHAIN, heat=1600.0, rider=person(3.0, 0.0))
    assert isinstance(mind.asked, MoveTo)
    assert mind.asked.place.distance(CHAIN.position) > CHAIN.size
    # From its very middle any way is as good: to who is to come.
    mind = Mind(work_hoist, scene(position=CHAIN.position))
    mind.act(hoist=CHAIN, heat=1600.0, rider=person(6.0, 0.0))
    assert mind.asked == MoveTo(Point(6.0, 0.0))


@pytest.mark.parametrize(
    ("rider", "works"),
    [(person(3.0, 0.0), True), (person(3.0, 0.0, activity="walking"), False), (person(6.0, 0.0), False)],
)
def test_one_waits_at_the_control_for_who_is_to_be_lowered(rider: object, works: bool) -> None:
    mind = Mind(work_hoist, scene(position=Point(1.2, 0.0)))
    assert mind.act(hoist=CHAIN, heat=1600.0, rider=rider) is RUNNING
    assert isinstance(mind.asked, WorkHoist if works else Face)


def test_one_stands_on_a_platform() -> None:
    mind = Mind(stand_on, scene())
    assert mind.act(hoist=CHAIN) is RUNNING
    assert mind.asked == MoveTo(CHAIN.position)
    assert Mind(stand_on, scene(position=Point(3.1, 0.0))).act(hoist=CHAIN) is SUCCESS


def test_a_tank_is_shot_at_while_the_enemy_is_beside_it_and_oneself_is_not() -> None:
    def shot(enemy: float, tank: float, look: str = "tanker", stiff: bool = False) -> Mind:
        mind = Mind(shoot_tank, scene())
        people = [person(enemy, 0.0, track="seen_9", stiff=stiff)]
        ride = Ride("ride_1", look, Point(tank, 0.0), tank, 1, 0)
        against = threat(enemy, 0.0)
        mind.status = mind.act(look="tanker", vehicles=[ride], threat=against, body=BODY, people=people)  # type: ignore[attr-defined]
        return mind

    assert shot(14.0, 15.0).asked == Fire("ride_1")
    # Whoever has to come past it is shot at before they are there, from no farther than 40 metres.
    assert shot(35.0, 15.0).asked == Fire("ride_1")
    assert shot(41.0, 15.0).status is FAILURE  # type: ignore[attr-defined]
    assert shot(14.0, 15.0, stiff=True).status is FAILURE  # type: ignore[attr-defined]
    for enemy, tank, look in ((4.0, 15.0, "tanker"), (6.0, 5.0, "tanker"), (29.0, 30.0, "tanker"), (14.0, 15.0, "van")):
        assert shot(enemy, tank, look).status is FAILURE  # type: ignore[attr-defined]


def test_hands() -> None:
    for part, ports, asked in (
        (gesture, {"what": "thumbs_up"}, MakeSign("thumbs_up")),
        (hug, {"who": person(1.0, 0.0)}, MakeSign("hug", "seen_1")),
        (torment, {"target": "seen_1"}, Torment("seen_1")),
        (strike_at, {"target": "seen_1", "people": [], "lance": True}, Strike("seen_1", lance=True)),
        (rise, {}, Rise()),
        (call_aloud, {"verb": "come", "text": "Come!"}, Say("Come!", "come")),
    ):
        mind = Mind(part, scene())
        assert mind.act(**ports) is RUNNING
        assert mind.asked == asked
    assert Mind(torment, scene(), Fate("refused", "it is out of reach")).act(target="seen_1") is FAILURE
    assert Mind(rise, scene(), Fate("granted")).act() is SUCCESS


def test_a_position_is_taken_when_one_comes_no_nearer() -> None:
    taking, mind = TakePosition(), Mind(TakePosition, scene(), Fate("granted"))
    assert taking.tick(mind.context, "hall.corner") is RUNNING
    assert mind.asked == GoTo("hall.corner", True)
    mind.context.obs = scene(position=Point(1.0, 0.0))
    assert taking.tick(mind.context, "hall.corner") is RUNNING
    assert taking.tick(mind.context, "hall.corner") is SUCCESS


def test_doors_are_watched_in_turn() -> None:
    doors = tuple(Doorway(name, Point(x, 0.0), Point(x, 0.0)) for name, x in (("a", 5.0), ("b", -5.0)))
    watch, mind = WatchDoors(), Mind(WatchDoors, scene(doorways=doors))
    seen = []
    for tick in range(40):
        mind.context.tick = tick
        watch.tick(mind.context, 1.0)
        assert isinstance(mind.asked, Face)
        seen.append(mind.asked.place.x)
    assert seen == [5.0] * 10 + [-5.0] * 10 + [5.0] * 10 + [-5.0] * 10


def test_one_looks_behind_and_ahead_again_and_has_looked_to_all_sides() -> None:
    look, mind = LookRound(), Mind(LookRound, replace(scene(position=Point(2.0, 3.0)), facing=Point(0.6, -0.8)))
    seen = []
    for tick in range(20):
        mind.context.tick = tick
        assert look.tick(mind.context) is RUNNING
        assert isinstance(mind.asked, Face)
        seen.append(mind.asked.place)
        mind.context.obs = replace(mind.context.obs, facing=Point(-0.6, 0.8))
    assert seen == [Point(1.4, 3.8)] * 10 + [Point(2.6, 2.2)] * 10
    mind.context.tick = 20
    assert look.tick(mind.context) is SUCCESS


@pytest.mark.parametrize("doors", [0, 2])
def test_after_a_look_round_one_waits_and_looks_round_again(doors: int) -> None:
    ways = tuple(Doorway(str(n), Point(5.0, n), Point(5.0, n)) for n in range(doors))
    watch, mind = WatchDoors(), Mind(WatchDoors, scene(doorways=ways))
    asked = []
    for tick in range(2 * (10 * doors + 20)):
        mind.context.tick = tick
        watch.tick(mind.context, 1.0, 2.0)
        asked.append(mind.asked)
    looks, rest = 10 * doors, 20
    first = [Face(Point(5.0, n)) for n in range(doors) for _ in range(10)] + [Stay(looks + rest)] * rest
    again = first[:looks] + [Stay(2 * (looks + rest))] * rest
    assert asked == first + again


def test_who_stands_by_turns_to_a_place_and_decides_anew_now_and_then() -> None:
    stand, mind = Standing(), Mind(Standing, scene())
    asked = []
    for tick in range(25):
        mind.context.tick = tick
        stand.tick(mind.context, Point(3.0, 4.0), 1.0)
        asked.append(mind.asked)
    turn = [Face(Point(3.0, 4.0))]
    assert asked == turn + [Stay(10)] * 9 + turn + [Stay(20)] * 9 + turn + [Stay(30)] * 4
    assert Standing().tick(mind.context, None, 1.0) is RUNNING
    assert mind.asked == Stay(34)


@pytest.mark.parametrize("verb", ["reconsider", "stay", "follow", "leave"])
@pytest.mark.parametrize(
    ("others", "enemy", "why"), [(0, None, "its chip would be left to be found"), (1, None, ""), (None, None, "")]
)
def test_an_order_that_would_leave_its_chip_to_be_found_is_refused_and_obeyed_elsewhere(
    verb: str, others: int | None, enemy: object, why: str
) -> None:
    mind = Mind(judge_order, scene())
    order = Order("heard_1", verb, "jim", "boyish", None, None, "heard")
    mind.act(
        order=order,
        ward="jim",
        authority=["jim"],
        deeds=[Deed(verb, leaves_chip=True)],
        threat=enemy,
        others_open=others,
    )
    judged = mind.board.values["judged"]
    assert (judged.state, judged.why) == ("refused" if why else "accepted", why)
