"""t800: behaviour trees in config files, under operating modes, in robots and in simulated worlds.

    from t800 import Agent, AgentSpec, load

    agent = Agent(load("configs/agents/t800.yaml", kind=AgentSpec))
    tick = agent.tick(observation)

All public names are importable from here; they are imported when they are first asked for, so that
`t800 --help` costs nothing.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # `typing` takes as long to import as all the rest of Python's start
if TYPE_CHECKING:
    from typing import Any

    from t800.agent import Agent
    from t800.blackboard import Blackboard
    from t800.builder import build
    from t800.context import Context
    from t800.core import (
        FAILURE,
        INVALID,
        RUNNING,
        SUCCESS,
        Ask,
        Event,
        Fate,
        Fault,
        Intent,
        Observation,
        Refusal,
        Signal,
        Status,
        Tick,
        World,
    )
    from t800.engine import Accelerated, Plan, State, accelerate, compile
    from t800.errors import (
        ConfigError,
        LiveError,
        Problem,
        ReentrantTickError,
        RegistrationError,
        T800Error,
        TraceError,
        UsageError,
    )
    from t800.long import WorkerContext
    from t800.packs import installed
    from t800.realtime import Report, run_realtime
    from t800.registry import Registry, behaviour, effect, event, mechanic, sense, skill
    from t800.simulation.debugger import Debugger
    from t800.simulation.opening import load
    from t800.simulation.replay import replay
    from t800.simulation.result import Result
    from t800.simulation.runner import run
    from t800.spec.agent import AgentSpec
    from t800.spec.scenario import ScenarioSpec
    from t800.spec.tree import TreeSpec
    from t800.spec.world import WorldSpec
    from t800.stream import Stream
    from t800.types import Entity, Keep, Out, Point, record

__version__ = "0.1.0"

_HOMES = {
    "agent": ["Agent"],
    "blackboard": ["Blackboard"],
    "builder": ["build"],
    "context": ["Context"],
    "core": [
        "FAILURE",
        "INVALID",
        "RUNNING",
        "SUCCESS",
        "Ask",
        "Event",
        "Fate",
        "Fault",
        "Intent",
        "Observation",
        "Refusal",
        "Signal",
        "Status",
        "Tick",
        "World",
    ],
    "engine": ["Accelerated", "Plan", "State", "accelerate", "compile"],
    "errors": [
        "ConfigError",
        "LiveError",
        "Problem",
        "ReentrantTickError",
        "RegistrationError",
        "T800Error",
        "TraceError",
        "UsageError",
    ],
    "long": ["WorkerContext"],
    "packs": ["installed"],
    "realtime": ["Report", "run_realtime"],
    "registry": ["Registry", "behaviour", "effect", "event", "mechanic", "sense", "skill"],
    "simulation.debugger": ["Debugger"],
    "simulation.opening": ["load"],
    "simulation.replay": ["replay"],
    "simulation.result": ["Result"],
    "simulation.runner": ["run"],
    "spec.agent": ["AgentSpec"],
    "spec.scenario": ["ScenarioSpec"],
    "spec.tree": ["TreeSpec"],
    "spec.world": ["WorldSpec"],
    "stream": ["Stream"],
    "types": ["Entity", "Keep", "Out", "Point", "record"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "FAILURE",
    "INVALID",
    "RUNNING",
    "SUCCESS",
    "Accelerated",
    "Agent",
    "AgentSpec",
    "Ask",
    "Blackboard",
    "ConfigError",
    "Context",
    "Debugger",
    "Entity",
    "Event",
    "Fate",
    "Fault",
    "Intent",
    "Keep",
    "LiveError",
    "Observation",
    "Out",
    "Plan",
    "Point",
    "Problem",
    "ReentrantTickError",
    "Refusal",
    "RegistrationError",
    "Registry",
    "Report",
    "Result",
    "ScenarioSpec",
    "Signal",
    "State",
    "Status",
    "Stream",
    "T800Error",
    "Tick",
    "TraceError",
    "TreeSpec",
    "UsageError",
    "WorkerContext",
    "World",
    "WorldSpec",
    "__version__",
    "accelerate",
    "behaviour",
    "build",
    "compile",
    "effect",
    "event",
    "installed",
    "load",
    "mechanic",
    "record",
    "replay",
    "run",
    "run_realtime",
    "sense",
    "skill",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 't800' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"t800.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
