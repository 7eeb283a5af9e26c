from __future__ import annotations

import json

import pytest
from worlds import kinds, registry, run

from t800.core import Event, Intent
from t800.errors import ConfigError
from t800.film.intents import Dismount, Drive, DriveTo, MoveTo
from t800.film.records import Scene
from t800.loader.document import parse
from t800.loader.world import read_world
from t800.spec.world import Participant, RoadSpec
from t800.types import Point
from t800.world import Kernel
from t800.world.driving import Mount
from t800.world.geometry import distance_to_line
from t800.world.lapses import Occupy
from t800.world.roads import GOALS, Roads

TOWN = """
world: town
doc: A crossing, and a car.
mechanics: [walking, driving, dormancy, bodies, sight, speech, perception]
places:
  square: {from: [-20, -20], to: [20, 20], walled: false}
  farm: {from: [280, 90], to: [320, 110], walled: false}
roads:
  east: {through: [[0, 0], [100, 0], [300, 0]]}
  north: {through: [[300, 0], [300, 100]]}
bodies:
  person:
    appearance: {look: person}
    frame:
    living:
    mover: {walk: 1.0, run: 4.0}
    rider:
    eyes: {ahead: 50, behind: 50, noticing: 1000}
    ears:
    voice:
    conduct:
  idler:
    appearance: {look: idler}
    frame:
    living:
    mover: {walk: 1.0, run: 4.0}
    attention: {every: 5, near: 30}
    eyes: {ahead: 50, behind: 50, noticing: 1000}
    ears:
    voice:
    conduct:
  car:
    appearance: {look: car}
    frame: {structure: 5}
    machine:
    vehicle: {seats: 2, spread: 0.5, top: 20, pickup: 5}
entities:
  cab: {body: car, stream: 50, at: square}
"""

ANN = Participant("ann", 1, "person", Point(1.0, 1.0))
BOB = Participant("bob", 2, "person", Point(1.0, -1.0))
CAT = Participant("cat", 3, "person", Point(-1.0, 1.0))


def town(*people: Participant, text: str = TOWN) -> Kernel:
    return Kernel(read_world(parse(text, "town.yaml"), registry()), registry(), people, 1, 0.1)


def scene(kernel: Kernel, who: str) -> Scene:
    seen = kernel.observe(who)
    assert isinstance(seen, Scene)
    return seen


def cab(kernel: Kernel, who: str) -> Mount:
    (ride,) = scene(kernel, who).rides
    return Mount(ride.track)


def whys(events: list[Event]) -> list[str]:
    return [event.fields["why"] for event in events if event.kind == "Refused"]


def test_a_way_goes_along_the_roads_and_ends_nearest_to_the_goal() -> None:
    roads = Roads([RoadSpec("a", (Point(0, 0), Point(10, 0))), RoadSpec("b", (Point(10, 0), Point(10, 10)))])
    assert roads.way(Point(2.0, 3.0), Point(14.0, 8.0)) == (Point(10, 0), Point(10.0, 8.0))
    assert roads.way(Point(2.0, 3.0), Point(6.0, -1.0)) == (Point(6.0, 0.0),)


def test_where_roads_do_not_meet_there_is_no_way() -> None:
    apart = [RoadSpec("a", (Point(0, 0), Point(10, 0))), RoadSpec("b", (Point(10, 5), Point(10, 10)))]
    assert Roads(apart).way(Point(0.0, 0.0), Point(10.0, 9.0)) is None
    assert Roads([]).way(Point(0.0, 0.0), Point(10.0, 9.0)) is None


def test_a_road_has_its_name_as_far_as_its_verge() -> None:
    roads = Roads([RoadSpec("a", (Point(0, 0), Point(100, 0))), RoadSpec("b", (Point(100, 0), Point(100, 100)))])
    points = (Point(50.0, 14.9), Point(90.0, 60.0), Point(50.0, 15.1), Point(-16.0, 0.0))
    assert [roads.name(point) for point in points] == ["a", "b", None, None]
    assert Roads([]).name(Point(0.0, 0.0)) is None


def test_the_nearest_road_is_the_one_that_a_search_through_all_finds() -> None:
    ends = [(Point(3.1 * i - 40, 7.3 * (i % 5)), Point(2.2 * i - 20, 5.7 * (i % 7) - 10)) for i in range(30)]
    roads = Roads([RoadSpec(str(i), pair) for i, pair in enumerate(ends)])
    for i in range(GOALS + 1):
        goal = Point(0.7 * i - 70, 25 - 0.3 * i)
        nearest = min(ends, key=lambda pair: distance_to_line(goal, *pair)[0])
        assert roads.way(nearest[0], goal) == Roads([RoadSpec("only", nearest)]).way(nearest[0], goal)


def test_a_road_that_stands_still_is_refused() -> None:
    with pytest.raises(ConfigError, match="stands still"):
        read_world(parse(TOWN.replace("[[0, 0], [100, 0]", "[[0, 0], [0, 0]"), "town.yaml"), registry())


def test_a_driver_drives_to_a_place_and_is_told_when_roads_go_no_nearer() -> None:
    kernel = town(ANN)
    events = run(kernel, 1, ann=cab(kernel, "ann"))
    assert [e.fields for e in events if e.kind == "Mounted"] == [{"who": "ann", "vehicle": "cab"}]
    body = scene(kernel, "ann").body
    assert (body.riding, body.driving) == (True, True)
    events = run(kernel, 400, ann=DriveTo("farm"))
    assert set(whys(events)) == {"this is as near as roads go"}
    ann = kernel.entity("ann")
    assert ann is not None
    assert ann.position.distance(Point(300.0, 100.0)) < 1.0
    assert kernel.fields("ann")["vehicle"] == "cab"


def test_a_car_gathers_speed_up_to_its_top() -> None:
    kernel = town(ANN)
    run(kernel, 1, ann=cab(kernel, "ann"))
    paces = []
    for _ in range(60):
        run(kernel, 1, ann=Drive(Point(300.0, 0.0)))
        paces.append(kernel.fields("cab")["pace"])
    assert paces[0] == pytest.approx(0.5)
    assert paces[-1] == 20.0
    assert paces == sorted(paces)


def test_a_passenger_goes_along_and_cannot_drive() -> None:
    kernel = town(ANN, BOB)
    run(kernel, 1, ann=cab(kernel, "ann"))
    run(kernel, 1, bob=cab(kernel, "bob"))
    events = run(kernel, 20, ann=Drive(Point(300.0, 0.0)), bob=Drive(Point(0.0, 0.0)))
    assert set(whys(events)) == {"it is not at the wheel"}
    ann, bob = kernel.entity("ann"), kernel.entity("bob")
    assert ann is not None
    assert bob is not None
    assert bob.position.distance(ann.position) == pytest.approx(0.5, abs=0.002)
    assert bob.position.x > 5.0


def test_who_sits_in_a_vehicle_that_has_no_riders_is_not_at_its_wheel() -> None:
    kernel = town(ANN)
    run(kernel, 1, ann=cab(kernel, "ann"))
    kernel.edit("cab", "riders", [])
    body = scene(kernel, "ann").body
    assert (body.riding, body.driving) == (True, False)
    assert set(whys(run(kernel, 1, ann=Drive(Point(300.0, 0.0))))) == {"it is not at the wheel"}


def test_seats_are_as_many_as_there_are() -> None:
    kernel = town(ANN, BOB, CAT)
    mounts = {who: cab(kernel, who) for who in ("ann", "bob", "cat")}
    events = run(kernel, 1, **mounts)
    assert kinds(events).count("Mounted") == 2
    assert len(kernel.fields("cab")["riders"]) == 2


def test_a_wreck_has_no_free_seat() -> None:
    kernel = town(ANN)
    (whole,) = scene(kernel, "ann").rides
    kernel.edit("cab", "destroyed", True)
    (wreck,) = scene(kernel, "ann").rides
    assert (whole.free, wreck.free) == (2, 0)


def test_whoever_sits_does_not_walk_and_gets_out_only_of_what_stands() -> None:
    kernel = town(ANN)
    run(kernel, 1, ann=cab(kernel, "ann"))
    assert whys(run(kernel, 1, ann=MoveTo(Point(5.0, 5.0)))) == ["it sits in a vehicle"]
    run(kernel, 20, ann=Drive(Point(300.0, 0.0)))
    assert whys(run(kernel, 1, ann=Dismount())) == ["the vehicle goes too fast"]
    run(kernel, 20)
    assert "Dismounted" in kinds(run(kernel, 1, ann=Dismount()))
    assert kernel.fields("ann")["vehicle"] is None


def test_out_of_reach_nobody_gets_in() -> None:
    kernel = town(Participant("ann", 1, "person", Point(10.0, 0.0)))
    assert whys(run(kernel, 1, ann=cab(kernel, "ann"))) == ["it is out of reach"]
    assert whys(run(kernel, 1, ann=Mount("nothing"))) == ["there is no such vehicle in sight"]
    assert whys(run(kernel, 1, ann=Dismount())) == ["it sits in no vehicle"]


def test_an_idler_is_dormant_until_somebody_comes_near_and_then_thinks_every_fifth_tick() -> None:
    kernel = town(Participant("ann", 1, "person", Point(60.0, 0.0)), Participant("ida", 7, "idler", Point(0.0, 0.0)))
    run(kernel, 20)
    assert not any(kernel.attends("ida") for _ in [0])
    events = run(kernel, 120, ann=MoveTo(Point(20.0, 0.0), run=True))
    assert [e.fields["who"] for e in events if e.kind == "Roused"] == ["ida"]
    thinking = []
    for _ in range(20):
        run(kernel, 1)
        thinking.append(kernel.attends("ida"))
    assert thinking.count(True) == 4


def test_who_is_absorbed_wakes_no_idler() -> None:
    def thinks(**asked: Intent) -> bool:
        text = TOWN.replace("driving, dormancy", "driving, lapses, dormancy")
        kernel = town(ANN, Participant("ida", 7, "idler", Point(5.0, 0.0)), text=text)
        run(kernel, 20, **asked)
        return kernel.fields("ida")["dormant"] is False

    assert thinks()
    assert not thinks(ann=Occupy("sleep", 9000))


def thoughtful() -> Kernel:
    """A town in which the idler is about to think, with four ticks to the next time."""
    kernel = town(Participant("ann", 1, "person", Point(5.0, 5.0)), Participant("ida", 7, "idler", Point(0.0, 0.0)))
    run(kernel, 12)
    while not kernel.attends("ida"):
        run(kernel, 1)
    return kernel


def test_who_has_arrived_between_thoughts_walks_no_more() -> None:
    kernel = thoughtful()
    run(kernel, 1, ida=MoveTo(Point(-1.0, 0.0), run=True))
    run(kernel, 3)
    assert (kernel.fields("ida")["position"]["x"], kernel.attends("ida")) == (-1.0, False)
    kernel.edit("ida", "position", {"x": -3.0, "y": 0.0})
    run(kernel, 1)
    assert kernel.fields("ida")["position"]["x"] == -3.0


def test_what_legs_were_asked_for_goes_on_between_thoughts() -> None:
    kernel = thoughtful()
    run(kernel, 1, ida=MoveTo(Point(-10.0, 0.0), run=True))
    saved = json.loads(json.dumps(kernel.snapshot()))
    run(kernel, 4)
    ida = kernel.entity("ida")
    assert ida is not None
    assert ida.position.x == pytest.approx(-2.0, abs=0.01)
    other = town(Participant("ann", 1, "person", Point(5.0, 5.0)), Participant("ida", 7, "idler", Point(0.0, 0.0)))
    other.restore(saved)
    run(other, 4)
    assert other.snapshot() == kernel.snapshot()
