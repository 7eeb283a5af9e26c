"""What can be a name in files: of modes, keys, places, entities and whatever else is named there."""

from __future__ import annotations

import re

__all__ = ["IDENTIFIER", "SPELLING"]

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
"""A whole name."""

SPELLING = "letters, digits and _, at most 80, and no digit first"
"""The same in words."""
