"""Watching a run: when each kind of expectation is decided, and what ends a run."""

import json
from dataclasses import dataclass, field

import pytest

from t800.core import Event
from t800.expressions import parse
from t800.scenario import Scene, Watch
from t800.spec.scenario import ChapterSpec, ExpectationSpec, Pattern, ScenarioSpec, scope
from t800.types import BOOL, FLOAT, Point, Type

PERSON = Type("record", fields={"alive": BOOL, "power": FLOAT, "position": Type.of(Point)})
SCOPE = scope({"john": PERSON, "t800": PERSON, "m": PERSON})


@dataclass
class Person:
    id: str
    alive: bool | None = True
    power: float | None = 1.0
    position: Point = field(default_factory=lambda: Point(0.0, 0.0))


def expect(kind: str, holds: str | None = None, until: str | None = None, **more) -> ExpectationSpec:
    conditions = {"holds": holds, "until": until}
    return ExpectationSpec(
        kind, holds or "it", **{name: parse(text, SCOPE) for name, text in conditions.items() if text}, **more
    )


def scenario(*expectations: ExpectationSpec, turns=None, chapters=(), stop_on_failure=False) -> ScenarioSpec:
    return ScenarioSpec(
        "s", "", "s.yaml", None, 1, 0.1, 10.0, (), expectations, turns or {}, chapters, stop_on_failure, {}, None
    )


def event(tick: int, kind: str, **fields) -> Event:
    return Event(0, tick, kind, fields, "rule")


def scene(number: int, *events: Event, expected=(), **people) -> Scene:
    return Scene(number, {name: person for name, person in people.items() if person}, frozenset(expected), events)


def watched(spec: ScenarioSpec, *scenes: Scene) -> Watch:
    watch = Watch(spec)
    for item in scenes:
        watch.see(item)
    watch.close(scenes[-1])
    return watch


def verdict(spec: ExpectationSpec, *scenes: Scene):
    found = watched(scenario(spec), *scenes).expectations[0]
    return found.held, found.tick, found.vacuous


def alive(number: int, value: bool | None, *events: Event) -> Scene:
    return scene(number, *events, john=Person("john", alive=value))


def test_always_holds_at_the_end_if_it_held_in_every_tick():
    assert verdict(expect("always", "john.alive"), alive(0, True), alive(1, True)) == (True, 1, False)


def test_always_fails_at_the_first_tick_that_breaks_it():
    assert verdict(expect("always", "john.alive"), alive(0, True), alive(1, False), alive(2, True)) == (False, 1, False)


@pytest.mark.parametrize("kind", ["always", "never"])
def test_unknown_breaks_always_and_never(kind):
    assert verdict(expect(kind, "john.alive"), alive(0, None))[:2] == (False, 0)


def test_what_fails_of_something_unknown_says_of_what():
    def failed(spec: ExpectationSpec, *scenes: Scene) -> str:
        (found,) = watched(scenario(spec), *scenes).expectations
        assert found.held is False
        return found.said

    assert failed(expect("always", "john.alive"), alive(0, None)) == "john.alive (unknown: john.alive)"
    assert failed(expect("never", "john.alive"), scene(0)) == "john.alive (unknown: john.alive)"
    assert failed(expect("at_end", "john.alive"), alive(0, True), alive(1, None)) == "john.alive (unknown: john.alive)"
    until = expect("until", "john.alive", until="john.power > 5")
    assert failed(until, alive(0, True), alive(1, None)).endswith("(unknown: john.alive)")
    assert failed(expect("always", "john.alive"), alive(0, False)) == "john.alive"
    alone = scene(0, john=Person("john"))
    assert failed(expect("always", "distance(john, t800) < 3.0"), alone).endswith(" (unknown: t800)")


def test_never_fails_when_it_holds_once():
    assert verdict(expect("never", "john.alive"), alive(0, False), alive(1, True)) == (False, 1, False)
    assert verdict(expect("never", "john.alive"), alive(0, False), alive(1, False)) == (True, 1, False)


def test_nothing_is_judged_of_somebody_who_is_still_to_arrive():
    rule = expect("always", "john.alive")
    assert verdict(rule, scene(0, expected=["john"]), alive(1, True)) == (True, 1, False)
    assert verdict(rule, scene(0, expected=["john"]), alive(1, False)) == (False, 1, False)


def test_what_was_never_judged_is_undecided():
    assert verdict(expect("always", "john.alive"), scene(0, expected=["john"])) == (None, None, False)
    assert verdict(expect("at_end", "john.alive"), scene(0, expected=["john"])) == (None, None, False)


def test_somebody_absent_is_unknown():
    assert verdict(expect("always", "john.alive"), scene(0)) == (False, 0, False)


def test_eventually_is_decided_when_it_first_holds():
    scenes = [alive(0, False), alive(1, None), alive(2, True), alive(3, False)]
    assert verdict(expect("eventually", "john.alive"), *scenes) == (True, 2, False)


def test_eventually_without_within_stays_undecided():
    assert verdict(expect("eventually", "john.alive"), alive(0, False), alive(9, False)) == (None, None, False)


def test_what_holds_from_the_start_is_vacuous():
    assert verdict(expect("eventually", "john.alive"), alive(0, True)) == (True, 0, True)
    assert verdict(expect("until", "john.alive", until="john.power > 0"), alive(0, True)) == (True, 0, True)
    assert verdict(expect("at_end", "john.alive"), alive(0, True), alive(1, True)) == (True, 1, True)
    assert verdict(expect("at_end", "john.alive"), alive(0, False), alive(1, True)) == (True, 1, False)


def test_the_last_tick_of_within_counts_and_the_next_does_not():
    late = expect("eventually", "john.alive", within=0.2)
    assert verdict(late, alive(0, False), alive(1, False), alive(2, True)) == (True, 2, False)
    assert verdict(late, alive(0, False), alive(1, False), alive(2, False), alive(3, True)) == (False, 2, False)


def test_a_lapse_over_the_deadline_is_too_late():
    assert verdict(expect("eventually", "john.alive", within=0.2), alive(0, False), alive(9, True)) == (False, 2, False)


def test_since_counts_from_its_first_event():
    rule = expect("eventually", "john.alive", within=0.2, since=Pattern("Hit"))
    assert verdict(rule, alive(0, True), alive(1, True)) == (None, None, False)
    scenes = [alive(0, False), alive(6, False, event(5, "Hit")), alive(7, True, event(6, "Hit"))]
    assert verdict(rule, *scenes) == (True, 7, False)
    assert verdict(rule, scenes[0], scenes[1], alive(7, False), alive(8, True)) == (False, 7, False)


def test_until_holds_up_to_the_tick_that_ends_it():
    rule = expect("until", "john.alive", until="t800.alive")
    t800 = Person("t800")

    def at(number, john, machine):
        return scene(number, john=Person("john", alive=john), t800=Person("t800", alive=machine))

    assert t800.alive
    assert verdict(rule, at(0, True, False), at(1, False, True)) == (True, 1, False)
    assert verdict(rule, at(0, True, False), at(1, False, False)) == (False, 1, False)
    assert verdict(rule, at(0, True, False), at(1, None, False)) == (False, 1, False)
    assert verdict(rule, at(0, True, False), at(1, True, False)) == (None, None, False)


def test_happened_looks_at_the_fields_it_names():
    rule = expect("happened", patterns=(Pattern("Hit", {"who": "t800"}),))
    assert verdict(rule, scene(0), scene(4, event(3, "Hit", who="john"))) == (None, None, False)
    assert verdict(rule, scene(0), scene(4, event(3, "Hit", who="t800", hard=True))) == (True, 3, False)


def test_not_happened_fails_when_it_does_and_holds_at_the_end():
    rule = expect("not_happened", patterns=(Pattern("Hit", {"who": "t800"}),))
    assert verdict(rule, scene(0), scene(4, event(3, "Hit", who="t800"))) == (False, 3, False)
    assert verdict(rule, scene(0), scene(4, event(3, "Hit", who="john"))) == (True, 4, False)


def test_in_order_takes_one_event_for_each_step():
    rule = expect("in_order", patterns=(Pattern("A"), Pattern("A"), Pattern("B")))
    assert verdict(rule, scene(1, event(0, "A"), event(0, "B"))) == (None, None, False)
    assert verdict(rule, scene(1, event(0, "A")), scene(2, event(1, "A"), event(1, "B"))) == (True, 1, False)


def test_last_of_wants_no_later_event_of_the_same_one():
    rule = expect("last_of", patterns=(Pattern("Gesture"),), who="t800")
    gesture = event(3, "Gesture", who="t800")
    assert verdict(rule, scene(0), scene(4, gesture, event(3, "Hit", who="john"))) == (True, 3, False)
    assert verdict(rule, scene(0), scene(4, gesture), scene(5, event(4, "Hit", who="t800"))) == (False, 4, False)
    assert verdict(rule, scene(0), scene(5)) == (False, 5, False)


def test_at_end_judges_the_last_tick_only():
    rule = expect("at_end", "distance(t800, john) < 3.0")
    far, near = Person("t800", position=Point(9.0, 0.0)), Person("t800", position=Point(2.9, 0.0))
    assert verdict(rule, scene(0, john=Person("john"), t800=far), scene(1, john=Person("john"), t800=near))[0] is True
    assert verdict(rule, scene(0, john=Person("john"), t800=near), scene(1, john=Person("john"), t800=far))[0] is False
    assert verdict(rule, scene(0, john=Person("john")))[0] is False


def over(spec: ScenarioSpec, *scenes: Scene) -> bool:
    watch = Watch(spec)
    for item in scenes:
        watch.see(item)
    return watch.over


def test_a_run_is_over_when_all_that_can_be_decided_is():
    met, hit = expect("eventually", "john.alive"), expect("happened", patterns=(Pattern("Hit"),))
    assert not over(scenario(met, hit), alive(0, True))
    assert over(scenario(met, hit), alive(0, True, event(0, "Hit")))


def test_always_and_at_end_alone_never_end_a_run():
    assert not over(scenario(expect("always", "john.alive"), expect("at_end", "john.alive")), alive(0, False))


def test_a_failure_ends_a_run_only_if_it_is_told_to():
    rule = expect("always", "john.alive")
    assert not over(scenario(rule), alive(0, False))
    assert over(scenario(rule, stop_on_failure=True), alive(0, False))


def test_a_run_waits_for_its_last_chapter():
    met = expect("eventually", "john.alive")
    chapter = ChapterSpec("two", Pattern("Go"), Pattern("Stop"), ())
    scenes = [alive(0, True), alive(1, True, event(0, "Go")), alive(2, True, event(1, "Stop"))]
    assert [over(scenario(met, chapters=(chapter,)), *scenes[:n]) for n in (1, 2, 3)] == [False, False, True]


def test_turns_are_counted_and_end_nothing():
    watch = watched(
        scenario(turns={"hit": expect("happened", patterns=(Pattern("Hit"),))}), alive(1, True, event(0, "Hit"))
    )
    assert not watch.over
    assert watch.turns["hit"].held is True
    assert watch.expectations == ()


def test_a_chapter_looks_only_from_its_beginning():
    hit = expect("happened", patterns=(Pattern("Hit"),))
    chapter = ChapterSpec("one", Pattern("Go"), None, (hit,))
    before = [alive(0, True), alive(1, True, event(0, "Hit"), event(0, "Go"))]
    assert watched(scenario(chapters=(chapter,)), *before).chapters[0].outcome == "open"
    found = watched(scenario(chapters=(chapter,)), *before, alive(2, True, event(1, "Hit"))).chapters[0]
    assert (found.outcome, found.begin, found.end, found.why) == ("passed", 1, 2, "")


def test_a_chapter_that_was_not_entered_says_so():
    chapter = ChapterSpec("one", parse("john.power < 0.5", SCOPE), None, ())
    found = watched(scenario(chapters=(chapter,)), alive(0, True)).chapters[0]
    assert (found.outcome, found.begin, found.why) == ("unseen", None, "it was never entered")


def test_a_chapter_that_went_wrong_names_what_did():
    chapter = ChapterSpec("one", None, Pattern("Stop"), (expect("always", "john.alive"),))
    found = watched(scenario(chapters=(chapter,)), alive(0, True), alive(1, False, event(0, "Stop"))).chapters[0]
    assert (found.outcome, found.end, found.why) == ("failed", 1, "john.alive")


def test_a_watch_that_is_saved_at_any_tick_goes_on_the_same():
    hit = Pattern("Hit", {"who": "john"})
    spec = scenario(
        expect("always", "john.alive"),
        expect("eventually", "john.power < 0.5", within=0.4, since=Pattern("Go")),
        expect("until", "john.alive", until="john.power < 0.2"),
        expect("in_order", patterns=(Pattern("Go"), hit, hit)),
        expect("last_of", patterns=(Pattern("Hit"),), who="john"),
        expect("at_end", "john.power < 0.5"),
        turns={"hit": expect("happened", patterns=(hit,))},
        chapters=(ChapterSpec("one", Pattern("Go"), None, (expect("happened", patterns=(hit,)),)),),
    )
    scenes = [
        scene(n, *events, john=Person("john", alive=n < 5, power=1.0 - n / 6))
        for n, events in enumerate(
            [(), (event(0, "Go"),), (event(1, "Hit", who="john"),), (), (event(3, "Hit", who="john"),), ()]
        )
    ]
    whole = watched(spec, *scenes)
    for stop in range(len(scenes)):
        first, second = Watch(spec), Watch(spec)
        for item in scenes[:stop]:
            first.see(item)
        second.restore(json.loads(json.dumps(first.snapshot())))
        for item in scenes[stop:]:
            second.see(item)
        second.close(scenes[-1])
        assert (second.expectations, second.turns, second.chapters) == (whole.expectations, whole.turns, whole.chapters)
    assert [verdict.held for verdict in whole.expectations] == [False, True, True, True, True, True]
