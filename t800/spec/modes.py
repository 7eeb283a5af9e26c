"""The modes of an agent as its file spells them, checked: a hierarchical state machine, in file order."""

from __future__ import annotations

from dataclasses import dataclass

from t800.expressions import Expression

__all__ = ["EdgeSpec", "ModesSpec", "StateSpec"]


@dataclass(frozen=True, slots=True)
class EdgeSpec:
    """A way out of a state: to the state with the full path `to`.

    It fires when `when` is known to be true, has been for `hold` seconds, and `event` was signalled
    in the tick before: as many of these as are given.
    """

    to: str
    when: Expression | None = None
    event: str | None = None
    hold: float | None = None


@dataclass(frozen=True, slots=True)
class StateSpec:
    """A state. `path` is dotted (`active.combat`), `parent` the path of the state around it, or None.

    `initial` is the full path of the child that is entered with it, None for a state without children.
    `channels` are those open in it, None for all that its parent has. `trees` are indices into the
    agent's trees, most important first. `on_fault` is the path of the state that a fault leads to.
    """

    path: str
    parent: str | None = None
    initial: str | None = None
    final: bool = False
    channels: frozenset[str] | None = None
    trees: tuple[int, ...] = ()
    on_fault: str | None = None
    edges: tuple[EdgeSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class ModesSpec:
    """All states, parents before their children, in file order; `initial` is the path where it starts."""

    initial: str
    states: tuple[StateSpec, ...]
