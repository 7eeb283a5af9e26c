"""A warehouse as a pack: carriers that drive, lift and call, and people who walk among them."""

from t800.world.walking import Face, MoveTo, Walking
from t800_warehouse import hall, minds, records

__all__ = ["Face", "MoveTo", "Walking", "hall", "minds", "records"]
