"""What agents of the film perceive and believe. Nothing here says who somebody really is."""

from __future__ import annotations

from typing import Literal

from t800.core import Observation
from t800.types import Entity, Point, record

__all__ = [
    "Alarm",
    "Belief",
    "Body",
    "Course",
    "Deed",
    "Doorway",
    "Fallen",
    "Fixture",
    "Found",
    "Glimpse",
    "Ground",
    "Heard",
    "Identity",
    "Lead",
    "Load",
    "Noise",
    "Order",
    "Outlet",
    "Person",
    "PowerPath",
    "Question",
    "Ride",
    "Route",
    "Scene",
    "Sighting",
    "Threat",
    "Tone",
    "Words",
    "Writing",
]

Tone = Literal["plain", "commanding", "pleading"]


@record(slots=True)
class PowerPath:
    """A path by which current can reach the body, and what is known of it."""

    number: int
    state: Literal["unknown", "dead", "live"]


@record(slots=True)
class Load:
    """A weapon in one's own hand: of what kind, how many rounds are left, and the push of a hit in kg·m."""

    kind: str
    rounds: int
    push: float


@record(slots=True)
class Body:
    """How one's own body is. `structure`, `power` and `energy` are shares of what it had when whole.

    `holds` are the things in its hands, `loads` the weapons; `afloat` is how high it is carried over a vat, `within`
    whether it is in one. `blood` is the share that is left, `bleeding` whether more of it runs out, `grip` how firmly
    it can still hold on, from 0 to 1.
    """

    position: Point
    place: str | None
    structure: float
    power: float
    alive: bool
    destroyed: bool
    down: bool
    armed: bool
    rounds: int
    weapon_range: float
    melting_point: float
    paths: tuple[PowerPath, ...] = ()
    look: str = ""
    riding: bool = False
    driving: bool = False
    energy: float = 1.0
    temperature: float = 25.0
    holds: tuple[str, ...] = ()
    loads: tuple[Load, ...] = ()
    pinned: bool = False
    afloat: float = 0.0
    within: bool = False
    bound: bool = False
    blood: float = 1.0
    bleeding: bool = False
    grip: float = 1.0
    bared: bool = False


@record(slots=True)
class Sighting:
    """Somebody in sight. `track` names this sighting as long as sight lasts; `aim` is the point that they aim at.

    `hurt` are open wounds, `bleeding` those that bleed; `flung` is somebody whom a blow throws right now; `warm` is
    None to eyes that cannot tell; `stiff` is somebody frozen, whole or in `pieces`; `bared` shows what is under the
    skin. Wounds that are `dressed` are bound up. `road` is by which road somebody drives, if by one that has a name.
    Whose face is `averted` looks the other way.
    """

    track: Entity
    look: str
    position: Point
    place: str | None
    distance: float
    posture: Literal["upright", "down"]
    activity: Literal["still", "walking", "running", "aiming", "shooting", "striking"]
    armed: bool
    aim: Point | None = None
    riding: bool = False
    hurt: bool = False
    bleeding: bool = False
    flung: bool = False
    warm: bool | None = None
    stiff: bool = False
    bound: bool = False
    bared: bool = False
    dressed: bool = False
    pieces: bool = False
    road: str | None = None
    averted: bool = False


@record(slots=True)
class Fixture:
    """Something large in sight that does not go away: its look, its middle, and how far from that it reaches.

    `lift` is how high the platform of a hoist hangs.
    """

    track: Entity
    look: str
    position: Point
    distance: float
    size: float
    lift: float = 0.0


@record(slots=True)
class Found:
    """A thing that lies about in sight: what it is called, where it is, and how far away."""

    track: Entity
    called: str
    position: Point
    distance: float


@record
class Fallen:
    """Somebody on the ground: for how many seconds no motion and no sound came from there, and whether they are
    believed dead."""

    track: Entity
    look: str
    position: Point
    still: float
    dead: bool


@record
class Route:
    """A way to a future that is to be prevented: what it leads over, by what one calls that, and whether it is still
    open, as far as is known. Of some one learns only when one is told of a topic."""

    over: str
    open: bool
    learned_from: str = ""


@record(slots=True)
class Ride:
    """A vehicle in sight: its look, how many seats are taken and free (none, of a wreck), and whether a tank on it
    leaks."""

    track: Entity
    look: str
    position: Point
    distance: float
    taken: int
    free: int
    leaking: bool = False


@record
class Words:
    """What somebody says: a text, and what it asks for, if anything. `to` is who is spoken to.

    Words about a `topic`, which may be somebody (of that `look`), are a question if they ask (`asks`), else they tell:
    `object` is whom they name, `place` where somebody may be found, and `by` where one gets off the road for it.
    `answers` is the verb of the order that they answer. `tone` is how they are said.
    """

    text: str
    verb: str | None = None
    object: Entity | None = None
    place: str | None = None
    to: Entity | None = None
    topic: str | None = None
    look: str | None = None
    by: str | None = None
    asks: bool = False
    tone: Tone = "plain"
    answers: str | None = None


@record(slots=True)
class Heard:
    """A sound heard: what it was, whose voice it had, how loud (0 to 1), where from, and the words."""

    handle: str
    kind: str
    loudness: float
    position: Point
    voice: str | None = None
    text: str = ""
    verb: str | None = None
    object: Entity | None = None
    place: str | None = None
    to_me: bool = False
    topic: str | None = None
    look: str | None = None
    by: str | None = None
    asks: bool = False
    tone: Tone = "plain"
    answers: str | None = None


@record
class Doorway:
    """A doorway of the place one is in, and the point just past it."""

    leads_to: str
    position: Point
    beyond: Point


@record
class Door:
    """A door of the place one is in, by the point of its doorway."""

    leads_to: str
    position: Point
    shut: bool


@record
class Writing:
    """Words that are left somewhere to be read, and what they are about."""

    text: str
    topic: str
    position: Point


@record
class Scene(Observation):
    """All that one body senses in a tick. `doors` is unknown in a world without the mechanic of that name; `melted` is
    what it sees dissolve in a vat, `motion` how it moves or is moved, in metres a second, and `facing` is where it
    looks: a point one metre ahead, relative to it.
    """

    body: Body
    position: Point
    place: str | None
    sightings: tuple[Sighting, ...]
    sounds: tuple[Heard, ...]
    doorways: tuple[Doorway, ...]
    rides: tuple[Ride, ...] = ()
    doors: tuple[Door, ...] | None = None
    fixtures: tuple[Fixture, ...] = ()
    melted: tuple[str, ...] = ()
    things: tuple[Found, ...] = ()
    writings: tuple[Writing, ...] = ()
    motion: Point = Point(0.0, 0.0)
    facing: Point = Point(0.0, 0.0)


@record
class Ground:
    """Who comes into a `place` looks for somebody in these places."""

    place: str
    places: list[str]


@record
class Identity:
    """Whose a look, and perhaps a voice, is believed to be."""

    look: str
    who: Entity
    voice: str | None = None


@record(slots=True)
class Person:
    """Somebody seen, and who it is believed to be."""

    track: Entity
    look: str
    position: Point
    place: str | None
    distance: float
    activity: str
    armed: bool
    down: bool = False
    aim: Point | None = None
    who: Entity | None = None
    riding: bool = False
    hurt: bool = False
    bleeding: bool = False
    flung: bool = False
    warm: bool | None = None
    stiff: bool = False
    bound: bool = False
    bared: bool = False
    dressed: bool = False
    pieces: bool = False
    road: str | None = None
    averted: bool = False


@record(slots=True)
class Belief:
    """What is believed of everybody with one look: who that is, how sure that is, and how much speaks against it.

    `claimed` is who they pass for, `who` who they are believed to be: the same, until `suspicion` outweighs it. Both
    `confidence` and `suspicion` run from 0 to 1; `odd` are the things seen and heard that people do not do. `contacts`
    counts how often they came into sight, `place` and `age` are where and how many whole seconds ago they were there
    last, and `lost` is the tick in which they were first out of sight, if they are.
    """

    look: str
    claimed: Entity | None
    who: Entity | None
    confidence: float
    suspicion: float
    odd: tuple[str, ...]
    contacts: int
    track: Entity
    place: str | None
    age: float
    hurt: bool = False
    lost: int | None = None


@record(slots=True)
class Course:
    """How somebody was seen to go: `at` a point `age` seconds ago, so many metres a second to the east and north; and
    where they would be by `now`."""

    at: Point
    east: float
    north: float
    age: float
    now: Point


@record(slots=True)
class Threat:
    """Somebody who is believed to mean harm. `age` is how many seconds ago they were last seen; who is `brittle` is
    frozen, and whole: a blow would shatter them."""

    track: Entity
    look: str
    position: Point
    place: str | None
    distance: float
    armed: bool
    in_sight: bool
    down: bool
    age: float
    brittle: bool = False


@record
class Lead:
    """Where somebody may be found: a place, and where one gets off the road for it."""

    who: Entity
    place: str
    by: str


@record
class Outlet:
    """Where a road leads, as those know it who live by it: a place, and where one gets off the road for it."""

    road: str
    place: str
    by: str


@record
class Glimpse:
    """Where a look was last seen, or where the road leads by which it drove off; `by` is where one gets off for it.

    `company` has the looks of those who were with it there.
    """

    look: str
    place: str
    by: str | None = None
    company: tuple[str, ...] = ()


@record
class Question:
    """What somebody wants to know: where one of that look (or name) is, or what one knows of a topic. `asker` is the
    track and `like` the look of who asks."""

    handle: str
    topic: str
    look: str | None
    asker: Entity
    like: str
    answered: bool = False


@record
class Noise:
    """Where something was heard that is worth a look."""

    kind: str
    position: Point


@record
class Alarm:
    """What came over the police radio: about what, where, and the look of whom, if anybody said."""

    about: str
    place: str
    look: str | None


@record
class Order:
    """What somebody asked for, who it is believed to have been, and what became of it.

    `topic` is what it is about, `tone` how it was said.
    """

    handle: str
    verb: str
    by: Entity | None
    voice: str | None
    object: Entity | None
    place: str | None
    state: Literal["heard", "accepted", "refused", "under_way", "done", "failed", "superseded"]
    why: str = ""
    topic: str | None = None
    tone: Tone = "plain"


@record
class Deed:
    """What carrying out an order with this verb brings about, as far as can be told beforehand.

    `danger` is the share of its mission that it puts at risk, from 0 to 1; `leaves_ward` takes it from its ward's
    side, `leaves_chip` leaves its own chip where it can be found, `takes_life` kills somebody.
    """

    verb: str
    danger: float = 0.0
    leaves_ward: bool = False
    leaves_chip: bool = False
    takes_life: bool = False
