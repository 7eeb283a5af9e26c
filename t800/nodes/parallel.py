"""`parallel`: several things at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import ParallelPolicy
from py_trees.composites import Composite

from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Status
from t800.nodes.writer import Rule, View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "STOCK_RULE", "Parallel"]


class Parallel(Composite):
    """A parallel that counts: SUCCESS with `needed` successes, FAILURE with `fail_after` failures.

    A child that ended is not ticked again until the parallel ends. It also fails once `needed` can no
    longer be reached. py_trees' own Parallel has no counts; where policies are its own, the two agree.
    """

    def __init__(self, name: str, needed: int, fail_after: int, children: Sequence[Behaviour]) -> None:
        super().__init__(name, children)
        self.needed = needed
        self.fail_after = fail_after

    def tick(self) -> Iterator[Behaviour]:
        if self.status != RUNNING:
            for child in self.children:
                if child.status != INVALID:
                    child.stop(INVALID)
            self.current_child = None
            self.initialise()
        for child in self.children:
            if child.status not in (SUCCESS, FAILURE):
                yield from child.tick()
        succeeded = [child for child in self.children if child.status == SUCCESS]
        failed = [child for child in self.children if child.status == FAILURE]
        self.current_child = self.children[-1]
        status = RUNNING
        if len(failed) >= self.fail_after or len(self.children) - len(failed) < self.needed:
            status, self.current_child = FAILURE, failed[0]
        elif len(succeeded) >= self.needed:
            status, self.current_child = SUCCESS, succeeded[-1]
        if status != RUNNING:
            self.stop(status)
        self.status = status
        yield self

    def stop(self, new_status: Status = INVALID) -> None:
        for child in self.children:
            if child.status == RUNNING:
                child.stop(INVALID)
        super().stop(new_status)


def _make(parts: Any) -> Parallel:
    policy = parts.options.get("policy", "all")
    needed = {"all": len(parts.children), "any": 1}.get(policy, policy)
    return Parallel(parts.label, needed, parts.options.get("fail_after", 1), parts.children)


KIND = Kind(
    name="parallel",
    doc="""Tick all children in the same tick; `policy` says how many must succeed.

    Use it for things done at once on different channels: walk and talk. `policy: all` (the default),
    `any`, or a number; `fail_after: N` (default 1) says how many failures end it. A child that ended
    waits for the others. When it ends, whatever still runs is halted.

        parallel:
          - walk_to: {place: $door}
          - say: {words: "follow me"}
        policy: any""",
    body="children",
    make=_make,
    options={"policy": False, "fail_after": False},
)


class ParallelRule(Rule):
    """Ticks the unfinished, then counts."""

    parallel = True

    def tip(self, node: Any, view: View) -> Any:
        status = view.status(node)
        if status is INVALID:
            return None
        if status is FAILURE:
            return next((c for c in node.children if view.status(c) is FAILURE), None)
        if status is SUCCESS:
            return next((c for c in reversed(node.children) if view.status(c) is SUCCESS), None)
        return node.children[-1]

    def code(self, node: Any, w: Writer) -> None:
        index, end = w.index(node), w.end(node)
        with w.block(f"if (s := S[{index}]) is not RUNNING and s is not INVALID:"):
            w.reset(index + 1, end)
        for child in node.children:
            self._tick(child, w)
        places = [w.index(child) for child in node.children]
        self._judge(node, places, w)
        with w.block("if r is not RUNNING:"):
            self._halt_running(places, w)
        w.line(f"S[{index}] = r")

    def _tick(self, child: Any, w: Writer) -> None:
        with w.block(f"if (s := S[{w.index(child)}]) is RUNNING or s is INVALID:"):
            w.child(child)

    def _judge(self, node: Any, places: list[int], w: Writer) -> None:
        count = len(places)
        if node.needed == count or node.fail_after == 1:
            # The first failure is the last: no need to count.
            failed = " or ".join(f"S[{place}] is FAILURE" for place in places)
        else:
            most = min(node.fail_after, count - node.needed + 1)
            failed = " + ".join(f"(S[{place}] is FAILURE)" for place in places) + f" >= {most}"
        if node.needed == count:
            succeeded = " and ".join(f"S[{place}] is SUCCESS" for place in places)
        elif node.needed == 1:
            succeeded = " or ".join(f"S[{place}] is SUCCESS" for place in places)
        else:
            succeeded = " + ".join(f"(S[{place}] is SUCCESS)" for place in places) + f" >= {node.needed}"
        w.line(f"r = FAILURE if {failed} else SUCCESS if {succeeded} else RUNNING")

    def _halt_running(self, places: list[int], w: Writer) -> None:
        for place in places:
            with w.block(f"if S[{place}] is RUNNING:"):
                w.halt(place, w.ends[place])


class StockParallelRule(ParallelRule):
    """py_trees' own Parallel, with its own policies."""

    def tip(self, node: Any, view: View) -> Any:
        if isinstance(node.policy, ParallelPolicy.SuccessOnSelected) and view.status(node) is SUCCESS:
            return node.policy.children[-1]
        return super().tip(node, view)

    def _tick(self, child: Any, w: Writer) -> None:
        if child.parent.policy.synchronise:
            with w.block(f"if S[{w.index(child)}] is not SUCCESS:"):
                w.child(child)
        else:
            w.child(child)

    def _judge(self, node: Any, places: list[int], w: Writer) -> None:
        failed = " or ".join(f"S[{place}] is FAILURE" for place in places)
        if isinstance(node.policy, ParallelPolicy.SuccessOnOne):
            succeeded = " or ".join(f"S[{place}] is SUCCESS" for place in places)
        else:
            if isinstance(node.policy, ParallelPolicy.SuccessOnSelected):
                places = [w.index(child) for child in node.policy.children]
            succeeded = " and ".join(f"S[{place}] is SUCCESS" for place in places)
        w.line(f"r = FAILURE if {failed} else SUCCESS if {succeeded} else RUNNING")


RULE = ParallelRule()
STOCK_RULE = StockParallelRule()
