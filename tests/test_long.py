"""Skills that take many ticks in one function: generators, coroutines, and blocking calls in threads."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from lab import Stage, agent_spec, registry_of, tree_spec

from t800.agent import Agent
from t800.context import Context
from t800.core import FAILURE, INVALID, RUNNING, SUCCESS, Intent, Observation, Status
from t800.crew import CREW
from t800.errors import RegistrationError, UsageError
from t800.expressions import ExpressionError
from t800.long import WorkerContext
from t800.registry import skill
from t800.types import Out, record

USES = "uses: {flag: bool, other: bool, x: float, n: int}\n"


@record
class Say(Intent):
    channel: ClassVar[str] = "voice"
    words: str = ""


def stage(folder: Path, body: Any, node: str = "body", **services: Any) -> Stage:
    """A tree over one skill that stands in it as `body`, with a log to write to."""
    registry = registry_of(Say, skill(name="body")(body) if not hasattr(body, "__t800__") else body)
    text = f"tree: robot\n{USES}root:\n" + "".join(f"  {line}\n" for line in node.splitlines())
    return Stage(tree_spec(folder, registry, text), registry, {"log": [], **services})


def log(of: Stage) -> list[Any]:
    found: list[Any] = of.ctx.services["log"]
    return found


def steps(ctx: Context, lasts: int = 3) -> Generator[None, None, Status]:
    """Logs its ticks, and how it was left."""
    try:
        for step in range(lasts):
            ctx.services["log"].append(step)
            yield
        return SUCCESS
    finally:
        ctx.services["log"].append("closed")


async def walk(ctx: Context, at: float = 0.0) -> Status:
    """Logs its ticks, and how it was left."""
    try:
        for step in range(3):
            ctx.services["log"].append((step, at))
            await ctx.next_tick()
        return SUCCESS
    finally:
        ctx.services["log"].append("closed")


def test_a_generator_goes_on_where_it_was_once_a_tick_and_ends_with_what_it_returns(tmp_path: Path) -> None:
    on = stage(tmp_path, steps)
    assert [on.tick() for _ in range(4)] == [RUNNING, RUNNING, RUNNING, SUCCESS]
    assert log(on) == [0, 1, 2, "closed"]
    log(on).clear()
    assert on.tick() == RUNNING
    assert log(on) == [0]  # entered afresh


def test_a_coroutine_does_too(tmp_path: Path) -> None:
    on = stage(tmp_path, walk)
    assert [on.tick() for _ in range(4)] == [RUNNING, RUNNING, RUNNING, SUCCESS]
    assert log(on) == [(0, 0.0), (1, 0.0), (2, 0.0), "closed"]


def test_nothing_returned_is_success(tmp_path: Path) -> None:
    def short(ctx: Context) -> Generator[None]:
        yield

    async def shorter(ctx: Context) -> None:
        pass

    first, second = stage(tmp_path, short), stage(tmp_path, shorter)
    assert [first.tick(), first.tick()] == [RUNNING, SUCCESS]
    assert second.tick() == SUCCESS


def test_a_status_that_is_yielded_ends_it_and_closes_it(tmp_path: Path) -> None:
    def body(ctx: Context) -> Generator[Status]:
        try:
            yield RUNNING
            yield FAILURE
            ctx.services["log"].append("went on")
        finally:
            ctx.services["log"].append("closed")

    on = stage(tmp_path, body)
    assert [on.tick(), on.tick()] == [RUNNING, FAILURE]
    assert log(on) == ["closed"]
    assert on.state.copy() is not None


@pytest.mark.parametrize("function", [steps, walk])
def test_a_halt_closes_it_where_it_stands_once(tmp_path: Path, function: Any) -> None:
    on = stage(tmp_path, function)
    on.tick()
    on.halt()
    assert log(on)[1:] == ["closed"]
    on.halt()
    assert log(on)[1:] == ["closed"]
    assert on.state.status == [INVALID]


def test_a_guard_that_no_longer_holds_closes_it(tmp_path: Path) -> None:
    on = stage(tmp_path, steps, "body:\nwhile: flag\n")
    on.board.write("flag", True, 0)
    assert on.tick() == RUNNING
    on.board.write("flag", False, 1)
    assert on.tick() == FAILURE
    assert log(on) == [0, "closed"]


def test_one_that_is_cleaning_up_can_ask_for_nothing(tmp_path: Path) -> None:
    def body(ctx: Context) -> Generator[Status]:
        try:
            yield ctx.intend(Say("hello"))
        finally:
            ctx.intend(Say("bye"))

    on = stage(tmp_path, body)
    on.tick()
    assert [ask[2] for ask in on.ctx.asks] == [Say("hello")]
    with pytest.raises(RuntimeError, match="nothing can be asked for here"):
        on.halt()
    assert len(on.ctx.asks) == 1


def test_one_that_waits_while_it_is_closed_is_told_so(tmp_path: Path) -> None:
    async def body(ctx: Context) -> None:
        try:
            await ctx.next_tick()
        finally:
            await ctx.sleep(1.0)

    on = stage(tmp_path, body)
    on.tick()
    with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
        on.halt()
    assert on.state.status == [INVALID]


def test_what_it_raises_is_raised_by_the_tick_and_it_is_over(tmp_path: Path) -> None:
    async def body(ctx: Context) -> None:
        ctx.services["log"].append("began")
        await ctx.next_tick()
        raise OSError("the arm is stuck")

    on = stage(tmp_path, body)
    assert on.tick() == RUNNING
    with pytest.raises(OSError, match="the arm is stuck"):
        on.tick()
    on.halt()
    assert on.tick() == RUNNING
    assert log(on) == ["began", "began"]


@pytest.mark.parametrize("answer", [RUNNING, INVALID, True, "done"])
def test_it_ends_with_success_or_failure(tmp_path: Path, answer: Any) -> None:
    async def body(ctx: Context) -> Any:
        return answer

    on = stage(tmp_path, body)
    with pytest.raises(TypeError, match="ends with SUCCESS, FAILURE or nothing"):
        on.tick()


def test_it_yields_nothing_or_a_status(tmp_path: Path) -> None:
    def body(ctx: Context) -> Generator[Any]:
        try:
            yield 0.5
        finally:
            ctx.services["log"].append("closed")

    on = stage(tmp_path, body)
    with pytest.raises(TypeError, match=r"yields nothing or a Status, not 0.5; await ctx.sleep"):
        on.tick()
    assert log(on) == ["closed"]


def test_its_ports_are_those_of_the_tick_in_which_it_began(tmp_path: Path) -> None:
    on = stage(tmp_path, walk, "body: {at: $x}")
    assert on.tick() == FAILURE
    assert on.say("robot") == "unknown: x"
    for x in (1.0, 2.0):
        on.board.write("x", x, on.ctx.tick)
        assert on.tick() == RUNNING
    assert log(on) == [(0, 1.0), (1, 1.0)]
    on.board.write("x", None, on.ctx.tick)
    assert on.tick() == FAILURE  # what is not known is not acted on
    assert log(on)[2:] == ["closed"]


def test_it_writes_out_ports_and_says_how_far_it_is(tmp_path: Path) -> None:
    async def body(ctx: Context, left: Out[int]) -> None:
        for n in (2, 1, 0):
            ctx.out(left=n)
            ctx.progress(1.0 - n / 2)
            await ctx.next_tick()

    on = stage(tmp_path, body, "sequence: [{body: {left: $n}}]")
    seen = []
    while on.tick() == RUNNING:
        seen.append((on.board.values["n"], on.say("robot/body")))
    assert seen == [(2, "0 %"), (1, "50 %"), (0, "100 %")]


def test_sleep_counts_from_the_tick_it_is_called_in(tmp_path: Path) -> None:
    async def body(ctx: Context) -> None:
        await ctx.sleep(0.0)
        ctx.services["log"].append(ctx.tick)
        await ctx.sleep(0.25)
        ctx.services["log"].append(ctx.tick)
        await ctx.sleep(0.1)
        ctx.services["log"].append(ctx.tick)

    on = stage(tmp_path, body)
    on.ctx.tick = 7
    assert [on.tick() for _ in range(4)] == [RUNNING] * 4
    on.ctx.tick = 50  # numbers that jump are time that passes
    assert on.tick() == SUCCESS
    assert log(on) == [7, 10, 50]


def test_until_ends_with_the_tick_in_which_it_is_known_to_hold(tmp_path: Path) -> None:
    async def body(ctx: Context) -> Status:
        return SUCCESS if await ctx.until("x > 1.0 and flag") else FAILURE

    on = stage(tmp_path, body)
    assert on.tick() == RUNNING  # unknown
    on.board.write("flag", True, 1)
    on.board.write("x", 0.5, 1)
    assert on.tick() == RUNNING
    on.board.write("x", 1.5, 2)
    assert on.tick() == SUCCESS
    assert on.tick() == SUCCESS  # it holds already


@pytest.mark.parametrize(("holds_at", "ends_at", "status"), [(0, 0, SUCCESS), (2, 2, SUCCESS), (9, 2, FAILURE)])
def test_until_gives_up_after_its_time_and_what_holds_then_counts(
    tmp_path: Path, holds_at: int, ends_at: int, status: Status
) -> None:
    async def body(ctx: Context) -> Status:
        return SUCCESS if await ctx.until(lambda: ctx.tick >= holds_at, at_most=0.2) else FAILURE

    on = stage(tmp_path, body)
    assert [on.tick() for _ in range(ends_at + 1)] == [RUNNING] * ends_at + [status]


def test_until_reads_ages_and_refuses_what_is_no_expression(tmp_path: Path) -> None:
    async def body(ctx: Context, wanted: str = "age(x) > 0.1") -> Status:
        return SUCCESS if await ctx.until(wanted) else FAILURE

    on = stage(tmp_path, body)
    on.board.write("x", 1.0, 0)
    assert [on.tick() for _ in range(3)] == [RUNNING, RUNNING, SUCCESS]
    for wrong in ("speed > 1.0", "x", "x >"):
        with pytest.raises(ExpressionError):
            stage(tmp_path, body, f"body: {{wanted: '{wrong}'}}").tick()


def test_two_places_of_one_skill_do_not_meet(tmp_path: Path) -> None:
    on = stage(tmp_path, steps, "parallel: [{body: {lasts: 1}}, {body: {lasts: 3}}]")
    assert [on.tick() for _ in range(4)] == [RUNNING, RUNNING, RUNNING, SUCCESS]
    assert log(on) == [0, 0, "closed", 1, 2, "closed"]


@pytest.mark.parametrize("function", [steps, walk])
def test_a_state_in_which_one_is_live_is_neither_copied_nor_saved_nor_loaded(tmp_path: Path, function: Any) -> None:
    on = stage(tmp_path, function)
    fresh = on.state.save()
    on.tick()
    for refused in (on.state.copy, on.state.save, lambda: on.state.load(fresh)):
        with pytest.raises(UsageError, match="while body is under way"):
            refused()
    while on.tick() is RUNNING:
        pass
    over = on.state.save()
    other = on.plan.state()
    other.load(over)
    assert other == on.state
    assert on.state.copy() == on.state
    on.halt()
    assert on.state.save() == fresh


AGENT = """
agent: robot
blackboard: {flag: {type: bool, value: true}}
modes:
  initial: on
  states:
    on: {final: true, trees: [robot]}
"""


def agent(folder: Path, body: Any, tree: str = "body", **services: Any) -> Agent:
    spec = agent_spec(folder, registry_of(Say, skill(name="body")(body)), AGENT, robot=tree)
    return Agent(spec, services={"log": [], **services})


def test_what_it_raises_is_a_fault_of_its_node_and_the_agent_goes_on_afresh(tmp_path: Path) -> None:
    async def body(ctx: Context) -> None:
        await ctx.next_tick()
        raise OSError("the arm is stuck")

    robot = agent(tmp_path, body)
    assert robot.tick(Observation(0)).fault is None
    with pytest.raises(UsageError, match="under way"):
        robot.snapshot()
    fault = robot.tick(Observation(1)).fault
    assert fault is not None
    assert (fault.site, fault.where, fault.message) == ("skill", "robot", "the arm is stuck")
    robot.snapshot()
    assert robot.tick(Observation(2)).statuses == {"robot": (RUNNING,)}


def test_what_it_raises_while_it_is_closed_is_a_fault_of_its_halt(tmp_path: Path) -> None:
    def body(ctx: Context) -> Generator[None]:
        try:
            while True:
                yield
        finally:
            raise OSError("the gripper does not open")

    robot = agent(tmp_path, body, "{timeout: body, seconds: 0.1}")
    assert robot.tick(Observation(0)).fault is None
    fault = robot.tick(Observation(1)).fault
    assert fault is not None
    assert (fault.site, fault.where, fault.exception) == ("halt", "robot/body", "OSError")


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_of_the_program_passes_when_all_is_closed(tmp_path: Path, kind: type[BaseException]) -> None:
    async def body(ctx: Context, breaks: bool = False) -> None:
        try:
            await ctx.next_tick()
            if breaks:
                raise kind
            await ctx.next_tick()
        finally:
            ctx.services["log"].append("closed")

    closed: list[str] = []
    robot = agent(tmp_path, body, "{parallel: [body, {body: {breaks: true}}]}", log=closed)
    robot.tick(Observation(0))
    with pytest.raises(kind):
        robot.tick(Observation(1))
    assert closed == ["closed", "closed"]
    assert robot.snapshot() is not None


class Gate:
    """Lets a worker's function end when it is told to."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.seen: list[Any] = []
        self.answer: Any = SUCCESS

    def open(self, answer: Any = SUCCESS) -> None:
        """Let it end, and wait until it has."""
        self.answer = answer
        self.go.set()
        assert CREW.quiet(timeout=30)
        self.go.clear()


def fetch(ctx: WorkerContext, at: float = 0.0) -> Status | None:
    """Blocks until the gate opens."""
    gate: Gate = ctx.services["gate"]
    gate.seen.append((at, ctx.obs.tick, ctx.cancelled, threading.current_thread()))
    gate.begun.set()
    assert gate.go.wait(timeout=30)
    if isinstance(gate.answer, BaseException):
        raise gate.answer
    answer: Status | None = gate.answer
    return answer


@pytest.fixture
def gate() -> Any:
    gate = Gate()
    yield gate
    gate.open()


FETCH = skill(name="body", worker=True)(fetch)


def test_a_worker_runs_until_its_function_returns_and_no_tick_waits_for_it(tmp_path: Path, gate: Gate) -> None:
    on = stage(tmp_path, FETCH, "body: {at: $x}", gate=gate)
    on.board.write("x", 1.5, 0)
    on.ctx.obs = Observation(4)
    for _ in range(200):
        on.ctx.obs = Observation(4) if on.ctx.tick == 0 else Observation(99)
        on.board.write("x", 1.5 + on.ctx.tick, on.ctx.tick)
        assert on.tick() == RUNNING
    gate.open(FAILURE)
    assert on.tick() == FAILURE
    [(at, tick, cancelled, thread)] = gate.seen
    assert (at, tick) == (1.5, 4)
    assert thread is not threading.current_thread()
    assert thread.daemon  # a call that hangs for ever does not keep the program from ending
    assert not cancelled.is_set()


def test_a_worker_that_returns_nothing_has_succeeded_and_begins_anew(tmp_path: Path, gate: Gate) -> None:
    on = stage(tmp_path, FETCH, gate=gate)
    on.tick()
    gate.open(None)
    assert on.tick() == SUCCESS
    assert on.tick() == RUNNING
    gate.open(None)
    assert on.tick() == SUCCESS
    assert len(gate.seen) == 2


def test_what_a_worker_raises_is_raised_by_the_tick_that_learns_of_it(tmp_path: Path, gate: Gate) -> None:
    on = stage(tmp_path, FETCH, gate=gate)
    on.tick()
    gate.open(OSError("no answer"))
    with pytest.raises(OSError, match="no answer"):
        on.tick()
    on.halt()
    assert on.state.copy() == on.plan.state()


@pytest.mark.parametrize("answer", [RUNNING, INVALID, 3])
def test_a_worker_ends_with_success_or_failure(tmp_path: Path, gate: Gate, answer: Any) -> None:
    on = stage(tmp_path, FETCH, gate=gate)
    on.tick()
    gate.open(answer)
    with pytest.raises(TypeError, match="ends with SUCCESS, FAILURE or nothing"):
        on.tick()


def test_a_worker_that_is_left_is_told_so_and_its_answer_is_not_awaited(tmp_path: Path, gate: Gate) -> None:
    on = stage(tmp_path, FETCH, "body:\nwhile: flag\n", gate=gate)
    on.board.write("flag", True, 0)
    on.tick()
    with pytest.raises(UsageError, match="while body is under way"):
        on.state.copy()
    assert gate.begun.wait(timeout=30)
    gate.begun.clear()
    on.board.write("flag", False, 1)
    assert on.tick() == FAILURE
    assert gate.seen[0][2].is_set()
    assert on.state.copy() is not None
    on.board.write("flag", True, 2)
    assert on.tick() == RUNNING  # another thread: the first still hangs
    assert gate.begun.wait(timeout=30)
    assert not gate.seen[1][2].is_set()
    gate.open(FAILURE)
    assert on.tick() == FAILURE


def test_a_worker_says_that_a_run_cannot_be_replayed() -> None:
    assert FETCH.__t800__.worker
    assert not skill(name="body")(walk).__t800__.worker


async def neither(ctx: Context) -> AsyncGenerator[None]:
    yield


async def no_ctx() -> None:
    pass


class Waits:
    async def tick(self, ctx: Context) -> Status:
        return SUCCESS


class Yields:
    def tick(self, ctx: Context) -> Status:
        return SUCCESS

    def halt(self, ctx: Context) -> Generator[None]:
        yield


class Quick:
    def tick(self, ctx: Context) -> Status:
        return SUCCESS


@pytest.mark.parametrize(
    ("target", "options", "why"),
    [
        (neither, {}, "awaits and does not yield"),
        (no_ctx, {}, "a skill that takes many ticks needs ctx"),
        (walk, {"one_shot": True}, "a one-shot ends without a call"),
        (steps, {"one_shot": True}, "a one-shot ends without a call"),
        (fetch, {"worker": True, "one_shot": True}, "a one-shot ends without a call"),
        (walk, {"worker": True}, "a worker is a plain function"),
        (steps, {"worker": True}, "a worker is a plain function"),
        (Quick, {"worker": True}, "a worker is a plain function"),
        (Waits, {}, "tick cannot wait"),
        (Yields, {}, "halt cannot wait"),
    ],
)
def test_what_cannot_take_many_ticks_is_refused_where_it_is_registered(
    target: Any, options: dict[str, Any], why: str
) -> None:
    with pytest.raises(RegistrationError, match=why):
        skill(name="body", **options)(target)


def test_ports_of_long_skills_are_checked_like_those_of_others() -> None:
    async def untyped(ctx: Context, x) -> None:  # type: ignore[no-untyped-def]
        pass

    async def odd(ctx: Context, x: dict[str, int]) -> None:
        pass

    for wrong in (untyped, odd):
        with pytest.raises(RegistrationError):
            skill(wrong)
