"""Many runs: the same numbers however they are made, nothing run twice, and every number traced to its runs."""

import json
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import toy
from click.testing import CliRunner
from lab import untraced

import t800.cli.progress
from t800.cli.run import run as run_command
from t800.cli.sweep import sweep as sweep_command
from t800.errors import T800Error, UsageError
from t800.simulation.jitter import jitter
from t800.simulation.opening import open_scenario
from t800.simulation.runner import run
from t800.simulation.store import Store
from t800.simulation.sweep import Change, sweep
from t800.simulation.tally import Tally, compare, situation

SEEDS = range(1, 13)
HARD = "limit=6.2"
"""Anna does not always reach Ben so soon."""


@pytest.fixture
def tag(tmp_path):
    """The path of the game of tag."""
    return toy.write(tmp_path) / "configs/scenarios/tag.yaml"


def tallied(swept, place=0):
    return Tally(swept.specs[place], swept.runs[place]).to_json(str)


CHANGED = (Change((HARD,)),)


def swept_tag(tag, seeds=SEEDS, changes=CHANGED, **options):
    return sweep(tag, seeds, changes, packs=["toy"], **options)


def test_numbers_do_not_depend_on_how_many_work_nor_on_the_order(tag):
    alone = swept_tag(tag)
    assert 0 < tallied(alone)["passed"] < len(SEEDS)
    assert swept_tag(tag, jobs=2).runs == alone.runs
    with ThreadPoolExecutor(3) as threads:
        assert swept_tag(tag, tuple(reversed(SEEDS)), executor=threads).runs == alone.runs
    assert list(swept_tag(tag, (5, 3, 3, 4)).runs[0]) == [3, 4, 5]


def test_a_sweep_counts_what_single_runs_say(tag):
    spec = open_scenario(tag, ["toy"], [HARD])
    results = [run(spec, seed) for seed in SEEDS]
    document = tallied(swept_tag(tag))
    assert document["runs"] == len(SEEDS)
    assert document["passed"] == sum(result.outcome == "passed" for result in results)
    assert document["expectations"][0]["held"] == sum(result.expectations[0].held is True for result in results)
    assert document["turns"][0]["happened"] == sum(result.turns["near"].held is True for result in results)
    entered = [result for result in results if result.chapters[0].outcome != "unseen"]
    assert document["chapters"] == [
        {
            "name": "chase",
            "entered": len(entered),
            "passed": sum(result.chapters[0].outcome == "passed" for result in results),
        }
    ]
    failing = [seed for seed, result in zip(SEEDS, results, strict=True) if result.outcome != "passed"]
    assert [each["seed"] for each in document["failing"]] == failing
    assert "Touched" in document["failing"][0]["why"]
    assert sum(each["n"] for each in document["endings"]) == len(SEEDS)
    played = sum(result.played for result in results) / len(results)
    assert document["played_mean"] == pytest.approx(played, abs=0.001)
    assert 1.0 < document["awake_mean"] < 2.0


def test_orders_of_events_leave_out_times_and_keep_participants(tag):
    swept = swept_tag(tag, changes=[Change()])
    # Everybody arrives, then Anna touches Ben: whenever that is.
    assert tallied(swept)["orders"] == 1
    assert len({brief.sha256 for brief in swept.runs[0].values()}) == len(SEEDS)
    assert tallied(swept_tag(tag))["orders"] == 2


def test_what_is_kept_is_not_run_again(tag, tmp_path):
    with Store(tmp_path / "runs.sqlite") as store:
        first = swept_tag(tag, range(1, 5), store=store)
    with Store(tmp_path / "runs.sqlite") as store:
        fresh = []
        both = swept_tag(tag, range(1, 9), store=store, on_runs=fresh.extend)
        assert (first.reused, both.reused) == (0, 4)
        assert len(fresh) == 8
        assert both.runs == swept_tag(tag, range(1, 9)).runs
        assert swept_tag(tag, range(1, 9), [Change(("limit=6.3",))], store=store).reused == 0
        assert swept_tag(tag, range(1, 9), [Change((HARD,), ("pole",))], store=store).reused == 0
        assert swept_tag(tag, range(1, 9), store=store, share=0.1).reused == 0


def test_a_tree_that_means_something_else_is_run_again(tag, tmp_path):
    with Store(tmp_path / "runs.sqlite") as store:
        swept_tag(tag, range(1, 3), store=store)
        toy.write(tmp_path, roam="far: 8.0 => far: 9.0")
        assert swept_tag(tag, range(1, 3), store=store).reused == 0


def test_what_was_changed_since_the_last_sweep_is_run_as_it_is_now(tag, tmp_path):
    before = swept_tag(tag, [1], [Change()]).runs[0][1]
    toy.write(tmp_path, tag="limit: 30.0 => limit: 0.3")
    with Store(tmp_path / "runs.sqlite") as store:
        after = swept_tag(tag, [1], [Change()], store=store).runs[0][1]
        assert (before.played > 0.3, after.played) == (True, 0.3)
        assert swept_tag(tag, [1], [Change()], store=store).runs[0][1] == after


def test_a_sweep_whose_files_change_under_its_hands_is_ended(tag, tmp_path):
    def change(_):
        toy.write(tmp_path, tag="limit: 30.0 => limit: 0.3")

    with pytest.raises(UsageError, match="files of tag were changed while it was swept"):
        swept_tag(tag, [1], [Change(), Change(("agents.ben.arrives=0.6",))], on_runs=change)


def test_files_of_others_are_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "theirs.sqlite") as theirs:
        theirs.execute("CREATE TABLE runs (a)")
    theirs.close()
    with pytest.raises(UsageError, match="another program"):
        Store(tmp_path / "theirs.sqlite")
    (tmp_path / "text.sqlite").write_text("not a database, but long enough to be taken for one " * 30)
    with pytest.raises(UsageError, match="cannot keep runs"):
        Store(tmp_path / "text.sqlite")


def test_an_interrupt_keeps_what_is_done(tag):
    def enough(briefs):
        raise KeyboardInterrupt

    swept = swept_tag(tag, on_runs=enough)
    assert swept.interrupted
    assert list(swept.runs[0]) == [1]


def test_an_interrupt_stops_other_workers_and_keeps_what_they_did(tag):
    heard = []

    def enough(briefs):
        heard.extend(briefs)
        if len(heard) == len(briefs):
            raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as threads:
        swept = swept_tag(tag, range(1, 200), executor=threads, on_runs=enough)
    assert swept.interrupted
    assert sorted(swept.runs[0]) == sorted(brief.seed for brief in heard)
    assert 0 < len(heard) < 199


class Dying(Executor):
    """Workers that do not come back."""

    def submit(self, call, /, *arguments, **named):
        future = Future()
        future.set_exception(BrokenExecutor())
        return future


def test_a_worker_that_dies_is_told_in_words(tag):
    with pytest.raises(T800Error, match="worker process died"):
        swept_tag(tag, executor=Dying())


def test_pairs_are_sorted_into_four_boxes(tag):
    swept = swept_tag(tag, changes=[Change((HARD,)), Change((HARD, "anna.run=x1.5"))])
    pairs = [(swept.runs[0][seed], swept.runs[1][seed]) for seed in SEEDS]
    outcomes = [(one.outcome == "passed", other.outcome == "passed") for one, other in pairs]
    first = compare(swept.specs[0], pairs)[0]
    boxes = (first.both, first.only_untouched, first.only_changed, first.neither)
    expected = tuple(outcomes.count(box) for box in ((True, True), (True, False), (False, True), (False, False)))
    assert boxes == expected
    assert first.only_changed > 0
    assert first.to_json()["difference"] == pytest.approx((boxes[2] - boxes[1]) / len(SEEDS), abs=1e-6)


def test_a_situation_is_a_turn_a_chapter_or_an_expectation(tag):
    spec = open_scenario(tag, ["toy"], [HARD])
    briefs = swept_tag(tag).runs[0].values()
    assert [situation(spec, "near")(each) for each in briefs] == [each.turns[0] for each in briefs]
    assert all(situation(spec, "chase")(each) for each in briefs)
    assert [situation(spec, "Touched(who")(each) for each in briefs] == [each.held[0] is True for each in briefs]
    with pytest.raises(UsageError, match="did you mean 'near'"):
        situation(spec, "neat")
    with pytest.raises(UsageError, match="can mean"):
        situation(spec, "ben")


def test_jitter_moves_every_number_and_point_a_little_and_repeatably(tag):
    spec = open_scenario(tag, ["toy"])
    changes = jitter(spec, 7, 0.1)
    assert changes == jitter(spec, 7, 0.1)
    assert changes != jitter(spec, 8, 0.1)
    assert jitter(spec, 7, 0.0) == ()
    values = dict(text.split("=") for text in changes)
    assert 2.7 <= float(values["anna.run"]) <= 3.3
    assert 0.45 <= float(values["agents.ben.arrives"]) <= 0.55
    assert 1.8 <= float(values["agents.anna.blackboard.patience"]) <= 2.2
    moved = json.loads(values["world.places.yard.points.tree"])
    assert moved != [20, 20]
    assert all(16 <= metres <= 24 for metres in moved)
    assert not {"anna.speed", "anna.touched", "limit", "seed"} & values.keys()
    # Each has dice of its own: without the pole all others are moved as before.
    fewer = jitter(open_scenario(tag, ["toy"], [], ["pole"]), 7, 0.1)
    assert fewer == tuple(text for text in changes if not text.startswith("pole."))
    with pytest.raises(UsageError):
        jitter(spec, 7, 1.5)


def test_jitter_moves_what_a_start_sets_too(tmp_path):
    toy.write(tmp_path, tag="limit: 30.0 => limit: 30.0\nstart: {pole: {touched: 700}}")
    spec = open_scenario(tmp_path / "configs/scenarios/tag.yaml", ["toy"])
    assert [text.partition("=")[0] for text in jitter(spec, 7, 0.1) if "touched" in text] == ["pole.touched"]


def test_jitter_leaves_no_number_out_of_its_range():
    spec = open_scenario("mall")
    people = [use.participant for use in spec.agents]
    ends = set()
    for seed in range(1, 4):
        overrides = jitter(spec, seed, 0.9)
        for knob in open_scenario("mall", overrides=overrides).world.knobs(people):
            assert knob.range is None or knob.value in knob.range
            ends |= {knob.path} if knob.range and knob.value in (knob.range.least, knob.range.most) else set()
    # Some would have been beyond.
    assert {"shopper_1.every", "shopper_2.every"} & ends


def test_a_jittered_run_is_what_its_command_runs(tag):
    swept = swept_tag(tag, range(1, 3), [Change()], share=0.1)
    overrides = jitter(open_scenario(tag, ["toy"]), 2, 0.1)
    assert run(open_scenario(tag, ["toy"], overrides), 2).sha256 == swept.runs[0][2].sha256
    arguments = [str(tag), "--pack", "toy", "--seed", "2", "--jitter", "0.1", "--json"]
    done = CliRunner().invoke(run_command, arguments)
    assert json.loads(done.stdout)["trace"]["sha256"] == swept.runs[0][2].sha256


def invoke(*arguments):
    return CliRunner().invoke(sweep_command, [str(each) for each in arguments])


def test_the_document_has_the_shape_that_is_promised(tag):
    done = invoke(tag, "--pack", "toy", "--seeds", "1..6", "--jobs", "1", "--set", HARD, "--json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert list(document) == [
        "scenario", "seeds", "runs", "passed", "rate", "interval", "expectations", "chapters", "turns", "endings",
        "failing", "orders", "awake_mean", "played_mean", "faults", "vetoes", "wall",
    ]  # fmt: skip
    assert (document["scenario"], document["seeds"], document["runs"]) == ("tag", "1..6", 6)
    assert document["interval"][0] < document["rate"] < document["interval"][1]


def test_a_failing_seed_fails_again_when_its_command_is_typed(tag):
    done = invoke(tag, "--pack", "toy", "--seeds", "1..6", "--jobs", "1", "--set", HARD, "--json")
    failing = json.loads(done.stdout)["failing"][0]
    program, command, *arguments = shlex.split(failing["replay"])
    assert (program, command) == ("t800", "run")
    assert CliRunner().invoke(run_command, [*arguments, "--quiet"]).exit_code in (1, 3)


def test_people_get_rates_endings_and_commands(tag):
    text = invoke(tag, "--pack", "toy", "--seeds", "1..6", "--jobs", "1", "--set", HARD).stdout
    assert "6 runs" in text
    assert "happened Touched(who: anna, whom: ben)" in text
    assert "turn near" in text
    assert f"--set {HARD} --pack toy --seed" in text
    assert "\x1b" not in text


def test_pairs_are_told_with_their_table(tag):
    done = invoke(
        tag, "--pack", "toy", "--seeds", "1..6", "--jobs", "1", "--without", "anna:catch", "--paired",
        "--given", "near", "--json",
    )  # fmt: skip
    document = json.loads(done.stdout)
    compared = document["paired"]["compared"][0]
    assert document["passed"] == 0
    assert document["untouched"]["passed"] == document["paired"]["qualifying"] == 6
    assert (compared["only_untouched"], compared["difference"], compared["p"]) == (6, -1.0, 2 / 2**6)
    assert "6 of 6 pairs qualify" in done.stderr
    assert "untouched:" in done.stderr


def test_a_dose_is_a_row(tag):
    done = invoke(tag, "--pack", "toy", "--seeds", "1..6", "--jobs", "1", "--dose", "anna.run=x0.2,x1,x0.2", "--json")
    doses = json.loads(done.stdout)["doses"]
    assert [each["dose"] for each in doses] == ["x0.2", "x1"]
    assert doses[0]["passed"] < doses[1]["passed"] == 6
    assert "--set anna.run=x0.2" in doses[0]["failing"][0]["replay"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--seeds", "5..1"],
        ["--seeds", "a"],
        ["--paired"],
        ["--given", "near"],
        ["--dose", "anna.run"],
        ["--dose", "anna.run=1,2", "--dose", "ben.run=1,2"],
        ["--paired", "--set", HARD, "--dose", "anna.run=1,2"],
        ["--jitter", "1.5"],
    ],
)
def test_a_wrong_call_is_exit_2(tag, wrong):
    done = invoke(tag, "--pack", "toy", *wrong)
    assert done.exit_code == 2
    assert "Error" in done.stderr


@pytest.mark.parametrize("option", [["--set", "seed=5"], ["--dose", "seed=1,2"]])
def test_each_run_has_its_own_seed_and_no_other(tag, option):
    done = invoke(tag, "--pack", "toy", "--seeds", "1", "--jobs", "1", *option)
    assert isinstance(done.exception, UsageError)
    assert "own seed" in str(done.exception)


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from t800.cli.sweep import sweep\n"
        "sweep.main(['--help'], standalone_mode=False)\n"
        "print([name for name in ('pydantic', 'py_trees', 'rich', 'yaml', 'sqlite3') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=untraced())
    assert done.stdout.endswith("[]\n")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="nothing here tells which signals are blocked")
def test_what_starts_the_workers_hears_no_ctrl_c_not_even_at_its_start():
    code = (
        "from multiprocessing import forkserver\n"
        "from t800.simulation.workers import start_early\n"
        "start_early()\n"
        "print(open(f'/proc/{forkserver._forkserver._forkserver_pid}/status').read())\n"
        "print(open('/proc/self/status').read())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=untraced())
    server, own = (int(mask, 16) >> signal.SIGINT - 1 & 1 for mask in re.findall(r"SigBlk:\s*(\w+)", done.stdout))
    assert (server, own) == (1, 0)


def test_ctrl_c_shows_what_is_done_and_goes_on_from_there(tag, tmp_path, monkeypatch):
    arguments = [tag, "--pack", "toy", "--seeds", "1..6", "--jobs", "1", "--out", tmp_path / "runs.sqlite"]

    def interrupt(self, briefs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(t800.cli.progress.Progress, "runs", interrupt)
        done = invoke(*arguments)
    assert done.exit_code == 130
    assert "interrupted: 1 of 6 runs are done" in done.stdout
    again = invoke(*arguments)
    assert again.exit_code == 0
    assert "6 runs, 1 of them done before" in again.stdout
