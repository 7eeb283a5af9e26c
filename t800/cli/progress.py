"""How far a sweep is, while it runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from t800.cli.paper import Paper
from t800.simulation.brief import Brief

__all__ = ["Progress"]


class Progress:
    """A bar on a terminal, on stderr so that it is never among the numbers; elsewhere nothing.

        with Progress(len(seeds)) as progress:
            sweep("mall", seeds, on_runs=progress.runs)

    `total` is how many runs there are to be; `of` says in a few words of what, if there is more than one sweep.
    """

    def __init__(self, total: int, of: str = "") -> None:
        self.total = total
        self.of = of
        self.paper = Paper(sys.stderr)
        self.bar: Any = None
        self.task: Any = None
        self.done = self.passed = 0

    def __enter__(self) -> Progress:
        if self.paper.live:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            console = Console(file=self.paper.stream, color_system="auto" if self.paper.colour else None)
            # What is of a file, like an override, is only text: no markup.
            named = [TextColumn("{task.fields[of]}", markup=False)] if self.of else []
            columns = [BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn()]
            self.bar = Bar(*named, *columns, console=console, transient=True)
            self.task = self.bar.add_task("starting", total=self.total, of=self.of)
            self.bar.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def runs(self, briefs: Sequence[Brief]) -> None:
        """Some more are done."""
        self.done += len(briefs)
        self.passed += sum(each.outcome == "passed" for each in briefs)
        if self.bar is not None:
            words = f"{self.passed} passed, {self.done - self.passed} not"
            self.bar.update(self.task, completed=self.done, description=words)
