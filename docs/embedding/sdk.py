"""A robot maker's SDK, pretended: a drive, a speaker, a lamp, a camera and a microphone, in a yard with a boy."""

from __future__ import annotations

import math


class Sdk:
    """Yours comes from the maker of your robot, and knows nothing of t800 either."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.x, self.y = 0.0, 0.0
        self.battery = 0.24
        self.colour = "off"
        self._boy = (9.0, 4.0)
        self._called = False

    def camera(self) -> list[tuple[str, float, float]]:
        """What a detector finds in the picture: a label, and metres east and north of where the robot started."""
        return [("boy_in_army_jacket", round(self._boy[0], 3), round(self._boy[1], 3))]

    def microphone(self) -> list[tuple[str, str]]:
        """What was heard since it was last asked: a voice, and the text."""
        said = {2.0: ("rough", "Stop right there!"), 3.0: ("boyish", "Lead me to the gate!")}
        return [said[self.seconds]] if self.seconds in said else []

    def drive(self, x: float, y: float, speed: float) -> None:
        """Drive towards a point, until told otherwise or for 0.1 s."""
        self.x, self.y = _towards(self.x, self.y, x, y, speed * 0.1)

    def say(self, text: str) -> None:
        """Say something over the speaker."""
        self._called = True
        self._log(f"says {text!r}")

    def lamp(self, colour: str) -> None:
        """Light the lamp."""
        if colour != self.colour:
            self.colour = colour
            self._log(f"lamp {colour}")

    def wait(self) -> None:
        """Wait for the next 0.1 s. Meanwhile the boy, once called, keeps at the robot's heels."""
        if self._called and _far(self.x, self.y, *self._boy) > 1.0:
            self._boy = _towards(*self._boy, self.x, self.y, 0.3)
        self.battery = round(self.battery - 0.001, 3)
        self.seconds = round(self.seconds + 0.1, 1)

    def _log(self, text: str) -> None:
        print(f"{self.seconds:4.1f} s  ({self.x:5.2f}, {self.y:5.2f})  {text}")  # noqa: T201


def _far(x: float, y: float, to_x: float, to_y: float) -> float:
    return math.sqrt((x - to_x) ** 2 + (y - to_y) ** 2)


def _towards(x: float, y: float, to_x: float, to_y: float, step: float) -> tuple[float, float]:
    far = _far(x, y, to_x, to_y)
    share = min(1.0, step / far) if far else 0.0
    return x + (to_x - x) * share, y + (to_y - y) * share
