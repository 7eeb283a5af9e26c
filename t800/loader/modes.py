"""The modes of an agent file: read, and checked as a whole (R18)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from t800.errors import Problem, closest, listed, shorten
from t800.expressions import Expression, Scope, compile_value, parse
from t800.loader.arguments import check_expression
from t800.loader.document import Document, Mapping, Node, Scalar, Sequence
from t800.loader.names import SPELLING
from t800.loader.shapes import MOST_ENTRIES
from t800.spec.modes import FAULTED, EdgeSpec, ModesSpec, StateSpec
from t800.types import BOOL

__all__ = ["ModesReader"]

MOST_STATES = 1_000


@dataclass(slots=True, eq=False)
class _Edge:
    """An edge that is being read; `ok` says that nothing is wrong with it so far."""

    node: Mapping
    to: str | None = None
    when: Expression | None = None
    event: Scalar | None = None
    hold: float | None = None
    ok: bool = True


@dataclass(slots=True, eq=False)
class _State:
    """A mode that is being read. `open` are its channels or those of its nearest parent that has some."""

    path: str
    key: Scalar
    node: Mapping
    parent: _State | None
    children: list[str] = field(default_factory=list)
    initial: str | None = None
    final: bool = False
    open: tuple[str, ...] | None = None
    trees: list[tuple[int, Node]] = field(default_factory=list)
    on_fault: str | None = None
    fault_node: Node | None = None
    edges: list[_Edge] = field(default_factory=list)

    def chain(self) -> list[_State]:
        """This mode, its parent, and so on outwards."""
        found, inner = [self], self.parent
        while inner is not None:
            found.append(inner)
            inner = inner.parent
        return found


class ModesReader:
    """Reads `modes:` of one agent; whatever is wrong goes to `problems`.

    `tree` reads one entry of a state's `trees` and gives its number, or None and a problem. `sound`
    says that the file's shape is right: what is unreachable is not asked of modes that are half read.
    """

    def __init__(
        self,
        document: Document,
        scope: Scope,
        channels: Collection[str],
        tree: Callable[[Node], int | None],
        problems: list[Problem],
        sound: bool,
    ) -> None:
        self.document = document
        self.scope = scope
        self.channels = channels
        self.tree = tree
        self.problems = problems
        self.sound = sound
        self.states: dict[str, _State] = {}

    def say(self, node: Node, code: str, message: str, expected: str | None = None, hint: str | None = None) -> None:
        self.problems.append(self.document.problem(node, code, message, expected, hint))

    def read(self, node: Node | None) -> ModesSpec | None:
        """All modes, or None and problems. Events are checked by `check_events`, when all trees are known."""
        if not isinstance(node, Mapping):
            return None
        roots = self.gather(node.get("states"), None)
        for state in list(self.states.values()):
            self.fill(state)
        start = self.child(node.get("initial"), "", roots) if roots else None
        for state in self.states.values():
            self.check_edges(state)
        if start is None or not self.sound:
            return None
        self.check_ways(start)
        self.check_faults()
        self.check_twice()
        return ModesSpec(self.innermost(start), tuple(self.spec(state) for state in self.states.values()))

    def gather(self, node: Node | None, parent: _State | None) -> list[str]:
        """The states of a mapping and all below them, in file order; the paths of the outer ones."""
        paths = []
        for name, (key, value) in node.pairs.items() if isinstance(node, Mapping) else ():
            if not name.isidentifier() or not name.isascii():
                self.say(key, "E206", f"{shorten(name)} cannot be the name of a mode", SPELLING)
                self.sound = False
            elif name == FAULTED:
                self.say(key, "E609", f"{FAULTED} is built in: too many faults lead to it")
                self.sound = False
            elif len(self.states) == MOST_STATES:
                self.say(key, "E207", "the agent has too many modes", f"at most {MOST_STATES}")
                self.sound = False
                break
            else:
                path = f"{parent.path}.{name}" if parent else name
                # One that is no mapping is wrong, which was said; yet edges may lead to it.
                body = value if isinstance(value, Mapping) else Mapping({}, value.line, value.column, value.source)
                state = self.states[path] = _State(path, key, body, parent)
                paths.append(path)
                state.children = self.gather(body.get("states"), state)
        return paths

    def fill(self, state: _State) -> None:
        """All of a state but what needs other states to be filled."""
        node = state.node
        final, on_fault = node.get("final"), node.get("on_fault")
        state.final = isinstance(final, Scalar) and final.value is True
        state.open = self.open_channels(state, node.get("channels"))
        trees = node.get("trees")
        for item in trees.items[:MOST_ENTRIES] if isinstance(trees, Sequence) else ():
            index = self.tree(item)
            if index is not None:
                state.trees.append((index, item))
        initial = node.get("initial")
        if state.children or initial is not None:
            if not state.children:
                assert initial is not None
                self.say(initial, "E604", f"{state.path} has an initial state and no states")
            elif initial is None:
                names = ", ".join(path.rpartition(".")[2] for path in state.children)
                self.say(state.key, "E604", f"{state.path} has states and no `initial`", f"initial: one of {names}")
                self.sound = False
            else:
                state.initial = self.child(initial, state.path + ".", state.children)
        if on_fault is not None:
            state.fault_node = on_fault
            state.on_fault = FAULTED if _text(on_fault) == FAULTED else self.target(state, on_fault)
        edges = node.get("edges")
        for item in edges.items[:MOST_ENTRIES] if isinstance(edges, Sequence) else ():
            if isinstance(item, Mapping):
                state.edges.append(self.edge(state, item))
        if state.final:
            for what in ("edges", "states"):
                if what in node.pairs:
                    self.say(node.pairs[what][0], "E611", f"{state.path} is final, and has {what}")

    def open_channels(self, state: _State, node: Node | None) -> tuple[str, ...] | None:
        outer = state.parent.open if state.parent else None
        if not isinstance(node, Sequence):
            return outer
        found = []
        for item in node.items:
            name = _text(item)
            if name is None:
                continue
            if name not in self.channels:
                known = ", ".join(self.channels) or "none: no pack declares an intent"
                self.say(
                    item, "E607", f"no intent is on a channel {shorten(name)}", known, closest(name, self.channels)
                )
            elif outer is not None and name not in outer:
                assert state.parent is not None
                allowed = ", ".join(outer) or "none"
                self.say(item, "E606", f"the channel {name} is closed in {state.parent.path} already", allowed)
            elif name in found:
                self.say(item, "E606", f"the channel {name} is listed twice")
            found.append(name)
        return tuple(found)

    def edge(self, state: _State, node: Mapping) -> _Edge:
        edge = _Edge(node)
        to, when, event, hold = (node.get(name) for name in ("to", "when", "event", "for"))
        if _text(to) is not None:
            assert to is not None
            edge.to = self.target(state, to)
        edge.ok = edge.to is not None
        if when is not None:
            text = check_expression(self.document, when, self.scope, BOOL, self.problems)
            edge.when = None if text is None else parse(text, self.scope, BOOL)
            edge.ok = edge.ok and text is not None
        if isinstance(event, Scalar) and isinstance(event.value, str):
            edge.event = event
        if isinstance(hold, Scalar) and isinstance(hold.value, int | float):
            edge.hold = float(hold.value)
        if self.sound and edge.ok and when is None and event is None and hold is None:
            self.say(
                node, "E612", f"this edge would fire at once, whenever {state.path} is entered", "when, event or for"
            )
            edge.ok = False
        return edge

    def child(self, node: Node | None, prefix: str, children: list[str]) -> str | None:
        """What `initial` names: a child's path."""
        name = _text(node)
        if name is None:
            self.sound = False
            return None
        assert node is not None
        if prefix + name in children:
            return prefix + name
        names = [path.rpartition(".")[2] for path in children]
        self.say(node, "E601", f"no mode {shorten(name)} here", listed(names), closest(name, names))
        self.sound = False
        return None

    def target(self, state: _State, node: Node) -> str | None:
        """What `to` or `on_fault` names: a sibling (or the state itself), else a full path."""
        name = _text(node)
        if name is None:
            self.sound = False
            return None
        beside = f"{state.parent.path}.{name}" if state.parent else name
        for path in (beside, name):
            if path in self.states:
                return path
        siblings = [
            path.rpartition(".")[2] for path in self.states if path.rpartition(".")[0] == beside.rpartition(".")[0]
        ]
        # Whoever names a mode from elsewhere needs its full path.
        elsewhere = [path for path in self.states if path.rpartition(".")[2] == name]
        near = elsewhere[0] if elsewhere else closest(name, [*siblings, *self.states])
        if name == FAULTED:
            message = f"{FAULTED} is built in: only faults lead to it"
        else:
            message = f"no mode {shorten(name)}"
        self.say(node, "E601", message, f"a sibling ({', '.join(siblings)[:120]}) or a full path", near)
        self.sound = False
        return None

    def check_edges(self, state: _State) -> None:
        """Edges that can never fire."""
        above = {outer.path for outer in state.chain()}
        claimed: dict[tuple[str | None, str | None, str | None], int] = {}
        for edge in state.edges:
            if not edge.ok:
                continue
            where = edge.node.get("to") or edge.node
            if edge.to in above:
                self.say(where, "E605", f"this edge can never fire: {edge.to} is active whenever {state.path} is")
            elif edge.when is not None and not edge.when.names and compile_value(edge.when, ())() is not True:
                self.say(
                    edge.node.get("when") or edge.node, "E605", "this edge can never fire: its guard is never true"
                )
            else:
                earlier = next((line for key in _claims(edge) if (line := claimed.get(key)) is not None), None)
                if earlier is not None:
                    self.say(where, "E605", f"this edge can never fire: the one in line {earlier} always comes first")
                elif edge.hold is None:
                    inside = (edge.to or "").startswith(state.path + ".")
                    # While the target of an edge inwards is active it does not fire, and lets others.
                    claimed[(edge.to if inside else None, *_asks(edge))] = edge.node.line

    def check_ways(self, start: str) -> None:
        """Modes that cannot be reached, and modes that cannot be left."""
        reached: dict[str, None] = {}
        waiting = [self.innermost(start)]
        while waiting:
            path = waiting.pop()
            if path in reached:
                continue
            reached[path] = None
            chain = self.states[path].chain()
            active = {state.path for state in chain}
            ways = [edge.to for state in chain for edge in state.edges if edge.to is not None and edge.to not in active]
            if not ways and not self.states[path].final:
                self.say(
                    self.states[path].key,
                    "E603",
                    f"there is no way out of {path}",
                    "an edge, or `final: true` if that is meant",
                )
            after = self.after_fault(self.states[path])
            waiting.extend(self.innermost(way) for way in ways)
            if after != FAULTED:
                waiting.append(self.innermost(after))
        entered = {state.path for path in reached for state in self.states[path].chain()}
        for path, state in self.states.items():
            if path not in entered and (state.parent is None or state.parent.path in entered):
                self.say(
                    state.key, "E602", f"no edge leads to {path}", "an edge with `to`, an `initial` or an `on_fault`"
                )

    def check_faults(self) -> None:
        """After a fault a mode must not be able to do more than before it (R8)."""
        for state in self.states.values():
            after = self.after_fault(state)
            if state.children or after == FAULTED or state.open is None:
                continue
            target = self.states[self.innermost(after)]
            more = [name for name in target.open if name not in state.open] if target.open is not None else ["all"]
            if more:
                node = next((outer.fault_node for outer in state.chain() if outer.fault_node), state.key)
                message = f"a fault in {state.path} would open channels that are closed there: {', '.join(more)}"
                self.say(node, "E608", message, f"a mode with no more than [{', '.join(state.open)}]")

    def check_twice(self) -> None:
        for state in self.states.values():
            seen = {index for outer in state.chain()[1:] for index, _ in outer.trees}
            for index, node in state.trees:
                if index in seen:
                    self.say(node, "E616", f"this tree is twice in {state.path}: each tick would tick it once only")
                seen.add(index)

    def check_events(self, signals: Collection[str]) -> None:
        """Edges must wait for what some tree of the agent signals."""
        for state in self.states.values():
            for edge in state.edges:
                if edge.event is not None and edge.event.text not in signals:
                    known = listed(sorted(signals)) or "none: no tree of this agent signals anything"
                    message = f"no tree of this agent signals {shorten(edge.event.text)}"
                    self.say(edge.event, "E610", message, known, closest(edge.event.text, signals))

    def after_fault(self, state: _State) -> str:
        return next((outer.on_fault for outer in state.chain() if outer.on_fault is not None), state.path)

    def innermost(self, path: str) -> str:
        while (initial := self.states[path].initial) is not None:
            path = initial
        return path

    def spec(self, state: _State) -> StateSpec:
        edges = tuple(
            EdgeSpec(edge.to, edge.when, edge.event.text if edge.event else None, edge.hold)
            for edge in state.edges
            if edge.to is not None
        )
        return StateSpec(
            state.path,
            state.parent.path if state.parent else None,
            state.initial,
            state.final,
            state.open,
            tuple(index for index, _ in state.trees),
            self.after_fault(state),
            edges,
        )


def _text(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _asks(edge: _Edge) -> tuple[str | None, str | None]:
    """What an edge asks for: its event, and its guard if that is not always true."""
    when = edge.when if edge.when is not None and edge.when.names else None
    return edge.event.text if edge.event else None, when.text if when else None


def _claims(edge: _Edge) -> list[tuple[str | None, str | None, str | None]]:
    """What an earlier edge of the same state may ask for that then fires whenever this one could."""
    event, when = _asks(edge)
    return [
        (to, *asked) for to in (None, edge.to) for asked in ((None, None), (event, None), (None, when), (event, when))
    ]
