"""Named streams of chance (R2): each is a key and a count of draws, so it saves as two plain values.

Draw number n of a stream is a hash of its key and n. Taking one stream out of a run cannot shift
another's dice, and no state other than the count exists. (Counter-based generation after Salmon et
al., "Parallel random numbers: as easy as 1, 2, 3", 2011; here with BLAKE2b as the mixing function.)
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

__all__ = ["Stream"]

T = TypeVar("T")


class Stream:
    """Chance for one purpose: `Stream(1995, 2, "aim").uniform(0, 1)`.

    The key is (seed, stream, purpose): `stream` is the number that a scenario declares for the
    entity that draws. `count` is the number of draws so far; setting it rewinds.
    """

    __slots__ = ("count", "key")

    def __init__(self, seed: int, stream: int, purpose: str, count: int = 0) -> None:
        self.key = f"{seed}/{stream}/{purpose}"
        self.count = count

    def random(self) -> float:
        """A number from 0 up to, not including, 1; a multiple of 2**-53."""
        digest = blake2b(f"{self.key}#{self.count}".encode(), digest_size=8).digest()
        self.count += 1
        return (int.from_bytes(digest) >> 11) / 9007199254740992.0

    def uniform(self, low: float, high: float) -> float:
        """A number from `low` up to `high`."""
        return low + (high - low) * self.random()

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.random() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True in this share of the draws. It always draws, so that a certain thing does not shift the rest."""
        return self.random() < probability

    def choice(self, items: Sequence[T]) -> T:
        """One of the items, each as likely."""
        return items[int(self.random() * len(items))]
