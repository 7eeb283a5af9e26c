"""A robot that patrols with a bit of everything that a snapshot must hold; run as a program it plays on from one.

python tests/patrol.py FOLDER SNAPSHOT FIRST LAST      # prints a line a tick; SNAPSHOT may be "-"
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, ClassVar

from lab import agent_spec, registry_of

from t800.agent import Agent
from t800.context import Context
from t800.core import RUNNING, SUCCESS, Intent, Observation, Refusal, Status
from t800.registry import Registry, effect, sense, skill
from t800.types import Entity, Keep, Out, record


@record
class Spot:
    """Somebody seen."""

    who: Entity
    distance: float
    seen: tuple[int, ...] = ()


@record
class Go(Intent):
    channel: ClassVar[str] = "legs"
    to: float


@record
class Say(Intent):
    channel: ClassVar[str] = "voice"
    words: str


@sense
def look(ctx: Context, spot: Out[Spot], noise: Out[float]) -> None:
    """Somebody comes by every seven ticks."""
    ctx.out(noise=ctx.rng("noise").uniform(0.0, 1.0))
    if ctx.tick % 7 < 3:
        ctx.out(spot=Spot("ann", ctx.rng("look").uniform(0.0, 10.0), (ctx.tick, ctx.tick + 1)))


@skill
class walk:
    """Walk so many steps."""

    steps: int = 0
    walks: Keep[int] = 0
    trail: tuple[float, ...] = ()

    def start(self, ctx: Context, far: int) -> None:
        self.walks += 1

    def tick(self, ctx: Context, far: int) -> Status:
        self.steps += 1
        self.trail = (*self.trail, ctx.now)
        ctx.progress(self.steps / far)
        if self.steps >= far:
            return SUCCESS
        return ctx.intend(Go(self.walks + ctx.rng("walk").random()), near=["ann"])

    def halt(self, ctx: Context) -> None:
        self.walks += 10


@skill(one_shot=True)
def greet(ctx: Context, who: Entity) -> Status:
    """Say hello once."""
    return ctx.intend(Say(f"hello {who}"))


@skill
def hum(ctx: Context) -> Status:
    """Hum as long as the voice is free."""
    fate = ctx.fate("voice")
    ctx.feedback(fate.why if fate and fate.why else "la la")
    ctx.intend(Say(f"hm {ctx.rng('hum').integer(1, 9)}"))
    return RUNNING


@skill
def grumble(ctx: Context) -> Status:
    """Break every forty ticks."""
    if ctx.tick % 40 == 39:
        raise ValueError("enough")
    return SUCCESS


AGENT = """\
agent: robot
blackboard:
  rounds: {type: int, value: 0}
senses: [look]
modes:
  initial: calm
  states:
    calm:
      trees: [patrol, welcome, music]
      edges: [{to: excited, when: noise > 0.7, for: 0.2}]
    excited:
      trees: [welcome, patrol]
      edges: [{to: calm, event: tired, when: noise < 0.9}]
constraints:
  - {name: keep_off, forbid: Go, when: ann in intent.near and spot.distance < 2.0, why: she is too near}
"""
AGENT = AGENT.replace("ann in intent.near", "spot.who in intent.near")
TREES = {
    "patrol": """\
tree: patrol
uses: {rounds: int, noise: float}
root:
  reactive_selector:
    - sequence:
        - wait: 0.3
        - walk: {far: 5}
        - set: {rounds: =rounds + 1}
        - signal: tired
      while: noise < 0.95
    - retry:
        sequence: [grumble, fail]
      times: 2
""",
    "welcome": """\
tree: welcome
uses: {spot: Spot}
root:
  timeout:
    sequence:
      - greet: {who: $spot.who}
      - running
  seconds: 1.1
""",
    "music": "{reactive_sequence: [grumble, hum]}",
}


def registry() -> Registry:
    return registry_of(Spot, Go, Say, look, walk, greet, hum, grumble, effect("near", list[Entity], []))


def make(folder: Path) -> Agent:
    return Agent(agent_spec(folder, registry(), AGENT, **TREES), seed=7, stream=3)


def played(agent: Agent, first: int, last: int) -> list[Any]:
    """What the agent decided in each tick from `first` up to, not including, `last`."""
    lines = []
    for number in range(first, last):
        refused = (Refusal("voice", "it is noisy"),) if number % 5 == 0 else ()
        tick = agent.tick(Observation(number, refused=refused))
        lines.append(
            [
                number,
                tick.mode,
                tick.left,
                {tree: "".join(status.name[0] for status in statuses) for tree, statuses in tick.statuses.items()},
                [[ask.node, repr(ask.intent), ask.fate.outcome, ask.fate.why] for ask in tick.asks],
                [signal.name for signal in tick.signals],
                tick.fault and tick.fault.message,
                [text for _, _, text in agent.feedback()],
                agent.blackboard.save(),
            ]
        )
    return lines


def main(folder: str, snapshot: str, first: str, last: str) -> None:
    agent = make(Path(folder))
    if snapshot != "-":
        agent = Agent.restore(agent.spec, json.loads(Path(snapshot).read_text()))
    print(json.dumps([played(agent, int(first), int(last)), agent.snapshot()]))


if __name__ == "__main__":
    main(*sys.argv[1:])
