"""The kinds of node: one module a kind, with its grammar, its py_trees class, its code rule and its doc."""

from __future__ import annotations

from collections.abc import Iterator

import py_trees.behaviours
import py_trees.composites
import py_trees.decorators
from py_trees.behaviour import Behaviour

from t800.nodes import (
    check,
    cooldown,
    count,
    delay,
    either_or,
    fail,
    failure_is_running,
    for_each,
    force_failure,
    force_success,
    foreign,
    guard,
    hooks,
    if_then_else,
    invert,
    keep_running_until_failure,
    nonblocking_sequence,
    once,
    parallel,
    pause_resume,
    persistent_sequence,
    pipeline_sequence,
    random_choice,
    rate,
    reactive_selector,
    reactive_sequence,
    recovery,
    repeat,
    retry,
    round_robin,
    running,
    running_is_failure,
    running_is_success,
    selector,
    sequence,
    service,
    set,
    signal,
    skill,
    status_to_blackboard,
    subtree,
    succeed,
    success_is_running,
    switch,
    timeout,
    try_catch,
    utility,
    wait,
    wait_until,
    while_do_else,
)
from t800.nodes.writer import Rule
from t800.spec.kind import Kind

__all__ = ["KINDS", "rules"]

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        sequence,
        selector,
        reactive_sequence,
        reactive_selector,
        parallel,
        persistent_sequence,
        nonblocking_sequence,
        pipeline_sequence,
        round_robin,
        random_choice,
        utility,
        either_or,
        switch,
        if_then_else,
        while_do_else,
        try_catch,
        recovery,
        pause_resume,
        service,
        for_each,
        invert,
        retry,
        repeat,
        timeout,
        delay,
        rate,
        cooldown,
        once,
        count,
        keep_running_until_failure,
        force_success,
        force_failure,
        failure_is_running,
        success_is_running,
        running_is_failure,
        running_is_success,
        status_to_blackboard,
        subtree,
        check,
        set,
        signal,
        wait,
        wait_until,
        succeed,
        fail,
        running,
    )
}

_RULES: dict[type, Rule] = {
    parallel.Parallel: parallel.RULE,
    py_trees.composites.Parallel: parallel.STOCK_RULE,
    py_trees.decorators.Inverter: invert.RULE,
    py_trees.decorators.Retry: retry.RULE,
    py_trees.decorators.Repeat: repeat.RULE,
    py_trees.behaviours.Success: succeed.RULE,
    py_trees.behaviours.Failure: fail.RULE,
    py_trees.behaviours.Running: running.RULE,
    timeout.Timeout: timeout.RULE,
    persistent_sequence.PersistentSequence: persistent_sequence.RULE,
    nonblocking_sequence.NonblockingSequence: nonblocking_sequence.RULE,
    pipeline_sequence.PipelineSequence: pipeline_sequence.RULE,
    round_robin.RoundRobin: round_robin.RULE,
    random_choice.RandomChoice: random_choice.RULE,
    utility.Utility: utility.RULE,
    either_or.EitherOr: either_or.RULE,
    switch.Switch: switch.RULE,
    if_then_else.IfThenElse: if_then_else.RULE,
    while_do_else.WhileDoElse: while_do_else.RULE,
    try_catch.TryCatch: try_catch.RULE,
    recovery.Recovery: recovery.RULE,
    pause_resume.PauseResume: pause_resume.RULE,
    service.Service: service.RULE,
    for_each.ForEach: for_each.RULE,
    delay.Delay: delay.RULE,
    rate.Rate: rate.RULE,
    cooldown.Cooldown: cooldown.RULE,
    count.Count: count.RULE,
    keep_running_until_failure.KeepRunningUntilFailure: keep_running_until_failure.RULE,
    status_to_blackboard.StatusToBlackboard: status_to_blackboard.RULE,
    wait_until.WaitUntil: wait_until.RULE,
    py_trees.decorators.OneShot: once.RULE,
    py_trees.decorators.FailureIsSuccess: force_success.RULE,
    py_trees.decorators.SuccessIsFailure: force_failure.RULE,
    py_trees.decorators.FailureIsRunning: failure_is_running.RULE,
    py_trees.decorators.SuccessIsRunning: success_is_running.RULE,
    py_trees.decorators.RunningIsFailure: running_is_failure.RULE,
    py_trees.decorators.RunningIsSuccess: running_is_success.RULE,
    guard.Guard: guard.RULE,
    hooks.Hooks: hooks.RULE,
    check.Check: check.RULE,
    set.Set: set.RULE,
    signal.SignalLeaf: signal.RULE,
    wait.Wait: wait.RULE,
    skill.SkillLeaf: skill.RULE,
}


def _rule(node: Behaviour) -> Rule:
    """The code rule of a node's class; exactly that class, for a subclass may mean something else."""
    if foreign.overrides(node, "tick", "stop", "update", "initialise", "terminate"):
        alone = type(node).tick is Behaviour.tick and not node.children
        return foreign.LEAF if alone and not foreign.overrides(node, "tick", "stop") else foreign.SUBTREE
    if isinstance(node, py_trees.composites.Composite) and not node.children:
        return foreign.SUBTREE
    if type(node) is py_trees.composites.Sequence:
        return sequence.RULE if node.memory else reactive_sequence.RULE
    if type(node) is py_trees.composites.Selector:
        return selector.RULE if node.memory else reactive_selector.RULE
    if (rule := _RULES.get(type(node))) is not None:
        return rule
    own = type(node)
    stock = own.tick is Behaviour.tick and own.stop is Behaviour.stop and not node.children
    return foreign.LEAF if stock else foreign.SUBTREE


def rules(nodes: list[Behaviour], ends: list[int]) -> Iterator[Rule]:
    """The code rules of a tree's nodes, in preorder; nodes inside a foreign subtree are parts of it."""
    foreign_until = 0
    for index, node in enumerate(nodes):
        if index < foreign_until:
            yield foreign.PART
            continue
        rule = _rule(node)
        if rule is foreign.SUBTREE:
            foreign_until = ends[index]
        yield rule
