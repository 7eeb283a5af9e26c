"""Going on with a run that was cut, in its own trace (docs/resume.md)."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from t800.errors import T800Error, TraceError, UsageError
from t800.simulation.checkpoint import Checkpoint
from t800.simulation.reload import Replacements
from t800.simulation.replay import reopened, replay
from t800.simulation.result import Result
from t800.simulation.runner import Account, Moment, Simulation, play_recorded
from t800.simulation.trace import TraceReader
from t800.simulation.tracefile import OnError, TraceFile, lock
from t800.simulation.wall import Stopwatch
from t800.spec.scenario import ScenarioSpec

__all__ = ["Resumption", "resume"]


def resume(
    trace: str | Path,
    scenario: ScenarioSpec | None = None,
    on_tick: Callable[[Moment], object] | None = None,
) -> Result:
    """Go on with a run that was cut, to its end, in the same file; it is then as if it had never been cut.

        result = resume("corridor.jsonl")

    A trace that has its end already is not written to; the result is that of a replay. `scenario` is found by
    the trace's own header if it is not given. TraceError if the trace is damaged or cannot be written, or does
    not play again as it did; UsageError if its files do not mean what they meant, or nobody could play it again.
    """
    with Resumption(Path(trace), scenario) as cut:
        if cut.end is None:
            return cut.play(on_tick)
    return replay(trace, scenario)


class Resumption:
    """A trace that is gone on with; nobody else can record to it meanwhile.

        with Resumption(Path("corridor.jsonl")) as cut:
            cut.end             # how the run ended, if it did: then there is nothing to play
            cut.ticks           # how many ticks the trace holds
            cut.saved           # how many of them a checkpoint makes it unnecessary to play again
            cut.play()

    The whole trace is checked first. It is changed only when all that is played again was found the same;
    what is then cut away is a last line that was not written to its end.
    """

    def __init__(self, path: Path, scenario: ScenarioSpec | None = None) -> None:
        self.path = path
        self._clock = Stopwatch()
        self._lock = lock(path)
        try:
            self._look(scenario)
        except BaseException:
            os.close(self._lock)
            raise

    def _look(self, scenario: ScenarioSpec | None) -> None:
        saved = Checkpoint.found(self.path)
        self._start: Checkpoint | None = None
        reader = TraceReader(self.path)
        self._header_sha256 = reader.sha256
        for line in reader:
            # What is halted when trees are replaced may look at what its agent saw last, which is in no checkpoint.
            if "reloaded" in line.body:
                self._start = None
            for checkpoint in saved:
                # One of another run that was recorded here stands behind no line of this one.
                if checkpoint.lines == line.number and checkpoint.sha256 == line.hash:
                    self._start = checkpoint
        self.header = reader.header
        self.end: Mapping[str, Any] | None = reader.end
        self._lines, self._size = reader.lines, reader.size
        self.ticks = self._lines - 1 - (self.end is not None)
        self.saved = 0 if self._start is None else self._start.lines - 1
        if self.end is None:
            self.spec = reopened(reader, scenario)

    def __enter__(self) -> Resumption:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        os.close(self._lock)

    def play(
        self,
        on_tick: Callable[[Moment], object] | None = None,
        durable: bool = False,
        on_error: OnError = "stop",
        checkpoint: int = 200,
    ) -> Result:
        """Play the run to its end; `on_tick` is called after every tick that the trace did not hold yet."""
        if self.end is not None:
            raise UsageError(f"{self.path} is of a run that came to its end: there is nothing to go on with")
        simulation, account = self._ready()
        file = TraceFile.go_on(self.path, self._lines, self._size, durable, on_error)
        try:
            simulation.recorder.go_on(file)
            result = play_recorded(self.spec, simulation, account, file, checkpoint, on_tick)
        finally:
            file.close()
        return dataclasses.replace(result, wall=self._clock.seconds())

    def _ready(self) -> tuple[Simulation, Account]:
        """The run as far as the trace holds it, from the checkpoint if that is of any use."""
        if self._start is not None:
            try:
                return self._played(self._start)
            except (T800Error, LookupError, TypeError, ValueError, AttributeError):
                # Its digest is right and what it says is nonsense: as good as none. The run can be had without it.
                self.saved = 0
        return self._played(None)

    def _played(self, start: Checkpoint | None) -> tuple[Simulation, Account]:
        """The run as far as the trace holds it, from there."""
        reader = TraceReader(self.path)
        replaced = Replacements(self.spec, reader)
        account = Account(self.spec)
        if start is None:
            simulation = Simulation.of(self.spec, self.header.seed)
            if simulation.recorder.sha256 != self._header_sha256:
                raise TraceError("it cannot be gone on with: its run would begin with another header now", 1)
        else:
            for line in reader:
                if line.number <= start.lines:
                    replaced.before(line)
            account.restore(start.state["account"])
            simulation = Simulation.restore(replaced.spec, start.state["simulation"])
            if simulation.recorder.sha256 != start.sha256:
                raise TraceError("its checkpoint is of another run")
        self._again(simulation, account, replaced)
        return simulation, account

    def _again(self, simulation: Simulation, account: Account, replaced: Replacements) -> None:
        """Play what the trace holds from there on, and see that it is the same."""
        for line in TraceReader(self.path):
            if line.number <= 1 + self.saved:
                continue
            replaced.before(line, simulation)
            moment = account.advance(simulation)
            if moment is None or simulation.recorder.sha256 != line.hash:
                raise TraceError(
                    f"it cannot be gone on with: tick {line.body['tick']} does not play as it was recorded; "
                    f"`t800 replay {self.path}` says what differs",
                    line.number,
                )
