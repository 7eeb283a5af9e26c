"""The agent: what it does in a tick and in which order, who gets a channel, and that it is data (R4-R7, R10, R12)."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import patrol
import pytest
from lab import active, agent_spec, registry_of

from t800.agent import Agent
from t800.context import Context
from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Intent, Observation, Refusal, Status
from t800.errors import UsageError
from t800.registry import Registry, effect, sense, skill
from t800.types import Entity, Keep, Out, record


@record
class Move(Intent):
    channel: ClassVar[str] = "legs"
    to: str = ""


@record
class Run(Move):
    pass


@record
class Spot:
    """No JSON data."""

    x: float


@record
class Say(Intent):
    channel: ClassVar[str] = "voice"
    words: str = ""


@sense
def count(ctx: Context) -> int:
    """The number of the tick."""
    log(ctx, "count")
    return ctx.tick


@sense
def late(ctx: Context, count: int, double: Out[int]) -> None:
    """Twice the count."""
    log(ctx, f"late {count}")
    ctx.out(double=2 * count)


def log(ctx: Context, text: str) -> None:
    ctx.services.get("log", []).append(text)


@skill
def do(ctx: Context, who: str, answer: str = "S") -> Status:
    """Log, and answer."""
    log(ctx, who)
    return {"S": SUCCESS, "F": FAILURE, "R": RUNNING}[answer]


@skill
class job:
    """Counts its ticks; ends after so many."""

    ticks: int = 0
    jobs: Keep[int] = 0

    def start(self, ctx: Context, who: str, lasts: int = 1000) -> None:
        self.jobs += 1
        log(ctx, f"start {who} {self.jobs}")

    def tick(self, ctx: Context, who: str, lasts: int = 1000) -> Status:
        self.ticks += 1
        log(ctx, f"{who} {self.ticks}")
        return SUCCESS if self.ticks >= lasts else RUNNING

    def halt(self, ctx: Context) -> None:
        log(ctx, f"halt after {self.ticks}")


@skill
def move(ctx: Context, to: str, lethal_to: list[Entity] | None = None) -> Status:
    """Ask for the legs, and note what became of it."""
    fate = ctx.fate("legs")
    log(ctx, f"{to}: {fate.outcome}, {fate.why}" if fate else f"{to}: none")
    return ctx.intend(Move(to)) if lethal_to is None else ctx.intend(Move(to), lethal_to=lethal_to)


@skill
def move_blindly(ctx: Context) -> Status:
    """Ask for the legs, not knowing whom it kills."""
    return ctx.intend(Move("blindly"), lethal_to=None)


@skill
def run(ctx: Context) -> Status:
    return ctx.intend(Run("away"))


@skill(one_shot=True)
def say(ctx: Context, words: str) -> Status:
    log(ctx, f"say {words}")
    return ctx.intend(Say(words))


@skill
def shout(ctx: Context) -> Status:
    return ctx.intend(Say("hey"))


@skill
def both(ctx: Context) -> Status:
    """Ask for two channels, and twice for one."""
    ctx.intend(Move("first"))
    ctx.intend(Say("and talk"))
    return ctx.intend(Move("second"))


@skill
def again(ctx: Context) -> Status:
    """Tick the agent that ticks it."""
    ctx.services["call"](ctx)
    return SUCCESS


PACK: list[Any] = [Move, Run, Say, count, late, do, job, move, move_blindly, run, say, shout, both, again]
LETHAL = effect("lethal_to", list[Entity], [])
HARM = effect("harm", float, 0.0)


@pytest.fixture
def registry() -> Registry:
    return registry_of(*PACK, LETHAL, HARM)


class Robot:
    """An agent in one mode, or in the modes given, with a log of what its leaves did."""

    def __init__(self, folder: Path, registry: Registry, modes: str = "", more: str = "", **trees: str) -> None:
        self.log: list[str] = []
        modes = modes or f"initial: on\n  states:\n    on: {{final: true, trees: [{', '.join(trees)}]}}"
        text = f"agent: robot\nsenses: [count, {{late: {{count: $count}}}}]\n{more}\nmodes:\n  {modes}\n"
        self.spec = agent_spec(folder, registry, text, **trees)
        self.agent = Agent(self.spec, services={"log": self.log})

    def tick(self, number: int, *refused: Refusal) -> Any:
        self.log.clear()
        return self.agent.tick(Observation(number, refused=refused))

    def fates(self, number: int, *refused: Refusal) -> list[tuple[str, str, str]]:
        return [(ask.node, ask.fate.outcome, ask.fate.why) for ask in self.tick(number, *refused).asks]


TWO_MODES = """\
initial: low
  states:
    high:
      initial: calm
      trees: [outer, shared]
      states:
        calm: {trees: [inner]}
      edges: [{to: low, when: count >= 6}]
    low:
      trees: [shared, only_low]
      edges: [{to: high, when: double == 6}]
"""


@pytest.mark.parametrize(
    "wrong",
    [{"dt": each} for each in (0, -1.0, 1e-9, float("nan"), float("inf"), "x", None, True)]
    + [{"seed": each} for each in ("x", None, 1.0)]
    + [{"stream": "left"}],
    ids=str,
)
def test_a_tick_without_a_length_and_dice_without_a_number_are_refused(
    tmp_path: Path, registry: Registry, wrong: dict[str, Any]
) -> None:
    spec = Robot(tmp_path, registry, only="running:").spec
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Agent(spec, **wrong)


def test_senses_come_first_then_the_modes_then_all_trees_by_importance(tmp_path: Path, registry: Registry) -> None:
    trees = {name: f"{{do: {{who: {name}, answer: F}}}}" for name in ("outer", "inner", "shared", "only_low")}
    robot = Robot(tmp_path, registry, TWO_MODES, **trees)
    robot.tick(0)
    assert robot.log == ["count", "late 0", "shared", "only_low"]
    tick = robot.tick(3)  # the guard reads what a sense wrote in this very tick
    assert (tick.left, tick.mode) == ("low", "high.calm")
    assert robot.log == ["count", "late 3", "inner", "outer", "shared"]
    assert list(tick.statuses) == ["inner", "outer", "shared"]
    assert robot.agent.mode == "high.calm"


def test_a_left_tree_is_halted_and_one_that_is_in_both_modes_goes_on(tmp_path: Path, registry: Registry) -> None:
    trees = {name: f"{{job: {{who: {name}}}}}" for name in ("outer", "inner", "shared", "only_low")}
    robot = Robot(tmp_path, registry, TWO_MODES, **trees)
    robot.tick(0)
    assert robot.log[2:] == ["start shared 1", "shared 1", "start only_low 1", "only_low 1"]
    robot.tick(3)
    assert robot.log[2:] == ["halt after 1", "start inner 1", "inner 1", "start outer 1", "outer 1", "shared 2"]
    robot.tick(6)
    # Afresh, but what is kept is kept.
    assert robot.log[2:] == ["halt after 1", "halt after 1", "shared 3", "start only_low 2", "only_low 1"]


def test_a_tree_whose_root_ended_is_entered_afresh(tmp_path: Path, registry: Registry) -> None:
    robot = Robot(tmp_path, registry, one="{job: {who: one, lasts: 2}}")
    logs = []
    for number in range(4):
        robot.tick(number)
        logs += robot.log[2:]
    assert logs == ["start one 1", "one 1", "one 2", "start one 2", "one 1", "one 2"]


def test_an_unknown_port_skips_a_sense_and_leaves_its_keys_alone(tmp_path: Path) -> None:
    @sense
    def blind(ctx: Context) -> int | None:
        return ctx.tick if ctx.tick < 2 else None

    text = "agent: robot\nsenses: [blind, {late: {count: $blind}}]\nmodes: {initial: on, states: {on: {final: true}}}\n"
    agent = Agent(agent_spec(tmp_path, registry_of(blind, late), text))
    for number in range(4):
        assert agent.tick(Observation(number)).fault is None
    assert agent.blackboard.values == {"blind": None, "double": 2}
    assert agent.blackboard.written == {"blind": 3, "double": 1}


@record
class Scan(Observation):
    heard: tuple[str, ...] = ()
    other: int = 0


def asked_again(tmp_path: Path, *observations: Scan) -> tuple[list[str], Agent]:
    """An agent with one sense that says what it reads: when it was asked, and the agent afterwards."""
    asked: list[str] = []

    @sense(reads=["heard"])
    def ears(ctx: Context, loud: bool, word: Out[str], never: Out[str]) -> None:
        asked.append(f"{loud} {ctx.obs.heard}")
        if ctx.obs.heard:
            ctx.out(word=ctx.obs.heard[-1].upper() if loud else ctx.obs.heard[-1])

    text = (
        "agent: robot\nsenses: [{ears: {loud: $loud}}]\nblackboard: {loud: {type: bool, value: false}}\n"
        "modes: {initial: on, states: {on: {final: true}}}\n"
    )
    agent = Agent(agent_spec(tmp_path, registry_of(ears), text))
    for observation in observations:
        assert agent.tick(observation).fault is None
    return asked, agent


def test_a_sense_that_says_what_it_reads_is_asked_again_only_when_that_differs(tmp_path: Path) -> None:
    said = ("come", "go")
    asked, agent = asked_again(tmp_path, *[Scan(number, heard=said, other=number) for number in range(5)])
    assert asked == ["False ('come', 'go')"]
    # What it said is said again in each tick, and what it did not say is not.
    assert agent.blackboard.values == {"loud": False, "word": "go", "never": None}
    assert agent.blackboard.written == {"loud": 0, "word": 4}
    agent.edit("loud", value=True, tick=5)
    agent.edit("word", "by hand", 5)
    agent.tick(Scan(5, heard=said))
    assert agent.blackboard.values["word"] == "GO"
    agent.edit("word", "by hand", 6)
    agent.tick(Scan(6, heard=said))
    assert (agent.blackboard.values["word"], len(asked)) == ("GO", 2)
    agent.tick(Scan(7, heard=("come", "stay")))
    agent.tick(Scan(8))
    assert (agent.blackboard.values["word"], agent.blackboard.written["word"], len(asked)) == ("STAY", 7, 4)


def test_a_sense_that_is_not_asked_again_leaves_no_other_trace_than_one_that_is(tmp_path: Path) -> None:
    said = ("come",)
    seen = [Scan(n, heard=said if n % 5 else (), other=n) for n in range(30)]
    _, agent = asked_again(tmp_path, *seen)
    _, fresh = asked_again(tmp_path, *seen[:11])
    fresh = Agent.restore(fresh.spec, fresh.snapshot())
    for observation in seen[11:]:
        fresh.tick(observation)
    assert fresh.snapshot() == agent.snapshot()


@pytest.mark.parametrize(
    "read", [lambda ctx: ctx.tick, lambda ctx: ctx.now, lambda ctx: ctx.rng("x").random(), lambda ctx: ctx.services]
)
def test_a_sense_that_says_what_it_reads_can_read_no_clock_and_throw_no_dice(
    tmp_path: Path, read: Callable[[Context], Any]
) -> None:
    @sense(reads=[])
    def sly(ctx: Context) -> float:
        return float(read(ctx))

    text = "agent: robot\nsenses: [sly]\nmodes: {initial: on, states: {on: {final: true}}}\n"
    fault = Agent(agent_spec(tmp_path, registry_of(sly), text)).tick(Observation(0)).fault
    assert fault is not None
    assert (fault.site, fault.where, fault.exception) == ("sense", "sly", "AttributeError")
    assert "says what it reads" in fault.message


def test_a_sense_that_reads_what_is_not_there_is_a_fault(tmp_path: Path) -> None:
    @sense(reads=["smells"])
    def nose(ctx: Context) -> bool:
        return True

    text = "agent: robot\nsenses: [nose]\nmodes: {initial: on, states: {on: {final: true}}}\n"
    fault = Agent(agent_spec(tmp_path, registry_of(nose), text)).tick(Scan(0)).fault
    assert fault is not None
    assert (fault.site, fault.where, fault.exception) == ("sense", "nose", "AttributeError")


def test_a_sense_that_reads_what_is_there_no_more_is_the_one_that_is_at_fault(tmp_path: Path) -> None:
    @record
    class Whiff(Observation):
        smells: str = "smoke"

    @sense(reads=[])
    def first(ctx: Context) -> bool:
        return True

    @sense(reads=["smells"])
    def nose(ctx: Context) -> bool:
        return True

    text = "agent: robot\nsenses: [first, nose]\nmodes: {initial: on, states: {on: {final: true}}}\n"
    robot = Agent(agent_spec(tmp_path, registry_of(first, nose), text))
    assert robot.tick(Whiff(0)).fault is None
    fault = robot.tick(Observation(1)).fault
    assert fault is not None
    assert (fault.site, fault.where, fault.exception) == ("sense", "nose", "AttributeError")


def test_a_signal_is_seen_by_the_modes_of_the_next_tick_and_of_no_other(tmp_path: Path, registry: Registry) -> None:
    modes = """initial: here
  states:
    here: {trees: [one], edges: [{to: there, event: ping, when: count != 1}]}
    there: {final: true}"""
    one = "tree: one\nuses: {count: int}\nroot: {selector: [{signal: ping, if: count != 1}, succeed]}\n"
    robot = Robot(tmp_path, registry, modes, one=one)
    assert robot.tick(0).mode == "here"
    assert robot.tick(1).mode == "here"  # seen, but its guard did not hold: it is forgotten
    assert robot.tick(2).mode == "here"
    assert robot.tick(3).mode == "there"


def test_the_most_important_tree_has_the_channel_and_the_others_are_told(tmp_path: Path, registry: Registry) -> None:
    robot = Robot(tmp_path, registry, one="fail", two="{move: {to: x}}", three="{move: {to: y}}", four="shout")
    tick = robot.tick(0)
    assert robot.fates(1) == [
        ("two", "granted", ""),
        ("three", "suppressed", "two has the legs"),
        ("four", "granted", ""),
    ]
    assert tick.intents == (Move("x"), Say("hey"))
    assert robot.log[2:] == ["x: granted, ", "y: suppressed, two has the legs"]


def test_within_a_tree_the_first_ask_has_the_channel(tmp_path: Path, registry: Registry) -> None:
    robot = Robot(tmp_path, registry, one="both")
    tick = robot.tick(0)
    assert tick.intents == (Move("first"), Say("and talk"))
    assert [ask.fate.outcome for ask in tick.asks] == ["granted", "granted", "suppressed"]


def test_an_intent_lasts_for_one_tick(tmp_path: Path, registry: Registry) -> None:
    robot = Robot(tmp_path, registry, one="tree: one\nuses: {count: int}\nroot: {move: {to: x}, while: count < 1}\n")
    assert robot.tick(0).intents == (Move("x"),)
    assert robot.tick(1).intents == ()


def test_a_suppressed_tree_ticks_on_and_what_it_wrote_stands(tmp_path: Path, registry: Registry) -> None:
    two = "tree: two\nuses: {steps: int}\nroot: {sequence: [{set: {steps: =steps + 1}}, {move: {to: y}}]}\n"
    more = "blackboard: {steps: {type: int, value: 0}}"
    robot = Robot(tmp_path, registry, more=more, one="{move: {to: x}}", two=two)
    for number in range(3):
        assert robot.fates(number)[1][1] == "suppressed"
    assert robot.agent.blackboard.values["steps"] == 1
    assert robot.agent.tick(Observation(3)).statuses["two"] == (RUNNING, SUCCESS, RUNNING)


def test_an_ask_of_a_node_that_was_halted_in_the_same_tick_is_void(tmp_path: Path, registry: Registry) -> None:
    robot = Robot(tmp_path, registry, one="{parallel: [{move: {to: x}}, fail]}", two="{move: {to: y}}")
    tick = robot.tick(0)
    assert [(ask.node, ask.fate.outcome) for ask in tick.asks] == [("one/move", "suppressed"), ("two", "granted")]
    assert tick.asks[0].fate.why == "its node was halted in the same tick"


CLOSED = """\
initial: lame
  states:
    lame:
      channels: [voice, legs]
      initial: mute
      trees: [one, two]
      edges: [{to: sound, when: count > 1}]
      states: {mute: {channels: [legs]}}
    sound: {final: true, trees: [two, one]}"""


def test_a_closed_channel_is_told_by_its_mode(tmp_path: Path, registry: Registry) -> None:
    robot = Robot(tmp_path, registry, CLOSED, one="shout", two="run")
    assert robot.fates(0) == [("one", "suppressed", "closed in lame.mute"), ("two", "granted", "")]
    assert robot.fates(2) == [("two", "granted", ""), ("one", "granted", "")]


def test_the_world_s_refusal_is_the_fate_of_who_was_granted(tmp_path: Path, registry: Registry) -> None:
    robot = Robot(tmp_path, registry, one="{move: {to: x}}", two="{move: {to: y}}")
    robot.tick(0)
    robot.tick(1, Refusal("legs", "a wall"), Refusal("arms", "no arms"))
    assert robot.log[2:] == ["x: refused, a wall", "y: suppressed, one has the legs"]
    robot.tick(2)
    assert robot.log[2] == "x: granted, "


def test_who_made_no_ask_has_no_fate(tmp_path: Path, registry: Registry) -> None:
    one = "tree: one\nuses: {count: int}\nroot: {move: {to: x}, if: count != 1, while: count != 1}\n"
    robot = Robot(tmp_path, registry, one=one)
    logs = []
    for number in range(4):
        robot.tick(number)
        logs.append(robot.log[2:])
    assert logs == [["x: none"], [], ["x: none"], ["x: granted, "]]


def test_a_one_shot_succeeds_after_its_grant_without_a_call_else_it_asks_again(
    tmp_path: Path, registry: Registry
) -> None:
    one = "tree: one\nuses: {count: int}\nroot: {shout: , while: count < 2}\n"
    robot = Robot(tmp_path, registry, one=one, two="{sequence: [{say: {words: hi}}, running]}")
    statuses, logs = [], []
    for number, refused in enumerate([[], [], [], [Refusal("voice", "noise")], [], []]):
        statuses.append(robot.tick(number, *refused).statuses["two"][1])
        logs.append(robot.log[2:])
    # Suppressed, suppressed, granted but refused, granted, done, and it stays done.
    assert statuses == [RUNNING, RUNNING, RUNNING, RUNNING, SUCCESS, SUCCESS]
    assert logs == [["say hi"]] * 4 + [[], []]


RULES = "constraints:\n  - {name: first_law, forbid: KIND, when: WHEN, why: robots do not}\n"


def vetoes(
    folder: Path, registry: Registry, when: str, kind: str = "'*'", more: str = "", **trees: str
) -> list[tuple[str, str, str]]:
    text = more + "\n" + RULES.replace("KIND", kind).replace("WHEN", when)
    return Robot(folder, registry, more=text, **trees).fates(0)


VETO = "first_law: robots do not"


@pytest.mark.parametrize(
    ("when", "fate"),
    [
        ("'john' in intent.lethal_to", ("vetoed", VETO)),
        ("'sarah' in intent.lethal_to", ("granted", "")),
        ("intent.harm > 0", ("granted", "")),  # undeclared: neutral, and known
        ("intent.kind == 'Move'", ("vetoed", VETO)),
        ("intent.kind == 'Run'", ("granted", "")),
        ("intent.channel == 'legs' and count(intent.lethal_to) > 1", ("granted", "")),
        ("mood > 1.0", ("vetoed", VETO)),  # unknown is not safe
        ("mood > 1.0 and intent.harm > 0", ("granted", "")),  # known to be false all the same
    ],
)
def test_a_constraint_vetoes_unless_it_is_known_to_be_false(
    tmp_path: Path, registry: Registry, when: str, fate: tuple[str, str]
) -> None:
    one = "{move: {to: x, lethal_to: [john]}}"
    assert vetoes(tmp_path, registry, f'"{when}"', more="blackboard: {mood: float}", one=one) == [("one", *fate)]


def test_an_effect_that_is_declared_unknown_is_vetoed(tmp_path: Path, registry: Registry) -> None:
    when = "\"'john' in intent.lethal_to\""
    assert vetoes(tmp_path, registry, when, one="move_blindly") == [("one", "vetoed", VETO)]
    assert vetoes(tmp_path, registry, when, one="{move: {to: x}}") == [("one", "granted", "")]


def test_a_constraint_forbids_a_kind_of_intent_and_those_that_extend_it(tmp_path: Path, registry: Registry) -> None:
    trees = {"one": "run", "two": "shout"}
    assert [fate[1] for fate in vetoes(tmp_path, registry, "true", kind="Move", **trees)] == ["vetoed", "granted"]
    assert [fate[1] for fate in vetoes(tmp_path, registry, "true", kind="Run", **trees)] == ["vetoed", "granted"]
    assert [fate[1] for fate in vetoes(tmp_path, registry, "true", kind="Say", **trees)] == ["granted", "vetoed"]


def test_a_veto_leaves_the_channel_empty(tmp_path: Path, registry: Registry) -> None:
    trees = {"one": "{move: {to: x, lethal_to: [john]}}", "two": "{move: {to: y}}"}
    assert vetoes(tmp_path, registry, "count(intent.lethal_to) > 0", **trees) == [
        ("one", "vetoed", VETO),
        ("two", "suppressed", "one has the legs"),
    ]


def test_a_sense_or_a_halt_that_asks_for_something_is_a_fault(tmp_path: Path, registry: Registry) -> None:
    @sense
    def eager(ctx: Context) -> int:
        ctx.intend(Say())
        return 0

    text = "agent: robot\nsenses: [eager]\nmodes: {initial: on, states: {on: {final: true}}}\n"
    tick = Agent(agent_spec(tmp_path, registry_of(eager, Say), text)).tick(Observation(0))
    assert tick.fault is not None
    assert (tick.fault.site, tick.fault.exception) == ("sense", "RuntimeError")


def test_an_agent_is_not_ticked_saved_or_halted_from_inside(tmp_path: Path, registry: Registry) -> None:
    robot = Robot(tmp_path, registry, one="again")
    calls = {
        "ReentrantTickError": [
            lambda ctx: robot.agent.tick(Observation(9)),
            lambda ctx: robot.agent.halt(),
            lambda ctx: robot.agent.plans[0].tick(ctx.state, ctx.board, ctx),
            lambda ctx: robot.agent.plans[0].halt(ctx.state, ctx.board, ctx),
        ],
        "UsageError": [
            lambda ctx: robot.agent.snapshot(),
            lambda ctx: ctx.state.copy(),
            lambda ctx: ctx.state.save(),
            lambda ctx: ctx.state.load({}),
        ],
    }
    for error, tries in calls.items():
        for number, call in enumerate(tries):
            robot.agent = Agent(robot.spec, services={"call": call})
            fault = robot.agent.tick(Observation(0)).fault
            assert fault is not None
            assert (fault.exception, fault.where) == (error, "one"), number
            assert "tick" in fault.message
            assert active(robot.agent) == []


def test_a_tree_left_out_fails_and_asks_nothing_also_as_a_subtree(tmp_path: Path, registry: Registry) -> None:
    robot = Robot(tmp_path, registry, one="{selector: [{subtree: two}, {do: {who: instead}}]}", two="{move: {to: y}}")
    agent = Agent(robot.spec.without("two"), services={"log": robot.log})
    tick = agent.tick(Observation(0))
    assert tick.asks == ()
    assert tick.statuses == {"one": (SUCCESS, FAILURE, SUCCESS), "two": (FAILURE,)}
    assert agent.node_ids("one") == ["one", "one/two", "one/do"]
    assert robot.log[2:] == ["instead"]
    with pytest.raises(UsageError, match="another agent"):
        Agent.restore(robot.spec, agent.snapshot())


def test_an_agent_left_alone_says_what_its_nodes_do(tmp_path: Path, registry: Registry) -> None:
    robot = Robot(tmp_path, registry, one="{sequence: [succeed, {move: {to: x}}]}")
    assert [status for _, status, _ in robot.agent.feedback()] == [INVALID] * 3
    robot.tick(0)
    assert [(name, status) for name, status, _ in robot.agent.feedback()] == [
        ("one", RUNNING),
        ("one/succeed", SUCCESS),
        ("one/move", RUNNING),
    ]


def program(folder: Path, snapshot: str, first: int, last: int, hash_seed: str = "0") -> Any:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, patrol.__file__, str(folder), snapshot, str(first), str(last)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return json.loads(done.stdout)


LAST = 130


def test_a_patrol_visits_all_that_a_snapshot_must_hold(tmp_path: Path) -> None:
    lines = patrol.played(patrol.make(tmp_path), 0, LAST)
    assert {line[1] for line in lines} == {"calm", "excited", "faulted"}
    assert {ask[2] for line in lines for ask in line[4]} == {"granted", "suppressed", "vetoed"}
    assert any("noisy" in text for line in lines for text in line[7])
    assert {text for line in lines for text in line[5]} == {"tired"}
    assert any(line[6] for line in lines)


@pytest.mark.parametrize("at", [1, 13, 40, 41, 77])
def test_a_snapshot_goes_on_alike_in_a_new_process(tmp_path: Path, at: int) -> None:
    agent = patrol.make(tmp_path)
    patrol.played(agent, 0, at)
    saved = tmp_path / "snapshot.json"
    saved.write_text(json.dumps(agent.snapshot()))
    there = program(tmp_path, str(saved), at, LAST, hash_seed="1")
    here = patrol.played(agent, at, LAST)
    assert there[0] == json.loads(json.dumps(here))
    assert there[1] == json.loads(json.dumps(agent.snapshot()))


def test_a_snapshot_of_any_tick_goes_on_alike(tmp_path: Path) -> None:
    agent = patrol.make(tmp_path)
    for number in range(LAST):
        other = Agent.restore(agent.spec, json.loads(json.dumps(agent.snapshot())))
        line = patrol.played(agent, number, number + 1)
        assert patrol.played(other, number, number + 1) == line, number
        assert other.snapshot() == agent.snapshot(), number


def test_nothing_depends_on_the_hash_seed(tmp_path: Path) -> None:
    assert program(tmp_path, "-", 0, LAST, "1") == program(tmp_path, "-", 0, LAST, "2")


def test_copies_are_independent(tmp_path: Path) -> None:
    agent = patrol.make(tmp_path)
    patrol.played(agent, 0, 20)
    snapshot = agent.snapshot()
    kept = copy.deepcopy(snapshot)
    twins = [Agent.restore(agent.spec, snapshot) for _ in range(2)]
    ahead = patrol.played(twins[0], 20, 60)
    assert snapshot == kept
    assert agent.snapshot() == kept
    assert patrol.played(twins[1], 20, 60) == ahead
    assert patrol.played(agent, 20, 60) == ahead


def test_a_snapshot_of_an_agent_whose_files_changed_is_refused(tmp_path: Path) -> None:
    agent = patrol.make(tmp_path)
    snapshot = agent.snapshot()
    again = agent_spec(tmp_path, patrol.registry(), "# a remark\n" + patrol.AGENT, **patrol.TREES)
    Agent.restore(again, snapshot)
    trees = {**patrol.TREES, "music": "{hum: , name: song}"}
    changed = agent_spec(tmp_path, patrol.registry(), patrol.AGENT, **trees)
    with pytest.raises(UsageError, match="its files changed"):
        Agent.restore(changed, snapshot)


def counter(*fields: str) -> Any:
    """A skill `tally` with these fields, each an int that grows by its place in the file at every tick."""
    own: dict[str, Any] = {"__annotations__": dict.fromkeys(fields, int), **dict.fromkeys(fields, 0)}

    def tick(self: Any, ctx: Context) -> Status:
        for step, name in enumerate(sorted(fields), 1):
            setattr(self, name, getattr(self, name) + step)
        ctx.feedback(", ".join(f"{name}={getattr(self, name)}" for name in sorted(fields)))
        return RUNNING

    return skill(name="tally")(type("tally", (), {**own, "tick": tick}))


def test_what_a_skill_remembers_is_saved_by_name(tmp_path: Path) -> None:
    text = "agent: robot\nmodes: {initial: on, states: {on: {final: true, trees: [one]}}}\n"

    def made(*fields: str) -> Agent:
        return Agent(agent_spec(tmp_path, registry_of(counter(*fields)), text, one="tally"))

    agent = made("far", "near")
    for number in range(3):
        agent.tick(Observation(number))
    saved = json.loads(json.dumps(agent.snapshot()))
    turned = Agent.restore(made("near", "far").spec, saved)
    turned.tick(Observation(3))
    assert [said for _, _, said in turned.feedback()] == ["far=4, near=8"]
    with pytest.raises(UsageError, match=r"skill tally had the fields .*far.*near.* when this was saved"):
        Agent.restore(made("far", "wide").spec, saved)


def test_what_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    agent = patrol.make(tmp_path)
    patrol.played(agent, 0, 20)
    saved = json.loads(json.dumps(agent.snapshot()))
    lacking = [{name: value for name, value in saved.items() if name != left_out} for left_out in saved]
    for wrong in ({}, *lacking, {**saved, "trees": []}, {**saved, "mode": 3}, {**saved, "blackboard": {"values": []}}):
        with pytest.raises(UsageError, match="snapshot"):
            Agent.restore(agent.spec, wrong)


def test_feedback_is_text_whatever_it_is_made_of(tmp_path: Path) -> None:
    @skill
    def report(ctx: Context) -> Status:
        ctx.feedback(ValueError("no grip"))  # type: ignore[arg-type]
        return RUNNING

    text = "agent: robot\nmodes: {initial: on, states: {on: {final: true, trees: [one]}}}\n"
    agent = Agent(agent_spec(tmp_path, registry_of(report), text, one="report"))
    agent.tick(Observation(0))
    again = Agent.restore(agent.spec, json.loads(json.dumps(agent.snapshot())))
    assert [said for _, _, said in again.feedback()] == ["no grip"]


def test_agents_of_one_spec_share_plans_and_nothing_else(tmp_path: Path) -> None:
    one = patrol.make(tmp_path)
    two = Agent(one.spec, seed=7, stream=4)
    assert [a is b for a, b in zip(one.plans, two.plans, strict=True)] == [True] * 3
    apart = patrol.played(two, 0, 50)
    mixed: list[Any] = []
    three = Agent(one.spec, seed=7, stream=4)
    for number in range(50):
        patrol.played(one, number, number + 1)
        mixed += patrol.played(three, number, number + 1)
    assert mixed == apart
    assert mixed != patrol.played(Agent(one.spec, seed=7, stream=5), 0, 50)


def test_a_halt_before_the_first_tick_of_a_restored_agent_is_dated_as_it_would_have_been(tmp_path: Path) -> None:
    @skill
    class note:  # the name that the tree uses
        """Writes down when it was left."""

        def tick(self, ctx: Context, seen: Out[int]) -> Status:
            return RUNNING

        def halt(self, ctx: Context) -> None:
            ctx.out(seen=ctx.tick)

    text = (
        "agent: robot\nblackboard: {seen: {type: int}}\n"
        "modes: {initial: on, states: {on: {final: true, trees: [one]}}}\n"
    )
    one = "tree: one\nuses: {seen: int}\nroot: {note: {seen: $seen}}\n"
    spec = agent_spec(tmp_path, registry_of(note), text, one=one)
    agent = Agent(spec)
    for number in range(8):
        agent.tick(Observation(number))
    other = Agent.restore(spec, json.loads(json.dumps(agent.snapshot())))
    agent.halt()
    other.halt()
    assert other.blackboard.save() == agent.blackboard.save() == {"values": {"seen": 7}, "written": {"seen": 7}}


def test_what_a_signal_was_told_with_is_no_part_of_a_snapshot(tmp_path: Path) -> None:
    @sense
    def look(ctx: Context) -> Spot:
        """Somewhere."""
        return Spot(float(ctx.tick))

    text = """agent: robot
senses: [look]
modes:
  initial: on
  states:
    on: {trees: [one], edges: [{to: off, event: seen}]}
    off: {final: true}
"""
    one = "tree: one\nuses: {look: Spot}\nroot: {signal: seen, with: {where: $look}}\n"
    spec = agent_spec(tmp_path, registry_of(look, Spot), text, one=one)
    agent = Agent(spec)
    (signal,) = agent.tick(Observation(0)).signals
    assert signal.data == {"where": Spot(0.0)}
    other = Agent.restore(spec, json.loads(json.dumps(agent.snapshot())))
    assert other.tick(Observation(1)).mode == agent.tick(Observation(1)).mode == "off"
