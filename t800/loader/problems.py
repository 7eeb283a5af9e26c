"""Problems as they are found, up to a number that somebody would read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from t800.errors import ConfigError, Problem

__all__ = ["Problems"]

MOST = 100


class Problems(list[Problem]):
    """The problems of one load. The hundredth ends it with a ConfigError.

    A file of a megabyte can hold a hundred thousand of them, and looking for what each of them meant
    would take minutes (R15).
    """

    def append(self, problem: Problem) -> None:
        super().append(problem)
        if len(self) >= MOST:
            last = Problem(
                problem.path, problem.line, problem.column, "E113", "too many problems: the rest was not read"
            )
            raise ConfigError([*self, last])

    def extend(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.append(problem)

    def __iadd__(self, problems: Iterable[Problem]) -> Self:  # type: ignore[override,misc]  # as list's own does
        self.extend(problems)
        return self
