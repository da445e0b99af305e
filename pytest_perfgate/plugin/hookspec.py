"""Hooks that a conftest.py may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_perfgate.measure.slices import Instrument


@pytest.hookspec(firstresult=True)
def pytest_perfgate_instrument(config: pytest.Config) -> Instrument | None:
    """Return the clock and canaries to measure with; None leaves the choice to others.

    Called once in every process that measures. Made for instruments of your own and for tests, which play
    a clock whose readings they know.
    """
