"""Replay: the same to the last bit, or where it first differs."""

import json

import pytest
import toy

from t800.context import Context
from t800.errors import TraceError, UsageError
from t800.loader.files import Files
from t800.loader.scenario import load_scenario
from t800.packs import installed
from t800.registry import skill
from t800.simulation.replay import replay
from t800.simulation.runner import run
from t800.simulation.trace import Header, Recorder, TraceFile, TraceReader


@pytest.fixture(scope="module")
def registry():
    return installed(["toy"])


@pytest.fixture
def tag(registry, tmp_path):
    def load(overrides=(), without=(), **changes):
        toy.write(tmp_path, **changes)
        files = Files(registry, tmp_path)
        return load_scenario(tmp_path / "configs/scenarios/tag.yaml", registry, files, overrides, without)

    return load


@pytest.fixture
def trace(tag, tmp_path):
    run(tag(), record=tmp_path / "t.jsonl")
    return tmp_path / "t.jsonl"


def hash_of(path):
    reader = TraceReader(path)
    assert list(reader)
    return reader.sha256


def test_a_run_replays_to_the_last_bit(tag, trace):
    result = replay(trace, tag())
    assert result.divergence is None
    assert result.cut is None
    assert result.sha256 == hash_of(trace)


def test_seed_overrides_and_what_was_taken_out_are_in_the_trace(tag, tmp_path):
    path = tmp_path / "t.jsonl"
    recorded = run(tag(["anna.run=2.0"], ["pole"]), seed=12, record=path)
    header = TraceReader(path).header
    assert (header.seed, header.overrides, header.without) == (12, ["anna.run=2.0"], ["pole"])
    result = replay(path, tag(header.overrides, header.without))
    assert result.divergence is None
    assert result.sha256 == recorded.sha256


def test_a_trace_finds_its_scenario_by_itself(tag, tmp_path, monkeypatch):
    from t800.simulation.opening import open_scenario

    tag()
    monkeypatch.chdir(tmp_path)
    run(open_scenario("tag", ["toy"], ["ben.arrives=1.5"]), record="t.jsonl")
    monkeypatch.chdir("/")
    assert replay(tmp_path / "t.jsonl").divergence is None


def test_a_trace_that_was_cut_replays_as_far_as_it_goes(tag, trace):
    data = trace.read_bytes()
    trace.write_bytes(data[: len(data) // 2])
    result = replay(trace, tag())
    assert result.divergence is None
    assert "cut off in the middle" in result.cut


def test_a_trace_that_stopped_before_the_limit_replays_to_where_it_stopped(tag, tmp_path):
    run(tag(["limit=1.0"]), record=tmp_path / "t.jsonl")
    assert replay(tmp_path / "t.jsonl", tag(["limit=1.0"])).divergence is None


def test_damage_is_named_before_anything_is_run(tag, trace):
    data = bytearray(trace.read_bytes())
    data[len(data) - 20] ^= 4
    trace.write_bytes(data)
    with pytest.raises(TraceError, match=f"line {data.count(10)}"):
        replay(trace, tag())


def test_a_changed_file_is_refused_by_name(tag, trace):
    with pytest.raises(UsageError, match="tree:roam means something else"):
        replay(trace, tag(roam="far: 8.0 => far: 8.5"))


def test_a_changed_comment_is_not(tag, trace):
    assert replay(trace, tag(roam="doc: Walk about. => doc: Walk to and fro.  # at random")).divergence is None


def rewritten(trace, number, change):
    """The trace with one tick's body changed, and every hash made right again: only a replay can tell."""
    reader = TraceReader(trace)
    lines = [dict(json.loads(line.raw)) for line in reader]
    change(lines[number])
    file = TraceFile(trace)
    recorder = Recorder({}, file)
    recorder.begin(reader.header, reader.meta)
    for line in lines:
        recorder._line(json.dumps(line, sort_keys=True, separators=(",", ":")), None)
    recorder.end(reader.end)
    file.close()


def set_(*path, value):
    def change(body):
        for name in path[:-1]:
            body = body[name]
        body[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("number", "change", "agent", "what"),
    [
        (0, set_("agents", "anna", "mode", value="off"), "anna", "mode"),
        (5, set_("agents", "anna", "seen", value="0" * 16), "anna", "what it saw (digest)"),
        (5, set_("agents", "anna", "set", "toy_look", value=None), "anna", "key toy_look"),
        (5, set_("agents", "anna", "statuses", value={"catch": "0F1R"}), "anna", "node catch"),
        (6, set_("agents", "ben", "asks", value=[]), "ben", "ask 1"),
        (5, set_("agents", "ben", value={}), "ben", "what it saw (digest)"),
        (5, lambda body: body["events"].clear(), None, "event 1 of the tick"),
    ],
)
def test_the_first_difference_is_named(tag, trace, number, change, agent, what):
    rewritten(trace, number, change)
    found = replay(trace, tag()).divergence
    assert (found.tick, found.agent, found.what) == (number, agent, what)
    assert found.was != found.now


def test_a_different_ending_is_a_difference(tag, trace):
    reader = TraceReader(trace)
    lines = [line.raw.decode() for line in reader]
    file = TraceFile(trace)
    recorder = Recorder({}, file)
    recorder.begin(reader.header, reader.meta)
    for line in lines:
        recorder._line(line, None)
    recorder.end({"outcome": "failed", "ticks": len(lines)})
    file.close()
    found = replay(trace, tag()).divergence
    assert (found.what, found.was, found.now) == ("outcome", "failed", "passed")


EDIT = {"tick": 2, "of": "agent", "who": "anna", "name": "toy_look", "value": None}


def forged(trace, number, change):
    """The trace with any of its lines changed, and all that is told of them made right again."""
    bodies = [json.loads(line)["body"] for line in trace.read_bytes().splitlines()]
    meta = TraceReader(trace).meta
    change(bodies[number])
    file = TraceFile(trace)
    recorder = Recorder({}, file)
    for place, body in enumerate(bodies):
        recorder._line(json.dumps(body, sort_keys=True, separators=(",", ":")), None if place else meta)
    file.close()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (set_("scenario", value="other"), "the header's scenario"),
        (set_("invented", value=3), "the header's invented"),
        (set_("branch", value={}), "the header's branch"),
        (set_("branch", value={"parent": "0", "tick": 1, "edits": [EDIT], "more": 1}), "the header's branch"),
    ],
)
def test_a_header_that_the_run_would_not_have_is_a_difference(tag, trace, change, what):
    forged(trace, 0, change)
    found = replay(trace, tag())
    assert (found.divergence.tick, found.divergence.what) == (-1, what)
    assert found.ticks > 0


def test_a_branch_without_edits_is_none(tag, trace):
    forged(trace, 0, set_("branch", value={"parent": "0", "tick": 1, "edits": []}))
    with pytest.raises(TraceError, match="line 1: its header does not say how the run left its parent"):
        replay(trace, tag())


def test_another_number_of_ticks_and_what_was_added_to_the_end_are_told(tag, trace):
    count = len(list(TraceReader(trace)))
    forged(trace, -1, set_("end", "ticks", value=count + 1))
    found = replay(trace, tag()).divergence
    assert (found.what, found.was, found.now) == ("ticks", count + 1, count)
    forged(trace, -1, set_("end", value={"outcome": "passed", "ticks": count, "more": 1}))
    assert replay(trace, tag()).divergence.what == "more"
    forged(trace, -1, lambda body: body.update(end={"outcome": "passed", "ticks": count}, more=1))
    assert replay(trace, tag()).divergence.what == "the trace's hash"


@pytest.mark.parametrize("more", [b"x", b"{", b"\0" * 100, b"\n"])
def test_nothing_may_follow_the_end(tag, trace, more):
    lines = trace.read_bytes().count(b"\n")
    trace.write_bytes(trace.read_bytes() + more)
    with pytest.raises(TraceError, match=f"line {lines + 1}: "):
        replay(trace, tag())


def test_a_run_with_skills_that_work_in_threads_cannot_be_replayed(tmp_path):
    registry = installed(["toy"])

    @skill(worker=True)
    def ponder(ctx: Context) -> None:
        """Think, for as long as it takes."""

    registry.add(ponder)
    toy.write(tmp_path, roam="  toy_wander: {far: 8.0} =>   selector: [ponder, {toy_wander: {far: 8.0}}]")
    files = Files(registry, tmp_path)
    spec = load_scenario(tmp_path / "configs/scenarios/tag.yaml", registry, files)
    run(spec, record=tmp_path / "t.jsonl")
    assert TraceReader(tmp_path / "t.jsonl").header.unreplayable == ["ponder"]
    with pytest.raises(UsageError, match="cannot be run again: ponder worked in a thread"):
        replay(tmp_path / "t.jsonl", spec)


def test_the_header_reads_back():
    header = Header("s", 1, 0.1, ["a=1"], ["b"], {"tree:t": "00"})
    assert Header.of(header.body()) == header
