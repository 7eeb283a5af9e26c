"""`force_failure`: its success does not count."""

from __future__ import annotations

from py_trees.decorators import SuccessIsFailure

from t800.core import FAILURE, SUCCESS
from t800.nodes.converter import ConverterRule
from t800.spec.kind import Kind

__all__ = ["KIND", "RULE"]

KIND = Kind(
    name="force_failure",
    doc="""FAILURE however the child ends; RUNNING stays.

    Use it in a selector for something done on the way to the next choice. (py_trees' SuccessIsFailure.)

        force_failure: sigh""",
    body="child",
    make=lambda parts: SuccessIsFailure(parts.label, parts.child),
)

RULE = ConverterRule(SUCCESS, FAILURE, "success is failure")
