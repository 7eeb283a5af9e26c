"""Fire that is meant to keep heads down: many rounds around somebody, and none in them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from t800.context import Context
from t800.core import Intent
from t800.film.bodies import Conduct, Frame
from t800.film.combat import Combat, Hit
from t800.film.items import Weapon
from t800.film.records import Person, Scene
from t800.film.sight import seen_by
from t800.registry import event, mechanic, sense
from t800.spec.quantity import NOT_NEGATIVE, Metres, Seconds
from t800.spec.world import component
from t800.types import Entity as Name
from t800.types import Out, Point, record
from t800.world.driving import Vehicle
from t800.world.entity import Entity
from t800.world.items import held
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules

__all__ = ["RAKED", "Autofire", "Rake", "Suppression", "under_fire"]

RAKED = event("Raked", "A burst went down all around somebody.", by=Name, at=Name)


@component
class Autofire:
    """A weapon that fires bursts of so many rounds, which go down within `scatter` of where they are meant to.

    Each burst does `riddles` to every vehicle there.
    """

    burst: Annotated[int, NOT_NEGATIVE] = 20
    between: Seconds = 0.5
    scatter: Metres = 3.0
    riddles: Annotated[float, NOT_NEGATIVE] = 0.5


@record
class Rake(Intent):
    """Fire bursts all around somebody in sight, so that none of it hits them."""

    channel: ClassVar[str] = "arms"
    target: Name


@mechanic
class Suppression(Rules):
    """Bursts that hit nobody can be seen and heard, and go through cars."""

    order = 29
    components = (Autofire,)
    intents = (Rake,)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._bursts: list[tuple[Entity, Entity, Entity, str]] = []
        # Who fires at what point in this tick, for others to see.
        self._seen: list[tuple[Entity, Point]] = []

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        assert isinstance(intent, Rake)
        target = seen_by(self.world, actor, intent.target)
        if target is None:
            return "it is not in sight"
        for gun in held(self.world, actor):
            weapon = gun.get(Weapon)
            if gun.get(Autofire) is None or weapon is None:
                continue
            if weapon.rounds <= 0:
                return "the weapon is empty"
            if actor.position.distance(target.position) > weapon.range:
                return "it is out of range"
            self._bursts.append((actor, gun, target, cause))
            return None
        return "it has no weapon for that in hand"

    def apply(self) -> None:
        bursts, self._bursts = self._bursts, []
        self._seen = [(actor, target.position) for actor, _, target, _ in bursts]
        combat = self.world.rules(Combat)
        for actor, gun, target, cause in bursts:
            weapon, autofire = gun.get(Weapon), gun.get(Autofire)
            if weapon is None or autofire is None or weapon.ready > self.world.dt / 2:
                continue
            weapon.rounds = max(0, weapon.rounds - autofire.burst)
            # This rule comes before that by which weapons get ready again.
            weapon.ready = autofire.between
            done = self.world.emit(RAKED, "bursts", [cause], by=actor.id, at=target.id)
            self.world.sound(actor, weapon.reach, "shot", cause=done)
            for other, _ in self.world.having(Vehicle):
                frame = other.get(Frame)
                near = other.position.distance(target.position) <= autofire.scatter
                if near and frame is not None and combat is not None:
                    harm = autofire.riddles * (1.0 - frame.armour)
                    combat.take(Hit(other, actor, weapon.kind, harm, 0.0, actor.position, done))

    def pass_time(self) -> None:
        for actor, point in self._seen:
            conduct = actor.get(Conduct)
            if conduct is not None:
                conduct.activity, conduct.aim = "shooting", point
        self._seen = []


@sense(reads=["position"])
def under_fire(ctx: Context, people: list[Person], fire_from: Out[Point], near: float = 5.0) -> None:
    """Where somebody stands whose shots go down within `near` metres."""
    scene = ctx.obs
    assert isinstance(scene, Scene)
    nearest: Person | None = None
    for other in people:
        if other.activity != "shooting" or other.aim is None or other.aim.distance(scene.position) > near:
            continue
        if nearest is None or other.distance < nearest.distance:
            nearest = other
    if nearest is not None:
        ctx.out(fire_from=nearest.position)
