from __future__ import annotations

from pathlib import Path

import pytest
from worlds import ROOMS, registry, rooms

from t800.errors import ConfigError, Problem, UsageError
from t800.loader.codes import CODES
from t800.loader.document import parse
from t800.loader.files import Files
from t800.loader.world import load_world, read_world
from t800.spec.world import Participant, WorldSpec
from t800.types import Point

SHIPPED = sorted((Path(__file__).parent.parent / "configs" / "worlds").glob("*.yaml"))


def problems(old: str, new: str) -> list[Problem]:
    assert ROOMS.count(old) == 1, old
    with pytest.raises(ConfigError) as caught:
        read_world(parse(ROOMS.replace(old, new), "rooms.yaml"), registry())
    return list(caught.value.problems)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_world_loads(path: Path) -> None:
    assert load_world(path, registry(), Files(registry())).name == path.stem


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "code", "hint"),
    [
        ("doc: Two", "dock: Two", 2, 1, "E202", None),
        ("doc: Two rooms side by side, a door between them, and a yard without walls.", "doc: [1]", 3, 6, "E203", None),
        ("sight, speech", "sihgt, speech", 4, 30, "E701", "sight"),
        ("sight, speech", "sight, sight, speech", 4, 37, "E702", None),
        ("west: {from", "we-st: {from", 6, 3, "E206", None),
        ("to: [10, 8], points", "to: [10, 8, 3], points", 6, 28, "E203", None),
        ("to: [20, 8], points", "to: [20, 0], points", 7, 3, "E704", None),
        ("from: [0, 0], to: [10, 8]", "corners: [[0, 0], [0, 0], [10, 0], [10, 8], [0, 8]]", 6, 3, "E704", None),
        ("from: [0, 0], to: [10, 8]", "corners: [[0, 0], [10, 0], [10, 8], [0, 8], [0, 0]]", 6, 3, "E704", None),
        ("corner: [1, 1]", "cor.ner: [1, 1]", 6, 46, "E206", None),
        ("from: [10, 0]", "from: [10, .nan]", 7, 21, "E114", None),
        ("walled: false", "walled: no", 8, 46, "E203", None),
        ("between: [west, east]", "between: [west, eats]", 10, 19, "E706", "east"),
        ("between: [west, east]", "between: [west]", 10, 19, "E705", None),
        ("at: [10, 4]", "at: [9, 4]", 10, 3, "E707", None),
        ("width: 1.0", "width: 0", 10, 53, "E205", None),
        ("corner: [1, 1]", "corner: [1, 90]", 6, 54, "E716", None),
        ("appearance: {look: child", "apearance: {look: child", 14, 5, "E708", "appearance"),
        ("look: child, voice: high", "look: child, vocie: high", 14, 31, "E201", "voice"),
        ("mass: 40", "mass: heavy", 17, 21, "E203", None),
        ("mass: 40", "mass: [40]", 17, 21, "E203", None),
        ("mass: 40", "mass: -1", 17, 21, "E205", None),
        ("mass: 40", "mass: 1.0e+300", 17, 21, "E205", None),
        ("held_by: robot", "held_by: robot, rounds: -1", 42, 69, "E205", None),
        ("  gun_1: {body: gun", "  gun_1: {body: gnu", 42, 17, "E709", "gun"),
        ("stream: 100", "stream: 0", 42, 30, "E205", None),
        ("stream: 100", "stream: ten", 42, 30, "E203", None),
        ("at: west, held_by", "at: wets, held_by", 42, 39, "E711", "west"),
        ("at: west, held_by", "at: west., held_by", 42, 39, "E711", "west"),
        ("at: west, held_by", "at: '', held_by", 42, 39, "E203", None),
        ("  gun_1: {body: gun", "  gun_1: {body: ''", 42, 17, "E203", None),
        ("held_by: robot", "held_bye: robot", 42, 45, "E201", "held_by"),
    ],
)
def test_a_bad_world_is_refused_where_it_is_bad(
    old: str, new: str, line: int, column: int, code: str, hint: str | None
) -> None:
    first, *_ = problems(old, new)
    assert (first.path, first.line, first.column, first.code) == ("rooms.yaml", line, column, code)
    assert first.hint == hint
    assert code in CODES


def test_a_point_at_a_slanted_edge_is_in_its_place() -> None:
    text = ROOMS.replace(
        "west: {from: [0, 0], to: [10, 8], points: {corner: [1, 1]",
        "west: {corners: [[0, -1], [10, 0], [10, 8], [0, 8]], points: {corner: [3, -0.7]",
    )
    assert text != ROOMS
    assert read_world(parse(text, "rooms.yaml"), registry()).places["west"].points["corner"] == Point(3.0, -0.7)


def test_two_entities_never_share_a_stream() -> None:
    more = "held_by: robot}\n  gun_2: {body: gun, stream: 100, at: west}"
    (problem,) = problems("held_by: robot}", more)
    assert (problem.line, problem.code) == (43, "E710")


def test_all_problems_come_in_one_pass() -> None:
    text = ROOMS.replace("sight,", "sihgt,").replace("eyes:", "eyse:").replace("[10, 4]", "[9, 4]")
    with pytest.raises(ConfigError) as caught:
        read_world(parse(text, "rooms.yaml"), registry())
    assert {problem.code for problem in caught.value.problems} == {"E701", "E708", "E707"}


def test_the_file_has_the_name_of_the_world(tmp_path: Path) -> None:
    path = tmp_path / "yard.yaml"
    path.write_text(ROOMS)
    with pytest.raises(ConfigError, match="E304"):
        load_world(path, registry(), Files(registry()))


def test_comments_and_layout_are_no_part_of_the_meaning() -> None:
    assert rooms(ROOMS.replace("places:", "# here\nplaces:\n")).digest == rooms().digest
    assert rooms(ROOMS.replace("run: 5.0", "run: 5.5")).digest != rooms().digest


def test_every_number_of_every_entity_is_a_knob_with_its_unit_and_line() -> None:
    people = [Participant("nina", 1, "child", "west")]
    knobs = {knob.path: knob for knob in rooms().knobs(people)}
    assert (knobs["gun_1.knock_back"].value, knobs["gun_1.knock_back"].unit) == (100.0, "kg·m")
    assert (knobs["nina.run"].value, knobs["nina.run"].unit, knobs["nina.run"].line) == (4.0, "m/s", 18)
    assert knobs["nina.ahead"].line == 19
    assert str(knobs["gun_1.rounds"].type) == "int"
    assert "nina.look" not in knobs


def test_a_knob_is_set_by_its_path_and_for_one_entity_only() -> None:
    people = [Participant("nina", 1, "child", "west"), Participant("nino", 2, "child", "west")]
    changed = rooms().override("nina.run", 6, people)
    assert changed.values("nina", "child")["mover"]["run"] == 6.0
    assert changed.values("nino", "child")["mover"]["run"] == 4.0
    assert changed.digest != rooms().digest


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("gnu_1.range", 5.0, "did you mean 'gun_1'"),
        ("gun_1.rang", 5.0, "did you mean 'range'"),
        ("gun_1.range", "far", "expected float"),
        ("gun_1.range", float("inf"), "not a finite number"),
        ("gun_1.range", None, "gun_1.range: it must not be empty"),
        ("gun_1.position", 1.0, "no field 'position'"),
        ("gun_1.range", -0.5, r"gun_1.range: -0.5 is out of range; it may be 0 or more \(m\)"),
        ("gun_1.rounds", -1, "gun_1.rounds: -1 is out of range; it may be 0 or more"),
        ("gun_1.knock_back", 1e300, r"1e\+300 is out of range; it may be at most 1e\+09 \(kg·m\)"),
    ],
)
def test_a_knob_that_is_not_there_or_does_not_fit_is_refused(path: str, value: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        rooms().override(path, value)


def test_a_thing_can_be_left_out() -> None:
    assert rooms().without("gun_1").entities == {}
    with pytest.raises(UsageError, match="did you mean 'gun_1'"):
        rooms().without("gun1")


def test_the_type_of_an_entity_is_known_without_running() -> None:
    people = [Participant("nina", 1, "child", "west")]
    kind = rooms().entity_type("nina", people)
    assert kind is not None
    assert str(kind.fields["alive"]) == "bool"
    assert str(kind.fields["place"]) == "str or unknown"
    assert "destroyed" not in kind.fields
    assert rooms().entity_type("nobody", people) is None


def test_points_have_names() -> None:
    assert rooms().point("west.corner") == Point(1.0, 1.0)
    assert rooms().point("west") == Point(5.0, 4.0)
    assert rooms().point("west.nowhere") is None
    assert rooms().point("moon") is None


PART = "world: {name}\ndoc: Part of a town.\nmechanics: [walking]\n{rest}"


def town(folder: Path, **parts: str) -> WorldSpec:
    """The world `town` of a folder that holds these files, each with what its part adds."""
    here = folder / "configs" / "worlds"
    here.mkdir(parents=True, exist_ok=True)
    for name, rest in parts.items():
        (here / f"{name}.yaml").write_text(PART.format(name=name, rest=rest))
    return load_world(here / "town.yaml", registry(), Files(registry(), folder))


HALL = "places: {hall: {from: [0, 0], to: [9, 9]}}\nbodies: {man: {mover: {walk: 2.0}}}\n"


def test_a_world_holds_what_its_parts_hold(tmp_path: Path) -> None:
    doorways = "doorways: {door: {between: [hall, yard], at: [9, 5]}}\n"
    yard = "include: [hall]\nplaces: {yard: {from: [9, 0], to: [20, 9]}}\n" + doorways
    roads = "roads: {lane: {through: [[0, 0], [9, 0]]}}\n"
    spec = town(tmp_path, hall=HALL, yard=yard, town="include: [hall, yard]\n" + roads)
    assert (list(spec.places), list(spec.doorways), list(spec.roads)) == (["hall", "yard"], ["door"], ["lane"])
    assert [mechanic.name for mechanic in spec.mechanics] == ["walking"]
    (knob, *_) = spec.knobs([Participant("jim", 1, "man", "hall")])
    assert (knob.path, knob.value, knob.file, knob.line) == ("jim.walk", 2.0, "configs/worlds/hall.yaml", 5)


@pytest.mark.parametrize(
    ("parts", "code", "path", "line"),
    [
        ({"town": "include: [hall]\n" + HALL}, "E713", "configs/worlds/town.yaml", 5),
        ({"town": "include: [hall, halll]\n"}, "E301", "configs/worlds/town.yaml", 4),
        ({"town": "include: [town]\n"}, "E712", "configs/worlds/town.yaml", 4),
        ({"town": "include: hall\n"}, "E203", "configs/worlds/town.yaml", 4),
        ({"town": "include: [hall]\n", "hall": HALL + "rodas: {}\n"}, "E201", "configs/worlds/hall.yaml", 6),
        ({"town": "include: [hall]\n", "hall": HALL.replace("2.0", "fast")}, "E203", "configs/worlds/hall.yaml", 5),
    ],
)
def test_what_is_wrong_with_a_part_is_said_at_its_place(
    tmp_path: Path, parts: dict[str, str], code: str, path: str, line: int
) -> None:
    with pytest.raises(ConfigError) as caught:
        town(tmp_path, **{"hall": HALL, **parts})
    first = caught.value.problems[0]
    assert (first.code, first.path, first.line) == (code, path, line)
    assert code in CODES


def test_parts_that_include_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="E712"):
        town(tmp_path, hall="include: [town]\n" + HALL, town="include: [hall]\n")


def test_all_mechanics_can_stand_in_one_world() -> None:
    """No two components have a field of one name, but those that are the same component."""
    lists = ", ".join(registry().mechanics)
    text = ROOMS.replace(
        "mechanics: [walking, bodies, sight, speech, combat, power, perception]", f"mechanics: [{lists}]"
    )
    assert len(rooms(text).mechanics) == len(registry().mechanics) > 10
