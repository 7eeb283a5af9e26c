"""`t800 run`: run a scenario, tell what happens, and judge it."""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from t800.cli.options import SCENARIO, pack_option, recording_options, report_option, run_again, seconds

if TYPE_CHECKING:
    from t800.cli.live import Live
    from t800.cli.paper import Paper
    from t800.simulation.result import Result
    from t800.simulation.runner import Moment
    from t800.simulation.tracefile import OnError
    from t800.spec.scenario import ScenarioSpec

__all__ = ["report", "run", "verdict"]

NARROW = 64
"""Columns below which a row of the verdict is several lines: three columns of text would break every word."""


def _speed(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """How many times faster than the clock; None for as fast as can be."""
    if value is None or value == "max":
        return None
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 1000:
        raise click.BadParameter(f"{value[:40]!r}: expected max, or a number like 1 or 10.")
    return speed


@click.command(short_help="Run a scenario, tell what happens, and judge it.")
@click.argument("scenario", type=SCENARIO)
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Other dice than the scenario's own.")
@click.option("--until", callback=seconds, metavar="SECONDS", help="Stop there instead of at the scenario's limit.")
@click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value; x1.05 multiplies a number."
)
@click.option("--without", multiple=True, metavar="WHAT", help="Take out AGENT:TREE, AGENT:#CONSTRAINT or ENTITY.")
@pack_option
@click.option(
    "--jitter", "share", type=click.FloatRange(0, 1, max_open=True), metavar="P", help="Change every number by up to P."
)
@click.option("--speed", callback=_speed, metavar="1|10|max", help="Times faster than the clock; as fast as can be.")
@click.option(
    "--record", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Leave a trace to replay."
)
@recording_options
@report_option
@click.option("--watch", is_flag=True, help="Replace trees by what is saved of them while it plays.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document; people's text goes to stderr.")
@click.option("--quiet", "-q", is_flag=True, help="Print the verdict only.")
@click.pass_context
def run(
    ctx: click.Context,
    scenario: str,
    seed: int | None,
    until: float | None,
    overrides: tuple[str, ...],
    without: tuple[str, ...],
    packs: tuple[str, ...],
    share: float | None,
    speed: float | None,
    record: Path | None,
    durable: bool,
    checkpoint: int,
    on_error: OnError,
    page: Path | None,
    watch: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run SCENARIO to its end, tell what happens, and judge it.

    \b
    t800 run corridor
    t800 run corridor --seed 7 --record corridor.jsonl
    t800 run corridor --without t800:protect
    t800 run corridor --set t800.arrives=20 --set john.run=x0.8
    t800 run corridor --report corridor.html
    t800 run corridor --watch --speed 1

    `t800 show corridor --knobs` lists what --set can change. The exit code is 0 if all held, 1 if something
    failed, 3 if something was undecided when the time ran out.
    """
    from t800.cli.live import Live
    from t800.cli.paper import Paper
    from t800.loader.overrides import sets_seed
    from t800.simulation.opening import open_scenario
    from t800.simulation.runner import run as run_scenario
    from t800.simulation.tracefile import Recording

    if record is None:
        for name in ("durable", "checkpoint", "on_error"):
            if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                option = "on-record-error" if name == "on_error" else name
                raise click.UsageError(f"--{option} is about a trace: it needs --record FILE")
    if seed is not None and sets_seed(overrides):
        raise click.UsageError("--seed and --set seed= both choose the dice: give one of them.")
    recording = None if record is None else Recording(record, durable, on_error, checkpoint)
    if page is not None:
        from t800.cli.page import ready

        if record is not None and record.resolve() == page.resolve():
            raise click.UsageError("--record and --report name one file: the page would be written over the trace.")
        ready(page)
    paper = Paper(sys.stderr if as_json else sys.stdout)
    spec = open_scenario(scenario, packs, overrides, without)
    chosen = spec.seed if seed is None else seed
    if share is not None:
        from t800.simulation.jitter import jitter

        spec = open_scenario(scenario, packs, (*overrides, *jitter(spec, chosen, share)), without)
    if until is not None:
        spec = dataclasses.replace(spec, limit=until)
    if not quiet:
        paper.say(paper.paint(spec.name, bold=True) + paper.paint(f"  seed {chosen}", dim=True))
        if spec.doc:
            paper.say(paper.paint(paper.wrap(spec.doc.partition("\n\n")[0], 0), dim=True))
        paper.say()
    live = None if quiet else Live(spec, paper, chosen, speed)
    look = None
    if watch:
        from t800.cli.watching import tell
        from t800.simulation.reload import Watch

        look = Watch(spec, lambda reload: tell(paper, live, reload, spec.dt)).look
    lookers: list[Callable[[Moment], object]] = [live.tick] if live else []
    footage = None
    if page is not None:
        from t800.simulation.footage import Footage

        footage = Footage(spec)
        lookers.append(footage.tick)
    with live or nullcontext():
        result = run_scenario(spec, seed, recording, on_tick=_all(lookers), watch=look)
    if live:
        live.end()
    report(paper, spec, result, live)
    if page is not None and footage is not None:
        from t800.cli.page import Shown, publish

        publish(paper, page, Shown(footage, result))
    if as_json:
        click.echo(json.dumps(result.to_json(), indent=2, allow_nan=False))
    elif not quiet:
        paper.say()
        # What makes the run what it was: jitter is made of overrides, and of the seed.
        like = partial(run_again, scenario, spec.packs, overrides, jitter=share, until=until)
        for command in _next(like, spec, result, seed):
            paper.say(paper.paint("  " + command, dim=True))
    ctx.exit(result.exit_code)


def _all(lookers: Sequence[Callable[[Moment], object]]) -> Callable[[Moment], object] | None:
    """One for all who look on."""
    if len(lookers) < 2:
        return next(iter(lookers), None)

    def look(moment: Moment) -> None:
        for looker in lookers:
            looker(moment)

    return look


def report(paper: Paper, spec: ScenarioSpec, result: Result, live: Live | None) -> None:
    """The table of what was expected, what became of orders and minds, and the verdict; that alone without `live`."""
    from t800.cli.story import clock
    from t800.simulation.runner import seconds as time

    if live is not None:
        paper.say()
        for item in result.expectations:
            note = "  (held from the start: nothing was shown)" if item.vacuous else ""
            _row(paper, item.held, item.kind, item.said + note, item.tick, spec.dt)
        for chapter in result.chapters:
            held = {"passed": True, "failed": False}.get(chapter.outcome)
            note = f": {chapter.why}" if chapter.why else ""
            if chapter.begin:
                note = f", entered after {clock(time(chapter.begin, spec.dt))}{note}"
            _row(paper, held, "chapter", f"{chapter.name} {chapter.outcome}{note}", chapter.end, spec.dt)
        for name, turn in result.turns.items():
            _row(paper, True if turn.held else None, "turn", name, turn.tick if turn.held else None, spec.dt)
        live.orders()
        live.summary.tell(paper, result)
        paper.say()
    paper.say(verdict(paper, result))


def verdict(paper: Paper, result: Result) -> str:
    """One line that says how a run ended."""
    from t800.cli.story import clock

    colour, words = {
        "passed": ("green", "passed"),
        "failed": ("red", "failed"),
        "limit": ("yellow", "undecided at the limit"),
    }[result.outcome]
    ticked = "" if result.played == result.time else f"{clock(result.played)} of them "
    parts = [f"after {clock(result.time)}", f"{ticked}played in {result.wall:.1f} s"]
    if result.faults:
        parts.append(paper.paint(f"{result.faults} fault{'s' * (result.faults != 1)}", "red"))
    if result.vetoes:
        parts.append(f"{result.vetoes} veto{'es' * (result.vetoes != 1)}")
    parts.append(f"trace {result.sha256[:12]}")
    if result.path:
        parts.append(f"in {result.path}")
    if result.lost:
        parts.append(paper.paint(f"unrecorded from tick {result.lost.tick} on ({result.lost.why})", "red"))
    return paper.paint(words, colour, bold=True) + "  " + ", ".join(parts)


def _row(paper: Paper, held: bool | None, kind: str, text: str, tick: int | None, dt: float) -> None:
    """One line of the table: mark, kind, text over as many lines as it needs, time."""
    from t800.cli.story import clock
    from t800.simulation.runner import seconds

    when = "" if tick is None else clock(seconds(tick, dt))
    if paper.width < NARROW:
        paper.say(f"  {paper.mark(held)} {paper.paint(kind, dim=True)}  {when}".rstrip())
        for line in paper.rows(text, paper.width - 4):
            paper.say("    " + line)
        return
    first, *more = paper.rows(text, paper.width - 28)
    paper.say(
        f"  {paper.mark(held)} {paper.paint(f'{kind:<10}', dim=True)} {first:<{paper.width - 28}} {when:>10}".rstrip()
    )
    for line in more:
        paper.say(" " * 15 + line)


def _next(like: Callable[..., str], spec: ScenarioSpec, result: Result, seed: int | None) -> list[str]:
    """What one may want to type now: `like` tells how to run it again, `seed` is the one that was asked for."""
    commands = []
    if result.path is None:
        commands.append(like(without=spec.without, seed=seed, record=f"{spec.name}.jsonl"))
    elif not any(use.agent.workers for use in spec.agents):  # what works in threads cannot be played again
        commands.append(f"t800 {'resume' if result.lost else 'replay'} {shlex.quote(result.path)}")
    commands.append(like(without=spec.without, seed=result.seed + 1))
    first = next((use for use in spec.agents if use.agent.trees), None)
    if spec.without:
        commands.append(like(seed=seed))
    elif first is not None:
        commands.append(like(without=[f"{first.participant.id}:{first.agent.trees[0].tree.name}"], seed=seed))
    return commands
