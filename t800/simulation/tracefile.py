"""Where a trace is written, and what is done when that fails (docs/resume.md)."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, NoReturn

from t800.errors import TraceError

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]

__all__ = ["OnError", "Recording", "TraceFile", "begins_with", "lock", "open_regular", "sync_folder", "write_all"]

OnError = Literal["stop", "go-on"]

_BEGIN = b'{"sum":"'
_BINARY = getattr(os, "O_BINARY", 0)
_NEW = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | _BINARY


@dataclass(frozen=True, slots=True)
class Recording:
    """Where to record a run, and how.

        run("corridor", record=Recording(Path("corridor.jsonl"), durable=True, checkpoint=50))

    `durable` waits after each tick until the disk has it. `on_error` says what to do when the trace cannot
    be written: stop, or go on unrecorded. Every `checkpoint` ticks played (0: never) the whole state is saved.
    """

    path: Path
    durable: bool = False
    on_error: OnError = "stop"
    checkpoint: int = 200


class TraceFile:
    """Where a trace is written: one unbuffered write a line, so that a killed run can be read to its last one.

    The first line goes to a file of another name that then takes this one: until it is safe, what was
    recorded here before stays what it was. An older trace is written over, anything else is not.

    TraceError if it cannot be opened or written, with what the system said; with `on_error` "go-on" `lost`
    says it instead, and what is written after that goes nowhere. `regular` is False for pipes and devices.
    """

    def __init__(self, path: Path, durable: bool = False, on_error: OnError = "stop") -> None:
        self.path = path
        self.lines = 0
        self.lost: str | None = None
        self.regular = True
        self.durable = durable
        self.on_error = on_error
        self._file: int | None = None
        self._new: Path | None = None
        self._target = Path(os.path.realpath(path))
        try:
            self._open()
        except OSError as error:
            self._fail(f"cannot record to {path}: {error.strerror}", error)
        except TraceError as error:
            self._fail(str(error), error)

    @staticmethod
    def go_on(path: Path, lines: int, size: int, durable: bool = False, on_error: OnError = "stop") -> TraceFile:
        """A trace that is there, behind its first `lines` lines of `size` bytes; what follows them is cut away."""
        file = TraceFile.__new__(TraceFile)
        file.path, file.lines, file.lost, file.regular = path, lines, None, True
        file.durable, file.on_error = durable, on_error
        file._file = file._new = None
        try:
            file._file = os.open(path, os.O_WRONLY | _BINARY)
            os.ftruncate(file._file, size)
            os.lseek(file._file, size, os.SEEK_SET)
        except OSError as error:
            file._fail(f"cannot go on recording to {path}: {error.strerror}", error)
        return file

    def write(self, line: bytes) -> None:
        """Append one whole line."""
        if self._file is None:
            return
        try:
            write_all(self._file, line)
            if self._new is not None:
                os.fsync(self._file)
                self._new.replace(self._target)
                self._new = None
                sync_folder(self._target)
            elif self.durable and self.regular:
                os.fsync(self._file)
        except OSError as error:
            told = f"its first {self.lines} lines are whole" if self.lines > 1 else "its first line is whole"
            way = f"; `t800 resume {self.path}` goes on from there" if self.regular and self.lines else ""
            self._fail(
                f"cannot go on recording to {self.path}: {error.strerror}; {told}{way}"
                if self.lines
                else f"cannot record to {self.path}: {error.strerror}",
                error,
            )
        else:
            self.lines += 1

    def sync(self) -> None:
        """Wait until the disk has all that was written; OSError if it has not."""
        if self._file is not None and self.regular:
            os.fsync(self._file)

    def close(self) -> None:
        """Let go of the file; without a first line, what was there before stays."""
        if self._new is not None:
            with suppress(OSError):
                self._new.unlink()
            self._new = None
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> None:
        if self.path.exists() and not self.path.is_file():
            self.regular = False
            self._file = os.open(self.path, os.O_WRONLY | _BINARY)
            return
        new = self._target.with_name(self._target.name + ".new")
        self._file = os.open(new, _NEW, 0o644)
        _take(self._file, self.path)
        if not begins_with(self._file, _BEGIN):
            raise TraceError(f"will not record over {new}: what it holds is no trace")
        self._new = new
        os.ftruncate(self._file, 0)
        if self.path.is_file():
            self._may_replace()

    def _may_replace(self) -> None:
        """Whether the file that is there is a trace, of a run that is over, and may be written."""
        old = os.open(self._target, os.O_RDWR | _BINARY)
        try:
            if not begins_with(old, _BEGIN):
                raise TraceError(f"will not record over {self.path}: what it holds is no trace")
            _take(old, self.path)
            if self._file is not None and hasattr(os, "fchmod"):
                with suppress(OSError):
                    os.fchmod(self._file, stat.S_IMODE(os.fstat(old).st_mode))
        finally:
            os.close(old)

    def _fail(self, said: str, error: Exception) -> None:
        self.close()
        if self.on_error == "stop":
            raise TraceError(said) from error
        self.lost = said


def open_regular(path: Path) -> BinaryIO:
    """A file to be read; TraceError, without waiting, if it is a pipe, a folder or a device; OSError otherwise."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise TraceError(f"cannot read {path}: it is no regular file")
    return os.fdopen(handle, "rb")


def begins_with(file: int, begin: bytes) -> bool:
    """Whether an open file begins like that, as far as it goes: what was cut in the middle of its write does too."""
    os.lseek(file, 0, os.SEEK_SET)
    found = os.read(file, len(begin))
    os.lseek(file, 0, os.SEEK_SET)
    return begin.startswith(found)


def write_all(file: int, data: bytes) -> None:
    """Write all of it, also where the system takes it in pieces."""
    while data:
        data = data[os.write(file, data) :]


def sync_folder(path: Path) -> None:
    """Wait until the disk knows which file has this name."""
    if os.name != "posix":
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    except OSError as error:
        # Some file systems have nothing to wait for.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(folder)


def lock(path: Path) -> int:
    """An open file that keeps others from recording there until it is closed; TraceError if somebody is."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except OSError as error:
        raise TraceError(f"cannot read {path}: {error.strerror}") from error
    try:
        _take(file, path)
    except TraceError:
        os.close(file)
        raise
    return file


def _take(file: int, path: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _taken(path)
    except OSError:
        return  # a file system without locks


def _taken(path: Path) -> NoReturn:
    raise TraceError(f"a run is being recorded to {path} at this moment") from None
