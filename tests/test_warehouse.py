"""A second robot: the pack of docs/warehouse, installed from a folder outside of the repo, where no film is."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from t800 import Agent, AgentSpec, Event, installed, load
from t800.simulation.opening import open_scenario
from t800.simulation.runner import Moment, Simulation

REPO = Path(__file__).parents[1]
SOURCE = REPO / "docs" / "warehouse"
PACK = SOURCE / "t800_warehouse"
NARROW = ("west_end", "aisle", "east_end")

QUICK = "not deleted and (jammed or stranded or there or film or found or import or channels or 101)"
"""Which of these tests are run once more where the film is deleted: all parts of it, few seeds."""

Told = list[tuple[int, str, tuple[Any, ...]]]


def pip(source: Path, site: Path) -> None:
    """Install a project from its folder, for real, from nowhere else."""
    options = ["--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", site, source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pack is installed, from a copy of its folder outside of the repo."""
    folder = tmp_path_factory.mktemp("warehouse")
    shutil.copytree(SOURCE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    pip(folder / "source", folder / "site")
    return folder / "site"


@pytest.fixture
def there(site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """In this process, in a folder that holds nothing: the pack is installed."""
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "t800_warehouse"]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repo without the film, and what a pip install of it gives beside it: t800, and the pack."""
    folder = tmp_path_factory.mktemp("bare")
    repo = folder / "repo"
    shutil.copytree(REPO / "t800", repo / "t800", ignore=shutil.ignore_patterns("__pycache__", "film"))
    shutil.copytree(SOURCE, repo / "docs" / "warehouse", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("trees", "configs"):
        (repo / name).mkdir()
    for name in ("README.md", "LICENSE", "hatch_build.py"):
        shutil.copy(REPO / name, repo / name)
    project = (REPO / "pyproject.toml").read_text(encoding="utf-8")
    (repo / "pyproject.toml").write_text(re.sub(r'^film = "t800\.film"\n', "", project, flags=re.MULTILINE))
    (repo / "tests").mkdir()
    shutil.copy(__file__, repo / "tests" / "test_warehouse.py")
    pip(repo, folder / "site")
    return folder


def t800(folder: Path, *command: str | Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command line in a folder, with what is installed in `site` before all else."""
    paths = {} if site is None else {"PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-P", "-m", "t800", *command],
        cwd=folder,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        check=False,
    )


def play(
    seed: int,
    seconds: float = 1800.0,
    without: tuple[str, ...] = (),
    overrides: tuple[str, ...] = (),
    scenario: str | Path = "fleet",
    until: str | None = None,
    look: Callable[[Simulation, Moment], None] | None = None,
) -> list[Event]:
    """What happens with a seed, up to some time or the first event of a kind."""
    simulation = Simulation.of(open_scenario(scenario, (), overrides, without), seed)
    events: list[Event] = []
    while simulation.world.tick < seconds * 10 and not any(event.kind == until for event in events[-20:]):
        moment = simulation.step()
        events.extend(moment.events)
        if look is not None:
            look(simulation, moment)
    return events


def count(events: list[Event]) -> Counter[str]:
    return Counter(event.kind for event in events)


def told(events: list[Event], shift: int = 0) -> Told:
    return [(event.tick - shift, event.kind, tuple(event.fields.values())) for event in events]


# What it does.


@pytest.mark.parametrize("seed", [1, 7])
def test_the_parcels_are_delivered_and_nobody_strands_or_is_hit(there: None, seed: int) -> None:
    inside: set[int] = set()

    def look(simulation: Simulation, moment: Moment) -> None:
        inside.add(sum(e.place in NARROW for e in simulation.world.present if "pace" in e.fields()))

    events = play(seed, 900.0, look=look)
    # Up to the last parcel: with nothing left to do, whoever still has a way to go is nobody's concern.
    delivered = [place for place, event in enumerate(events) if event.kind == "Delivered"]
    assert len(delivered) >= 16
    kinds = count(events[: delivered[15]])
    assert kinds["Stranded"] == kinds["Contact"] == 0
    assert inside == {0, 1}, "one at a time through the aisle"


@pytest.mark.parametrize("seed", range(101, 105))
def test_without_recharge_the_fleet_strands(there: None, seed: int) -> None:
    kinds = count(play(seed, 600.0, without=("agent:carrier:recharge",), until="Stranded"))
    assert kinds["Stranded"] == 1


@pytest.mark.parametrize("seed", range(101, 105))
def test_without_yield_people_are_hit_and_with_it_they_are_not(there: None, seed: int) -> None:
    assert count(play(seed, 120.0))["Contact"] == 0
    assert count(play(seed, 120.0, without=("agent:carrier:yield",)))["Contact"] > 0


def test_one_carrier_without_yield_is_the_one_that_hits_people(there: None) -> None:
    events = play(1, 300.0, without=("bob:yield",))
    assert {event.fields["by"] for event in events if event.kind == "Contact"} == {"bob"}


def test_the_speed_limit_is_what_lets_them_stand_in_time(there: None) -> None:
    assert count(play(3, 120.0, without=("agent:carrier:#slow_near_people",)))["Contact"] > 0


def test_near_people_nothing_fast_is_granted_and_they_go_on_slowly(there: None) -> None:
    asked: Counter[tuple[bool, str]] = Counter()

    def look(simulation: Simulation, moment: Moment) -> None:
        for name, tick in moment.ticks.items():
            agent = simulation.agents[name]
            person = agent.blackboard.values["me"].person if "me" in agent.blackboard.values else None
            for ask in tick.asks:
                if ask.intent.channel == "drive" and person is not None and 2.5 <= person < 5.0:
                    asked[ask.effects.get("speed", 0.0) > 0.6, ask.fate.outcome] += 1

    play(1, 120.0, look=look)
    assert asked[True, "granted"] == 0
    assert asked[True, "vetoed"] > 10
    assert asked[False, "granted"] > 100


def test_without_share_aisle_they_meet_in_the_aisle(there: None) -> None:
    crowd = [0]

    def look(simulation: Simulation, moment: Moment) -> None:
        crowd[0] = max(crowd[0], sum(e.place == "aisle" for e in simulation.world.present if "pace" in e.fields()))

    kinds = count(play(1, 300.0, without=("agent:carrier:share_aisle",), look=look))
    assert crowd[0] >= 2
    assert kinds["Delivered"] < 6


def test_a_jammed_carrier_is_mended_if_it_calls_for_help(there: None) -> None:
    jams = ("ada.jams=0.05",)
    events = [event for event in play(2, 200.0, overrides=jams) if "ada" in event.fields.values()]
    mended = [event for event in events if event.kind == "Mended"]
    assert len(mended) >= 2
    for event in mended:
        assert event.causes == (f"{event.fields['by']}:help_carrier/mend",)
    silent = play(2, 200.0, overrides=jams, without=("agent:carrier:call_for_help",))
    assert count(silent)["Jammed"] > 0
    assert count(silent)["Mended"] == 0


def test_a_stranded_carrier_has_its_beacon_and_gets_a_cell(there: None) -> None:
    modes: set[str] = set()

    def look(simulation: Simulation, moment: Moment) -> None:
        modes.add(moment.ticks["ada"].mode)
        for ask in moment.ticks["ada"].asks:
            if moment.ticks["ada"].mode == "stranded":
                assert ask.intent.channel == "beacon" or ask.fate.outcome == "suppressed"

    events = play(1, 150.0, overrides=("ada.energy=1",), look=look)
    kinds = [event.kind for event in events if "ada" in event.fields.values() and event.kind in ("Stranded", "Mended")]
    assert kinds[:2] == ["Stranded", "Mended"]
    assert modes == {"working", "stranded"}


def test_a_run_goes_on_from_a_snapshot_as_if_it_had_not_stopped(there: None) -> None:
    spec = open_scenario("fleet")
    whole = Simulation.of(spec, 5)
    for _ in range(700):
        whole.step()
    half = Simulation.of(spec, 5)
    half.world.restore(whole.world.snapshot())
    assert half.world.snapshot() == whole.world.snapshot()
    asked = {name: tick.intents for name, tick in whole.step().ticks.items()}
    half.world.step(asked)
    assert {e.id: e.snapshot() for e in half.world.present} == {e.id: e.snapshot() for e in whole.world.present}


# Nothing of it is scripted.


def edited(folder: Path, change: Callable[[str, Any], None]) -> Path:
    """The scenario of a copy of the pack's files, each changed, where no name leads to."""
    folder = folder / "edited"
    for kind in ("trees", "configs"):
        shutil.copytree(PACK / kind, folder / kind)
    for path in folder.rglob("*.yaml"):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(path.stem, data)
        path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return folder / "configs" / "scenarios" / "fleet.yaml"


def test_without_expectations_the_same_happens(there: None, tmp_path: Path) -> None:
    scenario = edited(tmp_path, lambda _, data: data.pop("expect", None))
    assert told(play(11, 200.0, scenario=scenario)) == told(play(11, 200.0))


def test_with_other_names_and_in_another_order_the_same_happens(there: None, tmp_path: Path) -> None:
    names = {"ada": "x9", "bob": "q", "cyd": "zed", "dan": "abe", "eve": "m", "lou": "ada", "ned": "n1", "ola": "bob"}

    def rename(stem: str, data: Any) -> None:
        if stem == "fleet":
            data.pop("expect")
            data["agents"] = {
                names[who]: {"body": use["agent"], **use} for who, use in reversed(data["agents"].items())
            }
        if stem == "warehouse":
            data["entities"] = dict(reversed(data["entities"].items()))

    scenario = edited(tmp_path, rename)
    before = [(at, kind, tuple(names.get(each, each) for each in rest)) for at, kind, rest in told(play(11, 200.0))]
    assert told(play(11, 200.0, scenario=scenario)) == before


def test_everything_later_is_the_same_later(there: None, tmp_path: Path) -> None:
    def shift(stem: str, data: Any) -> None:
        if stem == "fleet":
            for use in data["agents"].values():
                use["arrives"] = 100.0

    later = play(11, 250.0, scenario=edited(tmp_path, shift))
    assert told(later, shift=1000) == told(play(11, 150.0))


def test_turned_by_half_a_turn_the_same_happens(there: None, tmp_path: Path) -> None:
    # Not mirrored: carriers keep to the right.
    def turned(point: list[float]) -> list[float]:
        return [-point[0], -point[1]]

    def turn(stem: str, data: Any) -> None:
        if stem == "fleet":
            for use in data["agents"].values():
                use["at"] = turned(use["at"]) if isinstance(use["at"], list) else use["at"]
        if stem == "warehouse":
            for place in data["places"].values():
                place.update({key: turned(place[key]) for key in ("from", "to")})
                place["points"] = {name: turned(point) for name, point in place.get("points", {}).items()}
            for door in data["doorways"].values():
                door["at"] = turned(door["at"])

    assert told(play(11, 200.0, scenario=edited(tmp_path, turn))) == told(play(11, 200.0))


def test_no_line_of_its_python_names_anybody_or_any_place() -> None:
    world = yaml.safe_load((PACK / "configs/worlds/warehouse.yaml").read_text(encoding="utf-8"))
    scenario = yaml.safe_load((PACK / "configs/scenarios/fleet.yaml").read_text(encoding="utf-8"))
    names = {*world["places"], *world["entities"], *world["doorways"], *scenario["agents"], "fleet", "warehouse"}
    for path in PACK.glob("*.py"):
        texts = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert texts & names == set(), path.name


# A pack of its own.


def imports(path: Path) -> set[str]:
    """The modules that a file imports, by full name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update({f"{node.module}.{each.name}" for each in node.names} | {str(node.module)})
    return found


def test_it_imports_nothing_of_the_film() -> None:
    for path in SOURCE.rglob("*.py"):
        assert [name for name in imports(path) if name.startswith("t800.film")] == [], path.name


def test_it_stands_on_the_world_and_on_what_skills_see() -> None:
    for path in PACK.glob("*.py"):
        names = {name for name in imports(path) if name.startswith("t800.")}
        assert [name for name in names if name.startswith(("t800.simulation", "t800.cli", "t800.engine"))] == []
        assert [name for name in names if name.rpartition(".")[2].startswith("_")] == []


def test_it_is_no_more_than_400_lines_of_python() -> None:
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in PACK.rglob("*.py")) <= 400


def test_no_tree_is_longer_than_60_lines() -> None:
    assert {path.stem for path in (PACK / "trees").glob("*.yaml")} >= {"deliver", "recharge", "yield", "share_aisle"}
    for path in (PACK / "trees").glob("*.yaml"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 60, path.name


def test_installed_from_outside_it_is_found_from_anywhere(site: Path, tmp_path: Path) -> None:
    assert REPO not in site.parents
    done = t800(tmp_path, "check", "fleet", site=site)
    assert (done.stdout, done.returncode) == ("✓ scenario fleet  8 agents in warehouse, 3 expectations\n", 0)


def test_its_channels_are_drive_lift_and_beacon(there: None) -> None:
    spec = load("agent:carrier", kind=AgentSpec)
    channels: set[str] = set()

    def look(simulation: Simulation, moment: Moment) -> None:
        channels.update(i.channel for n in ("ada", "bob") for i in moment.ticks[n].intents)

    play(1, 60.0, look=look)
    assert channels == {"drive", "lift", "beacon"}
    assert [rule.name for rule in spec.constraints] == ["slow_near_people"]


def test_it_and_the_film_stand_side_by_side(there: None) -> None:
    registry = installed()
    assert "t800_warehouse" in registry.packs
    if (REPO / "t800" / "film").is_dir():
        assert "t800.film" in registry.packs


def test_the_film_runs_the_same_with_it_and_without(site: Path, tmp_path: Path) -> None:
    if not (REPO / "t800" / "film").is_dir():
        pytest.skip("the film is deleted")
    ways = [t800(tmp_path, "run", "corridor", "--quiet", "--until", "10", site=each) for each in (site, None)]
    shas = [re.search(r"trace (\w{12})", way.stdout + way.stderr) for way in ways]
    assert shas[0] is not None
    assert shas[1] is not None
    assert shas[0][1] == shas[1][1]


def test_nothing_outside_of_it_names_it() -> None:
    for top in ("t800", "trees", "configs"):
        for path in (REPO / top).rglob("*"):
            if path.suffix in (".py", ".yaml"):
                assert "t800_warehouse" not in path.read_text(encoding="utf-8"), path


def test_with_the_film_deleted_its_tests_are_green(bare: Path) -> None:
    repo, env = bare / "repo", {**os.environ, "PYTHONPATH": str(bare / "site")}
    gone = subprocess.run(
        [sys.executable, "-c", "import t800.film"], cwd=repo, env=env, capture_output=True, check=False
    )
    assert gone.returncode == 1
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", QUICK, "tests"],
        cwd=repo,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 10  # type: ignore[index]


# In another world.


@pytest.fixture
def track(there: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of the other world, as its program imports it."""
    monkeypatch.syspath_prepend(str(SOURCE))
    monkeypatch.delitem(sys.modules, "track", raising=False)
    import track

    return track


def live(world: Any, agent: Agent, seconds: float) -> None:
    while world.tick < seconds * 10:
        tick = agent.tick(world.observe(agent.id))
        assert tick.fault is None
        world.step({agent.id: tick.intents})


def test_the_other_world_is_60_lines_and_knows_no_kernel() -> None:
    path = SOURCE / "track.py"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60
    assert [name for name in imports(path) if name.startswith(("t800.world", "t800.simulation", "t800.film"))] == []


def test_the_same_agent_delivers_recharges_and_yields_there(track: Any) -> None:
    world = track.Track()
    live(world, Agent(load("agent:carrier", kind=AgentSpec)), 400.0)
    assert world.delivered >= 4
    assert world.charge > 0.0
    assert world.nearest > 2.0


def test_without_yield_it_runs_into_people_there_too(track: Any) -> None:
    world = track.Track()
    live(world, Agent(load("agent:carrier", kind=AgentSpec).without("yield")), 400.0)
    assert world.nearest < 1.5


def test_without_recharge_it_strands_there_too(track: Any) -> None:
    world = track.Track()
    live(world, agent := Agent(load("agent:carrier", kind=AgentSpec).without("recharge")), 400.0)
    assert (world.charge, agent.mode) == (0.0, "stranded")


def test_its_program_runs_from_any_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SOURCE / "track.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "3 delivered" in done.stdout
    assert done.stderr == ""
