"""A benchmark process: measures the benchmarks of its job and hands their samples back."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from pytest_perfgate.model import BenchmarkId
from pytest_perfgate.plugin.jobs import Job, Result, save
from pytest_perfgate.plugin.measuring import Measuring, uses_benchmark
from pytest_perfgate.plugin.outcomes import first_line

if TYPE_CHECKING:
    from collections.abc import Iterable

# Options of pytest and of well-known plugins that write files; the main process writes them, nobody else.
_WRITING_OPTIONS = (
    "xmlpath",
    "report_log",
    "htmlpath",
    "json_report_file",
    "benchmark_json",
    "benchmark_save",
    "benchmark_autosave",
    "benchmark_compare",
    "benchmark_compare_fail",
    "benchmark_histogram",
)


class Worker:
    """The plugin object of a benchmark process."""

    def __init__(self, job: Job, measuring: Measuring) -> None:
        self._job = job
        self._measuring = measuring
        self._collected: tuple[BenchmarkId, ...] = ()
        self._failed: dict[BenchmarkId, str] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the benchmarks of the job, in an order of its own."""
        benchmarks = [item for item in items if uses_benchmark(item)]
        self._collected = tuple(BenchmarkId(item.nodeid) for item in benchmarks)
        wanted = set(self._job.benchmarks) or set(self._collected)
        kept = shuffled([item for item in benchmarks if item.nodeid in wanted], self._job.seed)
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept
        self._measuring.read_markers(items)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say which benchmark begins, so that a crash or a hang has a name."""
        with self._job.progress_path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(nodeid.replace("\n", "\\n").replace("\r", "\\r") + "\n")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what failed."""
        if report.failed:
            self._failed[BenchmarkId(report.nodeid)] = f"{report.when}: {first_line(report)}"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Hand back what was measured."""
        result = Result(
            samples=self._measuring.stamped(process=self._job.process, look=self._job.look),
            benchmarks=self._measuring.benchmarks,
            collected=self._collected,
            failed=self._failed,
            untrusted=self._measuring.untrusted,
        )
        save(result, self._job.result_path)


def silence_files(config: pytest.Config) -> None:
    """Switch off what would overwrite the main process's files."""
    for option in _WRITING_OPTIONS:
        if getattr(config.option, option, None):
            setattr(config.option, option, None)
    config.option.usepdb = False


def shuffled(items: Iterable[pytest.Item], seed: int) -> list[pytest.Item]:
    """Items in random order: files, and items within a file, so that no file's fixtures are made twice."""
    dice = random.Random(seed)  # noqa: S311 - a printed seed, not a secret
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.split("::")[0], []).append(item)
    groups = list(files.values())
    dice.shuffle(groups)
    for group in groups:
        dice.shuffle(group)
    return [item for group in groups for item in group]
