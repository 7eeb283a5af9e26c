"""How fast modes step: t800 against `transitions`, side by side in one run.

    python benchmarks/modes.py [--json] [--rounds 7]

Twelve states on three levels with twenty guarded edges. `idle` is a step in which no guard holds,
`firing` one in which the last candidate does. The transitions machine has the same edges with the same
guards as conditions, in the order of R18, and is triggered once a step. Ratios are medians over
interleaved rounds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from statistics import median
from time import thread_time_ns
from types import SimpleNamespace
from typing import Any

from transitions.extensions.nesting import HierarchicalMachine, NestedState

from t800 import Blackboard
from t800.expressions import Scope, Symbol, parse
from t800.modes import Modes
from t800.spec.modes import EdgeSpec, ModesSpec, StateSpec
from t800.types import FLOAT

KEYS = {f"k{number}": FLOAT for number in range(20)}
SCOPE = Scope({key: Symbol(kind, f"B[{key!r}]") for key, kind in KEYS.items()})

TREE: dict[str, Any] = {
    "active": {"escort": {"near": {}, "far": {}}, "combat": {"shoot": {}, "cover": {}}},
    "idle": {"rest": {}, "watch": {}},
    "offline": {},
    "ended": {},
}
EDGES = [
    ("active.escort.near", "active.escort.far"),
    ("active.escort.near", "active.combat"),
    ("active.escort.far", "active.escort.near"),
    ("active.escort.far", "idle"),
    ("active.escort", "active.combat"),
    ("active.escort", "idle.rest"),
    ("active.combat.shoot", "active.combat.cover"),
    ("active.combat.shoot", "active.escort"),
    ("active.combat.cover", "active.combat.shoot"),
    ("active.combat", "active.escort.far"),
    ("active", "idle.watch"),
    ("active", "idle"),
    ("active", "offline"),
    ("active", "ended"),
    ("idle.rest", "idle.watch"),
    ("idle.watch", "idle.rest"),
    ("idle", "active"),
    ("idle", "offline"),
    ("offline", "active"),
    ("offline", "ended"),
]
"""Each with the guard `kN > 0.5`, where N is its place."""


def states() -> tuple[StateSpec, ...]:
    """The tree as specs, parents first."""
    found: list[StateSpec] = []
    waiting: list[tuple[str | None, str, dict[str, Any]]] = [(None, name, below) for name, below in TREE.items()]
    while waiting:
        parent, name, below = waiting.pop(0)
        path = f"{parent}.{name}" if parent else name
        edges = tuple(
            EdgeSpec(to, parse(f"k{number} > 0.5", SCOPE))
            for number, (source, to) in enumerate(EDGES)
            if source == path
        )
        initial = f"{path}.{next(iter(below))}" if below else None
        found.append(StateSpec(path, parent, initial, name == "ended", None, (), path, edges))
        waiting[:0] = [(path, child, deeper) for child, deeper in below.items()]
    return tuple(found)


class DottedState(NestedState):
    """States named with dots, like ours."""

    separator = "."


class DottedMachine(HierarchicalMachine):
    """A machine of them."""

    state_cls = DottedState


def machine(values: dict[str, float]) -> Any:
    """The same in transitions, with plain functions as conditions."""

    def nested(tree: dict[str, Any]) -> list[Any]:
        return [
            {"name": name, "initial": next(iter(below)), "children": nested(below)} if below else {"name": name}
            for name, below in tree.items()
        ]

    def holds(key: str) -> Callable[[], bool]:
        return lambda: values[key] > 0.5

    model = SimpleNamespace()
    made = DottedMachine(
        model=model,
        states=nested(TREE),
        initial="active.escort.near",
        auto_transitions=False,
        transitions=[
            {"trigger": "step", "source": source, "dest": to, "conditions": holds(f"k{number}")}
            for number, (source, to) in enumerate(EDGES)
        ],
    )
    return model, made


def measure(rounds: int, steps: int) -> list[dict[str, Any]]:
    """Nanoseconds a step, idle and firing."""
    values = dict.fromkeys(KEYS, 0.0)
    board = Blackboard(KEYS, values)
    values = board.values
    modes = Modes(ModesSpec("active", states()), 0.1)
    state = modes.start()
    model, made = machine(values)
    if state.path != model.state:
        raise SystemExit("the two begin in different states")

    def idle_ours() -> None:
        for tick in range(steps):
            modes.step(state, board, (), tick)

    def idle_stock() -> None:
        step = model.step
        for _ in range(steps):
            step()

    def firing_ours() -> None:
        for tick in range(steps):
            values["k13"] = 1.0
            modes.step(state, board, (), tick)
            state.path = "active.escort.near"

    def firing_stock() -> None:
        step, back = model.step, made.set_state
        for _ in range(steps):
            values["k13"] = 1.0
            step()
            back("active.escort.near", model)

    rows = []
    for name, ours, stock in (("idle", idle_ours, idle_stock), ("firing", firing_ours, firing_stock)):
        pairs = []
        for _ in range(rounds):
            values["k13"] = 0.0
            start = thread_time_ns()
            stock()
            between = thread_time_ns()
            values["k13"] = 0.0
            ours()
            pairs.append(((between - start) / steps, (thread_time_ns() - between) / steps))
        rows.append(
            {
                "name": name,
                "transitions_ns": round(median(stock for stock, _ in pairs), 1),
                "t800_ns": round(median(ours for _, ours in pairs), 1),
                "ratio": round(median(stock / ours for stock, ours in pairs), 1),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=2000)
    options = parser.parse_args()
    rows = measure(options.rounds, options.steps)
    if options.json:
        print(json.dumps({"cases": rows}))
        return
    print(f"{'case':<10}{'transitions':>14}{'t800':>10}{'ratio':>9}  ns a step")
    for row in rows:
        print(f"{row['name']:<10}{row['transitions_ns']:>14}{row['t800_ns']:>10}{row['ratio']:>8}x")


if __name__ == "__main__":
    main()
