"""Expressions: what they accept, what they say of what they refuse, and what they mean (R16, R17)."""

import ast
import dataclasses
import doctest
import math
import operator
import pickle
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import t800.expressions
from t800.errors import UsageError
from t800.expressions import (
    MAX_DEPTH,
    MAX_INT,
    MAX_LENGTH,
    Expression,
    ExpressionError,
    Function,
    Scope,
    Symbol,
    compile_value,
    parse,
)
from t800.types import BOOL, ENTITY, FLOAT, INT, STR, Entity, Type, record

INF = math.inf
DT = 0.5


@record
class Gun:
    rounds: int | None = None
    heat: float | None = None


@record
class Threat:
    track: Entity | None = None
    distance: float | None = None
    armed: bool | None = None
    gun: Gun | None = None
    victims: list[Entity] | None = None


TYPES = {
    "x": FLOAT,
    "y": FLOAT,
    "i": INT,
    "j": INT,
    "ready": BOOL,
    "seen": BOOL,
    "who": ENTITY,
    "word": STR,
    "gait": Type.parse("literal[walk, run, limp]", {}),
    "crew": Type.parse("list[entity]", {}),
    "numbers": Type.parse("list[float]", {}),
    "threat": Type.of(Threat),
}
SYMBOLS = {name: Symbol(kind, f"B[{name!r}]") for name, kind in TYPES.items()}
SYMBOLS |= {"near": Symbol(FLOAT, "near"), "john": Symbol(ENTITY, "'john'"), "limit": Symbol(FLOAT, "12.0")}
SCOPE = Scope(SYMBOLS, {"halved": Function((FLOAT,), FLOAT, "halved"), "odd": Function((INT,), BOOL, "odd")})


def halved(value: float) -> float | None:
    """A function of the scope with every vice: unknown, NaN and infinite for some."""
    assert type(value) is float
    return None if value == 0 else math.nan if value == 1 else INF if value == 2 else value / 2


def odd(value: int) -> bool | None:
    return None if value == 0 else value % 2 == 1


FUNCTIONS = {"halved": halved, "odd": odd}


class Oracle:
    """The meaning of expressions once more: slow, over Python's own syntax tree, sharing no code. None is unknown."""

    def __init__(self, values: Mapping[str, Any], written: Mapping[str, int], now: int) -> None:
        self.values = {**values, "john": "john", "limit": 12.0}
        self.written = written
        self.now = now

    def __call__(self, text: str) -> Any:
        return self.ask(ast.parse(text.strip(), mode="eval").body)

    def ask(self, tree: ast.expr) -> Any:
        value = getattr(self, "ask_" + type(tree).__name__.lower())(tree)
        return None if isinstance(value, float) and not math.isfinite(value) else value

    def ask_constant(self, tree: ast.Constant) -> Any:
        return tree.value

    def ask_name(self, tree: ast.Name) -> Any:
        return {"true": True, "false": False}[tree.id] if tree.id in ("true", "false") else self.values[tree.id]

    def ask_attribute(self, tree: ast.Attribute) -> Any:
        owner = self.ask(tree.value)
        return None if owner is None else getattr(owner, tree.attr)

    def ask_boolop(self, tree: ast.BoolOp) -> Any:
        answers = [self.ask(value) for value in tree.values]
        deciding = isinstance(tree.op, ast.Or)
        return deciding if deciding in answers else None if None in answers else not deciding

    def ask_unaryop(self, tree: ast.UnaryOp) -> Any:
        value = self.ask(tree.operand)
        if value is None:
            return None
        return (not value) if isinstance(tree.op, ast.Not) else -value

    def ask_binop(self, tree: ast.BinOp) -> Any:
        left, right = self.ask(tree.left), self.ask(tree.right)
        return self.calculate(type(tree.op).__name__, left, right)

    def calculate(self, name: str, left: Any, right: Any) -> Any:
        if any(side is None or (type(side) is int and abs(side) > 2**63) for side in (left, right)):
            return None
        if name == "Div" and right == 0:
            return None
        functions = {"Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv}
        result = functions[name](left, right)
        return None if abs(result) > 2**63 and type(result) is int else result

    def ask_compare(self, tree: ast.Compare) -> Any:
        operands = [tree.left, *tree.comparators]
        pairs = [
            self.compare(type(op).__name__, self.ask(left), right)
            for op, left, right in zip(tree.ops, operands, operands[1:], strict=False)
        ]
        return False if False in pairs else None if None in pairs else True

    def compare(self, name: str, left: Any, tree: ast.expr) -> Any:
        if name in ("In", "NotIn"):
            found = self.contains(left, tree)
            return None if found is None else found is (name == "In")
        right = self.ask(tree)
        if left is None or right is None:
            return None
        functions = {"Lt": "lt", "LtE": "le", "Gt": "gt", "GtE": "ge", "Eq": "eq", "NotEq": "ne"}
        return getattr(operator, functions[name])(left, right)

    def contains(self, item: Any, tree: ast.expr) -> Any:
        if isinstance(tree, ast.List):
            equal = [None if item is None or c is None else item == c for c in map(self.ask, tree.elts)]
            return True if True in equal else None if None in equal else False
        many = self.ask(tree)
        return None if item is None or many is None else item in many

    def ask_call(self, tree: ast.Call) -> Any:
        assert isinstance(tree.func, ast.Name)
        name = tree.func.id
        if name == "age":
            key = tree.args[0].id  # type: ignore[attr-defined]
            return (self.now - self.written[key]) * DT if key in self.written else None
        values = [self.ask(argument) for argument in tree.args]
        if name == "known":
            return values[0] is not None
        if None in values:
            return None
        if name == "halved":
            values = [self.calculate("Mult", values[0], 1.0)]
            return None if values[0] is None else halved(values[0])
        if name in ("min", "max"):
            if any(type(value) is float for value in values):
                values = [self.calculate("Mult", value, 1.0) for value in values]
                if None in values:
                    return None
            return min(values) if name == "min" else max(values)
        return {"abs": abs, "count": len, **FUNCTIONS}[name](values[0])


@dataclasses.dataclass(frozen=True)
class Answers:
    true: bool
    false: bool
    value: Any
    unknown: str | None


def compiled(expression: Expression) -> Callable[..., Answers]:
    """All four questions in one function, as a tree would have them."""
    truths = "None, None"
    if expression.type == BOOL:
        truths = f"{expression.true('_t')}, {expression.false('_f')}"
    source = f"def ask(B, W, N, DT, near):\n    return {truths}, {expression.value('_v')}, {expression.unknown('_u')}\n"
    namespace: dict[str, Any] = {"INF": INF, **FUNCTIONS}
    exec(compile(source, "ask", "exec"), namespace)

    def ask(values: Mapping[str, Any], written: Mapping[str, int], now: int) -> Answers:
        true, false, value, unknown = namespace["ask"](values, written, now, DT, values["near"])
        return Answers(bool(true), bool(false), value, unknown)

    return ask


NOTHING: dict[str, Any] = dict.fromkeys([*TYPES, "near"])


def ask(text: str, written: Mapping[str, int] | None = None, now: int = 10, **values: Any) -> Answers:
    return compiled(parse(text, SCOPE))({**NOTHING, **values}, written or {}, now)


def outcome(text: str, **values: Any) -> str:
    answers = ask(text, **values)
    return {(True, False): "true", (False, True): "false", (False, False): "unknown"}[answers.true, answers.false]


# Random typed expressions, as text.

SMALL = st.sampled_from(["0", "1", "2", "3", "-1", "7"])
FLOATS = st.sampled_from(["0.0", "1.0", "2.5", "-0.5", "12.0", "1e3", "1e200", "limit"])


def numbers(depth: int) -> st.SearchStrategy[str]:
    leaves = st.one_of(
        SMALL,
        FLOATS,
        st.sampled_from(["x", "y", "i", "j", "near", "threat.distance", "threat.gun.rounds", "threat.gun.heat"]),
        st.sampled_from(["count(crew)", "count(threat.victims)", "age(x)", "age(threat)", "9223372036854775808"]),
    )
    if depth == 0:
        return leaves
    deeper = numbers(depth - 1)
    return st.one_of(
        leaves,
        st.builds("({} {} {})".format, deeper, st.sampled_from("+-*/"), deeper),
        st.builds("-{}".format, st.sampled_from(["x", "i", "threat.distance", "threat.gun.rounds", "(x + y)"])),
        st.builds("abs({})".format, deeper),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), deeper, deeper),
        st.builds("{}({}, {}, {})".format, st.sampled_from(["min", "max"]), deeper, deeper, deeper),
        st.builds("halved({})".format, deeper),
    )


TEXTS = st.sampled_from(["who", "word", "threat.track", "john", "'john'", "'sarah'"])
ORDERS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
EQUAL = st.sampled_from(["==", "!="])
IN = st.sampled_from(["in", "not in"])


def bools(depth: int) -> st.SearchStrategy[str]:
    number = numbers(min(depth, 2))
    names = st.sampled_from(["x", "i", "near", "threat.distance", "1", "2.5", "-0.5", "limit"])
    leaves = st.one_of(
        st.sampled_from(["ready", "seen", "threat.armed", "True", "false"]),
        st.builds("{} {} {}".format, number, ORDERS, number),
        st.builds("{} {} {} {} {}".format, number, ORDERS, number, ORDERS, number),
        st.builds("{} {} {}".format, TEXTS, EQUAL, TEXTS),
        st.builds("gait {} {}".format, EQUAL, st.sampled_from(["'walk'", "'run'"])),
        st.builds("{} {} [{}]".format, TEXTS, IN, st.lists(TEXTS, min_size=1, max_size=3).map(", ".join)),
        st.builds("{} {} [{}]".format, number, IN, st.lists(names, min_size=1, max_size=3).map(", ".join)),
        st.builds("{} {} {}".format, TEXTS, IN, st.sampled_from(["crew", "threat.victims"])),
        st.builds("{} {} numbers".format, number, IN),
        st.builds("known({})".format, st.one_of(number, TEXTS, st.sampled_from(["threat", "crew", "threat.gun"]))),
        st.builds("odd({})".format, st.sampled_from(["i", "j", "(i * j)", "threat.gun.rounds", "count(crew)"])),
    )
    if depth == 0:
        return leaves
    deeper = bools(depth - 1)
    return st.one_of(
        leaves,
        st.builds("not ({})".format, deeper),
        st.builds("({}) {} ({})".format, deeper, st.sampled_from(["and", "or"]), deeper),
        st.builds("({}) or ({}) or ({})".format, deeper, deeper, deeper),
        st.builds("({}) {} ({})".format, deeper, EQUAL, deeper),
        st.builds("({}) == ({}) != ({})".format, deeper, deeper, deeper),
        st.builds("known({})".format, deeper),
    )


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


SOUND = st.sampled_from([0.0, -0.0, 1.0, 2.0, 2.5, -0.5, 12.0, 1e200, -1e200, 1.7e308])
ANY_FLOAT = st.one_of(SOUND, st.sampled_from([math.nan, INF, -INF]))
WHOLE = st.sampled_from([0, 1, 2, 3, -1, 7, 2**62, 2**63, -(2**63), 2**63 + 1, 10**400])
SOMEONE = st.sampled_from(["john", "sarah", "t1000"])
GUNS = st.builds(Gun, rounds=maybe(WHOLE), heat=maybe(ANY_FLOAT))
CREWS = st.lists(SOMEONE, max_size=2).map(tuple)
THREATS = st.builds(
    Threat,
    track=maybe(SOMEONE),
    distance=maybe(ANY_FLOAT),
    armed=maybe(st.booleans()),
    gun=maybe(GUNS),
    victims=maybe(CREWS),
)
ENVIRONMENTS = st.fixed_dictionaries(
    {
        **{name: maybe(SOUND) for name in ("x", "y", "near")},
        **{name: maybe(WHOLE) for name in ("i", "j")},
        **{name: maybe(st.booleans()) for name in ("ready", "seen")},
        **{name: maybe(SOMEONE) for name in ("who", "word")},
        "gait": maybe(st.sampled_from(["walk", "run", "limp"])),
        "crew": maybe(CREWS),
        "numbers": maybe(st.lists(SOUND, max_size=2).map(tuple)),
        "threat": maybe(THREATS),
    }
)
WRITTEN = st.dictionaries(st.sampled_from(["x", "threat"]), st.integers(0, 10), max_size=2)


def refusal(text: str) -> ExpressionError | None:
    try:
        parse(text, SCOPE)
    except ExpressionError as error:
        return error
    return None


def agree(text: str, environments: list[Any], written: Mapping[str, int]) -> None:
    if error := refusal(text):
        # Constants alone may make no sense, which is refused at load.
        assert "division by zero" in error.message or "too large" in error.message, (text, error.message)
        return
    expression = parse(text, SCOPE)
    function = compiled(expression)
    for values in environments:
        oracle = Oracle(values, written, 10)
        expected, answers = oracle(text), function(values, written, 10)
        note = (text, values)
        assert answers.value == expected, note
        assert type(answers.value) in (type(None), {"bool": bool, "int": int, "float": float}[expression.type.kind]), (
            note
        )
        if expression.type == BOOL:
            assert (answers.true, answers.false) == (expected is True, expected is False), note
        assert (answers.unknown is None) == (expected is not None), note
        if answers.unknown in expression.names:
            assert oracle(answers.unknown) is None, note
        elif answers.unknown is not None:
            # It names a part of the text; all that this part reads may be known.
            assert answers.unknown in text, note
            assert oracle(answers.unknown) is None, note


DIFFERENTIAL = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@DIFFERENTIAL
@given(bools(3), st.lists(ENVIRONMENTS, min_size=4, max_size=8), WRITTEN)
def test_conditions_mean_what_the_oracle_says(text: str, environments: list[Any], written: dict[str, int]) -> None:
    agree(text, environments, written)


@DIFFERENTIAL
@given(numbers(3), st.lists(ENVIRONMENTS, min_size=4, max_size=8), WRITTEN)
def test_numbers_are_what_the_oracle_says(text: str, environments: list[Any], written: dict[str, int]) -> None:
    agree(text, environments, written)


OPERANDS = [
    "x",
    "i",
    "12.0",
    "1",
    "threat.distance",
    "threat.gun.heat",
    "threat.gun.rounds",
    "x + threat.distance",
    "i * j",
]
OPERANDS += [
    "x / threat.distance",
    "threat.gun.heat / y",
    "x / i",
    "abs(threat.distance)",
    "-threat.gun.heat",
    "min(i, y)",
]
OPERANDS += ["max(threat.distance, x)", "halved(threat.gun.heat)", "age(x)"]

# Every pair of special values meets in one of these.
SPECIAL = [None, math.nan, INF, -INF, 0.0, 1.0, 12.0]
PAIRS = [
    {
        **NOTHING,
        "x": sound,
        "y": other if other is not None and math.isfinite(other) else None,
        "i": None if sound is None else (2**63 + 1 if sound == 12.0 else int(sound)),
        "j": 2**62,
        "threat": Threat(distance=first, gun=Gun(heat=other, rounds=2)),
    }
    for first in SPECIAL
    for other in SPECIAL
    for sound in (None, 0.0, 1.0, 12.0)
]


@pytest.mark.parametrize("op", ["<", "<=", ">", ">=", "==", "!=", "in", "not in"])
def test_every_pair_of_operands_is_compared_as_the_oracle_says(op: str) -> None:
    for index, left in enumerate(OPERANDS):
        for right in OPERANDS:
            # A different third of the pairs each time: all of them would take a minute.
            environments = PAIRS[index % 3 :: 3]
            if "in" not in op:
                agree(f"{left} {op} {right}", environments, {"x": 4})
            elif parse(right, SCOPE).names in ((right,), ()):
                agree(f"{left} {op} [{right}]", environments, {"x": 4})
                agree(f"{left} {op} [7, {right}, 1.0]", environments, {"x": 4})


VOCABULARY = [
    *TYPES,
    "threat.distance",
    "threat.",
    "and",
    "or",
    "not",
    "in",
    "known",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "==",
]
VOCABULARY += [
    "<",
    "=",
    "1",
    "0.5",
    "1e999",
    "9" * 30,
    "'john'",
    "f'",
    "lambda",
    "None",
    "is",
    "$",
    "\\",
    "\n",
    "é",
    "*",
    "/",
]
VOCABULARY += ["+", "-", "min", "age", "count", "true", "if", "else", "await", ":=", "{", "007", "1_0", "0x1"]


@settings(max_examples=1000, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(VOCABULARY), max_size=14).map(" ".join)))
def test_any_text_is_an_expression_or_an_expression_error(text: str) -> None:
    error = refusal(text)
    if error is None:
        compiled(parse(text, SCOPE))(NOTHING, {}, 10)
    else:
        assert 0 <= error.offset <= len(text)
        assert error.code.startswith("E4")


HOSTILE = {
    "brackets": "(" * 500,
    "closed brackets": "(" * 400 + "1" + ")" * 400,
    "lists": "[" * 990,
    "minuses": "-" * 900 + "1",
    "nots": "not " * 240 + "ready",
    "sum": "+".join(["x"] * 490),
    "dots": "threat" + ".gun" * 240,
    "calls": "abs(" * 200 + "x" + ")" * 200,
    "long": "x" * (MAX_LENGTH + 1),
    "huge": "1 + " * 1_000_000,
    "digits": "9" * 900 + " > x",
    "product": "*".join(["9999999999999999999"] * 40),
    "power": "9**9**9**9",
    "null": "x > 1\0",
    "surrogate": "who == '\ud800'",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused(name: str) -> None:
    with pytest.raises(ExpressionError):
        parse(HOSTILE[name], SCOPE)


def nested(outer: str, inner: str) -> str:
    """The deepest expression of this shape that is accepted."""
    text = inner
    while True:
        more = outer.replace("@", text)
        if error := refusal(more):
            assert error.code == "E402", error.message
            return text
        text = more


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("(@) == seen", "ready"),
        ("seen == (@)", "ready"),
        ("(@) == seen != ready", "ready"),
        ("ready == (@) != seen", "ready"),
        ("not(@)", "ready"),
        ("(@ or seen) and ready", "x < 1"),
        ("ready == (seen and not (@))", "x < y < 3"),
        ("known(@)", "x"),
        ("abs(@)", "x"),
        ("min(@, y)", "x"),
        ("(x / (@))", "y"),
        ("((@) * i)", "j"),
        ("((@) + x)", "threat.distance"),
        ("-(@)", "x"),
        ("halved(@)", "x"),
    ],
)
def test_the_deepest_expressions_compile(outer: str, inner: str) -> None:
    text = nested(outer, inner)
    expression = parse(text, SCOPE)
    sources = [expression.value(), expression.unknown()]
    if expression.type == BOOL:
        sources += [expression.true(), expression.false()]
    assert max(map(len, sources)) < 300_000
    compiled(expression)(NOTHING, {}, 10)


@pytest.mark.parametrize(
    ("text", "code", "marked", "expected", "hint"),
    [
        ("", "E401", "", None, None),
        ("   ", "E401", "   ", None, None),
        ("x >", "E401", "", None, None),
        ("x > (1", "E401", "(1", None, None),
        ("x > 1)", "E401", ")", None, None),
        ("who in ['a' 'b']", "E401", "'b']", "a comma?", None),
        ("who == f'a'", "E401", "'a'", None, None),
        ("who == 'a", "E401", "'a", None, None),
        ("x > 0x10", "E401", "0x10", None, None),
        ("x > 1_000", "E401", "1_000", None, None),
        ("x > 007", "E401", None, None, None),
        ("x > 1e999", "E402", "1e999", None, None),
        ("i > 99999999999999999999", "E402", "99999999999999999999", None, None),
        ("i > 9223372036854775807 * 2", "E402", "9223372036854775807 * 2", None, None),
        ("x = 1", "E403", "= 1", None, "=="),
        ("ready && seen", "E403", "&& seen", None, "and"),
        ("!ready", "E403", "!ready", None, "not"),
        ("x > 1 if ready else seen", "E403", "if ready else seen", None, None),
        ("$threat.distance > 1", "E403", "$threat.distance > 1", None, "threat.distance > 1"),
        ("x ** 2 > 1", "E403", "** 2 > 1", None, None),
        ("+x > 1", "E403", "+x > 1", None, None),
        ("[1, 2]", "E403", "[1, 2]", None, None),
        ("who.upper()", "E403", None, None, None),
        ("known(*crew)", "E403", None, None, None),
        ("numbers[0] > 1", "E403", "numbers[0] > 1", None, None),
        ("who in ('a', 'b')", "E403", "('a', 'b')", None, None),
        ("x in [x + 1]", "E403", "x + 1]", None, None),
        ("x in [1] in [2]", "E403", None, None, None),
        ("thraet.distance < 1", "E404", "thraet.distance < 1", None, "threat"),
        ("gait == walk", "E404", "walk", None, "'walk'"),
        ("who in [jon]", "E404", "jon]", None, "john"),
        ("threat.distnace < 1", "E405", "distnace < 1", "armed, distance, gun, track, victims", "distance"),
        ("x.y > 1", "E405", "y > 1", None, None),
        ("knwon(x)", "E406", "knwon(x)", None, "known"),
        ("x and ready", "E407", "x and ready", "a comparison, like x != 0", None),
        ("ready or crew", "E407", "crew", "count(x) > 0", None),
        ("not threat", "E407", "threat", "known(x), or a comparison", None),
        ("ready + 1 > 2", "E407", "ready + 1 > 2", "int or float", None),
        ("-who == 1", "E407", "who == 1", None, None),
        ("x / 0 > 1", "E407", "0 > 1", None, None),
        ("x / (1 - 1) > 1", "E407", None, None, None),
        ("x / max(0, 0) > 1", "E407", None, None, None),
        ("9223372036854775807 * abs(2) > 1", "E402", None, None, None),
        ("x in y", "E407", "y", None, None),
        ("ready == 1", "E408", "1", "bool", None),
        ("who < 'a'", "E408", "'a'", "== or !=", None),
        ("ready < seen", "E408", "seen", "== or !=", None),
        ("crew == 1", "E408", "crew == 1", "count(x), or x in a list", None),
        ("threat == threat", "E408", "threat == threat", None, None),
        ("x in crew", "E408", "crew", None, None),
        ("ready in [true]", "E408", "ready in [true]", None, None),
        ("who == 1", "E408", "1", "entity", None),
        ("gait == 'wlak'", "E409", "'wlak'", "limp, run, walk", "'walk'"),
        ("'wlak' != gait", "E409", "'wlak' != gait", "limp, run, walk", "'walk'"),
        ("gait in ['run', 'wlak']", "E409", "'wlak']", "limp, run, walk", "'walk'"),
        ("x is None", "E410", "is None", "known(x), or not known(x)", None),
        ("x == None", "E410", "None", "known(x), or not known(x)", None),
        ("x == null", "E410", "null", "known(x), or not known(x)", None),
        ("min(x) > 1", "E411", "min(x) > 1", None, None),
        ("known(x, y)", "E411", "known(x, y)", None, None),
        ("age(near) > 1", "E411", "near) > 1", None, None),
        ("age(threat.track) > 1", "E411", "threat.track) > 1", None, None),
        ("count(x) > 1", "E411", "x) > 1", None, None),
        ("halved(who) > 1", "E411", "who) > 1", None, None),
        ("who == 'é' and x > ys", "E404", "ys", None, "y"),
        ("who == dyson", "E404", "dyson", None, "'dyson'"),
        ("who in [dyson]", "E404", "dyson]", None, "'dyson'"),
        ("x == dyson", "E404", "dyson", None, None),
        ("x > dyson", "E404", "dyson", None, None),
        ("halved(dyson) > 1", "E404", "dyson) > 1", None, None),
    ],
)
def test_a_mistake_is_named_where_it_stands(
    text: str, code: str, marked: str | None, expected: str | None, hint: str | None
) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, SCOPE)
    error = caught.value
    assert error.code == code, error.message
    if marked is not None:
        assert text[error.offset :] == marked
    if expected is not None:
        assert error.expected == expected
    assert error.hint == hint


def test_an_expression_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("x + 1", SCOPE, BOOL)
    assert (caught.value.code, caught.value.expected) == ("E412", "bool")
    assert parse("i + 1", SCOPE, FLOAT).type == INT


def test_a_number_is_not_asked_whether_it_is_true() -> None:
    with pytest.raises(UsageError, match="neither true nor false"):
        parse("x", SCOPE).true()


def test_names_are_listed_once_in_the_order_in_which_they_stand() -> None:
    text = "seen or known(threat) and threat.gun.heat < x + limit and age(threat) < 1 and seen"
    assert parse(text, SCOPE).names == ("seen", "threat", "threat.gun.heat", "x", "limit")


def test_line_ends_are_spaces() -> None:
    assert outcome("  x\n    > 1\n", x=2.0) == "true"


@pytest.mark.parametrize("unknown", [None, Threat(), Threat(distance=math.nan), Threat(distance=INF)])
def test_a_comparison_with_something_missing_nan_or_infinite_is_unknown(unknown: Threat | None) -> None:
    for op in ("<", "<=", ">", ">=", "==", "!="):
        assert outcome(f"threat.distance {op} 12.0", threat=unknown) == "unknown"
        assert outcome(f"12.0 {op} threat.distance", threat=unknown) == "unknown"
        assert outcome(f"not threat.distance {op} x", threat=unknown, x=1.0) == "unknown"


def test_known_is_always_known() -> None:
    assert outcome("known(threat)") == "false"
    assert outcome("known(threat.distance)", threat=Threat(distance=math.nan)) == "false"
    assert outcome("known(threat.distance)", threat=Threat(distance=1.0)) == "true"
    assert outcome("known(x / y)", x=1.0, y=0.0) == "false"
    assert outcome("known(ready or seen)", ready=True) == "true"


def test_a_division_by_zero_is_unknown_and_its_text_is_named() -> None:
    answers = ask("x / y > 1", x=1.0, y=0.0)
    assert (answers.true, answers.false, answers.value, answers.unknown) == (False, False, None, "x / y")


def test_an_overflow_is_unknown() -> None:
    assert outcome("x * x > 1", x=1e200) == "unknown"
    assert outcome("i * i > 1", i=2**40) == "unknown"
    assert outcome("i + 0.5 > 1", i=10**400) == "unknown"
    assert outcome("i > 1", i=10**400) == "true"


def test_logic_is_that_of_kleene() -> None:
    table = {None: "unknown", True: "true", False: "false"}
    for left in (None, True, False):
        for right in (None, True, False):
            both = False if False in (left, right) else None if None in (left, right) else True
            either = True if True in (left, right) else None if None in (left, right) else False
            assert outcome("ready and seen", ready=left, seen=right) == table[both]
            assert outcome("ready or seen", ready=left, seen=right) == table[either]
        assert outcome("not ready", ready=left) == table[None if left is None else not left]


def test_the_first_name_that_leaves_it_unknown_is_named() -> None:
    assert ask("x < 1 and y < 1").unknown == "x"
    assert ask("x < 1 and y < 1", x=0.0).unknown == "y"
    assert ask("(ready and x > 1) or y > 1", ready=False).unknown == "y"
    assert ask("x < 1 and y < 1", y=2.0).unknown is None
    assert ask("threat.distance < 12.0", threat=Threat()).unknown == "threat.distance"
    assert ask("who in [threat.track, john]", who="sarah").unknown == "threat.track"


def test_age_is_the_seconds_since_the_last_write() -> None:
    assert ask("age(x)", written={"x": 4}, now=10).value == 3.0
    assert ask("age(x)").value is None
    assert ask("age(x) > 1").unknown == "age(x)"


@pytest.mark.parametrize("ticks", range(1, 200))
def test_age_is_exact_to_the_microsecond(ticks: int) -> None:
    age = compile_value(parse("age(x)", SCOPE), ["B", "W", "N", "DT"])
    assert age({}, {"x": 0}, ticks, 0.1) == ticks / 10


def test_an_expression_is_kept_in_one_line_and_what_it_quotes_as_it_is() -> None:
    text = "who  ==\n  'John  Connor'\tor who == \"it's  me\" "
    assert parse(text, SCOPE).text == "who == 'John  Connor' or who == \"it's  me\""


def test_constants_are_folded() -> None:
    assert parse("true and (ready or false)", SCOPE).true() == "B['ready']"
    assert parse("1 + 2 * 3 < 8", SCOPE).true() == "True"
    assert parse("john in ['sarah', 'john']", SCOPE).true() == "True"
    assert parse("limit / 2", SCOPE).value() == "6.0"


def test_the_common_conditions_are_as_short_as_can_be() -> None:
    assert parse("ready", SCOPE).true() == "B['ready']"
    assert parse("not ready", SCOPE).true() == "(B['ready'] is False)"
    assert parse("x > 3.0", SCOPE).true() == "((_e0 := B['x']) is not None and _e0 > 3.0)"
    assert parse("near > 3.0", SCOPE).true() == "(near is not None and near > 3.0)"
    assert parse("threat.distance < 12.0", SCOPE).true("_g") == (
        "((_g0 := B['threat']) is not None and (_g1 := _g0.distance) is not None and -INF < _g1 < 12.0)"
    )
    assert parse("threat.armed", SCOPE).true() == "((_e0 := B['threat']) is not None and _e0.armed is True)"
    assert parse("gait == 'run'", SCOPE).true() == "((_e0 := B['gait']) is not None and _e0 == 'run')"


def test_a_value_can_be_had_outside_of_a_tree() -> None:
    function = compile_value(parse("min(x, limit)", SCOPE), ["B"])
    assert function({"x": 40.0}) == 12.0
    assert function({"x": None}) is None
    assert compile_value(parse("halved(x)", SCOPE), ["B"], FUNCTIONS)({"x": 8.0}) == 4.0


def test_the_bounds_are_as_documented() -> None:
    assert (MAX_LENGTH, MAX_DEPTH, MAX_INT) == (1000, 40, 2**63)
    parse("x > 1" + " " * (MAX_LENGTH - 5), SCOPE)
    with pytest.raises(ExpressionError, match="1001 characters"):
        parse("x > 1" + " " * (MAX_LENGTH - 4), SCOPE)


def test_the_docstrings_are_true() -> None:
    assert doctest.testmod(t800.expressions).failed == 0


def test_the_page_about_expressions_is_true() -> None:
    page = Path(__file__).parent.parent / "docs" / "expressions.md"

    def value(text: str, **values: Any) -> Any:
        return ask(text, **values).value

    def mistake(text: str) -> None:
        error = refusal(text)
        assert error is not None
        way_out = f"; did you mean {error.hint}?" if error.hint else ""
        print(f"{error.code} at {error.offset}: {error.message}{way_out}")

    names = {"ask": value, "mistake": mistake, "Threat": Threat, "Type": Type, "BOOL": BOOL}
    names |= {"Scope": Scope, "Symbol": Symbol, "parse": parse}
    result = doctest.testfile(str(page), module_relative=False, globs=names)
    assert result.attempted > 15
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "port", "value", "unknown"),
    [
        ("1.0 / port", 0.0, None, "1.0 / port"),
        ("x / port", 0, None, "x / port"),
        ("port * port > 1", 4_000_000_000, None, "port * port"),
        ("port * port", 1e300, None, "port * port"),
        ("i + port", 2**70, None, "i + port"),
        ("known(1 / port)", 0, False, None),
        ("port > i", 2**70, True, None),
        ("max(port, 1.5)", 10**400, None, "max(port, 1.5)"),
        ("port > 1.0", 1e19, True, None),
    ],
)
def test_what_a_constant_in_a_port_makes_unknowable_is_unknown_and_no_mistake_of_the_tree(
    text: str, port: float, value: object, unknown: str | None
) -> None:
    symbols = {"port": Symbol(FLOAT if type(port) is float else INT, repr(port)), **SCOPE.names}
    expression = parse(text, Scope(symbols))
    environment: dict[str, Any] = {"B": {"x": 1.0, "i": 1}, "W": {}, "N": 0, "DT": DT, "INF": INF}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert eval(expression.value(), environment) == value
        assert eval(expression.unknown(), environment) == unknown


def test_what_is_wrong_with_an_expression_survives_the_way_between_processes() -> None:
    error = refusal("x / 0 > 1")
    assert error is not None
    other = pickle.loads(pickle.dumps(error))
    assert (str(other), vars(other)) == (str(error), vars(error))
