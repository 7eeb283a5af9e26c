"""Where a sweep keeps its runs, so that it can go on where it was cut off: a file of SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any

from t800.errors import UsageError
from t800.simulation.brief import Brief
from t800.simulation.canonical import encode

__all__ = ["Store", "fingerprint"]

FORMAT = 1
MARK = 0x54383030
"""`T800`: by this a file of SQLite is known to be one of these."""

TABLES = """
CREATE TABLE IF NOT EXISTS variants (key TEXT PRIMARY KEY, meaning TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (key TEXT, seed INTEGER, run TEXT NOT NULL, PRIMARY KEY (key, seed)) WITHOUT ROWID;
"""


class Store:
    """Runs on disk, by what was run and the seed.

        with Store(Path("corridor.sqlite")) as store:
            store.add(key, meaning, briefs)
            store.found(key, [1, 2, 3])         # {1: Brief(…), …}

    What is added is on disk when `add` returns. UsageError if the file cannot be used, or is another program's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # The default waits five seconds for another sweep that writes to the same file.
            self._file = sqlite3.connect(path)
            mark = self._file.execute("PRAGMA application_id").fetchone()[0]
            empty = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
            if mark != MARK and not empty:
                self._file.close()
                raise UsageError(f"{path} is a database of another program")
            version = self._file.execute("PRAGMA user_version").fetchone()[0]
            if not empty and version != FORMAT:
                self._file.close()
                raise UsageError(f"{path} holds runs in format {version}, and this t800 writes format {FORMAT}")
            self._file.execute(f"PRAGMA application_id = {MARK}")
            self._file.execute(f"PRAGMA user_version = {FORMAT}")
            self._file.executescript(TABLES)
        except sqlite3.Error as error:
            raise UsageError(f"cannot keep runs in {path}: {error}") from error

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._file.close()

    def found(self, key: str, seeds: Iterable[int]) -> dict[int, Brief]:
        """The runs that are there already, by seed."""
        wanted = frozenset(seeds)
        try:
            rows = self._file.execute("SELECT seed, run FROM runs WHERE key = ? ORDER BY seed", [key]).fetchall()
            return {seed: Brief.of(json.loads(text)) for seed, text in rows if seed in wanted}
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise UsageError(f"{self.path} does not hold what was written: {error}") from error

    def add(self, key: str, meaning: Mapping[str, Any], briefs: Iterable[Brief]) -> None:
        """Keep runs. `meaning` says in readable data what `key` stands for."""
        try:
            with self._file:
                self._file.execute("INSERT OR IGNORE INTO variants VALUES (?, ?)", [key, encode(meaning)])
                rows = [(key, each.seed, encode(each.to_json())) for each in briefs]
                self._file.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise UsageError(f"cannot keep runs in {self.path}: {error}") from error


def fingerprint(meaning: Mapping[str, Any]) -> str:
    """What was run, as a key: equal only where the same would happen again."""
    return sha256(encode(meaning).encode("ascii")).hexdigest()
