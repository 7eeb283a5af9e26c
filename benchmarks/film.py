"""What must be true of many runs of the film: every row measured, with its interval and its bound.

    python benchmarks/film.py [--seeds 2001..2060] [--up-to 400] [--jobs 2] [--only WORD] [--out FILE.sqlite] [--json]

It begins with 60 seeds, and 200 of the whole film, unless `--seeds` says how many. A bound of at least so much is met
when the lower end of Wilson's 95 % interval reaches it, one of at most so much when the upper end does. Where the
interval lies across the bound, the seeds are doubled, up to `--up-to` of them. `always` means no exception in at least
60 runs. What is taken away is compared with the same seeds untouched: only pairs count whose untouched run reached the
situation under `given`. `--out` keeps the runs, and a second call goes on with them.
The exit code is 1 if a row is missed, or open: too few runs to tell.

    python benchmarks/film.py --turns [TRACE] [--write docs/film.md]

prints the turns of the whole film's shipped seed, or of a recorded run, as a table; `--write` puts it into a page.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from t800.cli.progress import Progress
from t800.cli.story import clock, sentence
from t800.core import Event
from t800.scenario import Verdict
from t800.simulation.brief import Brief
from t800.simulation.footage import deciding
from t800.simulation.opening import open_scenario
from t800.simulation.replay import reopened, replay
from t800.simulation.result import Result
from t800.simulation.runner import Moment, run, seconds
from t800.simulation.statistics import wilson
from t800.simulation.store import Store
from t800.simulation.sweep import Change, sweep
from t800.simulation.tally import Tally, chapter_of, situation
from t800.simulation.trace import TraceReader
from t800.spec.scenario import ExpectationSpec, ScenarioSpec

FEWEST = 60
"""Runs that a row needs, whatever its interval."""

OVER = 200
"""Seeds over which the whole film is measured."""

OF_ITS_CHAPTER = 0.75
"""The share of the runs that enter a chapter in which each of its turns must happen."""

CONTESTED = ("mall", "hospital", "dyson", "cyberdyne", "steel_mill")
"""Chapters that must not come out as in the film in all runs."""

CHAPTERS = ("mall", "hospital", "briefing", "dyson", "cyberdyne", "steel_mill", "goodbye", "highway")

NEAREST = 3
"""How many of the causes that a turn goes back to are named."""

BLOCK = re.compile(r"(<!-- turns -->\n).*?(<!-- /turns -->)", re.DOTALL)
"""Where a page has the table of turns."""

UNTOUCHED = Change()

FAULTLESS = "no fault"
"""What is watched of every scenario: a run in which nothing raised."""

FILM = "every chapter"
"""What is watched of the whole film: all of its chapters came out as in the film."""

CHAPTER = "the chapter "
"""What is watched of the whole film: that one of its chapters came out as in the film."""

WHOLE = "judgment_day"
"""The scenario in which all chapters are."""

ENDINGS = 6
"""Different endings that the whole film must have."""


@dataclass(frozen=True, slots=True)
class Row:
    """A claim about the runs of a scenario, untouched or changed.

    `what` names a turn or an expectation, as `t800 sweep --given` does, or is `passed`, or says `the chapter mall`, for
    one that comes out as in the film. It has to happen, or with `happens=False` not to, in at `least` or at `most` so
    many, `always`, or not in all (`contested`).
    """

    claim: str
    scenario: str
    what: str
    happens: bool = True
    least: float | None = None
    most: float | None = None
    always: bool = False
    contested: bool = False
    change: Change = UNTOUCHED
    given: str | None = None

    @property
    def bound(self) -> str:
        """What it asks for, in words."""
        if self.always:
            return "always"
        if self.contested:
            return "not all"
        return f">= {self.least:.0%}" if self.least is not None else f"<= {self.most or 0.0:.0%}"

    def met(self, held: int, runs: int) -> bool | None:
        """Whether the bound is kept; None as long as more runs may tell."""
        low, high = wilson(held, runs)
        if self.always:
            return held == runs if held < runs or runs >= FEWEST else None
        if self.contested:
            return held < runs or (None if runs < FEWEST else False)
        if runs < FEWEST:
            return None
        if self.least is not None:
            return True if low >= self.least else False if high < self.least else None
        most = self.most or 0.0
        return True if high <= most else False if low > most else None


VERDICTS = {True: "met", False: "**missed**", None: "open"}


def without(*names: str) -> Change:
    """The change that takes something away."""
    return Change(without=names)


TAKEN_AWAY = [
    Row(
        "shut down, both alive, it whole, without emergency_power: John or Sarah dies",
        "steel_mill",
        "john.alive and sarah.alive",
        False,
        0.80,
        change=without("t800:emergency_power"),
        given="shut_down_with_it_whole",
    ),
    Row("without protect: John dies", "mall", "john.alive", False, 0.80, change=without("t800:protect")),
    Row(
        "without protect and hunt, 200 s: John lives",
        "mall",
        "john.alive",
        True,
        0.98,
        change=Change(("limit=200",), ("t800:protect", "t1000:hunt")),
    ),
    Row(
        "without obey_orders: it does not go for Sarah",
        "hospital",
        "goes_for_her",
        False,
        0.95,
        change=without("t800:obey_orders"),
        given="ordered_to_free_her",
    ),
    # Nobody whose arrival would be her reason: she is on her way out by herself.
    Row(
        "with no T-800 in the world: she breaks out", "hospital", "out_of_the_ward", least=0.50, change=without("t800")
    ),
    *(
        Row(f"without {tree}: {claim}", "goodbye", what, False, always=True, change=without(f"{who}:{tree}"))
        for who, tree in (("t800", "request_termination"), ("sarah", "lower"))
        for claim, what in (
            ("never self-destroyed", "t800.destroyed"),
            ("not averted", "averted"),
            ("its chip is named", "its_chip_not_named"),
        )
    ),
    Row(
        "without its constraint: it ends itself",
        "goodbye",
        "not_by_its_own_hand",
        False,
        0.80,
        change=without("t800:#cannot_self_terminate"),
    ),
    Row(
        "Dyson shot, without rig_switch: the lab outlives him",
        "cyberdyne",
        "lab_gone",
        False,
        0.80,
        change=without("dyson:rig_switch"),
        given="dyson_shot",
    ),
    Row(
        "without wife and son, Sarah there: she kills him",
        "dyson",
        "not_killed",
        False,
        0.70,
        change=without("wife", "son"),
        given="wounded",
    ),
    Row(
        "without nightmare: the three at the border",
        "dyson",
        "not_to_the_border",
        False,
        0.80,
        change=without("sarah:nightmare"),
        given="armed",
    ),
    Row("without nightmare: not averted", "judgment_day", "averted", False, 0.80, change=without("sarah:nightmare")),
    Row(
        "without the vat: the T-1000 is never destroyed",
        "steel_mill",
        "t1000_gone",
        False,
        always=True,
        change=without("vat"),
    ),
    Row("without the M79: in the vat", "steel_mill", "t1000_destroyed", most=0.15, change=without("m79")),
    Row(
        "m79.knock_back=0: in the vat", "steel_mill", "t1000_destroyed", most=0.15, change=Change(("m79.knock_back=0",))
    ),
]

DOSES = [
    # Scenario, what is watched, knob, doses, whether more of it makes that rarer (-1) or more frequent (1), and what is
    # set besides.
    ("mall", "john.alive", "t1000.run", ("x0.5", "x0.8", "x1", "x1.25", "x2"), -1, ()),
    # Against a pursuer from whom what he was taught can make a difference.
    ("mall", "john.alive", "john.blackboard.trained", ("false", "true"), 1, ("t1000.run=x1.25",)),
    ("steel_mill", "passed", "t800.structure", ("x0.25", "x0.5", "x1", "x2"), 1, ()),
    ("steel_mill", "t1000_destroyed", "m79.knock_back", ("x0", "x0.5", "x1", "x1.5"), 1, ()),
    # Not whether it is seen as it rises: the sound of that is heard afterwards.
    ("steel_mill", "passed", "t800.restart_reach", ("x0", "x1", "x4", "x16"), -1, ()),
    # With an order to spare everybody, nothing hangs on what a life is worth to it.
    (
        "cyberdyne",
        "nobody_killed_by_it",
        "t800.blackboard.worth",
        ("0.0", "0.4", "0.9"),
        1,
        ("t800.blackboard.standing=[]",),
    ),
]


class Bench:
    """Runs on demand, each seed once for each change, and rows made of them; of the whole film, `whole` at least."""

    def __init__(self, seeds: Sequence[int], up_to: int, jobs: int, store: Store | None, whole: int = 0) -> None:
        self.seeds = seeds
        self.whole = max(whole, len(seeds))
        self.up_to = max(up_to, self.whole)
        self.jobs = jobs
        self.store = store
        self._runs: dict[tuple[str, Change, float | None], dict[int, Brief]] = {}

    def _sweep(self, scenario: str, seeds: Sequence[int], change: Change, share: float | None) -> Mapping[int, Brief]:
        """Run some seeds, and say on a terminal how far that is: a row can take half an hour."""
        said = " ".join([scenario, *change.overrides, *(f"--without {name}" for name in change.without)])
        with Progress(len(seeds), said + (f" --jitter {share:g}" if share else "")) as progress:
            swept = sweep(
                scenario, seeds, (change,), share=share, jobs=self.jobs, store=self.store, on_runs=progress.runs
            )
        if swept.interrupted:
            raise KeyboardInterrupt
        return swept.runs[0]

    def runs(
        self, scenario: str, count: int, change: Change = UNTOUCHED, share: float | None = None
    ) -> Mapping[int, Brief]:
        """The first so many runs of a scenario, by seed."""
        kept = self._runs.setdefault((scenario, change, share), {})
        wanted = range(self.seeds[0], self.seeds[0] + count)
        missing = [seed for seed in wanted if seed not in kept]
        if missing:
            kept.update(self._sweep(scenario, missing, change, share))
        return {seed: kept[seed] for seed in wanted}

    def first(self, scenario: str, change: Change = UNTOUCHED) -> int:
        """How many runs of a scenario to begin with: more only of the whole film as it is."""
        return self.whole if scenario == WHOLE and change == UNTOUCHED else len(self.seeds)

    def row(self, row: Row) -> dict[str, Any]:
        """Measure it, with more seeds as long as they may tell."""
        count = self.first(row.scenario, row.change)
        held = happened(row.scenario, row.what)
        entered = happened(row.scenario, row.given) if row.given else None
        while True:
            changed = self.runs(row.scenario, count, row.change)
            seeds = list(changed)
            if entered is not None:
                untouched = self.runs(row.scenario, count)
                seeds = [seed for seed in seeds if entered(untouched[seed])]
            good = sum(held(changed[seed]) is row.happens for seed in seeds)
            met = row.met(good, len(seeds))
            if met is not None or count >= self.up_to:
                return line(row.claim, row.scenario, good, len(seeds), row.bound, met)
            count = min(self.up_to, 2 * count)

    def turns(self, scenario: str) -> list[Row]:
        """A row for each turn of a chapter, of the runs that enter it."""
        spec = open_scenario(scenario)
        return [
            Row(f"turn: {turn}", scenario, turn, least=OF_ITS_CHAPTER, given=of_chapter(spec, turn))
            for turn in spec.turns
        ]

    def endings(self, scenario: str) -> dict[str, Any]:
        """How many ways a scenario ends in, with a seed of each."""
        runs = self.runs(scenario, self.first(scenario))
        found = Tally(open_scenario(scenario), runs).endings
        seeds = ", ".join(str(each.seed) for each in found)
        claim, met = f"different endings, like those of seeds {seeds}", len(found) >= ENDINGS
        return line(claim, scenario, len(found), len(runs), f">= {ENDINGS}", met)

    def robust(self, scenario: str, share: float, points: float) -> dict[str, Any]:
        """How much lower the rate is when every knob and place is a little different."""
        count, held = len(self.seeds), happened(scenario, FILM if scenario == WHOLE else "passed")
        still = sum(map(held, self.runs(scenario, count).values()))
        moved = sum(map(held, self.runs(scenario, count, share=share).values()))
        bound = f">= {still / count - points:.0%}"
        return line(f"--jitter {share:g}", scenario, moved, count, bound, moved >= still - points * count)

    def dose(
        self, scenario: str, what: str, knob: str, doses: Sequence[str], way: int, beside: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Whether more of something moves a rate the way it should, from one end to the other."""
        count = len(self.seeds)
        held = happened(scenario, what)
        counts = [
            sum(map(held, self.runs(scenario, count, Change((f"{knob}={dose}", *beside))).values())) for dose in doses
        ]
        shown = ", ".join(f"{dose}: {found}" for dose, found in zip(doses, counts, strict=True))
        found = line(
            f"{what} by {knob} ({shown})",
            scenario,
            counts[-1],
            count,
            "fewer" if way < 0 else "more",
            (counts[-1] - counts[0]) * way > 0,
        )
        return {**found, "doses": dict(zip(doses, counts, strict=True))}


def line(claim: str, scenario: str, held: int, runs: int, bound: str, met: bool | None) -> dict[str, Any]:
    """A measured row as plain data; `met` is None where the runs were too few to tell."""
    low, high = wilson(held, runs)
    return {
        "claim": claim,
        "scenario": scenario,
        "held": held,
        "runs": runs,
        "interval": [round(low, 4), round(high, 4)],
        "bound": bound,
        "met": met,
    }


def as_line(row: Mapping[str, Any]) -> str:
    """A measured row as a line of the table."""
    low, high = row["interval"]
    cells = [row["scenario"], row["claim"], f"{row['held']} of {row['runs']}", f"{low:.1%} to {high:.1%}", row["bound"]]
    return f"| {' | '.join([*cells, VERDICTS[row['met']]])} |"


def of_chapter(spec: ScenarioSpec, turn: str) -> str | None:
    """The chapter that a turn belongs to: the only one, or that after which it is named."""
    place = chapter_of(spec, turn) if len(spec.chapters) != 1 else 0
    return None if place is None else spec.chapters[place].name


def turns_of(trace: Path | None = None, scenario: str = WHOLE) -> str:
    """The table of turns of a scenario's shipped seed, which is played, or of a trace, which is replayed."""
    events: list[Event] = []

    def take(moment: Moment) -> None:
        events.extend(moment.events)

    if trace is None:
        spec = open_scenario(scenario)
        return turns_table(spec, run(spec, on_tick=take), events)
    spec = reopened(TraceReader(trace))
    result = replay(trace, spec, take)
    if result.divergence is not None:
        raise SystemExit(f"{trace} cannot be replayed: tick {result.divergence.tick} differs")
    return turns_table(spec, result, events)


def turns_table(spec: ScenarioSpec, result: Result, events: Sequence[Event]) -> str:
    """A row for each turn: when and with which events it happened, the rule of the last, and what that goes back to."""
    by_id = {event.id: event for event in events}
    rows = [["chapter", "turn", "tick", "time", "what happened", "rule", "because of"], ["---"] * 7]
    for name, verdict in result.turns.items():
        row = [of_chapter(spec, name) or "—", f"`{name}`"]
        if verdict.held and verdict.tick is not None:
            made = [by_id[each] for each in deciding(events, spec.turns[name], verdict.tick)]
            time = clock(seconds(verdict.tick, spec.dt))
            row += [str(verdict.tick), time, what_happened(verdict, spec.turns[name], made)]
            row += [made[-1].rule, because_of(made[-1], by_id)] if made else []
        rows.append(row + ["—"] * (7 - len(row)))
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    end = f"{result.outcome} after {clock(result.time)}, trace {result.sha256[:12]}"
    return "\n".join([f"`{result.scenario}`, seed {result.seed}: {end}.", "", *lines, ""])


def what_happened(verdict: Verdict, turn: ExpectationSpec, made: Sequence[Event]) -> str:
    """The events that made a turn hold, as sentences; of a state, the last before it, and what holds."""
    if not made:
        return f"{verdict.kind.replace('_', ' ')}: `{verdict.text}`"
    if not turn.patterns:
        return f"{sentence(made[-1])} (`{verdict.text}`)"
    return ", then ".join(map(sentence, made))


def because_of(event: Event, earlier: Mapping[int, Event]) -> str:
    """The nearest of what an event goes back to: nodes that asked, and events without a cause, like arrivals."""
    found: dict[str, None] = {}
    waiting, known = deque([event]), {event.id}
    while waiting:
        each = waiting.popleft()
        if not each.causes:
            found[sentence(each)] = None
        for cause in each.causes:
            if isinstance(cause, str):
                # A tree and its leaf say enough; what is between them can be long.
                found[f"`{re.sub('/.*/', '/…/', cause)}`"] = None
            elif cause not in known:
                known.add(cause)
                waiting.append(earlier[cause])
    return ", ".join([*list(found)[:NEAREST], *(["…"] if len(found) > NEAREST else [])])


def rewritten(page: str, table: str) -> str:
    """A page with this table between its markers; ValueError if it has none."""
    new, count = BLOCK.subn(lambda match: f"{match[1]}{table}{match[2]}", page)
    if count != 1:
        raise ValueError("the page has no one block from <!-- turns --> to <!-- /turns -->")
    return new


def passed(each: Brief) -> bool:
    """Whether a run came out as its scenario expects."""
    return each.outcome == "passed"


def happened(scenario: str, what: str) -> Callable[[Brief], bool]:
    """Whether something happened in a run."""
    if what == FAULTLESS:
        return lambda each: each.faults == 0
    if what == FILM:
        return lambda each: all(chapter == "passed" for chapter in each.chapters)
    if what.startswith(CHAPTER):
        place = [chapter.name for chapter in open_scenario(scenario).chapters].index(what.removeprefix(CHAPTER))
        return lambda each: each.chapters[place] == "passed"
    return passed if what == "passed" else situation(open_scenario(scenario), what)


def shipped(name: str) -> bool:
    """Whether there is such a scenario."""
    return (Path(__file__).parent.parent / "configs" / "scenarios" / f"{name}.yaml").exists()


def measure(bench: Bench, only: str) -> Iterator[dict[str, Any]]:
    """Every row, one after the other."""
    rows: list[Row] = []
    for name in filter(shipped, CHAPTERS):
        rows.append(Row("as in the film", name, "passed", least=0.60))
        rows.append(Row(FAULTLESS, name, FAULTLESS, always=True))
        rows += bench.turns(name)
    rows += [row for row in TAKEN_AWAY if shipped(row.scenario)]
    rows += [
        Row("saved: John and Sarah alive, Judgment Day averted", WHOLE, "passed", least=0.70),
        Row("the film: all chapter outcomes", WHOLE, FILM, least=0.60),
        Row("John survives", WHOLE, "john.alive", least=0.90),
        Row(FAULTLESS, WHOLE, FAULTLESS, always=True),
        *(Row(f"{CHAPTER}{name}, not always", WHOLE, CHAPTER + name, contested=True, given=name) for name in CONTESTED),
        *bench.turns(WHOLE),
    ]
    for row in rows:
        if only in f"{row.scenario} {row.claim}":
            yield bench.row(row)
    if only in f"{WHOLE} different endings":
        yield bench.endings(WHOLE)
    for name in filter(shipped, (*CHAPTERS, WHOLE)):
        for share, points in ((0.05, 0.10), (0.10, 0.20)):
            if only in f"{name} --jitter {share:g}":
                yield bench.robust(name, share, points)
    for scenario, what, knob, doses, way, beside in DOSES:
        if shipped(scenario) and only in f"{scenario} {what} by {knob}":
            yield bench.dose(scenario, what, knob, doses, way, beside)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--seeds", help="FIRST..LAST to begin with; 2001..2060, and 2001..2200 of the whole film, if not given"
    )
    parser.add_argument("--up-to", type=int, default=400, help="runs that an undecided row may take")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="a word of the rows that are wanted, like hospital or jitter")
    parser.add_argument("--out", type=Path, help="a file of SQLite that keeps the runs")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--turns", nargs="?", const="", metavar="TRACE", help="only the table of turns, of one run")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table of turns into a page")
    asked = parser.parse_args()
    if asked.write and asked.turns is None:
        parser.error("--write is for --turns")
    if asked.turns is not None:
        table = turns_of(Path(asked.turns) if asked.turns else None)
        if asked.write:
            asked.write.write_text(rewritten(asked.write.read_text(encoding="utf-8"), table), encoding="utf-8")
        else:
            print(table, end="")
        return 0
    first, _, last = (asked.seeds or f"2001..{2000 + FEWEST}").partition("..")
    with ExitStack() as stack:
        store = stack.enter_context(Store(asked.out)) if asked.out else None
        seeds = range(int(first), int(last or first) + 1)
        bench = Bench(seeds, asked.up_to, asked.jobs, store, whole=0 if asked.seeds else OVER)
        found = []
        if not asked.json:
            print("| scenario | what must be true | measured | 95 % interval | bound | |\n|---|---|---|---|---|---|")
        try:
            for row in measure(bench, asked.only):
                found.append(row)
                if not asked.json:
                    print(as_line(row), flush=True)
        except KeyboardInterrupt:
            print("interrupted" + ("; the same command goes on from here" if asked.out else ""), file=sys.stderr)
            return 130
    if asked.json:
        json.dump(found, sys.stdout, indent=1)
        print()
    return 0 if all(row["met"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
