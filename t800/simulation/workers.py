"""How worker processes are started. Imports nothing heavy: it is used before everything else is loaded."""

from __future__ import annotations

import multiprocessing
import signal
from typing import Any

__all__ = ["context", "start_early"]


def context() -> Any:
    """How processes are started: from a server that has imported everything already, where there can be one."""
    methods = multiprocessing.get_all_start_methods()
    found = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        found.set_forkserver_preload(["t800.simulation.sweep"])
    return found


def start_early() -> None:
    """Have that server import what it needs while this process does; Ctrl-C is for this process alone to hear."""
    if context().get_start_method() == "forkserver":
        from multiprocessing import forkserver, resource_tracker

        # Which the server would start otherwise, and hear Ctrl-C again after that.
        resource_tracker.ensure_running()
        # It hears no Ctrl-C from its first instruction on, nor do its workers: a terminal sends it to all of them.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
