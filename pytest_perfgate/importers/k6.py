"""k6: the summary that `--summary-export` or `handleSummary` writes, in any of its three shapes.

Seen: users' files of `--summary-export`, 0.54 and others (values right below the metric, a rate as `value`), and of
`handleSummary` (below `values`, with `type` and `contains`); version 1.0.0 of the machine-readable one (since k6 1.5,
`--new-machine-readable-summary`) by its source, `internal/lib/summary/machine_readable.go`. Times are milliseconds.
`http_req_failed` is a rate of failures, so its `passes` are the requests that failed. A summary has one number of each
kind; `k6_points.py` reads every request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_perfgate.importers.importer import Importer, Settings
from pytest_perfgate.importers.k6_points import is_points, read_points
from pytest_perfgate.importers.load_test import Load, load_facts, load_samples
from pytest_perfgate.importers.result import Imported
from pytest_perfgate.importers.samples import LOCATION_PART
from pytest_perfgate.importers.source import Source
from pytest_perfgate.importers.uniform import refuse_repeated
from pytest_perfgate.model import BenchmarkId

_MS = 1e-3
_PERCENTILE = re.compile(r"p\((\d+(?:\.\d+)?)\)")
# Latency, count and failures of a protocol: metrics that belong together.
_PROTOCOLS = {
    "http_req": ("http_req_duration", "http_reqs", "http_req_failed"),
    "grpc_req": ("grpc_req_duration", "", ""),
}
# Times that are parts of a request, or hold the pauses of the script.
_PARTS = {
    *("http_req_blocked", "http_req_connecting", "http_req_looking_up", "http_req_tls_handshaking"),
    *("http_req_sending", "http_req_waiting", "http_req_receiving", "iteration_duration", "group_duration"),
    *("http_req_duration", "grpc_req_duration"),
}
_Metrics = dict[str, dict[str, Any]]


def parse_k6(source: Source, _settings: Settings) -> tuple[Imported, ...]:
    """One Imported, of one process: a test is one replicate, however many requests it makes."""
    if is_points(source):
        started_at, loads = read_points(source)
    else:
        started_at, loads = source.modified_at(), list(_loads(_metrics(source.json())))
    loads = [load for load in loads if load_samples(load)]
    refuse_repeated([load.name for load in loads])
    without = [load.name for load in loads if load.latency is None and load.name != "checks"]
    return (
        Imported(
            tool="k6",
            samples=tuple(sample for load in loads for sample in load_samples(load)),
            benchmarks={BenchmarkId(load.name): load_facts(load.name) for load in loads},
            started_at=started_at,
            environment={LOCATION_PART: "median"},
            warnings=tuple(f"'{name:.200}' has no median above zero, and so no latency" for name in without),
        ),
    )


def _metrics(content: Any) -> _Metrics:  # noqa: ANN401 - any JSON value
    """Metric -> its values, with `type` and `contains` where told; ValueError for what is no summary."""
    if not _is_summary(content):
        raise ValueError("it is no summary of k6, nor are its lines points")
    if "results" not in content:
        metrics = {name: one for name, one in content["metrics"].items() if isinstance(one, dict)}
        return {
            name: {**one, **(one["values"] if isinstance(one.get("values"), dict) else {})}
            for name, one in metrics.items()
        }
    config = content.get("config")
    duration = config.get("duration") if isinstance(config, dict) else None
    metrics = {}
    for one in content["results"]["metrics"]:
        if isinstance(one, dict) and isinstance(one.get("values"), dict):
            values = dict(one["values"])
            count, seconds = _number(values, "count"), _number({"duration": duration}, "duration")
            if count is not None and seconds:
                values["rate"] = count / seconds
            metrics[str(one.get("name"))] = {**one, **values}
    return metrics


def _loads(metrics: _Metrics) -> Iterator[Load]:
    for protocol, (duration, count, failed) in _PROTOCOLS.items():
        for tags in dict.fromkeys(name[len(duration) :] for name in metrics if name.partition("{")[0] == duration):
            yield _load(
                protocol + tags,
                metrics[duration + tags],
                requests_per_second=_number(metrics.get(count + tags), "rate"),
                error_rate=_number(metrics.get(failed + tags), "rate", "value"),
            )
    for name, one in metrics.items():
        if name.partition("{")[0] not in _PARTS and one.get("type") == "trend" and one.get("contains") == "time":
            yield _load(name, one)
    checked = _number(metrics.get("checks"), "rate", "value")
    if checked is not None:
        yield Load("checks", error_rate=1 - checked)


def _load(
    name: str,
    trend: Mapping[str, Any],
    *,
    requests_per_second: float | None = None,
    error_rate: float | None = None,
) -> Load:
    """A request that got no answer lasts 0 ms; where most did, there is no latency to speak of."""
    median = _number(trend, "med", "p(50)")
    tail = {}
    for key in trend:
        found = _PERCENTILE.fullmatch(key)
        value = _number(trend, key) if found and found[1] != "50" else None
        if found and value is not None and value > 0:
            tail[f"p{found[1]}"] = value * _MS
    latency = median * _MS if median is not None and median > 0 else None
    tail = tail if latency is not None else {}
    return Load(name, latency, tail, requests_per_second=requests_per_second, error_rate=error_rate)


def _number(values: Mapping[str, Any] | None, *keys: str) -> float | None:
    for key in keys:
        value = (values or {}).get(key)
        if value is not None:
            if not _is_number(value):
                raise ValueError(f"'{key}' is {value!r:.40} where a number is needed")
            return float(value)
    return None


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**64


def _is_summary(content: Any) -> bool:  # noqa: ANN401 - any JSON value
    if not isinstance(content, dict):
        return False
    results = content.get("results")
    if isinstance(results, dict):
        return isinstance(results.get("metrics"), list) and "checks" in results
    metrics = content.get("metrics")
    return isinstance(metrics, dict) and isinstance(metrics.get("iterations", metrics.get("vus")), dict)


def _recognises(source: Source) -> bool:
    return is_points(source) or (source.is_json() and _is_summary(source.json()))


IMPORTER = Importer(
    name="k6",
    title="k6: summaries, points",
    versions="`--summary-export` (0.54 and others), `handleSummary`, `--out json`; the machine-readable 1.0.0 by its "
    "source",
    reads="`http_req_duration` (median and percentiles), `http_reqs`, `http_req_failed`, also by tags; `checks`; gRPC; "
    "custom trends of time; of points each request by method and name",
    replicates="each file is one process: a test is one replicate",
    unit="milliseconds, as seconds; 1/s; share from 0 to 1",
    lost="phases of a request, iterations, data volumes, thresholds",
    recognises=_recognises,
    parse=parse_k6,
)
