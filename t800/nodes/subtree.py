"""`subtree`: another tree file, in this place."""

from __future__ import annotations

from typing import Any

from t800.spec.kind import Kind

__all__ = ["KIND"]


def _make(parts: Any) -> Any:
    # Nothing stands between a tree and the subtree's root: the builder has named that after the tree.
    return parts.child


KIND = Kind(
    name="subtree",
    doc="""Put another tree file in this place; `with` fills its ports.

    Use it where a thought repeats, or deserves a name. The subtree's root takes the tree's name.

        subtree: evade
        with: {ward: $ward, hunter: $threat.track}""",
    body="tree",
    make=_make,
    options={"with": False},
)
