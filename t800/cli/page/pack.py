"""A run's footage as compact JSON data: names once, numbers as differences, in letters of five bits each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from t800.cli.story import minor, sentence
from t800.core import Event
from t800.scenario import ChapterVerdict
from t800.simulation.beliefs import Belief
from t800.simulation.footage import Footage
from t800.simulation.gauge import Gauge, States
from t800.simulation.result import Result
from t800.spec.scenario import ChapterSpec
from t800.types import Point
from t800.world.map import walls_of

__all__ = ["LEVELS", "Level", "names", "pack", "packed"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

LONGEST = 240
"""Characters of one text; what is longer ends with an ellipsis."""

REPEAT = 5.0
"""Seconds within which an event that says the same again, and of which nothing came, only counts."""


@dataclass(frozen=True, slots=True)
class Level:
    """How much of a run a page holds, and what it says of what it does not: `coarser` counts doublings of 0.1 m."""

    says: str = ""
    coarser: int = 0
    asks: str = "all"
    beliefs: str = "all"
    points: int = 0
    events: str = "all"


LEVELS: Sequence[Level] = (
    Level(),
    Level("paths to 0.2 m", coarser=1),
    Level("paths to 0.4 m; what bystanders asked for is left out", coarser=2, asks="main", points=1),
    Level(
        "paths to 0.8 m; what bystanders asked for and believed is left out",
        coarser=3, asks="main", beliefs="main", points=2,
    ),
    Level(
        "paths to 0.8 m; what anybody asked for, what bystanders believed, and events that led to nothing are left out",
        coarser=3, asks="none", beliefs="main", points=3, events="caused",
    ),
    Level(
        "paths to 1.6 m; beliefs, what anybody asked for, and all events but those that led to a turn or to the end "
        "are left out",
        coarser=4, asks="none", beliefs="none", points=4, events="story",
    ),
)  # fmt: skip
"""From all of it to as little as makes sense; the first that fits is taken."""


def packed(numbers: Iterable[int]) -> str:
    """Whole numbers as letters: five bits a letter, the lowest first, the sign in the first bit of all.

    >>> packed([0, 1, -1, 100])
    'ACDoG'
    """
    out = []
    for number in numbers:
        rest = number << 1 if number >= 0 else (-number << 1) | 1
        while rest > 31:
            out.append(LETTERS[32 | (rest & 31)])
            rest >>= 5
        out.append(LETTERS[rest])
    return "".join(out)


@dataclass(slots=True)
class _Texts:
    """Every text once, by its number."""

    all: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def __call__(self, text: str | None) -> int:
        text = text or ""
        if len(text) > LONGEST:
            text = text[: LONGEST - 1] + "…"
        found = self.places.get(text)
        if found is None:
            found = self.places[text] = len(self.all)
            self.all.append(text)
        return found


def _steps(ticks: Iterable[int]) -> list[int]:
    """Ticks as what each is later than the one before."""
    found, before = [], 0
    for tick in ticks:
        found.append(tick - before)
        before = tick
    return found


def _decimetres(metres: float) -> int:
    return round(metres * 10)


def pack(footage: Footage, result: Result, level: Level = LEVELS[0]) -> dict[str, Any]:
    """All that the page shows of a run, as JSON data."""
    texts = _Texts()
    spec = footage.spec
    names = list(footage.figures)
    number = {name: place for place, name in enumerate(names)}
    main = [figure.id for figure in footage.figures.values() if figure.main]
    told = _Told(footage, result, set(main), level, texts, number)
    minds = [name for name in names if name in footage.modes]
    few = {"all": minds, "main": [name for name in minds if name in main], "none": []}
    gauges = [gauge for gauge in footage.gauges.values() if gauge.changed and gauge.owner in number]
    return {
        "scenario": spec.name,
        "doc": " ".join(spec.doc.split())[:600],
        "world": _world(footage),
        "seed": result.seed,
        "dt": spec.dt,
        "ticks": result.ticks,
        "last": footage.last + 1,
        "time": result.time,
        "played": result.played,
        "outcome": result.outcome,
        "faults": result.faults,
        "vetoes": result.vetoes,
        "sha256": result.sha256,
        "overrides": [str(each)[:LONGEST] for each in spec.overrides],
        "without": [str(each)[:LONGEST] for each in spec.without],
        "lapses": packed(_steps(tick for lapse in footage.lapses for tick in lapse)),
        "figures": [_figure(footage, name, level) for name in names],
        "minds": [_mind(footage, name, texts, name in few[level.asks]) for name in minds],
        "beliefs": {name: _beliefs(footage, name, texts, number) for name in few[level.beliefs]},
        "gauges": [_gauge(gauge, texts, told.numbers, level) for gauge in gauges],
        "states": [_states(each, texts) for each in footage.states.values() if each.changed and each.owner in number],
        "marks": [[mark.tick, mark.kind, mark.agent, texts(mark.text)] for mark in footage.marks[:5000]],
        "events": told.rows,
        "reasons": told.reasons,
        "expectations": told.expectations,
        "chapters": told.chapters,
        "turns": told.turns,
        "texts": texts.all,
    }


def _world(footage: Footage) -> dict[str, Any]:
    """What does not move, in decimetres."""
    world = footage.spec.world

    def flat(points: Iterable[Point]) -> list[int]:
        return [_decimetres(each) for point in points for each in (point.x, point.y)]

    walls = walls_of(world.places, world.doorways, world.walls)
    return {
        "name": world.name,
        "places": [
            {"name": place.name, "walled": place.walled, "at": flat(place.corners)} for place in world.places.values()
        ],
        "walls": [flat((wall.start, wall.end)) for wall in walls],
        "roads": [flat(road.points) for road in world.roads.values()],
        "doorways": [[doorway.name, *flat([doorway.at])] for doorway in world.doorways.values()],
    }


def _figure(footage: Footage, name: str, level: Level) -> dict[str, Any]:
    figure = footage.figures[name]
    curve = figure.path
    for _ in range(level.coarser):
        curve = curve.rougher()
    row: list[int] = []
    before = (0, 0, 0)
    for tick, (x, y) in curve.points:
        now = (tick, _decimetres(x), _decimetres(y))
        row += [a - b for a, b in zip(now, before, strict=True)]
        before = now
    looks: list[int] = []
    tick_before = 0
    for tick, dx, dy in figure.facing:
        looks += [tick - tick_before, dx, dy]
        tick_before = tick
    return {
        "id": name,
        "body": figure.body,
        "agent": figure.agent,
        "main": figure.main,
        "path": packed(row),
        "facing": packed(looks),
    }


def _mind(footage: Footage, name: str, texts: _Texts, asks: bool) -> dict[str, Any]:
    modes, doing = footage.modes[name], footage.doing[name] if asks else ()
    return {
        "id": name,
        "modes": packed(_rows((tick, texts(mode)) for tick, mode in modes)),
        "doing": packed(_rows((tick, texts("\n".join(what))) for tick, what in doing)),
        "awake": packed(_steps(tick for span in footage.awake[name] for tick in span)),
    }


def _rows(rows: Iterable[tuple[int, int]]) -> list[int]:
    """Pairs of a tick and a number, the ticks as steps."""
    found, before = [], 0
    for tick, value in rows:
        found += [tick - before, value]
        before = tick
    return found


def _beliefs(footage: Footage, name: str, texts: _Texts, number: Mapping[str, int]) -> list[list[Any]]:
    found = []
    for (key, handle), told in footage.beliefs[name].slots.items():
        row: list[int] = []
        before, x, y = 0, 0, 0
        for belief in told:
            row += [belief.tick - before, _how(belief)]
            before = belief.tick
            if belief.gone:
                continue
            row += [texts(belief.label), texts(belief.who), number.get(belief.entity or "", -1)]
            if belief.at is not None:
                now = _decimetres(belief.at[0]), _decimetres(belief.at[1])
                row += [now[0] - x, now[1] - y]
                x, y = now
        found.append([texts(key), texts(handle), packed(row)])
    return found


def _how(belief: Belief) -> int:
    """0: no longer; 1: where they really are; 2: at a point; 4 more: in sight."""
    return 0 if belief.gone else (1 if belief.at is None else 2) + (4 if belief.seen else 0)


def _gauge(gauge: Gauge, texts: _Texts, numbers: Mapping[int, int], level: Level) -> list[Any]:
    curve = gauge.curve
    for _ in range(level.points):
        curve = curve.rougher()
    keys = curve.points
    scale = 1 if all(value == int(value) for _, (value,) in keys) else 1000
    row: list[int] = []
    tick_before, value_before = 0, 0
    for tick, (value,) in keys:
        now = round(value * scale)
        row += [tick - tick_before, now - value_before]
        tick_before, value_before = tick, now
    moves = [[tick, [numbers[each] for each in by if each in numbers]] for tick, by in gauge.moves]
    return [gauge.owner, texts(gauge.name), gauge.unit, int(gauge.mind), scale, packed(row), moves]


def _states(states: States, texts: _Texts) -> list[Any]:
    row = packed(_rows((tick, texts(_word(value))) for tick, value in states.values))
    return [states.owner, texts(states.name), int(states.mind), row]


def _word(value: Any) -> str:
    if value is None:
        return "unknown"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


class _Told:
    """The events that are told, by their own numbers on the page, and what was decided by which of them."""

    def __init__(
        self,
        footage: Footage,
        result: Result,
        main: set[str],
        level: Level,
        texts: _Texts,
        number: Mapping[str, int],
    ) -> None:
        self._footage = footage
        spec = footage.spec
        decided = [
            *((each, verdict) for each, verdict in zip(spec.expect, result.expectations, strict=True)),
            *((spec.turns[name], verdict) for name, verdict in result.turns.items()),
        ]
        deciding = [
            footage.deciding(each, verdict.tick if verdict.held is not None else None) for each, verdict in decided
        ]
        parts = [
            [] if chapter.begin is None else _of_chapter(footage, each, chapter)
            for each, chapter in zip(spec.chapters, result.chapters, strict=True)
        ]
        wanted = {event for events in [*deciding, *parts] for event in events}
        kept, times = self._kept(footage.events, main, wanted, level)
        self.numbers = {event.id: place for place, event in enumerate(kept)}
        self.reasons: list[list[Any]] = []
        stream: list[int] = []
        before = 0
        for place, event in enumerate(kept):
            who = [number[name] for name in names(event) if name in number]
            causes = []
            for cause in event.causes:
                if isinstance(cause, int):
                    if cause in self.numbers:
                        causes.append(2 * (place - self.numbers[cause]))
                    continue
                asked = footage.reasons.get((event.id, cause))
                if asked is not None:
                    causes.append(2 * len(self.reasons) + 1)
                    guards = [texts(each) for each in asked.guards]
                    values = [texts(each) for each in asked.values]
                    self.reasons.append([asked.agent, texts(asked.node), asked.tick, guards, values])
            stream += [event.tick - before, texts(event.kind), texts(sentence(event)), texts(event.rule)]
            stream += [int(minor(event, main)), times.get(event.id, 1), len(who), *who, len(causes), *causes]
            before = event.tick
        self.rows = {"count": len(kept), "of": len(footage.events), "data": packed(stream)}
        self.chapters = [
            {
                "name": chapter.name,
                "outcome": chapter.outcome,
                "from": chapter.begin,
                "to": chapter.end,
                "why": chapter.why[:LONGEST],
                "events": self._places(events),
            }
            for chapter, events in zip(result.chapters, parts, strict=True)
        ]
        self.expectations = []
        for verdict, events in zip(result.expectations, deciding, strict=False):
            self.expectations.append(
                {
                    "text": verdict.said[:400],
                    "kind": verdict.kind,
                    "held": verdict.held,
                    "tick": verdict.tick,
                    "vacuous": verdict.vacuous,
                    "events": self._places(events),
                }
            )
        self.turns = [
            {
                "name": name,
                "held": verdict.held,
                "tick": verdict.tick,
                "kind": verdict.kind,
                "text": verdict.said[:400],
                "events": self._places(events),
            }
            for (name, verdict), events in zip(result.turns.items(), deciding[len(result.expectations) :], strict=True)
        ]

    def _places(self, events: Iterable[int]) -> list[int]:
        return [self.numbers[each] for each in events if each in self.numbers]

    def _kept(
        self, events: Sequence[Event], main: set[str], wanted: set[int], level: Level
    ) -> tuple[list[Event], dict[int, int]]:
        """The events that are told, and how often each happened again right after."""
        caused = {cause for event in events for cause in event.causes if isinstance(cause, int)}
        if level.events == "story":
            by_id = {event.id: event for event in events}
            last = [event.id for event in events[-50:]]
            waiting, story = [*wanted, *last], set()
            while waiting:
                each = waiting.pop()
                if each in story or each not in by_id:
                    continue
                story.add(each)
                waiting += [cause for cause in by_id[each].causes if isinstance(cause, int)]
            chosen = [event for event in events if event.id in story]
            return chosen[-20000:], {}
        kept: list[Event] = []
        times: dict[int, int] = {}
        last_told: dict[tuple[Any, ...], tuple[int, int]] = {}
        pause = REPEAT / self._footage.spec.dt
        for event in events:
            needed = event.id in caused or event.id in wanted
            if level.events == "caused" and not needed and minor(event, main):
                continue
            key = (event.kind, repr(event.fields))
            known = last_told.get(key)
            if known is not None and event.tick - known[1] <= pause and not needed:
                times[known[0]] = times.get(known[0], 1) + 1
                last_told[key] = (known[0], event.tick)
                continue
            last_told[key] = (event.id, event.tick)
            kept.append(event)
        return kept, times


def _of_chapter(footage: Footage, spec: ChapterSpec, chapter: ChapterVerdict) -> list[int]:
    """The events that what a chapter expects was decided by, in the order in which they happened."""
    begin = chapter.begin or 0
    end = footage.last if chapter.end is None else chapter.end
    found = [footage.deciding(each, end, begin) for each in spec.expect if each.patterns]
    return sorted({event for events in found for event in events})


def names(event: Event) -> list[str]:
    """Who takes part in an event, the one who acts first."""
    fields = event.fields
    first = [fields[name] for name in ("who", "by") if isinstance(fields.get(name), str)]
    rest = [value for value in fields.values() if isinstance(value, str)]
    return list(dict.fromkeys([*first, *rest]))
