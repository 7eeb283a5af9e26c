"""What a scenario file says: a world's start, who is in it, what must hold, when to stop (design §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from t800.core import Event
from t800.errors import TraceError
from t800.expressions import Expression, Function, Scope, Symbol
from t800.types import FLOAT, Type

if TYPE_CHECKING:
    from t800.registry import Registry
    from t800.spec.agent import AgentSpec
    from t800.spec.world import Participant, WorldSpec

__all__ = [
    "PROGRESS",
    "AgentUse",
    "Branch",
    "ChapterSpec",
    "Edit",
    "ExpectationSpec",
    "Pattern",
    "ScenarioSpec",
    "scope",
]

PROGRESS = frozenset(["eventually", "until", "happened", "in_order"])
"""The kinds of expectation that are decided while a run goes on, and so can end it."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """An event to wait for: `Shielded`, or `{Shielded: {who: t800}}`. Fields that are not named may be anything."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def matches(self, event: Event) -> bool:
        """Whether this event is one."""
        return event.kind == self.kind and all(event.fields.get(name) == wanted for name, wanted in self.fields.items())

    def __str__(self) -> str:
        said = ", ".join(f"{name}: {value}" for name, value in self.fields.items())
        return f"{self.kind}({said})" if said else self.kind


@dataclass(frozen=True, slots=True)
class ExpectationSpec:
    """One thing that must hold.

    `kind` is always, never, eventually, until, happened, not_happened, in_order, last_of or at_end; `text` is how a
    verdict names it. `holds` is the expression that is judged and `until` the one that ends it;
    `patterns` are the events of happened, not_happened, in_order and last_of; `who` is the entity of last_of.
    `within` is in seconds, from `since` if that is given (its first time), else from the start.
    """

    kind: str
    text: str
    holds: Expression | None = None
    until: Expression | None = None
    patterns: tuple[Pattern, ...] = ()
    who: str | None = None
    within: float | None = None
    since: Pattern | None = None


@dataclass(frozen=True, slots=True)
class ChapterSpec:
    """A part of the story to watch for: it is entered when `begin` holds and over when `end` does.

    Without `end` it is over when its eventually, until, happened and in_order are decided. Both may be
    an event or an expression; no `begin` is the start of the run.
    """

    name: str
    begin: Expression | Pattern | None
    end: Expression | Pattern | None
    expect: tuple[ExpectationSpec, ...]


@dataclass(frozen=True, slots=True)
class AgentUse:
    """An agent in a scenario: its mind (the scenario's `blackboard` values are in it), and its place in the world."""

    agent: AgentSpec
    participant: Participant


@dataclass(frozen=True, slots=True)
class Edit:
    """A value that was changed by hand in a debugger: `name` of `who` becomes `value` before the tick `tick` is played.

    `of` is agent for a key of its blackboard, entity for a field of somebody or something in the world;
    `value` is JSON data.
    """

    tick: int
    of: Literal["agent", "entity"]
    who: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Branch:
    """How a run left another one: by `edits`, after the tick `tick` (-1: at the start), the last that they share.

    `parent` is the hash that the other's trace has at that tick.
    """

    parent: str
    tick: int
    edits: tuple[Edit, ...]

    def body(self) -> dict[str, Any]:
        """As the header of a trace holds it."""
        edits = [{name: getattr(edit, name) for name in Edit.__slots__} for edit in self.edits]
        return {"parent": self.parent, "tick": self.tick, "edits": edits}

    @staticmethod
    def of(body: Mapping[str, Any]) -> Branch:
        """What `body` gave; TraceError if it is none."""
        try:
            edits = tuple(Edit(**each) for each in body["edits"])
            found = Branch(body["parent"], body["tick"], edits)
        except (KeyError, TypeError):
            found = None
        if found is None or not found.edits:
            raise TraceError("its header does not say how the run left its parent", 1)
        return found


@dataclass(frozen=True, slots=True)
class ScenarioSpec:
    """A scenario, checked.

    `digests` maps every spec that it is made of (`tree:protect`) to the digest of its meaning. `overrides`
    and `without` are what the command line changed, in order; `packs` the modules that it added. A `branch` is
    what a debugger changed on the way.
    """

    name: str
    doc: str
    path: str
    world: WorldSpec
    seed: int
    dt: float
    limit: float
    agents: tuple[AgentUse, ...]
    expect: tuple[ExpectationSpec, ...]
    turns: Mapping[str, ExpectationSpec]
    chapters: tuple[ChapterSpec, ...]
    stop_on_failure: bool
    digests: Mapping[str, str]
    registry: Registry
    overrides: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    branch: Branch | None = None

    @property
    def workers(self) -> tuple[str, ...]:
        """The skills of its agents that work in threads, by name: a run with them cannot be replayed."""
        return tuple(sorted({name for use in self.agents for name in use.agent.workers}))


def scope(types: Mapping[str, Type], places: Iterable[str] = ()) -> Scope:
    """What expressions of a scenario may name: entities, each with the fields of its type, and `distance(a, b)`.

    Whatever looks like one of the `places` and is none is no `place` of anybody.
    """
    if choices := tuple(places):
        own = {"place": Type("str", optional=True, choices=choices)}
        types = {name: replace(kind, fields={**kind.fields, **own}) for name, kind in types.items()}
    names = {name: Symbol(kind, f"E.get({name!r})") for name, kind in types.items()}
    anyone = Type("record")
    return Scope(names, {"distance": Function((anyone, anyone), FLOAT, "distance")})
