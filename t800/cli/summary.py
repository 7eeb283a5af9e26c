"""What is told of a run when it is over, besides what was expected: modes, and what packs have to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from t800.cli.story import clock
from t800.core import Event
from t800.errors import place_of
from t800.story import Entry, Story

if TYPE_CHECKING:
    from t800.agent import Agent
    from t800.cli.paper import Paper
    from t800.registry import Section
    from t800.simulation.result import Result
    from t800.simulation.runner import Moment
    from t800.spec.scenario import ScenarioSpec

__all__ = ["Summary"]

MARKS: Mapping[str, bool | None] = {"yes": True, "no": False, "open": None}


class Summary:
    """Looks on at a run from its first tick, and tells it in sections; hand it every moment with `tick`."""

    def __init__(self, spec: ScenarioSpec, main: frozenset[str]) -> None:
        self._spec = spec
        self._main = [use.participant.id for use in spec.agents if use.participant.id in main]
        self._events: list[Event] = []
        self._first: int | None = None
        # The modes that each agent was in, with the tick in which it was first seen in them, one after the other.
        self._modes: dict[str, list[tuple[int, str]]] = {}
        self._minds: dict[str, Agent] = {}

    def tick(self, moment: Moment) -> None:
        """Take note of a tick."""
        if self._first is None:
            self._first = moment.number
        self._events += moment.events
        for who in self._main:
            tick = moment.ticks.get(who)
            if tick is None:
                continue
            self._minds[who] = moment.agents[who]
            modes = self._modes.setdefault(who, [])
            if not modes or modes[-1][1] != tick.mode:
                modes.append((moment.number, tick.mode))

    def tell(self, paper: Paper, result: Result) -> None:
        """Write the sections that have anything to say; none if the run was looked at from its middle on only."""
        if self._first != 0:
            return
        before = {who: agent.spec.values for who, agent in self._minds.items()}
        after = {who: agent.blackboard.values for who, agent in self._minds.items()}
        story = Story(self._spec.dt, self._events, result.final, self._main, before, after)
        told = [(section.name, _entries(section, story)) for section in self._spec.registry.sections.values()]
        sections: list[tuple[str, list[Entry]]] = [("modes", list(self._told_modes(result.ticks))), *told]
        for title, entries in sections:
            if entries:
                paper.say()
                paper.say(f"  {paper.paint(title, dim=True)}")
            for entry in entries:
                self._write(paper, entry)

    def _told_modes(self, end: int) -> Iterator[Entry]:
        """For how long each was in which mode; nothing of those who never left theirs."""
        width = max((len(who) for who, modes in self._modes.items() if len(modes) > 1), default=0)
        for who, modes in self._modes.items():
            if len(modes) < 2:
                continue
            spans: dict[str, int] = {}
            for (start, mode), after in zip(modes, [*modes[1:], (end, "")], strict=True):
                spans[mode] = spans.get(mode, 0) + after[0] - start
            short = [mode.rpartition(".")[2] for mode in spans]
            names = [name if short.count(name) == 1 else mode for name, mode in zip(short, spans, strict=True)]
            text = ", ".join(
                f"{name} {clock(span * self._spec.dt)}" for name, span in zip(names, spans.values(), strict=True)
            )
            yield Entry(f"{who:<{width}}  {text}")

    def _write(self, paper: Paper, entry: Entry) -> None:
        mark = f"{paper.mark(MARKS[entry.mark])} " if entry.mark else ""
        indent = 6 if entry.mark else 4
        when = "" if entry.tick is None else clock(entry.tick * self._spec.dt)
        first, *more = paper.rows(entry.text, paper.width - indent - 11)
        paper.say(f"    {mark}{first:<{paper.width - indent - 11}} {when:>10}".rstrip())
        for line in more:
            # Further in than where a line begins: what it begins with is often a name.
            paper.say(" " * (indent + 2) + line)


def _entries(section: Section, story: Story) -> list[Entry]:
    """What a section tells. One that breaks says so in its place: the verdict does not hang on it."""
    try:
        entries = list(section.call(story))
        for entry in entries:
            if not isinstance(entry, Entry) or entry.mark not in ("", *MARKS):
                raise TypeError(f"{entry!r} is no Entry")
        return entries
    except Exception as error:  # noqa: BLE001  # whatever a pack's code raises
        return [Entry(f"it cannot be told: {type(error).__name__}: {error}{place_of(error)}", mark="no")]
