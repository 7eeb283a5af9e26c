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
from t800.loader.grammar import GUARDS, HOOKS
from t800.loader.tree import load_tree
from t800.nodes import KINDS
from t800.packs import installed
from t800.registry import RESERVED, skill
from t800.spec.argument import Argument
from t800.types import Entity, Type, record

PAGE = Path(__file__).parents[1] / "docs/semantics.md"
LETTERS = {"S": SUCCESS, "F": FAILURE, "R": RUNNING}
USES = {
    "x": "float",
    "y": "float",
    "flag": "bool",
    "other": "bool",
    "n": "int",
    "word": "str",
    "items": "list[int]",
}


@record
class Say(Intent):
    channel: ClassVar[str] = "voice"


class Script:
    """What the leaves are to answer in this tick, one answer a call; what they were called, and with what."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Status]] = {}
        self.calls: list[str] = []
        self.given: list[float] = []
        self.stop: Status | None = None


def _tick(ctx: Context, name: str) -> Status:
    script: Script = ctx.services["script"]
    script.calls.append(name)
    answers = script.answers.get(name)
    return answers.pop(0) if answers else INVALID  # a wrong answer: who is not to be ticked breaks


def _leaf(name: str) -> Any:
    class Leaf:
        def tick(self, ctx: Context, at: float = 0.0, maybe: float | None = None) -> Status:
            ctx.services["script"].given.append(at)
            return _tick(ctx, name)

        def halt(self, ctx: Context) -> None:
            ctx.services["script"].calls.append(f"{name}!")

    return skill(name=name)(Leaf)


@skill(one_shot=True)
def shot(ctx: Context) -> Status:
    """Asks for the voice."""
    ctx.intend(Say())
    return _tick(ctx, "shot")


@skill(name="slow")
class Slow:
    """Takes its time to stop."""

    def tick(self, ctx: Context) -> Status:
        return _tick(ctx, "slow")

    def stop(self, ctx: Context) -> Status:
        script: Script = ctx.services["script"]
        script.calls.append("stop")
        assert script.stop is not None
        return script.stop

    def halt(self, ctx: Context) -> None:
        ctx.services["script"].calls.append("stop!")


class Dice:
    """A stream of chance that gives what the table says, once a tick."""

    def __init__(self) -> None:
        self.number: float | None = None
        self.drawn = 0

    def random(self) -> float:
        self.drawn += 1
        assert self.number is not None, "chance was asked"
        return self.number


LEAVES = {name: _leaf(name) for name in "abcd"} | {"shot": shot, "slow": Slow}
REGISTRY = registry_of(Say, *LEAVES.values())


@dataclass
class Case:
    title: str
    tree: str
    other: str
    head: list[str]
    rows: list[dict[str, str]]


def cases() -> list[Case]:
    """Each titled tree of the page, with its table; a second block is a tree that the first one names."""
    found = []
    block = r"```yaml\n(.*?)```\n\n"
    pattern = re.compile(rf"^### ([^\n]+)\n\n{block}(?:{block})?((?:\|[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
    for title, tree, other, table in pattern.findall(PAGE.read_text()):
        lines = [[cell.strip() for cell in line.strip().split("|")[1:-1]] for line in table.splitlines()]
        rows = [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]
        found.append(Case(title, tree, other, lines[0], rows))
    return found


CASES = cases()
BOTH = [(case, stock) for case in CASES for stock in (False, True) if not (stock and "within" in case.tree)]


class Ticker:
    """The tree of a case, ticked by the engine or by py_trees."""

    def __init__(self, folder: Path, case: Case, stock: bool) -> None:
        node = "".join(f"  {line}\n" for line in case.tree.splitlines())
        others = {str(yaml.safe_load(case.other)["tree"]): case.other} if case.other else {}
        uses = ", ".join(f"{key}: '{kind}'" for key, kind in USES.items())
        spec = tree_spec(folder, REGISTRY, f"tree: robot\nuses: {{{uses}}}\nroot:\n{node}", **others)
        self.script, self.dice = Script(), Dice()
        services = {"script": self.script}
        self.stock = stock
        self.stage = Stage(spec, REGISTRY, services)
        self.root: Any = build(spec, REGISTRY)
        self.nodes = preorder(self.root)[0] if stock else self.stage.plan.nodes
        self.board = self.stage.board if not stock else Blackboard(spec.all_uses())
        self.ctx = self.stage.ctx if not stock else Context(self.board, services=services)
        self.ctx.streams["dice"] = self.dice  # type: ignore[assignment]  # as much of one as is asked for
        if stock:
            self.root.frame.set(self.board, self.ctx)

    def tick(self) -> Status:
        if self.stock:
            self.root.tick_once()
            return self.root.status
        state = self.stage.state
        if state.halting:  # an agent does so before its trees
            self.stage.plan.wind_down(state, self.board, self.ctx)
        return self.stage.plan.tick(state, self.board, self.ctx)

    def halt(self) -> Status:
        if self.stock:
            self.root.stop(INVALID)
            return self.root.status
        self.stage.halt()
        return self.stage.state.status[0]

    def status(self, leaf: str) -> Status:
        [place] = [i for i, node in enumerate(self.nodes) if getattr(node, "skill", None) is LEAVES[leaf].__t800__]
        return self.nodes[place].status if self.stock else self.stage.state.status[place]

    def feedback(self) -> str:
        return self.root.feedback_message if self.stock else self.stage.plan.feedback(self.stage.state)[0]

    def fate(self, outcome: str) -> None:
        notes = self.root.frame.notes if self.stock else self.stage.state
        notes.fates = {0: {"voice": Fate(outcome)}} if outcome else {}


def _value(text: str) -> Any:
    return None if text == "?" else yaml.safe_load(text)


def _status(cell: str) -> Status:
    """The status that a leaf has after the tick that its cell tells of."""
    if cell[-1] in "!·" and cell != "x!":
        return INVALID
    return {**LETTERS, "x": FAILURE, "w": RUNNING}[cell.strip("()!")[-1]]


@pytest.mark.parametrize(
    ("case", "stock"), BOTH, ids=[f"{'py_trees' if stock else 'engine'}: {case.title}" for case, stock in BOTH]
)
def test_semantics(tmp_path: Path, case: Case, stock: bool) -> None:
    ticker = Ticker(tmp_path, case, stock)
    script, board, ctx = ticker.script, ticker.board, ticker.ctx
    for number, row in enumerate(case.rows):
        where = f"row {number}, tick {row['tick']}"
        halted = row["tick"] == "halt"
        ctx.tick = ctx.tick if halted else int(row["tick"])
        for key in USES:
            if row.get(key):
                board.write(key, _value(row[key]), ctx.tick)
        leaves = {name: row[name] for name in LEAVES if name in row}
        script.answers = {
            name: [LETTERS[letter] for letter in cell.rstrip("!").split()]
            for name, cell in leaves.items()
            if cell[0] in LETTERS
        }
        ticked = [name for name, answers in script.answers.items() for _ in answers]
        if row.get("stop"):
            script.stop = LETTERS[row["stop"][0]]
            ticked.insert(0, "stop")
        ticker.fate(row.get("fate", ""))
        ticker.dice.number = float(row["dice"]) if row.get("dice") else None
        ticker.dice.drawn = 0
        script.calls.clear()
        script.given.clear()
        ctx.signals.clear()
        status = ticker.halt() if halted else ticker.tick()
        assert status == (INVALID if row["root"] == "·" else LETTERS[row["root"]]), where
        halts = [f"{name}!" for name, cell in {"stop": row.get("stop", ""), **leaves}.items() if "!" in cell]
        if row.get("order"):
            order = row["order"].split()
            assert script.calls == order, where
            assert sorted(order) == sorted(ticked + halts), f"{where}: the table contradicts itself"
        else:
            assert [call for call in script.calls if "!" not in call] == ticked, where
            assert [call for call in script.calls if "!" in call] == halts, where
        for name, cell in leaves.items():
            assert ticker.status(name) == _status(cell), f"{where}, {name}"
        for key in USES:
            if f"{key} after" in row:
                assert board.values[key] == _value(row[f"{key} after"]), f"{where}, {key}"
        if "at" in row:
            assert script.given == [float(given) for given in row["at"].split()], where
        if "feedback" in row and not (stock and halted):  # in py_trees it stays: see the differences
            assert ticker.feedback() == row["feedback"], where
        if "signals" in row:
            said = [" ".join([s.name, *(f"{key}={value}" for key, value in s.data.items())]) for s in ctx.signals]
            assert ", ".join(said) == row["signals"], where
        assert ticker.dice.drawn == bool(row.get("dice")), where


def test_every_kind_and_option_has_a_table() -> None:
    text = " ".join(case.tree for case in CASES)
    options = {option for kind in KINDS.values() for option in kind.options} | {*GUARDS, *HOOKS, "halt"}
    fields = {field for kind in KINDS.values() for field in kind.fields}
    assert [name for name in [*KINDS, *sorted(options | fields)] if not re.search(rf"\b{name}\b", text)] == []


def test_every_table_of_the_page_is_run() -> None:
    assert len(CASES) == PAGE.read_text().count("\n### ")
    assert not [case.title for case in CASES if len(case.rows) < 2]


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
