"""The voice."""

from __future__ import annotations

from dataclasses import replace

from t800.context import Context
from t800.core import FAILURE, RUNNING, SUCCESS, Status
from t800.film.intents import Ask, Say, Tell
from t800.film.obedience import Utterance
from t800.film.records import Glimpse, Lead, Person, Question, Tone
from t800.registry import skill
from t800.types import Entity, Keep, Out

__all__ = ["AskFor", "Reply", "call_aloud", "command", "give_order", "say"]


@skill(one_shot=True)
def say(ctx: Context, text: str, to: Entity | None = None) -> Status:
    """Say something aloud, once."""
    return ctx.intend(Say(text, to=to))


@skill(one_shot=True)
def give_order(
    ctx: Context,
    verb: str,
    text: str,
    to: Entity,
    place: str | None = None,
    object: Entity | None = None,  # noqa: A002
) -> Status:
    """Tell somebody in sight to do something, once."""
    return ctx.intend(Say(text, verb, object, place, to))


@skill(one_shot=True)
def call_aloud(ctx: Context, verb: str, text: str) -> Status:
    """Call something that is meant for whoever hears it, once."""
    return ctx.intend(Say(text, verb))


@skill(one_shot=True)
def command(
    ctx: Context,
    verb: str,
    text: str,
    to: Person,
    before: list[Utterance],
    spoken: Out[list[Utterance]],
    place: str | None = None,
    object: Entity | None = None,  # noqa: A002
    topic: str | None = None,
    tone: Tone = "commanding",
) -> Status:
    """Tell somebody in sight to do something, once, and remember that one did."""
    said = Utterance(verb, text, tone, to.look)
    ctx.out(spoken=[*(item for item in before if (item.verb, item.to) != (verb, to.look)), said])
    return ctx.intend(Say(text, verb, object, place, to.track, tone, topic))


@skill(name="ask_for")
class AskFor:
    """Ask people for somebody, whom one has a picture of: whoever is near and was not asked yet, one after another.

    After each question it waits `patience` seconds for an answer. Who comes back into sight may have been asked before:
    of one look, it asks `tries` at most, until it has asked nobody for `forgets` seconds. Fails when there is nobody
    left to ask.
    """

    asked: Keep[tuple[Entity, ...]] = ()
    looks: Keep[tuple[str, ...]] = ()
    waiting: Keep[int] = 0

    def tick(
        self,
        ctx: Context,
        who: Entity,
        people: list[Person],
        look: str | None = None,
        within: float = 10.0,
        patience: float = 3.0,
        tries: int = 12,
        forgets: float = 300.0,
    ) -> Status:
        if self.waiting > ctx.tick:
            return RUNNING
        if ctx.tick - self.waiting >= ctx.ticks(forgets):
            self.looks = ()
        nearest: Person | None = None
        for other in people:
            asked = other.track in self.asked or self.looks.count(other.look) >= tries
            asked = asked or other.down or other.who is not None
            if not asked and other.distance <= within and (nearest is None or other.distance < nearest.distance):
                nearest = other
        if nearest is None:
            return FAILURE
        self.asked = (*self.asked[-20:], nearest.track)
        self.looks = (*self.looks, nearest.look)
        self.waiting = ctx.tick + ctx.ticks(patience)
        return ctx.intend(Ask(who, look, nearest.track))


@skill(name="reply")
class Reply:
    """Answer a question: what one knows, else what one saw, to whoever looks like one of `trusted`; else nothing.

    It takes `thinking` seconds.
    """

    begun: int = -1
    said: bool = False

    def tick(
        self,
        ctx: Context,
        question: Question,
        answered: Out[Question],
        trusted: list[str],
        leads: list[Lead],
        glimpses: list[Glimpse],
        by: str | None = None,
        thinking: float = 1.0,
    ) -> Status:
        if self.said:
            ctx.out(answered=replace(question, answered=True))
            return SUCCESS
        if self.begun < 0:
            self.begun = ctx.tick
        if ctx.tick - self.begun < ctx.ticks(thinking):
            return RUNNING
        self.said = True
        if question.like not in trusted:
            ctx.feedback("not to this one")
            return RUNNING
        for lead in leads:
            if lead.who == question.topic:
                return ctx.intend(Tell(question.topic, question.asker, lead.place, lead.by))
        for glimpse in glimpses:
            if glimpse.look == question.look:
                return ctx.intend(Tell(question.topic, question.asker, glimpse.place, glimpse.by or by))
        return ctx.intend(Tell(question.topic, question.asker))
