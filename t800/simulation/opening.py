"""From a name or a path to a checked spec."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, overload

from t800.errors import ConfigError, UsageError, closest, shorten
from t800.loader.agent import load_agent
from t800.loader.document import Mapping, read
from t800.loader.files import FOLDERS, Files, Text
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
S = TypeVar("S", TreeSpec, AgentSpec, WorldSpec, ScenarioSpec)

KINDS: dict[str, type[Spec]] = {"tree": TreeSpec, "agent": AgentSpec, "world": WorldSpec, "scenario": ScenarioSpec}
"""What the files of each kind hold."""


class Shelf:
    """Everything that names can lead to, from the current folder: files, and what installed packs register.

        shelf = Shelf()
        kind, path = shelf.find("corridor")         # ("scenario", .../configs/scenarios/corridor.yaml)
        spec = shelf.load(kind, path)

    `packs` are modules to use besides the installed ones; `given` texts to take in place of files (`Files`).
    """

    def __init__(self, packs: Sequence[str] = (), given: AnyMapping[str, Text] | None = None) -> None:
        self.registry = installed(packs)
        self.files = Files(self.registry, given=given)

    def find(self, name: str, kinds: Sequence[str] = tuple(FOLDERS)) -> tuple[str, Path]:
        """What kind of file a name, `KIND:NAME` or a path leads to, and where it is.

        UsageError if it leads nowhere, or to files of two kinds: both are then named as `KIND:NAME`.
        """
        prefix, colon, rest = name.partition(":")
        if colon and prefix in FOLDERS:
            if prefix not in kinds:
                raise self._other(shorten(name), prefix, kinds)
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
        """Every file of t800's below a folder with its kind, by path; UsageError if there is none.

        Hidden folders are passed over, and so are YAML files of others. What is no YAML is of the kind `file`,
        and loading it says why.
        """
        found = []
        for path in self.files.below(Path(folder)):
            try:
                kind = self._kind(path)
            except ConfigError:
                kind = "file"
            if kind is not None:
                found.append((kind, path))
        if not found:
            over = self.passed_over(folder)
            way = f"; expected .yaml at the end of {self.files.shown(over[0])}" if over else ": nothing to check"
            raise UsageError(f"{shorten(folder)} holds no tree, agent, world or scenario{way}")
        return found

    def passed_over(self, folder: str) -> list[Path]:
        """The files of t800's below a folder that no name leads to, for they end in `.yml`."""
        found = []
        for path in self.files.below(Path(folder), ".yml"):
            with suppress(ConfigError):
                if self._kind(path) is not None:
                    found.append(path)
        return found

    def load(self, kind: str, path: Path, overrides: Sequence[str] = ()) -> Spec:
        """The spec of a file, with `PATH=VALUE` changes; ConfigError with all of its problems."""
        if kind == "scenario":
            return load_scenario(path, self.registry, self.files, overrides)
        if kind == "agent":
            return load_agent(path, self.registry, self.files, overrides)
        if overrides:
            raise UsageError(f"a {kind} takes no overrides: change a scenario's or an agent's")
        if kind == "world":
            return load_world(path, self.registry, self.files)
        return load_tree(path, self.registry, self.files)

    def _path(self, name: str, kinds: Sequence[str]) -> tuple[str, Path]:
        """A file is of the kind that one of its fields names; with a typo in it, of the folder's that it lies in."""
        path = self.files.find(kinds[0], name if "/" in name else f"./{name}")
        kind = self._kind(path)
        if kind is None:
            form = "` or `".join(kinds)
            raise UsageError(f"{self.files.shown(path)} names no kind in its first field; expected `{form}: NAME`")
        if kind not in kinds:
            raise self._other(self.files.shown(path), kind, kinds)
        return kind, path

    def _kind(self, path: Path) -> str | None:
        root = read(path, self.files.shown(path), []).root
        fields = root.pairs if isinstance(root, Mapping) else {}
        # A scenario has a field `world` too.
        by_field = [kind for kind in ("scenario", "agent", "tree", "world") if kind in fields]
        by_folder = [kind for kind, folder in FOLDERS.items() if f"/{folder}/" in path.as_posix()]
        return next(iter(by_field + by_folder), None)

    def _other(self, name: str, kind: str, kinds: Sequence[str]) -> UsageError:
        """What to say of something that is there, and is of another kind than can be used here."""
        way = self._choices(self._names(kinds))
        return UsageError(f"{name} is {_a(kind)}, not {' or '.join(map(_a, kinds))}; {way}")

    def _names(self, kinds: Sequence[str]) -> list[str]:
        return sorted({each for kind in kinds for each in self.files.names(kind)})

    def _choices(self, names: Sequence[str]) -> str:
        return f"there is: {', '.join(names)[:300] or 'none'}"

    def _nowhere(self, name: str, kinds: Sequence[str]) -> UsageError:
        others = [kind for kind in FOLDERS if kind not in kinds and name in self.files.names(kind)]
        if others:
            return self._other(name, others[0], kinds)
        names = self._names(kinds)
        near = closest(name, names)
        way = f"did you mean {near!r}?" if near else self._choices(names)
        if said := next(filter(None, (self.files.misnamed(kind, name) for kind in kinds)), None):
            way = f"expected {said}"
        return UsageError(f"no {' or '.join(kinds)} is named {shorten(name)}; {way}")


def _a(kind: str) -> str:
    return f"an {kind}" if kind == "agent" else f"a {kind}"


@overload
def load(path: str | Path, overrides: Sequence[str] = ..., packs: Sequence[str] = ..., *, kind: type[S]) -> S: ...
@overload
def load(
    path: str | Path, overrides: Sequence[str] = ..., packs: Sequence[str] = ..., *, kind: None = None
) -> Spec: ...
def load(
    path: str | Path, overrides: Sequence[str] = (), packs: Sequence[str] = (), *, kind: type[Any] | None = None
) -> Any:
    """The checked object that a file holds: a TreeSpec, AgentSpec, WorldSpec or ScenarioSpec.

        agent = load("t800", ["blackboard.ward=sarah"], kind=AgentSpec)
        load("broken.yaml")        # ConfigError: every problem, with file:line:col

    `path` is a path, or a name that is looked up under configs/ and trees/. `overrides` are `PATH=VALUE`,
    as `--set` takes them. `packs` are modules, or paths of Python files, to use besides the installed packs.
    With `kind` only files of that kind are looked for, and a type checker knows what comes back; UsageError
    if the file is of another one.
    """
    shelf = Shelf(packs)
    kinds = tuple(KINDS) if kind is None else tuple(name for name, each in KINDS.items() if each is kind)
    if not kinds:
        raise UsageError(f"no file holds {shorten(kind)}: kind is TreeSpec, AgentSpec, WorldSpec or ScenarioSpec")
    return shelf.load(*shelf.find(str(path), kinds), overrides)


def open_scenario(
    name: str | Path,
    packs: Sequence[str] = (),
    overrides: Sequence[str] = (),
    without: Sequence[str] = (),
    given: AnyMapping[str, Text] | None = None,
) -> ScenarioSpec:
    """The scenario that a name or a path leads to, with changes as on the command line (design §7).

    `given` are texts to take in place of the files of trees and agents, by `tree:NAME` or `agent:NAME`.
    """
    shelf = Shelf(packs, given)
    _, path = shelf.find(str(name), ("scenario",))
    spec = load_scenario(path, shelf.registry, shelf.files, overrides, without)
    return dataclasses.replace(spec, packs=tuple(packs))
