"""What all decorators' rules share: the tip lies under the child while that is active."""

from __future__ import annotations

from typing import Any

from t800.core import INVALID
from t800.nodes.writer import Rule, View

__all__ = ["DecoratorRule"]


class DecoratorRule(Rule):
    """The rule of a node with one child."""

    def tip(self, node: Any, view: View) -> Any:
        return None if view.status(node.decorated) is INVALID else node.decorated
