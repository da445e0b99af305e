"""Says what pytest made of a command line, to a coordinator that is no pytest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pytest_perfgate.measure.pytest_facts import PytestFacts
from pytest_perfgate.plugin.pairs import side_arguments

if TYPE_CHECKING:
    import pytest


def write_facts(config: pytest.Config, path: Path) -> None:
    """Write the facts to a file; nothing is collected."""
    arguments = side_arguments(config)
    facts = PytestFacts(
        arguments=tuple(argument for argument in arguments if not argument.startswith("--perfgate-facts=")),
        python_files=tuple(config.getini("python_files")),
        root=str(config.rootpath),
    )
    path.write_bytes(msgspec.json.encode(facts))
