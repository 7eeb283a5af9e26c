"""Telling what one knows, and showing what one feels."""

from __future__ import annotations

from t800.context import Context
from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.film.feelings import Moved
from t800.film.intents import Say, Show, Tell
from t800.film.lore import Confided, Fact
from t800.film.records import Person
from t800.registry import skill
from t800.types import Entity, Out

__all__ = ["Confide", "plead", "show_feelings", "tell_of"]


@skill
def show_feelings(ctx: Context, moved: list[Moved]) -> Status:
    """Let the others see what has moved one, as soon as it has."""
    if moved:
        ctx.intend(Show(tuple(moved)))
    return RUNNING


@skill(one_shot=True)
def plead(
    ctx: Context, text: str, to: Entity | None = None, verb: str | None = None, topic: str | None = None
) -> Status:
    """Plead with somebody in sight, or with whoever hears it, once."""
    return ctx.intend(Say(text, verb, to=to, tone="pleading", topic=topic))


@skill(one_shot=True)
def tell_of(ctx: Context, topic: str, to: Entity, lore: list[Fact]) -> Status:
    """Tell somebody in sight what one knows of a topic, once; fails if that is nothing."""
    fact = next((fact for fact in lore if fact.topic == topic), None)
    if fact is None:
        ctx.feedback(f"nothing is known of {topic}")
        return FAILURE
    return ctx.intend(Tell(topic, to, text=fact.text, object=fact.about))


@skill(name="confide")
class Confide:
    """Tell somebody what one knows, topic by topic, with a pause of `breath` seconds after each: `topics`, in that
    order, or all in the order in which one came to know them.

    Nobody is told what they were told before, or what one has from them. Succeeds when there is nothing left to tell;
    fails if there never was.
    """

    telling: str = ""
    since: int = -1

    def tick(
        self,
        ctx: Context,
        to: Person,
        lore: list[Fact],
        already: list[Confided],
        confided: Out[list[Confided]],
        topics: list[str] | None = None,
        breath: float = 2.0,
    ) -> Status:
        if self.telling:
            fate = ctx.fate("voice")
            if fate is not None and fate.outcome == "granted":
                already = [*already, Confided(self.telling, to.look)]
                ctx.out(confided=already)
                self.telling, self.since = "", ctx.tick
                return RUNNING
            self.telling = ""
        if self.since >= 0 and ctx.tick - self.since < ctx.ticks(breath):
            return RUNNING
        fact = _next(to, lore, already, topics)
        if fact is None:
            return FAILURE if self.since < 0 else SUCCESS
        self.telling = fact.topic
        ctx.feedback(fact.topic)
        return ctx.intend(Tell(fact.topic, to.track, text=fact.text, object=fact.about))


def _next(to: Person, lore: list[Fact], already: list[Confided], topics: list[str] | None) -> Fact | None:
    """The next fact that somebody is to be told."""
    told = {item.topic for item in already if item.look == to.look}
    left = {fact.topic: fact for fact in lore if fact.topic not in told and fact.source != to.look}
    for topic in left if topics is None else topics:
        if topic in left:
            return left[topic]
    return None
