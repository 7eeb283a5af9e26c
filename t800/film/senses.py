"""What agents of the film come to believe from what they perceive. Beliefs, never choices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from t800.context import Context
from t800.film.records import (
    Alarm,
    Belief,
    Body,
    Course,
    Glimpse,
    Ground,
    Heard,
    Identity,
    Lead,
    Noise,
    Order,
    Outlet,
    Person,
    Question,
    Ride,
    Scene,
    Sighting,
    Threat,
)
from t800.registry import sense
from t800.types import Entity, Out, Point

__all__ = [
    "be_in",
    "befriend",
    "body",
    "choose_ground",
    "find",
    "foresee",
    "hear",
    "hear_alarm",
    "hear_answer",
    "hear_call",
    "hear_lead",
    "hear_question",
    "judge_threat",
    "look_for",
    "recall",
    "rides",
    "see",
    "spot_armed",
    "take_orders",
    "watched",
]

REMEMBERED = 500
"""How many sightings are remembered with what they were taken for, before all are forgotten."""

GONE = 4.0
"""Metres from where a vehicle stood at which one sees that it is gone."""

TOGETHER = 3.0
"""Metres between those who belong together, as far as one sees."""

WALKED_ON = 10.0
"""Metres that whoever asked something may have gone until one has turned round to them."""

AIMED = 1.5
"""Metres from somebody at which a weapon that is pointed there is taken to be pointed at them."""


def _scene(ctx: Context) -> Scene:
    scene = ctx.obs
    assert isinstance(scene, Scene)
    return scene


@sense(reads=["body"])
def body(ctx: Context) -> Body:
    """How the own body is: structure and power (shares), place, weapon in hand."""
    return _scene(ctx).body


@sense(reads=["sightings"])
def see(ctx: Context, people: Out[list[Person]], faces: tuple[Identity, ...] = ()) -> None:
    """Everybody in sight, and who they are believed to be by their look."""
    sightings = _scene(ctx).sightings
    known = {face.look: face.who for face in faces} if sightings else {}
    ctx.out(people=[_person(seen, known.get(seen.look)) for seen in sightings])


def _person(seen: Sighting, who: Entity | None) -> Person:
    # Whoever stands still is the same sighting in each tick.
    known = _persons.get(id(seen))
    if known is not None and known[0] is seen and known[1] == who:
        return known[2]
    person = Person(
        seen.track,
        seen.look,
        seen.position,
        seen.place,
        seen.distance,
        seen.activity,
        seen.armed,
        seen.posture == "down",
        seen.aim,
        who,
        seen.riding,
        seen.hurt,
        seen.bleeding,
        seen.flung,
        seen.warm,
        seen.stiff,
        seen.bound,
        seen.bared,
        seen.dressed,
        seen.pieces,
        seen.road,
        seen.averted,
    )
    if len(_persons) >= REMEMBERED:
        _persons.clear()
    _persons[id(seen)] = (seen, who, person)
    return person


# What sightings were taken for, by their identities, which nothing else has as long as they are here.
_persons: dict[int, tuple[Sighting, Entity | None, Person]] = {}


@sense(reads=[])
def find(ctx: Context, who: Entity | None, people: list[Person], person: Out[Person], in_sight: Out[bool]) -> None:
    """Where somebody is: `in_sight` now, or as `person` was last seen."""
    _report(ctx, [other for other in people if other.who == who] if who is not None else [], "person")


@sense(reads=[])
def look_for(ctx: Context, look: str | None, people: list[Person], person: Out[Person], in_sight: Out[bool]) -> None:
    """As `find`, for somebody of whom no more than the look is known."""
    _report(ctx, [other for other in people if other.look == look], "person")


def _report(ctx: Context, seen: list[Person], port: str) -> None:
    """Write the nearest of several who may be the one: `in_sight`, and where, if there is one, to a port."""
    nearest: Person | None = None
    for other in seen:
        if nearest is None or other.distance < nearest.distance:
            nearest = other
    if nearest is None:
        ctx.out(in_sight=False)
    else:
        ctx.out(**{"in_sight": True, port: nearest})


@sense
def foresee(
    ctx: Context,
    who: Person,
    in_sight: bool,
    course: Out[Course],
    before: Course | None = None,
    ahead: float = 20.0,
) -> None:
    """Where somebody goes: while in sight, from where they were in one tick and the next; then as if they went on like
    that, for `ahead` seconds."""
    if in_sight:
        east = north = 0.0
        if before is not None:
            east, north = before.east, before.north
            if before.age == 0.0:
                east = round((who.position.x - before.at.x) / ctx.dt, 3)
                north = round((who.position.y - before.at.y) / ctx.dt, 3)
        ctx.out(course=Course(who.position, east, north, 0.0, who.position))
    elif before is not None and before.age < ahead:
        age = round(before.age + ctx.dt, 3)
        now = Point(round(before.at.x + before.east * age, 3), round(before.at.y + before.north * age, 3))
        ctx.out(course=replace(before, age=age, now=now))


@sense(reads=["sounds"])
def hear(ctx: Context, noise: Out[Noise]) -> None:
    """The loudest thing heard that is worth a look: anything else before speech."""
    loudest: Heard | None = None
    for sound in _scene(ctx).sounds:
        speech = sound.kind == "speech"
        if loudest is None or (speech, -sound.loudness) < (loudest.kind == "speech", -loudest.loudness):
            loudest = sound
    if loudest is not None:
        ctx.out(noise=Noise(loudest.kind, loudest.position))


@sense(reads=["sounds"])
def hear_answer(ctx: Context, answer: Out[str]) -> None:
    """What was said to oneself last that asks for nothing."""
    for sound in _scene(ctx).sounds:
        if sound.to_me and sound.verb is None:
            ctx.out(answer=sound.text)


@sense(reads=["position"])
def judge_threat(
    ctx: Context,
    people: list[Person],
    threat: Out[Threat],
    dangerous: Out[list[str]],
    ward: Person | None = None,
    known: Threat | None = None,
    feared: tuple[str, ...] = (),
    trusted: str | None = None,
    memory: float = 8.0,
    beliefs: tuple[Belief, ...] = (),
    alarm: float = 0.7,
    colleagues: tuple[str, ...] | None = None,
) -> None:
    """Who means harm: whoever attacks the ward or oneself, and whoever has a look that is feared or did so before.

    `feared` are the looks that count as a threat; those of attackers are added to them, as `dangerous`, and those of
    whom `beliefs` hold a suspicion of `alarm` or more. To those who keep watch, whoever carries a weapon and does not
    look like one of their `colleagues` is a threat too. A threat out of sight is believed to be near for `memory`
    seconds.
    """
    scene = _scene(ctx)
    guarded = [scene.position] + ([ward.position] if ward is not None else [])
    looks = list(feared)
    looks += [belief.look for belief in beliefs if belief.suspicion >= alarm and belief.look not in looks]
    worst: Person | None = None
    for other in people:
        if other.who is not None or other.look == trusted:
            continue
        attacks = other.aim is not None and _near(other.aim, guarded)
        if attacks and other.look not in looks:
            looks.append(other.look)
        armed = colleagues is not None and other.armed and other.look not in colleagues
        if (armed or other.look in looks) and (worst is None or other.distance < worst.distance):
            worst = other
    ctx.out(dangerous=looks)
    if worst is not None:
        ctx.out(
            threat=Threat(
                worst.track,
                worst.look,
                worst.position,
                worst.place,
                worst.distance,
                worst.armed,
                in_sight=True,
                down=worst.down,
                age=0.0,
                brittle=worst.stiff and not worst.pieces,
            )
        )
    elif known is not None:
        age = known.age + ctx.dt
        away = round(scene.position.distance(known.position), 3)
        if age >= memory:
            ctx.out(threat=None)
            return
        # As `replace`, in a third of its time.
        lost = Threat(
            known.track,
            known.look,
            known.position,
            known.place,
            away,
            known.armed,
            in_sight=False,
            down=known.down,
            age=age,
            brittle=known.brittle,
        )
        ctx.out(threat=lost)


def _near(point: Point, guarded: list[Point]) -> bool:
    return any(point.distance(position) <= AIMED for position in guarded)


@sense(reads=["sounds"])
def take_orders(
    ctx: Context,
    order: Out[Order],
    overtaken: Out[Order],
    faces: tuple[Identity, ...] = (),
    current: Order | None = None,
    standing: tuple[Order, ...] = (),
) -> None:
    """The order that was heard last, and who it is believed to come from, by the voice.

    The `current` one, if it was not carried out yet and is not among those `standing`, is `overtaken` by it, until the
    new one is judged.
    """
    voices: dict[Any, Entity] = {face.voice: face.who for face in faces if face.voice is not None}
    for sound in _scene(ctx).sounds:
        if sound.verb is not None and sound.to_me:
            by = voices.get(sound.voice)
            ctx.out(
                order=Order(
                    sound.handle,
                    sound.verb,
                    by,
                    sound.voice,
                    sound.object,
                    sound.place,
                    state="heard",
                    topic=sound.topic,
                    tone=sound.tone,
                )
            )
            kept = [order.handle for order in standing]
            if current is not None and current.state in ("accepted", "under_way") and current.handle not in kept:
                ctx.out(overtaken=current)


@sense(reads=["sounds"])
def befriend(
    ctx: Context,
    people: list[Person],
    friend: Out[str],
    feared: tuple[str, ...] = (),
    known: str | None = None,
) -> None:
    """Whom to trust, by their look: the first who calls to come along, unless that look is feared."""
    if known is not None:
        return
    for sound in _scene(ctx).sounds:
        if sound.to_me and sound.verb == "come":
            for other in people:
                if other.position.distance(sound.position) <= AIMED and other.look not in feared:
                    ctx.out(friend=other.look)
                    return


@sense(reads=["rides", "position", "body"])
def rides(
    ctx: Context,
    vehicles: Out[list[Ride]],
    parked: Out[Point],
    former: Point | None = None,
    before: tuple[Ride, ...] = (),
) -> None:
    """The vehicles in sight, and where the one is `parked` that one rode last.

    Those that were seen `before` and stood empty are believed to stand there still, until one comes near and they
    do not.
    """
    scene = _scene(ctx)
    found = list(scene.rides)
    tracks = {ride.track for ride in found}
    looks = {ride.look for ride in found}
    for ride in before:
        if ride.taken != 0 or ride.track in tracks:
            continue
        away = round(scene.position.distance(ride.position), 3)
        if away <= GONE or (ride.look in looks and _among(ride, scene.rides)):
            continue
        if away != ride.distance:
            # There are many of these in each tick: `replace` takes three times as long.
            ride = Ride(ride.track, ride.look, ride.position, away, ride.taken, ride.free, ride.leaking)
        found.append(ride)
    ctx.out(vehicles=found)
    if scene.body.riding and scene.position != former:
        ctx.out(parked=scene.position)


def _among(ride: Ride, seen: tuple[Ride, ...]) -> bool:
    """Whether a ride that is remembered is one that is seen now."""
    return any(o.look == ride.look and o.position.distance(ride.position) <= GONE for o in seen)


@sense(reads=["sounds"])
def hear_question(
    ctx: Context, people: list[Person], question: Out[Question], unseen: Out[Heard], before: Heard | None = None
) -> None:
    """What one was asked last, and by whom, as far as can be seen; else it is `unseen` for as long as nobody is seen
    near there. Given as `before`, it is taken up by whoever has turned round."""
    asked = [before] if before is not None else []
    for sound in [*asked, *_scene(ctx).sounds]:
        if sound.to_me and sound.asks and sound.topic is not None:
            reach = WALKED_ON if sound is before else AIMED
            near = [other for other in people if other.position.distance(sound.position) <= reach]
            if near:
                asker = min(near, key=lambda other: other.position.distance(sound.position))
                ctx.out(question=Question(sound.handle, sound.topic, sound.look, asker.track, asker.look))
            if (sound is before) is bool(near):
                ctx.out(unseen=None if near else sound)


@sense(reads=["sounds"])
def hear_lead(ctx: Context, lead: Out[Lead]) -> None:
    """Where somebody is to be found, as one was told last."""
    for sound in _scene(ctx).sounds:
        if sound.to_me and not sound.asks and sound.topic is not None and sound.place is not None:
            ctx.out(lead=Lead(Entity(sound.topic), sound.place, sound.by if sound.by is not None else sound.place))


@sense(reads=["sounds"])
def hear_call(ctx: Context, who: Entity, call: Out[Lead]) -> None:
    """Where somebody may be to be found: where the police were called to last, as a radio said."""
    for sound in _scene(ctx).sounds:
        if sound.kind == "radio" and sound.place is not None:
            ctx.out(call=Lead(who, sound.place, sound.place))


@sense(reads=["place"])
def choose_ground(ctx: Context, grounds: tuple[Ground, ...], beat: Out[list[str]]) -> None:
    """Where to look for somebody round here: the places of the ground that one has come into last."""
    for ground in grounds:
        if ctx.obs.place == ground.place:
            ctx.out(beat=list(ground.places))


@sense(reads=["place"])
def be_in(ctx: Context, place: str, there: Out[bool]) -> None:
    """Whether one is in a named place, or in that of a named point."""
    ctx.out(there=ctx.obs.place == place.partition(".")[0])


@sense(reads=["sounds"])
def hear_alarm(ctx: Context, alarm: Out[Alarm]) -> None:
    """What came over a radio last."""
    for sound in _scene(ctx).sounds:
        if sound.kind == "radio" and sound.place is not None:
            ctx.out(alarm=Alarm(sound.text, sound.place, sound.look))


@sense(reads=[])
def spot_armed(
    ctx: Context,
    people: list[Person],
    armed: Out[Person],
    in_sight: Out[bool],
    harmless: Out[list[Entity]],
    colleagues: tuple[str, ...] = (),
) -> None:
    """The nearest in sight with a weapon in hand who does not look like one of the `colleagues`; and the tracks of
    those who do, or have empty hands: the `harmless`."""
    _report(
        ctx, [other for other in people if other.armed and not other.down and other.look not in colleagues], "armed"
    )
    ctx.out(harmless=[other.track for other in people if other.look in colleagues or not other.armed])


@sense(reads=[])
def recall(
    ctx: Context,
    people: list[Person],
    glimpses: Out[list[Glimpse]],
    before: tuple[Glimpse, ...] = (),
    outlets: tuple[Outlet, ...] = (),
) -> None:
    """Which looks one saw, and where last; of who drove off by a road of which one knows where it leads, there.

    Who was with somebody before went where that one is seen to drive.
    """
    known = {outlet.road: outlet for outlet in outlets}
    former = {glimpse.look: glimpse for glimpse in before}
    fresh = {}
    for other in people:
        outlet = known.get(other.road) if other.road is not None else None
        place, by = (outlet.place, outlet.by) if outlet is not None else (other.place, None)
        if place is None:
            continue
        company: set[str] = set()
        if known:
            company |= {each.look for each in people if each.position.distance(other.position) <= TOGETHER}
            if other.look in former and former[other.look].place == place:
                company |= set(former[other.look].company)
        fresh[other.look] = Glimpse(other.look, place, by, tuple(sorted(company - {other.look})))
    for glimpse in before:
        ahead = next((fresh[look] for look in glimpse.company if look in fresh and fresh[look].by is not None), None)
        if ahead is not None and glimpse.look not in fresh:
            fresh[glimpse.look] = replace(glimpse, place=ahead.place, by=ahead.by)
    if any(glimpse not in before for glimpse in fresh.values()):
        ctx.out(glimpses=[*(glimpse for glimpse in before if glimpse.look not in fresh), *fresh.values()])


@sense(reads=[])
def watched(ctx: Context, people: list[Person]) -> bool:
    """Whether somebody whom one does not know is on their feet, and has not turned their back: they may be watching."""
    return any(not other.down and other.who is None and not other.averted for other in people)
