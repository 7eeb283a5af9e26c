"""Trees, modes and scenarios as text that one can read."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from t800.spec.argument import Argument

if TYPE_CHECKING:
    from t800.cli.paper import Paper
    from t800.registry import Registry
    from t800.spec.agent import AgentSpec
    from t800.spec.modes import EdgeSpec, StateSpec
    from t800.spec.scenario import ExpectationSpec, ScenarioSpec
    from t800.spec.tree import HookSpec, NodeSpec, TreeSpec

__all__ = ["draw_agent", "draw_scenario", "draw_tree", "plain"]

LINES = {True: ("├─ ", "└─ ", "│  ", "   "), False: ("|- ", "`- ", "|  ", "   ")}


def draw_tree(paper: Paper, spec: TreeSpec, registry: Registry) -> None:
    """A tree with ports, guards and options, a node a line."""
    ports = ", ".join(
        f"{port.name}: {port.type}" + ("" if port.required else f" = {plain(port.type.encode(port.default))}")
        for port in spec.ports.values()
    )
    _title(paper, "tree", f"{spec.name}({ports})" if ports else spec.name, spec.doc)
    if spec.uses:
        paper.say(paper.paint("keys  ", dim=True) + paper.wrap(", ".join(f"{k}: {t}" for k, t in spec.uses.items()), 6))
        paper.say()
    tee, corner, bar, blank = LINES[paper.fancy]
    # For each open ancestor: where its subtree ends, what is drawn under it, itself, and how many children it had.
    open_: list[tuple[int, str, NodeSpec, int]] = []
    for index, node in enumerate(spec.nodes):
        while open_ and open_[-1][0] <= index:
            open_.pop()
        stem = "".join(bars for _, bars, _, _ in open_[:-1])
        branch = slot = ""
        if open_:
            end, bars, parent, count = open_[-1]
            last = node.end == end
            branch, slot = corner if last else tee, _slot(parent, count, registry)
            open_[-1] = (end, blank if last else bars, parent, count + 1)
        open_.append((node.end, bar if node.end > index + 1 else blank, node, 0))
        _node(paper, node, (stem + branch, slot), "".join(bars for _, bars, _, _ in open_), registry)


def _node(paper: Paper, node: NodeSpec, before: tuple[str, str], below: str, registry: Registry) -> None:
    """One node, over as many lines as it needs; its guards stand on a line of their own if they do not fit."""
    kind = "subtree" if node.tree is not None else node.kind
    words = [] if node.label == kind else [kind]
    if node.expression is not None:
        words.append(node.expression)
    if node.signal is not None and node.signal != node.label:
        words.append(node.signal)
    leaf = registry.skills.get(node.kind) or registry.behaviours.get(node.kind)
    for port, argument in node.arguments.items():
        declared = leaf.ports.get(port) if leaf is not None else None
        usual = argument.expression is None and argument.key is None and declared is not None
        # What the file does not say either is left out.
        if not (usual and declared is not None and argument.value == declared.default):
            words.append(f"{port}={_argument(argument)}")
    words += [_option(option, value) for option, value in node.options.items() if option != "halt"]
    for name, value in node.fields.items():
        # What stands for one child each is told where the child is.
        if not isinstance(value, tuple):
            words.append(f"{name}={_argument(value) if isinstance(value, Argument) else _expression(value)}")
    guards = [f"{option} {text}" for option, text in node.guards.items()]
    guards += [f"{option} {_hook(hook)}" for option, hook in node.hooks.items()]
    guards += [f"halt within {node.options['halt']:g} s"] if "halt" in node.options else []
    branch, slot = before
    if len(branch) + len(slot) + len(node.label) > paper.width:
        # What the parent says of this child is a text of its own then.
        first, *more = textwrap.wrap(slot.rstrip(), max(24, paper.width - len(branch)), break_on_hyphens=False)
        paper.say(paper.paint(branch, dim=True) + paper.paint(first, "yellow"))
        for row in more:
            paper.say(paper.paint(below[: len(branch)], dim=True) + paper.paint(row, "yellow"))
        branch, slot = below[: len(branch)], ""
    head = paper.paint(branch, dim=True) + paper.paint(slot, "yellow") + paper.paint(node.label, "cyan", bold=True)
    used = len(branch) + len(slot) + len(node.label) + 1
    rest = textwrap.wrap(" ".join(words), max(24, paper.width - used), break_on_hyphens=False)
    whole = "  ".join([" ".join(words), *guards]) if words else " " + " ".join(guards)
    if used + len(whole) <= paper.width:
        guarded = "".join(f"  {paper.paint(guard, 'yellow')}" for guard in guards)
        paper.say(f"{head} {' '.join(words)}{guarded}" if words else head + guarded)
        return
    paper.say(f"{head} {rest[0]}" if rest else head)
    inner = paper.paint(below, dim=True) + "  "
    for row in rest[1:]:
        paper.say(inner + row)
    for guard in guards:
        for row in textwrap.wrap(guard, max(24, paper.width - len(below) - 2), break_on_hyphens=False):
            paper.say(inner + paper.paint(row, "yellow"))


def _hook(hook: HookSpec) -> str:
    """What is done when a node ends: `set called=true, signal done`."""
    done = [f"set {key}={_argument(argument)}" for key, argument in hook.assignments.items()]
    return ", ".join(done + ([f"signal {hook.signal}"] if hook.signal else []))


def _option(name: str, value: Any) -> str:
    if isinstance(value, Argument):
        return f"{name}={_argument(value)}"
    # An endless retry has no number of times.
    return f"{name}={'forever' if value is None else plain(value)}"


def _slot(parent: NodeSpec, child: int, registry: Registry) -> str:
    """What its parent says of a child: `then: `, `case follow: `, `when threat.distance < 12.0: `."""
    if child >= len(parent.slots):
        return ""
    name = parent.slots[child]
    values = parent.fields.get(name)
    place = parent.slots[:child].count(name)
    if not isinstance(values, tuple) or place >= len(values):
        return f"{name}: "
    asked = registry.kinds[parent.kind].fields[name].ask
    return f"{asked} {values[place]}: " if asked else f"case {plain(values[place])}: "


def _argument(argument: Argument) -> str:
    if argument.key is not None and argument.expression is None and argument.value is None:
        return f"${argument.key}"
    if argument.expression is not None:
        simple = argument.expression.replace(".", "").replace("_", "").isalnum()
        return f"${argument.expression}" if simple else _expression(argument.expression)
    return plain(argument.type.encode(argument.value))


def _expression(text: object) -> str:
    """In brackets, where one would not see its end."""
    return f"({text})" if " " in str(text) else str(text)


def plain(value: Any, limit: int = 60) -> str:
    """A value as a file spells it, cut short if it is long."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = value if value.replace(".", "").isidentifier() else repr(value[: limit + 1])
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(plain(item, limit) for item in value[:20]) + "]"
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{name}: {plain(item, limit)}" for name, item in value.items()) + "}"
    else:
        text = "none" if value is None else repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _title(paper: Paper, kind: str, name: str, doc: str) -> None:
    paper.say(f"{paper.paint(kind, dim=True)} {paper.paint(name, bold=True)}")
    if doc:
        paper.say(paper.wrap(" ".join(doc.split()), 0))
    paper.say()


def draw_agent(paper: Paper, spec: AgentSpec) -> None:
    """An agent: its senses, its modes with their trees and edges, its constraints, its blackboard."""
    _title(paper, "agent", spec.name, spec.doc)
    paper.say(paper.paint("senses", bold=True))
    for use in spec.senses:
        given = " ".join(f"{port}={_argument(argument)}" for port, argument in use.arguments.items())
        writes = ", ".join(sorted(set(use.keys.values())))
        paper.say(
            f"  {paper.paint(use.sense.name, 'cyan')} {given}".rstrip() + paper.paint(f"  writes {writes}", dim=True)
        )
    paper.say()
    paper.say(paper.paint("modes", bold=True))
    for state in spec.modes.states:
        _state(paper, spec, state)
    if spec.constraints:
        paper.say()
        paper.say(paper.paint("constraints", bold=True))
        for rule in spec.constraints:
            what = rule.forbid.__name__ if rule.forbid else "anything"
            paper.say(f"  {paper.paint(rule.name, 'cyan')}: never {what} when {rule.when.text}")
            paper.say(paper.paint(f"    because {rule.why}", dim=True))
    paper.say()
    paper.say(paper.paint("blackboard", bold=True))
    width = max((len(key) for key in spec.keys), default=0)
    for key, kind in spec.keys.items():
        value = spec.values.get(key)
        told = "" if value is None else f" = {plain(kind.encode(value))}"
        paper.say(f"  {key:<{width}}  {paper.paint(str(kind), dim=True)}{told}")


def _state(paper: Paper, spec: AgentSpec, state: StateSpec) -> None:
    depth = state.path.count(".")
    indent = "  " * (depth + 1)
    name = state.path.rpartition(".")[2]
    notes = []
    starts = [spec.modes.initial, *(other.initial for other in spec.modes.states)]
    if any(start is not None and f"{start}.".startswith(f"{state.path}.") for start in starts):
        notes.append("first")
    if state.final:
        notes.append("final")
    if state.channels is not None:
        notes.append("open: " + (", ".join(sorted(state.channels)) or "no channel"))
    if state.on_fault not in (None, state.path):
        notes.append(f"on a fault: {state.on_fault}")
    paper.say(f"{indent}{paper.paint(name, 'cyan', bold=True)}  {paper.paint(', '.join(notes), dim=True)}".rstrip())
    for number, index in enumerate(state.trees, 1):
        use = spec.trees[index]
        given = " ".join(f"{port}={_argument(argument)}" for port, argument in use.arguments.items())
        paper.say(f"{indent}  {number}. {use.name} {given}".rstrip())
    arrow = "→" if paper.fancy else "->"
    for edge in state.edges:
        paper.say(f"{indent}  {paper.paint(arrow, 'yellow')} {edge.to}  {_edge(edge)}".rstrip())


def _edge(edge: EdgeSpec) -> str:
    parts = []
    if edge.event is not None:
        parts.append(f"on {edge.event}")
    if edge.when is not None:
        parts.append(f"when {edge.when.text}")
    if edge.hold is not None:
        parts.append(f"for {edge.hold:g} s")
    return " ".join(parts)


def draw_scenario(paper: Paper, spec: ScenarioSpec) -> None:
    """A scenario: who is where, what is expected, what it counts."""
    _title(paper, "scenario", spec.name, spec.doc)
    paper.say(f"world {paper.paint(spec.world.name, 'cyan')}: {' '.join(spec.world.doc.split())}".rstrip())
    paper.say(f"seed {spec.seed}, {spec.dt:g} s a tick, at most {spec.limit:g} s")
    paper.say()
    paper.say(paper.paint("agents", bold=True))
    for use in spec.agents:
        who = use.participant
        at = who.at if isinstance(who.at, str) else f"({who.at.x:g}, {who.at.y:g})"
        late = f", arrives after {who.arrives:g} s" if who.arrives else ""
        mind = "" if use.agent.name == who.id else f"mind {use.agent.name}, "
        paper.say(
            f"  {paper.paint(who.id, 'cyan', bold=True)}  {mind}body {who.body}, at {at}{late}, stream {who.stream}"
        )
    if spec.expect:
        paper.say()
        paper.say(paper.paint("expected", bold=True))
        _expected(paper, spec.expect, "  ")
    for chapter in spec.chapters:
        begin = "the start" if chapter.begin is None else getattr(chapter.begin, "text", str(chapter.begin))
        paper.say()
        paper.say(f"{paper.paint('chapter ' + chapter.name, bold=True)}  from {begin}")
        _expected(paper, chapter.expect, "  ")
    if spec.turns:
        paper.say()
        paper.say(paper.paint("counted", bold=True))
        for name, turn in spec.turns.items():
            paper.say(f"  {paper.paint(name, 'cyan')}  {turn.kind} {turn.text}")


def _expected(paper: Paper, expectations: Sequence[ExpectationSpec], indent: str) -> None:
    for item in expectations:
        paper.say(f"{indent}{paper.paint(f'{item.kind:<10}', dim=True)} {paper.wrap(item.text, len(indent) + 11)}")
