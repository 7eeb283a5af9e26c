"""A YAML file as its author sees it: values with their places, and problems that point at them."""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Sequence as AnySequence
from decimal import Decimal
from pathlib import Path

from t800.errors import ConfigError, Problem, UsageError, closest, shorten
from t800.loader.compose import FORBIDDEN, compose
from t800.loader.node import Mapping, Node, Scalar, Sequence, Source, plain

__all__ = [
    "Document",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "Source",
    "parse",
    "plain",
    "read",
    "split_override",
    "text_of",
]

LARGEST_FILE = 1 << 20


class Document:
    """A file that has been read: `root` is its node, `path` and `lines` are what messages show.

    >>> document = parse("speed: fast", "robot.yaml")
    >>> print(document.problem(document.root.get("speed"), "E203", "expected a number, not 'fast'"))
    robot.yaml:1:8: E203 expected a number, not 'fast'
        speed: fast
               ^
    """

    def __init__(self, root: Node, source: Source) -> None:
        self.root = root
        self.source = source

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def lines(self) -> tuple[str, ...]:
        return self.source.lines

    def problem(
        self,
        place: Node | tuple[int, int],
        code: str,
        message: str,
        expected: str | None = None,
        hint: str | None = None,
        offset: int | None = None,
    ) -> Problem:
        """What is wrong at a node, or at a (line, column); `offset` is a character within a scalar's text."""
        source = self.source
        if isinstance(place, tuple):
            line, column = place
        else:
            source = place.source
            line, column = place.line, place.column
            if offset is not None and isinstance(place, Scalar):
                line, column = place.at(offset)
        row = source.lines[line - 1] if line <= len(source.lines) else ""
        return Problem(source.path, line, column, code, message, expected, hint, row)

    def override(self, path: AnySequence[str], text: str, create: bool = False, under: str = "") -> None:
        """Replace what stands at a dotted path by `text`, read as YAML; `x1.05` multiplies a number.

            document.override(("agents", "t800", "arrives"), "60")

        List items are named by their number from 0. With `create`, the last key and the mappings on
        the way to it may be new: checking the document then tells whether they are fields. `under` is what
        stood before the path, for messages. UsageError for a path that is not there, ConfigError if `text`
        is not YAML.
        """
        shown = under + ".".join(path)
        trail: list[tuple[Node, str]] = []
        node: Node | None = self.root
        for name in path:
            assert node is not None
            child = _child(node, name)
            if child is None and not (create and isinstance(node, Mapping)):
                raise _unknown(shown, node, name)
            trail.append((node, name))
            node = child if child is not None else Mapping({}, node.line, node.column, node.source)
        assert node is not None
        fresh = _multiplied(node, text, shown) or parse(text or "~", f"--set {shown}").root
        # Nodes are shared by aliases, so the way down is copied instead of changed.
        for parent, name in reversed(trail):
            if isinstance(parent, Mapping):
                key = parent.pairs[name][0] if name in parent.pairs else Scalar(name, name, 1, 1, fresh.source)
                pairs = {**parent.pairs, name: (key, fresh)}
                fresh = Mapping(pairs, parent.line, parent.column, parent.source, parent.flow)
            else:
                assert isinstance(parent, Sequence)
                items = [*parent.items]
                items[int(name)] = fresh
                fresh = Sequence(tuple(items), parent.line, parent.column, parent.source, parent.flow)
        self.root = fresh


def _child(node: Node, name: str) -> Node | None:
    if isinstance(node, Mapping):
        return node.get(name)
    if isinstance(node, Sequence) and re.fullmatch(r"[0-9]{1,6}", name) and int(name) < len(node.items):
        return node.items[int(name)]
    return None


def _unknown(shown: str, node: Node, name: str) -> UsageError:
    if isinstance(node, Mapping):
        near = closest(name, node.pairs)
        choices = ", ".join(list(node.pairs)[:12])
        way = f"did you mean {near!r}?" if near else f"there is: {choices[:200] or 'nothing'}"
    elif isinstance(node, Sequence):
        way = f"it is a list of {len(node.items)}, numbered from 0"
    else:
        way = f"nothing lies below {shorten(node.value)}"
    return UsageError(f"--set {shown[:80]}: no {shorten(name)} here; {way}")


def _multiplied(node: Node, text: str, shown: str) -> Scalar | None:
    """`x1.05`: the number that stands there, times that; None if `text` is something else."""
    match = re.fullmatch(r"x([0-9]{1,15}(\.[0-9]{1,15})?(e[+-]?[0-9]{1,3})?)", text)
    if not match:
        return None
    old = node.value if isinstance(node, Scalar) else None
    if type(old) not in (int, float):
        raise UsageError(f"--set {shown[:80]}: {text} multiplies a number, and none stands there")
    # Decimal: 0.1 times 1.05 is 0.105, as who typed it expects.
    product = Decimal(repr(old)) * Decimal(match[1])
    if math.isinf(float(product)):
        raise UsageError(f"--set {shown[:80]}: {old} times {text[1:]} is too large for a number")
    whole = type(old) is int and product == product.to_integral_value()
    value = int(product) if whole else float(product)
    return Scalar(value, repr(value), 1, 1, Source(f"--set {shown}", (text,)))


def split_override(text: str) -> tuple[tuple[str, ...], str]:
    """`a.b=5` as the path and the value. UsageError if it is not of that form.

    >>> split_override("agents.t800.arrives=60")
    (('agents', 't800', 'arrives'), '60')
    """
    path, equals, value = text.partition("=")
    names = tuple(name.strip() for name in path.split("."))
    if not equals or not all(names):
        raise UsageError(f"--set {shorten(text)}: expected PATH=VALUE, like agents.t800.arrives=60")
    return names, value.strip()


def read(path: Path, shown: str | None = None, problems: list[Problem] | None = None) -> Document:
    """Read a YAML file. ConfigError with all that is wrong with it as YAML.

    With `problems`, faults that leave the rest readable (a key given twice, say) are added to it
    instead, so that a loader can report them along with its own.
    """
    name = shown if shown is not None else str(path)
    return parse(text_of(path, name), name, problems)


def text_of(path: Path, name: str) -> str:
    """What a file holds, as text; ConfigError, with one problem of the file `name`, if it cannot be read as that."""

    def refuse(code: str, message: str) -> ConfigError:
        return ConfigError([Problem(name, 1, 1, code, message)])

    try:
        # Non-blocking, so that a FIFO cannot make us wait for a writer before it is refused.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        raise refuse("E101", f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise refuse("E101", "cannot be read: it is no regular file")
        with open(handle, "rb", closefd=False) as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise refuse("E101", f"cannot be read: {error.strerror}") from None
    finally:
        os.close(handle)
    if len(data) > LARGEST_FILE:
        raise refuse("E102", "is larger than 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace").split("\n")
        raise ConfigError(
            [Problem(name, len(before), len(before[-1]) + 1, "E103", f"byte 0x{data[error.start]:02x} is not UTF-8")]
        ) from None


def parse(text: str, shown: str, problems: list[Problem] | None = None) -> Document:
    """Read YAML text as the file `shown`. Faults as in `read`."""
    if len(text) > LARGEST_FILE:
        raise ConfigError([Problem(shown, 1, 1, "E102", "is larger than 1 MiB")])
    text = text.replace("\r\n", "\n")
    source = Source(shown, tuple(text.split("\n")))
    if found := FORBIDDEN.search(text):
        before = text[: found.start()].split("\n")
        line, column = len(before), len(before[-1]) + 1
        message = f"the control character U+{ord(found[0]):04X} stands here"
        raise ConfigError([Problem(shown, line, column, "E104", message)])
    root, faults = compose(text, source)
    if faults and problems is None:
        raise ConfigError(faults)
    if problems is not None:
        problems += faults
    return Document(root, source)
