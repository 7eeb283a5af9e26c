"""Who people are believed to be, and how sure that is: a claim, moved by what they do that people do not."""

from __future__ import annotations

from t800.context import Context
from t800.film.records import Belief, Identity, Person, Scene
from t800.registry import sense
from t800.types import Entity, Out

__all__ = ["suspect"]

AT_ONE_PLACE = 1.5
"""Metres from a voice at which somebody is taken to be the one who speaks."""

FAMILIAR = 3.0
"""Contacts after which somebody whose name is not known is half sure to be no more than they seem."""

THROWN_BY = 6.0
"""Metres from somebody in the air to whoever struck them."""

WARY = 0.5
"""The suspicion from which on somebody is not believed to be who they pass for."""


@sense
def suspect(
    ctx: Context,
    people: list[Person],
    beliefs: Out[list[Belief]],
    suspected: Out[Belief],
    before: tuple[Belief, ...] = (),
    faces: tuple[Identity, ...] = (),
    ward: Entity | None = None,
    enemy: Entity | None = None,
    asking: float = 0.45,
    bloodless: float = 0.6,
    healing: float = 0.7,
    strength: float = 0.5,
    cold: float = 0.5,
) -> None:
    """What is believed of everybody, look by look, and of whom one has to be most wary.

    A look passes for its owner among `faces`. Each odd thing raises the suspicion by its weight (0 to 1) of what was
    left, once: `asking` for the ward, wounds that are `bloodless`, their `healing`, the `strength` to throw people,
    a `cold` body. From a suspicion of 0.5 on they are believed to be the `enemy`, if one is known of. A wound
    has only closed on somebody who was in sight all the while: others may have the same look.
    """
    scene = ctx.obs
    assert isinstance(scene, Scene)
    known = {belief.look: belief for belief in before}
    found: list[Belief] = []
    nearest: dict[str, Person] = {}
    if people:
        weights = {
            "asks for him": asking,
            "does not bleed": bloodless,
            "its wounds close": healing,
            "throws people": strength,
            "is cold": cold,
        }
        owners = {face.look: face.who for face in faces}
        for person in people:
            if person.look not in nearest or person.distance < nearest[person.look].distance:
                nearest[person.look] = person
        for look, person in nearest.items():
            old = known.get(look)
            odd = old.odd if old is not None else ()
            watched = old if old is not None and old.track == person.track else None
            acts = _odd_acts(scene, people, person, ward, watched)
            if acts:
                odd += tuple([act for act in acts if act not in odd])
            found.append(_belief(person, old, odd, weights, owners.get(look), enemy))
    found += [_out_of_sight(old, ctx) for look, old in known.items() if look not in nearest]
    ctx.out(beliefs=found)
    worst: Belief | None = None
    for belief in found:
        if belief.odd and (worst is None or belief.suspicion > worst.suspicion):
            worst = belief
    if worst is not None:
        ctx.out(suspected=worst)


def _odd_acts(scene: Scene, people: list[Person], person: Person, ward: Entity | None, old: Belief | None) -> list[str]:
    """What somebody in sight does, or is, that people are not."""
    acts = []
    for sound in scene.sounds:
        asks = sound.asks and sound.topic is not None and sound.topic == ward
        if asks and person.position.distance(sound.position) <= AT_ONE_PLACE:
            acts.append("asks for him")
    if person.hurt and not person.bleeding:
        acts.append("does not bleed")
    if old is not None and old.hurt and not person.hurt:
        acts.append("its wounds close")
    if person.activity == "striking":
        flung = [other for other in people if other.flung and other.track != person.track]
        thrown = [other for other in flung if other.position.distance(person.position) <= THROWN_BY]
        acts += ["throws people"] * len(thrown)  # once for each, as it is told
    if person.warm is False:
        acts.append("is cold")
    return acts


def _belief(
    person: Person,
    old: Belief | None,
    odd: tuple[str, ...],
    weights: dict[str, float],
    claimed: Entity | None,
    enemy: Entity | None,
) -> Belief:
    doubt = 1.0
    for act in odd:
        doubt *= 1.0 - weights[act]
    suspicion = round(1.0 - doubt, 3)
    contacts = old.contacts + (old.track != person.track) if old is not None else 1
    if suspicion >= WARY:
        who, confidence = enemy, suspicion
    elif claimed is not None:
        who, confidence = claimed, round(1.0 - suspicion, 3)
    else:
        who, confidence = None, round((1.0 - suspicion) * contacts / (contacts + FAMILIAR), 3)
    # Mostly nothing is new: it stays the very same then, and none is made to be compared with it.
    if (
        old is not None
        and old.track == person.track
        and old.place == person.place
        and old.lost is None
        and old.age == 0.0
        and old.hurt == person.hurt
        and old.claimed == claimed
        and old.who == who
        and old.confidence == confidence
        and old.suspicion == suspicion
        and old.odd == odd
    ):
        return old
    return Belief(
        person.look,
        claimed,
        who,
        confidence,
        suspicion,
        odd,
        contacts,
        person.track,
        person.place,
        0.0,
        person.hurt,
    )


def _out_of_sight(old: Belief, ctx: Context) -> Belief:
    """The same belief of somebody who is not seen now. It stays the very same until another second is over: there are
    many of these in each tick."""
    lost = old.lost if old.lost is not None else ctx.tick
    # They were seen last in the tick before they were lost.
    age = float((ctx.tick - lost + 1) // ctx.ticks(1.0))
    if old.age == age and old.lost == lost:
        return old
    # As `replace`, in a third of its time.
    return Belief(
        old.look,
        old.claimed,
        old.who,
        old.confidence,
        old.suspicion,
        old.odd,
        old.contacts,
        old.track,
        old.place,
        age,
        old.hurt,
        lost,
    )
