from __future__ import annotations

from foundry import FOUNDRY, ann, bob, foundry, part, temperatures, track
from worlds import kinds, rooms, run

from t800.film.heat import Warmth
from t800.film.intents import Fire
from t800.types import Entity
from t800.world.driving import Rider


def test_who_is_near_a_vat_grows_warm_and_who_is_far_does_not() -> None:
    near = temperatures(foundry(bob(20, 18)), "bob", 100)[-1]
    nearer = temperatures(foundry(bob(20, 17)), "bob", 100)[-1]
    far = temperatures(foundry(bob(38, 28)), "bob", 100)[-1]
    assert nearer > near > far == 25.0


def test_a_wall_keeps_the_heat_off() -> None:
    open_hall = rooms(FOUNDRY.replace("radiates: 10", "radiates: 30"))
    assert temperatures(foundry(bob(38, 10), spec=open_hall), "bob", 100)[-1] > 26.0
    assert temperatures(foundry(bob(41, 10), spec=open_hall), "bob", 100)[-1] == 25.0


def test_a_better_conductor_takes_on_heat_faster() -> None:
    slow = rooms(FOUNDRY.replace("warmth: {conducts: 0.1}", "warmth: {conducts: 0.01}"))
    assert (
        temperatures(foundry(bob(20, 17), spec=slow), "bob", 20)[-1] < temperatures(foundry(bob(20, 17)), "bob", 20)[-1]
    )


def test_a_body_away_from_all_sources_comes_back_to_the_air_around_it() -> None:
    kernel = foundry(bob(38, 28))
    part(kernel, "bob", Warmth).temperature = -150.0
    found = temperatures(kernel, "bob", 400)
    assert list(found) == sorted(found)
    assert 20.0 < found[-1] <= 25.0


def test_nitrogen_stays_in_its_tank_until_that_bursts() -> None:
    kernel = foundry(ann(30, 24), bob(9, 24))
    assert temperatures(kernel, "bob", 20)[-1] == 25.0
    assert kernel.fields("tanker")["pool"] == 0.0


def test_a_tank_bursts_when_enough_hits_got_to_it_and_its_liquid_spreads_and_boils_away() -> None:
    kernel = foundry(ann(30, 24))
    tank = track(kernel, "ann", "tanker")
    first = run(kernel, 2, ann=Fire(tank))
    assert "Burst" not in kinds(first)
    second = run(kernel, 4, ann=Fire(tank))
    (burst,) = [event for event in second if event.kind == "Burst"]
    assert (burst.fields["what"], burst.fields["by"]) == ("tanker", "ann")
    assert [event.kind for event in first + second if event.id in burst.causes] == ["Damaged"]
    run(kernel, 10)
    assert kernel.fields("tanker")["pool"] == 6.0
    run(kernel, 30)
    assert kernel.fields("tanker")["pool"] == 0.0


def test_what_runs_out_cools_whoever_it_touches_and_nobody_else() -> None:
    kernel = foundry(ann(30, 24), bob(6, 27))
    run(kernel, 6, ann=Fire(track(kernel, "ann", "tanker")))
    run(kernel, 10)
    assert kernel.fields("bob")["temperature"] < -50.0
    assert kernel.fields("ann")["temperature"] == 25.0


def test_whoever_sits_in_a_vehicle_is_not_touched_by_what_is_on_the_ground() -> None:
    kernel = foundry(ann(30, 24), bob(6, 24))
    part(kernel, "bob", Rider).vehicle = Entity("tanker")
    burst = run(kernel, 6, ann=Fire(track(kernel, "ann", "tanker")))
    assert "Burst" in kinds(burst)
    assert temperatures(kernel, "bob", 10)[-1] == 25.0
