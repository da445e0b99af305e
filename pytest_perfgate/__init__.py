"""pytest-perfgate: a performance gate whose verdicts can be trusted.

The names below are loaded on first use, so that importing the package, as every pytest start does, costs nothing.

PYTEST_DONT_REWRITE: a side of a paired run imports the package before pytest, which would otherwise warn of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_perfgate.api import check, compare, judge, load_runs, render, to_dataframe

__version__ = "0.1.0"
__all__ = ["check", "compare", "judge", "load_runs", "render", "to_dataframe"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name not in __all__:
        raise AttributeError(f"module 'pytest_perfgate' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module("pytest_perfgate.api"), name)
