"""A run saved at any tick goes on in a new process, under another hash seed, to the same trace."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from t800.simulation.opening import open_scenario
from t800.simulation.runner import Simulation

SCENARIOS = ["corridor"]
TICKS = 260
SAVED = (1, 37, 90, 151, 233)

GO_ON = f"""
import json, sys
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Simulation

name, folder = sys.argv[1:]
spec = open_scenario(name)
hashes = []
for at in {SAVED}:
    with open(f"{{folder}}/{{at}}.json") as file:
        simulation = Simulation.restore(spec, json.load(file))
    while simulation.world.tick < {TICKS}:
        simulation.step()
    hashes.append(simulation.recorder.sha256)
print(json.dumps(hashes))
"""


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_run_saved_at_five_ticks_goes_on_in_a_new_process_to_the_same_hash(name: str, tmp_path: Path) -> None:
    simulation = Simulation.of(open_scenario(name))
    while simulation.world.tick < TICKS:
        if simulation.world.tick in SAVED:
            (tmp_path / f"{simulation.world.tick}.json").write_text(json.dumps(simulation.snapshot()))
        simulation.step()
    command = [sys.executable, "-c", GO_ON, name, str(tmp_path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": "77"})
    assert json.loads(ran.stdout) == [simulation.recorder.sha256] * len(SAVED)
