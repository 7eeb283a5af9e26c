"""Fifty agents by the clock: missed periods, the time of a tick, and memory, with a bare loop beside it.

    python benchmarks/realtime.py [--minutes 10] [--agents 50] [--hz 100] [--json]

The machine's own jitter is measured in the same minutes by a process that only sleeps to the same
deadlines. In the first half of the run the agents' blocking calls return at once; in the second half one
hangs for ten seconds at a time, in its worker thread.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tick import ANSWERS, CALM, HERE, Reading, answering, read

from t800 import Agent, Context, Event, Intent, Status, run_realtime, skill
from t800.loader.agent import load_agent
from t800.loader.files import Files
from t800.nodes import KINDS
from t800.registry import Registry

HANG = threading.Event()
OVER = threading.Event()


@skill(worker=True)
def blocking_call(ctx: Context) -> Status:
    """A call to a device: it returns at once, or hangs for ten seconds."""
    if HANG.is_set():
        OVER.wait(10.0)
    return Status.SUCCESS


class Plant:
    """A world that is always calm."""

    def __init__(self) -> None:
        readings = {key: value for key, value in CALM.items() if key not in ("slow", "greeted", "laps")}
        self.reading = Reading(0, **readings)

    def observe(self, agent_id: str) -> Reading:
        return self.reading

    def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
        return ()


def quantile(values: Sequence[int], share: float) -> float:
    """A quantile, in milliseconds."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1e6, 3)


def bare(seconds: float, hz: float) -> None:
    """The jitter of the machine: how late a loop is that does nothing."""
    period, late, missed = 1.0 / hz, [], 0
    start = time.monotonic()
    for number in range(int(seconds * hz)):
        due = start + number * period
        wait = due - time.monotonic()
        if wait > 0:
            threading.Event().wait(wait)
        behind = time.monotonic() - due
        late.append(int(behind * 1e9))
        missed += behind > period
    print(json.dumps({"missed": missed, "late_p99_ms": quantile(late, 0.99), "late_max_ms": quantile(late, 1.0)}))


def resident_kb() -> int:
    """The memory that is in use now, in KiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def soak(minutes: float, many: int, hz: float) -> dict[str, Any]:
    """One run of all agents; the figures of its two halves."""
    registry = Registry(kinds=dict(KINDS))
    for thing in (*(answering(name, answer) for name, answer in ANSWERS.items()), Reading, read, blocking_call):
        registry.add(thing)
    spec = load_agent(HERE / "configs/agents/soaked.yaml", registry, Files(registry, HERE))
    agents = {f"a{number}": Agent(spec, stream=number, id=f"a{number}", dt=1.0 / hz) for number in range(many)}
    seconds = minutes * 60.0
    begun = time.monotonic()
    # Full from the start, so that what is measured of memory is the agents'.
    halves = [array("q", bytes(8 * (int(seconds * hz) + 8))) for _ in range(2)]
    counts = [0, 0]
    memory: list[int] = []
    last = [time.monotonic_ns()]

    def on_tick(*_: object) -> None:
        now = time.monotonic()
        late = now - begun > seconds / 2
        if late and not HANG.is_set():
            HANG.set()
        halves[late][counts[late]] = time.monotonic_ns() - last[0]
        counts[late] += 1
        if sum(counts) % int(hz * 30) == 0:
            memory.append(resident_kb())

    class Timed(Plant):
        def observe(self, agent_id: str) -> Reading:
            if agent_id == "a0":
                last[0] = time.monotonic_ns()
            return self.reading

    report = run_realtime(agents, Timed(), hz, seconds=seconds, on_tick=on_tick)
    OVER.set()
    return {
        "agents": many,
        "hz": hz,
        "seconds": seconds,
        "ticks": report.ticks,
        "overruns": report.overruns,
        "skipped": report.skipped,
        "faults": report.faults,
        "late_max_ms": round(report.late_ns / 1e6, 3),
        "tick_p50_ms": [quantile(half[:count], 0.5) for half, count in zip(halves, counts, strict=True)],
        "tick_p99_ms": [quantile(half[:count], 0.99) for half, count in zip(halves, counts, strict=True)],
        "memory_kb": memory,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--hz", type=float, default=100.0)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--bare", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare is not None:
        bare(options.bare, options.hz)
        return
    command = [sys.executable, __file__, "--bare", str(options.minutes * 60.0), "--hz", str(options.hz)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as beside:
        result = soak(options.minutes, options.agents, options.hz)
        answer, _ = beside.communicate()
    result["bare"] = json.loads(answer)
    if options.json:
        print(json.dumps(result))
        return
    for key, value in result.items():
        print(f"{key:<14}{value}")


if __name__ == "__main__":
    main()
