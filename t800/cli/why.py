"""`t800 why`: why a node did what it did in a tick of a trace, or why an event happened."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from t800.cli.paper import Paper
    from t800.simulation.causes import Link
    from t800.simulation.why import Answer, Reason, Value

__all__ = ["tell", "why"]


@click.command(short_help="Say why a node did what it did, or why something happened.")
@click.argument("trace", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("question", metavar="AGENT:NODE@TICK|EVENT@TICK")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def why(trace: Path, question: str, as_json: bool) -> None:
    """Say why a node of TRACE was RUNNING, SUCCESS, FAILURE, halted or not ticked, or why an event happened.

    \b
    t800 why corridor.jsonl t800:protect/legs/shield@94
    t800 why corridor.jsonl t800:fight/fire_at@14.5s
    t800 why corridor.jsonl Arrived@6.0s
    t800 why corridor.jsonl '#3'

    The run is run again up to that tick; nothing has to be recorded for it beforehand.
    """
    from t800.cli.paper import Paper
    from t800.errors import UsageError
    from t800.simulation.causes import why_event
    from t800.simulation.why import why_node

    agent, colon, rest = question.partition(":")
    node, at, when = rest.rpartition("@")
    if not (colon and at) and not (not colon and ("@" in question or "#" in question)):
        raise UsageError(f"{question[:80]!r} is no question: expected AGENT:NODE@TICK, EVENT@TICK or EVENT#ID")
    if not colon:
        links = why_event(trace, question)
        if as_json:
            click.echo(json.dumps({"question": question, "causes": [link.to_json() for link in links]}, indent=2))
        else:
            for link in links:
                _link(Paper(sys.stdout), link)
        return
    answer = why_node(trace, agent, node, when)
    if as_json:
        click.echo(json.dumps(answer.to_json(), indent=2))
    else:
        tell(Paper(sys.stdout), answer)


def _link(paper: Paper, link: Link) -> None:
    """A cause, as deep as it lies; of a node's answer, what `why` of the node tells in full."""
    from t800.cli.story import clock, sentence

    indent = "  " * link.depth
    draws = f"; dice: {', '.join(link.draws)}" if link.draws else ""
    if link.event is not None:
        event = link.event
        head = f"{indent}#{event.id} tick {event.tick} ({clock(link.time)}) {event.kind}: "
        end = " (as above)" if link.again else f", by the rule {event.rule!r}{draws}"
        paper.say(head + paper.paint(sentence(event), bold=True) + end)
    if link.node is not None:
        answer = link.node
        paper.say(f"{indent}{answer.agent}:{answer.node}@{answer.tick} ({clock(link.time)}) {answer.status}{draws}")
        for reason in answer.reasons:
            if reason.kind in ("mode", "guard", "ask"):
                paper.say(f"{indent}  {reason.kind:<6} {paper.wrap(reason.said, len(indent) + 9)}")


def tell(paper: Paper, answer: Answer, indent: str = "") -> None:
    """An answer as text."""
    from t800.cli.story import clock

    status = answer.status + (", halted" if answer.halted and answer.status != "halted" else "")
    head = f"{answer.agent}:{answer.node} at tick {answer.tick} ({clock(answer.time)}): "
    paper.say(indent + head + paper.paint(status, bold=True))
    told: set[str] = set()
    for reason in answer.reasons:
        _reason(paper, reason, indent + "  ", told)


def _reason(paper: Paper, reason: Reason, indent: str, told: set[str]) -> None:
    label = f"{indent}{reason.kind:<8}"
    paper.say(paper.paint(label, dim=True) + paper.wrap(reason.said, len(label)))
    for value in reason.values:
        where = indent + " " * 10
        paper.say(where + paper.wrap(_value(value, told), len(where) + 2))


def _value(value: Value, told: set[str]) -> str:
    """A name, its value, and who wrote it; where a sense had it from is told once an answer."""
    from t800.errors import shorten

    said = f"{value.name} = {'unknown' if value.value is None else shorten(value.value, 80)}"
    origin = value.origin
    if origin is None:
        return said
    if origin.by == "start":
        return f"{said}, as at the start"
    since = f", since tick {origin.since}" if origin.since != origin.tick else ""
    said += f", by {origin.by} in tick {origin.tick}{since}"
    if not origin.from_ or origin.by in told:
        return said
    told.add(origin.by)
    return f"{said} ({'; '.join(origin.from_)})"
