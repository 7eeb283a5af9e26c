"""`t800 replay`: run what a trace recorded again, and say where it differs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from t800.cli.paper import Paper
    from t800.simulation.result import Result

__all__ = ["replay"]


@click.command(short_help="Run a trace again, and say where it differs.")
@click.argument("trace", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document; people's text goes to stderr.")
@click.pass_context
def replay(ctx: click.Context, trace: Path, as_json: bool) -> None:
    """Run what TRACE recorded again, and say where it first differs.

    \b
    t800 run corridor --record corridor.jsonl
    t800 replay corridor.jsonl

    The exit code is 0 if every tick is the same to the last bit, 1 if something differs, 2 if the trace is
    damaged (the line is named) or the files mean something else than when it was recorded.
    """
    from t800.cli.paper import Paper
    from t800.simulation.replay import replay as replay_trace

    paper = Paper(sys.stderr if as_json else sys.stdout)
    result = replay_trace(trace)
    _report(paper, result)
    if as_json:
        found = result.divergence
        document = {
            "scenario": result.scenario,
            "seed": result.seed,
            "ticks": result.ticks,
            "same": found is None,
            "divergence": None
            if found is None
            else {"tick": found.tick, "agent": found.agent, "what": found.what, "was": found.was, "is": found.now},
            "cut": result.cut,
            "trace": {"path": result.path, "sha256": result.sha256},
            "wall": result.wall,
        }
        click.echo(json.dumps(document, indent=2))
    ctx.exit(0 if result.divergence is None else 1)


def _report(paper: Paper, result: Result) -> None:
    from t800.errors import shorten

    if result.cut:
        paper.say(paper.paint(result.cut, "yellow"))
    found = result.divergence
    if found is None:
        said = f"all {result.ticks} ticks of {result.scenario}, seed {result.seed}, to the last bit"
        paper.say(f"{paper.paint('the same', 'green', bold=True)}  {said}; {result.wall:.1f} s")
        return
    who = "the world" if found.agent is None else found.agent
    paper.say(f"{paper.paint('differs', 'red', bold=True)}  at tick {found.tick}, {who}: {found.what}")
    paper.say(f"  was  {shorten(found.was, 300)}")
    paper.say(f"  is   {shorten(found.now, 300)}")
