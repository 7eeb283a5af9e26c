"""What can be heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from t800.types import Point, Type

__all__ = ["Sound"]

POINT = Type.of(Point)


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound of the tick that just passed.

    `reach` is how many metres it carries in the open; a wall in between halves what is left of it. `source` is
    the id of who made it (rules know it, hearers do not), `voice` what it sounds like, `kind` what it is (shot,
    speech), `words` a record, if any were said. `cause` is the event that it belongs to.
    """

    source: str
    position: Point
    reach: float
    kind: str
    voice: str | None = None
    words: Any = None
    cause: int | None = None

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON data."""
        words = None
        if self.words is not None:
            words = [type(self.words).__name__, Type.of(type(self.words)).encode(self.words)]
        return {
            "source": self.source,
            "position": POINT.encode(self.position),
            "reach": self.reach,
            "kind": self.kind,
            "voice": self.voice,
            "words": words,
            "cause": self.cause,
        }

    @staticmethod
    def restored(data: Mapping[str, Any], records: Mapping[str, type]) -> Sound:
        """The sound that `snapshot` wrote."""
        words = data["words"]
        if words is not None:
            words = Type.of(records[words[0]]).decode(words[1])
        return Sound(**{**data, "position": POINT.decode(data["position"]), "words": words})
