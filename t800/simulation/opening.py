"""From a name or a path to a checked spec."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from t800.errors import UsageError, closest, shorten
from t800.loader.agent import load_agent
from t800.loader.document import Mapping, read
from t800.loader.files import FOLDERS, Files
from t800.loader.scenario import load_scenario
from t800.loader.tree import load_tree
from t800.loader.world import load_world
from t800.packs import installed
from t800.spec.agent import AgentSpec
from t800.spec.scenario import ScenarioSpec
from t800.spec.tree import TreeSpec
from t800.spec.world import WorldSpec

__all__ = ["Shelf", "Spec", "load", "open_scenario"]

Spec: TypeAlias = TreeSpec | AgentSpec | WorldSpec | ScenarioSpec


class Shelf:
    """Everything that names can lead to, from the current folder: files, and what installed packs register.

        shelf = Shelf()
        kind, path = shelf.find("corridor")         # ("scenario", .../configs/scenarios/corridor.yaml)
        spec = shelf.load(kind, path)

    `packs` are modules to use besides the installed ones.
    """

    def __init__(self, packs: Sequence[str] = ()) -> None:
        self.registry = installed(packs)
        self.files = Files(self.registry)

    def find(self, name: str, kinds: Sequence[str] = tuple(FOLDERS)) -> tuple[str, Path]:
        """What kind of file a name, `KIND:NAME` or a path leads to, and where it is.

        UsageError if it leads nowhere, or to files of two kinds: both are then named as `KIND:NAME`.
        """
        prefix, colon, rest = name.partition(":")
        if colon and prefix in FOLDERS:
            if prefix not in kinds:
                raise UsageError(f"{shorten(name)} is no {' or '.join(kinds)}")
            return prefix, self.files.find(prefix, rest)
        if "/" in name or name.endswith((".yaml", ".yml")):
            return self._path(name, kinds)
        found = [kind for kind in kinds if name in self.files.names(kind)]
        if len(found) > 1:
            both = ", ".join(f"{kind}:{name}" for kind in found)
            raise UsageError(f"{shorten(name)} can mean {both}: say which")
        if not found:
            raise self._nowhere(name, kinds)
        return found[0], self.files.find(found[0], name)

    def all(self, folder: str) -> list[tuple[str, Path]]:
        """Every file below a folder with its kind, by path. UsageError if one is no file of t800."""
        return [self._path(str(path), tuple(FOLDERS)) for path in sorted(Path(folder).rglob("*.yaml"))]

    def load(self, kind: str, path: Path, overrides: Sequence[str] = ()) -> Spec:
        """The spec of a file, with `PATH=VALUE` changes; ConfigError with all of its problems."""
        if kind == "scenario":
            return load_scenario(path, self.registry, self.files, overrides)
        if kind == "agent":
            return load_agent(path, self.registry, self.files, overrides)
        if overrides:
            raise UsageError(f"a {kind} takes no overrides: change a scenario's or an agent's")
        if kind == "world":
            return load_world(path, self.registry, self.files.shown(path))
        return load_tree(path, self.registry, self.files)

    def _path(self, name: str, kinds: Sequence[str]) -> tuple[str, Path]:
        """A file is of the kind that one of its fields names; with a typo in it, of the folder's that it lies in."""
        path = self.files.find(kinds[0], name if "/" in name else f"./{name}")
        root = read(path, self.files.shown(path), []).root
        fields = root.pairs if isinstance(root, Mapping) else {}
        # A scenario has a field `world` too.
        by_field = [kind for kind in ("scenario", "agent", "tree", "world") if kind in fields]
        by_folder = [kind for kind, folder in FOLDERS.items() if f"/{folder}/" in path.as_posix()]
        kind = next(iter(by_field + by_folder), None)
        if kind is None or kind not in kinds:
            what = f"is of kind {kind}" if kind else "names no kind in its first field"
            raise UsageError(f"{self.files.shown(path)} {what}; expected `{'` or `'.join(kinds)}: NAME`")
        return kind, path

    def _nowhere(self, name: str, kinds: Sequence[str]) -> UsageError:
        names = sorted({each for kind in kinds for each in self.files.names(kind)})
        near = closest(name, names)
        way = f"did you mean {near!r}?" if near else f"there is: {', '.join(names)[:300] or 'nothing'}"
        return UsageError(f"no {' or '.join(kinds)} is named {shorten(name)}; {way}")


def load(path: str | Path, overrides: Sequence[str] = (), packs: Sequence[str] = ()) -> Spec:
    """The checked object that a file holds: a TreeSpec, AgentSpec, WorldSpec or ScenarioSpec.

        agent = load("configs/agents/t800.yaml", ["blackboard.ward=sarah"])
        load("broken.yaml")        # ConfigError: every problem, with file:line:col

    `path` is a path, or a name that is looked up under configs/ and trees/. `overrides` are `PATH=VALUE`,
    as `--set` takes them. `packs` are modules, or paths of Python files, to use besides the installed packs.
    """
    shelf = Shelf(packs)
    return shelf.load(*shelf.find(str(path)), overrides)


def open_scenario(
    name: str | Path, packs: Sequence[str] = (), overrides: Sequence[str] = (), without: Sequence[str] = ()
) -> ScenarioSpec:
    """The scenario that a name or a path leads to, with changes as on the command line (design §7)."""
    shelf = Shelf(packs)
    _, path = shelf.find(str(name), ("scenario",))
    spec = load_scenario(path, shelf.registry, shelf.files, overrides, without)
    return dataclasses.replace(spec, packs=tuple(packs))
