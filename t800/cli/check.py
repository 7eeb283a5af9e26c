"""`t800 check`: read files as a run would, and say everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from t800.cli.options import ANYTHING, pack_option

if TYPE_CHECKING:
    from t800.errors import Problem
    from t800.simulation.opening import Spec

__all__ = ["check"]


@click.command(short_help="Read files, and say all that is wrong with them.")
@click.argument("paths", nargs=-1, required=True, type=ANYTHING, metavar="PATH...")
@pack_option
def check(paths: tuple[str, ...], packs: tuple[str, ...]) -> None:
    """Read files as a run would, and say everything that is wrong with them.

    \b
    t800 check trees configs
    t800 check trees/protect.yaml
    t800 check corridor agent:t800
    t800 check . --pack skills.py

    PATH is a file, a folder, or a name. Each file is checked with all that it names, and each problem is said
    once. The exit code is 2 if there is any.
    """
    from t800.cli.missing import missing_packs
    from t800.cli.paper import Paper
    from t800.errors import ConfigError, UsageError
    from t800.simulation.opening import Shelf

    paper = Paper()
    shelf = Shelf(packs)
    files: dict[tuple[str, Path], None] = {}
    for name in paths:
        try:
            files.update(dict.fromkeys(shelf.all(name) if name and Path(name).is_dir() else [shelf.find(name)]))
        except ConfigError as error:
            files["file", shelf.files.start / error.problems[0].path] = None
    problems: dict[Problem, None] = {}
    needed: dict[str, None] = {}
    for kind, path in files:
        try:
            spec = shelf.load(kind, path)
        except ConfigError as error:
            modules, _, rest = missing_packs(error.problems, shelf.files.start, shelf.files.shown)
            needed.update(dict.fromkeys(modules))
            problems.update(dict.fromkeys(rest))
            note = "".join(f"  needs --pack {module}" for module in modules)
            if not modules and any(problem.code in ("E307", "E502") and problem.hint is None for problem in rest):
                note = "  names what no pack here has"
            paper.say(f"{paper.mark(False)} {kind:<8} {shelf.files.shown(path)}{paper.paint(note, 'yellow')}")
        else:
            said = paper.wrap(_about(spec), 13 + len(spec.name))
            paper.say(f"{paper.mark(True)} {kind:<8} {paper.paint(spec.name, bold=True)}  {said}")
    for path in [path for name in paths if name and Path(name).is_dir() for path in shelf.passed_over(name)]:
        text = f"  passed over {shelf.files.shown(path)}: only names that end in .yaml are looked up"
        paper.say(paper.paint(text, "yellow"))
    way = ""
    if needed:
        again = " ".join(["t800 check", *paths, *(f"--pack {module}" for module in (*packs, *needed))])
        way = f"some files need a pack that is not installed; with it: {again}"
    if problems:
        if way:
            click.echo(f"t800: {way}", err=True)
        raise ConfigError(list(problems))
    if way:
        raise UsageError(way)


def _about(spec: Spec) -> str:
    """What was checked, in a few words."""
    from t800.spec.agent import AgentSpec
    from t800.spec.scenario import ScenarioSpec
    from t800.spec.tree import TreeSpec

    if isinstance(spec, TreeSpec):
        below = len(spec.with_descendants()) - 1
        return _count(len(spec.nodes), "node") + (f", {_count(below, 'tree')} below" if below else "")
    if isinstance(spec, AgentSpec):
        counts = [(len(spec.senses), "sense"), (len(spec.modes.states), "mode"), (len(spec.trees), "tree")]
        parts = [_count(*count) for count in [*counts, (len(spec.constraints), "constraint")]]
        return ", ".join(parts + _limits(spec.workers, spec.foreign))
    if isinstance(spec, ScenarioSpec):
        parts = [f"{_count(len(spec.agents), 'agent')} in {spec.world.name}", _count(len(spec.expect), "expectation")]
        foreign = {name: None for use in spec.agents for name in use.agent.foreign}
        return ", ".join(parts + _limits(spec.workers, list(foreign)))
    sizes = [(len(spec.places), "place"), (len(spec.bodies), "body"), (len(spec.entities), "thing")]
    return ", ".join(_count(*size) for size in sizes)


def _limits(workers: Sequence[str], foreign: Sequence[str]) -> list[str]:
    """What cannot be done with this, and because of whom."""
    limits = [f"cannot be replayed (in threads: {', '.join(workers)})"] if workers else []
    return limits + ([f"cannot be saved (third-party: {', '.join(foreign)})"] if foreign else [])


def _count(number: int, noun: str) -> str:
    """`1 tree`, `2 trees`, `3 bodies`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"
