"""Writes small trees and streams as Criterion and cargo-criterion do, after their published sources.

Everything from here is generated, and says so in its fixture's name; the real tree is that of 0.3.6.
"""

import json
import os
import re
import struct
from pathlib import Path

_FORBIDDEN = re.compile(r'[?"/\\*<>:|^]')
_LONGEST = 64


def folder_of(*parts):
    """Criterion's name of a folder: freed of what file systems do not take, each part cut at 64 bytes."""
    return "/".join(_cut(_FORBIDDEN.sub("_", part)) for part in parts if part is not None)


def _cut(text):
    raw = text.encode()[:_LONGEST]
    return raw.decode("utf-8", "ignore")


def counts(mode, samples=20, step=100):
    return [float(step * (number + 1) if mode == "Linear" else step) for number in range(samples)]


def totals(per_iteration_ns, iterations):
    """Times that grow with the iterations, with a ripple of 1 %."""
    return [per_iteration_ns * count * (1 + 0.01 * (number % 5)) for number, count in enumerate(iterations)]


def result(
    group,
    function=None,
    value=None,
    *,
    ns=100.0,
    mode="Linear",
    throughput=None,
    version="0.5",
    unit="ns",
    raw_csv=None,
    place="new",
    folder=None,
):
    """The files of one result, by path; `version` decides their form."""
    old = version in {"0.2", "0.3.2"}
    parts = [part for part in (group, function, value) if part is not None]
    folder = folder or folder_of(group, function, value)
    iterations = counts(mode)
    times = totals(ns, iterations)
    averages = sorted(total / count for total, count in zip(times, iterations, strict=True))
    median = averages[len(averages) // 2]
    identity = {
        "group_id": group,
        "function_id": function,
        "value_str": value,
        "throughput": throughput,
        "full_id": "/".join(parts),
        "directory_name": folder,
    }
    if not old:
        identity["title"] = "/".join(parts)[:100]
    sample = [iterations, times] if old else {"sampling_mode": mode, "iters": iterations, "times": times}
    low, high = averages[0], averages[-1]
    files = {
        "tukey.json": [low * 0.9, low * 0.95, high * 1.05, high * 1.1],
        "sample.json": sample,
        "estimates.json": _estimates(median, slope=None if mode == "Flat" else median, capitals=old),
        "benchmark.json": identity,
    }
    texts = {f"{folder}/{place}/{name}": json.dumps(content) for name, content in files.items()}
    if raw_csv if raw_csv is not None else version.startswith(("0.2", "0.3")):
        write_csv = _raw_csv_02 if version == "0.2" else _raw_csv
        texts[f"{folder}/{place}/raw.csv"] = write_csv((group, function, value), throughput, unit, iterations, times)
    return texts


def _estimates(median, *, slope, capitals):
    one = lambda point: {
        "confidence_interval": {"confidence_level": 0.95, "lower_bound": point * 0.99, "upper_bound": point * 1.01},
        "point_estimate": point,
        "standard_error": point * 0.001,
    }
    names = {"mean": median * 1.005, "median": median, "median_abs_dev": median * 0.01, "std_dev": median * 0.01}
    found = {name: one(point) for name, point in names.items()}
    found["slope"] = None if slope is None else one(slope)
    if capitals:
        found = {"".join(part.title() for part in name.split("_")): one for name, one in found.items()}
    return found


def _raw_csv_02(parts, _throughput, _unit, iterations, times):
    rows = ["group,function,value,sample_time_nanos,iteration_count"]
    rows += [f"{_cells(parts)},{time},{count:.0f}" for time, count in zip(times, iterations, strict=True)]
    return "\n".join(rows) + "\n"


def _cells(parts):
    return ",".join(f'"{part}"' if part and "," in part else part or "" for part in parts)


def _raw_csv(parts, throughput, unit, iterations, times):
    kind, amount = next(iter((throughput or {"": ""}).items()))
    rows = ["group,function,value,throughput_num,throughput_type,sample_measured_value,unit,iteration_count"]
    rows += [
        f"{_cells(parts)},{amount},{kind.lower()},{time},{unit},{count:.0f}"
        for time, count in zip(times, iterations, strict=True)
    ]
    return "\n".join(rows) + "\n"


def message(name, *, ns=100.0, mode="Linear", unit="ns", throughput=()):
    """One line of `cargo criterion --message-format=json`."""
    iterations = counts(mode)
    one = {"estimate": ns, "lower_bound": ns * 0.99, "upper_bound": ns * 1.01, "unit": unit}
    return json.dumps(
        {
            "reason": "benchmark-complete",
            "id": name,
            "report_directory": f"/home/x/target/criterion/reports/{folder_of(name)}",
            "iteration_count": [int(count) for count in iterations],
            "measured_values": totals(ns, iterations),
            "unit": unit,
            "throughput": [{"per_iteration": amount, "unit": kind} for kind, amount in throughput],
            "typical": one,
            "mean": one,
            "median": one,
            "median_abs_dev": one,
            "slope": one if mode == "Linear" else None,
            "change": {"mean": {**one, "unit": "%"}, "median": {**one, "unit": "%"}, "change": "NoChange"},
        }
    )


def data_record(group, function=None, value=None, *, ns=100.0, throughput=None, when="2026-03-01T12:00:00.123456789Z"):
    """The files of one benchmark in cargo-criterion's data folder."""
    folder = f"main/{folder_of(group, function, value)}"
    iterations = counts("Linear")
    times = totals(ns, iterations)
    newest = "measurement_260301120000.cbor"
    record = {
        "id": {"group_id": group, "function_id": function, "value_str": value, "throughput": throughput},
        "latest_record": newest,
    }
    statistics = {
        "datetime": when,
        "iterations": iterations,
        "values": times,
        "avg_values": [time / count for time, count in zip(times, iterations, strict=True)],
        "estimates": _estimates(ns, slope=ns, capitals=False),
        "throughput": throughput,
        "changes": None,
        "change_direction": None,
        "history_id": None,
        "history_description": None,
    }
    older = {**statistics, "values": [time * 3 for time in times]}
    return {
        f"{folder}/benchmark.cbor": cbor(record),
        f"{folder}/{newest}": cbor(statistics),
        f"{folder}/measurement_260201120000.cbor": cbor(older),
    }


def cbor(value):
    """As serde_cbor writes it."""
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(cbor(item) for item in value)
    pairs = (cbor(key) + cbor(item) for key, item in value.items())
    return _head(5, len(value)) + b"".join(pairs)


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    length = next(size for size in (1, 2, 4, 8) if number < 256**size)
    return bytes([major << 5 | 24 + length.bit_length() - 1]) + number.to_bytes(length, "big")


def write(folder, files, *, at=None):
    """Write the files below `folder`; `at`: when they were written, in seconds, benchmark.json a moment later."""
    for path, content in files.items():
        target = Path(folder) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        if at is not None:
            os.utime(target, (at, at + (0.05 if path.endswith("benchmark.json") else 0)))
    return folder
