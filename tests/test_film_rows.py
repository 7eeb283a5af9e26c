"""A sample of what must be true of many runs of the film: the first few seeds must not speak against any row."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from t800.simulation.statistics import wilson
from t800.simulation.sweep import sweep

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
film: Any = importlib.import_module("film")

SEEDS = range(2001, 2007)

WHOLE = [
    film.Row("saved", film.WHOLE, "passed", least=0.70),
    film.Row("the film", film.WHOLE, film.FILM, least=0.60),
    film.Row("John survives", film.WHOLE, "john.alive", least=0.90),
    film.Row("no fault", film.WHOLE, film.FAULTLESS, always=True),
]


def against(row: Any, held: int, runs: int) -> bool:
    """Whether so many runs tell that the bound of a row is not kept."""
    low, high = wilson(held, runs)
    if row.always:
        return held < runs
    return high < row.least if row.least is not None else low > row.most


@pytest.fixture(scope="module")
def bench() -> Any:
    """It plays each seed once, whichever rows want it."""
    return film.Bench(SEEDS, len(SEEDS), os.cpu_count() or 1, None)


@pytest.mark.parametrize(
    ("row", "held", "told"),
    [
        (film.Row("", "mall", "passed", always=True), 5, True),
        (film.Row("", "mall", "passed", always=True), 6, False),
        (film.Row("", "mall", "passed", least=0.9), 4, False),
        (film.Row("", "mall", "passed", least=0.9), 2, True),
        (film.Row("", "mall", "passed", most=0.1), 2, False),
        (film.Row("", "mall", "passed", most=0.1), 4, True),
    ],
)
def test_few_runs_speak_against_a_row_only_beyond_chance(row: Any, held: int, told: bool) -> None:
    assert against(row, held, 6) is told


def test_who_is_interrupted_is_told_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    done = sweep("mall", [2001])
    monkeypatch.setattr(film, "sweep", lambda *_given, **_named: replace(done, interrupted=True))
    monkeypatch.setattr(sys, "argv", ["film.py", "--only", "mall", "--out", str(tmp_path / "film.sqlite")])
    assert film.main() == 130
    assert capsys.readouterr().err == "interrupted; the same command goes on from here\n"


GONE = [row for row in film.TAKEN_AWAY if not row.happens or row.most is not None]
"""Rows that say what does not come about without its cause."""


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, marks=pytest.mark.slow if row.scenario == film.WHOLE else (), id=row.claim) for row in GONE],
)
def test_what_a_row_says_is_gone_without_its_cause_comes_about_with_it(bench: Any, row: Any) -> None:
    """Else the row would be true whatever the cause does."""
    came = film.happened(row.scenario, row.what)
    assert all(came(run) for run in bench.runs(row.scenario, 2).values())


@pytest.mark.slow
@pytest.mark.parametrize("row", [*film.TAKEN_AWAY, *WHOLE], ids=lambda row: row.claim)
def test_the_first_seeds_do_not_speak_against_it(bench: Any, row: Any) -> None:
    found = bench.row(row)
    if not found["runs"]:
        pytest.skip("none of these runs got there")
    assert not against(row, found["held"], found["runs"]), found
