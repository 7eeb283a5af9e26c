"""`for_each`: the same for every item of a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.decorators import Decorator

from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.nodes.decorator import DecoratorRule
from t800.nodes.frame import Bound, Frame
from t800.nodes.parts import Parts
from t800.nodes.writer import View, Writer
from t800.spec.kind import Field, Kind
from t800.types import Type

__all__ = ["KIND", "RULE", "ForEach"]


class ForEach(Decorator):
    """Goes over the items that the list has on entry; `item` is the key that takes each."""

    def __init__(self, name: str, child: Behaviour, items: Bound, item: str, tight: bool, frame: Frame) -> None:
        super().__init__(name, child)
        self.items = items
        self.item = item
        self.tight = tight
        self.frame = frame
        self.left: tuple[Any, ...] = ()
        self._items = frame.function(items.source())

    def tick(self) -> Iterator[Behaviour]:
        self.feedback_message = ""
        if self.status != RUNNING:
            items = self._items()
            if items is None:
                self.feedback_message = f"unknown: {self.frame.function(self.items.unknown())()}"
                self.stop(FAILURE)
                yield self
                return
            self.left = items
        status = SUCCESS
        while self.left:
            if self.decorated.status != RUNNING:
                self.frame.board.write(self.item, self.left[0], self.frame.ctx.tick)
            yield from self.decorated.tick()
            status = self.decorated.status
            if status != SUCCESS:
                break
            self.left = self.left[1:]
            if self.left and not self.tight:
                status = RUNNING
                break
        if status != RUNNING:
            self.stop(status)
        self.status = status
        yield self

    def update(self) -> Status:
        return self.status


def _make(parts: Parts) -> ForEach:
    fields = parts.fields
    return ForEach(parts.label, parts.child, fields["in"], fields["as"].key, fields.get("tight", False), parts.frame)


KIND = Kind(
    name="for_each",
    doc="""Tick `do` for each item of the list `in`, one after the other, with the item in the key `as`.

    Use it for a round of visits, checks or calls. The items are those of the entry tick. One item a tick
    at most, or, with `tight: true`, as many as succeed within the tick. FAILURE with the first that
    fails; SUCCESS after the last, and of an empty list. (BehaviorTree.CPP's LoopNode, py_trees' ForEach.)

        for_each:
          in: $posts
          as: post
          do: {visit: {place: $post}}""",
    body="fields",
    make=_make,
    fields={
        "in": Field("value"),
        "as": Field("item"),
        "do": Field("node"),
        "tight": Field("flag", required=False),
    },
)


class ForEachRule(DecoratorRule):
    """`memory` is the tuple of the items that are left."""

    def remembers(self, node: Any) -> bool:
        return True

    def memory(self, node: Any) -> Any:
        return tuple

    def memory_type(self, node: Any) -> Type | None:
        kind: Type = node.items.type
        return kind

    def code(self, node: Any, w: Writer) -> None:
        index, slot, key = w.index(node), w.slot_of[w.index(node)], node.item
        child, items = w.index(node.decorated), w.local("l")
        w.line(f"{items} = M[{slot}]")
        with w.block(f"if S[{index}] is not RUNNING and ({items} := {node.items.source()}) is None:"):
            w.line(f"F[{index}] = 'unknown: ' + {node.items.unknown()}")
            w.line("r = FAILURE")
        with w.block("else:"):
            w.line("r = SUCCESS")
            with w.block(f"while {items}:"):
                with w.block(f"if S[{child}] is not RUNNING:"):
                    w.line(f"B[{key!r}] = {items}[0]; W[{key!r}] = N")
                w.child(node.decorated)
                with w.block("if r is not SUCCESS:"):
                    w.line("break")
                w.line(f"{items} = {items}[1:]")
                if node.tight:
                    # Entered anew in the same tick: what the nodes said of the last item is over.
                    with w.block(f"if F and {items}:"):
                        w.line(f"forget(F, S, {child}, {w.end(node)})")
                else:
                    with w.block(f"if {items}:"):
                        w.line("r = RUNNING")
                    w.line("break")
            w.line(f"M[{slot}] = {items}")
        w.line(f"S[{index}] = r")

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is FAILURE else ""


RULE = ForEachRule()
