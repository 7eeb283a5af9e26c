"""Scenario files: what they become, and what is refused where."""

import pytest
import toy

from t800.errors import ConfigError, UsageError
from t800.loader.files import Files
from t800.loader.scenario import load_scenario
from t800.packs import installed
from t800.spec.scenario import Pattern, ScenarioSpec
from t800.types import Point


@pytest.fixture(scope="module")
def registry():
    return installed(["toy"])


@pytest.fixture
def load(registry, tmp_path):
    def load(overrides=(), without=(), **changes) -> ScenarioSpec:
        toy.write(tmp_path, **changes)
        files = Files(registry, tmp_path)
        return load_scenario(tmp_path / "configs/scenarios/tag.yaml", registry, files, overrides, without)

    return load


def test_a_scenario_is_loaded_with_its_world_and_agents(load):
    spec = load()
    assert (spec.name, spec.world.name, spec.seed, spec.dt, spec.limit) == ("tag", "yard", 3, 0.1, 30.0)
    anna, ben = spec.agents
    assert (anna.participant.id, anna.agent.name, anna.participant.at) == ("anna", "tagger", "yard.gate")
    assert (ben.participant.at, ben.participant.arrives, ben.participant.stream) == (Point(15.0, 12.0), 0.5, 2)
    assert [item.kind for item in spec.expect] == ["happened", "always", "at_end"]
    assert spec.expect[0].patterns == (Pattern("Touched", {"who": "anna", "whom": "ben"}),)
    assert spec.turns["near"].text == "distance(anna, ben) < 5.0"
    assert spec.chapters[0].begin == Pattern("Arrived")
    assert sorted(spec.digests) == [
        "agent:runner", "agent:tagger", "scenario:tag", "tree:catch", "tree:roam", "world:yard",
    ]  # fmt: skip


def test_comments_and_layout_do_not_change_a_digest(load):
    assert load().digests == load(tag="seed: 3 => seed:    3   # dice").digests
    assert load().digests["scenario:tag"] != load(tag="seed: 3 => seed: 4").digests["scenario:tag"]


def test_expectations_say_what_they_are(load):
    spec = load(
        tag="  - always: ben.touched < 2 => "
        "  - {until: {holds: ben.touched < 1, until: ben.touched > 0}}\n"
        "  - {eventually: ben.touched > 0, within: 5.0, since: {Arrived: {who: ben}}}\n"
        "  - {eventually: ben.touched > 0, since: Arrived}\n"
        "  - last_of: {who: anna, event: Touched}\n"
        "  - in_order: [Arrived, {Touched: {whom: ben}}]"
    )
    assert [f"{item.kind}: {item.text}" for item in spec.expect] == [
        "happened: Touched(who: anna, whom: ben)",
        "until: ben.touched < 1 until ben.touched > 0",
        "eventually: ben.touched > 0 within 5 s of Arrived(who: ben)",
        "eventually: ben.touched > 0 since Arrived",
        "last_of: anna: Touched",
        "in_order: Arrived, then Touched(whom: ben)",
        "at_end: distance(anna, ben) < 2.0",
    ]


BAD = [
    ("seed: 3 => sed: 3", "4:1: E201", "did you mean: seed"),
    ("seed: 3 => seed: three", "4:7: E203", "expected: int"),
    ("limit: 30.0 => limit: 0", "6:8: E205", "limit is 0 s"),
    ("dt: 0.1 => dt: 0.00000015", "5:5: E205", "seconds"),
    ("world: yard => world: yrad", "3:8: E301", "did you mean: yard"),
    ("agent: tagger => agent: taggr", "8:17: E301", "did you mean: tagger"),
    ("body: kid, stream: 1 => body: kit, stream: 1", "8:31: E709", "did you mean: kid"),
    ("stream: 2 => stream: 1", "9:43: E710", "anna has stream 1 already"),
    ("stream: 2 => stream: 50", "9:43: E710", "pole has stream 50 already"),
    ("stream: 2 => stream: 0", "9:43: E205", "1 or more"),
    ("at: yard.gate => at: yard.gates", "8:51: E711", "did you mean: yard.gate"),
    ("at: yard.gate => at: yard.", "8:51: E711", "did you mean: yard"),
    ("at: yard.gate => at: ''", "8:51: E203", "at must not be empty"),
    ("agent: tagger => agent: ''", "8:17: E203", "agent must not be empty"),
    ("body: kid, stream: 1 => body: '', stream: 1", "8:31: E203", "body must not be empty"),
    ("world: yard => world: ''", "3:8: E203", "world must not be empty"),
    ("scenario: tag => scenario: ''", "1:11: E203", "scenario must not be empty"),
    ("at: [15, 12] => at: [15]", "9:50: E203", "metres"),
    ("arrives: 0.5 => arrives: -1", "9:69: E205", "arrives is -1 s"),
    ("anna: {agent => pole: {agent", "8:3: E720", "the world has an entity pole already"),
    ("stream: 1, at => stream: 1, blackboard: {quary: ben}, at", "8:60: E721", "did you mean: quarry"),
    ("stream: 1, at => stream: 1, blackboard: {quarry: 5}, at", "8:68: E203", "quarry"),
    ("happened: {Touched => hapened: {Touched", "11:5: E722", "did you mean: happened"),
    ("- always: ben.touched < 2 => - {always: ben.touched < 2, never: ben.touched > 1}", "12:5: E722", "two kinds"),
    ("{Touched: {who => {Toched: {who", "11:16: E723", "did you mean: Touched"),
    ("who: anna => wo: anna", "11:26: E724", "did you mean: who"),
    ("who: anna => who: hanna", "11:31: E725", "did you mean: anna"),
    ("ben.touched < 2 => ben.toched < 2", "12:17: E405", "did you mean: touched"),
    ("ben.touched < 2 => bean.touched < 2", "12:13: E404", "did you mean: ben"),
    ("ben.touched < 2 => ben.touched", "12:13: E412", "bool"),
    ("ben.touched < 2 => distance(anna) < 2", "12:13: E411", "distance takes 2"),
    ("- chapter: chase => - chapter: chase\n    until: Touched", "18:5: E201", "chapter, from, to, expect"),
    ("from: Arrived => from: Arived", "18:11: E404", "Arived"),
    ("expect: [{happened: Touched}] => expect: []", "17:5: E727", "never ends"),
    ("world: yard => dic: 1\nworld: yard", "3:1: E201", "a scenario has no field 'dic'"),
    ("limit: 30.0 => ", "1:1: E202", "the field limit is missing"),
    ("seed: 3 => seed:", "4:6: E203", "seed must not be empty"),
    (
        "anna: {agent: tagger, body: kid, stream: 1, at: yard.gate} => anna: yes",
        "8:9: E203",
        "agents.anna is a mapping",
    ),
    ("anna: {agent => an-na: {agent", "8:3: E206", "letters, digits and _"),
    ("stream: 1, at => stream: 1, blackboard: 5, at", "8:59: E203", "blackboard is a mapping"),
    ("stream: 1, at => stream: 1, blackbord: {}, at", "8:47: E201", "did you mean: blackboard"),
    ("expect:\n  - happened => expect:\n  - hoped\n  - happened", "11:5: E722", "no kind of expectation"),
    ("always: ben.touched < 2 => always: [1]", "12:13: E203", "an expression must stand here"),
    (
        "always: ben.touched < 2 => always: ben.touched < 2\n    within: 3",
        "13:5: E201",
        "`always` has no field 'within'",
    ),
    ("always: ben.touched < 2 => until: ben.touched < 2", "12:12: E203", "until takes two expressions"),
    ("always: ben.touched < 2 => until: {holds: ben.touched < 2}", "12:12: E202", "the field until is missing"),
    ("always: ben.touched < 2 => never: ben.place == 'yart'", "12:25: E409", "did you mean: 'yard'"),
    ("always: ben.touched < 2 => last_of: ben", "12:14: E203", "last_of takes an entity and an event"),
    ("always: ben.touched < 2 => last_of: {who: ben}", "12:14: E202", "the field event is missing"),
    ("always: ben.touched < 2 => last_of: {who: bem, event: Touched}", "12:20: E725", "did you mean: ben"),
    ("always: ben.touched < 2 => last_of: {who: ben, event: Refused}", "12:32: E724", "has no field 'who'"),
    ("always: ben.touched < 2 => in_order: []", "12:15: E203", "in_order takes a list"),
    ("always: ben.touched < 2 => in_order: [Touched, Tuched]", "12:25: E723", "did you mean: Touched"),
    ("always: ben.touched < 2 => happened: [Touched]", "12:15: E203", "an event must stand here"),
    ("always: ben.touched < 2 => happened: {Touched: ben}", "12:25: E203", "takes its fields here"),
    ("turns:\n  near: {eventually => turns:\n  near: {evntually", "15:9: E722", "did you mean: eventually"),
    ("- chapter: chase => - chase\n  - chapter: chase", "17:5: E203", "a chapter is a mapping"),
    (
        "chapters: => chapters:\n  - {chapter: chase, from: Touched, to: Arrived}",
        "18:14: E726",
        "a chapter 'chase' already",
    ),
    ("scenario: tag => scenario: tog", "1:11: E304", "tag.yaml"),
]


@pytest.mark.parametrize(("change", "where", "way"), BAD, ids=[f"{where[-4:]} {change}" for change, where, _ in BAD])
def test_what_is_wrong_is_said_where_it_stands(load, change, where, way):
    with pytest.raises(ConfigError) as error:
        load(tag=change)
    text = str(error.value)
    assert f"configs/scenarios/tag.yaml:{where}" in text
    assert way in text


@pytest.mark.parametrize("section", ["agents", "expect", "turns", "chapters"])
def test_a_section_has_its_own_shape(load, section):
    with pytest.raises(ConfigError, match=f"{section} is a (list|mapping)|no field .other."):
        load(tag=f"{section}:\n => {section}: 5\nother:\n")


def test_a_file_that_is_no_mapping_is_refused(load, registry, tmp_path):
    load()
    path = tmp_path / "configs/scenarios/tag.yaml"
    path.write_text("- scenario: tag\n")
    with pytest.raises(ConfigError, match="a scenario file is a mapping"):
        load_scenario(path, registry, Files(registry, tmp_path))


def test_all_problems_come_in_one_pass(load):
    with pytest.raises(ConfigError) as error:
        load(tag="stream: 2, at: [15, 12], arrives: 0.5 => stream: 1, at: yrad, arrives: -1, bdy: kid")
    assert [problem.code for problem in error.value.problems] == ["E710", "E711", "E205", "E201"]


def test_problems_of_the_agents_and_of_their_trees_are_said_too(load):
    with pytest.raises(ConfigError) as error:
        load(catch="toy_chase => toy_chaze", tagger="trees: [catch] => trees: [catch], edgs: []")
    assert [problem.path for problem in error.value.problems] == ["configs/agents/tagger.yaml", "trees/catch.yaml"]


def test_a_value_can_be_set_anywhere(load):
    spec = load(
        [
            *("seed=9", "limit=x0.5", "agents.anna.at=[2, 3]", "ben.arrives=2.5"),
            *("agents.anna.blackboard.quarry=pole", "agents.anna.blackboard.patience=x1.5"),
            *("anna.run=x1.5", "pole.reach=4", "world.places.yard.walled=true"),
        ]
    )
    assert (spec.seed, spec.limit) == (9, 15.0)
    anna, ben = spec.agents
    assert anna.agent.values["quarry"] == "pole"
    assert anna.agent.values["patience"] == 3.0
    assert ben.participant.arrives == 2.5
    assert anna.participant.at == Point(2.0, 3.0)
    assert spec.world.values("anna", "kid")["mover"]["run"] == 4.5
    assert spec.world.values("ben", "kid")["mover"]["run"] == 3.0
    assert spec.world.values("pole", "post")["player"]["reach"] == 4.0
    assert spec.world.places["yard"].walled is True
    assert spec.overrides[0] == "seed=9"


@pytest.mark.parametrize(
    ("override", "way"),
    [
        ("sed=9", "did you mean 'seed'"),
        ("agents.ana.arrives=1", "did you mean 'agents.anna'"),
        ("agents.anna.arives=1", "did you mean 'agents.anna.arrives'"),
        ("anna.runn=1", "did you mean 'run'"),
        ("pol.reach=1", "did you mean 'pole'"),
        ("pole.reach=far", "expected float"),
        ("world.places.yrad.walled=true", "--set world.places.yrad.walled: no 'yrad' here; did you mean 'yard'"),
        ("seed", "PATH=VALUE"),
        ("world=yard", "world is there, and cannot be changed as a whole"),
        ("agents=5", "agents is there, and cannot be changed as a whole"),
        ("anna=5", "anna is there, and cannot be changed as a whole"),
        ("anna.at=x2", "multiplies a number"),
    ],
)
def test_a_path_that_is_not_there_is_a_usage_error_with_a_suggestion(load, override, way):
    with pytest.raises(UsageError) as error:
        load([override])
    assert way in str(error.value)


@pytest.mark.parametrize(
    "override", ["limit=-1", "seed=1.5", "seed=-1", "agents.anna.blackboard.quarry=7", "anna.stream=2"]
)
def test_a_value_that_is_set_is_checked_like_the_file(load, override):
    with pytest.raises(ConfigError):
        load([override])


def test_a_tree_can_be_taken_out(load):
    anna, ben = load(without=["anna:catch"]).agents
    assert anna.agent.disabled_trees == {"catch"}
    assert ben.agent.disabled_trees == frozenset()


def test_a_tree_can_be_taken_out_of_all_of_a_kind(load):
    both = load(without=["agent:runner:roam"], tag="agent: tagger => agent: runner").agents
    assert [use.agent.disabled_trees for use in both] == [{"roam"}, {"roam"}]


def test_a_constraint_can_be_taken_out(load):
    assert load(without=["anna:#gently"]).agents[0].agent.constraints == ()


def test_an_entity_can_be_taken_out(load):
    spec = load(without=["ben", "pole"])
    assert [use.participant.id for use in spec.agents] == ["anna"]
    assert spec.world.entities == {}
    assert spec.without == ("ben", "pole")


@pytest.mark.parametrize(
    ("what", "way"),
    [
        ("bem", "did you mean 'ben'"),
        ("anna:cath", "did you mean 'catch'"),
        ("anna:#gentle", "did you mean '#gently'"),
        ("ana:catch", "did you mean 'anna:catch'"),
        ("agent:taggr:catch", "did you mean 'agent:tagger:catch'"),
        ("agent:taggr:cathc", "did you mean 'agent:tagger:catch'"),
        ("x:y", "no such thing; there is: anna:catch, anna:#gently"),
    ],
)
def test_what_is_not_there_cannot_be_taken_out(load, what, way):
    with pytest.raises(UsageError) as error:
        load(without=[what])
    assert way in str(error.value)


START = "turns: => start:\n  pole: {at: yard.gate, reach: 3.5}\n  ben: {touched: 4}\nturns:"


def test_a_start_moves_things_and_sets_fields_of_whoever_is_there(load):
    world = load(tag=START).world
    assert world.entities["pole"].at == "yard.gate"
    assert world.values("pole", "post")["player"] == {"reach": 3.5, "touched": 0}
    assert world.values("ben", "kid")["player"]["touched"] == 4
    assert world.values("anna", "kid")["player"]["touched"] == 0


def test_what_is_set_from_outside_goes_before_the_start(load):
    assert load(["pole.reach=9.0"], tag=START).world.values("pole", "post")["player"]["reach"] == 9.0
    assert load(["pole.reach=x2"], tag=START).world.values("pole", "post")["player"]["reach"] == 7.0


def test_what_a_start_names_may_be_taken_out(load):
    assert load(without=["pole"], tag=START).world.entities == {}


@pytest.mark.parametrize(
    ("start", "where", "way"),
    [
        ("pol: {at: yard}", "15:3: E725", "did you mean: pole"),
        ("pole: {at: yrd}", "15:14: E711", "did you mean: yard"),
        ("pole: {rech: 2.0}", "15:10: E201", "did you mean: reach"),
        ("pole: {reach: far}", "15:17: E203", "reach"),
        ("ben: {run: -1.0}", "15:14: E205", "expected: 0 or more (m/s)"),
        ("ben: {at: yard}", "15:9: E201", "the start of ben has no field 'at'"),
        ("pole: 5", "15:9: E203", "start.pole is a mapping"),
    ],
)
def test_what_is_wrong_with_a_start_is_said_where_it_stands(load, start, where, way):
    with pytest.raises(ConfigError) as error:
        load(tag=f"turns: => start:\n  {start}\nturns:")
    text = str(error.value)
    assert f"configs/scenarios/tag.yaml:{where}" in text
    assert way in text


def test_two_agents_of_one_name_that_differ_are_not_told_apart_by_a_trace_and_refused(load, tmp_path):
    load()
    twin = tmp_path / "other/tagger.yaml"
    twin.parent.mkdir()
    tagger = tmp_path / "configs/agents/tagger.yaml"
    scenario = tmp_path / "configs/scenarios/tag.yaml"
    text = scenario.read_text()
    assert "agent: runner" in text
    scenario.write_text(text.replace("agent: runner", "agent: ../../other/tagger.yaml"))
    twin.write_text(tagger.read_text())
    registry = installed(["toy"])
    load_scenario(scenario, registry, Files(registry, tmp_path))
    twin.write_text(tagger.read_text().replace("catch", "roam"))
    with pytest.raises(ConfigError) as caught:
        load_scenario(scenario, registry, Files(registry, tmp_path))
    assert [(each.code, each.message) for each in caught.value.problems] == [
        ("E311", "two agents of this scenario are named tagger, and differ")
    ]
