"""Skills that take many ticks in one function: generators, `async def`, and blocking calls in a thread.

    @skill
    async def knock_and_wait(ctx: Context, patience: float = 5.0) -> Status:
        ctx.feedback("knocking")
        await ctx.sleep(0.5)
        return SUCCESS if await ctx.until("door_open", at_most=patience) else FAILURE

Time in them is tick time (R1). Each becomes a class skill with `start`, `tick` and `halt`; when it is
left, the function is closed where it stands, so its `finally` blocks run. What lives in a function's
frame cannot be saved: while one is live, its State can neither be copied nor saved.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.crew import CREW

__all__ = ["Long", "Worker", "WorkerContext", "is_long", "long_class", "worker_class"]


def is_long(function: Any) -> bool:
    """Whether something is a generator or a coroutine function, or both, which cannot be a skill."""
    kinds = (inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    return any(kind(function) for kind in kinds)


def _end(answer: Any) -> Status:
    """The status that a function ended with. It cannot end with RUNNING: nothing is left that could go on."""
    if answer is None:
        return SUCCESS
    if answer is not SUCCESS and answer is not FAILURE:
        raise TypeError(f"a skill that takes many ticks ends with SUCCESS, FAILURE or nothing, not {answer!r:.60}")
    status: Status = answer
    return status


class Long:
    """A generator or coroutine as a class skill. `live` says that one is under way."""

    __slots__ = ("_run",)
    function: ClassVar[Callable[..., Any]]

    def __init__(self) -> None:
        self._run: Any = None

    @property
    def live(self) -> bool:
        return self._run is not None

    def start(self, ctx: Any, *ports: Any) -> None:
        self._run = type(self).function(ctx, *ports)

    def tick(self, ctx: Any, *ports: Any) -> Status:  # it was given them when it began
        try:
            answer = self._run.send(None)
        except StopIteration as end:
            self._run = None
            return _end(end.value)
        except BaseException:
            self._run = None
            raise
        if answer is None or answer is RUNNING:
            return RUNNING
        self.halt(ctx)
        if answer is not SUCCESS and answer is not FAILURE:
            raise TypeError(f"a skill yields nothing or a Status, not {answer!r:.60}; await ctx.sleep or ctx.until")
        status: Status = answer
        return status

    def halt(self, ctx: Any) -> None:  # a class skill's halt is given ctx
        run, self._run = self._run, None
        if run is not None:
            run.close()


def long_class(function: Callable[..., Any]) -> type[Long]:
    """The class skill of a generator or coroutine function."""
    return type(function.__name__, (Long,), _members(function))


def _members(function: Callable[..., Any]) -> dict[str, Any]:
    return {"__slots__": (), "function": staticmethod(function), "__doc__": function.__doc__}


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What a worker's function sees, in its own thread: the services, the observation of the tick in
    which it began, and `cancelled`, an event that is set when nobody waits for it any more."""

    services: Mapping[str, Any]
    obs: Any
    cancelled: threading.Event


class Worker:
    """A blocking function in a thread that it has for itself, as a class skill: RUNNING until it returns."""

    __slots__ = ("_box", "_cancelled")
    function: ClassVar[Callable[..., Any]]

    def __init__(self) -> None:
        self._box: list[Any] | None = None
        self._cancelled = threading.Event()

    @property
    def live(self) -> bool:
        return self._box is not None

    def start(self, ctx: Any, *ports: Any) -> None:
        box: list[Any] = []
        self._box, self._cancelled = box, threading.Event()
        seen = WorkerContext(ctx.services, ctx.obs, self._cancelled)

        def work(problem: BaseException | None) -> None:
            try:
                if problem is not None:
                    raise problem
                box.append((type(self).function(seen, *ports), None))
            except BaseException as error:  # noqa: BLE001  # it is raised in the tick that learns of it
                box.append((None, error))

        CREW.give(type(self).__name__, work)

    def tick(self, ctx: Any, *ports: Any) -> Status:  # as above
        if not self._box:
            return RUNNING
        answer, error = self._box[0]
        self._box = None
        if error is not None:
            raise error
        return _end(answer)

    def halt(self, ctx: Any) -> None:  # as above
        self._cancelled.set()
        self._box = None


def worker_class(function: Callable[..., Any]) -> type[Worker]:
    """The class skill of a blocking function."""
    return type(function.__name__, (Worker,), _members(function))
