"""Many runs of one scenario over seeds, in as many processes as wanted; their numbers do not depend on how many."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from t800.errors import T800Error, UsageError
from t800.loader.overrides import sets_seed
from t800.registry import Registry
from t800.simulation.brief import Brief, brief
from t800.simulation.jitter import jitter
from t800.simulation.opening import open_scenario
from t800.simulation.store import Store, fingerprint
from t800.simulation.wall import Stopwatch
from t800.simulation.workers import context, start_early
from t800.spec.scenario import ScenarioSpec

__all__ = ["Change", "Swept", "pool", "sweep"]

LARGEST_CHUNK = 8
"""Runs that a worker is handed at once, at most; fewer towards the end, so that no worker is left alone with many."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is otherwise than in the files: `--set` and `--without`, as on the command line."""

    overrides: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Swept:
    """The runs of a sweep by seed, for each of its changes, with the scenario as that change makes it.

    `reused` of them were in the store already. `interrupted` says that Ctrl-C came before all were done.
    `wall` is real seconds.
    """

    specs: tuple[ScenarioSpec, ...]
    runs: tuple[Mapping[int, Brief], ...]
    reused: int
    interrupted: bool
    wall: float


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What a worker is handed: all that it needs to find the scenario by itself."""

    scenario: str
    packs: tuple[str, ...]
    change: Change
    share: float | None
    seeds: tuple[int, ...]
    digests: tuple[tuple[str, str], ...]


def sweep(
    scenario: str | Path,
    seeds: Sequence[int],
    changes: Sequence[Change] = (Change(),),
    *,
    packs: Sequence[str] = (),
    share: float | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    store: Store | None = None,
    on_runs: Callable[[Sequence[Brief]], object] | None = None,
) -> Swept:
    """Run a scenario with every seed, once for each change.

        swept = sweep("corridor", range(1, 101), jobs=2)
        Tally(swept.specs[0], swept.runs[0]).passed.interval

    `share` changes every knob a little, another way for each seed (see `jitter`). `jobs` processes work on it, or
    any `executor`. Runs that are in `store` are taken from there, and new ones kept in it as they come. `on_runs`
    hears of each lot. After Ctrl-C what is done is returned. UsageError or ConfigError before anything runs.
    """
    clock = Stopwatch()
    if any(sets_seed(change.overrides) for change in changes):
        raise UsageError("each run of a sweep has its own seed: `seed` cannot be set")
    # Before anything runs, and before processes are started: what is wrong is said once.
    specs = [open_scenario(scenario, packs, change.overrides, change.without) for change in changes]
    if share is not None:
        jitter(specs[0], 0, share)
    path = str(Path(specs[0].path).resolve())
    packs = tuple(str(Path(pack).resolve()) if Path(pack).exists() else pack for pack in packs)
    meanings = [_meaning(spec, share) for spec in specs]
    keys = [fingerprint(meaning) for meaning in meanings]
    runs: list[dict[int, Brief]] = [store.found(key, seeds) if store else {} for key in keys]
    reused = sum(map(len, runs))
    if reused and on_runs is not None:
        on_runs([each for found in runs for each in found.values()])
    lots = []
    for place, change in enumerate(changes):
        rest = [seed for seed in dict.fromkeys(seeds) if seed not in runs[place]]
        digests = tuple(specs[place].digests.items())
        lots.append([(place, _Chunk(path, packs, change, share, part, digests)) for part in _parts(rest, jobs)])
    # Changes take turns: a sweep that is cut off has done about as much of each.
    chunks = [chunk for chunk in chain.from_iterable(zip_longest(*lots)) if chunk is not None]

    def keep(place: int, briefs: Sequence[Brief]) -> None:
        runs[place].update((each.seed, each) for each in briefs)
        if store is not None:
            store.add(keys[place], meanings[place], briefs)
        if on_runs is not None:
            on_runs(briefs)

    interrupted = _work(chunks, keep, executor, jobs)
    # By seed, not in the order in which workers were done.
    ordered = tuple({seed: found[seed] for seed in sorted(found)} for found in runs)
    return Swept(tuple(specs), ordered, reused, interrupted, clock.seconds())


def _parts(seeds: Sequence[int], jobs: int) -> Iterator[tuple[int, ...]]:
    """Seeds in chunks that shrink towards the end."""
    start = 0
    while start < len(seeds):
        size = max(1, min(LARGEST_CHUNK, (len(seeds) - start) // (4 * jobs)))
        yield tuple(seeds[start : start + size])
        start += size


def _work(
    chunks: Sequence[tuple[int, _Chunk]],
    keep: Callable[[int, Sequence[Brief]], None],
    executor: Executor | None,
    jobs: int,
) -> bool:
    """Have all chunks run, and give each to `keep` as it is done; whether Ctrl-C came before the last one."""
    if not chunks:
        return False
    if executor is not None:
        return _gather(chunks, keep, executor, lambda: None)
    if jobs == 1:
        return _alone(chunks, keep)
    # Read in every tick: an Event has a lock, and a worker that loses its core while it holds it stops all others.
    stop = context().RawValue("b", 0)

    def end() -> None:
        stop.value = 1

    start_early()
    with pool(min(jobs, len(chunks)), stop) as workers:
        try:
            return _gather(chunks, keep, workers, end)
        finally:
            # Whatever ends this, nobody waits for runs that nobody wants.
            end()


def _gather(
    chunks: Sequence[tuple[int, _Chunk]],
    keep: Callable[[int, Sequence[Brief]], None],
    executor: Executor,
    stop: Callable[[], object],
) -> bool:
    waiting: dict[Future[list[Brief]], int] = {}
    interrupted = False
    try:
        for place, chunk in chunks:
            waiting[executor.submit(_play, chunk)] = place
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                keep(waiting.pop(future), future.result())
    except KeyboardInterrupt:
        interrupted = True
        stop()
        # All that has not begun first, from the end: while one is waited for, no other must begin.
        begun = [(future, place) for future, place in reversed(waiting.items()) if not future.cancel()]
        for future, place in begun:
            keep(place, future.result())
    except BrokenExecutor:
        raise T800Error(
            "a worker process died in the middle of a run: it was killed, or there was no memory left (fewer --jobs "
            "take less, and with --out nothing is run twice); a script that sweeps needs `if __name__ == '__main__':`"
        ) from None
    return interrupted


def _alone(chunks: Sequence[tuple[int, _Chunk]], keep: Callable[[int, Sequence[Brief]], None]) -> bool:
    """In this process, seed by seed."""
    try:
        for place, chunk in chunks:
            for each in _plays(chunk):
                keep(place, [each])
    except KeyboardInterrupt:
        return True
    return False


def pool(jobs: int, stop: Any = None) -> ProcessPoolExecutor:
    """Processes that `sweep` can use; they end what they are at when the shared `stop.value` is not 0."""
    return ProcessPoolExecutor(jobs, mp_context=context(), initializer=_begin, initargs=(stop,))


class _Stopped(BaseException):
    """Nobody wants this run any more; agents take an Exception for a fault of their trees."""


_stop: Any = None


def _begin(stop: Any) -> None:
    """Make this process a worker. Ctrl-C reaches all processes of a terminal; only the first one decides."""
    global _stop  # noqa: PLW0603  # an initializer has no other way to leave something for the calls
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _play(chunk: _Chunk) -> list[Brief]:
    """A worker's work. What is done when it is stopped counts."""
    done: list[Brief] = []
    try:
        for each in _plays(chunk):
            done.append(each)  # noqa: PERF402  # those before the one that was stopped are kept
    except _Stopped:
        pass
    return done


def _plays(chunk: _Chunk) -> Iterator[Brief]:
    spec = _opened(chunk.scenario, chunk.packs, chunk.change, chunk.digests)
    for seed in chunk.seeds:
        if chunk.share is None:
            yield brief(spec, seed, _watch_for_stop)
        else:
            change = chunk.change
            # Opened anew, and not changed in place: it must be what the command that replays it opens.
            overrides = (*change.overrides, *jitter(spec, seed, chunk.share))
            yield brief(open_scenario(chunk.scenario, chunk.packs, overrides, change.without), seed, _watch_for_stop)


@lru_cache(maxsize=16)
def _opened(
    scenario: str, packs: tuple[str, ...], change: Change, digests: tuple[tuple[str, str], ...]
) -> ScenarioSpec:
    """A worker opens a scenario once, not once a run, and not as it was for another sweep."""
    spec = open_scenario(scenario, packs, change.overrides, change.without)
    if tuple(spec.digests.items()) != digests:
        raise UsageError(f"files of {spec.name} were changed while it was swept: runs would be of two meanings")
    return spec


def _watch_for_stop() -> None:
    if _stop is not None and _stop.value:
        raise _Stopped


def _meaning(spec: ScenarioSpec, share: float | None) -> dict[str, Any]:
    """All that makes a run with a seed what it is, as plain data: files, changes, and the code that runs them."""
    return {
        "scenario": spec.name,
        "specs": dict(spec.digests),
        "overrides": list(spec.overrides),
        "without": list(spec.without),
        "jitter": share,
        "code": _code(spec.registry),
    }


def _code(registry: Registry) -> str:
    """A digest of the Python of t800, of the packs, and of what they have imported from beside them: a run is what its
    code made of it, too. What is installed (numpy, say) is not among it."""
    files: dict[Path, str] = {}
    for name in ["t800", *registry.packs]:
        file = Path(sys.modules[name].__file__ or "")
        whole = file.name == "__init__.py"
        for source in file.parent.rglob("*.py") if whole else [file]:
            files.setdefault(source, f"{name}/{source.relative_to(file.parent).as_posix()}")
        if name != "t800":
            root = file.parents[name.count(".") + whole]
            for source in _loaded(root):
                files.setdefault(source, f"{name} beside/{source.relative_to(root).as_posix()}")
    digest = sha256()
    for shown, source in sorted((shown, source) for source, shown in files.items()):
        digest.update(f"{shown}\n".encode() + sha256(source.read_bytes()).digest())
    return digest.hexdigest()


def _loaded(root: Path) -> list[Path]:
    """The files below a folder that modules were loaded from, without those that are installed."""
    named = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    files = [Path(name) for name in named if name]
    return [
        file
        for file in files
        if file.is_relative_to(root) and file.is_file() and {"site-packages", "dist-packages"}.isdisjoint(file.parts)
    ]
