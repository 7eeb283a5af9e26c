"""What a tree file most likely meant where it names a kind of node that there is not.

Reading goes on as if that had been written, so that one typo does not hide the others below it. Whatever
does not fit what stands there is not guessed: a wrong guess would find faults that are none.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence as AnySequence

from t800.errors import closest
from t800.loader.document import Mapping, Node, Scalar, Sequence
from t800.registry import RESERVED, Port, Registry
from t800.spec.kind import Kind

__all__ = ["is_node", "likeliest_kind", "meant"]


def meant(name: str, body: Node | None, registry: Registry) -> str | None:
    """The closest kind or leaf that can hold what stands under the name.

    >>> meant("parralel", Sequence(...), registry)
    'parallel'
    """
    kinds = [each for each, kind in registry.kinds.items() if _kind_holds(kind, body, registry)]
    leaves = {name: leaf.ports for table in (registry.skills, registry.behaviours) for name, leaf in table.items()}
    return closest(name, kinds + [each for each, ports in leaves.items() if _ports_take(ports, body)])


def likeliest_kind(names: AnySequence[str], node: Mapping, registry: Registry) -> str:
    """Which of a node's keys, none of which is known, was meant to be its kind: the others were meant as options."""
    kinds = [name for name in names if meant(name, node.get(name), registry)]
    options = [name for name in names if closest(name, RESERVED)]
    rest = [name for name in names if name not in options]
    return next(iter([*(name for name in kinds if name in rest), *kinds, *rest, *names]))


def is_node(node: Node | None, registry: Registry) -> bool:
    """Whether a mapping holds a kind or leaf that there is."""
    known = (registry.kinds, registry.skills, registry.behaviours)
    return isinstance(node, Mapping) and any(name in table for name in node.pairs for table in known)


def _kind_holds(kind: Kind, body: Node | None, registry: Registry) -> bool:
    word = isinstance(body, Scalar) and isinstance(body.value, str)
    if kind.body == "children":
        return isinstance(body, Sequence)
    if kind.body == "child":
        names = [name for name in body.pairs if name not in RESERVED] if isinstance(body, Mapping) else []
        known = [*registry.kinds, *registry.skills, *registry.behaviours]
        return word or any(closest(name, known) for name in names)
    if kind.body == "ports":
        return _ports_take(kind.ports, body)
    if kind.body == "fields":
        named = isinstance(body, Mapping) and any(closest(name, kind.fields) for name in body.pairs)
        return named or (kind.positional is not None and word)
    if kind.body == "assignments":
        return isinstance(body, Mapping)
    return word


def _ports_take(ports: AnyMapping[str, Port], body: Node | None) -> bool:
    if body is None or (isinstance(body, Scalar) and body.value is None):
        return not any(port.required for port in ports.values())
    if isinstance(body, Mapping):
        return all(closest(name, ports) for name in body.pairs)
    return bool(ports)
