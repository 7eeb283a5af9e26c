"""Agent files: what they become, and what is refused, where."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from lab import agent_spec, registry_of, untraced, write

from t800.context import Context
from t800.core import Intent, Status
from t800.errors import ConfigError, UsageError
from t800.loader.agent import load_agent
from t800.loader.codes import CODES
from t800.loader.files import Files
from t800.nodes import KINDS
from t800.registry import Registry, effect, sense, skill
from t800.spec.agent import AgentSpec
from t800.spec.modes import FAULTED
from t800.types import ENTITY, Entity, Out, Type, record


@record
class Threat:
    """Someone who means harm."""

    track: Entity
    distance: float
    armed: bool = False


@record
class MoveTo(Intent):
    channel: ClassVar[str] = "legs"
    place: str


@record
class Fire(Intent):
    channel: ClassVar[str] = "arms"
    target: Entity


@record
class Switch(Intent):
    channel: ClassVar[str] = "power"
    path: str


@sense
def power(ctx: Context) -> float:
    """The charge, in A s."""
    return ctx.now


@sense
def judge(ctx: Context, ward: Entity, threat: Out[Threat], near: float = 5.0) -> None:
    """Who means harm to the ward."""


@sense
def count_rounds(ctx: Context, rounds: Out[int]) -> None:
    """How many are left."""


@skill
def walk(ctx: Context, place: str) -> Status:
    """Walk to a place."""
    return ctx.intend(MoveTo(place))


TREES = {
    "walk_about": "tree: walk_about\nports: {to: {type: str, default: home}}\nroot: {walk: {place: $to}}\n",
    "guard": "tree: guard\nports: {ward: entity}\nuses: {threat: Threat}\nroot: {check: threat.armed}\n",
    "restore": "tree: restore\nuses: {power: float}\nroot: {sequence: [{subtree: ring}, {set: {power: 1.0}}]}\n",
    "ring": "tree: ring\nroot: {signal: power_restored}\n",
    "broken": "tree: broken\nroot: {wlak: home}\n",
}

GOOD = """\
agent: robot
doc: It walks about.
blackboard:
  ward: {type: entity, value: john}
  mood: {type: "literal[calm, angry]", value: calm}
  hunter: Threat
senses:
  - power
  - judge: {ward: $ward, threat: $hunter, near: "=power * 2"}
  - judge: {ward: $ward}
modes:
  initial: active
  states:
    active:
      initial: calm
      trees: [{walk_about: {to: yard}}]
      states:
        calm: {edges: [{to: alert, when: threat.distance < 12.0}]}
        alert:
          trees: [{guard: {ward: $ward}}]
          edges: [{to: calm, when: not known(threat), for: 0.5}]
      on_fault: down
      edges: [{to: down, when: power <= 0}]
    down:
      channels: [power]
      trees: [restore, walk_about]
      edges: [{to: active.alert, event: power_restored, when: power > 0}, {to: gone, when: power < 0}]
    gone: {final: true, channels: []}
constraints:
  - {name: never_the_ward, forbid: Fire, when: ward in intent.lethal_to, why: it protects him}
  - {name: no_arms_when_calm, forbid: '*', when: mood == 'calm' and intent.channel == 'arms', why: manners}
"""

Load = Callable[..., AgentSpec]


def registered() -> Registry:
    """The pack above, and one effect."""
    made = Registry(kinds=dict(KINDS))
    for thing in (Threat, MoveTo, Fire, Switch, power, judge, count_rounds, walk):
        made.add(thing)
    made.add(effect("lethal_to", list[Entity], []))
    return made


def project(folder: Path) -> Path:
    """A project that has the trees above; the path of its agent file, which is yet to be written."""
    (folder / "pyproject.toml").touch()
    (folder / "trees").mkdir()
    for name, text in TREES.items():
        (folder / "trees" / f"{name}.yaml").write_text(text)
    path = folder / "configs/agents/robot.yaml"
    path.parent.mkdir(parents=True)
    return path


def loaded(path: Path, *overrides: str) -> AgentSpec:
    registry = registered()
    return load_agent(path, registry, Files(registry, path.parents[2]), overrides)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a text as the agent `robot` of a project."""
    path = project(tmp_path)

    def load(text: str, *overrides: str, **trees: str) -> AgentSpec:
        for name, tree in trees.items():
            (tmp_path / "trees" / f"{name}.yaml").write_text(tree)
        path.write_text(text)
        return loaded(path, *overrides)

    return load


def faults(load: Load, text: str, **trees: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text, **trees)
    return [
        f"{p.path.rpartition('/')[2].removesuffix('.yaml')}:{p.line}:{p.column} {p.code}" for p in caught.value.problems
    ]


def test_a_good_agent_has_all_that_its_file_says(load: Load) -> None:
    spec = load(GOOD)
    assert (spec.name, spec.doc, spec.path) == ("robot", "It walks about.", "configs/agents/robot.yaml")
    assert spec.keys["ward"] == ENTITY
    assert list(spec.keys) == ["hunter", "mood", "power", "threat", "ward"]
    assert spec.keys["threat"] == Type.of(Threat)
    assert spec.values == {"ward": "john", "mood": "calm"}
    assert spec.channels == ("arms", "legs", "power")


def test_senses_write_the_keys_of_their_ports_or_those_that_are_named(load: Load) -> None:
    power_use, mapped, plain = load(GOOD).senses
    assert dict(power_use.keys) == {"power": "power"}
    assert dict(mapped.keys) == {"threat": "hunter"}
    assert dict(plain.keys) == {"threat": "threat"}
    assert mapped.arguments["near"].expression == "power * 2"
    assert plain.arguments["near"].value == 5.0
    assert plain.arguments["ward"].expression == "ward"


def test_modes_are_resolved_to_full_paths(load: Load) -> None:
    modes = load(GOOD).modes
    assert modes.initial == "active.calm"
    assert [state.path for state in modes.states] == ["active", "active.calm", "active.alert", "down", "gone"]
    assert [edge.to for edge in modes.state("active.calm").edges] == ["active.alert"]
    assert [(edge.to, edge.event) for edge in modes.state("down").edges] == [
        ("active.alert", "power_restored"),
        ("gone", None),
    ]
    assert modes.state("active.alert").edges[0].hold == 0.5
    assert modes.state("active").initial == "active.calm"
    assert modes.innermost("active") == "active.calm"
    assert modes.innermost(FAULTED) == FAULTED


def test_a_child_has_the_channels_and_the_fault_mode_of_its_parent(load: Load) -> None:
    text = GOOD.replace("on_fault: down", "on_fault: gone\n      channels: [legs, power]")
    modes = load(text).modes
    assert modes.state("active.calm").channels == ("legs", "power")
    assert modes.state("active.calm").on_fault == "gone"
    assert modes.state("down").on_fault == "down"
    assert modes.state("gone").channels == ()
    assert load(GOOD).modes.state("active").channels is None


def test_trees_of_a_mode_are_its_own_and_then_its_parents(load: Load) -> None:
    spec = load(GOOD)
    assert [spec.trees[index].name for index in spec.modes.trees("active.alert")] == ["guard", "walk_about"]


def test_a_tree_with_the_same_arguments_is_one_tree_and_with_others_another(load: Load) -> None:
    spec = load(GOOD)
    assert [use.name for use in spec.trees] == ["walk_about", "guard", "restore", "walk_about#2"]
    assert [use.arguments["to"].value for use in spec.trees if use.tree.name == "walk_about"] == ["yard", "home"]
    again = load(GOOD.replace("trees: [restore, walk_about]", "trees: [restore, {walk_about: {to: yard}}]"))
    assert [use.name for use in again.trees] == ["walk_about", "guard", "restore"]
    assert again.modes.trees("down") == (2, 0)


def test_constraints_judge_a_kind_of_intent_or_all(load: Load) -> None:
    first, second = load(GOOD).constraints
    assert (first.forbid, second.forbid) == (Fire, None)
    assert first.when.names == ("ward", "intent.lethal_to")
    assert "I" in second.when.false()


def changed(old: str, new: str) -> str:
    assert old in GOOD, old
    return GOOD.replace(old, new, 1)


BAD: list[tuple[str, str, list[str]]] = [
    ("an unknown field", changed("doc: It", "docs: It"), ["robot:2:1 E201"]),
    ("an unknown field of a state", changed("final: true", "fianl: true"), ["robot:28:12 E201"]),
    ("an unknown field of an edge", changed("for: 0.5", "fro: 0.5"), ["robot:21:55 E201"]),
    ("no modes", "agent: robot\n", ["robot:1:1 E202"]),
    ("no initial mode", changed("  initial: active\n", ""), ["robot:12:3 E202"]),
    ("no states", "agent: robot\nmodes: {initial: a, states: {}}\n", ["robot:2:29 E207"]),
    ("a word for a number", changed("for: 0.5", "for: long"), ["robot:21:60 E203"]),
    ("a negative time", changed("for: 0.5", "for: -1"), ["robot:21:60 E205"]),
    ("an empty guard", changed("when: power <= 0}", "when: }"), ["robot:23:32 E203"]),
    ("a list for a mapping", "- agent\n", ["robot:1:1 E203"]),
    ("a name with blanks", changed("agent: robot", "agent: my robot"), ["robot:1:8 E206"]),
    ("another name than the file's", changed("agent: robot", "agent: robto"), ["robot:1:8 E304"]),
    ("a key that is no name", changed("  mood:", "  my mood:"), ["robot:5:3 E206"]),
    (
        "a key that means something else",
        changed("  hunter: Threat", "  count: Threat\n  hunter: Threat"),
        ["robot:6:3 E614"],
    ),
    ("an unknown type", changed("hunter: Threat", "hunter: Thraet"), ["robot:6:11 E203"]),
    ("a value of another type", changed("value: john", "value: 7"), ["robot:4:31 E203"]),
    ("a value that is no choice", changed("value: calm", "value: clam"), ["robot:5:47 E203"]),
    ("an unknown sense", changed("  - power", "  - powr"), ["robot:8:5 E307"]),
    ("an unknown sense that is no other's rival", changed("  - power", "  - powr\n  - power"), ["robot:8:5 E307"]),
    (
        "a port that a sense lacks",
        changed("- judge: {ward: $ward}", "- judge: {ward: $ward, far: 1}"),
        ["robot:10:26 E305"],
    ),
    ("a port that a sense needs", changed("- judge: {ward: $ward}", "- judge"), ["robot:10:5 E504"]),
    ("a literal of another type", changed('near: "=power * 2"', "near: close"), ["robot:9:49 E203"]),
    ("a key that is not there", changed("- judge: {ward: $ward}", "- judge: {ward: $wrad}"), ["robot:10:20 E404"]),
    ("an Out port to nowhere", changed("threat: $hunter", "threat: $huntr"), ["robot:9:35 E306"]),
    ("an Out port to another type", changed("threat: $hunter", "threat: $mood"), ["robot:9:34 E506"]),
    ("two senses on one key", changed("threat: $hunter", "threat: $threat"), ["robot:10:5 E613"]),
    ("a sense on a key of another type", changed("  hunter:", "  power: str\n  hunter:"), ["robot:9:5 E506"]),
    ("two senses in one entry", changed("  - power", "  - {power: , judge: }"), ["robot:8:5 E203"]),
    ("an unknown tree", changed("[restore, walk_about]", "[restor, walk_about]"), ["robot:26:15 E301"]),
    ("a tree outside", changed("[restore, walk_about]", "[restore, /dev/null]"), ["robot:26:24 E303"]),
    ("a tree with a problem", changed("[restore,", "[restore, broken,"), ["broken:2:8 E502"]),
    ("a port that a tree needs", changed("[{guard: {ward: $ward}}]", "[guard]"), ["robot:20:19 E504"]),
    ("a port that a tree lacks", changed("{to: yard}", "{too: yard}"), ["robot:16:29 E305"]),
    (
        "a port of another type",
        changed("{ward: $ward}}]\n          edges", "{ward: $power}}]\n          edges"),
        ["robot:20:35 E412"],
    ),
    (
        "a key that a tree misses",
        changed("- judge: {ward: $ward}\n", "- count_rounds\n")
        .replace("threat.distance < 12.0", "rounds < 1")
        .replace("not known(threat)", "rounds > 1"),
        ["robot:20:20 E308"],
    ),
    (
        "a key of another type",
        changed("  - power\n", "").replace("  hunter:", "  power: int\n  hunter:"),
        ["robot:26:15 E309"],
    ),
    ("an unknown target", changed("to: alert", "to: alrt"), ["robot:18:29 E601"]),
    ("a target elsewhere without its path", changed("to: active.alert", "to: alert"), ["robot:27:20 E601"]),
    ("an unknown initial mode", changed("initial: calm", "initial: clam"), ["robot:15:16 E601"]),
    ("an unknown mode after a fault", changed("on_fault: down", "on_fault: dwon"), ["robot:22:17 E601"]),
    ("an unreachable mode", changed("    gone: {", "    lost: {final: true}\n    gone: {"), ["robot:28:5 E602"]),
    (
        "an unreachable family is named once",
        changed("    gone: {", "    lost: {initial: a, states: {a: {final: true}}}\n    gone: {"),
        ["robot:28:5 E602"],
    ),
    ("no way out", changed("{final: true, channels: []}", "{channels: []}"), ["robot:28:5 E603"]),
    ("children without initial", changed("      initial: calm\n", ""), ["robot:14:5 E604"]),
    ("initial without children", changed("gone: {final", "gone: {initial: calm, final"), ["robot:28:21 E604"]),
    (
        "an edge to itself",
        changed("{to: gone, when: power < 0}", "{to: down, when: power < 0}"),
        ["robot:27:80 E605", "robot:28:5 E602"],
    ),
    ("an edge to the mode around it", changed("{to: calm, when", "{to: active, when"), ["robot:21:24 E605"]),
    ("a guard that is never true", changed("when: power < 0}", "when: 1 > 2}"), ["robot:27:92 E605"]),
    (
        "an edge behind one that always fires first",
        changed("{to: gone, when: power < 0}", "{to: gone, when: true}, {to: active, when: power > 1}"),
        ["robot:27:104 E605"],
    ),
    (
        "an edge behind the same guard",
        changed("{to: gone, when: power < 0}", "{to: gone, when: power<0 }, {to: active, when: power<0 }"),
        ["robot:27:108 E605"],
    ),
    (
        "channels that are closed outside",
        changed("calm: {edges", "calm: {channels: [legs], edges").replace(
            "      on_fault", "      channels: [arms, power]\n      on_fault"
        ),
        ["robot:18:27 E606", "robot:23:17 E608"],
    ),
    ("an unknown channel", changed("channels: [power]", "channels: [pwoer]"), ["robot:25:18 E607"]),
    (
        "a fault that opens channels",
        changed("channels: [power]", "channels: [power]\n      on_fault: active"),
        ["robot:26:17 E608"],
    ),
    (
        "a fault that opens another channel",
        changed("gone: {final", "gone: {on_fault: down, final"),
        ["robot:28:22 E608"],
    ),
    ("a mode with a reserved name", GOOD.replace("gone", "faulted"), ["robot:27:80 E601", "robot:28:5 E609"]),
    ("a mode with a dotted name", GOOD.replace("gone:", "far.gone:"), ["robot:27:80 E601", "robot:28:5 E206"]),
    ("an empty mode", changed("{final: true, channels: []}", ""), ["robot:28:10 E203"]),
    ("an event that nothing signals", changed("event: power_restored", "event: power_restord"), ["robot:27:41 E610"]),
    (
        "a final mode with edges",
        changed("{final: true,", "{final: true, edges: [{to: down, when: power > 1}],"),
        ["robot:28:25 E611"],
    ),
    ("an edge that asks for nothing", changed("{to: gone, when: power < 0}", "{to: gone}"), ["robot:27:75 E612"]),
    (
        "a tree twice in a mode",
        changed("trees: [restore, walk_about]", "trees: [restore, restore]"),
        ["robot:26:24 E616"],
    ),
    (
        "a tree that the parent has",
        changed("[{guard: {ward: $ward}}]", "[{walk_about: {to: yard}}]"),
        ["robot:20:19 E616"],
    ),
    ("a guard that is no expression", changed("when: power <= 0}", "when: power <= }"), ["robot:23:40 E401"]),
    ("a guard on an unknown name", changed("when: power <= 0}", "when: pwer <= 0}"), ["robot:23:32 E404"]),
    ("a guard of another type", changed("when: power <= 0}", "when: power}"), ["robot:23:32 E412"]),
    (
        "a guard cut by its comma",
        changed("when: power <= 0}", "when: max(power, 0) <= 0}"),
        ["robot:23:35 E401", "robot:23:43 E115"],
    ),
    ("an unknown intent", changed("forbid: Fire", "forbid: Fier"), ["robot:30:36 E310"]),
    ("a record that is no intent", changed("forbid: Fire", "forbid: Threat"), ["robot:30:36 E310"]),
    ("an unknown effect", changed("intent.lethal_to", "intent.lethal"), ["robot:30:63 E405"]),
    ("a channel that no intent is on", changed("== 'arms'", "== 'arm'"), ["robot:31:87 E409"]),
    ("a type that is nearly one", changed("literal[calm, angry]", "literal[calm, [angry]"), ["robot:5:16 E203"]),
    ("two constraints of one name", changed("no_arms_when_calm", "never_the_ward"), ["robot:31:12 E615"]),
    ("a constraint without a reason", changed(", why: manners", ""), ["robot:31:5 E202"]),
    (
        "a constraint on everything by accident",
        changed("forbid: '*', when: mood == 'calm' and intent.channel == 'arms'", "forbid: '*'"),
        ["robot:31:5 E202"],
    ),
    ("a key twice", changed("doc: It", "agent: robot\ndoc: It"), ["robot:2:1 E107"]),
]


@pytest.mark.parametrize(("text", "where"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_each_fault_is_refused_where_it_stands(load: Load, text: str, where: list[str]) -> None:
    assert faults(load, text) == where


@pytest.mark.parametrize(
    ("root", "key"),
    [
        ("{for_each: {in: $shares, as: n, do: succeed}}", "n as float, and here it is int"),
        ("{status_to_blackboard: {key: $word, do: succeed}}", "word as str, and here it is literal[a, b]"),
        ("{succeed: , on_success: {set: {n: 0.5}}}", "n as float, and here it is int"),
        ("{set: {n: 0.5}}", "n as float, and here it is int"),
    ],
)
def test_whatever_writes_a_key_writes_what_fits_it(load: Load, root: str, key: str) -> None:
    keys = "  n: int\n  word: literal[a, b]\n  shares: list[float]\n"
    text = changed("trees: [restore, walk_about]", "trees: [restore, noter]").replace("senses:\n", f"{keys}senses:\n")
    tree = f"tree: noter\nuses: {{n: float, word: str, shares: 'list[float]'}}\nroot: {root}\n"
    with pytest.raises(ConfigError) as caught:
        load(text, noter=tree)
    assert [(p.code, p.message) for p in caught.value.problems] == [("E309", f"noter writes {key}")]


def test_all_problems_of_an_agent_and_its_trees_come_in_one_pass(load: Load) -> None:
    text = (
        GOOD.replace("agent: robot\n", "agent: robot\nagent: robot\n")
        .replace("doc:", "dcos:")
        .replace("- power\n", "- powr\n")
        .replace("[restore,", "[restore, broken,")
        .replace("to: alert,", "to: alrt,")
        .replace("forbid: Fire", "forbid: Fier")
    )
    found = faults(load, text)
    assert {fault.partition(" ")[2] for fault in found} == {
        "E107", "E201", "E307", "E502", "E601", "E310",
    }  # fmt: skip


def test_suggestions_name_what_was_meant(load: Load) -> None:
    for old, new, hint in [
        ("to: alert", "to: alrt", "alert"),
        ("to: active.alert", "to: alert", "active.alert"),
        ("event: power_restored", "event: power_restord", "power_restored"),
        ("[restore, walk_about]", "[restor, walk_about]", "restore"),
        ("forbid: Fire", "forbid: Fier", "Fire"),
        ("  - power", "  - powr", "power"),
        ("channels: [power]", "channels: [pwoer]", "power"),
        ("value: calm", "value: clam", "calm"),
        ("hunter: Threat", "hunter: Thraet", "Threat"),
        ("final: true", "fianl: true", "final"),
    ]:
        with pytest.raises(ConfigError) as caught:
            load(changed(old, new))
        assert hint in [problem.hint for problem in caught.value.problems], new


def test_an_event_is_not_judged_while_a_tree_that_might_signal_it_is_broken(load: Load) -> None:
    found = faults(load, changed("[restore,", "[broken,"))
    assert found == ["broken:2:8 E502"]


def test_a_mode_that_only_a_fault_leads_to_is_reached(load: Load) -> None:
    text = changed("edges: [{to: down, when: power <= 0}]", "edges: [{to: gone, when: power <= 0}]")
    assert load(text).modes.state("active").on_fault == "down"
    assert "robot:23:5 E602" in faults(load, text.replace("      on_fault: down\n", ""))


def test_a_fault_may_lead_to_the_built_in_mode(load: Load) -> None:
    spec = load(changed("channels: [power]", f"channels: [power]\n      on_fault: {FAULTED}"))
    assert spec.modes.state("down").on_fault == FAULTED


def test_an_edge_to_a_child_may_stand_before_another(load: Load) -> None:
    text = changed(
        "edges: [{to: down, when: power <= 0}]",
        "edges: [{to: active.alert, when: power <= 0}, {to: down, when: power <= 0}]",
    )
    assert [edge.to for edge in load(text).modes.state("active").edges] == ["active.alert", "down"]


def test_what_does_not_matter_does_not_change_the_digest(load: Load) -> None:
    digest = load(GOOD).digest
    same = GOOD.replace("doc: It walks about.", "doc: Something else.  # and a comment")
    same = same.replace("power <= 0", "power  <=  0").replace("  - power\n", "  - 'power'\n\n")
    assert load(same).digest == digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value: john", "value: sarah"),
        ("power * 2", "power * 3"),
        ("power <= 0", "power < 0"),
        ("for: 0.5", "for: 0.6"),
        ("to: yard", "to: hill"),
        ("on_fault: down", "on_fault: gone"),
        ("[restore, walk_about]", "[walk_about, restore]"),
        ("channels: [power]", "channels: [power, legs]"),
        ("forbid: Fire", "forbid: MoveTo"),
        ("why: manners", "why: habit"),
    ],
)  # fmt: skip
def test_what_matters_changes_the_digest(load: Load, old: str, new: str) -> None:
    assert load(changed(old, new)).digest != load(GOOD).digest


def test_a_tree_is_part_of_the_digest(load: Load) -> None:
    digest = load(GOOD).digest
    assert load(GOOD, ring=TREES["ring"] + "# a comment\n").digest == digest
    louder = "tree: ring\nroot: {sequence: [{signal: power_restored}, {succeed: }]}\n"
    assert load(GOOD, ring=louder).digest != digest


def test_overrides_change_what_the_file_says(load: Load) -> None:
    spec = load(GOOD, "blackboard.ward=sarah", "modes.states.active.states.alert.edges.0.for=x3", "doc=Other")
    assert spec.values["ward"] == "sarah"
    assert spec.modes.state("active.alert").edges[0].hold == 1.5
    assert spec.doc == "Other"


def test_overrides_are_checked_like_the_file(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"--set blackboard\.ward\.value:1:1: E203"):
        load(GOOD, "blackboard.ward=7")
    with pytest.raises(UsageError, match="did you mean 'ward'"):
        load(GOOD, "blackboard.wrad=sarah")


def test_an_agent_without_a_tree_is_another_agent(load: Load) -> None:
    spec = load(GOOD)
    without = spec.without("ring").without("guard")
    assert without.disabled_trees == frozenset(["ring", "guard"])
    assert without.digest == spec.without("guard").without("ring").digest != spec.digest
    with pytest.raises(UsageError, match="did you mean 'guard'"):
        spec.without("gaurd")


def test_an_agent_without_a_constraint(load: Load) -> None:
    spec = load(GOOD)
    assert [rule.name for rule in spec.without("#never_the_ward").constraints] == ["no_arms_when_calm"]
    with pytest.raises(UsageError, match="did you mean '#never_the_ward'"):
        spec.without("#never_ward")


def test_start_values_can_be_replaced(load: Load) -> None:
    spec = load(GOOD).with_values({"hunter": {"track": "m", "distance": 3}, "mood": "angry"})
    assert spec.values == {"ward": "john", "mood": "angry", "hunter": Threat("m", 3.0)}
    for values, says in [({"moood": 1}, "did you mean 'mood'"), ({"mood": "wild"}, "mood: expected literal")]:
        with pytest.raises(UsageError, match=says):
            spec.with_values(values)


def test_every_code_that_a_loader_gives_is_written_down() -> None:
    import t800

    package = Path(t800.__file__).parent
    sources = [path for folder in ("loader", "expressions", "spec") for path in (package / folder).glob("*.py")]
    given = {code for path in sources for code in re.findall(r'"(E\d{3})"', path.read_text())}
    assert sorted(given - set(CODES)) == []


def test_values_are_never_dumped(load: Load) -> None:
    long: Any = "k" * 900
    for old in ("value: john", "to: alert", "event: power_restored", "forbid: Fire", "channels: [power]", "- power"):
        head, _, _ = old.rpartition(" ")
        new = f"{head} [{long}]" if old.endswith("]") else f"{head} {long}" if head != "value:" else f"value: [{long}]"
        with pytest.raises(ConfigError) as caught:
            load(changed(old, new))
        assert all("k" * 41 not in problem.message for problem in caught.value.problems), old


HUGE = {
    "senses": "agent: robot\nsenses: [" + "powr, " * 60_000 + "]\nmodes: {initial: a, states: {a: {final: true}}}\n",
    "keys": "agent: robot\nblackboard:\n"
    + "".join(f"  key_{i}: int\n" for i in range(30_000))
    + "modes: {initial: a, states: {a: {edges: ["
    + "{to: a, when: kez > 1}, " * 3_000
    + "]}}}\n",
    "modes": "agent: robot\nmodes:\n  initial: s0\n  states:\n"
    + "".join(f"    s{i}: {{edges: [{{to: s{i + 1}, for: 1}}]}}\n" for i in range(10_000)),
    "edges": "agent: robot\nmodes:\n  initial: a\n  states:\n    a:\n      edges:\n"
    + "".join(f"        - {{to: b, when: 1 < {i}}}\n" for i in range(2, 15_000))
    + "    b: {final: true}\n",
    "nested": "agent: robot\nmodes: {initial: a, states: "
    + "{a: {initial: a, states: " * 90
    + "{}"
    + "}}" * 90
    + "}\n",
    "trees": "agent: robot\nmodes:\n  initial: a\n  states:\n    a:\n      final: true\n      trees:\n"
    + "".join(f"        - {{walk_about: {{to: place_{i}}}}}\n" for i in range(15_000)),
}

JUDGE = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import test_load_agent
from t800.errors import ConfigError
try:
    test_load_agent.loaded(Path(sys.argv[1]))
except ConfigError as error:
    assert len(error.problems) <= 101
    print(error.problems[0].code)
"""


def confined() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (500 << 20, 500 << 20))
    # Processor seconds, not the clock: a busy machine makes no difference.
    resource.setrlimit(resource.RLIMIT_CPU, (3, 3))


@pytest.mark.parametrize("name", HUGE)
def test_no_huge_agent_takes_long_or_grows(tmp_path: Path, name: str) -> None:
    path = project(tmp_path)
    path.write_text(HUGE[name])
    done = subprocess.run(
        [sys.executable, "-c", JUDGE, str(path), str(Path(__file__).parent)],
        text=True,
        capture_output=True,
        preexec_fn=confined,
        env=untraced(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_trees_that_double_from_file_to_file_are_refused(load: Load) -> None:
    trees = {
        f"twice{i}": f"tree: twice{i}\nroot: {{sequence: [{{subtree: twice{i + 1}}}, {{subtree: twice{i + 1}}}]}}\n"
        for i in range(40)
    }
    trees["twice40"] = "tree: twice40\nroot: succeed\n"
    found = faults(load, changed("[restore,", "[restore, twice0,"), **trees)
    assert [fault.partition(" ")[2] for fault in found] == ["E514"]


def test_a_tree_with_thousands_of_problems_is_cut_short(load: Load) -> None:
    keys = "".join(f"  key_{i}: int\n" for i in range(30_000))
    flood = f"tree: flood\nuses:\n{keys}root:\n  sequence:\n" + "    - check: kez > 1\n" * 5_000
    found = faults(load, changed("[restore,", "[restore, flood,"), flood=flood)
    assert len(found) <= 101
    assert found[-1] == "flood:30104:14 E113"


def test_two_trees_of_one_name_that_differ_are_refused_in_one_agent(tmp_path: Path) -> None:
    files = {f"{side}/go.yaml": f"tree: go\nroot: {{wait: {side}}}\n" for side in "12"}
    write(tmp_path, files)
    text = (
        "agent: robot\nmodes: {initial: on, states: {on: {final: true, trees: [../../1/go.yaml, ../../2/go.yaml]}}}\n"
    )
    registry = registry_of()
    with pytest.raises(ConfigError) as caught:
        agent_spec(tmp_path, registry, text)
    assert [each.code for each in caught.value.problems] == ["E311"]
    write(tmp_path, {"2/go.yaml": files["1/go.yaml"]})
    assert [use.name for use in agent_spec(tmp_path, registry, text).trees] == ["go", "go#2"]
