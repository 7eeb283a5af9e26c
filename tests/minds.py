"""A mind for one sense or skill: what it reads is given, what it writes and asks for is kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from worlds import registry

from t800.agent import Agent
from t800.blackboard import Blackboard
from t800.context import Context
from t800.core import Fate, Intent
from t800.film.records import Body, Doorway, Heard, Person, Scene, Sighting, Threat
from t800.simulation.opening import open_scenario
from t800.types import Point

BODY = Body(Point(0.0, 0.0), "hall", 1.0, 1.0, True, False, False, True, 5, 20.0, 1500.0)


def scene(
    position: Point = Point(0.0, 0.0),  # noqa: B008  # frozen
    place: str | None = "hall",
    sightings: tuple[Sighting, ...] = (),
    sounds: tuple[Heard, ...] = (),
    doorways: tuple[Doorway, ...] = (),
) -> Scene:
    return Scene(7, BODY, position, place, sightings, sounds, doorways)


def person(x: float, y: float, look: str = "stranger", **more: Any) -> Person:
    position = Point(x, y)
    fields: dict[str, Any] = {"track": "seen_1", "place": "hall", "activity": "still", "armed": False, **more}
    return Person(look=look, position=position, distance=Point(0.0, 0.0).distance(position), **fields)


def threat(x: float, y: float, **more: Any) -> Threat:
    position = Point(x, y)
    fields: dict[str, Any] = {"place": "hall", "armed": True, "in_sight": True, "down": False, "age": 0.0, **more}
    away = Point(0.0, 0.0).distance(position)
    return Threat(track="seen_9", look="stranger", position=position, distance=away, **fields)


def shipped(scenario: str, who: str, **known: tuple[Any, int]) -> Agent:
    """A mind of a shipped scenario before its first tick, with what it knows besides, and since which tick."""
    (use,) = [use for use in open_scenario(scenario).agents if use.participant.id == who]
    agent = Agent(use.agent, seed=1, stream=2, id=who, dt=0.1)
    for key, (value, tick) in known.items():
        agent.blackboard.values[key], agent.blackboard.written[key] = value, tick
    return agent


class Mind:
    """`Mind(find, scene()).feel(who="a", people=[])` is what the sense wrote; `asks` is what a skill asked for."""

    def __init__(self, part: Any, obs: Scene, fate: Fate | None = None) -> None:
        self.part = part.__t800__
        ports = [port for port in self.part.ports.values() if port.out]
        self.board = Blackboard({port.name: port.type for port in ports})
        self.context = Context(self.board, seed=3, effects=registry().effects)
        self.context.obs = obs
        self.context.tick = obs.tick
        outs = {0: {port.name: (port.name, port) for port in ports}}
        fates = {0: dict.fromkeys(("legs", "arms", "voice", "power"), fate)} if fate else {}
        self.context.state = SimpleNamespace(fates=fates, feedback={}, outs=outs)

    def _ports(self, given: dict[str, Any]) -> dict[str, Any]:
        outs = {name: None for name, port in self.part.ports.items() if port.out}
        return {**outs, **given}

    def feel(self, **ports: Any) -> dict[str, Any]:
        """What a sense writes, only what it wrote."""
        self.part.call(self.context, **self._ports(ports))
        return {key: self.board.values[key] for key in self.board.written}

    def act(self, **ports: Any) -> Any:
        """The status of a function skill."""
        return self.part.call(self.context, **self._ports(ports))

    @property
    def effects(self) -> dict[str, Any]:
        """What was said of the one thing asked for."""
        return self.context.asks[-1][3]

    @property
    def asked(self) -> Intent | None:
        """The one thing asked for, or None."""
        return self.context.asks[-1][2] if self.context.asks else None

    @property
    def wrote(self) -> dict[str, Any]:
        return {key: self.board.values[key] for key in self.board.written}
