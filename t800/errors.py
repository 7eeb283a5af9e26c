"""What can go wrong, as one small tree.

T800Error
├── ConfigError          a file says what cannot be; carries every problem found
├── UsageError           a call or a command names what is not there
│   └── LiveError        what is to be saved or copied holds more than plain data
├── RegistrationError    a pack declares a skill, sense or record wrongly
├── ReentrantTickError   a tree was ticked or changed while it ticks (R10)
└── TraceError           a trace cannot be read, or is not what was written
"""

from __future__ import annotations

import difflib
import os
import re
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "ConfigError",
    "LiveError",
    "Problem",
    "ReentrantTickError",
    "RegistrationError",
    "T800Error",
    "TraceError",
    "UsageError",
    "closest",
    "listed",
    "place_in",
    "place_of",
    "shorten",
]

LONGEST_VALUE = 40

MOST_LETTERS = 1_000_000
"""How many pairs of letters are compared to find what a typo meant."""


def shorten(value: object, limit: int = LONGEST_VALUE) -> str:
    """Quote a value without ever dumping more than `limit` characters of it (R14).

    >>> shorten("a" * 100, 10)
    "'aaaaaa..."
    """
    # A slice first: repr of a hostile megabyte would be a megabyte of work.
    text = repr(value[: limit + 1]) if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def listed(names: Iterable[str], limit: int = 200) -> str:
    """Names with commas between them, as many whole ones as `limit` characters hold.

    >>> listed(["mall", "hospital", "mill"], 16)
    'mall, hospital, …'
    """
    text = ""
    for name in names:
        if text and len(text) + len(name) + 2 > limit:
            return f"{text}, …"
        text += f", {name}" if text else name[:limit]
    return text


def place_in(text: str, packs: Sequence[str] | None = None) -> str:
    """Where somebody else's code broke, from a traceback as text: ` (skills.py, line 3)`; empty if nowhere.

    The last place that is not in t800, Python or, if there is any other, a library. With the folders of
    the installed `packs`, other libraries count for nothing: t800 may have called them.
    """
    places = re.findall(r'^  File "(.+)", line (\d+)', text, re.MULTILINE)
    own, python = (f"{folder}{os.sep}" for folder in (Path(__file__).parent, Path(re.__file__).parents[1]))
    library = "-packages"
    others = [
        (path, line)
        for path, line in places
        if not path.startswith((own, "<")) and (library in path or not path.startswith(python))
    ]
    mine = [(path, line) for path, line in others if library not in path or path.startswith(tuple(packs or ()))]
    if packs is None:
        mine = mine or others
    return f" ({Path(mine[-1][0]).name}, line {mine[-1][1]})" if mine else ""


def place_of(error: BaseException, packs: Sequence[str] | None = None) -> str:
    """As `place_in`, of an exception with all that led to it."""
    return place_in("".join(traceback.format_exception(error)), packs)


def closest(name: str, choices: Iterable[str], alike: float = 0.6) -> str | None:
    """The choice that a typo of `name` most likely meant, or None if none is so much `alike` (1.0: the same).

    >>> closest("secuence", ["selector", "sequence"])
    'sequence'
    """
    # Sorted first, so that equally close choices do not depend on the caller's order; and not without
    # end, because a hostile file can bring tens of thousands, and long ones.
    name = name[:100]
    looked_at, letters = [], 0
    for choice in sorted(set(choices))[:1000]:
        letters += len(choice) * len(name)
        if letters > MOST_LETTERS:
            break
        looked_at.append(choice)
    found = difflib.get_close_matches(name, looked_at, n=1, cutoff=alike)
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one file, where it stands and what to do about it.

    `line` and `column` count from 1. `source` is the line of the file itself, for the caret.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    expected: str | None = None
    hint: str | None = None
    source: str | None = None

    def __str__(self) -> str:
        """`file:line:col: CODE message`, then the source line with a caret, then the ways out."""
        lines = [f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"]
        if self.source is not None:
            # Long lines are cut around the column, so that the caret is always on the screen.
            start = max(0, self.column - 60)
            shown = self.source[start : start + 100].replace("\t", " ")
            lines.append(f"    {shown}")
            lines.append("    " + " " * (self.column - 1 - start) + "^")
        if self.expected:
            lines.append(f"    expected: {self.expected}")
        if self.hint:
            lines.append(f"    did you mean: {self.hint}")
        return "\n".join(lines)


class T800Error(Exception):
    """Whatever t800 raises on purpose."""


class ConfigError(T800Error):
    """A file says what cannot be. `problems` holds all of them, in file order.

    >>> error = ConfigError([Problem("a.yaml", 1, 1, "E101", "no such kind")])
    >>> print(error)
    a.yaml:1:1: E101 no such kind
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        unique = dict.fromkeys(problems)
        self.problems = tuple(sorted(unique, key=lambda p: (p.path, p.line, p.column, p.code)))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[Problem, ...]]]:
        # An exception is made anew from its text, which says too little: a worker's error would break its pool.
        return type(self), (self.problems,)


class UsageError(T800Error):
    """A call or a command names what is not there."""


class LiveError(UsageError):
    """What is to be saved or copied holds more than plain data: a skill that is under way, a third-party behaviour.

    Of a skill that is under way another tick may do: the first after it has ended.
    """


class RegistrationError(T800Error):
    """A pack declares a skill, a sense or a record wrongly."""


class ReentrantTickError(T800Error):
    """A tree was ticked or changed while it ticks."""


class TraceError(T800Error):
    """A trace cannot be read, or is not what was written. `line` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line
