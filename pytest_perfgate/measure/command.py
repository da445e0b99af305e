"""Runs a foreign command to its end, and watches what it and everything that it starts uses."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
from msgspec import Struct

from pytest_perfgate.errors import ConfigError, MeasurementError
from pytest_perfgate.measure.process_tree import kill_tree, tail_of
from pytest_perfgate.model import Metric
from pytest_perfgate.model import metric as metrics

# Seldom enough that the watching itself costs the benchmarks nothing that could be seen.
_POLL_S = 0.5
# Processes that a poll has missed in between are in their parent's counters, where the system adds them up there.
_PEAKS = (metrics.RSS_PEAK, metrics.CPU_USER, metrics.CPU_SYSTEM, metrics.DISK_READ, metrics.DISK_WRITTEN)


class Finished(Struct, frozen=True):
    """A command that has ended well: how long it took, and what its family used, in base units."""

    wall_s: float
    usage: dict[Metric, float]


class Errand(Struct, frozen=True):
    """What to run: `output` and `errors` are files for what it prints; `timeout_s`: 0 waits for ever."""

    command: tuple[str, ...]
    environ: dict[str, str]
    output: Path
    errors: Path
    timeout_s: float = 0.0


def run_command(errand: Errand, what: str, on_poll: Callable[[float], None] = lambda _elapsed: None) -> Finished:
    """Run to the end; `what` names the run in messages, `on_poll` hears the seconds since the start.

    Raises ConfigError when there is no such command, MeasurementError with its last words when it fails or takes
    too long. Whatever happens, nothing that it started is left behind.
    """
    began = time.monotonic()
    usage = _Usage()
    with errand.output.open("wb") as output, errand.errors.open("wb") as errors:
        process = _start(errand, output, errors)
        try:
            while _still_runs(process):
                elapsed = time.monotonic() - began
                usage.look(process.pid)
                on_poll(elapsed)
                if errand.timeout_s and elapsed > errand.timeout_s:
                    limit = f"took more than {errand.timeout_s:g} s ('--timeout') and was stopped"
                    raise MeasurementError(_failure(errand, what, limit))
        finally:
            kill_tree(process)
    if process.returncode:
        how = f"signal {-process.returncode}" if process.returncode < 0 else f"exit code {process.returncode}"
        raise MeasurementError(_failure(errand, what, f"ended with {how}"))
    return Finished(time.monotonic() - began, usage.found())


def _start(errand: Errand, output: Any, errors: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - open files
    try:
        return subprocess.Popen(
            errand.command, env=errand.environ, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
    except OSError as error:
        problem = f"'{errand.command[0]:.200}' can't be started: {error.strerror or error}"
        raise ConfigError([problem]) from error


def _still_runs(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=_POLL_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _failure(errand: Errand, what: str, how: str) -> str:
    said = errand.errors if errand.errors.stat().st_size else errand.output
    return f"{what}: '{shlex.join(errand.command):.200}' {how}. Its last words:\n{tail_of(said)}"


class _Usage:
    """The family's counters at their highest, and the whole machine's load on average."""

    def __init__(self) -> None:
        self._highest: dict[Metric, float] = {}
        self._loads: list[float] = []
        psutil.cpu_percent()  # the first reading covers the time since it was last asked

    def look(self, pid: int) -> None:
        try:
            root = psutil.Process(pid)
            family = [root, *root.children(recursive=True)]
        except psutil.Error:
            return
        sums = dict.fromkeys(_PEAKS, 0.0)
        for member in family:
            for metric, value in _counters(member).items():
                sums[metric] += value
        for metric, value in sums.items():
            if value > self._highest.get(metric, 0.0):
                self._highest[metric] = value
        self._loads.append(psutil.cpu_percent() / 100)

    def found(self) -> dict[Metric, float]:
        load = {metrics.SYSTEM_LOAD: sum(self._loads) / len(self._loads)} if self._loads else {}
        return {**self._highest, **load}


def _counters(member: psutil.Process) -> Mapping[Metric, float]:
    found: dict[Metric, float] = {}
    try:
        with member.oneshot():
            found[metrics.RSS_PEAK] = float(member.memory_info().rss)
            times = member.cpu_times()
            found[metrics.CPU_USER] = times.user + getattr(times, "children_user", 0.0)
            found[metrics.CPU_SYSTEM] = times.system + getattr(times, "children_system", 0.0)
            disk = member.io_counters() if hasattr(member, "io_counters") else None
        if disk is not None:
            found[metrics.DISK_READ], found[metrics.DISK_WRITTEN] = float(disk.read_bytes), float(disk.write_bytes)
    except (psutil.Error, OSError, NotImplementedError):
        pass  # it has ended meanwhile, or the system does not tell
    return found


def joined(command: Sequence[str]) -> str:
    """The command as a shell would take it."""
    return shlex.join(command)
