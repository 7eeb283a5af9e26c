"""What a run came to: the document that `t800 run --json` prints (design §7), as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from t800.scenario import ChapterVerdict, Verdict

__all__ = ["Divergence", "Lost", "Outcome", "Result"]

Outcome = Literal["passed", "failed", "limit"]


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a replay first differs: in `what` of an agent (or of the world, None) at a tick, what was and what is.

    The tick of the trace's header is -1.
    """

    tick: int
    agent: str | None
    what: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Lost:
    """From which tick on a run was not recorded, and why, in words."""

    tick: int
    why: str


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended, and what became of all that was expected.

    `outcome` is failed if an expectation failed, limit if the time ran out with something undecided, else
    passed. `time` is what passed in the world and `played` what was ticked, both in seconds; `wall` is
    real seconds. `final` holds every entity's fields at the end, `events` counts them by kind; `faults`
    and `vetoes` count too. `sha256` is the trace's hash, recorded or not; `path` where it was recorded.
    `lost` says from where on the trace could not be written, in a run that was to go on all the same.
    A replay has the first `divergence` from its trace, if there is one, and says if the trace was `cut`.
    """

    scenario: str
    seed: int
    dt: float
    ticks: int
    time: float
    played: float
    outcome: Outcome
    expectations: tuple[Verdict, ...]
    chapters: tuple[ChapterVerdict, ...]
    turns: Mapping[str, Verdict]
    final: Mapping[str, Mapping[str, Any]]
    events: Mapping[str, int]
    faults: int
    vetoes: int
    path: str | None
    sha256: str
    wall: float
    divergence: Divergence | None = None
    cut: str | None = None
    lost: Lost | None = None

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 3 undecided at the limit."""
        return {"passed": 0, "failed": 1, "limit": 3}[self.outcome]

    def to_json(self) -> dict[str, Any]:
        """As plain data, in the order of design §7."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "dt": self.dt,
            "ticks": self.ticks,
            "time": self.time,
            "played": self.played,
            "outcome": self.outcome,
            "expectations": [
                {"text": v.text, "kind": v.kind, "held": v.held, "tick": v.tick, "vacuous": v.vacuous}
                | ({"unknown": v.unknown} if v.unknown is not None else {})
                for v in self.expectations
            ],
            "chapters": [
                {"name": c.name, "outcome": c.outcome, "from": c.begin, "to": c.end, "why": c.why}
                for c in self.chapters
            ],
            "turns": [
                {"name": name, "happened": verdict.held is True, "tick": verdict.tick if verdict.held else None}
                for name, verdict in self.turns.items()
            ],
            "final": _known(self.final),
            "events": self.events,
            "faults": self.faults,
            "vetoes": self.vetoes,
            "trace": {"path": self.path, "sha256": self.sha256}
            | ({"lost": {"tick": self.lost.tick, "why": self.lost.why}} if self.lost else {}),
            "wall": self.wall,
        }


def _known(value: Any) -> Any:
    """The same with None in the place of NaN and infinities, which JSON lacks, and which are unknown (R17)."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _known(item) for name, item in value.items()}
    return [_known(item) for item in value] if isinstance(value, list | tuple) else value
