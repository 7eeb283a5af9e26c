"""What is sensed in a warehouse, and what can be asked for there."""

from typing import ClassVar, Literal

from t800 import Intent, Observation, Point, effect, record

SPEED = effect("speed", float, 0.0, "metres a second that may be reached")


@record
class Condition:
    """How one is. `person` is how far the nearest person is who wears a tag, in metres; unknown out of range."""

    position: Point
    place: str | None
    charge: float  # share, 0 to 1
    loaded: bool
    trouble: Literal["none", "jammed", "empty"]
    person: float | None


@record
class Beacon(Intent):
    """Call over the radio, from where one is: for help, or to claim the way, since a tick and with a drawn ticket."""

    channel: ClassVar[str] = "beacon"
    about: Literal["help", "way"]
    position: Point
    place: str | None
    since: int = 0
    ticket: float = 0.0


@record
class Telemetry(Observation):
    """All that is known to one carrier, or to somebody with a radio: of stations, those that are of use now."""

    me: Condition
    shelves: list[Point]
    docks: list[Point]
    chargers: list[Point]
    calls: list[Beacon]


@record
class Roll(Intent):
    """Roll towards a point at up to `speed` m/s; with 0, brake and stand."""

    channel: ClassVar[str] = "drive"
    to: Point
    speed: float


@record
class MoveFork(Intent):
    """Take a parcel from a shelf (`up`), or set it down at a dock."""

    channel: ClassVar[str] = "lift"
    up: bool


@record
class Mend(Intent):
    """Free the wheels of a carrier within reach, or change its cell."""

    channel: ClassVar[str] = "hands"
