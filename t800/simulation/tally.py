"""Many runs in numbers: rates with intervals, endings, failing seeds, and pairs compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from t800.errors import UsageError, closest, listed, shorten
from t800.simulation.brief import Brief
from t800.simulation.statistics import mcnemar, paired_difference, wilson
from t800.spec.scenario import ScenarioSpec

__all__ = ["Comparison", "Ending", "Rate", "Tally", "compare", "situation"]

DIGITS = 6
"""Digits after the point of a rate, in JSON."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Something that held in `held` of `of` runs. `text` says what, `kind` what sort of thing it is."""

    text: str
    kind: str
    held: int
    of: int

    @property
    def rate(self) -> float | None:
        """None where there are no runs."""
        return self.held / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, of 95 %."""
        return wilson(self.held, self.of)

    def to_json(self) -> dict[str, Any]:
        """The rate and its interval, rounded."""
        rate = self.rate
        return {"rate": None if rate is None else round(rate, DIGITS), "interval": _rounded(self.interval)}


@dataclass(frozen=True, slots=True)
class Ending:
    """A way in which runs came out, in how many they did, and the first seed of one."""

    name: str
    n: int
    seed: int


class Tally:
    """What runs of one scenario came to, in the order of their seeds, whatever the order they were run in.

    tally = Tally(spec, briefs)
    tally.passed.rate, tally.passed.interval
    """

    def __init__(self, spec: ScenarioSpec, briefs: Mapping[int, Brief]) -> None:
        self.spec = spec
        self.briefs = [briefs[seed] for seed in sorted(briefs)]

    @property
    def passed(self) -> Rate:
        return self._rate("passed", "outcome", _passed)

    @property
    def expectations(self) -> list[Rate]:
        """Each expectation: one that was not decided did not hold."""
        return [self._rate(item.text, item.kind, _held(place)) for place, item in enumerate(self.spec.expect)]

    @property
    def chapters(self) -> list[Rate]:
        """Each chapter, of the runs that entered it."""
        return [
            self._rate(item.name, "chapter", _chapter(place), _entered(place))
            for place, item in enumerate(self.spec.chapters)
        ]

    @property
    def turns(self) -> list[Rate]:
        """Each turn, of the runs that entered its chapter; of all runs, if it belongs to none."""
        found = []
        for place, name in enumerate(self.spec.turns):
            chapter = chapter_of(self.spec, name)
            entered = None if chapter is None else _entered(chapter)
            found.append(self._rate(name, "turn", _turn(place), entered))
        return found

    @property
    def endings(self) -> list[Ending]:
        """The most frequent first."""
        counts: dict[str, list[int]] = {}
        for each in self.briefs:
            counts.setdefault(each.ending, []).append(each.seed)
        found = [Ending(name, len(seeds), seeds[0]) for name, seeds in counts.items()]
        return sorted(found, key=lambda ending: (-ending.n, ending.seed))

    @property
    def failing(self) -> list[tuple[int, str]]:
        """Seeds of runs that did not pass, or had a fault, each with the reason."""
        return [(each.seed, why) for each in self.briefs if (why := self._why(each))]

    @property
    def orders(self) -> int:
        """How many orders of events there are."""
        return len({each.order for each in self.briefs})

    @property
    def faults(self) -> int:
        return sum(each.faults for each in self.briefs)

    @property
    def vetoes(self) -> int:
        return sum(each.vetoes for each in self.briefs)

    def mean(self, field: str) -> float | None:
        """The mean of a number of each run, like `awake` or `played`, added up in the order of seeds."""
        if not self.briefs:
            return None
        total = 0.0
        for each in self.briefs:
            total += getattr(each, field)
        return round(total / len(self.briefs), 3)

    def to_json(self, replay: Callable[[int], str]) -> dict[str, Any]:
        """As plain data; `replay` gives the command that runs a seed again."""
        return {
            "runs": len(self.briefs),
            "passed": self.passed.held,
            **self.passed.to_json(),
            "expectations": [
                {"text": each.text, "kind": each.kind, "held": each.held, **each.to_json()}
                for each in self.expectations
            ],
            "chapters": [{"name": each.text, "entered": each.of, "passed": each.held} for each in self.chapters],
            "turns": [
                {"name": each.text, "entered": each.of, "happened": each.held, **each.to_json()} for each in self.turns
            ],
            "endings": [{"name": each.name, "n": each.n, "seed": each.seed} for each in self.endings],
            "failing": [{"seed": seed, "why": why, "replay": replay(seed)} for seed, why in self.failing],
            "orders": self.orders,
            "awake_mean": self.mean("awake"),
            "played_mean": self.mean("played"),
            "faults": self.faults,
            "vetoes": self.vetoes,
        }

    def _rate(
        self, text: str, kind: str, held: Callable[[Brief], bool], of: Callable[[Brief], bool] | None = None
    ) -> Rate:
        runs = self.briefs if of is None else [each for each in self.briefs if of(each)]
        return Rate(text, kind, sum(held(each) for each in runs), len(runs))

    def _why(self, each: Brief) -> str:
        """Why a run counts as failing; empty if it does not."""
        reasons = [] if each.fault is None else [f"fault in {each.fault}"]
        if each.outcome != "passed":
            wanted = False if each.outcome == "failed" else None
            words = "" if wanted is False else "undecided: "
            reasons += [
                f"{words}{item.kind} {item.text}"
                for item, held in zip(self.spec.expect, each.held, strict=True)
                if held is wanted
            ]
        return "; ".join(reasons)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pairs of runs with the same seed, untouched and changed: in how many something held in which of the two."""

    text: str
    kind: str
    both: int
    only_untouched: int
    only_changed: int
    neither: int

    @property
    def pairs(self) -> int:
        return self.both + self.only_untouched + self.only_changed + self.neither

    @property
    def difference(self) -> tuple[float, float, float]:
        """The changed runs' rate minus the untouched runs', and its interval of 95 %."""
        return paired_difference(self.both, self.only_untouched, self.only_changed, self.neither)

    @property
    def p(self) -> float:
        """McNemar's exact p."""
        return mcnemar(self.only_untouched, self.only_changed)

    def to_json(self) -> dict[str, Any]:
        difference, low, high = self.difference
        return {
            "text": self.text,
            "kind": self.kind,
            "both": self.both,
            "only_untouched": self.only_untouched,
            "only_changed": self.only_changed,
            "neither": self.neither,
            "difference": round(difference, DIGITS),
            "interval": _rounded((low, high)),
            "p": self.p,
        }


def compare(spec: ScenarioSpec, pairs: Sequence[tuple[Brief, Brief]]) -> list[Comparison]:
    """The outcome, every expectation, chapter and turn, compared over pairs (untouched, changed)."""
    return [
        _compared(text, kind, held, pairs) for text, kind, held in [("passed", "outcome", _passed), *_situations(spec)]
    ]


def _compared(text: str, kind: str, held: Callable[[Brief], bool], pairs: Sequence[tuple[Brief, Brief]]) -> Comparison:
    counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for untouched, changed in pairs:
        counts[held(untouched), held(changed)] += 1
    return Comparison(text, kind, *counts.values())


def situation(spec: ScenarioSpec, name: str) -> Callable[[Brief], bool]:
    """Whether a run reached a situation: a turn that happened, a chapter that was entered, an expectation that held.

    An expectation is named by its text, or by a part of it that no other has. UsageError if nothing, or more
    than one thing, is meant.
    """
    found = [(text, held) for text, _, held in _situations(spec) if text == name]
    if name in [chapter.name for chapter in spec.chapters]:
        place = [chapter.name for chapter in spec.chapters].index(name)
        return _entered(place)
    found = found or [(text, held) for text, _, held in _situations(spec) if name in text]
    if len(found) == 1:
        return found[0][1]
    texts = [text for text, _, _ in _situations(spec)]
    if found:
        raise UsageError(f"--given {shorten(name)} can mean {listed(text for text, _ in found)}")
    near = closest(name, texts)
    way = f"did you mean {near!r}?" if near else f"there is: {', '.join(texts)[:300]}"
    raise UsageError(f"--given {shorten(name)}: no such expectation, chapter or turn; {way}")


def _situations(spec: ScenarioSpec) -> Iterator[tuple[str, str, Callable[[Brief], bool]]]:
    for place, item in enumerate(spec.expect):
        yield item.text, item.kind, _held(place)
    for place, chapter in enumerate(spec.chapters):
        yield chapter.name, "chapter", _chapter(place)
    for place, name in enumerate(spec.turns):
        yield name, "turn", _turn(place)


def chapter_of(spec: ScenarioSpec, turn: str) -> int | None:
    """The place of the chapter that a turn belongs to: `mall_shielded` to `mall`; the longest name that fits."""
    fitting = [
        (len(chapter.name), place)
        for place, chapter in enumerate(spec.chapters)
        if turn == chapter.name or turn.startswith(f"{chapter.name}_")
    ]
    return max(fitting)[1] if fitting else None


def _passed(each: Brief) -> bool:
    return each.outcome == "passed"


def _held(place: int) -> Callable[[Brief], bool]:
    return lambda each: each.held[place] is True


def _turn(place: int) -> Callable[[Brief], bool]:
    return lambda each: each.turns[place]


def _chapter(place: int) -> Callable[[Brief], bool]:
    return lambda each: each.chapters[place] == "passed"


def _entered(place: int) -> Callable[[Brief], bool]:
    return lambda each: each.chapters[place] != "unseen"


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(end, DIGITS) for end in interval]
