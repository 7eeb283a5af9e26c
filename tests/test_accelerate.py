"""Hand-written py_trees trees ticked by generated code: nobody can tell the difference."""

from __future__ import annotations

import importlib
import random
import re
from typing import Any

import py_trees
import pytest
from differential import Side, Stranger, tree
from py_trees import composites, decorators
from py_trees.behaviour import Behaviour
from py_trees.trees import BehaviourTree

from t800 import ReentrantTickError, accelerate
from t800.core import INVALID, RUNNING, SUCCESS, Status
from t800.engine import preorder
from t800.nodes.frame import Frame


def names(node: Behaviour | None, nodes: list[Behaviour]) -> int | None:
    return None if node is None else nodes.index(node)


def picture(root: Behaviour) -> list[Any]:
    """All that py_trees keeps on its objects, and others can see."""
    nodes, _ = preorder(root)
    return [
        (
            node.name,
            node.status,
            node.feedback_message,
            names(node.current_child, nodes) if isinstance(node, composites.Composite) else None,
            names(node.tip(), nodes),
        )
        for node in nodes
    ]


def twins(seed: int) -> list[tuple[Behaviour, Side, Frame]]:
    """The same random tree twice, each on a blackboard and a script of its own."""
    dice = random.Random(seed)
    recipe = tree(dice, dice.choice([2, 3, 4]), [], True, root=True)
    made = []
    for _ in range(2):
        side, frame = Side.new(seed), Frame()
        root = recipe(frame, side.script)
        frame.set(side.board, side.ctx)
        for index, node in enumerate(preorder(root)[0]):
            if hasattr(node, "frame"):
                node.index = index
        made.append((root, side, frame))
    return made


def prepare(dice: random.Random, tick: int, sides: list[Side]) -> None:
    values = {"a": dice.random(), "b": dice.random(), "flag": dice.random() < 0.5, "n": dice.randint(0, 4)}
    for key, value in values.items():
        if dice.random() < 0.3:
            for side in sides:
                side.board.write(key, value, tick)
    for side in sides:
        side.script.tick = side.ctx.tick = tick
        side.script.calls.clear()
        side.ctx.asks.clear()


def edit(dice: random.Random, roots: list[Behaviour], sides: list[Side], number: int) -> None:
    """The same edit of both trees, by py_trees' own methods."""
    places = [i for i, n in enumerate(preorder(roots[0])[0]) if isinstance(n, composites.Composite) and n.children]
    place, grow, which = dice.choice(places), dice.random() < 0.6, dice.random()
    for root, side in zip(roots, sides, strict=True):
        node: Any = preorder(root)[0][place]
        if type(node) not in (composites.Sequence, composites.Selector):
            continue
        if grow:
            leaf = Stranger(number, Frame(), lambda side=side: side.script)
            node.insert_child(leaf, int(which * len(node.children)))
        elif len(node.children) > 1:
            child = node.children[int(which * len(node.children))]
            # py_trees itself cannot go on from a memory selector whose running child is gone.
            if child is not node.current_child:
                node.remove_child(child)


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_random_trees_look_the_same_accelerated_as_not(first: int) -> None:
    for seed in range(first, first + 20):
        (stock, stock_side, _), (fast, fast_side, _) = twins(seed)
        accelerate(fast)
        dice = random.Random(seed)
        sides = [stock_side, fast_side]
        for tick in range(40):
            prepare(dice, tick, sides)
            chance = dice.random()
            if chance < 0.1:
                stock.stop(INVALID)
                fast.stop(INVALID)
            elif chance < 0.2:
                edit(dice, [stock, fast], sides, 1000 + tick)
            elif chance < 0.6:
                stock.tick_once()
                fast.tick_once()
            else:
                seen = [(node.name, node.status) for node in stock.tick()]
                assert [(node.name, node.status) for node in fast.tick()] == seen, seed
            assert fast_side.script.calls == stock_side.script.calls, seed
            assert picture(fast) == picture(stock), seed


class Talker(py_trees.behaviour.Behaviour):
    """A leaf with all of py_trees' methods."""

    def __init__(self, name: str, answers: list[Status]) -> None:
        super().__init__(name)
        self.answers = answers
        self.said: list[str] = []

    def setup(self, **_: Any) -> None:
        self.said.append("setup")

    def initialise(self) -> None:
        self.said.append("initialise")

    def update(self) -> Status:
        answer = self.answers[len(self.said) % len(self.answers)]
        self.feedback_message = answer.name
        return answer

    def terminate(self, new_status: Status) -> None:
        self.said.append(f"{self.status.name}->{new_status.name}")


def patrol() -> composites.Selector:
    answers = [SUCCESS, RUNNING, Status.FAILURE]
    walk = composites.Sequence("walk", True, [Talker(f"step{i}", answers[i:] + answers[:i]) for i in range(3)])
    watch = composites.Parallel(
        "watch",
        py_trees.common.ParallelPolicy.SuccessOnOne(),
        [decorators.Timeout("patience", Talker("look", [RUNNING]), 1e6), Talker("listen", [RUNNING, SUCCESS])],
    )
    return composites.Selector("patrol", False, [decorators.Inverter("not", Talker("tired", answers)), walk, watch])


def test_visitors_and_handlers_of_a_behaviour_tree_see_what_they_would_have_seen() -> None:
    stories = []
    for fast in (False, True):
        root = patrol()
        if fast:
            accelerate(root)
        story: list[Any] = []
        world = BehaviourTree(root)
        visitor = py_trees.visitors.SnapshotVisitor()
        world.add_visitor(visitor)
        world.add_pre_tick_handler(lambda _, story=story: story.append("before"))
        world.add_post_tick_handler(lambda _, story=story: story.append("after"))
        world.setup()
        for tick in range(12):
            world.tick()
            order = {id(node): index for index, node in enumerate(preorder(root)[0])}
            ids = {node.id: order[id(node)] for node in preorder(root)[0]}
            story.append(
                (
                    world.count,
                    [(ids[key], status) for key, status in visitor.visited.items()],
                    [ids[key] for key in visitor.previously_visited],
                    visitor.changed,
                    py_trees.display.unicode_tree(root, show_status=True),
                )
            )
            if tick == 6:
                world.interrupt()
                world.tick()
        stories.append(story)
    assert stories[0] == stories[1]


def test_a_tree_that_ticks_itself_is_told_so() -> None:
    class Loop(Talker):
        def update(self) -> Status:
            self.root.tick_once()
            return SUCCESS

    leaf = Loop("loop", [SUCCESS])
    root = composites.Sequence("root", True, [leaf])
    leaf.root = root
    accelerate(root)
    with pytest.raises(ReentrantTickError):
        root.tick_once()


def test_at_debug_level_py_trees_ticks_itself(capsys: pytest.CaptureFixture[str]) -> None:
    root = patrol()
    accelerate(root)
    before = py_trees.logging.level
    py_trees.logging.level = py_trees.logging.Level.DEBUG
    try:
        root.tick_once()
    finally:
        py_trees.logging.level = before
    assert "Selector.tick()" in capsys.readouterr().out


def test_an_edit_behind_py_trees_back_is_seen_after_refresh() -> None:
    root = composites.Sequence("root", True, [decorators.Inverter("not", Talker("a", [SUCCESS]))])
    fast = accelerate(root)
    root.tick_once()
    assert root.status == Status.FAILURE
    other = Talker("b", [Status.FAILURE])
    root.children[0].children[0] = other
    root.children[0].decorated = other
    fast.refresh()
    root.tick_once()
    assert root.status == SUCCESS


def test_undo_gives_the_tree_back_to_py_trees() -> None:
    root = patrol()
    accelerate(root).undo()
    assert "tick" not in vars(root)
    root.tick_once()
    assert root.status != INVALID


def test_a_deep_tree_is_accelerated_where_py_trees_cannot_tick_it() -> None:
    node: Behaviour = Talker("leaf", [RUNNING])
    for level in range(3000):
        node = composites.Sequence(f"level{level}", True, [node])
    accelerate(node)
    node.tick_once()
    assert node.status == RUNNING


DEMOS = [
    "blackboard",
    "context_switching",
    "display_modes",
    "either_or",
    "eternal_guard",
    "logging",
    "pick_up_where_you_left_off",
    "selector",
    "sequence",
    "stewardship",
]


def story(name: str, fast: bool) -> list[Any]:
    """Twenty ticks of one of py_trees' own demos: what visitors saw, all snapshots, the blackboard."""
    py_trees.blackboard.Blackboard.clear()
    # What the blackboard demo's own main sets before it builds its tree.
    py_trees.blackboard.Blackboard.set("/parameters/default_speed", 30.0)
    module = importlib.import_module(f"py_trees.demos.{name}")
    root = (getattr(module, "create_root", None) or module.create_tree)()
    if fast:
        accelerate(root)
    world = BehaviourTree(root)
    snapshot = py_trees.visitors.SnapshotVisitor()
    world.add_visitor(snapshot)
    world.setup()
    order = {node.id: number for number, node in enumerate(preorder(root)[0])}
    told: list[Any] = []
    for tick in range(20):
        if tick == 13:
            world.interrupt()
        world.tick()
        told.append(
            (
                [(order[key], status) for key, status in snapshot.visited.items()],
                py_trees.display.unicode_tree(root, show_status=True, visited=snapshot.visited),
                picture(root),
                {k: re.sub("0x[0-9a-f]+", "", repr(v)) for k, v in py_trees.blackboard.Blackboard.storage.items()},
            )
        )
    py_trees.blackboard.Blackboard.clear()
    return told


@pytest.mark.parametrize("name", DEMOS)
def test_py_trees_own_demos_are_the_same_accelerated_as_not(name: str) -> None:
    before = py_trees.logging.level
    py_trees.logging.level = py_trees.logging.Level.INFO
    try:
        assert story(name, fast=True) == story(name, fast=False)
    finally:
        py_trees.logging.level = before


def test_the_lifecycle_demos_behaviour_is_the_same_accelerated_as_not() -> None:
    counter = importlib.import_module("py_trees.demos.lifecycle").Counter
    pictures = []
    for fast in (False, True):
        root = composites.Sequence("root", True, [counter(), counter(name="again")])
        if fast:
            accelerate(root)
        root.setup_with_descendants()
        seen = []
        for _ in range(12):
            root.tick_once()
            seen.append(picture(root))
        pictures.append(seen)
    assert pictures[0] == pictures[1]
