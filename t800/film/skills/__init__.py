"""The leaves of the film's trees: one file for each part of the body that they move."""

from t800.film.skills import fighting, moving, orders, power, talking

__all__ = ["fighting", "moving", "orders", "power", "talking"]
