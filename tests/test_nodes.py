"""The kinds of node, held to docs/semantics.md; and the rules that everything registered obeys."""

from __future__ import annotations

import inspect
import keyword
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import differential
import pytest
import yaml
from lab import Stage, registry_of, tree_problems, tree_spec
from py_trees.composites import Selector, Sequence

from t800.blackboard import Blackboard
from t800.builder import build
from t800.context import Context
from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Fate, Intent, Status
from t800.engine import compile, preorder
from t800.errors import RegistrationError
from t800.expressions import Scope, Symbol
from t800.expressions import parse as parse_expression
from t800.loader.document import parse, plain, read
from t800.loader.files import Files
from t800.loader.grammar import GUARDS, HOOKS
from t800.loader.tree import load_tree
from t800.nodes import KINDS
from t800.nodes.frame import Bound, Frame
from t800.packs import installed
from t800.registry import RESERVED, skill
from t800.spec.argument import Argument
from t800.spec.tree import TreeSpec
from t800.types import FLOAT, INT, Entity, Keep, Type, record

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
    """Takes its time to stop, and is entered afresh after that."""

    begun: Keep[bool] = False

    def start(self, ctx: Context) -> None:
        assert not self.begun
        self.begun = True

    def tick(self, ctx: Context) -> Status:
        assert self.begun
        answer = _tick(ctx, "slow")
        self.begun = answer == RUNNING
        return answer

    def stop(self, ctx: Context) -> Status:
        script: Script = ctx.services["script"]
        script.calls.append("stop")
        assert self.begun
        assert script.stop is not None
        return script.stop

    def halt(self, ctx: Context) -> None:
        ctx.services["script"].calls.append("stop!")
        self.begun = False


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


def spec_of(folder: Path, case: Case) -> TreeSpec:
    """The tree of a case, loaded."""
    node = "".join(f"  {line}\n" for line in case.tree.splitlines())
    others = {str(yaml.safe_load(case.other)["tree"]): case.other} if case.other else {}
    uses = ", ".join(f"{key}: '{kind}'" for key, kind in USES.items())
    return tree_spec(folder, REGISTRY, f"tree: robot\nuses: {{{uses}}}\nroot:\n{node}", **others)


class Ticker:
    """The tree of a case, ticked by the engine or by py_trees."""

    def __init__(self, spec: TreeSpec, stock: bool) -> None:
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
        fates = dict(zip(("voice", "arms"), map(Fate, outcome.split()), strict=False))
        notes.fates = {0: fates} if fates else {}


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
    play(case, Ticker(spec_of(tmp_path, case), stock))


def play(case: Case, ticker: Ticker) -> None:
    """Tick a tree through its table; AssertionError where it does something else."""
    stock, script, board, ctx = ticker.stock, ticker.script, ticker.board, ticker.ctx
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
            # Floats, whatever they were made of.
            assert [repr(given) for given in script.given] == [str(float(given)) for given in row["at"].split()], where
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


EXAMPLES = {name: example(kind.doc) for name, kind in KINDS.items()}
EXAMPLE_REGISTRY = registry_of(Threat, Body, Order, *EXAMPLE_SKILLS)


def whole(node: str) -> str:
    """A tree file with this node as its root, beside what the examples name."""
    return f"tree: robot\n{EXAMPLE_USES}root:\n" + "".join(f"  {line}\n" for line in node.splitlines())


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_is_and_when_to_use_it(name: str) -> None:
    summary, *rest = inspect.cleandoc(KINDS[name].doc).split("\n\n")
    assert re.fullmatch(r"[A-Z`][^\n]*[.]", summary)
    assert [text for text in rest if re.match(r"(Use it|Put it) ", text)], "no sentence says when to use it"


@pytest.mark.parametrize("name", KINDS)
def test_the_example_of_a_kind_is_one_that_loads_and_ticks(tmp_path: Path, name: str) -> None:
    text = EXAMPLES[name]
    assert name in (yaml.safe_load(text) if ":" in text else [text])
    assert [str(p) for p in tree_problems(tmp_path, EXAMPLE_REGISTRY, whole(text), evade=EVADE)] == []
    stage = Stage(tree_spec(tmp_path, EXAMPLE_REGISTRY, whole(text), evade=EVADE), EXAMPLE_REGISTRY)
    assert stage.tick() in (SUCCESS, FAILURE, RUNNING)


def shape(node: Any) -> tuple[Any, ...]:
    """What the code rule of a node is chosen by."""
    return type(node), getattr(node, "memory", None) if isinstance(node, Sequence | Selector) else None


def test_the_differential_ticks_every_kind_and_option(tmp_path: Path) -> None:
    met = set()
    options: set[str] = set()
    for seed in range(400):
        recipe = differential.tree(random.Random(seed), 3, [], False, root=True)
        nodes, _ = preorder(recipe(Frame(), differential.Script(seed)))
        met |= {shape(node) for node in nodes}
        for node in nodes:
            options |= set(getattr(node, "asked", ())) | set(getattr(node, "hooks", ()))
    assert options == {*GUARDS, *HOOKS}
    for name, text in EXAMPLES.items():
        root = build(tree_spec(tmp_path, EXAMPLE_REGISTRY, whole(text), evade=EVADE), EXAMPLE_REGISTRY)
        assert shape(root) in met, name


# What cannot stand in a field, by what the field holds: what is written, and the code of the problem.
WRONG = {
    "node": (["charge"], "E501"),
    "condition": ("body.power", "E412"),
    "number": ("held", "E412"),
    "value": ("=1 +", "E401"),
    "key": ("docking", "E505"),
    "item": ("nobody", "E306"),
    "name": ("two words", "E513"),
    "flag": ("perhaps", "E203"),
    "cases": ({}, "E507"),
    "branches": ("charge", "E507"),
}
WRONG_OPTIONS = {
    "seconds": ("soon", "E203"),
    "times": (0, "E205"),
    "policy": ("most", ("E204", "E205")),
    "fail_after": (0, "E205"),
    "with": ({"ward": [1]}, "E203"),
}


def parts(name: str) -> dict[str, Any]:
    """The example of a kind as data; what a positional field holds stands under its name."""
    data: dict[str, Any] = plain(parse(EXAMPLES[name], name).root)
    field = KINDS[name].positional
    if KINDS[name].fields and field is not None and not (isinstance(data[name], dict) and field in data[name]):
        data[name] = {field: data[name]}
    return data


def at(name: str) -> str:
    """What a line begins with on which a field or option of the root stands."""
    return rf"^ +['\"]?{name}['\"]?:"


def found(folder: Path, data: Any, mark: str) -> tuple[list[Any], int]:
    """The problems of a tree with this root, and the line on which the mark first stands."""
    text = whole(yaml.safe_dump(data, sort_keys=False))
    [*lines] = [number for number, line in enumerate(text.splitlines(), 1) if re.search(mark, line)]
    return tree_problems(folder, EXAMPLE_REGISTRY, text, evade=EVADE), lines[0]


FIELDS = [(name, field) for name, kind in KINDS.items() for field in kind.fields]
OPTIONS = [(name, option) for name, kind in KINDS.items() for option in kind.options]


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_what_cannot_stand_in_a_field_is_refused_where_it_stands(tmp_path: Path, name: str, field: str) -> None:
    data = parts(name)
    wrong, code = WRONG[KINDS[name].fields[field].holds]
    data[name][field] = wrong
    problems, line = found(tmp_path, data, at(field))
    assert code in [problem.code for problem in problems]
    [problem] = [problem for problem in problems if problem.code == code]
    assert problem.line - line in (0, 1)  # a list stands on the next line
    assert problem.column > 1


# The only field of a kind is not named: what stands there instead of it is taken for it.
@pytest.mark.parametrize(("name", "field"), [each for each in FIELDS if len(KINDS[each[0]].fields) > 1])
def test_a_misspelt_field_is_refused_with_the_field_that_was_meant(tmp_path: Path, name: str, field: str) -> None:
    data = parts(name)
    wrong = f"{field}{field[-1]}"
    data[name][wrong] = data[name].pop(field, "charge")
    problems, line = found(tmp_path, data, at(wrong))
    assert [(problem.code, problem.line, problem.hint) for problem in problems if problem.code == "E201"] == [
        ("E201", line, field)
    ]


@pytest.mark.parametrize(("name", "field"), [each for each in FIELDS if KINDS[each[0]].fields[each[1]].required])
def test_a_missing_field_is_named_where_the_node_stands(tmp_path: Path, name: str, field: str) -> None:
    data = parts(name)
    del data[name][field]
    data[name] = data[name] or None
    problems, line = found(tmp_path, data, at(name))
    [problem] = [problem for problem in problems if problem.code == "E504"]
    assert (problem.line, field in f"{problem.message}, {problem.expected}") == (line, True)


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_what_cannot_stand_in_an_option_is_refused_where_it_stands(tmp_path: Path, name: str, option: str) -> None:
    data = parts(name)
    wrong, codes = WRONG_OPTIONS[option]
    data[option] = wrong
    problems, line = found(tmp_path, data, at(option))
    [problem] = [problem for problem in problems if problem.code in codes]
    assert problem.line - line in (0, 1, 2)  # what is wrong may stand further in


@pytest.mark.parametrize(("name", "option"), [each for each in OPTIONS if KINDS[each[0]].options[each[1]]])
def test_an_option_that_must_be_given_is_asked_for(tmp_path: Path, name: str, option: str) -> None:
    data = parts(name)
    del data[option]
    problems, line = found(tmp_path, data, at(name))
    assert [(problem.code, problem.line) for problem in problems] == [("E504", line)]
    assert repr(option) in problems[0].message


@pytest.mark.parametrize("name", KINDS)
def test_an_option_of_another_kind_is_refused_where_it_stands(tmp_path: Path, name: str) -> None:
    data = parts(name) if ":" in EXAMPLES[name] else {name: None}
    foreign = next(option for option in ("seconds", "times", "with") if option not in KINDS[name].options)
    problems, line = found(tmp_path, {**data, foreign: 1}, rf"^ +{foreign}: 1")
    assert [(problem.code, problem.line) for problem in problems] == [("E503", line)]
    problems, line = found(tmp_path, {**data, "whille": True}, "whille")
    assert [(problem.code, problem.line, problem.hint) for problem in problems] == [("E501", line, "while")]


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.body in ("children", "child")])
def test_a_node_that_holds_others_and_holds_none_is_refused(tmp_path: Path, name: str) -> None:
    for body in (None, []):
        problems, line = found(tmp_path, {**parts(name), name: body}, at(name))
        assert ("E507", line) in [(problem.code, problem.line) for problem in problems]


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.ports or kind.body == "ports"])
def test_a_leaf_refuses_a_port_that_it_has_not(tmp_path: Path, name: str) -> None:
    problems, line = found(tmp_path, {name: {"speed": 2.0}}, "speed")
    assert ("E305", line) in [(problem.code, problem.line) for problem in problems]


@pytest.mark.parametrize("name", KINDS)
def test_the_guards_and_hooks_of_every_kind_are_checked(tmp_path: Path, name: str) -> None:
    data = parts(name) if ":" in EXAMPLES[name] else {name: None}
    for option in (*GUARDS, *HOOKS):
        wrong, code = ("body.power", "E412") if option in GUARDS else ({"sett": {"held": True}}, "E515")
        problems, line = found(tmp_path, {"sequence": [{**data, option: wrong}]}, rf"^ {{4}}{option}:")
        [problem] = problems
        assert problem.code == code
        assert problem.line == line + (option in HOOKS)
        fine: Any = "held" if option in GUARDS else {"set": {"held": True}, "signal": "ended"}
        assert found(tmp_path, {"sequence": [{**data, option: fine}]}, option)[0] == []


@pytest.mark.parametrize("signal", ["null", "true", "3", "[a]", "two words", "''"])
def test_a_signal_in_a_hook_has_a_name(tmp_path: Path, signal: str) -> None:
    text = f"tree: robot\nroot: {{succeed: , on_success: {{signal: {signal}}}}}\n"
    (problem,) = tree_problems(tmp_path, SHIPPED, text)
    assert (problem.line, problem.column, problem.code) == (2, 40, "E206")


@pytest.mark.parametrize("case", ["1e999", ".inf", "9" * 41])
def test_a_case_that_is_no_number_is_refused_where_it_stands(tmp_path: Path, case: str) -> None:
    text = f'tree: robot\nuses: {{n: int}}\nroot: {{switch: {{on: $n, cases: {{"{case}": succeed}}}}}}\n'
    (problem,) = tree_problems(tmp_path, SHIPPED, text)
    assert (problem.line, problem.column, problem.code) == (3, 33, "E203")


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
    flat.write_text(
        "# the same again\n"
        + yaml.safe_dump(plain(document.root), default_flow_style=True, sort_keys=False, width=1000)
    )
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


def test_a_whole_number_in_the_place_of_a_float_is_unknown_beyond_all_floats() -> None:
    bound = Bound(FLOAT, expression=parse_expression("n", Scope({"n": Symbol(INT, "B['n']")})))
    values = [eval(bound.source(), {"B": {"n": n}}) for n in (3, -(10**300), 10**400, None)]
    assert values == [3.0, -1e300, None, None]
