"""Where names lead: the resolver of `trees/` and `configs/` (design §6, R15)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from t800.errors import ConfigError, Problem, UsageError, closest, shorten
from t800.loader.document import Document, parse, text_of
from t800.registry import Registry

__all__ = ["FOLDERS", "Files", "Text", "shipped"]

Kind = Literal["tree", "agent", "world", "scenario"]

FOLDERS: dict[str, str] = {
    "tree": "trees",
    "agent": "configs/agents",
    "world": "configs/worlds",
    "scenario": "configs/scenarios",
}
"""Where the files of each kind lie in a place; sub-folders are theirs to arrange."""

MOST_FILES = 20_000

# Above the top of a project lies what does not belong to it.
_TOPS = ("pyproject.toml", ".git", ".hg")


def _is_shared(folder: Path) -> bool:
    """Whether a folder holds more than one project, or what anybody may put there: `/`, the home folder, `/tmp`."""
    if folder == folder.parent or folder == Path(os.path.expanduser("~")):  # noqa: PTH111  # never an error
        return True
    try:
        return os.name == "posix" and bool(folder.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return True


def shipped() -> Path:
    """The place of the trees and configs that come with t800: the wheel's copy, else the repo's own."""
    package = Path(__file__).parents[1]
    packaged = package / "shipped"
    return packaged if packaged.is_dir() else package.parent


@dataclass(frozen=True, slots=True)
class Text:
    """What a file holds, or held, or is to hold; `shown` is how messages name it."""

    text: str
    shown: str


class Files:
    """Finds files by name: beside or above the file that uses them, then in packs, then among the shipped.

    Above ends with the folder that holds pyproject.toml, .git or .hg, and in any case below the home folder,
    `/`, and folders where everybody may write: what lies there is of no project, or of somebody else's.

    >>> files = Files(registry)
    >>> files.find("tree", "protect", near=Path("configs/agents/t800.yaml"))
    PosixPath('/home/kyle/robot/trees/protect.yaml')

    `start` is the folder where names begin that no file uses; the current one by default. What a folder
    holds is listed once, and each file read once: a Files is for one load. `texts` then has what was read,
    and `named` the file that each name (`tree:protect`) led to.

    `given` are texts to take in place of what the disk holds, by kind and name; they need not be there.
    `kept` are texts that an earlier Files has read, by path.
    """

    def __init__(
        self,
        registry: Registry,
        start: Path | None = None,
        given: Mapping[str, Text] | None = None,
        kept: Mapping[Path, str] | None = None,
    ) -> None:
        try:
            self.start = (start or Path.cwd()).resolve()
        except FileNotFoundError:
            raise UsageError("the current folder is gone: change to one that exists") from None
        self.texts: dict[Path, str] = dict(kept or {})
        self.named: dict[str, Path] = {}
        self._given = dict(given or {})
        self._instead: dict[Path, Text] = {}
        self._common = [folder.resolve() for folder in registry.folders] + [shipped().resolve()]
        self._listings: dict[tuple[Path, str], dict[str, list[Path]]] = {}

    def find(self, kind: str, name: str, near: Path | None = None) -> Path:
        """The file of that name, resolved; `near` is the file that uses it.

        A name with a `/`, or that ends in `.yaml`, is a path from there. ConfigError with one problem
        if it leads nowhere, to two files in one place, or out of its root; UsageError where no file uses it.
        """
        stem = name.replace(os.sep, "/").rpartition("/")[2].removesuffix(".yaml")
        key = f"{kind}:{stem}"
        instead = self._given.get(key)
        try:
            path = self._find(kind, name, near)
        except (ConfigError, UsageError):
            if instead is None:
                raise
            path = (self.start if near is None else near.parent) / f"{stem}.yaml"
        if instead is not None:
            self._instead[path] = instead
        self.named[key] = path
        return path

    def read(self, path: Path, problems: list[Problem]) -> Document:
        """The document of a file. ConfigError, and more in `problems`, as `t800.loader.document.read`."""
        instead = self._instead.get(path)
        if instead is not None:
            return parse(instead.text, instead.shown, problems)
        shown = self.shown(path)
        if path not in self.texts:
            self.texts[path] = text_of(path, shown)
        return parse(self.texts[path], shown, problems)

    def _find(self, kind: str, name: str, near: Path | None) -> Path:
        if "/" in name or os.sep in name or name.endswith(".yaml"):
            return self._path(name, near)
        for place in self._places(near):
            found = self._listing(place / FOLDERS[kind]).get(name, [])
            if len(found) > 1:
                both = " and ".join(self.shown(path) for path in found[:2])
                raise self._wrong(near, "E302", f"{kind} {shorten(name)} is twice in one place: {both}")
            if found:
                return self._regular(found[0], place, near, name)
        names = self.names(kind, near)
        places = [self.shown(place) for place in self._places(near) if (place / FOLDERS[kind]).is_dir()]
        expected = f"{FOLDERS[kind]}/{name[:40]}.yaml in one of: {', '.join(places)}" if places else None
        hint = closest(name, names)
        if said := self.misnamed(kind, name, near):
            expected, hint = said, None
        raise self._wrong(near, "E301", f"no {kind} is named {shorten(name)}", expected, hint)

    def names(self, kind: str, near: Path | None = None) -> list[str]:
        """All names of a kind that can be found from there, sorted."""
        return sorted({name for place in self._places(near) for name in self._listing(place / FOLDERS[kind])})

    def misnamed(self, kind: str, name: str, near: Path | None = None) -> str | None:
        """What was expected of the file that a name would lead to if it did not end in `.yml`; None without one."""
        for place in self._places(near):
            for path in self._listing(place / FOLDERS[kind], ".yml").get(name, ()):
                return f".yaml at the end of {self.shown(path)}: it is passed over"
        return None

    def below(self, folder: Path, ending: str = ".yaml") -> list[Path]:
        """The files below a folder that end so, by path. Hidden folders and links to folders are passed over."""
        listing = self._listing(folder if folder.is_absolute() else self.start / folder, ending)
        return sorted(path for paths in listing.values() for path in paths)

    def shown(self, path: Path) -> str:
        """A path as messages show it: from the start folder where it lies below, else whole."""
        path = path if path.is_absolute() else self.start / path
        return str(path.relative_to(self.start)) if path.is_relative_to(self.start) else str(path)

    def _places(self, near: Path | None) -> Iterator[Path]:
        """Each folder whose trees/ and configs/ are looked into, nearest first."""
        folder = near.resolve().parent if near is not None else self.start
        seen = set()
        for place in (folder, *folder.parents):
            if place != folder and _is_shared(place):
                break
            seen.add(place)
            yield place
            if _is_shared(place) or any((place / top).exists() for top in _TOPS):
                break
        for place in self._common:
            if place not in seen:
                seen.add(place)
                yield place

    def _listing(self, folder: Path, ending: str = ".yaml") -> dict[str, list[Path]]:
        """The files below a folder that end so, by name. Links to folders are not followed: they could go round."""
        listing = self._listings.get((folder, ending))
        if listing is None:
            listing = self._listings[folder, ending] = {}
            count = 0
            for here, folders, files in os.walk(folder):
                # In an order of our own: a folder's is the file system's.
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                count += len(files)
                if count > MOST_FILES:
                    raise UsageError(f"{self.shown(folder)} holds more than {MOST_FILES} files")
                for file in sorted(files):
                    if file.endswith(ending) and not file.startswith("."):
                        listing.setdefault(file.removesuffix(ending), []).append(Path(here) / file)
        return listing

    def _path(self, name: str, near: Path | None) -> Path:
        """The file at a path. One that a file uses stays below that file's root."""
        if near is None:
            return self._regular(self.start / name, None, near, name)
        folder = near.resolve().parent
        # The folder that holds trees/ or configs/ is the root of what lies in them.
        kept = [place for place in (folder, *folder.parents) if place.name in ("trees", "configs")]
        return self._regular(folder / name, kept[0].parent if kept else folder, near, name)

    def _regular(self, path: Path, root: Path | None, near: Path | None, name: str) -> Path:
        try:
            real = path.resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            raise self._wrong(near, "E301", f"there is no file {shorten(name)}") from None
        if root is not None and not real.is_relative_to(root):
            raise self._wrong(near, "E303", f"{shorten(name)} leads out of {shorten(self.shown(root))}")
        if not real.is_file():
            raise self._wrong(near, "E303", f"{shorten(name)} is no regular file")
        return real

    def _wrong(
        self, near: Path | None, code: str, message: str, expected: str | None = None, hint: str | None = None
    ) -> ConfigError | UsageError:
        if near is None:
            way = f"; did you mean {hint!r}?" if hint else f"; expected {expected}" if expected else ""
            return UsageError(message + way)
        return ConfigError([Problem(self.shown(near), 1, 1, code, message, expected, hint)])
