"""The rule that decorators share which turn one status into another."""

from __future__ import annotations

from typing import Any

from t800.core import INVALID, RUNNING, Status
from t800.nodes.decorator import DecoratorRule
from t800.nodes.writer import View, Writer

__all__ = ["ConverterRule"]


class ConverterRule(DecoratorRule):
    """Turns `old` into `new`; `words` is what py_trees says of it."""

    def __init__(self, old: Status, new: Status, words: str, always_bracket: bool = False) -> None:
        self.old = old
        self.always_bracket = always_bracket
        self.new = new
        self.words = words

    def code(self, node: Any, w: Writer) -> None:
        child = w.index(node.decorated)
        w.child(node.decorated)
        with w.block(f"if r is {self.old.name}:"):
            if self.old is RUNNING:
                # A decorator that has ended leaves no child running.
                w.halt(child, w.end(node))
            w.line(f"r = {self.new.name}")
        w.line(f"S[{w.index(node)}] = r")

    def feedback(self, node: Any, view: View) -> str:
        child = view.status(node.decorated)
        inner = view.feedback(node.decorated)
        converted = child is (INVALID if self.old is RUNNING else self.old)
        if not converted:
            return inner
        # py_trees brackets what the child says, with one class even where it says nothing.
        return f"{self.words} [{inner}]" if inner or self.always_bracket else self.words
