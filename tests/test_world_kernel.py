from __future__ import annotations

import json
from dataclasses import replace

import pytest
from worlds import ROOMS, kinds, registry, rooms, run, world

from t800.core import Intent
from t800.errors import UsageError
from t800.film.intents import Face, Fire, GoTo, MoveTo, Say, Strike
from t800.loader.document import parse
from t800.loader.world import read_world
from t800.registry import event, mechanic
from t800.spec.world import Participant
from t800.types import Entity as Name
from t800.types import Point, record
from t800.world import Kernel, Rules
from t800.world.entity import Entity
from t800.world.walking import Mover

CHILD = Participant("child", 2, "child", "west.corner")
ROBOT = Participant("robot", 1, "robot", "west.window")
GUEST = Participant("guest", 3, "child", "east.corner", arrives=0.25)


@record
class Dance(Intent):
    channel = "legs"


def test_who_arrives_later_is_absent_until_then() -> None:
    kernel = world([CHILD, GUEST])
    assert kernel.entity("guest") is None
    assert kernel.fields("guest") == {}
    with pytest.raises(UsageError, match="not in the world"):
        kernel.observe("guest")
    first = run(kernel, 1)
    assert [(e.kind, e.fields["who"], e.tick) for e in first] == [("Arrived", "child", 0)]
    run(kernel, 2)
    guest = kernel.entity("guest")
    assert guest is not None
    assert (kernel.tick, guest.place) == (3, "east")
    assert [(e.kind, e.tick) for e in kernel.step({}) if e.kind == "Arrived"] == [("Arrived", 3)]


def test_nobody_of_that_name_is_nobody() -> None:
    assert world([CHILD]).entity("stranger") is None


def test_a_field_of_a_component_is_read_by_its_name_from_whoever_has_it() -> None:
    kernel = world([CHILD, ROBOT])
    child, robot = kernel.entity("child"), kernel.entity("robot")
    assert child is not None
    assert robot is not None
    assert (child.run, robot.run, robot.armour) == (4.0, 5.0, 0.5)
    assert not hasattr(child, "marksman")
    with pytest.raises(AttributeError, match="child has no 'accuracy'"):
        _ = child.accuracy
    with pytest.raises(AttributeError):
        _ = child.wings
    with pytest.raises(AttributeError):
        child.run = 9.0  # type: ignore[misc]
    assert child.run == 4.0
    # What an entity has itself goes before what a component might call the same.
    assert child.position == Point(1.0, 1.0)


def test_what_is_worked_out_of_components_is_worked_out_anew_after_an_edit_and_an_arrival() -> None:
    kernel = world([CHILD, GUEST])
    once = kernel.having(Mover)
    assert [entity.id for entity, _ in once] == ["child"]
    assert kernel.having(Mover) is once
    kernel.edit("child", "run", 2.0)
    edited = kernel.having(Mover)
    assert edited is not once
    assert edited == once
    run(kernel, 3)
    assert [entity.id for entity, _ in kernel.having(Mover)] == ["child", "guest"]
    assert kernel.rules(Rules) is None


def test_what_is_edited_stays_within_its_range() -> None:
    kernel = world([CHILD])
    kernel.edit("child", "run", 0.0)
    with pytest.raises(UsageError, match=r"child.run: -2 is out of range; it may be 0 or more \(m/s\)"):
        kernel.edit("child", "run", -2.0)
    assert kernel.entity("child").run == 0.0  # type: ignore[union-attr]


def test_of_a_facing_the_direction_counts() -> None:
    kernel = world([CHILD])
    kernel.edit("child", "facing", {"x": 30, "y": -40})
    assert kernel.entity("child").facing == Point(0.6, -0.8)  # type: ignore[union-attr]
    kernel.edit("child", "facing", {"x": 1e300, "y": 1e300})
    assert kernel.entity("child").facing == Point(0.707, 0.707)  # type: ignore[union-attr]
    for nowhere in ({"x": 0, "y": 0}, {"x": float("inf"), "y": 1.0}, {"x": 1.0, "y": float("nan")}):
        with pytest.raises(UsageError, match=r"child.facing: .* is no direction"):
            kernel.edit("child", "facing", nowhere)
    for nowhere in ({"x": 1e300, "y": 0}, {"x": 0, "y": float("-inf")}, {"x": float("nan"), "y": 1.0}):
        with pytest.raises(UsageError, match=r"child.position: nobody is at"):
            kernel.edit("child", "position", nowhere)


def test_a_kernel_of_ones_own_answers_for_itself() -> None:
    class Blind(Kernel):
        def entity(self, entity_id: str, /) -> Entity | None:
            return None if entity_id == "robot" else super().entity(entity_id)

    plain = world([CHILD, ROBOT])
    blind = Blind(plain.spec, plain.registry, [CHILD, ROBOT], plain.seed, plain.dt)
    assert plain.entity("robot") is not None
    assert blind.entity("robot") is None
    assert blind.entity("child") is not None
    assert [entity.id for entity, _ in blind.having(Mover)] == [entity.id for entity, _ in plain.having(Mover)]


def test_legs_go_at_their_own_speed_and_the_world_rounds_to_the_millimetre() -> None:
    kernel = world([CHILD])
    run(kernel, 10, child=MoveTo(Point(8.0, 2.0), run=True))
    child = kernel.entity("child")
    assert child is not None
    assert abs(child.position.distance(Point(1.0, 1.0)) - 4.0) < 0.01
    assert child.position == Point(round(child.position.x, 3), round(child.position.y, 3))
    assert child.speed == pytest.approx(4.0, abs=0.01)
    run(kernel, 1)
    assert child.speed == 0.0


def test_legs_carry_around_walls_into_a_named_place() -> None:
    kernel = world([CHILD])
    places = []
    for _ in range(60):
        kernel.step({"child": [GoTo("east.corner", run=True)]})
        places.append(kernel.fields("child")["at"])
    assert places[0] == "west"
    assert kernel.fields("child")["position"] == {"x": 19.0, "y": 7.0}


def test_legs_carry_around_a_wall_within_a_place() -> None:
    kernel = world([CHILD], spec=rooms(ROOMS + "walls:\n  - {from: [3, 0], to: [3, 7]}\n"))
    run(kernel, 140, child=MoveTo(Point(5.0, 1.0)))
    assert kernel.fields("child")["position"] == {"x": 5.0, "y": 1.0}


@pytest.mark.parametrize(
    ("intent", "why"),
    [
        (MoveTo(Point(5.0, 12.0)), "there is no way there"),
        (GoTo("nowhere"), "there is no such place"),
        (Dance(), "Dance means nothing in this world"),
        (Fire("seen_9"), "it is not in sight"),
        (Strike("seen_9"), "it is not in sight"),
    ],
    ids=["no way", "no place", "no rule", "no target", "no victim"],
)
def test_what_cannot_be_is_refused_with_an_event_and_a_word_to_who_asked(intent: Intent, why: str) -> None:
    kernel = world([CHILD])
    events = kernel.step({"child": [intent]}, {"child": {intent.channel: "play/do"}})
    refused = [event for event in events if event.kind == "Refused"]
    assert [(e.fields["what"], e.fields["why"], e.causes) for e in refused] == [
        (type(intent).__name__, why, ("child:play/do",))
    ]
    assert [(r.channel, r.why) for r in kernel.observe("child").refused] == [(intent.channel, why)]
    kernel.step({})
    assert kernel.observe("child").refused == ()


def test_who_observes_need_not_think_of_what_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from t800.core import Observation, Refusal

    kernel = world([CHILD])
    (rules,) = kernel._observing
    monkeypatch.setattr(rules, "observe", lambda actor: Observation(kernel.tick))
    kernel.step({"child": [Dance()]})
    assert kernel.observe("child").refused == (Refusal(Dance.channel, "Dance means nothing in this world"),)
    kernel.step({})
    assert kernel.observe("child").refused == ()


def test_an_event_has_the_fields_that_were_declared() -> None:
    kernel = world([CHILD])
    rang = event("Rang", who=Name, times=int)
    with pytest.raises(TypeError, match=r"Rang has no field 'time'; did you mean 'times'\?"):
        kernel.emit(rang, "bell", who="child", time=3)
    with pytest.raises(ValueError, match="times of Rang: expected int, not 'thrice'"):
        kernel.emit(rang, "bell", who="child", times="thrice")
    kernel.emit(rang, "bell", who="child", times=3)
    (happened,) = [each for each in kernel.step({}) if each.kind == "Rang"]
    assert happened.fields == {"who": "child", "times": 3}


def test_all_intents_are_judged_on_the_state_at_the_start_of_the_tick() -> None:
    """Two robots that shoot each other dead in one tick both die, whichever comes first."""
    text = ROOMS + "  gun_2: {body: gun, stream: 101, at: west, held_by: other}\n"
    text = text.replace("structure: 10.0, whole: 10.0", "structure: 0.5, whole: 10.0")
    other = Participant("other", 5, "robot", Point(8.0, 4.0))
    kernel = world([ROBOT, other], spec=rooms(text))
    events = run(kernel, 8, robot=Fire("seen_1"), other=Fire("seen_1"))
    assert sorted(e.fields["what"] for e in events if e.kind == "Destroyed") == ["other", "robot"]


def test_declaration_order_changes_nothing() -> None:
    def play(people: list[Participant]) -> list[tuple[object, ...]]:
        kernel = world(people)
        events = run(kernel, 30, robot=Fire("seen_1"), child=GoTo("east", run=True))
        return [(e.tick, e.kind, tuple(e.fields.items()), e.causes) for e in events]

    assert play([CHILD, ROBOT, GUEST]) == play([GUEST, ROBOT, CHILD])


def test_names_change_nothing_but_names() -> None:
    def play(name: str) -> list[tuple[int, str]]:
        kernel = world([replace(CHILD, id=name), ROBOT])
        asked = {"robot": [Fire("seen_1")], name: [GoTo("east", run=True)]}
        return [(e.tick, e.kind) for _ in range(30) for e in kernel.step(asked)]

    assert play("child") == play("zebra") == play("a")


def test_taking_somebody_out_leaves_the_dice_of_the_others_alone() -> None:
    def falls(people: list[Participant]) -> list[int]:
        kernel = world(people, seed=4)
        return [e.tick for e in run(kernel, 20, robot=Fire("seen_1")) if e.kind == "KnockedBack"]

    assert falls([CHILD, ROBOT]) == falls([CHILD, ROBOT, GUEST])


def test_a_snapshot_is_json_and_goes_on_as_the_original_does() -> None:
    def go_on(kernel: Kernel) -> list[object]:
        events = run(kernel, 25, robot=Fire("seen_1"), child=Say("Help!"))
        return [(e.id, e.tick, e.kind, dict(e.fields), e.causes) for e in events]

    kernel = world([CHILD, ROBOT, GUEST])
    run(kernel, 2, robot=Fire("seen_1"), child=Say("Help!"))
    saved = json.dumps(kernel.snapshot())
    copy = world([CHILD, ROBOT, GUEST])
    copy.restore(json.loads(saved))
    assert json.dumps(copy.snapshot()) == saved
    assert copy.observe("robot") == kernel.observe("robot")
    assert go_on(copy) == go_on(kernel)


def test_all_numbers_in_a_snapshot_are_rounded() -> None:
    kernel = world([CHILD, ROBOT])
    run(kernel, 7, robot=Fire("seen_1"), child=MoveTo(Point(7.3, 2.1), run=True))

    def numbers(data: object) -> list[float]:
        if isinstance(data, dict):
            return [n for value in data.values() for n in numbers(value)]
        if isinstance(data, list):
            return [n for value in data for n in numbers(value)]
        return [data] if isinstance(data, float) else []

    found = numbers(kernel.snapshot()["entities"])
    assert len(found) > 20
    assert found == [round(n, 3) for n in found]


def test_only_the_fields_that_components_declare_change() -> None:
    kernel = world([CHILD, ROBOT])
    before = kernel.snapshot()["entities"]
    run(kernel, 40, robot=Fire("seen_1"), child=GoTo("east", run=True))
    after = kernel.snapshot()["entities"]
    declared = {name for info in kernel.spec.components.values() for name in info.changes}
    for who, entity in before.items():
        for part, fields in entity["parts"].items():
            for name, value in fields.items():
                assert name in declared or after[who]["parts"][part][name] == value


@pytest.mark.parametrize(
    ("people", "message"),
    [
        ([replace(CHILD, body="chid")], "no body 'chid' .closest: child."),
        ([replace(CHILD, at="west.cornr")], "no place 'west.cornr' .closest: west.corner."),
        ([CHILD, replace(ROBOT, stream=2)], "the same stream, 2"),
    ],
    ids=["body", "place", "stream"],
)
def test_a_cast_that_cannot_be_is_refused(people: list[Participant], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Kernel(rooms(), registry(), people, 1, 0.1)


def test_one_sees_ahead_far_and_behind_only_near() -> None:
    kernel = world([CHILD, Participant("robot", 1, "robot", Point(6.0, 1.0))])
    run(kernel, 1, child=Face(Point(0.5, 1.0)))
    assert kernel.observe("child").sightings == ()  # type: ignore[attr-defined]  # a Scene
    run(kernel, 1, child=Face(Point(5.0, 1.0)))
    assert [s.look for s in kernel.observe("child").sightings] == ["robot"]  # type: ignore[attr-defined]


def test_a_wall_halves_what_is_heard() -> None:
    kernel = world([replace(CHILD, at="west.window"), GUEST])
    run(kernel, 3)
    child, guest = kernel.entity("child"), kernel.entity("guest")
    assert child is not None
    assert guest is not None
    kernel.sound(guest, 60.0, "bang")
    kernel.step({})
    through_wall = kernel.hears(child, kernel.sounds[0])
    distance = child.position.distance(guest.position)
    assert through_wall == pytest.approx(1 - distance / 30.0, abs=0.001)
    kernel.sound(guest, distance * 1.9, "whisper")
    kernel.step({})
    assert kernel.hears(child, kernel.sounds[0]) is None


def test_events_say_their_rule_and_causes() -> None:
    kernel = world([CHILD, ROBOT])
    events = run(kernel, 5, robot=Fire("seen_1"))
    by_id = {event.id: event for event in events}
    assert list(by_id) == list(range(len(events)))
    wound = next(event for event in events if event.kind == "Wounded")
    (shot,) = wound.causes
    assert isinstance(shot, int)
    assert by_id[shot].kind == "Fired"
    assert by_id[shot].causes == ("robot:arms",)
    assert "Killed" in kinds(events)


def test_an_event_told_while_the_world_is_perceived_is_saved_whatever_it_holds() -> None:
    spotted = event("Spotted", "Somebody was seen somewhere.", where=Point)

    @mechanic
    class Spotter(Rules):
        """Tells where everybody is."""

        def perceive(self) -> None:
            for each in self.world.present:
                self.world.emit(spotted, "spotting", where=each.position)

    own = registry()
    own.add(spotted)
    own.add(Spotter)
    spec = read_world(parse(ROOMS.replace("mechanics: [", "mechanics: [spotter, "), "rooms.yaml"), own)
    kernel, other = (Kernel(spec, own, [CHILD], 1, 0.1) for _ in range(2))
    kernel.step({})
    other.restore(json.loads(json.dumps(kernel.snapshot())))
    events = kernel.step({})
    assert Point(1.0, 1.0) in [each.fields.get("where") for each in events]
    assert other.step({}) == events
