"""Reading goes on behind what is wrong: all problems of a tree file come out in one pass, and no others (R14)."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import tree_problems
from test_load_tree import HEAD, REGISTRY


def test_five_typos_of_different_sorts_are_told_in_one_pass(tmp_path: Path) -> None:
    text = (
        HEAD
        + """\
  parralel:
    - selector:
        - chekc: sped > 1.0
        - go_ot: {plaec: $ward}
          whlie: alerted and spede > 1.0
      polcy: any
    - tiemout: {retyr: {set: {spede: 1.0}}, times: 3}
      secnds: 4.0
  polcy: all
"""
    )
    problems = tree_problems(tmp_path, REGISTRY, text)
    assert [f"{each.line} {each.code} {each.hint}" for each in problems] == [
        "5 E502 parallel",
        "7 E502 check",
        "7 E404 speed",
        "8 E502 go_to",
        "8 E305 place",
        "9 E501 while",
        "9 E404 speed",
        "10 E501 policy",
        "11 E502 timeout",
        "11 E502 retry",
        "11 E306 speed",
        "12 E501 seconds",
        "13 E501 policy",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # A guess that does not fit what stands there would find faults that are none.
        ("  sequence: [deliver, {shine: {colour: green}}, {approach: 2.0}]\n", ["E502"] * 3),
        ("  patrol: [{chekc: alerted}, {check: alertde}]\n", ["E502", "E404"]),
        ("  swich: {on: $ward, caes: {a: {check: sped > 1.0}}, defualt: rest}\n", ["E502", "E201", "E404", "E201"]),
        ("  either_or:\n    - {wehn: alertde, do: {check: sped > 1.0}}\n", ["E203", "E404", "E404"]),
        ("  invert: [{set: {sped: 1.0}}]\n", ["E507", "E306"]),
        ("  sequence:\n    check: sped > 1.0\n    set: {sped: 1.0}\n", ["E203", "E404", "E306"]),
        ("  - check: sped > 1.0\n", ["E501", "E404"]),
        ("  sequence:\n    - check: sped > 1.0\n      set: {sped: 1.0}\n", ["E404", "E501", "E306"]),
        ("  recovery: {do: rest, recover: rest, times: 3}\n", ["E504", "E201"]),
        ("  if: sped > 1.0\n", ["E501", "E404"]),
    ],
)
def test_reading_goes_on_behind_what_is_wrong(tmp_path: Path, text: str, told: list[str]) -> None:
    assert [each.code for each in tree_problems(tmp_path, REGISTRY, HEAD + text)] == told


def test_a_wrong_option_is_told_which_ones_there_are(tmp_path: Path) -> None:
    every = "name, fail_if, succeed_if, {}if, while, on_success, on_failure, on_halt, always"
    for text, where, options in (
        ("  rest:\n  zzz: 1\n", "one kind; options here are ", every.format("")),
        ("  timeout: rest\n  zzz: 1\n  seconds: 2.0\n", "one kind; options here are ", every.format("") + ", seconds"),
        ("  timeout: rest\n  policy: all\n  seconds: 2.0\n", "", every.format("") + ", seconds"),
        ("  sequence: [{rest: , zzz: 1}]\n", "one kind; options here are ", every.format("skip_if, ")),
    ):
        (problem,) = tree_problems(tmp_path, REGISTRY, HEAD + text)
        assert problem.expected == where + options


def test_a_name_of_a_type_that_cannot_be_read_is_there_all_the_same(tmp_path: Path) -> None:
    text = """\
tree: robot
ports: {door: entty, way: {tpye: int}}
uses: {lamp: Lmap, speed: float}
root:
  sequence:
    - go_to: {place: $door, within: $way}
    - go_to: {place: $dor}
    - look: {seen: $lamp}
    - check: lamp.on and lamp.colour == 'red' and known(door) and way > 2
    - set: {lamp: 3}
    - for_each: {in: $lamp, as: lamp, do: rest}
    - switch: {on: $lamp, cases: {a: rest}}
    - check: sped > way
"""
    problems = tree_problems(tmp_path, REGISTRY, text)
    assert [f"{each.line} {each.code} {each.hint}" for each in problems] == [
        "2 E203 entity",
        "2 E201 type",
        "3 E203 None",
        "7 E404 door",
        "13 E404 speed",
    ]


def test_what_a_misspelt_field_of_a_file_holds_is_not_said_to_be_missing(tmp_path: Path) -> None:
    text = "tree: robot\nprots: {ward: entity}\nuse: {n: int}\nrooot: {check: n > 1 and known(wrad)}\n"
    problems = tree_problems(tmp_path, REGISTRY, text)
    assert [f"{each.line} {each.code} {each.hint}" for each in problems] == [
        "2 E201 ports",
        "3 E201 uses",
        "4 E201 root",
        "4 E404 ward",
    ]
