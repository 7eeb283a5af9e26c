"""`t800 diff`: what differs between two traces, two trees or two agents."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from t800.cli.options import Target, pack_option, report_option

if TYPE_CHECKING:
    from t800.cli.paper import Paper
    from t800.simulation.diff import Difference, TraceDiff

__all__ = ["diff"]

MOST = 20
"""Events of one run only that are listed; `--json` has all."""


@click.command(short_help="Tell what differs between two traces, trees or agents.")
@click.argument("a", type=Target("tree", "agent"))
@click.argument("b", type=Target("tree", "agent"))
@pack_option
@report_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document; people's text goes to stderr.")
@click.pass_context
def diff(ctx: click.Context, a: str, b: str, packs: tuple[str, ...], page: Path | None, as_json: bool) -> None:
    """Tell what differs between A and B: two traces, or two trees or agents by meaning.

    \b
    t800 diff before.jsonl after.jsonl
    t800 diff before.jsonl after.jsonl --report both.html
    t800 diff trees/protect.yaml ../other/trees/protect.yaml
    t800 diff agent:hunter agent:t1000

    Of traces, where they first part and what came of it. Of trees and agents, comments and layout do not
    matter. The exit code is 1 if something differs, else 0.
    """
    from t800.cli.paper import Paper
    from t800.errors import UsageError

    paper = Paper(sys.stderr if as_json else sys.stdout)
    traces = [_is_trace(name) for name in (a, b)]
    if traces[0] != traces[1]:
        other = (a, b)[traces.index(False)]
        absent = "" if Path(other).exists() else " (there is no file of that name)"
        raise UsageError(f"{other} is no trace{absent}, and the other is: give two of a kind")
    if all(traces):
        from t800.simulation.diff import diff_traces

        if page is not None:
            from t800.cli.page import ready

            ready(page)
        found = diff_traces(a, b)
        if as_json:
            click.echo(json.dumps(found.to_json(), indent=2))
        else:
            _tell_traces(paper, found)
        if page is not None:
            from t800.cli.page import publish, replayed

            shown = [replayed(name) for name in (a, b)]
            for name, again in zip((a, b), shown, strict=True):
                if again.result.divergence is not None:
                    raise UsageError(f"{name} does not come about again: `t800 replay {name}` says where")
            publish(paper, page, *shown)
        ctx.exit(0 if found.same else 1)
    if page is not None:
        raise UsageError("--report shows runs: give it two traces")
    differences = _specs(a, b, packs)
    if as_json:
        document = {"same": not differences, "differences": [each.to_json() for each in differences]}
        click.echo(json.dumps(document, indent=2))
    elif not differences:
        paper.say(paper.paint("the same", "green", bold=True) + "  by meaning")
    else:
        for each in differences:
            _tell(paper, each)
    ctx.exit(1 if differences else 0)


def _is_trace(name: str) -> bool:
    from t800.errors import UsageError

    if name.endswith(".jsonl") and not Path(name).exists():
        raise UsageError(f"there is no file {name}")
    return Path(name).is_file() and not name.endswith((".yaml", ".yml"))


def _specs(a: str, b: str, packs: tuple[str, ...]) -> list[Difference]:
    from t800.errors import UsageError
    from t800.simulation.diff import diff_agents, diff_trees
    from t800.simulation.opening import Shelf
    from t800.spec.agent import AgentSpec
    from t800.spec.tree import TreeSpec

    shelf = Shelf(packs)
    was, now = (shelf.load(*shelf.find(name, ("tree", "agent"))) for name in (a, b))
    if isinstance(was, TreeSpec) and isinstance(now, TreeSpec):
        return diff_trees(was, now)
    if isinstance(was, AgentSpec) and isinstance(now, AgentSpec):
        return diff_agents(was, now)
    raise UsageError("one is a tree and the other an agent: give two of a kind")


def _tell_traces(paper: Paper, found: TraceDiff) -> None:
    from t800.cli.story import sentence
    from t800.core import Event

    for each in found.header:
        _tell(paper, each)
    if found.first is None:
        but = "; what the runs were given is not" if found.header else ""
        paper.say(f"{paper.paint('the same', 'green', bold=True)}  all {found.ticks[0]} ticks, to the last bit{but}")
        return
    first = found.first
    paper.say(f"{paper.paint('differs', 'red', bold=True)}  first in tick {first.tick}, {first.where}: {first.what}")
    _was_is(paper, first, 2)
    for place, name in enumerate("AB"):
        faults = len(found.faults[place])
        said = f"{found.ends[place] or 'cut'} after {found.ticks[place]} ticks, {faults} fault{'s' * (faults != 1)}"
        paper.say(f"  {name}  {said}")
        for fault in found.faults[place][:MOST]:
            paper.say(f"       {fault}")
    if found.events:
        paper.say(f"  {len(found.events)} event{'s' * (len(found.events) != 1)} in one of them only")
    for a, b, kind, fields in found.events[:MOST]:
        tick = b if a is None else a
        text = sentence(Event(0, tick or 0, kind, fields, ""))
        paper.say(f"  {'B' if a is None else 'A'}  {tick:>7}  {text}")
    if len(found.events) > MOST:
        paper.say(paper.paint(f"  and {len(found.events) - MOST} more: --json has all", dim=True))


def _tell(paper: Paper, each: Difference) -> None:
    colour = {"added": "green", "removed": "red"}.get(each.how, "yellow")
    paper.say(f"{paper.paint(f'{each.how:<8}', colour)} {each.where}: {each.what}")
    if not (each.was is None and each.now is None):
        _was_is(paper, each, 9)


def _was_is(paper: Paper, each: Difference, indent: int) -> None:
    for word, value in (("was", each.was), ("is", each.now)):
        if value is not None or each.how == "changed":
            paper.say(f"{' ' * indent}{word:<4} {_short(value)}")


def _short(value: Any) -> str:
    from t800.errors import shorten

    if value is None:
        return "unknown, or nothing"
    return value if isinstance(value, str) and len(value) <= 200 else shorten(value, 200)
