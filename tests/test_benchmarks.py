"""The rules by which benchmarks judge, and the table of turns; what they measure is measured where it is quiet."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from t800.cli.story import sentence
from t800.core import Event
from t800.scenario import Verdict
from t800.simulation.opening import open_scenario
from t800.simulation.runner import run
from t800.spec.scenario import ExpectationSpec

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def realtime(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("realtime")


def figures(**changes: Any) -> dict[str, Any]:
    """Those of a soak in which all went well."""
    good = {
        "overruns": 4,
        "own": 0,
        "tick_net_p99_ms": [0.8, 0.9],
        "memory_kb": [49000, 49100, 49100],
        "bare": {"missed": 4},
    }
    return {**good, **changes}


@pytest.mark.parametrize(
    ("changes", "well"),
    [
        ({}, True),
        ({"overruns": 0, "bare": {"missed": 0}}, True),
        ({"own": 1}, False),
        ({"overruns": 1, "bare": {"missed": 0}}, True),
        ({"overruns": 30}, False),
        ({"overruns": 30, "bare": {"missed": 20}}, True),
        ({"overruns": 3000, "bare": {"missed": 1500}}, False),
        ({"overruns": 0, "bare": {"missed": 500}}, True),
    ],
)
def test_a_missed_period_is_the_machines_if_none_is_our_own_and_the_loop_beside_missed_as_many(
    realtime: Any, changes: dict[str, Any], well: bool
) -> None:
    assert realtime.verdict(figures(**changes))["no_missed_period_beyond_jitter"] is well


def test_the_verdict_has_the_growth_of_memory_and_of_the_p99(realtime: Any) -> None:
    told = realtime.verdict(figures(tick_net_p99_ms=[1.0, 1.5], memory_kb=[40000, 49000, 49040]))
    assert (told["p99_hanging_over_p99"], told["memory_grown_kb"]) == (1.5, 40)


@pytest.mark.parametrize(
    ("ends", "kept", "own"),
    [
        ([1, 11, 21], [0, 0, 0], 0),
        ([1, 35, 41], [0, 0, 0], 1),
        ([1, 35, 41], [0, 30, 0], 0),
        ([1, 35, 41], [0, 5, 0], 1),
        ([21, 30], [20, 0], 0),
    ],
    ids=["in time", "by ourselves", "kept waiting", "kept waiting, but not for so long", "late from the period before"],
)
def test_a_missed_period_is_our_own_unless_the_system_kept_us_waiting(
    realtime: Any, monkeypatch: pytest.MonkeyPatch, ends: list[int], kept: list[int], own: int
) -> None:
    now, waited = [0], [0]
    monkeypatch.setattr(realtime.time, "monotonic_ns", lambda: now[0] * 1_000_000)
    monkeypatch.setattr(realtime.Watch, "wait", lambda self: waited[0] * 1_000_000)
    watch = realtime.Watch(seconds=60.0, hz=100.0)
    watch.waits = {"1": 0}
    watch.begin()
    for number, end in enumerate(ends):
        now[0], waited[0] = end, kept[number]
        watch.end({"a0": SimpleNamespace(number=number)}, None)
    assert watch.own == own


@pytest.fixture
def film(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("film")


def cells(table: str) -> dict[str, list[str]]:
    """The rows of a table of turns, without its head, by turn."""
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")]
    return {row[1].strip("`"): row for row in rows[2:]}


def test_the_table_of_turns_says_what_the_trace_says(film: Any, tmp_path: Path) -> None:
    trace = tmp_path / "goodbye.jsonl"
    events: list[Event] = []
    turns = run("goodbye", record=trace, on_tick=lambda moment: events.extend(moment.events)).turns
    table = film.turns_of(trace)
    rows = cells(table)
    assert list(rows) == list(turns)
    for name, (chapter, _, tick, time, what, rule, because) in rows.items():
        if turns[name].kind not in ("happened", "in_order", "last_of"):
            continue
        # Of several, the last made it hold.
        last = what.rpartition(", then ")[2]
        (event,) = [event for event in events if str(event.tick) == tick and sentence(event) == last]
        assert (chapter, event.tick, event.rule) == ("goodbye", turns[name].tick, rule)
        assert time == f"{event.tick / 10:.1f} s"
        asked = [cause.split("/") for cause in event.causes if isinstance(cause, str)]
        assert all(f"`{parts[0]}/" in because and f"/{parts[-1]}`" in because for parts in asked)
    assert rows["request"][-1] == "`t800:request_termination/…/give_order`"
    assert rows["refused"][-1] == "`t800:obey_orders/…/answer`, `john:part/…/give_order`"
    assert film.turns_of(scenario="goodbye") == table


def test_in_the_table_a_turn_that_did_not_happen_has_no_tick(film: Any, tmp_path: Path) -> None:
    trace = tmp_path / "cut.jsonl"
    held = run(open_scenario("goodbye", overrides=["limit=20"]), record=trace).turns
    rows = cells(film.turns_of(trace))
    assert {name: row[2:] == ["—"] * 5 for name, row in rows.items()} == {
        name: verdict.held is not True for name, verdict in held.items()
    }
    assert len({verdict.held is True for verdict in held.values()}) == 2


def test_a_state_and_what_did_not_happen_are_told_with_what_was_asked(film: Any) -> None:
    mounted = Event(3, 12, "Mounted", {"who": "john", "vehicle": "harley"}, "mounting")
    state = ExpectationSpec("eventually", "john.vehicle == t800.vehicle")
    said = film.what_happened(Verdict(state.text, state.kind, True, 13), state, [mounted])
    assert said == "john mounted harley (`john.vehicle == t800.vehicle`)"
    spared = ExpectationSpec("not_happened", "Killed(who: dyson)")
    assert film.what_happened(Verdict(spared.text, spared.kind, True, 99), spared, []) == (
        "not happened: `Killed(who: dyson)`"
    )


def test_of_many_causes_the_nearest_three_are_named(film: Any) -> None:
    arrived = Event(0, 0, "Arrived", {"who": "t1000"}, "arrival")
    fired = Event(1, 5, "Fired", {"by": "t800"}, "shot", ("t800:fight/a/b/fire_at", 0))
    hits = [Event(each, 6, "Damaged", {}, "hit", (f"m{each}:fight", 1)) for each in (2, 3)]
    last = Event(4, 7, "Destroyed", {}, "damage", (2, 3))
    by_id = {event.id: event for event in (arrived, fired, *hits, last)}
    assert film.because_of(fired, by_id) == "`t800:fight/…/fire_at`, t1000 arrived"
    assert film.because_of(last, by_id) == "`m2:fight`, `m3:fight`, `t800:fight/…/fire_at`, …"


def test_the_table_takes_the_place_of_the_one_in_the_page(film: Any) -> None:
    page = "before\n<!-- turns -->\nold\n<!-- /turns -->\nafter\n"
    new = film.rewritten(page, "a\\b\n")
    assert new == "before\n<!-- turns -->\na\\b\n<!-- /turns -->\nafter\n"
    with pytest.raises(ValueError, match="no one block"):
        film.rewritten("no table", "new\n")


def test_the_whole_film_is_measured_over_more_seeds_unless_it_is_said_how_many(film: Any) -> None:
    bench = film.Bench(range(1, 61), 400, 1, None, whole=film.OVER)
    assert [bench.first(name) for name in ("mall", film.WHOLE)] == [60, 200]
    assert bench.first(film.WHOLE, film.without("sarah:nightmare")) == 60
    bench = film.Bench(range(1, 7), 6, 1, None)
    assert [bench.first(name) for name in ("mall", film.WHOLE)] == [6, 6]
