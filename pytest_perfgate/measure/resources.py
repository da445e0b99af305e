"""What a benchmark uses besides time, read before and after its slices, never inside them."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import psutil

from pytest_perfgate.measure.orphan import own_threads
from pytest_perfgate.model import Metric
from pytest_perfgate.model import metric as metrics

# tracemalloc makes code several times slower; beyond this a further call would cost more than it tells.
LONGEST_TRACED_CALL_S = 2.0

_COUNTERS: tuple[tuple[Metric, str], ...] = (
    (metrics.CPU_USER, "cpu_user"),
    (metrics.CPU_SYSTEM, "cpu_system"),
    (metrics.PAGE_FAULTS_MINOR, "minor_faults"),
    (metrics.PAGE_FAULTS_MAJOR, "major_faults"),
    (metrics.CONTEXT_SWITCHES_VOLUNTARY, "voluntary"),
    (metrics.CONTEXT_SWITCHES_INVOLUNTARY, "involuntary"),
    (metrics.DISK_READ, "disk_read"),
    (metrics.DISK_WRITTEN, "disk_written"),
    (metrics.NETWORK_RECEIVED, "received"),
    (metrics.NETWORK_SENT, "sent"),
)


class ResourceMeter:
    """Counters of this process over one benchmark's measurement: calibration, canaries and slices together.

    They are totals, not per iteration, and say what the measurement met (faults, switches, I/O), which is why
    they are recorded but not judged by default. Network counters are the whole machine's: no system has them
    per process. What a platform does not have is left out.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before: dict[str, float] = {}

    def start(self) -> None:
        """Read the counters before."""
        self._before = self._read()

    def stop(self) -> list[tuple[Metric, float]]:
        """Read them after: the differences, and the memory and threads at the end."""
        after = self._read()
        values = [
            (metric, after[key] - self._before[key])
            for metric, key in _COUNTERS
            if key in after and key in self._before
        ]
        memory = self._process.memory_info()
        values.append((metrics.RSS, float(memory.rss)))
        # Linux and macOS keep the peak in rusage, Windows in memory_info.
        if (peak := _peak_rss(memory)) is not None:
            values.append((metrics.RSS_PEAK, peak))
        values.append((metrics.THREADS, float(self._process.num_threads() - own_threads())))
        wall = after["wall"] - self._before["wall"]
        if wall > 0:
            busy = sum(after[key] - self._before[key] for key in ("cpu_user", "cpu_system"))
            values.append((metrics.CPU_UTILIZATION, busy / wall))
        return values

    def _read(self) -> dict[str, float]:
        import time

        process = self._process
        times = process.cpu_times()
        found = {"cpu_user": times.user, "cpu_system": times.system, "wall": time.perf_counter()}
        found.update(_faults())
        switches = _optional(process.num_ctx_switches)
        if switches is not None:
            found.update(voluntary=switches.voluntary, involuntary=switches.involuntary)
        disk = _optional(getattr(process, "io_counters", None))
        if disk is not None:
            found.update(disk_read=disk.read_bytes, disk_written=disk.write_bytes)
        network = _optional(psutil.net_io_counters)
        if network is not None:
            found.update(received=network.bytes_recv, sent=network.bytes_sent)
        return found


def _optional(read: Callable[[], Any] | None) -> Any:  # noqa: ANN401 - psutil's named tuples differ by platform
    """A reading that some platforms, containers or users do not have."""
    try:
        return read() if read is not None else None
    except (psutil.Error, OSError, NotImplementedError):
        return None


def _faults() -> dict[str, float]:
    try:
        import resource
    except ImportError:  # Windows
        return {}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"minor_faults": float(usage.ru_minflt), "major_faults": float(usage.ru_majflt)}


def _peak_rss(memory: Any) -> float | None:  # noqa: ANN401 - psutil's named tuple differs by platform
    try:
        import resource
        import sys
    except ImportError:
        peak = getattr(memory, "peak_wset", None)
        return None if peak is None else float(peak)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, KiB elsewhere (getrusage(2))
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def allocated_peak(call: Callable[[], Any]) -> tuple[int | None, Any]:
    """Peak of Python's allocations during one untimed call, in bytes, and what the call returned.

    Deterministic where the benchmark is: the call was warmed up by the slices, the interpreter's stocks of freed
    objects are empty before it, and no garbage is collected during it. None where tracemalloc was on already: its
    owner's numbers are not disturbed.
    """
    if tracemalloc.is_tracing():
        return None, call()
    _empty_free_lists()
    was_enabled = gc.isenabled()
    gc.disable()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        result = call()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        if was_enabled:
            gc.enable()
    return max(0, peak - before), result


def _empty_free_lists() -> None:
    """A full collection empties them; spared the objects that are there, it takes 0.1 ms, not 15."""
    if not hasattr(gc, "freeze") or gc.get_freeze_count():  # PyPy; a program that froze its own
        gc.collect()
        return
    gc.freeze()
    gc.collect()
    gc.unfreeze()
