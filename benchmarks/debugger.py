"""What going backwards costs: from tick 5,000 back by one, and to anywhere.

    python benchmarks/debugger.py [SCENARIO…] [--ticks 5000] [--seeks 60] [--json]

The scenario is made to last: no limit, nothing expected. `back` is from the last tick, then from each tick before
it; `seek` is to ticks drawn at random, from wherever it stands. `memory` is how much the process has grown since the
scenario was opened, with everything that the debugger keeps; `states` what of it the states to go back to take.
`slower` is how much longer a tick takes than in a plain run.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

from t800 import Debugger
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Account, Simulation

PAGE = os.sysconf("SC_PAGESIZE")


def resident() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def took(work: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = perf_counter_ns()
    work()
    return (perf_counter_ns() - begun) / 1e6


def measure(name: str, ticks: int, seeks: int) -> dict[str, Any]:
    spec = open_scenario(name)
    spec = dataclasses.replace(spec, limit=1e7, expect=(), chapters=(), stop_on_failure=False)
    before = resident()
    debugger = Debugger(spec)
    stepped = took(lambda: debugger.seek(ticks)) / ticks
    assert debugger.tick == ticks
    back = [took(debugger.back) for _ in range(seeks)]
    debugger.seek(ticks)
    first = took(debugger.back)
    dice = random.Random(1)
    there = [dice.randrange(ticks) for _ in range(seeks)]
    seek = [took(lambda tick=tick: debugger.seek(tick)) for tick in there]
    node = [took(debugger.back_node) for _ in range(seeks)]
    memory = resident() - before
    simulation, account = Simulation.of(spec), Account(spec)
    plain = took(lambda: [account.advance(simulation) for _ in range(ticks)]) / ticks
    return {
        "scenario": name,
        "ticks": ticks,
        "tick_ms": round(stepped, 3),
        "slower": round(stepped / plain, 2),
        "back_from_the_last_ms": round(first, 1),
        "back_ms": {"median": round(median(back), 1), "worst": round(max(back), 1)},
        "seek_ms": {"median": round(median(seek), 1), "worst": round(max(seek), 1)},
        "back_by_node_ms": {"median": round(median(node), 1), "worst": round(max(node), 1)},
        "states_mb": round(debugger.memory / 1e6, 2),
        "memory_mb": round(memory / 1e6, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", default=["corridor", "mall"])
    parser.add_argument("--ticks", type=int, default=5000)
    parser.add_argument("--seeks", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = [measure(name, options.ticks, options.seeks) for name in options.scenarios]
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for each in found:
        print(
            f"{each['scenario']}, {each['ticks']} ticks, {each['tick_ms']} ms a tick ({each['slower']} of a plain run)"
        )
        print(f"  back by one from the last   {each['back_from_the_last_ms']:>7} ms")
        for what in ("back", "seek", "back_by_node"):
            said = each[f"{what}_ms"]
            print(f"  {what.replace('_', ' '):<26}  {said['median']:>7} ms, at worst {said['worst']} ms")
        print(f"  memory                      {each['memory_mb']:>7} MB, of it states {each['states_mb']} MB")


if __name__ == "__main__":
    main()
