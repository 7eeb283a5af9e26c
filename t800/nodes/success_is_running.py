"""`success_is_running`: it is never done."""

from __future__ import annotations

from py_trees.decorators import SuccessIsRunning

from t800.core import RUNNING, SUCCESS
from t800.nodes.converter import ConverterRule
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="success_is_running",
    doc="""RUNNING instead of the child's SUCCESS.

    Use it to keep at something that ends by itself: the child is entered again each tick. (py_trees' SuccessIsRunning.)

        success_is_running: face_person""",
    body="child",
    make=lambda parts: SuccessIsRunning(parts.label, parts.child),
)

RULE = ConverterRule(SUCCESS, RUNNING, "success is running", always_bracket=True)
