"""From YAML text to nodes: libyaml's events, composed without recursion, with YAML 1.2's scalars.

PyYAML's own composer recurses in C and crashes on deep files, expands merge keys exponentially, and
reads YAML 1.1 (`no` is False, `1:30` is 90). So it is used for its events only, which are flat, and
composition stops at the first bound that is passed (R15).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from t800.errors import ConfigError, Problem, shorten
from t800.loader.node import Mapping, Node, Scalar, Sequence, Source

__all__ = ["FORBIDDEN", "compose", "scalar"]

MOST_DEPTH = 200
MOST_NODES = 100_000
MOST_ALIASES = 100
MOST_PROBLEMS = 100
LONGEST_NUMBER = 40

_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = dict.fromkeys(("true", "True", "TRUE"), True)
_WORDS |= dict.fromkeys(("false", "False", "FALSE"), False)
_WORDS |= dict.fromkeys(("", "~", "null", "Null", "NULL"))
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
# Possessive, so that a key followed by a megabyte of comments is gone over once.
_COLON = re.compile(r"(?:\s|#[^\n]*)*+:")

# What libyaml says, and what it means to whoever wrote the file.
_SENTENCES = {
    "mapping values are not allowed in this context": "a `:` makes a key here, where none can be: "
    "quote the text, or check the indentation",
    "did not find expected ',' or '}'": "this does not go on as `{...}` must: a `,` or `}` is expected",
    "did not find expected ',' or ']'": "this does not go on as `[...]` must: a `,` or `]` is expected",
    "did not find expected key": "this does not go on from what stands before it: check the indentation, the quotes "
    "and that a key is there",
    "did not find expected node content": "a value is missing here",
    "did not find expected '-' indicator": "the indentation does not fit the list above, or a `-` is missing",
    "could not find expected ':'": "a key needs a `:` after it",
    "block sequence entries are not allowed in this context": "a list item (`- `) cannot stand here: "
    "put it on a line of its own",
    "did not find expected comment or line break": "a block text begins on the line after its `|` or `>`",
    "did not find expected alphabetic or numeric character": "a `*` or `&` makes an alias or anchor: quote the text",
    "found unexpected end of stream": "a quoted text is not closed",
    "found unknown escape character": "no such escape in double quotes: use single quotes, or `\\\\`",
    "found unexpected document indicator": "a quoted text is not closed before the document ends",
    "found a tab character that violates indentation": "a tab cannot indent: use spaces",
    "exceeded maximum depth": "the file nests too deep",
}
# What YAML forbids, the line breaks that only YAML 1.1 knows, and marks that make a line read otherwise than it is.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)

_FLOW_HINT = "in flow style, quote expressions that hold `,` `[` or `:`"


def scalar(text: str) -> bool | int | float | str | None:
    """What a plain scalar means in YAML 1.2's core schema. ValueError for a number that cannot be kept.

    >>> scalar("no"), scalar("1e3"), scalar("017"), scalar("0o17")
    ('no', 1000.0, 17, 15)
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) or _BASED.fullmatch(text):
        if len(text) > LONGEST_NUMBER:
            raise ValueError(f"a number of {len(text)} characters is too long: {LONGEST_NUMBER} at most")
        return int(text, 0 if text.startswith(("0o", "0x")) else 10)
    if _FLOAT.fullmatch(text):
        if len(text) > LONGEST_NUMBER:
            raise ValueError(f"a number of {len(text)} characters is too long: {LONGEST_NUMBER} at most")
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(f"{text} is too large for a number")
        return number
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} means unknown, which a file cannot say: give a number, or quote it if it is text")
    return text


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    mapping: bool
    line: int
    column: int
    flow: bool
    anchor: str | None
    before: int
    items: list[Node] = field(default_factory=list)
    pairs: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    key: Scalar | None = None
    refused: bool = False
    height: int = 1


class _Composer:
    """Takes events one by one; `root` is what they amount to."""

    def __init__(self, text: str, source: Source) -> None:
        self.text = text
        self.source = source
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self.open: list[_Open] = []
        self.documents = 0
        self.nodes = 0
        self.aliases = 0
        # Each anchor's node, how many nodes it stands for, and how deep it goes; None while it is still open.
        self.anchors: dict[str, tuple[Node, int, int] | None] = {}

    def refuse(self, mark: Any, code: str, message: str, expected: str | None = None, hint: str | None = None) -> None:
        line, column = mark.line + 1, mark.column + 1
        row = self.source.lines[line - 1] if line <= len(self.source.lines) else ""
        self.problems.append(Problem(self.source.path, line, column, code, message, expected, hint, row))
        if len(self.problems) >= MOST_PROBLEMS:
            self.stop(mark, "E113", "too many problems: the rest of the file was not read")

    def stop(self, mark: Any, code: str, message: str, expected: str | None = None) -> NoReturn:
        line, column = mark.line + 1, mark.column + 1
        row = self.source.lines[line - 1] if line <= len(self.source.lines) else ""
        raise ConfigError([*self.problems, Problem(self.source.path, line, column, code, message, expected, None, row)])

    def take(self, event: Any) -> None:
        mark = event.start_mark
        if isinstance(event, yaml.ScalarEvent):
            self.scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            self.alias(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self.begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.end()
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.stop(mark, "E106", "a second document begins here; a file holds one")

    def count(self, mark: Any, nodes: int, height: int) -> None:
        self.nodes += nodes
        if self.nodes > MOST_NODES:
            self.stop(mark, "E113", f"the file has more than {MOST_NODES} nodes")
        if len(self.open) + height > MOST_DEPTH:
            self.stop(mark, "E112", f"the file nests deeper than {MOST_DEPTH} levels")

    def scalar(self, event: Any) -> None:
        mark, text = event.start_mark, event.value
        self.count(mark, 1, 1)
        if event.tag is not None:
            self.refuse(mark, "E110", f"tags are not allowed: {shorten(event.tag)}")
        if event.style == '"' and (found := FORBIDDEN.search(text)):
            # It would stand in the terminal of whoever is told of it.
            self.refuse(mark, "E104", f"the control character U+{ord(found[0]):04X} stands here, as an escape")
        value: Any = text
        if not event.style:
            try:
                value = scalar(text)
            except ValueError as error:
                self.refuse(mark, "E114", _cut(str(error)))
        node = Scalar(value, text, mark.line + 1, mark.column + 1, self.source, event.style or "")
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1, 1)
        self.attach(node, event)

    def alias(self, event: Any) -> None:
        mark, name = event.start_mark, event.anchor
        self.aliases += 1
        if self.aliases > MOST_ALIASES:
            self.stop(mark, "E113", f"the file has more than {MOST_ALIASES} aliases")
        found = self.anchors.get(name)
        if found is None:
            inside = name in self.anchors
            self.refuse(
                mark,
                "E111",
                f"the alias *{name[:40]} stands inside its own anchor" if inside else f"no anchor &{name[:40]} above",
            )
            node: Node = Scalar(None, "", mark.line + 1, mark.column + 1, self.source)
            self.count(mark, 1, 1)
        else:
            node, size, height = found
            self.count(mark, size, height)
        self.attach(node, event)

    def begin(self, event: Any) -> None:
        mark = event.start_mark
        self.count(mark, 1, 1)
        if event.tag is not None:
            self.refuse(mark, "E110", f"tags are not allowed: {shorten(event.tag)}")
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        mapping = isinstance(event, yaml.MappingStartEvent)
        self.open.append(
            _Open(mapping, mark.line + 1, mark.column + 1, bool(event.flow_style), event.anchor, self.nodes - 1)
        )

    def end(self) -> None:
        done = self.open.pop()
        node: Node
        if done.mapping:
            node = Mapping(done.pairs, done.line, done.column, self.source, done.flow)
        else:
            node = Sequence(tuple(done.items), done.line, done.column, self.source, done.flow)
        if done.anchor is not None:
            self.anchors[done.anchor] = (node, self.nodes - done.before, done.height)
        self.attach(node, None, done.height)

    def attach(self, node: Node, event: Any, height: int = 1) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        parent.height = max(parent.height, height + 1)
        if not parent.mapping:
            parent.items.append(node)
        elif parent.key is None:
            self.key(parent, node, event)
        else:
            if not parent.refused:
                parent.pairs[parent.key.text] = (parent.key, node)
            parent.key, parent.refused = None, False

    def key(self, parent: _Open, node: Node, event: Any) -> None:
        """The next thing in a mapping is its value, also if this cannot be a key."""
        mark = event.start_mark if event is not None else _Mark(node.line - 1, node.column - 1)
        if not isinstance(node, Scalar) or event is None or isinstance(event, yaml.AliasEvent):
            self.refuse(mark, "E108", "a key is a word, not a list, a mapping or an alias")
            parent.key, parent.refused = Scalar(None, "", node.line, node.column, self.source), True
            return
        parent.key = node
        text = node.text
        if node.plain and text == "<<":
            self.refuse(mark, "E109", "merge keys (`<<`) are not allowed: write the fields out")
            parent.refused = True
        elif not isinstance(node.value, str):
            shown = f"{text[:40]} is {_kind(node.value)}" if text else "nothing stands before the `:`"
            self.refuse(mark, "E108", f"a key is text; {shown}: quote it", "a word, or text in quotes")
            parent.refused = True
        elif text in parent.pairs:
            first = parent.pairs[text][0]
            self.refuse(mark, "E107", f"{shorten(text)} is given twice; the first is in line {first.line}")
            parent.refused = True
        elif parent.flow and not _COLON.match(self.text, event.end_mark.index):
            self.refuse(mark, "E115", f"{shorten(text)} has no `:` and value; {_FLOW_HINT}")
            parent.refused = True


@dataclass(frozen=True, slots=True)
class _Mark:
    line: int
    column: int


def _kind(value: Any) -> str:
    return {bool: "true or false", type(None): "empty", int: "a number", float: "a number"}[type(value)]


def _cut(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."


def compose(text: str, source: Source) -> tuple[Node, list[Problem]]:
    """The root of a YAML text, and what is wrong with it. ConfigError where reading cannot go on."""
    composer = _Composer(text, source)
    if found := _DIRECTIVE.search(text):
        # libyaml compares each tag directive with all before it, which takes seconds for a megabyte of them.
        composer.stop(_Mark(text.count("\n", 0, found.start()), 0), "E110", "directives are not allowed")
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        composer.stop(*_translate(error, source))
    if composer.root is None:
        composer.stop(_Mark(0, 0), "E106", "the file is empty")
    return composer.root, composer.problems


def _translate(error: yaml.MarkedYAMLError, source: Source) -> tuple[_Mark, str, str]:
    """Where libyaml stumbled and, in words that help, over what."""
    found: Any = error.problem_mark or error.context_mark
    mark = _Mark(found.line, found.column) if found else _Mark(0, 0)
    said = error.problem or ""
    row = source.lines[mark.line] if mark.line < len(source.lines) else ""
    sentence = _SENTENCES.get(said, said)
    character = row[mark.column : mark.column + 1]
    if said.startswith("found character that cannot start any token"):
        sentence = (
            "a tab cannot indent: use spaces"
            if character == "\t"
            else f"text cannot begin with {shorten(character)}: quote it"
        )
    elif said == "exceeded maximum depth":
        return mark, "E112", sentence
    opened: Any = error.context_mark
    if not row.strip():
        # At the end of the file there is nothing to point at: what was opened is at fault, or what came last.
        last = max((n for n, line in enumerate(source.lines[: mark.line]) if line.strip()), default=0)
        mark = _Mark(last, len(source.lines[last].rstrip()))
        if opened and opened.line <= last:
            mark = _Mark(opened.line, opened.column)
    begun = source.lines[opened.line] if opened and opened.line < len(source.lines) else ""
    if "{" in row + begun or "[" in row + begun:
        sentence += f"; {_FLOW_HINT}"
    return mark, "E105", sentence
