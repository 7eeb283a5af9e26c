"""A small game of tag as a pack, and its files: something to run that is not the film."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from t800.context import Context
from t800.core import SUCCESS, Intent, Observation, Status
from t800.registry import effect, event, mechanic, sense, skill
from t800.spec.world import component
from t800.types import Entity, Point, record
from t800.world import Entity as Body
from t800.world import Rules
from t800.world.walking import MoveTo, Walking

TOUCHED = event("Touched", "One player touched another.", who=Entity, whom=Entity)
TOUCHES = effect("touches", list[Entity], [], "Whom it would touch.")
WALKING = Walking


@record
class Other:
    """Another player, and where."""

    who: Entity
    position: Point


@record
class View(Observation):
    """What a player sees: everybody."""

    position: Point
    others: tuple[Other, ...]


@record
class Touch(Intent):
    """Touch somebody within reach."""

    channel: ClassVar[str] = "hands"
    whom: Entity


@component
class Player:
    """Can touch and be touched."""

    changes = ("touched",)
    reach: float = 1.0
    touched: int = 0


@mechanic
class Tag(Rules):
    """Players see each other, and touch whoever is in reach."""

    order = 20
    components = (Player,)
    intents = (Touch,)

    def observe(self, actor: Body) -> Observation | None:
        others = tuple(Other(each.id, each.position) for each in self.world.present if each is not actor)
        return View(self.world.tick, actor.position, others, refused=actor.refused)

    def judge(self, actor: Body, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Touch)
        other = self.world.entity(intent.whom)
        if other is None or actor.position.distance(other.position) > actor.reach:
            return "out of reach"
        player = other.get(Player)
        assert player is not None
        player.touched += 1
        self.world.emit(TOUCHED, "tag", [cause], who=actor.id, whom=other.id)
        return None


@sense
def toy_look(ctx: Context, quarry: Entity) -> Other | None:
    """Where the quarry is."""
    return next((each for each in ctx.obs.others if each.who == quarry), None)


@skill
def toy_chase(ctx: Context, other: Other) -> Status:
    """Run to somebody; succeed within reach."""
    if ctx.obs.position.distance(other.position) < 0.9:
        return SUCCESS
    return ctx.intend(MoveTo(other.position, run=True))


@skill
def toy_touch(ctx: Context, other: Other) -> Status:
    """Touch somebody."""
    return ctx.intend(Touch(other.who), touches=[other.who])


@skill
def toy_wander(ctx: Context, far: float = 5.0) -> Status:
    """Walk to and fro, wherever the dice say."""
    dice = ctx.rng("wander")
    here = ctx.obs.position
    return ctx.intend(MoveTo(Point(here.x + dice.uniform(-far, far), here.y + dice.uniform(-far, far))))


@skill
async def toy_muse(ctx: Context, lasts: float) -> Status:
    """Think for some time, in one function."""
    await ctx.sleep(lasts)
    return SUCCESS


@skill
def toy_break(ctx: Context, after: int) -> Status:
    """Raise an error at a tick."""
    if ctx.tick >= after:
        raise ValueError("worn out")
    return SUCCESS


FILES = {
    "trees/catch.yaml": """\
tree: catch
doc: Run after somebody and touch them.
uses: {toy_look: Other}
root:
  sequence:
    - toy_chase: {other: $toy_look}
    - toy_touch: {other: $toy_look}
""",
    "trees/roam.yaml": """\
tree: roam
doc: Walk about.
root:
  toy_wander: {far: 8.0}
""",
    "configs/agents/tagger.yaml": """\
agent: tagger
doc: It tags.
blackboard:
  quarry: {type: entity, value: ben}
  patience: {type: float, value: 2.0}
senses: [{toy_look: {quarry: $quarry}}]
modes:
  initial: on
  states:
    on: {final: true, trees: [catch]}
constraints:
  - {name: gently, forbid: '*', when: count(intent.touches) > 5, why: one at a time}
""",
    "configs/agents/runner.yaml": """\
agent: runner
doc: It roams.
modes:
  initial: on
  states:
    on: {final: true, trees: [roam]}
""",
    "configs/worlds/yard.yaml": """\
world: yard
doc: A yard.
mechanics: [walking, tag]
places:
  yard: {from: [0, 0], to: [40, 40], walled: false, points: {gate: [1, 1], tree: [20, 20]}}
bodies:
  kid: {mover: {walk: 1.0, run: 3.0}, player: {reach: 1.0}}
  post: {player: }
entities:
  pole: {body: post, stream: 50, at: yard.tree}
""",
    "configs/scenarios/tag.yaml": """\
scenario: tag
doc: Anna tags Ben.
world: yard
seed: 3
dt: 0.1
limit: 30.0
agents:
  anna: {agent: tagger, body: kid, stream: 1, at: yard.gate}
  ben: {agent: runner, body: kid, stream: 2, at: [15, 12], arrives: 0.5}
expect:
  - happened: {Touched: {who: anna, whom: ben}}
  - always: ben.touched < 2
  - at_end: distance(anna, ben) < 2.0
turns:
  near: {eventually: "distance(anna, ben) < 5.0"}
chapters:
  - chapter: chase
    from: Arrived
    expect: [{happened: Touched}]
""",
}


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that can use this module as a pack."""
    path = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), **more}


def write(folder: Path, files: Mapping[str, str] = FILES, **changes: str) -> Path:
    """All files below a folder; `changes` replace `OLD` by `NEW` in the file whose stem it is, as stem="OLD => NEW"."""
    (folder / "pyproject.toml").touch()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        change = changes.get(path.stem)
        if change is not None:
            old, new = change.split(" => ")
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
    return folder
