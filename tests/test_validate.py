"""Shapes of files: what is refused, where, and in which words."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from t800.errors import Problem
from t800.loader.document import parse
from t800.loader.validate import Shape, validate


class Edge(Shape):
    to: str
    hold: float | None = Field(None, alias="for", gt=0, le=3600)


class Robot(Shape):
    name: str = Field(pattern="^[a-z0-9]+$")
    mass: float = 1.0
    wheels: int = 4
    ready: bool | None = None
    colour: Literal["black", "chrome"] = "chrome"
    trees: list[str | dict[str, Any]] = Field(default_factory=list)
    edges: list[Edge] = Field(default_factory=list)
    parts: dict[str, Edge] = Field(default_factory=dict)
    way: Edge | str | None = None

    @field_validator("wheels")
    @classmethod
    def even(cls, wheels: int) -> int:
        if wheels % 2:
            raise PydanticCustomError("E699", "it would fall over", {"expected": "an even number", "hint": "4"})
        if wheels > 8:
            raise ValueError("too many wheels")
        return wheels


def problems(text: str) -> list[Problem]:
    document = parse(text, "f.yaml")
    model, found = validate(document, document.root, Robot)
    assert model is None
    return sorted(found, key=lambda problem: (problem.line, problem.column, problem.code))


def test_what_fits_becomes_the_model() -> None:
    document = parse("name: t800\nmass: 2\nedges: [{to: a, for: 0.5}]\nway: {to: b}\n", "f.yaml")
    model, found = validate(document, document.root, Robot)
    assert found == []
    assert model is not None
    assert (model.mass, model.edges[0].hold) == (2.0, 0.5)
    assert isinstance(model.way, Edge)


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("name: a\nmas: 2\n", "2:1 E201", "no field 'mas' here"),
        ("name: a\nedges:\n  - {to: b, fro: 1}\n", "3:13 E201", "no field 'fro' here"),
        ("name: a\nparts: {x: {to: b, unit: 1}}\n", "2:20 E201", "no field 'unit' here"),
        ("name: a\nway: {to: b, whenn: 1}\n", "2:14 E201", "no field 'whenn' here"),
        ("mass: 2\n", "1:1 E202", "the field name is missing"),
        ("name: a\nedges:\n  - for: 1\n", "3:5 E202", "the field to is missing"),
        ("name: a\nway: {for: 2}\n", "2:6 E202", "the field to is missing"),
        ("name: 800\n", "1:7 E203", "expected text, not 800: quote it, if it is text"),
        ("name: a\nmass: heavy\n", "2:7 E203", "expected a number, not 'heavy'"),
        ("name: a\nmass: true\n", "2:7 E203", "expected a number, not True"),
        ("name: a\nwheels: 4.0\n", "2:9 E203", "expected a whole number, not 4.0"),
        ("name: a\nready: yes\n", "2:8 E203", "expected true or false, not 'yes'"),
        ("name: a\nready: 1\n", "2:8 E203", "expected true or false, not 1"),
        ("name: a\nedges: b\n", "2:8 E203", "expected a list, not 'b'"),
        ("name: a\nedges: [b]\n", "2:9 E203", "expected a mapping, not 'b'"),
        ("name: a\nmass: {a: 1}\n", "2:7 E203", "expected a number, not a mapping"),
        ("name: a\nmass:\n", "2:6 E203", "expected a number, not nothing"),
        ("name: a\ntrees: [b, 7]\n", "2:12 E203", "expected text or a mapping, not 7: quote it, if it is text"),
        ("name: a\nway: [b]\n", "2:6 E203", "expected a mapping or text, not a list"),
        ("[]", "1:1 E203", "expected a mapping, not a list"),
        ("name: a\ncolour: chrme\n", "2:9 E204", "'chrme' is not one of the choices"),
        ("name: a\nedges: [{to: b, for: 0}]\n", "2:22 E205", "0 is out of range"),
        ("name: a\nedges: [{to: b, for: 1e9}]\n", "2:22 E205", "1000000000.0 is out of range"),
        ("name: A B\n", "1:7 E206", "'A B' has the wrong form"),
        ("name: a\nwheels: 10\n", "2:9 E207", "too many wheels"),
        ("name: a\nwheels: 3\n", "2:9 E699", "it would fall over"),
    ],
)
def test_each_fault_stands_at_its_place(text: str, where: str, says: str) -> None:
    (problem,) = problems(text)
    assert f"{problem.line}:{problem.column} {problem.code}" == where
    assert problem.message == says


def test_all_faults_come_in_one_pass() -> None:
    found = problems("nam: a\nmass: x\nedges: [{too: b}]\n")
    assert [(p.line, p.column, p.code) for p in found] == [
        (1, 1, "E201"),
        (1, 1, "E202"),
        (2, 7, "E203"),
        (3, 9, "E202"),
        (3, 10, "E201"),
    ]


def test_unknown_names_come_with_what_was_meant() -> None:
    (problem,) = problems("name: a\ncolor: black\n")
    assert problem.hint == "colour"
    assert problem.expected == "name, mass, wheels, ready, colour, trees, edges, parts, way"
    (problem,) = problems("name: a\ncolour: blck\n")
    assert (problem.hint, problem.expected) == ("black", "black, chrome")


def test_a_field_is_named_as_the_file_names_it() -> None:
    (problem,) = problems("name: a\nway: {to: b, fr: 1}\n")
    assert problem.expected == "to, for"
    (problem,) = problems("name: a\nedges: [{to: b, hold: 1}]\n")
    assert problem.code == "E201"


def test_a_field_that_was_an_expression_is_told_of_quotes() -> None:
    (problem,) = problems("name: a\nedges: [{to: b, 'c) > 2': 1}]\n")
    assert "quote expressions" in problem.message


def test_custom_faults_carry_a_way_out() -> None:
    (problem,) = problems("name: a\nwheels: 3\n")
    assert (problem.expected, problem.hint) == ("an even number", "4")


def test_values_are_never_dumped() -> None:
    for text in (f"name: {'A' * 900}", f"name: a\nmass: {'k' * 900}", f"name: a\n{'k' * 900}: 1", f"name: {[1] * 99}"):
        for problem in problems(text):
            assert "A" * 41 not in problem.message
            assert "k" * 41 not in problem.message
            assert "1, 1" not in problem.message


def test_thousands_of_faults_are_cut_short() -> None:
    assert len(problems("name: a\ntrees: [" + "1, " * 20_000 + "]")) <= 100
