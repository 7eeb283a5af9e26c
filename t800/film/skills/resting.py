"""Sleep, watches, and work that takes its time."""

from __future__ import annotations

from t800.context import Context
from t800.core import SUCCESS, Status
from t800.film.intents import Bare, Carve, Face, Occupy, Sleep, Stay
from t800.film.records import Body, Scene
from t800.film.skills.asking import ask
from t800.registry import skill
from t800.types import Keep, Out, Point

__all__ = ["Slumbering", "Standing", "Waiting", "bare_arm", "carve", "ride"]


@skill(name="sleep")
class Slumbering:
    """Sleep for `lasts` seconds in all, in stretches of `cycle` seconds, after each of which a dream may come;
    `stretch` counts them. Whatever is loud enough to be heard in sleep ends it, and so does having slept enough.
    """

    end: Keep[int] = -1
    next: int = -1
    slept: Keep[int] = 0

    def tick(self, ctx: Context, lasts: float, stretch: Out[int], rested: Out[bool], cycle: float = 300.0) -> Status:
        scene = ctx.obs
        assert isinstance(scene, Scene)
        if self.end < 0:
            self.end = ctx.tick + ctx.ticks(lasts)
        if self.next < 0:
            self.next = min(self.end, ctx.tick + ctx.ticks(cycle))
        elif scene.sounds:
            ctx.feedback("woken")
            return SUCCESS
        if ctx.tick >= self.end:
            ctx.out(rested=True)
            return SUCCESS
        if ctx.tick >= self.next:
            self.slept += 1
            ctx.out(stretch=self.slept)
            self.next = min(self.end, ctx.tick + ctx.ticks(cycle))
            # Time for a dream before the next stretch.
            return ctx.intend(Sleep(ctx.tick + 1))
        return ctx.intend(Sleep(self.next))


@skill(name="pass_time")
class Waiting:
    """Be at something that takes its time (`watch`, `work`): decide anew every `spell` seconds."""

    until: int = -1

    def tick(self, ctx: Context, doing: str, spell: float = 900.0) -> Status:
        if self.until <= ctx.tick:
            self.until = ctx.tick + ctx.ticks(spell)
        return ctx.intend(Occupy(doing, self.until))


@skill(name="stand_by")
class Standing:
    """Stand, turned to a place if one is given, and wait: decide anew every `spell` seconds."""

    until: int = -1

    def tick(self, ctx: Context, facing: Point | None = None, spell: float = 30.0) -> Status:
        if self.until <= ctx.tick:
            self.until = ctx.tick + ctx.ticks(spell)
            if facing is not None:
                return ctx.intend(Face(facing))
        return ctx.intend(Stay(self.until))


@skill
def carve(ctx: Context, text: str, topic: str) -> Status:
    """Carve words about a topic into what is at hand; succeeds when they can be read, fails with nothing to carve."""
    scene = ctx.obs
    assert isinstance(scene, Scene)
    if any(writing.text == text for writing in scene.writings):
        return SUCCESS
    return ask(ctx, Carve(text, topic))


@skill
def bare_arm(ctx: Context, body: Body) -> Status:
    """Show what is under the skin of one's own arm; succeeds when it can be seen."""
    return SUCCESS if body.bared else ctx.intend(Bare())


@skill
def ride(ctx: Context) -> Status:
    """Sit in a vehicle under way, and let the road go by."""
    return ctx.intend(Occupy("ride"))
