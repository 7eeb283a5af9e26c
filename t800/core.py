"""The nouns that every layer shares, and the conventions said once.

Units are SI: metres, seconds, kilograms, degrees Celsius. Time is a tick number times a fixed `dt`
(R1); durations are kept as whole microseconds and turned into ticks by `ticks`, never by a clock.
Shares (trust, power, damage) run from 0 to 1. An agent's channels are the parts of it that can do
one thing at a time, like `legs`, `arms`, `voice`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, ClassVar, Protocol

from py_trees.common import Status

from t800.types import quick, record

__all__ = [
    "FAILURE",
    "INVALID",
    "RUNNING",
    "SUCCESS",
    "Ask",
    "Event",
    "Fate",
    "Fault",
    "Intent",
    "Observation",
    "Refusal",
    "Signal",
    "Status",
    "Tick",
    "World",
    "microseconds",
    "ticks",
]

SUCCESS = Status.SUCCESS
FAILURE = Status.FAILURE
RUNNING = Status.RUNNING
INVALID = Status.INVALID


def microseconds(seconds: float) -> int:
    """Seconds as whole microseconds, the unit in which durations and `dt` are kept.

    >>> microseconds(0.1)
    100000
    """
    return int((Decimal(repr(seconds)) * 1_000_000).to_integral_value(ROUND_HALF_EVEN))


def ticks(seconds: float, dt: float) -> int:
    """How many ticks a duration lasts: ceil(seconds / dt), in exact arithmetic.

    >>> ticks(0.3, 0.1)
    3
    """
    return -(-microseconds(seconds) // microseconds(dt))


@record
class Refusal:
    """The world's no to an intent of the tick before: the channel it was on, and why."""

    channel: str
    why: str


@record
class Observation:
    """What one agent can sense now, and the tick number. A pack declares its own as a subclass:

        @record
        class Scan(Observation):
            position: Point
            battery: float

    `refused` is the world's answer to what was asked last tick.
    """

    tick: int
    refused: tuple[Refusal, ...] = field(default=(), kw_only=True)


@record
class Intent:
    """One thing an agent asks for in this tick. A pack declares its own as a subclass, with a channel:

    @record
    class MoveTo(Intent):
        channel: ClassVar[str] = "legs"
        place: Point
    """

    channel: ClassVar[str] = ""


@quick
@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an ask: `granted`, `suppressed`, `vetoed` or `refused`, and why (empty if granted)."""

    outcome: str
    why: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Ask:
    """An intent, the node that asked for it (`protect/shield`), its declared effects, and what became of it.

    `effects` holds what the skill said of this ask (`lethal_to=["m"]`); an effect that is None was
    declared unknown; one that is not there has its neutral value.
    """

    tree: str
    node: str
    intent: Intent
    effects: Mapping[str, Any]
    fate: Fate


@dataclass(frozen=True, slots=True)
class Signal:
    """What a tree tells the modes, seen by them one tick later (R19)."""

    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What broke: `site` is sense, guard, skill, halt or constraint; `where` the node path or name."""

    site: str
    where: str
    exception: str
    message: str
    traceback: str = field(default="", compare=False)


@quick
@dataclass(frozen=True, slots=True)
class Tick:
    """The record of one decision.

    `mode` is the path of the innermost state (`active.combat`), `left` the one it came from if it
    changed in this tick. `statuses` holds the statuses of all nodes of each tree of the mode, in preorder.
    `asks` holds every intent asked for, in order of importance, with its fate; `intents` are the granted ones.
    """

    number: int
    mode: str
    left: str | None
    statuses: Mapping[str, tuple[Status, ...]]
    asks: tuple[Ask, ...]
    signals: tuple[Signal, ...]
    fault: Fault | None

    @property
    def intents(self) -> tuple[Intent, ...]:
        """The intents that the world is to carry out, at most one a channel."""
        return tuple(ask.intent for ask in self.asks if ask.fate.outcome == "granted")


@quick
@dataclass(frozen=True, slots=True)
class Event:
    """A fact that the world reports.

    `id` counts the events of a run from 0. `kind` is declared by a pack (`Shielded`), and so are the
    names in `fields`. `rule` names the world's rule that made it; `causes` are ids of earlier events,
    or the node whose intent did it (`t800:protect/shield`).
    """

    id: int
    tick: int
    kind: str
    fields: Mapping[str, Any]
    rule: str
    causes: tuple[int | str, ...] = ()


class World(Protocol):
    """Anything that an agent can stand in: the simulation, or a robot."""

    def observe(self, agent_id: str) -> Observation:
        """What this agent can sense now; called once an agent and tick, before any `step`."""
        ...

    def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
        """Carry out what all agents ask for, judged together, and let one tick pass."""
        ...
