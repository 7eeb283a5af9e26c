"""Doors: who opens them, who does not, and what they keep out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import worlds
from worlds import kinds, registry, run

from t800.core import Event
from t800.errors import ConfigError, Problem, UsageError
from t800.film.intents import Fire, Force, GoTo, Lock, MoveTo, Say, Unlock
from t800.film.records import Door
from t800.loader.document import parse
from t800.loader.world import read_world
from t800.spec.world import Participant, WorldSpec
from t800.types import Point
from t800.world import Kernel
from t800.world.map import Map

WARD = """
world: ward
doc: Two rooms and a hall on their north side; a door between the rooms, and a way round by the hall.
mechanics: [walking, doors, bodies, sight, speech, combat, perception]
places:
  west: {from: [0, 0], to: [10, 8], points: {bed: [2, 4]}}
  east: {from: [10, 0], to: [20, 8], points: {desk: [18, 4]}}
  hall: {from: [0, 8], to: [20, 12]}
doorways:
  middle: {between: [west, east], at: [10, 4], width: 1.0}
  out: {between: [west, hall], at: [5, 8], width: 1.0}
  back: {between: [east, hall], at: [15, 8], width: 1.0}
bodies:
  person:
    appearance: {look: person}
    frame: {structure: 5, whole: 5}
    living:
    balance: {mass: 75}
    mover: {walk: 1.0, run: 4.0}
    brawn: {force: 600}
    marksman: {accuracy: 1.0, draw: 0.1}
    eyes: {ahead: 50, behind: 50, noticing: 1000}
    ears: {threshold: 0.0}
    voice: {carries: 20}
    conduct:
  weakling:
    mover: {walk: 1.0, run: 4.0}
  liquid:
    appearance: {look: liquid}
    mover: {walk: 1.0, run: 4.0}
    fluid: {through: 1.0}
  wooden:
    door: {strength: 1000, opening: 0.5, shuts: 1.0}
  bunch:
    item:
    key: {opens: ward}
  gun:
    item:
    weapon: {range: 1000, damage: 0.1, knock_back: 1000, interval: 0.1, rounds: 50}
entities:
  gate: {body: wooden, stream: 100, at: west, doorway: middle, lock: ward}
  keys: {body: bunch, stream: 101, at: west, held_by: ann}
"""

ANN = Participant("ann", 1, "person", "west.bed")
BOB = Participant("bob", 2, "person", "east.desk")
GATE = Point(10.0, 4.0)
LOCKED = WARD.replace("lock: ward}", "lock: ward, locked: true}")


def ward(text: str = WARD) -> WorldSpec:
    return read_world(parse(text, "ward.yaml"), registry())


def world(*people: Participant, text: str = WARD, seed: int = 1) -> Kernel:
    return Kernel(ward(text), registry(), people, seed, 0.1)


def at(kernel: Kernel, who: str) -> Point:
    entity = kernel.entity(who)
    assert entity is not None
    return entity.position


def whys(events: list[Event]) -> list[str]:
    return [event.fields["why"] for event in events if event.kind == "Refused"]


def only(events: list[Event], kind: str) -> Event:
    (found,) = [event for event in events if event.kind == kind]
    return found


def test_a_door_is_where_its_doorway_is() -> None:
    assert at(world(), "gate") == GATE


def test_a_shut_door_gives_way_to_whoever_walks_against_it_after_a_while() -> None:
    kernel = world(replace(ANN, at=Point(9.0, 4.0)))
    events: list[Event] = []
    before = []
    while not kernel.fields("gate")["open"]:
        events += kernel.step({"ann": [GoTo("east.desk")]}, {"ann": {"legs": "roam/go"}})
        before.append(at(kernel, "ann").x)
    # 0.8 m at 1 m/s, and half a second at the door.
    assert len(before) == 13
    assert before[-5:] == [9.8] * 5
    opened = only(events, "Opened")
    assert (opened.fields, opened.causes) == ({"who": "ann", "what": "gate"}, ("ann:roam/go",))
    assert whys(events) == []
    run(kernel, 20, ann=GoTo("east.desk"))
    assert at(kernel, "ann").x > 11.0


def test_who_lets_go_of_a_door_begins_again() -> None:
    kernel = world(replace(ANN, at=Point(9.8, 4.0)))
    run(kernel, 4, ann=GoTo("east.desk"))
    run(kernel, 1)
    assert "Opened" not in kinds(run(kernel, 4, ann=GoTo("east.desk")))
    assert "Opened" in kinds(run(kernel, 1, ann=GoTo("east.desk")))


def test_it_falls_shut_when_nobody_is_in_it_and_not_before() -> None:
    kernel = world(replace(ANN, at=Point(9.7, 4.0)), BOB)
    opened = only(run(kernel, 7, ann=MoveTo(Point(10.0, 4.0))), "Opened")
    run(kernel, 5, ann=MoveTo(Point(10.0, 4.0)))
    assert "Shut" not in kinds(run(kernel, 30))
    events = run(kernel, 30, ann=MoveTo(Point(12.0, 4.0)))
    shut = only(events, "Shut")
    assert (shut.fields, shut.causes) == ({"what": "gate"}, (opened.id,))
    assert kernel.fields("gate")["open"] is False


def test_what_lies_in_a_door_keeps_it_open() -> None:
    text = WARD.replace("held_by: ann", "") + "  wedge: {body: bunch, stream: 102, at: west.wedge}\n"
    text = text.replace("points: {bed: [2, 4]}", "points: {bed: [2, 4], wedge: [9.8, 4]}")
    kernel = world(replace(ANN, at=Point(9.0, 4.0)), text=text)
    assert "Opened" in kinds(run(kernel, 60, ann=MoveTo(Point(14.0, 4.0))))
    assert kernel.fields("gate")["open"] is True


def test_a_shut_door_stops_sight_and_an_open_one_does_not() -> None:
    kernel = world(replace(ANN, at=Point(9.5, 4.0)), BOB)
    ann, bob = kernel.entity("ann"), kernel.entity("bob")
    assert ann is not None
    assert bob is not None
    assert not kernel.in_view(ann, bob)
    assert not kernel.clear(ann.position, bob.position)
    events = run(kernel, 9, ann=MoveTo(bob.position))
    assert "Opened" in kinds(events)
    assert kernel.in_view(ann, bob)
    assert "Noticed" in kinds([*events, *run(kernel, 2)])
    run(kernel, 25, ann=MoveTo(Point(5.0, 4.0)))
    assert kernel.fields("gate")["open"] is False
    assert not kernel.in_view(ann, bob)


def test_who_stands_still_sees_when_somebody_else_opens_the_door() -> None:
    kernel = world(replace(ANN, at=Point(9.7, 4.2)), BOB, Participant("cat", 3, "person", Point(8.0, 4.0)))
    bob, cat = kernel.entity("bob"), kernel.entity("cat")
    assert bob is not None
    assert cat is not None
    assert not kernel.in_view(bob, cat)
    assert "Opened" in kinds(run(kernel, 7, ann=GoTo("east.desk")))
    assert kernel.in_view(bob, cat)


def test_a_shut_door_muffles_sound() -> None:
    def loudness(text: str) -> float:
        kernel = world(ANN, replace(BOB, at=Point(12.0, 4.0)), text=text)
        kernel.step({"ann": [Say("Hello?")]})
        bob = kernel.entity("bob")
        assert bob is not None
        return kernel.hears(bob, kernel.sounds[0]) or 0.0

    def through_a_wall_as_well(text: str) -> float:
        kernel = world(replace(ANN, at=Point(9.0, 4.0)), replace(BOB, at=Point(21.0, 4.0)), text=text)
        kernel.step({"ann": [Say("Hello?")]})
        bob = kernel.entity("bob")
        assert bob is not None
        return kernel.hears(bob, kernel.sounds[0]) or 0.0

    assert through_a_wall_as_well(WARD.replace("carries: 20", "carries: 200")) == pytest.approx(1 - 12 / 50, abs=0.001)
    assert loudness(WARD.replace("lock: ward}", "open: true}")) == 0.5
    assert loudness(WARD.replace("carries: 20", "carries: 30")) == pytest.approx(1 - 10 / 15, abs=0.001)


def test_without_the_door_the_doorway_is_a_gap() -> None:
    kernel = Kernel(ward(LOCKED).without("gate"), registry(), [ANN], 1, 0.1)
    run(kernel, 40, ann=GoTo("east.desk", run=True))
    assert kernel.fields("ann")["at"] == "east"


def test_who_comes_to_a_locked_door_is_told_which_one_it_is() -> None:
    kernel = world(replace(ANN, at=Point(7.0, 4.0)), text=LOCKED)
    events = run(kernel, 40, ann=GoTo("east.desk"))
    assert at(kernel, "ann") == Point(9.8, 4.0)
    assert set(whys(events)) == {"middle is locked"}
    assert [(r.channel, r.why) for r in kernel.observe("ann").refused] == [("legs", "middle is locked")]
    # Nobody is refused who is still on the way there.
    assert events[-1].tick - next(e.tick for e in events if e.kind == "Refused") < 13


def test_a_key_in_hand_opens_and_locks() -> None:
    kernel = world(replace(ANN, at=Point(9.0, 4.0)), text=LOCKED)
    assert only(run(kernel, 1, ann=Unlock(GATE)), "Unlocked").fields == {"who": "ann", "what": "gate"}
    assert kernel.fields("gate")["locked"] is False
    assert whys(run(kernel, 1, ann=Unlock(GATE))) == ["it is not locked"]
    assert only(run(kernel, 1, ann=Lock(GATE)), "Locked").fields == {"who": "ann", "what": "gate"}
    assert whys(run(kernel, 1, ann=Lock(GATE))) == ["it is locked"]
    run(kernel, 1, ann=Unlock(GATE))
    run(kernel, 40, ann=GoTo("east.desk"))
    assert kernel.fields("ann")["at"] == "east"
    assert at(kernel, "keys") == at(kernel, "ann")


def test_two_hands_that_turn_a_key_in_one_tick_turn_it_once() -> None:
    text = LOCKED + "  more_keys: {body: bunch, stream: 102, at: east, held_by: bob}\n"
    kernel = world(replace(ANN, at=Point(9.0, 4.0)), replace(BOB, at=Point(11.0, 4.0)), text=text)
    assert kinds(run(kernel, 2, ann=Unlock(GATE), bob=Unlock(GATE))).count("Unlocked") == 1


def test_keys_are_carried_where_nobody_fights() -> None:
    peace = "\n".join(line for line in LOCKED.split("\n") if "marksman" not in line and "weapon" not in line)
    kernel = world(ANN, text=peace.replace("combat, ", ""))
    run(kernel, 10, ann=MoveTo(Point(5.0, 4.0)))
    assert at(kernel, "keys") == at(kernel, "ann") == Point(3.0, 4.0)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("held_by: ann", "held_by: bob", "it has no key"),
        ("opens: ward", "opens: vault", "it has no key"),
        ("lock: ward, locked", "locked", "it has no lock that works"),
        ("locked: true}", "open: true}", "it is open"),
        ("locked: true}", "broken: true}", "it has no lock that works"),
    ],
)
def test_a_key_that_cannot_be_turned_is_refused(old: str, new: str, why: str) -> None:
    kernel = world(replace(ANN, at=Point(9.0, 4.0)), BOB, text=LOCKED.replace(old, new))
    assert whys(run(kernel, 1, ann=Unlock(GATE))) == [why]


def test_doors_out_of_reach_are_no_doors() -> None:
    kernel = world(ANN, text=LOCKED)
    assert whys(run(kernel, 1, ann=Unlock(GATE))) == ["there is no door within reach"]
    near = world(replace(ANN, at=Point(9.0, 4.0)), text=LOCKED)
    assert whys(run(near, 1, ann=Unlock(Point(2.0, 4.0)))) == ["there is no door within reach"]


def test_force_that_does_not_suffice_is_refused_and_two_do_it_together() -> None:
    beside = replace(BOB, at=Point(9.0, 4.5))
    kernel = world(replace(ANN, at=Point(9.0, 4.0)), beside, text=LOCKED)
    assert whys(run(kernel, 1, ann=Force(GATE))) == ["it is not strong enough"]
    assert [refusal.channel for refusal in kernel.observe("ann").refused] == ["arms"]
    broken = only(run(kernel, 1, ann=Force(GATE), bob=Force(GATE)), "Forced")
    assert (broken.fields["what"], broken.causes) == ("gate", ("ann:arms", "bob:arms"))
    assert [(sound.kind, sound.cause) for sound in kernel.sounds] == [("crash", broken.id)]
    assert whys(run(kernel, 1, ann=Force(GATE))) == ["it is broken"]
    events = run(kernel, 60, ann=GoTo("east.desk", run=True))
    assert kernel.fields("ann")["at"] == "east"
    assert "Shut" not in kinds(events)


def test_who_has_no_strength_at_all_breaks_nothing() -> None:
    kernel = world(Participant("ann", 1, "weakling", Point(9.0, 4.0)), text=LOCKED.replace("1000", "0"))
    assert whys(run(kernel, 1, ann=Force(GATE))) == ["it is not strong enough"]


def test_a_fluid_body_flows_through_a_locked_door_which_stays_shut() -> None:
    kernel = world(Participant("ooze", 1, "liquid", Point(9.8, 4.0)), text=LOCKED)
    events = run(kernel, 9, ooze=GoTo("east.desk"))
    assert "Flowed" not in kinds(events)
    flowed = only(run(kernel, 1, ooze=GoTo("east.desk")), "Flowed")
    assert (flowed.fields, flowed.causes) == ({"who": "ooze", "through": "gate"}, ("ooze:legs",))
    assert at(kernel, "ooze") == Point(10.5, 4.0)
    assert kernel.fields("gate")["open"] is False
    run(kernel, 20, ooze=GoTo("east.desk"))
    assert at(kernel, "ooze").x > 12.0


def test_who_lets_go_flows_from_the_start_again() -> None:
    kernel = world(Participant("ooze", 1, "liquid", Point(9.8, 4.0)), text=LOCKED)
    run(kernel, 9, ooze=GoTo("east.desk"))
    run(kernel, 1)
    assert "Flowed" not in kinds(run(kernel, 9, ooze=GoTo("east.desk")))
    assert "Flowed" in kinds(run(kernel, 1, ooze=GoTo("east.desk")))


def test_whoever_is_thrown_against_a_shut_door_stays_on_this_side() -> None:
    text = WARD + "  gun_1: {body: gun, stream: 103, at: east, held_by: bob}\n"
    kernel = world(replace(ANN, at=Point(12.0, 4.0)), BOB, text=text)
    run(kernel, 10, bob=Fire("seen_1"))
    assert 10.0 < at(kernel, "ann").x < 11.0


def test_a_way_round_avoids_doorways_by_name() -> None:
    ground = Map(ward())
    here, there = Point(2.0, 4.0), Point(18.0, 4.0)
    assert ground.way(here, there) == (there,)
    round_about = ground.way(here, there, frozenset(["middle"]))
    assert round_about is not None
    assert [point.y > 7.0 for point in round_about[:-1]] == [True] * len(round_about[:-1])
    assert ground.way(here, there, frozenset(["middle", "out"])) is None
    assert ground.way(here, there) == (there,)


def test_what_one_sees_of_the_doors_of_a_place() -> None:
    kernel = world(replace(ANN, at=Point(9.7, 4.0)))
    assert kernel.observe("ann").doors == (Door("east", GATE, True),)  # type: ignore[attr-defined]
    run(kernel, 7, ann=GoTo("east.desk"))
    assert kernel.observe("ann").doors == (Door("east", GATE, False),)  # type: ignore[attr-defined]
    elsewhere = worlds.world([Participant("child", 1, "child", "west")])
    assert elsewhere.observe("child").doors is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [WARD, LOCKED], ids=["open", "locked"])
@pytest.mark.parametrize("ticks", [3, 8, 13, 16])
def test_a_snapshot_goes_on_as_the_original_does(text: str, ticks: int) -> None:
    people = [replace(ANN, at=Point(9.3, 4.0)), Participant("ooze", 3, "liquid", Point(9.0, 4.2))]
    goal = GoTo("east.desk")
    kernel = world(*people, text=text)
    run(kernel, ticks, ann=goal, ooze=goal)
    copy = world(*people, text=text)
    copy.restore(json.loads(json.dumps(kernel.snapshot())))
    assert copy.snapshot() == kernel.snapshot()
    events = run(kernel, 40, ann=goal, ooze=goal)
    assert {"Shut", "Flowed"} & {*kinds(events)}
    assert run(copy, 40, ann=goal, ooze=goal) == events


def test_names_order_and_compass_change_nothing() -> None:
    def play(text: str, turned: bool = False, *people: Participant) -> list[tuple[int, str]]:
        kernel = world(*people, text=text)
        goals = {p.id: [MoveTo(Point(-14.0 if turned else 14.0, 4.2 - p.stream / 10))] for p in people}
        return [(e.tick, e.kind) for _ in range(60) for e in kernel.step(goals)]

    one, other = replace(ANN, at=Point(9.0, 3.9)), replace(BOB, at=Point(9.0, 4.1))
    mirrored = WARD
    for old, new in (
        ("from: [0, 0], to: [10, 8]", "from: [-10, 0], to: [0, 8]"),
        ("from: [10, 0], to: [20, 8]", "from: [-20, 0], to: [-10, 8]"),
        ("from: [0, 8], to: [20, 12]", "from: [-20, 8], to: [0, 12]"),
        ("at: [10, 4]", "at: [-10, 4]"),
        ("at: [5, 8]", "at: [-5, 8]"),
        ("at: [15, 8]", "at: [-15, 8]"),
        ("bed: [2, 4]", "bed: [-2, 4]"),
        ("desk: [18, 4]", "desk: [-18, 4]"),
    ):
        assert mirrored.count(old) == 1
        mirrored = mirrored.replace(old, new)
    plain = play(WARD, False, one, other)
    assert {"Opened", "Shut"} <= {kind for _, kind in plain}
    assert play(WARD, False, other, one) == plain
    assert play(WARD.replace("gate", "zebra"), False, replace(one, id="zoe"), other) == plain
    assert play(WARD.replace("middle", "aaa"), False, one, other) == plain
    west = [replace(p, at=Point(-9.0, y)) for p, y in ((one, 3.9), (other, 4.1))]
    assert play(mirrored, True, *west) == plain


def problems(old: str, new: str) -> list[Problem]:
    assert WARD.count(old) == 1, old
    with pytest.raises(ConfigError) as caught:
        ward(WARD.replace(old, new))
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "code", "hint"),
    [
        ("doorway: middle", "doorway: midle", 41, 56, "E714", "middle"),
        ("doorway: middle, ", "", 41, 9, "E714", None),
        (
            "held_by: ann}",
            "held_by: ann}\n  again: {body: wooden, stream: 102, at: east, doorway: middle}",
            43,
            57,
            "E715",
            None,
        ),
        ("strength: 1000", "strenght: 1000", 33, 12, "E201", "strength"),
    ],
)
def test_a_door_stands_in_a_doorway_of_its_own(
    old: str, new: str, line: int, column: int, code: str, hint: str | None
) -> None:
    (problem,) = problems(old, new)
    assert (problem.code, problem.line, problem.column, problem.hint) == (code, line, column, hint)


def test_a_doorway_that_is_set_from_outside_must_be_there_too() -> None:
    spec = ward().override("gate.doorway", "midle")
    with pytest.raises(UsageError, match=r"no doorway 'midle' \(closest: middle\)"):
        Kernel(spec, registry(), [], 1, 0.1)


def test_what_doors_are_made_of_can_be_set() -> None:
    knobs = {knob.path: knob for knob in ward().knobs([ANN])}
    assert {"gate.strength", "gate.opening", "gate.shuts", "gate.crash", "ann.force"} <= set(knobs)
    assert knobs["gate.strength"].unit == "N"
    kernel = Kernel(ward().override("gate.locked", True), registry(), [replace(ANN, at=Point(9.8, 4.0))], 1, 0.1)
    assert whys(run(kernel, 1, ann=GoTo("east.desk"))) == ["middle is locked"]


def test_whoever_cannot_walk_opens_nothing() -> None:
    text = WARD.replace(
        "mover: {walk: 1.0, run: 4.0}\n    brawn", "mover: {walk: 1.0, run: 4.0, mobility: 0.0}\n    brawn"
    )
    kernel = world(replace(ANN, at=Point(9.8, 4.0)), text=text)
    assert kinds(run(kernel, 20, ann=GoTo("east.desk"))) == ["Arrived"]


def test_who_stands_at_a_door_that_is_opened_by_hand_walks_on() -> None:
    kernel = world(ANN, text=LOCKED)
    walk = MoveTo(Point(18.0, 4.0))
    run(kernel, 80, ann=walk)
    ann = kernel.entity("ann")
    assert ann is not None
    assert ann.position == Point(9.8, 4.0)
    kernel.edit("gate", "open", True)
    assert run(kernel, 1, ann=walk) == []
    assert ann.position == Point(9.8, 4.0)
    run(kernel, 10, ann=walk)
    assert ann.position.x > GATE.x


def test_a_door_stays_in_its_doorway_whoever_edits_it() -> None:
    kernel = world(ANN, text=LOCKED)
    with pytest.raises(UsageError, match="gate has no field 'doorway' that can be changed"):
        kernel.edit("gate", "doorway", "elsewhere")
