"""`force_success`: its failure does not matter."""

from __future__ import annotations

from py_trees.decorators import FailureIsSuccess

from t800.core import FAILURE, SUCCESS
from t800.nodes.converter import ConverterRule
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="force_success",
    doc="""SUCCESS however the child ends; RUNNING stays.

    Use it for a step that may fail without harm. (py_trees' FailureIsSuccess.)

        force_success: greet""",
    body="child",
    make=lambda parts: FailureIsSuccess(parts.label, parts.child),
)

RULE = ConverterRule(FAILURE, SUCCESS, "failure is success")
