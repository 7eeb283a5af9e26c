"""Hot reload: what is saved while a run goes on replaces what was, between two ticks, and the trace knows it."""

import dataclasses
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import toy

from t800.agent import Agent
from t800.blackboard import Blackboard
from t800.builder import build
from t800.context import Context
from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Fate
from t800.engine import compile, transfer
from t800.errors import ReentrantTickError, TraceError, UsageError
from t800.loader.files import Files
from t800.loader.tree import load_tree
from t800.nodes.skill import SkillLeaf
from t800.packs import installed
from t800.registry import skill
from t800.simulation.debugger import Debugger
from t800.simulation.diff import diff_traces
from t800.simulation.history import history
from t800.simulation.opening import open_scenario
from t800.simulation.reload import Watch
from t800.simulation.replay import replay
from t800.simulation.resume import Resumption, resume
from t800.simulation.runner import run
from t800.simulation.trace import Recorder, TraceFile, TraceReader
from t800.simulation.tracefile import Recording
from t800.simulation.why import why_node
from t800.types import FLOAT, STR, Type

FAR, NEAR = "toy_wander: {far: 8.0}", "toy_wander: {far: 2.5}"


@pytest.fixture
def tag(tmp_path, monkeypatch):
    toy.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    return open_scenario("tag", ["toy"])


def tree(name):
    return Path(f"trees/{name}.yaml")


def change(name, old, new):
    """Save a tree file with something else in it."""
    text = tree(name).read_text()
    assert old in text
    tree(name).write_text(text.replace(old, new))


def edited(spec, record=None, *, told=None, **edits):
    """A run in which files are edited after ticks, as after_5="roam: OLD => NEW"."""
    told = [] if told is None else told

    def edit(moment):
        if (said := edits.get(f"after_{moment.number}")) is not None:
            name, _, said = said.partition(": ")
            change(name, *said.split(" => "))

    return run(spec, record=record, on_tick=edit, watch=Watch(spec, told.append).look), told


def whole(spec, seed=None):
    return run(spec, seed, record=Path("whole.jsonl"))


# ---- what a run does


def test_a_run_that_is_watched_and_not_edited_is_the_same_to_the_last_bit(tag):
    result, told = edited(tag, "t.jsonl")
    assert result.sha256 == whole(tag).sha256
    assert told == []


def test_a_saved_tree_takes_over_in_the_next_tick_and_its_nodes_go_on(tag):
    result, told = edited(tag, "t.jsonl", after_5=f"roam: {FAR} => {NEAR}")
    (reload,) = told
    assert (reload.tick, reload.changed, reload.problems) == (6, ("tree:roam",), ())
    assert reload.done["ben"]["roam"].kept == ("roam",)
    assert reload.done["ben"]["roam"].reset == {}
    assert result.sha256 != whole(tag).sha256
    parts = [diff_traces("whole.jsonl", "t.jsonl").first.tick]
    assert parts == [6]


def test_a_diff_names_the_tree_that_was_replaced(tag):
    whole(tag)
    edited(tag, "t.jsonl", after_5=f"roam: {FAR} => {NEAR}")
    change("roam", NEAR, FAR)
    edited(tag, "u.jsonl", after_5=f"roam: {FAR} => {NEAR.replace('2', '3')}")
    first = diff_traces("whole.jsonl", "t.jsonl").first
    assert (first.tick, first.where, first.what, first.was) == (6, "the run", "files replaced before it", None)
    assert list(first.now) == ["tree:roam"]
    first = diff_traces("t.jsonl", "u.jsonl").first
    assert (first.tick, first.what) == (6, "files replaced before it")
    assert first.was.keys() == first.now.keys()
    assert first.was != first.now


def test_the_trace_holds_what_was_and_what_is(tag):
    edited(tag, "t.jsonl", after_5=f"roam: {FAR} => {NEAR}")
    (body,) = [line.body for line in TraceReader(Path("t.jsonl")) if "reloaded" in line.body]
    assert body["tick"] == 6
    assert body["reloaded"]["agents"] == {"ben": ["roam"]}
    texts = body["reloaded"]["texts"]["tree:roam"]
    assert texts == {"was": toy.FILES["trees/roam.yaml"], "is": toy.FILES["trees/roam.yaml"].replace(FAR, NEAR)}
    assert list(body) == sorted(body)


def test_it_replays_to_the_bit_though_its_files_have_changed(tag):
    result, _ = edited(tag, "t.jsonl", after_5=f"roam: {FAR} => {NEAR}", after_9="roam: 2.5 => 3.5")
    again = replay("t.jsonl")
    assert again.divergence is None
    assert again.sha256 == result.sha256
    # Neither what the disk holds now nor what it held first is asked for.
    for text in (toy.FILES["trees/roam.yaml"], toy.FILES["trees/roam.yaml"].replace(FAR, "running"), "root: ["):
        tree("roam").write_text(text)
        assert replay("t.jsonl").divergence is None


def test_a_bad_file_leaves_the_old_one_going_and_says_what_is_wrong(tag):
    result, told = edited(tag, after_5="roam: toy_wander => toy_wonder")
    (reload,) = told
    assert reload.done == {}
    assert [(p.path, p.code) for p in reload.problems] == [("trees/roam.yaml", "E502")]
    assert "did you mean: toy_wander" in str(reload.problems[0])
    assert reload.problems[0].path == "trees/roam.yaml"
    assert result.sha256 == run(dataclasses.replace(tag)).sha256


def test_a_file_that_was_mended_takes_over(tag):
    _, told = edited(
        tag, after_5="roam: toy_wander => toy_wonder", after_8=f"roam: {FAR.replace('wan', 'won')} => {NEAR}"
    )
    assert [bool(each.problems) for each in told] == [True, False]
    assert told[1].done["ben"]["roam"].kept == ("roam",)


def test_a_comment_changes_nothing_and_is_no_part_of_the_trace(tag):
    result, told = edited(tag, "t.jsonl", after_5="roam: doc: Walk about. => doc: Walk about!  # at random")
    assert [(each.done, each.problems) for each in told] == [({}, ())]
    assert result.sha256 == whole(tag).sha256


def test_a_comment_and_then_a_change_replay_too(tag):
    edited(tag, "t.jsonl", after_5="roam: doc: Walk about. => doc: Walk.", after_7=f"roam: {FAR} => {NEAR}")
    assert replay("t.jsonl").divergence is None


def test_an_empty_or_missing_file_is_about_to_be_written(tag):
    told = []

    def edit(moment):
        if moment.number == 3:
            tree("roam").write_text("")
        if moment.number == 5:
            tree("roam").unlink()
        if moment.number == 7:
            tree("roam").write_text(toy.FILES["trees/roam.yaml"].replace(FAR, NEAR))

    run(tag, on_tick=edit, watch=Watch(tag, told.append).look)
    assert [each.tick for each in told] == [8]


def test_what_cannot_be_read_is_said_once_and_waited_for(tag):
    told = []

    def edit(moment):
        if moment.number == 3:
            tree("roam").write_bytes(b"tree: roam\nroot: \xff")
        if moment.number == 6:
            tree("roam").unlink()
            tree("roam").mkdir()
        if moment.number == 9:
            tree("roam").rmdir()
            tree("roam").write_text(toy.FILES["trees/roam.yaml"].replace(FAR, NEAR))

    run(tag, on_tick=edit, watch=Watch(tag, told.append).look)
    assert [(each.tick, [problem.code for problem in each.problems]) for each in told] == [
        (4, ["E103"]),
        (7, ["E101"]),
        (10, []),
    ]
    assert told[0].problems[0].path == "trees/roam.yaml"


def test_a_new_subtree_comes_along_and_is_watched(tag):
    told = []

    def edit(moment):
        if moment.number == 3:
            tree("stroll").write_text("tree: stroll\nroot:\n  toy_wander: {far: 1.0}\n")
            tree("roam").write_text("tree: roam\nroot:\n  subtree: stroll\n")
        if moment.number == 6:
            tree("stroll").write_text("tree: stroll\nroot:\n  toy_wander: {far: 9.0}\n")

    run(tag, record="t.jsonl", on_tick=edit, watch=Watch(tag, told.append).look)
    assert [(each.tick, each.changed) for each in told] == [(4, ("tree:roam",)), (7, ("tree:stroll",))]
    assert told[1].done["ben"]["roam"].reset == {}
    tree("stroll").unlink()
    assert replay("t.jsonl").divergence is None


def test_other_files_stay_what_they_were_at_the_start(tag):
    told = []

    def edit(moment):
        if moment.number == 3:
            for path in ("configs/agents/runner.yaml", "configs/worlds/yard.yaml"):
                Path(path).write_text("nonsense: [")
        if moment.number == 5:
            tree("roam").write_text(toy.FILES["trees/roam.yaml"].replace(FAR, NEAR))

    run(tag, on_tick=edit, watch=Watch(tag, told.append).look)
    assert [(each.tick, each.problems) for each in told] == [(6, ())]


def test_files_that_changed_before_the_first_tick_are_refused(tag):
    toy.write(Path.cwd(), roam=f"{FAR} => {NEAR}")
    with pytest.raises(UsageError, match="changed while the run began"):
        Watch(tag)


def test_what_works_in_threads_is_not_let_in(tag):
    @skill(worker=True)
    def ponder(ctx: Context) -> None:
        """Think, for as long as it takes."""

    tag.registry.add(ponder)
    result, told = edited(tag, after_5=f"roam: {FAR} => ponder")
    assert "ponder works in a thread" in told[0].refused
    assert result.sha256 == whole(tag).sha256


# ---- what a trace of it is good for


@pytest.mark.parametrize("ticks", [4, 6, 9, 14])
@pytest.mark.parametrize("every", [0, 5])
def test_a_run_that_was_cut_goes_on_as_if_it_had_not_been(tag, ticks, every):
    edits = {"after_5": f"roam: {FAR} => {NEAR}", "after_10": "roam: 2.5 => 3.5"}
    edited(tag, Recording(Path("whole.jsonl"), checkpoint=0), **edits)
    data = Path("whole.jsonl").read_bytes()
    toy.write(Path.cwd())

    class Cut(Exception):  # it is no error
        pass

    spec = open_scenario("tag", ["toy"])

    def cut(moment):
        if (said := edits.get(f"after_{moment.number}")) is not None:
            change("roam", *said.partition(": ")[2].split(" => "))
        if moment.number == ticks:
            raise Cut

    with pytest.raises(Cut):
        run(spec, record=Recording(Path("t.jsonl"), checkpoint=every), on_tick=cut, watch=Watch(spec).look)
    resume("t.jsonl")
    resumed = Path("t.jsonl").read_bytes()
    lines = data.splitlines()
    # What was saved after the cut is not known to it.
    reloads = [n for n in (5, 10) if n < ticks]
    if len(reloads) == 2:
        assert resumed == data
    assert resumed.splitlines()[: ticks + 2] == lines[: ticks + 2]
    assert replay("t.jsonl").divergence is None


def test_no_checkpoint_from_before_trees_were_replaced_is_gone_on_from(tag):
    class Cut(Exception):  # it is no error
        pass

    def edit(moment):
        if moment.number == 5:
            change("roam", FAR, NEAR)
        if moment.number == 8:
            raise Cut

    saved = {}
    for every in (3, 5, 6, 7):
        toy.write(Path.cwd())
        spec = open_scenario("tag", ["toy"])
        record = Recording(Path(f"{every}.jsonl"), checkpoint=every)
        with pytest.raises(Cut):
            run(spec, record=record, on_tick=edit, watch=Watch(spec).look)
        with Resumption(record.path) as cut:
            saved[every] = cut.saved
    # Other trees come with tick 6.
    assert saved == {3: 9, 5: 0, 6: 0, 7: 7}


def test_questions_are_answered_by_the_tree_of_their_tick(tag):
    edited(tag, "t.jsonl", after_5="catch: - toy_touch => - succeed\n    - toy_touch", after_8=f"roam: {FAR} => {NEAR}")
    with pytest.raises(UsageError, match="no node 'catch/succeed' in tick 3"):
        why_node("t.jsonl", "anna", "catch/succeed", 3)
    assert why_node("t.jsonl", "anna", "catch/succeed", 6).status == "not ticked"
    assert why_node("t.jsonl", "anna", "catch/toy_chase", 7).status == "RUNNING"
    assert history("t.jsonl", "anna.toy_look")


def test_a_debugger_says_that_it_cannot_go_by_two_trees(tag):
    edited(tag, "t.jsonl", after_5=f"roam: {FAR} => {NEAR}")
    with pytest.raises(UsageError, match="whose trees were replaced on the way"):
        Debugger("t.jsonl")


def test_a_replacement_that_says_nonsense_is_named(tag):
    edited(tag, "t.jsonl", after_5=f"roam: {FAR} => {NEAR}")
    reader = TraceReader(Path("t.jsonl"))
    lines = [json.loads(line.raw) for line in reader]
    for wrong in ([], {"texts": []}, {"texts": {"tree:roam": 3}}, {"texts": {"tree:roam": {"is": "", "was": 3}}}):
        lines[6]["reloaded"] = wrong
        file = TraceFile(Path("bad.jsonl"))
        recorder = Recorder({}, file)
        recorder.begin(reader.header, reader.meta)
        for line in lines:
            recorder._line(json.dumps(line, sort_keys=True, separators=(",", ":")), None)
        file.close()
        with pytest.raises(TraceError, match="line 8: what"):
            replay("bad.jsonl")


# ---- on the command line


def test_the_command_says_what_was_kept_and_goes_on(tmp_path):
    toy.write(tmp_path)
    (tmp_path / "nosy.py").write_text(f'''
from pathlib import Path
from t800.cli import live
really = live.Live.tick

def tick(self, moment):
    really(self, moment)
    path = Path("trees/roam.yaml")
    if moment.number == 5:
        path.write_text(path.read_text().replace("{FAR}", "{NEAR}"))
    if moment.number == 8:
        path.write_text(path.read_text().replace("toy_wander", "toy_wonder"))

live.Live.tick = tick
from t800.cli import main
main()
''')
    command = [sys.executable, "nosy.py", "run", "tag", "--pack", "toy", "--watch", "--record", "t.jsonl"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=toy.environment(), check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "0.6 s  roam replaced in ben: 1 active node kept, none reset" in done.stdout
    assert "0.9 s  roam not replaced, the old goes on:" in done.stdout
    lines = done.stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if "trees/roam.yaml:4:3: E" in line)
    assert lines[at + 2].index("^") == lines[at + 1].index("toy_wonder")


# ---- nodes that go on, and nodes that do not

HALTED = []


@skill
class linger:
    """Run on, and count."""

    count: int = 0

    def tick(self, ctx: Context, tag: str = "") -> object:
        self.count += 1
        ctx.feedback(str(self.count))
        return RUNNING

    def halt(self, ctx: Context) -> None:
        HALTED.append(self.count)


@skill
def done() -> object:
    """Succeed."""
    return SUCCESS


@skill
class winds_down:
    """Run on, and take a while to stop."""

    def tick(self, ctx: Context) -> object:
        return RUNNING

    def stop(self, ctx: Context) -> object:
        return RUNNING

    def halt(self, ctx: Context) -> None:
        HALTED.append("wound down")


class Bench:
    """A tree that runs, and is replaced."""

    def __init__(self, tmp_path, root):
        HALTED.clear()
        self.folder = tmp_path
        (tmp_path / "trees").mkdir(exist_ok=True)
        self.registry = installed()
        for each in (linger, done, stay, winds_down):
            self.registry.add(each)
        lists = {"xs": Type.of(list[float]), "words": Type.of(list[str])}
        self.board = Blackboard(
            {"x": FLOAT, "word": STR, **lists}, {"x": 1.0, "xs": [1.0, 2.0], "words": ["one", "two"]}
        )
        self.ctx = Context(self.board)
        self.state = self.plan(root).state()

    def plan(self, root):
        path = self.folder / "trees/t.yaml"
        path.write_text("tree: t\nuses: {x: float, word: str, xs: 'list[float]', words: 'list[str]'}\nroot:\n" + root)
        spec = load_tree(path, self.registry, Files(self.registry, self.folder))
        return compile(build(spec, self.registry))

    def tick(self, times=1):
        for _ in range(times):
            self.state.plan.tick(self.state, self.board, self.ctx)
            self.ctx.tick += 1
        return self

    def become(self, root):
        self.state, found = transfer(self.state, self.plan(root), self.board, self.ctx)
        return found

    def count(self, id_):
        """What a lingering node remembers."""
        plan = self.state.plan
        return self.state.memory[plan.slot_of[plan.ids.index(id_)]].count


COMPOSITES = ["sequence", "selector", "reactive_sequence", "reactive_selector", "persistent_sequence", "parallel"]


@pytest.mark.parametrize("kind", COMPOSITES)
def test_a_running_leaf_goes_on_where_its_siblings_change(tmp_path, kind):
    first = "fail" if "selector" in kind else "done"
    bench = Bench(tmp_path, f"  {kind}:\n    - {first}\n    - linger: {{tag: a}}\n").tick(3)
    found = bench.become(f"  {kind}:\n    - {first}\n    - {first}\n    - linger: {{tag: b}}\n    - done\n")
    assert found.reset == {}
    assert "t/linger" in found.kept
    bench.tick(2)
    assert bench.count("t/linger") == 5
    assert HALTED == []


@pytest.mark.parametrize("kind", COMPOSITES)
def test_a_running_leaf_that_is_gone_is_halted_once(tmp_path, kind):
    first = "fail" if "selector" in kind else "done"
    bench = Bench(tmp_path, f"  {kind}:\n    - {first}\n    - linger\n").tick(3)
    found = bench.become(f"  {kind}:\n    - {first}\n    - running\n")
    assert HALTED == [3]
    assert found.reset["t/linger"] == "it is gone"
    bench.tick(2)
    assert HALTED == [3]
    assert bench.state.plan.tip(bench.state) == "t/running"


def test_a_sequence_goes_on_at_its_child_and_not_at_its_place(tmp_path):
    bench = Bench(tmp_path, "  sequence:\n    - done\n    - linger\n").tick(1)
    bench.become("  sequence:\n    - done\n    - running\n    - linger\n")
    assert bench.tick(1).count("t/linger") == 2


def test_what_became_of_an_ask_and_what_a_node_said_go_along(tmp_path):
    bench = Bench(tmp_path, "  sequence:\n    - done\n    - linger\n").tick(1)
    bench.state.fates = {2: {"arms": Fate("granted")}}
    bench.become("  sequence:\n    - done\n    - done\n    - linger\n")
    assert bench.state.fates == {3: {"arms": Fate("granted")}}
    assert bench.state.feedback == {3: "1"}


def test_a_sequence_whose_child_is_gone_starts_afresh_and_says_at_which_it_was(tmp_path):
    bench = Bench(tmp_path, "  sequence:\n    - done\n    - linger\n").tick(1)
    found = bench.become("  sequence:\n    - linger: {}\n      name: other\n    - done\n")
    assert found.reset["t"] == "it was at t/linger, which is gone"
    bench.tick(1)
    assert bench.count("t/other") == 1


def test_a_node_of_another_kind_starts_afresh_with_all_that_is_below_it(tmp_path):
    bench = Bench(tmp_path, "  sequence:\n    - name: s\n      selector: [linger, done]\n").tick(2)
    found = bench.become("  sequence:\n    - name: s\n      reactive_selector: [linger, done]\n")
    assert found.reset["t/s"] == "it is of another kind"
    assert found.reset["t/s/linger"] == "t/s starts afresh"
    assert HALTED == [2]
    assert bench.tick(1).count("t/s/linger") == 1


def test_a_guard_that_is_new_is_asked_its_while_and_not_its_if(tmp_path):
    bench = Bench(tmp_path, "  sequence:\n    - linger\n").tick(2)
    bench.become("  sequence:\n    - linger:\n      if: x > 5.0\n      while: x > 0.0\n")
    bench.tick(2)
    assert bench.count("t/linger") == 4
    bench.board.write("x", 0.0, bench.ctx.tick)
    bench.tick(1)
    assert HALTED == [4]


def test_a_guard_that_is_taken_away_leaves_the_node_running(tmp_path):
    bench = Bench(tmp_path, "  sequence:\n    - linger:\n      while: x > 0.0\n").tick(2)
    bench.become("  sequence:\n    - linger\n")
    bench.board.write("x", 0.0, bench.ctx.tick)
    assert bench.tick(1).count("t/linger") == 3


def test_counters_and_due_times_go_on(tmp_path):
    bench = Bench(tmp_path, "  retry: fail\n  times: 5\n").tick(3)
    bench.become("  retry: fail\n  times: 4\n")
    bench.tick(1)
    assert bench.state.status[0].name == "FAILURE"
    bench = Bench(tmp_path, "  sequence:\n    - wait: 0.5\n").tick(3)
    bench.become("  sequence:\n    - done\n    - wait: 9.0\n")
    bench.tick(3)
    assert bench.state.status[0].name == "SUCCESS"


def test_fewer_children_than_have_failed_in_turn_are_all_that_can_fail(tmp_path):
    last = "{running: {}, while: x > 0.0}"
    bench = Bench(tmp_path, f"  round_robin: [fail, fail, {last}]\n").tick(1)
    bench.become(f"  round_robin: [{last}]\n")
    bench.board.write("x", 0.0, bench.ctx.tick)
    bench.tick(1)
    assert bench.state.status[0].name == "FAILURE"


def test_what_has_been_repeated_more_often_than_is_asked_now_has_been_enough(tmp_path):
    bench = Bench(tmp_path, "  repeat: done\n  times: 5\n").tick(3)
    bench.become("  repeat: done\n  times: 2\n")
    bench.tick(1)
    assert bench.state.status[0].name == "SUCCESS"


PHASES = [
    "  if_then_else: {{if: done, then: {0}, else: {1}}}\n",
    "  try_catch: {{try: {1}, catch: {0}}}\n",
    "  recovery: {{do: {1}, recover: {0}}}\n  times: 3\n",
]


@pytest.mark.parametrize("root", PHASES)
def test_who_has_a_place_for_each_child_stays_at_the_one_that_runs(tmp_path, root):
    bench = Bench(tmp_path, root.format("linger", "fail")).tick(3)
    assert bench.become(root.format("fail", "linger")).reset == {}
    assert bench.tick(2).count("t/linger") == 5
    assert HALTED == []


@pytest.mark.parametrize("root", PHASES)
def test_who_has_a_place_for_each_child_starts_afresh_where_the_one_that_runs_is_gone(tmp_path, root):
    bench = Bench(tmp_path, root.format("linger", "fail")).tick(3)
    found = bench.become(root.format("stay", "fail"))
    assert found.reset["t"] == "it was at t/linger, which is gone"
    assert HALTED == [3]
    assert bench.state.status[0] is INVALID


def test_a_round_over_things_of_another_type_starts_afresh(tmp_path):
    bench = Bench(tmp_path, "  for_each: {in: $xs, as: x, do: linger}\n").tick(1)
    found = bench.become("  for_each: {in: $words, as: word, do: linger}\n")
    assert found.reset["t"] == "what it remembers is of another type"
    assert HALTED == [1]
    bench.tick(1)
    assert bench.board.values["word"] == "one"
    assert bench.count("t/linger") == 1


@pytest.mark.parametrize("kind", ["selector", "parallel"])
def test_who_was_decided_by_a_child_that_is_gone_has_none_to_point_at(tmp_path, kind):
    policy = "\n      policy: any" if kind == "parallel" else ""
    bench = Bench(tmp_path, f"  sequence:\n    - {kind}: [done, running]{policy}\n    - linger\n").tick(1)
    bench.become(f"  sequence:\n    - {kind}: [running, fail]{policy}\n    - linger\n")
    bench.tick(1)
    assert bench.state.plan.paint(bench.state).status is RUNNING
    assert bench.state.plan.tip(bench.state) == "t/linger"


@pytest.mark.parametrize(("kind", "asked"), [("sequence", 0), ("reactive_sequence", 1)])
def test_a_step_that_is_put_in_before_where_a_sequence_stands_counts_as_passed(tmp_path, kind, asked):
    bench = Bench(tmp_path, f"  {kind}: [done, running]\n").tick(2)
    bench.become(f"  {kind}: [done, succeed, running]\n")
    assert [each.name for each in bench.state.status] == ["RUNNING", "SUCCESS", "SUCCESS", "RUNNING"]
    # One that is asked again each tick has its say.
    bench.become(f"  {kind}: [done, fail, running]\n")
    bench.tick(1)
    assert bench.state.status[0].name == ("FAILURE" if asked else "RUNNING")


def test_who_runs_beside_where_a_pipeline_stands_goes_on(tmp_path):
    each = "{{linger: {{}}, name: {0}}}"
    a, b = each.format("a"), each.format("b")
    bench = Bench(tmp_path, f"  pipeline_sequence: [{a}, {b}, running]\n").tick(1)
    # Both have been reached, and run.
    bench.state.memory[bench.state.plan.slot_of[0]] = 1
    bench.tick(2)
    assert bench.become(f"  pipeline_sequence: [{b}, {a}, running]\n").reset == {}
    bench.tick(2)
    assert (bench.count("t/a"), bench.count("t/b")) == (5, 4)


def test_what_is_put_in_behind_where_a_sequence_ended_was_not_passed(tmp_path):
    root = "  parallel:\n    - sequence: [{0}]\n    - running\n"
    bench = Bench(tmp_path, root.format("done, done")).tick(1)
    bench.become(root.format("done, done, succeed"))
    names = dict(zip(bench.state.plan.ids, bench.state.status, strict=True))
    assert (names["t/sequence"], names["t/sequence/succeed"]) == (SUCCESS, INVALID)


def test_what_is_behind_where_a_sequence_stands_is_inactive_wherever_it_stood(tmp_path):
    bench = Bench(tmp_path, "  reactive_sequence: [done, succeed, running]\n").tick(2)
    bench.become("  reactive_sequence: [running, done, succeed]\n")
    assert [each.name for each in bench.state.status] == ["RUNNING", "RUNNING", "INVALID", "INVALID"]


def test_who_is_still_stopping_and_has_no_time_for_it_any_more_is_halted(tmp_path):
    bench = Bench(tmp_path, "  winds_down:\n  halt: {within: 3.0}\n  while: x > 0.0\n").tick(1)
    bench.board.write("x", 0.0, bench.ctx.tick)
    bench.tick(1)
    assert bench.state.halting
    assert HALTED == []
    bench.become("  winds_down:\n  while: x > 0.0\n")
    assert not bench.state.halting
    assert HALTED == ["wound down"]


def test_a_tree_becomes_itself_at_any_tick(tmp_path):
    root = "  sequence:\n    - wait: 0.3\n    - repeat: done\n      times: 3\n    - linger\n"
    one, other = Bench(tmp_path, root), Bench(tmp_path, root)
    for _ in range(12):
        other.become(root)
        assert other.state.save() == one.state.save()
        one.tick(), other.tick()


LIVES = {"begun": 0, "ended": 0, "halted": 0, "went on": 0}


@skill
class stay:
    """Run on or end, by lot."""

    lot: int = 0

    def start(self, ctx: Context) -> None:
        LIVES["begun"] += 1

    def tick(self, ctx: Context) -> object:
        self.lot = ctx.rng("stay").integer(0, 3)
        LIVES["ended"] += self.lot > 1
        LIVES["went on"] += self.lot < 2
        return (RUNNING, RUNNING, SUCCESS, FAILURE)[self.lot]

    def halt(self, ctx: Context) -> None:
        LIVES["halted"] += 1


KINDS = [*COMPOSITES, "pipeline_sequence", "round_robin", "nonblocking_sequence"]
FIELDS = {
    "if_then_else": ("if", "then", "else"),
    "try_catch": ("try", "catch"),
    "recovery": ("do", "recover"),
    "while_do_else": ("while", "do", "else"),
}


def grown(dice, depth, indent):
    """A random tree; siblings of few names, so that two such trees have many ids in common."""
    options = [f"name: {dice.choice('abc')}"] + [f"while: x > {dice.random():.1f}"] * (dice.random() < 0.3)
    if depth == 0 or dice.random() < 0.3:
        lines = ["stay: {}", *options]
    elif dice.random() < 0.3:
        kind = dice.choice(sorted(FIELDS))
        pad = " " * indent
        below = [(field, grown(dice, depth - 1, indent + 6)) for field in FIELDS[kind]]
        lines = [f"{kind}:\n" + "\n".join(f"{pad}    {field}:\n{pad}      {each}" for field, each in below), *options]
        lines += ["times: 3"] * (kind == "recovery")
    else:
        below = [grown(dice, depth - 1, indent + 6) for _ in range(dice.randint(1, 4))]
        kind = dice.choice(KINDS)
        lines = [f"{kind}:\n" + "\n".join(f"{' ' * indent}    - {each}" for each in below), *options]
    return f"\n{' ' * indent}".join(lines)


@pytest.mark.parametrize("seed", range(30))
def test_whatever_becomes_of_a_tree_each_skill_that_is_begun_ends_or_is_halted_once(tmp_path, seed):
    dice = random.Random(seed)
    LIVES.update(begun=0, ended=0, halted=0)
    bench = Bench(tmp_path, "  stay\n")
    plans = [bench.plan(f"  {grown(dice, 3, 2)}\n") for _ in range(3)]
    bench.state = plans[0].state()
    for _ in range(40):
        bench.board.write("x", dice.random(), bench.ctx.tick)
        LIVES["went on"] = 0
        bench.tick(1)
        ticked = LIVES["went on"]
        leaves = zip(bench.state.plan.nodes, bench.state.status, strict=True)
        # Nothing goes on unwatched: whatever runs was ticked just now.
        assert sum(status is RUNNING for node, status in leaves if isinstance(node, SkillLeaf)) <= ticked
        if dice.random() < 0.4:
            bench.state, _ = transfer(bench.state, dice.choice(plans), bench.board, bench.ctx)
        leaves = zip(bench.state.plan.nodes, bench.state.status, strict=True)
        running = sum(status is RUNNING for node, status in leaves if isinstance(node, SkillLeaf))
        assert LIVES["begun"] == LIVES["ended"] + LIVES["halted"] + running


def test_only_trees_can_be_replaced_and_not_from_inside(tag):
    ben = Agent(tag.agents[1].agent)
    assert ben.reload(tag.agents[1].agent) == {}
    with pytest.raises(UsageError, match="more than its trees differs"):
        ben.reload(tag.agents[0].agent)
    ben._busy = True
    with pytest.raises(ReentrantTickError):
        ben.reload(tag.agents[1].agent)
