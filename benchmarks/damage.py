"""Flip every bit of a small trace, and cut it at every byte: count what is named, and what is gone on with.

    python benchmarks/damage.py [--scenario corridor] [--until 0.3]

A flipped bit counts if reading the trace fails with the number of the line that it is in. A cut counts if `resume`
makes the trace what it was, byte for byte, with a checkpoint beside it and without; or if, where not even the first
line is whole, it says that nothing was recorded and leaves the file alone. The exit code is 1 if one does not count.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from t800.errors import TraceError
from t800.simulation.opening import open_scenario
from t800.simulation.resume import resume
from t800.simulation.runner import Moment, run
from t800.simulation.trace import TraceReader
from t800.simulation.tracefile import Recording
from t800.spec.scenario import ScenarioSpec


def named(path: Path, data: bytes, position: int, bit: int) -> bool:
    """Whether a flipped bit is found, in its line."""
    path.write_bytes(data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :])
    try:
        for _ in TraceReader(path):
            pass
    except TraceError as error:
        return error.line == data[:position].count(b"\n") + 1
    return False


def gone_on(spec: ScenarioSpec, path: Path, data: bytes, size: int) -> bool:
    """Whether a trace that was cut there is made whole, or rightly refused."""
    path.write_bytes(data[:size])
    try:
        resume(path, spec)
    except TraceError as error:
        whole_lines = data[:size].count(b"\n")
        return not whole_lines and "nothing was recorded" in str(error) and path.read_bytes() == data[:size]
    return path.read_bytes() == data


def checkpoint(spec: ScenarioSpec, path: Path) -> Path:
    """A checkpoint after the first tick of a run, kept aside."""

    class Cut(Exception):  # it is no error
        pass

    def cut(_moment: Moment) -> None:
        raise Cut

    with suppress(Cut):
        run(spec, record=Recording(path, checkpoint=1), on_tick=cut)
    kept = path.with_suffix(".kept")
    Path(f"{path}.ckpt").replace(kept)
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenario", default="corridor")
    parser.add_argument("--until", type=float, default=0.3)
    asked = parser.parse_args()
    spec = dataclasses.replace(open_scenario(asked.scenario), limit=asked.until)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.jsonl")
        ticks = run(spec, record=path).ticks
        data = path.read_bytes()
        print(f"{asked.scenario}: {ticks} ticks, {len(data)} bytes")
        flips = [named(path, data, position, bit) for position in range(len(data)) for bit in range(8)]
        print(f"{sum(flips)} of {len(flips)} flipped bits named, with their line")
        cuts = []
        kept = checkpoint(spec, Path(folder, "cut.jsonl"))
        for beside in (False, True):
            for size in range(len(data)):
                if beside:
                    shutil.copy(kept, f"{path}.ckpt")
                cuts.append(gone_on(spec, path, data, size))
        print(f"{sum(cuts)} of {len(cuts)} cuts gone on with, or refused where nothing is whole")
    return 0 if all(flips) and all(cuts) else 1


if __name__ == "__main__":
    sys.exit(main())
