from __future__ import annotations

from foundry import FOUNDRY, ann, bob, foundry, part, track, where
from worlds import kinds, rooms, run

from t800.core import Event
from t800.film.bodies import Frame
from t800.film.heat import Warmth
from t800.film.intents import Fire, MoveTo, Strike
from t800.types import Point
from t800.world import Kernel


def at(temperature: float, kernel: Kernel | None = None) -> Kernel:
    """A foundry with liquid metal as warm as this, far from the steel."""
    kernel = kernel or foundry(ann(30, 26), bob(36, 26))
    part(kernel, "bob", Warmth).temperature = temperature
    return kernel


def frozen() -> Kernel:
    kernel = at(-150.0)
    assert "Frozen" in kinds(run(kernel, 1))
    return kernel


def shattered() -> tuple[Kernel, list[Event]]:
    kernel = frozen()
    events = run(kernel, 3, ann=Fire(track(kernel, "ann", "quicksilver")))
    return kernel, events


def test_cold_makes_liquid_metal_slow_and_then_freezes_it() -> None:
    ways = []
    for temperature in (25.0, -50.0, -90.0):
        kernel = at(temperature)
        run(kernel, 2, bob=MoveTo(Point(20, 26), run=True))
        ways.append(36 - where(kernel, "bob").x)
    assert ways[0] > ways[1] > ways[2] > 0.0
    kernel = frozen()
    assert [e.fields["why"] for e in run(kernel, 1, bob=MoveTo(Point(20, 26)))] == ["it is frozen"]


def test_it_is_frozen_by_the_tank_that_burst_and_not_by_what_hit_it_before() -> None:
    kernel = foundry(ann(30, 24), bob(6, 27), spec=rooms(FOUNDRY.replace("knock_back: 800", "knock_back: 0")))
    assert "Damaged" in kinds(run(kernel, 2, ann=Fire(track(kernel, "ann", "policeman"))))
    events = run(kernel, 30, ann=Fire(track(kernel, "ann", "tanker")))
    (frozen,) = [event for event in events if event.kind == "Frozen"]
    assert [event.kind for event in events if event.id in frozen.causes] == ["Burst"]


def test_warmth_thaws_what_is_whole() -> None:
    kernel = frozen()
    at(5.0, kernel)
    assert kinds(run(kernel, 1)) == ["Thawed", "LookResumed"]
    run(kernel, 2, bob=MoveTo(Point(20, 26)))
    assert where(kernel, "bob").x < 36


def test_a_blow_shatters_it_only_when_it_is_frozen() -> None:
    _, events = shattered()
    (event,) = [event for event in events if event.kind == "Shattered"]
    assert event.fields == {"who": "bob", "by": "ann"}
    assert next(e.kind for e in events if e.id in event.causes) == "Damaged"
    warm = at(25.0)
    assert "Shattered" not in kinds(run(warm, 3, ann=Fire(track(warm, "ann", "policeman"))))


def test_in_pieces_it_perceives_nothing_and_lies_on_the_ground() -> None:
    kernel, _ = shattered()
    scene = kernel.observe("bob")
    assert (scene.sightings, scene.sounds) == ((), ())  # type: ignore[attr-defined]  # a Scene
    (seen,) = [each for each in kernel.observe("ann").sightings if each.look == "quicksilver"]  # type: ignore[attr-defined]
    assert (seen.posture, seen.stiff, seen.pieces) == ("down", True, True)


def test_warmth_lets_the_pieces_run_together_whole() -> None:
    kernel, _ = shattered()
    assert "Reformed" not in kinds(run(kernel, 20))
    at(10.0, kernel)
    events = run(kernel, 12)
    assert "Reformed" in kinds(events)
    assert kernel.fields("bob")["structure"] == 5.0
    assert not kernel.fields("bob")["shattered"]


def test_cold_pieces_stay_pieces() -> None:
    kernel, _ = shattered()
    for _ in range(40):
        at(-150.0, kernel)
        assert "Reformed" not in kinds(run(kernel, 1))


def test_frozen_hot_or_badly_hurt_it_loses_its_look_and_takes_it_up_again() -> None:
    for temperature in (-150.0, 400.0):
        kernel = at(temperature)
        assert "LookLost" in kinds(run(kernel, 1))
        assert kernel.fields("bob")["look"] == "quicksilver"
        at(20.0, kernel)
        run(kernel, 1)
        assert kernel.fields("bob")["look"] == "policeman"
    kernel = at(25.0)
    look = track(kernel, "ann", "policeman")
    part(kernel, "bob", Frame).structure = 1.2
    events = run(kernel, 3, ann=Fire(look))
    assert "LookLost" in kinds(events)


def test_nothing_but_melting_destroys_it() -> None:
    kernel = at(25.0)
    part(kernel, "bob", Frame).structure = 0.5
    events = run(kernel, 3, ann=Fire(track(kernel, "ann", "policeman")))
    assert "Destroyed" not in kinds(events)
    assert kernel.fields("bob")["structure"] == 0.0
    assert kernel.fields("bob")["down"] > 0.0


def test_a_machine_that_does_more_than_melt_is_destroyed_by_damage() -> None:
    kernel = foundry(ann(36, 25), bob(36, 26, "robot"))
    part(kernel, "bob", Frame).structure = 0.4
    events = run(kernel, 2, ann=Strike(track(kernel, "ann", "robot")))
    (event,) = [event for event in events if event.kind == "Destroyed"]
    assert event.fields == {"what": "bob", "by": "ann", "in": "hall"}
