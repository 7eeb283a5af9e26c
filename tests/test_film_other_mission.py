"""A T-800 given the other mission, in the mall's world in place of the T-1000: it hunts, and is dangerous."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from t800.core import Event
from t800.simulation.opening import open_scenario
from t800.simulation.result import Result
from t800.simulation.runner import run

AGENTS = Path(__file__).parent.parent / "configs" / "agents"
SEEDS = (2001, 2002, 2003)


@lru_cache
def story(*without: str, seed: int = 9, settings: tuple[str, ...] = ()) -> tuple[Result, tuple[Event, ...]]:
    events: list[Event] = []
    spec = open_scenario("other_mission", overrides=(f"seed={seed}", *settings), without=without)
    return run(spec, on_tick=lambda moment: events.extend(moment.events)), tuple(events)


def trees(agent: str) -> set[str]:
    """All trees that an agent's file names, in whatever mode."""

    def within(state: dict[str, object]) -> set[str]:
        found = {next(iter(tree)) if isinstance(tree, dict) else tree for tree in state.get("trees", [])}
        return found.union(*map(within, state.get("states", {}).values()))

    text = (AGENTS / f"{agent}.yaml").read_text()
    return within(yaml.safe_load(text)["modes"])


def test_it_has_no_tree_that_the_films_machines_have_not() -> None:
    assert "hunt" in trees("t800_1984")
    assert trees("t800_1984") <= trees("t800") | trees("t1000")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("without", ["t800:protect", "t800"])
def test_with_nobody_to_protect_him_john_dies_by_its_hand(without: str, seed: int) -> None:
    result, events = story(without, seed=seed)
    assert result.faults == 0
    killed = [event for event in events if event.kind == "Killed" and event.fields["who"] == "john"]
    assert [event.fields["by"] for event in killed] == ["terminator"]
    assert killed[0].tick < 1500


@pytest.mark.parametrize("seed", SEEDS)
def test_without_its_hunt_john_lives(seed: int) -> None:
    result, _ = story("t800:protect", "terminator:hunt", seed=seed, settings=("limit=200",))
    assert result.time >= 200.0
    assert (result.final["john"]["alive"], result.final["john"]["structure"], result.faults) == (True, 1.2, 0)


def test_it_shoots_as_well_as_the_other() -> None:
    _, events = story("t800", settings=("winchester.held_by=terminator",))
    (killed,) = [event for event in events if event.kind == "Killed"]
    assert (killed.fields["by"], killed.fields["with"]) == ("terminator", "shotgun")


def test_with_the_other_by_his_side_john_can_get_away() -> None:
    result, events = story()
    assert (result.outcome, result.final["john"]["alive"]) == ("passed", True)
    assert [event for event in events if event.kind == "Struck" and event.fields["by"] == "terminator"]


def test_shut_down_it_rises_by_emergency_power_and_goes_on() -> None:
    # At the truck stop nobody sees it lie there: watched, it would go on lying.
    down = ("agents.terminator.at=truck_stop.stand", "terminator.power=0.0", "terminator.dead=[0]", "limit=300")
    result, events = story("t800", settings=down)
    assert [event.fields["who"] for event in events if event.kind == "Restarted"] == ["terminator"]
    assert result.final["john"]["alive"] is False
    result, events = story("t800", "terminator:emergency_power", settings=down)
    assert "Restarted" not in [event.kind for event in events]
    assert result.final["john"]["alive"] is True
