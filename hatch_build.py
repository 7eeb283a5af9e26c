"""Puts trees/ and configs/ inside the wheel, as t800/shipped/, and leaves an editable install alone.

hatchling's static force-include would also copy them into site-packages on an editable install, where
the copy goes stale and makes a second, empty `t800` package.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShippedFiles(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own generic is for its plugins
    """Called by hatchling before it builds a wheel; `version` is "standard" or "editable"."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"].update({"trees": "t800/shipped/trees", "configs": "t800/shipped/configs"})
