"""Vitest, tinybench and Benchmark.js."""

import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import LOCATION_PART, Source
from pytest_perfgate.importers.benchmark_js import parse_benchmark_js
from pytest_perfgate.importers.files import open_source
from pytest_perfgate.importers.tinybench import parse_tinybench
from pytest_perfgate.importers.vitest import parse_vitest
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_ELEMENTS
from pytest_perfgate.stats.location import location

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers"
PARSE = {"vitest": parse_vitest, "tinybench": parse_tinybench, "benchmarkjs": parse_benchmark_js}


def read(name):
    path = FOLDER / name
    return PARSE[path.parent.name](open_source(str(path)), {})[0]


def load(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("version", "how"), [("1.6.1", "mean"), ("3.2.7", "median"), ("4.1.12", "median")])
def test_vitest_times_are_milliseconds_and_groups_and_brackets_are_part_of_the_name(version, how):
    execution = read(f"vitest/{version}.json")
    groups = load(f"vitest/{version}.json")["files"][0]["groups"]
    assert execution.environment[LOCATION_PART] == how
    assert [s.benchmark for s in execution.samples] == [
        "b/sort.bench.js > sort > normal [10]",
        "b/sort.bench.js > sort > inner > normal [10]",
    ]
    assert execution.samples[0].location == pytest.approx(groups[1]["benchmarks"][0][how] / 1000)
    assert execution.samples[0].metric == EXECUTION_TIME
    assert execution.warnings == ("'b/sort.bench.js > throws' has no times (it threw?) and is left out",)


def test_vitest_samples_are_taken_where_all_benchmarks_have_them():
    content = load("vitest/4.1.12.json")
    first, second = (group["benchmarks"][0] for group in content["files"][0]["groups"][1:])
    first["samples"] = [0.001, 0.002, 0.003]
    assert parse_vitest(Source.of_text(json.dumps(content)), {})[0].environment[LOCATION_PART] == "median"
    second["samples"] = [0.004]
    execution = parse_vitest(Source.of_text(json.dumps(content)), {})[0]
    assert execution.environment[LOCATION_PART] == ""
    assert execution.samples[0].values == pytest.approx((1e-6, 2e-6, 3e-6))


@pytest.mark.parametrize("version", ["2.9.0", "5.1.0", "6.2.4-samples"])
def test_tinybench_samples_are_values_of_one_process_in_every_version(version):
    execution = read(f"tinybench/{version}.json")
    result = load(f"tinybench/{version}.json")[0]["result"]
    samples = [value / 1000 for value in result.get("latency", result)["samples"]]
    assert execution.samples[0].benchmark == "array [3]"
    assert execution.samples[0].values == pytest.approx(samples)
    assert execution.samples[0].location == pytest.approx(location(samples))
    assert {s.process for s in execution.samples} == {0}


def test_tinybench_throughput_is_no_second_measurement_and_a_mean_of_quotients_no_time():
    execution = read("tinybench/6.2.4.json")
    task = load("tinybench/6.2.4.json")[0]
    assert {s.metric for s in execution.samples} == {EXECUTION_TIME}
    assert execution.samples[0].location == pytest.approx(task["latency"]["p50"] / 1000)
    assert 1 / task["throughput"]["mean"] != pytest.approx(task["latency"]["mean"] / 1000, rel=0.05)
    assert execution.environment["runtime"] == "node 20.20.2"
    assert execution.environment[LOCATION_PART] == "median"


def test_a_clock_too_coarse_for_a_function_leaves_its_mean():
    latency = {"mean": 0.0004, "p50": 0, "samples": [0, 0, 0, 1]}
    tasks = [{"name": "fast", "result": {"latency": latency, "period": 0.0004}}]
    execution = parse_tinybench(Source.of_text(json.dumps(tasks)), {})[0]
    assert execution.environment[LOCATION_PART] == "mean"
    assert execution.samples[0].location == pytest.approx(4e-7)
    latency["mean"] = 0
    with pytest.raises(ValueError, match="'fast' has neither values nor"):
        parse_tinybench(Source.of_text(json.dumps(tasks)), {})


def test_the_same_name_twice_is_refused():
    tasks = load("tinybench/6.2.4.json")
    with pytest.raises(ValueError, match=r"'array \[3\]' stands in it twice"):
        parse_tinybench(Source.of_text(json.dumps(tasks * 2)), {})


@pytest.mark.parametrize("name", ["2.1.4-suite", "2.1.4-list"])
def test_benchmark_js_samples_are_seconds_of_an_operation(name):
    execution = read(f"benchmarkjs/{name}.json")
    first = execution.samples[1]
    stats = load("benchmarkjs/2.1.4-list.json")[1]["stats"]
    assert first.benchmark == "String#indexOf [a, b]"
    assert first.values == tuple(stats["sample"])
    assert first.metric == EXECUTION_TIME
    assert execution.warnings == ("'broken' has no sample (it threw?) and is left out",)


def test_benchmark_js_lines_are_rates_that_are_better_when_higher():
    execution = read("benchmarkjs/2.1.4.txt")
    assert [(s.benchmark, s.location) for s in execution.samples] == [
        ("RegExp#test", 18_593_718),
        ("String#indexOf [a, b]", 323_260_109),
        ("slow thing", 198),
    ]
    assert {s.metric for s in execution.samples} == {THROUGHPUT_ELEMENTS}
    assert execution.environment[LOCATION_PART] == "mean"


def test_an_x_in_a_name_and_decimals_are_read_and_another_locale_is_refused():
    text = "[json] parse x 12 ops/sec ±1.70% (69 runs sampled)\nmatrix 3 x 4 x 81.61 ops/sec ±1.70% (69 runs sampled)\nonce x 0.02 ops/sec ±0% (1 run sampled)\n"
    samples = parse_benchmark_js(Source.of_text(text), {})[0].samples
    assert [(s.benchmark, s.location) for s in samples] == [
        ("[json] parse", 12),
        ("matrix 3 x 4", 81.61),
        ("once", 0.02),
    ]
    with pytest.raises(ForeignFileError, match=r"'x', line 2: '1.234.567' is no number such as '1,234.5'"):
        parse_benchmark_js(Source.of_text("\na x 1.234.567 ops/sec ±1% (9 runs sampled)", "x"), {})
