"""Generated Python while it grows: lines, blocks, names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Source"]

BLOCKS = 14
"""Nested loops in one generated function: CPython allows 20 nested blocks, and a rule may need a few."""
INDENTS = 44
"""Nested indents in one generated function: the tokenizer allows 100, and expressions nest too."""


class Source:
    """The lines of a module to be compiled, and the objects that they name.

    `owner` is the number of whatever the lines being written belong to; `owners[n]` tells it of line n+1.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.owners: list[int] = []
        self.owner = 0
        self.constants: dict[str, Any] = {}
        self._depth = 0
        self._blocks = 0

    @property
    def full(self) -> bool:
        """Whether what comes below should go into a function of its own."""
        return self._blocks >= BLOCKS or self._depth >= INDENTS

    def constant(self, value: Any, prefix: str = "k") -> str:
        """A name for an object in generated code."""
        name = f"{prefix}{len(self.constants)}"
        self.constants[name] = value
        return name

    def local(self, prefix: str) -> str:
        """A variable that no block around this one uses."""
        return f"{prefix}{self._depth}"

    def line(self, text: str) -> None:
        """One line at the current indent."""
        self.lines.append(" " * self._depth + text)
        self.owners.append(self.owner)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """An indented block: `with w.block("if r is SUCCESS:"): ...`"""
        self.line(head)
        loop = head.startswith(("while", "for", "try", "finally"))
        self._depth += 1
        self._blocks += loop
        yield
        self._depth -= 1
        self._blocks -= loop

    def text(self) -> str:
        """The whole module."""
        return "\n".join(self.lines) + "\n"
