"""What happens, while it happens: events as sentences, and on a terminal a line for everybody's mind."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from t800.cli.paper import Paper
from t800.cli.story import clock, sentence
from t800.core import RUNNING, Tick
from t800.simulation.runner import Moment
from t800.simulation.wall import Stopwatch

if TYPE_CHECKING:
    from t800.agent import Agent
    from t800.spec.scenario import ScenarioSpec

__all__ = ["Live"]

EVERY = 0.1
"""Real seconds between two pictures."""

REPEAT = 5.0
"""Seconds of a run in which a sentence is told once; then twice as many, and so on. What is asked again each
tick is refused each tick, and a fight has many blows."""

MOST = 8
"""How many agents are shown."""


class Live:
    """Tells a run to a person; hand `tick` to `run` as `on_tick`, inside a `with`."""

    def __init__(self, spec: ScenarioSpec, paper: Paper) -> None:
        self._dt = spec.dt
        self._paper = paper
        self._told: dict[str, tuple[float, float]] = {}
        self._picture: Any = None
        self._watch = Stopwatch()
        self._drawn = -EVERY

    def __enter__(self) -> Live:
        if self._paper.live:
            from rich.console import Console
            from rich.live import Live as Picture

            # Without a colour system rich leaves out bold and dim too, as NO_COLOR asks.
            system: Literal["auto"] | None = "auto" if self._paper.colour else None
            console = Console(file=self._paper.stream, color_system=system, highlight=False)
            self._picture = Picture(console=console, auto_refresh=False, transient=True)
            self._picture.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._picture is not None:
            self._picture.stop()

    def tick(self, moment: Moment) -> None:
        """Tell one tick."""
        now = moment.number * self._dt
        for event in moment.events:
            self._tell(now, sentence(event))
        for name, tick in moment.ticks.items():
            if tick.fault is not None:
                fault = tick.fault
                self._tell(now, f"{name} has a fault in {fault.where}: {fault.exception}: {fault.message[:80]}", "red")
            for ask in tick.asks:
                if ask.fate.outcome == "vetoed":
                    self._tell(now, f"{name} may not {type(ask.intent).__name__}: {ask.fate.why}", "yellow")
        if self._picture is not None and self._watch.seconds() - self._drawn >= EVERY:
            self._drawn = self._watch.seconds()
            self._draw(now, moment)

    def _tell(self, now: float, text: str, colour: str | None = None) -> None:
        after, pause = self._told.get(text, (now, REPEAT))
        if now < after:
            return
        self._told[text] = now + pause, pause * 2
        paper = self._paper
        line = f"{paper.paint(f'{clock(now):>9}', dim=True)}  {paper.paint(paper.wrap(text, 11), colour)}"
        if self._picture is None:
            paper.say(line)
        else:
            from rich.text import Text

            self._picture.console.print(Text.from_ansi(line))

    def _draw(self, now: float, moment: Moment) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        for _ in range(3):
            table.add_column(no_wrap=True, overflow="ellipsis")
        table.add_row(Text(f"{clock(now):>9}", style="bold"), "", "")
        for name, tick in list(moment.ticks.items())[:MOST]:
            table.add_row(Text(f"{name:>9}", style="cyan"), Text(tick.mode), Text(_doing(moment.agents[name], tick)))
        if len(moment.ticks) > MOST:
            table.add_row("", Text(f"and {len(moment.ticks) - MOST} more"), "")
        self._picture.update(table, refresh=True)


def _doing(agent: Agent, tick: Tick) -> str:
    """What an agent is at: the node that got what it asked for, else the deepest running one, with what it says."""
    owner = next((ask.node for ask in tick.asks if ask.fate.outcome == "granted"), None)
    found, words, first = "", "", None
    for path, status, feedback in agent.feedback():
        name = path.rpartition("/")[2].removesuffix(".guard").replace("_", " ")
        if path == owner:
            return f"{name}: {feedback}" if feedback else name
        tree = path.partition("/")[0].removesuffix(".guard")
        # In a parallel, `running` only keeps the others company.
        if status is RUNNING and name != "running" and first in (None, tree):
            first, found, words = tree, name, feedback
    return f"{found}: {words}" if words else found
