"""Running what a trace recorded again, and telling where it first differs."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from t800.errors import UsageError
from t800.simulation.opening import open_scenario
from t800.simulation.reload import Replacements, first_texts, variant
from t800.simulation.result import Divergence, Result
from t800.simulation.runner import Moment, Simulation, play
from t800.simulation.trace import Line, TraceReader
from t800.simulation.wall import Stopwatch
from t800.spec.scenario import Branch, ScenarioSpec

__all__ = ["reopened", "replay"]


def replay(
    trace: str | Path,
    scenario: ScenarioSpec | None = None,
    on_tick: Callable[[Moment], object] | None = None,
) -> Result:
    """Run a trace's scenario again, with its seed and overrides, and compare every tick.

        result = replay("corridor.jsonl")
        result.divergence              # None: the same to the last bit

    `scenario` is found by the trace's own header if it is not given. `on_tick` is called after every tick.
    A trace that was cut is replayed as far as it goes, and `cut` says so. TraceError if the trace is damaged,
    UsageError if the scenario's files do not mean what they meant when it was recorded, or if skills worked in
    threads.
    """
    clock = Stopwatch()
    path = Path(trace)
    # Once through first: damage anywhere is told before anything is run.
    checked = TraceReader(path)
    count = sum(1 for _ in checked)
    header = checked.header
    scenario = reopened(checked, scenario)
    simulation = Simulation.of(scenario, header.seed)
    reader = TraceReader(path)
    lines = iter(reader)
    line: Line
    replaced = Replacements(scenario, reader)
    header_divergence = _header(checked.opening, simulation)
    divergence: Divergence | None = None
    replayed = 0

    def prepare() -> bool:
        nonlocal line
        if divergence is not None or replayed == count:
            return False
        line = next(lines)
        replaced.before(line, simulation)
        return True

    def compare(moment: Moment) -> None:
        nonlocal divergence, replayed
        replayed += 1
        if on_tick is not None:
            on_tick(moment)
        if simulation.recorder.body.encode("ascii") != line.raw:
            divergence = _difference(line, json.loads(simulation.recorder.body), simulation)

    result = play(scenario, simulation, compare, going=prepare)
    if divergence is None:
        divergence = _ending(checked, result, count, replayed)
    # It is what comes first; the ticks are run all the same, for who shows them.
    divergence = header_divergence or divergence
    return dataclasses.replace(result, path=str(path), wall=clock.seconds(), divergence=divergence, cut=checked.cut)


def reopened(reader: TraceReader, scenario: ScenarioSpec | None = None) -> ScenarioSpec:
    """The scenario of a trace, or this one; UsageError if it is not what it was, or could not be run the same again."""
    header = reader.header
    if "agents" in reader.meta:
        raise UsageError(
            f"{reader.path} is of a robot, whose world nobody can run again; `t800 replay` lets its agents decide "
            "once more on what they saw"
        )
    if header.unreplayable:
        names = ", ".join(header.unreplayable)
        raise UsageError(f"this run cannot be run again: {names} worked in a thread, and took as long as it took")
    given = first_texts(reader)
    if scenario is None:
        source = reader.meta.get("scenario", header.scenario)
        packs = reader.meta.get("packs", ())
        found = source if Path(source).is_file() else header.scenario
        scenario = open_scenario(found, packs, header.overrides, header.without, given)
    else:
        scenario = variant(scenario, given)
    _same_meaning(header.specs, scenario.digests)
    if header.dt != scenario.dt:
        raise UsageError(f"this trace says that a tick lasts {header.dt} s, and its scenario {scenario.dt} s")
    branch = Branch.of(header.branch) if header.branch else None
    return dataclasses.replace(scenario, limit=reader.meta.get("limit", scenario.limit), branch=branch)


def _same_meaning(then: Mapping[str, str], now: Mapping[str, str]) -> None:
    changed = [f"{name} means something else" for name in then if name in now and now[name] != then[name]]
    changed += [f"{name} is gone" for name in then if name not in now]
    changed += [f"{name} is new" for name in now if name not in then]
    if changed:
        raise UsageError("this trace is of other files: since then, " + "; ".join(changed))


def _ending(checked: TraceReader, result: Result, count: int, replayed: int) -> Divergence | None:
    """Whether the run ended as the trace says; a trace that was cut says nothing."""
    if checked.end is None:
        return None
    if replayed < count:
        return Divergence(result.ticks, None, "the run's end", f"after {count} ticks", f"after {replayed} ticks")
    now = {"outcome": result.outcome, "ticks": result.ticks}
    for name in {**now, **checked.end}:
        if checked.end.get(name) != now.get(name):
            return Divergence(result.ticks, None, name, checked.end.get(name), now.get(name))
    if checked.sha256 != result.sha256:
        # The bytes of the last line differ, as in `_difference`.
        return Divergence(result.ticks, None, "the trace's hash", checked.sha256, result.sha256)
    return None


def _header(line: Line, simulation: Simulation) -> Divergence | None:
    """Whether the run begins as the trace says; all else may be the same under an invented header."""
    text = simulation.recorder.body
    if text.encode("ascii") == line.raw:
        return None
    now = json.loads(text)
    for name in {**now, **line.body}:
        if line.body.get(name) != now.get(name):
            return Divergence(-1, None, f"the header's {name}", line.body.get(name), now.get(name))
    return Divergence(-1, None, "the header's text", line.raw.decode("ascii"), text)


def _difference(line: Line, now: Mapping[str, Any], simulation: Simulation) -> Divergence:
    """The first thing in a tick that differs, in the order in which a tick comes about."""
    was, number = line.body, line.body["tick"]
    if number != now["tick"]:
        return Divergence(number, None, "the tick's number", number, now["tick"])
    for agent in sorted({*was["agents"], *now["agents"]}):
        before, after = was["agents"].get(agent), now["agents"].get(agent)
        if before is None or after is None:
            return Divergence(number, agent, "presence", before is not None, after is not None)
        for what, old, new in _parts(before, after, simulation, agent):
            if old != new:
                return Divergence(number, agent, what, old, new)
    for index in range(max(len(was["events"]), len(now["events"]))):
        old, new = _item(was["events"], index), _item(now["events"], index)
        if old != new:
            return Divergence(number, None, f"event {index + 1} of the tick", old, new)
    # The bytes differ and the meaning does not: 1 and 1.0, for one.
    return Divergence(number, None, "the line's text", line.raw.decode("ascii"), simulation.recorder.body)


def _parts(
    before: Mapping[str, Any], after: Mapping[str, Any], simulation: Simulation, agent: str
) -> Iterator[tuple[str, Any, Any]]:
    yield "what it saw (digest)", before.get("seen"), after.get("seen")
    for key, old, new in _members(before.get("set"), after.get("set")):
        yield f"key {key}", old, new
    yield "mode", before.get("mode"), after.get("mode")
    for tree, old, new in _members(before.get("statuses"), after.get("statuses")):
        ids = simulation.node_ids(agent, tree)
        for node, a, b in _members(_nodes(old), _nodes(new)):
            place = int(node)
            yield f"node {ids[place] if place < len(ids) else place}", a, b
        yield f"tree {tree}", old, new
    for index in range(max(len(before.get("asks", ())), len(after.get("asks", ())))):
        old, new = _item(before.get("asks", ()), index), _item(after.get("asks", ()), index)
        yield f"ask {index + 1}", old, new
    yield "asks", before.get("asks"), after.get("asks")
    yield "signals", before.get("signals"), after.get("signals")
    yield "fault", before.get("fault"), after.get("fault")


def _members(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[tuple[str, Any, Any]]:
    before, after = before or {}, after or {}
    for name in [*before, *(name for name in after if name not in before)]:
        yield name, before.get(name, "unchanged"), after.get(name, "unchanged")


WORDS = {"S": "SUCCESS", "F": "FAILURE", "R": "RUNNING", "-": "INVALID"}


def _nodes(text: str | None) -> dict[str, str]:
    """`3R7-` by node number."""
    if text is None or text == "unchanged":
        return {}
    return {node: WORDS[letter] for node, letter in re.findall(r"(\d+)([SFR-])", text)}


def _item(items: Sequence[Any], index: int) -> Any:
    return items[index] if index < len(items) else None
