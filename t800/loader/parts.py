"""A world in several files: what its parts hold, as if it stood in one."""

from __future__ import annotations

from pathlib import Path

from t800.errors import ConfigError, Problem, shorten
from t800.loader.document import Document, Mapping, Node, Scalar, Sequence
from t800.loader.files import Files

__all__ = ["read_whole"]

LISTS = ("mechanics", "walls")
NAMED = ("places", "doorways", "roads", "bodies", "entities")
"""The sections of a world that its parts add to."""

DEEPEST = 20
"""How deep parts may have parts."""


def read_whole(path: Path, files: Files, problems: list[Problem]) -> Document:
    """A world's document with those of its parts (`include: [mill, hospital]`) merged into it.

    Problems go to `problems`, each at its place in its own file; ConfigError if a file is no YAML at all.
    """
    document = files.read(path, problems)
    document.root = _Reader(files, problems).whole(document, path, (path,))
    return document


class _Reader:
    """Reads each file once, however many parts include it."""

    def __init__(self, files: Files, problems: list[Problem]) -> None:
        self.files = files
        self.problems = problems
        self._read: dict[Path, Node] = {}

    def whole(self, document: Document, path: Path, trail: tuple[Path, ...]) -> Node:
        """The root of a file, with its parts merged into it; `trail` leads from the world's file to this one."""
        root = document.root
        if not isinstance(root, Mapping) or root.get("include") is None:
            return root
        pairs = {name: pair for name, pair in root.pairs.items() if name != "include"}
        parts = [part for part in self._parts(document, root, path, trail) if isinstance(part, Mapping)]
        for part in parts:
            # What is no section of a world goes along, to be refused with the rest.
            strange = [name for name in part.pairs if name not in (*LISTS, *NAMED, "world", "doc")]
            pairs.update({name: part.pairs[name] for name in strange})
        for name in (*LISTS, *NAMED):
            found = [part.pairs[name] for part in [*parts, root] if name in part.pairs]
            if found:
                values = [value for _, value in found]
                joined = _listed(name, values) if name in LISTS else _named(name, values, document, self.problems)
                pairs[name] = (found[-1][0], joined)
        return Mapping(pairs, root.line, root.column, root.source, root.flow)

    def _parts(self, document: Document, root: Mapping, path: Path, trail: tuple[Path, ...]) -> list[Node]:
        """The roots of a file's parts, each with those of its own."""
        include = root.get("include")
        assert include is not None
        names = include.items if isinstance(include, Sequence) else ()
        if not names or not all(isinstance(item, Scalar) and isinstance(item.value, str) for item in names):
            self.problems.append(document.problem(include, "E203", "include is a list of worlds", "[mill, hospital]"))
            return []
        found = []
        for item in names:
            assert isinstance(item, Scalar)
            name = str(item.value)
            try:
                target = self.files.find("world", name, path)
                if target in trail or len(trail) > DEEPEST:
                    self.problems.append(document.problem(item, "E712", f"{shorten(name)} would include itself"))
                    continue
                if target not in self._read:
                    part = self.files.read(target, self.problems)
                    self._read[target] = self.whole(part, target, (*trail, target))
            except ConfigError as error:
                first = error.problems[0]
                self.problems.append(document.problem(item, first.code, first.message, first.expected, first.hint))
                continue
            found.append(self._read[target])
        return found


def _listed(name: str, values: list[Node]) -> Node:
    """Lists one behind the other; of mechanics, each once, since every part lists what it needs."""
    items: list[Node] = []
    for place, value in enumerate(values):
        if not isinstance(value, Sequence):
            return value
        # What a file lists twice by itself is a mistake, and stays one.
        before = {item.value for item in items if isinstance(item, Scalar)} if name == "mechanics" and place else set()
        for item in value.items:
            known = isinstance(item, Scalar) and item.value in before
            if not known and not any(item is other for other in items):
                items.append(item)
    last = values[-1]
    return Sequence(tuple(items), last.line, last.column, last.source)


def _named(name: str, values: list[Node], document: Document, problems: list[Problem]) -> Node:
    """Mappings side by side; a name that two files have is a problem."""
    pairs: dict[str, tuple[Scalar, Node]] = {}
    for value in values:
        if not isinstance(value, Mapping):
            return value
        for key, pair in value.pairs.items():
            if key in pairs and pairs[key][1] is not pair[1]:
                other = pairs[key][0]
                where = f"{other.source.path}:{other.line}"
                problems.append(document.problem(pair[0], "E713", f"{name}.{shorten(key)} is in {where} too"))
            pairs.setdefault(key, pair)
    last = values[-1]
    return Mapping(pairs, last.line, last.column, last.source)
