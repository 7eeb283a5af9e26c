"""A long drive and a night's sleep as a pack, and their files: time that is worth passing over."""

from __future__ import annotations

from pathlib import Path

import toy

from t800.context import Context
from t800.core import SUCCESS, Status
from t800.registry import skill
from t800.world.driving import Dismount, DriveTo, Driving
from t800.world.lapses import Lapses, Occupy

DRIVING, LAPSES = Driving, Lapses


@skill(name="night_sleep")
class Sleep:
    """Be absorbed in something for so many seconds."""

    until: int = -1

    def tick(self, ctx: Context, lasts: float, doing: str = "sleep") -> Status:
        if self.until < 0:
            self.until = ctx.tick + ctx.ticks(lasts)
        if ctx.tick >= self.until:
            return SUCCESS
        return ctx.intend(Occupy(doing, self.until))


@skill
def night_drive(ctx: Context, place: str) -> Status:
    """Drive as far as roads go."""
    fate = ctx.fate("legs")
    if fate is not None and fate.outcome == "refused":
        return SUCCESS
    return ctx.intend(DriveTo(place))


@skill
def night_get_out(ctx: Context) -> Status:
    """Get out, as soon as that is possible."""
    fate = ctx.fate("legs")
    return SUCCESS if fate is not None and fate.outcome == "granted" else ctx.intend(Dismount())


FILES = {
    "trees/travel.yaml": """\
tree: travel
doc: Drive to the coast, get out, rest there.
root:
  sequence:
    - night_drive: {place: coast}
    - night_get_out
    - night_sleep: {lasts: 100.0, doing: rest}
    - night_sleep: {lasts: 1.0e6, doing: life}
""",
    "trees/rest.yaml": """\
tree: rest
doc: Sleep long, wait a moment, sleep again.
root:
  repeat:
    sequence:
      - night_sleep: {lasts: 400.0}
      - wait: 3.0
  times: forever
""",
    "configs/agents/traveller.yaml": """\
agent: traveller
doc: It travels.
modes:
  initial: on
  states:
    on: {final: true, trees: [travel]}
""",
    "configs/agents/sleeper.yaml": """\
agent: sleeper
doc: It sleeps, and is well rested after five minutes.
blackboard: {tired: {type: bool, value: true}}
modes:
  initial: weary
  states:
    weary: {trees: [rest], edges: [{to: fresh, when: tired, for: 300.0}]}
    fresh: {trees: [rest], edges: [{to: weary, when: not tired}]}
""",
    "configs/worlds/shore.yaml": """\
world: shore
doc: A road of three kilometres to the sea, and a house beside it.
mechanics: [walking, driving, lapses]
places:
  town: {from: [-20, -20], to: [20, 20], walled: false}
  house: {from: [1500, 50], to: [1510, 60]}
  coast: {from: [2990, -10], to: [3010, 10], walled: false, points: {pier: [3000, 5]}}
roads:
  coast_road: {through: [[0, 0], [1000, 0], [3000, 0]]}
bodies:
  driver: {mover: , rider: {vehicle: cab}, allegiance: {side: guests}}
  sleeper: {mover: , allegiance: {side: guests}}
  hunter: {mover: , allegiance: {side: hunters}}
  stranger: {mover: }
  car: {vehicle: {seats: 2, top: 20, pickup: 5, brakes: 8}}
entities:
  cab: {body: car, stream: 50, at: town, riders: [ann]}
""",
    "configs/scenarios/night.yaml": """\
scenario: night
doc: Ann drives to the coast while Dot sleeps.
world: shore
seed: 3
dt: 0.1
limit: 900.0
agents:
  ann: {agent: traveller, body: driver, stream: 1, at: town}
  dot: {agent: sleeper, body: sleeper, stream: 2, at: house}
expect:
  - eventually: ann.position.x > 2999.0
    within: 160.0
  - eventually: ann.position.x > 2999.0
    within: 150.0
  - {happened: Dismounted}
  - {eventually: "ann.position.x > 1e6", within: 10.0, since: Dismounted}
  - at_end: distance(ann, cab) < 1.0
chapters:
  - {chapter: drive, expect: [{happened: Dismounted}]}
  - {chapter: rest, from: Dismounted, to: dot.position.x < 0.0, expect: [{happened: Lapsed}]}
""",
}


def write(folder: Path, **changes: str) -> Path:
    """All files below a folder, changed as those of `toy.write`."""
    return toy.write(folder, FILES, **changes)
