from __future__ import annotations

from worlds import ROOMS, kinds, rooms, run, world

from t800.core import Event
from t800.film.intents import Fire, MoveTo, Probe, Say, SwitchPower
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
    assert "Restarted" in kinds(run(kernel, 1, other=SwitchPower(2)))
    assert kernel.fields("other")["power"] == 0.5
    run(kernel, 10, other=MoveTo(Point(9.0, 4.0)))
    assert kernel.fields("other")["speed"] == 0.75


def test_a_restart_can_be_heard() -> None:
    kernel, _ = cut()
    run(kernel, 1, other=SwitchPower(1))
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
