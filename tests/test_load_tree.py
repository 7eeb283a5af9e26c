"""Tree files: what they become, and what is refused, where and with which way out (R14-R16)."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, Literal

import pytest
from lab import Stage, registry_of, tree_problems, tree_spec
from py_trees.behaviours import Success

from t800.builder import build
from t800.context import Context
from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.engine import Plan, compile
from t800.errors import ConfigError, Problem, UsageError
from t800.loader.codes import CODES
from t800.loader.grammar import GUARDS, HOOKS
from t800.nodes import KINDS
from t800.registry import behaviour, skill
from t800.spec.argument import Argument
from t800.spec.tree import TreeSpec
from t800.types import ENTITY, Entity, Out, record

ROOT = Path(__file__).parents[1]


@record
class Threat:
    """Someone who means harm."""

    track: Entity
    distance: float
    armed: bool = False


@skill
def go_to(ctx: Context, place: Entity, within: float = 1.0, gait: Literal["walk", "run"] = "walk") -> Status:
    """Go somewhere."""
    ctx.services["log"].append((place, within, gait))
    return SUCCESS


@skill
def look(ctx: Context, seen: Out[Threat]) -> Status:
    """Look round."""
    ctx.out(seen=Threat("m", 4.0))
    return SUCCESS


@skill
def rest(ctx: Context) -> Status:
    """Rest."""
    return RUNNING


@skill
def search(ctx: Context, who: Entity, give_up_after: float) -> Status:
    """Look for somebody."""
    return SUCCESS


@skill
def shield(ctx: Context, who: Entity, against: Entity) -> Status:
    """Stand in the way."""
    return SUCCESS


@skill
def fire_at(ctx: Context, target: Entity) -> Status:
    """Shoot."""
    return SUCCESS


class Blink(Success):
    """A third-party behaviour."""


@behaviour
def blink(often: int = 3) -> Success:
    """Blink."""
    return Blink(f"blink {often}")


REGISTRY = registry_of(Threat, go_to, look, rest, blink)
OTHERS = {
    "evade": "tree: evade\nports: {ward: entity, pace: {type: float, default: 1.0}}\nroot: succeed\n",
    "loop": "tree: loop\nroot: {subtree: robot}\n",
}
HEAD = """\
tree: robot
ports: {ward: entity, patience: {type: float, default: 5.0}}
uses: {threat: Threat, speed: float, alerted: bool, n: int}
root:
"""

# What stands under `root:` (which is line 4), where each problem is, and what the first says was meant.
BAD_NODES: list[tuple[str, str, str | None]] = [
    ("  secuence: [rest]\n", "5:3 E502", "sequence"),
    ("  - rest\n", "5:3 E501", None),
    ("  sequence:\n    - resst\n", "6:7 E502", "rest"),
    ("  rest:\n  fail:\n", "6:3 E501", "fail_if"),
    ("  rest:\n  whlie: alerted\n", "6:3 E501", "while"),
    ("  rest:\n  times: 3\n", "6:3 E503", None),
    ("  retry: rest\n", "5:3 E504", None),
    ("  timeout: rest\n", "5:3 E504", None),
    ("  name: x\n", "5:3 E501", None),
    ("  sequence: []\n", "5:3 E507", None),
    ("  sequence:\n", "5:3 E507", None),
    ("  sequence: {rest: }\n", "5:13 E203", None),
    ("  invert: [rest]\n", "5:3 E507", None),
    ("  invert:\n    check: alerted\n", "6:5 E508", None),
    ("  sequence: [3]\n", "5:14 E501", None),
    ("  check: speed + 1.0\n", "5:10 E412", None),
    ("  check: sped > 1.0\n", "5:10 E404", "speed"),
    ("  check: threat.distence > 1.0\n", "5:17 E405", "distance"),
    ("  check: speed >\n", "5:17 E401", None),
    ("  sequence: [{check: speed in [1.0, 2.0]}]\n", "5:31 E105", None),
    ("  rest:\n  if: threat\n", "6:7 E412", None),
    ("  go_to: {plaec: home}\n", "5:11 E305", "place"),
    ("  go_to: {within: 2.0}\n", "5:3 E504", None),
    ("  go_to: {place: home, within: near}\n", "5:32 E203", None),
    ("  go_to: {place: home, within: speed}\n", "5:32 E203", "$speed"),
    ("  go_to: {place: $wrad}\n", "5:19 E404", "ward"),
    ("  go_to: {place: $speed}\n", "5:19 E412", None),
    ("  go_to: {place: home, gait: rnu}\n", "5:30 E203", "run"),
    ("  go_to: {place: home, within: =speed +}\n", "5:40 E401", None),
    ("  rest: 3\n", "5:9 E305", None),
    ("  go_to: {place: $2x}\n", "5:18 E505", None),
    ("  look: {seen: threat}\n", "5:16 E505", "$threat"),
    ("  look: {seen: $thret}\n", "5:17 E306", "$threat"),
    ("  look: {seen: $speed}\n", "5:16 E506", None),
    ("  look: {seen: $ward}\n", "5:17 E306", None),
    ("  set: {sped: 1.0}\n", "5:9 E306", "speed"),
    ("  set: {ward: john}\n", "5:9 E306", None),
    ("  set: {speed: fast}\n", "5:16 E203", None),
    ("  set: {}\n", "5:8 E507", None),
    ("  set: [speed]\n", "5:8 E203", None),
    ("  set:\n", "5:3 E504", None),
    ("  signal: 3\n", "5:11 E513", None),
    ("  signal: two words\n", "5:11 E513", None),
    ("  signal: ping\n  with: {at: [1]}\n", "6:14 E203", None),
    ("  retry: rest\n  times: 0\n", "6:10 E205", None),
    ("  retry: rest\n  times: foreever\n", "6:10 E205", "forever"),
    ("  retry: rest\n  times: $n\n", "6:10 E505", None),
    ("  parallel: [rest, rest]\n  policy: 3\n", "6:11 E205", None),
    ("  parallel: [rest, rest]\n  policy: alll\n", "6:11 E205", "all"),
    ("  parallel: [rest, rest]\n  fail_after: 0\n", "6:15 E205", None),
    ("  timeout: rest\n  seconds: -1.0\n", "6:12 E205", None),
    ("  timeout: rest\n  seconds: soon\n", "6:12 E203", None),
    ("  wait: -1.0\n", "5:9 E205", None),
    ("  wait_until: {when: 1 > 2, at_most: -1.0}\n", "5:38 E205", None),
    ("  service: {every: -1.0, do: rest, beside: rest}\n", "5:20 E205", None),
    ("  rest:\n  name: a/b\n", "6:9 E511", None),
    ("  subtree: evaed\n", "5:12 E301", "evade"),
    ("  subtree: evade\n  with: {wrad: john}\n", "6:10 E305", "ward"),
    ("  subtree: evade\n", "5:12 E504", None),
    ("  subtree: robot\n", "5:12 E510", None),
    ("  subtree: 3\n", "5:12 E513", None),
    ("  sequence: [{subtree: evade, with: {ward: $ward}}, evade]\n", "5:53 E502", "subtree: evade"),
    ("  blink: {often: $n}\n", "5:18 E505", None),
    ("  wait: .inf\n", "5:9 E114", None),
    ("  rest:\n  if: 3\n", "6:7 E412", None),
    ("  check:\n", "5:3 E504", None),
    ("  sequence:\n    -\n", "6:6 E501", None),
    ("  rest:\n  if: [alerted]\n", "6:7 E203", None),
    ("  rest:\n  skip_if: alerted\n", "6:3 E503", "if"),
]

BAD_FILES: list[tuple[str, str, str | None]] = [
    ("tree: robot\n", "1:1 E202", None),
    ("tree: robt\nroot: rest\n", "1:7 E304", None),
    ("root: rest\n", "1:1 E202", None),
    ("tree: robot\nrot: rest\nroot: rest\n", "2:1 E201", "root"),
    ("- rest\n", "1:1 E203", None),
    ("tree: robot\nports: {a: flaot}\nroot: rest\n", "2:12 E203", "float"),
    ("tree: robot\nports: {a: {tpye: float}}\nroot: rest\n", "2:13 E201", "type"),
    ("tree: robot\nports: {a: {type: float, default: x}}\nroot: rest\n", "2:35 E203", None),
    ("tree: robot\nports: {times: float}\nroot: rest\n", "2:9 E511", None),
    ("tree: robot\nports: {a: {type: float, out: yes}}\nroot: rest\n", "2:31 E203", None),
    ("tree: robot\nports: {a: float}\nuses: {a: float}\nroot: rest\n", "3:8 E512", None),
    ("tree: robot\nuses: [a]\nroot: rest\n", "2:7 E203", None),
    ("tree: robot\nuses: {'a b': float}\nroot: rest\n", "2:8 E511", None),
    ("tree: robot\ndoc: 3\nroot: rest\n", "2:6 E203", None),
    ("tree: robot\nuses: {a: 'list[Thraet]'}\nroot: rest\n", "2:11 E203", "list[Threat]"),
    ("tree: robot\nroot: rest\nroot: rest\n", "3:1 E107", None),
    ("tree: robot\nroot: [rest\n", "2:7 E105", None),
    ("tree: robot\nroot:\n\tsequence: [rest]\n", "3:1 E105", None),
]


def places(problems: list[Problem]) -> str:
    return ", ".join(f"{each.line}:{each.column} {each.code}" for each in problems)


@pytest.mark.parametrize(("text", "where", "meant"), BAD_NODES)
def test_a_bad_node_is_refused_where_it_is_bad(tmp_path: Path, text: str, where: str, meant: str | None) -> None:
    problems = tree_problems(tmp_path, REGISTRY, HEAD + text, **OTHERS)
    assert places(problems) == where
    assert problems[0].hint == meant
    assert all(each.path.endswith("trees/robot.yaml") for each in problems)


@pytest.mark.parametrize(("text", "where", "meant"), BAD_FILES)
def test_a_bad_file_is_refused_where_it_is_bad(tmp_path: Path, text: str, where: str, meant: str | None) -> None:
    problems = tree_problems(tmp_path, REGISTRY, text, **OTHERS)
    assert places(problems) == where
    assert problems[0].hint == meant


@pytest.mark.parametrize("text", [HEAD + text for text, _, _ in BAD_NODES] + [text for text, _, _ in BAD_FILES])
def test_a_problem_shows_the_line_and_a_way_out(tmp_path: Path, text: str) -> None:
    for each in tree_problems(tmp_path, REGISTRY, text, **OTHERS):
        shown = str(each).splitlines()
        assert shown[0].startswith(f"{each.path}:{each.line}:{each.column}: {each.code} ")
        assert shown[1].strip() in text
        assert shown[2].index("^") - 4 == each.column - 1
        assert max(map(len, shown)) < 250


def test_all_problems_of_a_file_and_of_those_it_includes_are_told_at_once(tmp_path: Path) -> None:
    text = (
        HEAD
        + """\
  sequence:
    - go_to: {place: $ward}
      wile: alerted
    - chekc: speed > 1.0
    - subtree: part
    - retry: {set: {spede: 1.0}}
      times: 0
"""
    )
    part = "tree: part\nroot:\n  sequence: []\n"
    problems = tree_problems(tmp_path, REGISTRY, text, part=part)
    assert [f"{Path(each.path).stem} {each.line} {each.code}" for each in problems] == [
        "part 3 E507",
        "robot 7 E501",
        "robot 8 E502",
        "robot 10 E306",
        "robot 11 E205",
    ]


def test_a_tree_that_includes_itself_by_another_is_refused_there(tmp_path: Path) -> None:
    problems = tree_problems(tmp_path, REGISTRY, HEAD + "  subtree: loop\n", **OTHERS)
    assert [(Path(each.path).name, places([each])) for each in problems] == [("loop.yaml", "2:17 E510")]


@pytest.mark.parametrize("levels", [205, 5000])
def test_a_file_nests_two_hundred_deep_at_most(tmp_path: Path, levels: int) -> None:
    text = HEAD + "  " + "{invert: " * levels + "rest" + "}" * levels + "\n"
    assert [each.code for each in tree_problems(tmp_path, REGISTRY, text)] == ["E112"]
    text = HEAD + "  " + "{invert: " * 190 + "rest" + "}" * 190 + "\n"
    assert tree_problems(tmp_path, REGISTRY, text) == []


def test_aliases_do_not_nest_deeper(tmp_path: Path) -> None:
    deep = "{invert: " * 120
    text = HEAD + f"  sequence:\n    - &x {deep}rest{'}' * 120}\n    - {deep}*x{'}' * 120}\n"
    assert [each.code for each in tree_problems(tmp_path, REGISTRY, text)] == ["E112"]


def test_trees_that_double_from_file_to_file_are_refused(tmp_path: Path) -> None:
    others = {
        f"t{n}": f"tree: t{n}\nroot: {{sequence: [{{subtree: t{n + 1}}}, {{subtree: t{n + 1}}}]}}\n" for n in range(40)
    }
    others["t40"] = "tree: t40\nroot: rest\n"
    problems = tree_problems(tmp_path, REGISTRY, "tree: robot\nroot: {subtree: t0}\n", **others)
    assert [each.code for each in problems] == ["E514"]


GOOD = """\
tree: robot
doc: A tree that has it all.
ports:
  ward: entity
  patience: {type: float, default: 5}
  found: {type: Threat, out: true}
uses: {threat: Threat, speed: float, alerted: bool, n: int}
root:
  selector:
    - go_to: home
      if: not alerted
    - go_to: {place: $ward, within: =speed * 2, gait: run}
      while: known(threat) and threat.distance < patience
      name: nearer
    - look: {seen: $found}
    - sequence: [rest, rest, {rest: {}}, {rest: }]
    - subtree: evade
      with: {ward: $threat.track, pace: $patience}
    - subtree: evade
      with: {ward: $ward}
      name: away
"""


def test_a_good_file_becomes_a_flat_preorder(tmp_path: Path) -> None:
    spec = tree_spec(tmp_path, REGISTRY, GOOD, **OTHERS)
    assert (spec.name, spec.doc) == ("robot", "A tree that has it all.")
    assert [(node.kind, node.label, node.end) for node in spec.nodes] == [
        ("selector", "selector", 11),
        ("go_to", "go_to", 2),
        ("go_to", "nearer", 3),
        ("look", "look", 4),
        ("sequence", "sequence", 9),
        ("rest", "rest", 6),
        ("rest", "rest", 7),
        ("rest", "rest", 8),
        ("rest", "rest", 9),
        ("subtree", "evade", 10),
        ("subtree", "away", 11),
    ]
    assert (spec.ports["patience"].default, spec.ports["ward"].required, spec.ports["found"].out) == (5.0, True, True)
    assert spec.nodes[1].arguments["place"] == Argument(ENTITY, value="home")
    assert spec.nodes[2].arguments["within"].expression == "speed * 2"
    assert spec.nodes[3].arguments["seen"].key == "found"
    assert [tree.name for tree in spec.subtrees] == ["evade"]


def test_ids_are_the_paths_that_the_file_shows(tmp_path: Path) -> None:
    spec = tree_spec(tmp_path, REGISTRY, GOOD, **OTHERS)
    root = build(spec, REGISTRY, {"ward": Argument(ENTITY, value="john"), "found": Argument(ENTITY, key="threat")})
    assert [name for name in compile(root).ids if not name.endswith(".guard")] == [
        "robot",
        "robot/go_to",
        "robot/nearer",
        "robot/look",
        "robot/sequence",
        "robot/sequence/rest",
        "robot/sequence/rest#2",
        "robot/sequence/rest#3",
        "robot/sequence/rest#4",
        "robot/evade",
        "robot/away",
    ]


def stage(folder: Path, root: str, **others: str) -> tuple[Stage, list[Any]]:
    log: list[Any] = []
    uses = "uses: {threat: Threat, speed: float, alerted: bool, n: int}\n"
    spec = tree_spec(folder, REGISTRY, f"tree: robot\n{uses}root: {root}\n", **others)
    return Stage(spec, REGISTRY, {"log": log}), log


MOVE = """\
tree: move
ports: {who: entity, far: {type: float, default: 2}, how: {type: "literal[walk, run]", default: walk}}
root: {go_to: {place: $who, within: =far + 1, gait: $how}}
"""


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ("{who: john}", ("john", 3.0, "walk")),
        ("{who: $threat.track, far: $speed, how: run}", ("m", 11.0, "run")),
        ("{who: john, far: =speed * speed - threat.distance}", ("john", 97.0, "walk")),
        ("{who: john, far: $n}", ("john", 8.0, "walk")),
    ],
)
def test_what_a_use_gives_is_what_the_ports_of_a_subtree_read(tmp_path: Path, given: str, called: tuple[Any]) -> None:
    made, log = stage(tmp_path, f"{{subtree: move, with: {given}}}", move=MOVE)
    for key, value in {"threat": Threat("m", 4.0), "speed": 10.0, "n": 7}.items():
        made.board.write(key, value, 0)
    assert made.tick() is SUCCESS
    assert log == [called]
    assert [type(part) for part in log[0]] == [str, float, str]


def test_a_port_of_a_subtree_is_read_afresh_each_tick_through_any_number_of_files(tmp_path: Path) -> None:
    files = {
        f"t{n}": f"tree: t{n}\nports: {{x: float}}\nroot: {{subtree: t{n + 1}, with: {{x: =x + 1}}}}\n"
        for n in range(9)
    }
    files["t9"] = "tree: t9\nports: {x: float}\nroot: {go_to: {place: home, within: $x}}\n"
    made, log = stage(tmp_path, "{subtree: t0, with: {x: $speed}}", **files)
    for speed in (1.0, 2.0, None):
        made.board.write("speed", speed, 0)
        made.tick()
    assert [within for _, within, _ in log] == [10.0, 11.0]
    assert made.status("robot") is FAILURE
    assert made.say("robot").startswith("unknown: ")


def test_an_out_port_writes_the_key_that_the_outermost_use_names(tmp_path: Path) -> None:
    outer = "tree: outer\nports: {to: {type: Threat, out: true}}\nroot: {subtree: inner, with: {found: $to}}\n"
    inner = """\
tree: inner
ports: {found: {type: Threat, out: true}}
root: {sequence: [{look: {seen: $found}}, {check: found.distance == 4.0}]}
"""
    made, _ = stage(tmp_path, "{subtree: outer, with: {to: $threat}}", outer=outer, inner=inner)
    assert made.tick() is SUCCESS
    assert made.board.values["threat"] == Threat("m", 4.0)


def test_a_set_in_a_subtree_writes_through_its_out_port(tmp_path: Path) -> None:
    inner = "tree: inner\nports: {to: {type: float, out: true}}\nroot: {set: {to: =known(to) and 1.0 or 2.0}}\n"
    inner = inner.replace("=known(to) and 1.0 or 2.0", "2")
    made, _ = stage(tmp_path, "{subtree: inner, with: {to: $speed}}", inner=inner)
    assert made.tick() is SUCCESS
    assert (made.board.values["speed"], made.board.written["speed"]) == (2.0, 0)


def test_a_port_that_doubles_from_file_to_file_is_refused_when_it_is_built(tmp_path: Path) -> None:
    files = {
        f"t{n}": f"tree: t{n}\nports: {{x: float}}\nroot: {{subtree: t{n + 1}, with: {{x: =x + x}}}}\n"
        for n in range(40)
    }
    files["t40"] = "tree: t40\nports: {x: float}\nroot: {go_to: {place: home, within: $x}}\n"
    spec = tree_spec(
        tmp_path, REGISTRY, "tree: robot\nuses: {speed: float}\nroot: {subtree: t0, with: {x: $speed}}\n", **files
    )
    with pytest.raises(UsageError, match="port 'x' grows too long"):
        build(spec, REGISTRY)


def test_a_third_party_gets_its_literals_and_the_name_in_the_tree(tmp_path: Path) -> None:
    made, _ = stage(tmp_path, "{sequence: [{blink: {often: 7}}, {blink: , name: lamp}]}")
    assert made.plan.foreign == ("robot/blink", "robot/lamp")
    assert made.tick() is SUCCESS


def test_a_tree_without_a_value_for_a_port_cannot_be_built(tmp_path: Path) -> None:
    spec = tree_spec(tmp_path, REGISTRY, HEAD + "  go_to: $ward\n")
    with pytest.raises(UsageError, match="robot needs its port 'ward'"):
        build(spec, REGISTRY)


def test_only_what_a_tree_means_is_in_its_digest(tmp_path: Path) -> None:
    def digest(text: str, **others: str) -> str:
        return tree_spec(tmp_path, REGISTRY, text, **{**OTHERS, **others}).digest

    same = digest(GOOD)
    assert digest("# a remark\n" + GOOD.replace("doc: A tree that has it all.", "doc: Said otherwise.")) == same
    assert digest(GOOD.replace("speed * 2", "speed  *  2")) == same
    asked, cased = "check: \"word == 'a b'\"", "switch: {on: $word, cases: {a b: succeed}}"
    for what in (asked, cased):
        text = f"tree: robot\nuses: {{word: str}}\nroot: {{sequence: [{{{what}}}]}}\n"
        assert digest(text.replace("a b", "a  b")) != digest(text)
        assert digest(text.replace(" ==", "   ==")) == digest(text)
    changes = [("speed * 2", "speed * 3"), ("name: nearer", "name: near"), ("default: 5}", "default: 6}")]
    changes += [("if: not alerted", "while: not alerted"), ("go_to: home", "go_to: mall")]
    for old, new in changes:
        assert digest(GOOD.replace(old, new)) != same
    assert digest(GOOD, evade=OTHERS["evade"].replace("succeed", "fail")) != same


PAGE = ROOT / "docs/trees.md"


def kinds_table() -> str:
    """Each kind, its first sentence, and when to use it, as its doc says."""
    rows = ["| kind | what it does | when to use it |", "|---|---|---|"]
    for name, kind in KINDS.items():
        paragraphs = [" ".join(part.split()) for part in inspect.cleandoc(kind.doc).split("\n\n")]
        use = next((part.removeprefix("Use it ") for part in paragraphs if part.startswith("Use it ")), "")
        use = re.split(r"(?<=[.;]) (?=[A-Z])", use)[0]
        rows.append(f"| `{name}` | {paragraphs[0]} | {use} |".replace("  |", " |"))
    return "\n".join(rows) + "\n"


def test_the_page_on_trees_tells_of_every_kind_what_the_kind_says() -> None:
    assert PAGE.read_text().partition("with an example.\n\n")[2] == kinds_table()


def test_the_tree_on_the_page_loads(tmp_path: Path) -> None:
    text = PAGE.read_text().partition("```yaml\n")[2].partition("```")[0].replace("protect", "robot")
    others = {"evade": "tree: evade\nports: {ward: entity, hunter: entity}\nroot: rest\n"}
    assert tree_problems(tmp_path, registry_of(Threat, rest, search, shield, fire_at), text, **others) == []


def test_the_page_names_every_option() -> None:
    text = PAGE.read_text()
    assert [option for option in (*GUARDS, *HOOKS) if f"`{option}" not in text] == []
    for kind in KINDS.values():
        assert [option for option in kind.options if f"`{option}`" not in text] == []


def test_every_code_that_is_used_is_in_the_table_and_the_other_way_round() -> None:
    used: set[str] = set()
    for path in (ROOT / "t800").rglob("*.py"):
        if path.name != "codes.py":
            used |= set(re.findall(r"\"(E[1-7][0-9]{2})\"", path.read_text()))
    assert used - set(CODES) == set()
    assert set(CODES) - used == set()


def test_errors_are_sorted_by_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        tree_spec(tmp_path, REGISTRY, HEAD + "  sequence: [a_, b_, {rest: , tiems: 3}]\n")
    columns = [each.column for each in caught.value.problems]
    assert columns == sorted(columns)
    assert len(columns) == 3


def test_a_value_that_is_handed_on_through_many_files_is_refused_before_python_does(tmp_path: Path) -> None:
    def chain(count: int) -> TreeSpec:
        below = {
            f"m{i}": f"tree: m{i}\nports: {{n: float}}\nroot: {{subtree: m{i + 1}, with: {{n: =n + 1.0}}}}\n"
            for i in range(count)
        }
        last = f"tree: m{count}\nports: {{n: float}}\nroot: {{check: n > 5.0}}\n"
        top = "tree: robot\nuses: {k: float}\nroot: {subtree: m0, with: {n: $k}}\n"
        return tree_spec(tmp_path, registry_of(), top, **below, **{f"m{count}": last})

    assert Plan(build(chain(30), registry_of())).ids == ["robot"]
    with pytest.raises(UsageError, match="grows too long from subtree to subtree"):
        build(chain(90), registry_of())
