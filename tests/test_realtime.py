"""Agents ticked by the clock: what is counted, what is skipped, and how it ends. The clock is ours here."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from t800 import (
    Agent,
    Context,
    Event,
    Intent,
    Observation,
    Status,
    Tick,
    UsageError,
    realtime,
    record,
    run_realtime,
    skill,
)
from t800.loader.agent import load_agent
from t800.loader.files import Files
from t800.packs import installed

PERIOD = 100_000_000

TREE = """tree: work
root:
  push
"""
AGENT = """agent: worker
blackboard:
  ended: {type: bool, value: false}
modes:
  initial: on
  states:
    on: {trees: [work], on_fault: on, edges: [{to: off, when: ended}]}
    off: {final: true}
"""


@record
class Push(Intent):
    """Something to ask for."""

    channel: ClassVar[str] = "arms"


LOG: list[Any] = []


@skill
class push:  # the name that the tree uses
    """Pushes, and notes what it was called."""

    def tick(self, ctx: Context) -> Status:
        LOG.append(("tick", ctx.tick))
        during = ctx.services.get("during")
        if during is not None:
            during(ctx.tick)
        return ctx.intend(Push())

    def halt(self, ctx: Context) -> None:
        LOG.append(("halt", ctx.tick))

    @staticmethod
    def setup(services: Mapping[str, Any]) -> None:
        LOG.append(("setup", sorted(services)))

    @staticmethod
    def shutdown(services: Mapping[str, Any]) -> None:
        LOG.append(("shutdown", sorted(services)))


class Clock:
    """Time that passes only when somebody waits for it, or takes it."""

    def __init__(self) -> None:
        self.now = 5_000_000_000

    def __call__(self) -> int:
        return self.now

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if not event.is_set():
            self.now += round(seconds * 1_000_000_000)
        return event.is_set()


class Recorder:
    """A world that does nothing but note what it is given."""

    def __init__(self) -> None:
        self.steps: list[list[str]] = []

    def observe(self, agent_id: str) -> Observation:
        assert agent_id == "worker"
        return Observation(0)

    def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
        self.steps.append([type(intent).__name__ for intent in intents["worker"]])
        return []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(realtime, "monotonic_ns", made)
    monkeypatch.setattr(threading.Event, "wait", lambda event, seconds=None: made.wait(event, seconds))
    LOG.clear()
    return made


def worker(tmp_path: Path, during: Any = None) -> Agent:
    (tmp_path / "pyproject.toml").write_text("")
    for name, text in (("trees/work.yaml", TREE), ("configs/agents/worker.yaml", AGENT)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    registry = installed()
    registry.add(push)
    registry.add(Push)
    spec = load_agent(tmp_path / "configs/agents/worker.yaml", registry, Files(registry, tmp_path))
    return Agent(spec, services={"during": during} if during else {}, dt=0.1)


def ticked() -> list[int]:
    return [entry[1] for entry in LOG if entry[0] == "tick"]


def test_every_period_is_one_tick_and_the_world_gets_what_was_granted(tmp_path: Path, clock: Clock) -> None:
    world = Recorder()
    report = run_realtime(worker(tmp_path), world, 10.0, seconds=0.5)
    assert ticked() == [0, 1, 2, 3, 4]
    assert world.steps == [["Push"]] * 5 + [[]]
    assert (report.ticks, report.overruns, report.skipped, report.stopped) == (5, 0, 0, "time")
    assert clock.now == 5_000_000_000 + 4 * PERIOD


def test_an_overrun_skips_numbers_and_never_stretches_dt(tmp_path: Path, clock: Clock) -> None:
    def slow(tick: int) -> None:
        if tick == 1:
            clock.now += int(2.5 * PERIOD)

    world = Recorder()
    report = run_realtime(worker(tmp_path, slow), world, 10.0, seconds=0.6)
    assert ticked() == [0, 1, 3, 4, 5]
    assert (report.overruns, report.skipped) == (1, 1)
    assert report.busy_ns == int(2.5 * PERIOD)
    assert world.steps == [["Push"]] * 5 + [[]]


def test_the_declared_policy_repeats_the_last_intents_for_the_numbers_that_were_missed(
    tmp_path: Path, clock: Clock
) -> None:
    def slow(tick: int) -> None:
        if tick == 1:
            clock.now += int(3.5 * PERIOD)

    world = Recorder()
    report = run_realtime(worker(tmp_path, slow), world, 10.0, seconds=0.6, missed="repeat")
    assert ticked() == [0, 1, 4, 5]
    assert report.skipped == 2
    assert world.steps == [["Push"]] * 6 + [[]]


def test_the_emergency_stop_is_above_everything_and_the_agent_ticks_on(tmp_path: Path, clock: Clock) -> None:
    world = Recorder()
    pressed = iter([False, True, True, False])
    report = run_realtime(worker(tmp_path), world, 10.0, seconds=0.4, emergency=lambda: next(pressed))
    assert ticked() == [0, 1, 2, 3]
    assert world.steps == [["Push"], [], [], ["Push"], []]
    assert report.emergency_ticks == 2


def test_the_emergency_stop_is_asked_again_before_intents_are_repeated(tmp_path: Path, clock: Clock) -> None:
    def slow(tick: int) -> None:
        if tick in (1, 5):
            clock.now += int(3.5 * PERIOD)

    world = Recorder()
    # Tick 0, tick 1 and its two repeats, tick 4, tick 5 (pressed), which is repeated as it was given.
    pressed = iter([False, False, False, True, False, True, False, False])
    report = run_realtime(
        worker(tmp_path, slow), world, 10.0, seconds=0.8, missed="repeat", emergency=lambda: next(pressed)
    )
    assert world.steps == [["Push"], ["Push"], ["Push"], [], ["Push"], [], [], [], []]
    assert report.emergency_ticks == 1


def test_what_the_emergency_stop_withheld_is_refused_and_asked_for_again(tmp_path: Path, clock: Clock) -> None:
    refused: list[str] = []
    made = worker(tmp_path)
    pressed = iter([False, True, False, False])

    def note(decided: Mapping[str, Tick], events: Sequence[Event]) -> None:
        refused.append(", ".join(f"{each.channel}: {each.why}" for each in made.observation.refused))

    run_realtime(made, Recorder(), 10.0, seconds=0.4, emergency=lambda: next(pressed), on_tick=note)
    assert refused == ["", "", "arms: emergency stop", ""]


def test_who_is_to_stop_is_not_given_what_was_missed(tmp_path: Path, clock: Clock) -> None:
    stop = threading.Event()

    def slow(tick: int) -> None:
        if tick == 1:
            clock.now += int(5.5 * PERIOD)
            stop.set()

    world = Recorder()
    report = run_realtime(worker(tmp_path, slow), world, 10.0, missed="repeat", stop=stop)
    assert report.skipped == 4
    assert world.steps == [["Push"], ["Push"], []]


def test_nothing_is_repeated_beyond_the_time_that_was_given(tmp_path: Path, clock: Clock) -> None:
    def slow(tick: int) -> None:
        if tick == 1:
            clock.now += int(9.5 * PERIOD)

    world = Recorder()
    run_realtime(worker(tmp_path, slow), world, 10.0, seconds=0.4, missed="repeat")
    assert world.steps == [["Push"]] * 4 + [[]]


def test_another_thread_may_end_the_run(tmp_path: Path, clock: Clock) -> None:
    stop = threading.Event()
    report = run_realtime(worker(tmp_path, lambda tick: stop.set() if tick == 3 else None), Recorder(), 10.0, stop=stop)
    assert (report.ticks, report.stopped) == (4, "stop")
    assert LOG[-2:] == [("halt", 3), ("shutdown", ["during"])]


@pytest.mark.parametrize(("number", "raised"), [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)])
def test_a_second_signal_does_not_wait_for_a_tick_that_hangs(
    tmp_path: Path, clock: Clock, number: signal.Signals, raised: type[BaseException]
) -> None:
    def hang(tick: int) -> None:
        if tick == 2:
            os.kill(os.getpid(), number)
            LOG.append("it hangs on")
            os.kill(os.getpid(), number)
            LOG.append("for ever")

    world = Recorder()
    with pytest.raises(raised):
        run_realtime(worker(tmp_path, hang), world, 10.0)
    assert "it hangs on" in LOG
    assert "for ever" not in LOG
    assert LOG[-2:] == [("halt", 2), ("shutdown", ["during"])]
    assert world.steps[-1] == []


def test_while_it_runs_garbage_collection_leaves_alone_what_was_loaded(tmp_path: Path, clock: Clock) -> None:
    frozen: list[int] = []
    run_realtime(worker(tmp_path, lambda tick: frozen.append(gc.get_freeze_count())), Recorder(), 10.0, seconds=0.1)
    assert frozen[0] > 1000
    assert gc.get_freeze_count() == 0


def test_what_its_caller_had_frozen_stays_frozen(tmp_path: Path, clock: Clock) -> None:
    gc.freeze()
    try:
        run_realtime(worker(tmp_path), Recorder(), 10.0, seconds=0.1)
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_after_the_tick_with_everything_halted(
    tmp_path: Path, clock: Clock, number: signal.Signals
) -> None:
    before = signal.getsignal(number)

    def kill(tick: int) -> None:
        if tick == 2:
            os.kill(os.getpid(), number)

    world = Recorder()
    report = run_realtime(worker(tmp_path, kill), world, 10.0)
    assert report.stopped == number.name
    assert ticked() == [0, 1, 2]
    assert LOG[-2:] == [("halt", 2), ("shutdown", ["during"])]
    assert world.steps[-1] == []
    assert signal.getsignal(number) is before


def test_skills_are_set_up_before_the_first_tick_and_shut_down_after_the_last(tmp_path: Path, clock: Clock) -> None:
    run_realtime(worker(tmp_path), Recorder(), 10.0, seconds=0.1)
    assert [entry[0] for entry in LOG] == ["setup", "tick", "halt", "shutdown"]


def test_a_world_that_breaks_still_leaves_everything_halted(tmp_path: Path, clock: Clock) -> None:
    class Broken(Recorder):
        def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
            if len(self.steps) == 2:
                self.steps.append(["broken"])
                raise OSError("the bus is gone")
            return super().step(intents)

    world = Broken()
    with pytest.raises(OSError, match="the bus is gone"):
        run_realtime(worker(tmp_path), world, 10.0)
    assert LOG[-2:] == [("halt", 2), ("shutdown", [])]
    assert world.steps[-1] == []


@pytest.mark.parametrize("first", [KeyboardInterrupt(), OSError("the wheels are gone")])
def test_what_breaks_while_it_ends_does_not_hide_why_it_ended(
    tmp_path: Path, clock: Clock, first: BaseException
) -> None:
    class Broken(Recorder):
        def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
            self.steps.append(["broken"])
            raise first if len(self.steps) == 1 else OSError("the bus is gone")

    with pytest.raises(type(first)) as raised:
        run_realtime(worker(tmp_path), Broken(), 10.0)
    assert raised.value is first


def test_an_interrupt_while_it_ends_is_not_hidden_by_why_it_ended(tmp_path: Path, clock: Clock) -> None:
    class Broken(Recorder):
        def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
            self.steps.append(["broken"])
            raise OSError("the bus is gone") if len(self.steps) == 1 else KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_realtime(worker(tmp_path), Broken(), 10.0)


def test_a_hanging_tick_is_noticed_while_it_hangs(tmp_path: Path) -> None:
    LOG.clear()
    noticed = threading.Event()
    seen: list[bool] = []

    def hang(tick: int) -> None:
        if tick == 0:
            seen.append(noticed.wait(20.0))

    report = run_realtime(worker(tmp_path, hang), Recorder(), 10.0, seconds=0.1, watchdog=0.02, on_stall=noticed.set)
    assert seen == [True]
    assert report.stalls == 1


def test_a_world_that_hangs_is_noticed_too(tmp_path: Path) -> None:
    noticed = threading.Event()

    class Stuck(Recorder):
        def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
            if not self.steps:
                assert noticed.wait(20.0)
            return super().step(intents)

    report = run_realtime(worker(tmp_path), Stuck(), 10.0, seconds=0.1, watchdog=0.02, on_stall=noticed.set)
    assert report.stalls == 1


def test_a_world_that_hangs_on_what_is_repeated_is_noticed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noticed = threading.Event()
    ahead = [0]
    real = realtime.monotonic_ns
    monkeypatch.setattr(realtime, "monotonic_ns", lambda: real() + ahead[0])

    class Stuck(Recorder):
        def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
            if len(self.steps) == 0:
                ahead[0] += int(3.5 * PERIOD)  # an overrun, and not long enough for the watchdog
            if len(self.steps) == 1:
                ahead[0] += 100 * PERIOD
                assert noticed.wait(20.0)
            return super().step(intents)

    report = run_realtime(
        worker(tmp_path), Stuck(), 10.0, seconds=0.4, missed="repeat", watchdog=5.0, on_stall=noticed.set
    )
    assert report.stalls == 1


def test_what_the_watchdog_calls_may_break_and_that_ends_the_run(tmp_path: Path) -> None:
    LOG.clear()
    called = threading.Event()
    over = threading.Event()

    def brake() -> None:
        called.set()
        raise OSError("no brakes")

    class Stop(threading.Event):
        def set(self) -> None:
            super().set()
            over.set()

    def hang(tick: int) -> None:
        assert called.wait(20.0)
        assert over.wait(20.0)

    class Gone(Recorder):
        def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
            if not intents["worker"]:
                raise OSError("the bus is gone")
            return super().step(intents)

    with pytest.raises(OSError, match="no brakes"):
        run_realtime(worker(tmp_path, hang), Gone(), 10.0, watchdog=0.02, on_stall=brake, stop=Stop())
    assert LOG[-2:] == [("halt", 0), ("shutdown", ["during"])]


@pytest.mark.parametrize("hz", [0.0, -10.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(tmp_path: Path, hz: float) -> None:
    with pytest.raises(UsageError, match="no rate"):
        run_realtime(worker(tmp_path), Recorder(), hz)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"missed": "repaet"}, "it can be 'none' or 'repeat'"),
        *(({"watchdog": wrong}, "watchdog=") for wrong in (0.0, float("inf"), float("nan"), "3")),
        *(({"seconds": wrong}, "seconds=") for wrong in (-1.0, float("inf"), float("nan"), "3")),
    ],
)
def test_an_option_without_a_meaning_is_refused(tmp_path: Path, option: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        run_realtime(worker(tmp_path), Recorder(), 10.0, **option)


def test_an_agent_of_another_period_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"give it dt=0\.02"):
        run_realtime(worker(tmp_path), Recorder(), 50.0)


def test_faults_are_counted_and_the_run_goes_on(tmp_path: Path, clock: Clock) -> None:
    def break_(tick: int) -> None:
        if tick == 1:
            raise ValueError("a loose wire")

    report = run_realtime(worker(tmp_path, break_), Recorder(), 10.0, seconds=0.4)
    assert report.faults == 1
    assert ticked() == [0, 1, 2, 3]
