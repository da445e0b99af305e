"""Shared by all tiers; see README.md here for what each tier is for."""

import os
import signal
import sys
from pathlib import Path

# Before any pytest that runs inside this one: it forgets, at its end, what it imported, and numpy can't be imported twice.
import numpy as np  # noqa: F401
import pytest

# Where these tests run in the background of a script, Ctrl-C is ignored, also by every process that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
pytest_plugins = ["pytester"]
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """The machine that runs the tests must not decide how they end."""
    for name in list(os.environ):
        if name.startswith(("PERFGATE_", "GITHUB_", "GITLAB_", "CI_", "PYTEST_XDIST")) or name in {
            "CI",
            "NO_COLOR",
            "PYTEST_ADDOPTS",
        }:
            monkeypatch.delenv(name)


def pytest_addoption(parser):
    parser.addoption("--golden-update", action="store_true", help="Rewrite the golden files from what is rendered now.")
