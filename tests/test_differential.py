"""The engine and py_trees side by side over random trees; and that this would notice if they differed."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable
from typing import Any

import differential
import pytest

from t800.core import FAILURE, RUNNING, SUCCESS
from t800.engine import compile, preorder
from t800.nodes.frame import Frame
from t800.nodes.parallel import ParallelRule
from t800.nodes.selector import SelectorRule
from t800.nodes.writer import Writer

TREES = 200
TICKS = 50


@pytest.mark.parametrize("start", range(0, TREES, 20))
def test_random_trees_tick_alike_in_py_trees_and_in_the_engine(start: int) -> None:
    for seed in range(start, start + 20):
        found = differential.difference(seed, TICKS, strangers=bool(seed % 2))
        assert found is None, found


# What is planted: a pattern in a line of generated code, and what it becomes.
MUTANTS = {
    "a running skill is not halted": (r"if S\[\d+\] is RUNNING:$", "if False:"),
    "what is left stays as it was": (r"(S\[\d+\] = )+INVALID$|S\[\d+:\d+\] = invalid_\d+", "pass"),
    "what is reset is reset one too few": (r"S\[\d+\] = INVALID$", "INVALID"),
    "a step that has changed is not noted": (r"if S\[\d+\] is not r:", "if False:"),
    "steps that have succeeded are not noted": (r"if S\[\d+\] is not SUCCESS:", "if False:"),
    "a sequence starts over": (r"c(\d+) = M\[\d+\]$", r"c\1 = 0"),
    "a selector forgets its choice": (r"M\[(\d+)\] = \d+$", r"M[\1] = 0"),
    "retry allows one failure more": (r"if M\[(\d+)\] < (\d+):", r"if M[\1] <= \2:"),
    "retry and repeat go on counting": (r"M\[(\d+)\] = 0$", "pass"),
    "repeat counts by two": (r"M\[(\d+)\] \+= 1", r"M[\1] += 2"),
    "a timeout fires one tick late": (r"r is RUNNING and N >=", "r is RUNNING and N >"),
    "a wait ends one tick late": (r"SUCCESS if N >=", "SUCCESS if N >"),
    "invert leaves failure alone": (r"elif r is FAILURE:", "elif False:"),
    "a parallel succeeds before it fails": (
        r"r = FAILURE if (.*) else SUCCESS if (.*) else RUNNING",
        r"r = SUCCESS if \2 else FAILURE if \1 else RUNNING",
    ),
    "a parallel ticks what has ended": (r"if \(s := S\[\d+\]\) is RUNNING or s is INVALID:", "if True:"),
    "if is asked every tick": (r"S\[\d+\] is not RUNNING and not", "not"),
    "while is not asked": (r"(if|elif) not \((.*)\):$", r"\1 False:"),
    "a one-shot does not notice its grant": (r"if S\[\d+\] is RUNNING and k\d+\(state.fates.*", "if False:"),
    "memory is not put back on entry": (r"m\d+\.depth = .*", "pass"),
    "start is not called": (r"if \(v := m\d+\.start\(.*\)\) is not None:", "if False:"),
    "a key is written without its tick": (r"; W\['[a-z]+'\] = N", ""),
    "a signal is given twice": (r"^( *)(ctx\.signals\.append.*)$", r"\1\2; \2"),
    "an ask is another node's": (r"ctx\.node = (\d+)", r"ctx.node = \1 and \1 - 1"),
    "old feedback stays": (r"forget\(F, S\)", "pass"),
    "what is unknown is not named": (r"F\[\d+\] = 'unknown: ' \+ .*", "pass"),
    "a stranger is begun anew each tick": (r"if x\d+\.status is not RUNNING:", "if True:"),
    "a stranger is not terminated": (r"x\d+\.terminate\(r\)", "pass"),
}


def caught(trees: int = 600) -> str | None:
    for seed in range(trees):
        found = differential.difference(seed, 30, strangers=bool(seed % 2))
        if found:
            return found
    return None


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_planted_bug_in_generated_code_is_noticed(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pattern, planted = MUTANTS[mutant]
    whole, changed = Writer.write, []

    def write(self: Writer) -> None:
        whole(self)
        lines = [re.sub(pattern, planted, line) for line in self.lines]
        changed.append(lines != self.lines)
        self.lines[:] = lines

    monkeypatch.setattr(Writer, "write", write)
    assert caught() is not None
    assert any(changed)


@pytest.mark.parametrize("rule", [SelectorRule, ParallelRule])
def test_a_planted_bug_in_finding_the_tip_is_noticed(rule: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule, "tip", lambda self, node, view: node.children[0])
    found = caught()
    assert found is not None
    assert "tip" in found


@pytest.mark.parametrize("start", range(0, 150, 30))
def test_every_skill_that_runs_and_is_left_is_halted_once_also_by_faults(start: int) -> None:
    faults = 0
    for seed in range(start, start + 30):
        found, broken = differential.audit(seed, 40)
        assert found is None, found
        faults += broken
    assert faults > 0


def test_a_halt_that_is_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("t800.engine.plan.stop_leaf", lambda *_: None)
    assert any(differential.audit(seed, 40)[0] for seed in range(30))


@pytest.mark.parametrize("start", range(0, 100, 50))
def test_after_a_tick_no_node_runs_that_was_not_ticked_in_it(start: int) -> None:
    # In py_trees, which says whom it visits; that the engine's statuses are the same is tested above.
    for seed in range(start, start + 50):
        dice = random.Random(seed)
        recipe: Callable[..., Any] = differential.tree(dice, 4, [], strangers=False, root=True)
        side, frame = differential.Side.new(seed), Frame()
        root = recipe(frame, side.script)
        frame.set(side.board, side.ctx)
        nodes, _ = preorder(root)
        for index, node in enumerate(nodes):
            if hasattr(node, "index"):
                node.index = index
        for tick in range(30):
            side.script.tick = side.ctx.tick = tick
            side.script.calls.clear()
            visited = {id(node) for node in root.tick()}
            late = [node.name for node in nodes if node.status == RUNNING and id(node) not in visited]
            assert late == [], (seed, tick)
            assert root.status in (SUCCESS, FAILURE, RUNNING)


@pytest.mark.parametrize("start", range(0, 90, 30))
def test_whoever_watches_the_generated_code_run_sees_a_line_of_every_node_that_is_ticked(start: int) -> None:
    for seed in range(start, start + 30):
        dice = random.Random(seed)
        recipe: Callable[..., Any] = differential.tree(dice, 3, [], strangers=False, root=True)
        stock, ours, frame = differential.Side.new(seed), differential.Side.new(seed), Frame()
        root = recipe(frame, stock.script)
        frame.set(stock.board, stock.ctx)
        nodes, _ = preorder(root)
        for index, node in enumerate(nodes):
            if hasattr(node, "index"):
                node.index = index
        plan = compile(recipe(Frame(), ours.script))
        state = plan.state()
        for tick in range(10):
            for side in (stock, ours):
                side.script.tick = side.ctx.tick = tick
                side.script.calls.clear()
                side.board.write("flag", tick % 3 == 0, tick)
            visited = {id(node) for node in root.tick()}
            seen: set[int | None] = set()

            def watch(frame: Any, event: str, _: Any, plan: Any = plan, seen: Any = seen) -> Any:
                if event == "line":
                    seen.add(plan.owner(frame.f_code, frame.f_lineno))
                return watch

            outer = sys.gettrace()
            sys.settrace(watch)
            try:
                plan.tick(state, ours.board, ours.ctx)
            finally:
                sys.settrace(outer)
            missed = [plan.ids[index] for index, node in enumerate(nodes) if id(node) in visited and index not in seen]
            assert missed == [], (seed, tick)
