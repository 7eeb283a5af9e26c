"""`failure_is_running`: it has not failed yet."""

from __future__ import annotations

from py_trees.decorators import FailureIsRunning

from t800.core import FAILURE, RUNNING
from t800.nodes.converter import ConverterRule
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="failure_is_running",
    doc="""RUNNING instead of the child's FAILURE.

    Use it to wait for what may still come: the child is tried again each tick. (py_trees' FailureIsRunning.)

        failure_is_running: hear_answer""",
    body="child",
    make=lambda parts: FailureIsRunning(parts.label, parts.child),
)

RULE = ConverterRule(FAILURE, RUNNING, "failure is running")
