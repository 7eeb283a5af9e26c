"""`t800 resume`: go on with a run that was cut, in its own trace."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from t800.cli.options import recording_options

if TYPE_CHECKING:
    from t800.simulation.tracefile import OnError

__all__ = ["resume"]


@click.command(short_help="Go on with a run that was cut, in its own trace.")
@click.argument("trace", type=click.Path(path_type=Path, dir_okay=False))
@recording_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document; people's text goes to stderr.")
@click.option("--quiet", "-q", is_flag=True, help="Print the verdict only.")
@click.pass_context
def resume(
    ctx: click.Context,
    trace: Path,
    durable: bool,
    checkpoint: int,
    on_error: OnError,
    as_json: bool,
    quiet: bool,
) -> None:
    """Go on with the run that TRACE recorded until it was cut, to its end, in the same file.

    \b
    t800 run corridor --record corridor.jsonl      killed, a full disk, Ctrl-C…
    t800 resume corridor.jsonl

    The trace is then the same, byte for byte, as if the run had never been cut. The exit code is that of `t800
    run`: 2 if the trace is damaged, or its files mean something else than when it was recorded. A trace that has
    its end already is left as it is, and the exit code is 0.
    """
    from t800.cli.live import Live
    from t800.cli.paper import Paper
    from t800.cli.run import report
    from t800.simulation.replay import replay
    from t800.simulation.resume import Resumption

    paper = Paper(sys.stderr if as_json else sys.stdout)
    with Resumption(trace) as cut:
        if cut.end is not None:
            whose = f"{cut.header.scenario}, seed {cut.header.seed}" if cut.header.scenario else "a robot's trace"
            said = f"{whose}, {cut.end['outcome']} after {cut.ticks} ticks"
            paper.say(f"{paper.paint('finished already', 'green', bold=True)}  {said}; nothing is left to do")
            if as_json:
                click.echo(json.dumps(replay(trace).to_json(), indent=2, allow_nan=False))
            return
        if not quiet:
            paper.say(paper.paint(cut.spec.name, bold=True) + paper.paint(f"  seed {cut.header.seed}", dim=True))
            again = f"{cut.ticks - cut.saved} of them played again" if cut.ticks else "from the start"
            paper.say(paper.paint(f"goes on after {cut.ticks} ticks, {again}", dim=True))
            paper.say()
        live = None if quiet else Live(cut.spec, paper, cut.header.seed)
        with live or nullcontext():
            result = cut.play(live.tick if live else None, durable, on_error, checkpoint)
    if live:
        live.end()
    report(paper, cut.spec, result, live)
    if as_json:
        click.echo(json.dumps(result.to_json(), indent=2, allow_nan=False))
    ctx.exit(result.exit_code)
