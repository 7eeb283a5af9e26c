"""Skills that take their time to stop: `halt: {within: SECONDS}`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from lab import Stage, active, agent_spec, registry_of, tree_problems, tree_spec

from t800.agent import Agent
from t800.context import Context
from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Intent, Observation, Status, Tick
from t800.registry import skill
from t800.spec.modes import FAULTED
from t800.types import Out, record


@record
class Move(Intent):
    channel: ClassVar[str] = "legs"
    to: str = ""


def log(ctx: Context, text: str) -> None:
    ctx.services["log"].append(text)


@skill
class drive:
    """Drives; brakes for some ticks when it is left."""

    speed: int = 0
    braking: int = 0

    def start(self, ctx: Context, brakes: int = 3, left: Out[int] = 0) -> None:
        log(ctx, "start")

    def tick(self, ctx: Context, brakes: int = 3, left: Out[int] = 0) -> Status:
        self.speed += 1
        self.braking = brakes
        log(ctx, f"drive {self.speed}")
        return ctx.intend(Move("on"))

    def stop(self, ctx: Context) -> Status:
        self.braking -= 1
        fate = ctx.fate("legs")
        log(ctx, f"brake {self.braking}, {fate.outcome if fate else 'no fate'}")
        ctx.out(left=self.braking)
        if self.braking <= 0:
            return SUCCESS
        return ctx.intend(Move("halt"))

    def halt(self, ctx: Context) -> None:
        log(ctx, f"halt at {self.braking}")


@skill
class slip:
    """Can stop, and has no halt."""

    def start(self, ctx: Context) -> None:
        log(ctx, "on the ice")

    def tick(self, ctx: Context) -> Status:
        return RUNNING

    def stop(self, ctx: Context) -> Status:
        log(ctx, "slipping")
        return RUNNING


@skill
class break_down:
    """Raises, or answers nonsense, while it stops or halts."""

    def tick(self, ctx: Context, where: str = "stop") -> Status:
        ctx.services["where"] = where
        return RUNNING

    def stop(self, ctx: Context) -> Any:
        log(ctx, "stop")
        where = ctx.services["where"]
        if where == "stop":
            raise OSError("the brake is broken")
        return "stopped" if where == "answer" else SUCCESS

    def halt(self, ctx: Context) -> None:
        log(ctx, "halt")
        if ctx.services["where"] == "halt":
            raise OSError("the brake is broken")


@skill
def walk(ctx: Context) -> Status:
    """Ask for the legs."""
    log(ctx, "walk")
    return ctx.intend(Move("walk"))


@skill
def fall(ctx: Context) -> Status:
    """Raise."""
    raise OSError("fell")


@skill
def rest(ctx: Context) -> Status:
    """Do nothing."""
    log(ctx, "rest")
    return RUNNING


REGISTRY = registry_of(Move, drive, slip, break_down, walk, fall, rest)


def stage(folder: Path, node: str) -> Stage:
    text = "tree: robot\nuses: {flag: bool, n: int}\nroot:\n" + "".join(f"  {line}\n" for line in node.splitlines())
    made = Stage(tree_spec(folder, REGISTRY, text), REGISTRY, {"log": []})
    made.board.write("flag", True, 0)
    return made


def step(on: Stage, flag: bool | None = None) -> tuple[Status, list[str]]:
    """A tick as an agent does it: what stops goes first. The root's status, and what was called."""
    on.ctx.services["log"].clear()
    on.ctx.asks.clear()
    if flag is not None:
        on.board.write("flag", flag, on.ctx.tick)
    on.plan.wind_down(on.state, on.board, on.ctx)
    return on.tick(), list(on.ctx.services["log"])


GUARDED = "drive: {left: $n}\nwhile: flag\nhalt: {within: 1.0}"


def test_while_it_stops_it_is_inactive_and_listed_and_asks_on(tmp_path: Path) -> None:
    on = stage(tmp_path, GUARDED)
    assert step(on) == (RUNNING, ["start", "drive 1"])
    assert step(on, False) == (FAILURE, [])
    assert on.state.status == [FAILURE, INVALID]
    assert on.state.halting == {1: 1 + 10}
    assert step(on) == (FAILURE, ["brake 2, no fate"])
    assert [(ask[1], ask[2]) for ask in on.ctx.asks] == [(1, Move("halt"))]
    assert on.board.values["n"] == 2
    assert step(on) == (FAILURE, ["brake 1, no fate"])
    assert step(on) == (FAILURE, ["brake 0, no fate", "halt at 0"])
    assert on.state.halting == {}
    assert on.ctx.asks == []
    assert step(on) == (FAILURE, [])


def test_without_the_option_it_stops_at_once(tmp_path: Path) -> None:
    on = stage(tmp_path, "drive: {left: $n}\nwhile: flag")
    step(on)
    assert step(on, False) == (FAILURE, ["halt at 3"])
    assert step(on) == (FAILURE, [])


def test_what_ended_by_itself_has_nothing_to_stop(tmp_path: Path) -> None:
    on = stage(tmp_path, "sequence: [{if_then_else: {if: {check: flag}, then: {slip: , halt: {within: 1.0}}}}]")
    step(on, False)
    on.halt()
    assert on.state.halting == {}


def test_when_its_time_is_over_it_is_halted_after_a_last_tick(tmp_path: Path) -> None:
    on = stage(tmp_path, "drive: {brakes: 100, left: $n}\nwhile: flag\nhalt: {within: 0.2}")
    step(on)
    step(on, False)
    assert step(on) == (FAILURE, ["brake 99, no fate"])
    assert step(on) == (FAILURE, ["brake 98, no fate", "halt at 98"])
    assert on.state.halting == {}
    assert step(on) == (FAILURE, [])


def test_numbers_that_jump_are_time_that_passes(tmp_path: Path) -> None:
    on = stage(tmp_path, "drive: {brakes: 100, left: $n}\nwhile: flag\nhalt: {within: 5.0}")
    step(on)
    step(on, False)
    on.ctx.tick = 1000
    assert step(on) == (FAILURE, ["brake 99, no fate", "halt at 99"])


def test_one_without_a_halt_just_ends(tmp_path: Path) -> None:
    on = stage(tmp_path, "slip:\nwhile: flag\nhalt: {within: 0.1}")
    step(on)
    step(on, False)
    assert step(on) == (FAILURE, ["slipping"])
    assert step(on) == (FAILURE, [])


def test_who_wants_it_again_waits_until_it_has_stopped(tmp_path: Path) -> None:
    on = stage(tmp_path, GUARDED)
    step(on)
    step(on, False)
    assert step(on, True) == (RUNNING, ["brake 2, no fate"])
    assert on.say("robot") == "waits until it has stopped"
    assert step(on) == (RUNNING, ["brake 1, no fate"])
    assert step(on) == (RUNNING, ["brake 0, no fate", "halt at 0", "start", "drive 1"])
    assert on.say("robot") == ""


def test_who_waited_for_one_without_a_halt_enters_it_afresh(tmp_path: Path) -> None:
    on = stage(tmp_path, "slip:\nwhile: flag\nhalt: {within: 0.2}")
    assert step(on) == (RUNNING, ["on the ice"])
    step(on, False)
    assert step(on, True) == (RUNNING, ["slipping"])
    assert step(on) == (RUNNING, ["slipping", "on the ice"])


def test_who_stops_waiting_does_not_stop_it_twice(tmp_path: Path) -> None:
    on = stage(tmp_path, GUARDED)
    step(on)
    step(on, False)
    step(on, True)
    due = dict(on.state.halting)
    assert step(on, False) == (FAILURE, ["brake 1, no fate"])
    assert on.state.halting == due  # nor is there more time for it
    assert step(on) == (FAILURE, ["brake 0, no fate", "halt at 0"])
    assert step(on) == (FAILURE, [])


def test_a_parallel_that_waits_for_it_goes_on_and_is_left_like_any_other(tmp_path: Path) -> None:
    on = stage(tmp_path, "parallel: [{drive: {left: $n}, halt: {within: 1.0}}, rest]\nwhile: flag")
    step(on)
    assert step(on, False) == (FAILURE, [])
    assert step(on, True) == (RUNNING, ["brake 2, no fate", "rest"])
    assert step(on) == (RUNNING, ["brake 1, no fate", "rest"])
    assert step(on) == (RUNNING, ["brake 0, no fate", "halt at 0", "start", "drive 1", "rest"])


def test_two_places_of_one_skill_stop_each_on_its_own(tmp_path: Path) -> None:
    on = stage(
        tmp_path,
        "parallel:\n  - drive: {brakes: 1, left: $n}\n    halt: {within: 1.0}\n"
        "  - drive: {brakes: 2, left: $n}\n    halt: {within: 0.5}\nwhile: flag",
    )
    step(on)
    step(on, False)
    assert list(on.state.halting.values()) == [11, 6]
    assert step(on)[1] == ["brake 0, no fate", "halt at 0", "brake 1, no fate"]
    assert step(on)[1] == ["brake 0, no fate", "halt at 0"]


def test_leaving_the_tree_from_outside_lets_it_stop_too_and_force_ends_it(tmp_path: Path) -> None:
    on = stage(tmp_path, GUARDED)
    step(on)
    on.halt()
    assert on.state.status == [INVALID, INVALID]
    assert list(on.state.halting) == [1]
    on.halt()
    on.ctx.services["log"].clear()
    on.plan.wind_down(on.state, on.board, on.ctx, force=True)
    assert on.ctx.services["log"] == ["halt at 3"]
    assert on.state.halting == {}


def test_a_state_in_which_something_stops_is_data(tmp_path: Path) -> None:
    on = stage(tmp_path, GUARDED)
    step(on)
    step(on, False)
    step(on)
    saved = json.loads(json.dumps(on.state.save()))
    loaded = on.plan.state()
    loaded.load(saved)
    copied = on.state.copy()
    assert loaded == copied == on.state
    assert loaded.halting == {1: 11}
    ways = []
    for state in (on.state, loaded, copied):
        on.state, on.ctx.tick = state, 3
        ways.append([step(on) for _ in range(3)])
    assert ways[0] == ways[1] == ways[2]
    assert ways[0][1] == (FAILURE, ["brake 0, no fate", "halt at 0"])
    finished = on.plan.state()
    finished.load(saved)
    finished.halting.clear()
    assert finished != loaded


AGENT = """
agent: robot
blackboard: {n: {type: int}, flag: {type: bool, value: true}, mode: {type: int, value: 0}}
modes:
  initial: on
  states:
    on:
      initial: going
      states:
        going: {trees: [first, second], edges: [{to: idle, when: mode == 1}]}
        idle: {trees: [first], edges: [{to: going, when: mode == 2}]}
      edges: [{to: over, when: mode == 9}]
    over: {final: true}
"""
DRIVING = "{drive: {left: $n}, while: flag, halt: {within: 1.0}}"


class Robot:
    """An agent with two trees, the first the more important, that logs what its skills do."""

    def __init__(self, folder: Path, first: str, second: str, text: str = AGENT) -> None:
        head = "tree: NAME\nuses: {n: int, flag: bool, mode: int}\nroot: "
        trees = {name: head.replace("NAME", name) + node for name, node in (("first", first), ("second", second))}
        self.spec = agent_spec(folder, REGISTRY, text, **trees)
        self.log: list[str] = []
        self.agent = Agent(self.spec, services={"log": self.log})
        self.number = 0

    def tick(self, **keys: Any) -> Tick:
        """One tick, after these keys were written."""
        for key, value in keys.items():
            self.agent.blackboard.write(key, value, self.number)
        self.log.clear()
        tick = self.agent.tick(Observation(self.number))
        self.number += 1
        return tick


def asked(tick: Tick) -> list[tuple[str, str, str]]:
    return [(ask.node, getattr(ask.intent, "to", ""), ask.fate.outcome) for ask in tick.asks]


def test_it_ticks_before_the_trees_and_has_its_channels_above_all_of_them(tmp_path: Path) -> None:
    robot = Robot(tmp_path, "{sequence: [walk], if: not flag}", DRIVING)
    assert asked(robot.tick()) == [("second", "on", "granted")]
    tick = robot.tick(flag=False)
    assert asked(tick) == [("first/walk", "walk", "granted")]
    tick = robot.tick()
    assert robot.log == ["brake 2, no fate", "walk"]
    assert asked(tick) == [("second", "halt", "granted"), ("first/walk", "walk", "suppressed")]
    assert tick.asks[1].fate.why == "second has the legs"
    assert tick.statuses == {"first": (RUNNING, RUNNING, RUNNING), "second": (FAILURE, INVALID)}
    robot.tick()
    assert robot.log == ["brake 1, granted", "walk"]
    assert asked(robot.tick()) == [("first/walk", "walk", "granted")]
    assert robot.log == ["brake 0, granted", "halt at 0", "walk"]


def test_it_goes_on_stopping_in_a_mode_that_has_not_its_tree(tmp_path: Path) -> None:
    robot = Robot(tmp_path, "rest", DRIVING)
    robot.tick()
    tick = robot.tick(mode=1)
    assert (tick.mode, robot.log) == ("on.idle", ["brake 2, granted", "rest"])  # it goes on in the tick that leaves it
    assert list(tick.statuses) == ["first"]
    assert asked(tick) == [("second", "halt", "granted")]
    assert robot.tick(mode=2).mode == "on.going"
    assert robot.log == ["brake 1, granted", "rest"]
    robot.tick()
    assert robot.log == ["brake 0, granted", "halt at 0", "rest", "start", "drive 1"]


@pytest.mark.parametrize("stopping", [0, 1])
def test_a_final_mode_ends_it_at_once(tmp_path: Path, stopping: int) -> None:
    robot = Robot(tmp_path, "rest", DRIVING)
    robot.tick()
    for _ in range(stopping):
        robot.tick(flag=False)
    tick = robot.tick(mode=9)
    assert (tick.mode, robot.log) == ("over", ["halt at 3"])
    assert tick.asks == ()
    robot.tick()
    assert robot.log == []


def test_a_fault_elsewhere_ends_it_at_once(tmp_path: Path) -> None:
    robot = Robot(tmp_path, "{fall: , if: mode == 5}", DRIVING)
    robot.tick()
    robot.tick(flag=False)
    tick = robot.tick(mode=5)
    assert tick.fault is not None
    assert robot.log == ["brake 2, no fate", "halt at 2"]
    assert tick.asks == ()
    assert active(robot.agent) == []
    robot.tick(mode=0)
    assert robot.log == []


def test_whoever_takes_the_robot_over_ends_it_at_once(tmp_path: Path) -> None:
    robot = Robot(tmp_path, "rest", DRIVING)
    robot.tick()
    robot.tick(flag=False)
    robot.log.clear()
    robot.agent.halt()
    assert robot.log == ["halt at 3"]
    robot.tick()
    assert robot.log == ["rest"]


@pytest.mark.parametrize(
    ("where", "calls", "message"),
    [
        ("stop", ["stop", "halt"], "the brake is broken"),
        ("halt", ["stop", "halt"], "the brake is broken"),
        ("answer", ["stop", "halt"], "a skill must return SUCCESS, FAILURE or RUNNING, not 'stopped'"),
    ],
)
def test_a_stop_that_breaks_is_a_fault_of_its_halt_and_it_is_halted_once(
    tmp_path: Path, where: str, calls: list[str], message: str
) -> None:
    node = f"{{sequence: [{{break_down: {{where: {where}}}, halt: {{within: 1.0}}}}], while: flag}}"
    robot = Robot(tmp_path, "rest", node)
    robot.tick()
    robot.tick(flag=False)
    tick = robot.tick()
    assert tick.fault is not None
    assert (tick.fault.site, tick.fault.where, tick.fault.message) == ("halt", "second/break_down", message)
    assert robot.log == calls
    assert robot.tick().fault is None
    assert robot.log == ["rest"]


def test_three_that_do_not_stop_are_as_many_faults(tmp_path: Path) -> None:
    robot = Robot(tmp_path, "rest", "{break_down: , while: flag, halt: {within: 1.0}}")
    faults = 0
    while robot.agent.mode != FAULTED:
        faults += robot.tick(flag=robot.number % 3 == 0).fault is not None
        assert robot.number < 20
    assert faults == 3


def test_an_agent_that_is_saved_while_something_stops_goes_on_alike(tmp_path: Path) -> None:
    robot = Robot(tmp_path, "{walk: , if: not flag}", DRIVING)
    robot.tick()
    robot.tick(flag=False)
    robot.tick()
    saved = json.loads(json.dumps(robot.agent.snapshot()))
    again = Agent.restore(robot.spec, saved, services={"log": robot.log})
    ways = []
    for agent in (robot.agent, again):
        robot.agent, robot.number, way = agent, 3, []
        for _ in range(4):
            tick = robot.tick()
            way.append((asked(tick), tick.statuses, list(robot.log)))
        ways.append(way)
    assert ways[0] == ways[1]
    assert ways[0][1][2] == ["brake 0, granted", "halt at 0", "walk"]


@pytest.mark.parametrize(
    ("node", "code", "line"),
    [
        ("walk:\nhalt: {within: 1.0}", "E503", 5),
        ("sequence: [walk]\nhalt: {within: 1.0}", "E503", 5),
        ("slip:\nhalt: {within: 0}", "E205", 5),
        ("slip:\nhalt: {within: -1.0}", "E205", 5),
        ("slip:\nhalt: {within: soon}", "E205", 5),
        ("slip:\nhalt: {within: true}", "E205", 5),
        ("slip:\nhalt: {within: 1.0, or: 2}", "E205", 5),
        ("slip:\nhalt: 1.0", "E205", 5),
        ("slip:\nhalt:", "E205", 5),
    ],
)
def test_the_option_is_for_skills_that_can_stop_and_needs_a_time(
    tmp_path: Path, node: str, code: str, line: int
) -> None:
    text = "tree: robot\nuses: {flag: bool}\nroot:\n" + "".join(f"  {part}\n" for part in node.splitlines())
    assert [(p.code, p.line) for p in tree_problems(tmp_path, REGISTRY, text)] == [(code, line)]
