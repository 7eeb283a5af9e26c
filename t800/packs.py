"""Installed packs: what the entry points `t800.packs` name, on top of the built-in kinds of node."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from t800.errors import RegistrationError, T800Error, UsageError, closest, place_of
from t800.nodes import KINDS
from t800.registry import Registry

__all__ = ["GROUP", "folders", "installed", "lasting"]

GROUP = "t800.packs"


def installed(modules: Sequence[str] = ()) -> Registry:
    """A registry with the built-in kinds, every installed pack, and the packs that `modules` name.

    A name is a module's, or the path of a Python file or package folder that is not installed.
    UsageError if it cannot be imported, whatever it raises. Installed packs are registered in the order of
    their names, so that nothing depends on the order of installation. What `modules` declare goes before
    what is installed: a pack of one's own may use a name that some other pack has; two of one's own may not.
    """
    registry = Registry(kinds=dict(KINDS))
    names = sorted({point.value for point in entry_points(group=GROUP)})
    there: tuple[str, ...] = ()
    for place, name in enumerate([*names, *modules]):
        if place == len(names):
            there = tuple(registry.packs)
        try:
            registry.add_pack(_imported(name), before=there)
        except RegistrationError as error:
            raise RegistrationError(f"{error}{place_of(error)}") from error
        except T800Error:
            raise
        except (Exception, SystemExit) as error:  # a pack's own code runs while it is imported
            if isinstance(error, SystemExit) and type(error) is not SystemExit:
                raise  # whoever ends the program from outside (SIGTERM)
            raise UsageError(f"the pack {name} cannot be imported: {_said(error)}") from error
    return registry


def _said(error: BaseException) -> str:
    """What an import raised, and the place: `ZeroDivisionError: division by zero (skills.py, line 3)`."""
    if isinstance(error, ImportError):
        return f"{error}{place_of(error)}"
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error}"
    return f"{type(error).__name__}: {error}{place_of(error)}"


def lasting(packs: Iterable[str]) -> list[str]:
    """Packs as a trace names them: those that are given by a path are found from any folder."""
    return [str(Path(pack).resolve()) if pack.endswith(".py") or Path(pack).is_dir() else pack for pack in packs]


def folders() -> list[str]:
    """The folders of the installed packs, as far as they were imported."""
    modules = [sys.modules.get(point.value) for point in entry_points(group=GROUP)]
    return [f"{Path(module.__file__).parent}{os.sep}" for module in modules if module and module.__file__]


def _imported(name: str) -> ModuleType:
    """The module of a pack. One given as a path is made importable."""
    if not name:
        raise UsageError("a pack has a name: that of a module, or the path of a Python file")
    path = Path(name)
    if path.suffix != ".py" and not path.is_dir():
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name == name and path.with_suffix(".py").is_file():
                raise UsageError(f"no module {name} is installed; its file is --pack {name}.py") from None
            raise
    if path.suffix == ".py" and not path.is_file():
        near = closest(path.name, [each.name for each in path.parent.glob("*.py")])
        way = f"; did you mean {str(path.with_name(near))!r}?" if near else ""
        raise UsageError(f"the pack {name} cannot be read: there is no such file{way}")
    if path.is_dir() and not (path / "__init__.py").is_file():
        raise UsageError(f"the folder {name} is no pack: it has no __init__.py; a Python file is given by its own path")
    path = path.resolve()
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module = importlib.import_module(path.stem)
    # A file named like a module that is loaded already (`types.py`) would be passed over in silence.
    if module.__file__ is None or Path(module.__file__).resolve() not in (path, path / "__init__.py"):
        raise UsageError(f"the pack {name} cannot be imported: another module is named {path.stem}; rename the file")
    return module
