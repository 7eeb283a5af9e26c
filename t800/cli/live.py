"""What happens, while it happens: events as sentences, and on a terminal a line for everybody's mind."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from t800.cli.mind import beliefs, doing, soundness
from t800.cli.paper import Paper
from t800.cli.story import because, clock, minor, sentence
from t800.cli.summary import Summary
from t800.core import Event
from t800.errors import place_in
from t800.simulation.runner import Moment
from t800.simulation.wall import Pace, Stopwatch

if TYPE_CHECKING:
    from t800.agent import Agent
    from t800.spec.scenario import ScenarioSpec

__all__ = ["Live"]

EVERY = 0.1
"""Real seconds between two pictures."""

REPEAT = 5.0
"""Seconds of a run in which a sentence is told once; then twice as many, and so on. What is asked again each
tick is refused each tick, and a fight has many blows."""

LINES = 12
"""How many lines a picture has, at most."""

MOST = 6
"""How many agents are in it."""

LAST = 40
"""How many sentences are told again at the end of a live picture."""

REMEMBERED = 4096
"""How many events are kept as causes of later ones."""


@dataclass(slots=True)
class _Line:
    """Something told: when, what, why, and in which colour."""

    when: str
    text: str
    why: str = ""
    colour: str | None = None


@dataclass(slots=True)
class _Order:
    """What became of an order."""

    when: str
    giver: str
    taker: str
    what: str
    steps: list[str] = field(default_factory=list)


class Live:
    """Tells a run to a person; hand `tick` to `run` as `on_tick`, inside a `with`, and call `end` after it.

    On a terminal a picture is drawn while the run plays, and what happened is told when it is over; elsewhere
    each sentence is written as it happens. `speed` is how many times faster than the clock a run may play.
    """

    def __init__(self, spec: ScenarioSpec, paper: Paper, seed: int = 0, speed: float | None = None) -> None:
        self._spec = spec
        self._dt = spec.dt
        bodies = spec.world.bodies
        people = [use.participant for use in spec.agents]
        # Whoever does not think all the time is a bystander.
        self._main = frozenset(who.id for who in people if "attention" not in bodies[who.body].parts)
        self.summary = Summary(spec, self._main)
        self._paper = paper
        self._seed = seed
        self._speed = speed
        self._pace = Pace(speed) if speed else None
        self._played = 0
        self._quiet_until: dict[str, tuple[float, float]] = {}
        self._events: dict[int, Event] = {}
        self._told: deque[_Line] = deque(maxlen=LAST)
        self._count = 0
        self._orders: list[_Order] = []
        self._since = "  ← " if paper.fancy else "  <- "
        self._picture: Any = None
        self._watch = Stopwatch()
        self._drawn = -EVERY
        self._lines = LINES

    def __enter__(self) -> Live:
        if self._paper.live:
            from rich.console import Console
            from rich.live import Live as Picture

            # Without a colour system rich leaves out bold and dim too, as NO_COLOR asks.
            system: Literal["auto"] | None = "auto" if self._paper.colour else None
            console = Console(file=self._paper.stream, color_system=system, highlight=False)
            # A picture that is higher than the screen could not be taken away again.
            self._lines = max(3, min(LINES, console.height - 1))
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
        self.summary.tick(moment)
        now = moment.number * self._dt
        for event in moment.events:
            self._remember(event)
            self._note_order(now, event)
            if not minor(event, self._main):
                self._tell(now, sentence(event), because(event, self._events))
        for name, tick in moment.ticks.items():
            if tick.fault is not None:
                fault = tick.fault
                text = f"{name} has a fault in {fault.where}: {fault.exception}: {fault.message[:80]}"
                self._say(now, text + place_in(fault.traceback), colour="red")
            for ask in tick.asks:
                if ask.fate.outcome == "vetoed":
                    self._tell(now, f"{name} may not {type(ask.intent).__name__}: {ask.fate.why}", colour="yellow")
        if self._picture is not None and self._watch.seconds() - self._drawn >= EVERY:
            self._drawn = self._watch.seconds()
            self._picture.update(self._drawing(now, moment), refresh=True)
        self._played += 1
        if self._pace is not None:
            self._pace.wait(self._played * self._dt)

    def note(self, now: float, text: str, colour: str | None = None) -> None:
        """Tell something that is none of the run's own events, however often; at once, and above a picture.

        All lines but the first stand under it, as they are.
        """
        first, *rest = text.splitlines()
        if self._picture is not None:
            from rich.text import Text

            said = Text.assemble(
                (f"{clock(now):>9}  ", "dim"), (first, colour or ""), *(f"\n{'':11}{each}" for each in rest)
            )
            self._picture.console.print(said, soft_wrap=True)
            return
        self._count += 1
        line = _Line(clock(now), first, "", colour)
        self._told.append(line)
        self._write(line)
        for each in rest:
            self._paper.say(f"{'':11}{each}")

    def end(self) -> None:
        """Tell what the picture cannot show any more: the last of what happened."""
        if self._picture is not None:
            if self._count > len(self._told):
                self._paper.say(self._paper.paint(f"{'':11}… and {self._count - len(self._told)} before", dim=True))
            for line in self._told:
                self._write(line)

    def orders(self) -> None:
        """The log of orders: who gave which, and what became of it."""
        paper = self._paper
        if not self._orders:
            return
        paper.say()
        names = max(len(f"{each.giver} to {each.taker}") for each in self._orders)
        verbs = max(len(each.what) for each in self._orders)
        for each in self._orders:
            who = f"{each.giver} to {each.taker}"
            rest = paper.wrap(", ".join(each.steps), 19 + names + verbs)
            order = paper.paint("order", dim=True)
            paper.say(
                f"{paper.paint(f'{each.when:>9}', dim=True)}  {order} {who:<{names}}  {each.what:<{verbs}}  {rest}"
            )

    def _remember(self, event: Event) -> None:
        self._events[event.id] = event
        if len(self._events) > REMEMBERED:
            del self._events[next(iter(self._events))]

    def _note_order(self, now: float, event: Event) -> None:
        """Events like `OrderHeard`, `OrderRefused` with who, by and order are the life of an order."""
        fields = event.fields
        if not event.kind.startswith("Order") or not {"who", "by", "order"} <= fields.keys():
            return
        step = event.kind.removeprefix("Order").lower()
        known = next(
            (
                each
                for each in reversed(self._orders)
                if (each.giver, each.taker, each.what) == (fields["by"], fields["who"], fields["order"])
            ),
            None,
        )
        if known is None or (step == "heard" and known.steps):
            known = _Order(clock(now), str(fields["by"]), str(fields["who"]), str(fields["order"]))
            self._orders.append(known)
        why = f" ({fields['why']})" if fields.get("why") else ""
        when = clock(now)
        known.steps.append(f"{step}{why}" if when == known.when else f"{step}{why} {when}")

    def _tell(self, now: float, text: str, why: str = "", colour: str | None = None) -> None:
        after, pause = self._quiet_until.get(text, (now, REPEAT))
        if now < after:
            return
        self._quiet_until[text] = now + pause, pause * 2
        self._say(now, text, why, colour)

    def _say(self, now: float, text: str, why: str = "", colour: str | None = None) -> None:
        self._count += 1
        line = _Line(clock(now), text, why, colour)
        self._told.append(line)
        if self._picture is None:
            self._write(line)

    def _write(self, line: _Line) -> None:
        paper = self._paper
        text = paper.paint(paper.wrap(line.text, 11), line.colour)
        room = paper.width - 11 - len(line.text) - len(self._since)
        # Why is told on a terminal only, and where there is room: beside a sentence it helps, in its place it does not.
        why = paper.cut_off(line.why, room)
        why = paper.paint(f"{self._since}{why}", dim=True) if paper.live and why and room >= 12 else ""
        paper.say(f"{paper.paint(f'{line.when:>9}', dim=True)}  {text}{why}")

    def _drawing(self, now: float, moment: Moment) -> Any:
        """A clock, a line for each agent, and what happened last; never more lines than there is room for."""
        from rich.console import Group
        from rich.text import Text

        speed = f"  {self._speed:g}×" if self._speed else ""
        head = Text.assemble(
            (f"{clock(now):>9}", "bold"), ("  ", ""), (self._spec.name, "bold"), (f"  seed {self._seed}{speed}", "dim")
        )
        minds = self._minds(moment)
        room = self._lines - 2 - minds.row_count
        last = list(self._told)[-room:] if room > 0 else []
        lines: list[Any] = [head, minds, Text("")]
        for line in last:
            text = Text(f"{line.when:>9}  ", style="dim", no_wrap=True, overflow="ellipsis")
            text.append(line.text, line.colour or "not dim")
            if line.why:
                text.append(f"{self._since}{line.why}", "dim")
            lines.append(text)
        return Group(*lines)

    def _minds(self, moment: Moment) -> Any:
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(no_wrap=True, min_width=9)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=3)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=5)
        table.add_column(no_wrap=True, min_width=10)
        shown = list(moment.ticks.items())
        most = min(MOST, self._lines - 2)
        if len(shown) > most:
            shown = shown[: most - 1]
        for name, tick in shown:
            agent = moment.agents[name]
            table.add_row(
                Text(f"{name:>9}", style="cyan"),
                Text(tick.mode),
                Text(doing(agent, tick)),
                Text(" · ".join(beliefs(agent)[:3]), style="dim"),
                self._body(agent),
            )
        if len(shown) < len(moment.ticks):
            table.add_row("", "", Text(f"and {len(moment.ticks) - len(shown)} more", style="dim"), "", "")
        return table

    def _body(self, agent: Agent) -> Any:
        """A bar for how whole an agent is."""
        from rich.text import Text

        share = soundness(agent)
        if share is None:
            return Text("")
        full = round(share * 5)
        colour = "green" if share > 0.66 else "yellow" if share > 0.33 else "red"
        on, off = ("■", "□") if self._paper.fancy else ("#", ".")
        return Text.assemble((on * full, colour), (off * (5 - full), "dim"), f" {round(100 * share):>3}%")
