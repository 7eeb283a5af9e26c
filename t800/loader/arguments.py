"""What files put into ports: literals, `$name`, `=EXPR`, and the keys that Out ports write."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping

from t800.errors import Problem, closest, shorten
from t800.expressions import ExpressionError, Scope, layout, parse
from t800.loader.document import Document, Mapping, Node, Scalar, plain
from t800.registry import Port
from t800.spec.argument import Argument
from t800.types import Type

__all__ = ["UNREAD", "check_expression", "is_excused", "not_writable", "read_argument", "read_arguments"]

UNREAD = Type("unread")
"""The type of a name whose type could not be read: what expressions do with it is not judged."""

_OF_TYPES = ("E405", "E407", "E408", "E409", "E411", "E412")

_REFERENCE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


def check_expression(
    document: Document, node: Node, scope: Scope, expected: Type, problems: list[Problem], skip: int = 0
) -> str | None:
    """The text of an expression that is well-formed and of a type, in one line, or None and a problem.

    `skip` characters in front are not part of it. A bare true or false is an expression too.
    """
    if not isinstance(node, Scalar) or node.value is None:
        problems.append(
            document.problem(
                node,
                "E203",
                "an expression must stand here",
                "text like `threat.distance < 12.0`"
                + ("" if isinstance(node, Scalar) else "; in flow style, quote expressions that hold `,` `[` or `:`"),
            )
        )
        return None
    text = node.text[skip:]
    try:
        return parse(text, scope, expected).text
    except ExpressionError as error:
        if is_excused(error, text, scope):
            return layout(text)
        problems.append(
            document.problem(node, error.code, str(error), error.expected, error.hint, offset=error.offset + skip)
        )
        return None


def is_excused(error: ExpressionError, text: str, scope: Scope) -> bool:
    """Whether an expression may be right, but for a name in it whose type could not be read."""
    unread = [name for name, symbol in scope.names.items() if symbol.type is UNREAD]
    return error.code in _OF_TYPES and any(re.search(rf"\b{name}\b", text) for name in unread)


def read_argument(
    document: Document,
    node: Node,
    port: Port,
    scope: Scope,
    problems: list[Problem],
    writable: AnyMapping[str, Type] | None = None,
) -> Argument | None:
    """What fills one port, or None and a problem. `writable` are the keys that an Out port may write.

    `$name` reads a name of the scope, `=EXPR` computes, anything else is a literal of the port's type;
    an Out port takes `$key` and writes that key.
    """
    text = node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""
    if port.out:
        return _read_key(document, node, text, port, scope, writable or {}, problems)
    if text.startswith("$") and not _REFERENCE.fullmatch(text):
        problems.append(document.problem(node, "E505", f"{shorten(text)} is no reference", "`$name` or `$name.field`"))
        return None
    if text.startswith(("$", "=")):
        checked = check_expression(document, node, scope, port.type, problems, skip=1)
        return None if checked is None else Argument(port.type, expression=checked)
    try:
        value = port.type.decode(plain(node))
        if value is None and not port.type.optional:
            raise ValueError(f"expected {port.type}, not nothing")
    except ValueError as error:
        expected = f"{port.type}, `$name` or `=EXPR`"
        near = closest(text, map(str, port.type.choices)) if port.type.kind == "literal" else None
        if text in scope.names:
            near = f"${text}"
        problems.append(document.problem(node, "E203", f"{port.name}: {error}", expected, near))
        return None
    return Argument(port.type, value=value)


def _read_key(
    document: Document,
    node: Node,
    text: str,
    port: Port,
    scope: Scope,
    writable: AnyMapping[str, Type],
    problems: list[Problem],
) -> Argument | None:
    key = text[1:]
    if not text.startswith("$") or not key.isidentifier():
        message = f"{port.name} writes a key, so it takes the key's name"
        problems.append(document.problem(node, "E505", message, "`$key`", f"${text}" if text in writable else None))
        return None
    if key not in writable:
        near = closest(key, writable)
        message, expected = not_writable(key, scope)
        problems.append(document.problem(node, "E306", message, expected, near and f"${near}", offset=1))
        return None
    kind = writable[key]
    if kind is not UNREAD and not kind.accepts(port.type):
        fitting = ", ".join(f"${name}" for name, each in writable.items() if each.accepts(port.type))
        expected = fitting or f"a key of type {port.type}, listed under `uses`"
        message = f"{port.name} writes {port.type}, and {key} is {kind}"
        problems.append(document.problem(node, "E506", message, expected))
        return None
    return Argument(port.type, key=key)


def not_writable(key: str, scope: Scope) -> tuple[str, str]:
    """What to say of a name that is no key to write, and what is expected."""
    if key in scope.names:
        return f"{key} is a port that is only read", f"`{key}: {{type: ..., out: true}}` under `ports`, or a key"
    return f"no key {shorten(key)} can be written here", "a key that `uses` lists"


def read_arguments(
    document: Document,
    body: Node | None,
    owner: Node,
    what: str,
    ports: AnyMapping[str, Port],
    scope: Scope,
    problems: list[Problem],
    writable: AnyMapping[str, Type] | None = None,
) -> dict[str, Argument]:
    """What fills the ports of `what`, in the order of its ports; those left out take their defaults.

    `body` is the mapping of ports; a bare scalar or list fills the first port. Problems stand at `owner`
    where something is missing.
    """
    given: dict[str, tuple[Node, Node]] = {}
    meant = set()
    first = next(iter(ports), None)
    if isinstance(body, Mapping):
        for name, (key, value) in body.pairs.items():
            if name not in ports:
                meant.add(closest(name, ports))
                problems.append(
                    document.problem(
                        key,
                        "E305",
                        f"{what} has no port {shorten(name)}",
                        f"one of {', '.join(ports)}" if ports else "no ports at all",
                        closest(name, ports),
                    )
                )
            else:
                given[name] = (key, value)
    elif body is not None and not (isinstance(body, Scalar) and body.value is None):
        if first is None:
            problems.append(document.problem(body, "E305", f"{what} has no ports"))
        else:
            given[first] = (body, body)
    arguments = {}
    for name, port in ports.items():
        if name in given:
            argument = read_argument(document, given[name][1], port, scope, problems, writable)
            if argument is not None:
                arguments[name] = argument
        elif port.required:
            if name in meant:  # it is there, misspelt, and that was said
                continue
            problems.append(document.problem(owner, "E504", f"{what} needs its port {name!r}", str(port.type)))
        else:
            arguments[name] = Argument(port.type, value=port.default)
    return arguments
