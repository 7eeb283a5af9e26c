"""The report at the end of a run: modes, sections that packs declare, and what the film says of itself there."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from t800.cli.live import Live
from t800.cli.paper import Paper
from t800.cli.run import report
from t800.registry import Section, section
from t800.simulation.opening import open_scenario
from t800.simulation.result import Result
from t800.simulation.runner import run
from t800.spec.scenario import ScenarioSpec
from t800.story import Entry, Story


def told(
    name: str | ScenarioSpec, width: int = 100, without: tuple[str, ...] = (), seed: int = 1995
) -> tuple[Result, str]:
    """What is told of a run when it is over."""
    spec = open_scenario(name, without=without) if isinstance(name, str) else name
    paper = Paper(io.StringIO())
    paper.width, paper.fancy = width, True
    live = Live(spec, Paper(io.StringIO()))
    result = run(spec, seed, on_tick=live.tick)
    live._paper = paper
    report(paper, spec, result, live)
    return result, paper.stream.getvalue()  # type: ignore[attr-defined]  # a StringIO


def lines(text: str, title: str) -> list[str]:
    """A section's lines, without what stands around them."""
    _, found, rest = text.partition(f"\n  {title}\n")
    assert found, f"no section {title!r} in:\n{text}"
    return [" ".join(line.split()) for line in rest.partition("\n\n")[0].splitlines()]


def test_the_end_of_the_mill_tells_modes_energy_and_routes() -> None:
    result, text = told("steel_mill")
    spans = [part.rpartition(" ")[2] for part in lines(text, "modes")[0].removeprefix("t800 ").split(", ")]
    assert len(spans) == 3 or "offline" in text
    assert lines(text, "energy") == [
        f"t800: {result.final['t800']['energy']:.0f} kJ left, 65% of its power by path 1 2:01.1"
    ]
    assert lines(text, "routes to Skynet") == [
        "✗ model 101 chip is open",
        "✓ liquid metal: t1000 destroyed by t800 in vat 2:21.2",
        "✓ old chip: chip_1984 destroyed by john in vat 2:28.0",
        "✓ arm with records was closed from the start",
    ]
    assert lines(text, "Judgment Day") == [
        "? undecided: 1 route is open as the run ends; the Resistance has its leader"
    ]


def test_the_verdict_is_told_as_it_was_given() -> None:
    _, text = told("goodbye")
    assert lines(text, "Judgment Day") == ["✓ it does not come; the Resistance has its leader 36.5 s"]
    _, text = told("goodbye", without=("sarah:lower",))
    assert lines(text, "Judgment Day") == ["✗ it comes on 1997-08-29; the Resistance has its leader 4:59.9"]


def test_what_moved_a_mind_is_told_with_its_reason() -> None:
    _, text = told("goodbye")
    (line,) = [line for line in lines(text, "learned") if line.startswith("sarah: hope")]
    assert line == "sarah: hope 0.10 to 0.19: man_in_leather_jacket refused stay 8.8 s"


def test_spans_in_modes_add_up_to_the_run() -> None:
    from t800.cli.summary import Summary

    spec = open_scenario("corridor")
    summary = Summary(spec, frozenset(["t800", "hunter"]))
    result = run(spec, on_tick=summary.tick)
    totals = {entry.text.split()[0]: entry.text for entry in summary._told_modes(result.ticks)}
    spans = [float(part.split()[1]) for part in totals["t800"].removeprefix("t800").split(",")]
    assert sum(spans) == pytest.approx(result.time)
    assert len(spans) > 1


@pytest.mark.parametrize("width", [100, 80, 60])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    _, text = told("goodbye", width)
    assert max(len(line) for line in text.splitlines() if not line.startswith("passed")) <= width


def test_modes_of_one_name_are_not_added_up() -> None:
    from t800.cli.summary import Summary

    spec = open_scenario("corridor")
    summary = Summary(spec, frozenset(["t800"]))
    summary._modes["t800"] = [(0, "day.rest"), (20, "night.rest"), (50, "day.work"), (60, "day.rest")]
    (entry,) = summary._told_modes(100)
    assert entry.text == "t800  day.rest 6.0 s, night.rest 3.0 s, work 1.0 s"


def test_a_pack_declares_sections_and_one_without_entries_is_left_out() -> None:
    @section("batteries")
    def batteries(story: Story) -> Iterator[Entry]:
        """What is left in them."""
        yield Entry(f"{len(story.events)} events, {story.before['t800']['ward']}", 20, "open")

    @section("silence")
    def silence(story: Story) -> Iterator[Entry]:
        """Nothing."""
        return iter(())

    spec = open_scenario("corridor")
    for declared in (batteries, silence):
        spec.registry.add(declared)
    assert isinstance(spec.registry.sections["batteries"], Section)
    result, text = told(spec)
    assert lines(text, "batteries") == [f"? {sum(result.events.values())} events, john 2.0 s"]
    assert "silence" not in text


def test_a_run_that_was_seen_from_its_middle_has_no_sections() -> None:
    spec = open_scenario("goodbye")
    live = Live(spec, Paper(io.StringIO()))
    result = run(spec, on_tick=lambda moment: live.tick(moment) if moment.number > 100 else None)
    paper = Paper(io.StringIO())
    report(paper, spec, result, live)
    assert "routes to Skynet" not in paper.stream.getvalue()  # type: ignore[attr-defined]  # a StringIO


def test_the_films_sections_leave_other_packs_worlds_alone() -> None:
    spec = open_scenario("goodbye")
    story = Story(0.1, [], {"truck": {"energy": 0.4, "averted": True, "power": "high"}}, [], {}, {})
    assert [list(each.call(story)) for each in spec.registry.sections.values()] == [[], [], [], []]


def test_half_a_surrogate_is_replaced_and_no_error() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    Paper(stream).say("a\ud800é")
    stream.flush()
    assert stream.buffer.getvalue().decode() == "a?é\n"  # type: ignore[attr-defined]  # a BytesIO, which is kept
