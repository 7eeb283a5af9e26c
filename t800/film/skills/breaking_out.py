"""Doors, locks and restraints."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.film.intents import Bind, Force, Lock, Loot, MoveTo, Pick, Unbind, Unlock, WorkLoose
from t800.film.records import Body, Scene
from t800.film.skills.asking import ask
from t800.registry import skill
from t800.types import Entity, Keep, Point

__all__ = ["LockBehind", "bind", "force", "pick_lock", "rob", "unbind", "unlock", "work_loose"]


CLEAR = 1.1
"""Metres from a door at which one is out of its way, and can still reach it."""


@skill
def work_loose(ctx: Context, body: Body) -> Status:
    """Work at what one is bound with, until one is free."""
    return ctx.intend(WorkLoose()) if body.bound else SUCCESS


@skill
def pick_lock(ctx: Context, at: Point) -> Status:
    """Pick the lock of a door within reach; fails with nothing to do it with."""
    return ask(ctx, Pick(at))


@skill
def unlock(ctx: Context, at: Point) -> Status:
    """Unlock a door within reach with a key in hand; fails without one."""
    return ask(ctx, Unlock(at))


@skill
def force(ctx: Context, at: Point) -> Status:
    """Break a door within reach; fails if one is not strong enough."""
    return ask(ctx, Force(at))


@skill(one_shot=True)
def bind(ctx: Context, target: Entity) -> Status:
    """Put somebody within reach in restraints who is down, once; fails with nothing to do it with."""
    return ask(ctx, Bind(target))


@skill(one_shot=True)
def unbind(ctx: Context, target: Entity) -> Status:
    """Take somebody within reach out of restraints, once; fails if they are in none."""
    return ask(ctx, Unbind(target))


@skill(one_shot=True)
def rob(ctx: Context, target: Entity) -> Status:
    """Take what somebody within reach had in hand, once; fails if they hold on to it."""
    return ask(ctx, Loot(target))


@skill(name="lock_behind")
class LockBehind:
    """Step away from the door that one has unlocked, `opened`, and lock it when it has fallen shut."""

    done: Keep[Point | None] = None

    def tick(self, ctx: Context, opened: Point) -> Status:
        scene = ctx.obs
        assert isinstance(scene, Scene)
        if self.done == opened:
            return FAILURE
        if not any(door.shut and door.position == opened for door in scene.doors or ()):
            away = opened.distance(scene.position)
            if 0.0 < away < CLEAR:
                share = CLEAR / away
                dx, dy = scene.position.x - opened.x, scene.position.y - opened.y
                return ctx.intend(MoveTo(Point(opened.x + dx * share, opened.y + dy * share)))
            return RUNNING
        fate = ctx.fate("arms")
        if fate is not None and fate.outcome in ("granted", "refused"):
            self.done = opened
            return SUCCESS
        return ctx.intend(Lock(opened))
