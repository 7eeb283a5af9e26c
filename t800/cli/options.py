"""What several commands take: names that complete, packs, seconds. Imports nothing heavy: completion waits for it."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

__all__ = [
    "ANYTHING",
    "SCENARIO",
    "Target",
    "pack_option",
    "recording_options",
    "report_option",
    "run_again",
    "seconds",
]

F = TypeVar("F", bound=Callable[..., Any])

FOLDERS = {
    "tree": "trees",
    "agent": "configs/agents",
    "world": "configs/worlds",
    "scenario": "configs/scenarios",
}
"""Where the files of each kind lie, beside whoever uses them."""


class Target(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4, and 8.1 is enough
    """A file by its name, its kind and name (`agent:dyson`), or its path."""

    name = "name"

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Names by looking at folders only: reading files would keep who types waiting."""
        found = sorted({name for kind in self.kinds for name in _names(kind) if name.startswith(incomplete)})
        paths = click.Path().shell_complete(ctx, param, incomplete)
        return [CompletionItem(name) for name in found] or paths


def _names(kind: str) -> Iterator[str]:
    package = Path(__file__).parents[1]
    for root in (Path.cwd(), package / "shipped", package.parent):
        for path in (root / FOLDERS[kind]).rglob("*.yaml"):
            yield path.stem


SCENARIO = Target("scenario")
ANYTHING = Target("tree", "agent", "world", "scenario")


def run_again(
    scenario: str,
    packs: Iterable[str] = (),
    overrides: Iterable[str] = (),
    without: Iterable[str] = (),
    **options: float | str | None,
) -> str:
    """The command that runs a scenario like that, as it can be typed; further options are left out where None.

    >>> run_again("mall", overrides=["t1000.run=x0.8"], seed=7)
    't800 run mall --set t1000.run=x0.8 --seed 7'
    """
    words = [scenario]
    for option, values in (("--set", overrides), ("--without", without), ("--pack", packs)):
        words += [word for value in values for word in (option, value)]
    for name, value in options.items():
        if value is not None:
            words += [f"--{name}", f"{value:.15g}" if isinstance(value, float) else str(value)]
    return f"t800 run {shlex.join(words)}"


def pack_option(command: F) -> F:
    """`--pack MODULE`, for skills that are not installed."""
    return click.option(
        "--pack",
        "packs",
        multiple=True,
        metavar="MODULE",
        help="Also use what a Python file, package folder or module registers.",
    )(command)


def report_option(command: F) -> F:
    """`--report FILE`, a page that shows what the command is about."""
    return click.option(
        "--report",
        "page",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE.html",
        help="Write a page that shows it: map, minds, causes. It opens in any browser, without a network.",
    )(command)


def recording_options(command: F) -> F:
    """How a trace is written: `--durable`, `--checkpoint N`, `--on-record-error stop|go-on`."""
    for option in (
        click.option(
            "--on-record-error",
            "on_error",
            type=click.Choice(["stop", "go-on"]),
            default="stop",
            help="When the trace cannot be written: stop with exit code 2, or go on unrecorded and say so.",
        ),
        click.option(
            "--checkpoint",
            type=click.IntRange(min=0),
            default=200,
            metavar="N",
            help="Save the whole state every N ticks, for `t800 resume`; 0 for never. Default: 200.",
        ),
        click.option("--durable", is_flag=True, help="Wait after each tick until the disk has it."),
    ):
        command = option(command)
    return command


def seconds(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """A positive, finite number of seconds."""
    if value is None:
        return None
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not (math.isfinite(found) and 0 < found <= 1e8):
        raise click.BadParameter(f"{value[:40]!r} is not a number of seconds above 0, and at most 1e8.")
    return found
