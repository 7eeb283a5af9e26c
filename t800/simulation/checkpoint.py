"""Whole states of a run beside its trace, so that a run that was cut need not begin again (docs/resume.md).

`FILE.ckpt` is the newest and `FILE.ckpt.old` the one before it. Each is one line, `{"sha256":"…","body":{…}}`,
with the digest of its body; one that is not whole is as good as none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from t800.errors import LiveError, TraceError
from t800.simulation.result import Lost
from t800.simulation.tracefile import TraceFile, begins_with, open_regular, sync_folder, write_all

__all__ = ["Checkpoint", "Keeper"]

FORMAT = 2

_HEAD = '{"sha256":"'
_BODY = '","body":'


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run behind the first `lines` lines of its trace, whose hash is `sha256`; `state` is JSON data.

    Checkpoint(lines, sha256, state).write(trace)
    Checkpoint.found(trace)        # those that are whole, the newest first
    Checkpoint.forget(trace)
    """

    lines: int
    sha256: str
    state: Mapping[str, Any]

    def write(self, trace: Path) -> None:
        """Put it beside the trace; a kill at any moment leaves it, or the one before it. OSError from the system."""
        newest, older, new = _names(trace)
        body = json.dumps(
            {"format": FORMAT, "lines": self.lines, "trace": self.sha256, "state": self.state}, separators=(",", ":")
        )
        data = f"{_HEAD}{sha256(body.encode()).hexdigest()}{_BODY}{body}}}\n".encode()
        try:
            file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
            try:
                write_all(file, data)
                os.fsync(file)
            finally:
                os.close(file)
            with suppress(FileNotFoundError):
                newest.replace(older)
            new.replace(newest)
        except OSError:
            with suppress(OSError):
                new.unlink()
            raise
        sync_folder(newest)

    @staticmethod
    def found(trace: Path) -> list[Checkpoint]:
        """Those that are whole, the newest first."""
        return [found for path in _names(trace)[:2] if (found := _read(path)) is not None]

    @staticmethod
    def interval(file: TraceFile, every: int) -> int:
        """Every how many ticks they are written beside a new trace: 0 if something else has one of their names.

        TraceError in place of 0 where a run stops for what cannot be recorded.
        """
        other = next(filter(_taken, _names(file.path)), None) if every and file.regular else None
        if other is not None and file.on_error == "stop":
            raise TraceError(f"will not write a checkpoint over {other}: what it holds is none")
        return every if other is None else 0

    @staticmethod
    def forget(trace: Path) -> None:
        """Take them away: the run is over. What cannot be taken away does no harm."""
        for path in _names(trace):
            with suppress(OSError):
                if not _taken(path):
                    path.unlink()


class Keeper:
    """Writes a checkpoint every so many ticks of a run that is recorded, and notes from where on it is not.

    `state` gives the run's whole state, and the hash of the trace so far. A tick in which something is under
    way that is no plain data is no place for one: it is written in the first that is. A checkpoint that cannot
    be written is TraceError, unless the run is to go on whatever happens to its record.
    """

    def __init__(self, file: TraceFile, every: int, state: Callable[[], tuple[str, Mapping[str, Any]]]) -> None:
        self.lost: Lost | None = None
        self._file = file
        self._every = every if file.regular else 0
        self._owed = False
        self._state = state

    def tick(self, number: int, played: int) -> None:
        """Call it after each tick, with its number and how many were played."""
        file = self._file
        if file.lost is not None:
            self.lost = self.lost or Lost(number, file.lost)
        elif self._every and (self._owed or played % self._every == 0):
            try:
                state = self._state()
            except LiveError:
                self._owed = True
                return
            self._owed = False
            try:
                # The lines that it stands behind must not be lost before it.
                file.sync()
                Checkpoint(file.lines, *state).write(file.path)
            except OSError as error:
                if file.on_error == "stop":
                    said = f"cannot write a checkpoint beside {file.path}: {error.strerror}"
                    raise TraceError(f"{said}; `t800 resume {file.path}` goes on") from error


def _names(trace: Path) -> tuple[Path, Path, Path]:
    """Of the newest checkpoint, the older one, and one that is being written."""
    # A trace is found under any of its names, and so is what lies beside it.
    name = os.path.realpath(trace)
    return Path(f"{name}.ckpt"), Path(f"{name}.ckpt.old"), Path(f"{name}.ckpt.new")


def _taken(path: Path) -> bool:
    """Whether something else than a checkpoint has this name."""
    try:
        with open_regular(path) as file:
            return not begins_with(file.fileno(), _HEAD.encode())
    except FileNotFoundError:
        return False
    except (OSError, TraceError):
        return True


def _read(path: Path) -> Checkpoint | None:
    try:
        with open_regular(path) as file:
            text = file.read().decode("ascii")
    except (OSError, UnicodeDecodeError, TraceError):
        return None
    digest, found, rest = text.removeprefix(_HEAD).partition(_BODY)
    body = rest.removesuffix("}\n")
    if not found or sha256(body.encode()).hexdigest() != digest:
        return None
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return None
    lines, trace, state = data.get("lines"), data.get("trace"), data.get("state")
    if not (isinstance(lines, int) and isinstance(trace, str) and isinstance(state, dict)):
        return None
    return Checkpoint(lines, trace, state)
