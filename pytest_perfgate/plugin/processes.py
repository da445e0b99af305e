"""Runs fresh pytest processes, one after the other, and collects what they measured."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from msgspec import ValidationError

from pytest_perfgate.errors import MeasurementError
from pytest_perfgate.measure.orphan import leash
from pytest_perfgate.measure.process_tree import interpreter, kill_tree, tail_of
from pytest_perfgate.plugin.import_path import IMPORT_PATH
from pytest_perfgate.plugin.jobs import Job, Result, load_result, save

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

# Modules are found where the main process finds them: `python -m pytest` looks in the working folder, `pytest`
# does not.
_START = "import sys; sys.path[:] = {path!r}; sys.argv[0] = {name!r}; import pytest; sys.exit(pytest.console_main())"
_POLL_S = 0.1


def run_job(job: Job, config: pytest.Config, *, silence_limit_s: float, on_progress: Callable[[int], None]) -> Result:
    """Run one benchmark process to its end.

    `on_progress` receives the number of benchmarks begun so far. Raises MeasurementError, naming the benchmark,
    when the process crashes, hands nothing back, or begins no new benchmark for `silence_limit_s` seconds.
    """
    save(job, job.job_path)
    job.progress_path.touch()
    with job.output_path.open("wb") as output, leash(_environment()) as tied:
        process = subprocess.Popen(
            _command(job, config),
            cwd=config.invocation_params.dir,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **tied,
        )
        try:
            _wait(process, job, silence_limit_s, on_progress)
        finally:
            kill_tree(process)
    return _read_result(job, process.returncode)


def _command(job: Job, config: pytest.Config) -> list[str]:
    arguments = worker_arguments(config, cache=job.folder)
    start = _START.format(path=list(IMPORT_PATH), name=sys.argv[0])
    return [*interpreter(), "-c", start, *arguments, f"--perfgate-worker={job.job_path}"]


def worker_arguments(config: pytest.Config, *, cache: str) -> tuple[str, ...]:
    """The command line once more, for a process that measures.

    `cache`: a cache folder of its own, since what ran last in the main process must not select there.
    """
    # Only where they are asked for: a side's own environment may not have pytest-xdist.
    distributed = getattr(config.option, "dist", "no") != "no" or getattr(config.option, "numprocesses", None)
    serial = ("-n0",) if distributed else ()
    own_cache = ("-o", f"cache_dir={cache}") if config.pluginmanager.hasplugin("cacheprovider") else ()
    return (*(str(argument) for argument in config.invocation_params.args), *serial, *own_cache)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def _wait(
    process: subprocess.Popen[bytes], job: Job, silence_limit_s: float, on_progress: Callable[[int], None]
) -> None:
    begun, last_change = 0, time.monotonic()
    while True:
        try:
            process.wait(timeout=_POLL_S)
        except subprocess.TimeoutExpired:
            pass
        else:
            return
        count = len(_begun(job))
        if count != begun:
            begun, last_change = count, time.monotonic()
            on_progress(begun)
        elif time.monotonic() - last_change > silence_limit_s:
            msg = (
                f"Process {job.process + 1} hung for more than {silence_limit_s:g} s in {_culprit(job)}; it was "
                "stopped. Make the benchmark shorter, or raise 'benchmark_timeout' in [tool.perfgate]."
            )
            raise MeasurementError(msg)


def _read_result(job: Job, returncode: int) -> Result:
    if not job.result_path.exists():
        msg = (
            f"Process {job.process + 1} {_how_it_ended(returncode)} in {_culprit(job)} and handed nothing back. "
            f"Its last words:\n{tail_of(job.output_path)}"
        )
        raise MeasurementError(msg)
    try:
        result = load_result(job.result_path)
    except ValidationError as error:
        msg = f"Process {job.process + 1} handed back something that is no measurement: {error}"
        raise MeasurementError(msg) from error
    for benchmark, why in result.failed.items():
        msg = f"'{benchmark:.300}' failed in process {job.process + 1} though it passed in the first: {why}"
        raise MeasurementError(msg)
    return result


def _how_it_ended(returncode: int) -> str:
    return f"was ended by signal {-returncode}" if returncode < 0 else f"ended with exit code {returncode}"


def _begun(job: Job) -> Sequence[str]:
    return job.progress_path.read_text(encoding="utf-8").splitlines()


def _culprit(job: Job) -> str:
    begun = _begun(job)
    return f"'{begun[-1]:.300}'" if begun else "the collection, before any benchmark was begun"
