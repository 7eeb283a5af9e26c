"""Agents on a robot: ticked by the clock, with overruns counted, a watchdog and an emergency stop.

This is the one runner that paces itself by real time. Agents still read tick numbers only (R1): a tick
that took too long makes the number jump, `dt` never stretches.
"""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic_ns
from types import FrameType
from typing import Any, Literal, get_args

from t800.agent import Agent
from t800.core import Event, Intent, Refusal, Tick, World
from t800.engine import graver
from t800.errors import UsageError, shorten

__all__ = ["Report", "run_realtime"]

Missed = Literal["none", "repeat"]

LONGEST = 1e9
"""Seconds that it may run, or watch, at most: some thirty years."""


@dataclass(slots=True)
class Report:
    """What a run by the clock came to.

    `ticks` were played, `overruns` of them ended after the next should have begun, and `skipped` numbers
    were left out for that. `late_ns` is the most that a tick began behind its time, `busy_ns` the most
    that one took. `stalls` counts the ticks, and the repeated steps, that the watchdog found hanging. `stopped`
    says why it ended: `time`, `stop`, or the name of a signal.
    """

    ticks: int = 0
    overruns: int = 0
    skipped: int = 0
    late_ns: int = 0
    busy_ns: int = 0
    stalls: int = 0
    emergency_ticks: int = 0
    faults: int = 0
    stopped: str = ""


def run_realtime(
    agents: Agent | Mapping[str, Agent],
    world: World,
    hz: float,
    *,
    seconds: float | None = None,
    missed: Missed = "none",
    watchdog: float | None = None,
    on_stall: Callable[[], object] | None = None,
    emergency: Callable[[], bool] | None = None,
    on_tick: Callable[[Mapping[str, Tick], Sequence[Event]], object] | None = None,
    stop: threading.Event | None = None,
) -> Report:
    """Tick agents in a world, `hz` times a second, until `seconds` are over or somebody stops it.

        report = run_realtime(Agent(load("robot.yaml")), robot, hz=50.0, emergency=robot.button_pressed)

    Each period the world is observed, every agent ticks, and the world is stepped with what was granted;
    the tick number of the observations is set here, so a world need not count.
    `missed` says what the world is given for the numbers that an overrun skips: nothing at all (`none`),
    or the intents of the last tick once a number (`repeat`). While `emergency()` is true no agent's intent
    reaches the world, whatever trees and constraints say; the agents tick on, so that they know the
    world when it ends. A period whose work takes longer than `watchdog` seconds is a stall: `on_stall` is
    called, from another thread, while it hangs. SIGTERM, Ctrl-C, and `stop`, which another thread may set,
    end it after the tick: every agent is halted and the world is stepped once with no intents. A second
    signal does not wait for the tick. Exceptions of the world and of `on_stall` end it the same way, and
    are raised then. UsageError if `hz` is no rate, an agent's `dt` is not one period, or another option has no meaning.

    Class skills may have `setup(services)` and `shutdown(services)` as static methods: they are called
    once an agent before its first tick and after its last.
    """
    named = {agents.id: agents} if isinstance(agents, Agent) else dict(agents)
    if not 0.0 < hz <= 1_000_000.0:
        raise UsageError(f"{hz} Hz is no rate to tick at")
    if missed not in get_args(Missed):
        raise UsageError(f"missed={shorten(missed)}; it can be {' or '.join(map(repr, get_args(Missed)))}")
    if watchdog is not None and not (isinstance(watchdog, int | float) and 0.0 < watchdog <= LONGEST):
        raise UsageError(f"watchdog={shorten(watchdog)}: expected seconds, more than 0; without it nobody watches")
    if seconds is not None and not (isinstance(seconds, int | float) and 0.0 <= seconds <= LONGEST):
        raise UsageError(
            f"seconds={shorten(seconds)}: expected seconds, 0 or more; without it, it goes on until stopped"
        )
    period = round(1_000_000_000 / hz)
    for name, agent in named.items():
        if round(agent.dt * 1_000_000_000) != period:
            raise UsageError(f"agent {name} ticks every {agent.dt} s, which is not {hz} Hz: give it dt={1 / hz!r}")
    report = Report()
    stop = stop or threading.Event()
    done: list[tuple[Agent, Any]] = []
    error: BaseException | None = None
    with _signals(stop, report), _Watchdog(watchdog, on_stall, report, stop) as dog:
        try:
            for agent in named.values():
                for skill in _classes(agent):
                    done.append((agent, skill))
                    if hasattr(skill, "setup"):
                        skill.setup(agent.services)
            with _frozen():
                _loop(named, world, period, seconds, missed, emergency, on_tick, report, stop, dog)
        except BaseException as raised:  # noqa: BLE001  # all is to be left as it should be first
            error = raised
        if dog.error is not None:
            error = graver(error, dog.error)
        error = _end(named, world, done, error)
        if error is not None:
            raise error
        report.stopped = report.stopped or "stop"
    return report


def _loop(
    agents: Mapping[str, Agent],
    world: World,
    period: int,
    seconds: float | None,
    missed: Missed,
    emergency: Callable[[], bool] | None,
    on_tick: Callable[[Mapping[str, Tick], Sequence[Event]], object] | None,
    report: Report,
    stop: threading.Event,
    dog: _Watchdog,
) -> None:
    start = monotonic_ns()
    number = 0
    last = None if seconds is None else int(seconds * 1_000_000_000) // period
    withheld: dict[str, list[Refusal]] = {}
    while not stop.is_set():
        if last is not None and number >= last:
            report.stopped = report.stopped or "time"
            return
        due = start + number * period
        wait = due - monotonic_ns()
        if wait > 0 and stop.wait(wait / 1_000_000_000):
            return
        begun = monotonic_ns()
        report.late_ns = max(report.late_ns, begun - due)
        dog.begin()
        # The number is the runner's to give: a robot does not know how often it was looked at (R1).
        seen = {}
        for name in agents:
            found = world.observe(name)
            seen[name] = replace(found, tick=number, refused=(*found.refused, *withheld.get(name, ())))
        decided = {name: agent.tick(seen[name]) for name, agent in agents.items()}
        intents: dict[str, Sequence[Intent]] = {name: tick.intents for name, tick in decided.items()}
        withheld = {}
        if emergency is not None and emergency():
            report.emergency_ticks += 1
            # What never reached the world was not granted after all (R5): it is asked for again.
            withheld = {name: [Refusal(i.channel, "emergency stop") for i in asked] for name, asked in intents.items()}
            intents = dict.fromkeys(agents, ())
        events = world.step(intents)
        report.ticks += 1
        report.faults += sum(tick.fault is not None for tick in decided.values())
        if on_tick is not None:
            on_tick(decided, events)
        dog.end()
        report.busy_ns = max(report.busy_ns, monotonic_ns() - begun)
        number, skipped = _next(number, start, period, report)
        if missed == "repeat":
            for over in range(number - skipped, number):
                if stop.is_set() or (last is not None and over >= last):
                    break
                dog.begin()
                # Asked again: it may have been pressed during the overrun.
                pressed = emergency is not None and emergency()
                world.step(dict.fromkeys(agents, ()) if pressed else intents)
                dog.end()


def _next(number: int, start: int, period: int, report: Report) -> tuple[int, int]:
    """The number of the next tick, after an overrun that of the first that is not past; and how many are skipped."""
    behind = (monotonic_ns() - start) // period - number
    if behind < 1:
        return number + 1, 0
    report.overruns += 1
    report.skipped += behind - 1
    return number + behind, behind - 1


def _classes(agent: Agent) -> list[Any]:
    """The class skills of an agent's trees, each once."""
    found: dict[str, Any] = {}
    for plan in agent.plans:
        for skill in plan.remembering.values():
            found.setdefault(skill.name, skill.call)
    return list(found.values())


def _end(
    agents: Mapping[str, Agent], world: World, done: list[tuple[Agent, Any]], error: BaseException | None
) -> BaseException | None:
    """Leave everything as it should be, whatever raises on the way; which exception is to be raised then, of those and
    `error`: the first, unless a later one is to end the program."""
    steps: list[Callable[[], object]] = [agent.halt for agent in agents.values()]
    steps.append(lambda: world.step(dict.fromkeys(agents, ())))
    for agent, skill in reversed(done):
        if hasattr(skill, "shutdown"):
            steps.append(partial(skill.shutdown, agent.services))
    for step in steps:
        try:
            step()
        except BaseException as raised:  # noqa: BLE001  # the other steps are still owed
            error = graver(error, raised)
    return error


@contextmanager
def _frozen() -> Iterator[None]:
    """Garbage collection that looks only at what is made from now on.

    Ticks leave no cycles behind, but whoever is called from them may; a full collection then would go
    through all that was loaded, for longer than a period.
    """
    before = gc.get_freeze_count()
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        if not before:
            gc.unfreeze()


@contextmanager
def _signals(stop: threading.Event, report: Report) -> Iterator[None]:
    """SIGTERM and Ctrl-C set `stop`, and raise if it is set already, for then something hangs.

    Outside the main thread they are left to whoever owns them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)
        report.stopped = signal.Signals(number).name
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Watchdog:
    """A thread that notices work that hangs, while it hangs; `error` is what `on_stall` raised."""

    def __init__(
        self, limit: float | None, on_stall: Callable[[], object] | None, report: Report, stop: threading.Event
    ) -> None:
        self.error: BaseException | None = None
        self._limit = limit
        self._on_stall = on_stall
        self._report = report
        self._stop = stop
        self._begun = 0
        self._told = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> _Watchdog:
        if self._limit is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._limit is not None:
            self._thread.join()

    def begin(self) -> None:
        """The work of a period begins."""
        self._begun = monotonic_ns()

    def end(self) -> None:
        """It has ended."""
        self._begun = 0

    def _watch(self) -> None:
        assert self._limit is not None
        limit = int(self._limit * 1_000_000_000)
        while not self._over.wait(self._limit / 4):
            begun = self._begun
            if begun and begun != self._told and monotonic_ns() - begun > limit:
                self._told = begun
                self._report.stalls += 1
                if self._on_stall is None:
                    continue
                try:
                    self._on_stall()
                except BaseException as error:  # noqa: BLE001  # it is raised where the run ends
                    self.error = self.error or error
                    self._stop.set()
