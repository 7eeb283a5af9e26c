"""The leaves of the film's trees: one file for each part of the body that they move."""

from t800.film.skills import (
    breaking_out,
    covering,
    demolition,
    disguise,
    driving,
    fighting,
    gestures,
    handling,
    moving,
    orders,
    policing,
    power,
    resting,
    talking,
    telling,
    vats,
)

__all__ = [
    "breaking_out",
    "covering",
    "demolition",
    "disguise",
    "driving",
    "fighting",
    "gestures",
    "handling",
    "moving",
    "orders",
    "policing",
    "power",
    "resting",
    "talking",
    "telling",
    "vats",
]
