"""A real terminal: a program under a pty, and a screen that shows what it draws."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
from collections.abc import Callable, Sequence
from types import TracebackType

import pyte

PATIENCE = 30.0
"""Seconds in which something must be written, or a test has failed; nobody waits for them otherwise."""

READS = 1000
"""Pieces of output after which a test has failed: a cursor that blinks would keep it waiting for ever."""

KEYS = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "enter": "\r", "escape": "\x1b", "tab": "\t", "ctrl+c": "\x03",
}  # fmt: skip


class Terminal:
    """A program on a terminal of so many columns and rows.

    with Terminal(["t800", "debug", "corridor"], 80, 24) as terminal:
        terminal.wait("at the start")
        terminal.press("s")
        print(terminal.text)
    """

    def __init__(self, command: Sequence[str], columns: int = 80, rows: int = 24, **environment: str) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        self._before = termios.tcgetattr(slave)
        self._slave = slave
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**plain, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **environment},
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.vanish()

    def vanish(self) -> None:
        """Close the window: nothing can be read or written any more."""
        for end in (self._slave, self._master):
            if end >= 0:
                os.close(end)
        self._slave = self._master = -1

    @property
    def lines(self) -> list[str]:
        return list(self.screen.display)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)

    def press(self, *keys: str) -> None:
        """Keys by name, or text as it is typed."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def click(self, column: int, row: int) -> None:
        """The left button, pressed and released; both count from 0."""
        place = f"{column + 1};{row + 1}"
        os.write(self._master, f"\x1b[<0;{place}M\x1b[<0;{place}m".encode())

    def wait(self, *wanted: str, gone: str | None = None) -> str:
        """Read until all of these stand on the screen, and `gone` does not; what the screen shows then."""
        self.until(lambda text: all(each in text for each in wanted) and (gone is None or gone not in text), wanted)
        return self.text

    def until(self, found: Callable[[str], bool], what: object) -> None:
        """Read until the screen is as it is to be."""
        for _ in range(READS):
            if found(self.text):
                return
            if not self._read(PATIENCE):
                break
        raise AssertionError(f"waited for {what}, and there is:\n{self.text}")

    def shows(self, *wanted: str) -> None:
        """Read until each of these, a pattern for a whole line, is somewhere on the screen, in this order."""
        missing = ""

        def found(text: str) -> bool:
            nonlocal missing
            rest = iter(text.split("\n"))
            missing = next((each for each in wanted if not any(re.fullmatch(each, line) for line in rest)), "")
            return not missing

        try:
            self.until(found, wanted)
        except AssertionError as error:
            raise AssertionError(f"no line like {missing!r}; {error}") from None

    def end(self) -> int:
        """Read to the end of the program; its exit code, negative for a signal."""
        for _ in range(READS):
            if self.process.poll() is not None:
                break
            self._read(0.05)
        code = self.process.wait(PATIENCE)
        while self._read(0.0):
            pass
        return code

    @property
    def restored(self) -> bool:
        """Whether the terminal is as it was before the program ran."""
        return termios.tcgetattr(self._slave) == self._before

    def _read(self, patience: float) -> bool:
        """Take in what was written; False if nothing was, in so many seconds."""
        if not select.select([self._master], [], [], patience)[0]:
            return False
        self._stream.feed(os.read(self._master, 65536))
        return True
