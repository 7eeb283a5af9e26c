"""What other trees would have done with what a trace recorded."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import toy

from t800.agent import Agent
from t800.errors import ConfigError, TraceError, UsageError
from t800.loader.agent import load_agent
from t800.loader.files import Files
from t800.packs import installed
from t800.realtime import run_realtime
from t800.simulation.cast import RobotCast
from t800.simulation.opening import open_scenario
from t800.simulation.reload import Watch
from t800.simulation.replay import replay
from t800.simulation.robot import RobotTrace
from t800.simulation.runner import run
from t800.simulation.trace import Recorder, TraceFile, TraceReader
from t800.simulation.whatif import replay_with

CAUTIOUS = toy.FILES["trees/catch.yaml"].replace("- toy_touch", "- wait: 0.3\n    - toy_touch")


@pytest.fixture
def trace(tmp_path, monkeypatch):
    """A recorded game of tag; its files lie around it."""
    toy.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    run(open_scenario("tag", ["toy"]), record="t.jsonl")
    return Path("t.jsonl")


def other(text, name="catch"):
    """A tree file that lies somewhere else."""
    path = Path("other") / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def touched(trace):
    bodies = (line.body for line in TraceReader(trace))
    return next(b["tick"] for b in bodies if any(e["kind"] == "Touched" for e in b["events"]))


def test_a_tree_that_means_the_same_is_nothing_to_compare(trace):
    found = replay_with(trace, ["trees/catch.yaml", other("# later\n" + toy.FILES["trees/roam.yaml"], "roam")])
    assert found.same
    assert found.agents == {}
    assert found.ticks == len(list(TraceReader(trace)))


def test_the_first_difference_is_that_the_new_tree_waits_where_the_old_one_touched(trace):
    found = replay_with(trace, [other(CAUTIOUS)])
    assert found.changed == ("tree:catch",)
    assert list(found.agents) == ["anna"]
    assert (found.first.tick, found.first.agent, found.first.what) == (touched(trace), "anna", "node catch/toy_touch")
    assert (found.first.was, found.first.now) == ("RUNNING", "INVALID")
    intent = found.first_intent
    assert (intent.tick, intent.what, intent.now) == (touched(trace), "hands was asked for", None)
    assert intent.was == {"intent": "Touch", "with": {"whom": "ben"}}
    tally = found.agents["anna"]
    assert (tally.ticks, tally.modes, tally.faults) == (found.ticks, 0, 0)
    assert tally.intents >= 1


def test_the_world_goes_as_it_went_whatever_the_new_tree_wants(trace):
    """It is told at every tick what the old one saw, and the whole trace is gone through."""
    found = replay_with(trace, [other("tree: catch\nroot:\n  running\n")])
    lines = [line.body for line in TraceReader(trace)]
    assert found.ticks == len(lines)
    # Anna asks for something in every tick since Ben is there.
    assert found.agents["anna"].intents == len(lines) - 5


def test_a_tree_may_have_been_edited_where_it_lies(trace):
    apart = replay_with(trace, [other(CAUTIOUS)])
    Path("trees/catch.yaml").write_text(CAUTIOUS)
    with pytest.raises(UsageError, match="tree:catch means something else"):
        replay(trace)
    found = replay_with(trace, ["catch"])
    assert found.roots_only == ("catch",)
    assert found.first_intent == apart.first_intent
    assert found.agents["anna"].intents == apart.agents["anna"].intents


def test_what_is_changed_besides_is_refused_by_name(trace):
    Path("trees/roam.yaml").write_text(toy.FILES["trees/roam.yaml"].replace("8.0", "9.0"))
    with pytest.raises(UsageError, match=r"since then, tree:roam came to mean something else, which no --with"):
        replay_with(trace, [other(CAUTIOUS)])
    assert not replay_with(trace, [other(CAUTIOUS), "roam"]).same


def test_another_world_is_refused(trace):
    path = Path("configs/worlds/yard.yaml")
    path.write_text(path.read_text().replace("run: 3.0", "run: 4.0"))
    with pytest.raises(UsageError, match="world:yard came to mean something else"):
        replay_with(trace, [other(CAUTIOUS)])


def test_an_agent_can_be_given_too(trace):
    path = Path("other/tagger.yaml")
    path.parent.mkdir()
    path.write_text(
        toy.FILES["configs/agents/tagger.yaml"].replace("count(intent.touches) > 5", "count(intent.touches) > 0")
    )
    found = replay_with(trace, [path])
    assert found.changed == ("agent:tagger",)
    assert (found.first.what, found.first.tick) == ("hands was asked for", touched(trace))
    assert found.agents["anna"].intents == 1


def test_a_new_subtree_may_come_along(trace):
    tree = CAUTIOUS.replace("- wait: 0.3", "- subtree: pause")
    with pytest.raises(ConfigError, match="no tree is named 'pause'"):
        replay_with(trace, [other(tree)])
    found = replay_with(trace, [other(tree), other("tree: pause\nroot:\n  wait: 0.3\n", "pause")])
    assert found.first.tick == touched(trace)


def test_a_tree_that_raises_is_a_fault_of_its_own(trace):
    found = replay_with(trace, [other("tree: catch\nroot:\n  toy_break: {after: 7}\n")])
    assert found.agents["anna"].faults >= 1
    assert found.first.tick == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("roamer", "no tree or agent is named 'roamer'; did you mean 'roam'"),
        ("tag", "tag is a scenario, not a tree or an agent"),
        ("hunt", "no tree of this run is named 'hunt'; there is: catch, roam"),
    ],
)
def test_a_file_that_concerns_nobody_is_refused(trace, name, said):
    with pytest.raises(UsageError, match=said):
        replay_with(trace, [name])


def test_two_files_for_one_tree_are_refused(trace):
    with pytest.raises(UsageError, match="two trees named catch"):
        replay_with(trace, [other(CAUTIOUS), "catch"])


def test_a_bad_file_is_told_by_its_own_path(trace):
    with pytest.raises(ConfigError) as error:
        replay_with(trace, [other(CAUTIOUS.replace("wait", "wat"))])
    assert error.value.problems[0].path == "other/catch.yaml"


def test_a_run_whose_trees_were_replaced_is_compared_with_what_held_at_each_tick(trace):
    spec = open_scenario("tag", ["toy"])

    def edit(moment):
        if moment.number == 9:
            Path("trees/catch.yaml").write_text(CAUTIOUS)

    run(spec, record="w.jsonl", on_tick=edit, watch=Watch(spec).look)
    # By the tenth tick both are the same tree, and none of its nodes has been where they differ.
    assert replay_with("w.jsonl", ["catch"]).same


NOTHING = {"id": 9, "kind": "Touched", "fields": {}, "rule": "none", "causes": []}
FLY = {"fate": "granted", "intent": "Fly", "with": {}, "node": "x"}


def rewritten(trace, number, change):
    """The trace with one tick's body changed, and every hash made right again."""
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


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (
            lambda body: body["agents"]["anna"].update(seen="0"),
            UsageError,
            "what anna saw in tick 4 cannot be had",
        ),
        (lambda body: body["agents"].pop("anna"), UsageError, "what anna saw in tick 4 cannot be had again"),
        (lambda body: body["events"].append(NOTHING), UsageError, "what happened in tick 4 does not come about again"),
        (
            lambda body: body["agents"]["anna"].update(asks=[FLY]),
            TraceError,
            "line 6: 'Fly' cannot be carried out again",
        ),
    ],
)
def test_a_trace_that_does_not_hang_together_is_named(trace, change, error, said):
    rewritten(trace, 4, change)
    with pytest.raises(error, match=said):
        replay_with(trace, [other(CAUTIOUS)])


# ---- robots


class Robot:
    """Somebody's robot in the place of the yard: it is told where Ben is, and does nothing."""

    def __init__(self, places):
        self.places = list(places)

    def observe(self, agent_id):
        here = self.places.pop(0) if len(self.places) > 1 else self.places[0]
        return toy.View(0, toy.Point(0.0, 0.0), (toy.Other("ben", toy.Point(here, 0.0)),))

    def step(self, intents):
        return ()


def driven(places, seconds=0.02, **options):
    """The trace of a robot that saw Ben at these places, by the clock; its files lie around it."""
    toy.write(Path.cwd())
    registry = installed(["toy"])
    spec = load_agent(Path("configs/agents/tagger.yaml").resolve(), registry, Files(registry))
    agent = Agent(spec, seed=5, stream=3, id="rover", dt=0.001)
    with RobotTrace("r.jsonl", agent, packs=["toy"]) as trace:
        run_realtime(agent, trace.watching(Robot(places)), hz=1000.0, seconds=seconds, on_tick=trace.tick, **options)
    return Path("r.jsonl")


@pytest.fixture
def robots(tmp_path, monkeypatch):
    """The trace of a robot that saw Ben come nearer."""
    monkeypatch.chdir(tmp_path)
    return driven([3.0, 2.0, 1.0, 0.5, 0.5])


def test_a_robots_agent_decides_the_same_on_what_it_saw(robots):
    found = replay_with(robots)
    assert found.same
    assert found.agents["rover"].ticks == found.ticks > 0
    reader = TraceReader(robots)
    first = next(iter(reader)).body["agents"]["rover"]
    assert first["observed"]["others"] == [{"position": {"x": 3.0, "y": 0.0}, "who": "ben"}]
    assert reader.header.scenario == ""


def test_what_an_emergency_stop_withheld_is_in_what_a_robot_saw(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stop, pressed = threading.Event(), []

    def emergency():
        pressed.append(True)
        if len(pressed) == 3:
            stop.set()
        return True

    trace = driven([3.0], seconds=None, emergency=emergency, stop=stop)
    lines = [line.body["agents"]["rover"].get("observed", {}) for line in TraceReader(trace)]
    assert {"channel": "legs", "why": "emergency stop"} in [one for seen in lines for one in seen.get("refused", [])]
    assert replay_with(trace).same


def test_another_tree_decides_otherwise_on_what_a_robot_saw(robots):
    found = replay_with(robots, [other(CAUTIOUS)])
    assert found.first.agent == "rover"
    assert found.first_intent.was == {"intent": "Touch", "with": {"whom": "ben"}}
    Path("trees/catch.yaml").write_text(CAUTIOUS)
    assert replay_with(robots, ["catch"]).first_intent == found.first_intent
    with pytest.raises(UsageError, match="tree:catch came to mean something else"):
        replay_with(robots)


def test_a_robots_world_cannot_be_run_again(robots):
    with pytest.raises(UsageError, match="is of a robot, whose world nobody can run again"):
        replay(robots)


def test_what_a_robot_saw_must_be_an_observation_that_somebody_declares(robots):
    def change(body):
        body["agents"]["rover"]["observed"]["warp"] = 3

    rewritten(robots, 0, change)
    with pytest.raises(TraceError, match="line 2: what rover saw is no View"):
        replay_with(robots)
    rewritten(robots, 0, lambda body: body["agents"]["rover"].update(record="Gone"))
    with pytest.raises(TraceError, match="line 2: rover saw a 'Gone', which none of its packs has"):
        replay_with(robots)


def test_an_older_trace_does_not_say_which_observation_it_was(robots):
    rewritten(robots, 0, lambda body: body["agents"]["rover"].pop("record"))
    assert replay_with(robots).same
    rewritten(robots, 0, lambda body: body["agents"]["rover"]["observed"].update(warp=3))
    with pytest.raises(TraceError, match="no observation has the fields that rover saw"):
        replay_with(robots)


GAUGES = """
from t800 import record
from toy import View

@record
class Dial(View):
    charge: float | None = None

@record
class Lamp(View):
    charge: float | None = None
    glow: float | None = None
"""


def gauged(registry):
    """What a robot saw: of two kinds, with what it did not know."""
    dial, lamp = registry.records["Dial"], registry.records["Lamp"]
    told = [(dial, {}), (dial, {"charge": 0.5}), (lamp, {}), (lamp, {"glow": 1.0}), (dial, {})]
    return [cls(n, toy.Point(0.0, 0.0), (), **known) for n, (cls, known) in enumerate(told)]


def test_what_a_robot_saw_is_known_again_whatever_it_did_not_know(tmp_path, monkeypatch):
    toy.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("gauges.py").write_text(GAUGES)
    packs = ["toy", "gauges.py"]
    registry = installed(packs)
    agent = Agent(load_agent(Path("configs/agents/tagger.yaml").resolve(), registry, Files(registry)), id="rover")
    with RobotTrace("r.jsonl", agent, packs) as trace:
        robot = Robot([])
        world = trace.watching(robot)
        for seen in gauged(registry):
            robot.observe = lambda agent_id, seen=seen: seen
            trace.tick({"rover": agent.tick(world.observe("rover"))}, ())
    assert replay_with("r.jsonl").same
    reader = TraceReader(Path("r.jsonl"))
    cast = RobotCast(reader, {})
    assert [cast.observe(line)["rover"] for line in reader] == gauged(cast.registry)


GAUGE = """

@sense
def gauge(ctx: Context) -> float | None:
    "How full it is."
    return ctx.obs.charge
"""


def test_what_was_of_the_wrong_type_is_the_same_fault_again(tmp_path, monkeypatch):
    """One that goes wrong in a driver is what somebody wants to look at."""
    toy.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("dials.py").write_text(GAUGES.replace("record\n", "Context, record, sense\n", 1) + GAUGE)
    mind = toy.FILES["configs/agents/runner.yaml"].replace("runner", "gauger")
    Path("configs/agents/gauger.yaml").write_text(f"{mind}blackboard: {{}}\nsenses: [gauge]\n")
    packs = ["toy", "dials.py"]
    registry = installed(packs)
    agent = Agent(load_agent(Path("configs/agents/gauger.yaml").resolve(), registry, Files(registry)), id="rover")
    dial = registry.records["Dial"]
    with RobotTrace("r.jsonl", agent, packs) as trace:
        robot = Robot([])
        world = trace.watching(robot)
        faults = []
        for number, charge in enumerate([0.5, "high", 0.25]):
            seen = dial(number, toy.Point(0.0, 0.0), (), charge)
            robot.observe = lambda agent_id, seen=seen: seen
            tick = agent.tick(world.observe("rover"))
            trace.tick({"rover": tick}, ())
            faults.append(tick.fault and tick.fault.message)
    assert faults == [None, "expected float, not 'high'", None]
    assert replay_with("r.jsonl").same


def test_what_a_robot_saw_must_be_of_its_types(robots):
    def change(body):
        body["agents"]["rover"]["observed"]["others"] = [3]

    rewritten(robots, 0, change)
    with pytest.raises(TraceError, match="line 2: what rover saw is no View"):
        replay_with(robots)


def test_agents_of_one_trace_have_one_dt(robots):
    registry = installed(["toy"])
    spec = load_agent(Path("configs/agents/tagger.yaml").resolve(), registry, Files(registry))
    with pytest.raises(UsageError, match="one dt"):
        RobotTrace("x.jsonl", {"a": Agent(spec, dt=0.1), "b": Agent(spec, dt=0.2)})


def test_agents_of_one_name_that_differ_leave_no_trace(robots):
    registry = installed(["toy"])
    path = Path("configs/agents/tagger.yaml").resolve()
    specs = {"a": load_agent(path, registry, Files(registry))}
    path.write_text(path.read_text().replace("catch", "roam"))
    specs["b"] = load_agent(path, registry, Files(registry))
    with pytest.raises(UsageError, match="two files of one trace are called agent:tagger, and differ"):
        RobotTrace("x.jsonl", {name: Agent(spec) for name, spec in specs.items()})
    assert not list(Path.cwd().glob("x.jsonl*"))


# ---- on the command line


def t800(*arguments):
    command = [sys.executable, "-m", "t800", "replay", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=toy.environment(), check=False, timeout=60)


def test_the_command_says_it_in_words_and_as_json(trace):
    done = t800(trace, "--with", other(CAUTIOUS))
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"differs  with tree:catch, first at tick {touched(trace)}, anna: node catch/toy_touch",
        "  was  'RUNNING'",
        "  is   'INVALID'",
        f"differs  in what is asked of the world first at tick {touched(trace)}, anna: hands was asked for",
        "  was  Touch(whom='ben')",
        "  is   nothing",
        f"  anna  of {len(list(TraceReader(trace)))} ticks: intents in 1, statuses in 1",
    ]
    document = json.loads(t800(trace, "--with", "other/catch.yaml", "--json").stdout)
    assert (document["same"], document["agents"]["anna"]["intents"]) == (False, 1)
    assert document["first"]["is"] == "INVALID"
    same = t800(trace, "--with", "catch")
    assert (same.returncode, same.stdout.startswith("the same  with tree:catch")) == (0, True)


def test_a_robots_trace_is_replayed_by_the_same_command(robots):
    done = t800(robots)
    assert done.returncode == 0
    assert "the same would have been done" in done.stdout
