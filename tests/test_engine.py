"""The engine: depth, states as data, third parties, and where things broke (R10-R12, design §5)."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any, ClassVar

import py_trees
import pytest
from lab import Stage, registry_of, tree_spec
from py_trees.behaviour import Behaviour
from py_trees.behaviours import Running, Success
from py_trees.composites import Composite, Selector, Sequence
from py_trees.decorators import Decorator, Inverter, Repeat, Retry

from t800.blackboard import Blackboard
from t800.builder import build
from t800.context import Context
from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Intent, Status
from t800.engine import Plan, State, compile, preorder
from t800.errors import ReentrantTickError, UsageError
from t800.nodes.frame import Frame
from t800.nodes.parallel import Parallel
from t800.nodes.skill import SkillLeaf
from t800.registry import skill
from t800.types import Keep, record

DEEP = 5_000


@record
class Say(Intent):
    channel: ClassVar[str] = "voice"


@skill
class tally:
    """Runs until it is halted; counts."""

    ticks: int = 0
    halts: Keep[int] = 0
    seen: list[float] = ()  # type: ignore[assignment]

    def tick(self, ctx: Context) -> Status:
        self.ticks += 1
        self.seen = [*self.seen, ctx.now]
        ctx.feedback(f"tick {self.ticks}")
        return RUNNING

    def halt(self, ctx: Context) -> None:
        self.halts += 1


@skill
def ask(ctx: Context) -> Status:
    """Asks for the voice."""
    return ctx.intend(Say())


@skill
def breaks(ctx: Context) -> Status:
    """Breaks."""
    raise ValueError("broken")


@skill
class strays:
    """Remembers what is no field."""

    def tick(self, ctx: Context) -> Status:
        self.secret = ctx.tick
        return SUCCESS


@skill
class holds:
    """Remembers what is not of its field's type."""

    level: float = 0.0

    def tick(self, ctx: Context) -> Status:
        self.level = "high"  # type: ignore[assignment]
        return SUCCESS


@skill
class notes:
    """Remembers plain values of every kind."""

    count: int = 0
    heat: float = 0.0
    place: str = ""
    odd: bool = False

    def tick(self, ctx: Context) -> Status:
        return RUNNING


@skill
@dataclass(slots=True)
class slotted:
    """Remembers in slots."""

    count: int = 0

    def tick(self, ctx: Context) -> Status:
        return RUNNING


@skill
@dataclass
class prepared:
    """Works something out of its field."""

    count: int = 2

    def __post_init__(self) -> None:
        self.count *= 3

    def tick(self, ctx: Context) -> Status:
        return RUNNING


REGISTRY = registry_of(Say, tally, ask, breaks, strays, holds)


def stage(folder: Path, root: str, **others: str) -> Stage:
    return Stage(tree_spec(folder, REGISTRY, f"tree: robot\nuses: {{n: int}}\nroot: {root}\n", **others), REGISTRY)


class Alone:
    """A tree made in code, compiled, with what it stands on."""

    def __init__(self, root: Behaviour) -> None:
        self.board = Blackboard({})
        self.ctx = Context(self.board)
        self.plan = compile(root)
        self.state = self.plan.state()

    def tick(self) -> Status:
        status = self.plan.tick(self.state, self.board, self.ctx)
        self.ctx.tick += 1
        return status

    def halt(self) -> None:
        self.plan.halt(self.state, self.board, self.ctx)


WRAPS: dict[str, Callable[[Behaviour], Behaviour]] = {
    "sequence": lambda child: Sequence("s", True, [child]),
    "selector": lambda child: Selector("s", True, [child]),
    "reactive_sequence": lambda child: Sequence("s", False, [child]),
    "reactive_selector": lambda child: Selector("s", False, [child]),
    "parallel": lambda child: Parallel("p", 1, 1, [child]),
    "invert": lambda child: Inverter("i", child),
    "retry": lambda child: Retry("r", child, 3),
    "repeat": lambda child: Repeat("r", child, 2),
    "two children": lambda child: Sequence("s", True, [Success("first"), child]),
}


@pytest.mark.parametrize("kind", [*WRAPS, "mixed"])
def test_a_tree_of_five_thousand_levels_ticks_halts_and_is_shown(kind: str) -> None:
    leaf = SkillLeaf("leaf", tally.__t800__, {}, Frame())
    root: Behaviour = leaf
    wraps = cycle(WRAPS.values() if kind == "mixed" else [WRAPS[kind]])
    for _ in range(DEEP):
        root = next(wraps)(root)
    deep = Alone(root)
    assert [deep.tick(), deep.tick()] == [RUNNING, RUNNING]
    place = deep.plan.nodes.index(leaf)
    memory = deep.state.memory[deep.plan.slot_of[place]]
    assert (memory.ticks, memory.halts) == (2, 0)
    assert deep.state.status.count(RUNNING) == DEEP + 1
    assert deep.plan.tip(deep.state) == deep.plan.ids[place]
    assert deep.plan.feedback(deep.state)[place] == "tick 2"
    assert deep.plan.paint(deep.state).status == RUNNING
    assert deep.state.copy() == deep.state
    deep.halt()
    assert memory.halts == 1
    assert set(deep.state.status) == {INVALID}


def test_subtrees_in_subtrees_tick_at_five_thousand_levels(tmp_path: Path) -> None:
    levels, files = 50, DEEP // 50
    trees = {}
    for number in range(files):
        inside = f"{{subtree: part_{number + 1}}}" if number + 1 < files else "{tally: , name: leaf}"
        trees[f"part_{number}"] = f"tree: part_{number}\nroot: {'{invert: ' * levels}{inside}{'}' * levels}\n"
    deep = stage(tmp_path, "{subtree: part_0}", **trees)
    assert [deep.tick(), deep.tick()] == [RUNNING, RUNNING]
    assert len(deep.plan.ids) == DEEP + 1
    assert max(depth for depth, _ in deep.plan.walk()) == DEEP
    assert deep.plan.ids[-1].endswith("/part_99/" + "invert/" * (levels - 1) + "leaf")
    deep.halt()
    assert set(deep.state.status) == {INVALID}


def test_a_recursion_that_is_a_fault_deep_down_names_its_node() -> None:
    root: Behaviour = SkillLeaf("leaf", breaks.__t800__, {}, Frame())
    for _ in range(DEEP):
        root = Sequence("s", False, [root])
    deep = Alone(root)
    with pytest.raises(ValueError, match="broken") as caught:
        deep.tick()
    assert deep.plan.where(caught.tb) == DEEP


BUSY = """
  reactive_selector:
    - sequence:
        - check: n > 5
        - tally: {}
          name: high
    - parallel:
        - tally
        - timeout: {retry: fail, times: forever}
          seconds: 0.3
        - wait: 0.5
        - ask
      fail_after: 2
"""


def busy(folder: Path, ticks: int = 0) -> Stage:
    made = stage(folder, BUSY)
    made.board.write("n", 1, 0)
    for _ in range(ticks):
        made.tick()
        made.grant("robot/parallel/ask", "voice", "suppressed")
    return made


def test_a_state_is_data_that_saves_and_loads(tmp_path: Path) -> None:
    for ticks in range(7):
        made = busy(tmp_path, ticks)
        saved = json.loads(json.dumps(made.state.save()))
        other = made.plan.state()
        other.load(saved)
        assert other == made.state
        assert other.save() == made.state.save()
        follow(made, made.state, other)


def follow(made: Stage, one: State, other: State) -> None:
    """Two states of a plan go on alike."""
    for number in range(8):
        made.board.write("n", 9 if number == 5 else 1, made.ctx.tick)
        made.ctx.tick += 1
        statuses = [made.plan.tick(state, made.board, made.ctx) for state in (one, other)]
        assert statuses[0] is statuses[1]
        assert one == other
        assert made.plan.feedback(one) == made.plan.feedback(other)


def test_a_copy_goes_on_alike_and_on_its_own(tmp_path: Path) -> None:
    made = busy(tmp_path, 2)
    other = made.state.copy()
    before = made.state.save()
    for _ in range(5):
        made.plan.tick(other, made.board, made.ctx)
    assert made.state.save() == before
    assert other != made.state
    follow(made, made.state, made.state.copy())


@pytest.mark.parametrize(
    ("leaf", "written", "copied"),
    [
        (notes, {"count": 3, "heat": 0.5, "place": "dock", "odd": True}, None),
        (notes, {"heat": 2}, {"heat": 2.0}),
        (notes, {"heat": float("nan")}, {"heat": None}),
        (notes, {"heat": float("inf")}, {"heat": None}),
        (notes, {"place": None}, None),
        (slotted, {"count": 4}, None),
        (prepared, {"count": 5}, None),
        (tally, {"seen": [1.0]}, {"seen": (1.0,)}),
    ],
)
def test_a_copy_remembers_what_a_class_skill_does_as_it_would_be_saved(
    leaf: Any, written: dict[str, Any], copied: dict[str, Any] | None
) -> None:
    alone = Alone(SkillLeaf("leaf", leaf.__t800__, {}, Frame()))
    alone.tick()
    for name, value in written.items():
        setattr(alone.state.memory[0], name, value)
    made = alone.state.copy().memory[0]
    assert made is not alone.state.memory[0]
    assert type(made) is leaf
    for name, value in (copied or written).items():
        assert (getattr(made, name), type(getattr(made, name))) == (value, type(value))
    setattr(made, next(iter(written)), 9)
    assert getattr(alone.state.memory[0], next(iter(written))) is not getattr(made, next(iter(written)))


@pytest.mark.parametrize("value", [True, "three", 1.5, [3]])
def test_a_copy_is_refused_where_a_field_holds_what_it_cannot(value: Any) -> None:
    alone = Alone(SkillLeaf("leaf", notes.__t800__, {}, Frame()))
    alone.tick()
    alone.state.memory[0].count = value
    with pytest.raises(UsageError, match="field count"):
        alone.state.copy()
    alone.state.memory[0].count = 1
    alone.state.memory[0].more = 1
    with pytest.raises(UsageError, match="remembers 'more'"):
        alone.state.copy()


def test_states_differ_by_status_memory_feedback_and_fate(tmp_path: Path) -> None:
    made = busy(tmp_path, 2)
    for change in (
        lambda state: state.status.__setitem__(0, FAILURE),
        lambda state: state.memory.__setitem__(0, 7),
        lambda state: state.feedback.update({0: "other"}),
        lambda state: state.fates.clear(),
    ):
        other = made.state.copy()
        assert other == made.state
        change(other)
        assert other != made.state
    assert made.state != busy(tmp_path, 2).state  # of another plan
    assert made.state != "a state"
    with pytest.raises(TypeError, match="unhashable"):
        hash(made.state)


def test_a_thousand_states_share_one_plan(tmp_path: Path) -> None:
    made = busy(tmp_path)
    states = [made.plan.state() for _ in range(1000)]
    for tick in range(4):
        made.ctx.tick = tick
        for number, state in enumerate(states):
            if number % 3 != tick % 3:
                made.plan.tick(state, made.board, made.ctx)
    kinds = {json.dumps(state.save(), sort_keys=True) for state in states}
    assert len(kinds) == 3
    assert states[0] == states[999]
    assert states[0] != states[1]
    memories = [state.memory[made.plan.slot_of[made.plan.ids.index("robot/parallel/tally")]] for state in states]
    assert len({id(memory) for memory in memories}) == 1000


def test_a_skill_that_remembers_what_is_no_field_is_told_at_once_and_forgets_it(tmp_path: Path) -> None:
    for name, words in (
        ("strays", "'secret', which is none of its fields"),
        ("holds", "skill holds, field level: expected float"),
    ):
        made = stage(tmp_path, name)
        before = made.state.save()["memory"]
        with pytest.raises(ValueError, match=words):
            made.tick()
        made.halt()
        assert made.state.save()["memory"] == before


def test_tip_feedback_and_picture_are_those_of_py_trees(tmp_path: Path) -> None:
    made = busy(tmp_path, 3)
    root = made.plan.paint(made.state)
    assert root is made.root
    assert made.plan.tip(made.state) == "robot/parallel/ask"
    tip = root.tip()
    assert tip is not None
    assert tip.name == "ask"
    assert [node.feedback_message for node in made.plan.nodes] == made.plan.feedback(made.state)
    picture = py_trees.display.unicode_tree(root, show_status=True)
    assert "tally [*] -- tick 3" in picture
    made.halt()
    assert made.plan.tip(made.state) is None
    assert set(made.plan.feedback(made.state)) == {""}
    assert made.plan.paint(made.state).status == INVALID


def test_ids_are_paths_and_equal_names_are_numbered(tmp_path: Path) -> None:
    made = stage(tmp_path, "{sequence: [succeed, {succeed: , if: n > 0}, {sequence: [succeed], name: succeed}, fail]}")
    assert made.plan.ids == [
        "robot",
        "robot/succeed",
        "robot/succeed#2.guard",
        "robot/succeed#2",
        "robot/succeed#3",
        "robot/succeed#3/succeed",
        "robot/fail",
    ]
    assert [depth for depth, _ in made.plan.walk()] == [0, 1, 1, 2, 1, 2, 1]
    # An id stands for one node, also where somebody's name looks like a number.
    names = ["a", "a#2", "a", "a"]
    plan = compile(Sequence("s", True, [Success(name) for name in names]))
    assert len(set(plan.ids)) == len(plan.ids)


def test_a_guard_around_a_tree_that_has_one_has_an_id_of_its_own(tmp_path: Path) -> None:
    part = "tree: part\nuses: {n: int}\nroot:\n  {succeed: , while: n > 1}\n"
    made = stage(tmp_path, "{sequence: [{subtree: part, while: n > 0}]}", part=part)
    assert made.plan.ids == ["robot", "robot/part.guard", "robot/part.guard#2", "robot/part"]


class Stranger(Behaviour):
    """A third-party leaf that notes its calls."""

    def __init__(self, name: str, answers: str, log: list[str]) -> None:
        super().__init__(name)
        self.answers = cycle(answers)
        self.log = log

    def initialise(self) -> None:
        self.log.append(f"{self.name} initialise")

    def update(self) -> Status:
        self.log.append(f"{self.name} update")
        answer = next(self.answers)
        return {"S": SUCCESS, "F": FAILURE, "R": RUNNING}[answer]

    def terminate(self, new_status: Status) -> None:
        self.log.append(f"{self.name} terminate {new_status.name}")


class OwnTick(Decorator):
    """A third-party decorator with a tick of its own: it ticks its child every other time."""

    def __init__(self, child: Behaviour) -> None:
        super().__init__("own", child)
        self.times = 0

    def tick(self) -> Iterator[Behaviour]:
        self.times += 1
        if self.times % 2:
            yield from super().tick()
        else:
            self.status = RUNNING
            yield self

    def update(self) -> Status:
        return self.decorated.status


class OwnStop(Sequence):
    """A third-party sequence with a stop of its own."""

    log: list[str]

    def stop(self, new_status: Status = INVALID) -> None:
        self.log.append(f"stop {new_status.name}")
        super().stop(new_status)


class Subclass(Inverter):
    """It changes nothing that we know of, and so nothing is taken for known."""

    def update(self) -> Status:
        return SUCCESS


def strange(wrap: Callable[[Behaviour], Behaviour], log: list[str]) -> Behaviour:
    inner = Sequence("inner", False, [Stranger("a", "SSF", log), Stranger("b", "RRS", log)])
    wrapped = wrap(inner)
    wrapped.log = log  # type: ignore[attr-defined]
    return Selector("root", False, [wrapped, Stranger("c", "RS", log)])


STRANGE: dict[str, Callable[[Behaviour], Behaviour]] = {
    "leaves only": lambda node: node,
    "a tick of its own": OwnTick,
    "a stop of its own": lambda node: OwnStop("own", True, [node]),
    "a subclass": lambda node: Subclass("sub", node),
    "nothing inside": lambda node: Sequence("empty", True, []),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_third_parties_are_called_as_py_trees_calls_them(kind: str) -> None:
    stock_log: list[str] = []
    stock = strange(STRANGE[kind], stock_log)
    log: list[str] = []
    ours = Alone(strange(STRANGE[kind], log))
    for tick in range(12):
        if tick in (4, 9):
            stock.stop(INVALID)
            ours.halt()
        else:
            stock.tick_once()
            assert ours.tick() == stock.status
        assert log == stock_log
        assert ours.state.status == [node.status for node in preorder(stock)[0]]
        tip = stock.tip()
        assert ours.plan.tip(ours.state) == (tip and ours.plan.ids[[n.name for n in ours.plan.nodes].index(tip.name)])


def test_a_plan_with_third_parties_belongs_to_one_state() -> None:
    ours = Alone(strange(OwnTick, []))
    assert ours.plan.foreign == ("root/own", "root/c")
    ours.tick()
    for call in (ours.state.copy, ours.state.save, lambda: ours.state.load({})):
        with pytest.raises(UsageError, match="third-party behaviours, whose state is their own: root/own"):
            call()
    assert ours.state == ours.state
    assert ours.state != ours.plan.state()


def test_a_third_party_that_answers_nonsense_is_treated_as_py_trees_does() -> None:
    class Odd(Behaviour):
        def update(self) -> Any:
            return "maybe"

    made = [Selector("s", False, [Odd("odd"), Running("r")]) for _ in range(2)]
    made[0].tick_once()
    ours = Alone(made[1])
    assert ours.tick() == made[0].status == RUNNING
    assert ours.state.status[1] == made[0].children[0].status == INVALID


def test_a_tree_is_not_ticked_or_halted_while_it_ticks() -> None:
    calls: list[Callable[[Context], Any]] = []

    @skill
    def meddle(ctx: Context) -> Status:
        calls[-1](ctx)
        return SUCCESS

    made = Alone(SkillLeaf("meddle", meddle.__t800__, {}, Frame()))
    for call in (made.plan.tick, made.plan.halt):
        calls.append(lambda ctx, call=call: call(made.state, made.board, ctx))
        with pytest.raises(ReentrantTickError, match="being ticked"):
            made.tick()
    calls.append(lambda ctx: made.plan.tick(made.plan.state(), made.board, ctx) if len(calls) < 4 else None)
    calls.append(lambda ctx: None)
    assert made.tick() is SUCCESS  # an error leaves it ready to tick


SOURCE = """
import sys; sys.path[:0] = {path!r}
import test_engine; from pathlib import Path
made = test_engine.busy(Path({folder!r}))
print(made.plan.source); print(made.plan.ids); print(made.state.save())
"""


def test_generated_source_is_the_same_text_for_every_hash_seed(tmp_path: Path) -> None:
    program = SOURCE.format(path=[str(Path(__file__).parent)], folder=str(tmp_path))
    texts = [
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1]
    assert busy(tmp_path).plan.source in texts[0]


def test_where_tells_the_node_that_raised(tmp_path: Path) -> None:
    inner = "{selector: [fail, {retry: {sequence: [succeed, breaks]}, times: 2}]}"
    made = stage(tmp_path, f"{{parallel: [ask, {inner}, tally]}}")
    with pytest.raises(ValueError, match="broken") as caught:
        made.tick()
    place = made.plan.where(caught.tb)
    assert place is not None
    assert made.plan.ids[place] == "robot/selector/retry/sequence/breaks"
    assert made.plan.where(None) is None
    made.halt()
    assert set(made.state.status) == {INVALID}


def test_a_traceback_shows_the_generated_line(tmp_path: Path) -> None:
    made = stage(tmp_path, "{sequence: [succeed, breaks]}")
    with pytest.raises(ValueError, match="broken") as caught:
        made.tick()
    shown = [entry.line for entry in traceback.extract_tb(caught.tb) if entry.filename == "<plan of robot>"]
    assert len(shown) == 1
    assert "(ctx)" in str(shown[0])


def test_constants_of_ports_are_there_also_where_only_options_read_them(tmp_path: Path) -> None:
    part = "tree: part\nports: {who: entity, friends: {type: 'list[entity]', default: [john, sarah]}}\nroot:\n"
    for root in ("{succeed: , if: who in friends}", "{invert: fail, while: who in friends}"):
        made = stage(tmp_path, "{subtree: part, with: {who: john}}", part=f"{part}  {root}\n")
        assert made.tick() is SUCCESS
        made = stage(tmp_path, "{subtree: part, with: {who: hunter}}", part=f"{part}  {root}\n")
        assert made.tick() is FAILURE


def test_one_node_is_one_node_and_a_tree_is_not_two() -> None:
    plan = compile(Success("alone"))
    assert isinstance(plan, Plan)
    assert plan.ids == ["alone"]
    assert plan.tick(plan.state(), Blackboard({}), Context(Blackboard({}))) is SUCCESS


def test_building_twice_gives_trees_that_share_nothing(tmp_path: Path) -> None:
    spec = tree_spec(tmp_path, REGISTRY, "tree: robot\nroot: {sequence: [tally]}\n")
    one, two = build(spec, REGISTRY), build(spec, REGISTRY)
    assert isinstance(one, Composite)
    assert not {id(node) for node in preorder(one)[0]} & {id(node) for node in preorder(two)[0]}
    with pytest.raises(TypeError):
        copy.deepcopy(one)  # py_trees trees cannot be copied; a State can
