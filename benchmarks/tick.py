"""How fast trees tick: t800 against hand-written py_trees, side by side in one run.

    python benchmarks/tick.py [--json] [--rounds 7]

Every round times py_trees, t800 and the floor one after the other, so that a slow moment of the
machine hits all three; each figure is of the best round, the least disturbed one, in nanoseconds per visited
node. It is the thread's own time on the processor, so that what else runs on the machine does not count.
The floor is the same leaf callables in a bare loop: what no engine can be faster than. py_trees'
leaves read plain attributes, and its logger is at WARN. Statuses are compared before anything is timed.
At the end stands what a State weighs, and how long a copy of it takes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import thread_time_ns
from types import SimpleNamespace
from typing import Any

import py_trees
from py_trees.behaviour import Behaviour
from py_trees.behaviours import Running, Success
from py_trees.common import ParallelPolicy, Status
from py_trees.composites import Parallel, Selector, Sequence
from py_trees.decorators import Inverter, Retry, Timeout

from t800 import Agent, Blackboard, Context, Observation, Out, build, compile, record
from t800.loader.agent import load_agent
from t800.loader.files import Files
from t800.loader.tree import load_tree
from t800.nodes import KINDS
from t800.nodes.frame import Frame
from t800.nodes.skill import SkillLeaf
from t800.registry import Registry, sense, skill

SUCCESS, FAILURE, RUNNING = Status.SUCCESS, Status.FAILURE, Status.RUNNING
HERE = Path(__file__).parent

ANSWERS = {
    "stop_motors": SUCCESS,
    "wiggle": RUNNING,
    "back_off": RUNNING,
    "call_for_help": RUNNING,
    "is_busy": SUCCESS,
    "go_to_dock": RUNNING,
    "dock": RUNNING,
    "steer_away": SUCCESS,
    "is_answered": FAILURE,
    "approach": RUNNING,
    "greet": SUCCESS,
    "is_dropped": FAILURE,
    "deliver": RUNNING,
    "is_blocked": FAILURE,
    "drive": RUNNING,
    "patrol": RUNNING,
    "is_muted": FAILURE,
    "look_around": RUNNING,
}
"""What the skills of the realistic tree answer: it is the tree that is timed, not its leaves."""


def answering(name: str, answer: Status) -> Callable[..., Status]:
    """A skill that does nothing but answer."""

    def leaf(ctx: Context) -> Status:
        return answer

    leaf.__name__ = name
    leaf.__annotations__ = {"ctx": Context, "return": Status}
    return skill(leaf)


class Leaf(Behaviour):
    """The py_trees leaf that calls the same function."""

    def __init__(self, name: str, call: Callable[..., Status]) -> None:
        super().__init__(name)
        self.call = call

    def update(self) -> Status:
        return self.call(None)


class If(Behaviour):
    """A condition over plain attributes."""

    def __init__(self, name: str, holds: Callable[[Any], bool], world: Any) -> None:
        super().__init__(name)
        self.holds = holds
        self.world = world

    def update(self) -> Status:
        return SUCCESS if self.holds(self.world) else FAILURE


class Do(Behaviour):
    """An assignment to a plain attribute."""

    def __init__(self, name: str, do: Callable[[Any], None], world: Any) -> None:
        super().__init__(name)
        self.do = do
        self.world = world

    def update(self) -> Status:
        self.do(self.world)
        return SUCCESS


class Hold(Behaviour):
    """RUNNING for so many ticks."""

    def __init__(self, name: str, ticks: int) -> None:
        super().__init__(name)
        self.ticks = ticks
        self.count = 0

    def initialise(self) -> None:
        self.count = 0

    def update(self) -> Status:
        self.count += 1
        return RUNNING if self.count <= self.ticks else SUCCESS


def realistic(world: Any, calls: dict[str, Callable[..., Status]]) -> Behaviour:
    """The tree of trees/realistic.yaml, written by hand for py_trees."""

    def act(name: str) -> Behaviour:
        return Leaf(name, calls[name])

    def check(holds: Callable[[Any], bool]) -> Behaviour:
        return If("check", holds, world)

    def put(key: str, value: Any) -> Behaviour:
        return Do("set", lambda w: setattr(w, key, value), world)

    def log(w: Any) -> None:
        w.laps += 1

    first = [
        check(lambda w: w.temperature > 80.0 or w.battery < 0.05),
        act("stop_motors"),
        Hold("wait", 50),
    ]
    wiggle = Sequence("sequence", True, [act("wiggle"), act("back_off")])
    unstick = Selector("selector", True, [Timeout("timeout", wiggle, 1e9), act("call_for_help")])
    low = Sequence("idle_and_low", False, [check(lambda w: w.battery < 0.5), Inverter("invert", act("is_busy"))])
    needs = Selector("needs_charge", True, [check(lambda w: w.battery < 0.2), low])
    charge = Timeout("timeout", Sequence("sequence", True, [act("go_to_dock"), act("dock")]), 1e9)
    avoid = Sequence("avoid", False, [check(lambda w: w.obstacle < 0.5), put("slow", True), act("steer_away")])
    clear = Sequence("clear", True, [put("slow", False), Success("succeed")])
    answer = [
        check(lambda w: w.called and w.person < 8.0),
        Inverter("invert", act("is_answered")),
        Timeout("timeout", act("approach"), 1e9),
    ]
    polite = [check(lambda w: w.person < 2.0 and not w.greeted), act("greet"), put("greeted", True)]
    people = [Sequence("answer", False, answer), Sequence("be_polite", False, polite), Success("succeed")]
    bring = [
        check(lambda w: w.carrying),
        Inverter("invert", act("is_dropped")),
        Retry("retry", Timeout("timeout", act("deliver"), 1e9), 2),
    ]
    travel = [check(lambda w: w.goal > 0.1), Inverter("invert", act("is_blocked")), act("drive")]
    work = [Sequence("bring", False, bring), Sequence("travel", False, travel), act("patrol")]
    turn = Sequence("turn", False, [check(lambda w: not w.stuck), Timeout("timeout", act("look_around"), 1e9)])
    watch = [
        check(lambda w: w.battery > 0.05),
        Inverter("invert", act("is_muted")),
        Selector("observe", False, [check(lambda w: w.person > 50.0), turn]),
    ]
    live = [
        Selector("keep_distance", False, [avoid, clear]),
        Selector("people", False, people),
        Selector("work", False, work),
        Sequence("watch", False, watch),
        Sequence("keep_log", True, [check(lambda w: w.battery > 0.0), Do("set", log, world), Running("running")]),
    ]
    return Selector(
        "realistic",
        False,
        [
            Sequence("protect_itself", False, first),
            Sequence("get_free", False, [check(lambda w: w.stuck), Retry("retry", unstick, 3)]),
            Sequence("recharge", False, [needs, charge]),
            Parallel("live", ParallelPolicy.SuccessOnAll(synchronise=True), live),
        ],
    )


CALM = {
    "battery": 0.4,
    "temperature": 40.0,
    "stuck": False,
    "obstacle": 3.0,
    "person": 20.0,
    "called": False,
    "carrying": False,
    "goal": 5.0,
    "slow": False,
    "greeted": False,
    "laps": 0,
}
FRAMES = [
    {},
    {"obstacle": 0.3},
    {"person": 5.0, "called": True},
    {"person": 1.5},
    {"carrying": True, "person": 5.0, "called": True},
    {"goal": 0.0, "battery": 0.9},
    {"battery": 0.15},
    {"stuck": True},
    {"carrying": True, "obstacle": 0.2},
    {"goal": 2.0, "person": 7.0},
]
"""What the robot meets; each holds for twenty ticks, so that the inputs' cost does not dilute the ticks'."""
HELD = 20


@dataclass
class Case:
    """What is timed: each of the three runs `repeats` ticks and is divided by the nodes visited in them."""

    name: str
    nodes: int
    visited: float
    py_trees: Callable[[], None]
    t800: Callable[[], None]
    floor: Callable[[], None]
    ticks: int


def count_visited(root: Behaviour) -> int:
    """The nodes that one tick of py_trees visits."""
    return sum(1 for _ in root.tick())


def leaf(name: str, call: Any, registry: Registry, frame: Frame) -> Behaviour:
    return SkillLeaf(name, registry.skills[call.__name__], {}, frame)


def same(plan: Any, state: Any, root: Behaviour) -> None:
    """Refuse to time two things that do not do the same."""
    from t800.engine import preorder

    stock = [node.status for node in preorder(root)[0]]
    if stock != state.status:
        raise SystemExit(f"{plan.ids[0]}: py_trees and t800 disagree")


def flat_case(name: str, ours: Behaviour, stock: Behaviour, calls: list[Callable[..., Status]], ticks: int) -> Case:
    """A tree that does the same in every tick."""
    plan = compile(ours)
    state, board = plan.state(), Blackboard({})
    ctx = Context(board)
    for _ in range(3):
        visited = count_visited(stock)
        plan.tick(state, board, ctx)
        same(plan, state, stock)

    def run_stock() -> None:
        for _ in range(ticks):
            for _ in stock.tick():
                pass

    def run_ours() -> None:
        tick = plan.tick
        for _ in range(ticks):
            tick(state, board, ctx)

    def run_floor() -> None:
        for _ in range(ticks):
            for call in calls:
                call(ctx)

    return Case(name, len(plan.ids), visited, run_stock, run_ours, run_floor, ticks)


def skills_case(ticks: int) -> Case:
    registry = Registry()
    call = answering("step", SUCCESS)
    registry.add(call)
    ours = Sequence("skills", True, [leaf(f"s{i}", call, registry, Frame()) for i in range(100)])
    return flat_case(
        "skills", ours, Sequence("skills", True, [Leaf(f"s{i}", call) for i in range(100)]), [call] * 100, ticks
    )


def opaque_case(ticks: int) -> Case:
    call = answering("step", SUCCESS)
    trees = [Sequence("opaque", True, [Leaf(f"s{i}", call) for i in range(100)]) for _ in range(2)]
    return flat_case("opaque", trees[0], trees[1], [call] * 100, ticks)


def fallback_case(ticks: int, depth: int = 50, name: str = "fallback") -> Case:
    registry = Registry()
    fails, works = answering("fails", FAILURE), answering("works", RUNNING)
    registry.add(fails)
    registry.add(works)
    frame = Frame()
    ours: Behaviour = leaf("works", works, registry, frame)
    stock: Behaviour = Leaf("works", works)
    for level in range(depth):
        ours = Selector(f"or{level}", False, [leaf("fails", fails, registry, frame), ours])
        stock = Selector(f"or{level}", False, [Leaf("fails", fails), stock])
    return flat_case(name, ours, stock, [fails] * depth + [works], ticks)


def chain(depth: int) -> Any:
    """A plan of inverters over one leaf, with its state."""
    registry = Registry()
    works = answering("works", RUNNING)
    registry.add(works)
    node: Behaviour = leaf("works", works, registry, Frame())
    for level in range(depth):
        node = Sequence(f"then{level}", True, [node])
    plan = compile(node)
    return plan, plan.state()


def chain_case(depth: int, ticks: int) -> Case:
    """A chain too deep for py_trees: timed against a chain of ten levels, per node."""
    (deep, deep_state), (short, short_state) = chain(depth), chain(10)
    board = Blackboard({})
    ctx = Context(board)
    rounds = depth // 10

    def run_deep() -> None:
        for _ in range(ticks):
            deep.tick(deep_state, board, ctx)

    def run_short() -> None:
        for _ in range(ticks * rounds):
            short.tick(short_state, board, ctx)

    return Case(f"depth_{depth}", len(deep.ids), len(deep.ids), run_short, run_deep, run_short, ticks)


def realistic_case(repeats: int) -> Case:
    registry = Registry(kinds=dict(KINDS))
    calls = {name: answering(name, answer) for name, answer in ANSWERS.items()}
    for call in calls.values():
        registry.add(call)
    spec = load_tree(HERE / "trees/realistic.yaml", registry, Files(registry))
    plan = compile(build(spec, registry))
    state = plan.state()
    board = Blackboard(spec.all_uses(), CALM)
    ctx = Context(board, dt=0.1)
    world = SimpleNamespace(**CALM)
    root = realistic(world, calls)

    # Once through with every status compared, the visits counted, and the calls of leaves noted.
    visited = ticks = 0
    called: list[Callable[..., Status]] = []
    for frame in FRAMES:
        now = {**CALM, **frame}
        board.values.update(now)
        world.__dict__.update(now)
        for _ in range(HELD):
            for node in root.tick():
                visited += 1
                if isinstance(node, Leaf):
                    called.append(node.call)
            ctx.tick += 1
            plan.tick(state, board, ctx)
            same(plan, state, root)
            ticks += 1
    frames = [{**CALM, **frame} for frame in FRAMES]

    def run_stock() -> None:
        for _ in range(repeats):
            for frame in frames:
                world.__dict__.update(frame)
                for _ in range(HELD):
                    for _ in root.tick():
                        pass

    def run_ours() -> None:
        tick, values = plan.tick, board.values
        for _ in range(repeats):
            for frame in frames:
                values.update(frame)
                for _ in range(HELD):
                    ctx.tick += 1
                    tick(state, board, ctx)

    def run_floor() -> None:
        for _ in range(repeats):
            for call in called:
                call(ctx)

    return Case("realistic", len(plan.ids), visited / ticks, run_stock, run_ours, run_floor, repeats * ticks)


def measure(case: Case, rounds: int) -> dict[str, Any]:
    """Nanoseconds per visited node of the three in their best rounds, interleaved."""
    times: dict[str, list[float]] = {"py_trees": [], "t800": [], "floor": []}
    for _ in range(rounds):
        for name, run in (("py_trees", case.py_trees), ("t800", case.t800), ("floor", case.floor)):
            start = thread_time_ns()
            run()
            times[name].append((thread_time_ns() - start) / (case.ticks * case.visited))
    best = {name: min(found) for name, found in times.items()}
    return {
        "name": case.name,
        "nodes": case.nodes,
        "visited": round(case.visited, 1),
        "py_trees_ns": round(best["py_trees"], 1),
        "t800_ns": round(best["t800"], 1),
        "floor_ns": round(best["floor"], 1),
        "ratio": round(best["py_trees"] / best["t800"], 2),
    }


@record
class Reading(Observation):
    """What the whole agent's robot senses."""

    battery: float
    temperature: float
    stuck: bool
    obstacle: float
    person: float
    called: bool
    carrying: bool
    goal: float


@sense
def read(
    ctx: Context,
    battery: Out[float],
    temperature: Out[float],
    stuck: Out[bool],
    obstacle: Out[float],
    person: Out[float],
    called: Out[bool],
    carrying: Out[bool],
    goal: Out[float],
) -> None:
    """All readings, one key each."""
    seen = ctx.obs
    ctx.out(
        battery=seen.battery,
        temperature=seen.temperature,
        stuck=seen.stuck,
        obstacle=seen.obstacle,
        person=seen.person,
        called=seen.called,
        carrying=seen.carrying,
        goal=seen.goal,
    )


def agent_case(repeats: int) -> Case:
    """A whole Agent.tick over the realistic tree; py_trees' side copies the readings and ticks the tree."""
    registry = Registry(kinds=dict(KINDS))
    calls = {name: answering(name, answer) for name, answer in ANSWERS.items()}
    for thing in (*calls.values(), Reading, read):
        registry.add(thing)
    path = HERE / "configs/agents/robot.yaml"
    agent = Agent(load_agent(path, registry, Files(registry, HERE)))
    world = SimpleNamespace(**CALM)
    root = realistic(world, calls)
    readings = [name for name in CALM if name not in ("slow", "greeted", "laps")]
    frames = [{name: {**CALM, **frame}[name] for name in readings} for frame in FRAMES]
    visited = ticks = 0
    for frame in frames:
        world.__dict__.update(frame)
        for _ in range(HELD):
            visited += count_visited(root)
            ticks += 1
    state = SimpleNamespace(tick=0)

    def run_stock() -> None:
        for _ in range(repeats):
            for frame in frames:
                for _ in range(HELD):
                    world.__dict__.update(frame)
                    for _ in root.tick():
                        pass

    def run_ours() -> None:
        for _ in range(repeats):
            for frame in frames:
                for _ in range(HELD):
                    state.tick += 1
                    agent.tick(Reading(state.tick, **frame))

    def run_floor() -> None:
        for _ in range(repeats):
            for frame in frames:
                for _ in range(HELD):
                    world.__dict__.update(frame)

    return Case("agent", len(agent.plans[0].ids), visited / ticks, run_stock, run_ours, run_floor, repeats * ticks)


@skill
class carry:
    """A class skill that remembers two things."""

    steps: int = 0
    place: str = ""

    def tick(self, ctx: Context) -> Status:
        self.steps += 1
        self.place = "dock"
        return RUNNING

    def halt(self, ctx: Context) -> None:
        """Nothing is to be put down."""


def sharing(rounds: int, agents: int = 1000) -> dict[str, Any]:
    """What one State of a tree of 60 nodes weighs and how long a copy takes, with a thousand on one Plan.

    Four leaves are class skills, the dear part. The weight is what is allocated for all, shared out.
    """
    registry = Registry()
    for thing in (carry, answering("step", SUCCESS)):
        registry.add(thing)
    frame = Frame()

    def branch(place: int) -> Behaviour:
        steps = [SkillLeaf(f"step{i}", registry.skills["step"], {}, frame) for i in range(12 if place else 11)]
        inner = Sequence("steps", True, [*steps, SkillLeaf("carry", registry.skills["carry"], {}, frame)])
        return Selector("try", False, [inner])

    root = Parallel("live", ParallelPolicy.SuccessOnAll(synchronise=True), [branch(place) for place in range(4)])
    plan = compile(root)
    state, board = plan.state(), Blackboard({})
    plan.tick(state, board, Context(board))
    times = []
    for _ in range(rounds):
        start = thread_time_ns()
        for _ in range(agents):
            state.copy()
        times.append((thread_time_ns() - start) / agents)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    states = [state.copy() for _ in range(agents)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    if any(other != state for other in states):
        raise SystemExit("a copy differs")
    return {
        "nodes": len(plan.ids),
        "states": agents,
        "bytes": round((after - before) / agents),
        "copy_us": round(min(times) / 1000.0, 3),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """The figures for people."""
    lines = [
        f"{'case':<12}{'nodes':>7}{'visited':>9}{'py_trees':>11}{'t800':>9}{'floor':>9}{'ratio':>9}  ns a visited node"
    ]
    for row in rows:
        lines.append(
            f"{row['name']:<12}{row['nodes']:>7}{row['visited']:>9}{row['py_trees_ns']:>11}{row['t800_ns']:>9}"
            f"{row['floor_ns']:>9}{row['ratio']:>8}x"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds, of which the best is told")
    parser.add_argument("--scale", type=float, default=1.0, help="more or fewer ticks a round")
    options = parser.parse_args()
    py_trees.logging.level = py_trees.logging.Level.WARN

    def ticks(count: int) -> int:
        return max(1, int(count * options.scale))

    cases = [
        skills_case(ticks(200)),
        opaque_case(ticks(200)),
        fallback_case(ticks(200)),
        realistic_case(ticks(5)),
        agent_case(ticks(5)),
        chain_case(1000, ticks(20)),
        chain_case(5000, ticks(4)),
    ]
    rows = []
    for case in cases:
        print(f"timing {case.name} ...", file=sys.stderr)
        rows.append(measure(case, options.rounds))
    shared = sharing(options.rounds)
    if options.json:
        print(json.dumps({"cases": rows, "state": shared}))
        return
    print(table(rows))
    print(
        f"\n{shared['states']} states of {shared['nodes']} nodes on one plan: "
        f"{shared['bytes']} bytes each, copied in {shared['copy_us']} us"
    )


if __name__ == "__main__":
    main()
