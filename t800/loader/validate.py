"""Shapes of files: pydantic models at the border, and their errors as problems at the right place."""

from __future__ import annotations

import re
import types
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from t800.errors import Problem, closest, shorten
from t800.loader.document import Document, Mapping, Node, Scalar, Sequence, plain

__all__ = ["Shape", "validate"]

MOST_PROBLEMS = 100

_CODE = re.compile(r"E\d{3}")

_WORDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "none_required": "nothing",
}
"""What pydantic's type errors ask for, in the words of a file."""

_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


class Shape(BaseModel):
    """The base of models of files: nothing unknown, nothing converted, nothing infinite.

    class EdgeFile(Shape):
        to: str
        hold: float | None = Field(None, alias="for", gt=0)
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


M = TypeVar("M", bound=BaseModel)


def validate(document: Document, node: Node, model: type[M]) -> tuple[M | None, list[Problem]]:
    """A node as a model, or None and what is wrong with it, each problem where it stands.

    A validator may raise `PydanticCustomError("E6xx", sentence, {"expected": ..., "hint": ...})` to say
    more than that a value is not possible.
    """
    try:
        return model.model_validate(plain(node)), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:MOST_PROBLEMS]
    faults = [_Fault(node, model, detail) for detail in details]
    # Each branch of a union says what it wanted: these become one problem. Where a branch was entered
    # and something inside is wrong, that branch is what the author meant.
    entered = {id(step) for fault in faults for step in (fault.trail if fault.word else [*fault.trail, fault.node])}
    wanted: dict[int, list[str]] = {}
    problems = []
    for fault in faults:
        if not fault.word:
            problems.append(fault.problem(document))
        elif id(fault.node) not in entered:
            words = wanted.setdefault(id(fault.node), [])
            if fault.word not in words:
                words.append(fault.word)
    by_id = {id(fault.node): fault.node for fault in faults}
    problems += [_mistyped(document, by_id[place], words) for place, words in wanted.items()]
    return None, list(dict.fromkeys(problems))


class _Fault:
    """One of pydantic's errors, and where it leads.

    `node` is the node at fault (for a field too many or too few, the mapping), `trail` the nodes on the
    way to it, `shape` the annotation there; `word` is what a type error would have liked.
    """

    def __init__(self, root: Node, model: type[BaseModel], detail: Any) -> None:
        self.detail = detail
        self.word = _WORDS.get(detail["type"])
        self.node, self.shape = root, _branches(model)
        self.trail: list[Node] = []
        path = detail["loc"]
        if detail["type"] in ("extra_forbidden", "missing"):
            path = path[:-1]
        for step in path:
            self.follow(step)

    def follow(self, step: int | str) -> None:
        """One step down: into a branch of a union, which is no step in the file, or into a part of it."""
        if len(self.shape) > 1:
            label = str(step).partition("[")[0]
            self.shape = tuple(branch for branch in self.shape if (get_origin(branch) or branch).__name__ == label)
            return
        shape = self.shape[0] if self.shape else Any
        inner: Any = Any
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            inner = next((i.annotation for n, i in shape.model_fields.items() if (i.alias or n) == step), Any)
        elif get_origin(shape) in (list, dict):
            inner = get_args(shape)[-1]
        child = None
        if isinstance(self.node, Mapping):
            child = self.node.get(str(step))
        elif isinstance(self.node, Sequence) and isinstance(step, int):
            child = self.node.items[step]
        if child is not None:
            self.trail.append(self.node)
            self.node, self.shape = child, _branches(inner)

    def problem(self, document: Document) -> Problem:
        """What to say about it, if it is no type error."""
        node, kind, context = self.node, self.detail["type"], self.detail.get("ctx", {})
        if kind == "extra_forbidden":
            name = str(self.detail["loc"][-1])
            message = f"no field {shorten(name)} here"
            if isinstance(node, Mapping):
                if node.flow and not name.isidentifier():
                    message += "; in flow style, quote expressions that hold `,` `[` or `:`"
                node = node.pairs[name][0]
            fields = _fields(self.shape)
            return document.problem(node, "E201", message, ", ".join(fields), closest(name, fields))
        if kind == "missing":
            return document.problem(node, "E202", f"the field {self.detail['loc'][-1]} is missing")
        if kind == "literal_error":
            choices = [str(choice) for branch in self.shape for choice in get_args(branch)]
            near = closest(node.value, choices) if isinstance(node, Scalar) and isinstance(node.value, str) else None
            return document.problem(node, "E204", f"{_what(node)} is not one of the choices", ", ".join(choices), near)
        if kind in _BOUNDS:
            limit, words = _BOUNDS[kind]
            return document.problem(node, "E205", f"{_what(node)} is out of range", f"{words} {context[limit]}")
        if kind in ("too_short", "string_too_short"):
            return document.problem(node, "E207", "nothing is in it", f"at least {context['min_length']}")
        if kind in ("too_long", "string_too_long"):
            return document.problem(node, "E207", "too much is in it", f"at most {context['max_length']}")
        if kind == "string_pattern_mismatch":
            return document.problem(
                node, "E206", f"{_what(node)} has the wrong form", f"text like {context['pattern']}"
            )
        code = kind if _CODE.fullmatch(kind) else "E207"
        message = self.detail["msg"].removeprefix("Value error, ")
        return document.problem(node, code, message, context.get("expected"), context.get("hint"))


def _mistyped(document: Document, node: Node, words: list[str]) -> Problem:
    message = f"expected {' or '.join(words)}, not {_what(node)}"
    if "text" in words and isinstance(node, Scalar) and node.value is not None:
        message += ": quote it, if it is text"
    return document.problem(node, "E203", message)


def _what(node: Node) -> str:
    """A node in a few words, never dumped."""
    if isinstance(node, Scalar):
        return "nothing" if node.value is None else shorten(node.value)
    return "a list" if isinstance(node, Sequence) else "a mapping"


def _branches(shape: Any) -> tuple[Any, ...]:
    """The types that a union offers, None left out: whoever may leave a thing out need not be told so."""
    origin = get_origin(shape)
    if origin is Annotated:
        return _branches(get_args(shape)[0])
    if origin in (Union, types.UnionType):
        return tuple(branch for part in get_args(shape) for branch in _branches(part))
    return () if shape is type(None) else (shape,)


def _fields(shape: tuple[Any, ...]) -> list[str]:
    """The fields that a model of files has, as files name them."""
    models = [branch for branch in shape if isinstance(branch, type) and issubclass(branch, BaseModel)]
    return [info.alias or name for model in models for name, info in model.model_fields.items()]
