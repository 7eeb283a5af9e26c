"""The report: one HTML page that shows a run, and beside it another one. It needs no network, and asks for none."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from t800.cli.page.pack import LEVELS, names, pack
from t800.cli.story import sentence
from t800.errors import UsageError, shorten
from t800.simulation.footage import Footage, parting
from t800.simulation.replay import reopened, replay
from t800.simulation.result import Result
from t800.simulation.trace import TraceReader

if TYPE_CHECKING:
    from t800.cli.paper import Paper

__all__ = ["LARGEST", "Shown", "publish", "ready", "render", "replayed", "write"]

LARGEST = 3_000_000
"""Bytes of a page."""

MARK = "<!doctype html><!-- a report by t800 -->"
"""How a page begins; what does not is not written over."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A run to show: what it looked like, how it ended, and what to call it beside another one."""

    footage: Footage
    result: Result
    label: str = ""


def replayed(trace: str | Path) -> Shown:
    """A recorded run, to be shown: it is run again, as `t800.simulation.replay.replay` does it."""
    scenario = reopened(TraceReader(Path(trace)))
    footage = Footage(scenario)
    result = replay(trace, scenario, footage.tick)
    return Shown(footage, result, Path(trace).stem)


def render(shown: Shown, other: Shown | None = None) -> str:
    """The page of a run; with `other`, both beside each other, from the first event that differs.

    UsageError if it cannot be made small enough.
    """
    runs = [shown] if other is None else [shown, other]
    parts = None if other is None else _parting(shown.footage, other.footage)
    for level in LEVELS:
        data = {
            "runs": [{"label": each.label, **pack(each.footage, each.result, level)} for each in runs],
            "left_out": level.says,
            "parting": parts,
        }
        page = _page(shown.footage.spec.name, data)
        if len(page.encode()) <= LARGEST:
            return page
    raise UsageError(f"a report of this run would have more than {LARGEST:,} bytes, whatever is left out")


def _parting(one: Footage, other: Footage) -> Mapping[str, Any]:
    """When two runs part, and with what."""
    found = parting(one, other)
    if found is None:
        return {"tick": None, "said": "", "who": None}
    mine, theirs = found
    who = next((name for event in found if event is not None for name in names(event) if name in one.figures), None)
    said = [
        f"{label}: {sentence(event) if event else 'nothing more'}" for label, event in zip("AB", found, strict=True)
    ]
    tick = min(event.tick for event in (mine, theirs) if event is not None)
    return {"tick": tick, "said": "; ".join(said), "who": who}


def _page(title: str, data: Mapping[str, Any]) -> str:
    style, script, body = (_asset(name) for name in ("style.css", "script.js", "page.html"))
    # Nothing in a script element ends it but `</script`, and nothing confuses it but `<!--`: both begin with `<`.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    head = (
        f'{MARK}\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{html.escape(title)} · t800</title>\n<style>{style}</style>\n</head>\n"
    )
    page = (
        f'{head}{body}<script type="application/json" id="data">{text}</script>\n<script>{script}</script>\n</html>\n'
    )
    # A lone surrogate, which a name from outside may hold, is nothing that a file could hold.
    return page.encode("utf-8", "replace").decode("utf-8")


def _asset(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a policy names what stands in the page, so that nothing else of its kind is run."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def ready(path: Path) -> None:
    """Make sure that a page can be written there, before anything is run for it. UsageError if not."""
    shown = shorten(str(path), 200)
    target = Path(os.path.realpath(path))
    folder = target.parent
    try:
        if target.is_dir():
            raise UsageError(f"{shown} is a folder: --report takes a file")
        if not folder.is_dir():
            raise UsageError(f"there is no folder {shorten(str(path.parent), 200)} for a report")
        if target.exists():
            # Whoever reads a pipe to see what it is would wait for ever.
            if not target.is_file():
                raise UsageError(f"{shown} is no regular file, which a report is")
            with target.open("rb") as file:
                begin = file.read(len(MARK))
            if begin and begin != MARK.encode():
                raise UsageError(f"{shown} is no report, and is not written over")
        # Rights alone do not tell: nobody can make a file in /proc.
        partial = _partial(target)
        partial.touch()
        partial.unlink()
    except OSError as error:
        raise UsageError(f"cannot write {shown}: {error.strerror}") from None


def write(path: Path, page: str) -> None:
    """Put a page where it is to be: whole, or not at all. OSError if that fails."""
    target = Path(os.path.realpath(path))
    partial = _partial(target)
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _partial(target: Path) -> Path:
    """Where a page is as long as it is not whole."""
    return target.with_name(f".t800-report-{os.getpid()}")


def publish(paper: Paper, path: Path, shown: Shown, other: Shown | None = None) -> None:
    """Write the page, and say where it is and how large."""
    page = render(shown, other)
    write(path, page)
    paper.say(f"{paper.paint('report', bold=True)}  {path}, {len(page.encode()) / 1e6:.2f} MB")
