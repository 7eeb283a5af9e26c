"""The debugger: forward, back, and otherwise; whatever way one comes to a tick, it is the same tick."""

from __future__ import annotations

import dataclasses
import itertools
import random
import sys
import types

import differential
import pytest
import toy

from t800 import Context, Debugger, Status, TraceError, UsageError, WorkerContext, skill
from t800.core import INVALID, RUNNING, SUCCESS
from t800.engine import compile, preorder
from t800.simulation.diff import diff_traces
from t800.simulation.history import history
from t800.simulation.ladder import Ladder
from t800.simulation.opening import open_scenario
from t800.simulation.replay import replay
from t800.simulation.resume import resume
from t800.simulation.runner import run
from t800.simulation.stepped import listening
from t800.simulation.trace import TraceReader
from t800.spec.scenario import Branch, Edit


@pytest.fixture
def tag(tmp_path):
    def load(**changes):
        toy.write(tmp_path, **changes)
        return open_scenario(tmp_path / "configs/scenarios/tag.yaml", packs=["toy"])

    return load


def whole(debugger):
    """All that can be seen of the present."""
    fields = {}
    for name, entity in debugger.entities.items():
        parts = getattr(entity, "parts", None)
        fields[name] = entity.fields() if parts is not None else vars(entity)
    minds = [debugger.mind(name) for name in debugger.agents]
    shown = [(m.id, m.present, m.awake, m.mode, m.left, m.nodes, dict(m.values), m.asks, m.signals) for m in minds]
    return debugger.tick, debugger.node, shown, fields, debugger.happened, debugger.over, debugger.expectations


def test_it_stands_behind_a_tick_and_at_first_before_all(tag):
    debugger = Debugger(tag())
    assert (debugger.tick, debugger.last, debugger.over) == (-1, -1, False)
    assert debugger.step() == 1
    assert (debugger.tick, debugger.last) == (0, 0)
    assert debugger.step(4) == 4
    assert debugger.tick == 4
    assert debugger.time == 0.4


def test_a_step_is_the_tick_of_a_plain_run(tag):
    seen = []
    run(tag(), on_tick=lambda moment: seen.append((moment.number, dict(moment.ticks), tuple(moment.events))))
    debugger = Debugger(tag())
    for number, ticks, events in seen:
        assert debugger.step() == 1
        assert (debugger.tick, debugger.happened) == (number, events)
        for name, tick in ticks.items():
            mind = debugger.mind(name)
            assert (mind.mode, [ask.intent for ask in mind.asks]) == (tick.mode, [ask.intent for ask in tick.asks])
            assert [node.status for node in mind.nodes] == [each for tree in tick.statuses.values() for each in tree]
    assert debugger.over
    assert debugger.step() == 0


def test_every_tick_is_the_same_from_either_side(tag):
    debugger = Debugger(tag())
    forward = [whole(debugger)]
    while debugger.step():
        forward.append(whole(debugger))
    backward = [whole(debugger)]
    while debugger.back():
        backward.append(whole(debugger))
    assert len(forward) > 40
    assert backward == forward[::-1]


def test_seeking_to_and_fro_leads_to_the_same_ticks(tag):
    debugger = Debugger(tag(), memory=4000)
    forward = [whole(debugger)]
    while debugger.step():
        forward.append(whole(debugger))
    dice = random.Random(1)
    for _ in range(60):
        tick = dice.randrange(-1, len(forward) - 1)
        assert debugger.seek(tick) == tick
        assert whole(debugger) == forward[tick + 1]


def test_seeking_behind_the_end_leads_to_the_end_and_before_the_start_nowhere(tag):
    debugger = Debugger(tag())
    end = debugger.seek(100_000)
    assert debugger.over
    assert debugger.last == end
    with pytest.raises(UsageError, match="no tick -2"):
        debugger.seek(-2)
    assert debugger.back(100_000) == end + 1
    assert debugger.tick == -1


def test_at_the_end_expectations_are_what_the_run_says_of_them(tag):
    debugger = Debugger(tag())
    debugger.seek(10**6)
    assert debugger.expectations == run(tag()).expectations
    assert [each.held for each in debugger.expectations] == [True, True, True]
    debugger.back()
    assert [each.held for each in debugger.expectations] == [None, None, None]
    debugger.step()
    assert [each.held for each in debugger.expectations] == [True, True, True]


def test_nodes_come_in_the_order_in_which_py_trees_ticks_them():
    """On random trees: what a stepped agent would note is what the reference yields."""
    compared = 0
    for seed in range(80):
        dice = random.Random(seed)
        recipe = differential.tree(dice, 3, [], strangers=bool(seed % 2), root=True)
        stock, ours = differential.Side.new(seed), differential.Side.new(seed)
        frame = differential.Frame()
        root = recipe(frame, stock.script)
        frame.set(stock.board, stock.ctx)
        plan = compile(recipe(differential.Frame(), ours.script))
        state = plan.state()
        nodes, _ = preorder(root)
        places = {id(node): place for place, node in enumerate(nodes)}
        for index, node in enumerate(nodes):
            if hasattr(node, "frame"):
                node.index = index
        for tick in range(15):
            for side in (stock, ours):
                side.script.tick = side.ctx.tick = tick
                side.script.calls.clear()
                side.ctx.asks.clear()
            for key, value in {"a": dice.random(), "b": dice.random(), "flag": dice.random() < 0.5, "n": 2}.items():
                for side in (stock, ours):
                    side.board.write(key, value, tick)
            noted: list[tuple[int, object]] = []
            # A third party may have answered INVALID: its tick ends without a status.
            visits = [(places[id(node)], node.status) for node in root.tick()]
            wanted = [(place, status) for place, status in visits if status is not INVALID]
            with listening(state, lambda place, status, noted=noted: noted.append((place, status))):
                plan.tick(state, ours.board, ours.ctx)
            assert noted == wanted, f"seed {seed}, tick {tick}"
            compared += len(wanted)
    assert compared > 3000


def test_stepping_by_node_goes_through_every_tick_of_every_agent_and_ends_with_it_whole(tag):
    debugger, plain = Debugger(tag()), Debugger(tag())
    debugger.seek(8)
    plain.seek(9)
    seen = []
    while (step := debugger.step_node()) is not None:
        seen.append((step.agent, step.node, step.status.name))
        assert debugger.tick == 9
    assert seen == [
        ("anna", "catch/toy_chase", "RUNNING"),
        ("anna", "catch", "RUNNING"),
        ("ben", "roam", "RUNNING"),
    ]
    assert whole(debugger) == whole(plain)


def test_within_a_tick_the_world_is_as_it_was_and_what_is_asked_is_pending(tag):
    debugger = Debugger(tag())
    debugger.seek(8)
    before = debugger.value("anna.position")
    debugger.step_node()
    assert debugger.value("anna.position") == before
    anna, ben = debugger.mind("anna"), debugger.mind("ben")
    assert [(ask.node, ask.fate.outcome) for ask in anna.asks] == [("catch/toy_chase", "pending")]
    assert [node.status for node in anna.nodes][1] is RUNNING
    assert (anna.awake, ben.awake, ben.asks) == (True, False, ())
    assert debugger.happened == ()
    debugger.step_node()
    debugger.step_node()
    assert debugger.mind("ben").asks[0].fate.outcome == "pending"
    assert debugger.mind("anna").asks[0].fate.outcome == "granted"
    debugger.step_node()
    assert debugger.mind("ben").asks[0].fate.outcome == "granted"
    assert debugger.value("anna.position") != before


def test_nodes_backwards_are_the_nodes_forwards(tag):
    debugger = Debugger(tag())
    forward = []
    while debugger.tick < 12:
        debugger.step_node()
        forward.append((debugger.tick, debugger.node))
    backward = [(debugger.tick, debugger.node)]
    while debugger.tick >= 0:
        debugger.back_node()
        backward.append((debugger.tick, debugger.node))
    assert backward[:-1] == forward[::-1]
    assert debugger.tick == -1


def test_within_a_tick_step_ends_it_and_back_leaves_it(tag):
    debugger = Debugger(tag())
    debugger.seek(8)
    debugger.step_node()
    debugger.step()
    assert (debugger.tick, debugger.node) == (9, None)
    debugger.back_node()
    assert debugger.node is not None
    debugger.back()
    assert (debugger.tick, debugger.node) == (8, None)


def test_a_run_stops_when_an_expression_holds(tag):
    debugger = Debugger(tag())
    stop = debugger.run_until("distance(anna, ben) < 5.0")
    assert (stop.kind, stop.why) == ("until", "distance(anna, ben) < 5.0")
    assert debugger.value("distance(anna, ben) < 5.0") is True
    debugger.back()
    assert debugger.value("distance(anna, ben) < 5.0") is False
    # A bare name is a key of who is in focus; a key of anybody is behind its name.
    assert debugger.value("toy_look.position") == debugger.value("anna.toy_look.position")
    assert debugger.value("anna.mode") == "on"
    assert debugger.run_until("ben.touched > 99").kind == "end"


def test_what_is_not_there_yet_is_unknown(tag):
    debugger = Debugger(tag())
    assert debugger.value("ben.position") is None
    assert debugger.value("known(ben.position)") is False
    assert debugger.run_until("known(ben.position)").kind == "until"
    assert debugger.value("ben.position.x") == 15.0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("anna.quary", "did you mean: quarry"),
        ("distance(anna, bem) < 1", "did you mean: ben"),
        ("ben.position", "neither true nor false"),
        ("anna.mode == 'om'", "'om' is none of its choices"),
        ("1 +", "expression"),
        ("__import__('os')", "no function"),
    ],
)
def test_what_is_no_condition_is_refused_with_a_way_out(tag, asked, said):
    debugger = Debugger(tag())
    with pytest.raises(UsageError, match=said):
        debugger.run_until(asked)
    assert debugger.tick == -1


@pytest.fixture(scope="module")
def corridor():
    return open_scenario("corridor")


BREAKS = {
    "event": {"event": "Shielded", "whom": "john"},
    "mode": {"mode": "t800:active.combat"},
    "node": {"node": "t800:protect/legs/shield", "status": "RUNNING"},
    "when": {"when": "distance(hunter, john) < 9.0"},
    "constraint": {"constraint": "t800:#never_the_ward"},
    "status": {"node": "t800:protect/legs/*", "status": "FAILURE"},
}


@pytest.mark.parametrize("kind", BREAKS)
def test_a_run_stops_at_the_same_ticks_in_both_directions(corridor, kind):
    debugger = Debugger(corridor)
    debugger.break_on(**BREAKS[kind])
    forward, backward = [], []
    while (stop := debugger.run()).kind == "break":
        forward.append((debugger.tick, stop))
    assert debugger.over
    # Where it stands is not behind it.
    forward = [each for each in forward if each[0] < debugger.tick]
    while (stop := debugger.reverse()).kind == "break":
        backward.append((debugger.tick, stop))
    assert debugger.tick == -1
    assert forward
    assert backward == forward[::-1]


def test_breakpoints_stop_where_a_plain_run_has_it(corridor):
    """Each kind against what a run without a debugger shows."""
    found = {kind: [] for kind in BREAKS}
    before: dict[str, bool] = {}

    def look(moment):
        now = {}
        for event in moment.events:
            if event.kind == "Shielded" and event.fields["whom"] == "john":
                found["event"].append(moment.number)
        tick = moment.ticks.get("t800")
        if tick is None:
            return
        now["mode"] = tick.mode == "active.combat"
        protect = dict(zip(moment.agents["t800"].node_ids("protect"), tick.statuses.get("protect", ()), strict=False))
        now["node"] = protect.get("protect/legs/shield") is RUNNING
        if any(ask.fate.why.startswith("never_the_ward:") for ask in tick.asks):
            found["constraint"].append(moment.number)
        found.update({k: [*found[k], moment.number] for k in ("mode", "node") if now[k] and not before.get(k)})
        before.update(now)

    run(corridor, on_tick=look)
    for kind in ("event", "mode", "node", "constraint"):
        debugger, ticks = Debugger(corridor), []
        debugger.break_on(**BREAKS[kind])
        while debugger.run().kind == "break":
            ticks.append(debugger.tick)
        assert list(dict.fromkeys(found[kind])) == ticks, kind
        assert ticks


def test_a_fault_is_a_place_to_stop(tag):
    debugger = Debugger(
        tag(catch="sequence:\n    - toy_chase: {other: $toy_look} => reactive_sequence:\n    - toy_break: {after: 20}")
    )
    debugger.break_on(fault=True)
    stop = debugger.run()
    assert (debugger.tick, stop.kind) == (20, "break")
    assert stop.why == "anna has a fault in catch/toy_break: ValueError: worn out"
    assert debugger.mind("anna").fault.exception == "ValueError"


def test_a_breakpoint_that_was_cleared_stops_nothing(tag):
    debugger = Debugger(tag())
    number = debugger.break_on(event="Touched").number
    assert debugger.clear(number).text == "event Touched"
    assert debugger.run().kind == "end"
    with pytest.raises(UsageError, match="there is: none"):
        debugger.clear(number)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"node": "anna:catch/toy_chas"}, "did you mean 'anna:catch/toy_chase'"),
        ({"node": "ann:catch"}, "did you mean 'anna'"),
        ({"node": "catch"}, "expected AGENT:NODE"),
        ({"node": "anna:catch", "status": "RUNING"}, "did you mean 'RUNNING'"),
        ({"mode": "anna:onn"}, "did you mean 'on'"),
        ({"event": "Touch"}, "did you mean 'Touched'"),
        ({"event": "Touched", "whose": "ben"}, "did you mean 'who'"),
        ({"event": "Touched", "who": 3}, "expected entity"),
        ({"constraint": "gentle"}, "did you mean 'gently'"),
        ({"when": "ben.touched"}, "neither true nor false"),
        ({"mode": "anna", "event": "Touched"}, "one thing"),
        ({}, "one thing"),
        ({"mode": "anna", "who": "ben"}, "only an event has fields"),
    ],
)
def test_a_breakpoint_on_what_can_never_be_is_refused(tag, asked, said):
    debugger = Debugger(tag())
    with pytest.raises(UsageError, match=said):
        debugger.break_on(**asked)
    assert debugger.breakpoints == {}


def test_an_interruption_leaves_it_where_it_is(tag):
    debugger = Debugger(tag())
    stop = debugger.run(going=lambda: debugger.tick < 7)
    assert (stop.kind, debugger.tick) == ("interrupted", 7)
    assert debugger.step() == 1


def test_watches_are_asked_wherever_it_goes(tag):
    debugger = Debugger(tag())
    assert debugger.watch("ben.touched") is None
    debugger.seek(10)
    assert {text: debugger.ask(probe) for text, probe in debugger.watches.items()} == {"ben.touched": 0}
    debugger.unwatch("ben.touched")
    with pytest.raises(UsageError, match="is not watched"):
        debugger.unwatch("ben.touched")


def test_an_edit_is_seen_at_once_and_changes_what_follows(tag):
    debugger = Debugger(tag())
    debugger.seek(20)
    debugger.set("ben.position", {"x": 38.0, "y": 38.0})
    assert debugger.value("ben.position.x") == 38.0
    debugger.step()
    assert debugger.value("ben.position.x") > 35.0
    assert debugger.last == 21
    debugger.back(5)
    assert debugger.value("ben.position.x") < 35.0
    debugger.step(4)
    assert debugger.tick == 20
    assert debugger.value("ben.position.x") == 38.0
    assert [mark.text for mark in debugger.marks] == ["ben.position = {'x': 38.0, 'y': 38.0}"]


def test_an_edit_that_is_taken_back_leaves_nothing(tag):
    plain, debugger = Debugger(tag()), Debugger(tag())
    plain.seek(30)
    debugger.seek(20)
    debugger.set("anna.quarry", "pole")
    debugger.set("ben.touched", 1)
    debugger.step(10)
    assert whole(debugger) != whole(plain)
    debugger.undo()
    assert debugger.tick == 20
    debugger.undo()
    assert debugger.value("anna.quarry") == "ben"
    debugger.seek(30)
    assert whole(debugger) == whole(plain)
    assert debugger.edits == ()
    with pytest.raises(UsageError, match="nothing was edited"):
        debugger.undo()


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("anna.quary", "ben", "did you mean 'quarry'"),
        ("ann.quarry", "ben", "did you mean 'anna'"),
        ("anna.quarry", 3, "expected entity"),
        ("anna", 3, "expected AGENT.KEY"),
        ("ben.tuched", 3, "did you mean 'touched'"),
        ("pole.position", None, "everybody is somewhere"),
        ("entity:anna.quarry", "ben", "no field"),
    ],
)
def test_an_edit_that_cannot_be_changes_nothing(tag, path, value, said):
    debugger, plain = Debugger(tag()), Debugger(tag())
    debugger.seek(10)
    plain.seek(10)
    with pytest.raises(UsageError, match=said):
        debugger.set(path, value)
    assert debugger.edits == ()
    debugger.step(5)
    plain.step(5)
    assert whole(debugger) == whole(plain)


def test_nothing_is_edited_within_a_tick_or_behind_the_end(tag):
    debugger = Debugger(tag())
    debugger.step_node()
    with pytest.raises(UsageError, match="within a tick"):
        debugger.set("anna.patience", 1.0)
    debugger.seek(10_000)
    with pytest.raises(UsageError, match="over"):
        debugger.set("anna.patience", 1.0)


def branched(tag, tmp_path):
    path = tmp_path / "branch.jsonl"
    debugger = Debugger(tag())
    debugger.seek(20)
    debugger.set("ben.position", {"x": 38.0, "y": 38.0})
    debugger.step(5)
    debugger.set("anna.patience", 9.0)
    return debugger, path, debugger.branch(path)


def test_a_branch_is_a_trace_that_names_its_parent_and_replays(tag, tmp_path):
    debugger, path, result = branched(tag, tmp_path)
    assert debugger.tick == 25
    run(tag(), record=tmp_path / "parent.jsonl")
    parent = {line.body["tick"]: line.hash for line in TraceReader(tmp_path / "parent.jsonl")}
    branch = TraceReader(path).header.branch
    assert (branch["parent"], branch["tick"]) == (parent[20], 20)
    assert [(edit["tick"], edit["who"], edit["name"]) for edit in branch["edits"]] == [
        (21, "ben", "position"),
        (26, "anna", "patience"),
    ]
    again = replay(path, tag())
    assert (again.divergence, again.sha256) == (None, result.sha256)
    assert result.sha256 != run(tag()).sha256


def test_a_branch_has_its_parents_ticks_up_to_where_it_left(tag, tmp_path):
    branched(tag, tmp_path)
    run(tag(), record=tmp_path / "parent.jsonl")
    one, other = (
        {line.body["tick"]: line.raw for line in TraceReader(tmp_path / name)}
        for name in ("parent.jsonl", "branch.jsonl")
    )
    differing = [tick for tick in one if tick in other and one[tick] != other[tick]]
    assert min(differing) == 21


def test_a_diff_with_a_branch_names_the_branch_from_either_side(tag, tmp_path):
    _, path, _ = branched(tag, tmp_path)
    run(tag(), record=tmp_path / "parent.jsonl")
    branch = TraceReader(path).header.branch
    for a, b, told in (("parent", "branch", (None, branch)), ("branch", "parent", (branch, None))):
        found = diff_traces(tmp_path / f"{a}.jsonl", tmp_path / f"{b}.jsonl")
        assert [(each.what, each.was, each.now) for each in found.header] == [("branch", *told)]


def test_a_branch_that_was_cut_goes_on_to_the_same_bytes(tag, tmp_path):
    _, path, _ = branched(tag, tmp_path)
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:24]))
    resume(path, tag())
    assert path.read_bytes() == data


def test_a_branch_of_a_branch_holds_the_edits_of_both(tag, tmp_path):
    _, path, _ = branched(tag, tmp_path)
    second = Debugger(path)
    second.seek(30)
    second.set("anna.patience", 4.0)
    second.branch(tmp_path / "second.jsonl")
    branch = TraceReader(tmp_path / "second.jsonl").header.branch
    first = {line.body["tick"]: line.hash for line in TraceReader(path)}
    assert (branch["parent"], branch["tick"]) == (first[30], 30)
    assert [edit["tick"] for edit in branch["edits"]] == [21, 26, 31]
    assert replay(tmp_path / "second.jsonl", tag()).divergence is None


def test_a_branch_can_be_asked_who_wrote_what(tag, tmp_path):
    _, path, _ = branched(tag, tmp_path)
    assert [(each.tick, each.value, each.by) for each in history(path, "anna.patience")] == [
        (0, 2.0, "start"),
        (26, 9.0, "edit"),
    ]


def test_a_header_that_tells_of_no_edit_is_no_branch(tag):
    for body in ({"parent": "", "tick": 1}, {"parent": "", "tick": 1, "edits": [{"tick": 1}]}, {"edits": 5}):
        with pytest.raises(TraceError, match="how the run left its parent"):
            Branch.of(body)
    edit = Edit(4, "entity", "ben", "position", {"x": 1.0, "y": 2.0})
    assert Branch.of(Branch("ab", 3, (edit,)).body()) == Branch("ab", 3, (edit,))


def test_a_branch_without_an_edit_is_refused(tag, tmp_path):
    with pytest.raises(UsageError, match="nothing was edited"):
        Debugger(tag()).branch(tmp_path / "x.jsonl")
    assert not (tmp_path / "x.jsonl").exists()


def test_a_trace_is_debugged_with_what_it_was_run_with(tag, tmp_path):
    tag()
    spec = open_scenario(tmp_path / "configs/scenarios/tag.yaml", ["toy"], ["anna.run=2.5"])
    result = run(spec, seed=9, record=tmp_path / "t.jsonl")
    debugger = Debugger(tmp_path / "t.jsonl")
    assert (debugger.seed, debugger.last, debugger.cut) == (9, result.ticks - 1, None)
    assert debugger.seek(10_000) == result.ticks - 1
    assert debugger.over
    assert debugger.diverged is None
    with pytest.raises(UsageError, match="says itself"):
        Debugger(tmp_path / "t.jsonl", seed=3)


def test_a_trace_that_was_cut_is_gone_through_and_further(tag, tmp_path):
    run(tag(), record=tmp_path / "t.jsonl")
    lines = (tmp_path / "t.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "t.jsonl").write_bytes(b"".join(lines[:11]))
    debugger = Debugger(tmp_path / "t.jsonl")
    assert debugger.last == 9
    assert "cut off" in debugger.cut
    debugger.seek(20)
    assert (debugger.tick, debugger.diverged) == (20, None)


def test_where_a_trace_does_not_come_about_again_is_said(tag, tmp_path, monkeypatch):
    run(tag(), record=tmp_path / "t.jsonl")
    monkeypatch.setattr(toy.Tag, "judge", lambda self, actor, intent, cause: "not today")
    debugger = Debugger(tmp_path / "t.jsonl")
    debugger.seek(10_000)
    touched = next(line.body["tick"] for line in TraceReader(tmp_path / "t.jsonl") if "Touched" in str(line.body))
    assert debugger.diverged == touched
    before = whole(debugger)
    debugger.back(30)
    debugger.step(30)
    assert whole(debugger) == before


def test_a_trace_that_is_damaged_is_refused(tag, tmp_path):
    run(tag(), record=tmp_path / "t.jsonl")
    data = bytearray((tmp_path / "t.jsonl").read_bytes())
    data[2000] ^= 1
    (tmp_path / "t.jsonl").write_bytes(data)
    with pytest.raises(TraceError, match="check sum"):
        Debugger(tmp_path / "t.jsonl")
    with pytest.raises(TraceError, match="cannot read"):
        Debugger(tmp_path / "none.jsonl")


def test_a_tick_that_does_not_come_about_again_is_told_and_not_shown(tag, monkeypatch):
    debugger = Debugger(tag())
    debugger.seek(100)
    monkeypatch.setattr(toy.Tag, "judge", lambda self, actor, intent, cause: "not today")
    debugger.back(30)
    with pytest.raises(UsageError, match="does not come about again"):
        debugger.seek(100)


@skill
def ponder(ctx: Context, ticks: int):
    """Think about it for so many ticks."""
    for left in range(ticks, 0, -1):
        ctx.feedback(f"{left} more")
        yield RUNNING


@skill(worker=True)
def toil(ctx: WorkerContext) -> Status:
    """Work elsewhere."""
    return SUCCESS


@pytest.fixture
def live(tmp_path, monkeypatch):
    """The game of tag with another tree for Ben."""
    pack = types.ModuleType("pondering")
    pack.__dict__.update(ponder=ponder, toil=toil)
    monkeypatch.setitem(sys.modules, "pondering", pack)

    def load(node):
        toy.write(tmp_path, roam=f"toy_wander: {{far: 8.0}} => {node}")
        return open_scenario(tmp_path / "configs/scenarios/tag.yaml", ["toy", "pondering"])

    return load


def test_going_back_into_a_generator_that_is_under_way_plays_from_before_it(live):
    debugger = Debugger(live("ponder: {ticks: 40}"))
    forward = [whole(debugger)]
    while debugger.step():
        forward.append(whole(debugger))
    said = {node.feedback for _, _, minds, *_ in forward for mind in minds for node in mind[5]}
    assert {"40 more", "1 more"} <= said
    for tick in (44, 43, 40, 12, 55, 3):
        assert debugger.seek(tick) == tick
        assert whole(debugger) == forward[tick + 1]


def test_no_state_is_kept_while_a_generator_is_live(live):
    debugger = Debugger(live("ponder: {ticks: 1000}"))
    debugger.seek(50)
    assert debugger.memory == 0
    debugger.back()
    assert debugger.tick == 49


def test_a_run_with_workers_goes_forward_only(live):
    debugger = Debugger(live("toil"))
    debugger.step(10)
    for back in (debugger.back, debugger.reverse, lambda: debugger.seek(2)):
        with pytest.raises(UsageError, match="cannot go back: toil works in a thread"):
            back()
    assert debugger.tick == 9
    assert debugger.step() == 1


def test_the_states_that_are_kept_stay_within_their_bytes_and_are_denser_near_the_present(tag):
    debugger = Debugger(dataclasses.replace(tag(), limit=400.0, expect=(), chapters=()), memory=40_000)
    debugger.seek(3000)
    assert debugger.tick == 3000
    assert 20_000 < debugger.memory <= 40_000
    ladder = Ladder(5000)
    for tick in range(0, 20_000, 16):
        ladder.put(tick, {"some": list(range(tick, tick + 30))}, tick)
        assert ladder.size <= 5000
    gaps = [after - before for before, after in itertools.pairwise(ladder.ticks)]
    assert len(gaps) > 10
    assert gaps[0] > 8 * gaps[-1]
    assert max(gaps) < 20_000 / 3
    assert ladder.ticks[-1] == 19_984


def test_a_ladder_gives_the_state_at_or_before_a_tick():
    ladder = Ladder(1_000_000)
    for tick in (10, 30, 20):
        ladder.put(tick, {"at": tick}, tick)
    assert ladder.below(9) is None
    assert [ladder.below(tick) for tick in (10, 25, 99)] == [(10, {"at": 10}), (20, {"at": 20}), (30, {"at": 30})]
    ladder.forget_after(20)
    assert ladder.below(99) == (20, {"at": 20})
    ladder.forget_after(-1)
    assert (ladder.size, len(ladder)) == (0, 0)
