"""The embedding example: the shipped agent in a world that is not ours."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from t800 import Agent, load

REPO = Path(__file__).parents[1]
EXAMPLE = REPO / "docs" / "embedding"


@pytest.fixture
def robot(monkeypatch):
    """The modules of the example, as its program imports them."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    import robot
    import sdk

    return robot, sdk


def agents(device, *overrides):
    """The agents of the example, by id."""
    lamp = load(EXAMPLE / "configs/agents/lamp.yaml", packs=[str(EXAMPLE / "lamp.py")])
    return {
        "t800": Agent(load(REPO / "configs/agents/t800.yaml", overrides), services={"sdk": device}),
        "lamp": Agent(lamp, services={"sdk": device}),
    }


def live(example, device, minds, seconds, watch=lambda ticks: None):
    """Let the agents live in the example's world for so many seconds."""
    world = example.Robot(device)
    while device.seconds < seconds:
        ticks = {name: mind.tick(world.observe(name)) for name, mind in minds.items()}
        watch(ticks)
        world.step({name: tick.intents for name, tick in ticks.items()})
    return world


def test_the_example_runs_from_any_folder(tmp_path):
    done = subprocess.run(
        [sys.executable, EXAMPLE / "robot.py"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "says 'done'" in done.stdout
    assert done.stderr == ""


def test_its_world_is_40_lines_and_no_kernel_of_ours():
    source = (EXAMPLE / "robot.py").read_text()
    tree = ast.parse(source)
    (world,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert world.end_lineno - world.lineno + 1 <= 40
    assert "t800.world" not in source
    assert "t800.simulation" not in source


def test_the_boy_is_taken_to_the_gate(robot):
    example, sdk = robot
    device = sdk.Sdk()
    live(example, device, agents(device), 12.0)
    assert example.place(example.Point(device.x, device.y)) == "gate"
    assert [example.place(example.Point(x, y)) for _, x, y in device.camera()] == ["gate"]


def test_the_same_agent_with_another_ward_leaves_the_boy_alone(robot, capsys):
    example, sdk = robot
    device = sdk.Sdk()
    live(example, device, agents(device, "blackboard.ward=sarah"), 3.0)
    assert "Come with me" not in capsys.readouterr().out


def test_the_lamp_is_lit_through_services(robot):
    example, sdk = robot
    device = sdk.Sdk()
    minds = agents(device)
    live(example, device, minds, 1.0)
    assert device.colour == "green"
    device.battery = 0.1
    live(example, device, minds, 1.1)
    assert device.colour == "red"


def test_what_the_robot_cannot_do_is_refused_with_a_reason(robot):
    example, sdk = robot
    device = sdk.Sdk()
    device.camera = list  # nobody in sight: the T-800 goes to look where this robot cannot go
    world = live(example, device, agents(device), 0.5)
    assert [refusal.why for refusal in world.refused["t800"]] == ["this robot cannot do that"]
    assert (device.x, device.y) == (0.0, 0.0)


def test_an_sdk_that_breaks_is_a_fault_and_stops_nobody_else(robot):
    example, sdk = robot
    device = sdk.Sdk()

    def broken(colour):
        raise OSError("no lamp on the bus")

    device.lamp = broken
    faults = {"t800": 0, "lamp": 0}

    def watch(ticks):
        for name, tick in ticks.items():
            faults[name] += tick.fault is not None

    minds = agents(device)
    live(example, device, minds, 12.0, watch)
    assert faults == {"t800": 0, "lamp": 3}
    assert minds["lamp"].mode == "faulted"
    assert example.place(example.Point(device.x, device.y)) == "gate"


def test_agents_saved_in_the_middle_go_on_alike(robot):
    example, sdk = robot

    def whole(swap):
        device = sdk.Sdk()
        minds = agents(device)
        world = example.Robot(device)
        told = []
        for number in range(100):
            if number == swap:
                minds = {
                    name: Agent.restore(mind.spec, json.loads(json.dumps(mind.snapshot())), {"sdk": device})
                    for name, mind in minds.items()
                }
            ticks = {name: mind.tick(world.observe(name)) for name, mind in minds.items()}
            world.step({name: tick.intents for name, tick in ticks.items()})
            told.append([(tick.mode, tick.statuses, tick.intents) for tick in ticks.values()])
        return told

    assert whole(swap=34) == whole(swap=None)


def test_its_world_is_a_world(robot):
    example, sdk = robot
    world = example.Robot(sdk.Sdk())
    assert world.observe("t800").tick == 0
    assert list(world.step({"t800": []})) == []
    assert world.observe("t800").tick == 1
