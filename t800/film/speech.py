"""Speech: what is said carries as sound, and orders reach whom they are meant for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from t800.core import Intent
from t800.film.bodies import Appearance, awake
from t800.film.events import (
    ASKED,
    ORDER_ACCEPTED,
    ORDER_DONE,
    ORDER_FAILED,
    ORDER_HEARD,
    ORDER_REFUSED,
    ORDER_SUPERSEDED,
    SAID,
    TOLD,
)
from t800.film.intents import Answer, Ask, Say, Tell
from t800.film.records import Words
from t800.film.sight import seen_by
from t800.film.slumber import Sleeper
from t800.film.supply import powered
from t800.registry import mechanic
from t800.spec.quantity import NOT_NEGATIVE, Metres
from t800.spec.world import component
from t800.types import Entity as Name
from t800.world.entity import Entity
from t800.world.kernel import Kernel
from t800.world.mechanic import Rules
from t800.world.sound import Sound

__all__ = ["Ears", "Speech", "Voice", "threshold"]

VERDICTS = {
    "accepted": ORDER_ACCEPTED,
    "refused": ORDER_REFUSED,
    "done": ORDER_DONE,
    "failed": ORDER_FAILED,
    "superseded": ORDER_SUPERSEDED,
}


@component
class Voice:
    """Can speak, this far."""

    carries: Metres = 25.0


@component
class Ears:
    """Hears whatever is louder than this, from 0 to 1."""

    threshold: Annotated[float, NOT_NEGATIVE] = 0.02


@dataclass(frozen=True, slots=True)
class _OrderHeard:
    by: str
    verb: str
    event: int


@mechanic
class Speech(Rules):
    """Voices carry; an order that reaches its hearer is a fact, and so is the answer."""

    order = 20
    components = (Voice, Ears)
    intents = (Say, Answer, Ask, Tell)

    def __init__(self, world: Kernel) -> None:
        super().__init__(world)
        self._sayings: list[tuple[Entity, Intent, float, str]] = []
        # What each hearer can answer to, by the handle under which it was heard.
        self._orders: dict[str, dict[str, _OrderHeard]] = {}

    def judge(self, actor: Entity, intent: Intent, cause: str) -> str | None:
        voice = actor.get(Voice)
        if voice is None:
            return "it has no voice"
        if isinstance(intent, Answer) and intent.handle not in self._orders.get(actor.id, {}):
            return "there was no such order"
        to = intent.to if isinstance(intent, Say | Ask | Tell) else None
        if to is not None and seen_by(self.world, actor, to) is None:
            return "whom it speaks to is not in sight"
        self._sayings.append((actor, intent, voice.carries, cause))
        return None

    def apply(self) -> None:
        for actor, intent, reach, cause in self._sayings:
            if isinstance(intent, Say):
                to = seen_by(self.world, actor, intent.to)
                heard_by = Name(to.id) if to is not None else None
                words = Words(
                    intent.text,
                    intent.verb,
                    intent.object,
                    intent.place,
                    heard_by,
                    topic=intent.topic,
                    tone=intent.tone,
                )
                self._speak(actor, words, reach, cause)
            elif isinstance(intent, Answer):
                self._answer(actor, intent, reach, cause)
            elif isinstance(intent, Ask | Tell):
                self._discuss(actor, intent, reach, cause)
        self._sayings = []

    def _speak(self, actor: Entity, words: Words, reach: float, cause: str) -> None:
        appearance = actor.get(Appearance)
        event = self.world.emit(SAID, "speech", [cause], by=actor.id, text=words.text)
        voice = appearance.voice if appearance is not None else ""
        self.world.sound(actor, reach, "speech", voice=voice, words=words, cause=event)

    def _discuss(self, actor: Entity, intent: Ask | Tell, reach: float, cause: str) -> None:
        to = seen_by(self.world, actor, intent.to)
        heard_by = Name(to.id) if to is not None else None
        if isinstance(intent, Ask):
            words = Words(intent.text, to=heard_by, topic=intent.topic, look=intent.look, asks=True)
        else:
            text = intent.text or ("I do not know." if intent.place is None else f"Try the {intent.place}.")
            topic = intent.topic if intent.text or intent.place is not None else None
            words = Words(text, None, intent.object, intent.place, heard_by, topic=topic, by=intent.by)
        self._speak(actor, words, reach, cause)

    def _answer(self, actor: Entity, intent: Answer, reach: float, cause: str) -> None:
        order = self._orders[actor.id][intent.handle]
        fields = {"why": intent.why} if intent.verdict in ("refused", "failed") else {}
        causes: list[int | str] = [cause, order.event]
        self.world.emit(
            VERDICTS[intent.verdict], "answer", causes, who=actor.id, by=order.by, order=order.verb, **fields
        )
        self._speak(actor, Words(intent.verdict, to=Name(order.by), answers=order.verb), reach, cause)

    def handle(self, hearer: Entity, sound: Sound) -> str:
        """The hearer's name for words that it hears."""
        return f"heard_{sound.cause}"

    def said(self, handle: str) -> int | None:
        """The event of the words behind a handle; None if it names no words."""
        kind, _, number = handle.partition("_")
        return int(number) if kind == "heard" and number.isdigit() else None

    def perceive(self) -> None:
        for sound in self.world.sounds:
            words = sound.words
            if not isinstance(words, Words) or words.to is None or sound.cause is None:
                continue
            if words.verb is None and words.topic is None:
                continue
            hearer = self.world.entity(words.to)
            if hearer is None or not self.understands(hearer, sound):
                continue
            causes = [sound.cause]
            # An order about a topic does not tell of it.
            if words.topic is not None and words.verb is None:
                kind = ASKED if words.asks else TOLD
                self.world.emit(kind, "hearing", causes, by=sound.source, to=hearer.id, topic=words.topic)
            if words.verb is None:
                continue
            event = self.world.emit(ORDER_HEARD, "hearing", causes, who=hearer.id, by=sound.source, order=words.verb)
            orders = self._orders.setdefault(hearer.id, {})
            orders[self.handle(hearer, sound)] = _OrderHeard(sound.source, words.verb, event)

    def understands(self, hearer: Entity, sound: Sound) -> bool:
        """Whether somebody hears a sound well enough."""
        ears = hearer.get(Ears)
        loudness = self.world.hears(hearer, sound)
        return (
            ears is not None
            and loudness is not None
            and loudness >= threshold(hearer, ears)
            and awake(hearer)
            and powered(hearer)
        )

    def snapshot(self) -> Mapping[str, Any]:
        return {
            who: {handle: [order.by, order.verb, order.event] for handle, order in orders.items()}
            for who, orders in self._orders.items()
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        self._orders = {
            who: {handle: _OrderHeard(*parts) for handle, parts in orders.items()} for who, orders in data.items()
        }


def threshold(hearer: Entity, ears: Ears) -> float:
    """How loud a sound must be for somebody to hear it, from 0 to 1: more so while they sleep."""
    sleeper = hearer.get(Sleeper)
    return max(ears.threshold, sleeper.light) if sleeper is not None and sleeper.asleep else ears.threshold
