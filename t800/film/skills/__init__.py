"""The leaves of the film's trees: one file for each part of the body that they move."""

from t800.film.skills import (
    disguise,
    driving,
    fighting,
    gestures,
    moving,
    orders,
    policing,
    power,
    talking,
    telling,
    vats,
)

__all__ = [
    "disguise",
    "driving",
    "fighting",
    "gestures",
    "moving",
    "orders",
    "policing",
    "power",
    "talking",
    "telling",
    "vats",
]
