"""The commands, each imported when it is used (`t800 --help` loads none), and how what goes wrong in them is told."""

from __future__ import annotations

import importlib
import os
import signal
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from t800.cli.missing import missing_packs
from t800.errors import ConfigError, T800Error, closest, place_of, shorten

__all__ = ["PIPE_CLOSED", "PipeClosed", "Terminated", "perform", "t800", "unwritten"]

BUG = 70
INTERRUPTED = 130
PIPE_CLOSED = 141


class PipeClosed(BaseException):
    """Whoever reads the output has enough of it (`| head`)."""


class Commands(click.Group):
    """A group whose commands live in modules of the same name, imported when asked for."""

    names = ("check", "run", "sweep", "show", "skills", "replay", "resume", "diff", "history", "why", "debug")

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.names:
            return None
        command: click.Command = getattr(importlib.import_module(f"t800.cli.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # click would exit with 1, which says here that something failed.
            raise PipeClosed from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.names and not args[0].startswith("-"):
            near = closest(args[0], self.names)
            way = f"Did you mean {near!r}?" if near else f"There is: {', '.join(self.names)}."
            ctx.fail(f"No command {shorten(args[0])}. {way}")
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        import importlib.metadata

        own = __name__.partition(".")[0]
        click.echo(f"{own} {importlib.metadata.version(own)}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def t800() -> None:
    """Robot controllers from behaviour trees in config files, and worlds to try them in.

    \b
    t800 run mall                     run a scenario, and judge it
    t800 check trees configs          check files without running them
    t800 show protect                 draw a tree, an agent or a scenario
    t800 skills                       what trees can be made of

    Scenarios, agents and trees are named as their files are, or by a path. Exit codes: 0 passed, 1 something
    failed or differs, 2 a wrong call or file, 3 undecided when the time ran out, 70 a bug in t800, 130 Ctrl-C.
    """


class Terminated(SystemExit):
    """SIGTERM came: files are closed on the way out, as with Ctrl-C.

    A SystemExit, because agents let that pass, and take any other exception for a fault of their trees.
    """


def perform(arguments: Sequence[str] | None) -> int:
    """Do what the arguments ask for; the exit code. What goes wrong is told on stderr."""
    try:
        found: Any = t800.main(arguments, prog_name="t800", standalone_mode=False)
        return found if isinstance(found, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ConfigError as error:
        modules, missing, rest = missing_packs(error.problems, Path.cwd(), os.path.relpath)
        told = [each for each in error.problems if each in missing or each in rest]
        _complain(f"{ConfigError(told)}\n\n{len(told)} problem{'s' if len(told) != 1 else ''}")
        if modules:
            options = " ".join(f"--pack {module}" for module in modules)
            _complain(f"t800: some of these names are in a pack that is not installed: {options}")
        return 2
    except T800Error as error:
        _complain(f"t800: {error}")
        return 2
    except (KeyboardInterrupt, click.Abort):
        _complain("t800: interrupted")
        return INTERRUPTED
    except Terminated:
        _complain("t800: terminated")
        return 128 + signal.SIGTERM
    except SystemExit as error:
        # What became of the run is not for a skill to say: its code would be read as ours.
        _complain(f"t800: code of a pack ended the program, with sys.exit({error.code!r}){place_of(error)}")
        return 2
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001  # the last resort: a bug becomes a short line, not a page
        place = _in_a_pack(error)
        if os.environ.get("T800_DEBUG"):
            traceback.print_exc()
        elif place:
            _complain(f"t800: code of a pack raised {type(error).__name__}: {_said(error)}{place}")
        elif isinstance(error, OSError):
            return unwritten(error)
        else:
            _complain(_bug(error))
        return 2 if place else BUG


def unwritten(error: OSError) -> int:
    """Say what the system refused; the exit code. Files are read under errors of their own, so this is the output."""
    name = str(error.filename or "")
    what = f"{name if len(name) <= 200 else shorten(name, 200)}: " if name else "cannot write the output: "
    _complain(f"t800: {what}{error.strerror or error}")
    return 2


def _bug(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return (
        f"t800: this is a bug in t800, not in your files: {type(error).__name__}{where}: {_said(error)}\n"
        "      T800_DEBUG=1 t800 … shows the traceback to report."
    )


def _in_a_pack(error: Exception) -> str:
    """The place in a pack's code that an exception came from or through; empty if there is none."""
    from t800.packs import folders

    return place_of(error, folders())


def _said(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _complain(text: str) -> None:
    """Say it on stderr, whatever its encoding can show, and even if nobody is there to read it."""
    with suppress(OSError):
        try:
            click.echo(text, err=True)
        except UnicodeEncodeError:
            click.echo(text.encode("ascii", "replace").decode("ascii"), err=True)
