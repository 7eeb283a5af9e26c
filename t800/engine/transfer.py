"""From one tree to another while it runs: what keeps its state, and what starts afresh (docs/watch.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from t800.blackboard import Blackboard
from t800.context import Context
from t800.core import INVALID, RUNNING, SUCCESS
from t800.engine.plan import WRAPPERS, Plan, graver
from t800.engine.state import State
from t800.nodes.sequence import SequenceRule
from t800.nodes.skill import SkillLeaf
from t800.types import Type

__all__ = ["Transfer", "transfer"]


@dataclass(frozen=True, slots=True)
class Transfer:
    """What became of the nodes that were active: the ids of those that go on as they were, and why others do not."""

    kept: tuple[str, ...]
    reset: Mapping[str, str]


def transfer(old: State, plan: Plan, board: Blackboard, ctx: Context) -> tuple[State, Transfer]:
    """The state of another tree that goes on where this one was, between two ticks.

        state, found = transfer(agent_state, compile(root), board, ctx)
        found.kept, found.reset           # ("protect", ...), {"protect/legs/wait": "it is gone"}

    A node keeps what it remembers, and its status, if the old tree has one with its id and its kind, and all above
    it keep theirs. A composite that was at a child goes on at that child, wherever it stands now; it starts
    afresh if the child is gone. What is put in before that child counts as passed. A guard that is new on a
    running node is asked its `while` from the next tick on.
    What ran and is not kept is halted. Trees with third-party behaviours start afresh as a whole.

    Raises what a halt raises, after all halts; `old` is of no use then, and nor afterwards.
    """
    new = plan.state()
    pairs, why = _pairs(old, plan)
    for index, before in pairs.items():
        new.status[index] = old.status[before]
        _remember(old, before, new, index)
        if before in old.feedback:
            new.feedback[index] = old.feedback[before]
        if before in old.fates:
            new.fates[index] = old.fates[before]
        if before in old.halting:
            new.halting[index] = old.halting[before]
    _wrap(plan, new, pairs)
    _line_up(plan, new, pairs)
    kept = set(pairs.values())
    active = [index for index, status in enumerate(old.status) if status is not INVALID]
    found = Transfer(
        tuple(old.plan.ids[index] for index in active if index in kept),
        {old.plan.ids[index]: why.get(old.plan.ids[index], "it is gone") for index in active if index not in kept},
    )
    error: BaseException | None = None
    try:
        if old.plan.foreign:
            old.plan.halt(old, board, ctx)
        else:
            old.plan.leave(old, board, ctx, [index for index in range(len(old.status)) if index not in kept])
    except BaseException as raised:  # noqa: BLE001  # raised again below, if it is to end the program
        error = graver(error, raised)
    if isinstance(error, KeyboardInterrupt | SystemExit):
        raise error
    return new, found


def _pairs(old: State, plan: Plan) -> tuple[dict[int, int], dict[str, str]]:
    """The nodes that are kept, as {place now: place before}; and why those that are not start afresh, by id."""
    before_of = {id_: index for index, id_ in enumerate(old.plan.ids)}
    parents = _parents(plan)
    pairs: dict[int, int] = {}
    why: dict[str, str] = {}
    if plan.foreign or old.plan.foreign:
        return pairs, dict.fromkeys(old.plan.ids, "a tree with third-party behaviours starts afresh")
    for index, (id_, node) in enumerate(zip(plan.ids, plan.nodes, strict=True)):
        before = before_of.get(id_)
        if before is None or type(node) in WRAPPERS:
            continue
        above = parents[index]
        if _kind(old.plan, before) != _kind(plan, index):
            why[id_] = "it is of another kind"
        elif above is not None and above not in pairs:
            why[id_] = f"{plan.ids[above]} starts afresh"
        elif (gone := _lost_child(old, before, plan, index)) is not None:
            why[id_] = f"it was at {gone}, which is gone"
        elif _types(old.plan, before) != _types(plan, index):
            why[id_] = "what it remembers is of another type"
        elif before in old.halting and isinstance(node, SkillLeaf) and node.within is None:
            why[id_] = "it was still stopping, and is to stop at once now"
        else:
            pairs[index] = before
    for index, (id_, node) in enumerate(zip(plan.ids, plan.nodes, strict=True)):
        # What is put around a node goes with it.
        if type(node) in WRAPPERS and id_ in before_of:
            if _bare(plan, index) in pairs:
                pairs[index] = before_of[id_]
            else:
                why[id_] = why.get(plan.ids[_bare(plan, index)], "it is gone")
    return pairs, why


def _lost_child(old: State, before: int, plan: Plan, index: int) -> str | None:
    """The id of the child that a running composite was at, if the new one has none of that id."""
    child = _child_at(old, before) if old.status[before] is RUNNING else None
    if child is None or _place_of(old.plan, child, plan, index) is not None:
        return None
    return old.plan.ids[_bare(old.plan, child)]


def _remember(old: State, before: int, new: State, index: int) -> None:
    """Take over what a node remembers."""
    for there, here in zip(_slots(old.plan, before), _slots(new.plan, index), strict=True):
        new.memory[here] = old.memory[there]
    child = _child_at(old, before)
    if child is not None:
        slot, rule = new.plan.slot_of[index], new.plan.rules[index]
        reached = [each for each in _children(old.plan, before) if each <= child] if rule.reaches else [child]
        place = max(_place_of(old.plan, each, new.plan, index) or 0 for each in reached)
        new.memory[slot] = rule.stay_at(new.memory[slot], place)


def _wrap(plan: Plan, new: State, pairs: Mapping[int, int]) -> None:
    """A guard that is new around a node that goes on has let it in already."""
    for index, node in enumerate(plan.nodes):
        bare = _bare(plan, index)
        if type(node) in WRAPPERS and index not in pairs and bare in pairs:
            new.status[index] = new.status[bare]


def _line_up(plan: Plan, new: State, pairs: Mapping[int, int]) -> None:
    """In a sequence all before the child that it stands at have succeeded, and all behind it are inactive.

    Its code relies on it. What an edit puts in before that child counts as passed.
    """
    for index in pairs:
        status = new.status[index]
        if status is INVALID or not isinstance(plan.rules[index], SequenceRule):
            continue
        children = _children(plan, index)
        asked = [child for child in children if new.status[child] is not INVALID]
        passed = True
        for child in children:
            if not passed or not asked or child > asked[-1]:
                new.status[child : plan.ends[child]] = [INVALID] * (plan.ends[child] - child)
            elif new.status[child] is INVALID:
                last = _bare(plan, child) + 1
                new.status[child:last] = [SUCCESS] * (last - child)
            passed = passed and new.status[child] is SUCCESS


def _child_at(state: State, index: int) -> int | None:
    """The child whose place a composite remembers, if it is one that does."""
    if not state.plan.rules[index].remembers_child or index not in state.plan.slot_of:
        return None
    place = state.plan.rules[index].child_at(state.memory[state.plan.slot_of[index]])
    children = _children(state.plan, index)
    return children[place] if 0 <= place < len(children) else None


def _place_of(old: Plan, child: int, plan: Plan, index: int) -> int | None:
    """Where a child stands among those of the new composite."""
    id_ = old.ids[_bare(old, child)]
    places = (place for place, each in enumerate(_children(plan, index)) if plan.ids[_bare(plan, each)] == id_)
    return next(places, None)


def _kind(plan: Plan, index: int) -> tuple[type, type, str | None]:
    node = plan.nodes[index]
    # Both selectors are of one class of py_trees, and of two rules.
    return type(node), type(plan.rules[index]), node.skill.name if isinstance(node, SkillLeaf) else None


def _types(plan: Plan, index: int) -> list[Type | None]:
    """The types of what a node remembers; None for plain numbers."""
    return [plan.slot_types.get(slot) for slot in _slots(plan, index)]


def _slots(plan: Plan, index: int) -> list[int]:
    return [slot for slot, owner in enumerate(plan.slot_owners) if owner == index]


def _children(plan: Plan, index: int) -> list[int]:
    found = []
    child = index + 1
    while child < plan.ends[index]:
        found.append(child)
        child = plan.ends[child]
    return found


def _bare(plan: Plan, index: int) -> int:
    """A node without what its options put around it."""
    while type(plan.nodes[index]) in WRAPPERS:
        index += 1
    return index


def _parents(plan: Plan) -> list[int | None]:
    """The nearest node above each that no option put there."""
    found: list[int | None] = [None] * len(plan.nodes)
    for index, node in enumerate(plan.nodes):
        above = index if type(node) not in WRAPPERS else found[index]
        for child in _children(plan, index):
            found[child] = above
    return found
