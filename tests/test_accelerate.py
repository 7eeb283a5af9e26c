"""Hand-written py_trees trees ticked by generated code: nobody can tell the difference."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import differential
import py_trees
import pytest
from differential import picture
from py_trees import composites, decorators
from py_trees.behaviour import Behaviour
from py_trees.parsers.behaviour_tree_xml import parse_behaviour_tree_xml
from py_trees.trees import BehaviourTree

from t800 import Blackboard, Context, ReentrantTickError, accelerate
from t800.core import INVALID, RUNNING, SUCCESS, Status
from t800.engine import compile, preorder


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_random_trees_look_the_same_accelerated_as_not_with_interrupts_and_edits(first: int) -> None:
    for seed in range(first, first + 20):
        found = differential.accelerated_difference(seed, 40)
        assert found is None, found


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
    first = accelerate(root)
    second = accelerate(root)
    first.undo()
    assert "tick" in vars(root), "it is the second's by now"
    second.undo()
    second.undo()
    assert "tick" not in vars(root)
    root.tick_once()
    assert root.status != INVALID


@pytest.mark.parametrize("of_a_plan", [False, True])
def test_methods_that_one_object_has_for_itself_are_called(of_a_plan: bool) -> None:
    stories = []
    for fast in (False, True):
        calls: list[str] = []
        look = Talker("look", [RUNNING])
        walk = composites.Sequence("walk", True, [Talker("step", [SUCCESS])])
        watch = composites.Parallel("watch", py_trees.common.ParallelPolicy.SuccessOnAll(), [look])
        root = composites.Sequence("root", True, [walk, watch])

        def tick(calls: list[str] = calls, plain: Any = walk.tick) -> Any:
            calls.append("tick of walk")
            return plain()

        def stop(status: Status, calls: list[str] = calls, plain: Any = watch.stop) -> None:
            calls.append(f"stop of watch: {status.name}")
            plain(status)

        walk.tick, watch.stop = tick, stop
        look.initialise = partial(calls.append, "initialise of look")
        look.terminate = lambda status, calls=calls: calls.append(f"terminate of look: {status.name}")
        look.update = lambda calls=calls: calls.append("update of look") or RUNNING
        ticked: Callable[[], Any] = root.tick_once
        left: Callable[[], Any] = partial(root.stop, INVALID)
        if fast and of_a_plan:
            plan = compile(root)
            state, board = plan.state(), Blackboard({})
            ticked = partial(plan.tick, state, board, Context(board))
            left = partial(plan.halt, state, board, Context(board))
        elif fast:
            accelerate(root)
        for number in range(8):
            (left if number == 5 else ticked)()
            calls.append(" ".join(node.status.name for node in preorder(root)[0] if not of_a_plan))
        stories.append(calls)
    assert stories[0] == stories[1]
    assert "stop of watch: INVALID" in stories[0]
    assert "initialise of look" in stories[0]


@pytest.mark.parametrize("edit", ["insert", "replace", "prune"])
def test_edits_by_a_behaviour_tree_are_seen(edit: str) -> None:
    pictures = []
    for fast in (False, True):
        root = patrol()
        if fast:
            accelerate(root)
        world = BehaviourTree(root)
        world.tick()
        part = Talker("new", [RUNNING, SUCCESS])
        if edit == "insert":
            world.insert_subtree(part, root.id, 1)
        elif edit == "replace":
            world.replace_subtree(root.children[1].id, part)
        else:
            world.prune_subtree(root.children[1].id)
        seen = []
        for _ in range(6):
            world.tick()
            seen.append(picture(root))
        pictures.append(seen)
    assert pictures[0] == pictures[1]


def test_a_deep_tree_is_accelerated_where_py_trees_cannot_tick_it() -> None:
    node: Behaviour = Talker("leaf", [RUNNING])
    for level in range(3000):
        node = composites.Sequence(f"level{level}", True, [node])
    accelerate(node)
    node.tick_once()
    assert node.status == RUNNING


def both(story: Callable[[bool], Any]) -> None:
    """What py_trees makes of it and what the generated code makes of it is the same."""
    assert story(False) == story(True)


def test_a_visitor_may_stop_the_tree_and_it_stays_stopped() -> None:
    def story(fast: bool) -> list[Any]:
        leaf = Talker("a", [RUNNING])
        root = composites.Sequence("root", True, [leaf])
        if fast:
            accelerate(root)
        for node in root.tick():
            if node is root:
                root.stop(INVALID)
        after = picture(root)
        root.tick_once()
        return [after, picture(root), leaf.said]

    both(story)


def test_who_is_halted_on_the_way_is_seen_halted_at_the_end_of_the_tick() -> None:
    def story(fast: bool) -> list[Any]:
        first, second = Talker("first", [RUNNING]), Talker("second", [Status.FAILURE])
        root = composites.Parallel("root", py_trees.common.ParallelPolicy.SuccessOnAll(), [first, second])
        if fast:
            accelerate(root)
        return [[each.status for each in (first, second)] for node in root.tick() if node is root]

    both(story)


def test_a_visitor_that_ticks_the_tree_is_told_so() -> None:
    root = composites.Sequence("root", True, [Talker("a", [RUNNING])])
    accelerate(root)
    ticking = root.tick()
    next(ticking)
    with pytest.raises(ReentrantTickError):
        root.tick_once()
    ticking.close()
    root.tick_once()
    assert root.status == RUNNING


def test_what_a_node_does_behind_its_last_yield_is_done_when_py_trees_does_it() -> None:
    class Late(Talker):
        behind = 0

        def tick(self) -> Any:
            yield from super().tick()
            self.behind += 1

    def story(fast: bool, kind: Callable[..., Behaviour]) -> list[Any]:
        leaves = [Late(str(i), [*[RUNNING, SUCCESS, Status.FAILURE][i:], SUCCESS]) for i in range(3)]
        root = kind(leaves)
        if fast:
            accelerate(root)
        told = []
        for _ in range(6):
            root.tick_once()
            told.append([picture(root), [leaf.behind for leaf in leaves]])
        return told

    for memory in (True, False):
        both(partial(story, kind=lambda leaves, memory=memory: composites.Sequence("root", memory, leaves)))
        both(partial(story, kind=lambda leaves, memory=memory: composites.Selector("root", memory, leaves)))
    policy = py_trees.common.ParallelPolicy.SuccessOnOne()
    both(partial(story, kind=lambda leaves: composites.Parallel("root", policy, leaves)))


@pytest.mark.parametrize("kind", [composites.Sequence, composites.Selector])
@pytest.mark.parametrize("edit", ["insert", "remove"])
def test_an_edit_from_inside_of_a_tick_leaves_this_tick_its_nodes(kind: type[Any], edit: str) -> None:
    class Editor(Talker):
        def update(self) -> Status:
            if len(self.said) == 3 and edit == "insert":
                self.of.insert_child(Talker("new", [SUCCESS]), 0)
            elif len(self.said) == 3:
                self.of.remove_child(self.of.children[0])
            return super().update()

    def story(fast: bool) -> list[Any]:
        passed = SUCCESS if kind is composites.Sequence else Status.FAILURE
        first, runs = Talker("first", [passed]), Talker("runs", [RUNNING])
        inner = kind("inner", True, [first, runs])
        editor = Editor("editor", [SUCCESS, SUCCESS])
        editor.of = inner
        policy = py_trees.common.ParallelPolicy.SuccessOnAll(synchronise=False)
        root = composites.Parallel("root", policy, [editor, inner])
        if fast:
            accelerate(root)
        told = []
        for _ in range(3):
            root.tick_once()
            told.append([runs.status, runs.said.count("initialise"), root.status])
        return told

    both(story)


def test_visitors_see_who_was_ticked_before_one_that_raises() -> None:
    class Broken(Talker):
        def update(self) -> Status:
            raise ValueError("broken")

    def story(fast: bool) -> list[str]:
        root = composites.Sequence("root", True, [Talker("a", [SUCCESS]), Broken("b", [])])
        if fast:
            accelerate(root)
        seen: list[str] = []
        with pytest.raises(ValueError, match="broken"):
            seen.extend(node.name for node in root.tick())
        return seen

    both(story)


def test_a_root_with_a_tick_of_its_own_keeps_it() -> None:
    class Counted(composites.Sequence):
        rounds = 0

        def tick_once(self) -> None:
            self.rounds += 1
            super().tick_once()

    def story(fast: bool) -> list[Any]:
        root = Counted("root", True, [Talker("a", [RUNNING])])
        really, calls = root.tick, []

        def tick() -> Any:
            calls.append("tick")
            yield from really()

        root.tick = tick  # type: ignore[method-assign]
        made = accelerate(root) if fast else None
        root.tick_once()
        if made is not None:
            made.undo()
        root.tick_once()
        return [picture(root), root.rounds, calls]

    both(story)


def test_a_parallel_with_a_policy_that_nobody_knows_is_py_trees_own_affair() -> None:
    class Policy(py_trees.common.ParallelPolicy.Base):
        pass

    root = composites.Parallel("root", Policy(), [Talker("a", [SUCCESS])])
    accelerate(root)
    with pytest.raises(RuntimeError, match="unrecognised policy"):
        root.tick_once()


def test_code_grows_with_the_width_of_a_tree_and_not_with_its_square() -> None:
    def lines(width: int, kind: type[Any], memory: bool) -> int:
        root = kind("root", memory, [Talker(str(i), [RUNNING]) for i in range(width)])
        return accelerate(root).source.count("\n")

    for kind in (composites.Sequence, composites.Selector):
        for memory in (True, False):
            assert lines(200, kind, memory) < 3 * lines(100, kind, memory)


def test_what_indents_nothing_may_be_as_deep_as_py_trees_can_tick_it() -> None:
    node: Behaviour = Talker("leaf", [RUNNING])
    for level in range(600):
        node = decorators.Inverter(f"level{level}", node)
    accelerate(node)
    node.tick_once()
    assert node.status == RUNNING


def test_a_name_may_hold_what_no_file_is_called() -> None:
    root = composites.Sequence("a\0b", True, [Talker("leaf", [SUCCESS])])
    board = Blackboard({})
    plan = compile(root)
    assert plan.tick(plan.state(), board, Context(board)) is SUCCESS
    accelerate(root)
    root.tick_once()
    assert root.status == SUCCESS


def of_module(name: str) -> Behaviour:
    """The tree that a demo's module makes."""
    module = importlib.import_module(f"py_trees.demos.{name}")
    root: Behaviour = (getattr(module, "create_root", None) or module.create_tree)()
    return root


def of_level(level: str) -> Behaviour:
    root: Behaviour = importlib.import_module("py_trees.demos.dot_graphs").create_tree(level)
    return root


def of_xml(name: str) -> Behaviour:
    """A tree of typed ports, from a demo's XML file."""
    module = importlib.import_module(f"py_trees.demos.ports.{name}")
    return parse_behaviour_tree_xml(str(Path(str(module.__file__)).with_suffix(".xml")))


def of_ports() -> Behaviour:
    module = importlib.import_module("py_trees.demos.ports.basic")
    node: Behaviour = module.Multiply(name="mul")
    remapped = {"a": "/numbers/a", "b": "/numbers/b", "product": "/numbers/product"}
    node.setup_ports(port_remappings=remapped, subtree_namespace="/")  # type: ignore[attr-defined]
    module.seed_value("/numbers/a", 2.5)
    module.seed_value("/numbers/b", 4.0)
    return node


def of_remappings() -> Behaviour:
    remap = importlib.import_module("py_trees.demos.blackboard_remappings").Remap
    names = {"/foo/bar/wow": "/parameters/wow", "/foo/bar/name": "/parameters/name"}
    return composites.Sequence("root", True, [remap("remap", names), remap("again", names)])


DEMOS: dict[str, Callable[[], Behaviour]] = {
    name: partial(of_module, name)
    for name in (
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
    )
}
DEMOS |= {
    f"dot_graphs {level}": partial(of_level, level)
    for level in ("all", "fine_detail", "detail", "component", "big_picture")
}
DEMOS |= {f"ports {name}": partial(of_xml, name) for name in ("nested_subtrees", "xml_tree")}
DEMOS |= {"ports basic": of_ports, "blackboard_remappings": of_remappings}
"""All of py_trees' demos that have a tree, but two: `action` waits for a process of its own by the clock, and
`ports.remapping` draws names from a global generator. `lifecycle`, which has a behaviour only, stands below;
`blackboard_namespaces` has none."""


DRAWN = "_[0-9a-f]{8}-[0-9a-f-]{27}"
"""The part of some keys' names that py_trees draws anew for each tree."""


def story(name: str, fast: bool) -> list[Any]:
    """Twenty ticks of one of py_trees' own demos: what visitors saw, all snapshots, the blackboard."""
    py_trees.blackboard.Blackboard.clear()
    # What the blackboard demo's own main sets before it builds its tree.
    py_trees.blackboard.Blackboard.set("/parameters/default_speed", 30.0)
    root = DEMOS[name]()
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
                {
                    re.sub(DRAWN, "", k): re.sub("0x[0-9a-f]+", "", repr(v))
                    for k, v in py_trees.blackboard.Blackboard.storage.items()
                },
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
