"""Why a node did what it did: answers from a recorded run that is run again (docs/asking.md)."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from py_trees.composites import Selector
from py_trees.composites import Sequence as SequenceNode

from t800.core import INVALID, RUNNING, SUCCESS, Ask, Status
from t800.engine import Plan
from t800.errors import UsageError, closest, shorten
from t800.expressions import Expression
from t800.nodes.check import Check
from t800.nodes.frame import Frame
from t800.nodes.guard import Guard
from t800.nodes.hooks import Hooks
from t800.nodes.parallel import Parallel
from t800.nodes.skill import SkillLeaf
from t800.simulation.canonical import encode
from t800.simulation.runner import Moment
from t800.simulation.witness import Evidence, Rerun, Snapshot, Turn, Witness, Write
from t800.spec.modes import FAULTED, EdgeSpec
from t800.spec.scenario import ScenarioSpec

__all__ = ["Answer", "Origin", "Reason", "Value", "why_node"]

_KEYS = re.compile(r"""[BW](?:\[|\.get\()(['"])(\w+)\1""")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote a key last: `start`, `sense NAME` or a node's id; when; and since when it has had this value.

    `from_` leads a sense's belief down to the observation: `sense find: people`, `sense see: observation.sightings`.
    """

    key: str
    by: str
    tick: int
    time: float
    since: int
    from_: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A name that was read, what it was (None: unknown), and where that came from; a constant comes from nowhere."""

    name: str
    value: Any
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of an answer: `kind` is mode, guard, branch, status, ask, fault or absence; `said` is a sentence."""

    kind: str
    said: str
    node: str | None = None
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a node was as it was: `status` is RUNNING, SUCCESS, FAILURE, `halted` or `not ticked`.

    `halted` tells whether it ran before, or was begun, and was stopped in this tick.
    """

    agent: str
    node: str
    tick: int
    time: float
    status: str
    halted: bool
    reasons: tuple[Reason, ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """As JSON data."""
        data = dataclasses.asdict(self)
        for reason in data["reasons"]:
            for value in reason["values"]:
                if value["origin"] is not None:
                    value["origin"]["from"] = list(value["origin"].pop("from_"))
        return data


def why_node(trace: str | Path, agent: str, node: str, when: str | int, scenario: ScenarioSpec | None = None) -> Answer:
    """Why a node of an agent had the status that it had in a tick.

        answer = why_node("corridor.jsonl", "t800", "protect/legs/shield", "9.4s")
        answer.status, [reason.said for reason in answer.reasons]

    UsageError with a suggestion if there is no such agent, node or tick; else as `Rerun`.
    """
    again = Rerun(trace, scenario)
    witness = again.witnesses.get(agent)
    if witness is None:
        raise UsageError(f"no agent {shorten(agent)}; {_way(agent, list(again.witnesses))}")
    number = again.tick(str(when))
    known = _places(witness.plans)
    if node not in known and not again.watched:
        raise UsageError(f"{agent} has no node {shorten(node, 80)}; {_way(node, list(known))}")
    place = known.get(node, (0, 0))[0]
    witness.watched = number
    last = -1
    after: Moment | None = None
    entered: dict[str, int] = {}
    for moment in again.moments():
        if moment.number > number:
            after = moment
            break
        last = moment.number
        if agent in moment.ticks:
            place = _places(witness.plans).get(node, (place, 0))[0] if again.watched else place
            statuses = moment.ticks[agent].statuses.get(witness.spec.trees[place].name, ())
            ids = witness.plans[place].ids
            running = [ids[at] for at, status in enumerate(statuses) if status is RUNNING]
            entered = {id_: entered.get(id_, last) for id_ in running}
    if last < number and after is None:
        raise UsageError(f"the trace has no tick {number}: its last is {last}")
    plans = witness.plans if witness.evidence is None else witness.evidence.plans
    if node not in (known := _places(plans)):
        raise UsageError(f"{agent} has no node {shorten(node, 80)} in tick {number}; {_way(node, list(known))}")
    place, index = known[node]
    if witness.evidence is None:
        answer = Answer(agent, node, number, again.time(number), "not ticked", halted=False)
        reason = _absent(again, agent, number, after) if last == number else _passed_over(again, last, after)
        return dataclasses.replace(answer, reasons=(reason,))
    return _Inquiry(again, witness, witness.evidence, place, entered).answer(node, index)


def _places(plans: Sequence[Plan]) -> dict[str, tuple[int, int]]:
    """The tree and the place in it of each node, by its id."""
    return {id_: (place, index) for place, plan in enumerate(plans) for index, id_ in enumerate(plan.ids)}


def _passed_over(again: Rerun, last: int, after: Moment | None) -> Reason:
    assert after is not None
    begin, end = again.time(last + 1), again.time(after.number)
    return Reason("absence", f"nobody was ticked then: time was passed over from {begin:.1f} s to {end:.1f} s")


def _absent(again: Rerun, agent: str, number: int, after: Moment | None) -> Reason:
    for moment in itertools.chain([] if after is None else [after], again.moments()):
        if agent in moment.ticks:
            return Reason("absence", f"{agent} does not think yet: its first tick after this is {moment.number}")
    return Reason("absence", f"{agent} does not think in tick {number}, nor later in this trace")


def _way(name: str, choices: Sequence[str]) -> str:
    near = closest(name, choices)
    return f"did you mean {near!r}?" if near else f"there is: {', '.join(choices)[:300] or 'none'}"


class _Inquiry:
    """What can be asked about one tree in one tick."""

    def __init__(
        self, again: Rerun, witness: Witness, evidence: Evidence, place: int, entered: Mapping[str, int]
    ) -> None:
        assert evidence.tick is not None
        self.again = again
        self.agent = witness.id
        self.spec = evidence.spec
        self.turns = [turn for turn in witness.turns if turn.tick <= evidence.tick.number]
        self.evidence = evidence
        self.tick = evidence.tick
        self.plan = evidence.plans[place]
        self.place = place
        self.entered = entered
        self.before = evidence.before[place]
        self.after = evidence.after[place]
        self.parents = [-1] * len(self.plan.ids)
        for index, end in enumerate(self.plan.ends):
            child = index + 1
            while child < end:
                self.parents[child] = index
                child = self.plan.ends[child]

    # ---- values and where they come from

    def values(self, expression: Expression, frame: Frame, board: Snapshot) -> tuple[Value, ...]:
        """Each name that an expression reads, as it stood."""
        context: Any = SimpleNamespace(tick=board.tick, dt=board.dt)
        stand: Any = board
        found = []
        for name, source in expression.sources().items():
            value = frame.call(source, stand, context)
            keys = [match[1] for match in _KEYS.findall(source)]
            found.append(Value(name, _plain(value), self.origin(keys[0], board) if keys else None))
        return tuple(found)

    def origin(self, key: str, board: Snapshot) -> Origin:
        """Who wrote a key last before this moment, and from what."""
        last, changed = board.last[key], board.changed[key]
        # A sense writes every tick; what a tree wrote stands until somebody writes again.
        return Origin(key, last.by, last.tick, self.again.time(last.tick), changed.tick, self._from(last, board))

    def _from(self, write: Write, board: Snapshot) -> tuple[str, ...]:
        """A belief, down through the senses to the observation."""
        found: list[str] = []
        waiting, known, senses = [write], {write.key}, [""]
        while waiting:
            write = waiting.pop(0)
            if not write.by.startswith("sense ") or write.by in senses:
                continue
            senses.append(write.by)
            read = [f"observation.{name}" for name in write.reads]
            for key in self._inputs(write):
                read.append(key)
                if key not in known:
                    known.add(key)
                    waiting.append(board.last[key])
            found.append(f"{write.by}: {', '.join(read) or 'nothing'}")
        return tuple(found)

    def _inputs(self, write: Write) -> list[str]:
        for use in self.spec.senses:
            if f"sense {use.sense.name}" == write.by and write.key in use.keys.values():
                texts = [given.expression for given in use.arguments.values() if given.expression is not None]
                words = [word for text in texts for word in re.findall(r"\w+", text)]
                return [word for word in dict.fromkeys(words) if word in self.spec.keys]
        return []

    def truth(self, expression: Expression, frame: Frame, board: Snapshot) -> bool | None:
        """Whether an expression is true, false or unknown."""
        context: Any = SimpleNamespace(tick=board.tick, dt=board.dt)
        stand: Any = board
        if frame.call(expression.true(), stand, context):
            return True
        return False if frame.call(expression.false(), stand, context) else None

    def undecided(self, expression: Expression, frame: Frame, board: Snapshot) -> tuple[str, tuple[Value, ...]]:
        """The parts of a conjunction that keep it from being true, in words, with their values."""
        parts = [(clause, self.truth(clause, frame, board)) for clause in expression.clauses()]
        failing = [(clause, truth) for clause, truth in parts if truth is not True]
        words = " and ".join(f"`{clause.text}` is {_WORDS[truth]}" for clause, truth in failing)
        return words, _once(value for clause, _ in failing for value in self.values(clause, frame, board))

    # ---- the answer

    def answer(self, node: str, inner: int) -> Answer:
        """Why this node was as it was."""
        outer = inner
        while (parent := self.parents[outer]) >= 0 and isinstance(self.plan.nodes[parent], Guard | Hooks):
            outer = parent
        ticked, status = self.ticked(outer), self.after[outer]
        halted = self.after[inner] is INVALID and (self.before[inner] is RUNNING or self.ticked(inner))
        reasons = [self.mode()]
        if self.use.name not in self.tick.statuses:
            reasons += self.other_mode()
        elif not ticked:
            reasons += self.passed_by(outer)
        elif status is INVALID:
            reasons += self.stopped(outer)
        else:
            reasons += self.preferences(outer)
            reasons += self.why_status(outer)
        if self.tick.fault is not None:
            fault = self.tick.fault
            said = f"the tick ended with a fault in {fault.site} {fault.where}: {fault.exception}: {fault.message}"
            reasons.append(Reason("fault", f"{said}; all that ran was halted", fault.where))
        reasons += self.asks(node)
        word = status.name if ticked and status is not INVALID else "halted" if halted else "not ticked"
        return Answer(
            self.agent, node, self.tick.number, self.again.time(self.tick.number), word, halted, tuple(reasons)
        )

    @property
    def use(self) -> Any:
        """The tree, as the agent uses it."""
        return self.spec.trees[self.place]

    def ticked(self, index: int) -> bool:
        """Whether a node was reached in this tick."""
        return (self.place, index) in self.evidence.visits

    def mode(self) -> Reason:
        """Which mode the agent is in, and by which edge it came there."""
        mode = self.tick.mode
        if not self.turns:
            return Reason("mode", f"mode {mode} since the start")
        turn = self.turns[-1]
        edge = self.followed(turn)
        when = f"since tick {turn.tick} ({self.again.time(turn.tick):.1f} s), from {turn.left}"
        if edge is None:
            return Reason("mode", f"mode {mode} {when}")
        by = " and ".join(
            part for part in (edge.event and f"the signal {edge.event}", edge.when and f"`{edge.when.text}`") if part
        )
        values = () if edge.when is None else self.values(edge.when, Frame(), turn.board)
        return Reason("mode", f"mode {mode} {when}, by {by or 'an edge that always holds'}", values=values)

    def followed(self, turn: Turn) -> EdgeSpec | None:
        """The edge that a change of mode followed."""
        modes = self.spec.modes
        for state in modes.chain(turn.left):
            for edge in state.edges:
                if edge.event is not None and edge.event not in turn.signals:
                    continue
                if edge.when is not None and self.truth(edge.when, Frame(), turn.board) is not True:
                    continue
                if modes.innermost(edge.to) == turn.entered:
                    return edge
        return None

    def other_mode(self) -> list[Reason]:
        """Why the mode does not have this tree, and what kept the agent from a mode that has it."""
        modes, name = self.spec.modes, self.use.name
        mode = self.tick.mode
        having = [s.path for s in modes.states if s.initial is None and self.place in modes.trees(s.path)]
        said = f"the mode {mode} does not have the tree {name}; {' and '.join(having)} {'do' if having[1:] else 'does'}"
        found = [Reason("mode", said)]
        if self.tick.left is not None and self.before.count(INVALID) < len(self.before):
            found.append(Reason("mode", f"the tree was halted when the mode {self.tick.left} was left"))
        board = self.evidence.sensed
        if mode == FAULTED or board is None:
            return found
        for state in modes.chain(mode):
            for edge in state.edges:
                if modes.innermost(edge.to) not in having:
                    continue
                kept: list[str] = []
                values: tuple[Value, ...] = ()
                if edge.event is not None and edge.event not in self.evidence.signals:
                    kept.append(f"nobody signalled {edge.event}")
                if edge.when is not None and (words := self.undecided(edge.when, Frame(), board))[0]:
                    kept.append(words[0])
                    values = words[1]
                why = " and ".join(kept) or ("the tick's one change of mode" if self.tick.left else "it held no longer")
                found.append(Reason("mode", f"no change to {edge.to}: {why}", values=values))
        return found

    def passed_by(self, outer: int) -> list[Reason]:
        """Why a node was not reached: what the last node above it that was reached did instead."""
        below = outer
        while (above := self.parents[below]) >= 0 and not self.ticked(above):
            below = above
        if above < 0:
            return [Reason("branch", "its tree was not ticked")]
        return self.instead(above, below)

    def instead(self, above: int, below: int) -> list[Reason]:
        """Why a node that was ticked did not tick one of its children."""
        node, ids = self.plan.nodes[above], self.plan.ids
        if isinstance(node, Guard):
            return [self.guard(above)]
        children = list(self.children(above))
        here = children.index(below)
        ticked = [child for child in children if self.ticked(child)]
        if isinstance(node, Selector | SequenceNode):
            goes_on = isinstance(node, SequenceNode)
            earlier = [child for child in children[:here] if child in ticked]
            if earlier and self.after[earlier[-1]] is not (SUCCESS if goes_on else Status.FAILURE):
                return self.because("was not done yet" if goes_on else "was preferred", earlier[-1], goes_on)
            later = [child for child in children[here + 1 :] if child in ticked]
            if later:
                return [
                    Reason("branch", f"{ids[above]} went on with {ids[later[0]]}, where it was", self.bare(later[0]))
                ]
        if isinstance(node, Parallel):
            ended = self.before[below]
            return [Reason("branch", f"it had ended with {ended.name} and waits for the others", ids[above])]
        words = f"{ids[above]} ({type(node).__name__}) ended with {self.after[above].name} without it"
        note = self.evidence.feedback[self.place][above]
        return [Reason("branch", words + (f": {note}" if note else ""), self.bare(above))]

    def because(self, words: str, child: int, goes_on: bool) -> list[Reason]:
        """What a sibling that came first did."""
        status = self.after[child].name
        words = "failed" if goes_on and status == "FAILURE" else words
        found = [Reason("branch", f"{self.bare(child)} {words}: {status}", self.bare(child))]
        guards = [index for index in self.wrapped(child) if isinstance(self.plan.nodes[index], Guard)]
        return found + [self.guard(index) for index in guards if self.ticked(index)]

    def preferences(self, outer: int) -> list[Reason]:
        """The guards above a node, and the better choices of the selectors above it: why each was none."""
        found: list[Reason] = []
        below = outer
        while (above := self.parents[below]) >= 0:
            better = [self.guard(above)] if isinstance(self.plan.nodes[above], Guard) else []
            if type(self.plan.nodes[above]) is Selector:
                for child in self.children(above):
                    if child == below:
                        break
                    if self.ticked(child):
                        why, values = self.brief(child)
                        said = f"before it, {self.bare(child)}: {why}"
                        better.append(Reason("branch", said, self.bare(child), values))
            found = better + found
            below = above
        return found

    def brief(self, index: int) -> tuple[str, tuple[Value, ...]]:
        """A node's status and the shortest reason for it."""
        for inner in self.wrapped(index):
            node = self.plan.nodes[inner]
            if isinstance(node, Guard) and not self.ticked(inner + 1):
                reason = self.guard(inner)
                return f"{self.after[index].name}, {reason.said}", reason.values
        note = self.evidence.feedback[self.place][inner]
        return self.after[index].name + (f", {note}" if note else ""), ()

    def why_status(self, index: int) -> list[Reason]:
        """Why a node that was ticked has its status, down to the leaves that decided."""
        found: list[Reason] = []
        waiting = [index]
        while waiting:
            at = waiting.pop(0)
            node, name = self.plan.nodes[at], self.bare(at)
            status, note = self.after[at].name, self.evidence.feedback[self.place][at]
            tail = f": {note}" if note else ""
            if not self.ticked(at):
                found.append(Reason("status", f"{name} ended with {status} in an earlier tick", name))
            elif isinstance(node, Guard):
                found.append(self.guard(at))
                waiting[:0] = [at + 1] if self.ticked(at + 1) else []
            elif isinstance(node, Hooks):
                waiting.insert(0, at + 1)
            elif isinstance(node, Check):
                found.append(self.check(at))
            elif not node.children:
                found.append(self.leaf(at, f"{name} answered {status}{tail}"))
            else:
                deciding = self.deciders(at)
                by = f", by {' and '.join(self.bare(child) for child in deciding)}" if deciding else ""
                found.append(Reason("status", f"{name} is {status}{by}{tail}", name))
                waiting[:0] = deciding
        return found

    def deciders(self, index: int) -> list[int]:
        """The child whose status decided; of a parallel that runs, all that run."""
        if isinstance(self.plan.nodes[index], Parallel) and self.after[index] is RUNNING:
            return [child for child in self.children(index) if self.after[child] is RUNNING]
        tip = self.evidence.tips[self.place].get(index)
        return [] if tip is None else [tip]

    def leaf(self, index: int, said: str) -> Reason:
        """What a leaf was given."""
        node: Any = self.plan.nodes[index]
        values: list[Value] = []
        if isinstance(node, SkillLeaf):
            board = self.evidence.visits[self.place, index]
            for bound in node.arguments.values():
                if bound.expression is not None:
                    values += self.values(bound.expression, node.frame, board)
            fate_before = node.skill.one_shot and self.before[index] is RUNNING and self.after[index] is SUCCESS
            said += ", as what it asked for was granted in the tick before" if fate_before else ""
        return Reason("status", said, self.plan.ids[index], _once(values))

    def check(self, index: int) -> Reason:
        """What a check found."""
        node: Any = self.plan.nodes[index]
        board, expression = self.evidence.visits[self.place, index], node.condition.expression
        words = f"`{expression.text}` is {_WORDS[self.truth(expression, node.frame, board)]}"
        return Reason("status", words, self.plan.ids[index], self.values(expression, node.frame, board))

    def guard(self, index: int) -> Reason:
        """What a guard asked, and what came of it."""
        node: Any = self.plan.nodes[index]
        board, name = self.evidence.visits[self.place, index], self.bare(index)
        passed: list[str] = []
        values: list[Value] = []
        for option, condition in node.asked.items():
            if option != "while" and self.before[index] is RUNNING:
                continue
            expression, wanted = condition.expression, option in ("if", "while")
            if (self.truth(expression, node.frame, board) is True) == wanted:
                passed.append(f"{option} `{expression.text}` " + ("holds" if wanted else "does not"))
                values += self.values(expression, node.frame, board)
                continue
            if wanted:
                words, why = self.undecided(expression, node.frame, board)
            else:
                words, why = f"`{expression.text}` is true", self.values(expression, node.frame, board)
            ran = option == "while" and self.before[index] is RUNNING
            said = f"{option} of {name}: {words}" + ("; it ran, and was halted" if ran else "")
            return Reason("guard", said, name, why)
        said = f"{name}: {' and '.join(passed)}" if passed else f"{name}: its guards were asked when it was entered"
        if self.before[index] is RUNNING and self.after[index] is RUNNING:
            said += f"; it has been RUNNING since tick {self.entered[self.plan.ids[index]]}"
        return Reason("guard", said, name, _once(values))

    def stopped(self, outer: int) -> list[Reason]:
        """Why a node that was ticked is inactive all the same: something above it ended."""
        above = self.parents[outer]
        while above >= 0 and self.after[above] is INVALID:
            above = self.parents[above]
        if above < 0:
            return [Reason("branch", "it was ticked, and halted in the same tick")]
        ended = f"it was ticked, and halted as {self.bare(above)} ended with {self.after[above].name}"
        return [Reason("branch", ended, self.bare(above)), *self.why_status(above)[1:]]

    def asks(self, node: str) -> list[Reason]:
        """What a node and those below it asked for, and what became of it."""
        found = []
        for ask in self.tick.asks:
            if ask.node != node and not ask.node.startswith(f"{node}/"):
                continue
            channel, outcome, why = ask.intent.channel, ask.fate.outcome, ask.fate.why
            values: tuple[Value, ...] = ()
            if outcome == "granted" and channel in self.evidence.refused:
                outcome, why = "granted, and refused by the world", self.evidence.refused[channel]
            elif outcome == "vetoed":
                values = self.vetoed(ask)
            elif outcome == "suppressed" and why.endswith(f"has the {channel}"):
                why += self.importance(why.partition(" has the ")[0].partition("/")[0], ask.tree)
            said = f"asked for {type(ask.intent).__name__} on {channel}: {outcome}"
            found.append(Reason("ask", said + (f": {why}" if why else ""), ask.node, values))
        return found

    def importance(self, first: str, other: str) -> str:
        """In words, that one tree stands before another."""
        names = list(self.tick.statuses)
        if first == other:
            return ", which asked first in the same tree"
        before = first in names and other in names and names.index(first) < names.index(other)
        return f", and {first} comes before {other} in {self.tick.mode}" if before else ""

    def vetoed(self, ask: Ask) -> tuple[Value, ...]:
        """The names that the constraint read which vetoed an ask."""
        name = ask.fate.why.partition(":")[0]
        rule = next(rule for rule in self.spec.constraints if rule.name == name)
        effects = self.spec.registry.effects
        board = self.last_board()
        found = []
        for text, source in rule.when.sources().items():
            prefix, _, effect = text.partition(".")
            if prefix == "intent":
                said = {"kind": type(ask.intent).__name__, "channel": ask.intent.channel, **ask.effects}
                value = said[effect] if effect in said else effects[effect].neutral
                found.append(Value(text, _plain(value)))
                continue
            context: Any = SimpleNamespace(tick=board.tick, dt=board.dt)
            stand: Any = board
            keys = [match[1] for match in _KEYS.findall(source)]
            value = Frame().call(source, stand, context)
            found.append(Value(text, _plain(value), self.origin(keys[0], board) if keys else None))
        return tuple(found)

    def last_board(self) -> Snapshot:
        """The blackboard when all trees had spoken."""
        assert self.evidence.spoken is not None
        return self.evidence.spoken

    def children(self, index: int) -> Iterator[int]:
        """The children of a node."""
        child = index + 1
        while child < self.plan.ends[index]:
            yield child
            child = self.plan.ends[child]

    def wrapped(self, index: int) -> Iterator[int]:
        """A node with what its options put around it, from outside."""
        yield index
        while isinstance(self.plan.nodes[index], Guard | Hooks):
            index += 1
            yield index

    def bare(self, index: int) -> str:
        """A node's id, without what its options add."""
        while isinstance(self.plan.nodes[index], Guard | Hooks):
            index += 1
        return self.plan.ids[index]


_WORDS: Mapping[bool | None, str] = {True: "true", False: "false", None: "unknown"}


def _once(values: Any) -> tuple[Value, ...]:
    """Each name once."""
    return tuple({value.name: value for value in values}.values())


def _plain(value: Any) -> Any:
    """A value as JSON data."""
    return json.loads(encode(value))
