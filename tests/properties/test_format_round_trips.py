"""Any names and any numbers, written as each tool writes them, are read as they were."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_perfgate.importers import Source
from pytest_perfgate.importers.importer import effective_settings
from pytest_perfgate.importers.registry import Registry, built_in

REGISTRY = Registry(built_in())
printable = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=200)
rust = st.from_regex(r"[a-z_][a-z0-9_]*(::[a-z_][a-z0-9_]*)?", fullmatch=True)
nanoseconds = st.floats(0.01, 1e12)


def nanobench(name, ns):
    return json.dumps({"results": [{"name": name, "median(elapsed)": ns * 1e-9, "measurements": []}]})


def vitest(name, ns):
    group = {"fullName": name, "benchmarks": [{"name": "b", "mean": ns * 1e-6, "samples": []}]}
    return json.dumps({"files": [{"filepath": "/x", "groups": [group]}]})


def tinybench(name, ns):
    return json.dumps([{"name": name, "result": {"latency": {"mean": ns * 1e-6, "samples": [ns * 1e-6]}}}])


def benchmark_js(name, ns):
    return json.dumps([{"name": name, "stats": {"rme": 1, "mean": ns * 1e-9, "sample": [ns * 1e-9] * 3}}])


def codspeed(name, ns):
    stats = {"q1_ns": ns, "rounds": 3}
    benchmark = {"name": "x", "uri": f"file.py::{name}", "stats": stats}
    return json.dumps({"creator": {"name": "c"}, "instrument": {"type": "walltime"}, "benchmarks": [benchmark]})


def bmf(name, ns):
    return json.dumps({name: {"latency": {"value": ns}}}, ensure_ascii=False)


def custom_json(name, ns):
    return json.dumps([{"name": name, "unit": "ns/iter", "value": ns}])


def data_js(name, ns):
    entry = {"commit": {"id": "a"}, "date": 1e12, "benches": [{"name": name, "unit": "us", "value": ns / 1000}]}
    return f"window.BENCHMARK_DATA = {json.dumps({'lastUpdate': 1, 'entries': {'x': [entry]}})}"


def locust(name, ns):
    columns = ("Type", "Name", "Request Count", "Failure Count", "Average Response Time", "Requests/s")
    out = io.StringIO()
    csv.writer(out).writerows([columns, ("GET", name, 5, 0, ns * 1e-6, 3.0)])
    return out.getvalue()


def k6(name, ns):
    tags = {"name": name}
    points = [("http_reqs", 1.0), ("http_req_duration", ns * 1e-6), ("http_req_failed", 0)]
    lines = [
        {"metric": m, "type": "Point", "data": {"time": "2026-03-01T12:00:00Z", "value": v, "tags": tags}}
        for m, v in points
    ]
    return "\n".join(map(json.dumps, lines))


WRITERS = {
    "nanobench": (nanobench, "{}"),
    "vitest": (vitest, "{} > b"),
    "tinybench": (tinybench, "{}"),
    "benchmarkjs": (benchmark_js, "{}"),
    "codspeed": (codspeed, "file.py::{}"),
    "bmf": (bmf, "{}"),
    "github-action-benchmark, custom": (custom_json, "{}"),
    "github-action-benchmark, history": (data_js, "{}"),
    "locust": (locust, "GET {}"),
    "k6": (k6, "{}"),
}


def read(name, text):
    importer = REGISTRY.recognise(Source.of_text(text))
    assert importer.name == name.partition(",")[0]
    (execution,) = importer.parse(Source.of_text(text), effective_settings(importer, {}, {}))
    return execution.samples[0]


@pytest.mark.parametrize("name", WRITERS)
@settings(deadline=None, max_examples=25)
@given(benchmark=printable.filter(lambda text: " - " not in text and text.strip() == text), ns=nanoseconds)
def test_any_name_and_any_time_is_known_and_read_as_it_was(name, benchmark, ns):
    write, pattern = WRITERS[name]
    sample = read(name, write(benchmark, ns))
    assert sample.benchmark == pattern.replace("{}", benchmark)
    assert sample.location == pytest.approx(ns * 1e-9)


@settings(deadline=None)
@given(rust, st.floats(0.01, 1e12))
def test_any_line_of_libtest_is_read_as_it_was(benchmark, ns):
    sample = read(
        "libtest", f"running 1 test\ntest {benchmark} ... bench: {ns:>15,.2f} ns/iter (+/- {ns:,.2f}) = 3 MB/s\n"
    )
    assert sample.benchmark == benchmark
    assert sample.location == pytest.approx(float(f"{ns:.2f}") * 1e-9)


@settings(deadline=None)
@given(printable.filter(lambda text: text.strip() == text), st.floats(0.01, 1e12))
def test_any_line_of_benchmark_js_is_read_as_it_was(benchmark, rate):
    text = f"{rate:,.2f}" if rate < 100 else f"{rate:,.0f}"
    sample = read("benchmarkjs", f"{benchmark} x {text} ops/sec ±0.50% (90 runs sampled)\n")
    assert sample.benchmark == benchmark
    assert sample.location == float(text.replace(",", ""))


@settings(deadline=None)
@given(rust, st.integers(0, 2**63), st.integers(0, 2**63), st.sampled_from(["Left", "Both"]), st.booleans())
def test_any_count_of_gungraun_is_the_new_one(benchmark, new, old, side, wrapped):
    new, old = ({"Int": new}, {"Int": old}) if wrapped else (new, old)
    metrics = {"Left": new} if side == "Left" else {"Both": [new, old]}
    profile = {"tool": "Callgrind", "summaries": {"total": {"summary": {"Callgrind": {"Ir": {"metrics": metrics}}}}}}
    content = {"module_path": benchmark, "benchmark_file": "x", "benchmark_exe": "x", "id": None, "profiles": [profile]}
    sample = read("gungraun", json.dumps(content))
    assert sample.benchmark == benchmark
    assert sample.location == float(new["Int"] if wrapped else new)
