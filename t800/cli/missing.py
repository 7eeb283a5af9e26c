"""Which packs files need that were not named, found without importing anything."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from t800.errors import Problem

__all__ = ["missing_packs"]

UNREGISTERED = frozenset(["E203", "E307", "E310", "E502", "E701", "E708", "E723"])
"""Codes of names that some pack may have: a type, a sense, an intent, a skill, a mechanic, a component, an event."""

FOLLOWING = frozenset(
    ["E305", "E306", "E308", "E309", "E404", "E405", "E412", "E504", "E607", "E610", "E701", "E708", "E721"]
)
"""Codes of problems that names of a pack which is not there lead to."""


def missing_packs(
    problems: Iterable[Problem], start: Path, shown: Callable[[Path], str]
) -> tuple[list[str], list[Problem], list[Problem]]:
    """Python files that are no pack here and define what these problems miss, those problems, and the others.

    They are looked for beside the trees/ and configs/ that the problems are in, and are read, not imported.
    A file of a package is named by the package's folder.
    """
    modules: dict[str, None] = {}
    missing, rest = [], []
    unread = set()
    for problem in problems:
        name = _unregistered(problem)
        module = _definition(name, start / problem.path) if name else None
        if module is None:
            rest.append(problem)
        else:
            modules[shown(module)] = None
            missing.append(problem)
            unread.add(problem.path)
    return list(modules), missing, [each for each in rest if each.path not in unread or each.code not in FOLLOWING]


def _definition(name: str, path: Path) -> Path | None:
    from t800.loader.document import LARGEST_FILE

    tops = [folder.parent for folder in path.parents if folder.name in ("trees", "configs")]
    # One that is loaded does not register the name: another hint would be wrong.
    loaded = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    own = __name__.partition(".")[0]
    # A mechanic and a component are called as their class is, in small letters.
    names = f"{name}|{''.join(word.title() for word in name.split('_'))}"
    for module in sorted(tops[0].glob("*.py"))[:100] if tops else ():
        if str(module.resolve()) in loaded:
            continue
        try:
            # A pipe would be waited for.
            if not module.is_file() or module.stat().st_size > LARGEST_FILE:
                continue
            text = module.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if own in text and re.search(rf"^(async )?(def|class) ({names})\b", text, re.MULTILINE):
            return _package(module)
    return None


def _package(module: Path) -> Path:
    """The folder of the package that a file is part of; the file itself if it is of none."""
    found = module = module.resolve()
    while (module.parent / "__init__.py").is_file():
        found = module = module.parent
    return found


def _unregistered(problem: Problem) -> str | None:
    """The name in a problem that a pack might have."""
    # A value that does not fit is quoted too, and has nothing to do with what a pack has.
    quoted = r"'(\w+)' is not a type" if problem.code == "E203" else r"named '(\w+)'|'(\w+)'"
    found = re.search(quoted, problem.message)
    return next(filter(None, found.groups()), None) if found and problem.code in UNREGISTERED else None
