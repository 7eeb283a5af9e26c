"""All that changes while a tree runs: flat, copyable, plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from t800.core import INVALID, Fate, Status
from t800.errors import LiveError, UsageError, listed
from t800.nodes.skill import new_memory, plainly
from t800.registry import Skill

if TYPE_CHECKING:
    from t800.engine.plan import Plan

__all__ = ["State", "copier"]

_LETTERS = {Status.SUCCESS: "S", Status.FAILURE: "F", Status.RUNNING: "R", Status.INVALID: "-"}
_STATUSES = {letter: status for status, letter in _LETTERS.items()}


def _fields(skill: Skill, memory: Any) -> list[Any]:
    """What a class skill remembers, as values that nobody can change in place; UsageError if it is not plain data."""
    values = []
    for item in skill.memory:
        try:
            values.append(item.type.conform(getattr(memory, item.name)))
        except ValueError as error:
            raise UsageError(f"skill {skill.name}, field {item.name}: it cannot be saved: {error}") from None
    if stray := sorted(set(getattr(memory, "__dict__", ())) - {item.name for item in skill.memory}):
        # It would be lost without a word, and the copy would go on otherwise.
        raise UsageError(f"skill {skill.name} remembers {stray[0]!r}, which is none of its fields: declare it")
    return values


def copier(skill: Skill) -> Callable[[Any], Any]:
    """A function that copies what a class skill remembers; UsageError if that is not plain data."""

    def copy(memory: Any) -> Any:
        if getattr(memory, "live", False):
            raise LiveError(f"a state cannot be copied or saved while {skill.name} is under way")
        return _instance(skill, _fields(skill, memory))

    cls: Any = skill.call
    if hasattr(cls, "__post_init__") or "__slots__" in vars(cls):
        return copy
    # Generated: a copy is what looking ahead costs, and values of plain types need no second look.
    test, names = plainly(skill)
    lines = [
        "def copy_plain(memory):",
        " v = memory.__dict__",
        f" if {test}:",
        "  new = make(cls)",
        "  new.__dict__ = v.copy()",
        "  return new",
        " return copy(memory)",
    ]
    namespace = names | {"cls": cls, "copy": copy, "make": object.__new__}
    exec("\n".join(lines), namespace)
    made: Callable[[Any], Any] = namespace["copy_plain"]
    return made


def _instance(skill: Skill, values: list[Any]) -> Any:
    """A class skill that remembers these values."""
    memory = new_memory(skill)
    for item, value in zip(skill.memory, values, strict=True):
        setattr(memory, item.name, value)
    return memory


class State:
    """One running instance of a Plan; a thousand of them share one Plan.

    `status[i]` is the status of node i in preorder, `memory` what composites, decorators and class
    skills remember, `feedback` what nodes said of themselves, `fates` what became of each node's asks
    last tick, `halting` the nodes that take their time to stop, with the tick by which they must
    have. Two states of one plan are equal when they would go on alike. While it is `watched`, each status
    is written as its node's tick ends; otherwise one that stays what it was may not be written at all.
    """

    __slots__ = ("fates", "feedback", "halting", "memory", "outs", "plan", "status", "ticking", "watched")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.status: list[Status] = [INVALID] * len(plan.ids)
        self.memory: list[Any] = [0 if make is None else make() for make in plan.slots]
        self.feedback: dict[int, str] = {}
        self.fates: dict[int, dict[str, Fate]] = {}
        self.halting: dict[int, int] = {}
        self.outs = plan.outs
        self.ticking = False
        self.watched = False

    def copy(self) -> State:
        """Another state that goes on alike; UsageError while it ticks, LiveError for what is no plain data."""
        if self.ticking or self.plan.foreign:
            self._check()
        other = State.__new__(State)
        other.plan = self.plan
        other.outs = self.outs
        other.status = self.status.copy()
        other.memory = memory = self.memory.copy()
        for slot, copied in self.plan.copiers:
            memory[slot] = copied(memory[slot])
        other.feedback = self.feedback.copy()
        other.fates = self.fates.copy()
        other.halting = self.halting.copy()
        other.ticking = other.watched = False
        return other

    def save(self) -> dict[str, Any]:
        """All of it as JSON data; UsageError while it ticks, LiveError for what is no plain data."""
        self._check()
        memory = list(self.memory)
        for slot, skill in self.plan.remembering.items():
            values = _fields(skill, memory[slot])
            memory[slot] = {
                item.name: item.type.encode(value) for item, value in zip(skill.memory, values, strict=True)
            }
        for slot, kind in self.plan.slot_types.items():
            memory[slot] = kind.encode(memory[slot])
        return {
            "status": "".join(_LETTERS[status] for status in self.status),
            "memory": memory,
            "halting": {str(node): tick for node, tick in self.halting.items()},
            "feedback": {str(node): text for node, text in self.feedback.items()},
            "fates": {
                str(node): {channel: [fate.outcome, fate.why] for channel, fate in fates.items()}
                for node, fates in self.fates.items()
            },
        }

    def load(self, data: Mapping[str, Any]) -> None:
        """Take back what `save` gave; the plan must mean the same as then. UsageError while it ticks, or if a skill's
        fields are others now."""
        self._check()
        self.status = [_STATUSES[letter] for letter in data["status"]]
        memory = list(data["memory"])
        for slot, skill in self.plan.remembering.items():
            saved = memory[slot]
            if saved.keys() != {item.name for item in skill.memory}:
                raise UsageError(f"skill {skill.name} had the fields {listed(saved) or 'none'} when this was saved")
            memory[slot] = _instance(skill, [item.type.decode(saved[item.name]) for item in skill.memory])
        for slot, kind in self.plan.slot_types.items():
            memory[slot] = kind.decode(memory[slot])
        self.memory = memory
        self.feedback = {int(node): text for node, text in data["feedback"].items()}
        self.halting = {int(node): tick for node, tick in data["halting"].items()}
        self.fates = {
            int(node): {channel: Fate(*fate) for channel, fate in fates.items()}
            for node, fates in data["fates"].items()
        }

    def _check(self) -> None:
        if self.ticking:
            raise UsageError("a state cannot be copied, saved or loaded while its tree ticks")
        for slot, skill in self.plan.remembering.items():
            if getattr(self.memory[slot], "live", False):
                raise LiveError(f"a state cannot be copied or saved while {skill.name} is under way")
        if self.plan.foreign:
            raise LiveError(f"this tree holds third-party behaviours, whose state is their own: {self.plan.foreign[0]}")

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, State) or self.plan is not other.plan or self.plan.foreign:
            return self is other
        return self.save() == other.save()

    __hash__ = None  # type: ignore[assignment]  # it changes
