"""`t800 skills`: what trees and agents can be made of."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from t800.cli.options import pack_option

if TYPE_CHECKING:
    from t800.cli.paper import Paper
    from t800.registry import Port, Registry
    from t800.spec.kind import Field, Kind
    from t800.spec.world import ComponentInfo

__all__ = ["skills"]


SHELVES = {
    "Composites": ("composite", "nodes that hold several others"),
    "Decorators": ("decorator", "nodes that hold one other"),
    "Leaves": ("leaf", "nodes that hold none; skills are leaves too"),
    "Skills": ("skill", "what packs let a tree do"),
    "Third-party behaviours": ("third-party behaviour", "leaves of py_trees"),
    "Senses": ("sense", "what agents make of what they observe"),
    "Records": ("record", "types of keys, ports and intents"),
    "Events": ("event", "what a world reports"),
    "Effects": ("effect", "what intents say of themselves, for constraints"),
    "Mechanics": ("mechanic", "rules that a world can have"),
    "Components": ("component", "what a body in a world can have"),
}
"""What one of each shelf is called, and what the shelf holds."""

BODIES = {
    "children": "a list of nodes",
    "child": "a node",
    "expression": "EXPR",
    "assignments": "{KEY: VALUE}",
    "signal": "NAME",
    "tree": "the name of a tree",
}
"""What stands under the name of a kind that has neither ports nor fields."""

HOLDS = {
    "node": "a node",
    "condition": "EXPR, true or false",
    "number": "EXPR, a number",
    "value": "$name or =EXPR",
    "key": "$key",
    "item": "KEY, for each item of `in`",
    "name": "NAME",
    "flag": "true or false",
    "cases": "{VALUE: NODE}",
}
"""What stands under a field of a kind."""

OPTIONS = {
    "times": "a whole number, or forever",
    "seconds": "a number, $name or =EXPR",
    "policy": "all, any, or how many",
    "fail_after": "how many",
    "with": "{NAME: VALUE}",
}
"""What stands under an option of a kind."""

NARROW = 40
"""Columns that the sentences of a list need beside the names; with less they stand below them."""


@click.command(short_help="List what trees and agents can be made of.")
@click.argument("name", required=False)
@pack_option
def skills(name: str | None, packs: tuple[str, ...]) -> None:
    """List what trees and agents can be made of: kinds of node, skills, senses. With NAME: all about one of them.

    \b
    t800 skills
    t800 skills go_to
    t800 skills retry
    t800 skills --pack skills.py
    """
    from t800.cli.paper import Paper
    from t800.errors import UsageError, closest
    from t800.packs import installed

    paper = Paper()
    shelves = _shelves(installed(packs))
    if name is None:
        for title, things in shelves.items():
            if things:
                said = SHELVES[title][1] if paper.width >= 2 * NARROW else ""
                paper.say(f"{paper.paint(title, bold=True)}  {paper.paint(said, dim=True)}".rstrip())
                _list(paper, things)
                paper.say()
        paper.say(paper.paint(paper.wrap("t800 skills NAME tells all about one of them.", 0), dim=True))
        return
    found = [(title, things[name]) for title, things in shelves.items() if name in things]
    if not found:
        near = closest(name, [each for things in shelves.values() for each in things])
        raise UsageError(f"nothing is called {name[:40]!r}" + (f"; did you mean {near!r}?" if near else ""))
    for number, (title, thing) in enumerate(found):
        if number:
            paper.say()
        _tell(paper, title, name, thing)


def _shelves(registry: Registry) -> dict[str, dict[str, Any]]:
    kinds: dict[str, dict[str, Any]] = {"Composites": {}, "Decorators": {}, "Leaves": {}}
    for name, kind in registry.kinds.items():
        kinds[_shelf(kind)][name] = kind
    return kinds | {
        "Skills": dict(sorted(registry.skills.items())),
        "Third-party behaviours": dict(sorted(registry.behaviours.items())),
        "Senses": dict(sorted(registry.senses.items())),
        "Records": dict(sorted(registry.records.items())),
        "Events": dict(sorted(registry.events.items())),
        "Effects": dict(sorted(registry.effects.items())),
        "Mechanics": dict(sorted(registry.mechanics.items())),
        "Components": _components(registry),
    }


def _components(registry: Registry) -> dict[str, ComponentInfo]:
    """Each with the mechanics that bring it, in its doc."""
    from t800.spec.world import components_of

    mechanics = dict(sorted(registry.mechanics.items()))
    bringing = {name: components_of([mechanic]) for name, mechanic in mechanics.items()}
    found = {}
    for name, info in sorted(components_of(mechanics.values()).items()):
        names = ", ".join(mechanic for mechanic, parts in bringing.items() if name in parts)
        found[name] = dataclasses.replace(
            info, doc=f"{info.doc}\n\nIn a world that lists one of its mechanics: {names}."
        )
    return found


def _shelf(kind: Kind) -> str:
    """By how many nodes a kind holds."""
    holds = [field.holds for field in kind.fields.values()]
    nodes = holds.count("node")
    if kind.body == "children" or "cases" in holds or "branches" in holds or nodes > 1:
        return "Composites"
    return "Decorators" if kind.body == "child" or nodes else "Leaves"


def _list(paper: Paper, things: Mapping[str, Any]) -> None:
    width = max(len(name) for name in things) + 4
    for name, thing in things.items():
        first = " ".join(_doc(thing).partition("\n\n")[0].split())
        if paper.width - width < NARROW:
            paper.say(f"  {paper.paint(name, 'cyan')}\n    {paper.wrap(first, 4)}")
        else:
            room = paper.width - width
            paper.say(f"  {paper.paint(f'{name:<{width - 2}}', 'cyan')}{paper.cut(first, room)}".rstrip())


def _doc(thing: Any) -> str:
    if isinstance(thing, type):
        return inspect.getdoc(thing) or ""
    return inspect.cleandoc(thing.doc)


def _tell(paper: Paper, title: str, name: str, thing: Any) -> None:
    """One thing: its doc, what can be written under it, its options."""
    from t800.spec.kind import Kind

    paper.say(f"{paper.paint(name, 'cyan', bold=True)}  {paper.paint(SHELVES[title][0], dim=True)}")
    paper.say()
    for block in _blocks(_doc(thing)):
        # What is indented is an example, and stays as it is.
        paper.say(
            "\n".join(f"  {line}".rstrip() for line in block)
            if block[0].startswith(" ") or not block[0]
            else f"  {paper.wrap(' '.join(block), 2)}"
        )
    for heading, rows in _tables(thing):
        paper.say()
        paper.say(paper.paint(f"  {heading}", bold=True))
        wide = [max(len(row[column]) for row in rows) for column in range(3)]
        if sum(wide) + 8 > paper.width:
            wide = [0, 0, 0]
        for row in rows:
            cells = [f"{cell:<{width}}" for cell, width in zip(row, wide, strict=True)]
            paper.say(("    " + "  ".join(cells)).rstrip())
    if isinstance(thing, Kind) or title in ("Skills", "Third-party behaviours"):
        from t800.loader.grammar import GUARDS, HOOKS

        every = ", ".join(option for option in ("name", *GUARDS, *HOOKS) if option != "skip_if")
        paper.say()
        paper.say(
            paper.paint(
                f"  {paper.wrap(f'Options of every node: {every}; skip_if in a sequence or selector.', 2)}", dim=True
            )
        )


def _blocks(text: str) -> Iterator[list[str]]:
    """A text's paragraphs, examples and empty lines, each as its lines."""
    block: list[str] = []
    for line in text.splitlines():
        kind = (not line, line.startswith(" "))
        if block and (kind != (not block[0], block[0].startswith(" ")) or not line):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _tables(thing: Any) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """What can be written under a thing's name or beside it, and what it writes: name, type, what else to say."""
    from t800.registry import Skill
    from t800.spec.kind import Kind

    ports = [_port(port) for port in getattr(thing, "ports", {}).values()]
    if ports:
        yield "Ports", ports
    if isinstance(thing, Kind):
        if thing.body in BODIES:
            yield "Holds", [(f"{thing.name}:", BODIES[thing.body], "")]
        if thing.fields:
            yield "Fields", [_field(thing, name, field) for name, field in thing.fields.items()]
        if thing.options:
            yield (
                "Options, beside it",
                [
                    (name, ", ".join(thing.choices[name]) if name in thing.choices else OPTIONS[name], _need(needed))
                    for name, needed in thing.options.items()
                ],
            )
        return
    if isinstance(thing, Skill) and hasattr(thing.call, "stop"):
        yield "Options, beside it", [("halt", "{within: SECONDS}", "how long it may take to stop")]
    reads: tuple[str, ...] | None = getattr(thing, "reads", None)
    if reads is not None:
        yield (
            "Asked again only when one of these differs",
            [(f"observation.{name}", "", "") for name in reads] + [("its ports", "", "")],
        )
    writes: Mapping[str, Any] = getattr(thing, "writes", {})
    written = [(key, str(kind), "") for key, kind in writes.items() if key not in thing.ports]
    if written:
        yield "Writes the key", written
    fields: Mapping[str, Any] = getattr(thing, "__record_fields__", None) or getattr(thing, "fields", {})
    if fields:
        yield "Fields", [(name, str(kind), _begins(thing, name)) for name, kind in fields.items()]


def _begins(thing: Any, name: str) -> str:
    """What a field of a component begins as, with its unit, whether rules change it, and its range; nothing of other
    fields."""
    from t800.spec.world import ComponentInfo

    if not isinstance(thing, ComponentInfo):
        return ""
    default = thing.defaults[name]
    value = "" if default is None else f"{default}".lower() if isinstance(default, bool) else f"{default}"
    said = [
        f"{value} {thing.units.get(name, '')}".strip(),
        "changes" if name in thing.changes else "",
        str(thing.ranges.get(name, "")),
    ]
    return ", ".join(each for each in said if each)


def _field(kind: Kind, name: str, field: Field) -> tuple[str, str, str]:
    holds = f"a list of {{{field.ask}: EXPR, do: NODE}}" if field.holds == "branches" else HOLDS[field.holds]
    if field.type is not None:
        holds = f"{field.type}, $name or =EXPR" if field.holds == "value" else f"{holds} of type {field.type}"
    whole = "; may stand alone" if name == kind.positional else ""
    return name, holds, _need(field.required) + whole


def _need(needed: bool) -> str:
    return "required" if needed else "may be left out"


def _port(port: Port) -> tuple[str, str, str]:
    from t800.cli.picture import plain

    if port.out:
        return port.name, str(port.type), "written"
    return (
        port.name,
        str(port.type),
        "required" if port.required else f"default {plain(port.type.encode(port.default))}",
    )
