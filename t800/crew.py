"""Threads that wait for work, so that whoever gives it out need not wait for a thread."""

from __future__ import annotations

import _thread
import os
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

__all__ = ["CREW", "Crew"]

Job = Callable[[BaseException | None], None]
"""Called with None to do its work, with an exception if there is no thread to do it in. It must not raise."""


class Crew:
    """As many threads as there are jobs at once.

        crew.give("grasp", job)

    Starting a thread waits until the system has let it run, which on a busy machine takes longer than a tick
    may. So one thread starts the others, and each that is done waits for its next job. All are daemons: a job
    that hangs for ever does not keep the program from ending.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._idle: deque[SimpleQueue[tuple[str, Job]]] = deque()
        self._unmanned: SimpleQueue[tuple[str, Job]] = SimpleQueue()
        self._hires = False
        self._busy = 0

    def give(self, name: str, job: Job) -> None:
        """Have a job done, in a thread that has its name meanwhile."""
        with self._changed:
            self._busy += 1
            waiting = self._idle.pop() if self._idle else self._unmanned
            hires, self._hires = self._hires, self._hires or waiting is self._unmanned
        if not hires and waiting is self._unmanned:
            # Not a Thread: its start would wait.
            _thread.start_new_thread(self._hire, ())
        waiting.put((name, job))

    def quiet(self, timeout: float) -> bool:
        """Wait until all that was given out is done, at most so many seconds; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, timeout)

    def _hire(self) -> None:
        while True:
            name, job = self._unmanned.get()
            try:
                threading.Thread(target=self._work, args=(name, job), daemon=True).start()
            except RuntimeError as error:  # the system has no thread left
                job(error)
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

    def _work(self, name: str, job: Job) -> None:
        mine: SimpleQueue[tuple[str, Job]] = SimpleQueue()
        thread = threading.current_thread()
        while True:
            thread.name = name
            job(None)
            thread.name = "idle worker"
            # What it was given may be large, and the next job may never come.
            del job
            with self._changed:
                self._idle.append(mine)
                self._busy -= 1
                self._changed.notify_all()
            name, job = mine.get()


CREW = Crew()
"""Everybody's."""

if hasattr(os, "register_at_fork"):
    # Threads do not live on in a child: it begins with none.
    os.register_at_fork(after_in_child=CREW.__init__)  # type: ignore[misc]
