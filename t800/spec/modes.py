"""The modes of an agent as its file spells them, checked: states in file order, with their edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from t800.expressions import Expression

__all__ = ["FAULTED", "EdgeSpec", "ModesSpec", "StateSpec"]

FAULTED = "faulted"
"""The built-in final mode that an agent with too many faults enters (R8): no trees, no intents."""


@dataclass(frozen=True, slots=True, eq=False)
class EdgeSpec:
    """A way from one mode to another.

    It fires when `event` was signalled in the tick before and `when` is known to be true and has been for
    `hold` seconds; what is None is not asked for. `to` is a full path.
    """

    to: str
    when: Expression | None = None
    event: str | None = None
    hold: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StateSpec:
    """A mode. `path` is dotted (`active.combat`), and so are `parent`, `initial` and `on_fault`.

    `channels` are those that are open, None for all; a child without its own has its parent's. `trees`
    are its own, as indexes into the agent's trees, most important first. `on_fault` is the mode after a
    fault: the one declared here or by the nearest parent, else this mode itself.
    """

    path: str
    parent: str | None
    initial: str | None
    final: bool
    channels: tuple[str, ...] | None
    trees: tuple[int, ...]
    on_fault: str
    edges: tuple[EdgeSpec, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ModesSpec:
    """All modes, in file order, parents before their children. `initial` is the path of an innermost mode.

    The built-in mode `faulted` is not among them.
    """

    initial: str
    states: tuple[StateSpec, ...]

    def state(self, path: str) -> StateSpec:
        """The mode of that path; KeyError if there is none."""
        for state in self.states:
            if state.path == path:
                return state
        raise KeyError(path)

    def chain(self, path: str) -> Iterator[StateSpec]:
        """A mode, its parent, and so on outwards."""
        inner: str | None = path
        while inner is not None:
            state = self.state(inner)
            yield state
            inner = state.parent

    def innermost(self, path: str) -> str:
        """The mode that is entered with this one: its initial child, and that one's, and so on.

        >>> modes.innermost("active")
        'active.escort'
        """
        if path == FAULTED:
            return path
        state = self.state(path)
        while state.initial is not None:
            state = self.state(state.initial)
        return state.path

    def trees(self, path: str) -> tuple[int, ...]:
        """The trees of an innermost mode, most important first: its own, then its parent's, and so on."""
        return tuple(index for state in self.chain(path) for index in state.trees)
