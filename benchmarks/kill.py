"""Kill runs at random moments with SIGKILL, resume them, and count how many traces are as if nothing had happened.

    python benchmarks/kill.py [--kills 500] [--scenario corridor --scenario mall] [--until 60] [--first 1]

The scenarios are run by turns, to SECONDS at the latest. A third of the runs is killed after a random tick, the rest in
a random call of the system that writes the trace or a checkpoint: before it, behind it, or with half of its bytes
written. Every fourth resumption is killed as well, and resumed again. Every tenth is `t800 resume` in a new process
under another hash seed, the others are forked.

After that one run of each scenario is killed at every call that writes a checkpoint, one after the other: before it,
behind it, and with half of its bytes written. The exit code is 1 if a single trace differs by a byte from that of the
unbroken run.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from t800.errors import T800Error
from t800.simulation.checkpoint import Checkpoint
from t800.simulation.opening import open_scenario
from t800.simulation.resume import Resumption, resume
from t800.simulation.runner import run
from t800.simulation.tracefile import Recording
from t800.spec.scenario import ScenarioSpec

CALLS = ("open", "write", "fsync", "replace", "ftruncate", "unlink", "close")
SEEDS = 12


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def forked(work: Callable[[], object]) -> int:
    """What became of work done in a child: 0, 1, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except T800Error as error:
            print(f"\n{error}", file=sys.stderr)
            os._exit(1)
        except BaseException as error:  # noqa: BLE001  # a child must never go on as a second parent
            print(f"\n{type(error).__name__}: {error}", file=sys.stderr)
            os._exit(70)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def counted(names: tuple[str, ...], at: int, way: str, when: Callable[[], bool] = lambda: True) -> None:
    """Let this process die in the `at`-th of these calls `when` they count: before, behind, or half through a write."""
    left = at

    def instead(name: str) -> None:
        real = getattr(os, name)

        def call(*given: object, **more: object) -> object:
            nonlocal left
            if not when():
                return real(*given, **more)
            left -= 1
            if left == 0 and way == "half" and name == "write":
                real(given[0], given[1][: len(given[1]) // 2])  # type: ignore[index, arg-type]
            if left == 0 and way != "behind":
                die()
            result = real(*given, **more)
            if left == 0:
                die()
            return result

        setattr(os, name, call)

    for name in names:
        instead(name)


def killer(dice: random.Random, ticks: int) -> tuple[str, Callable[[], Callable[[object], None] | None]]:
    """A way to die, and what sets it up in a child: it may give an `on_tick`."""
    if dice.random() < 1 / 3:
        at = dice.randint(1, ticks)
        seen = 0

        def tick(_moment: object) -> None:
            nonlocal seen
            seen += 1
            if seen == at:
                die()

        return "tick", lambda: tick
    if dice.random() < 0.5:
        at, way = dice.randint(1, ticks), dice.choice(("before", "half", "behind"))
        return f"write, {way}", lambda: counted(("write",), at, way)
    # What else than lines is written: checkpoints, and the first line. A checkpoint takes about a dozen calls.
    names = tuple(name for name in CALLS if name != "write")
    at, way = dice.randint(1, 6 + 10 * (ticks // 50)), dice.choice(("before", "behind"))
    return f"system, {way}", lambda: counted(names, at, way)


def in_checkpoints(at: int, way: str) -> None:
    """Let this process die in the `at`-th call made while checkpoints are written; `half` counts writes only."""
    really = Checkpoint.write
    inside = False

    def write(self: Checkpoint, trace: Path) -> None:
        nonlocal inside
        inside = True
        really(self, trace)
        inside = False

    Checkpoint.write = write  # type: ignore[method-assign]  # in a child, which ends with it
    counted(("write",) if way == "half" else CALLS, at, way, lambda: inside)


def at_every_write(spec: ScenarioSpec, trace: Path, whole: bytes, every: int) -> tuple[int, int]:
    """How many kills there are in the checkpoints of a run, and how many of them left nothing behind."""
    kills = same = 0
    for way in ("before", "half", "behind"):
        at = 0
        while True:
            at += 1
            for path in trace.parent.glob(f"{trace.name}*"):
                path.unlink()

            def die_there(at: int = at, way: str = way) -> None:
                in_checkpoints(at, way)
                run(spec, record=Recording(trace, checkpoint=every))

            if forked(die_there) != -signal.SIGKILL:
                break
            kills += 1
            forked(lambda: resume(trace, spec))
            same += trace.read_bytes() == whole
            if trace.read_bytes() != whole:
                print(f"\n{spec.name}: killed {way} call {at} of its checkpoints, and differs", file=sys.stderr)
            print(f"\r{spec.name}, {way} call {at} ", end="", file=sys.stderr)
    print(file=sys.stderr)
    return kills, same


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--scenario", action="append", help="corridor and mall, if none is given")
    parser.add_argument("--until", type=float, default=60.0, help="seconds of a scenario that are played")
    parser.add_argument("--checkpoint", type=int, default=100, help="ticks between checkpoints that are killed whole")
    parser.add_argument("--first", type=int, default=1, help="the seed of the dice")
    asked = parser.parse_args()
    dice = random.Random(asked.first)
    same = Counter[str]()
    tried = Counter[str]()
    done = resumptions = 0
    with tempfile.TemporaryDirectory() as folder:
        # A copy, because a trace is rightly refused when its files are edited meanwhile.
        for name in ("trees", "configs"):
            shutil.copytree(Path(__file__).parents[1] / name, Path(folder, name))
        specs = []
        for name in asked.scenario or ["corridor", "mall"]:
            found = open_scenario(Path(folder, "configs/scenarios", f"{name}.yaml"))
            specs.append(dataclasses.replace(found, limit=min(found.limit, asked.until)))
        whole: dict[tuple[str, int], tuple[bytes, int]] = {}
        while done < asked.kills:
            spec = specs[done % len(specs)]
            seed = dice.randrange(SEEDS)
            which = spec.name, seed
            if which not in whole:
                path = Path(folder, f"whole_{spec.name}_{seed}.jsonl")
                ticks = run(spec, seed, path).ticks
                whole[which] = path.read_bytes(), ticks
            trace = Path(folder, "killed.jsonl")
            for path in Path(folder).glob("killed*"):
                path.unlink()
            how, prepare = killer(dice, whole[which][1])
            every = dice.choice((7, 20, 50))
            code = forked(lambda: run(spec, seed, Recording(trace, checkpoint=every), prepare()))  # noqa: B023
            if code != -signal.SIGKILL or not trace.exists():
                continue  # the run was over before, or had written nothing yet
            done += 1
            tried[how] += 1
            if dice.random() < 0.25:
                _, prepare = killer(dice, 30)
                resumptions += forked(lambda: _resume(trace, every, prepare)) == -signal.SIGKILL  # noqa: B023
            if done % 10 == 0:
                command = [sys.executable, "-m", "t800", "resume", "-q", str(trace)]
                subprocess.run(
                    command, check=False, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONHASHSEED": str(done)}
                )
            else:
                forked(lambda: resume(trace, spec))  # noqa: B023
            if trace.read_bytes() == whole[which][0]:
                same[how] += 1
            else:
                print(
                    f"\nkill {done} differs: {spec.name}, seed {seed}, {how}, a checkpoint every {every} ticks",
                    file=sys.stderr,
                )
            print(f"\r{done}", end="", file=sys.stderr)
        print(file=sys.stderr)
        inside_kills = inside_same = 0
        for spec in specs:
            path = Path(folder, "every.jsonl")
            run(spec, record=path)
            kills, whole_ones = at_every_write(spec, Path(folder, "killed.jsonl"), path.read_bytes(), asked.checkpoint)
            inside_kills, inside_same = inside_kills + kills, inside_same + whole_ones
    for how in sorted(tried):
        print(f"{how:<16} {same[how]:>4} of {tried[how]} the same")
    ticks = sorted(length for _, length in whole.values())
    print(f"runs of {ticks[0]} to {ticks[-1]} ticks; {resumptions} resumptions were killed too, and resumed")
    print(f"{same.total()} of {done} identical")
    print(f"{inside_same} of {inside_kills} identical after a kill at every write of a checkpoint")
    return 0 if (same.total(), inside_same) == (done, inside_kills) else 1


def _resume(trace: Path, every: int, prepare: Callable[[], Callable[[object], None] | None]) -> None:
    with Resumption(trace) as cut:
        if cut.end is None:
            cut.play(prepare(), checkpoint=every)


if __name__ == "__main__":
    sys.exit(main())
