"""`t800 check`: read files as a run would, and say everything that is wrong with them."""

from __future__ import annotations

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

    PATH is a file, a folder, or a name. Each file is checked with all that it names, and each problem is said
    once. The exit code is 2 if there is any.
    """
    from t800.cli.paper import Paper
    from t800.errors import ConfigError
    from t800.simulation.opening import Shelf

    paper = Paper()
    shelf = Shelf(packs)
    problems: dict[Problem, None] = {}
    good = 0
    for name in paths:
        for kind, path in shelf.all(name) if Path(name).is_dir() else [shelf.find(name)]:
            try:
                spec = shelf.load(kind, path)
            except ConfigError as error:
                problems.update(dict.fromkeys(error.problems))
                paper.say(f"{paper.mark(False)} {kind:<8} {shelf.files.shown(path)}")
            else:
                good += 1
                paper.say(f"{paper.mark(True)} {kind:<8} {paper.paint(spec.name, bold=True)}  {_about(spec)}")
    if problems:
        raise ConfigError(list(problems))
    if not good:
        paper.say("nothing to check: no .yaml file there")


def _about(spec: Spec) -> str:
    """What was checked, in a few words."""
    from t800.spec.agent import AgentSpec
    from t800.spec.scenario import ScenarioSpec
    from t800.spec.tree import TreeSpec

    if isinstance(spec, TreeSpec):
        below = len(spec.with_descendants()) - 1
        return _count(len(spec.nodes), "node") + (f", {_count(below, 'tree')} below" if below else "")
    if isinstance(spec, AgentSpec):
        parts = [(len(spec.senses), "sense"), (len(spec.modes.states), "mode"), (len(spec.trees), "tree")]
        return ", ".join(_count(*part) for part in [*parts, (len(spec.constraints), "constraint")])
    if isinstance(spec, ScenarioSpec):
        return f"{_count(len(spec.agents), 'agent')} in {spec.world.name}, {_count(len(spec.expect), 'expectation')}"
    parts = [(len(spec.places), "place"), (len(spec.bodies), "body"), (len(spec.entities), "thing")]
    return ", ".join(_count(*part) for part in parts)


def _count(number: int, noun: str) -> str:
    """`1 tree`, `2 trees`, `3 bodies`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"
