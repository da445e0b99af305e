"""Which part of the suite this command line selected."""

from __future__ import annotations

from pathlib import Path

import pytest

_FILTERS = ("keyword", "markexpr", "lf", "deselect", "stepwise", "ignore", "ignore_glob")


def selects_everything(config: pytest.Config) -> bool:
    """Whether no expression (`-k`, `-m`, `--lf`, `--deselect`, …) leaves benchmarks out."""
    return not any(getattr(config.option, name, None) for name in _FILTERS)


def selected_paths(config: pytest.Config) -> tuple[str, ...]:
    """Paths and node ids that were asked for, relative to the root as in node ids; empty for everything."""
    if config.args_source == pytest.Config.ArgsSource.TESTPATHS:
        return ()
    paths = tuple(_as_node_id(argument, config) for argument in config.args)
    return () if "" in paths else paths


def _as_node_id(argument: str, config: pytest.Config) -> str:
    path, separator, name = argument.partition("::")
    absolute = (config.invocation_params.dir / path).resolve()
    try:
        relative = absolute.relative_to(config.rootpath.resolve()).as_posix()
    except ValueError:
        relative = Path(path).as_posix()
    return ("" if relative == "." else relative) + separator + name
