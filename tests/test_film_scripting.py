"""Nothing is scripted: strip, rename, shift, mirror or reorder a scenario, and the same things happen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from t800.core import Event
from t800.expressions import ExpressionError, Scope, parse
from t800.film.records import Identity
from t800.loader import document
from t800.loader.document import Mapping, Node, Scalar, Sequence
from t800.simulation import runner
from t800.simulation.opening import Shelf, open_scenario
from t800.spec.agent import AgentSpec
from t800.types import Type

ROOT = Path(__file__).parent.parent
SCENARIOS = sorted(path.stem for path in (ROOT / "configs" / "scenarios").glob("*.yaml"))
MINDS = sorted((ROOT / "configs" / "agents").glob("*.yaml"))
SEEDS = (11, 1995)
TICKS = 1000
"""Ticks that are played; what is passed over comes on top."""
FEWER = {"judgment_day": 400}
"""Where a tick takes longer, for there are more people: fewer of them."""
WHOLE = "judgment_day to its end"
"""The whole film once more, as many ticks as it takes: minutes for each test, so it is played on demand."""
TO_ITS_END = 16_000

Told = list[tuple[int, str, tuple[Any, ...]]]


def played(name: str) -> int:
    """For how many ticks a scenario is played."""
    return TO_ITS_END if name == WHOLE else FEWER.get(name, TICKS)


class Copy:
    """The shipped files in a folder of their own, to be changed, and one scenario among them."""

    def __init__(self, folder: Path, name: str) -> None:
        for source in [*(ROOT / "trees").rglob("*.yaml"), *(ROOT / "configs").rglob("*.yaml")]:
            target = folder / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source.read_text())
        self.name = name
        name = name.partition(" ")[0]
        self.scenario = folder / "configs" / "scenarios" / f"{name}.yaml"
        self.worlds = parts(folder / "configs" / "worlds" / f"{read(self.scenario)['world']}.yaml")
        minds = [agent.get("agent", who) for who, agent in read(self.scenario)["agents"].items()]
        self.minds = [folder / "configs" / "agents" / f"{mind}.yaml" for mind in dict.fromkeys(minds)]

    def play(self, seed: int, first: int = 0) -> list[Event]:
        """The events of a run that nobody judges."""
        simulation = runner.Simulation.of(open_scenario(self.scenario), seed)
        events: list[Event] = []
        for _ in range(first + played(self.name)):
            events.extend(simulation.step().events)
        return events


class Loader(yaml.SafeLoader):
    """YAML 1.2, as t800 reads it: `on` is a word."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader)  # a SafeLoader


def parts(world: Path) -> list[Path]:
    """A world's file, with those that it includes."""
    found = [world]
    for path in found:
        inner = [path.with_name(f"{name}.yaml") for name in read(path).get("include", ())]
        found += [each for each in inner if each not in found]
    return found


def change(path: Path, edit: Any) -> None:
    data = read(path)
    edit(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False))


def told(events: list[Event], shift: int = 0) -> Told:
    return [(event.tick - shift, event.kind, _fields(event, shift)) for event in events]


def _fields(event: Event, shift: int) -> tuple[Any, ...]:
    """What an event tells; the times of a lapse are moments, and move like all others."""
    later = {"from": shift / 10, "to": shift / 10} if event.kind == "Lapsed" else {}
    return tuple(round(value - later[name], 3) if name in later else value for name, value in event.fields.items())


@lru_cache
def original(name: str, seed: int) -> Told:
    """What happens in a scenario as it is shipped."""
    simulation = runner.Simulation.of(open_scenario(name.partition(" ")[0]), seed)
    events: list[Event] = []
    for _ in range(played(name)):
        events.extend(simulation.step().events)
    return told(events)


@pytest.fixture(name="copy", params=[*SCENARIOS, pytest.param(WHOLE, marks=pytest.mark.slow)])
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Copy:
    return Copy(tmp_path, request.param)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_chapters_and_expectations_the_same_happens(copy: Copy, seed: int) -> None:
    before = original(copy.name, seed)

    def strip(data: Any) -> None:
        for section in ("expect", "turns", "chapters", "stop_on_failure"):
            data.pop(section, None)

    change(copy.scenario, strip)
    assert told(copy.play(seed)) == before


@pytest.mark.parametrize("seed", SEEDS)
def test_with_other_names_the_same_happens_up_to_names(copy: Copy, seed: int) -> None:
    before = original(copy.name, seed)
    things = [thing for path in copy.worlds for thing in read(path).get("entities", {})]
    ids = [*read(copy.scenario)["agents"], *things]
    names = {who: f"q{number}q" for number, who in enumerate(reversed(ids))}

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {names.get(k, k): named(v) for k, v in value.items()}
        if isinstance(value, list):
            return [named(item) for item in value]
        return names.get(value, value) if isinstance(value, str) else value

    def rename(data: Any) -> None:
        for section in ("expect", "turns", "chapters"):
            data.pop(section, None)
        # An agent's file is called as before, whoever has it.
        agents = {
            who: {"agent": who, "body": agent.get("agent", who), **agent} for who, agent in data["agents"].items()
        }
        for agent in agents.values():
            agent["blackboard"] = named(agent.get("blackboard", {}))
        data["agents"] = {names[who]: agent for who, agent in agents.items()}
        data["start"] = {names[who]: named(how) for who, how in data.get("start", {}).items()}

    change(copy.scenario, rename)
    for mind in copy.minds:
        change(mind, lambda data: data.update(blackboard=named(data["blackboard"])))

    def rename_things(data: Any) -> None:
        # A look may be called like somebody who has it: to whoever knows people by looks, that is the same word.
        for body in data.get("bodies", {}).values():
            if body.get("appearance"):
                body["appearance"] = named(body["appearance"])
        for thing in data.get("entities", {}).values():
            # A part of a large world may name somebody who is not in this scenario.
            thing.update({key: names.get(thing[key], thing[key]) for key in ("held_by", "holds") if key in thing})
        data["entities"] = {names[who]: thing for who, thing in data.get("entities", {}).items()}

    for path in copy.worlds:
        change(path, rename_things)

    def renamed(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return re.sub(rf"\b({'|'.join(names)})\b", lambda match: names[match[0]], value)

    def told_anew(kind: str, fields: tuple[Any, ...]) -> tuple[Any, ...]:
        # What is said stays as it is: words that are names of things too, like a processor, mean no particular one.
        by = {"Said": named}.get(kind, renamed)
        return tuple(map(by, fields))

    assert told(copy.play(seed)) == [(t, kind, told_anew(kind, fields)) for t, kind, fields in before]


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_later_is_the_same_later(copy: Copy, seed: int) -> None:
    before = original(copy.name, seed)

    def shift(data: Any) -> None:
        for agent in data["agents"].values():
            agent["arrives"] = agent.get("arrives", 0.0) + 1000.0
        data["limit"] += 1000.0

    change(copy.scenario, shift)
    later = told(copy.play(seed, first=10_000), shift=10_000)
    assert later == before


@pytest.mark.parametrize("axes", [(-1, 1), (1, -1), (-1, -1)], ids=["east-west", "north-south", "both"])
@pytest.mark.parametrize("seed", SEEDS)
def test_in_a_mirrored_world_the_same_happens_at_the_same_time(copy: Copy, seed: int, axes: tuple[int, int]) -> None:
    before = original(copy.name, seed)

    def mirrored(point: list[float]) -> list[float]:
        return [point[0] * axes[0], point[1] * axes[1]]

    def mirror(data: Any) -> None:
        for place in data.get("places", {}).values():
            place.update({key: mirrored(place[key]) for key in ("from", "to") if key in place})
            if "corners" in place:
                place["corners"] = [mirrored(point) for point in place["corners"]]
            place["points"] = {name: mirrored(point) for name, point in place.get("points", {}).items()}
        for wall in data.get("walls", []):
            wall.update({key: mirrored(wall[key]) for key in ("from", "to")})
        for doorway in data.get("doorways", {}).values():
            doorway["at"] = mirrored(doorway["at"])
        for road in data.get("roads", {}).values():
            road["through"] = [mirrored(point) for point in road["through"]]

    for path in copy.worlds:
        change(path, mirror)
    assert told(copy.play(seed)) == before


@pytest.mark.parametrize("seed", SEEDS)
def test_in_another_order_of_declaration_the_same_happens(copy: Copy, seed: int) -> None:
    before = original(copy.name, seed)

    def turn(data: Any) -> None:
        data["agents"] = dict(reversed(data["agents"].items()))

    change(copy.scenario, turn)
    for path in copy.worlds:
        change(path, lambda data: data.update(entities=dict(reversed(data.get("entities", {}).items()))))
    assert told(copy.play(seed)) == before


CAST = (
    "t800 t1000 john sarah dyson wife son vat hoist m79 nitrogen chip_1984 arm_1984 research processor "
    "mall hospital briefing cyberdyne steel_mill goodbye highway judgment_day"
)


@lru_cache
def names_of_the_story() -> frozenset[str]:
    """Every id of an entity, and every name of a scenario or chapter, that is shipped or still to come."""
    found = set(CAST.split())
    for path in (ROOT / "configs").rglob("*.yaml"):
        data = yaml.safe_load(path.read_text())
        found.update(data.get("entities", {}))
        if "scenario" in data:
            found.add(data["scenario"])
            found.update(data["agents"])
            found.update(chapter["chapter"] for chapter in data.get("chapters", ()))
    return frozenset(found)


def literals(tree: ast.AST) -> list[tuple[int, str]]:
    """Strings that are compared with, matched, looked up, listed, defaults or constants: all but docstrings, messages,
    and what a module lists as public."""
    found = []
    public = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        elif isinstance(node, ast.Subscript):
            parts = [node.slice]
        elif isinstance(node, ast.Dict):
            parts = [part for part in (*node.keys, *node.values) if part is not None]
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = list(node.elts)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            parts = list(node.args)
        elif isinstance(node, ast.arguments):
            parts = [part for part in (*node.defaults, *node.kw_defaults) if part is not None]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            parts = [node.value]
        found.extend(
            (part.lineno, part.value)
            for part in parts
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and id(part) not in public
        )
    return found


THE_PROGRAM = {"t800/simulation/sweep.py": "t800"}
"""Where a program is meant, and not the one it is called after."""


@pytest.mark.parametrize("path", sorted((ROOT / "t800").rglob("*.py")), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_no_rule_names_an_entity_a_scenario_or_a_chapter(path: Path) -> None:
    names = names_of_the_story() - {THE_PROGRAM.get(str(path.relative_to(ROOT)))}
    assert [(line, text) for line, text in literals(ast.parse(path.read_text())) if text in names] == []


def test_the_search_for_names_finds_one() -> None:
    for code in (
        'x == "john"',
        'd["t800"]',
        'x in ("a", "john")',
        'd.get("vat")',
        '{"john": 1}',
        "match x:\n case 'john': 1",
        'WARD = "john"',
        'WARD: str = "john"',
        'WARDS = {"a", "john"}',
        'WARDS = frozenset(["a", "john"])',
        'LOOKS = {"boy": ("a", "john")}',
        'LOOKS = {"boy": "john"}',
        'def find(who="john"): ...',
        'def find(*, who="john"): ...',
    ):
        assert {text for _, text in literals(ast.parse(code))} & names_of_the_story(), code


def scalars(node: Node) -> Iterator[Scalar]:
    """All single values under a node of a file."""
    if isinstance(node, Mapping):
        for _, value in node.pairs.values():
            yield from scalars(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from scalars(item)
    else:
        yield node


def named(node: Node) -> list[tuple[int, str]]:
    """What is a name of the story under a node: a value as a whole, or a text within an expression."""
    names = names_of_the_story()
    found = []
    for scalar in scalars(node):
        text = str(scalar.value)
        found += [(scalar.line, name) for name in (text, *re.findall(r"""['"]([^'"]*)['"]""", text)) if name in names]
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "trees").rglob("*.yaml")), ids=lambda path: path.stem)
def test_no_tree_names_an_entity_a_scenario_or_a_chapter(path: Path) -> None:
    root = document.read(path).root
    assert isinstance(root, Mapping)
    body = [node for name, (_, node) in root.pairs.items() if name not in ("tree", "doc")]
    assert [found for node in body for found in named(node)] == []


@pytest.mark.parametrize("path", MINDS, ids=lambda path: path.stem)
def test_no_sense_mode_or_constraint_of_an_agent_names_one(path: Path) -> None:
    root = document.read(path).root
    assert isinstance(root, Mapping)
    rest = [node for name, (_, node) in root.pairs.items() if name not in ("agent", "doc", "blackboard")]
    assert [found for node in rest for found in named(node)] == []


NO_ROLES = {
    "dyson": {  # what he can talk about, each a topic for the thing that it is about
        "topics": {"chip_1984", "arm_1984", "processor", "research", "home_records"},
        "lore": {"chip_1984", "arm_1984", "processor", "research", "home_records"},
    },
    "sarah": {
        "stirs": {"john", "dyson"},  # of whom she believes it, where a look may stand too
        "last_word": {"home_records"},  # topics
        "proof": {"chip_1984"},
        "drivable": {"pickup"},  # a look
    },
    "officer": {"colleagues": {"officer"}},  # looks
    "trooper": {"colleagues": {"officer"}},
    "t800": {"haunts": {"mall"}},  # a place
}
"""What agents have in mind at the start that is spelt like the id of an entity or the name of a scenario and is none:
topics, looks and places, by agent and key."""


def texts(kind: Type, value: Any) -> Iterator[str]:
    """The texts within a value of a type that are no entities."""
    if value is None or kind.kind == "entity":
        return
    if kind.kind == "list":
        assert kind.item is not None
        for item in value:
            yield from texts(kind.item, item)
    elif kind.kind == "record":
        for name, inner in kind.fields.items():
            yield from texts(inner, getattr(value, name))
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("path", MINDS, ids=lambda path: path.stem)
def test_whom_an_agent_has_in_mind_is_an_entity_by_its_type(path: Path) -> None:
    shelf, names = Shelf(), names_of_the_story()
    spec = shelf.load("agent", path)
    assert isinstance(spec, AgentSpec)
    found = {key: names & {*texts(spec.keys[key], value)} for key, value in spec.values.items()}
    assert {key: spelt for key, spelt in found.items() if spelt} == NO_ROLES.get(path.stem, {})


def test_the_search_of_files_finds_a_name() -> None:
    for text in ("a: john", "a: [{b: john}]", "while: ward == 'john'", "if: \"x in ['a', 'john']\""):
        assert [name for _, name in named(document.parse(text, "x.yaml").root)] == ["john"], text
    assert [*texts(Type.of(list[str]), ("a", "john"))] == ["a", "john"]
    assert [*texts(Type.of(Identity), Identity(look="boy", who="john", voice=None))] == ["boy"]


TIMES = ("tick", "now", "horizon")

AGES = {
    "film/belief.py": [
        "ctx.tick",
        "(ctx.tick - lost + 1) // ctx.ticks(1.0)",
    ],  # since when somebody is out of sight, and for how long
    "film/happenings.py": ["ctx.tick", "ctx.tick - mark.down == ctx.ticks(lifeless)"],  # since when somebody lies
    # The number of an observation, by which it is told from the one before.
    "film/perception.py": ["self.world.tick"],
    "film/skills/driving.py": [
        "ctx.tick",  # since when nobody came nearer
        "ctx.tick - self.since >= ctx.ticks(patience)",
        "self.looking = ctx.tick",
        "ctx.tick - self.looking < ctx.ticks(LOOK)",
    ],
    "film/skills/moving.py": [
        "self.since = ctx.tick",
        "ctx.tick - self.since >= ctx.ticks(lasting)",
        "ctx.tick >= self.begun + len(doors) * each + waits",
        "self.begun = ctx.tick",
        "ctx.tick",
        "number = (ctx.tick - self.begun) // each",
        "number = (ctx.tick - self.begun) // ctx.ticks(linger)",
    ],
    "film/skills/resting.py": [
        "self.end = ctx.tick + ctx.ticks(lasts)",
        "ctx.tick + ctx.ticks(cycle)",
        "ctx.tick >= self.end",
        "ctx.tick >= self.next",
        "ctx.tick + 1",
        "self.until <= ctx.tick",
        "self.until = ctx.tick + ctx.ticks(spell)",
    ],
    "film/skills/talking.py": [
        "self.waiting > ctx.tick",
        "ctx.tick - self.waiting >= ctx.ticks(forgets)",
        "self.waiting = ctx.tick + ctx.ticks(patience)",
        "self.begun = ctx.tick",
        "ctx.tick - self.begun < ctx.ticks(thinking)",
    ],
    "film/skills/telling.py": ["ctx.tick", "ctx.tick - self.since < ctx.ticks(breath)"],
    "film/skills/vats.py": ["self.since = ctx.tick", "ctx.tick - self.since < ctx.ticks(patience)"],
    # When something happened, to be read by people after the run.
    "film/summary.py": ["down.tick", "up.tick", "told[-1].tick", "event.tick", "given.tick"],
    "world/attention.py": ["world.tick"],  # in which tick of ten who is at rest looks round, one after the other
    "world/driving.py": ["self.world.tick + 1 + count"],  # when a drive will be over
    "world/lapses.py": ["begin = world.tick + 1"],
}
"""Where the number of a tick is subtracted from another, kept for that, or put off by a while, file by file."""

THE_END_OF_THE_RUN = {
    # The one rule whose outcome hangs on it: the verdict is given at the latest when nothing more can happen.
    "film/judgment.py": ["horizon = self.world.horizon", "self.world.tick + 1 + self.world.passed >= horizon"],
    # No more time is passed over than there is left.
    "world/lapses.py": ["world.horizon", "world.horizon < end", "world.horizon is not None"],
}

THE_CLOCK = "world/kernel.py"
"""It counts the ticks, and lets people in when they arrive."""


def moments(tree: ast.AST) -> list[str]:
    """Every use of a moment in time: the sum and comparison that it stands in, or what keeps it."""
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in TIMES:
            whole: ast.AST = node
            while isinstance(above[whole], ast.BinOp | ast.Compare):
                whole = above[whole]
            whole = above[whole] if isinstance(above[whole], ast.Assign) else whole
            found.append(ast.unparse(whole))
    return found


def test_no_sense_skill_or_rule_reads_the_clock() -> None:
    for path in sorted(p for folder in ("film", "world") for p in (ROOT / "t800" / folder).rglob("*.py")):
        name = str(path.relative_to(ROOT / "t800"))
        if name != THE_CLOCK:
            known = {*AGES.get(name, ()), *THE_END_OF_THE_RUN.get(name, ())}
            assert set(moments(ast.parse(path.read_text()))) == known, name


def test_the_search_for_moments_finds_one() -> None:
    for code in ("ctx.now > 60.0", "x = ctx.obs.tick", "self.world.tick == 600", "f(world.horizon)", "-w.tick % 10"):
        assert moments(ast.parse(code)), code


@pytest.mark.parametrize("word", [*TIMES, "time", "clock"])
def test_no_expression_can_name_a_moment(word: str) -> None:
    shelf = Shelf()
    for path in MINDS:
        spec = shelf.load("agent", path)
        assert isinstance(spec, AgentSpec)
        ports = {name for tree in spec.all_trees().values() for name in (*tree.ports, *tree.uses)}
        assert word not in {*spec.keys, *ports, *spec.registry.effects}, path
    with pytest.raises(ExpressionError):
        parse(f"{word} > 60", Scope({}))
