"""Faults (R8, R9): whatever breaks, wherever and in whichever mode, the tick ends with everything halted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from lab import active, agent_spec, registry_of, running
from py_trees.behaviour import Behaviour

from t800.agent import Agent
from t800.context import Context
from t800.core import RUNNING, SUCCESS, Intent, Observation, Status, Tick
from t800.errors import UsageError
from t800.registry import behaviour, sense, skill
from t800.types import Keep, Out, record

FAULTY = 3
"""The tick in which it breaks."""


class Broken(BaseException):
    """An exception of ours that no `except Exception` catches."""


class Unspeakable(Exception):
    """An exception that cannot even say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def _raise(error: BaseException) -> Any:
    raise error


def _endless() -> Any:
    return _endless()


WRONG = "junk"
BREAKS: dict[str, Callable[[], Any]] = {
    "ValueError": lambda: _raise(ValueError("broken")),
    "Broken": lambda: _raise(Broken("broken")),
    "RecursionError": _endless,
    "wrong": lambda: WRONG,
    "KeyboardInterrupt": lambda: _raise(KeyboardInterrupt()),
}


@dataclass
class Trouble:
    """Which sites break, and how; and what skills were called."""

    breaks: dict[str, str] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)

    def strike(self, site: str) -> Any:
        if site in self.breaks:
            how = self.breaks[site]
            return BREAKS[how]() if how in BREAKS else _raise(Unspeakable())
        return None

    def count(self, what: str) -> Counter[str]:
        return Counter(who for did, who in self.log if did == what)


TROUBLE = Trouble()


@pytest.fixture(autouse=True)
def trouble() -> Iterator[Trouble]:
    TROUBLE.breaks.clear()
    TROUBLE.log.clear()
    yield TROUBLE
    TROUBLE.breaks.clear()


@record
class Trap:
    """A record whose fields break when they are read: what an expression cannot know about a value."""

    guard: float = 0.0
    node_guard: float = 0.0
    constraint: float = 0.0

    def __getattribute__(self, name: str) -> Any:
        answer = TROUBLE.strike(name) if not name.startswith("_") else None
        return object.__getattribute__(self, name) if answer is None else answer


@record
class Ping(Intent):
    channel: ClassVar[str] = "voice"


@sense
def mark(ctx: Context, trap: Out[Trap], go: Out[bool]) -> int:
    """The number of the tick; and at the first one the trap is set."""
    if ctx.tick == 0:
        ctx.out(trap=Trap())
    ctx.out(go=ctx.tick == FAULTY)
    return ctx.tick


@sense
def probe(ctx: Context) -> bool:
    """Breaks."""
    answer = TROUBLE.strike("sense")
    return True if answer is None else answer


@skill
class hold:
    """Runs for ever."""

    whose: str = ""

    def start(self, ctx: Context, who: str) -> None:
        TROUBLE.log.append(("start", who))
        self.whose = who

    def tick(self, ctx: Context, who: str) -> Status:
        TROUBLE.log.append(("tick", who))
        return ctx.intend(Ping())

    def halt(self, ctx: Context) -> None:
        TROUBLE.log.append(("halt", self.whose))
        TROUBLE.strike(f"halt of {self.whose}")


@skill
class worker:
    """Runs for ever; its methods break."""

    whose: str = ""

    def start(self, ctx: Context, who: str) -> None:
        TROUBLE.log.append(("start", who))
        self.whose = who
        return TROUBLE.strike(f"start of {who}")

    def tick(self, ctx: Context, who: str) -> Status:
        TROUBLE.log.append(("tick", who))
        answer = TROUBLE.strike(f"tick of {who}")
        return RUNNING if answer is None else answer

    def halt(self, ctx: Context) -> None:
        TROUBLE.log.append(("halt", self.whose))
        return TROUBLE.strike(f"halt of {self.whose}")


MIDDLE = """\
tree: middle
uses: {go: bool, trap: Trap, steps: int}
root:
  selector:
    - fail
    - sequence:
        - set: {steps: =steps + 1}
        - parallel:
            - hold: {who: c}
            - reactive_selector:
                - hold: {who: beside}
                  while: trap.node_guard > 1.0
                - running
            - reactive_selector:
                - worker: {who: entering}
                  name: entering
                  if: go
                - running
            - worker: {who: steady}
              name: steady
            - worker: {who: leaving}
              name: leaving
              while: not go
            - hold: {who: d}
          policy: any
          fail_after: 6
"""

AGENT = """\
agent: robot
blackboard:
  steps: {type: int, value: 0}
  trap: Trap
  go: bool
senses: [mark, probe]
modes:
  initial: MODE
  states:
STATES
constraints:
  - {name: rule, forbid: Ping, when: trap.constraint > 1.0, why: it is a rule}
"""

TREES = "trees: [first, middle, last]"
EDGES = "edges: [{to: away, when: trap.guard > 1.0}]"
STATES = {
    # mode: what stands in the file, and the mode after a fault
    "alone": (f"    alone: {{{TREES}, {EDGES}}}\n    away: {{final: true}}", "alone"),
    "guarded": (
        f"    guarded: {{{TREES}, {EDGES}, on_fault: refuge}}\n    away: {{final: true}}\n"
        "    refuge: {final: true, trees: [first]}",
        "refuge",
    ),
    "house.room": (
        "    house:\n      initial: room\n      trees: [last]\n      on_fault: house.cellar\n"
        f"      {EDGES}\n      states:\n"
        "        room: {trees: [first, middle]}\n"
        "        cellar: {trees: [first], edges: [{to: room, when: mark < 0}]}\n"
        "    away: {final: true}",
        "house.cellar",
    ),
}
SITES = {
    # what breaks: the site that the fault names, and the place
    "sense": ("sense", "probe"),
    "guard": ("guard", "modes of MODE"),
    "node_guard": ("guard", "middle/sequence/parallel/reactive_selector/hold.guard"),
    "start of entering": ("skill", "middle/sequence/parallel/reactive_selector#2/entering"),
    "tick of steady": ("skill", "middle/sequence/parallel/steady"),
    "halt of leaving": ("halt", "middle/sequence/parallel/leaving"),
    "constraint": ("constraint", "rule"),
}
BEFORE_TREES = ("sense", "guard")


def robot(folder: Path, mode: str, **trees: str) -> Agent:
    states = STATES[mode][0]
    text = AGENT.replace("MODE", mode.partition(".")[0]).replace("STATES", states)
    default = {
        "first": "{hold: {who: a}}",
        "middle": MIDDLE,
        "last": "{parallel: [{hold: {who: y}}, {hold: {who: z}}]}",
    }
    registry = registry_of(Trap, Ping, mark, probe, hold, worker)
    return Agent(agent_spec(folder, registry, text, **{**default, **trees}))


def play(agent: Agent, *numbers: int) -> Tick:
    for number in numbers:
        tick = agent.tick(Observation(number))
    return tick


def all_were_halted_once(trouble: Trouble) -> None:
    """Nobody ends by himself here, so everybody is halted as often as he was started."""
    started, halted = trouble.count("start"), trouble.count("halt")
    # Whose start broke was never RUNNING.
    if any(site.startswith("start") for site in trouble.breaks):
        del started["entering"]
    assert halted == started


@pytest.mark.parametrize("mode", STATES)
@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("site", SITES)
def test_a_fault_ends_the_tick_with_everything_halted(
    tmp_path: Path, trouble: Trouble, site: str, how: str, mode: str
) -> None:
    agent = robot(tmp_path, mode)
    before = play(agent, 0, 1, 2)
    assert before.fault is None
    assert before.intents == (Ping(),)
    assert set(trouble.count("start")) == {"a", "c", "d", "steady", "leaving", "y", "z"}
    trouble.breaks[site] = how
    seen = len(trouble.log)
    if how == "KeyboardInterrupt":
        with pytest.raises(KeyboardInterrupt):
            play(agent, FAULTY)
    else:
        tick = play(agent, FAULTY)
        fault = tick.fault
        assert fault is not None
        assert (fault.site, fault.where) == (SITES[site][0], SITES[site][1].replace("MODE", mode))
        wrong = "ValueError" if site == "sense" else "TypeError"
        assert fault.exception == (wrong if how == "wrong" else how)
        assert fault.message == "broken" or how in ("RecursionError", "wrong")
        assert fault.message
        assert fault.exception in fault.traceback
        assert tick.asks == ()
        assert tick.intents == ()
        assert tick.signals == ()
        assert tick.mode == mode
    assert active(agent) == []
    all_were_halted_once(trouble)
    ticked = {who for did, who in trouble.log[seen:] if did == "tick"}
    if site in BEFORE_TREES:
        assert ticked == set()
    else:
        assert "a" in ticked
        assert ("z" in ticked) == (site == "constraint")
    # What was written before it broke stands.
    assert agent.blackboard.values["mark"] == FAULTY
    assert agent.blackboard.values["steps"] == 1
    trouble.breaks.clear()
    held = mode if how == "KeyboardInterrupt" else STATES[mode][1]
    assert agent.mode == held
    after = play(agent, FAULTY + 1)
    assert after.mode == held
    assert after.fault is None
    assert after.intents == (Ping(),)
    assert trouble.count("start")["a"] == 2


@pytest.mark.parametrize("mode", STATES)
@pytest.mark.parametrize("how", ["ValueError", "Broken", "RecursionError"])
@pytest.mark.parametrize("site", SITES)
def test_a_halt_that_breaks_after_a_fault_spares_nobody_the_halting(
    tmp_path: Path, trouble: Trouble, site: str, how: str, mode: str
) -> None:
    agent = robot(tmp_path, mode)
    play(agent, 0, 1, 2)
    trouble.breaks |= {site: "ValueError", "halt of a": how, "halt of d": how, "halt of steady": how}
    tick = play(agent, FAULTY)
    assert tick.fault is not None
    assert tick.fault.where == SITES[site][1].replace("MODE", mode)  # the first that broke is the one that is told
    assert active(agent) == []
    all_were_halted_once(trouble)


def test_what_runs_under_a_node_that_is_not_entered_yet_is_halted_too(tmp_path: Path, trouble: Trouble) -> None:
    agent = robot(tmp_path, "alone")
    trouble.breaks["tick of steady"] = "ValueError"
    play(agent, 0)  # the parallel has no status yet when its fourth child breaks
    assert active(agent) == []
    assert trouble.count("halt") == {"a": 1, "c": 1}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_while_a_fault_halts_passes_through_after_halting(
    tmp_path: Path, trouble: Trouble, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BREAKS, "interrupt", lambda: _raise(error()))
    agent = robot(tmp_path, "alone")
    play(agent, 0, 1, 2)
    trouble.breaks |= {"tick of steady": "ValueError", "halt of a": "ValueError", "halt of c": "interrupt"}
    with pytest.raises(error):
        play(agent, FAULTY)
    assert active(agent) == []
    all_were_halted_once(trouble)
    trouble.breaks.clear()
    assert play(agent, FAULTY + 1).fault is None


def test_a_traceback_shows_the_lines_of_its_own_tree(tmp_path: Path, trouble: Trouble) -> None:
    agent = robot(tmp_path, "alone")
    (tmp_path / "other").mkdir()
    # Another tree of that name, and other lines.
    robot(tmp_path / "other", "alone", middle="{selector: [fail, {hold: {who: a}}]}")
    trouble.breaks["tick of steady"] = "ValueError"
    fault = play(agent, 0).fault
    assert fault is not None
    number, shown = re.findall(r'"<plan of middle>", line (\d+), in tick\n +(.*)\n', fault.traceback)[0]
    assert shown == agent.plans[1].source.splitlines()[int(number) - 1].strip()


def leaver(folder: Path) -> Agent:
    """An agent that leaves its mode, with all its trees but one, in the faulty tick."""
    text = """\
agent: robot
senses: [mark]
modes:
  initial: here
  states:
    here: {trees: [one, both, two], edges: [{to: there, when: go}]}
    there: {trees: [both], on_fault: here, edges: [{to: here, when: mark > 5}]}
"""
    registry = registry_of(Trap, Ping, mark, probe, hold, worker)
    trees = {name: f"{{worker: {{who: {name}}}}}" for name in ("one", "two", "both")}
    return Agent(agent_spec(folder, registry, text, **trees))


@pytest.mark.parametrize("how", ["ValueError", "Broken", "RecursionError", "wrong"])
def test_a_halt_that_breaks_when_its_mode_is_left_is_a_fault(tmp_path: Path, trouble: Trouble, how: str) -> None:
    agent = leaver(tmp_path)
    play(agent, 0, 1, 2)
    trouble.breaks["halt of one"] = how
    tick = play(agent, FAULTY)
    assert tick.fault is not None
    assert (tick.fault.site, tick.fault.where) == ("halt", "one")
    assert (tick.left, tick.mode, agent.mode) == ("here", "there", "here")
    assert trouble.count("halt") == {"one": 1, "two": 1, "both": 1}


def test_an_interrupt_in_a_later_halt_of_a_left_mode_wins_over_an_earlier_fault(
    tmp_path: Path, trouble: Trouble
) -> None:
    agent = leaver(tmp_path)
    play(agent, 0, 1, 2)
    trouble.breaks |= {"halt of one": "ValueError", "halt of two": "KeyboardInterrupt"}
    with pytest.raises(KeyboardInterrupt):
        play(agent, FAULTY)
    assert trouble.count("halt") == {"one": 1, "two": 1, "both": 1}
    trouble.breaks.clear()
    assert play(agent, FAULTY + 1).mode == "there"


def test_an_exception_that_cannot_be_told_is_a_fault_all_the_same(tmp_path: Path, trouble: Trouble) -> None:
    agent = robot(tmp_path, "alone")
    trouble.breaks["tick of steady"] = "unspeakable"
    fault = play(agent, 0).fault
    assert fault is not None
    assert fault.exception == "Unspeakable"


@record
class Flag:
    up: bool = False

    def __getattribute__(self, name: str) -> Any:
        return WRONG if name == "up" and TROUBLE.breaks else object.__getattribute__(self, name)


@sense
def flag(ctx: Context) -> Flag:
    return Flag()


def test_junk_in_a_field_is_never_taken_for_true(tmp_path: Path, trouble: Trouble) -> None:
    text = "agent: robot\nsenses: [flag]\nmodes: {initial: on, states: {on: {final: true, trees: [one]}}}\n"
    one = "tree: one\nuses: {flag: Flag}\nroot: {check: flag.up}\n"
    agent = Agent(agent_spec(tmp_path, registry_of(Flag, flag), text, one=one))
    play(agent, 0)
    agent._machinery.perceive = lambda *given: None
    trouble.breaks["any"] = "any"
    assert play(agent, 1).statuses == {"one": (Status.FAILURE,)}


def breaking(trouble: Trouble, agent: Agent, number: int) -> Tick:
    trouble.breaks["sense"] = "ValueError"
    tick = play(agent, number)
    trouble.breaks.clear()
    assert tick.fault is not None
    return tick


def test_the_third_fault_within_ten_seconds_is_the_last(tmp_path: Path, trouble: Trouble) -> None:
    agent = robot(tmp_path, "alone")
    for number in (0, 50):
        breaking(trouble, agent, number)
        assert agent.mode == "alone"
    assert play(agent, 51).intents == (Ping(),)
    breaking(trouble, agent, 99)
    assert agent.mode == "faulted"
    assert active(agent) == []
    seen = len(trouble.log)
    for number in (100, 101, 5000):
        tick = play(agent, number)
        assert (tick.mode, tick.statuses, tick.asks, tick.fault) == ("faulted", {}, (), None)
    assert len(trouble.log) == seen
    assert agent.blackboard.values["mark"] == 99  # not even the senses are asked


def test_a_third_fault_after_ten_seconds_is_not_the_last(tmp_path: Path, trouble: Trouble) -> None:
    agent = robot(tmp_path, "alone")
    for number in (0, 50, 100, 149.0):
        breaking(trouble, agent, int(number))
        assert agent.mode == ("faulted" if number == 149 else "alone")


@pytest.mark.parametrize(("mode", "refuge"), [("guarded", "refuge"), ("house.room", "house.cellar")])
def test_a_fault_in_a_mode_that_a_fault_led_to_is_the_last(
    tmp_path: Path, trouble: Trouble, mode: str, refuge: str
) -> None:
    agent = robot(tmp_path, mode)
    breaking(trouble, agent, 0)
    assert agent.mode == refuge
    assert play(agent, 1, 2000).mode == refuge
    tick = breaking(trouble, agent, 2001)
    assert tick.mode == refuge
    assert agent.mode == "faulted"
    assert play(agent, 2002).intents == ()


def test_a_refuge_that_an_edge_led_to_is_a_mode_like_others(tmp_path: Path, trouble: Trouble) -> None:
    text = """\
agent: robot
senses: [mark, probe]
modes:
  initial: here
  states:
    here: {on_fault: there, edges: [{to: there, when: mark == 5}]}
    there: {edges: [{to: here, when: mark == 3}]}
"""
    agent = Agent(agent_spec(tmp_path, registry_of(Trap, mark, probe), text))
    breaking(trouble, agent, 0)
    assert play(agent, 3).mode == "here"
    assert play(agent, 5).mode == "there"
    breaking(trouble, agent, 6)
    assert agent.mode == "there"


def test_the_count_of_faults_survives_a_snapshot(tmp_path: Path, trouble: Trouble) -> None:
    agent = robot(tmp_path, "guarded")
    breaking(trouble, agent, 0)
    again = Agent.restore(agent.spec, agent.snapshot())
    breaking(trouble, again, 1)
    assert again.mode == "faulted"
    final = Agent.restore(again.spec, again.snapshot())
    assert play(final, 2).mode == "faulted"


def test_after_no_tick_a_node_runs_that_was_not_ticked(tmp_path: Path, trouble: Trouble) -> None:
    agent = robot(tmp_path, "house.room")
    for number in range(12):
        trouble.breaks = {"tick of steady": "ValueError"} if number == 7 else {}
        trouble.log.clear()
        play(agent, number)
        ticked = {who for did, who in trouble.log if did == "tick"}
        leaves = {name for name in running(agent) if name.rpartition("/")[2] in ("entering", "steady", "leaving")}
        assert {name.rpartition("/")[2] for name in leaves} <= ticked
        assert (running(agent) == []) == (number == 7)


class Stranger(Behaviour):
    def update(self) -> Status:
        TROUBLE.strike("stranger")
        return RUNNING

    def terminate(self, new_status: Status) -> None:
        TROUBLE.log.append(("terminate", new_status.name))


@behaviour
def stranger() -> Behaviour:
    return Stranger("stranger")


def test_a_foreign_leaf_that_raises_is_told_by_its_path_and_stopped_with_the_rest(tmp_path: Path) -> None:
    text = "agent: robot\nmodes: {initial: on, states: {on: {final: true, trees: [one]}}}\n"
    one = "{sequence: [succeed, {parallel: [{stranger: , name: quiet}, stranger]}]}"
    agent = Agent(agent_spec(tmp_path, registry_of(stranger), text, one=one))
    play(agent, 0)
    TROUBLE.breaks["stranger"] = "ValueError"
    tick = play(agent, 1)
    assert tick.fault is not None
    assert (tick.fault.site, tick.fault.where) == ("skill", "one/parallel/quiet")
    assert TROUBLE.log == [("terminate", "INVALID")] * 2
    assert SUCCESS not in agent._states[0].status


def test_a_behaviour_that_is_none_is_told_when_the_agent_is_made(tmp_path: Path) -> None:
    @behaviour
    def nothing() -> Behaviour:
        return None  # type: ignore[return-value]

    text = "agent: robot\nmodes: {initial: on, states: {on: {final: true, trees: [one]}}}\n"
    with pytest.raises(UsageError, match="behaviour nothing made None"):
        Agent(agent_spec(tmp_path, registry_of(nothing), text, one="nothing"))


@skill
class forgetful:
    """Writes what is none of its fields' values; `where` says in which method, and whether tick raises then."""

    count: Keep[int] = 0
    seen: Keep[list[int]] = ()  # type: ignore[assignment]  # stored as a tuple

    def write(self, ctx: Context, here: bool) -> None:
        if here and ctx.tick == FAULTY:
            self.count = "text"  # type: ignore[assignment]

    def start(self, ctx: Context, where: str) -> None:
        self.seen = [*self.seen, ctx.tick]

    def tick(self, ctx: Context, where: str) -> Status:
        self.write(ctx, where in ("tick", "raises"))
        if where == "stray" and ctx.tick == FAULTY:
            self.more = object()
        if where == "raises" and ctx.tick == FAULTY:
            raise KeyError("first")
        return RUNNING

    def halt(self, ctx: Context) -> None:
        self.write(ctx, self.count == 0)


FORGETFUL = """\
tree: only
uses: {go: bool}
root:
  selector:
    - forgetful: {where: WHERE}
      while: not go or 'WHERE' != 'halt'
    - running
"""


@pytest.mark.parametrize(
    ("where", "site", "exception", "message"),
    [
        ("tick", "skill", "ValueError", "skill forgetful, field count: expected int, not 'text'"),
        ("stray", "skill", "ValueError", "skill forgetful remembers 'more', which is none of its fields: declare it"),
        ("raises", "skill", "KeyError", "'first'"),
        ("halt", "halt", "ValueError", "skill forgetful, field count: expected int, not 'text'"),
    ],
)
def test_a_field_that_is_not_plain_data_is_a_fault_in_its_own_tick_and_gone_after_it(
    tmp_path: Path, where: str, site: str, exception: str, message: str
) -> None:
    registry = registry_of(Trap, mark, forgetful)
    text = """\
agent: robot
blackboard: {trap: Trap, go: bool}
senses: [mark]
modes: {initial: on, states: {on: {final: true, trees: [only]}}}
"""
    spec = agent_spec(tmp_path, registry, text, only=FORGETFUL.replace("WHERE", where))
    agent = Agent(spec)
    assert play(agent, 0, 1, 2).fault is None
    fault = play(agent, FAULTY).fault
    assert fault is not None
    assert (fault.site, fault.exception, fault.message) == (site, exception, message)
    assert fault.where == "only/forgetful"
    # It can be saved, and lists are what they are after a save.
    assert Agent.restore(spec, agent.snapshot()).snapshot() == agent.snapshot()
    assert agent._states[0].memory[agent.plans[0].slot_of[agent.plans[0].ids.index(fault.where)]].seen == (0,)
    assert play(agent, FAULTY + 1).fault is None
