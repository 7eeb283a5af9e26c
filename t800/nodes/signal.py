"""`signal`: tell the modes that something happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from t800.core import SUCCESS, Signal, Status
from t800.nodes.frame import Bound, Frame, Leaf
from t800.nodes.writer import Rule, Writer
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE", "SignalLeaf"]


class SignalLeaf(Leaf):
    """Gives a signal, with data; what is unknown in the data is None."""

    def __init__(self, name: str, signal: str, data: Mapping[str, Bound], frame: Frame) -> None:
        super().__init__(name, frame)
        self.signal = signal
        self.data = data

    def update(self) -> Status:
        data = {key: self.frame.function(bound.source())() for key, bound in self.data.items()}
        self.frame.ctx.signals.append(Signal(self.signal, data))
        return SUCCESS


KIND = Kind(
    name="signal",
    doc="""Tell the modes that something happened, and succeed. They see it one tick later (R19).

    Use it to ask for a change of mode that follows from what a tree did, not from what is believed.

        signal: power_restored
        with: {power: $body.power}""",
    body="signal",
    make=lambda parts: SignalLeaf(parts.label, parts.signal, parts.arguments, parts.frame),
    options={"with": False},
)


class SignalRule(Rule):
    """Appends to the context's signals."""

    def code(self, node: Any, w: Writer) -> None:
        self._append(node, w)
        w.line(f"S[{w.index(node)}] = r = SUCCESS")

    def bare(self, node: Any) -> bool:
        return True

    def bare_code(self, node: Any, w: Writer, otherwise: Callable[[], None]) -> None:
        self._append(node, w)

    def _append(self, node: Any, w: Writer) -> None:
        make = w.constant(Signal)
        data = ", ".join(f"{key!r}: {bound.source()}" for key, bound in node.data.items())
        w.line(f"ctx.signals.append({make}({node.signal!r}, {{{data}}}))")


RULE = SignalRule()
