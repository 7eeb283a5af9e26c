"""What agents of the film can ask of the world, and what they declare of it."""

from __future__ import annotations

from typing import ClassVar, Literal

from t800.core import Intent
from t800.film.carving import Carve
from t800.film.feelings import Moved
from t800.film.records import Tone
from t800.film.slumber import Sleep
from t800.film.unveiling import Bare
from t800.registry import effect
from t800.types import Entity, Point, record
from t800.world.doors import Force, Lock, Unlock
from t800.world.driving import Dismount, Drive, DriveTo, Mount
from t800.world.lapses import Occupy, Stay
from t800.world.walking import Face, GoTo, MoveTo

__all__ = [
    "Answer",
    "Ask",
    "Bare",
    "Bind",
    "Call",
    "Carve",
    "Dismount",
    "Drive",
    "DriveTo",
    "Face",
    "Fire",
    "Force",
    "GoTo",
    "Hand",
    "Lock",
    "Loot",
    "MakeSign",
    "Mount",
    "MoveTo",
    "Occupy",
    "Pick",
    "Pose",
    "Probe",
    "Rise",
    "Say",
    "Show",
    "Sleep",
    "Stay",
    "StepInto",
    "Strike",
    "SwitchPower",
    "Take",
    "Tell",
    "Throw",
    "Torment",
    "Touch",
    "Unbind",
    "Unlock",
    "WorkHoist",
    "WorkLoose",
]

LETHAL_TO = effect("lethal_to", list[Entity], [], "those whom it may kill, as far as is known")
TAKES_SPARED = effect("takes_spared", list[Entity], [], "those of them who are to be spared")
EXPOSES_SELF_TO = effect("exposes_self_to", float, 0.0, "°C that the own body comes to feel")


@record
class Fire(Intent):
    """Aim the weapon in hand, of several that of a `kind`, at somebody in sight, and shoot as soon as it is steady
    and ready; at their legs, to `disable` and not to kill."""

    channel: ClassVar[str] = "arms"
    target: Entity
    kind: str | None = None
    disable: bool = False


@record
class Strike(Intent):
    """Strike somebody within reach, with what the body has for it: its fist or blade, or a `lance` that reaches
    farther; so as to `disable` and not to kill."""

    channel: ClassVar[str] = "arms"
    target: Entity
    lance: bool = False
    disable: bool = False


@record
class Torment(Intent):
    """Hurt somebody within reach slowly, and hold them fast."""

    channel: ClassVar[str] = "arms"
    target: Entity


@record
class Say(Intent):
    """Say something aloud, perhaps an order, perhaps to somebody in sight."""

    channel: ClassVar[str] = "voice"
    text: str
    verb: str | None = None
    object: Entity | None = None
    place: str | None = None
    to: Entity | None = None
    tone: Tone = "plain"
    topic: str | None = None


@record
class Answer(Intent):
    """Say what becomes of an order that was heard."""

    channel: ClassVar[str] = "voice"
    handle: str
    verdict: Literal["accepted", "refused", "done", "failed", "superseded"]
    why: str = ""


@record
class Ask(Intent):
    """Ask somebody in sight where somebody else is, with a picture of their look, or what they know of a topic."""

    channel: ClassVar[str] = "voice"
    topic: str
    look: str | None
    to: Entity
    text: str = "Have you seen this one?"


@record
class Tell(Intent):
    """Tell somebody in sight of a topic, in words that may name somebody (`object`), or where somebody may be found;
    with neither words nor a place, that one does not know."""

    channel: ClassVar[str] = "voice"
    topic: str
    to: Entity
    place: str | None = None
    by: str | None = None
    text: str = ""
    object: Entity | None = None


@record
class WorkLoose(Intent):
    """Work at what one is bound with."""

    channel: ClassVar[str] = "arms"


@record
class Bind(Intent):
    """Bind somebody within reach who is down, with what one has in hand for it."""

    channel: ClassVar[str] = "arms"
    target: Entity


@record
class Unbind(Intent):
    """Free somebody within reach of what binds them."""

    channel: ClassVar[str] = "arms"
    target: Entity


@record
class Bandage(Intent):
    """Bind up the wounds of somebody within reach."""

    channel: ClassVar[str] = "arms"
    target: Entity


@record
class Pick(Intent):
    """Pick the lock of the door at a point within reach."""

    channel: ClassVar[str] = "arms"
    at: Point


@record
class Pose(Intent):
    """Stand in some way, to be seen (`on one leg`)."""

    channel: ClassVar[str] = "legs"
    what: str


@record
class Show(Intent):
    """Let others see what has moved one."""

    channel: ClassVar[str] = "mind"
    moved: tuple[Moved, ...]


@record
class Call(Intent):
    """Call the police at a telephone within reach: about what, where, and the look of whom."""

    channel: ClassVar[str] = "voice"
    about: str
    place: str
    look: str | None = None


@record
class Touch(Intent):
    """Keep touching somebody within reach, to take their look."""

    channel: ClassVar[str] = "arms"
    target: Entity


@record
class Loot(Intent):
    """Take what somebody within reach has in hand, who can no longer hold on to it."""

    channel: ClassVar[str] = "arms"
    target: Entity


@record
class Take(Intent):
    """Take up a thing in sight that nobody holds."""

    channel: ClassVar[str] = "arms"
    target: Entity


@record
class Hand(Intent):
    """Give a thing in one's hands to somebody within reach; all that is in them, if none is named.

    With `called`, only what is called so, or is a weapon of such a kind, and no more than `at_most` of it.
    """

    channel: ClassVar[str] = "arms"
    to: Entity
    what: Entity | None = None
    called: tuple[str, ...] = ()
    at_most: int = 1000


@record
class Probe(Intent):
    """Feel for current on one of the body's own power paths."""

    channel: ClassVar[str] = "power"
    path: int


@record
class SwitchPower(Intent):
    """Close one of the body's own power paths."""

    channel: ClassVar[str] = "power"
    path: int


@record
class Rise(Intent):
    """Let the current of a path that was closed reach the limbs."""

    channel: ClassVar[str] = "power"


@record
class StepInto(Intent):
    """Step over the rim of a vat within reach."""

    channel: ClassVar[str] = "legs"
    vat: Entity


@record
class WorkHoist(Intent):
    """Hold the control of a hoist within reach, so that its platform goes down, or up."""

    channel: ClassVar[str] = "arms"
    hoist: Entity
    down: bool = True


@record
class MakeSign(Intent):
    """Make a sign with the hands, or put them round somebody within reach."""

    channel: ClassVar[str] = "arms"
    what: str
    to: Entity | None = None


@record
class Throw(Intent):
    """Throw what is called so, and is in the own hand, to a point."""

    channel: ClassVar[str] = "arms"
    what: str
    at: Point
