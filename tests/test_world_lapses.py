"""Lapses: when time is passed over, how far, and that a run is the same run for all that."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import nights
import pytest

from t800.core import Event, Intent
from t800.film.intents import MoveTo, Say
from t800.loader.document import parse
from t800.loader.files import Files
from t800.loader.scenario import load_scenario
from t800.loader.world import read_world
from t800.packs import installed
from t800.registry import Registry
from t800.simulation.causes import why_event
from t800.simulation.checkpoint import Checkpoint
from t800.simulation.diff import diff_traces
from t800.simulation.history import history
from t800.simulation.replay import replay
from t800.simulation.resume import resume
from t800.simulation.runner import Account, Moment, Simulation, run
from t800.simulation.trace import TraceReader
from t800.simulation.tracefile import Recording
from t800.simulation.why import why_node
from t800.spec.scenario import ScenarioSpec
from t800.spec.world import Participant
from t800.types import Point
from t800.world import Kernel
from t800.world.driving import Drive, DriveTo
from t800.world.lapses import Occupy, Stay

ANN = Participant("ann", 1, "driver", "town")
BEN = Participant("ben", 2, "sleeper", "town")
COAST = Point(3000.0, 0.0)
DRIVE = {"ann": [Drive(COAST)]}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return installed(["nights"])


@pytest.fixture
def night(registry: Registry, tmp_path: Path) -> Any:
    """The scenario, after changes to its files."""

    def load(overrides: tuple[str, ...] = (), **changes: str) -> ScenarioSpec:
        nights.write(tmp_path, **changes)
        files = Files(registry, tmp_path)
        return load_scenario(tmp_path / "configs/scenarios/night.yaml", registry, files, list(overrides), [])

    return load


@pytest.fixture
def shore(registry: Registry, tmp_path: Path) -> Any:
    """A kernel in the world by the sea, after a change to its file."""

    def make(*people: Participant, horizon: int | None = None, change: tuple[str, str] | None = None) -> Kernel:
        text = nights.FILES["configs/worlds/shore.yaml"]
        if change is not None:
            assert text.count(change[0]) == 1
            text = text.replace(*change)
        return Kernel(read_world(parse(text, "shore.yaml"), registry), registry, people, 1, 0.1, horizon)

    return make


def lapses(events: Any) -> list[tuple[float, float, str]]:
    return [(e.fields["from"], e.fields["to"], e.fields["why"]) for e in events if e.kind == "Lapsed"]


def events_of(spec: ScenarioSpec) -> list[Event]:
    found: list[Event] = []
    run(spec, on_tick=lambda moment: found.extend(moment.events))
    return found


def test_a_long_drive_is_passed_over_and_ends_where_the_road_does(shore: Any) -> None:
    kernel = shore(ANN)
    events = kernel.step(DRIVE)
    ((begin, end, why),) = lapses(events)
    assert (begin, why) == (0.1, "a drive ends")
    assert kernel.tick == round(end * 10) > 1500
    assert kernel.entity("ann").position == kernel.entity("cab").position
    assert kernel.entity("cab").position.distance(COAST) < 0.5
    refused = [event.fields["why"] for event in kernel.step(DRIVE) if event.kind == "Refused"]
    assert refused == ["this is as near as roads go"]
    assert kernel.entity("cab").facing == Point(1.0, 0.0)
    lapsed = next(event for event in events if event.kind == "Lapsed")
    assert (lapsed.rule, lapsed.causes, lapsed.tick) == ("lapse", ("ann:legs",), 0)


def drive(kernel: Kernel, **more: list[Intent]) -> list[Event]:
    """Drive until the road ends, tick by tick or not."""
    events: list[Event] = []
    for _ in range(2500):
        events.extend(kernel.step({**DRIVE, **more}))
        if any(event.kind == "Refused" for event in events):
            return events
    raise AssertionError("it does not get there")


@pytest.mark.parametrize("gone", [0, 1, 30])
@pytest.mark.parametrize(
    "road",
    ["[[0, 0], [1000, 0], [3000, 0]]", "[[0, 0], [700, 300], [700, -200], [3000, 0]]", "[[0, 0], [20, 0], [50, 0]]"],
    ids=["straight", "bent", "short"],
)
def test_it_takes_as_long_as_it_would_tick_by_tick_and_ends_in_the_same_place(shore: Any, gone: int, road: str) -> None:
    change = ("[[0, 0], [1000, 0], [3000, 0]]", road)
    slow, fast = shore(ANN, BEN, change=change), shore(ANN, BEN, change=change)
    # Ben stands about, with no end known: so nothing is passed over.
    assert lapses(drive(slow)) == []
    for _ in range(gone):
        fast.step(DRIVE)
    events = drive(fast, ben=[Occupy("sleep", 10**6)])
    assert len(lapses(events)) == 1
    assert fast.tick == slow.tick
    for name in ("cab", "ann"):
        # Tick by tick, each is rounded to the millimetre.
        assert fast.entity(name).position.distance(slow.entity(name).position) < 0.1
    assert fast.entity("cab").facing == slow.entity("cab").facing
    assert fast.entity("cab").pace == pytest.approx(slow.entity("cab").pace, abs=0.3)


def test_the_earliest_end_is_where_the_clock_stops(shore: Any) -> None:
    kernel = shore(ANN, BEN)
    events = kernel.step({**DRIVE, "ben": [Occupy("nap", 200)]})
    assert lapses(events) == [(0.1, 20.0, "nap ends")]
    assert kernel.tick == 200
    # The drive has gone on all the while.
    assert 320.0 < kernel.entity("ann").position.x < 400.0
    assert lapses(kernel.step(DRIVE)) == []


@pytest.mark.parametrize(
    ("intents", "why"),
    [
        ([], "it does nothing"),
        ([MoveTo(Point(5.0, 5.0))], "it walks"),
        ([Occupy("ride")], "it rides in nothing"),
        ([Occupy("sleep", 0)], "it is over"),
        ([Occupy("sleep", 500), MoveTo(Point(5.0, 5.0))], "it walks in its sleep"),
        ([Occupy("sleep", 15)], "it is not worth it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_time_is_not_passed_over_while_anybody_awake_may_have_to_decide(
    shore: Any, intents: list[Intent], why: str
) -> None:
    kernel = shore(ANN, BEN)
    assert lapses(kernel.step({**DRIVE, "ben": intents})) == []
    assert kernel.tick == 1
    assert lapses(kernel.step({**DRIVE, "ben": [Occupy("sleep", 500)]}))


@pytest.mark.parametrize("engine", ["top: 0, pickup: 5", "top: 20, pickup: 0", "top: 0, pickup: 0"])
def test_a_drive_that_gets_nowhere_has_no_end(shore: Any, engine: str) -> None:
    kernel = shore(ANN, change=("top: 20, pickup: 5", engine))
    assert lapses(kernel.step(DRIVE)) == []


def test_a_car_without_brakes_creeps_all_the_way(shore: Any) -> None:
    kernel = shore(ANN, change=("brakes: 8", "brakes: 0"))
    assert [why for _, _, why in lapses(kernel.step(DRIVE))] == ["a drive ends"]
    assert kernel.tick == pytest.approx(3000 / 0.05, rel=0.01)


@pytest.mark.parametrize("until", [-5, 0, 1, 2, 20])
def test_an_end_that_is_past_or_near_is_not_worth_a_lapse(shore: Any, until: int) -> None:
    kernel = shore(BEN)
    assert lapses(kernel.step({"ben": [Occupy("sleep", until)]})) == []
    assert kernel.tick == 1


def test_what_is_refused_is_no_activity(shore: Any) -> None:
    kernel = shore(BEN)
    assert lapses(kernel.step({"ben": [DriveTo("coast")]})) == []


def test_who_rides_along_is_absorbed_if_they_say_so(shore: Any) -> None:
    aboard = ("riders: [ann]", "riders: [ann, cat]")
    cat = Participant("cat", 3, "driver", "town")
    kernel = shore(ANN, cat, change=aboard)
    assert lapses(kernel.step(DRIVE)) == []
    events = kernel.step({**DRIVE, "cat": [Occupy("ride")]})
    assert [why for _, _, why in lapses(events)] == ["a drive ends"]
    assert kernel.entity("cat").position.distance(kernel.entity("cab").position) == pytest.approx(0.6)


def test_nothing_is_passed_over_in_a_world_where_nobody_is_awake(shore: Any) -> None:
    kernel = shore(replace(ANN, arrives=100.0))
    kernel.step({})
    assert kernel.tick == 1


def test_somebody_arrives_in_time(shore: Any) -> None:
    kernel = shore(ANN, replace(BEN, arrives=30.0))
    assert lapses(kernel.step(DRIVE)) == [(0.1, 30.0, "somebody arrives")]
    events = kernel.step(DRIVE)
    assert [(e.kind, e.fields["who"], e.tick) for e in events] == [("Arrived", "ben", 300)]


def test_no_lapse_passes_the_end_of_the_run(shore: Any) -> None:
    kernel = shore(ANN, horizon=100)
    assert lapses(kernel.step(DRIVE)) == [(0.1, 10.0, "the run is over")]
    assert kernel.tick == 100


def test_a_vehicle_that_nobody_drives_rolls_to_a_stop_first(shore: Any) -> None:
    kernel = shore(ANN, BEN)
    for _ in range(50):
        kernel.step(DRIVE)
    asleep = {"ann": [Occupy("sleep", 9000)], "ben": [Occupy("sleep", 9000)]}
    assert lapses(kernel.step(asleep)) == []
    paces = []
    while kernel.tick < 200:
        paces.append(kernel.entity("cab").pace)
        kernel.step(asleep)
    before = kernel.entity("cab").position
    # The tick in which it comes to stand is the last that is played.
    assert len(paces) > 10
    assert all(pace > 0.0 for pace in paces)
    kernel.step(asleep)
    assert kernel.tick == 9001
    assert kernel.entity("cab").position == before


HUNTER = Participant("hunter", 4, "hunter", Point(-200.0, 5.0))
SLEEP = {"hunter": [Occupy("sleep", 9000)], "ben": [Occupy("sleep", 9000)], "dot": [Occupy("sleep", 9000)]}


def test_two_who_are_opposed_and_could_see_each_other_let_no_time_pass(shore: Any) -> None:
    kernel = shore(BEN, HUNTER)
    assert lapses(kernel.step(SLEEP)) == []
    assert lapses(shore(BEN, replace(HUNTER, body="stranger")).step(SLEEP))
    assert lapses(shore(BEN, replace(HUNTER, body="sleeper")).step(SLEEP))


def test_behind_walls_they_do(shore: Any) -> None:
    kernel = shore(replace(BEN, at="house"), HUNTER)
    assert lapses(kernel.step(SLEEP)) == [(0.1, 900.0, "sleep ends")]


def test_who_drives_past_an_enemy_is_there_when_they_come_into_view(shore: Any) -> None:
    """The hunter stands in the house; its doorway lets it see a part of the road."""
    door = ("roads:", "doorways:\n  door: {between: [house, field], at: [1505, 50], width: 1.0}\nroads:")
    text = nights.FILES["configs/worlds/shore.yaml"].replace(*door)
    text = text.replace("  coast: {from", "  field: {from: [1400, 20], to: [1600, 50], walled: false}\n  coast: {from")
    spec = read_world(parse(text, "shore.yaml"), installed(["nights"]))
    kernel = Kernel(spec, installed(["nights"]), [ANN, replace(HUNTER, at="house")], 1, 0.1)
    (span,) = lapses(kernel.step({**DRIVE, **SLEEP}))
    assert span[2] == "two who are opposed come within sight"
    x = kernel.entity("ann").position.x
    assert 1480.0 < x < 1530.0
    assert kernel.in_view(kernel.entity("ann"), kernel.entity("hunter"))
    # Played until she is out of view again, and then passed over to the end.
    found = [lapses(kernel.step({**DRIVE, **SLEEP})) for _ in range(30)]
    ticks = [bool(spans) for spans in found].index(True)
    assert ticks > 0
    assert found[ticks][0][2] == "a drive ends"


WARD = """
world: ward
doc: A room with sleepers, as the film has them.
mechanics: [walking, doors, lapses, dormancy, bodies, sight, speech, combat, perception]
places:
  west: {from: [0, 0], to: [10, 8]}
  east: {from: [10, 0], to: [20, 8]}
  field: {from: [0, 8], to: [400, 20], walled: false}
doorways:
  middle: {between: [west, east], at: [10, 4], width: 1.0}
bodies:
  person: &person
    appearance: {look: person}
    frame: {structure: 5, whole: 5}
    living:
    balance: {mass: 75}
    mover: {walk: 1.0, run: 4.0}
    allegiance: {side: guests}
    eyes: {ahead: 50, behind: 5, noticing: 1000}
    ears:
    voice:
  officer:
    appearance: {look: officer}
    mover: {walk: 1.0, run: 4.0}
    allegiance: {side: hunters}
    eyes: {ahead: 30, behind: 5, noticing: 1000}
  idler:
    appearance: {look: idler}
    mover: {walk: 1.0, run: 4.0}
    attention: {every: 5, near: 10}
  wooden:
    door: {shuts: 1.0}
entities:
  gate: {body: wooden, stream: 100, at: west, doorway: middle}
"""


def ward(*people: Participant) -> Kernel:
    registry = installed(["nights"])
    return Kernel(read_world(parse(WARD.replace("&person", ""), "ward.yaml"), registry), registry, people, 1, 0.1)


ZOE = Participant("zoe", 1, "person", Point(9.7, 4.0))
NAP = {"zoe": [Occupy("sleep", 9000)]}


def test_eyes_reach_so_far_and_whatever_way_heads_are_turned(registry: Registry) -> None:
    def passes(metres: float) -> bool:
        officer = Participant("officer", 2, "officer", Point(100.0 + metres, 15.0))
        kernel = ward(replace(ZOE, at=Point(100.0, 15.0)), officer)
        return bool(lapses(kernel.step({**NAP, "officer": [Occupy("watch", 9000)]})))

    assert not passes(20.0)
    # Zoe sees farther than the officer, and one is enough.
    assert not passes(40.0)
    assert passes(51.0)


def test_either_of_two_may_be_the_one_who_sees_farther() -> None:
    officer = Participant("officer", 1, "officer", Point(140.0, 15.0))
    kernel = ward(replace(ZOE, at=Point(100.0, 15.0), stream=2), officer)
    assert lapses(kernel.step({**NAP, "officer": [Occupy("watch", 9000)]})) == []


def test_a_door_between_them_hides_them_until_it_is_opened() -> None:
    officer = Participant("officer", 2, "officer", Point(14.0, 4.0))
    kernel = ward(ZOE, officer)
    assert lapses(kernel.step({**NAP, "officer": [Occupy("watch", 100)]})) == [(0.1, 10.0, "watch ends")]


def test_a_door_falls_shut_a_sound_is_heard_and_who_fell_gets_up_before_time_is_passed_over() -> None:
    kernel = ward(ZOE)
    for _ in range(15):
        kernel.step({"zoe": [MoveTo(Point(13.0, 4.0))]})
    assert kernel.fields("gate")["open"] is True
    opened = []
    while kernel.tick < 60 and not lapses(kernel.step(NAP)):
        opened.append(kernel.fields("gate")["open"])
    assert 3 < len(opened) < 12
    assert opened[-1] is True
    assert kernel.fields("gate")["open"] is False

    kernel = ward(ZOE, Participant("yan", 2, "person", Point(4.0, 4.0)))
    both = {**NAP, "yan": [Occupy("sleep", 9000)]}
    assert lapses(kernel.step({**both, "yan": [Occupy("sleep", 9000), Say("Hm.")]})) == []
    kernel.sound(kernel.entity("zoe"), 10.0, "thud")  # type: ignore[arg-type]
    assert lapses(kernel.step(both)) == []
    assert lapses(kernel.step(both)) != []

    kernel = ward(ZOE)
    kernel.entity("zoe").parts[type_of(kernel, "balance")].down = 0.2  # type: ignore[union-attr]
    assert lapses(kernel.step(NAP)) == []
    assert lapses(kernel.step(NAP)) != []


def test_where_the_legs_of_the_dormant_are_on_their_way_to_is_waited_for_by_nobody() -> None:
    kernel = ward(replace(ZOE, at=Point(100.0, 15.0)), Participant("ida", 3, "idler", Point(104.0, 15.0)))
    for _ in range(20):
        kernel.step({"ida": [MoveTo(Point(300.0, 15.0))]})
    assert kernel.fields("ida")["dormant"] is False
    for _ in range(100):
        kernel.step({"zoe": [MoveTo(Point(50.0, 15.0), run=True)], "ida": [MoveTo(Point(300.0, 15.0))]})
    assert kernel.fields("ida")["speed"] > 0.0
    assert kernel.fields("ida")["dormant"] is True
    assert lapses(kernel.step(NAP))


def test_who_stands_and_waits_lets_time_pass_until_the_wait_is_over() -> None:
    kernel = ward(ZOE)
    assert lapses(kernel.step({"zoe": [Stay(100)]})) == [(0.1, 10.0, "a wait ends")]
    assert kernel.entity("zoe").position == ZOE.at


def test_what_the_dormant_were_at_may_be_over_long_since() -> None:
    kernel = ward(ZOE, Participant("ida", 3, "idler", Point(300.0, 15.0)))
    for _ in range(20):
        kernel.step({"ida": [Occupy("work", 5)]})
    assert not kernel.attends("ida")
    assert lapses(kernel.step(NAP))


def test_whoever_is_dormant_or_dead_lies_there_and_holds_up_nobody() -> None:
    kernel = ward(ZOE, Participant("yan", 2, "person", Point(4.0, 4.0)))
    fallen = kernel.entity("yan").parts
    fallen[type_of(kernel, "living")].alive = False  # type: ignore[union-attr]
    fallen[type_of(kernel, "balance")].down = 60.0  # type: ignore[union-attr]
    spans = [span for _ in range(30) for span in lapses(kernel.step({"zoe": [Stay(300)]}))]
    assert [why for _, _, why in spans] == ["a wait ends"]
    assert kernel.fields("yan")["down"] == pytest.approx(60.0 - kernel.tick / 10, abs=0.11)


def test_who_was_refused_something_has_that_to_think_about() -> None:
    kernel = ward(ZOE)
    assert lapses(kernel.step({"zoe": [*NAP["zoe"], MoveTo(Point(5.0, 15.0))]})) == []
    assert lapses(kernel.step(NAP)) != []


def type_of(kernel: Kernel, component: str) -> type:
    return kernel.spec.components[component].call


def test_the_dormant_and_the_dead_are_waited_for_by_nobody() -> None:
    idler = Participant("ida", 3, "idler", Point(300.0, 15.0))
    kernel = ward(ZOE, idler)
    kernel.step({})
    assert not kernel.attends("ida")
    assert lapses(kernel.step(NAP))
    near = ward(ZOE, replace(idler, at=Point(5.0, 4.0)))
    for _ in range(12):
        near.step({})
    assert lapses(near.step(NAP)) == []

    kernel = ward(ZOE, Participant("yan", 2, "person", Point(4.0, 4.0)))
    kernel.entity("yan").parts[type_of(kernel, "living")].alive = False  # type: ignore[union-attr]
    waited = [bool(lapses(kernel.step(NAP))) for _ in range(30)].index(True)
    assert waited > 10


def test_a_snapshot_goes_on_as_the_original_does(shore: Any) -> None:
    people = [ANN, BEN]
    asked = {**DRIVE, "ben": [Occupy("nap", 200)]}
    for ticks in (0, 1):
        kernel, copy = shore(*people), shore(*people)
        for _ in range(ticks):
            kernel.step(asked)
        copy.restore(json.loads(json.dumps(kernel.snapshot())))
        assert copy.step(asked) == kernel.step(asked)
        assert copy.snapshot() == kernel.snapshot()


def test_in_a_run_time_counts_lapses_and_played_does_not(night: Any) -> None:
    moments: list[Moment] = []
    result = run(night(), on_tick=moments.append)
    assert result.time == 900.0
    assert result.ticks == 9000
    assert result.played == pytest.approx(len(moments) / 10)
    assert result.played < 10.0
    numbers = [moment.number for moment in moments]
    assert numbers == sorted({*numbers})
    assert result.final["ann"]["position"]["x"] == pytest.approx(3000.0, abs=0.5)


def test_expectations_are_judged_by_the_clock(night: Any) -> None:
    result = run(night())
    held = [(verdict.held, verdict.tick) for verdict in result.expectations]
    dismounted = held[2][1]
    assert dismounted is not None
    # The second was over at 150 s, and the fourth 10 s after she got out: both within a lapse.
    assert held == [(True, dismounted - 1), (False, 1500), (True, dismounted), (False, dismounted + 100), (True, 9000)]


def test_trees_and_modes_wait_by_the_clock(night: Any) -> None:
    moments: list[Moment] = []
    run(night(), on_tick=moments.append)
    modes = {moment.number: moment.ticks["dot"].mode for moment in moments if "dot" in moment.ticks}
    fresh = next(number for number, mode in modes.items() if mode == "fresh")
    # Five minutes are over in a lapse: she is fresh at the first tick after it.
    assert fresh == next(number for number in modes if number >= 3000) > 3000
    # `wait: 3.0` is no activity of the world: it is played.
    assert {4000 + n for n in range(1, 30)} <= {*modes}


def test_a_replay_is_the_same_run(night: Any, tmp_path: Path) -> None:
    spec = night()
    result = run(spec, record=tmp_path / "trace")
    again = replay(tmp_path / "trace", spec)
    assert again.divergence is None
    assert (again.sha256, again.ticks, again.played) == (result.sha256, result.ticks, result.played)
    assert run(spec).sha256 == result.sha256


@pytest.mark.parametrize("checkpoint", [0, 1, 7])
@pytest.mark.parametrize("lines", [1, 2, 3, 6, 40])
def test_a_run_that_was_cut_goes_on_to_the_same_trace(night: Any, tmp_path: Path, lines: int, checkpoint: int) -> None:
    spec = night()
    run(spec, record=tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()

    class Cut(Exception):
        pass

    count = 1

    def cut(_moment: Moment) -> None:
        nonlocal count
        count += 1
        if count > lines:
            raise Cut

    path = tmp_path / "cut"
    with pytest.raises(Cut):
        run(spec, record=Recording(path, checkpoint=checkpoint), on_tick=cut)
    assert bool(Checkpoint.found(path)) is (0 < checkpoint <= count - 1)
    result = resume(path, spec)
    assert path.read_bytes() == whole
    assert result.ticks == 9000


@pytest.mark.parametrize("limit", [0.1, 100.0, 154.3, 400.05])
def test_a_limit_within_a_lapse_ends_the_run_there_and_it_can_be_played_again(
    night: Any, tmp_path: Path, limit: float
) -> None:
    spec = night()
    path = tmp_path / "trace"
    result = run(replace(spec, limit=limit), record=path)
    assert result.time == pytest.approx(limit, abs=0.1)
    assert all(to <= limit + 0.1 for _, to, _ in lapses(events_of(replace(spec, limit=limit))))
    again = replay(path, spec)
    assert (again.divergence, again.time, again.outcome) == (None, result.time, result.outcome)
    assert resume(path, spec).sha256 == result.sha256
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    assert resume(path, spec).sha256 == result.sha256
    assert path.read_bytes() == whole


def test_a_thousand_seconds_later_everything_is_the_same(night: Any) -> None:
    def told(spec: ScenarioSpec, shift: float) -> list[tuple[Any, ...]]:
        found = []
        for event in events_of(spec):
            fields = dict(event.fields)
            for name in ("from", "to") if event.kind == "Lapsed" else ():
                fields[name] = round(fields[name] - shift, 3)
            found.append((event.tick - round(shift * 10), event.kind, fields))
        return found

    late = night(
        ("agents.ann.arrives=1000", "agents.dot.arrives=1000", "limit=1900"),
        shore="riders: [ann] => riders: [ann]",
    )
    assert told(late, 1000.0) == told(night(), 0.0)


def test_other_names_and_another_order_lapse_alike(night: Any) -> None:
    plain = [(e.tick, e.kind) for e in events_of(night())]
    renamed = night(shore="riders: [ann] => riders: [zoe]", night=RENAMED)
    assert [(e.tick, e.kind) for e in events_of(renamed)] == plain


RENAMED = """\
  ann: {agent: traveller, body: driver, stream: 1, at: town}
  dot: {agent: sleeper, body: sleeper, stream: 2, at: house}
expect:
  - eventually: ann.position.x > 2999.0
    within: 160.0
  - eventually: ann.position.x > 2999.0
    within: 150.0
  - {happened: Dismounted}
  - {eventually: "ann.position.x > 1e6", within: 10.0, since: Dismounted}
  - at_end: distance(ann, cab) < 1.0
chapters:
  - {chapter: drive, expect: [{happened: Dismounted}]}
  - {chapter: rest, from: Dismounted, to: dot.position.x < 0.0, expect: [{happened: Lapsed}]}
 => \
  dot: {agent: sleeper, body: sleeper, stream: 2, at: house}
  zoe: {agent: traveller, body: driver, stream: 1, at: town}
"""


def test_questions_over_a_trace_know_of_lapses(night: Any, tmp_path: Path) -> None:
    spec = night()
    path = tmp_path / "trace"
    run(spec, record=path)
    numbers = [line.body["tick"] for line in TraceReader(path)]
    (end,) = [b for a, b in pairwise(numbers) if a == 0]

    (reason,) = why_node(path, "ann", "travel/night_drive", 700, spec).reasons
    assert reason.said == f"nobody was ticked then: time was passed over from 0.1 s to {end / 10:.1f} s"
    # What the world answered to the last ask before a lapse stands in the first tick after it.
    assert why_node(path, "ann", "travel/night_drive", 0, spec).status == "RUNNING"
    assert why_node(path, "ann", "travel/night_drive", end + 1, spec).status == "SUCCESS"
    (lapsed, cause, _) = why_event(path, "Lapsed@0", spec)[:3]
    assert lapsed.event is not None
    assert cause.node is not None
    assert (lapsed.event.kind, cause.node.agent) == ("Lapsed", "ann")
    assert [change.value for change in history(path, "dot.tired", spec)] == [True]


def test_two_runs_with_lapses_are_compared(night: Any, tmp_path: Path) -> None:
    spec = night()
    run(spec, record=tmp_path / "a")
    run(replace(spec, limit=500.0), record=tmp_path / "b")
    found = diff_traces(tmp_path / "a", tmp_path / "b")
    assert found.first is not None
    assert found.first.tick == 4031


def test_the_end_of_a_run_is_a_tick_of_the_clock(night: Any, tmp_path: Path) -> None:
    spec = night()
    run(spec, record=tmp_path / "a")
    run(replace(spec, expect=(), chapters=()), record=tmp_path / "b")
    found = diff_traces(tmp_path / "a", tmp_path / "b")
    assert found.first is not None
    assert (found.first.what, found.first.tick) == ("outcome", 9000)


def test_a_checkpoint_holds_all_there_is(night: Any) -> None:
    spec = night()
    simulation, account = Simulation.of(spec), Account(spec)
    account.advance(simulation)
    saved = json.loads(json.dumps({"simulation": simulation.snapshot(), "account": account.snapshot()}))
    other, count = Simulation.restore(spec, saved["simulation"]), Account(spec)
    count.restore(saved["account"])
    while account.advance(simulation) is not None:
        assert count.advance(other) is not None
        assert other.world.tick == simulation.world.tick
    assert other.recorder.sha256 == simulation.recorder.sha256


def test_without_the_mechanic_every_tick_is_played(night: Any) -> None:
    spec = night(
        shore="""driver: {mover: , rider: {vehicle: cab}, allegiance: {side: guests}}
  sleeper: {mover: , allegiance: {side: guests}}
  hunter: {mover: , allegiance: {side: hunters}}
 => driver: {mover: , rider: {vehicle: cab}}
  sleeper: {mover: }
  hunter: {mover: }
""",
    )
    mechanics = tuple(mechanic for mechanic in spec.world.mechanics if mechanic.name != "lapses")
    result = run(replace(spec, world=replace(spec.world, mechanics=mechanics), limit=200.0))
    assert (result.time, result.played) == (200.0, 200.0)
    assert result.events["Dismounted"] == 1
    assert "Lapsed" not in result.events
