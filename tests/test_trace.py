"""The trace: what a line holds, that nothing in it can change unseen, and that a cut one is read as far as it goes."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from t800.blackboard import Blackboard
from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Ask, Event, Fate, Fault, Intent, Observation, Signal, Tick
from t800.errors import TraceError
from t800.registry import event
from t800.simulation import canonical
from t800.simulation.canonical import encode
from t800.simulation.trace import Header, Recorder, Seen, TraceFile, TraceReader
from t800.types import BOOL, FLOAT, Point, Type, record

HEADER = Header("corridor", 7, 0.1, overrides=("t800.arrives=3",), specs={"tree:protect": "ab12"})
KINDS = {"Hit": event("Hit", who=str, force=float)}


@record
class Step(Intent):
    channel: ClassVar[str] = "legs"
    place: Point


@record
class Sight(Observation):
    position: Point
    power: float
    sounds: tuple[Point, ...] = ()


def tick(number: int, mode: str = "calm", statuses: tuple = (RUNNING, SUCCESS), asks: tuple = (), **more) -> Tick:
    return Tick(
        number, mode, None, {"walk": statuses} if statuses else {}, asks, more.get("signals", ()), more.get("fault")
    )


def ask(x: float, outcome: str = "granted", why: str = "") -> Ask:
    return Ask("walk", "walk/go", Step(Point(x, 0.0)), {}, Fate(outcome, why))


def board(**values) -> Blackboard:
    return Blackboard({"speed": FLOAT, "seen": BOOL, "goal": Type.of(Point)}, values)


def begun(file, meta=None, observations=False) -> Recorder:
    recorder = Recorder(KINDS, file, observations)
    recorder.begin(HEADER, meta)
    return recorder


def recorded(path: Path | None, count: int = 5, meta=None) -> Recorder:
    """A small run of one robot that walks along x."""
    file = TraceFile(path) if path else None
    recorder = begun(file, meta)
    data = board()
    for n in range(count):
        data.write("goal", Point(float(n), 0.5), n)
        events = [Event(n, n, "Hit", {"who": "bob", "force": 2}, "blow", ("bob:walk/go",))] if n == 2 else []
        fault = Fault("node", "walk/go", "ValueError", "bad", "Traceback…") if n == 3 else None
        recorder.agent("bob", Sight(n, Point(n / 3, 0.0), 1.0), tick(n, asks=(ask(n / 3),), fault=fault), data)
        recorder.tick(n, events)
    recorder.end({"outcome": "passed", "ticks": count})
    if file:
        file.close()
    return recorder


def bodies(path: Path) -> list[dict]:
    return [dict(line.body) for line in TraceReader(path)]


def test_a_trace_reads_back_as_it_was_written(tmp_path):
    recorder = recorded(tmp_path / "t", meta={"host": "x"})
    reader = TraceReader(tmp_path / "t")
    assert reader.header == dataclasses.replace(HEADER, overrides=["t800.arrives=3"], without=[])
    assert reader.meta == {"host": "x"}
    lines = list(reader)
    assert [line.body["tick"] for line in lines] == [0, 1, 2, 3, 4]
    assert [line.number for line in lines] == [2, 3, 4, 5, 6]
    assert lines[3].meta == {"tracebacks": {"bob": "Traceback…"}}
    assert reader.end == {"outcome": "passed", "ticks": 5}
    assert reader.cut is None
    assert reader.sha256 == recorder.sha256


def test_every_body_is_canonical_json(tmp_path):
    recorded(tmp_path / "t")
    for line in TraceReader(tmp_path / "t"):
        again = json.dumps(json.loads(line.raw), sort_keys=True, separators=(",", ":"))
        assert again.encode() == line.raw


def test_a_line_holds_what_changed_since_the_tick_before(tmp_path):
    recorded(tmp_path / "t")
    first, second, third, fourth, _ = bodies(tmp_path / "t")
    bob = first["agents"]["bob"]
    assert bob["mode"] == "calm"
    assert bob["statuses"] == {"walk": "0R1S"}
    assert bob["set"] == {"goal": {"x": 0.0, "y": 0.5}}
    assert bob["asks"] == [
        {"fate": "granted", "intent": "Step", "node": "walk/go", "with": {"place": {"x": 0.0, "y": 0.0}}}
    ]
    assert sorted(second["agents"]["bob"]) == ["asks", "seen", "set"]
    assert third["events"] == [
        {"causes": ["bob:walk/go"], "fields": {"force": 2.0, "who": "bob"}, "id": 0 + 2, "kind": "Hit", "rule": "blow"}
    ]
    assert fourth["agents"]["bob"]["fault"] == {
        "exception": "ValueError", "message": "bad", "site": "node", "where": "walk/go"
    }  # fmt: skip


def test_what_did_not_change_is_not_written_again(tmp_path):
    file = TraceFile(tmp_path / "t")
    recorder = begun(file)
    for n in range(2):
        recorder.agent("bob", Sight(n, Point(1.0, 2.0), 1.0), tick(n, asks=(ask(1.0),)), board(speed=1.0))
        recorder.tick(n, [])
    file.close()
    assert bodies(tmp_path / "t")[1] == {"agents": {"bob": {}}, "events": [], "tick": 1}


def test_a_tree_that_the_mode_no_longer_has_is_null_and_starts_afresh_later(tmp_path):
    file = TraceFile(tmp_path / "t")
    recorder = begun(file)
    for n, statuses in enumerate([(RUNNING, FAILURE), (RUNNING, INVALID), (), (RUNNING, INVALID)]):
        recorder.agent("bob", Observation(n), tick(n, statuses=statuses), board())
        recorder.tick(n, [])
    file.close()
    assert [line["agents"]["bob"].get("statuses") for line in bodies(tmp_path / "t")] == [
        {"walk": "0R1F"}, {"walk": "1-"}, {"walk": None}, {"walk": "0R"},
    ]  # fmt: skip


def test_signals_and_refused_asks_are_in_the_line(tmp_path):
    file = TraceFile(tmp_path / "t")
    recorder = begun(file)
    asks = (ask(1.0, "vetoed", "it burns"),)
    recorder.agent("bob", Observation(0), tick(0, asks=asks, signals=(Signal("go", {"n": 1}),)), board())
    recorder.tick(0, [])
    file.close()
    bob = bodies(tmp_path / "t")[0]["agents"]["bob"]
    assert bob["signals"] == [{"data": {"n": 1}, "name": "go"}]
    assert (bob["asks"][0]["fate"], bob["asks"][0]["why"]) == ("vetoed", "it burns")


def test_the_hash_is_the_same_without_a_file(tmp_path):
    assert recorded(None).sha256 == recorded(tmp_path / "t").sha256


def test_the_hash_does_not_depend_on_meta(tmp_path):
    assert recorded(tmp_path / "a", meta={"host": "x"}).sha256 == recorded(tmp_path / "b").sha256


def test_what_an_agent_saw_is_under_the_hash_and_not_in_the_file(tmp_path):
    hashes = []
    for power in (1.0, 0.5):
        path = tmp_path / f"{power}"
        file = TraceFile(path)
        recorder = begun(file)
        recorder.agent("bob", Sight(0, Point(0.0, 0.0), power), tick(0), board())
        recorder.tick(0, [])
        file.close()
        hashes.append(recorder.sha256)
        assert "power" not in path.read_text()
    assert hashes[0] != hashes[1]


def test_a_robots_trace_holds_what_it_saw(tmp_path):
    file = TraceFile(tmp_path / "t")
    recorder = begun(file, observations=True)
    for n in range(2):
        recorder.agent("bob", Sight(n, Point(0.0, 0.0), 1.0 - n), tick(n), board())
        recorder.tick(n, [])
    file.close()
    seen = [line["agents"]["bob"]["observed"] for line in bodies(tmp_path / "t")]
    assert seen == [{"position": {"x": 0.0, "y": 0.0}, "power": 1.0, "refused": [], "sounds": []}, {"power": 0.0}]


def test_every_flipped_bit_is_found_and_named_by_its_line(tmp_path):
    recorded(tmp_path / "t", count=3, meta={"host": "x"})
    data = (tmp_path / "t").read_bytes()
    bad = tmp_path / "bad"
    for position in range(len(data)):
        bit = 1 << (position % 8)
        bad.write_bytes(data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :])
        with pytest.raises(TraceError) as error:
            for _ in TraceReader(bad):
                pass
        assert error.value.line == data[:position].count(b"\n") + 1, f"byte {position}, bit {bit}"


def test_a_line_taken_out_or_doubled_is_found(tmp_path):
    recorded(tmp_path / "t")
    lines = (tmp_path / "t").read_bytes().splitlines(keepends=True)
    for changed in (lines[:2] + lines[3:], lines[:3] + lines[2:], lines + lines[-1:]):
        (tmp_path / "bad").write_bytes(b"".join(changed))
        with pytest.raises(TraceError, match="line"):
            list(TraceReader(tmp_path / "bad"))


def test_a_trace_cut_anywhere_reads_up_to_its_last_whole_line(tmp_path):
    recorded(tmp_path / "t", count=3)
    data = (tmp_path / "t").read_bytes()
    first = data.index(b"\n") + 1
    for length in range(first, len(data)):
        (tmp_path / "cut").write_bytes(data[:length])
        reader = TraceReader(tmp_path / "cut")
        whole = data[:length].count(b"\n") - 1
        assert len(list(reader)) == min(whole, 3)
        assert reader.cut is not None
        assert ("cut off in the middle" in reader.cut) is (data[length - 1 : length] != b"\n")


def test_a_trace_without_a_header_is_refused(tmp_path):
    for content in (b"", b"{}", b'{"sum":"', b"hello\n", b"\x00" * 50 + b"\n"):
        (tmp_path / "t").write_bytes(content)
        with pytest.raises(TraceError):
            TraceReader(tmp_path / "t")


def test_what_is_no_trace_at_all_is_said_to_be_none(tmp_path):
    (tmp_path / "protect.yaml").write_text("tree: protect\nroot: rest\n")
    with pytest.raises(TraceError, match=r"protect\.yaml is no trace: `t800 run SCENARIO --record FILE`"):
        TraceReader(tmp_path / "protect.yaml")


def test_only_a_trace_is_recorded_over(tmp_path):
    path = tmp_path / "t"
    path.write_text("tree: protect\n")
    with pytest.raises(TraceError, match=r"will not record over .*: what it holds is no trace"):
        TraceFile(path)
    assert path.read_text() == "tree: protect\n"
    path.write_text("")
    recorded(path)
    before = path.read_bytes()
    recorded(path)
    assert path.read_bytes() == before


def test_what_lies_beside_a_trace_and_is_none_of_ours_is_left_alone(tmp_path):
    path, beside = tmp_path / "t", tmp_path / "t.new"
    beside.write_text("precious")
    with pytest.raises(TraceError, match=r"will not record over .*t\.new: what it holds is no trace"):
        TraceFile(path)
    assert beside.read_text() == "precious"
    # What a kill left in the middle of its first line is.
    for left in ("", '{"su', '{"sum":"01234567","ha'):
        beside.write_text(left)
        recorded(path)
        assert not beside.exists()


def test_a_trace_of_another_format_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("t800.simulation.trace.FORMAT", 99)
    recorded(tmp_path / "t")
    monkeypatch.undo()
    with pytest.raises(TraceError, match="format 99"):
        TraceReader(tmp_path / "t")


def test_a_trace_that_cannot_be_opened_says_why(tmp_path):
    with pytest.raises(TraceError, match="No such file or directory"):
        TraceFile(tmp_path / "nowhere" / "t")
    with pytest.raises(TraceError, match="No such file or directory"):
        TraceReader(tmp_path / "t")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_clear_error():
    with pytest.raises(TraceError, match="No space left on device"):
        recorded(Path("/dev/full"))


def test_a_write_that_the_system_cuts_short_is_finished(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:7]))
    recorder = recorded(tmp_path / "t")
    monkeypatch.undo()
    reader = TraceReader(tmp_path / "t")
    assert len(list(reader)) == 5
    assert reader.sha256 == recorder.sha256


KILLED = """
import sys
sys.path.insert(0, {here!r})
from test_trace import *
recorder = begun(TraceFile(Path({path!r})))
for n in range(100):
    recorder.agent("bob", Sight(n, Point(n / 3, 0.0), 1.0), tick(n), board())
    recorder.tick(n, [])
    if n == 60:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_every_tick_that_it_finished(tmp_path):
    path = tmp_path / "t"
    code = KILLED.format(here=str(Path(__file__).parent), path=str(path))
    # Without coverage, of which a killed process would leave half a file.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", code], check=False, env=environment)
    assert done.returncode == -signal.SIGKILL
    reader = TraceReader(path)
    assert len(list(reader)) == 61
    assert reader.cut is not None
    assert reader.end is None


def test_a_file_that_may_not_grow_leaves_whole_lines_and_a_torn_one(tmp_path):
    path = tmp_path / "t"
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from test_trace import *\nimport resource\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        f"    recorded(Path({str(path)!r}), count=50)\n"
        "except TraceError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "File too large" in done.stdout
    assert path.stat().st_size == 1000
    reader = TraceReader(path)
    assert list(reader)
    assert "cut off in the middle" in reader.cut


def test_a_whole_number_in_a_floats_place_is_written_as_a_float():
    assert encode(Point(1, 2)) == encode(Point(1.0, 2.0)) == '{"x":1.0,"y":2.0}'
    assert encode([Sight(0, Point(0, 0), 1, (Point(2, 3),))]) == encode(
        [Sight(0, Point(0.0, 0.0), 1.0, (Point(2.0, 3.0),))]
    )


def test_what_json_lacks_is_spelled_out():
    nan, inf = float("nan"), float("inf")
    assert encode({"a": (nan, -inf), "p": Point(inf, 0)}) == '{"a":["nan","-inf"],"p":{"x":"inf","y":0.0}}'


def test_nan_that_stays_is_no_change(tmp_path):
    file = TraceFile(tmp_path / "t")
    recorder = begun(file)
    for n in range(2):
        recorder.agent("bob", Sight(n, Point(0.0, 0.0), float("nan")), tick(n), board())
        recorder.tick(n, [])
    file.close()
    assert "seen" not in bodies(tmp_path / "t")[1]["agents"]["bob"]


def test_what_is_no_plain_data_is_refused():
    with pytest.raises(TypeError, match="not plain data"):
        encode({"a": object()})


def test_a_recorder_goes_on_where_another_was_saved():
    def drive(recorder, numbers):
        for n in numbers:
            where = Point([0.0, -0.0, 1.0, -0.0][n % 4], n // 3)
            power = float("nan") if n % 5 < 2 else 1.0
            data = board(speed=[0.0, -0.0][n % 2], goal=where)
            statuses = [(RUNNING, FAILURE), (SUCCESS, INVALID), ()][n % 3]
            recorder.agent("bob", Sight(n, where, power), tick(n, statuses=statuses, asks=(ask(n // 2),)), data)
            recorder.tick(n, [])

    whole = begun(None)
    drive(whole, range(12))
    for stop in range(12):
        first = begun(None)
        drive(first, range(stop))
        second = Recorder(KINDS)
        second.restore(json.loads(json.dumps(first.snapshot())))
        # Saved again before it was told anything: nothing is lost.
        third = Recorder(KINDS)
        third.restore(second.snapshot())
        drive(third, range(stop, 12))
        assert third.sha256 == whole.sha256, f"stopped after {stop}"


def test_without_the_c_encoder_the_bytes_are_the_same(monkeypatch):
    value = {"b": [1, 2.5, None, True], "a": Point(1, -0.0), "é": "ü"}
    fast = encode(value)
    monkeypatch.setattr("json.encoder.c_make_encoder", None)
    assert canonical._writer()(value) == fast


@record
class Crowd:
    label: str
    members: tuple[Point, ...]
    near: Point | None = None


CROWD = Type.of(list[Crowd])
CROWDS = [
    None,
    (),
    (Crowd("a", (Point(0.0, 0.0),)),),
    (Crowd("a", (Point(0.0, 1.0),)),),
    (Crowd("a", (Point(0.0, 1.0), Point(2, 3))),),
    (Crowd("b", (Point(0.0, 1.0), Point(2.0, 3.0)), Point(1.0, 1.0)), Crowd("c", ())),
    (Crowd("b", (Point(0.0, 1.0), Point(2.0, float("nan"))), Point(1.0, 1.5)), Crowd("c", ())),
    tuple(Crowd(str(n), ()) for n in range(12)),
    tuple(Crowd(str(n * (n > 1)), ()) for n in range(12)),
]


@pytest.mark.parametrize("old", CROWDS)
@pytest.mark.parametrize("new", CROWDS)
def test_what_differs_leads_from_one_value_to_the_other(old, new):
    before, after = (json.loads(encode(CROWD.encode(value))) for value in (old, new))
    text = canonical.differ(CROWD)(old, new)
    if text:
        assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text
        assert canonical.patched(before, json.loads(text)) == after
    else:
        assert before == after


def test_what_differs_is_short():
    old, new = CROWDS[7], CROWDS[8]
    assert canonical.differ(CROWD)(old, new) == '{"1":{"label":"0"}}'
    assert canonical.differ(CROWD)(CROWDS[2], CROWDS[3]) == '{"0":{"members":{"0":{"y":1.0}}}}'


@pytest.mark.parametrize("value", CROWDS)
def test_a_value_comes_back_from_its_text(value):
    assert encode(canonical.decode(CROWD, json.loads(encode(value)))) == encode(value)


@record
class Scan(Observation):
    heard: tuple[str, ...] = ()
    at: Point = Point(0.0, 0.0)


@record(slots=True)
class Glance(Observation):
    heard: tuple[str, ...] = ()
    at: Point = Point(0.0, 0.0)


def test_an_observation_with_slots_is_told_like_any_other() -> None:
    one, other = Seen(), Seen()
    for kind, seen in ((Scan, one), (Glance, other)):
        assert seen.changes(kind(0, heard=("a",))) == '"at":{"x":0.0,"y":0.0},"heard":["a"],"refused":[]'
        assert seen.changes(kind(1, heard=("a",), at=Point(0.0, 2.0))) == '"at":{"y":2.0}'
    assert one.save() == other.save()


@dataclasses.dataclass(frozen=True)
class Wave(Intent):
    """Never declared a record: it only inherits from one."""

    channel: ClassVar[str] = "arms"
    to: str = ""


def test_an_intent_that_is_no_record_is_told_whole():
    recorder = Recorder({})
    recorder.begin(Header("s", 1, 0.1))
    ask = Ask("t", "t/wave", Wave("ann"), {}, Fate("granted"))
    recorder.agent("one", Observation(0), Tick(0, "on", None, {}, (ask,), (), None), Blackboard({}))
    recorder.tick(0, [])
    asks = json.loads(recorder.body)["agents"]["one"]["asks"]
    assert asks == [{"fate": "granted", "intent": "Wave", "node": "t/wave", "with": {"to": "ann"}}]
