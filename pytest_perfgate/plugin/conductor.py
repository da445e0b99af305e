"""Conducts the processes of one run: the first look at everything, further looks at what is in doubt."""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pytest_perfgate.errors import MeasurementError
from pytest_perfgate.measure.benchmark_process import BenchmarkProcess
from pytest_perfgate.measure.by_itself import ByItself
from pytest_perfgate.measure.conversation import PeerError
from pytest_perfgate.measure.pinning import core_to_spare, elsewhere, move_away, set_free
from pytest_perfgate.plugin.processes import process_command
from pytest_perfgate.plugin.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pytest

    from pytest_perfgate.measure.conversation import SideResult
    from pytest_perfgate.measure.protocol import Ended
    from pytest_perfgate.model import BenchmarkId, Sample

_NAMES_SHOWN = 3
_GRACE_S = 5.0
_MOST_LEAVING = 2


class Conductor:
    """Runs benchmark processes one after the other; indexes count up over all looks.

    Where there is a core to spare, the next one starts up there while one measures, and the last one ends.
    `first_process`: 1 where the main process measured (it is process 0), else 0; `looks`: whether further looks may
    follow the first.
    """

    def __init__(
        self,
        config: pytest.Config,
        *,
        seed: int,
        processes: int,
        first_process: int,
        silence_limit_s: float,
        looks: bool,
    ) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a printed seed, not a secret
        self._processes = processes
        self._next_process = first_process
        self._silence_limit_s = silence_limit_s
        self._looks = looks
        self._folder = Path(tempfile.mkdtemp(prefix="perfgate-"))
        self._command = process_command(config, cache=str(self._folder))
        self._progress = Progress(config)
        self._collected: frozenset[BenchmarkId] | None = None
        self._core = core_to_spare()
        self._started = first_process
        self._ahead: _Led | None = None
        self._leaving: list[BenchmarkProcess] = []

    def start_ahead(self) -> None:
        """Start the next process, if another may follow and there is a core where it disturbs nobody."""
        if self._ahead is None and self._core is not None and (self._looks or self._next_process < self._processes):
            with elsewhere(self._core):
                self._ahead = self._start()

    def first_look(
        self, benchmarks: Collection[BenchmarkId], collected: Collection[BenchmarkId] | None
    ) -> list[SideResult]:
        """Measure `benchmarks` (none: all) in the processes that are still missing.

        `collected`: what the main process collected, or None where it collected nothing itself; a process
        that collects something else raises MeasurementError.
        """
        self._collected = None if collected is None else frozenset(collected)
        results = []
        while self._next_process < self._processes:
            what = f"process {self._next_process + 1} of {self._processes}"
            results.append(self._run(benchmarks or None, look=0, what=what))
        return results

    def look_again(self, benchmarks: Collection[BenchmarkId], look: int) -> tuple[Sample, ...]:
        """Measure only `benchmarks`, in as many fresh processes as the first look had."""
        samples: list[Sample] = []
        for number in range(self._processes):
            what = f"look {look + 1}, process {number + 1} of {self._processes}, {len(benchmarks)} in doubt"
            samples.extend(samples_of([self._run(benchmarks, look=look, what=what)]))
        return tuple(samples)

    def _run(self, benchmarks: Collection[BenchmarkId] | None, *, look: int, what: str) -> SideResult:
        number, self._next_process = self._next_process, self._next_process + 1
        self._progress.begin(what, len(benchmarks or ()))
        led = self._taken()
        try:
            result = self._measured(led, number, benchmarks)
        except BaseException:
            led.process.kill()
            raise
        finally:
            self._progress.end()
        self._part_with(led.process)
        return replace(result, ended={name: _stamped(one, number, look) for name, one in result.ended.items()})

    def _taken(self) -> _Led:
        """The process that was started ahead, unless it did not get on with living beside another one."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return self._start()
        set_free(ahead.process.pid)  # where it is still starting up, it has nobody to disturb any more
        try:
            if not _problems(ahead.collected(), self._collected):
                return ahead
        except PeerError:
            pass
        ahead.process.kill()
        self._end_leaving()
        return self._start()

    def _start(self) -> _Led:
        number, self._started = self._started, self._started + 1
        return _Led(BenchmarkProcess(self._command, self._folder, number), self._silence_limit_s)

    def _measured(self, led: _Led, number: int, benchmarks: Collection[BenchmarkId] | None) -> SideResult:
        try:
            found = led.collected()
            self._check_collection(found, number)
            result = led.measure(benchmarks, self._dice, on_benchmark=self._on_benchmark)
        except PeerError as error:
            raise MeasurementError(self._how_lost(error, led.process, number)) from error
        for name, ended in result.ended.items():
            if ended.failed:
                raise MeasurementError(
                    f"'{name:.300}' failed in process {number + 1} though it passed in the first: {ended.failed}"
                )
        return result

    def _on_benchmark(self, begun: int) -> None:
        self.start_ahead()
        self._progress.update(begun)

    def _check_collection(self, found: SideResult, number: int) -> None:
        problems = _problems(found, self._collected)
        if problems:
            raise MeasurementError(
                f"Process {number + 1} collected other benchmarks than the first ({'; '.join(problems)}). "
                "Names must not depend on time, chance or order."
            )
        self._collected = frozenset(found.collected)

    def _how_lost(self, error: PeerError, process: BenchmarkProcess, number: int) -> str:
        where = (
            f"'{error.benchmark:.300}'" if error.benchmark else "the collection or the end, outside of any benchmark"
        )
        if error.hung:
            return (
                f"Process {number + 1} hung for more than {self._silence_limit_s:g} s in {where}; it was stopped. "
                "Make the benchmark shorter, or raise 'benchmark_timeout' in [tool.perfgate]."
            )
        process.finish(_GRACE_S)  # it may still be saying why
        return f"Process {number + 1} was lost in {where}: {process.last_words()}"

    def _part_with(self, process: BenchmarkProcess) -> None:
        """It has said all; where it can't disturb the next one, it ends while that measures."""
        if self._core is None or not move_away(process.pid, self._core):
            _end(process)
            return
        self._leaving.append(process)
        if len(self._leaving) > _MOST_LEAVING:
            _end(self._leaving.pop(0))

    def close(self) -> None:
        """End what still runs and remove the processes' files."""
        if self._ahead is not None:
            self._ahead.process.kill()
            self._ahead = None
        self._end_leaving()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end_leaving(self) -> None:
        while self._leaving:
            _end(self._leaving.pop(0))


class _Led(ByItself):
    """A process and what is said with it."""

    def __init__(self, process: BenchmarkProcess, silence_s: float) -> None:
        super().__init__(process, silence_s=silence_s)
        self.process = process


def samples_of(results: Iterable[SideResult]) -> tuple[Sample, ...]:
    """All that the processes have measured."""
    return tuple(sample for result in results for ended in result.ended.values() for sample in ended.samples)


def _stamped(ended: Ended, process: int, look: int) -> Ended:
    return replace(ended, samples=tuple(replace(sample, process=process, look=look) for sample in ended.samples))


def _end(process: BenchmarkProcess) -> None:
    process.finish(_GRACE_S)
    process.kill()


def _problems(found: SideResult, expected: frozenset[BenchmarkId] | None) -> list[str]:
    """How it differs from what the first process collected."""
    collected = frozenset(found.collected)
    expected = collected if expected is None else expected
    missing, new = expected - collected, collected - expected
    differences = (("not there", missing), ("new", new))
    failed = [f"'{file:.200}': {why}" for file, why in found.uncollected.items()]
    return [f"{what}: {_names(names)}" for what, names in differences if names] + failed[:_NAMES_SHOWN]


def _names(names: Collection[BenchmarkId]) -> str:
    shown = ", ".join(f"'{name:.200}'" for name in sorted(names)[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
