"""`running_is_success`: begun is done."""

from __future__ import annotations

from py_trees.decorators import RunningIsSuccess

from t800.core import RUNNING, SUCCESS
from t800.nodes.converter import ConverterRule
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="running_is_success",
    doc="""SUCCESS instead of the child's RUNNING, which is halted.

    Use it where it is enough that something could begin. (py_trees' RunningIsSuccess.)

        running_is_success: look_round""",
    body="child",
    make=lambda parts: RunningIsSuccess(parts.label, parts.child),
)

RULE = ConverterRule(RUNNING, SUCCESS, "running is success")
