"""Charges, radio triggers and plungers: what sets charges off, what does not, and what a blast does."""

from __future__ import annotations

import json
from typing import Any

from worlds import kinds, registry, run

from t800.core import Event
from t800.film.explosives import Plant
from t800.film.plungers import HoldOver
from t800.film.triggers import Transmit
from t800.loader.document import parse
from t800.loader.world import read_world
from t800.spec.world import Participant
from t800.types import Entity, Point
from t800.world import Kernel

TEXT = """
world: rooms
doc: Two rooms side by side, a door between them.
mechanics: [walking, bodies, sight, combat, bleeding, explosives, triggers, plungers, finding, perception]
places:
  west: {from: [0, 0], to: [10, 8], points: {a: [2, 2], b: [2.5, 2], c: [6, 2], d: [4, 2], e: [8, 2]}}
  east: {from: [10, 0], to: [20, 8], points: {c: [14, 2]}}
doorways:
  door: {between: [west, east], at: [10, 7], width: 1.0}
bodies:
  man:
    doc: Bleeds.
    appearance: {look: man, width: 0.4}
    frame: {structure: 5.0, whole: 5.0}
    living:
    blood: {bleeds: 100, staggers: 0.25, shock: 2}
    balance: {mass: 80}
    mover:
    eyes: {ahead: 50, behind: 50, noticing: 1000}
    marksman: {accuracy: 1.0, draw: 0.1}
  crate: {doc: Wood., frame: {structure: 1.0, whole: 1.0}, machine: {}}
  bomb: {doc: Bang., item: {}, charge: {circuit: c, harm: 10, radius: 20, leaks: 0.1, kindles: 3, fitting: 1.0}}
  radio: {doc: Click., item: {}, machine: {}, radio_trigger: {signal: c, radio_range: 12, passes: 0.5, exposed: 1.0}}
  box: {doc: A box with a handle., item: {}, thing: {called: plunger}, plunger: {wire: c, rig: 0.5}}
  anvil: {doc: Heavy., item: {}, thing: {called: anvil}, ballast: {takes: 0.5}}
  gun: {doc: Loud., item: {}, weapon: {range: 100, damage: 0.4, rounds: 9, interval: 1.0}}
entities:
  bomb_1: {body: bomb, stream: 101, at: west, held_by: he}
  radio_1: {body: radio, stream: 103, at: west, held_by: he}
  box_1: {body: box, stream: 104, at: west.a}
  anvil_1: {body: anvil, stream: 105, at: west.b}
  gun_1: {body: gun, stream: 106, at: east, held_by: foe}
  near: {body: crate, stream: 107, at: west.c}
  far: {body: crate, stream: 108, at: east.c}
"""
HE = Participant("he", 1, "man", Point(2.0, 2.0))
FOE = Participant("foe", 2, "man", Point(8.0, 2.0))


def world(*people: Participant, text: str = TEXT, seed: int = 1) -> Kernel:
    return Kernel(read_world(parse(text, "rooms.yaml"), registry()), registry(), people, seed, 0.1)


def of(events: list[Event], kind: str, **fields: Any) -> list[Event]:
    return [event for event in events if event.kind == kind and fields.items() <= event.fields.items()]


def whys(events: list[Event]) -> list[str]:
    return [event.fields["why"] for event in events if event.kind == "Refused"]


def planted(*people: Participant, text: str = TEXT) -> Kernel:
    kernel = world(HE, *people, text=text)
    assert kinds(run(kernel, 10, he=Plant()))[-1] == "ChargeSet"
    return kernel


def plunger(kernel: Kernel) -> HoldOver:
    scene: Any = kernel.observe("he")
    return HoldOver(next(found.track for found in scene.things if found.called == "plunger"))


def test_to_fit_a_charge_takes_its_time_at_a_stretch() -> None:
    kernel = world(HE)
    assert not of(run(kernel, 9, he=Plant()), "ChargeSet")
    run(kernel, 1)
    assert not of(run(kernel, 9, he=Plant()), "ChargeSet")
    (fitted,) = of(run(kernel, 1, he=Plant()), "ChargeSet")
    assert fitted.fields == {"by": "he", "what": "bomb_1", "in": "west"}
    assert kernel.entity("bomb_1").held_by is None  # type: ignore[union-attr]
    assert whys(run(kernel, 1, he=Plant())) == ["it has no charge in hand"]
    kernel = world(HE)
    kernel.edit("he", "speed", 1.0)
    assert whys(run(kernel, 1, he=Plant())) == ["it does not stand still"]


def test_a_blast_is_the_weaker_the_farther_and_walls_weaken_it_more() -> None:
    kernel = planted()
    events = run(kernel, 1, he=Transmit())
    assert kinds(events)[:2] == ["Triggered", "Exploded"]
    (gone,) = of(events, "Destroyed", what="near")
    assert gone.fields == {"what": "near", "by": "he", "in": "west"}
    # 12 of 20 metres, behind a wall: 10 x 0.4 x 0.4 x 0.1.
    assert kernel.entity("far").structure == 0.84  # type: ignore[union-attr]
    open_air = TEXT.replace("at: [10, 7], width: 1.0", "at: [10, 4], width: 7.9")
    kernel = planted(text=open_air)
    assert of(run(kernel, 1, he=Transmit()), "Destroyed", what="far")


def test_charges_that_are_not_set_do_not_go_off_and_those_near_one_that_does_go_with_it() -> None:
    text = TEXT.replace(
        "  radio_1:", "  bomb_2: {body: bomb, stream: 102, at: west.d, set: true, circuit: other}\n  radio_1:"
    )
    events = run(planted(text=text), 1, he=Transmit())
    assert [event.fields["what"] for event in of(events, "Exploded")] == ["bomb_1", "bomb_2"]
    apart = text.replace("at: west.d, set", "at: west.e, set")
    assert len(of(run(planted(text=apart), 1, he=Transmit()), "Exploded")) == 1
    assert whys(run(world(HE), 1, he=Transmit())) == ["no radio reaches a charge that is set"]


def test_walls_shorten_a_radios_reach() -> None:
    kernel = planted()
    kernel.edit("he", "position", {"x": 9.5, "y": 2.0})
    kernel.edit("radio_1", "position", {"x": 9.5, "y": 2.0})
    assert not whys(run(kernel, 1, he=Transmit()))
    kernel = planted()
    # 8.5 metres, of 12: a wall leaves 6 of them.
    kernel.edit("he", "position", {"x": 10.5, "y": 2.0})
    kernel.edit("radio_1", "position", {"x": 10.5, "y": 2.0})
    assert whys(run(kernel, 1, he=Transmit())) == ["no radio reaches a charge that is set"]


def test_a_hit_on_who_holds_it_breaks_a_trigger_and_makes_him_drop_it() -> None:
    from t800.film.intents import Fire

    kernel = planted(FOE)
    scene: Any = kernel.observe("foe")
    events = run(kernel, 2, foe=Fire(scene.sightings[0].track))
    assert of(events, "Wounded", who="he")
    (broken,) = of(events, "Destroyed")
    assert broken.fields == {"what": "radio_1", "by": "foe", "in": "west"}
    assert kernel.entity("radio_1").held_by is None  # type: ignore[union-attr]
    kernel.edit("radio_1", "held_by", "he")
    run(kernel, 10)
    assert whys(run(kernel, 1, he=Transmit())) == ["it is broken"]


def test_a_weight_over_a_plunger_is_rigged_after_a_while_and_falls_when_it_is_let_go() -> None:
    kernel = planted()
    hold = plunger(kernel)
    events = run(kernel, 5, he=hold)
    assert kinds(events) == ["SwitchRigged"]
    assert kinds(run(kernel, 20, he=hold)) == []
    events = run(kernel, 1)
    assert kinds(events)[:2] == ["SwitchReleased", "Exploded"]
    assert (events[0].fields["why"], of(events, "Destroyed")[0].fields["by"]) == ("he let go", "he")
    assert events[1].causes == (events[0].id,)


def test_it_falls_when_the_grip_fails_with_the_blood_and_when_the_holder_dies() -> None:
    for change, why in (({"blood": 3000.0}, "his grip failed"), ({"alive": False}, "he died")):
        kernel = planted()
        hold = plunger(kernel)
        run(kernel, 6, he=hold)
        for name, value in change.items():
            kernel.edit("he", name, value)
        (released,) = of(run(kernel, 1, he=hold), "SwitchReleased")
        assert released.fields == {"who": "he", "why": why}


def test_without_something_heavy_or_out_of_reach_nothing_is_rigged() -> None:
    light = TEXT.replace("  anvil_1: {body: anvil, stream: 105, at: west.b}\n", "")
    kernel = planted(text=light)
    assert whys(run(kernel, 1, he=plunger(kernel))) == ["there is nothing heavy within reach"]
    kernel = planted()
    kernel.edit("he", "position", {"x": 5.0, "y": 2.0})
    assert whys(run(kernel, 1, he=plunger(kernel))) == ["it is out of reach"]
    assert whys(run(kernel, 1, he=HoldOver(Entity("nothing")))) == ["there is no such plunger in sight"]


def test_a_rigged_switch_outlives_a_checkpoint() -> None:
    kernel = planted()
    hold = plunger(kernel)
    run(kernel, 6, he=hold)
    copy = planted()
    copy.restore(json.loads(json.dumps(kernel.snapshot())))
    mine, theirs = run(kernel, 2), run(copy, 2)
    assert [(e.kind, e.fields, e.causes) for e in theirs] == [(e.kind, e.fields, e.causes) for e in mine]
    assert of(theirs, "SwitchReleased")
