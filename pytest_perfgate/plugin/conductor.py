"""Conducts the processes of one run: the first look at everything, further looks at what is in doubt."""

from __future__ import annotations

import random
import shutil
import tempfile
from typing import TYPE_CHECKING

from pytest_perfgate.errors import MeasurementError
from pytest_perfgate.plugin.jobs import Job, Result
from pytest_perfgate.plugin.processes import run_job
from pytest_perfgate.plugin.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pytest

    from pytest_perfgate.model import BenchmarkId, Sample

_NAMES_SHOWN = 3


class Conductor:
    """Runs benchmark processes one after the other; indexes count up over all looks.

    `first_process`: 1 where the main process measured (it is process 0), else 0.
    """

    def __init__(
        self, config: pytest.Config, *, seed: int, processes: int, first_process: int, silence_limit_s: float
    ) -> None:
        self._config = config
        self._dice = random.Random(seed)  # noqa: S311 - a printed seed, not a secret
        self._processes = processes
        self._next_process = first_process
        self._silence_limit_s = silence_limit_s
        self._folder = tempfile.mkdtemp(prefix="perfgate-")
        self._progress = Progress(config)
        self._benchmarks: tuple[BenchmarkId, ...] = ()
        self._collected: frozenset[BenchmarkId] | None = None

    def first_look(self, benchmarks: Sequence[BenchmarkId], collected: Collection[BenchmarkId] | None) -> list[Result]:
        """Measure `benchmarks` in the processes that are still missing.

        `collected`: what the main process collected, or None where it collected nothing itself; a process
        that collects something else raises MeasurementError.
        """
        self._collected = None if collected is None else frozenset(collected)
        results = []
        while self._next_process < self._processes:
            what = f"process {self._next_process + 1} of {self._processes}"
            results.append(self._run(benchmarks, look=0, what=what))
        return results

    def look_again(self, benchmarks: Collection[BenchmarkId], look: int) -> tuple[Sample, ...]:
        """Measure only `benchmarks`, in as many fresh processes as the first look had."""
        samples: list[Sample] = []
        names = tuple(sorted(benchmarks))
        for number in range(self._processes):
            what = f"look {look + 1}, process {number + 1} of {self._processes}, {len(names)} in doubt"
            samples.extend(self._run(names, look=look, what=what).samples)
        return tuple(samples)

    def _run(self, benchmarks: Sequence[BenchmarkId], *, look: int, what: str) -> Result:
        job = Job(
            folder=self._folder,
            process=self._next_process,
            look=look,
            seed=self._dice.randrange(2**31),
            benchmarks=tuple(benchmarks),
        )
        self._next_process += 1
        self._progress.begin(what, len(benchmarks))
        try:
            result = run_job(
                job, self._config, silence_limit_s=self._silence_limit_s, on_progress=self._progress.update
            )
        finally:
            self._progress.end()
        self._check_collection(result, job)
        return result

    def _check_collection(self, result: Result, job: Job) -> None:
        collected = frozenset(result.collected)
        if self._collected is None:
            self._collected = collected
        problems = [
            f"{what}: {_names(names)}"
            for what, names in (
                ("not there", self._collected - collected),
                ("new", collected - self._collected),
            )
            if names
        ]
        if problems:
            msg = (
                f"Process {job.process + 1} collected other benchmarks than the first ({'; '.join(problems)}). "
                "Names must not depend on time, chance or order."
            )
            raise MeasurementError(msg)

    def close(self) -> None:
        """Remove the processes' files."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _names(names: Collection[BenchmarkId]) -> str:
    shown = ", ".join(f"'{name:.200}'" for name in sorted(names)[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
