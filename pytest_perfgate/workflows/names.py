"""Benchmarks as a user names them: exactly, or by a glob."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.workflows.histories import is_named


def chosen_names(known: Iterable[BenchmarkId], asked: Collection[str], where: str) -> frozenset[BenchmarkId]:
    """The known names that were asked for, all where none was. Raises CannotJudgeError for a name that fits none."""
    names = tuple(dict.fromkeys(known))
    if not asked:
        return frozenset(names)
    chosen: set[BenchmarkId] = set()
    for text in asked:
        found = {name for name in names if is_named(name, [text])}
        if not found:
            close = difflib.get_close_matches(text, names, n=3, cutoff=0.3)
            hint = f"did you mean {' or '.join(repr(name) for name in close)}? " if close else ""
            raise CannotJudgeError(
                f"'{where}' has no '{text:.200}'; {hint}'perfgate baseline show' lists what is there."
            )
        chosen |= found
    return frozenset(chosen)
