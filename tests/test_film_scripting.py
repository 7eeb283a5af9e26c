"""Nothing is scripted: strip, rename, shift, mirror or reorder a scenario, and the same things happen."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from t800.core import Event
from t800.simulation import runner
from t800.simulation.opening import open_scenario

ROOT = Path(__file__).parent.parent
SEEDS = (11, 1995)
TICKS = 300

Told = list[tuple[int, str, tuple[Any, ...]]]


def copy(folder: Path) -> None:
    """The shipped trees and the corridor's files, to be changed."""
    for source in [*(ROOT / "trees").rglob("*.yaml"), *(ROOT / "configs").rglob("*.yaml")]:
        target = folder / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text())


def change(path: Path, edit: Any) -> None:
    data = yaml.safe_load(path.read_text())
    edit(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False))


def play(folder: Path, seed: int, ticks: int = TICKS, first: int = 0) -> list[Event]:
    """The events of a run that nobody judges."""
    simulation = runner.Simulation.of(open_scenario(folder / "configs" / "scenarios" / "corridor.yaml"), seed)
    events: list[Event] = []
    while simulation.world.tick < first + ticks:
        events.extend(simulation.step().events)
    return events


def told(events: list[Event], shift: int = 0) -> Told:
    return [(event.tick - shift, event.kind, tuple(event.fields.values())) for event in events]


@pytest.fixture(name="folder")
def made(tmp_path: Path) -> Path:
    copy(tmp_path)
    return tmp_path


@pytest.mark.parametrize("seed", SEEDS)
def test_without_expectations_the_same_happens(folder: Path, seed: int) -> None:
    before = play(folder, seed)
    change(folder / "configs/scenarios/corridor.yaml", lambda data: data.pop("expect"))
    assert play(folder, seed) == before


@pytest.mark.parametrize("seed", SEEDS)
def test_with_other_names_the_same_happens_up_to_names(folder: Path, seed: int) -> None:
    names = {"t800": "anna", "john": "zoe", "hunter": "max", "sidearm": "x1", "winchester": "a1"}
    before = told(play(folder, seed))

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {names.get(k, k): named(v) for k, v in value.items()}
        if isinstance(value, list):
            return [named(item) for item in value]
        return names.get(value, value) if isinstance(value, str) else value

    scenario = folder / "configs/scenarios/corridor.yaml"
    data = yaml.safe_load(scenario.read_text())
    del data["expect"]
    data["agents"] = {names.get(k, k): v for k, v in data["agents"].items()}
    scenario.write_text(yaml.safe_dump(data, sort_keys=False))
    for agent in ("t800", "hunter", "john"):
        path = folder / "configs/agents" / f"{agent}.yaml"
        change(path, lambda data: data.update(blackboard=named(data["blackboard"])))
    path = folder / "configs/worlds/service_corridor.yaml"
    change(path, lambda data: data.update(entities=named(data["entities"])))

    def renamed(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return re.sub("|".join(names), lambda match: names[match[0]], value)

    assert told(play(folder, seed)) == [(t, kind, tuple(map(renamed, fields))) for t, kind, fields in before]


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_later_is_the_same_later(folder: Path, seed: int) -> None:
    before = told(play(folder, seed))

    def shift(data: Any) -> None:
        for agent in data["agents"].values():
            agent["arrives"] = agent.get("arrives", 0.0) + 1000.0
        data["limit"] += 1000.0

    change(folder / "configs/scenarios/corridor.yaml", shift)
    later = told(play(folder, seed, first=10_000), shift=10_000)
    assert later == before


@pytest.mark.parametrize("axes", [(-1, 1), (1, -1), (-1, -1)], ids=["east-west", "north-south", "both"])
@pytest.mark.parametrize("seed", SEEDS)
def test_in_a_mirrored_world_the_same_happens_at_the_same_time(folder: Path, seed: int, axes: tuple[int, int]) -> None:
    before = told(play(folder, seed))

    def mirrored(point: list[float]) -> list[float]:
        return [point[0] * axes[0], point[1] * axes[1]]

    def mirror(data: Any) -> None:
        for place in data["places"].values():
            place.update({key: mirrored(place[key]) for key in ("from", "to")})
            place["points"] = {name: mirrored(point) for name, point in place.get("points", {}).items()}
        for doorway in data["doorways"].values():
            doorway["at"] = mirrored(doorway["at"])

    change(folder / "configs/worlds/service_corridor.yaml", mirror)
    assert told(play(folder, seed)) == before


@pytest.mark.parametrize("seed", SEEDS)
def test_in_another_order_of_declaration_the_same_happens(folder: Path, seed: int) -> None:
    before = told(play(folder, seed))

    def turn(data: Any) -> None:
        data["agents"] = dict(reversed(data["agents"].items()))

    change(folder / "configs/scenarios/corridor.yaml", turn)
    assert told(play(folder, seed)) == before


CAST = (
    "t800 t1000 john sarah dyson wife son vat hoist m79 nitrogen chip_1984 arm_1984 research processor "
    "mall hospital briefing cyberdyne steel_mill goodbye highway judgment_day"
)


def names_of_the_story() -> set[str]:
    """Every id of an entity, and every name of a scenario or chapter, that is shipped or still to come."""
    found = set(CAST.split())
    for path in (ROOT / "configs").rglob("*.yaml"):
        data = yaml.safe_load(path.read_text())
        found.update(data.get("entities", {}))
        if "scenario" in data:
            found.add(data["scenario"])
            found.update(data["agents"])
            found.update(data.get("chapters", {}))
    return found


def literals(tree: ast.AST) -> list[tuple[int, str]]:
    """Strings that are compared with, matched, looked up or listed: all but docstrings, names and messages."""
    found = []
    for node in ast.walk(tree):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        elif isinstance(node, ast.Subscript):
            parts = [node.slice]
        elif isinstance(node, ast.Dict):
            parts = [key for key in node.keys if key is not None]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            parts = list(node.args)
        for part in parts:
            inner = part.elts if isinstance(part, ast.Tuple | ast.List | ast.Set) else [part]
            found.extend(
                (item.lineno, item.value)
                for item in inner
                if isinstance(item, ast.Constant) and isinstance(item.value, str)
            )
    return found


PACKAGES = ["world", "film", "engine", "nodes"]


@pytest.mark.parametrize(
    "path", [p for part in PACKAGES for p in sorted((ROOT / "t800" / part).rglob("*.py"))], ids=lambda p: p.stem
)
def test_no_rule_names_an_entity_a_scenario_or_a_chapter(path: Path) -> None:
    names = names_of_the_story()
    assert [(line, text) for line, text in literals(ast.parse(path.read_text())) if text in names] == []


def test_the_search_for_names_finds_one() -> None:
    for code in (
        'x == "john"',
        'd["t800"]',
        'x in ("a", "john")',
        'd.get("vat")',
        '{"john": 1}',
        "match x:\n case 'john': 1",
    ):
        assert {text for _, text in literals(ast.parse(code))} & names_of_the_story(), code


def test_no_sense_skill_or_rule_reads_the_clock() -> None:
    for path in sorted((ROOT / "t800" / "film").rglob("*.py")):
        assert "ctx.now" not in path.read_text(), path
