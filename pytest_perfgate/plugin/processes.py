"""How a benchmark process of this session is started: the command line once more, where it was given."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pytest_perfgate.measure.benchmark_process import ProcessCommand
from pytest_perfgate.measure.process_tree import interpreter
from pytest_perfgate.plugin.import_path import IMPORT_PATH

if TYPE_CHECKING:
    import pytest

# Modules are found where the main process finds them: `python -m pytest` looks in the working folder, `pytest`
# does not.
_START = "import sys; sys.path[:] = {path!r}; sys.argv[0] = {name!r}; import pytest; sys.exit(pytest.console_main())"


def process_command(config: pytest.Config, *, cache: str) -> ProcessCommand:
    """A process that measures by itself what this session has collected."""
    start = _START.format(path=list(IMPORT_PATH), name=sys.argv[0])
    return ProcessCommand(
        name="process",
        command=(*interpreter(), "-c", start),
        arguments=worker_arguments(config, cache=cache),
        folder=str(config.invocation_params.dir),
        environ={name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        in_turns=False,
    )


def worker_arguments(config: pytest.Config, *, cache: str) -> tuple[str, ...]:
    """The command line once more, for a process that measures.

    `cache`: a cache folder of its own, since what ran last in the main process must not select there.
    """
    # Only where they are asked for: a side's own environment may not have pytest-xdist.
    distributed = getattr(config.option, "dist", "no") != "no" or getattr(config.option, "numprocesses", None)
    serial = ("-n0",) if distributed else ()
    own_cache = ("-o", f"cache_dir={cache}") if config.pluginmanager.hasplugin("cacheprovider") else ()
    return (*(str(argument) for argument in config.invocation_params.args), *serial, *own_cache)
