"""`t800 show`: draw a tree, an agent or a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from t800.cli.options import ANYTHING, pack_option

if TYPE_CHECKING:
    from t800.cli.paper import Paper
    from t800.registry import Registry
    from t800.spec.scenario import ScenarioSpec
    from t800.spec.tree import TreeSpec

__all__ = ["show"]


@click.command()
@click.argument("name", type=ANYTHING, metavar="TREE|AGENT|SCENARIO")
@click.option("--code", is_flag=True, help="Print the Python that the engine runs for a tree.")
@click.option("--knobs", is_flag=True, help="List every path that `t800 run SCENARIO --set` can change.")
@pack_option
def show(name: str, code: bool, knobs: bool, packs: tuple[str, ...]) -> None:
    """Draw a tree, an agent or a scenario.

    \b
    t800 show protect
    t800 show agent:t800
    t800 show protect --code
    t800 show corridor --knobs
    """
    from t800.cli.paper import Paper
    from t800.cli.picture import draw_agent, draw_scenario, draw_tree
    from t800.simulation.opening import Shelf
    from t800.spec.agent import AgentSpec
    from t800.spec.scenario import ScenarioSpec
    from t800.spec.tree import TreeSpec

    if code and knobs:
        raise click.UsageError("--code is of a tree and --knobs of a scenario: give one of them.")
    kinds = ("tree",) if code else ("scenario",) if knobs else ("tree", "agent", "scenario")
    shelf = Shelf(packs)
    kind, path = shelf.find(name, kinds)
    spec = shelf.load(kind, path)
    paper = Paper()
    if isinstance(spec, TreeSpec):
        if code:
            click.echo(_code(spec, shelf.registry), nl=False)
        else:
            draw_tree(paper, spec, shelf.registry)
    elif isinstance(spec, AgentSpec):
        draw_agent(paper, spec)
    elif isinstance(spec, ScenarioSpec):
        if knobs:
            _knobs(paper, spec)
        else:
            draw_scenario(paper, spec)


def _code(spec: TreeSpec, registry: Registry) -> str:
    """The generated code of a tree whose ports are filled from keys of the same names."""
    from t800.builder import build
    from t800.engine.plan import compile as compile_plan
    from t800.spec.argument import Argument

    ports = {}
    for name, port in spec.ports.items():
        ports[name] = Argument(port.type, key=name) if port.out else Argument(port.type, expression=name)
    keys = spec.all_uses() | {name: port.type for name, port in spec.ports.items()}
    return compile_plan(build(spec, registry, ports, keys)).source


def _knobs(paper: Paper, spec: ScenarioSpec) -> None:
    from t800.cli.knobs import knobs
    from t800.cli.picture import plain

    rows = [
        (knob.path, str(knob.type), knob.unit, plain(knob.value, 28), f"{knob.file}:{knob.line}")
        for knob in knobs(spec)
    ]
    wide = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, wide, strict=False)]
        paper.say("  ".join([*cells, row[4]]).rstrip())
