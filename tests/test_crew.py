"""Threads that wait for work."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from t800.crew import CREW, Crew


class Job:
    """Notes in which thread it was done, or why it was not; may be held up."""

    def __init__(self, held: bool = False) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        if not held:
            self.go.set()
        self.thread: threading.Thread | None = None
        self.name = ""
        self.problem: BaseException | None = None

    def __call__(self, problem: BaseException | None) -> None:
        self.problem = problem
        self.thread = threading.current_thread()
        self.name = self.thread.name
        self.begun.set()
        assert self.go.wait(30)


def done(crew: Crew, *jobs: Job) -> None:
    for number, job in enumerate(jobs):
        crew.give(f"job {number}", job)
        assert job.begun.wait(30)


def test_a_thread_that_is_done_takes_the_next_job() -> None:
    crew, jobs = Crew(), [Job(), Job(), Job()]
    for job in jobs:
        crew.give("grasp", job)
        assert crew.quiet(30)
    assert len({job.thread for job in jobs}) == 1
    assert {job.name for job in jobs} == {"grasp"}
    assert jobs[0].thread is not None
    assert jobs[0].thread.daemon
    assert jobs[0].thread.name == "idle worker"


def test_one_that_hangs_holds_up_no_other() -> None:
    crew, stuck, others = Crew(), Job(held=True), [Job(), Job()]
    done(crew, stuck, *others)
    assert not crew.quiet(0)
    assert all(other.thread is not stuck.thread for other in others)
    stuck.go.set()
    assert crew.quiet(30)


def test_whoever_gives_a_job_does_not_wait_for_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    starts, start = threading.Event(), threading.Thread.start

    def slow(thread: threading.Thread) -> None:
        assert starts.wait(30)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", slow)
    crew, job = Crew(), Job()
    crew.give("grasp", job)  # it would wait here
    assert job.thread is None
    starts.set()
    assert crew.quiet(30)
    assert job.thread is not None


def test_where_the_system_has_no_thread_left_the_job_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    crew, jobs = Crew(), [Job(), Job()]
    for job in jobs:
        crew.give("grasp", job)
    assert crew.quiet(30)
    assert [str(job.problem) for job in jobs] == ["can't start new thread"] * 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_begins_with_threads_of_its_own() -> None:
    CREW.give("before", Job())
    assert CREW.quiet(30)
    child = os.fork()
    if child == 0:
        job = Job()
        CREW.give("after", job)
        os._exit(0 if CREW.quiet(30) and job.name == "after" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
