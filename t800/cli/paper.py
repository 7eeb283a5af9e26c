"""Where people's text goes: plain everywhere, with colour and a live line on a terminal only."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import TextIO

import click

__all__ = ["MARKS", "Paper"]

MARKS = {"yes": ("✓", "ok", "green"), "no": ("✗", "NO", "red"), "open": ("?", "?", "yellow")}
"""What stands before a verdict: as a symbol, as text where symbols cannot be shown, and its colour."""


PLAIN = str.maketrans({"…": "...", "–": "-", "×": "x", "←": "<-", "→": "->", "·": ".", "±": "+-"})
"""What stands for a sign where only ASCII can be shown."""


class Paper:
    """A stream to write lines on.

        paper = Paper(sys.stderr)
        paper.say(paper.paint("passed", "green"))

    `live` tells whether it is a terminal; `fancy` whether it can show more than ASCII. NO_COLOR is obeyed.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        terminal = self.stream.isatty()
        self.live = terminal and os.environ.get("TERM") != "dumb"
        self.colour = self.live and not os.environ.get("NO_COLOR")
        self.width = max(30, shutil.get_terminal_size((80, 24)).columns) if terminal else 100
        encoding = (getattr(self.stream, "encoding", None) or "ascii").lower()
        self.fancy = encoding.replace("-", "").startswith("utf")

    def say(self, text: str = "") -> None:
        """Write a line. What the stream cannot show is replaced, never an error."""
        # Half a surrogate, which broken data can hold, is shown nowhere.
        encoding = "utf-8" if self.fancy else "ascii"
        text = (text if self.fancy else text.translate(PLAIN)).encode(encoding, "replace").decode(encoding)
        click.echo(text, file=self.stream, color=self.colour)

    def paint(self, text: str, colour: str | None = None, bold: bool = False, dim: bool = False) -> str:
        """The text in a colour, if there are any here."""
        if not self.colour or not text:
            return text
        return click.style(text, fg=colour, bold=bold or None, dim=dim or None)

    def mark(self, held: bool | None) -> str:
        """A tick, a cross or a question mark."""
        symbol, plain, colour = MARKS["open" if held is None else "yes" if held else "no"]
        return self.paint(symbol if self.fancy else plain, colour)

    def wrap(self, text: str, indent: int) -> str:
        """A long text over several lines, all but the first indented."""
        return ("\n" + " " * indent).join(self.rows(text, self.width - indent))

    def rows(self, text: str, width: int) -> list[str]:
        """A text as lines of a width; words are never broken."""
        return textwrap.wrap(text, max(20, width), break_on_hyphens=False, break_long_words=False) or [""]

    def cut_off(self, text: str, width: int) -> str:
        """As much of a text without words as fits into a width."""
        end = "…" if self.fancy else "..."
        return text if len(text) <= width else text[: max(0, width - len(end))] + end

    def cut(self, text: str, width: int) -> str:
        """As many words of a text as fit into a width of a terminal; elsewhere all of them."""
        if not self.live or len(text) <= width:
            return text
        return textwrap.shorten(text, width, placeholder=" …" if self.fancy else " ...")
