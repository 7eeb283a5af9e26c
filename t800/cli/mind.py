"""An agent's mind in a few words, for a line of a terminal: what it is at, what it believes, how its body is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from t800.core import RUNNING, Tick
from t800.types import values_of

if TYPE_CHECKING:
    from t800.agent import Agent

__all__ = ["beliefs", "doing", "soundness"]

SHARES = ("confidence", "certainty", "suspicion", "conviction", "trust")
"""Fields of a belief that say how sure it is, or how strong; the first that it has is shown in per cent."""

FLAGS = ("armed", "down", "hurt")

STALE = 10.0
"""After how many seconds without a word a belief comes after all others."""

OLD = 1.0
"""From how many seconds on a belief's age is told."""


def doing(agent: Agent, tick: Tick) -> str:
    """What an agent is at: the node that got what it asked for, else the deepest running one, with what it says."""
    owner = next((ask.node for ask in tick.asks if ask.fate.outcome == "granted"), None)
    found, words, first = "", "", None
    for path, status, feedback in agent.feedback():
        name = path.rpartition("/")[2].partition(".guard")[0].replace("_", " ")
        if path == owner:
            return f"{name}: {feedback}" if feedback else name
        tree = path.partition("/")[0].partition(".guard")[0]
        # In a parallel, `running` only keeps the others company.
        if status is RUNNING and name != "running" and first in (None, tree):
            first, found, words = tree, name, feedback
    return f"{found}: {words}" if words else found


def soundness(agent: Agent) -> float | None:
    """How whole an agent feels its body to be, from 0 to 1: the field `structure` of what it knows of it."""
    for value in agent.blackboard.values.values():
        share = getattr(value, "structure", None)
        if type(share) is float:
            return min(1.0, max(0.0, share))
    return None


def beliefs(agent: Agent) -> list[str]:
    """What an agent believes, the most relevant first.

    beliefs(agent)        # ["threat policeman 8.0 m armed", "ward last john 1.2 m"]

    First who somebody is believed to be by degrees, and what the ways out of its mode ask for, then who is near, then
    the rest; what it has not written for a while comes last. Nothing that it has known from the start, no lists,
    nothing of its own body.
    """
    asked = list(dict.fromkeys(_asked(agent)))
    written = agent.blackboard.written
    latest = max(written.values(), default=0)
    found = []
    for key, value in agent.blackboard.values.items():
        if written.get(key, 0) == 0 or hasattr(value, "structure"):
            continue
        words = _words(key, value, key in asked)
        if words:
            away = getattr(value, "distance", None)
            rank = asked.index(key) if key in asked else len(asked) + (away is None)
            if hasattr(value, "confidence"):
                rank = -1
            if (latest - written[key]) * agent.dt > STALE:
                rank += len(asked) + 2
            found.append((rank, away or 0.0, key, words))
    return [words for _, _, _, words in sorted(found)]


def _asked(agent: Agent) -> Iterator[str]:
    """The keys that the edges of an agent's mode read."""
    modes = agent.spec.modes
    if agent.mode in [state.path for state in modes.states]:
        for state in modes.chain(agent.mode):
            for edge in state.edges:
                if edge.when is not None:
                    yield from (name.partition(".")[0] for name in edge.when.names)


def _words(key: str, value: Any, asked: bool) -> str:
    """A key with its value; empty if there is nothing to say."""
    name = key.removesuffix("_last").replace("_", " ")
    if type(value) is bool:
        return (name if value else f"not {name}") if asked else ""
    if type(value) is float and 0.0 <= value <= 1.0:
        return f"{name} {round(100 * value)} %"
    if isinstance(value, int | float | str):
        return f"{name} {value:g}" if not isinstance(value, str) else f"{name} {value[:24]}"
    if not hasattr(type(value), "__record_fields__"):
        return ""
    parts = [name, *_record(value)]
    return " ".join(parts) if len(parts) > 1 else ""


def _record(value: Any) -> Iterator[str]:
    """What a record says in short: about whom, how sure, how far, how long ago."""
    fields = values_of(value)
    look, who = fields.get("look"), fields.get("who")
    if look and who:
        yield f"{str(look).replace('_', ' ')} = {who}"
    else:
        named = [who, look, fields.get("verb"), fields.get("topic"), fields.get("place"), fields.get("kind")]
        yield from [str(each).replace("_", " ") for each in named if each][:1]
    yield from [f"{round(100 * fields[each])} %" for each in SHARES if type(fields.get(each)) is float][:1]
    state = fields.get("state")
    if state is not None:
        yield str(state)
    if type(fields.get("distance")) is float:
        yield f"{fields['distance']:.1f} m" if fields["distance"] < 10 else f"{fields['distance']:.0f} m"
    yield from (each for each in FLAGS if fields.get(each) is True)
    age = fields.get("age")
    if type(age) is float and age >= OLD:
        yield f"{age:.0f} s ago"
