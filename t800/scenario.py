"""Watching a run: which expectations hold, which chapters are entered, when there is nothing left to wait for.

Watching changes nothing: a scene is read, and verdicts are kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from t800.core import Event, ticks
from t800.expressions import Expression, compile_unknown, compile_value
from t800.spec.scenario import PROGRESS, ChapterSpec, ExpectationSpec, Pattern, ScenarioSpec
from t800.types import Point

__all__ = ["ChapterVerdict", "Scene", "Verdict", "Watch", "distance"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a watcher sees: the state at the start of tick `number`, and what happened since the scene before.

    `entities` holds every entity that is there, by id; `expected` the ids of those still to arrive.
    """

    number: int
    entities: Mapping[str, Any]
    expected: frozenset[str]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an expectation: it held, it did not, or (None) it was not decided.

    `tick` is when that was decided. `vacuous` says that it held from the start already, so nothing was shown;
    `unknown` is the name that was unknown when it failed, if it failed of that.
    """

    text: str
    kind: str
    held: bool | None
    tick: int | None
    vacuous: bool = False
    unknown: str | None = None

    @property
    def said(self) -> str:
        """What was expected, and what it failed of where that cannot be seen from it."""
        return self.text if self.unknown is None else f"{self.text} (unknown: {self.unknown})"


@dataclass(frozen=True, slots=True)
class ChapterVerdict:
    """What became of a chapter: `outcome` is passed, failed, open (undecided) or unseen.

    `begin` and `end` are the ticks when it was entered and over; `why` names what failed or is undecided.
    """

    name: str
    outcome: str
    begin: int | None
    end: int | None
    why: str


_LATER = object()
"""What a test says of a scene when it speaks of somebody who is still to arrive."""

_Test = Callable[[Scene], Any]
"""True, False, None for unknown, or `_LATER`."""


def _unknown(scene: Scene) -> None:
    """The test of an expectation that has no expression."""


def distance(a: Any, b: Any) -> float | None:
    """Metres between two entities; unknown if one of them is nowhere."""
    here, there = getattr(a, "position", None), getattr(b, "position", None)
    return here.distance(there) if isinstance(here, Point) and isinstance(there, Point) else None


def _test(expression: Expression) -> _Test:
    """An expression over entities as a function of a scene."""
    named = frozenset(name.partition(".")[0] for name in expression.names)
    value = compile_value(expression, ("E",), {"distance": distance})

    def test(scene: Scene) -> Any:
        if not named.isdisjoint(scene.expected):
            return _LATER
        return value(scene.entities)

    return test


def _missing(expression: Expression | None, scene: Scene) -> str | None:
    """The name that leaves an expression unknown in a scene; None if it is known."""
    if expression is None:
        return None
    found: str | None = compile_unknown(expression, ("E",), {"distance": distance})(scene.entities)
    return found


class _Watcher:
    """One expectation while a run goes on: shown every scene, then closed on the last one.

    `memory` names the fields that change; they are plain data.
    """

    memory: ClassVar[tuple[str, ...]] = ()
    of_events: ClassVar[bool] = False
    """Whether it looks at nothing but events: it need not be shown a scene that has none."""

    def __init__(self, spec: ExpectationSpec, dt: float) -> None:
        self.spec = spec
        self.held: bool | None = None
        self.tick: int | None = None
        self.vacuous = False
        self.unknown: str | None = None
        self.holds = _test(spec.holds) if spec.holds is not None else _unknown

    def see(self, scene: Scene) -> None:
        """Judge a scene; nothing more is looked at once it is decided."""
        if self.held is None:
            self.look(scene)

    def look(self, scene: Scene) -> None:
        raise NotImplementedError

    def close(self, scene: Scene) -> None:
        """The run, or the chapter, is over with this scene; what only its end decides is decided now."""

    def decide(self, held: bool, tick: int) -> None:
        self.held, self.tick = held, tick

    def fail(self, scene: Scene) -> None:
        """It does not hold in a scene in which it has to, be it that nobody knows."""
        self.decide(False, scene.number)
        self.unknown = _missing(self.spec.holds, scene)

    def save(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("held", "tick", "vacuous", "unknown", *self.memory)}

    def load(self, data: Mapping[str, Any]) -> None:
        for name, value in data.items():
            setattr(self, name, value)

    @property
    def verdict(self) -> Verdict:
        return Verdict(self.spec.text, self.spec.kind, self.held, self.tick, self.vacuous, self.unknown)


class _Always(_Watcher):
    """`always`, and `never`, which wants False. Unknown is not safe (R17): neither is content with it."""

    memory = ("judged",)
    judged = False

    def look(self, scene: Scene) -> None:
        found = self.holds(scene)
        if found is not _LATER:
            self.judged = True
            if found is not (self.spec.kind == "always"):
                self.fail(scene)

    def close(self, scene: Scene) -> None:
        # Never judged, because nobody it speaks of ever came: that is no success.
        if self.held is None and self.judged:
            self.decide(True, scene.number)


class _Eventually(_Watcher):
    memory = ("begin", "first")

    def __init__(self, spec: ExpectationSpec, dt: float) -> None:
        super().__init__(spec, dt)
        self.span = None if spec.within is None else ticks(spec.within, dt)
        self.begin: int | None = None
        self.first: int | None = None

    def look(self, scene: Scene) -> None:
        if self.first is None:
            self.first = scene.number
        if self.begin is None:
            self.begin = self.start(scene)
            if self.begin is None:
                return
        deadline = None if self.span is None else self.begin + self.span
        # The last tick counts; a lapse may have jumped over it.
        if (deadline is None or scene.number <= deadline) and self.holds(scene) is True:
            self.decide(True, scene.number)
            self.vacuous = self.spec.since is None and scene.number == self.first
        elif deadline is not None and scene.number >= deadline:
            self.decide(False, deadline)

    def start(self, scene: Scene) -> int | None:
        """From which tick on it counts; None while the event of `since` has not happened."""
        since = self.spec.since
        if since is None:
            return scene.number
        return next((event.tick for event in scene.events if since.matches(event)), None)


class _Until(_Watcher):
    memory = ("first",)

    def __init__(self, spec: ExpectationSpec, dt: float) -> None:
        super().__init__(spec, dt)
        self.over = _test(spec.until) if spec.until is not None else _unknown
        self.first: int | None = None

    def look(self, scene: Scene) -> None:
        if self.first is None:
            self.first = scene.number
        if self.over(scene) is True:
            self.decide(True, scene.number)
            self.vacuous = scene.number == self.first
        elif self.holds(scene) not in (True, _LATER):
            self.fail(scene)


class _InOrder(_Watcher):
    """`in_order`, and `happened`, which is an order of one."""

    memory = ("reached",)
    of_events = True
    reached = 0

    def look(self, scene: Scene) -> None:
        patterns = self.spec.patterns
        for event in scene.events:
            if patterns[self.reached].matches(event):
                self.reached += 1
                if self.reached == len(patterns):
                    self.decide(True, event.tick)
                    return


class _NotHappened(_Watcher):
    of_events = True

    def look(self, scene: Scene) -> None:
        for event in scene.events:
            if self.spec.patterns[0].matches(event):
                self.decide(False, event.tick)
                return

    def close(self, scene: Scene) -> None:
        if self.held is None:
            self.decide(True, scene.number)


class _LastOf(_Watcher):
    memory = ("last", "right")
    of_events = True
    last: int | None = None
    right = False

    def look(self, scene: Scene) -> None:
        for event in scene.events:
            if event.fields.get("who") == self.spec.who:
                self.last = event.tick
                self.right = self.spec.patterns[0].matches(event)

    def close(self, scene: Scene) -> None:
        self.decide(self.right, scene.number if self.last is None else self.last)


class _AtEnd(_Watcher):
    memory = ("fresh", "at_start")
    fresh = True
    at_start = False

    def look(self, scene: Scene) -> None:
        if self.fresh:
            self.fresh = False
            self.at_start = self.holds(scene) is True

    def close(self, scene: Scene) -> None:
        found = self.holds(scene)
        if found is True:
            self.decide(True, scene.number)
            self.vacuous = self.at_start
        elif found is not _LATER:
            self.fail(scene)


_WATCHERS: Mapping[str, type[_Watcher]] = {
    "always": _Always,
    "never": _Always,
    "eventually": _Eventually,
    "until": _Until,
    "happened": _InOrder,
    "not_happened": _NotHappened,
    "in_order": _InOrder,
    "last_of": _LastOf,
    "at_end": _AtEnd,
}


def _watcher(spec: ExpectationSpec, dt: float) -> _Watcher:
    return _WATCHERS[spec.kind](spec, dt)


class _Chapter:
    """A chapter: its expectations begin to look when it is entered."""

    def __init__(self, spec: ChapterSpec, dt: float) -> None:
        self.spec = spec
        self.dt = dt
        self.begin: int | None = None
        self.end: int | None = None
        self.watchers: list[_Watcher] = []
        self._enters = _border(spec.begin)
        self._leaves = _border(spec.end) if spec.end is not None else None

    def see(self, scene: Scene) -> None:
        if self.end is not None:
            return
        if self.begin is None:
            found = self._enters(scene)
            if found is None:
                return
            self.begin = scene.number
            self.watchers = [_watcher(spec, self.dt) for spec in self.spec.expect]
            # What happened before the event that opens it is not part of it.
            scene = Scene(scene.number, scene.entities, scene.expected, scene.events[found:])
        for watcher in self.watchers:
            watcher.see(scene)
        if self._leaves is not None:
            over = self._leaves(scene) is not None
        else:
            progress = [watcher for watcher in self.watchers if watcher.spec.kind in PROGRESS]
            over = bool(progress) and all(watcher.held is not None for watcher in progress)
        if over:
            self.close(scene)

    def close(self, scene: Scene) -> None:
        if self.begin is not None and self.end is None:
            self.end = scene.number
            for watcher in self.watchers:
                watcher.close(scene)

    def save(self) -> dict[str, Any]:
        return {"begin": self.begin, "end": self.end, "watchers": [watcher.save() for watcher in self.watchers]}

    def load(self, data: Mapping[str, Any]) -> None:
        self.begin, self.end = data["begin"], data["end"]
        self.watchers = [_watcher(spec, self.dt) for spec in self.spec.expect] if self.begin is not None else []
        for watcher, saved in zip(self.watchers, data["watchers"], strict=True):
            watcher.load(saved)

    @property
    def verdict(self) -> ChapterVerdict:
        if self.begin is None:
            return ChapterVerdict(self.spec.name, "unseen", None, None, "it was never entered")
        broken = [watcher for watcher in self.watchers if watcher.held is False]
        waiting = [watcher for watcher in self.watchers if watcher.held is None]
        why = "; ".join(watcher.verdict.said for watcher in broken or waiting)
        outcome = "failed" if broken else "open" if waiting else "passed"
        return ChapterVerdict(self.spec.name, outcome, self.begin, self.end, why)


def _border(what: Expression | Pattern | None) -> Callable[[Scene], int | None]:
    """A function telling whether a scene holds the event or fulfils the expression.

    It gives the number of the scene's events that come before and with it, or None.
    """
    if what is None:
        return lambda _scene: 0
    if isinstance(what, Pattern):
        return lambda scene: next((i for i, event in enumerate(scene.events, 1) if what.matches(event)), None)
    test = _test(what)
    return lambda scene: 0 if test(scene) is True else None


class Watch:
    """All that is watched in a run.

    watch = Watch(scenario)
    watch.see(scene)                  # the start, then after every step
    if watch.over: ...
    watch.close(scene)                # the last scene again
    """

    def __init__(self, spec: ScenarioSpec) -> None:
        self._expect = [_watcher(item, spec.dt) for item in spec.expect]
        self._turns = {name: _watcher(item, spec.dt) for name, item in spec.turns.items()}
        self._chapters = [_Chapter(item, spec.dt) for item in spec.chapters]
        self._progress = [watcher for watcher in self._expect if watcher.spec.kind in PROGRESS]
        self._stop_on_failure = spec.stop_on_failure
        self._watchers = [*self._expect, *self._turns.values()]
        self._of_states = [watcher for watcher in self._watchers if not watcher.of_events]

    def see(self, scene: Scene) -> None:
        """Look at the next scene."""
        for watcher in self._watchers if scene.events else self._of_states:
            watcher.see(scene)
        for chapter in self._chapters:
            chapter.see(scene)

    def close(self, scene: Scene) -> None:
        """The run is over: judge what only its end decides."""
        for watcher in self._watchers:
            watcher.close(scene)
        for chapter in self._chapters:
            chapter.close(scene)

    def snapshot(self) -> dict[str, Any]:
        """What was seen so far, as JSON data."""
        return {
            "expect": [watcher.save() for watcher in self._expect],
            "turns": {name: watcher.save() for name, watcher in self._turns.items()},
            "chapters": [chapter.save() for chapter in self._chapters],
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take back what `snapshot` gave, in a Watch of the same scenario."""
        for watcher, saved in zip(self._expect, data["expect"], strict=True):
            watcher.load(saved)
        for name, watcher in self._turns.items():
            watcher.load(data["turns"][name])
        for chapter, saved in zip(self._chapters, data["chapters"], strict=True):
            chapter.load(saved)

    @property
    def over(self) -> bool:
        """Whether the run can end before its limit (design §7)."""
        if self._stop_on_failure and any(watcher.held is False for watcher in self._expect):
            return True
        for watcher in self._progress:  # asked every tick, and mostly known after the first
            if watcher.held is None:
                return False
        if not self._progress:
            return False
        return not self._chapters or self._chapters[-1].end is not None

    @property
    def expectations(self) -> tuple[Verdict, ...]:
        return tuple(watcher.verdict for watcher in self._expect)

    @property
    def turns(self) -> Mapping[str, Verdict]:
        """By name: counted, not judged."""
        return {name: watcher.verdict for name, watcher in self._turns.items()}

    @property
    def chapters(self) -> tuple[ChapterVerdict, ...]:
        return tuple(chapter.verdict for chapter in self._chapters)
