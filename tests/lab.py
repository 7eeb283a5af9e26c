"""Small agents and trees from text: what the tests of the engine and the agent are made with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from t800.agent import Agent
from t800.blackboard import Blackboard
from t800.builder import build
from t800.context import Context
from t800.core import INVALID, Fate, Status
from t800.engine import Plan, State, compile
from t800.errors import ConfigError
from t800.loader.agent import load_agent
from t800.loader.files import Files
from t800.loader.tree import load_tree
from t800.nodes import KINDS
from t800.registry import Registry
from t800.spec.agent import AgentSpec
from t800.spec.tree import TreeSpec


def untraced() -> dict[str, str]:
    """The environment of a child process whose cost or imports are judged: coverage would add its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}


def registry_of(*things: Any) -> Registry:
    """A registry with the built-in kinds and these skills, senses, records and effects."""
    registry = Registry(kinds=dict(KINDS))
    for thing in things:
        registry.add(thing)
    return registry


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Files of a project, by path."""
    (folder / "pyproject.toml").touch()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def agent_spec(folder: Path, registry: Registry, text: str, **trees: str) -> AgentSpec:
    """The agent `robot` of a text; each tree is what stands under its `root:`, or a file that begins with `tree:`."""
    files = {"configs/agents/robot.yaml": text}
    for name, tree in trees.items():
        files[f"trees/{name}.yaml"] = tree if tree.startswith("tree:") else f"tree: {name}\nroot:\n  {tree}\n"
    write(folder, files)
    return load_agent(folder / "configs/agents/robot.yaml", registry, Files(registry, folder))


def tree_spec(folder: Path, registry: Registry, text: str, **others: str) -> TreeSpec:
    """The tree `robot` of a text, with other tree files around it."""
    write(folder, {f"trees/{name}.yaml": tree for name, tree in {**others, "robot": text}.items()})
    return load_tree(folder / "trees/robot.yaml", registry, Files(registry, folder))


def tree_problems(folder: Path, registry: Registry, text: str, **others: str) -> list[Any]:
    """What is wrong with the tree `robot`; empty if nothing is."""
    try:
        tree_spec(folder, registry, text, **others)
    except ConfigError as error:
        return list(error.problems)
    return []


class Stage:
    """A compiled tree with a state, a blackboard and a context to tick it on."""

    def __init__(self, spec: TreeSpec, registry: Registry, services: Mapping[str, Any] | None = None) -> None:
        self.root = build(spec, registry)
        self.board = Blackboard(spec.all_uses())
        self.ctx = Context(self.board, dt=0.1, services=services, effects=registry.effects)
        self.plan: Plan = compile(self.root)
        self.state: State = self.plan.state()

    def tick(self) -> Status:
        """One tick; then the number counts on."""
        status = self.plan.tick(self.state, self.board, self.ctx)
        self.ctx.tick += 1
        return status

    def halt(self) -> None:
        self.plan.halt(self.state, self.board, self.ctx)

    def status(self, path: str) -> Status:
        return self.state.status[self.plan.ids.index(path)]

    def say(self, path: str) -> str:
        return self.plan.feedback(self.state)[self.plan.ids.index(path)]

    def grant(self, path: str, channel: str, outcome: str = "granted") -> None:
        """What became of a node's ask, as an agent would note it."""
        self.state.fates = {self.plan.ids.index(path): {channel: Fate(outcome)}}


def running(agent: Agent) -> list[str]:
    """The ids of all nodes that run, of all trees of an agent, in its modes or not."""
    found = []
    for plan, state in zip(agent.plans, agent._states, strict=True):
        found += [name for name, status in zip(plan.ids, state.status, strict=True) if status is Status.RUNNING]
    return found


def active(agent: Agent) -> list[str]:
    """The ids of all nodes that are not inactive."""
    found = []
    for plan, state in zip(agent.plans, agent._states, strict=True):
        found += [name for name, status in zip(plan.ids, state.status, strict=True) if status is not INVALID]
    return found
