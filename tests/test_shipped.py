"""Every scenario that ships is run again from its trace, under another hash seed and -O, to the same hash."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from t800.loader.document import Mapping, Node, Sequence, read
from t800.loader.files import shipped
from t800.simulation.trace import TraceReader

SCENARIOS = sorted(path.stem for path in (shipped() / "configs/scenarios").rglob("*.yaml"))
UNTIL = {"judgment_day": "120"}
"""Seconds after which a run that would take minutes is cut off."""


def t800(folder: Path, seed: int, *arguments: str, optimised: bool = False) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(["-O"] if optimised else []), "-m", "t800", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_there_are_some():
    assert {"corridor", "mall"} <= set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_replay_gives_the_hash_under_another_hash_seed_and_optimised(tmp_path, name):
    until = ["--until", UNTIL[name]] if name in UNTIL else []
    ran = t800(tmp_path, 1, "run", f"scenario:{name}", *until, "--record", "t.jsonl", "--json", "--quiet")
    assert ran.returncode in (0, 1, 3), ran.stderr
    wanted = json.loads(ran.stdout)["trace"]["sha256"]
    again = t800(tmp_path, 77, "replay", "t.jsonl", "--json", optimised=True)
    assert again.returncode == 0, again.stderr
    said = json.loads(again.stdout)
    assert (said["same"], said["trace"]["sha256"], said["cut"]) == (True, wanted, None)
    reader = TraceReader(tmp_path / "t.jsonl")
    # A line for each tick that was played; what a lapse passed over has none.
    assert sum(1 for _ in reader) == round(json.loads(ran.stdout)["played"] / reader.header.dt)
    assert reader.sha256 == wanted


def words(node: Node) -> set[str]:
    """Every word in what stands under a node, and the keys that are set there."""
    if isinstance(node, Mapping):
        inner = {word for _, value in node.pairs.values() for word in words(value)}
        keys = node.get("set")
        return inner | set(keys.pairs if isinstance(keys, Mapping) else ())
    if isinstance(node, Sequence):
        return {word for item in node.items for word in words(item)}
    return set(re.findall(r"\w+", str(node.value)))


@pytest.mark.parametrize("path", sorted((shipped() / "trees").rglob("*.yaml")), ids=lambda path: path.stem)
def test_a_tree_lists_no_key_that_it_does_not_use(path):
    root = read(path).root
    uses = root.get("uses")
    unused = set(uses.pairs if uses is not None else ()) - words(root.get("root"))
    assert unused == set()


@pytest.mark.parametrize("path", sorted((shipped() / "trees").rglob("*.yaml")), ids=lambda path: path.stem)
def test_no_tree_is_longer_than_60_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60
