"""`set`: write keys of the blackboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from t800.core import FAILURE, SUCCESS, Status
from t800.nodes.frame import Bound, Frame, Leaf
from t800.nodes.writer import Rule, View, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "Set"]


class Set(Leaf):
    """Writes all its keys, or none and FAILURE if one of the values is unknown."""

    def __init__(self, name: str, assignments: Mapping[str, Bound], frame: Frame) -> None:
        super().__init__(name, frame)
        self.assignments = assignments

    def update(self) -> Status:
        values = {}
        for key, bound in self.assignments.items():
            values[key] = self.frame.function(bound.source())() if bound.expression else bound.constant
            if values[key] is None and bound.expression:
                self.feedback_message = f"unknown: {self.frame.function(bound.unknown())()}"
                return FAILURE
        self.feedback_message = ""
        for key, value in values.items():
            self.frame.board.write(key, value, self.frame.ctx.tick)
        return SUCCESS


KIND = Kind(
    name="set",
    doc="""Write keys of the blackboard, and succeed.

    Use it to remember: a mark, a choice, a count. `null` forgets (the key becomes unknown). If a value
    is unknown nothing is written, and it fails.

        set: {shots: =shots + 1, alerted: true, target: $threat.track}""",
    body="assignments",
    make=lambda parts: Set(parts.label, parts.arguments, parts.frame),
)


class SetRule(Rule):
    """Inlines the writes: values are checked when the file is loaded, so none is checked here."""

    def code(self, node: Any, w: Writer) -> None:
        self._assign(node, w, lambda: w.line("r = SUCCESS"), lambda: None)
        w.line(f"S[{w.index(node)}] = r")

    def bare(self, node: Any) -> bool:
        return True

    def bare_code(self, node: Any, w: Writer, otherwise: Callable[[], None]) -> None:
        self._assign(node, w, lambda: None, otherwise)

    def _assign(self, node: Any, w: Writer, written: Callable[[], None], failed: Callable[[], None]) -> None:
        index = w.index(node)
        names = []
        word = "if"
        for place, (key, bound) in enumerate(node.assignments.items()):
            if bound.expression is None:
                names.append((key, w.constant(bound.constant)))
                continue
            name = f"v{place}"
            names.append((key, name))
            with w.block(f"{word} ({name} := {bound.source()}) is None:"):
                w.line(f"F[{index}] = 'unknown: ' + {bound.unknown()}")
                w.line("r = FAILURE")
                failed()
            word = "elif"
        if word == "if":
            self._write(names, w)
            written()
        else:
            with w.block("else:"):
                self._write(names, w)
                written()

    def _write(self, names: list[tuple[str, str]], w: Writer) -> None:
        for key, name in names:
            w.line(f"B[{key!r}] = {name}; W[{key!r}] = N")

    def feedback(self, node: Any, view: View) -> str:
        return view.note(node) if view.status(node) is FAILURE else ""


RULE = SetRule()
