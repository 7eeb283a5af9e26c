from __future__ import annotations

from dataclasses import replace

from minds import Mind, person, scene

from t800.film.records import Fallen, Fixture, Heard, Route, Scene
from t800.film.senses import watched
from t800.film.surroundings import count_routes, find_fixture, hear_kind, hear_verb, see_end, trail, watch_fallen
from t800.types import Point

LYING = person(4.0, 0.0, "giant", down=True)
RECORD = Fallen("seen_1", "giant", Point(4.0, 0.0), 0.0, dead=False)


def sound(kind: str = "whirr", at: Point = Point(4.0, 0.5), **more: object) -> Heard:  # noqa: B008
    return replace(Heard("s", kind, 0.5, at), **more)  # type: ignore[arg-type]


def with_fixtures(*fixtures: Fixture) -> Scene:
    return replace(scene(), fixtures=fixtures)  # type: ignore[arg-type]  # lists arrive as tuples


def after(seconds: float, people: tuple[object, ...] = (LYING,), start: Fallen = RECORD) -> dict[str, object]:
    """What is believed of the fallen after so long a look at them."""
    felt: dict[str, object] = {"fallen": (start,)}
    for _ in range(round(seconds * 10)):
        felt = Mind(watch_fallen, scene()).feel(
            people=list(people), before=felt["fallen"], enemies=("giant",), patience=3.0
        )
    return felt


def test_who_lies_without_motion_or_sound_is_believed_dead_after_some_time() -> None:
    early, late = after(2.8), after(3.2)
    assert [each.dead for each in early["fallen"]] == [False]  # type: ignore[attr-defined]
    assert early["unsure"] is not None
    assert [each.dead for each in late["fallen"]] == [True]  # type: ignore[attr-defined]
    assert late["unsure"] is None


def test_a_sound_or_a_motion_begins_the_wait_anew() -> None:
    heard = Mind(watch_fallen, scene(sounds=(sound(),))).feel(
        people=[LYING], before=(replace(RECORD, still=9.0, dead=True),), enemies=("giant",)
    )
    moved = Mind(watch_fallen, scene()).feel(
        people=[LYING], before=(replace(RECORD, still=9.0, dead=True, position=Point(5.0, 0.0)),), enemies=("giant",)
    )
    far = Mind(watch_fallen, scene(sounds=(sound(at=Point(9.0, 9.0)),))).feel(
        people=[LYING], before=(replace(RECORD, still=9.0, dead=True),), enemies=("giant",)
    )
    assert [felt["fallen"][0].still for felt in (heard, moved)] == [0.0, 0.0]
    assert [felt["unsure"] is not None for felt in (heard, moved, far)] == [True, True, False]


def test_who_gets_up_is_not_believed_dead_any_more_and_who_is_out_of_sight_is() -> None:
    dead = replace(RECORD, still=9.0, dead=True)
    up = Mind(watch_fallen, scene()).feel(people=[replace(LYING, down=False)], before=(dead,), enemies=("giant",))
    gone = Mind(watch_fallen, scene()).feel(people=[], before=(dead,), enemies=("giant",))
    assert up["fallen"] == ()
    assert gone["fallen"] == (dead,)


def test_only_enemies_are_watched() -> None:
    felt = Mind(watch_fallen, scene()).feel(people=[LYING], before=(), enemies=("dwarf",))
    assert (felt["fallen"], felt["unsure"]) == ((), None)


def test_the_nearest_of_a_look_is_found_and_remembered() -> None:
    near, far = (Fixture("f", "steel", Point(x, 0.0), x, 6.0) for x in (3.0, 9.0))
    assert Mind(find_fixture, with_fixtures(far, near)).feel(look="steel") == {"fixture": near}
    assert Mind(find_fixture, with_fixtures(far)).feel(look="chain") == {}


def test_a_call_counts_from_a_voice_that_is_trusted() -> None:
    call = sound("speech", verb="come", voice="hoarse")
    assert Mind(hear_verb, scene(sounds=(call,))).feel(verb="come", voices=("hoarse",)) == {"heard": True}
    assert Mind(hear_verb, scene(sounds=(call,))).feel(verb="come", voices=("calm",)) == {}
    assert Mind(hear_verb, scene(sounds=(call,))).feel(verb="lower", voices=("hoarse",)) == {}


def test_a_sound_of_a_kind_is_kept_whatever_else_is_louder() -> None:
    sounds = (sound("whirr"), sound("shot", Point(1.0, 1.0)))
    assert Mind(hear_kind, scene(sounds=sounds)).feel(kind="whirr") == {"place": Point(4.0, 0.5)}
    assert Mind(hear_kind, scene(sounds=sounds)).feel(kind="splash") == {}


def test_the_end_of_somebody_is_seen_by_their_look() -> None:
    seen = replace(scene(), melted=("quicksilver",))  # type: ignore[arg-type]
    assert Mind(see_end, seen).feel(looks=("policeman", "quicksilver")) == {"over": True}
    assert Mind(see_end, seen).feel(looks=("policeman",)) == {}


def test_a_route_closes_with_what_it_leads_over() -> None:
    routes = (Route("own", open=True), Route("arm", open=True), Route("chip", open=True))
    seen = replace(scene(), melted=("arm",))  # type: ignore[arg-type]
    felt = Mind(count_routes, seen).feel(before=routes)
    assert [route.open for route in felt["routes"]] == [True, False, True]
    assert felt["others_open"] == 1
    assert Mind(count_routes, scene()).feel(before=felt["routes"])["others_open"] == 1
    assert Mind(count_routes, seen).feel(before=()) == {}


def test_a_route_of_which_one_was_not_told_does_not_count_yet() -> None:
    routes = (Route("own", open=True), Route("arm", open=True), Route("chip", open=True, learned_from="old_chip"))
    assert Mind(count_routes, scene()).feel(before=routes)["others_open"] == 1
    assert Mind(count_routes, scene()).feel(before=routes, knows=("old_chip",))["others_open"] == 2
    seen = replace(scene(), melted=("chip",))  # type: ignore[arg-type]
    told = Mind(count_routes, seen).feel(before=routes, knows=("old_chip",))
    assert (told["others_open"], told["routes"][2].open) == (1, False)


def test_the_way_here_is_remembered_a_stretch_at_a_time() -> None:
    first = Mind(trail, scene()).feel(before=())
    assert first == {"way": (Point(0.0, 0.0),), "behind": Point(0.0, 0.0)}
    assert Mind(trail, scene(position=Point(5.0, 0.0))).feel(before=first["way"]) == {}
    later = Mind(trail, scene(position=Point(13.0, 0.0))).feel(before=first["way"])
    assert later["behind"] == Point(0.0, 0.0)
    last = Mind(trail, scene(position=Point(26.0, 0.0))).feel(before=later["way"])
    assert last["behind"] == Point(13.0, 0.0)


def test_neither_friends_nor_those_who_look_away_count_as_watching() -> None:
    context = Mind(watched, scene()).context
    assert watched(context, [person(1.0, 0.0)]) is True
    assert watched(context, [person(1.0, 0.0, who="jim")]) is False
    assert watched(context, [person(1.0, 0.0, averted=True)]) is False
