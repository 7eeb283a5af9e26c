"""A real browser: Debian's Chromium, without a head, a network or a display."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")

QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
]
"""Nothing that it would do by itself."""


def chromium() -> str:
    """The path of the browser. Without one the test is skipped; it fails if `T800_BROWSER` names one."""
    wanted = os.environ.get("T800_BROWSER")
    found = next((path for name in ([wanted] if wanted else NAMES) if (path := shutil.which(name))), None)
    if found is None:
        if wanted:
            pytest.fail(f"no {wanted} here, and T800_BROWSER asks for it")
        pytest.skip("no Chromium: `apt-get install chromium`, or name it in T800_BROWSER")
    return found


@contextmanager
def browser() -> Iterator[Any]:
    """A running browser of playwright's."""
    from playwright.sync_api import sync_playwright

    # A browser that root starts has no sandbox of its own; what it opens here is what the tests wrote.
    args = [*QUIET, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else QUIET
    path = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=args)
        try:
            yield running
        finally:
            running.close()


class Opened:
    """A page that was opened from disk with the network off, and all that it complained of or asked for."""

    def __init__(self, running: Any, file: Path, width: int = 1280, height: int = 800, **options: Any) -> None:
        self.context = running.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.url = file.resolve().as_uri()

    def __enter__(self) -> Opened:
        self.page.goto(self.url)
        self.page.wait_for_selector("html[data-ready=yes]")
        return self

    def __exit__(self, *_error: object) -> None:
        self.context.close()

    @property
    def quiet(self) -> bool:
        """Whether it complained of nothing, and asked for nothing but itself."""
        return self.said == [] and self.asked == [self.url]

    def seek(self, tick: int) -> None:
        """Drag the slider to a tick."""
        self.page.locator("#time").fill(str(tick))
        self.stands_at(tick)

    def stands_at(self, tick: int) -> None:
        """Wait until the page shows a tick: it is painted in the next frame, not in the click that asks for it."""
        self.page.wait_for_selector(f"html[data-tick='{tick}']")

    def place(self, name: str, run: int = 0) -> tuple[float, float] | None:
        """Where somebody stands on the map, in pixels; None if they are not shown."""
        found = self.page.evaluate(
            """([name, run]) => {
                const group = document.querySelector(`[data-run="${run}"] .figure[data-id="${name}"]`);
                if (group.style.display === "none") return null;
                const matrix = group.transform.baseVal.consolidate().matrix;
                return [matrix.e, matrix.f];
            }""",
            [name, run],
        )
        return None if found is None else (found[0], found[1])
