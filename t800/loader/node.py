"""What a YAML file is made of, once read: scalars, sequences and mappings that know where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "Source", "plain"]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The text that nodes came from: a file as messages show it, and its lines."""

    path: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """One value. `text` is what was written, without quotes; `value` is what it means in YAML 1.2.

    `style` is the character that introduced it: `'`, `"`, `|`, `>`, or nothing for a plain scalar.
    """

    value: bool | int | float | str | None
    text: str
    line: int
    column: int
    source: Source
    style: str = ""

    @property
    def plain(self) -> bool:
        return not self.style

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of a character of `text`, for carets inside expressions.

        Folding moves blanks only, so the characters that are not blank are counted in the source.
        """
        lines, style = self.source.lines, self.style
        line, column = self.line, self.column
        if anchor := re.compile(r"&[^\s,\[\]{}]+[ \t]+").match(lines[line - 1], column - 1):
            column = anchor.end() + 1
        line, column = (line + 1, 1) if style in ("|", ">") else (line, column + bool(style))
        # A blank, like the end, stands right after the last character before it, wherever lines were folded.
        after = not self.text[offset : offset + 1].strip()
        wanted = sum(1 for character in self.text[:offset] if not character.isspace()) - after
        if wanted < 0:
            return line, column
        while line <= len(lines):
            row = lines[line - 1]
            while column <= len(row):
                if (style == "'" and row.startswith("''", column - 1)) or (style == '"' and row[column - 1] == "\\"):
                    column += 1
                if not row[column - 1 : column].isspace():
                    if wanted == 0:
                        return line, column + after
                    wanted -= 1
                column += 1
            line, column = line + 1, 1
        return self.line, self.column


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """A list. `flow` says that it is written in brackets."""

    items: tuple[Node, ...]
    line: int
    column: int
    source: Source
    flow: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """A mapping from text to nodes, in file order; `pairs` keeps each key's own node too."""

    pairs: dict[str, tuple[Scalar, Node]]
    line: int
    column: int
    source: Source
    flow: bool = False

    def get(self, name: str) -> Node | None:
        """The value of a key, or None if there is no such key."""
        pair = self.pairs.get(name)
        return pair[1] if pair else None


Node: TypeAlias = Scalar | Sequence | Mapping


def plain(node: Node) -> Any:
    """A node as dicts, lists and scalars. Files nest at most 200 deep, so this may recurse."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        items = []
        for item in node.items:
            items.append(plain(item))  # noqa: PERF401  # a comprehension would cost a second frame a level
        return items
    data = {}
    for name, (_, value) in node.pairs.items():
        data[name] = plain(value)
    return data
