"""Modes: which edge fires, when, and where it leads (R18, R19)."""

import doctest
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from t800.blackboard import Blackboard
from t800.core import ticks
from t800.errors import UsageError
from t800.expressions import Expression, Scope, Symbol, parse
from t800.modes import Modes, ModeState
from t800.spec.modes import FAULTED, EdgeSpec, ModesSpec, StateSpec
from t800.types import BOOL, FLOAT

DT = 0.1
SCHEMA = {"a": BOOL, "b": BOOL, "c": BOOL, "x": FLOAT}
SCOPE = Scope({name: Symbol(kind, f"B[{name!r}]") for name, kind in SCHEMA.items()})


def when(text: str) -> Expression:
    return parse(text, SCOPE, BOOL)


def to(path: str, guard: str | None = None, event: str | None = None, hold: float | None = None) -> EdgeSpec:
    return EdgeSpec(path, when(guard) if guard else None, event, hold)


def state(
    path: str,
    parent: str | None = None,
    initial: str | None = None,
    *,
    channels: tuple[str, ...] | None = None,
    trees: tuple[int, ...] = (),
    on_fault: str | None = None,
    edges: tuple[EdgeSpec, ...] = (),
) -> StateSpec:
    return StateSpec(path, parent, initial, not edges, channels, trees, on_fault or path, edges)


def modes(*states: StateSpec, initial: str | None = None) -> Modes:
    return Modes(ModesSpec(initial or states[0].path, states), DT)


class Robot:
    """Modes being stepped: keys are set by name, ticks count by themselves, events last for one step."""

    def __init__(self, compiled: Modes, **values: Any) -> None:
        self.modes = compiled
        self.state = compiled.start()
        self.board = Blackboard(SCHEMA, values)
        self.tick = 0

    def step(self, *events: str, **values: Any) -> str:
        for key, value in values.items():
            self.board.write(key, value, self.tick)
        self.modes.step(self.state, self.board, events, self.tick)
        self.tick += 1
        return self.state.path


def two(*edges: EdgeSpec) -> Robot:
    """From `here`, by these edges, to `there`."""
    return Robot(modes(state("here", edges=edges), state("there"), state("elsewhere")))


NESTED = (
    state("active", initial="active.escort", trees=(0, 1), edges=(to("off_line", "a"), to("active.combat.near", "c"))),
    state("active.escort", "active", edges=(to("active.combat", "b"),)),
    state("active.combat", "active", initial="active.combat.far", trees=(2, 1), edges=(to("active.escort", "a"),)),
    state("active.combat.far", "active.combat", trees=(3,), channels=("legs",)),
    state("active.combat.near", "active.combat"),
    state("off_line", channels=("power",), on_fault="off_line", edges=(to("active", event="power_restored"),)),
)


def test_the_start_is_the_innermost_initial_state() -> None:
    assert modes(*NESTED).start() == ModeState("active.escort")
    assert modes(*NESTED, initial="active.combat").start().path == "active.combat.far"


def test_entering_a_state_with_children_descends_into_its_initial_ones() -> None:
    assert Robot(modes(*NESTED)).step(b=True) == "active.combat.far"


def test_the_first_edge_in_file_order_fires() -> None:
    assert two(to("there", "a"), to("elsewhere", "b")).step(a=True, b=True) == "there"
    assert two(to("elsewhere", "b"), to("there", "a")).step(a=True, b=True) == "elsewhere"


def test_a_childs_edge_goes_before_its_parents_which_stands_earlier() -> None:
    robot = Robot(modes(*NESTED))
    assert robot.step(a=True, b=True) == "active.combat.far"


def test_a_parents_edge_fires_where_no_childs_does() -> None:
    assert Robot(modes(*NESTED)).step(a=True) == "off_line"


def test_one_edge_fires_in_a_tick() -> None:
    chain = (state("one", edges=(to("two", "a"),)), state("two", edges=(to("three", "a"),)), state("three"))
    robot = Robot(modes(*chain), a=True)
    assert [robot.step(), robot.step(), robot.step()] == ["two", "three", "three"]


def test_the_path_that_was_left_is_told() -> None:
    compiled, board = modes(*NESTED), Blackboard(SCHEMA, {"a": True})
    place = compiled.start()
    assert compiled.step(place, board, (), 0) == "active.escort"
    assert compiled.step(place, board, (), 1) is None


def test_an_edge_to_what_is_active_already_does_not_fire() -> None:
    robot = Robot(modes(*NESTED))
    assert robot.step(c=True) == "active.combat.near"
    board = Blackboard(SCHEMA, {"c": True})
    assert robot.modes.step(robot.state, board, (), 1) is None
    upwards = modes(
        state("out", initial="out.one"),
        state("out.one", "out", edges=(to("out", "a"), to("out.two", "a"))),
        state("out.two", "out"),
    )
    assert Robot(upwards).step(a=True) == "out.two"


def test_a_guard_that_is_unknown_does_not_fire() -> None:
    robot = two(to("there", "x > 1.0"), to("there", "not x > 1.0"), to("there", "not a"))
    assert robot.step() == "here"
    assert robot.step(x=0.0) == "there"


def test_an_edge_with_an_event_fires_when_it_was_signalled_only() -> None:
    robot = two(to("there", event="ping"))
    assert [robot.step(), robot.step("pong"), robot.step("ping")] == ["here", "here", "there"]


def test_an_edge_with_event_and_when_needs_both_in_one_tick() -> None:
    robot = two(to("there", "a", event="ping"))
    assert [robot.step("ping"), robot.step(a=True), robot.step("ping")] == ["here", "here", "there"]


def test_an_event_is_forgotten_after_its_step() -> None:
    robot = two(to("there", "a", event="ping"))
    assert [robot.step("ping", a=False), robot.step(a=True)] == ["here", "here"]


def test_a_guard_with_for_fires_when_it_has_held_so_long() -> None:
    robot = two(to("there", "a", hold=0.3))
    assert [robot.step(a=True), robot.step(), robot.step(), robot.step()] == ["here", "here", "here", "there"]


@pytest.mark.parametrize("break_by", [False, None])
def test_a_guard_that_fails_or_is_unknown_once_begins_anew(break_by: bool | None) -> None:
    robot = two(to("there", "a", hold=0.2))
    paths = [robot.step(a=value) for value in (True, True, break_by, True, True, True)]
    assert paths == ["here", "here", "here", "here", "here", "there"]


def test_for_counts_ticks_that_were_skipped() -> None:
    robot = two(to("there", "a", hold=60.0))
    robot.step(a=True)
    robot.tick = 600
    assert robot.step() == "there"


def test_for_is_rounded_up_to_whole_ticks() -> None:
    robot = two(to("there", "a", hold=0.11))
    assert [robot.step(a=True), robot.step(), robot.step()] == ["here", "here", "there"]


def test_for_counts_from_the_entry_of_the_state() -> None:
    robot = Robot(
        modes(state("one", edges=(to("two", "a"),)), state("two", edges=(to("one", hold=0.2),))),
    )
    assert [robot.step(), robot.step(a=True), robot.step(), robot.step()] == ["one", "two", "two", "one"]


def test_for_begins_anew_when_its_state_is_left_and_goes_on_when_only_a_child_is() -> None:
    robot = Robot(
        modes(
            state("out", initial="out.one", edges=(to("end", "a", hold=0.3),)),
            state("out.one", "out", edges=(to("out.two", "b"),)),
            state("out.two", "out", edges=(to("rest", "c"),)),
            state("end"),
            state("rest", edges=(to("out", "not c"),)),
        ),
        a=True,
    )
    assert [robot.step(), robot.step(b=True), robot.step(b=False), robot.step()] == [
        "out.one",
        "out.two",
        "out.two",
        "end",
    ]
    robot = Robot(robot.modes, a=True, b=True, c=True)
    paths = [robot.step(), robot.step(), robot.step(b=False, c=False), robot.step(), robot.step(), robot.step()]
    assert paths == ["out.two", "rest", "out.one", "out.one", "out.one", "end"]


def test_for_with_an_event_needs_the_event_after_that_time() -> None:
    robot = two(to("there", "a", event="ping", hold=0.2))
    assert [robot.step("ping", a=True), robot.step("ping"), robot.step(), robot.step("ping")] == [
        "here",
        "here",
        "here",
        "there",
    ]


def test_time_is_noted_also_in_a_tick_in_which_another_edge_fires() -> None:
    robot = Robot(
        modes(
            state("out", initial="out.one", edges=(to("end", "a", hold=0.2),)),
            state("out.one", "out", edges=(to("out.two", "b"),)),
            state("out.two", "out"),
            state("end"),
        ),
        a=True,
    )
    assert [robot.step(), robot.step(a=False, b=True), robot.step(a=True)] == ["out.one", "out.two", "out.two"]


def test_the_trees_of_a_child_go_before_its_parents_and_each_is_named_once() -> None:
    compiled = modes(*NESTED)
    assert compiled.trees("active.combat.far") == (3, 2, 1, 0)
    assert compiled.trees("active.escort") == (0, 1)


def test_a_state_without_channels_of_its_own_has_those_around_it() -> None:
    compiled = modes(*NESTED)
    assert compiled.channels("active.escort") is None
    assert compiled.channels("active.combat.far") == {"legs"}
    inner = modes(state("out", initial="out.one", channels=("legs",)), state("out.one", "out"))
    assert inner.channels("out.one") == {"legs"}


def test_a_fault_leads_where_its_state_says_and_inwards_from_there() -> None:
    compiled = modes(state("out", initial="out.one"), state("out.one", "out"), state("safe", on_fault="out"))
    assert [compiled.on_fault(path) for path in ("out.one", "safe")] == ["out.one", "out.one"]


def test_entering_a_state_by_a_fault_starts_it_afresh() -> None:
    compiled = modes(
        state("here", edges=(to("there", "a", hold=0.2), to("elsewhere", hold=0.5))),
        state("there"),
        state("elsewhere"),
    )
    robot = Robot(compiled, a=True)
    robot.step()
    compiled.enter(robot.state, "here", 1)
    assert robot.state == ModeState("here", {"here#1": 1})
    assert [robot.step(), robot.step(), robot.step()] == ["here", "here", "there"]


def test_the_built_in_faulted_mode_is_final_and_does_nothing() -> None:
    robot = Robot(modes(*NESTED), a=True)
    robot.modes.enter(robot.state, FAULTED, 3)
    assert robot.step("power_restored") == FAULTED
    assert (robot.modes.trees(FAULTED), robot.modes.channels(FAULTED)) == ((), frozenset())
    assert robot.modes.on_fault(FAULTED) == FAULTED


def test_what_a_guard_raises_passes_through() -> None:
    robot = two(to("there", "x > 1.0"))
    robot.board.values["x"] = "not a number"
    with pytest.raises(TypeError):
        robot.step()


def test_a_state_saves_as_json_and_loads_and_copies() -> None:
    robot = two(to("there", "a", hold=0.5))
    robot.step(a=True)
    copied = robot.state.copy()
    assert ModeState.load(json.loads(json.dumps(copied.save()))) == copied == robot.state
    robot.step(a=False)
    assert copied.since == {"here#0": 0} != robot.state.since


def test_one_compiled_form_serves_many_agents() -> None:
    compiled = modes(*NESTED)
    first, second = Robot(compiled), Robot(compiled)
    assert (first.step(b=True), second.step(), first.step()) == (
        "active.combat.far",
        "active.escort",
        "active.combat.far",
    )


def test_a_mode_that_is_not_there_is_refused_with_a_suggestion() -> None:
    compiled = modes(*NESTED)
    for call in (compiled.trees, compiled.channels, compiled.on_fault, compiled.innermost):
        with pytest.raises(UsageError, match=r"did you mean 'off_line'\?"):
            call("offline")
    with pytest.raises(UsageError, match=r"no mode 'qqq'$"):
        compiled.trees("qqq")
    with pytest.raises(UsageError, match="no mode 'nowhere'"):
        two(to("nowhere", "a"))
    with pytest.raises(UsageError, match=r"no mode 'out.on'; did you mean 'out.one'"):
        modes(state("out", initial="out.on"), state("out.one", "out"))
    with pytest.raises(UsageError, match="built in"):
        modes(state(FAULTED))


def test_modes_nest_deep() -> None:
    depth = 60
    paths = [".".join(["m"] * (level + 1)) for level in range(depth)]
    states = [
        state(path, paths[level - 1] if level else None, paths[level + 1] if level + 1 < depth else None)
        for level, path in enumerate(paths)
    ]
    compiled = modes(*states, state("rest", edges=(to("m", "a"),)), initial="rest")
    assert Robot(compiled).step(a=True) == paths[-1]


# Random machines against a second, naive reading of R18 and R19.


@st.composite
def machines(draw: st.DrawFn) -> ModesSpec:
    parents: list[str | None] = [None, None]
    paths = ["s0", "s1"]
    for index in range(2, draw(st.integers(2, 8))):
        parent = draw(st.sampled_from([None, *paths]))
        parents.append(parent)
        paths.append(f"{parent}.s_{index}" if parent else f"s_{index}")
    guards = st.sampled_from([None, "a", "b", "not c", "a and b", "a or c"])
    edge = st.builds(
        to,
        st.sampled_from(paths),
        guards,
        st.sampled_from([None, None, "ping", "pong"]),
        st.sampled_from([None, None, 0.1, 0.25]),
    )
    states = []
    for path, parent in zip(paths, parents, strict=True):
        children = [other for other, above in zip(paths, parents, strict=True) if above == path]
        initial = draw(st.sampled_from(children)) if children else None
        states.append(state(path, parent, initial, edges=tuple(draw(st.lists(edge, max_size=3)))))
    return ModesSpec(draw(st.sampled_from(paths)), tuple(states))


class Naive:
    """R18 and R19 word by word: guards are remembered for every tick, and counted back from now."""

    def __init__(self, spec: ModesSpec) -> None:
        self.states = {spot.path: spot for spot in spec.states}
        self.path = self.descend(spec.initial)
        self.history: dict[tuple[str, int], list[int]] = {}

    def descend(self, path: str) -> str:
        children = self.states[path].initial
        return path if children is None else self.descend(children)

    def active(self) -> list[str]:
        parts = self.path.split(".")
        return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]

    def guard(self, edge: EdgeSpec, values: Mapping[str, bool | None]) -> bool:
        if edge.when is None:
            return True
        a, b, c = values["a"], values["b"], values["c"]
        truths = {"a": a is True, "b": b is True, "not c": c is False, "a and b": a is True and b is True}
        return truths.get(edge.when.text, a is True or c is True)

    def watch(self, values: Mapping[str, bool | None], tick: int) -> None:
        seen: dict[tuple[str, int], list[int]] = {}
        for path in self.active():
            for index, edge in enumerate(self.states[path].edges):
                held = self.guard(edge, values)
                earlier = [at for at in self.history.get((path, index), []) if at < tick]
                seen[path, index] = [*earlier, tick] if held else []
        self.history = seen

    def step(self, values: Mapping[str, bool | None], events: Collection[str], tick: int) -> None:
        self.watch(values, tick)
        for path in self.active():
            for index, edge in enumerate(self.states[path].edges):
                held = self.history[path, index]
                long_enough = held and held[-1] - held[0] >= ticks(edge.hold or 0.0, DT)
                signalled = edge.event is None or edge.event in events
                if long_enough and signalled and edge.to not in self.active():
                    self.path = self.descend(edge.to)
                    self.watch(values, tick)
                    return


TRUTH = st.sampled_from([None, True, True, False])
INPUTS = st.lists(
    st.tuples(
        st.fixed_dictionaries({"a": TRUTH, "b": TRUTH, "c": TRUTH}),
        st.sets(st.sampled_from(["ping", "pong"])),
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=300, deadline=None)
@given(machines(), INPUTS)
def test_random_machines_go_where_the_rules_say(
    spec: ModesSpec, inputs: list[tuple[dict[str, bool | None], set[str]]]
) -> None:
    compiled, naive = Modes(spec, DT), Naive(spec)
    place, board = compiled.start(), Blackboard(SCHEMA)
    for tick, (values, events) in enumerate(inputs):
        before = place.path
        for key, value in values.items():
            board.write(key, value, tick)
        left = compiled.step(place, board, events, tick)
        naive.step(values, events, tick)
        assert place.path == naive.path
        assert left == (before if place.path != before else None)


@settings(max_examples=100, deadline=None)
@given(machines())
def test_transitions_leads_every_edge_to_where_we_say(spec: ModesSpec) -> None:
    # A machine with one edge at a time, from every innermost state under it: `step` answers with what
    # `transitions` made of it, `innermost` with our own reading.
    leaves = [spot.path for spot in spec.states if spot.initial is None]
    for leaf in leaves:
        for target in spec.states:
            outers = [spot.path for spot in spec.states if f"{leaf}.".startswith(f"{spot.path}.")]
            if target.path in outers:
                continue
            for source in outers:
                states = tuple(
                    state(s.path, s.parent, s.initial, edges=(to(target.path),) if s.path == source else ())
                    for s in spec.states
                )
                compiled = Modes(ModesSpec(leaf, states), DT)
                place = compiled.start()
                assert compiled.step(place, Blackboard(SCHEMA), (), 0) == leaf
                assert place.path == compiled.innermost(target.path)


def test_the_page_about_modes_is_true() -> None:
    page = Path(__file__).parent.parent / "docs" / "modes.md"
    names = {"state": state, "to": to, "Modes": Modes, "ModesSpec": ModesSpec, "Blackboard": Blackboard, "BOOL": BOOL}
    result = doctest.testfile(str(page), module_relative=False, globs=names)
    assert result.attempted > 5
    assert result.failed == 0
