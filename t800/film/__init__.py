"""The film as a pack: bodies, combat, power, speech and perception, and what its agents can sense and do."""

from t800.film import (
    belief,
    bodies,
    combat,
    dispatch,
    events,
    impact,
    intents,
    items,
    mimicry,
    perception,
    power,
    records,
    senses,
    sight,
    skills,
    speech,
    supply,
)
from t800.world.attention import Dormancy
from t800.world.doors import Doors
from t800.world.driving import Driving
from t800.world.lapses import Lapses
from t800.world.walking import Walking

__all__ = [
    "Doors",
    "Dormancy",
    "Driving",
    "Lapses",
    "Walking",
    "belief",
    "bodies",
    "combat",
    "dispatch",
    "events",
    "impact",
    "intents",
    "items",
    "mimicry",
    "perception",
    "power",
    "records",
    "senses",
    "sight",
    "skills",
    "speech",
    "supply",
]
