"""Reading YAML: what it means, what is refused, and where."""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from lab import untraced

from t800.errors import ConfigError, Problem, UsageError, closest
from t800.loader.codes import CODES
from t800.loader.document import Document, Mapping, Scalar, parse, plain, read, split_override


def fault(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml")
    return [f"{p.path}:{p.line}:{p.column}: {p.code}" for p in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-2", -2),
        ("+2", 2),
        ("017", 17),
        ("0o17", 15),
        ("0xff", 255),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2001-01-01", "2001-01-01"),
        ("'7'", "7"),
        ('"~"', "~"),
        ("=", "="),
        ("9" * 40, int("9" * 40)),
        ("0.1.2", "0.1.2"),
    ],
)
def test_scalars_mean_what_yaml_1_2_core_says(text: str, value: object) -> None:
    document = parse(f"a: {text}", "f.yaml")
    assert isinstance(document.root, Mapping)
    found = plain(document.root)["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: 1\nb: 2\na: 3\n", ["3:1: E107"]),
        ("a: {b: 1, b: 2}\n", ["1:11: E107"]),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", ["3:3: E109"]),
        ("1: a\n", ["1:1: E108"]),
        ("a:\n  true: x\n", ["2:3: E108"]),
        ("? [a, b]\n: c\n", ["1:3: E108"]),
        ("&k a: 1\n*k : 2\n", ["2:1: E108"]),
        ("{: a}\n", ["1:2: E105"]),
        ("a: !!int '3'\n", ["1:4: E110"]),
        ("a: !Order {b: 1}\n", ["1:4: E110"]),
        ("%TAG ! tag:x\n---\na: 1\n", ["1:1: E110"]),
        ("a: 1\n---\nb: 2\n", ["2:1: E106"]),
        ("# nothing\n", ["1:1: E106"]),
        ("a: *gone\n", ["1:4: E111"]),
        ("a: &a [1, *a]\n", ["1:11: E111"]),
        ("a: .inf\nb: -.INF\nc: .nan\nd: 1e999\n", ["1:4: E114", "2:4: E114", "3:4: E114", "4:4: E114"]),
        ("a: " + "9" * 41 + "\n", ["1:4: E114"]),
        ("a: {when: max(b, c) > 2}\n", ["1:18: E115"]),
        ("a: {when: x in [b, c}\n", ["1:16: E105"]),
        ("a: {b: 1\nc: 2\n", ["2:2: E105"]),
        ("a: b: c\n", ["1:5: E105"]),
        ("a:\n\t- b\n", ["2:1: E105"]),
        ("a: @b\n", ["1:4: E105"]),
        ("a: 'b\n", ["1:4: E105"]),
        ("a:\n  - b\n c: d\n", ["3:2: E105"]),
        ('a: "\\q"\n', ["1:5: E105"]),
        ("a: b\x07\n", ["1:5: E104"]),
        ("a: b\u2028c\n", ["1:5: E104"]),
        ("a: 'x\u202e'\n", ["1:6: E104"]),
        ("a: b\rc: d\n", ["1:5: E104"]),
        ('a: "x\\e[2J"\n', ["1:4: E104"]),
        ('a: ["\\u202e", "\\t\\n"]\n', ["1:5: E104"]),
        ("a: " + "[" * 201 + "\n", ["1:203: E112"]),
    ],
)
def test_each_fault_is_refused_where_it_stands(text: str, where: list[str]) -> None:
    assert fault(text) == [f"f.yaml:{place}" for place in where]


def test_all_faults_that_leave_the_rest_readable_come_in_one_pass() -> None:
    assert fault("a: 1\na: 2\n<<: {}\n3: .inf\nb: !!str x\n") == [
        "f.yaml:2:1: E107",
        "f.yaml:3:1: E109",
        "f.yaml:4:1: E108",
        "f.yaml:4:4: E114",
        "f.yaml:5:4: E110",
    ]


def test_a_caller_may_collect_these_faults_and_read_on() -> None:
    problems: list[Problem] = []
    document = parse("a: 1\na: 2\nb: 3\n", "f.yaml", problems)
    assert [problem.code for problem in problems] == ["E107"]
    assert plain(document.root) == {"a": 1, "b": 3}


def test_faults_end_after_a_hundred() -> None:
    found = fault("a: 1\n" * 5000)
    assert len(found) == 101
    assert found[-1] == "f.yaml:101:1: E113"


def test_flow_style_is_told_to_quote_expressions() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("a: {when: min(b, c) > 2}\n", "f.yaml")
    assert "quote expressions that hold `,` `[` or `:`" in caught.value.problems[0].message


def test_a_flow_key_may_leave_its_value_empty_behind_a_colon() -> None:
    assert plain(parse("a: {b: , c : 1}\n", "f.yaml").root) == {"a": {"b": None, "c": 1}}


def test_aliases_stand_for_what_they_name() -> None:
    assert plain(parse("a: &x [1, {b: 2}]\nc: *x\n", "f.yaml").root) == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}


def test_values_are_never_dumped_beyond_forty_characters() -> None:
    for text in (
        "a: {" + "k" * 900 + "}",
        "a: *" + "k" * 900,
        "k: " * 2,
        "a: " + "9" * 5000,
        "a: !" + "k" * 900 + " b",
    ):
        with pytest.raises(ConfigError) as caught:
            parse(text, "f.yaml")
        for problem in caught.value.problems:
            assert "k" * 41 not in problem.message
            assert "9" * 41 not in problem.message


def read_fault(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read(path, "f.yaml")
    (problem,) = caught.value.problems
    return f"{problem.line}:{problem.column}: {problem.code}"


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert read_fault(tmp_path) == "1:1: E101"
    assert read_fault(tmp_path / "none.yaml") == "1:1: E101"
    assert read_fault(tmp_path / "fifo") == "1:1: E101"
    assert read_fault(Path("/dev/zero")) == "1:1: E101"


def test_what_is_not_utf_8_is_refused_where_it_begins(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("a: 1\nbé: c\xe9".encode("latin-1"))
    assert read_fault(tmp_path / "latin.yaml") == "2:2: E103"


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = read(tmp_path / "f.yaml")
    assert plain(document.root) == {"a": 1, "b": 2}
    assert document.lines[0] == "a: 1"


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("a: x > yy\n", 4, (1, 8)),
        ("a: 'x > yy'\n", 4, (1, 9)),
        ("a: 'it''s yy'\n", 5, (1, 11)),
        ('a: "x \\" yy"\n', 4, (1, 10)),
        ("a: x\n  > yy\n", 4, (2, 5)),
        ("a: |\n  x >\n  yy\n", 4, (3, 3)),
        ("a: >-\n\n  x >\n  yy\n", 5, (4, 3)),
        ("a: &n x > yy\n", 4, (1, 11)),
        ("a: x >\n", 3, (1, 7)),
        ("a: 'x >'\n", 3, (1, 8)),
        ("a: x > y\n", 1, (1, 5)),
    ],
)
def test_an_offset_in_a_text_is_found_in_the_file(text: str, offset: int, place: tuple[int, int]) -> None:
    document = parse(text, "f.yaml")
    assert isinstance(document.root, Mapping)
    node = document.root.get("a")
    assert isinstance(node, Scalar)
    problem = document.problem(node, "E401", "no", offset=offset)
    assert (problem.line, problem.column) == place


def robot() -> Document:
    return parse("agents: {t: &t {arrives: 2, speed: 0.1, names: [a, b]}, u: *t}\nseed: 5\n", "f.yaml")


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("seed", "7", 7),
        ("seed", "x3", 15),
        ("seed", "x1.5", 7.5),
        ("seed", "x1e2", 500),
        ("seed", "[1, {a: b}]", [1, {"a": "b"}]),
        ("seed", "'x3'", "x3"),
        ("seed", "", None),
        ("agents.t.speed", "x1.05", 0.105),
        ("agents.t.names.1", "c", "c"),
    ],
)
def test_an_override_replaces_what_stands_at_a_path(path: str, text: str, value: object) -> None:
    document = robot()
    document.override(path.split("."), text)
    found = plain(document.root)
    for name in path.split("."):
        found = found[int(name)] if isinstance(found, list) else found[name]
    assert found == value
    assert type(found) is type(value)


def test_an_override_of_one_alias_leaves_the_other() -> None:
    document = robot()
    document.override(["agents", "t", "arrives"], "9")
    found = plain(document.root)["agents"]
    assert (found["t"]["arrives"], found["u"]["arrives"]) == (9, 2)


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("agents.t.speeed", "1", "did you mean 'speed'?"),
        ("agent.t", "1", "did you mean 'agents'?"),
        ("agents.t.names.2", "1", "a list of 2"),
        ("seed.x", "1", "nothing lies below 5"),
        ("agents.t.names", "x2", "multiplies a number"),
        ("agents.t.names.0", "x2", "multiplies a number"),
        ("seed", "x1e308", "5 times 1e308 is too large"),
        ("agents.t.speed", "x1e999", "0.1 times 1e999 is too large"),
    ],
)
def test_an_override_of_nothing_is_an_error_with_a_way_out(path: str, text: str, says: str) -> None:
    with pytest.raises(UsageError, match="--set") as caught:
        robot().override(path.split("."), text)
    assert says in str(caught.value)


def test_an_override_may_create_what_the_file_leaves_out() -> None:
    document = robot()
    document.override(["agents", "t", "blackboard", "ward"], "sarah", create=True)
    assert plain(document.root)["agents"]["t"]["blackboard"] == {"ward": "sarah"}


def test_problems_with_an_overridden_value_point_at_the_command_line() -> None:
    document = robot()
    document.override(["seed"], "{a: 1}")
    assert isinstance(document.root, Mapping)
    seed = document.root.get("seed")
    assert isinstance(seed, Mapping)
    problem = document.problem(seed.pairs["a"][1], "E203", "no")
    assert str(problem).splitlines()[:2] == ["--set seed:1:5: E203 no", "    {a: 1}"]


def test_an_override_that_is_not_yaml_is_refused_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"--set seed:1:\d: E105"):
        robot().override(["seed"], "{a: ")


def test_the_words_of_an_override() -> None:
    assert split_override("a.b = x=1") == (("a", "b"), "x=1")
    for text in ("a.b", "a..b=1", "=1"):
        with pytest.raises(UsageError, match="PATH=VALUE"):
            split_override(text)


BOMBS = {
    "dashes": "- " * 500_000,
    "questions": "? " * 500_000,
    "brackets": "[" * 1_000_000,
    "braces": "{a: " * 250_000,
    "deep": "[" * 100_000 + "]" * 100_000,
    "wide": "[" + "1," * 500_000 + "]",
    "keys": "\n".join(f"{i:x}x: 1" for i in range(90_000)),
    "twice": "a: 1\n" * 200_000,
    "number": "a: " + "9" * 5_000,
    "laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefghij", "bcdefghijk", strict=True)),
    "nested aliases": "a: &a [x]\n" + "".join(f"b{i}: &a [*a]\n" for i in range(300)),
    "merges": "a: &a {x: 1}\n" + "".join(f"b{i}: &a {{<<: [*a, *a], y{i}: 1}}\n" for i in range(40)),
    "directives": "".join(f"%TAG !{i}! tag:{i}\n" for i in range(40_000)) + "--- a",
    "documents": "---\n" * 250_000,
    "comments": "{a " + "#\n" * 500_000 + "}",
    "ten megabytes": "a" * 10_000_000,
}

JUDGE = """
import resource, sys
from t800.errors import ConfigError
from t800.loader.document import parse
try:
    parse(sys.stdin.read(), "bomb.yaml")
except ConfigError as error:
    print(error.problems[-1].code)
"""


def confined() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (500 << 20, 500 << 20))
    # Processor seconds, not the clock: a busy machine makes no difference.
    resource.setrlimit(resource.RLIMIT_CPU, (2, 2))


@pytest.mark.parametrize("name", BOMBS)
def test_no_bomb_takes_long_or_grows(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", JUDGE],
        input=BOMBS[name],
        text=True,
        capture_output=True,
        preexec_fn=confined,
        env=untraced(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in {"E102", "E105", "E106", "E107", "E109", "E110", "E112", "E113", "E114", "E115"}


def test_codes_are_written_down() -> None:
    assert all(len(code) == 4 and code[0] == "E" and meaning for code, meaning in CODES.items())


def test_problems_come_back_whole_from_another_process() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("a: 1\na: 2\n", "f.yaml")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is ConfigError
    assert (again.problems, str(again)) == (caught.value.problems, str(caught.value))


def test_what_a_typo_meant_is_looked_for_in_as_many_letters_as_there_is_time_for() -> None:
    meant, written = "z" * 80 + "y", "z" * 80 + "x"
    assert closest(written, [*(f"{number:090}" for number in range(99)), meant]) == meant
    assert closest(written, [*(f"{number:090}" for number in range(900)), meant]) is None
