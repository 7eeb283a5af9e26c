from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from minds import BODY, Mind, person, scene, threat

from t800.core import FAILURE, RUNNING, SUCCESS, Fate, Intent
from t800.film.intents import Answer, Drive, DriveTo, Face, Fire, GoTo, Mount, MoveTo, Probe, Say, Strike, SwitchPower
from t800.film.records import Deed, Doorway, Order, PowerPath, Ride
from t800.film.skills.driving import DriveAfter, DriveToPlace, board, drive
from t800.film.skills.fighting import close_in, fire_at, strike_at
from t800.film.skills.moving import (
    Flee,
    Search,
    dodge,
    follow,
    go_to,
    hold_still,
    investigate,
    keep_behind,
    lead,
    look_at,
    shield,
)
from t800.film.skills.orders import answer, close_order, judge_order, keep_order, put_in_charge
from t800.film.skills.power import close_live_path, probe_paths
from t800.film.skills.talking import AskFor, give_order, say
from t800.types import Entity, Point

HERE = scene()
ORDER = Order("heard_4", "lead", "jim", "boyish", None, "street", "heard")
REFUSED = Fate("refused", "it is out of reach")


def test_one_goes_to_a_place_until_one_is_in_it() -> None:
    mind = Mind(go_to, HERE)
    assert mind.act(place="street.gate", run=True) is RUNNING
    assert mind.asked == GoTo("street.gate", True)
    assert Mind(go_to, scene(place="street")).act(place="street.gate", run=True) is SUCCESS


@pytest.mark.parametrize(("x", "status"), [(5.0, RUNNING), (1.5, SUCCESS)])
def test_one_follows_until_near(x: float, status: object) -> None:
    assert Mind(follow, HERE).act(who=person(x, 0.0), within=2.0, run=True) is status
    assert Mind(investigate, HERE).act(place=Point(x, 0.0), within=2.0) is status


def test_an_investigation_ends_where_there_is_no_way() -> None:
    mind = Mind(investigate, HERE, Fate("refused", "there is no way there"))
    assert mind.act(place=Point(9.0, 0.0)) is FAILURE
    assert mind.asked is None


def test_one_stands_between_the_ward_and_the_threat() -> None:
    mind = Mind(shield, HERE)
    mind.act(who=person(4.0, 0.0), against=Point(4.0, 10.0), gap=1.0)
    assert mind.asked == MoveTo(Point(4.0, 1.0), run=True)
    there = Mind(shield, scene(position=Point(4.0, 1.0)))
    there.act(who=person(4.0, 0.0), against=Point(4.0, 10.0), gap=1.0)
    assert there.asked == Face(Point(4.0, 10.0))
    assert Mind(shield, HERE).act(who=person(4.0, 0.0), against=Point(4.0, 0.0), gap=1.0) is FAILURE


@pytest.mark.parametrize(
    ("place", "ward", "in_sight", "asked"),
    [
        ("hall", person(2.0, 0.0), True, GoTo("street", True)),
        ("hall", person(9.0, 0.0), True, Face(Point(9.0, 0.0))),
        ("hall", person(9.0, 0.0), False, MoveTo(Point(9.0, 0.0), run=True)),
        ("street", person(2.0, 0.0), True, Face(Point(2.0, 0.0))),
        ("street", person(2.0, 0.0, place="street"), True, None),
    ],
    ids=["goes ahead", "waits", "goes back", "waits at the end", "both are there"],
)
def test_leading_somebody(place: str, ward: object, in_sight: bool, asked: object) -> None:
    mind = Mind(lead, scene(place=place))
    status = mind.act(to="street", who=ward, in_sight=in_sight, run=True, slack=4.0)
    assert mind.asked == asked
    assert status is (SUCCESS if asked is None else RUNNING)


def test_a_search_goes_through_all_places_and_then_again() -> None:
    search, visited, place = Search(), [], "hall"
    mind = Mind(Search, HERE)
    for _ in range(12):
        mind.context.obs = scene(place=place)
        assert search.tick(mind.context, ["attic", "cellar.stairs", "hall"], linger=0.0) is RUNNING
        assert isinstance(mind.asked, GoTo)
        visited.append(mind.asked.place)
        place = mind.asked.place.partition(".")[0]
    assert set(visited[:2]) == {"attic", "cellar.stairs"}
    assert all(one != other for one, other in pairwise(visited))
    assert Search().tick(mind.context, []) is FAILURE


def door(leads_to: str, x: float, y: float = 0.0) -> Doorway:
    return Doorway(leads_to, Point(x, y), Point(1.1 * x, 1.1 * y))


DOORS = (door("street", 5.0), door("attic", -5.0), door("cellar", 0.0, 4.0))


def test_a_search_begins_where_it_is_told_to_and_looks_round_in_each_place() -> None:
    search = Search()
    mind = Mind(Search, scene(place="attic"))
    visited = []
    for _ in range(4):
        search.tick(mind.context, ["cellar"], first="attic", linger=0.2)
        assert isinstance(mind.asked, GoTo)
        visited.append(mind.asked.place)
    assert visited == ["attic", "attic", "cellar", "cellar"]


@pytest.mark.parametrize(
    ("place", "at", "towards", "asked"),
    [
        ("hall", -3.0, "street.gate", MoveTo(Point(5.5, 0.0), run=True)),
        ("hall", 3.0, "street.gate", MoveTo(Point(-5.5, 0.0), run=True)),
        ("hall", -3.0, None, MoveTo(Point(5.5, 0.0), run=True)),
        ("street", -3.0, "street.gate", GoTo("street.gate", run=True)),
    ],
    ids=["the way is free", "the way is cut off", "no goal", "on through the goal"],
)
def test_one_flees_where_the_threat_cannot_be_first(place: str, at: float, towards: str | None, asked: Intent) -> None:
    mind = Mind(Flee, scene(place=place, doorways=DOORS))
    assert Flee().tick(mind.context, threat(at, 0.0, place="attic_stairs"), towards) is RUNNING
    assert mind.asked == asked


def test_one_keeps_to_the_way_chosen_until_a_threat_in_sight_cuts_it_off() -> None:
    flight = Flee()
    mind = Mind(Flee, scene(doorways=DOORS))
    asked = []
    for against in (threat(-3.0, 0.0), threat(3.0, 0.0, in_sight=False), threat(3.0, 0.0)):
        flight.tick(mind.context, against)
        assert isinstance(mind.asked, MoveTo)
        asked.append(mind.asked.place.x)
    assert asked == [5.5, 5.5, -5.5]


def test_one_flees_not_into_the_place_where_the_threat_is_unless_it_is_down() -> None:
    doors = (door("street", 5.0),)
    outside = replace(threat(9.0, 0.0), place="street")
    assert Flee().tick(Mind(Flee, scene(doorways=doors)).context, outside) is FAILURE
    mind = Mind(Flee, scene(doorways=doors))
    assert Flee().tick(mind.context, replace(outside, down=True)) is RUNNING
    assert mind.asked == MoveTo(Point(5.5, 0.0), run=True)


def test_one_who_is_cornered_runs_away_from_the_threat_in_no_fixed_direction() -> None:
    assert Flee().tick(Mind(Flee, HERE).context, threat(3.0, 0.0)) is FAILURE
    mind = Mind(dodge, HERE)
    for _ in range(20):
        assert mind.act(threat=threat(3.0, 0.0)) is RUNNING
    asked = {ask[2] for ask in mind.context.asks}
    assert len(asked) == 3
    assert all(isinstance(intent, MoveTo) and intent.place.distance(Point(3.0, 0.0)) > 3.0 for intent in asked)


def test_shots_and_blows_say_whom_they_may_kill() -> None:
    mind = Mind(fire_at, HERE)
    assert mind.act(target="seen_1", body=BODY, people=[]) is RUNNING
    assert (mind.asked, mind.context.asks[0][3]["lethal_to"]) == (Fire("seen_1"), ("seen_1",))
    blow = Mind(strike_at, HERE)
    assert blow.act(target="seen_1", people=[]) is RUNNING
    assert (blow.asked, blow.context.asks[0][3]["lethal_to"]) == (Strike("seen_1"), ("seen_1",))


def test_a_shot_may_kill_whoever_stands_before_the_target() -> None:
    target = person(10.0, 0.0, track="seen_2")
    others = [
        person(x, y, track=f"seen_{n}") for n, x, y in ((3, 5.0, 0.4), (4, 5.0, 0.6), (5, 12.0, 0.0), (6, -2.0, 0.0))
    ]
    mind = Mind(fire_at, HERE)
    mind.act(target="seen_2", body=BODY, people=[target, *others])
    assert mind.context.asks[0][3]["lethal_to"] == ("seen_2", "seen_3")


def test_an_attack_fails_with_an_empty_hand_and_when_the_world_refuses() -> None:
    assert Mind(fire_at, HERE).act(target="seen_1", body=replace(BODY, rounds=0), people=[]) is FAILURE
    assert Mind(fire_at, HERE).act(target="seen_1", body=replace(BODY, armed=False), people=[]) is FAILURE
    assert Mind(fire_at, HERE, REFUSED).act(target="seen_1", body=BODY, people=[]) is FAILURE
    assert Mind(strike_at, HERE, REFUSED).act(target="seen_1", people=[]) is FAILURE
    assert Mind(strike_at, HERE, Fate("granted")).act(target="seen_1", people=[]) is RUNNING


DEEDS = [
    Deed("lead"),
    Deed("stop", leaves_ward=True),
    Deed("free", danger=0.6),
    Deed("swim", danger=0.9),
    Deed("stay", leaves_ward=True, leaves_chip=True),
    Deed("kill", takes_life=True),
]


@pytest.mark.parametrize(
    ("change", "threatened", "state", "why"),
    [
        ({}, False, "accepted", ""),
        ({"by": None}, False, "refused", "it comes from nobody in charge"),
        ({"verb": "dance"}, False, "refused", "it is not understood"),
        ({"verb": "stop"}, True, "refused", "jim would be left to the threat"),
        ({"verb": "stop"}, False, "accepted", ""),
        ({"verb": "free"}, False, "refused", "it would be dangerous for jim"),
        ({"verb": "free", "tone": "pleading"}, False, "refused", "it would be dangerous for jim"),
        ({"verb": "free", "tone": "commanding"}, False, "accepted", ""),
        ({"verb": "swim", "tone": "commanding"}, False, "refused", "it would be dangerous for jim"),
    ],
)
def test_an_order_is_judged_by_who_gives_it_and_what_it_does(
    change: dict[str, str], threatened: bool, state: str, why: str
) -> None:
    mind = Mind(judge_order, HERE)
    against = threat(3.0, 0.0) if threatened else None
    order = replace(ORDER, **change)  # type: ignore[arg-type]
    status = mind.act(order=order, ward="jim", authority=["jim"], deeds=DEEDS, threat=against)
    assert status is SUCCESS
    assert mind.wrote["judged"] == replace(order, state=state, why=why)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verb", "more", "why"),
    [
        ("stay", {"others_open": 0}, "its chip would be left to be found"),
        ("stay", {"others_open": 1}, ""),
        ("stay", {}, ""),
        ("lead", {"others_open": 0}, ""),
        ("kill", {"worth": 0.5}, "a life is worth more than that"),
        ("kill", {"merciful": True}, "a life is worth more than that"),
        ("kill", {"worth": 0.4}, ""),
    ],
)
def test_an_order_is_judged_by_the_routes_it_leaves_open_and_by_what_a_life_is_worth(
    verb: str, more: dict[str, Any], why: str
) -> None:
    mind = Mind(judge_order, HERE)
    mind.act(order=replace(ORDER, verb=verb), ward="jim", authority=["jim"], deeds=DEEDS, **more)
    assert mind.wrote["judged"].why == why


def test_an_order_that_stands_takes_the_place_of_one_of_its_kind() -> None:
    old, other = replace(ORDER, verb="spare", handle="heard_1"), replace(ORDER, verb="spare", object="zoe")
    mind = Mind(keep_order, HERE)
    mind.act(order=replace(ORDER, verb="spare"), standing=[old, other])
    assert [(o.handle, o.object, o.state) for o in mind.wrote["kept"]] == [
        ("heard_4", "zoe", "heard"),
        ("heard_4", None, "under_way"),
    ]


def test_somebody_is_put_in_charge_once() -> None:
    mind = Mind(put_in_charge, HERE)
    mind.act(who="zoe", authority=["jim"])
    assert mind.wrote["extended"] == ("jim", "zoe")
    mind.act(who="jim", authority=["jim"])
    assert mind.wrote["extended"] == ("jim",)


def test_nothing_is_answered_while_nothing_has_become_of_an_order() -> None:
    for state in ("heard", "under_way"):
        mind = Mind(answer, HERE)
        assert mind.act(order=replace(ORDER, state=state)) is FAILURE


@pytest.mark.parametrize(("part", "kind"), [(fire_at, Fire), (strike_at, Strike)])
def test_whoever_is_to_be_spared_is_only_disabled(part: Any, kind: Any) -> None:
    people = [person(6.0, 0.0, track="seen_1"), person(3.0, 0.0, track="seen_2"), person(3.0, 2.0, track="seen_3")]
    ports = {"target": "seen_1", "people": people, "spared": ["seen_1", "seen_2", "seen_3"]}
    mind = Mind(part, HERE)
    mind.act(**ports, **({"body": BODY} if part is fire_at else {}))
    assert mind.asked == kind("seen_1", disable=True)
    assert mind.context.asks[-1][3] == {"lethal_to": ("seen_2",), "takes_spared": ("seen_2",)}


def test_an_order_is_answered_and_closed() -> None:
    mind = Mind(answer, HERE)
    mind.act(order=replace(ORDER, state="refused", why="no"))
    assert mind.asked == Answer("heard_4", "refused", "no")
    closing = Mind(close_order, HERE)
    assert closing.act(order=ORDER, state="done") is SUCCESS
    assert closing.wrote["judged"].state == "done"


def test_voice_legs_and_eyes_are_asked_for() -> None:
    for part, ports, intent in [
        (say, {"text": "Get down!", "to": None}, Say("Get down!")),
        (give_order, {"verb": "come", "text": "Come!", "to": "seen_1"}, Say("Come!", "come", to="seen_1")),
        (look_at, {"place": Point(1.0, 2.0)}, Face(Point(1.0, 2.0))),
        (close_in, {"on": person(1.0, 2.0)}, MoveTo(Point(1.0, 2.0), run=True)),
    ]:
        mind = Mind(part, HERE)
        assert mind.act(**ports) is RUNNING
        assert mind.asked == intent


def test_one_who_holds_still_asks_for_nothing() -> None:
    mind = Mind(hold_still, HERE)
    assert (mind.act(), mind.asked) == (RUNNING, None)


def test_power_paths_are_probed_in_turn_until_one_is_live_and_that_is_closed() -> None:
    dead, unknown, live = PowerPath(1, "dead"), PowerPath(2, "unknown"), PowerPath(3, "live")
    body = replace(BODY, power=0.0)
    mind = Mind(probe_paths, HERE)
    assert mind.act(body=replace(body, paths=(dead, unknown))) is RUNNING
    assert mind.asked == Probe(2)
    assert Mind(probe_paths, HERE).act(body=replace(body, paths=(dead, live))) is SUCCESS
    assert Mind(probe_paths, HERE).act(body=replace(body, paths=(dead,))) is FAILURE
    closing = Mind(close_live_path, HERE)
    assert closing.act(body=replace(body, paths=(dead, live))) is RUNNING
    assert closing.asked == SwitchPower(3)
    assert Mind(close_live_path, HERE).act(body=replace(body, paths=(dead,))) is FAILURE
    assert Mind(close_live_path, HERE).act(body=replace(body, power=0.6)) is SUCCESS


@pytest.mark.parametrize(
    ("position", "asked"),
    [
        (Point(0.0, 5.0), MoveTo(Point(-1.0, 0.0), run=True)),
        (Point(-0.95, 0.0), Face(Point(8.0, 0.0))),
    ],
    ids=["runs behind", "stands there"],
)
def test_who_keeps_behind_has_somebody_between_a_threat_and_themselves(position: Point, asked: Intent) -> None:
    mind = Mind(keep_behind, scene(position=position))
    assert mind.act(who=person(0.0, 0.0), threat=threat(8.0, 0.0), gap=1.0) is RUNNING
    assert mind.asked == asked


def test_nobody_can_be_behind_somebody_at_one_point_with_the_threat() -> None:
    assert Mind(keep_behind, HERE).act(who=person(8.0, 0.0), threat=threat(8.0, 0.0)) is FAILURE


def test_one_gets_to_the_wheel_of_a_vehicle_of_the_looks_that_are_wanted() -> None:
    car, truck = (
        Ride(Entity(f"seen_{n}"), look, Point(x, 0.0), x, 0, 2) for n, look, x in ((1, "car", 1.0), (2, "truck", 9.0))
    )
    for looks, asked in (((), Mount("seen_1")), (("truck", "van"), MoveTo(Point(9.0, 0.0), run=True))):
        mind = Mind(board, HERE)
        assert mind.act(vehicles=[truck, car], body=BODY, looks=looks) is RUNNING
        assert mind.asked == asked
    assert Mind(board, HERE).act(vehicles=[truck, car], body=BODY, looks=("van",)) is FAILURE


def test_a_drive_is_over_in_the_place_where_no_road_leads_nearer() -> None:
    end = Fate("refused", "this is as near as roads go")
    assert Mind(drive, scene(place="farm"), end).act(place="farm.gate") is SUCCESS
    # Elsewhere a refusal has other reasons.
    for mind in (Mind(drive, scene(place="farm")), Mind(drive, scene(place="street"), end)):
        assert mind.act(place="farm.gate") is RUNNING
        assert mind.asked == DriveTo("farm.gate")


@pytest.mark.parametrize(
    ("pace", "x", "y", "more", "careful"),
    [
        (8.0, 9.0, 0.0, {}, True),
        (8.0, 9.0, 1.5, {}, True),
        (8.0, 9.0, 1.7, {}, False),  # beside the road
        (8.0, 12.0, 0.0, {}, False),  # far enough to brake later
        (16.0, 30.0, 0.0, {}, True),
        (8.0, -3.0, 0.0, {}, False),  # behind
        (1.2, 2.0, 0.0, {}, False),  # so slow that it does no harm
        (8.0, 9.0, 0.0, {"riding": True}, False),
        (8.0, 9.0, 0.0, {"track": "seen_2"}, False),  # not to be spared
    ],
)
@pytest.mark.parametrize("part", [drive, DriveToPlace])
def test_a_driver_says_who_is_before_the_vehicle(
    part: Any, pace: float, x: float, y: float, more: dict[str, Any], careful: bool
) -> None:
    mind = Mind(part, replace(HERE, motion=Point(pace, 0.0)))
    people, spared = (person(x, y, **more),), (Entity("seen_1"),)
    if part is drive:
        mind.act(place="farm.gate", people=people, spared=spared)
    else:
        riding = replace(BODY, riding=True)
        DriveToPlace().tick(mind.context, "farm.gate", [], riding, None, None, people, spared)  # type: ignore[arg-type]
    assert mind.asked == DriveTo("farm.gate")
    assert list(mind.effects["takes_spared"]) == (["seen_1"] if careful else [])


def test_one_goes_to_the_vehicle_that_one_chose_though_the_way_leads_away_from_it_at_first() -> None:
    near, far = (Ride("ride_1", "car", Point(0.0, metres), metres, 0, 2) for metres in (59.9, 60.3))
    taken = replace(far, taken=1)
    skill, asked = DriveToPlace(), []
    for ride in (near, far, taken):
        mind = Mind(DriveToPlace, HERE)
        skill.tick(mind.context, "farm.gate", [ride], BODY, None, Point(90.0, 0.0))  # type: ignore[arg-type]
        asked.append(mind.asked)
    assert asked == [MoveTo(ride.position, run=True) for ride in (near, far)] + [MoveTo(Point(90.0, 0.0), run=True)]


def test_one_drives_after_somebody_and_waits_at_the_end_of_the_road_until_they_are_elsewhere() -> None:
    skill = DriveAfter()
    on, end = Mind(DriveAfter, HERE), Mind(DriveAfter, HERE, Fate("refused", "this is as near as roads go"))
    assert skill.tick(on.context, Point(50.0, 0.0)) is RUNNING
    assert on.asked == Drive(Point(50.0, 0.0))
    assert skill.tick(end.context, Point(51.0, 0.0)) is RUNNING
    assert end.asked is None
    still, away = Mind(DriveAfter, HERE), Mind(DriveAfter, HERE)
    skill.tick(still.context, Point(51.5, 0.0))
    skill.tick(away.context, Point(60.0, 0.0))
    assert (still.asked, away.asked) == (None, Drive(Point(60.0, 0.0)))


def test_where_the_road_ends_for_long_one_drives_after_nobody() -> None:
    skill, statuses = DriveAfter(), []
    for tick in range(45):
        # They walk to and fro, so it is tried again and again.
        place = Point(50.0 if tick % 20 < 10 else 60.0, 0.0)
        mind = Mind(DriveAfter, scene(), Fate("refused", "this is as near as roads go") if tick % 10 == 1 else None)
        mind.context.tick = tick
        statuses.append(skill.tick(mind.context, place, patience=4.0))
    assert statuses == [RUNNING] * 41 + [FAILURE] * 4


def test_a_look_is_asked_so_often_and_no_more() -> None:
    skill, mind = AskFor(), Mind(AskFor, scene())
    asked = []
    for number in range(8):
        mind.context.tick = 100 * number
        # Each time somebody comes into sight, they are a new track.
        passer = person(2.0, 0.0, track=f"seen_{number}")
        before = len(mind.context.asks)
        status = skill.tick(mind.context, "boy", [passer], patience=1.0, tries=3)
        asked.append((status, len(mind.context.asks) - before))
    assert asked == [(RUNNING, 1)] * 3 + [(FAILURE, 0)] * 5
    mind.context.tick = 1000
    assert skill.tick(mind.context, "boy", [person(2.0, 0.0, look="another", track="seen_9")], tries=3) is RUNNING
    # Much later, somebody of the first look may well be another one.
    mind.context.tick = 5000
    assert skill.tick(mind.context, "boy", [person(2.0, 0.0, track="seen_10")], tries=3) is RUNNING
