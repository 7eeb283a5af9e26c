"""`t800 replay`: run what a trace recorded again, and say where it differs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from t800.cli.options import Target, report_option

if TYPE_CHECKING:
    from t800.cli.paper import Paper
    from t800.simulation.result import Divergence, Result
    from t800.simulation.whatif import WhatIf

__all__ = ["replay"]


@click.command(short_help="Run a trace again, and say where it differs.")
@click.argument("trace", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--with",
    "changed",
    multiple=True,
    type=Target("tree", "agent"),
    metavar="TREE|AGENT",
    help="Let this file decide on what was seen, in place of the recorded one of its name.",
)
@report_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document; people's text goes to stderr.")
@click.pass_context
def replay(ctx: click.Context, trace: Path, changed: tuple[str, ...], page: Path | None, as_json: bool) -> None:
    """Run what TRACE recorded again, and say where it first differs.

    \b
    t800 run corridor --record corridor.jsonl
    t800 replay corridor.jsonl
    t800 replay corridor.jsonl --report corridor.html
    t800 replay corridor.jsonl --with trees/protect.yaml

    With --with the world goes the way that it went, and what the changed trees would have done is compared with
    what was done. A robot's trace is always replayed so.

    The exit code is 0 if every tick is the same to the last bit, 1 if something differs, 2 if the trace is
    damaged (the line is named) or the files mean something else than when it was recorded.
    """
    from t800.cli.paper import Paper
    from t800.errors import UsageError
    from t800.simulation.replay import replay as replay_trace
    from t800.simulation.whatif import of_a_robot, replay_with

    paper = Paper(sys.stderr if as_json else sys.stdout)
    if changed or of_a_robot(trace):
        if page is not None:
            raise UsageError("--report shows a run as it was, in its world: it takes no --with, and no robot's trace")
        found_instead = replay_with(trace, changed)
        _compare(paper, found_instead)
        if as_json:
            click.echo(json.dumps(found_instead.to_json(), indent=2))
        ctx.exit(0 if found_instead.same else 1)
    if page is None:
        result = replay_trace(trace)
    else:
        from t800.cli.page import publish, ready, replayed

        ready(page)
        shown = replayed(trace)
        result = shown.result
    _report(paper, result)
    if page is not None:
        publish(paper, page, shown)
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
    if result.cut:
        paper.say(paper.paint(result.cut, "yellow"))
    found = result.divergence
    if found is None:
        said = f"all {result.ticks} ticks of {result.scenario}, seed {result.seed}, to the last bit"
        paper.say(f"{paper.paint('the same', 'green', bold=True)}  {said}; {result.wall:.1f} s")
        return
    _first(paper, "at", found)


def _compare(paper: Paper, found: WhatIf) -> None:
    """What changed trees would have done."""
    if found.cut:
        paper.say(paper.paint(found.cut, "yellow"))
    whose = f"with {', '.join(found.changed)}" if found.changed else "decided once more"
    run = f"{found.scenario}, seed {found.seed}"
    if found.first is None:
        said = f"{whose}: in all {found.ticks} ticks of {run}, the same would have been done"
        if not found.agents:
            said = f"{whose}, which means what the recorded one means: nothing to compare in {run}"
        paper.say(f"{paper.paint('the same', 'green', bold=True)}  {said}")
        return
    _first(paper, f"{whose}, first at", found.first)
    if found.first_intent is None:
        paper.say("  what is asked of the world never differs")
    elif found.first_intent != found.first:
        _first(paper, "in what is asked of the world first at", found.first_intent)
    wide = max(len(name) for name in found.agents)
    for name, tally in found.agents.items():
        counts = {
            "intents": tally.intents,
            "statuses": tally.statuses,
            "modes": tally.modes,
            "faults": tally.faults,
        }
        said = ", ".join(f"{what} in {count}" for what, count in counts.items() if count)
        paper.say(f"  {name:<{wide}}  of {tally.ticks} ticks: {said or 'nothing differs'}")
    if found.roots_only:
        said = f"of {', '.join(found.roots_only)} only the roots were compared: what was recorded is no longer there"
        paper.say(paper.paint(paper.wrap(f"  {said}", 2), "yellow"))


def _first(paper: Paper, where: str, found: Divergence) -> None:
    who = "the world" if found.agent is None else found.agent
    place = f"{where} tick {found.tick}, {who}: " if found.tick >= 0 else ""
    paper.say(f"{paper.paint('differs', 'red', bold=True)}  {place}{found.what}")
    for word, value in (("was", found.was), ("is", found.now)):
        paper.say(f"  {word:<4} {_said(value)}")


def _said(value: Any) -> str:
    """A value of whatever differs; an intent as `Say(to='seen_2', verb='come')`."""
    from t800.errors import shorten

    if value is None:
        return "nothing"
    if isinstance(value, dict) and value.keys() == {"intent", "with"}:
        fields = (f"{name}={shorten(each, 80)}" for name, each in value["with"].items() if each is not None)
        return f"{value['intent']}({', '.join(fields)})"
    return shorten(value, 300)
