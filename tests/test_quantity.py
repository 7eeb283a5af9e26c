from __future__ import annotations

from typing import Annotated, Any

import pytest
from annotated_types import Ge, Gt, Interval, Le, Lt

from t800.errors import RegistrationError
from t800.spec.quantity import MOST, NOT_NEGATIVE, POSITIVE, SHARE, Celsius, Metres, Range, Share
from t800.spec.world import component, component_info


@pytest.mark.parametrize(
    ("annotation", "text", "within", "without"),
    [
        (Metres, "0 or more", [0.0, MOST], [-0.001, 1.1 * MOST]),
        (Annotated[float, "ml", POSITIVE], "more than 0", [0.001], [0.0]),
        (Share, "0 to 1", [0.0, 0.5, 1.0], [-0.1, 1.1]),
        (Celsius, "-273.15 or more", [-196.0], [-274.0]),
        (Annotated[int, Ge(1)], "1 or more", [1], [0]),
        (Annotated[float, Gt(1), Lt(2)], "more than 1 to less than 2", [1.5], [1.0, 2.0]),
        (Annotated[float, "m", Le(3)], "-1e+09 to 3", [-5.0, 3.0], [3.1]),
        (Annotated[Metres, Le(3)], "0 to 3", [3.0], [-1.0, 3.5]),
        (Annotated[float, Interval(gt=0, lt=1)], "more than 0 to less than 1", [0.5], [0.0, 1.0]),
    ],
)
def test_constraints_of_an_annotation_come_to_a_range(
    annotation: Any, text: str, within: list[float], without: list[float]
) -> None:
    found = Range.of(annotation)
    assert str(found) == text
    assert found is not None
    assert [number for number in [*within, *without] if number in found] == within


def test_the_nearest_of_a_range_is_in_it() -> None:
    share, above = Range.of(Share), Range.of(Annotated[float, Gt(0)])
    assert share is not None
    assert above is not None
    assert [share.nearest(each) for each in (-3.0, 0.5, 2.0)] == [0.0, 0.5, 1.0]
    assert [above.nearest(each) for each in (-3.0, 0.5)] == [None, 0.5]


@pytest.mark.parametrize("annotation", [float, Annotated[float, "m"], Annotated[float, 3]])
def test_what_has_no_constraint_has_no_range(annotation: Any) -> None:
    assert Range.of(annotation) is None


def test_a_component_tells_of_what_is_out_of_range() -> None:
    @component
    class Boiler:
        """Boils."""

        heat: Celsius = 20.0
        full: Annotated[float | None, SHARE] = None
        valves: int = -3

    info = component_info(Boiler)
    assert info.misfit("heat", -300.0) == ("heat: -300 is out of range", "-273.15 or more (°C)")
    assert info.misfit("full", 2.0) == ("full: 2 is out of range", "at most 1")
    assert info.misfit("full", None) is None
    assert info.misfit("valves", -9) is None


@pytest.mark.parametrize(
    ("kind", "default", "words"),
    [
        (Annotated[float, NOT_NEGATIVE], -1.0, "its default, -1.0, is not 0 or more"),
        (Annotated[str, NOT_NEGATIVE], "", "only numbers have a range"),
    ],
)
def test_a_range_is_of_numbers_and_holds_the_default(kind: Any, default: Any, words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        component(type("Odd", (), {"__annotations__": {"size": kind}, "size": default}))
