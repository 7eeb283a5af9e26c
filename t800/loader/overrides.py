"""What the command line changes in a scenario: `--set PATH=VALUE` and `--without WHAT` (design §7)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from t800.errors import UsageError, closest, listed, shorten
from t800.loader.document import Document, Node, parse, plain, split_override
from t800.loader.document import Mapping as MappingNode
from t800.spec.scenario import AgentUse, ScenarioSpec
from t800.spec.world import Participant, WorldSpec

__all__ = ["Overrides", "sets_seed", "take_out"]

SETTINGS = ("seed", "dt", "limit", "stop_on_failure")
"""What can be set of a scenario itself."""

PARTICIPANT = ("stream", "at", "arrives", "body")
"""What can be set of an agent, besides its blackboard."""


class Overrides:
    """Changes to a scenario before it is checked, so that a value is checked as if it stood in the file.

        changes = Overrides(document, world_document, {"t800": {"ward": "john"}})
        changes.apply(["agents.t800.blackboard.ward=sarah"])

    `boards` holds the start values of every agent's blackboard, as its own file gives them.
    """

    def __init__(self, scenario: Document, world: Document, boards: Mapping[str, Mapping[str, Any]]) -> None:
        self.scenario = scenario
        self.world = world
        self.boards = boards

    def apply(self, texts: Iterable[str]) -> list[tuple[tuple[str, str], str]]:
        """Change the files; give what the world's entities must still take, as ((entity, field), value)."""
        later = []
        for text in texts:
            path, value = split_override(text)
            if path[0] in self.boards:
                path = self.within(path)
            if path[0] == "agents" and len(path) > 1:
                self.agent(path, value)
            elif path[0] == "world" and len(path) > 1:
                self.world.override(path[1:], value, under="world.")
            elif path[0] in SETTINGS and len(path) == 1:
                self.scenario.override(path, value, create=True)
            elif len(path) == 2:
                later.append(((path[0], path[1]), value))
            else:
                raise _nothing(text, [*SETTINGS, "agents", "world", *self.boards])
        return later

    def within(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """`t800.arrives` in full; what is no setting of the agent is a field of its body, and stays as it is."""
        return ("agents", *path) if len(path) > 1 and path[1] in (*PARTICIPANT, "blackboard") else path

    def agent(self, path: tuple[str, ...], value: str) -> None:
        """A setting of a participant, or a start value of its blackboard."""
        name, field = path[1], path[2] if len(path) > 2 else ""
        if name not in self.boards:
            raise _nothing(".".join(path), [f"agents.{each}" for each in self.boards])
        if field == "blackboard" and len(path) == 4:
            start = self.boards[name].get(path[3])
            if value.startswith("x") and self.given(path) is None and type(start) in (int, float):
                # What the agent's own file says is what is multiplied.
                self.scenario.override(path, json.dumps(start), create=True)
        elif field == "arrives" and len(path) == 3 and value.startswith("x"):
            # The default is not in the file.
            self.scenario.override(path, json.dumps(self.given(path) or 0.0), create=True)
        elif field not in PARTICIPANT or len(path) != 3:
            raise _nothing(".".join(path), [f"agents.{name}.{each}" for each in (*PARTICIPANT, "blackboard.KEY")])
        self.scenario.override(path, value, create=True)

    def given(self, path: Iterable[str]) -> Any:
        """What the scenario's file has at a path, or None."""
        node: Node | None = self.scenario.root
        for step in path:
            node = node.get(step) if isinstance(node, MappingNode) else None
        return None if node is None else plain(node)

    @staticmethod
    def settle(world: WorldSpec, path: tuple[str, str], value: str, people: Sequence[Participant]) -> WorldSpec:
        """A world in which a field of an entity has this value; UsageError if there is none, or it does not fit."""
        entity, field = path
        bodies = {item.id: item.body for item in world.entities.values()} | {item.id: item.body for item in people}
        current = None
        if entity in bodies:
            for values in world.values(entity, bodies[entity]).values():
                current = values.get(field, current)
        # A small file of its own, so that VALUE is read as in any file.
        small = parse(json.dumps({entity: {field: current if isinstance(current, int | float) else None}}), "--set")
        small.override(path, value)
        return world.override(f"{entity}.{field}", plain(small.root)[entity][field], people)


def sets_seed(texts: Iterable[str]) -> bool:
    """Whether one of these PATH=VALUE chooses the dice; of another seed that is given besides, only one could count."""
    return any(split_override(text)[0] == ("seed",) for text in texts)


def _nothing(text: str, choices: Iterable[str]) -> UsageError:
    names = list(choices)
    path = text.partition("=")[0].strip()
    if path in names:
        what = f"{path} is there, and cannot be changed as a whole;"
        return UsageError(f"--set {shorten(text)}: {what} `t800 show SCENARIO --knobs` lists what can be")
    near = closest(path, names)
    way = f"did you mean {near!r}?" if near else f"there is: {listed(names)};"
    return UsageError(f"--set {shorten(text)}: no such path; {way} `t800 show SCENARIO --knobs` lists them all")


def take_out(spec: ScenarioSpec, what: Sequence[str]) -> ScenarioSpec:
    """The scenario without AGENT:TREE, AGENT:#CONSTRAINT, agent:FILE:TREE or ENTITY.

    UsageError for what is not there.
    """
    for item in what:
        head, colon, rest = item.partition(":")
        if not colon:
            spec = _without_entity(spec, item)
        elif head == "agent" and ":" in rest:
            file, _, name = rest.partition(":")
            spec = _without_part(spec, item, partial(_of_file, file), name)
        else:
            spec = _without_part(spec, item, partial(_of_id, head), rest)
    return dataclasses.replace(spec, without=(*spec.without, *what))


def _of_file(name: str, use: AgentUse) -> bool:
    return use.agent.name == name


def _of_id(name: str, use: AgentUse) -> bool:
    return use.participant.id == name


def _without_entity(spec: ScenarioSpec, name: str) -> ScenarioSpec:
    agents = tuple(use for use in spec.agents if use.participant.id != name)
    if len(agents) < len(spec.agents):
        return dataclasses.replace(spec, agents=agents)
    if name in spec.world.entities:
        return dataclasses.replace(spec, world=spec.world.without(name))
    raise _absent(name, [*(use.participant.id for use in spec.agents), *spec.world.entities])


def _without_part(spec: ScenarioSpec, item: str, wanted: Callable[[AgentUse], bool], part: str) -> ScenarioSpec:
    """The scenario with the wanted agents without a tree or a `#constraint`."""
    uses = [use for use in spec.agents if wanted(use)]
    if not uses:
        there = [
            (use, [*use.agent.all_trees(), *(f"#{each.name}" for each in use.agent.constraints)]) for use in spec.agents
        ]
        ids = [f"{use.participant.id}:{part}" for use, parts in there for part in parts]
        raise _absent(item, [*ids, *(f"agent:{use.agent.name}:{part}" for use, parts in there for part in parts)])
    try:
        changed = {use.participant.id: dataclasses.replace(use, agent=use.agent.without(part)) for use in uses}
    except UsageError as error:
        raise UsageError(f"--without {shorten(item)}: {error}") from None
    return dataclasses.replace(spec, agents=tuple(changed.get(use.participant.id, use) for use in spec.agents))


def _absent(item: str, choices: Iterable[str]) -> UsageError:
    names = list(dict.fromkeys(choices))
    near = closest(item, names)
    way = f"did you mean {near!r}?" if near else f"there is: {listed(names)}"
    return UsageError(f"--without {shorten(item)}: no such thing; {way}")
