"""Blood: wounds that bleed and are bound up, hands that let go, and work that is gone with its last copy."""

from __future__ import annotations

from typing import Any

from test_film_explosives import HE, TEXT, of, whys
from worlds import registry, run

from t800.core import FAILURE, RUNNING, Fate
from t800.film.bleeding import grip
from t800.film.bodies import Living
from t800.film.combat import Combat, Hit
from t800.film.finding import find_thing
from t800.film.intents import Bandage
from t800.film.skills.handling import bandage
from t800.loader.document import parse
from t800.loader.world import read_world
from t800.spec.world import Participant
from t800.types import Entity, Point
from t800.world import Kernel
from t800.world.walking import Face, MoveTo


def world(text: str = TEXT, *people: Participant) -> Kernel:
    return Kernel(read_world(parse(text, "rooms.yaml"), registry()), registry(), people or (HE,), 1, 0.1)


def hit(kernel: Kernel, through: float, who: str = "he", by: str = "near") -> list[Any]:
    combat, target, source = kernel.rules(Combat), kernel.entity(who), kernel.entity(by)
    assert combat is not None
    assert target is not None
    assert source is not None
    combat.take(Hit(target, source, "stone", through, 0.0, source.position, -1))
    return run(kernel, 1)


def test_a_wound_bleeds_and_grip_falls_with_the_blood() -> None:
    kernel = world()
    hit(kernel, 0.5)
    run(kernel, 99)
    he = kernel.entity("he")
    assert he is not None
    # 0.5 x 100 ml a second, for ten seconds.
    assert he.blood == 4500.0
    assert round(grip(he), 3) == round(0.55 / 0.65, 3)
    assert he.mobility == round(grip(he), 3)
    scene: Any = kernel.observe("he")
    assert (scene.body.blood, scene.body.grip) == (0.9, 0.846)


def test_a_hit_makes_him_fall_and_drop_what_he_holds_and_a_scratch_does_not() -> None:
    kernel = world()
    hit(kernel, 0.2)
    assert kernel.entity("radio_1").held_by == "he"  # type: ignore[union-attr]
    assert not whys(run(kernel, 1, he=MoveTo(Point(5.0, 2.0))))
    hit(kernel, 0.3)
    assert kernel.entity("radio_1").held_by is None  # type: ignore[union-attr]
    assert whys(run(kernel, 1, he=MoveTo(Point(5.0, 2.0)))) == ["it is down"]
    # Whoever lies there can still turn their head.
    he = kernel.entity("he")
    assert he is not None
    for place in (Point(he.position.x, 9.0), Point(he.position.x, -9.0)):
        assert not whys(run(kernel, 1, he=Face(place)))
        assert he.facing == Point(0.0, 1.0 if place.y > 0.0 else -1.0)


def test_who_has_lost_too_much_faints_and_then_dies_of_who_wounded_him() -> None:
    kernel = world()
    hit(kernel, 3.0)
    (killed,) = of(run(kernel, 200), "Killed")
    assert killed.fields == {"who": "he", "by": "near", "with": "loss of blood"}
    assert killed.rule == "loss of blood"
    assert kernel.entity("he").get(Living).alive is False  # type: ignore[union-attr]


def test_wounds_that_clot_do_not_kill() -> None:
    kernel = world(TEXT.replace("staggers: 0.25", "clots: 0.5, staggers: 0.25"))
    hit(kernel, 3.0)
    assert not of(run(kernel, 600), "Killed")
    assert 4380.0 < kernel.entity("he").blood < 4420.0  # type: ignore[union-attr]


COPIES = (
    TEXT.replace("bleeding, explosives", "bleeding, archives, explosives")
    .replace(
        "  crate: {doc: Wood., frame: {structure: 1.0, whole: 1.0}, machine: {}}",
        "  crate: {doc: A copy., frame: {structure: 1.0, whole: 1.0}, machine: {}, transcript: {of: the_plan}}\n"
        "  plan: {doc: The plan., machine: {}, work: {title: the_plan}}",
    )
    .replace("  near:", "  idea: {body: plan, stream: 110, at: west}\n  near:")
)


def test_work_is_gone_with_the_last_of_its_copies() -> None:
    kernel = world(COPIES)
    assert not of(hit(kernel, 2.0, "near", "he"), "Destroyed", what="idea")
    (gone,) = of(hit(kernel, 2.0, "far", "he"), "Destroyed", what="idea")
    assert gone.fields == {"what": "idea", "by": "he", "in": "east"}
    assert gone.causes
    assert kernel.fields("idea")["destroyed"] is True
    assert not of(run(kernel, 5), "Destroyed")


def test_copies_of_other_work_do_not_keep_it() -> None:
    other = COPIES.replace(
        "far: {body: crate, stream: 108, at: east.c}", "far: {body: crate, stream: 108, at: east.c, of: x}"
    )
    assert of(hit(world(other), 2.0, "near", "he"), "Destroyed", what="idea")


def test_what_lies_about_is_seen_the_nearest_first_and_what_is_held_or_behind_walls_is_not() -> None:
    kernel = world()
    scene: Any = kernel.observe("he")
    assert [(found.called, found.distance) for found in scene.things] == [("plunger", 0.0), ("anvil", 0.5)]
    assert kernel.whom(kernel.entity("he"), scene.things[1].track) is kernel.entity("anvil_1")  # type: ignore[arg-type]
    kernel.edit("anvil_1", "held_by", "he")
    kernel.edit("box_1", "position", {"x": 15.0, "y": 2.0})
    scene = kernel.observe("he")
    assert not scene.things


def test_a_thing_is_found_by_what_it_is_called() -> None:
    from minds import Mind

    scene: Any = world().observe("he")
    assert Mind(find_thing, scene).feel(called=("anvil",))["thing"].called == "anvil"
    assert Mind(find_thing, scene).feel(called=("chalice",)) == {"thing": None}


BOB = Participant("bob", 4, "man", Point(3.0, 2.0))
AFAR = Participant("bob", 4, "man", Point(6.0, 2.0))


def dress(kernel: Kernel, what: str = "man") -> Bandage:
    """What bob asks for who wants to bind up somebody."""
    scene: Any = kernel.observe("bob")
    return Bandage(next(seen.track for seen in scene.sightings if seen.look == what))


def test_hands_stop_a_wound_after_a_while_and_it_is_seen_to_be_bound_up() -> None:
    kernel = world(TEXT, HE, BOB)
    hit(kernel, 0.2)
    assert kernel.observe("he").body.bleeding  # type: ignore[attr-defined]  # a Scene
    events = run(kernel, 100, bob=dress(kernel))
    (bound,) = of(events, "Bandaged")
    assert (bound.fields, bound.rule) == ({"who": "he", "by": "bob"}, "bandages")
    # From 20 ml a second to 2, by the share of 0.4 a second.
    assert 50 < bound.tick < 65
    lost = kernel.entity("he").blood  # type: ignore[union-attr]
    run(kernel, 20)
    assert kernel.entity("he").blood == lost  # type: ignore[union-attr]
    scene: Any = kernel.observe("bob")
    assert [seen.dressed for seen in scene.sightings] == [True]
    assert not kernel.observe("he").body.bleeding  # type: ignore[attr-defined]
    assert whys(run(kernel, 1, bob=dress(kernel))) == ["it does not bleed"]


def test_who_does_not_bleed_or_is_out_of_reach_is_not_bandaged() -> None:
    kernel = world(TEXT, HE, BOB)
    assert whys(run(kernel, 1, bob=dress(kernel))) == ["it does not bleed"]
    assert whys(run(kernel, 1, bob=Bandage(Entity("nobody")))) == ["it is not in sight"]
    kernel = world(TEXT, HE, AFAR)
    hit(kernel, 0.2)
    assert whys(run(kernel, 1, bob=dress(kernel))) == ["it is out of reach"]
    scene: Any = kernel.observe("bob")
    assert [seen.dressed for seen in scene.sightings] == [False]


def test_one_binds_up_until_the_world_says_that_it_cannot_be() -> None:
    from minds import Mind

    mind = Mind(bandage, world().observe("he"))  # type: ignore[arg-type]  # a Scene
    assert mind.act(target="seen_1") is RUNNING
    assert mind.asked == Bandage(Entity("seen_1"))
    refused = Mind(bandage, world().observe("he"), Fate("refused", "it does not bleed"))  # type: ignore[arg-type]
    assert refused.act(target="seen_1") is FAILURE
