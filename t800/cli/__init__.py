"""The command line (docs/commands.md).

This module imports next to nothing, so that Ctrl-C is heard while the rest is still being imported.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False  # `typing` itself would be one of the slower imports
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import NoReturn

__all__ = ["main"]

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit with its code."""
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:
        # A KeyboardInterrupt in the middle of an import would be a traceback out of somebody's module.
        signal.signal(signal.SIGINT, _leave)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever called
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # it stays open
    from t800.cli.program import PIPE_CLOSED, PipeClosed, Terminated, perform, unwritten

    def terminate(_number: int, _frame: FrameType | None) -> NoReturn:
        raise Terminated

    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, terminate)
    if heard is signal.default_int_handler:
        signal.signal(signal.SIGINT, heard)
    try:
        code = perform(arguments)
        sys.stdout.flush()
    except (PipeClosed, BrokenPipeError):
        code = PIPE_CLOSED
        _forget()
    except OSError as error:
        code = unwritten(error)
    if heard is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    try:
        sys.stdout.flush()
    except OSError:
        _forget()
    sys.exit(code)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    os._exit(INTERRUPTED)


def _forget() -> None:
    """Let go what could not be written: Python would complain once more while it closes stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
