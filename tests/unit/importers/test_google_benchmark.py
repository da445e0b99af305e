import copy
import json
from pathlib import Path

import pytest

from pytest_perfgate.importers import LOCATION_PART, Source
from pytest_perfgate.importers.google_benchmark import parse_google_benchmark
from pytest_perfgate.model import Direction
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "google-benchmark"
RAW, AGGREGATES, OLD = (
    json.loads((FOLDER / name).read_text(encoding="utf-8"))
    for name in ("1.7.1.json", "1.7.1-aggregates.json", "1.4-generated.json")
)
SORT = "b::Sort/64/repeats:3"


def parse(content, **settings):
    (execution,) = parse_google_benchmark(Source.of_text(json.dumps(content)), settings)
    return execution


def sample(execution, name, metric):
    return next(one for one in execution.samples if one.benchmark == name and one.metric.name == metric)


def entries(content, name, kind="iteration"):
    return [one for one in content["benchmarks"] if one["run_name"] == name and one["run_type"] == kind]


def test_repetitions_are_the_values_of_one_process_and_aggregates_are_none():
    found = sample(parse(RAW), SORT, "execution_time")
    repetitions = entries(RAW, "Sort/64/repeats:3")
    assert found.values == pytest.approx([one["real_time"] * 1e-9 for one in repetitions])
    assert found.process == 0
    assert found.iterations == repetitions[0]["iterations"]


def test_bytes_per_second_are_better_when_higher():
    found = sample(parse(RAW), SORT, "throughput_bytes")
    assert found.metric == THROUGHPUT_BYTES
    assert found.values == tuple(one["bytes_per_second"] for one in entries(RAW, "Sort/64/repeats:3"))
    assert found.location > sorted(found.values)[1]


def test_the_time_unit_is_that_of_the_entry():
    (entry,) = entries(RAW, "Copy/real_time")
    assert entry["time_unit"] == "ms"
    assert sample(parse(RAW), "b::Copy/real_time", "execution_time").values == (entry["real_time"] * 1e-3,)


def test_what_failed_is_left_out_with_its_message_and_is_no_time_of_zero():
    found = parse(RAW)
    assert "b::Fails" not in {one.benchmark for one in found.samples}
    assert "'b::Fails' failed or was skipped: no file \"x\"" in found.warnings


def test_when_everything_failed_nothing_is_read():
    only = [one for one in RAW["benchmarks"] if one["name"] == "Fails"]
    with pytest.raises(ValueError, match="every benchmark failed or was skipped, such as 'Fails': no file"):
        parse({**RAW, "benchmarks": only})


def test_complexity_is_no_measurement():
    assert not any(one.benchmark.endswith(("::On", "BigO", "RMS")) for one in parse(RAW).samples)


def test_aggregates_alone_are_known_by_their_median_and_another_environment():
    found = parse(AGGREGATES)
    (median,) = [
        one for one in entries(AGGREGATES, "Sort/64/repeats:3", "aggregate") if one["name"].endswith("_median")
    ]
    assert sample(found, SORT, "execution_time").location == pytest.approx(median["real_time"] * 1e-9)
    assert found.environment[LOCATION_PART] == "median"
    assert parse(RAW).environment[LOCATION_PART] == ""


def test_a_benchmark_of_aggregates_among_others_is_named():
    mixed = {**RAW, "benchmarks": RAW["benchmarks"] + entries(AGGREGATES, "Sort/1024/repeats:3", "aggregate")}
    assert parse(mixed).environment[LOCATION_PART] == "median of Sort/1024/repeats:3"


def test_an_old_file_without_run_type_keeps_aggregates_and_repetitions_apart():
    found = sample(parse(OLD), "Sort/64", "execution_time")
    assert found.values == pytest.approx((310.5e-9, 312.5e-9))
    assert {one.benchmark for one in parse(OLD).samples} == {"Sort/64"}


def test_a_counter_of_which_nobody_says_what_is_better_is_left_out_and_told():
    found = parse(RAW)
    assert {one.metric.name for one in found.samples} == {
        "execution_time",
        "cpu_time",
        "throughput_bytes",
        "throughput_elements",
    }
    assert any("the counters 'misses', 'rate'; name them in 'lower_is_better'" in line for line in found.warnings)


def test_a_counter_keeps_its_name_and_goes_the_way_that_is_set():
    found = parse(RAW, higher_is_better=("ra*",), lower_is_better=("misses",))
    assert sample(found, "b::Copy/real_time", "rate").metric.direction is Direction.HIGHER_IS_BETTER
    assert sample(found, "b::Copy/real_time", "misses").metric.direction is Direction.LOWER_IS_BETTER
    assert sample(found, "b::Copy/real_time", "misses").values == (3.0,)
    assert not any("left out since" in line for line in found.warnings)


def test_a_counter_called_as_a_metric_of_ours_is_not_mistaken_for_it():
    content = copy.deepcopy(RAW)
    entries(content, "Copy/real_time")[0]["rss"] = 7.0
    found = parse(content, lower_is_better=("rss",))
    assert sample(found, "b::Copy/real_time", "rss_counter").metric.unit == "1"


def test_two_programs_with_a_benchmark_of_one_name_are_told_apart():
    other = copy.deepcopy(RAW)
    other["context"]["executable"] = "C:\\build\\other.exe"
    assert sample(parse(other), "other::Sort/64/repeats:3", "execution_time").metric == EXECUTION_TIME


def test_what_makes_times_doubtful_is_told():
    assert any("built for debugging" in line for line in parse(RAW).warnings)
    assert any("free to change" in line for line in parse(OLD).warnings)
