"""`running_is_failure`: now or not at all."""

from __future__ import annotations

from py_trees.decorators import RunningIsFailure

from t800.core import FAILURE, RUNNING
from t800.nodes.converter import ConverterRule
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="running_is_failure",
    doc="""FAILURE instead of the child's RUNNING, which is halted.

    Use it for what must end within a tick, else be skipped. (py_trees' RunningIsFailure.)

        running_is_failure: read_sensor""",
    body="child",
    make=lambda parts: RunningIsFailure(parts.label, parts.child),
)

RULE = ConverterRule(RUNNING, FAILURE, "running is failure")
