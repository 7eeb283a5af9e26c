"""Diff: where two traces part, and what differs between trees and agents by meaning."""

import json

import pytest
from click.testing import CliRunner

from t800.cli.program import t800
from t800.errors import ConfigError, TraceError, UsageError
from t800.loader.agent import load_agent
from t800.loader.files import Files
from t800.loader.tree import load_tree
from t800.packs import installed
from t800.simulation.diff import diff_agents, diff_traces, diff_trees
from t800.simulation.opening import open_scenario
from t800.simulation.runner import run
from t800.simulation.trace import TraceReader


@pytest.fixture(scope="module")
def registry():
    return installed()


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    """A run, the same again, one with other dice, one that was cut, one without the tree that protects."""
    folder = tmp_path_factory.mktemp("diff")
    scenario = open_scenario("corridor")
    for name, seed in (("a", 1995), ("same", 1995), ("seed", 11)):
        run(scenario, seed, record=folder / f"{name}.jsonl")
    run(open_scenario("corridor", without=["t800:protect"]), record=folder / "without.jsonl")
    whole = (folder / "a.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "cut.jsonl").write_bytes(b"".join(whole[:51]))
    return folder


# ---- traces


def test_two_runs_of_one_seed_are_the_same(traces):
    found = diff_traces(traces / "a.jsonl", traces / "same.jsonl")
    assert (found.same, found.header, found.events) == (True, [], [])


def test_the_first_tick_that_differs_is_that_of_the_first_line_that_differs(traces):
    found = diff_traces(traces / "a.jsonl", traces / "seed.jsonl")
    lines = zip(TraceReader(traces / "a.jsonl"), TraceReader(traces / "seed.jsonl"), strict=False)
    assert found.first.tick == next(a.body["tick"] for a, b in lines if a.raw != b.raw)
    assert [(each.what, each.was, each.now) for each in found.header] == [("seed", 1995, 11)]


def test_events_of_one_run_only_are_told_with_the_run_that_has_them(traces):
    found = diff_traces(traces / "a.jsonl", traces / "seed.jsonl")

    def count(name, kind):
        lines = list(TraceReader(traces / name))
        return sum(event["kind"] == kind for line in lines for event in line.body["events"])

    for kind in ("Shielded", "Fired", "KnockedBack"):
        only_a = sum(a is not None for a, _, each, _ in found.events if each == kind)
        only_b = sum(b is not None for _, b, each, _ in found.events if each == kind)
        assert only_a - only_b == count("a.jsonl", kind) - count("seed.jsonl", kind)


def test_without_its_tree_the_robot_parts_at_once_and_the_outcome_is_another(traces):
    found = diff_traces(traces / "a.jsonl", traces / "without.jsonl")
    assert (found.first.tick, found.first.where) == (0, "t800")
    assert found.first.what.startswith("node protect")
    assert found.ends == ("passed", "failed")
    assert any(kind == "Killed" and b is not None for _, b, kind, _ in found.events)


def test_a_run_that_was_cut_differs_where_it_ends(traces):
    found = diff_traces(traces / "a.jsonl", traces / "cut.jsonl")
    assert (found.first.tick, found.first.what, found.first.was, found.first.now) == (50, "its end", "goes on", None)
    assert found.ends == ("passed", None)
    assert found.ticks[1] == 50


def test_a_damaged_trace_is_named(traces, tmp_path):
    data = (traces / "a.jsonl").read_bytes()
    (tmp_path / "bad.jsonl").write_bytes(data.replace(b'"tick":7}', b'"tick":8}'))
    with pytest.raises(TraceError, match=r"bad\.jsonl: line 9"):
        diff_traces(traces / "a.jsonl", tmp_path / "bad.jsonl")


# ---- trees

TREE = """\
tree: walk
doc: To compare.
ports: {far: {type: float, default: 2.0}}
uses: {ready: bool, tired: bool}
root:
  reactive_selector:
    - sequence:
        - wait: 1.0
        - check: ready
      name: first
      while: ready and not tired
    - wait: $far
      name: second
      if: tired
    - running
    - fail
"""


@pytest.fixture
def differ(registry, tmp_path):
    """What differs after texts of the tree were replaced, as (how, where, what)."""

    def compare(*changes):
        text = TREE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        trees = []
        for name, content in (("a", TREE), ("b", text)):
            path = tmp_path / name / "trees" / "walk.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            trees.append(load_tree(path, registry, Files(registry, tmp_path / name)))
        return diff_trees(*trees)

    return compare


def test_comments_layout_and_docs_do_not_matter(differ):
    assert differ(("To compare.", "Other words."), ("ready and not tired", "ready   and not tired   # note")) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("while: ready and not tired", "while: ready", ("changed", "walk/first", "while")),
        ("wait: 1.0", "wait: 1.5", ("changed", "walk/first/wait", "port lasts")),
        ("wait: $far", "wait: 2.0", ("changed", "walk/second", "port lasts")),
        ("      if: tired\n", "", ("removed", "walk/second", "if")),
        ("    - fail\n", "", ("removed", "walk/fail", "node")),
        ("    - fail\n", "    - fail\n    - succeed\n", ("added", "walk/succeed", "node")),
        ("default: 2.0", "default: 3.0", ("changed", "walk", "port far")),
        ("tired: bool}", "tired: bool, late: bool}", ("added", "walk", "key late")),
        ("reactive_selector", "selector", ("changed", "walk", "kind")),
        ("check: ready", "check: not ready", ("changed", "walk/first/check", "expression")),
        ("name: second", "name: later", ("moved", "walk/later", "node")),
    ],
)
def test_each_change_of_meaning_is_told_once_where_it_is(differ, old, new, expected):
    found = differ((old, new))
    assert [(each.how, each.where, each.what) for each in found] == [expected]


def test_a_changed_guard_is_told_with_what_it_was_and_is(differ):
    (found,) = differ(("while: ready and not tired", "while: ready"))
    assert (found.was, found.now) == ("ready and not tired", "ready")


def test_a_node_that_went_elsewhere_takes_its_children_along(differ):
    first = TREE[TREE.index("    - sequence:") : TREE.index("    - wait: $far")]
    indented = "".join(f"      {line}\n" for line in first.splitlines())
    found = differ((first, ""), ("    - running\n", "    - running\n    - selector:\n" + indented))
    assert [(each.how, each.was, each.now) for each in found if each.how == "moved"] == [
        ("moved", "walk/first", "walk/selector/first")
    ]
    assert [(each.how, each.where) for each in found if each.how == "added"] == [("added", "walk/selector")]


def test_another_order_of_siblings_moves_as_few_as_can_be(differ):
    (found,) = differ(("    - running\n    - fail\n", "    - fail\n    - running\n"))
    assert (found.how, found.what) == ("moved", "place among its siblings")
    assert found.where in ("walk/running", "walk/fail")


# ---- agents


@pytest.fixture(scope="module")
def agent(registry, tmp_path_factory):
    """The shipped hunter after texts of its file were replaced."""
    files = Files(registry)
    text = files.find("agent", "hunter").read_text()

    def load(*changes):
        changed = text
        for old, new in changes:
            assert old in changed
            changed = changed.replace(old, new, 1)
        path = tmp_path_factory.mktemp("agent") / "configs" / "agents" / "hunter.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(changed)
        return load_agent(path, registry, Files(registry, path.parents[2]))

    return load


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("quarry: {type: entity, value: john}", "quarry: {type: entity, value: sarah}", "hunter: key quarry"),
        ("to: floored, when: body.down", "to: floored, when: not body.alive", "mode hunting: edge to floored"),
        ("channels: [voice]", "channels: [voice, arms]", "mode floored: channels"),
        ("  - rides: {former: $parked}\n", "  - rides: {former: $parked}\n  - hear\n", "hunter: key noise"),
        ("before: $course, course", "course", "hunter: sense foresee, port before"),
        ("{to: destroyed, when: body.destroyed}, {to: floored", "{to: floored", "mode hunting: edge to destroyed"),
    ],
)
def test_a_change_of_an_agent_is_told_where_it_is(agent, old, new, expected):
    found = diff_agents(agent(), agent((old, new)))
    assert expected in [f"{each.where}: {each.what}" for each in found]
    assert diff_agents(agent(), agent()) == []


@pytest.mark.parametrize("name", ["t800", "hunter", "john"])
def test_whatever_changes_the_meaning_of_an_agent_is_told(registry, tmp_path, name):
    """Lines left out, or in another order: wherever the digest differs, so must something that is told."""
    files = Files(registry)
    lines = files.find("agent", name).read_text().splitlines()
    path = tmp_path / "configs" / "agents" / f"{name}.yaml"
    path.parent.mkdir(parents=True)

    def load(changed):
        path.write_text("\n".join(changed) + "\n")
        return load_agent(path, registry, Files(registry, tmp_path))

    before = load(lines)
    told = 0
    for at in range(len(lines)):
        left_out = [*lines[:at], *lines[at + 1 :]]
        for changed in (left_out, [*lines[:at], *lines[at : at + 2][::-1], *lines[at + 2 :]]):
            try:
                after = load(changed)
            except ConfigError:
                continue
            assert bool(diff_agents(before, after)) == (before.digest != after.digest), changed[max(0, at - 1) : at + 2]
            told += before.digest != after.digest
    assert told > 3


# ---- the command


def invoke(*arguments):
    return CliRunner().invoke(t800, ["diff", *map(str, arguments)], standalone_mode=True)


def test_the_exit_code_says_whether_something_differs(traces):
    assert invoke(traces / "a.jsonl", traces / "same.jsonl").exit_code == 0
    differing = invoke(traces / "a.jsonl", traces / "seed.jsonl")
    assert differing.exit_code == 1
    assert "differs  first in tick" in differing.output
    assert invoke("protect", "protect").exit_code == 0
    agents = invoke("agent:hunter", "agent:john")
    assert agents.exit_code == 1
    assert "removed  mode hunting: mode" in agents.output


def test_json_says_the_same_as_the_text(traces):
    document = json.loads(invoke(traces / "a.jsonl", traces / "without.jsonl", "--json").output)
    assert document["same"] is False
    assert document["first"]["tick"] == 0
    assert document["outcome"] == ["passed", "failed"]
    assert json.loads(invoke("protect", "protect", "--json").output) == {"same": True, "differences": []}


@pytest.mark.parametrize(
    ("a", "b", "said"), [("a.jsonl", "protect", "is no trace"), ("hunt", "hunter", "two of a kind")]
)
def test_two_of_a_kind_are_compared(traces, a, b, said):
    names = [str(traces / name) if name.endswith(".jsonl") else name for name in (a, b)]
    with pytest.raises(UsageError, match=said):
        CliRunner().invoke(t800, ["diff", *names], standalone_mode=False, catch_exceptions=False)
