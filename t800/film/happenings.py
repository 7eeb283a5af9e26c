"""What one lives through: observations told apart into things that happen once, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from t800.context import Context
from t800.film.records import Body, Heard, Identity, Person, Scene
from t800.registry import sense
from t800.types import Entity, Out, Point, record
from t800.world.geometry import distance_to_line

__all__ = ["Happening", "Mark", "Notes", "witness"]

AT_ONE_PLACE = 1.5
"""Metres from a voice, or from where an arm points, at which somebody is taken to be the one."""

BESIDE = 5.0
"""Metres within which two are taken to belong together."""

IN_THE_WAY = 0.6
"""Metres from a line of fire within which somebody is taken to stand in it."""

STEP = 1.0
"""Metres that somebody moves at most in the moment of a blow that does not throw them."""

FLUNG = 12.0
"""Metres from where a blow was struck within which somebody in the air was thrown by it."""

ATTACKS = {"striking": "struck", "shooting": "shot", "aiming": "aimed"}


@record
class Happening:
    """Something that was seen, heard or felt in this tick.

    `by` and `whom` are looks, `by_who` and `whom_who` who these are believed to be, `mine` says that it was done to
    oneself. `topic` is what was told or read, the verb that was ordered or answered, or the kind of a sound.
    """

    kind: Literal[
        "met",
        "came_with",
        "aimed",
        "shot",
        "struck",
        "shielded",
        "wounded",
        "felled",
        "died",
        "hurt",
        "told",
        "overheard",
        "asked",
        "pleaded",
        "ordered",
        "accepted",
        "refused",
        "done",
        "failed",
        "superseded",
        "heard",
        "dreamt",
        "thought",
        "lived",
        "read",
        "bared",
    ]
    by: str | None = None
    by_who: Entity | None = None
    whom: str | None = None
    whom_who: Entity | None = None
    mine: bool = False
    topic: str | None = None
    handle: str | None = None


@record
class Mark:
    """What was seen of a track so far, so that it is told once."""

    track: Entity
    act: str
    hurt: bool
    down: int
    shields: bool
    beside: bool
    bared: bool = False


@record
class Notes:
    """What `witness` remembers from one tick to the next: marks of all in sight, the looks ever met, the words read."""

    structure: float
    marks: tuple[Mark, ...] = ()
    met: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Attack:
    """Somebody who has a hand raised against somebody: `target` is None for oneself."""

    actor: Person
    target: Person | None
    at: Point


@sense
def witness(
    ctx: Context,
    people: list[Person],
    body: Body,
    happenings: Out[list[Happening]],
    notes: Out[Notes],
    rest: Out[list[Happening]],
    before: Notes | None = None,
    inner: tuple[Happening, ...] = (),
    lifeless: float = 8.0,
    faces: tuple[Identity, ...] = (),
) -> None:
    """What happens in this tick, as far as one sees, hears or feels it; who speaks out of sight is known by the voices
    of `faces`.

    `before` are its own `notes` of the tick before. `inner` is what did not come from outside, like a dream: it is
    passed on once, and `rest`, wired to the same key, is emptied. Whoever lies still for `lifeless` seconds is taken
    to be dead.
    """
    scene = ctx.obs
    assert isinstance(scene, Scene)
    nothing = not (people or inner or scene.sounds or scene.writings)
    if nothing and before is not None and not before.marks and body.structure == before.structure:
        ctx.out(happenings=())
        return
    old = before if before is not None else Notes(body.structure)
    known = {mark.track: mark for mark in old.marks}
    raised = [_attack(scene, people, person) for person in people if person.activity in ATTACKS and person.aim]
    attacks = [attack for attack in raised if attack is not None]
    found: list[Happening] = list(inner)
    marks = []
    met = old.met
    for person in people:
        mark = known.get(person.track)
        shields = _shielded(attacks, person) if attacks else None
        beside = _beside(people, person)
        down = ctx.tick if person.down and (mark is None or mark.down < 0) else -1
        if person.down and mark is not None and mark.down >= 0:
            down = mark.down
        if person.look not in met:
            met = (*met, person.look)
            found.append(_done("met", by=person))
        if person.bared and (mark is None or not mark.bared):
            found.append(_done("bared", by=person))
        if beside is not None and (mark is None or not mark.beside):
            found.append(_done("came_with", by=person, whom=beside))
        if mark is not None and (person.hurt or person.down):
            found += _changes(ctx, attacks, person, mark, lifeless)
        if shields is not None and (mark is None or not mark.shields):
            found.append(_done("shielded", by=person, whom=shields.target, mine=shields.target is None))
        act = person.activity if person.activity in ATTACKS else ""
        fields = (act, person.hurt, down, shields is not None, beside is not None, person.bared)
        if mark is None or fields != (mark.act, mark.hurt, mark.down, mark.shields, mark.beside, mark.bared):
            mark = Mark(person.track, *fields)
        marks.append(mark)
    for attack in attacks:
        mark = known.get(attack.actor.track)
        act = attack.actor.activity
        # Between two shots one goes on aiming: that is no new threat.
        if mark is None or (mark.act != act and not (act == "aiming" and mark.act == "shooting")):
            kind = ATTACKS[act]
            found.append(_done(kind, by=attack.actor, whom=attack.target, mine=attack.target is None))
    if body.structure < old.structure:
        at_me = [attack.actor for attack in attacks if attack.target is None]
        found.append(_done("hurt", by=at_me[0] if at_me else None, mine=True))
    for sound in scene.sounds:
        found += _heard(people, faces, sound)
    read = old.read
    for writing in scene.writings:
        if writing.text not in old.read:
            read = (*read, writing.text)
            found.append(_done("read", topic=writing.topic))
    ctx.out(happenings=tuple(found))
    if inner:
        ctx.out(rest=())
    fresh = (body.structure, tuple(marks), met, read)
    if before is None or fresh != (before.structure, before.marks, before.met, before.read):
        ctx.out(notes=Notes(*fresh))


def _done(
    kind: str,
    by: Person | Identity | None = None,
    whom: Person | None = None,
    mine: bool = False,
    topic: str | None = None,
    handle: str | None = None,
) -> Happening:
    return Happening(
        kind,  # type: ignore[arg-type]  # one of the literal's, by construction
        by.look if by is not None else None,
        by.who if by is not None else None,
        whom.look if whom is not None else None,
        whom.who if whom is not None else None,
        mine,
        topic,
        handle,
    )


def _attack(scene: Scene, people: list[Person], actor: Person) -> _Attack | None:
    """Whom somebody's arm is raised against: whoever is nearest to where it points. A blow hits whoever is thrown by
    it, or is within a step of there; if nobody is seen to be, it is not known whom."""
    assert actor.aim is not None
    others = [other for other in people if other.track != actor.track]
    if actor.activity == "striking":
        for other in others:
            if other.flung and other.position.distance(actor.aim) <= FLUNG:
                return _Attack(actor, other, actor.aim)
    target: Person | None = None
    nearest = scene.position.distance(actor.aim)
    for other in others:
        off = other.position.distance(actor.aim)
        if off < nearest:
            target, nearest = other, off
    if actor.activity == "striking" and nearest > STEP:
        return None
    return _Attack(actor, target, actor.aim)


def _shielded(attacks: list[_Attack], person: Person) -> _Attack | None:
    """The attack that somebody stands in the way of."""
    for attack in attacks:
        if attack.actor.track == person.track or attack.target is person:
            continue
        off, share = distance_to_line(person.position, attack.actor.position, attack.at)
        if off <= IN_THE_WAY and 0.0 < share < 1.0:
            return attack
    return None


def _beside(people: list[Person], person: Person) -> Person | None:
    """Somebody known, next to whom somebody unknown is."""
    if person.who is not None or person.down:
        return None
    for other in people:
        if other.who is not None and other.position.distance(person.position) <= BESIDE:
            return other
    return None


def _changes(ctx: Context, attacks: list[_Attack], person: Person, mark: Mark, lifeless: float) -> Iterator[Happening]:
    """What became of somebody since the tick before."""
    by = next((a.actor for a in attacks if a.target is person and a.actor.activity != "aiming"), None)
    if person.hurt and not mark.hurt:
        yield _done("wounded", by=by, whom=person)
    if person.down and mark.down < 0:
        yield _done("felled", by=by, whom=person)
    if person.down and mark.down >= 0 and ctx.tick - mark.down == ctx.ticks(lifeless):
        yield _done("died", whom=person)


def _heard(people: list[Person], faces: tuple[Identity, ...], sound: Heard) -> Iterator[Happening]:
    """What was said, by whom and to whom, or what else was heard. Out of sight, a voice that one knows tells who."""
    speaker: Person | Identity | None = None
    nearest = AT_ONE_PLACE
    for person in people:
        off = person.position.distance(sound.position)
        if off <= nearest:
            speaker, nearest = person, off
    if speaker is None and sound.voice is not None:
        speaker = next((face for face in faces if face.voice == sound.voice), None)
    mine, handle = sound.to_me, sound.handle
    if sound.kind != "speech":
        yield _done("heard", by=speaker, topic=sound.kind)
        return
    if sound.tone == "pleading":
        yield _done("pleaded", speaker, mine=mine, topic=sound.verb or sound.topic, handle=handle)
    if sound.answers is not None:
        yield _done(sound.text, speaker, mine=mine, topic=sound.answers, handle=handle)
    elif sound.verb is not None:
        yield _done("ordered", speaker, mine=mine, topic=sound.verb, handle=handle)
    elif sound.topic is not None:
        kind = "asked" if sound.asks else "told" if mine else "overheard"
        yield _done(kind, speaker, mine=mine, topic=sound.topic, handle=handle)
