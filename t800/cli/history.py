"""`t800 history`: every change of a key in a recorded run, and who wrote it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

__all__ = ["history"]


@click.command(short_help="Tell every change of a key in a trace, and who wrote it.")
@click.argument("trace", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def history(trace: Path, key: str, as_json: bool) -> None:
    """Tell every change of KEY (AGENT.KEY or AGENT.KEY.FIELD) in TRACE, and who wrote it.

    \b
    t800 run corridor --record corridor.jsonl
    t800 history corridor.jsonl t800.order.state
    t800 history corridor.jsonl t800.threat.distance --json

    The run is run again for it, which takes about as long as it took.
    """
    from t800.cli.paper import Paper
    from t800.cli.story import clock
    from t800.errors import shorten
    from t800.simulation.history import history as changes_of

    found = changes_of(trace, key)
    if as_json:
        click.echo(json.dumps({"key": key, "changes": [change.to_json() for change in found]}, indent=2))
        return
    paper = Paper(sys.stdout)
    values = ["unknown" if change.value is None else shorten(change.value, 60) for change in found]
    wide = max(len(value) for value in values)
    for change, value in zip(found, values, strict=True):
        paper.say(f"{change.tick:>7} {clock(change.time):>10}  {value:<{wide}}  {paper.paint(change.by, dim=True)}")
