"""Trees that are replaced while a run goes on, as they are saved; and again in a replay (docs/watch.md)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from t800.engine import Transfer
from t800.errors import ConfigError, Problem, T800Error, UsageError
from t800.loader.document import text_of
from t800.loader.files import Files, Text
from t800.loader.scenario import load_scenario
from t800.simulation.runner import Simulation
from t800.simulation.trace import Line, TraceReader
from t800.spec.scenario import ScenarioSpec

__all__ = ["Reload", "Replacements", "Watch", "first_texts", "variant"]


@dataclass(frozen=True, slots=True)
class Reload:
    """What came of saved files: `changed` are their names (`tree:protect`), `tick` the first that goes by them.

    `done` has, by agent and tree, what became of the nodes that were active; nothing, if no agent had a use for
    what differs. With `problems` the old trees go on, and so they do with `refused`, which says why in words.
    """

    tick: int
    changed: tuple[str, ...]
    done: Mapping[str, Mapping[str, Transfer]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    refused: str = ""


class Watch:
    """Looks at the files of a run's trees between ticks, and replaces what was saved.

        run(spec, watch=Watch(spec, print).look)

    `told` is called with a Reload for each save that says something else than before. World, agent and scenario are
    those of the start, whatever becomes of their files. UsageError if the files are not what `spec` was made of.
    """

    def __init__(self, spec: ScenarioSpec, told: Callable[[Reload], object] = lambda _: None) -> None:
        self._told = told
        self._path = Path(spec.path).resolve()
        files = Files(spec.registry)
        self._spec = _load(spec, files)
        if self._spec.digests != spec.digests:
            raise UsageError(f"{spec.path} and what it is made of were changed while the run began: start it again")
        trees = {name: path for name, path in files.named.items() if name.startswith("tree:")}
        self._paths = trees
        self._fixed = {path: text for path, text in files.texts.items() if path not in trees.values()}
        self._taken = {name: files.texts[path] for name, path in trees.items()}
        self._seen = dict(self._taken)
        self._unread: dict[str, tuple[Problem, ...]] = {}

    def look(self, simulation: Simulation) -> None:
        """Call it between two ticks."""
        saved = []
        for name, path in self._paths.items():
            try:
                text = text_of(path, _shown(path))
            except ConfigError as error:
                # Many editors take a file away before they put the new one in its place.
                if path.exists() and self._unread.get(name) != error.problems:
                    self._unread[name] = error.problems
                    self._say(simulation, name, problems=error.problems)
                continue
            self._unread.pop(name, None)
            # A file that is empty is about to be written.
            if text != self._seen[name] and text.strip():
                self._seen[name] = text
                saved.append(name)
        if saved:
            self._take(simulation, saved)

    def _take(self, simulation: Simulation, saved: list[str]) -> None:
        given = {name: Text(text, _shown(self._paths[name])) for name, text in self._seen.items()}
        files = Files(self._spec.registry, given=given, kept=self._fixed)
        try:
            spec = _load(self._spec, files)
            more = [name for name in spec.workers if name not in self._spec.workers]
            foreign = [use.participant.id for use in spec.agents if use.agent.foreign]
            if more:
                raise UsageError(f"{', '.join(more)} works in a thread, so that nobody could run this run again")
            if foreign and not any(use.agent.foreign for use in self._spec.agents):
                raise UsageError(f"{', '.join(foreign)} would hold third-party behaviours, and could not be saved")
            new = {name: path for name, path in files.named.items() if name.startswith("tree:")}
            now = {name: given[name].text if name in given else files.texts[path] for name, path in new.items()}
            texts = {
                name: {"was": self._taken.get(name), "is": text}
                for name, text in now.items()
                if text != self._taken.get(name)
            }
            same = spec.digests == self._spec.digests
            done = {} if same else simulation.reload(spec, texts)
        except ConfigError as error:
            self._say(simulation, *saved, problems=error.problems)
            return
        except T800Error as error:
            self._say(simulation, *saved, refused=str(error))
            return
        self._spec = spec
        if not same:
            self._taken |= now
        for name, path in new.items():
            self._paths.setdefault(name, path)
            self._seen.setdefault(name, now[name])
        self._say(simulation, *saved, done=done)

    def _say(self, simulation: Simulation, *changed: str, **found: Any) -> None:
        if "problems" in found:
            found["problems"] = tuple(found["problems"])
        self._told(Reload(simulation.world.tick, changed, **found))


class Replacements:
    """The trees of a recorded run as they were replaced, to be replaced again: call `before` with each line.

    replaced = Replacements(spec, reader)
    for line in reader:
        replaced.before(line, simulation)
        simulation.step()
    """

    def __init__(self, spec: ScenarioSpec, reader: TraceReader) -> None:
        self.spec = spec
        # What is replaced later is by now of another text on the disk.
        self._given = first_texts(reader)

    def before(self, line: Line, simulation: Simulation | None = None) -> None:
        """Replace what was replaced before the tick of a line; without a simulation, in `spec` only."""
        if "reloaded" not in line.body:
            return
        texts = _texts(line)
        self._given |= {name: Text(each["is"], f"{name}, line {line.number}") for name, each in texts.items()}
        self.spec = variant(self.spec, self._given)
        if simulation is not None:
            simulation.reload(self.spec, texts)


def first_texts(reader: TraceReader) -> dict[str, Text]:
    """What the files of replaced trees held when a run began, by name; it reads the trace for that, if need be."""
    found: dict[str, Text] = {}
    if reader.meta.get("watched"):
        for line in TraceReader(reader.path):
            if "reloaded" in line.body:
                for name, each in _texts(line).items():
                    if name not in found and each["was"] is not None:
                        found[name] = Text(each["was"], f"{name}, as the run began")
    return found


def variant(spec: ScenarioSpec, given: Mapping[str, Text]) -> ScenarioSpec:
    """The same scenario with other texts in place of files (`tree:NAME`, `agent:NAME`); ConfigError for a bad one."""
    return _load(spec, Files(spec.registry, given=given)) if given else spec


def _load(spec: ScenarioSpec, files: Files) -> ScenarioSpec:
    path = Path(spec.path).resolve()
    found = load_scenario(path, spec.registry, files, spec.overrides, spec.without)
    return dataclasses.replace(found, path=spec.path, packs=spec.packs, limit=spec.limit, branch=spec.branch)


def _texts(line: Line) -> Mapping[str, Mapping[str, Any]]:
    """What a line says of replaced files."""
    texts: Mapping[str, Mapping[str, Any]] = line.body["reloaded"]["texts"]
    return texts


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
