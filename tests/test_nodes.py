"""The kinds of node, held to docs/semantics.md; and the rules that everything registered obeys."""

from __future__ import annotations

import inspect
import json
import keyword
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
import yaml
from lab import Stage, registry_of, tree_problems, tree_spec

from t800.blackboard import Blackboard
from t800.builder import build
from t800.context import Context
from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Fate, Intent, Status
from t800.engine import compile, preorder
from t800.errors import RegistrationError
from t800.loader.document import plain, read
from t800.loader.files import Files
from t800.loader.tree import load_tree
from t800.nodes import KINDS
from t800.packs import installed
from t800.registry import RESERVED, skill
from t800.spec.argument import Argument
from t800.types import Entity, Type, record

PAGE = Path(__file__).parents[1] / "docs/semantics.md"
LETTERS = {"S": SUCCESS, "F": FAILURE, "R": RUNNING}
USES = {"x": "float", "flag": "bool", "n": "int", "word": "str", "items": "list[int]"}


@record
class Say(Intent):
    channel: ClassVar[str] = "voice"


class Script:
    """What the leaves are to answer in this tick, and what they were called."""

    def __init__(self) -> None:
        self.answers: dict[str, Status] = {}
        self.ticked: list[str] = []
        self.halted: list[str] = []


def _tick(ctx: Context, name: str) -> Status:
    script: Script = ctx.services["script"]
    script.ticked.append(name)
    return script.answers.get(name, INVALID)  # INVALID is a wrong answer: who is not to be ticked breaks


def _leaf(name: str) -> Any:
    class Leaf:
        def tick(self, ctx: Context, at: float = 0.0, maybe: float | None = None) -> Status:
            return _tick(ctx, name)

        def halt(self, ctx: Context) -> None:
            ctx.services["script"].halted.append(name)

    return skill(name=name)(Leaf)


@skill(one_shot=True)
def shot(ctx: Context) -> Status:
    """Asks for the voice."""
    ctx.intend(Say())
    return _tick(ctx, "shot")


LEAVES = {name: _leaf(name) for name in "abcd"} | {"shot": shot}
REGISTRY = registry_of(Say, *LEAVES.values())


@dataclass
class Case:
    title: str
    tree: str
    head: list[str]
    rows: list[dict[str, str]]


def cases() -> list[Case]:
    """Each titled tree of the page, with its table."""
    found = []
    pattern = re.compile(r"^### ([^\n]+)\n\n```yaml\n(.*?)```\n\n((?:\|[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
    for title, tree, table in pattern.findall(PAGE.read_text()):
        lines = [[cell.strip() for cell in line.strip().split("|")[1:-1]] for line in table.splitlines()]
        rows = [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]
        found.append(Case(title, tree, lines[0], rows))
    return found


CASES = cases()


class Ticker:
    """The tree of a case, ticked by the engine or by py_trees."""

    def __init__(self, folder: Path, case: Case, stock: bool) -> None:
        node = "".join(f"  {line}\n" for line in case.tree.splitlines())
        spec = tree_spec(folder, REGISTRY, f"tree: robot\nuses: {json.dumps(USES)}\nroot:\n{node}")
        self.script = Script()
        services = {"script": self.script}
        self.stock = stock
        self.stage = Stage(spec, REGISTRY, services)
        self.root: Any = build(spec, REGISTRY)
        self.nodes = preorder(self.root)[0]
        self.board = self.stage.board if not stock else Blackboard(spec.all_uses())
        self.ctx = self.stage.ctx if not stock else Context(self.board, services=services)
        if stock:
            self.root.frame.set(self.board, self.ctx)

    def tick(self) -> Status:
        self.script.ticked.clear()
        self.script.halted.clear()
        self.ctx.signals.clear()
        if self.stock:
            self.root.tick_once()
            return self.root.status
        return self.stage.plan.tick(self.stage.state, self.board, self.ctx)

    def status(self, leaf: str) -> Status:
        nodes = self.nodes if self.stock else self.stage.plan.nodes
        # A leaf that is the root has the tree's name.
        [place] = [place for place, node in enumerate(nodes) if node.name == leaf and not node.children] or [-1]
        return nodes[place].status if self.stock else self.stage.state.status[place]

    def feedback(self) -> str:
        return self.root.feedback_message if self.stock else self.stage.plan.feedback(self.stage.state)[0]

    def fate(self, outcome: str) -> None:
        notes = self.root.frame.notes if self.stock else self.stage.state
        notes.fates = {0: {"voice": Fate(outcome)}} if outcome else {}


def _value(text: str) -> Any:
    return None if text == "?" else yaml.safe_load(text)


@pytest.mark.parametrize("stock", [False, True], ids=["engine", "py_trees"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_semantics(tmp_path: Path, case: Case, stock: bool) -> None:
    ticker = Ticker(tmp_path, case, stock)
    for row in case.rows:
        ticker.ctx.tick = int(row["tick"])
        for key in USES:
            if row.get(key):
                ticker.board.write(key, _value(row[key]), ticker.ctx.tick)
        leaves = {name: row[name] for name in LEAVES if name in row}
        ticker.script.answers = {name: LETTERS[cell[0]] for name, cell in leaves.items() if cell[0] in LETTERS}
        ticker.fate(row.get("fate", ""))
        where = f"tick {row['tick']}"
        status = ticker.tick()
        assert status == LETTERS[row["root"]], where
        assert ticker.script.ticked == list(ticker.script.answers), where
        assert ticker.script.halted == [name for name, cell in leaves.items() if "!" in cell], where
        for name, cell in leaves.items():
            stands = cell.strip("()")
            expected = INVALID if cell[-1] in "!·" else LETTERS[stands]
            if case.tree.startswith(f"{name}:") and "while" not in case.tree and "if" not in case.tree:
                expected = status  # the leaf is the root
            assert ticker.status(name) == expected, f"{where}, {name}"
        if "n after" in row:
            assert ticker.board.values["n"] == _value(row["n after"]), where
        if "feedback" in row:
            assert ticker.feedback() == row["feedback"], where
        if "signals" in row:
            said = [
                " ".join([s.name, *(f"{key}={value}" for key, value in s.data.items())]) for s in ticker.ctx.signals
            ]
            assert said == ([row["signals"]] if row["signals"] else []), where


def test_every_kind_has_a_table() -> None:
    text = " ".join(case.tree for case in CASES)
    assert [name for name in KINDS if not re.search(rf"\b{name}\b", text)] == ["subtree"]


def test_every_table_of_the_page_is_run() -> None:
    assert len(CASES) == PAGE.read_text().count("\n### ")


SHIPPED = installed()
ROOT = Path(__file__).parents[1]


def example(doc: str) -> str:
    """The indented block of a doc."""
    return "\n".join(line[4:] for line in inspect.cleandoc(doc).splitlines() if line.startswith("    "))


def stub(name: str, /, **ports: Any) -> Any:
    """A skill with these ports; those that may be unknown need not be given."""

    def call(*_: Any) -> Status:
        return SUCCESS

    call.__annotations__ = {"ctx": Context, **ports}
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
        + [
            inspect.Parameter(
                port,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=None if Type.of(hint).optional else inspect.Parameter.empty,
            )
            for port, hint in ports.items()
        ]
    )
    return skill(name=name)(call)


@record
class Threat:
    """Someone who means harm."""

    track: Entity
    distance: float
    armed: bool


@record
class Body:
    power: float


@record
class Order:
    verb: Literal["follow", "stop"]


PLAIN_SKILLS = """
wander take_sample seal_sample read_map plan drive plan_path follow_path clear_map back_off eat
turn_left turn_right hold_still shrug knock look_around feel_the_way put_down deliver blink
look_round close_gripper shout rest calibrate open_gripper hold_load greet sigh hear_answer
face_person read_sensor dock
"""
EXAMPLE_SKILLS = [
    stub("open", what=Entity),
    stub("climb", through=Entity),
    stub("go_to", place=Entity),
    stub("walk_to", place=Entity),
    stub("say", words=str),
    stub("fire_at", target=Entity),
    stub("find", who=Entity),
    stub("patrol", along=Entity | None),
    stub("charge"),
    stub("flee", threat=Threat),
    stub("visit", place=Entity),
    stub("carry", what=Entity),
    stub("stay_near", place=Entity),
    *map(stub, PLAIN_SKILLS.split()),
]
EXAMPLE_USES = """\
uses: {threat: Threat, body: Body, order: Order, posts: "list[entity]", battery: float, shots: int, alerted: bool,
  target: entity, door: entity, dock: entity, window: entity, beat: entity, hunter: entity, ward: entity, post: entity,
  box: entity, ward_at: entity, hunger: float, energy: float, light: float, mode_switch: str, docking: str,
  held: bool, door_open: bool}
"""
EVADE = "tree: evade\nports: {ward: entity, hunter: entity}\nroot: succeed\n"


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_is_and_its_example_loads_and_ticks(tmp_path: Path, name: str) -> None:
    doc = KINDS[name].doc
    assert doc.partition("\n")[0].endswith((".", ";", ","))
    text = example(doc)
    assert name in (yaml.safe_load(text) if text.count(":") else [text])
    registry = registry_of(Threat, Body, Order, *EXAMPLE_SKILLS)
    node = "\n".join(f"  {line}" for line in text.splitlines())
    whole = f"tree: robot\n{EXAMPLE_USES}root:\n{node}\n"
    assert [str(problem) for problem in tree_problems(tmp_path, registry, whole, evade=EVADE)] == []
    stage = Stage(tree_spec(tmp_path, registry, whole, evade=EVADE), registry)
    assert stage.tick() in (SUCCESS, FAILURE, RUNNING)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_takes_no_name_that_means_something_else(name: str) -> None:
    assert re.fullmatch(r"[a-z_]+", name)
    assert name not in RESERVED
    assert set(KINDS[name].options) <= RESERVED
    assert not set(KINDS[name].ports) & RESERVED


LEAF_DOCS = {**SHIPPED.skills, **SHIPPED.senses, **SHIPPED.behaviours}


@pytest.mark.parametrize("name", LEAF_DOCS)
def test_a_shipped_skill_or_sense_says_what_it_does_in_one_sentence(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    first = LEAF_DOCS[name].doc.partition("\n\n")[0]
    assert first[:1].isupper(), first
    assert first.endswith("."), first


TREES = sorted(path.name for path in (ROOT / "trees").rglob("*.yaml"))


@pytest.mark.parametrize("name", TREES)
def test_a_shipped_tree_says_what_it_is_for_and_its_ids_are_paths(name: str) -> None:
    path = next((ROOT / "trees").rglob(name))
    spec = load_tree(path, SHIPPED, Files(SHIPPED, ROOT))
    assert spec.doc.endswith(".")
    given = {port.name: Argument(port.type, value=sample(port.type)) for port in spec.ports.values() if port.required}
    plan = compile(build(spec, SHIPPED, given))
    assert plan.ids[0].removesuffix(".guard").removesuffix(".hooks") == spec.name
    assert len(set(plan.ids)) == len(plan.ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_ /#.-]+", each) for each in plan.ids)
    assert plan.foreign == ()


def sample(kind: Type) -> Any:
    """Some value of a type."""
    if kind.kind == "record":
        assert kind.record is not None
        return kind.record(**{name: sample(each) for name, each in kind.fields.items()})
    values = {"bool": True, "int": 1, "float": 1.0, "str": "x", "entity": "x", "list": ()}
    return kind.choices[0] if kind.kind == "literal" else values[kind.kind]


@pytest.mark.parametrize("name", TREES)
def test_a_shipped_tree_means_the_same_without_its_comments_and_layout(tmp_path: Path, name: str) -> None:
    path = next((ROOT / "trees").rglob(name))
    spec = load_tree(path, SHIPPED, Files(SHIPPED, ROOT))
    flat = tmp_path / "trees" / name
    flat.parent.mkdir()
    text = path.read_text()
    document = read(path)
    flat.write_text("# the same again\n" + yaml.safe_dump(plain(document.root), default_flow_style=True, width=1000))
    again = load_tree(flat, SHIPPED, Files(SHIPPED, tmp_path))
    assert again.digest == spec.digest
    assert text != flat.read_text()


def test_a_port_or_a_skill_may_not_have_the_name_of_an_option() -> None:
    for name in sorted(RESERVED):
        with pytest.raises(RegistrationError, match="reserved"):
            stub(name)
        if not keyword.iskeyword(name):
            with pytest.raises(RegistrationError, match="reserved"):
                stub("fine", **{name: str})


def test_a_skill_may_not_have_the_name_of_a_kind() -> None:
    for name in KINDS:
        with pytest.raises(RegistrationError, match="another kind"):
            registry_of(stub(name))
