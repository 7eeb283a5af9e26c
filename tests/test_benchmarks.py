"""The rules by which benchmarks judge; what they measure is measured where it is quiet."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

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
