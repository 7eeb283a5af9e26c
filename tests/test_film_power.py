from __future__ import annotations

from foundry import part
from worlds import ROOMS, kinds, rooms, run, world

from t800.core import Event
from t800.film.bodies import Frame
from t800.film.intents import Fire, MoveTo, Probe, Rise, Say, Strike, SwitchPower
from t800.film.supply import PowerSupply
from t800.spec.world import Participant, WorldSpec
from t800.types import Point
from t800.world import Kernel

SHOOTER = Participant("robot", 1, "robot", Point(2.0, 4.0))
TARGET = Participant("other", 2, "robot", Point(4.0, 4.0))


def fragile(spare: float = 1.0) -> WorldSpec:
    text = ROOMS.replace("fragility: 0.0", f"fragility: 1.0, spare: {spare}, reserve: 0.5")
    return rooms(text.replace("knock_back: 100, ", ""))


def cut(spare: float = 1.0, seed: int = 1) -> tuple[Kernel, list[Event]]:
    kernel = world([SHOOTER, TARGET], spec=fragile(spare), seed=seed)
    return kernel, run(kernel, 3, robot=Fire("seen_1"))


def whys(events: list[Event]) -> list[str]:
    return [event.fields["why"] for event in events if event.kind == "Refused"]


def test_a_hit_can_cut_the_power() -> None:
    kernel, events = cut()
    (hit,) = [event for event in events if event.kind == "Damaged"]
    (off,) = [event for event in events if event.kind == "ShutDown"]
    assert off.causes == (hit.id,)
    assert kernel.fields("other")["power"] == 0.0


def test_without_power_it_neither_moves_nor_speaks_nor_perceives() -> None:
    kernel, _ = cut()
    assert whys(run(kernel, 1, other=MoveTo(Point(9.0, 4.0)))) == ["no power"]
    assert whys(run(kernel, 1, other=Say("Hello"))) == ["no power"]
    seen = kernel.observe("other")
    assert (seen.sightings, seen.sounds) == ((), ())  # type: ignore[attr-defined]  # a Scene
    assert seen.body.power == 0.0  # type: ignore[attr-defined]


def test_a_path_that_carries_current_is_found_by_probing_and_closed() -> None:
    kernel, _ = cut()
    found = run(kernel, 6, other=Probe(2))
    assert kinds(found) == ["PathFound"]
    states = {path.number: path.state for path in kernel.observe("other").body.paths}  # type: ignore[attr-defined]
    assert states == {1: "unknown", 2: "live", 3: "unknown"}
    assert kinds(run(kernel, 1, other=SwitchPower(2))) == ["PathClosed"]
    assert "Restarted" in kinds(run(kernel, 1, other=Rise()))
    assert kernel.fields("other")["power"] == 0.5
    run(kernel, 10, other=MoveTo(Point(9.0, 4.0)))
    assert kernel.fields("other")["speed"] == 0.75


def test_a_restart_can_be_heard() -> None:
    kernel, _ = cut()
    run(kernel, 1, other=SwitchPower(1))
    assert kernel.observe("robot").sounds == ()  # type: ignore[attr-defined]  # a Scene
    run(kernel, 1, other=Rise())
    assert [sound.kind for sound in kernel.observe("robot").sounds] == ["whirr"]  # type: ignore[attr-defined]


def test_a_dead_path_is_found_dead_and_cannot_be_closed() -> None:
    kernel, _ = cut(spare=0.0)
    assert "PathFound" not in kinds(run(kernel, 6, other=Probe(1)))
    assert kernel.observe("other").body.paths[0].state == "dead"  # type: ignore[attr-defined]
    assert whys(run(kernel, 1, other=SwitchPower(1))) == ["that path carries no current"]
    assert whys(run(kernel, 1, other=SwitchPower(0))) == ["that path carries no current"]
    assert whys(run(kernel, 1, other=Probe(9))) == ["it has no such path"]


def test_probing_another_path_starts_over() -> None:
    kernel, _ = cut()
    for path in (1, 2, 1, 2, 1, 2, 1, 2):
        assert "PathFound" not in kinds(run(kernel, 1, other=Probe(path)))


def test_spare_paths_are_a_matter_of_chance() -> None:
    dead = [len(cut(spare=0.5, seed=seed)[0].fields("other")["dead"]) for seed in range(60)]
    assert sorted(set(dead)) == [1, 2, 3, 4]


def test_a_closed_path_wakes_the_mind_and_not_yet_the_limbs() -> None:
    kernel, _ = cut()
    run(kernel, 1, other=SwitchPower(2))
    seen = kernel.observe("other")
    assert [each.look for each in seen.sightings] == ["robot"]  # type: ignore[attr-defined]  # a Scene
    assert whys(run(kernel, 1, other=MoveTo(Point(9.0, 4.0)))) == ["no power"]
    (lying,) = kernel.observe("robot").sightings  # type: ignore[attr-defined]
    assert lying.posture == "down"
    assert whys(run(kernel, 1, robot=Rise())) == ["no path was closed for it"]


def test_a_restart_says_whether_anybody_saw_it() -> None:
    kernel, _ = cut()
    run(kernel, 1, other=SwitchPower(1))
    (event,) = [event for event in run(kernel, 1, other=Rise()) if event.kind == "Restarted"]
    assert event.fields == {"who": "other", "path": 1, "seen": True}
    kernel, _ = cut()
    run(kernel, 1, other=SwitchPower(1))
    run(kernel, 60, robot=MoveTo(Point(19.0, 1.0), run=True))
    (event,) = [event for event in run(kernel, 1, other=Rise()) if event.kind == "Restarted"]
    assert event.fields["seen"] is False


def test_what_runs_on_an_alternate_path_has_only_so_much_energy() -> None:
    kernel, _ = cut()
    run(kernel, 1, other=SwitchPower(1))
    (risen,) = [event for event in run(kernel, 1, other=Rise()) if event.kind == "Restarted"]
    supply = part(kernel, "other", PowerSupply)
    supply.energy = 4.0
    run(kernel, 40)
    assert supply.energy == 2.0
    events = run(kernel, 12, other=MoveTo(Point(9.0, 4.0)))
    (off,) = [event for event in events if event.kind == "ShutDown"]
    assert (off.fields["cause"], off.causes) == ("its energy is spent", (risen.id,))
    assert kernel.fields("other")["power"] == 0.0


def test_on_the_main_path_energy_does_not_drain() -> None:
    kernel = world([SHOOTER, TARGET], spec=fragile())
    run(kernel, 50, other=MoveTo(Point(9.0, 4.0)))
    assert kernel.fields("other")["energy"] == 900.0


def test_a_machine_that_is_broken_already_is_cut_off_more_easily() -> None:
    text = ROOMS.replace("fragility: 0.0", "fragility: 0.2, wear: 4.0").replace("knock_back: 100, ", "")

    def cuts(structure: float) -> int:
        found = 0
        for seed in range(30):
            kernel = world([SHOOTER, TARGET], spec=rooms(text), seed=seed)
            part(kernel, "other", Frame).structure = structure
            found += "ShutDown" in kinds(run(kernel, 3, robot=Fire("seen_1")))
        return found

    assert cuts(4.0) > cuts(10.0) > 0


def test_what_is_weaker_throws_less_far() -> None:
    text = ROOMS.replace("melee: {grasp: 1.2, ", "melee: {grasp: 2.5, throw: 600, ")
    ways = []
    for power in (1.0, 0.5):
        kernel = world([SHOOTER, TARGET], spec=rooms(text))
        part(kernel, "robot", PowerSupply).power = power
        run(kernel, 2, robot=Strike("seen_1"))
        ways.append(kernel.entity("other").position.x - 4.0)  # type: ignore[union-attr]  # it is there
    assert ways[0] == 3.0
    assert ways[1] == 0.75
