"""`t800 sweep`: run a scenario with many seeds, and say what holds how often."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from t800.cli.options import SCENARIO, pack_option, run_again

if TYPE_CHECKING:
    from t800.cli.paper import Paper
    from t800.simulation.brief import Brief
    from t800.simulation.sweep import Change, Swept
    from t800.simulation.tally import Comparison, Rate, Tally

__all__ = ["sweep"]

INTERRUPTED = 130

MOST_SEEDS = 1_000_000

SHOWN = 10
"""How many failing seeds and endings are shown to a person; --json has them all."""


class Seeds(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4, and 8.1 is enough
    """`1..100`, or one seed."""

    name = "A..B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> range:
        if isinstance(value, range):
            return value
        match = re.fullmatch(r"([0-9]{1,15})(?:\.\.([0-9]{1,15}))?", value)
        if match is None:
            self.fail(f"{value[:40]!r} is no range of seeds; expected A..B, like 1..100.", param, ctx)
        first = int(match[1])
        last = int(match[2]) if match[2] else first
        if not 0 <= last - first < MOST_SEEDS:
            self.fail(f"{value[:40]!r} holds no seed, or more than {MOST_SEEDS}.", param, ctx)
        return range(first, last + 1)


def _dose(
    _ctx: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, tuple[str, ...]] | None:
    """`KNOB=a,b,c` as the knob and its values."""
    if not given:
        return None
    if len(given) > 1:
        raise click.BadParameter("one knob at a time: give --dose once.")
    value = given[0]
    knob, equals, values = value.partition("=")
    doses = tuple(dict.fromkeys(each.strip() for each in values.split(",")))
    if not equals or not knob or not all(doses):
        raise click.BadParameter(f"{value[:40]!r}: expected KNOB=a,b,c, like hunter.run=x0.5,x1,x2.")
    return knob, doses


@click.command(short_help="Run a scenario with many seeds, and say what holds how often.")
@click.argument("scenario", type=SCENARIO)
@click.option("--seeds", type=Seeds(), default="1..100", show_default=True, help="From A to B, both included.")
@click.option("--jobs", "-j", type=click.IntRange(1, 256), metavar="N", help="Processes; as many as there are cores.")
@click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a value; x1.05 multiplies a number."
)
@click.option("--without", multiple=True, metavar="WHAT", help="Take out AGENT:TREE, AGENT:#CONSTRAINT or ENTITY.")
@pack_option
@click.option("--paired", is_flag=True, help="Run each seed with and without the changes, and compare the pairs.")
@click.option("--given", metavar="TURN", help="Compare only pairs whose untouched run reached this.")
@click.option(
    "--jitter", "share", type=click.FloatRange(0, 1, max_open=True), metavar="P", help="Change every number by up to P."
)
@click.option(
    "--dose", multiple=True, callback=_dose, metavar="KNOB=a,b,c", help="Sweep once for each of these values of a knob."
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.sqlite", help="Keep the runs, and go on."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document; people's text goes to stderr.")
@click.pass_context
def sweep(
    ctx: click.Context,
    scenario: str,
    seeds: range,
    jobs: int | None,
    overrides: tuple[str, ...],
    without: tuple[str, ...],
    packs: tuple[str, ...],
    paired: bool,
    given: str | None,
    share: float | None,
    dose: tuple[str, tuple[str, ...]] | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Run SCENARIO with many seeds, and say what holds how often, with intervals of 95 %.

    \b
    t800 sweep corridor --seeds 1..100
    t800 sweep corridor --without t800:protect --paired
    t800 sweep corridor --dose hunter.run=x0.5,x1,x2
    t800 sweep corridor --jitter 0.05 --out corridor.sqlite

    The numbers are the same for any number of jobs. Ctrl-C shows what is done; with --out the same command goes on
    from there. The exit code is 0 when all was run, 130 after Ctrl-C.
    """
    if paired and not (overrides or without):
        raise click.UsageError("--paired compares runs with and without a change: give --set or --without too.")
    if given is not None and not paired:
        raise click.UsageError("--given chooses pairs: give --paired too.")
    if paired and dose is not None:
        raise click.UsageError("--paired and --dose are two different tables: give one of them.")

    from t800.simulation.workers import start_early

    runs = len(seeds) * (2 if paired else len(dose[1]) if dose else 1)
    workers = min(jobs or _cores(), runs)
    if workers > 1:
        start_early()

    from t800.cli.paper import Paper
    from t800.cli.progress import Progress
    from t800.simulation.store import Store
    from t800.simulation.sweep import Change
    from t800.simulation.sweep import sweep as run_sweep
    from t800.simulation.tally import situation

    change = Change(overrides, without)
    if paired:
        changes = [Change(), change]
    elif dose is not None:
        changes = [Change((*overrides, f"{dose[0]}={value}"), without) for value in dose[1]]
    else:
        changes = [change]
    if given is not None:
        from t800.simulation.opening import open_scenario

        # A name that means nothing is told before an hour of runs, not after it.
        situation(open_scenario(scenario, packs), given)
    paper = Paper(sys.stderr if as_json else sys.stdout)
    with Store(out) if out else nullcontext() as store, Progress(runs) as progress:
        swept = run_sweep(
            scenario,
            seeds,
            changes,
            packs=packs,
            share=share,
            jobs=workers,
            store=store,
            on_runs=progress.runs,
        )
    report = _Report(paper, scenario, packs, share, seeds, swept, changes, workers)
    if paired:
        document = report.paired(given)
    elif dose is not None:
        document = report.doses(*dose)
    else:
        document = report.single()
    if as_json:
        click.echo(json.dumps(document, indent=2, allow_nan=False))
    ctx.exit(INTERRUPTED if swept.interrupted else 0)


def _cores() -> int:
    """How many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


class _Report:
    """Tells a sweep to a person, and as a document."""

    def __init__(
        self,
        paper: Paper,
        scenario: str,
        packs: Sequence[str],
        share: float | None,
        seeds: range,
        swept: Swept,
        changes: Sequence[Change],
        workers: int,
    ) -> None:
        from t800.simulation.tally import Tally

        self.paper = paper
        self.scenario = scenario
        self.packs = packs
        self.share = share
        self.seeds = seeds
        self.swept = swept
        self.changes = changes
        self.workers = workers
        self.tallies = [Tally(spec, runs) for spec, runs in zip(swept.specs, swept.runs, strict=True)]

    def single(self) -> dict[str, Any]:
        """One table of rates."""
        self.heading(self.changes[0])
        self.table(self.tallies[0])
        self.endings(self.tallies[0])
        self.failing(self.tallies[0], self.changes[0])
        self.sums(self.tallies[0])
        return self.document(0)

    def paired(self, given: str | None) -> dict[str, Any]:
        """The 2x2 table, and everything compared pair by pair. The document is that of the changed runs, and more."""
        from t800.simulation.tally import compare, situation

        untouched, changed = self.swept.runs
        reached: Callable[[Brief], bool] = situation(self.swept.specs[0], given) if given else lambda _: True
        pairs = [(untouched[seed], changed[seed]) for seed in untouched if seed in changed]
        qualifying = [pair for pair in pairs if reached(pair[0])]
        compared = compare(self.swept.specs[0], qualifying)
        self.heading(self.changes[1], "with and without")
        say = self.paper.say
        if given:
            say(f"{len(qualifying)} of {len(pairs)} pairs qualify: the untouched run reached {given}")
            say()
        first = compared[0]
        rows = [("passed", first.both, first.only_untouched), ("did not", first.only_changed, first.neither)]
        say(f"  {'':10}   changed: passed   did not")
        for words, yes, no in rows:
            start = "untouched:" if words == "passed" else ""
            say(f"  {start:10} {words:>8} {yes:>8} {no:>9}")
        say()
        say(f"  {self.dim('untouched   changed   difference, 95 % interval        p')}")
        for each in compared:
            self.comparison(each)
        say()
        self.endings(self.tallies[1])
        self.failing(self.tallies[1], self.changes[1])
        self.sums(self.tallies[1])
        table = {"given": given, "pairs": len(pairs), "qualifying": len(qualifying)}
        return {
            **self.document(1),
            "untouched": self.document(0),
            "paired": {**table, "compared": [each.to_json() for each in compared]},
        }

    def doses(self, knob: str, values: Sequence[str]) -> dict[str, Any]:
        """A row for each value of a knob."""
        self.heading(self.changes[0], f"by {knob}", len(self.changes[0].overrides) - 1)
        say = self.paper.say
        width = max(8, *map(len, values))
        for value, tally in zip(values, self.tallies, strict=True):
            say(f"  {value:>{width}}  {self.rate(tally.passed)}  {self.bar(tally.passed)}")
        for place, item in enumerate(self.tallies[0].expectations + self.tallies[0].turns):
            say()
            say(f"  {self.dim(item.kind)} {self.paper.wrap(item.text, 4)}")
            for value, tally in zip(values, self.tallies, strict=True):
                found = (tally.expectations + tally.turns)[place]
                say(f"  {value:>{width}}  {self.rate(found)}  {self.bar(found)}")
        say()
        documents = [{"dose": value, **self.document(place)} for place, value in enumerate(values)]
        for value, tally in zip(values, self.tallies, strict=True):
            self.sums(tally, f"{value}: ")
        return {"scenario": self.swept.specs[0].name, "seeds": self._seeds, "knob": knob, "doses": documents}

    @property
    def _seeds(self) -> str:
        return f"{self.seeds[0]}..{self.seeds[-1]}"

    def document(self, place: int) -> dict[str, Any]:
        """The runs of one change as plain data (design §7)."""
        tally, change = self.tallies[place], self.changes[place]
        head = {"scenario": self.swept.specs[place].name, "seeds": self._seeds}
        return {**head, **tally.to_json(partial(self.replay, change)), "wall": self.swept.wall}

    def replay(self, change: Change, seed: int) -> str:
        """The command that runs a seed again."""
        return run_again(self.scenario, self.packs, change.overrides, change.without, jitter=self.share, seed=seed)

    def dim(self, text: str) -> str:
        return self.paper.paint(text, dim=True)

    def heading(self, change: Change, words: str = "", last: int | None = None) -> None:
        """What was run."""
        spec = self.swept.specs[0]
        parts = [f"seeds {self._seeds}"]
        parts += [f"--set {text}" for text in change.overrides[:last]]
        parts += [f"--without {text}" for text in change.without]
        parts += [f"--jitter {self.share:g}"] if self.share is not None else []
        title = f"{spec.name}{', ' if words else ''}{words}"
        self.paper.say(f"{self.paper.paint(title, bold=True)}  {self.dim(' '.join(parts))}")
        if self.swept.interrupted:
            wanted = len(self.seeds) * len(self.changes)
            done = sum(map(len, self.swept.runs))
            self.paper.say(self.paper.paint(f"interrupted: {done} of {wanted} runs are done", "yellow"))
        self.paper.say()

    def table(self, tally: Tally) -> None:
        """Rates of the outcome, the expectations, the chapters and the turns."""
        self.paper.say(f"  {self.dim('   rate   95 % interval    runs')}")
        self.row(tally.passed, bold=True)
        for rates in (tally.expectations, tally.chapters, tally.turns):
            for each in rates:
                self.row(each)
        self.paper.say()

    def row(self, rate: Rate, bold: bool = False) -> None:
        head = f"  {self.rate(rate)}  {self.bar(rate)}  "
        # Beside the figures, or below them where that would leave a word a line.
        indent = 46 if self.paper.width >= 70 else 4
        kind = "" if rate.kind == "outcome" else f"{rate.kind} "
        text = self.paper.wrap(kind + rate.text, indent)
        if kind:
            text = self.dim(kind.rstrip()) + text[len(kind) - 1 :]
        self.paper.say((head if indent > 4 else f"{head.rstrip()}\n    ") + self.paper.paint(text, bold=bold))

    def rate(self, rate: Rate) -> str:
        """`93.0 %   86.3 … 96.6 %   93/100`, in columns."""
        low, high = (100 * end for end in rate.interval)
        share = "–" if rate.rate is None else f"{100 * rate.rate:.1f} %"
        interval = "" if rate.rate is None else f"{low:.1f} … {high:.1f} %"
        return f"{share:>7}  {interval:>14}  {f'{rate.held}/{rate.of}':>7}"

    def bar(self, rate: Rate, width: int = 8) -> str:
        """The rate as a bar; nothing where a line has no room for it."""
        if self.paper.width < 60:
            return ""
        share = rate.rate or 0.0
        if not self.paper.fancy:
            return f"{'#' * round(share * width):<{width}}"
        eighths = round(share * width * 8)
        full, part = divmod(eighths, 8)
        text = "█" * full + (" ▏▎▍▌▋▊▉"[part] if part else "")
        colour = "green" if share >= 0.75 else "yellow" if share >= 0.25 else "red"
        return self.paper.paint(text, colour) + self.dim("·" * (width - len(text)))

    def comparison(self, each: Comparison) -> None:
        """One line of the paired table."""
        if not each.pairs:
            self.paper.say(f"  {'–':>8}  {'–':>8}   no pairs{'':26} {each.kind} {each.text}")
            return
        before = (each.both + each.only_untouched) / each.pairs
        after = (each.both + each.only_changed) / each.pairs
        difference, low, high = (100 * part for part in each.difference)
        p = f"{each.p:.1e}" if 0 < each.p < 0.001 else f"{each.p:.3f}"
        head = f"  {100 * before:>6.1f} %  {100 * after:>6.1f} %  "
        told = f"{difference:+7.1f}  {f'{low:+.1f} … {high:+.1f}':>17}  {p:>8}  "
        kind = "" if each.kind == "outcome" else f"{each.kind} "
        self.paper.say(head + told + self.paper.wrap(kind + each.text, 60 if self.paper.width >= 100 else 8))

    def endings(self, tally: Tally) -> None:
        """How runs came out, the most frequent first."""
        found = tally.endings
        self.paper.say(f"  {self.paper.paint(_count(len(found), 'ending'), bold=True)}{self.dim('  runs  a seed')}")
        for each in found[:SHOWN]:
            self.paper.say(f"  {each.n:>14} {each.seed:>7}  {self.paper.wrap(each.name, 26)}")
        self.rest(len(found))

    def failing(self, tally: Tally, change: Change) -> None:
        """The seeds that did not pass, each with the reason and the command that runs it again."""
        found = tally.failing
        self.paper.say()
        if not found:
            self.paper.say("  no seed failed")
            return
        self.paper.say(f"  {self.paper.paint(_count(len(found), 'seed'), bold=True)} failed")
        for seed, why in found[:SHOWN]:
            self.paper.say(f"  {seed:>8}  {self.paper.wrap(why, 12)}")
            self.paper.say(f"            {self.dim(self.replay(change, seed))}")
        self.rest(len(found))

    def rest(self, count: int) -> None:
        if count > SHOWN:
            self.paper.say(f"  {self.dim(f'          and {count - SHOWN} more: --json lists all')}")

    def sums(self, tally: Tally, start: str = "") -> None:
        """What else there is to say of all runs together."""
        if not start:
            self.paper.say()
        played, awake = tally.mean("played"), tally.mean("awake")
        parts = [_count(len(tally.briefs), "run"), f"{_count(tally.orders, 'order')} of events"]
        if played is not None:
            parts.append(f"{played:.1f} s played and {awake:.1f} awake on average")
        parts.append(self.paper.paint(_count(tally.faults, "fault"), "red" if tally.faults else None))
        parts.append(_count(tally.vetoes, "veto", "vetoes"))
        if not start:
            reused = f", {self.swept.reused} of them done before" if self.swept.reused else ""
            parts[0] += reused
            parts.append(f"{self.swept.wall:.1f} s on {_count(self.workers, 'worker')}")
        self.paper.say(f"  {start}{' · '.join(parts) if self.paper.fancy else ', '.join(parts)}")


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
