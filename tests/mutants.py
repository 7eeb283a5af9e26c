"""How much the tables and the differential notice: bugs planted in the engine, one after the other.

    python tests/mutants.py                      # the score, and what was not noticed, with the reason
    python tests/mutants.py --show RetryRule     # only those whose name holds a word, with what noticed each

Two kinds. In generated code, what each code rule writes is mutated form of line by form of line: conditions negated,
comparisons shifted by one, statuses swapped, statements dropped, numbers one too many. In the functions of the engine,
words are replaced, by the list below. A mutant is caught if a table of docs/semantics.md, the differential, or what
must be a fault fails, or breaks.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import inspect
import random
import re
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import differential
import test_nodes
from py_trees.behaviour import Behaviour
from py_trees.behaviours import Success
from py_trees.composites import Selector, Sequence
from pytest import MonkeyPatch  # noqa: PT013  # a type here

from t800.blackboard import Blackboard
from t800.context import Context
from t800.core import INVALID, RUNNING
from t800.engine import compile
from t800.errors import ReentrantTickError
from t800.nodes.frame import Bound, Frame
from t800.nodes.parallel import Parallel
from t800.nodes.skill import SkillLeaf
from t800.nodes.timeout import Timeout
from t800.nodes.writer import Writer
from t800.registry import skill
from t800.types import FLOAT, STR, Keep

SEEDS = 600
"""Random trees among which those are looked up that hold what is mutated."""
TRIED, TICKS = 40, 30
"""So many of them are ticked, and so often; three times as many for what is in no line of their own."""


def spin(go_on: Callable[[], Any]) -> Iterator[None]:
    """`while`, but not for ever: a mutant may never come out."""
    for _ in range(100):
        if not go_on():
            return
        yield


def template(line: str) -> str:
    """A generated line without its numbers, up to the first expression of the tree's own."""
    form = re.split(r"B\[|W\[|'[a-z]+' in W|_e#|_f", re.sub(r"\d+", "#", line.strip()))[0]
    form = re.sub(r"(k#\((?:ctx, 'dice', )?\[).*", r"\1", form).rstrip("(")
    # However many nodes: one form.
    form = re.sub(r"^(?:S\[#\] = )+(INVALID|SUCCESS)$", r"S[...] = \1", form)
    form = re.sub(r"^S\[#:#\] = (?:invalid_#|\(INVALID,\) \* #)$", "S[...] = INVALID", form)
    form = re.sub(r"^S\[#:#\] = (?:success_#|\(SUCCESS,\) \* #)$", "S[...] = SUCCESS", form)
    form = re.sub(r"(S\[#\] is \w+)(?:( (?:or|and)) \1)+", r"\1\2 ...", form)
    return re.sub(r"(\(S\[#\] is \w+\)|b#_#)(?: \+ \1)+", r"\1 + ...", form)


def negate(line: str) -> str | None:
    found = re.fullmatch(r"( *)(if|elif) (.*):", line)
    return f"{found[1]}{found[2]} not ({found[3]}):" if found else None


def shift(line: str) -> str | None:
    """The first comparison of numbers, off by one."""
    for old, new in ((" >= ", " > "), (" <= ", " < ")):
        if old in line and "_e" not in line:
            return line.replace(old, new, 1)
    found = re.search(r"(N|M\[\d+\]) < ", line)
    return line.replace(found[0], f"{found[1]} <= ", 1) if found else None


def swap(line: str) -> str | None:
    """Another status."""
    found = re.fullmatch(r"(.*\br = )(SUCCESS|FAILURE|RUNNING)", line)
    others = {"SUCCESS": "FAILURE", "FAILURE": "SUCCESS", "RUNNING": "SUCCESS"}
    return f"{found[1]}{others[found[2]]}" if found else None


def drop(line: str) -> str | None:
    if re.fullmatch(r" *(if|elif|else|while|for|try|finally|def|pass|return).*", line):
        return None
    return re.sub(r"\S.*", "pass", line)


def more(line: str) -> str | None:
    """A number that is noted, one too many."""
    found = re.fullmatch(r"( *M\[\d+\] [+]?= )(\d+)", line)
    return f"{found[1]}{int(found[2]) + 1}" if found else None


OPERATORS: dict[str, Callable[[str], str | None]] = {f.__name__: f for f in (negate, shift, swap, drop, more)}


@dataclass(frozen=True)
class Mutant:
    """A planted bug: an operator on the lines of a form that a code rule writes, or other words in a function.

    `place` is the name of the rule, or `module:function`.
    """

    place: str
    old: str
    new: str

    @property
    def name(self) -> str:
        return f"{self.place} | {self.old} | {self.new}"

    @contextmanager
    def planted(self) -> Iterator[None]:
        with MonkeyPatch.context() as patch:
            (self._in_function if ":" in self.place else self._in_code)(patch)
            yield

    def _in_code(self, patch: MonkeyPatch) -> None:
        def write(writer: Writer) -> None:
            WRITE(writer)  # with the owners of `_code` below
            writer.constants["spin"] = spin
            for number, (line, owner) in enumerate(zip(writer.lines, writer.owners, strict=True)):
                if form_of(writer, line, owner) == (self.place, self.old):
                    line = OPERATORS[self.new](line) or line
                writer.lines[number] = re.sub(r"while (.*):$", r"for _ in spin(lambda: \1):", line)

        patch.setattr(Writer, "write", write)
        patch.setattr(Writer, "_code", code)

    def _in_function(self, patch: MonkeyPatch) -> None:
        module_name, path = self.place.split(":")
        owner: Any = importlib.import_module(module_name)
        *outer, name = path.split(".")
        for part in outer:
            owner = getattr(owner, part)
        original = inspect.getattr_static(owner, name)
        text = textwrap.dedent(inspect.getsource(original))
        assert text.count(self.old) == 1, f"{self.name}: there are {text.count(self.old)} of it"
        # Inside of another function, so that `super()` finds its class.
        text = "def make(__class__):\n" + textwrap.indent(text.replace(self.old, self.new), " ") + f"\n return {name}"
        made: dict[str, Any] = {}
        exec(text, vars(importlib.import_module(module_name)), made)
        mutated = made["make"](owner)
        patch.setattr(owner, name, mutated)
        for other in [m for key, m in sys.modules.items() if key.startswith("t800.")]:
            for key, value in list(vars(other).items()):
                if value is original:
                    patch.setattr(other, key, mutated)


WRITE, CODE = Writer.write, Writer._code


def code(writer: Writer, node: Any, go_on: str = "", otherwise: Callable[[], None] = lambda: None) -> None:
    """What a parent has written into its child's code is its own."""
    parent = writer.owner

    def by_the_parent() -> None:
        child, writer.owner = writer.owner, parent
        otherwise()
        writer.owner = child

    CODE(writer, node, go_on, by_the_parent)


def form_of(plan: Any, line: str, owner: int) -> tuple[str, str]:
    """Who writes a line, and its form."""
    form = template(line)
    return "Writer" if form in SHARED else type(plan.rules[owner]).__name__, form


SHARED = {
    "if state.ticking:",
    "raise ReentrantTickError('this tree is being ticked already')",
    "if state.watched:",
    "return watched(state, board, ctx)",
    "state.ticking = True",
    "state.ticking = False",
    "ctx.state = state; ctx.board = board; M = state.memory; K = constants",
    "DT = ctx.dt",
    "DT = #.#",
    "N = ctx.tick; S = state.status; F = state.feedback; B = board.values; W = board.written",
    "if F:",
    "forget(F, S)",
    "h#(S, M, ctx)",
    "halt_each(S, M, ctx, k#)",
    "stop_siblings(tree, S, M, ctx, #, #)",
    "if r is INVALID:",
    "stop_below(tree, S, M, ctx, #)",
    "if x#.status is not INVALID:",
    "x#.terminate(INVALID)",
    "x#.status = INVALID",
}
"""What the writer writes for all of them."""


def _functions(module: str, name: str, *words: tuple[str, str]) -> list[Mutant]:
    return [Mutant(f"t800.{module}:{name}", old, new) for old, new in words]


IN_FUNCTIONS = [
    *_functions("nodes.guard", "GuardRule.refused", (".false()", ".true()"), ('name in ("if", "while")', "True")),
    *_functions("nodes.writer", "Writer.write", ("S[0] is FAILURE and not F and {refused}", "{refused}")),
    *_functions(
        "nodes.stopping",
        "forget",
        ("S[index] is not RUNNING", "True"),
        ("S[index] is not RUNNING", "S[index] is INVALID"),
        ("start <= index < end", "start < index < end"),
        ("start <= index < end", "start <= index"),
    ),
    *_functions("nodes.stopping", "halt_each", ("if S[index] is RUNNING:", "if True:"), ("halt(S, M, ctx)", "pass")),
    *_functions(
        "nodes.stopping",
        "stop_order",
        ("reversed(found)", "found"),
        ("(running_only and status is not RUNNING)", "False"),
        ("status is INVALID or", ""),
        ("S[index] = INVALID", "pass"),
        ("index in tree.foreign or index in tree.halting", "index in tree.foreign"),
        ("yield index, status is RUNNING", "yield index, True"),
        ("isinstance(tree.nodes[index], Decorator)", "False"),
        ("if tree.parallel[index]:", "if False:"),
        ("waiting.append((index + 1, True, False))", "waiting.append((index + 1, False, False))"),
    ),
    *_functions("nodes.stopping", "stop_leaf", ("elif running:", "else:"), ("elif running:", "elif not running:")),
    *_functions(
        "nodes.stopping",
        "stop_below",
        ("isinstance(tree.nodes[index], Decorator)", "False"),
        ("stop_leaf(tree, S, M, ctx, place, running)", "pass"),
    ),
    *_functions("nodes.stopping", "stop_siblings", ("stop_leaf(tree, S, M, ctx, index, running)", "pass")),
    *_functions(
        "nodes.writer",
        "Writer.reset",
        ("self._stop_foreign(start, end)", "pass"),
        ("self.mark(", "str("),
    ),
    *_functions(
        "nodes.writer",
        "Writer.halt",
        ("start <= index < end", "start < index < end"),
        ("start <= index < end", "start <= index"),
        ("if len(calls) <= 3:", "if False:"),
        ("if len(calls) <= 3:", "if True:"),
        ("if not self._stop_foreign(start, end):", "if True:"),
    ),
    *_functions(
        "nodes.writer",
        "Writer._stop_foreign",
        ("start <= index < end", "start < index < end"),
        ("there == list(range(start, end)) and all(self.rules[index].inline_stop for index in there)", "False"),
        ("there == list(range(start, end)) and all(self.rules[index].inline_stop for index in there)", "True"),
    ),
    *_functions("nodes.writer", "Writer.has_foreign", ("start <= index < end", "start < index < end")),
    *_functions("nodes.writer", "Writer.child", ("if self.full:", "if True:")),
    *_functions("nodes.writer", "Writer.child_or", ("UNLESS[go_on]", "UNLESS['SUCCESS']")),
    *_functions("nodes.writer", "Writer.note_unknown", ("if not expression.names:", "if True:")),
    *_functions("nodes.writer", "View.feedback", ('"" if self.status(node) is INVALID else ', "")),
    *_functions(
        "nodes.composite",
        "OwnRule.tip",
        ("running[0] if running else ", ""),
        ("running[0]", "running[-1]"),
        ("active[-1]", "active[0]"),
        ("if view.status(node) is INVALID:", "if False:"),
    ),
    *_functions("nodes.sequence", "SequenceRule.tip", ('!= "SUCCESS"', '== "RUNNING"')),
    *_functions("nodes.selector", "SelectorRule.tip", ("return node.children[-1]", "return node.children[0]")),
    *_functions(
        "nodes.parallel", "ParallelRule.tip", ("for c in reversed(node.children) if", "for c in node.children if")
    ),
    *_functions("nodes.decorator", "DecoratorRule.tip", ("None if view.status(node.decorated) is INVALID else ", "")),
    *_functions(
        "engine.plan",
        "Plan.halt",
        ("forced=True", "forced=False"),
        ("chain(left, self._cut_off(state))", "left"),
        ("[INVALID] * len(self.ids)", "state.status"),
        ("raise error", "pass"),
        ("state.ticking = ctx.silent = False", "state.ticking = False"),
        ("error = graver(error, raised)", "raise"),
    ),
    *_functions("engine.plan", "graver", ("if error is None or", "if True or"), ("(ends and not", "(not ends and not")),
    *_functions("engine.plan", "Plan.feedback", ("[::-1]", "")),
    *_functions("engine.plan", "Plan.tip", ("None if view.status(node) is INVALID else ", "")),
    *_functions("engine.plan", "Plan.owner", ("line - 1", "line"), ("line - 1", "line - 2")),
    *_functions("nodes.skill", "granted", ("all(fate.outcome", "any(fate.outcome"), ("fates and ", "")),
    *_functions("nodes.skill", "new_memory", ("setattr(memory, item.name, item.default)", "pass")),
    *_functions(
        "nodes.skill",
        "halt_skill",
        ("S[index] = INVALID", "pass"),
        (
            "ctx.state.halting.setdefault(index, ctx.tick + ctx.ticks(within))",
            "ctx.state.halting[index] = ctx.tick + ctx.ticks(within)",
        ),
        ("ctx.tick + ctx.ticks(within)", "ctx.tick + ctx.ticks(within) + 1"),
        ("ctx.node = index", "pass"),
        ("ctx.silent = True", "pass"),
        ("if answer is not None:", "if False:"),
    ),
    *_functions(
        "nodes.skill",
        "go_on_stopping",
        ("if not force:", "if force:"),
        ("ctx.tick >= state.halting[index]", "ctx.tick > state.halting[index]"),
        ("answer is not RUNNING", "answer is SUCCESS"),
        ("state.status[index] = INVALID", "pass"),
        ("ctx.node = index", "pass"),
        ("wrong_return(answer)", "pass"),
        ("halt_skill(state.status", "str(state.status) if force else halt_skill(state.status"),
    ),
    *_functions(
        "nodes.hooks",
        "Hooks.act",
        ('self.hooks.get(name), self.hooks.get("always")', 'self.hooks.get("always"), self.hooks.get(name)'),
        ('self.hooks.get(name), self.hooks.get("always")', "self.hooks.get(name),"),
        ("ctx.tick)\n", "ctx.tick - 1)\n"),
        ("if hook.signal is not None:", "if False:"),
        ("continue", "break"),
    ),
    *_functions("nodes.hooks", "act_on_halt", ("S[index] = INVALID", "pass"), ('"on_halt"', '"always"')),
    *_functions(
        "nodes.random_choice",
        "draw",
        ("left < 0.0", "left <= 0.0"),
        ("weight > 0.0", "weight >= 0.0"),
        ("max(weight or 0.0, 0.0)", "abs(weight or 0.0)"),
        ("max(weight or 0.0, 0.0)", "(weight or 0.0)"),
        ("return last", "return -1"),
        ("last = -1", "last = 0"),
    ),
    *_functions(
        "nodes.utility",
        "best",
        ("worth > highest", "worth >= highest"),
        ("chosen < 0 or ", ""),
        ("if running[place] else", "if not running[place] else"),
        ("(hysteresis or 0.0)", "1.0"),
    ),
    *_functions("nodes.frame", "Bound.source", ("(float(_f) if", "(_f if")),
    *_functions(
        "context",
        "Context.ticks",
        ("-(-microseconds(seconds) // microseconds(self._dt))", "microseconds(seconds) // microseconds(self._dt)"),
    ),
]
"""Bugs in the functions that generated code calls, and in those that read a State."""

SAME = "it means the same: "
SURVIVORS = {
    "Writer | if state.watched: | negate": SAME
    + "statuses are written more often, or less; tests/test_engine.py tells which code runs",
    "t800.nodes.writer:Writer.halt | if len(calls) <= 3: | if False:": SAME
    + "only the generated code is longer or shorter",
    "t800.nodes.writer:Writer.halt | if len(calls) <= 3: | if True:": SAME
    + "only the generated code is longer or shorter",
    "t800.nodes.writer:Writer._stop_foreign | there == list(range(start, end)) and "
    "all(self.rules[index].inline_stop for index in there) | False": SAME + "stopping inline is only faster",
    "t800.nodes.writer:Writer.child | if self.full: | if True:": SAME
    + "every child in a function of its own is only slower",
    "t800.nodes.stopping:forget | start <= index < end | start <= index": (
        "what stands behind a loop in preorder was forgotten when the tick began, and has said nothing since, unless a "
        "`round_robin` ticked it before the loop; its words then come back with its next tick"
    ),
    "t800.nodes.composite:OwnRule.tip | if view.status(node) is INVALID: | if False:": (
        SAME + "under a composite that is inactive nobody is active"
    ),
    "t800.engine.plan:Plan.owner | line - 1 | line": (
        "the lines of a leaf around the one that can raise are its own; tests/test_engine.py has the places of faults"
    ),
    "t800.engine.plan:Plan.owner | line - 1 | line - 2": (
        "the lines of a leaf around the one that can raise are its own; tests/test_engine.py has the places of faults"
    ),
    "t800.nodes.skill:go_on_stopping | state.status[index] = INVALID | pass": (
        "only a skill without a halt needs it: tests/test_graceful.py"
    ),
    "t800.nodes.hooks:act_on_halt | S[index] = INVALID | pass": (
        SAME + "all that is halted is made inactive behind the calls, and a hook cannot raise"
    ),
}
"""Mutants that nothing notices, and why that is no gap."""


@dataclass
class Grounds:
    """What mutants are run against, and which lines each of it holds."""

    specs: list[tuple[test_nodes.Case, Any, frozenset[tuple[str, str]]]]
    seeds: list[tuple[int, frozenset[tuple[str, str]]]]

    def holding(self, place: tuple[str, str] | None) -> tuple[list[tuple[Any, Any]], list[int]]:
        """The tables and the seeds in which lines of a form stand; all tables and the first seeds without."""
        tables = [(case, spec) for case, spec, lines in self.specs if place is None or place in lines]
        seeds = [seed for seed, lines in self.seeds if place is None or place in lines]
        return tables, seeds[: TRIED if place else 3 * TRIED]


def _lines(plan: Any) -> frozenset[tuple[str, str]]:
    text = plan.source.splitlines()
    return frozenset(form_of(plan, line, owner) for line, owner in zip(text, plan._owners, strict=True))


@functools.cache
def grounds() -> Grounds:
    specs = []
    with tempfile.TemporaryDirectory() as folder, MonkeyPatch.context() as patch:
        patch.setattr(Writer, "_code", code)
        for number, case in enumerate(test_nodes.CASES):
            (own := Path(folder) / str(number)).mkdir()
            spec = test_nodes.spec_of(own, case)
            specs.append((case, spec, _lines(test_nodes.Ticker(spec, stock=False).stage.plan)))
        seeds = [(seed, _lines(compile(tree_of(seed)))) for seed in range(SEEDS)]
    return Grounds(specs, seeds)


def tree_of(seed: int) -> Any:
    """The tree that the differential makes of a seed."""
    dice = random.Random(seed)
    recipe = differential.tree(dice, dice.choice([2, 3, 4]), [], bool(seed % 2), root=True)
    return recipe(Frame(), differential.Script(seed))


def catcher(mutant: Mutant) -> str | None:
    """What notices a mutant; None if nothing does."""
    with mutant.planted():
        return noticed(*grounds().holding(None if ":" in mutant.place else (mutant.place, mutant.old)))


def noticed(tables: list[tuple[Any, Any]], seeds: list[int]) -> str | None:
    """Which of these tables and trees differs or breaks, or that a fault is none; None if all is well."""
    for case, spec in tables:
        try:
            test_nodes.play(case, test_nodes.Ticker(spec, stock=False))
        except Exception:  # noqa: BLE001  # however it breaks
            return f"table {case.title!r}"
    for seed in seeds:
        try:
            found = differential.difference(seed, TICKS, strangers=bool(seed % 2))
        except Exception as error:  # noqa: BLE001  # however it breaks
            found = repr(error)
        if found is not None:
            return f"differential, seed {seed}"
    try:
        faults()
        deep()
        strange()
    except Exception as error:  # noqa: BLE001  # however it breaks
        return f"faults: {error!r:.60}"
    return None


@skill
class odd:
    """Does what must not be done."""

    heat: Keep[float] = 1  # a float, whatever stands here

    def start(self, ctx: Context, what: str) -> Any:
        return 1 if what == "start" else None

    def tick(self, ctx: Context, what: str) -> Any:
        assert isinstance(self.heat, float)
        if what == "tick":
            ctx.services["plan"].tick(ctx.state, ctx.board, ctx)
        if what == "raise":
            raise OSError("broken")
        return "done" if what == "answer" else RUNNING

    def stop(self, ctx: Context) -> Any:
        return "stopped"

    def halt(self, ctx: Context) -> Any:
        ctx.services["calls"].append(ctx.node)
        if ctx.services["what"] == "ask":
            ctx.intend(test_nodes.Say())
        if ctx.services["what"] == "interrupt" and ctx.node == 4:
            raise KeyboardInterrupt
        if ctx.services["what"] in ("break", "interrupt"):
            raise OSError(f"broken {ctx.node}")
        return 1 if ctx.services["what"] == "return" else None


FAULTS = {"start": TypeError, "tick": ReentrantTickError, "raise": OSError, "answer": TypeError}
HALTS = {"ask": RuntimeError, "return": TypeError, "break": OSError, "interrupt": KeyboardInterrupt, "": None}


def faults() -> None:
    """AssertionError unless what must be a fault is one, and everything else is halted all the same."""
    for what in (*FAULTS, *HALTS):
        _in_a_tick(what)
    _in_a_halt_within_a_tick()
    _while_stopping()
    _of_a_stranger()


def _leaf(what: str, frame: Frame, within: float | None = None) -> SkillLeaf:
    return SkillLeaf("odd", odd.__t800__, {"what": Bound(STR, what)}, frame, within)


def _raised(call: Callable[..., Any], *arguments: Any) -> BaseException | None:
    try:
        call(*arguments)
    except BaseException as raised:  # noqa: BLE001  # an interrupt among them
        return raised
    return None


def _in_a_tick(what: str) -> None:
    """Something breaks in the last leaf of a parallel that is just being entered, or in all halts."""
    frame, board = Frame(), Blackboard({})
    leaves = [_leaf("", frame), Success("succeed"), _leaf("", frame), _leaf(what, frame)]
    plan = compile(Sequence("all", True, [Parallel("parallel", 4, 4, leaves)]))
    state, calls = plan.state(), list[int]()
    ctx = Context(board, services={"plan": plan, "calls": calls, "what": what})
    error = _raised(plan.tick, state, board, ctx)
    assert type(error) is FAULTS.get(what, type(None)), what
    if error is not None and what != "tick":
        assert plan.where(error.__traceback__) == 5, what
    error = _raised(plan.halt, state, board, ctx)
    assert type(error) is (HALTS.get(what) or type(None)), what
    if what == "break":
        assert str(error) == "broken 2"
    assert calls == ([2, 4] if what in FAULTS else [2, 4, 5]), what
    assert state.status == [INVALID] * 6
    assert not ctx.silent
    assert not ctx.asks


def _in_a_halt_within_a_tick() -> None:
    """The halt that broke is not called again."""
    frame, board = Frame(), Blackboard({})
    plan = compile(Timeout("timeout", _leaf("", frame), Bound(FLOAT, 0.0), frame))
    state, calls = plan.state(), list[int]()
    ctx = Context(board, services={"calls": calls, "what": "break"})
    assert type(_raised(plan.tick, state, board, ctx)) is OSError
    assert _raised(plan.halt, state, board, ctx) is None
    assert calls == [1]


def _while_stopping() -> None:
    frame, board = Frame(), Blackboard({})
    plan = compile(Sequence("all", True, [_leaf("", frame, within=1.0)]))
    state, calls = plan.state(), list[int]()
    ctx = Context(board, services={"calls": calls, "what": ""})
    plan.tick(state, board, ctx)
    plan.halt(state, board, ctx)
    ctx.node = 0
    assert type(_raised(plan.wind_down, state, board, ctx)) is TypeError
    assert (calls, ctx.node, list(state.halting)) == ([], 1, [1])
    assert _raised(plan.wind_down, state, board, ctx, True) is None
    assert (calls, list(state.halting)) == ([1], [])


class Silent:
    """A logger."""

    def error(self, text: str) -> None:
        pass

    debug = error


def _of_a_stranger() -> None:
    """What a third party says that is no status is INVALID, and it is left like one that ended."""
    calls: list[Any] = []

    class Stranger(Behaviour):
        def update(self) -> Any:
            return "done"

        def terminate(self, new_status: Any) -> None:
            calls.append(new_status)

    stranger = Stranger("stranger")
    stranger.logger = Silent()
    plan = compile(stranger)
    state, board = plan.state(), Blackboard({})
    assert plan.tick(state, board, Context(board)) is INVALID
    plan.halt(state, board, Context(board))
    assert calls == [INVALID, INVALID]


def nest(dice: random.Random, depth: int, numbers: list[int], strangers: bool, root: bool = False) -> Any:
    """Composites in composites, deeper than one generated function goes."""
    inner = differential.leaf(dice, numbers, strangers)
    for _ in range(34):
        beside = differential.leaf(dice, numbers, strangers)
        kind, memory, first = dice.choice([Sequence, Selector]), dice.random() < 0.5, dice.random() < 0.9

        def outer(
            f: Any, s: Any, i: Any = inner, b: Any = beside, k: Any = kind, m: Any = memory, o: Any = first
        ) -> Any:
            return k("nest", m, [i(f, s), b(f, s)] if o else [b(f, s), i(f, s)])

        inner = outer
    return inner


def deep() -> None:
    with MonkeyPatch.context() as patch:
        patch.setattr(differential, "tree", nest)
        for seed in range(6):
            assert differential.difference(seed, 15, strangers=bool(seed % 2)) is None


def strange() -> None:
    """Trees whose leaves are all third parties, which answer what they should not."""

    def leaf(dice: random.Random, numbers: list[int], _: bool) -> Any:
        numbers.append(mine := len(numbers))
        return lambda frame, script: differential.Stranger(mine, frame, lambda: script)

    with MonkeyPatch.context() as patch:
        patch.setattr(differential, "leaf", leaf)
        for seed in range(800):
            assert differential.difference(seed, 15) is None


@functools.cache
def in_generated_code() -> list[Mutant]:
    """Every operator on every form of line that a code rule writes anywhere in the grounds."""
    forms: set[tuple[str, str]] = set()
    for _, _, lines in grounds().specs:
        forms |= lines
    for _, lines in grounds().seeds:
        forms |= lines
    sample: dict[tuple[str, str], str] = {}
    for rule, form in sorted(forms):
        sample[rule, form] = form
    found = []
    for rule, form in sorted(forms):
        line = re.sub("#", "1", form)
        found += [
            Mutant(rule, form, name) for name, operator in OPERATORS.items() if operator(line) not in (None, line)
        ]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", default="", metavar="WORD", help="only mutants whose name holds this")
    options = parser.parse_args()
    assert noticed(*grounds().holding(None)) is None, "there is a fault without a mutant"
    mutants = [mutant for mutant in mutants_of_all() if options.show in mutant.name]
    survived = []
    for mutant in mutants:
        by = catcher(mutant)
        if by is None:
            survived.append(mutant.name)
        if options.show or (by is None) != (mutant.name in SURVIVORS):
            print(f"{mutant.name}: {by or 'NOT CAUGHT'}")
    for name in survived:
        print(f"not caught: {name}\n    {SURVIVORS.get(name, 'NO REASON IS LISTED')}")
    caught = len(mutants) - len(survived)
    print(f"{caught} of {len(mutants)} mutants caught ({caught / len(mutants):.1%})")
    raise SystemExit(caught < 0.9 * len(mutants) or not set(survived) <= set(SURVIVORS))


def mutants_of_all() -> list[Mutant]:
    """All of them, in a fixed order."""
    return in_generated_code() + IN_FUNCTIONS


if __name__ == "__main__":
    main()
