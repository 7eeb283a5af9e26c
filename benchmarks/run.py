"""Where the time of a run goes, and what a second core brings to a sweep.

    python benchmarks/run.py [SCENARIO] [--rounds 5] [--runs 4] [--sweep 40] [--json]

Every round plays the same seeds twice, side by side: as they are, and with a clock around each part. `played` is
seconds of the world a second of one core's time (of the process: what else the machine does is left out), of the
runs as they are; the shares are of the others, whose clocks cost
time too (`clocked` says how much longer they took). Figures are medians over the rounds.

    perception   what each agent senses: World.observe, and what the world works out for it beforehand
    senses       from observation to blackboard
    trees        the plans' ticks, modes and guards not counted
    agent        the rest of Agent.tick: modes, arbitration, constraints
    world        World.step without perception: intents judged, rules applied
    trace        telling what changed, and the hash
    watch        expectations, and the loop itself

`recording` is how much longer a run takes that leaves a trace with its checkpoints, against the same seed without, one
right after the other and each first by turns: the median over all such pairs, by this process's own time and by the
clock, which also counts the disk and whoever else uses the machine. Both compute the hash.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter_ns, process_time_ns
from typing import Any

from t800.agent import Agent
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Simulation, play, run
from t800.simulation.sweep import sweep
from t800.simulation.trace import Recorder
from t800.spec.scenario import ScenarioSpec
from t800.world.kernel import Kernel

PARTS = ("perception", "senses", "trees", "agent", "world", "trace", "watch")


class Clocks:
    """One clock at a time runs: that of the innermost part."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(PARTS, 0)
        self.inside = ["watch"]
        self.since = process_time_ns()

    def switch(self) -> None:
        now = process_time_ns()
        self.spent[self.inside[-1]] += now - self.since
        self.since = now

    def around(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.switch()
            self.inside.append(part)
            try:
                return call(*args, **kwargs)
            finally:
                self.switch()
                self.inside.pop()

        return timed


METHODS = [
    (Kernel, "observe", "perception"),
    (Kernel, "_perceive", "perception"),
    (Kernel, "step", "world"),
    (Agent, "tick", "agent"),
    (Agent, "_sense", "senses"),
    (Recorder, "agent", "trace"),
    (Recorder, "tick", "trace"),
]


def clocked(spec: ScenarioSpec, seeds: range) -> tuple[Clocks, int]:
    """Nanoseconds by part, and in all, of runs with clocks around the parts."""
    originals = [(cls, name, getattr(cls, name)) for cls, name, _ in METHODS]
    clocks = Clocks()
    try:
        for cls, name, part in METHODS:
            setattr(cls, name, clocks.around(part, getattr(cls, name)))
        for seed in seeds:
            simulation = Simulation.of(spec, seed)
            plans = {id(plan): plan for agent in simulation.agents.values() for plan in agent.plans}
            before = {key: plan.tick for key, plan in plans.items()}
            for plan in plans.values():
                plan.tick = clocks.around("trees", plan.tick)
            clocks.since = process_time_ns()
            play(spec, simulation)
            clocks.switch()
            for key, plan in plans.items():
                plan.tick = before[key]
    finally:
        for cls, name, original in originals:
            setattr(cls, name, original)
    return clocks, sum(clocks.spent.values())


def plain(spec: ScenarioSpec, seeds: range) -> tuple[int, float, list[str]]:
    """Nanoseconds, seconds played, and the hashes of runs as they are."""
    played, hashes, spent = 0.0, [], 0
    for seed in seeds:
        simulation = Simulation.of(spec, seed)
        start = process_time_ns()
        result = play(spec, simulation)
        spent += process_time_ns() - start
        played += result.played
        hashes.append(result.sha256)
    return spent, played, hashes


def split(name: str, rounds: int, runs: int) -> dict[str, Any]:
    """The shares of the parts, and seconds played a second of the clock."""
    spec = open_scenario(name)
    seeds = range(1, runs + 1)
    plain(spec, seeds[:1])
    speeds, costs = [], []
    shares: dict[str, list[float]] = {part: [] for part in PARTS}
    for _ in range(rounds):
        spent, played, _ = plain(spec, seeds)
        clocks, total = clocked(spec, seeds)
        speeds.append(played * 1e9 / spent)
        costs.append(total / spent)
        for part in PARTS:
            shares[part].append(clocks.spent[part] / total)
    return {
        "scenario": spec.name,
        "played_per_second": round(median(speeds), 1),
        "best": round(max(speeds), 1),
        "clocked": round(median(costs), 3),
        "shares": {part: round(median(shares[part]), 3) for part in PARTS},
    }


def recording(name: str, rounds: int, runs: int) -> dict[str, Any]:
    """How much longer a run takes that leaves a trace."""
    spec = open_scenario(name)
    costs: list[tuple[float, float]] = []
    size = ticks = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.jsonl")
        for number in range(rounds * runs):
            spent = {}
            for record in (None, path) if number % 2 else (path, None):
                start, clock = process_time_ns(), perf_counter_ns()
                ticks = run(spec, 1 + number % runs, record).ticks
                spent[record] = process_time_ns() - start, perf_counter_ns() - clock
            costs.append((spent[path][0] / spent[None][0] - 1, spent[path][1] / spent[None][1] - 1))
            size = path.stat().st_size // (ticks + 2)
    own, by_clock = (round(median(each), 3) for each in zip(*costs, strict=True))
    return {"pairs": len(costs), "cost": own, "by_the_clock": by_clock, "bytes_a_line": size}


def scaling(name: str, seeds: int) -> dict[str, Any]:
    """A sweep in one process and in two, by turns; the better of two times each, for whoever else uses the machine."""
    walls: dict[int, list[float]] = {1: [], 2: []}
    for jobs in (1, 2, 1, 2):
        walls[jobs].append(sweep(name, range(1, seeds + 1), jobs=jobs).wall)
    one, two = min(walls[1]), min(walls[2])
    return {"runs": seeds, "one": one, "two": two, "ratio": round(one / two, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="corridor")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=4, help="seeds a round")
    parser.add_argument("--sweep", type=int, default=40, help="seeds of the sweeps; 0 leaves them out")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args()
    found = split(options.scenario, options.rounds, options.runs)
    found["recording"] = recording(options.scenario, options.rounds, options.runs)
    if options.sweep:
        found["sweep"] = scaling(options.scenario, options.sweep)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['scenario']}: {found['played_per_second']} s played a second (best round {found['best']})")
    for part, share in found["shares"].items():
        print(f"  {part:<12}{100 * share:>5.1f} %  {'#' * round(40 * share)}")
    cost = found["recording"]
    shares = f"{100 * cost['cost']:+.1f} %, by the clock {100 * cost['by_the_clock']:+.1f} %"
    print(f"recording: {shares} ({cost['pairs']} pairs), {cost['bytes_a_line']} bytes a line")
    if options.sweep:
        times = found["sweep"]
        print(f"sweep of {times['runs']}: {times['one']} s on one core, {times['two']} s on two: {times['ratio']}x")


if __name__ == "__main__":
    main()
