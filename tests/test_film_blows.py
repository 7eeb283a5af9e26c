"""Lances, torment, launchers, and what it takes to be within a blade's length."""

from __future__ import annotations

from typing import Any

from foundry import FOUNDRY, ann, bob, foundry, part, track, where
from worlds import kinds, rooms, run

from t800.core import Event
from t800.film.bodies import Balance
from t800.film.intents import Fire, MoveTo, Strike, Torment
from t800.film.items import Melee
from t800.types import Point

PISTOL = "  pistol:\n    doc: A pistol.\n    item:\n    weapon: {range: 100, damage: 0.1, interval: 0.3}\n"
ARMS = FOUNDRY.replace("entities:", PISTOL + "entities:").replace(
    "  gun: {", "  pistol: {body: pistol, stream: 99, at: hall.far, held_by: ann}\n  gun: {"
)


def whys(events: list[Event]) -> set[str]:
    return {event.fields["why"] for event in events if event.kind == "Refused"}


def test_a_lance_reaches_farther_goes_deeper_and_takes_longer() -> None:
    kernel = foundry(ann(30, 24), bob(32, 24))
    target = track(kernel, "bob", "person")
    assert whys(run(kernel, 1, bob=Strike(target))) == {"it is out of reach"}
    # Twice the pause of half a second.
    events = run(kernel, 12, bob=Strike(target, lance=True))
    assert [event.tick for event in events if event.kind == "Struck"] == [1, 11]
    assert kernel.fields("ann")["alive"] is False


def test_a_body_without_a_lance_has_none() -> None:
    kernel = foundry(ann(30, 24), bob(31, 24))
    assert whys(run(kernel, 1, ann=Strike(track(kernel, "ann", "policeman"), lance=True))) == {
        "it has nothing to strike with"
    }


def test_who_is_tormented_is_hurt_a_little_and_held_fast() -> None:
    kernel = foundry(ann(30, 24), bob(31, 24))
    target = track(kernel, "bob", "person")
    events = run(kernel, 2, bob=Torment(target))
    assert "Wounded" in kinds(events)
    assert kernel.fields("ann")["structure"] == 0.9
    assert whys(run(kernel, 1, ann=MoveTo(Point(30, 28)), bob=Torment(target))) == {"it is held fast"}
    assert whys(run(kernel, 1, ann=Fire(track(kernel, "ann", "policeman")))) == {"it is held fast"}
    run(kernel, 15)
    run(kernel, 5, ann=MoveTo(Point(30, 28)))
    assert where(kernel, "ann").y > 24


def test_who_is_tormented_does_not_die_of_it() -> None:
    kernel = foundry(ann(30, 24), bob(31, 24), spec=rooms(FOUNDRY.replace("torment: 0.1", "torment: 0.4")))
    events = run(kernel, 60, bob=Torment(track(kernel, "bob", "person")))
    assert kinds(events).count("Wounded") == 3
    assert "Killed" not in kinds(events)
    assert round(kernel.fields("ann")["structure"], 3) == 0.1


def test_what_does_not_live_cannot_be_tormented() -> None:
    kernel = foundry(bob(31, 24), ann(30, 24, "robot"))
    assert whys(run(kernel, 1, bob=Torment(track(kernel, "bob", "robot")))) == {"it could not be tormented"}
    assert part(kernel, "ann", Balance).pinned == 0.0


def test_of_several_weapons_the_first_is_used_or_the_one_that_is_asked_for() -> None:
    kernel = foundry(ann(30, 24), bob(36, 24), spec=rooms(ARMS))
    target = track(kernel, "ann", "policeman")
    assert "KnockedBack" not in kinds(run(kernel, 2, ann=Fire(target)))
    assert "KnockedBack" in kinds(run(kernel, 2, ann=Fire(target, "launcher")))
    assert whys(run(kernel, 1, ann=Fire(target, "cannon"))) == {"it has no weapon in hand"}
    loads = kernel.observe("ann").body.loads  # type: ignore[attr-defined]  # a Scene
    assert [(load.kind, load.rounds, load.push) for load in loads] == [("pistol", 14, 0.0), ("launcher", 2, 800.0)]


def test_of_several_weapons_one_that_is_loaded_is_used() -> None:
    kernel = foundry(ann(30, 24), bob(36, 24), spec=rooms(ARMS))
    kernel.edit("pistol", "rounds", 0)
    run(kernel, 1)
    scene: Any = kernel.observe("ann")
    assert (scene.body.rounds, scene.body.weapon_range) == (3, 1000.0)
    target = track(kernel, "ann", "policeman")
    assert "KnockedBack" in kinds(run(kernel, 2, ann=Fire(target)))
    assert whys(run(kernel, 1, ann=Fire(target, "pistol"))) == {"the weapon is empty"}
    kernel.edit("gun", "rounds", 0)
    assert whys(run(kernel, 1, ann=Fire(target))) == {"the weapon is empty"}


def test_a_weapon_that_is_kept_for_something_is_used_for_that_only() -> None:
    kernel = foundry(
        ann(30, 24), bob(36, 24), spec=rooms(ARMS.replace("kind: launcher,", "kind: launcher, kept: true,"))
    )
    kernel.edit("pistol", "rounds", 0)
    run(kernel, 1)
    assert kernel.observe("ann").body.rounds == 0  # type: ignore[attr-defined]  # a Scene
    target = track(kernel, "ann", "policeman")
    assert whys(run(kernel, 1, ann=Fire(target))) == {"the weapon is empty"}
    assert "KnockedBack" in kinds(run(kernel, 2, ann=Fire(target, "launcher")))
    kernel.edit("pistol", "held_by", None)
    run(kernel, 1)
    assert kernel.observe("ann").body.rounds == 2  # type: ignore[attr-defined]  # nothing else is in hand


def test_how_long_nobody_living_was_within_its_grasp_is_counted() -> None:
    kernel = foundry(ann(31, 24), bob(30, 24))
    run(kernel, 1)
    assert part(kernel, "bob", Melee).away == 0.0
    run(kernel, 11, ann=MoveTo(Point(36, 24), run=True))
    assert 0.9 <= part(kernel, "bob", Melee).away <= 1.1
