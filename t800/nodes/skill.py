"""Skills as leaves: registered functions, and classes where something must be remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Fate, Status
from t800.nodes.frame import Bound, Frame, Leaf
from t800.nodes.stopping import Halt
from t800.nodes.writer import Rule, Writer
from t800.registry import Port, Skill

__all__ = ["RULE", "SkillLeaf", "go_on_stopping", "granted", "new_memory", "plainly", "settler"]


def granted(fates: Mapping[str, Fate] | None) -> bool:
    """Whether all that a node asked for last tick was granted, and it asked for something."""
    return bool(fates and all(fate.outcome == "granted" for fate in fates.values()))


def new_memory(skill: Skill) -> Any:
    """A fresh instance of a class skill, all fields at their defaults."""
    memory = skill.call()
    for item in skill.memory:
        setattr(memory, item.name, item.default)
    return memory


_PLAIN: dict[str, type] = {"bool": bool, "int": int, "float": float, "str": str, "entity": str}


def plainly(skill: Skill) -> tuple[str, dict[str, Any]]:
    """Source of whether `v`, what an instance of a class skill holds, needs no second look; and the names in it."""
    known, names = [f"len(v) == {len(skill.memory)}"], {}
    for place, item in enumerate(skill.memory):
        plain, value = _PLAIN.get(item.type.kind), f"f{place}"
        listed = _PLAIN.get(item.type.item.kind) if item.type.item is not None else None
        names[f"d{place}"] = item.default
        # One that was deleted is `v` itself, which is of no type.
        right = f"({value} := v.get({item.name!r}, v)) is d{place}"
        if plain is not None:
            right += f" or type({value}) is {plain.__name__}" + (f" and {value} - {value} == 0.0" * (plain is float))
        elif listed not in (None, float):
            right += f" or type({value}) is tuple and {{*map(type, {value})}} <= {{{listed.__name__}}}"
        known.append(f"({right})")
    return " and ".join(known), names


def settler(skill: Skill) -> Callable[[Any], None]:
    """A function that sees to it that what a class skill remembers is plain data (R12); ValueError if it was not.

    It is called after whatever may have written fields. They are then as they are stored, lists as tuples, so that
    a run goes on alike with and without a save; what cannot be stored is back at its default, or gone.
    """

    def settle(memory: Any) -> None:
        if getattr(memory, "live", False):
            return
        wrong = []
        for item in skill.memory:
            try:
                value = item.type.conform(getattr(memory, item.name))
            except ValueError as error:
                wrong.append(f"skill {skill.name}, field {item.name}: {error}")
                value = item.default
            setattr(memory, item.name, value)
        for name in sorted(set(getattr(memory, "__dict__", ())) - {item.name for item in skill.memory}):
            wrong.append(f"skill {skill.name} remembers {name!r}, which is none of its fields: declare it")
            delattr(memory, name)
        if wrong:
            raise ValueError(wrong[0])

    if "__slots__" in vars(skill.call):
        return settle
    # Generated: it is called for each class skill and tick, and nearly all fields are as they must be.
    test, names = plainly(skill)
    names["settle"] = settle
    exec(f"def quickly(memory):\n v = memory.__dict__\n if not ({test}): settle(memory)", names)
    made: Callable[[Any], None] = names["quickly"]
    return made


def wrong_return(answer: Any) -> None:
    """A skill that says anything but SUCCESS, FAILURE or RUNNING is a fault (R8)."""
    raise TypeError(f"a skill must return SUCCESS, FAILURE or RUNNING, not {answer!r:.60}")


def wrong_start(answer: Any) -> None:
    """A start that returns something is a fault (R8)."""
    raise TypeError(f"start must return nothing, not {answer!r:.60}")


def halt_skill(
    S: list[Any],
    M: list[Any],
    ctx: Any,
    index: int,
    slot: int,
    settle: Callable[[Any], None],
    within: float | None = None,
) -> None:
    """Halt a skill that runs: exactly once, for its status is taken back before the call (R9).

    With `within` seconds to stop in, its halt waits until it has stopped, or that time is over.
    """
    S[index] = INVALID
    if within is not None:
        # Who was only waiting for an earlier stop is not to be stopped a second time.
        ctx.state.halting.setdefault(index, ctx.tick + ctx.ticks(within))
        return
    ctx.node = index
    ctx.silent = True
    answer = M[slot].halt(ctx)
    if answer is not None:
        raise TypeError(f"halt must return nothing, not {type(answer).__name__}")
    settle(M[slot])
    # Not if it raised: who looks into the fault then still sees that it was a halt's.
    ctx.silent = False


def go_on_stopping(state: Any, ctx: Any, index: int, slot: int, force: bool) -> None:
    """One tick of stopping: `stop` is called, and `halt` once it has ended, its time is over, or by `force`."""
    memory, settle = state.memory[slot], state.plan.settlers[slot]
    ctx.node = index
    answer = RUNNING
    if not force:
        answer = memory.stop(ctx)
        if answer not in (SUCCESS, FAILURE, RUNNING):
            wrong_return(answer)
        settle(memory)
    if force or answer is not RUNNING or ctx.tick >= state.halting[index]:
        del state.halting[index]
        # Whoever waits to enter it again now does.
        state.status[index] = INVALID
        if hasattr(memory, "halt"):
            halt_skill(state.status, state.memory, ctx, index, slot, settle)


class SkillLeaf(Leaf):
    """One use of a skill.

    A port whose key is unknown fails the leaf, with feedback `unknown: KEY`, unless the port is
    `T | None`: what is not known is not acted on (R17).
    """

    def __init__(
        self, name: str, skill: Skill, arguments: Mapping[str, Bound], frame: Frame, within: float | None = None
    ) -> None:
        super().__init__(name, frame)
        self.within = within
        self.skill = skill
        self.arguments = arguments
        self.memory = new_memory(skill) if skill.remembers else None
        self.settle: Any = settler(skill) if skill.remembers else None

    @property
    def outs(self) -> dict[str, tuple[str, Port]]:
        """The keys that its Out ports write."""
        return {name: (b.key, self.skill.ports[name]) for name, b in self.arguments.items() if b.key is not None}

    def initialise(self) -> None:
        self.frame.notes.feedback.pop(self.index, None)
        self.frame.notes.outs[self.index] = self.outs
        for item in self.skill.memory:
            if not item.keep:
                setattr(self.memory, item.name, item.default)

    def update(self) -> Status:
        skill, ctx = self.skill, self.frame.ctx
        if skill.one_shot and self.status == RUNNING and granted(self.frame.notes.fates.get(self.index)):
            return SUCCESS
        values = []
        for name, bound in self.arguments.items():
            value = self.frame.function(bound.source())() if bound.expression else bound.constant
            if value is None and bound.expression and not skill.ports[name].type.optional:
                self.frame.notes.feedback[self.index] = f"unknown: {self.frame.function(bound.unknown())()}"
                self.feedback_message = self.frame.notes.feedback[self.index]
                self._halt()
                return FAILURE
            values.append(value)
        ctx.node = self.index
        if not skill.remembers:
            answer = skill.call(ctx, *values) if skill.takes_ctx else skill.call(*values)
        else:
            assert self.memory is not None
            if self.status != RUNNING and hasattr(self.memory, "start"):
                begun = self.memory.start(ctx, *values)
                if begun is not None:
                    wrong_start(begun)
            answer = self.memory.tick(ctx, *values)
            self.settle(self.memory)
        if answer not in (SUCCESS, FAILURE, RUNNING):
            wrong_return(answer)
        self.feedback_message = self.frame.notes.feedback.get(self.index, "")
        status: Status = answer
        return status

    def terminate(self, new_status: Status) -> None:
        if new_status == INVALID:
            self._halt()

    def _halt(self) -> None:
        if self.status == RUNNING and hasattr(self.memory, "halt"):
            halt_skill([INVALID] * (self.index + 1), [self.memory], self.frame.ctx, self.index, 0, self.settle)


class SkillRule(Rule):
    """Calls the function, or the method of the instance that the State remembers."""

    def remembers(self, node: Any) -> bool:
        return bool(node.skill.remembers)

    def memory(self, node: Any) -> Any:
        skill = node.skill
        return lambda: new_memory(skill)

    def halt(self, node: Any, index: int, slot: int) -> Halt | None:
        there = hasattr(node.memory, "halt") or node.within is not None
        return partial(halt_skill, index=index, slot=slot, settle=node.settle, within=node.within) if there else None

    def code(self, node: Any, w: Writer) -> None:
        skill, index = node.skill, w.index(node)
        if node.within is not None:
            # It is still stopping: whoever wants it again waits.
            with w.block(f"if {index} in state.halting:"):
                w.line(f"S[{index}] = r = RUNNING")
                w.line(f"F[{index}] = 'waits until it has stopped'")
            with w.block("else:"):
                self._code(node, skill, index, w)
        else:
            self._code(node, skill, index, w)

    def _code(self, node: Any, skill: Skill, index: int, w: Writer) -> None:
        if skill.one_shot:
            check = w.constant(granted)
            with w.block(f"if S[{index}] is RUNNING and {check}(state.fates.get({index})):"):
                w.line(f"S[{index}] = r = SUCCESS")
            with w.block("else:"):
                self._call(node, skill, index, w)
        else:
            self._call(node, skill, index, w)

    def code_or(self, node: Any, w: Writer, go_on: str, otherwise: Callable[[], None]) -> None:
        skill, index = node.skill, w.index(node)
        if skill.one_shot or skill.remembers or any(bound.expression for bound in node.arguments.values()):
            super().code_or(node, w, go_on, otherwise)
            return
        given = [self._constant(bound.constant, w) for bound in node.arguments.values()]
        if skill.takes_ctx:
            w.line(f"ctx.node = {index}")
            given.insert(0, "ctx")
        with w.block(f"if (r := {w.constant(skill.call)}({', '.join(given)})) is {go_on}:"):
            w.line(f"S[{index}] = r")
        others = [status for status in ("SUCCESS", "FAILURE", "RUNNING") if status != go_on]
        with w.block("else:"):
            with w.block(f"if r is not {others[0]} and r is not {others[1]}:"):
                w.line(f"{w.constant(wrong_return)}(r)")
            w.line(f"S[{index}] = r")
            otherwise()

    def bare(self, node: Any) -> bool:
        return not (node.skill.one_shot or node.skill.remembers)

    def bare_code(self, node: Any, w: Writer, otherwise: Callable[[], None]) -> None:
        skill, index = node.skill, w.index(node)
        values, word = self._values(node, skill, index, w, otherwise)
        given = ", ".join(["ctx", *values] if skill.takes_ctx else values)
        with w.block("else:") if word == "elif" else nullcontext():
            if skill.takes_ctx:
                w.line(f"ctx.node = {index}")
            with w.block(f"if (r := {w.constant(skill.call)}({given})) is not SUCCESS:"):
                with w.block("if r is not FAILURE and r is not RUNNING:"):
                    w.line(f"{w.constant(wrong_return)}(r)")
                otherwise()

    def _constant(self, value: Any, w: Writer) -> str:
        return repr(value) if isinstance(value, str | bool | int | None) else w.constant(value)

    def _call(self, node: Any, skill: Skill, index: int, w: Writer) -> None:
        values, word = self._values(node, skill, index, w, lambda: None)
        with w.block("else:") if word == "elif" else nullcontext():
            self._do(node, skill, index, values, w)
        w.line(f"S[{index}] = r")

    def _values(
        self, node: Any, skill: Skill, index: int, w: Writer, otherwise: Callable[[], None]
    ) -> tuple[list[str], str]:
        """Sources of what fills the ports, after the code that fails for what is unknown, and the word that goes on."""
        values, word = [], "if"
        for place, (name, bound) in enumerate(node.arguments.items()):
            if bound.expression is None:
                values.append(self._constant(bound.constant, w))
            elif skill.ports[name].type.optional:
                values.append(f"({bound.source()})")
            else:
                values.append(f"a{place}")
                with w.block(f"{word} (a{place} := {bound.source()}) is None:"):
                    self._unknown(bound, index, w)
                    otherwise()
                word = "elif"
        return values, word

    def _unknown(self, bound: Bound, index: int, w: Writer) -> None:
        w.line(f"F[{index}] = 'unknown: ' + {bound.unknown()}")
        if index in w.halting:
            with w.block(f"if S[{index}] is RUNNING:"):
                w.halt_call(index)
        w.line("r = FAILURE")

    def _do(self, node: Any, skill: Skill, index: int, values: list[str], w: Writer) -> None:
        given = ", ".join(["ctx", *values] if skill.takes_ctx else values)
        if skill.takes_ctx:
            w.line(f"ctx.node = {index}")
        if skill.remembers:
            slot, memory = w.slot_of[index], w.local("m")
            w.line(f"{memory} = M[{slot}]")
            fresh = [item for item in skill.memory if not item.keep]
            if fresh or hasattr(node.memory, "start"):
                with w.block(f"if S[{index}] is not RUNNING:"):
                    for item in fresh:
                        w.line(f"{memory}.{item.name} = {w.constant(item.default)}")
                    if hasattr(node.memory, "start"):
                        with w.block(f"if (v := {memory}.start({given})) is not None:"):
                            w.line(f"{w.constant(wrong_start)}(v)")
            w.line(f"r = {memory}.tick({given})")
            w.line(f"{w.constant(node.settle)}({memory})")
        else:
            w.line(f"r = {w.constant(skill.call)}({given})")
        with w.block("if r is not SUCCESS and r is not RUNNING and r is not FAILURE:"):
            w.line(f"{w.constant(wrong_return)}(r)")


RULE = SkillRule()
