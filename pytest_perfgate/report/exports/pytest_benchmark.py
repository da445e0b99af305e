"""pytest-benchmark's JSON, for its own `compare` and for everything that reads it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_perfgate.model import Run, Sample
from pytest_perfgate.model.metric import EXECUTION_TIME

# The version of pytest-benchmark whose keys these are.
_VERSION = "5.1.0"


def render_pytest_benchmark(run: Run) -> Mapping[str, str]:
    """A session per process, by file name: the format knows no processes, and to mix them would hide them."""
    processes: dict[int, list[Sample]] = {}
    for sample in run.samples:
        if sample.metric.name == EXECUTION_TIME.name:
            processes.setdefault(sample.process, []).append(sample)
    return {f"{number + 1:04d}_{run.id}.json": _session(run, group) for number, group in sorted(processes.items())}


def _session(run: Run, samples: Sequence[Sample]) -> str:
    content = {
        "machine_info": _machine(run),
        "commit_info": _commit(run),
        "benchmarks": [_benchmark(run, sample) for sample in samples],
        "datetime": run.started_at.isoformat(),
        "version": _VERSION,
    }
    return json.dumps(content, indent=4, ensure_ascii=False) + "\n"


def _machine(run: Run) -> dict[str, Any]:
    parts = run.environment.parts
    implementation, _, version = parts.get("python", "").partition(" ")
    return {
        "machine": parts.get("architecture", ""),
        "system": parts.get("os", ""),
        "python_implementation": implementation,
        "python_version": version,
        "cpu": {
            "brand_raw": parts.get("cpu", ""),
            "count": int(parts["cores"]) if parts.get("cores", "").isdecimal() else None,
        },
    }


def _commit(run: Run) -> dict[str, Any]:
    if run.commit is None:
        return {"id": "unversioned", "time": None, "dirty": False, "branch": "(unknown)"}
    when = run.commit.committed_at
    return {
        "id": run.commit.revision,
        "time": when.isoformat() if when else None,
        "dirty": run.commit.dirty,
        "branch": run.commit.branch,
    }


def _benchmark(run: Run, sample: Sample) -> dict[str, Any]:
    facts = run.benchmarks.get(sample.benchmark)
    return {
        "group": (facts.group or None) if facts else None,
        "name": sample.benchmark.rsplit("::", 1)[-1],
        "fullname": sample.benchmark,
        "params": None,
        "param": None,
        "extra_info": dict(facts.extra_info) if facts else {},
        "options": {},
        "stats": _stats(sample),
    }


def _stats(sample: Sample) -> dict[str, Any]:
    """Its own comparison needs every key, also those that follow from the data."""
    data = list(sample.values or (sample.location,))
    low, middle, high = statistics.quantiles(data, n=4, method="inclusive") if len(data) > 1 else data * 3
    mean = statistics.fmean(data)
    spread = statistics.stdev(data) if len(data) > 1 else 0.0
    inside = [value for value in data if low - 1.5 * (high - low) <= value <= high + 1.5 * (high - low)]
    beyond = (sum(1 for value in data if abs(value - mean) > spread), len(data) - len(inside))
    return {
        "min": min(data),
        "max": max(data),
        "mean": mean,
        "stddev": spread,
        "rounds": len(data),
        "median": middle,
        "iqr": high - low,
        "q1": low,
        "q3": high,
        "iqr_outliers": beyond[1],
        "stddev_outliers": beyond[0],
        "outliers": "{};{}".format(*beyond),
        "ld15iqr": min(inside),
        "hd15iqr": max(inside),
        "ops": 1 / mean,
        "total": sum(data),
        "data": data,
        "iterations": sample.iterations,
    }
