"""The file that a run leaves: JSON lines, each under a running SHA-256 (docs/trace.md).

    {"sum":"1f0c…","hash":"9a3b…","meta":{…},"body":{…}}

`body` is canonical JSON; `hash` is SHA-256 over the hash of the line before (as bytes) and the bytes of
this body; `sum` is a CRC-32 of everything after it, so that a flipped bit in `meta` or in `hash` itself is
found too. The first body is a header, the last one says how the run ended, and each one in between holds
what one tick changed.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from itertools import compress
from operator import is_not
from pathlib import Path
from typing import Any

from t800.blackboard import Blackboard
from t800.core import INVALID, RUNNING, SUCCESS, Ask, Event, Observation, Status, Tick
from t800.errors import TraceError, shorten
from t800.registry import EventKind
from t800.simulation.canonical import decode, differ, encode, encoder, quote, record_encoder, tells_equals
from t800.simulation.shape import check_end, check_header, check_meta, check_tick
from t800.simulation.tracefile import TraceFile, open_regular
from t800.types import Type

__all__ = ["FORMAT", "STATUSES", "Header", "Line", "Recorder", "Seen", "TraceFile", "TraceReader"]

FORMAT = 1
"""The version of the format that this program writes."""

LONGEST_LINE = 64 * 1024 * 1024

LETTERS: Mapping[Status, str] = {SUCCESS: "S", Status.FAILURE: "F", RUNNING: "R", INVALID: "-"}
"""How a status is written: `3R7-` says that node 3 of a tree is RUNNING now, and node 7 inactive."""

STATUSES: Mapping[str, Status] = {letter: status for status, letter in LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Header:
    """What a run must be given to be the same run again.

    `specs` maps each spec by kind and name (`tree:protect`) to the digest of its meaning. `unreplayable` names the
    skills that work in threads of their own: nobody could make them end in the same tick again. `branch` says what a
    debugger changed, and in which run.
    """

    scenario: str
    seed: int
    dt: float
    overrides: Sequence[str] = ()
    without: Sequence[str] = ()
    specs: Mapping[str, str] = field(default_factory=dict)
    unreplayable: Sequence[str] = ()
    branch: Mapping[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        """As the first line of a trace holds it."""
        return {
            "format": FORMAT,
            "scenario": self.scenario,
            "seed": self.seed,
            "dt": self.dt,
            "overrides": list(self.overrides),
            "without": list(self.without),
            "specs": dict(self.specs),
            **({"unreplayable": list(self.unreplayable)} if self.unreplayable else {}),
            **({"branch": dict(self.branch)} if self.branch else {}),
        }

    @staticmethod
    def of(body: Mapping[str, Any]) -> Header:
        """The header that a first line holds; TraceError if another version of t800 wrote it."""
        if isinstance(body, dict) and body.get("format", FORMAT) != FORMAT:
            said = shorten(body["format"])
            raise TraceError(f"this is a trace of format {said}, and this t800 reads format {FORMAT}", 1)
        check_header(body)
        return Header(**{name: body[name] for name in Header.__slots__ if name in body})


class _Watched:
    """The values of one record or blackboard as they were last written."""

    __slots__ = ("_last", "_read", "kinds", "members", "values")

    def __init__(
        self, kinds: Mapping[str, Type], read: Callable[[Any], Sequence[Any]], texts: Mapping[str, str] | None = None
    ) -> None:
        self.kinds = kinds
        names = sorted(kinds)
        self.members = [
            (place, name, f'"{name}":', differ(kinds[name]), tells_equals(kinds[name]))
            for place, name in enumerate(names)
        ]
        # All values at once, in this order, and what they were at the last call: most are the very same from tick to
        # tick.
        self._read = read
        self._last: Sequence[Any] = (object(),) * len(names)
        self.values: dict[str, Any] = {name: decode(kinds[name], json.loads(t)) for name, t in (texts or {}).items()}

    @staticmethod
    def of_record(kinds: Mapping[str, Type], texts: Mapping[str, str] | None = None) -> _Watched:
        """Those of a record. Generated from its fields' names: an attrgetter looks each of them up the long way."""
        values = "".join(f"record.{name}, " for name in sorted(kinds))
        return _Watched(kinds, eval(f"lambda record: ({values})"), texts)

    @staticmethod
    def of_board(kinds: Mapping[str, Type], texts: Mapping[str, str] | None = None) -> _Watched:
        """Those of a blackboard, whose values come in the order of its schema: mostly that of the alphabet."""
        names = sorted(kinds)
        if list(kinds) == names:
            return _Watched(kinds, lambda values: tuple(values.values()), texts)
        return _Watched(kinds, lambda values: [values[name] for name in names], texts)

    def changes(self, current: Any) -> str:
        """The members of a JSON object that tells what differs from the last call; what was never set was null."""
        changed = []
        values = self.values
        now, last = self._read(current), self._last
        self._last = now
        for place, name, key, tell, total in compress(self.members, map(is_not, now, last)):
            value, before = now[place], values.get(name)
            # Equal values keep the older one: what counts as a change must not depend on which of the two
            # is kept (0.0 and -0.0 are equal), or a resumed run would differ.
            if value is before or (not total and value == before):
                continue
            if text := tell(before, value):
                changed.append(key + text)
                values[name] = value
        return ",".join(changed)

    def save(self) -> dict[str, str]:
        """Each value as canonical JSON."""
        return {name: encoder(self.kinds[name])(value) for name, value in self.values.items()}


class Seen:
    """What an agent saw, told by what changed of it: `Seen().changes(observation)`, tick after tick."""

    __slots__ = ("_texts", "_watched", "cls")

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self._texts: Mapping[str, str] = texts or {}
        self._watched = _Watched.of_record({})
        self.cls: type | None = None

    def changes(self, observation: Observation) -> str:
        """The members of a JSON object that tells which fields differ from those of the last call."""
        cls = type(observation)
        if cls is not self.cls:
            fields: dict[str, Type] = dict(cls.__record_fields__)  # type: ignore[attr-defined]  # set by @record
            # The tick number is the line's own, and would be a change in every tick.
            del fields["tick"]
            self._watched, self.cls = _Watched.of_record(fields, self._texts), cls
            self._texts = {}
        return self._watched.changes(observation)

    def save(self) -> dict[str, str]:
        """Each value as canonical JSON."""
        return self._watched.save() if self.cls else dict(self._texts)

    @staticmethod
    def digest(changes: str) -> str:
        """As a simulation's trace has it."""
        return sha256(changes.encode("ascii")).hexdigest()[:16]


class _Agent:
    """What was last written of one agent; `saved` is that as an earlier process left it."""

    __slots__ = ("asks", "board", "mode", "seen", "statuses")

    def __init__(self, board: Blackboard, saved: Mapping[str, Any]) -> None:
        self.mode: str | None = saved.get("mode")
        self.statuses = {
            tree: tuple(STATUSES[letter] for letter in letters) for tree, letters in saved.get("statuses", {}).items()
        }
        self.board = _Watched.of_board(board.schema, saved.get("board"))
        self.asks: str = saved.get("asks", "[]")
        self.seen = Seen(saved.get("seen"))

    def save(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "mode": self.mode,
            "statuses": {tree: "".join(LETTERS[each] for each in found) for tree, found in self.statuses.items()},
            "board": self.board.save(),
            "asks": self.asks,
            "seen": self.seen.save(),
        }


class Recorder:
    """Turns what happens in each tick into the lines of a trace, and keeps the running hash.

        recorder = Recorder(registry.events, TraceFile(path))
        recorder.begin(header)
        recorder.agent("t800", observation, tick, agent.blackboard)     # each agent of this tick
        recorder.tick(n, events)
        recorder.end({"outcome": "passed", "ticks": n})

    Without `file` nothing is written, and `sha256` is the same. `observations` writes what agents saw
    (a robot's trace needs it; a simulation's is computed again) in place of a digest of it.
    """

    def __init__(
        self, kinds: Mapping[str, EventKind], file: TraceFile | None = None, observations: bool = False
    ) -> None:
        self.sha256 = bytes(32).hex()
        self.body = ""
        self._file = file
        self._observations = observations
        self._agents: dict[str, _Agent] = {}
        self._saved: Mapping[str, Any] = {}
        self._parts: dict[str, str] = {}
        self._tracebacks: dict[str, str] = {}
        self._reloaded: dict[str, dict[str, Any]] = {}
        self._events = {name: _event_encoders(kind.fields) for name, kind in kinds.items()}

    def begin(self, header: Header, meta: Mapping[str, Any] | None = None) -> None:
        """The first line. `meta` is what may differ between runs that are the same."""
        self._line(encode(header.body()), meta)

    def snapshot(self) -> dict[str, Any]:
        """The running hash, and what the next line's changes are told from, as JSON data."""
        agents = dict(self._saved) | {name: known.save() for name, known in self._agents.items()}
        return {"sha256": self.sha256, "agents": agents}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Go on from what `snapshot` gave, in place of `begin`."""
        self.sha256 = data["sha256"]
        self._saved = data["agents"]
        self._agents = {}

    def go_on(self, file: TraceFile) -> None:
        """Write from here on, behind lines that are there already."""
        self._file = file

    def agent(self, name: str, observation: Observation, tick: Tick, board: Blackboard) -> None:
        """Note one agent's tick; an agent that did nothing new leaves nothing but what it saw."""
        known = self._agents.get(name)
        if known is None:
            known = self._agents[name] = _Agent(board, self._saved.get(name, {}))
        # Members in alphabetical order: the body is canonical JSON without being sorted again.
        parts = []
        text = f"[{','.join(map(_ask, tick.asks))}]"
        if text != known.asks:
            known.asks = text
            parts.append(f'"asks":{text}')
        if tick.fault is not None:
            fault = tick.fault
            self._tracebacks[name] = fault.traceback
            said = {"site": fault.site, "where": fault.where, "exception": fault.exception, "message": fault.message}
            parts.append(f'"fault":{encode(said)}')
        if tick.mode != known.mode:
            known.mode = tick.mode
            parts.append(f'"mode":{quote(tick.mode)}')
        if seen := self._told(known, observation):
            parts.append(seen)
        if changed := known.board.changes(board.values):
            parts.append(f'"set":{{{changed}}}')
        if tick.signals:
            parts.append(f'"signals":{encode([{"name": s.name, "data": dict(s.data)} for s in tick.signals])}')
        if changed := _statuses(known.statuses, tick.statuses):
            parts.append(f'"statuses":{{{changed}}}')
        self._parts[name] = ",".join(parts)

    def reload(self, texts: Mapping[str, Mapping[str, str | None]], trees: Mapping[str, Iterable[str]]) -> None:
        """Note that trees were replaced before the next tick: `texts` of their files, and the `trees` of each agent.

        The statuses of these are told anew. A file that is replaced twice between two ticks was what it was first.
        """
        before = self._reloaded.get("texts", {})
        said = {name: {"is": each["is"], "was": before.get(name, each)["was"]} for name, each in texts.items()}
        changed = {agent: sorted({*self._reloaded.get("agents", {}).get(agent, ()), *trees[agent]}) for agent in trees}
        self._reloaded = {
            "agents": {**self._reloaded.get("agents", {}), **changed},
            "texts": {**before, **said},
        }
        for agent, names in trees.items():
            known = self._agents.get(agent)
            for name in names:
                if known is not None:
                    known.statuses.pop(name, None)

    def tick(self, number: int, events: Sequence[Event]) -> None:
        """Close a tick: its body joins the hash, and is written if there is a file."""
        agents = ",".join([f"{quote(name)}:{{{self._parts[name]}}}" for name in sorted(self._parts)])
        happened = ",".join(map(self._event, events))
        reloaded = f'"reloaded":{encode(self._reloaded)},' if self._reloaded else ""
        body = f'{{"agents":{{{agents}}},"events":[{happened}],{reloaded}"tick":{number}}}'
        meta = {"tracebacks": self._tracebacks} if self._tracebacks else None
        self._parts = {}
        self._tracebacks = {}
        self._reloaded = {}
        self._line(body, meta)

    def end(self, outcome: Mapping[str, Any]) -> None:
        """Say how the run ended; a trace without this line is of a run that was cut."""
        self._line(encode({"end": outcome}), None)

    def _line(self, body: str, meta: Mapping[str, Any] | None) -> None:
        data = body.encode("ascii")
        self.body = body
        self.sha256 = sha256(bytes.fromhex(self.sha256) + data).hexdigest()
        if self._file is not None:
            told = b"" if meta is None else b'"meta":' + encode(meta).encode("ascii") + b","
            rest = b'"hash":"' + self.sha256.encode("ascii") + b'",' + told + b'"body":' + data + b"}"
            self._file.write(b'{"sum":"%08x",' % zlib.crc32(rest) + rest + b"\n")

    def _told(self, known: _Agent, observation: Observation) -> str:
        before = known.seen.cls
        changed = known.seen.changes(observation)
        if not self._observations:
            return f'"seen":"{Seen.digest(changed)}"' if changed else ""
        parts = [f'"observed":{{{changed}}}'] if changed else []
        if known.seen.cls is not before:
            parts.append(f'"record":{encode(type(observation).__name__)}')
        return ",".join(parts)

    def _event(self, event: Event) -> str:
        encoders = self._events.get(event.kind, {})
        fields = ",".join(
            f"{quote(name)}:{encoders.get(name, encode)(event.fields[name])}" for name in sorted(event.fields)
        )
        causes = encode(list(event.causes))
        return (
            f'{{"causes":{causes},"fields":{{{fields}}},"id":{event.id},"kind":{quote(event.kind)},'
            f'"rule":{quote(event.rule)}}}'
        )


def _event_encoders(fields: Mapping[str, Type]) -> dict[str, Any]:
    return {name: encoder(kind) for name, kind in fields.items()}


def _ask(ask: Ask) -> str:
    intent, fate = ask.intent, ask.fate
    effects = f'"effects":{encode(dict(ask.effects))},' if ask.effects else ""
    why = f'"why":{quote(fate.why)},' if fate.why else ""
    kind: Any = type(intent)
    return f'{{{effects}{_asked(fate.outcome, kind, ask.node)}{why}"with":{record_encoder(kind)(intent)}}}'


@lru_cache(maxsize=2048)  # the same nodes ask for the same in tick after tick
def _asked(outcome: str, kind: Any, node: str) -> str:
    return f'"fate":{quote(outcome)},"intent":{quote(kind.__name__)},"node":{quote(node)},'


def _statuses(before: dict[str, tuple[Status, ...]], now: Mapping[str, tuple[Status, ...]]) -> str:
    """What changed, tree by tree: `"protect":"0R3S"`; null where the mode no longer has the tree."""
    if now == before:
        return ""
    changed = {}
    for tree, statuses in now.items():
        last = before.get(tree, ())
        if statuses is last or statuses == last:
            continue
        before[tree] = statuses
        if len(last) != len(statuses):
            last = (INVALID,) * len(statuses)
        differing = enumerate(zip(last, statuses, strict=True))
        changed[tree] = '"' + "".join(f"{i}{LETTERS[b]}" for i, (a, b) in differing if a is not b) + '"'
    if len(before) != len(now):
        for tree in [tree for tree in before if tree not in now]:
            del before[tree]
            changed[tree] = "null"
    return ",".join(f"{quote(tree)}:{changed[tree]}" for tree in sorted(changed))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a trace, found whole. `number` counts from 1; `raw` is the body's own bytes."""

    number: int
    hash: str
    raw: bytes
    body: Mapping[str, Any]
    meta: Mapping[str, Any]


class TraceReader:
    """The lines of a trace, each checked as it is read.

        reader = TraceReader(path)
        print(reader.header.scenario)
        for line in reader:              # ticks only
            ...
        reader.end, reader.cut           # how the run ended; what is missing, in words

    TraceError, naming the line, where anything differs from what was written. A last line that was cut
    short, as a kill in the middle of a write leaves it, is no damage: it is left out, and `cut` says so.
    `opening` is its first line; `lines` and `size` are how many lines and bytes of it were read and found whole.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end: Mapping[str, Any] | None = None
        self.cut: str | None = None
        self.sha256 = bytes(32).hex()
        self.lines = 0
        self.size = 0
        self._lines = self._read()
        first = next(self._lines, None)
        if first is None:
            raise TraceError(f"{path} holds no whole line: nothing was recorded")
        self.opening = first
        self.header = Header.of(first.body)
        check_meta(first.meta, 1)
        self.meta = first.meta

    def __iter__(self) -> Iterator[Line]:
        for line in self._lines:
            if self.end is not None:
                raise TraceError(_FOLLOWS, line.number)
            if isinstance(line.body, dict) and "end" in line.body:
                check_end(line.body["end"], line.number)
                self.end = line.body["end"]
            else:
                check_tick(line.body, line.number)
                yield line
        if self.end is not None and self.cut is not None:
            raise TraceError(_FOLLOWS, self.lines + 1)
        if self.end is None and self.cut is None:
            self.cut = "the run was cut off: the trace has no last line that says how it ended"

    def _read(self) -> Iterator[Line]:
        try:
            with open_regular(self.path) as file:
                number = 0
                while data := file.readline(LONGEST_LINE):
                    number += 1
                    if data.endswith(b"\n"):
                        line = self._line(data[:-1], number)
                        self.lines, self.size = number, self.size + len(data)
                        yield line
                    elif len(data) >= LONGEST_LINE:
                        raise TraceError("this is no line of a trace: it does not end", number)
                    else:
                        # All of it there, and then something that is not a newline, is no cut.
                        if _whole(data[:-1]):
                            raise TraceError("it does not end with a newline but with something else", number)
                        self.cut = f"line {number} was cut off in the middle of its write, and is left out"
        except OSError as error:
            raise TraceError(f"cannot read {self.path}: {error.strerror}") from error

    def _line(self, data: bytes, number: int) -> Line:
        if not _whole(data):
            # A line of a trace that was damaged still has most of these.
            if number == 1 and not any(member in data for member in (b'"sum":', b'"hash":', b'"body":')):
                raise TraceError(f"{self.path} is no trace: `t800 run SCENARIO --record FILE` leaves one")
            raise TraceError("it is not what was written: its check sum differs", number)
        try:
            line = json.loads(data)
            raw = data[data.index(b'"body":', _HASH_END) + 7 : -1]
            found = Line(number, line["hash"], raw, line["body"], line.get("meta", {}))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise TraceError("this is no line of a trace", number) from None
        self.sha256 = sha256(bytes.fromhex(self.sha256) + found.raw).hexdigest()
        if found.hash != self.sha256:
            raise TraceError("it does not follow from the lines before: one was changed, added or taken out", number)
        return found


_FOLLOWS = "something follows the line that ends the trace"
_HASH_END = len('{"sum":"01234567","hash":"",') + 64


def _whole(data: bytes) -> bool:
    """Whether these bytes are a line as it was written."""
    return data[:18] == b'{"sum":"%08x",' % zlib.crc32(data[18:])
