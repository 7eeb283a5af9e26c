"""`t800 skills`: what trees and agents can be made of."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from t800.cli.options import pack_option

if TYPE_CHECKING:
    from t800.cli.paper import Paper
    from t800.registry import Port, Registry

__all__ = ["skills"]


ONE = {
    "Kinds of node": "kind of node",
    "Skills": "skill",
    "Third-party behaviours": "third-party behaviour",
    "Senses": "sense",
    "Records": "record",
    "Events": "event",
    "Effects": "effect",
    "Mechanics": "mechanic",
}
"""What one of each shelf is called."""


@click.command(short_help="List what trees and agents can be made of.")
@click.argument("name", required=False)
@pack_option
def skills(name: str | None, packs: tuple[str, ...]) -> None:
    """List what trees and agents can be made of: kinds of node, skills, senses. With NAME: all about one of them.

    \b
    t800 skills
    t800 skills walk_to
    t800 skills retry
    """
    from t800.cli.paper import Paper
    from t800.errors import UsageError, closest
    from t800.packs import installed

    paper = Paper()
    shelves = _shelves(installed(packs))
    if name is None:
        for title, things in shelves.items():
            if things:
                paper.say(paper.paint(title, bold=True))
                _list(paper, things)
                paper.say()
        paper.say(paper.paint("t800 skills NAME tells all about one of them.", dim=True))
        return
    found = [(title, things[name]) for title, things in shelves.items() if name in things]
    if not found:
        near = closest(name, [each for things in shelves.values() for each in things])
        raise UsageError(f"nothing is called {name[:40]!r}" + (f"; did you mean {near!r}?" if near else ""))
    for title, thing in found:
        _tell(paper, title, name, thing)


def _shelves(registry: Registry) -> dict[str, dict[str, Any]]:
    return {
        "Kinds of node": dict(registry.kinds),
        "Skills": dict(sorted(registry.skills.items())),
        "Third-party behaviours": dict(sorted(registry.behaviours.items())),
        "Senses": dict(sorted(registry.senses.items())),
        "Records": dict(sorted(registry.records.items())),
        "Events": dict(sorted(registry.events.items())),
        "Effects": dict(sorted(registry.effects.items())),
        "Mechanics": dict(sorted(registry.mechanics.items())),
    }


def _list(paper: Paper, things: Mapping[str, Any]) -> None:
    width = min(24, max(len(name) for name in things)) + 2
    for name, thing in things.items():
        first = " ".join(_doc(thing).partition("\n\n")[0].split())
        paper.say(f"  {paper.paint(f'{name:<{width}}', 'cyan')}{paper.wrap(first, width + 2)}")


def _doc(thing: Any) -> str:
    if isinstance(thing, type):
        return inspect.getdoc(thing) or ""
    return inspect.cleandoc(thing.doc)


def _tell(paper: Paper, title: str, name: str, thing: Any) -> None:
    """One thing: its signature, its ports, its doc."""
    paper.say(f"{paper.paint(name, 'cyan', bold=True)}  {paper.paint(ONE[title], dim=True)}")
    paper.say()
    for line in _doc(thing).splitlines():
        # What is indented is an example, and stays as it is.
        paper.say(f"  {line if line.startswith(' ') else paper.wrap(line, 2)}".rstrip())
    rows = _rows(thing)
    if rows:
        paper.say()
    wide = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, wide, strict=True)]
        paper.say(("  " + "  ".join(cells)).rstrip())


def _rows(thing: Any) -> list[tuple[str, str, str]]:
    """What can be written under a thing's name, and what it writes: name, type, and what else there is to say."""
    rows = [_port(port) for port in getattr(thing, "ports", {}).values()]
    rows += [
        (option, "option", "required" if needed else "") for option, needed in getattr(thing, "options", {}).items()
    ]
    writes: Mapping[str, Any] = getattr(thing, "writes", {})
    rows += [(key, str(kind), "written to this key") for key, kind in writes.items() if key not in thing.ports]
    fields: Mapping[str, Any] = getattr(thing, "__record_fields__", None) or getattr(thing, "fields", {})
    for field, kind in fields.items():
        held = getattr(kind, "holds", None)
        rows.append((field, held or str(kind), "required" if held and kind.required else ""))
    return rows


def _port(port: Port) -> tuple[str, str, str]:
    if port.out:
        return port.name, str(port.type), "written"
    return port.name, str(port.type), "required" if port.required else f"default {port.type.encode(port.default)}"
