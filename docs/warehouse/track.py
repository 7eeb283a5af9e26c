"""The same carrier in a world of one dimension, which knows nothing of the hall: `python docs/warehouse/track.py`."""

from collections.abc import Mapping, Sequence
from math import sqrt

from t800_warehouse.records import Condition, MoveFork, Roll, Telemetry

from t800 import Agent, AgentSpec, Event, Intent, Observation, Point, load

SHELF, DOCK, CHARGER = Point(1.0, 0.0), Point(38.0, 0.0), Point(34.0, 0.0)
PLACES = (("shelves", 10.0), ("west_gate", 15.0), ("aisle", 20.0), ("east_gate", 25.0), ("docks", 40.0))


class Track:
    """A World: a shelf at one end, a dock and a charger at the other, and somebody who crosses at 30 metres."""

    def __init__(self) -> None:
        self.tick, self.x, self.charge, self.loaded = 0, 8.0, 0.6, False
        self.lifted, self.delivered, self.nearest = 0, 0, 99.0

    def person(self) -> float:
        """How far away the person is, who walks to and fro, ten metres to either side of the track."""
        aside = abs(self.tick % 400 - 200) / 10.0 - 10.0
        return round(sqrt((self.x - 30.0) * (self.x - 30.0) + aside * aside), 3)

    def observe(self, agent_id: str) -> Observation:
        place = next(name for name, end in PLACES if self.x < end)
        here, near = Point(self.x, 0.0), self.person() if self.person() < 12.0 else None
        me = Condition(here, place, self.charge, self.loaded, "none" if self.charge > 0.0 else "empty", near)
        return Telemetry(self.tick, me, [SHELF], [DOCK], [CHARGER], [])

    def step(self, intents: Mapping[str, Sequence[Intent]]) -> Sequence[Event]:
        asked = {intent.channel: intent for each in intents.values() for intent in each}
        roll, fork, speed = asked.get("drive"), asked.get("lift"), 0.0
        if isinstance(roll, Roll):  # a light carrier: it is as fast as it wants to be at once
            speed = max(-roll.speed, min(roll.speed, (roll.to.x - self.x) * 10.0))
            self.x = round(self.x + speed * 0.1, 3)
        if speed != 0.0:
            self.nearest = min(self.nearest, self.person())
        self.lifted = self.lifted + 1 if isinstance(fork, MoveFork) else 0
        if self.lifted == 20:
            self.loaded, self.delivered = not self.loaded, self.delivered + self.loaded
        gain = 0.02 if abs(self.x - CHARGER.x) < 0.3 else -0.0004 * abs(speed)
        self.charge = round(min(1.0, max(0.0, self.charge + gain)), 4)
        self.tick += 1
        return []


def main(seconds: int = 240) -> None:
    """Run one carrier, and say every 20 seconds how it is."""
    track, agent = Track(), Agent(load("agent:carrier", packs=["t800_warehouse"], kind=AgentSpec))
    while track.tick < seconds * 10:
        if track.tick % 200 == 0:
            said = f"{track.x:5.1f} m  charge {track.charge:.2f}  {'loaded' if track.loaded else '':6}"
            print(f"{track.tick // 10:4} s  {said}  {track.delivered} delivered")  # noqa: T201
        track.step({agent.id: agent.tick(track.observe(agent.id)).intents})


if __name__ == "__main__":
    main()
