"""From text to Python's syntax tree, by a door that only a small language fits through.

The text is cut into tokens first, by a list of what is allowed. So Python's own parser never sees
anything long, deep, or of a kind that it would warn about, whoever wrote the file.
"""

from __future__ import annotations

import ast
import keyword
import re
from functools import lru_cache, partial
from typing import Any

from t800.errors import T800Error, shorten

__all__ = ["MAX_DEPTH", "MAX_INT", "MAX_LENGTH", "ExpressionError", "joined", "layout", "read"]

MAX_LENGTH = 1000
"""Characters in an expression."""

MAX_DEPTH = 40
"""Levels of brackets, and of operators inside operators."""

MAX_INT = 2**63
"""The largest magnitude of a whole number in arithmetic. Beyond it, a result is unknown."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z_0-9]))
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<string>'[^'\\\x00-\x1f\ud800-\udfff]*' | "[^"\\\x00-\x1f\ud800-\udfff]*")
      | (?P<refused>\*\* | // | && | \|\| | :=)
      | (?P<operator>[=!<>]= | [-+*/<>()\[\],.])""",
    re.VERBOSE,
)

_LAYOUT = re.compile(r"""('[^']*'|"[^"]*")|[ \t\r\n]+""")

_INSTEAD = {"=": "==", "&&": "and", "||": "or", "!": "not", "&": "and", "|": "or", "~": "not", "%": None, "null": None}

_WORDS = {"and", "or", "not", "in", "True", "False"}


class ExpressionError(T800Error):
    """What is wrong with an expression: a code, a sentence, and `offset`, in characters from the start of its text."""

    def __init__(
        self, message: str, offset: int, code: str, *, expected: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.code = code
        self.expected = expected
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        # As in ConfigError: what is made anew from its message alone breaks a pool of workers.
        return partial(type(self), expected=self.expected, hint=self.hint), (self.message, self.offset, self.code)


@lru_cache(maxsize=1024)  # each is read when it is checked, and again when it is built; nobody changes a tree
def read(text: str) -> ast.expr:
    """The syntax tree of an expression, with `col_offset` in characters of `text`; ExpressionError if it is none."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"this expression has {len(text)} characters",
            0,
            "E402",
            expected=f"at most {MAX_LENGTH}; put a part of it on the blackboard with `set`",
        )
    _check_tokens(text)
    start = len(text) - len(text.lstrip())
    # Tokens are what was checked, so line ends are only spaces here, and columns are offsets.
    line = re.sub(r"[\t\r\n]", " ", text).strip()
    try:
        tree = ast.parse(line, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        # At its end, Python reports column 0, or none.
        column = error.offset if isinstance(error, SyntaxError) and error.offset else len(text) + 1
        raise ExpressionError(
            "this is not an expression",
            min(start + max(column - 1, 0), len(text)),
            "E401",
            expected="something like `threat.distance < 12.0 and not ward_seen`",
        ) from None
    _place(tree, line.encode(), start)
    return tree


def joined(text: str) -> list[str]:
    """What the outermost `and` of an expression joins, as texts; nothing if it is no `and`.

    >>> joined("a and (b or c)")
    ['a', 'b or c']
    """
    tree = read(text)
    if not isinstance(tree, ast.BoolOp) or not isinstance(tree.op, ast.And):
        return []
    return [text[item.col_offset : item.end_col_offset] for item in tree.values]


def layout(text: str) -> str:
    """An expression in one line, with single spaces, except in what it quotes.

    >>> layout("name\\n  == 'John  Connor'")
    "name == 'John  Connor'"
    """
    return _LAYOUT.sub(lambda found: found[1] or " ", text).strip()


def _check_tokens(text: str) -> None:
    position = 0
    previous, previous_end = "", -1
    opened: list[int] = []
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup == "refused":
            raise _refused(text, position, match.group() if match else text[position])
        token, kind = match.group(), match.lastgroup
        if kind == "name":
            _check_word(token, position)
        elif kind == "string":
            # 'a' 'b' would be one text to Python, and f'' a program.
            if previous == "string" or (previous == "name" and previous_end == position):
                raise ExpressionError("text stands right after another word", position, "E401", expected="a comma?")
        elif token in ("(", "["):
            opened.append(position)
            if len(opened) > MAX_DEPTH:
                raise _too_deep(position)
        elif token in (")", "]") and (not opened or text[opened.pop()] + token not in ("()", "[]")):
            raise ExpressionError(f"this {token!r} closes nothing", position, "E401")
        if kind != "space":
            previous, previous_end = ("word" if token in _WORDS else kind or ""), match.end()
        position = match.end()
    if not previous:
        raise ExpressionError("the expression is empty", 0, "E401", expected="something like `ready and power > 0.2`")
    if opened:
        raise ExpressionError(f"this {text[opened[-1]]!r} is never closed", opened[-1], "E401")


def _check_word(word: str, position: int) -> None:
    if word in ("None", "null", "is"):
        raise ExpressionError(
            f"{word!r} has no place here: a missing value is unknown, and comparing with it says nothing",
            position,
            "E410",
            expected="known(x), or not known(x)",
        )
    if keyword.iskeyword(word) and word not in _WORDS:
        raise ExpressionError(
            f"{word!r} is not a word of expressions",
            position,
            "E403",
            expected="comparisons, and, or, not, in, + - * /, abs, min, max, known, age, count",
        )


def _refused(text: str, position: int, token: str) -> ExpressionError:
    if token in "'\"":
        return ExpressionError(
            "this text does not end, or has a backslash or a line end in it", position, "E401", expected="'text'"
        )
    if token == "$":
        return ExpressionError(
            "names stand bare in an expression", position, "E403", hint=text[position + 1 : position + 31].strip()
        )
    if token.isdigit() or (token == "." and text[position + 1 : position + 2].isdigit()):
        return ExpressionError("this number is not one of ours", position, "E401", expected="like 12, 0.5 or 1e3")
    return ExpressionError(
        f"{shorten(token)} is not part of the language of expressions",
        position,
        "E403",
        expected="comparisons, and, or, not, in, + - * /, abs, min, max, known, age, count",
        hint=_INSTEAD.get(token),
    )


def _too_deep(position: int) -> ExpressionError:
    return ExpressionError(
        f"nested deeper than {MAX_DEPTH} levels",
        position,
        "E402",
        expected="shorter expressions; put a part of it on the blackboard with `set`",
    )


def _place(tree: ast.expr, line: bytes, start: int) -> None:
    """Turn Python's columns, which count bytes, into offsets, and bound the depth; no recursion, it may be deep."""
    waiting: list[tuple[ast.AST, int]] = [(tree, 1)]
    ascii_only = line.isascii()
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, ast.expr):
            end = node.end_col_offset or 0
            node.col_offset = start + (node.col_offset if ascii_only else len(line[: node.col_offset].decode()))
            node.end_col_offset = start + (end if ascii_only else len(line[:end].decode()))
            if depth > MAX_DEPTH:
                raise _too_deep(node.col_offset)
        waiting.extend((child, depth + 1) for child in ast.iter_child_nodes(node))
