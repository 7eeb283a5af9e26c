"""The commands of the debugger, one a line: what `--commands` reads, and what is typed into its screen."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from t800.cli.ground import Ground
from t800.cli.outline import MARKS, outline
from t800.cli.picture import plain
from t800.cli.story import clock, sentence
from t800.core import microseconds
from t800.errors import ConfigError, UsageError, closest, shorten
from t800.loader.document import parse
from t800.loader.document import plain as data_of
from t800.types import Point, values_of

if TYPE_CHECKING:
    from t800.core import Ask, Event
    from t800.simulation.debugger import Debugger, Stop

__all__ = ["COMMANDS", "Answer", "Command", "Console", "brief", "value_text"]

SHOWN = 20
"""Events that `events` shows if no number is given."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say: lines for people, and the same as data. `moved` if the present is another one."""

    lines: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    moved: bool = False
    quit: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command: how it is written, what it does in a line, and examples."""

    name: str
    form: str
    doc: str
    short: str = ""
    examples: tuple[str, ...] = ()


COMMANDS: Mapping[str, Command] = {
    each.name: each
    for each in (
        Command("step", "step [N]", "play N ticks (1)", "s", ("step", "step 10")),
        Command("node", "node [N]", "go on to the end of the next node's tick, within a tick", "n", ("node", "node 5")),
        Command("back", "back [N | node [N]]", "go back by N ticks, or by nodes", "b", ("back 10", "back node")),
        Command("seek", "seek TICK", "go to a tick, a time, `start` or `end`", "", ("seek 154", "seek 15.4s")),
        Command("run", "run", "play to the next breakpoint, or to the end", "c", ("run",)),
        Command("until", "until EXPR", "play until an expression holds", "u", ("until threat.distance < 3.0",)),
        Command(
            "reverse", "reverse [EXPR]", "go back to the last breakpoint, or to where EXPR held", "r",
            ("reverse", "reverse not known(threat)"),
        ),
        Command(
            "break", "break KIND …", "stop there: node, status, mode, event, when, constraint, fault", "",
            (
                "break node t800:protect/legs/shield RUNNING",
                "break node t800:fight/* FAILURE",
                "break status FAILURE t800",
                "break mode t800 active.combat",
                "break event Shielded whom=john",
                "break when distance(t800, john) < 3.0",
                "break constraint never_the_ward",
                "break fault",
            ),
        ),
        Command("breaks", "breaks", "list the breakpoints"),
        Command("clear", "clear N|all", "take a breakpoint away", "", ("clear 2", "clear all")),
        Command("watch", "watch EXPR", "show its value wherever it goes", "w", ("watch t800.threat",)),
        Command("unwatch", "unwatch EXPR|all", "do not any more", "", ("unwatch all",)),
        Command("print", "print [EXPR]", "a value; without one, where it stands", "p", ("print john.alive",)),
        Command("agent", "agent NAME", "put an agent into focus: bare names are its keys", "a", ("agent john",)),
        Command("tree", "tree [AGENT]", "its trees: Running, Success, Failure, - inactive", "t", ("tree", "tree john")),
        Command("board", "board [AGENT]", "its blackboard; * is what this tick changed", "", ("board",)),
        Command("asks", "asks [AGENT]", "what it asked for, and what became of it", "i", ("asks",)),
        Command("events", "events [N]", "what happened last", "e", ("events 5",)),
        Command("expect", "expect", "what became of what is expected", "x"),
        Command("map", "map [METRES]", "who is where; METRES to either side of who is in focus", "m", ("map 12",)),
        Command(
            "set", "set PATH=VALUE", "change a key of a blackboard, or a field of an entity", "",
            ("set t800.ward=sarah", "set john.position={x: 3, y: 4}", "set entity:t800.structure=0.2"),
        ),
        Command("undo", "undo", "take the last edit back"),
        Command("edits", "edits", "what was changed by hand"),
        Command("branch", "branch FILE", "record the run with what was edited, to its end", "", ("branch b.jsonl",)),
        Command("help", "help [COMMAND]", "this, or all about a command", "?", ("help break",)),
        Command("quit", "quit", "end", "q"),
    )
}  # fmt: skip

SHORT = {each.short: each.name for each in COMMANDS.values() if each.short} | {"continue": "run", "exit": "quit"}


class Console:
    """Commands over a Debugger.

        console = Console(Debugger("corridor"))
        console.do("until threat.distance < 3.0").lines

    `do` raises UsageError, with a way out, for what is no command. `going` is asked after each tick of a
    command that plays many.
    """

    def __init__(
        self, debugger: Debugger, going: Callable[[], bool] = lambda: True, fancy: bool = True, width: int = 100
    ) -> None:
        self.debugger = debugger
        self.going = going
        self.fancy = fancy
        self.width = width
        self.ground = Ground(debugger.spec.world, fancy)

    def do(self, line: str) -> Answer:
        """Do what a line says; an empty one, or one that begins with #, says nothing."""
        text = line.strip()
        if not text or text.startswith("#"):
            return Answer()
        word, _, rest = text.partition(" ")
        if word == "?" or (word.startswith("?") and not rest):
            word, rest = "help", text[1:]
        name = SHORT.get(word, word)
        if name not in COMMANDS:
            near = closest(word, [*COMMANDS, "continue"])
            way = f"did you mean {near!r}?" if near else "`help` lists them"
            raise UsageError(f"no command {shorten(word)}; {way}")
        answer: Answer = getattr(self, f"_{name}")(rest.strip())
        return answer

    # Each command takes the rest of its line.

    def _step(self, rest: str) -> Answer:
        done = self.debugger.step(_count(rest, "step"))
        return self._here("" if done else "the run is over")

    def _node(self, rest: str) -> Answer:
        for _ in range(_count(rest, "node")):
            self.debugger.step_node()
        return self._here("the run is over" if self.debugger.over and self.debugger.node is None else "")

    def _back(self, rest: str) -> Answer:
        first, _, tail = rest.partition(" ")
        if first == "node":
            for _ in range(_count(tail, "back node")):
                self.debugger.back_node()
        else:
            self.debugger.back(_count(rest, "back"))
        return self._here()

    def _seek(self, rest: str) -> Answer:
        debugger = self.debugger
        if rest == "start":
            debugger.seek(-1)
        elif rest == "end":
            while debugger.step(1000) == 1000 and self.going():
                pass
        else:
            wanted = _moment(rest, debugger.spec.dt)
            # In pieces, so that it can be interrupted; the first goes back if it must.
            debugger.seek(min(wanted, max(debugger.last, debugger.tick)))
            while debugger.tick < wanted and debugger.step() and self.going():
                pass
            if debugger.tick < wanted and debugger.over:
                return self._here("the run is over before that")
        return self._here()

    def _run(self, rest: str) -> Answer:
        _nothing(rest, "run")
        return self._stopped(self.debugger.run(self.going))

    def _until(self, rest: str) -> Answer:
        return self._stopped(self.debugger.run_until(_needed(rest, "until"), self.going))

    def _reverse(self, rest: str) -> Answer:
        if not rest and not self.debugger.breakpoints:
            raise UsageError("there is no breakpoint to go back to; `break KIND …` first, or say `reverse EXPR`")
        return self._stopped(self.debugger.reverse(rest or None, self.going))

    def _break(self, rest: str) -> Answer:
        kind, _, tail = rest.partition(" ")
        tail = tail.strip()
        debugger, kinds = self.debugger, ("node", "status", "mode", "event", "when", "constraint", "fault")
        if kind not in kinds:
            near = closest(kind, kinds)
            way = f"did you mean {near!r}?" if near else f"there is: {', '.join(kinds)}"
            said = f"no kind of breakpoint {shorten(kind)}" if kind else "where to stop is missing"
            raise UsageError(f"{said}; {way} (`help break`)")
        if kind == "fault":
            _nothing(tail, "break fault")
            made = debugger.break_on(fault=True)
        elif kind == "when":
            made = debugger.break_on(when=_needed(tail, "break when"))
        elif kind == "constraint":
            made = debugger.break_on(constraint=_needed(tail, "break constraint"))
        elif kind == "event":
            name, *wanted = _words(_needed(tail, "break event"))
            made = debugger.break_on(event=name, **dict(_field(each) for each in wanted))
        else:
            first, *others = _words(_needed(tail, f"break {kind}"))
            if len(others) > 1:
                raise UsageError(f"{shorten(others[1])} is too much; {COMMANDS['break'].form} (`help break`)")
            other = others[0] if others else None
            if kind == "node":
                made = debugger.break_on(node=first, status=other)
            elif kind == "status":
                made = debugger.break_on(node=f"{other or '*'}:*", status=first)
            else:
                made = debugger.break_on(mode=first if other is None else f"{first}:{other}")
        return Answer([f"{made.number}: {made.text}"], {"breakpoint": made.number, "text": made.text})

    def _breaks(self, rest: str) -> Answer:
        _nothing(rest, "breaks")
        found = self.debugger.breakpoints
        lines = [f"{each.number}: {each.text}" for each in found.values()] or ["no breakpoint"]
        return Answer(lines, {"breakpoints": {str(each.number): each.text for each in found.values()}})

    def _clear(self, rest: str) -> Answer:
        gone = list(self.debugger.breakpoints) if rest == "all" else [_count(_needed(rest, "clear"), "clear")]
        taken = [self.debugger.clear(number) for number in gone]
        return Answer([f"taken away: {each.text}" for each in taken], {"cleared": gone})

    def _watch(self, rest: str) -> Answer:
        if not rest:
            return Answer(list(self._watched()) or ["nothing is watched"], {"watches": self._watch_data()})
        self.debugger.watch(rest)
        text = rest.strip()
        return Answer([self._watch_line(text)], {"watches": self._watch_data()})

    def _unwatch(self, rest: str) -> Answer:
        for text in list(self.debugger.watches) if rest == "all" else [_needed(rest, "unwatch")]:
            self.debugger.unwatch(text)
        return Answer(["watched: " + (", ".join(self.debugger.watches) or "nothing")], {"watches": self._watch_data()})

    def _print(self, rest: str) -> Answer:
        if not rest:
            return self._here(moved=False)
        probe = self.debugger.probe(rest)
        value = self.debugger.ask(probe)
        return Answer([f"{probe.text} = {value_text(probe.plain(value))}"], {"value": probe.plain(value)})

    def _agent(self, rest: str) -> Answer:
        if not rest:
            return Answer([f"in focus: {self.debugger.focus}; there is: {', '.join(self.debugger.agents)}"])
        self.debugger.look(rest)
        return Answer([f"in focus: {rest}"], {"focus": rest}, moved=True)

    def _tree(self, rest: str) -> Answer:
        name = self._who(rest)
        mind = self.debugger.mind(name)
        rows = list(outline(self.debugger.agents[name], mind, self.fancy))
        lines = [self._mind_line(name)]
        for row in rows:
            said = f'  "{row.feedback}"' if row.feedback else ""
            asks = f"  {row.asks}" if row.asks else ""
            lines.append(self._cut(f"{MARKS[row.status]} {row.stem}{row.label}{said}{asks}"))
        nodes = [{"id": row.id, "status": row.status.name, "feedback": row.feedback} for row in rows]
        return Answer(lines, {"agent": name, "mode": mind.mode, "nodes": nodes})

    def _board(self, rest: str) -> Answer:
        name = self._who(rest)
        mind = self.debugger.mind(name)
        schema = self.debugger.agents[name].blackboard.schema
        wide = max((len(key) for key in schema), default=0)
        lines, data = [self._mind_line(name)], {}
        for key, kind in schema.items():
            value = mind.values[key]
            changed = key in mind.before and mind.before[key] != value
            data[key] = None if value is None else kind.encode(value)
            lines.append(self._cut(f"{'*' if changed else ' '} {key:<{wide}}  {value_text(data[key], 400)}"))
        return Answer(lines, {"agent": name, "blackboard": data})

    def _asks(self, rest: str) -> Answer:
        name = self._who(rest)
        mind = self.debugger.mind(name)
        lines = [self._mind_line(name), *(self._cut(f"  {ask_text(ask)}") for ask in mind.asks)]
        asks = [
            {"node": ask.node, "intent": type(ask.intent).__name__, "channel": ask.intent.channel}
            | {"fate": ask.fate.outcome, "why": ask.fate.why}
            for ask in mind.asks
        ]
        if not mind.asks:
            lines.append("  nothing is asked for")
        return Answer(lines, {"agent": name, "asks": asks})

    def _events(self, rest: str) -> Answer:
        wanted = _count(rest, "events") if rest else SHOWN
        found = [event for event, _ in zip(self.debugger.events, range(wanted), strict=False)][::-1]
        return Answer([self._event(each) for each in found] or ["nothing has happened"], {"events": _told(found)})

    def _expect(self, rest: str) -> Answer:
        _nothing(rest, "expect")
        lines, data = [], []
        for each in self.debugger.expectations:
            mark = {True: "held", False: "failed", None: "open"}[each.held]
            when = "" if each.tick is None else f"  tick {each.tick}"
            lines.append(self._cut(f"{mark:<7} {each.kind:<10} {each.said}{when}"))
            data.append({"text": each.text, "kind": each.kind, "held": each.held, "tick": each.tick})
        return Answer(lines or ["nothing is expected"], {"expectations": data})

    def _map(self, rest: str) -> Answer:
        near = _number(rest, "map") if rest else None
        agents, focus = list(self.debugger.agents), self.debugger.focus
        rows = self.ground.draw(self.debugger.entities, agents, focus, min(self.width, 80), 20, near)
        at = {name: [each.position.x, each.position.y] for name, each in self.debugger.entities.items()}
        lines = ["".join(cell.text for cell in row).rstrip() for row in rows]
        drawn = [place for place, line in enumerate(lines) if line]
        return Answer(lines[drawn[0] : drawn[-1] + 1] if drawn else [], {"positions": at})

    def _set(self, rest: str) -> Answer:
        path, equals, text = rest.partition("=")
        if not equals:
            raise UsageError("what to set to what is missing; expected PATH=VALUE, like t800.ward=sarah")
        try:
            value = data_of(parse(text.strip(), "the value").root)
        except ConfigError as error:
            raise UsageError(f"{shorten(text.strip())} is no value: {error.problems[0].message}") from None
        edit = self.debugger.set(path.strip(), value)
        lines = [f"{edit.who}.{edit.name} = {value_text(edit.value)} from tick {edit.tick} on"]
        if edit.of == "agent" and (sense := self._sense_of(edit.who, edit.name)) is not None:
            lines.append(f"the sense {sense} writes this key, and may write over it in the next tick")
        return Answer(
            lines, {"edit": {"tick": edit.tick, "path": f"{edit.who}.{edit.name}", "value": edit.value}}, True
        )

    def _undo(self, rest: str) -> Answer:
        _nothing(rest, "undo")
        edit = self.debugger.undo()
        return self._here(f"taken back: {edit.who}.{edit.name} = {value_text(edit.value)}")

    def _edits(self, rest: str) -> Answer:
        _nothing(rest, "edits")
        found = self.debugger.edits
        lines = [f"before tick {each.tick}: {each.who}.{each.name} = {value_text(each.value)}" for each in found]
        edits = [{"tick": each.tick, "path": f"{each.who}.{each.name}", "value": each.value} for each in found]
        return Answer(lines or ["nothing was edited"], {"edits": edits})

    def _branch(self, rest: str) -> Answer:
        path = Path(_needed(rest, "branch"))
        result = self.debugger.branch(path)
        lines = [
            f"{result.outcome} after {clock(result.time)}, trace {result.sha256[:12]} in {path}",
            *(
                f"{'held' if v.held else 'failed' if v.held is False else 'open':<7} {v.said}"
                for v in result.expectations
            ),
        ]
        return Answer([self._cut(line) for line in lines], {"branch": result.to_json()})

    def _help(self, rest: str) -> Answer:
        if rest:
            name = SHORT.get(rest, rest)
            if name not in COMMANDS:
                near = closest(rest, COMMANDS)
                raise UsageError(f"no command {shorten(rest)}" + (f"; did you mean {near!r}?" if near else ""))
            found = COMMANDS[name]
            short = f" (short: {found.short})" if found.short else ""
            return Answer([f"{found.form}: {found.doc}{short}", *(f"  {each}" for each in found.examples)])
        wide = max(len(each.form) for each in COMMANDS.values())
        return Answer([f"{each.form:<{wide}} {each.short:>2}  {each.doc}" for each in COMMANDS.values()])

    def _quit(self, rest: str) -> Answer:
        _nothing(rest, "quit")
        return Answer(quit=True)

    def _who(self, rest: str) -> str:
        name = rest or self.debugger.focus
        if name is None:
            raise UsageError("this scenario has no agents")
        self.debugger.mind(name)
        return name

    def _sense_of(self, agent: str, key: str) -> str | None:
        senses = self.debugger.agents[agent].spec.senses
        return next((use.sense.name for use in senses if key in use.keys.values()), None)

    def _stopped(self, stop: Stop) -> Answer:
        number = f"breakpoint {stop.number}: " if stop.number is not None else ""
        answer = self._here(f"{number}{stop.why}")
        return Answer(answer.lines, {**answer.data, "stop": {"kind": stop.kind, "why": stop.why}}, moved=True)

    def _here(self, why: str = "", moved: bool = True) -> Answer:
        """Where it stands, why, what happened there, and what is watched."""
        debugger = self.debugger
        lines = [self.place(why), *(self._event(event) for event in debugger.happened), *self._watched()]
        data: dict[str, Any] = {"tick": debugger.tick, "time": debugger.time, "over": debugger.over}
        if (node := debugger.node) is not None:
            data["node"] = {"agent": node.agent, "id": node.node, "status": node.status.name}
        if debugger.diverged is not None:
            data["diverged"] = debugger.diverged
        data |= {"events": _told(debugger.happened), "watches": self._watch_data()}
        return Answer([self._cut(line) for line in lines], data, moved)

    def place(self, why: str = "") -> str:
        """Where it stands, in a line."""
        debugger = self.debugger
        if debugger.tick < 0:
            parts = ["at the start"]
        else:
            parts = [f"tick {debugger.tick}", clock(debugger.time)]
        if (node := debugger.node) is not None:
            parts.append(f"{node.agent}:{node.node} {node.status.name}")
        if debugger.over:
            parts.append("the end")
        if debugger.diverged is not None:
            parts.append(f"not as recorded since tick {debugger.diverged}")
        elif debugger.cut is not None and debugger.tick == debugger.last:
            parts.append("the trace was cut here")
        return "  ".join([*parts, why] if why and not (debugger.over and why == "the run is over") else parts)

    def _mind_line(self, name: str) -> str:
        mind = self.debugger.mind(name)
        left = f", from {mind.left}" if mind.left else ""
        state = "" if mind.awake else " (does not think in this tick)" if mind.present else " (is not there)"
        fault = f"  fault in {mind.fault.where}: {mind.fault.message[:80]}" if mind.fault is not None else ""
        return f"{name}  {mind.mode}{left}{state}{fault}"

    def _event(self, event: Event) -> str:
        return self._cut(f"  #{event.id} tick {event.tick}  {sentence(event)}")

    def _watched(self) -> Iterator[str]:
        return (self._watch_line(text) for text in self.debugger.watches)

    def _watch_line(self, text: str) -> str:
        probe = self.debugger.watches[text]
        return self._cut(f"  {text} = {value_text(probe.plain(self.debugger.ask(probe)), 400)}")

    def _watch_data(self) -> dict[str, Any]:
        return {text: probe.plain(self.debugger.ask(probe)) for text, probe in self.debugger.watches.items()}

    def _cut(self, line: str) -> str:
        more = "…" if self.fancy else "..."
        return line if len(line) <= self.width else line[: self.width - len(more)] + more


def value_text(value: Any, limit: int = 200) -> str:
    """A value that an expression has, as data, in a line; what has none is unknown."""
    if isinstance(value, float):
        return repr(round(value, 3))
    return "unknown" if value is None else plain(value, limit)


def brief(value: Any, limit: int = 60) -> str:
    """A value as it is on a blackboard or in an intent, in a few characters."""
    if isinstance(value, Point):
        return f"({value.x:g}, {value.y:g})"
    return plain(_data(value), limit)


def ask_text(ask: Ask) -> str:
    """An intent, who asked for it, and what became of it."""
    fields = ", ".join(
        f"{name}={brief(value, 40)}" for name, value in values_of(ask.intent).items() if value is not None
    )
    why = f": {ask.fate.why}" if ask.fate.why else ""
    return f"{ask.fate.outcome:<10} {type(ask.intent).__name__}({fields}) on {ask.intent.channel} by {ask.node}{why}"


def _told(events: Sequence[Event]) -> list[dict[str, Any]]:
    return [{"id": each.id, "tick": each.tick, "kind": each.kind, "fields": _data(each.fields)} for each in events]


def _data(value: Any) -> Any:
    """What an event holds, as JSON data."""
    if isinstance(value, Mapping):
        return {name: _data(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_data(item) for item in value]
    return _data(values_of(value)) if hasattr(type(value), "__record_fields__") else value


def _count(text: str, command: str) -> int:
    """A positive whole number; 1 if nothing is said."""
    if not text:
        return 1
    # Longer ones are no number of ticks, and Python itself refuses the longest.
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < 1:
        raise UsageError(f"{command} takes a number from 1 on, not {shorten(text)}")
    return int(text)


def _number(text: str, command: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 1.0 <= found <= 1e6:
        raise UsageError(f"{command} takes metres from 1 on, not {shorten(text)}")
    return found


def _moment(text: str, dt: float) -> int:
    """A tick, or seconds like `15.4s`, as people give it."""
    number = text.removesuffix("s")
    try:
        if not number or len(number) > 15 or number != number.strip():
            raise ValueError(text)
        found = microseconds(float(number)) // microseconds(dt) if text.endswith("s") else int(number)
    except (ValueError, ArithmeticError):
        raise UsageError(
            f"{shorten(text)} is no time: expected a tick like 154, seconds like 15.4s, start or end"
        ) from None
    if found < -1:
        raise UsageError(f"there is no tick {found}: the start is -1")
    return found


def _field(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{shorten(text)} is no field of an event; expected FIELD=VALUE, like whom=john")
    return name, data_of(parse(value, "the value").root)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{shorten(text)}: {str(error).lower()}") from None


def _needed(text: str, command: str) -> str:
    if not text:
        name = command.partition(" ")[0]
        raise UsageError(f"`{command}` needs more: {COMMANDS[name].form} (`help {name}`)")
    return text


def _nothing(text: str, command: str) -> None:
    if text:
        raise UsageError(f"`{command}` takes nothing more, and there is {shorten(text)}")
