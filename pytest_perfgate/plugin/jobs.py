"""What the main process tells a benchmark process, and what that hands back: two JSON files in a private folder."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from pytest_perfgate.model import Benchmark, BenchmarkId, Sample


class Job(Struct, frozen=True):
    """One benchmark process: measure `benchmarks` (empty: all that are collected) in an order shuffled by `seed`.

    `folder` holds the process's files; `process` and `look` are stamped on its samples.
    """

    folder: str
    process: int
    look: int
    seed: int
    benchmarks: tuple[BenchmarkId, ...] = ()

    @property
    def job_path(self) -> Path:
        """This job, as JSON."""
        return Path(self.folder, f"job-{self.process}.json")

    @property
    def result_path(self) -> Path:
        """What the process measured, written once, at its end."""
        return Path(self.folder, f"result-{self.process}.json")

    @property
    def progress_path(self) -> Path:
        """One line per benchmark that was begun, so that a crash or a hang has a name."""
        return Path(self.folder, f"progress-{self.process}.txt")

    @property
    def output_path(self) -> Path:
        """What the process printed."""
        return Path(self.folder, f"output-{self.process}.txt")


class Result(Struct, frozen=True):
    """What a benchmark process hands back.

    `collected`: every benchmark that it collected, whether wanted or not. `failed`: benchmark -> first line of
    what went wrong. `untrusted`: why its timings can't be trusted, or empty.
    """

    samples: tuple[Sample, ...]
    benchmarks: dict[BenchmarkId, Benchmark]
    collected: tuple[BenchmarkId, ...]
    failed: dict[BenchmarkId, str] = {}
    untrusted: str = ""


def save(value: Job | Result, path: Path) -> None:
    """Write `value` so that a reader sees all of it or nothing."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(msgspec.json.encode(value))
    partial.replace(path)


def load_job(path: Path) -> Job:
    """Read a job."""
    return msgspec.json.decode(path.read_bytes(), type=Job)


def load_result(path: Path) -> Result:
    """Read a result."""
    return msgspec.json.decode(path.read_bytes(), type=Result)
