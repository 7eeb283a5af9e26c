"""The leaves of the film's trees: one file for each part of the body that they move."""

from t800.film.skills import disguise, driving, fighting, moving, orders, policing, power, talking

__all__ = ["disguise", "driving", "fighting", "moving", "orders", "policing", "power", "talking"]
