"""History: every change of a key, and who wrote it."""

import json

import pytest
from click.testing import CliRunner

from t800.cli.program import t800
from t800.errors import UsageError
from t800.simulation.canonical import patched
from t800.simulation.history import history
from t800.simulation.opening import open_scenario
from t800.simulation.runner import run
from t800.simulation.trace import TraceReader


@pytest.fixture(scope="module")
def scenario():
    return open_scenario("corridor")


@pytest.fixture(scope="module")
def trace(scenario, tmp_path_factory):
    path = tmp_path_factory.mktemp("history") / "t.jsonl"
    run(scenario, 1995, record=path)
    return path


def test_an_order_is_heard_by_a_sense_judged_by_one_node_and_closed_by_another(trace, scenario):
    found = history(trace, "t800.order.state", scenario)
    assert [(change.value, change.by) for change in found] == [
        (None, "start"),
        ("heard", "sense take_orders"),
        ("accepted", "obey_orders/hear_out/judge_order"),
        ("under_way", "obey_orders/lead_the_way/close_order"),
        ("done", "obey_orders/lead_the_way/close_order#2"),
    ]
    # Heard and judged within one tick: the trace itself holds only what came of both.
    assert found[1].tick == found[2].tick
    assert found[2].time == found[2].tick / 10


def test_a_set_in_a_tree_is_told_by_its_node(trace, scenario):
    assert [(change.tick, change.value, change.by) for change in history(trace, "john.feared", scenario)][:2] == [
        (0, [], "start"),
        (0, ["policeman"], "lessons/set"),
    ]


def test_what_a_history_ends_with_each_tick_is_what_the_trace_recorded(trace, scenario):
    told = {change.tick: change.value for change in history(trace, "t800.threat.distance", scenario)}
    threat, now = None, None
    for line in TraceReader(trace):
        changed = line.body["agents"].get("t800", {}).get("set", {})
        threat = patched(threat, changed["threat"]) if "threat" in changed else threat
        now = told.get(line.body["tick"], now)
        assert now == (threat and threat["distance"])
    assert len(told) > 20


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("t8000.threat", "no agent 't8000'; did you mean 't800'"),
        ("t800.thret", "has no key 'thret'; did you mean 'threat'"),
        ("t800.threat.distanc", "t800.threat has no field 'distanc'; did you mean 'distance'"),
        ("t800", "has no key ''"),
        ("t800.ward.name", "t800.ward has no field 'name'; there is: none"),
    ],
)
def test_what_is_not_there_is_said_with_a_way_out(trace, scenario, key, said):
    with pytest.raises(UsageError, match=said):
        history(trace, key, scenario)


def test_the_command_tells_it_as_text_and_as_json(trace):
    text = CliRunner().invoke(t800, ["history", str(trace), "t800.order.state"]).output.splitlines()
    assert text[0].split() == ["0", "0.0", "s", "unknown", "start"]
    assert text[1].endswith("'heard'      sense take_orders")
    document = json.loads(CliRunner().invoke(t800, ["history", str(trace), "t800.order.state", "--json"]).output)
    assert document["key"] == "t800.order.state"
    assert [change["value"] for change in document["changes"]] == [None, "heard", "accepted", "under_way", "done"]
