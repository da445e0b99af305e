"""Whole-test mode: measures a test that does not use the fixture, once per process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from pytest_perfgate.measure.interference import exit_guard
from pytest_perfgate.measure.slices import measure_once
from pytest_perfgate.model.metric import ERROR_RATE
from pytest_perfgate.plugin.measuring import Measuring, is_whole_test

if TYPE_CHECKING:
    from collections.abc import Generator


class WholeTests:
    """Times the call phase of the tests that are marked `perfgate(whole_test=True)`."""

    def __init__(self, measuring: Measuring) -> None:
        self._measuring = measuring
