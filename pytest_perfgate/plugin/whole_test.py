"""Whole-test mode: measures a test that does not use the fixture, once per process."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_perfgate.measure.interference import same_folder
from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.model.metric import ERROR_RATE
from pytest_perfgate.plugin.measuring import Measuring, is_whole_test, uses_benchmark


class WholeTests:
    """Times the call phase of the tests that are marked `perfgate(whole_test=True)`."""

    def __init__(self, measuring: Measuring) -> None:
        self._measuring = measuring

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Time the test's body, between a reading of the canaries and the reading of its resources."""
        if not is_whole_test(pyfuncitem):
            result = yield
            if uses_benchmark(pyfuncitem) and "benchmark" not in pyfuncitem.fixturenames:
                self._measuring.add_benchmark(pyfuncitem)  # it only records metrics of its own
            return result
        own, failed = self._measuring, True
        try:
            with same_folder(), own.resources(pyfuncitem):
                stopwatch = own.timing.start(BenchmarkId(pyfuncitem.nodeid), own.instrument)
                result = yield
                readings = stopwatch.stop()
            if readings is not None:
                own.add_slices(pyfuncitem, readings, work=own.marker(pyfuncitem).work)
            failed = False
            return result
        finally:
            own.add_value(pyfuncitem, ERROR_RATE, float(failed))
            own.add_benchmark(pyfuncitem)
