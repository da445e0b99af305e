"""k6's data points, `k6 run --out json=FILE`: a JSON text per line, `Metric` or `Point`, for each value of a request.

Seen: users' files of 2022 to 2026 and the documentation. A summary mixes all requests; here each method and name (k6's
tag `name`, the URL unless the script groups URLs) is one kind, told apart by group and scenario, too.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from pytest_perfgate.importers.load_test import Load
from pytest_perfgate.importers.samples import MOST_VALUES
from pytest_perfgate.importers.source import Source

_MS = 1e-3
_DURATION, _REQUESTS, _FAILED = "http_req_duration", "http_reqs", "http_req_failed"
_MARKS = tuple(f'"{name}"' for name in (_DURATION, _REQUESTS, _FAILED))
_TAIL = {"p90": 0.90, "p95": 0.95, "p99": 0.99}


class _Data(Struct):
    time: str
    value: float
    tags: dict[str, str] | None = None


class _Line(Struct):
    type: str
    metric: str
    data: Any = None


class _Kind(Struct):
    latencies: list[float] = field(default_factory=list)
    failed: list[float] = field(default_factory=list)
    requests: float = 0.0


def is_points(source: Source) -> bool:
    """Whether the first lines are metrics or points of k6."""
    if source.is_folder or not source.text().startswith("{"):
        return False
    first = next(iter(source.json_lines()), (0, None))[1] if source.is_json_lines() else None
    return isinstance(first, dict) and {"type", "metric", "data"} <= first.keys()


def read_points(source: Source) -> tuple[datetime | None, list[Load]]:
    """When the first request was made, and the load of each kind of request."""
    kinds: dict[str, _Kind] = {}
    times: list[datetime] = []
    for number, content in source.json_lines(*_MARKS):
        line = source.typed(_Line, content=content)
        if line.type != "Point" or f'"{line.metric}"' not in _MARKS:
            continue
        data = source.typed(_Data, content=line.data if line.data is not None else {})
        kind = kinds.setdefault(_name(data.tags or {}), _Kind())
        if line.metric == _DURATION:
            kind.latencies.append(data.value * _MS)
        elif line.metric == _FAILED:
            kind.failed.append(data.value)
        else:
            kind.requests += data.value
            times.append(_time(data.time, number))
    seconds = (max(times) - min(times)).total_seconds() if times else 0.0
    return min(times, default=None), [_load(name, kind, seconds) for name, kind in kinds.items()]


def _name(tags: dict[str, str]) -> str:
    name = " ".join(part for part in (tags.get("method"), tags.get("name") or tags.get("url")) if part)
    scenario = tags.get("scenario", "default")
    told = [tags.get("group", ""), "" if scenario == "default" else f"scenario {scenario}"]
    return " ".join([name or "requests", *(f"[{part}]" for part in told if part)])


def _load(name: str, kind: _Kind, seconds: float) -> Load:
    import numpy as np

    if not all(map(math.isfinite, kind.latencies)):
        raise ValueError(f"'{name:.200}' has a latency that is no number")
    answered = [value for value in kind.latencies if value > 0]  # what got no answer lasts 0 ms
    if not answered:
        latency, tail, kept = None, {}, []
    else:
        latency, *rest = (float(value) for value in np.quantile(answered, (0.5, *_TAIL.values())))
        tail = dict(zip(_TAIL, rest, strict=True))
        kept = answered[:: max(1, len(answered) // MOST_VALUES)]
    return Load(
        name,
        latency=latency,
        tail=tail,
        requests_per_second=kind.requests / seconds if seconds > 0 and kind.requests > 0 else None,
        error_rate=sum(kind.failed) / len(kind.failed) if kind.failed else None,
        latencies=kept,
    )


def _time(text: str, line: int) -> datetime:
    """RFC 3339 with up to nine decimals, of which Python before 3.11 reads six."""
    whole, dot, rest = text.replace("Z", "+00:00").partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    decimals = rest[:digits][:6].ljust(6, "0")
    try:
        time = datetime.fromisoformat(f"{whole}{dot}{decimals if dot else ''}{rest[digits:]}")
    except ValueError as error:
        raise ValueError(f"line {line}: '{text:.40}' is no time") from error
    if time.tzinfo is None:
        raise ValueError(f"line {line}: '{text:.40}' has no time zone")
    return time
