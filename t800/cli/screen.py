"""The screen of the debugger: trees, map, blackboard, intents, events, watches and a time line, on a terminal."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on, work
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from t800.cli.console import Answer, Console, brief, value_text
from t800.cli.outline import MARKS, outline
from t800.cli.picture import plain
from t800.cli.program import Terminated
from t800.cli.story import clock, sentence
from t800.core import INVALID, Status
from t800.errors import T800Error
from t800.types import values_of

if TYPE_CHECKING:
    from t800.core import Ask
    from t800.simulation.debugger import Debugger, Mind

__all__ = ["show"]

WIDE, HIGH = 110, 32
"""Columns and rows from which on all panels stand on the screen at once; below, `tab` turns the page."""

COLOURS = {Status.SUCCESS: "green", Status.FAILURE: "red", Status.RUNNING: "bold yellow", Status.INVALID: "dim"}
FATES = {"granted": ("✓", "green"), "suppressed": ("~", "dim"), "vetoed": ("✗", "red"), "refused": ("✗", "red")}
CELLS = {"wall": "bright_black", "road": "bright_black", "place": "dim italic", "thing": "cyan"}
CELLS |= {"agent": "bold", "focus": "bold yellow"}
MARKED = {"fault": ("✗", "bold red"), "edit": ("✎", "bold magenta"), "mode": ("◆", "cyan")}
ZOOMS = (None, 30.0, 12.0)
"""Metres to either side of who is in focus; first, everybody who is not far."""

KEYS = (
    ("s", "step", "s"), ("b", "back", "b"), ("n", "node", "n"), ("c", "run", "c"),
    ("r", "rev", "r"), ("a", "agent", "a"), ("z", "zoom", "z"), ("tab", "page", "tab"), (":", "cmd", "colon"),
    ("?", "help", "question_mark"), ("q", "quit", "q"),
)  # fmt: skip
"""What the last line shows: a key, what it does, and its name for textual."""

TYPING = (("enter", "does it", "enter"), ("esc", "leaves the line", "escape"), ("↑ ↓", "what was typed", "up"))

HELP = """\
s →    the next tick              b ←    the tick before
n      the next node              p      the node before
PgDn   ten ticks on               PgUp   ten ticks back
home   the start                  end    the last tick that is known
c      run to a breakpoint        r      run backwards to one
a A    the next, last agent       tab    turn the page
z      zoom the map               f      inactive nodes, too
:      the line for commands      esc    stop a run, leave the line
↑ ↓    scroll the trees           q      quit

A click on the time line goes there, on an agent puts it into focus.
Time line: · • ● events, ◆ a mode, ✗ a fault, ✎ an edit.
Nodes: R running, S success, F failure, - inactive.

"""


class Panel(VerticalScroll, can_focus=False):
    """A titled part of the screen that holds text."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__(id=name, classes="panel")
        self.border_title = title
        self.text = Static(expand=True)

    def compose(self) -> ComposeResult:
        yield self.text

    def fill(self, lines: list[Text]) -> None:
        """Show these lines, each cut at the right."""
        self.text.update(Text("\n").join(lines))


class TimeLine(Widget, can_focus=False):
    """All ticks that are known in a row: what happened above, where one stands below. A click goes there."""

    def __init__(self, debugger: Debugger) -> None:
        super().__init__(id="time")
        self._debugger = debugger

    @property
    def _ends(self) -> tuple[int, int, int]:
        """The first and last column of the bar, and the tick at its end."""
        last = max(self._debugger.last, self._debugger.tick, 1)
        return 3, self.size.width - len(str(last)) - 3, last

    def column(self, tick: int) -> int:
        """Where a tick is."""
        first, end, last = self._ends
        return first + round(max(tick, 0) * (end - first) / last)

    def tick(self, column: int) -> int:
        """The tick at a column."""
        first, end, last = self._ends
        return max(0, min(last, round((column - first) * last / max(1, end - first))))

    def render(self) -> Text:
        debugger = self._debugger
        first, end, last = self._ends
        if end <= first:
            return Text("")
        counts: dict[int, int] = {}
        for event in debugger.story:
            column = self.column(event.tick)
            counts[column] = counts.get(column, 0) + 1
        marks = {column: ("·" if count == 1 else "•" if count < 4 else "●", "blue") for column, count in counts.items()}
        for kind, found in MARKED.items():
            for mark in debugger.marks:
                if mark.kind == kind and (kind != "mode" or mark.agent == debugger.focus):
                    marks.setdefault(self.column(mark.tick), found)
                    if kind != "mode" or marks[self.column(mark.tick)][0] in "·•●":
                        marks[self.column(mark.tick)] = found
        above, bar = Text(no_wrap=True), Text(no_wrap=True)
        above.append(" " * first)
        bar.append(" 0 ", "dim")
        here = self.column(debugger.tick)
        for column in range(first, end + 1):
            letter, style = marks.get(column, (" ", ""))
            above.append(letter, style)
            if column == here:
                bar.append("▲", "bold yellow")
            else:
                bar.append("━" if column < here else "─", "yellow" if column < here else "dim")
        bar.append(f" {last} ", "dim")
        return Text("\n").join([above, bar])

    def on_click(self, event: events.Click) -> None:
        self.app.post_message(Wanted(f"seek {self.tick(event.x)}"))


class Wanted(Message):
    """A command that somebody asked for by the mouse."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line


class Said(ModalScreen[None]):
    """What a command had to say, if it is more than a line. Any key but those that scroll closes it."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        box = VerticalScroll(Static(Text(self._text)), id="box", can_focus=False)
        box.border_title = self._title
        box.border_subtitle = "↑ ↓ scroll, any other key closes"
        yield box

    def on_key(self, event: events.Key) -> None:
        event.stop()
        box = self.query_one("#box", VerticalScroll)
        scrolls = {"up": box.scroll_up, "down": box.scroll_down, "pageup": box.scroll_page_up}
        scrolls |= {"pagedown": box.scroll_page_down}
        if event.key in scrolls:
            scrolls[event.key](animate=False)
        else:
            self.dismiss()

    def on_click(self) -> None:
        self.dismiss()


class DebuggerScreen(App[None]):
    """All that a Debugger knows, and the same commands as without a screen. Commands work in a thread of their own,
    one after the other, so that the screen can stop them."""

    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    CSS = """
    Screen { layout: vertical; }
    #head, #minds, #said, #keys { height: 1; }
    Static { text-wrap: nowrap; text-overflow: ellipsis; }
    #box Static { text-wrap: wrap; }
    #head { background: $primary-background; }
    #keys { background: $primary-background; }
    #time { height: 2; }
    #body { height: 1fr; }
    #trees { width: 1fr; }
    #right { width: 1fr; }
    .wide #trees { width: 5fr; }
    .wide #right { width: 7fr; }
    .pair { height: 1fr; }
    #over { height: 1fr; }
    .panel {
        height: 1fr; padding: 0 0 0 1; scrollbar-size-vertical: 1;
        border-top: solid $primary; border-title-color: $text; border-title-style: bold;
    }
    #line { height: 1; border: none; padding: 0; background: $surface; }
    #line:focus { border: none; background: $boost; }
    #prompt { width: 2; height: 1; background: $surface; }
    #entry { height: 1; }
    Said { align: center middle; }
    #box { width: 96%; max-width: 110; height: auto; max-height: 92%; border: round $primary; padding: 0 1; }
    """
    BINDINGS: ClassVar = [
        Binding("s,right", "do('step')", show=False),
        Binding("b,left", "do('back')", show=False),
        Binding("n", "do('node')", show=False),
        Binding("p", "do('back node')", show=False),
        Binding("pagedown", "do('step 10')", show=False),
        Binding("pageup", "do('back 10')", show=False),
        Binding("home", "do('seek start')", show=False),
        Binding("end", "last", show=False),
        Binding("c", "do('run')", show=False),
        Binding("r", "do('reverse')", show=False),
        Binding("a", "agent(1)", show=False),
        Binding("A", "agent(-1)", show=False),
        Binding("z", "zoom", show=False),
        Binding("f", "fold", show=False),
        Binding("tab", "page", show=False, priority=True),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        # Before anything else: the keys that follow, typed fast or pasted, are the line's already.
        Binding("colon", "line", show=False, priority=True),
        Binding("question_mark", "help", show=False),
        # Behind what the line has in hand: a command entered before it is then under way, and is what it stops.
        Binding("escape", "escape", show=False),
        Binding("q", "quit", show=False),
        Binding("ctrl+c,ctrl+q", "interrupt", show=False, priority=True),
    ]

    def __init__(self, debugger: Debugger) -> None:
        super().__init__()
        self.debugger = debugger
        self.console_ = Console(debugger, going=lambda: not self._told_to_stop, width=120)
        self.interrupted = False
        self.broken: BaseException | None = None
        self._told_to_stop = False
        self._busy = False
        self._waiting: deque[str] = deque()
        self.typed: list[str] = []
        self._zoom = 0
        self._page = 0
        self._folded = True
        self._word = Text("")
        self._drawn = False

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield Static(id="minds")
        yield TimeLine(self.debugger)
        with Horizontal(id="body"):
            yield Panel("trees", "trees")
            with Vertical(id="right"):
                yield Panel("map", "map")
                with Horizontal(id="first", classes="pair"):
                    yield Panel("board", "blackboard")
                    yield Panel("asks", "intents")
                with Horizontal(id="second", classes="pair"):
                    yield Panel("events", "events")
                    yield Panel("watch", "watch")
        yield Static(id="said")
        with Horizontal(id="entry"):
            yield Static(Text(":", "dim"), id="prompt")
            yield Line(
                id="line",
                placeholder="a command: until EXPR, break KIND …, watch EXPR, set PATH=VALUE, help",
                select_on_focus=False,
            )
        yield Static(id="keys")

    def on_mount(self) -> None:
        self._drawn = True
        # What blinks is drawn again and again, over a slow line too.
        self.query_one("#line", Input).cursor_blink = False
        with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, or no main thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._terminate)
        self.set_focus(None)
        self.keys()
        self._word = Text("? shows all keys and commands", "dim")
        self._arrange()

    def on_resize(self) -> None:
        self._arrange()

    # What keys do.

    def action_do(self, line: str) -> None:
        self.want(line)

    def action_last(self) -> None:
        self.want(f"seek {self.debugger.last}" if self.debugger.last > self.debugger.tick else "print")

    def action_agent(self, by: int) -> None:
        agents = list(self.debugger.agents)
        if agents and self.debugger.focus is not None:
            self.want(f"agent {agents[(agents.index(self.debugger.focus) + by) % len(agents)]}")

    def action_zoom(self) -> None:
        self._zoom = (self._zoom + 1) % len(ZOOMS)
        self._paint()

    def action_fold(self) -> None:
        self._folded = not self._folded
        self._paint()

    def action_page(self) -> None:
        self._page = 1 - self._page
        self._arrange()

    def action_scroll(self, by: int) -> None:
        self.query_one("#trees", Panel).scroll_relative(y=by, animate=False)

    def action_line(self) -> None:
        if isinstance(self.screen, Said):
            self.screen.dismiss()
            return
        line = self.query_one("#line", Input)
        if self.focused is line:
            line.insert_text_at_cursor(":")
        else:
            self.screen.set_focus(line)

    def action_help(self) -> None:
        self.push_screen(Said("help", HELP + "\n".join(self.console_.do("help").lines)))

    def action_escape(self) -> None:
        if self._busy:
            self._told_to_stop = True
            self._waiting.clear()
        else:
            self.query_one("#line", Input).value = ""
            self.set_focus(None)

    def action_interrupt(self) -> None:
        self.interrupted = self._told_to_stop = True
        self.exit()

    async def action_quit(self) -> None:
        self._told_to_stop = True
        self.exit()

    def _terminate(self) -> None:
        self.broken = Terminated()
        self._told_to_stop = True
        self.exit()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        # In the line it is no key any more, and is typed from habit.
        text = event.value.strip(" :")
        if text:
            self.typed.append(text)
            self.want(text)
        event.input.value = ""

    @on(Wanted)
    def _clicked(self, event: Wanted) -> None:
        self.want(event.line)

    # How commands are done.

    def want(self, line: str) -> None:
        """Do a command when those before it are done."""
        self._waiting.append(line)
        self._next()

    def _next(self) -> None:
        if not self._busy and self._waiting:
            self._busy, self._told_to_stop = True, False
            self._work(self._waiting.popleft())

    @work(thread=True)
    def _work(self, line: str) -> None:
        try:
            answer: Answer | None = self.console_.do(line)
            said = None
        except T800Error as error:
            answer, said = None, str(error)
        except BaseException as error:  # noqa: BLE001  # it is raised again where the program can tell it
            self.broken = error
            self.call_from_thread(self.exit)
            return
        self.call_from_thread(self._done, line, answer, said)

    def _done(self, line: str, answer: Answer | None, wrong: str | None) -> None:
        self._busy = False
        if answer is None:
            first, *rest = (wrong or "").splitlines()
            self._word = Text(first, "bold red")
            if rest:
                self.push_screen(Said(line, wrong or ""))
        elif answer.quit:
            self.exit()
            return
        elif answer.moved:
            # What happened and what is watched have panels of their own.
            self._word = Text(answer.lines[0] if answer.lines else "")
        elif len(answer.lines) > 1:
            self._word = Text("")
            self.push_screen(Said(line, "\n".join(answer.lines)))
        else:
            self._word = Text(answer.lines[0] if answer.lines else "")
        if self._waiting:
            self._next()
        self._paint()

    # What is shown.

    def keys(self) -> None:
        """The last line: what keys do, here or in the line for commands."""
        shown = TYPING if self.focused is not None else KEYS
        keys = Text()
        for key, does, name in shown:
            at = len(keys)
            keys.append(f" {key}", "bold yellow").append(f" {does}", "dim")
            keys.apply_meta({"@click": f"app.simulate_key('{name}')"}, at, len(keys))
        self.query_one("#keys", Static).update(keys)

    def _arrange(self) -> None:
        """All panels where there is room for them; else a page of them."""
        wide = self.size.width >= WIDE and self.size.height >= HIGH
        self.query_one("#body").set_class(wide, "wide")
        pages = (("map", "board"), ("asks", "events", "watch"))
        right = self.query_one("#right")
        for page, names in enumerate(pages):
            for name in names:
                self.query_one(f"#{name}").display = wide or page == self._page
        self.query_one("#first").display = True
        self.query_one("#second").display = wide or self._page == 1
        right.styles.layout = "vertical"
        second = self.query_one("#second")
        second.styles.layout = "horizontal" if wide else "vertical"
        second.styles.height = "1fr" if wide else "2fr"
        self.call_after_refresh(self._paint)

    def _paint(self) -> None:
        """Show the present; while a command plays, the last one stays."""
        if self._busy or not self._drawn:
            return
        debugger = self.debugger
        mind = debugger.mind(debugger.focus) if debugger.focus is not None else None
        self.query_one("#head", Static).update(self._head())
        self.query_one("#minds", Static).update(self._minds())
        self.query_one("#time").refresh()
        self.query_one("#said", Static).update(self._word)
        trees = self.query_one("#trees", Panel)
        trees.border_title = "trees" if mind is None else f"{mind.id} · {mind.mode}"
        trees.fill(list(self._trees(mind)) if mind is not None else [Text("this scenario has no agents", "dim")])
        self._map()
        if mind is not None:
            self.query_one("#board", Panel).fill(list(self._board(mind)))
            self.query_one("#asks", Panel).fill(
                [line for ask in mind.asks for line in _ask(ask)] or [Text("nothing is asked for", "dim")]
            )
        self._events()
        self._watches()

    def _head(self) -> Text:
        debugger = self.debugger
        head = Text(no_wrap=True, overflow="ellipsis")
        head.append(f" {debugger.spec.name}", "bold")
        head.append(f"  seed {debugger.seed}  ")
        if debugger.tick < 0:
            head.append("at the start", "bold yellow")
        else:
            head.append(f"tick {debugger.tick}", "bold yellow")
            head.append(f" of {debugger.last}  {clock(debugger.time)}")
        if debugger.over:
            head.append("  the end", "bold")
        if (node := debugger.node) is not None:
            head.append(f"  {node.status.name}", COLOURS[node.status])
            head.append(f" {node.agent}:{node.node}")
        if debugger.diverged is not None:
            head.append(f"  not as recorded since tick {debugger.diverged}", "bold red")
        elif debugger.trace is not None:
            head.append(f"  {debugger.trace.name}", "dim")
        if debugger.edits:
            head.append(f"  {len(debugger.edits)} edit{'s' * (len(debugger.edits) != 1)}", "bold magenta")
        return head

    def _minds(self) -> Text:
        """Who there is, with their modes, as many as fit, from the one before that in focus."""
        debugger = self.debugger
        agents = list(debugger.agents)
        begin = max(0, agents.index(debugger.focus) - 1) if debugger.focus in agents and len(agents) > 4 else 0
        line = Text(no_wrap=True, overflow="ellipsis")
        for name in [*agents[begin:], *agents[:begin]]:
            mind = debugger.mind(name)
            style = "reverse bold" if name == debugger.focus else "" if mind.present else "dim"
            at = len(line)
            line.append(" ").append(f" {name} ", style).append(mind.mode, "dim" if mind.awake else "dim italic").append(
                " "
            )
            line.apply_meta({"@click": f"app.do('agent {name}')"}, at, len(line))
        return line

    def _trees(self, mind: Mind) -> Iterator[Text]:
        agent = self.debugger.agents[mind.id]
        node = self.debugger.node
        hidden = 0
        if mind.fault is not None:
            yield Text(f"✗ {mind.fault.where}: {mind.fault.exception}: {mind.fault.message}", "bold red")
        rows = list(outline(agent, mind))
        if not rows:
            yield Text("no trees in this mode", "dim")
        # Within a tick, what is above an active node may not have answered yet.
        active = [row.id for row in rows if row.status is not INVALID]
        for row in rows:
            if self._folded and row.stem and not any(f"{each}/".startswith(f"{row.id}/") for each in active):
                hidden += 1
                continue
            style = COLOURS[row.status]
            here = node is not None and node.agent == mind.id and row.id == node.node.partition(".guard")[0]
            line = Text()
            line.append(f"{MARKS[row.status]} ", style)
            line.append(row.stem, "bright_black").append(row.label, f"{style} reverse" if here else style)
            if row.feedback and row.feedback != row.label:
                line.append(f" {row.feedback}", "italic")
            if row.asks:
                line.append(f"  {row.asks}", "dim")
            yield line
        if hidden:
            yield Text(f"  {hidden} inactive, f shows them", "dim italic")

    def _map(self) -> None:
        panel, ground, debugger = self.query_one("#map", Panel), self.console_.ground, self.debugger
        if not panel.display:
            return
        near = ZOOMS[self._zoom]
        where = debugger.entities.get(debugger.focus) if debugger.focus is not None else None
        panel.border_title = "map" + (f" · {where.place}" if where is not None and where.place else "")
        panel.border_title += f" · {near:g} m around" if near is not None else ""
        size = panel.scrollable_content_region
        width, height = size.width, size.height
        agents = list(debugger.agents)
        lines_ = []
        for row in ground.draw(debugger.entities, agents, debugger.focus, width, height, near):
            line = Text()
            for cell in row:
                line.append(cell.text, CELLS.get(cell.kind, ""))
            lines_.append(line)
        panel.fill(lines_)

    def _board(self, mind: Mind) -> Iterator[Text]:
        """Keys that this tick changed come first."""
        schema = self.debugger.agents[mind.id].blackboard.schema
        changed = {key for key in schema if key in mind.before and mind.before[key] != mind.values[key]}
        wide = max((len(key) for key in schema), default=0)
        for key in [*(key for key in schema if key in changed), *(key for key in schema if key not in changed)]:
            value, kind = mind.values[key], schema[key]
            line = Text()
            line.append("* " if key in changed else "  ", "bold yellow")
            line.append(f"{key:<{wide}} ", "bold yellow" if key in changed else "cyan")
            shown = "unknown" if value is None else plain(kind.encode(value), 300).strip("{}")
            line.append(shown, "dim" if value is None else "")
            yield line

    def _events(self) -> None:
        panel, debugger = self.query_one("#events", Panel), self.debugger
        room = max(1, panel.scrollable_content_region.height)
        lines = []
        for event, _ in zip(debugger.events, range(room), strict=False):
            now = event.tick == debugger.tick
            line = Text()
            line.append(f"{event.tick:>5} ", "yellow" if now else "dim")
            line.append(sentence(event), "bold" if now else "")
            lines.append(line)
        panel.fill(lines[::-1] or [Text("nothing has happened", "dim")])

    def _watches(self) -> None:
        debugger = self.debugger
        lines = []
        for text, probe in debugger.watches.items():
            line = Text()
            line.append(f"{text} ", "cyan").append("= ", "dim")
            line.append(value_text(probe.plain(debugger.ask(probe)), 300))
            lines.append(line)
        lines += [Text(f"{each.number}: break {each.text}", "magenta") for each in debugger.breakpoints.values()]
        self.query_one("#watch", Panel).fill(lines or [Text(": watch EXPR, break KIND …", "dim")])


class Line(Input):
    """The line for commands: arrows bring back what was typed."""

    def on_focus(self) -> None:
        self._told()

    def on_blur(self) -> None:
        self._told()

    def _told(self) -> None:
        app = self.app
        if isinstance(app, DebuggerScreen):
            app.call_after_refresh(app.keys)

    def on_key(self, event: events.Key) -> None:
        app = self.app
        if event.key in ("up", "down") and isinstance(app, DebuggerScreen):
            event.stop()
            event.prevent_default()
            typed = app.typed
            place = typed.index(self.value) if self.value in typed else len(typed)
            place += -1 if event.key == "up" else 1
            self.value = typed[place] if 0 <= place < len(typed) else "" if place >= len(typed) else self.value
            self.cursor_position = len(self.value)


def _ask(ask: Ask) -> Iterator[Text]:
    """An intent with its fate, then who asked, and why not."""
    mark, style = FATES.get(ask.fate.outcome, ("…", "yellow"))
    fields = ", ".join(brief(value, 24) for value in values_of(ask.intent).values() if value is not None)
    line = Text()
    line.append(f"{mark} {type(ask.intent).__name__}", style if style != "dim" else "")
    line.append(f"({fields}) ").append(ask.intent.channel, "dim")
    yield line
    line = Text(f"  {ask.fate.outcome} ", style)
    line.append(ask.node, "dim").append(f": {ask.fate.why}" if ask.fate.why else "", style)
    yield line


def _hang_up(terminal: int) -> None:
    """Wait until a terminal is gone, and end as by its hang-up: only who belongs to it is sent that signal.

    Whatever textual still writes then waits for ever, as nothing takes it any more. Where terminals cannot be waited
    for, as on macOS, the answer comes at once and is another one.
    """
    waiting = select.poll()
    waiting.register(terminal, 0)
    if waiting.poll()[0][1] & select.POLLHUP:
        os.kill(os.getpid(), signal.SIGHUP)


def show(debugger: Debugger) -> None:
    """Put a debugger onto the screen until it is left. KeyboardInterrupt if that was by Ctrl-C."""
    app = DebuggerScreen(debugger)
    if hasattr(select, "poll"):  # Windows has none
        Thread(target=_hang_up, args=(sys.stdout.fileno(),), daemon=True).start()
    app.run()
    if app.broken is not None:
        raise app.broken
    if app.interrupted:
        raise KeyboardInterrupt
