"""The tick loop: who decides when, how a run ends, and one hash wherever it runs."""

import dataclasses
import json
import os
import subprocess
import sys

import pytest
import toy

from t800.errors import TraceError
from t800.loader.files import Files
from t800.loader.scenario import load_scenario
from t800.packs import installed
from t800.simulation.canonical import patched
from t800.simulation.runner import Account, Moment, Simulation, play, run
from t800.simulation.trace import TraceReader


@pytest.fixture(scope="module")
def registry():
    return installed(["toy"])


@pytest.fixture
def tag(registry, tmp_path):
    """The game of tag as a spec, after changes to its files."""

    def load(overrides=(), without=(), **changes):
        toy.write(tmp_path, **changes)
        files = Files(registry, tmp_path)
        return load_scenario(tmp_path / "configs/scenarios/tag.yaml", registry, files, overrides, without)

    return load


def test_a_run_ends_when_all_is_decided(tag):
    result = run(tag())
    assert result.outcome == "passed"
    assert result.exit_code == 0
    assert [verdict.held for verdict in result.expectations] == [True, True, True]
    assert result.ticks < 300
    assert result.time == result.played == result.ticks / 10
    assert result.final["ben"]["touched"] == 1
    assert result.events == {"Arrived": 2, "Touched": 1}
    assert result.turns["near"].held is True
    assert [(chapter.name, chapter.outcome) for chapter in result.chapters] == [("chase", "passed")]


def test_a_run_that_reaches_its_limit_is_undecided(tag):
    result = run(tag(["limit=1.0"], tag="distance(anna, ben) < 2.0 => ben.touched < 1"))
    assert (result.outcome, result.exit_code, result.ticks) == ("limit", 3, 10)
    assert [verdict.held for verdict in result.expectations] == [None, True, True]


def test_what_failed_counts_also_at_the_limit(tag):
    result = run(tag(["limit=1.0"], tag="always: ben.touched < 2 => never: ben.touched < 2"))
    assert (result.outcome, result.exit_code) == ("failed", 1)


def test_a_failure_does_not_end_a_run_unless_it_is_told_to(tag):
    change = "always: ben.touched < 2 => never: anna.touched < 2"
    assert run(tag(tag=change)).ticks > 0
    stopped = run(tag(["stop_on_failure=true"], tag=change))
    assert (stopped.ticks, stopped.outcome) == (0, "failed")


def test_nobody_decides_before_they_arrive(tag):
    moments: list[Moment] = []
    run(tag(["limit=1.0"]), on_tick=moments.append)
    assert [sorted(moment.ticks) for moment in moments[:6]] == [["anna"]] * 5 + [["anna", "ben"]]
    assert [moment.number for moment in moments] == list(range(10))


def test_all_decide_on_the_state_at_the_start_of_the_tick(tag):
    seen = {}
    spec = tag(["limit=2.0"])
    simulation = Simulation.of(spec)
    for _ in range(8):
        before = {entity.id: entity.position for entity in simulation.world.present}
        simulation.step()
        other = simulation.agents["anna"].blackboard.values["toy_look"]
        if other is not None:
            seen[simulation.world.tick] = other.position == before["ben"]
    assert list(seen.values()) == [True, True, True]


def test_the_causes_of_an_event_name_the_node_behind_it(tag):
    moments: list[Moment] = []
    run(tag(), on_tick=moments.append)
    touched = [event for moment in moments for event in moment.events if event.kind == "Touched"]
    assert touched[0].causes == ("anna:catch/toy_touch",)


def test_seeds_make_different_runs(tag):
    spec = tag()
    hashes = [run(spec, seed=seed).sha256 for seed in (1, 2, 1)]
    assert hashes[0] == hashes[2] != hashes[1]


def test_what_is_taken_out_is_absent(tag):
    result = run(tag(without=["pole"]))
    assert "pole" not in result.final
    assert run(tag(without=["anna:catch"])).events.get("Touched") is None


def test_faults_and_vetoes_are_counted(tag):
    broken = run(tag(["limit=5.0"], roam="toy_wander: {far: 8.0} => toy_break: {after: 20}"))
    assert broken.faults == 3
    strict = run(tag(tag="limit: 30.0 => limit: 20.0", tagger="count(intent.touches) > 5 => count(intent.touches) > 0"))
    assert strict.vetoes > 0
    assert "Touched" not in strict.events


def test_watching_changes_nothing(tag):
    spec = tag()
    bare = dataclasses.replace(spec, expect=spec.expect[:1], turns={}, chapters=())
    told: list[list] = [[], []]
    for watched, events in zip((spec, bare), told, strict=True):
        run(watched, on_tick=lambda moment, events=events: events.extend(moment.events))
    assert told[0] == told[1]
    assert told[0]


def test_the_json_document_has_every_field(tag, tmp_path):
    document = run(tag(), record=tmp_path / "t.jsonl").to_json()
    assert list(document) == [
        "scenario", "seed", "dt", "ticks", "time", "played", "outcome", "expectations", "chapters", "turns",
        "final", "events", "faults", "vetoes", "trace", "wall",
    ]  # fmt: skip
    assert list(document["expectations"][0]) == ["text", "kind", "held", "tick", "vacuous"]
    assert list(document["chapters"][0]) == ["name", "outcome", "from", "to", "why"]
    assert list(document["turns"][0]) == ["name", "happened", "tick"]
    assert document["trace"]["path"] == str(tmp_path / "t.jsonl")


def test_the_json_document_says_what_was_unknown_where_an_expectation_failed_of_that(tag):
    def told(expected):
        spec = tag(["agents.anna.at=[90, 90]"], tag=f"ben.touched < 2 => {expected}")
        return run(dataclasses.replace(spec, expect=spec.expect[1:2], turns={}, chapters=())).to_json()["expectations"]

    (unknown,) = told("anna.place == 'yard'")
    assert (unknown["held"], unknown["unknown"]) == (False, "anna.place")
    (known,) = told("pole.place == 'gate'")
    assert (known["held"], "unknown" in known) == (False, False)


def test_the_json_document_is_json_whatever_a_field_holds(tag):
    final = {"pole": {"at": (0.5, float("nan")), "heat": float("inf"), "worn": True, "of": None}}
    document = dataclasses.replace(run(tag()), final=final).to_json()
    assert document["final"] == {"pole": {"at": [0.5, None], "heat": None, "worn": True, "of": None}}


def test_nothing_is_written_without_record(tag, tmp_path):
    spec = tag()
    before = sorted(tmp_path.rglob("*"))
    run(spec)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_hash_is_the_last_lines_and_the_same_unrecorded(tag, tmp_path):
    spec = tag()
    recorded = run(spec, record=tmp_path / "t.jsonl")
    reader = TraceReader(tmp_path / "t.jsonl")
    assert len(list(reader)) == recorded.ticks
    assert recorded.sha256 == reader.sha256 == run(spec).sha256
    assert reader.end == {"outcome": "passed", "ticks": recorded.ticks}


def test_a_trace_that_cannot_be_written_stops_the_run(tag):
    if not os.path.exists("/dev/full"):  # noqa: PTH110  # a device, not a file
        pytest.skip("needs /dev/full")
    with pytest.raises(TraceError, match="No space left on device"):
        run(tag(), record="/dev/full")


@pytest.mark.parametrize("python", [["-O"], []])
def test_one_hash_over_processes_hash_seeds_and_optimisation(tag, tmp_path, python):
    expected = run(tag()).sha256
    code = (
        "from t800.simulation.opening import open_scenario\n"
        "from t800 import run\n"
        "print(run(open_scenario('tag', ['toy'])).sha256)"
    )
    for seed in ("0", "1", "2"):
        environment = toy.environment(PYTHONHASHSEED=seed)
        done = subprocess.run(
            [sys.executable, *python, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env=environment,
        )
        assert done.stdout.strip() == expected


def test_a_run_that_is_saved_at_any_tick_goes_on_the_same(tag):
    spec = tag()
    whole = Simulation.of(spec)
    count = run(spec).ticks
    for _ in range(count):
        whole.step()
    for stop in (0, 1, 5, 6, count // 2, count - 1):
        first = Simulation.of(spec)
        for _ in range(stop):
            first.step()
        second = Simulation.restore(spec, json.loads(json.dumps(first.snapshot())))
        for _ in range(count - stop):
            second.step()
        assert second.recorder.sha256 == whole.recorder.sha256, f"saved at {stop}"


def test_what_was_watched_is_saved_before_the_first_tick_as_well_as_after_any(tag):
    spec = tag()
    for stop in (0, 1, 5):
        simulation, whole = Simulation.of(spec), Account(spec)
        for _ in range(stop):
            whole.advance(simulation)
        other = Account(spec)
        other.restore(json.loads(json.dumps(whole.snapshot())))
        again = Simulation.restore(spec, json.loads(json.dumps(simulation.snapshot())))
        assert play(spec, again, account=other) == play(spec, simulation, account=whole)


def test_the_blackboard_can_be_read_back_from_the_trace(tag, tmp_path):
    spec = tag()
    run(spec, record=tmp_path / "t.jsonl")
    board: dict = {}
    simulation = Simulation.of(spec)
    for line in TraceReader(tmp_path / "t.jsonl"):
        simulation.step()
        board = patched(board, line.body["agents"]["anna"].get("set", {}))
        real = simulation.agents["anna"].blackboard
        assert board == {k: real.schema[k].encode(v) for k, v in real.values.items() if k in board or v is not None}
    assert board["toy_look"]["who"] == "ben"
