"""The shipped T-800 on a robot that t800 knows nothing of: `python docs/embedding/robot.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sdk import Sdk

from t800 import Agent, Event, Intent, Observation, Point, Refusal, load
from t800.film.intents import Answer, Face, GoTo, MoveTo, Say
from t800.film.records import Body, Heard, Scene, Sighting

HERE = Path(__file__).parent
GATE = Point(12.0, 0.0)

# What this robot has no sensor for, and what it has not.
BODY: dict[str, Any] = {"alive": True, "destroyed": False, "down": False, "melting_point": 1430.0}
BODY |= {"armed": False, "rounds": 0, "weapon_range": 0.0}


class Robot:
    """A World: it makes a Scene of what the SDK measures, and calls of the SDK of what the agents ask for."""

    def __init__(self, sdk: Sdk) -> None:
        self.sdk = sdk
        self.tick = 0
        self.refused: dict[str, tuple[Refusal, ...]] = {}

    def observe(self, agent_id: str) -> Observation:
        here, battery = Point(self.sdk.x, self.sdk.y), self.sdk.battery
        body = Body(here, place(here), structure=1.0, power=battery, **BODY)
        seen = [self.sighting(look, Point(x, y), here) for look, x, y in self.sdk.camera()]
        heard = [
            Heard(f"words_{self.tick}", "speech", 1.0, here, voice, text, verb(text), place="gate", to_me=True)
            for voice, text in self.sdk.microphone()
        ]
        return Scene(self.tick, body, here, place(here), seen, heard, [], refused=self.refused.get(agent_id, ()))

    def sighting(self, look: str, at: Point, here: Point) -> Sighting:
        return Sighting(look, look, at, place(at), here.distance(at), "upright", "still", armed=False)

    def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
        self.refused = {name: tuple(filter(None, map(self.do, asked))) for name, asked in intents.items()}
        self.sdk.wait()
        self.tick += 1
        return []

    def do(self, intent: Intent) -> Refusal | None:
        match intent:
            case MoveTo(place=to, run=run):
                self.sdk.drive(to.x, to.y, 2.0 if run else 1.0)
            case GoTo(place="gate", run=run):
                self.sdk.drive(GATE.x, GATE.y, 2.0 if run else 1.0)
            case Say(text=words) | Answer(verdict=words):
                self.sdk.say(words)
            case Face():
                pass  # it sees all around
            case _:
                return Refusal(intent.channel, "this robot cannot do that")
        return None


def place(point: Point) -> str:
    """The yard, or the gate at its end."""
    return "gate" if point.distance(GATE) < 1.5 else "yard"


def verb(text: str) -> str:
    """What a speaker asks for: a grammar of one word. Yours comes with the speech recognition."""
    return text.split(maxsplit=1)[0].lower()


def main(seconds: float = 15.0) -> None:
    """Run the T-800 and its lamp side by side."""
    sdk = Sdk()
    robot = Robot(sdk)
    agents = [
        Agent(load("agent:t800"), services={"sdk": sdk}),
        Agent(load(HERE / "configs/agents/lamp.yaml", packs=[str(HERE / "lamp.py")]), services={"sdk": sdk}),
    ]
    while sdk.seconds < seconds:
        ticks = {agent.id: agent.tick(robot.observe(agent.id)) for agent in agents}
        robot.step({name: tick.intents for name, tick in ticks.items()})


if __name__ == "__main__":
    main()
