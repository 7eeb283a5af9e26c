"""`t800 debug`: walk through a run in both directions, on a screen or by commands."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from t800.cli.options import SCENARIO, pack_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from t800.cli.console import Console

__all__ = ["debug"]


@click.command(short_help="Walk through a run, forward and back, and change it on the way.")
@click.argument("source", type=SCENARIO, metavar="SCENARIO|TRACE")
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Other dice than the scenario's own.")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value, as in `t800 run`.")
@click.option("--without", multiple=True, metavar="WHAT", help="Take out AGENT:TREE, AGENT:#CONSTRAINT or ENTITY.")
@pack_option
@click.option(
    "--commands",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Do what a file says, a command a line (- for stdin), and print what they say: no screen.",
)
@click.option("--json", "as_json", is_flag=True, help="With --commands: print one JSON document.")
def debug(
    source: str,
    seed: int | None,
    overrides: tuple[str, ...],
    without: tuple[str, ...],
    packs: tuple[str, ...],
    commands: str | None,
    as_json: bool,
) -> None:
    """Walk through a run of SCENARIO, or of what TRACE recorded, tick by tick and node by node, forward and back.

    \b
    t800 debug corridor
    t800 debug corridor.jsonl
    t800 debug corridor --commands steps.txt
    echo 'until threat.distance < 3.0
    tree t800
    back
    print threat' | t800 debug corridor --commands -

    The screen needs the extra `tui`; `?` on it shows the keys. The commands are the same in a file:

    \b
    step [N], node [N], back [N], back node, seek TICK|12.3s|start|end
    run, until EXPR, reverse [EXPR]
    break node AGENT:NODE [STATUS]     break status STATUS [AGENT]     break mode AGENT [MODE]
    break event KIND [FIELD=VALUE…]    break when EXPR                 break constraint NAME
    print EXPR, watch EXPR, agent NAME, tree, board, asks, events, expect, map
    set t800.ward=hunter, undo, branch FILE, help, quit

    A wrong command ends it with its line and exit code 2.
    """
    from t800.loader.overrides import sets_seed

    if as_json and commands is None:
        raise click.UsageError("--json is about what commands say: it needs --commands FILE")
    if seed is not None and sets_seed(overrides):
        raise click.UsageError("--seed and --set seed= both choose the dice: give one of them.")
    if commands is None:
        _on_screen(source, seed, overrides, without, packs)
        return
    from t800.cli.console import Console
    from t800.cli.paper import Paper
    from t800.simulation.debugger import Debugger

    lines = _lines(commands)
    paper = Paper(sys.stderr if as_json else sys.stdout)
    console = Console(Debugger(source, seed, packs, overrides, without), fancy=paper.fancy, width=120)
    _headless(console, lines, paper.say, as_json)


def _lines(commands: str) -> Iterable[str]:
    from t800.errors import UsageError

    if commands == "-":
        # Line by line, so that whoever writes to it can wait for each answer.
        return iter(sys.stdin.readline, "")
    try:
        return Path(commands).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {commands}: {getattr(error, 'strerror', None) or 'it is no text'}") from error


def _headless(console: Console, lines: Iterable[str], say: object, as_json: bool) -> None:
    from t800.errors import UsageError

    assert callable(say)
    done = []
    try:
        for number, line in enumerate(lines, 1):
            text = line.strip()
            try:
                answer = console.do(text)
            except UsageError as error:
                raise UsageError(f"line {number}: {text[:60]}: {error}") from None
            if not text or text.startswith("#"):
                continue
            done.append({"command": text, **answer.data})
            if not as_json:
                say(f"> {text}")
            for each in answer.lines:
                say(each)
            sys.stdout.flush()
            if answer.quit:
                break
    finally:
        if as_json:
            click.echo(json.dumps(done, indent=2))


def _on_screen(
    source: str, seed: int | None, overrides: tuple[str, ...], without: tuple[str, ...], packs: tuple[str, ...]
) -> None:
    from t800.errors import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("there is no terminal to show the screen on; `--commands FILE` does without one")
    try:
        import textual  # noqa: F401  # asked for before the scenario is read: to wait for it would be for nothing
    except ModuleNotFoundError:
        raise UsageError(
            "the screen of the debugger is drawn with textual, which is not installed: pip install 't800[tui]'; "
            "`--commands FILE` does without it"
        ) from None
    from t800.cli.screen import show
    from t800.simulation.debugger import Debugger

    show(Debugger(source, seed, packs, overrides, without))
