import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import LOCATION_PART, Source
from pytest_perfgate.importers.pytest_benchmark import parse_pytest_benchmark
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.stats.location import location

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "pytest-benchmark"
RAW = json.loads((FOLDER / "5.3.1-raw.json").read_text(encoding="utf-8"))
SUMMARY = json.loads((FOLDER / "5.3.1-summary.json").read_text(encoding="utf-8"))


def parse(content):
    return parse_pytest_benchmark(Source.of_text(json.dumps(content)), {})


def test_rounds_are_the_values_of_one_process_and_divided_by_iterations_already():
    (execution,) = parse(RAW)
    assert {sample.process for sample in execution.samples} == {0}
    for sample, entry in zip(execution.samples, RAW["benchmarks"], strict=True):
        assert sample.values == tuple(entry["stats"]["data"])
        assert sample.location == location(entry["stats"]["data"])
        assert entry["stats"]["min"] <= sample.location <= entry["stats"]["median"]
        assert sample.metric == EXECUTION_TIME
        assert sample.iterations == entry["stats"]["iterations"]


def test_parameters_are_part_of_the_name():
    (execution,) = parse(RAW)
    assert [s.benchmark for s in execution.samples] == [
        "test_t.py::test_sort[10]",
        "test_t.py::test_sort[1000]",
        "test_t.py::test_join",
    ]
    assert execution.benchmarks["test_t.py::test_sort[10]"].extra_info == {"size": "10"}
    assert execution.benchmarks["test_t.py::test_join"].group == "text"


def test_without_raw_data_the_lower_quartile_is_the_location_and_another_environment():
    (execution,) = parse(SUMMARY)
    assert [s.location for s in execution.samples] == [entry["stats"]["q1"] for entry in SUMMARY["benchmarks"]]
    assert execution.environment[LOCATION_PART] == "lower quartile"
    assert parse(RAW)[0].environment[LOCATION_PART] == ""


def test_machine_commit_and_time_are_the_files_own():
    (execution,) = parse(RAW)
    assert execution.environment["cpu"] == "Some CPU @ 2.00GHz"
    assert execution.environment["python"].startswith("CPython 3.")
    assert execution.commit.revision == RAW["commit_info"]["id"]
    assert execution.commit.branch == "main"
    assert execution.started_at.isoformat() == "2026-03-01T12:00:00+00:00"
    assert (execution.tool, execution.tool_version) == ("pytest-benchmark", "5.3.1")


@pytest.mark.parametrize("commit", [None, {"id": "unversioned"}, {"id": "unknown", "dirty": False, "error": "x"}])
def test_a_file_without_a_commit_leaves_it_to_git(commit):
    assert parse({**RAW, "commit_info": commit})[0].commit is None


def test_raw_and_summed_up_benchmarks_in_one_file_are_refused():
    mixed = {**RAW, "benchmarks": [RAW["benchmarks"][0], SUMMARY["benchmarks"][1]]}
    with pytest.raises(ForeignFileError, match="some benchmarks have raw data"):
        parse(mixed)


def test_the_same_benchmark_twice_is_refused():
    with pytest.raises(ValueError, match=r"'test_t.py::test_sort\[10\]' stands in it twice"):
        parse({**RAW, "benchmarks": RAW["benchmarks"] * 2})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -1e-6])
def test_what_is_no_time_is_refused_with_the_benchmarks_name(value):
    entry = {**RAW["benchmarks"][0], "stats": {**RAW["benchmarks"][0]["stats"], "data": [1e-6, value]}}
    with pytest.raises(ValueError, match="'test_t.py::test_sort"):
        parse({**RAW, "benchmarks": [entry]})


def test_a_number_as_text_is_refused_with_its_place():
    entry = {**RAW["benchmarks"][1], "stats": {**RAW["benchmarks"][1]["stats"], "mean": "0.5"}}
    with pytest.raises(ForeignFileError, match=r"\$.benchmarks\[1\].stats.mean: a number is needed"):
        parse({**RAW, "benchmarks": [RAW["benchmarks"][0], entry]})


def test_the_folder_of_saved_sessions_is_one_run_per_file():
    text = json.dumps(RAW)
    source = Source.of_files({"Linux/0001_a.json": text, "Linux/0002_b.json": text.replace("12:00:00", "13:00:00")})
    first, second = parse_pytest_benchmark(source, {})
    assert (second.started_at - first.started_at).total_seconds() == 3600


@pytest.mark.parametrize("version", ["3.2.3", "3.4.1", "4.0.0", "5.3.1"])
def test_every_versions_file_tells_values_machine_commit_and_time(version):
    content = json.loads((FOLDER / f"{version}-raw.json").read_text(encoding="utf-8"))
    (execution,) = parse(content)
    assert execution.tool_version == version
    assert [s.values for s in execution.samples] == [tuple(e["stats"]["data"]) for e in content["benchmarks"]]
    assert execution.samples[0].benchmark.endswith("::test_sort[10]")
    assert execution.environment["cpu"] == "Some CPU @ 2.00GHz"
    assert execution.commit.revision == content["commit_info"]["id"]
    assert execution.started_at.isoformat()[:19] == content["datetime"][:19]
    assert execution.started_at.tzinfo is not None


def test_before_version_3_there_were_no_facts_of_the_cpu_and_no_ops():
    machine = {key: value for key, value in RAW["machine_info"].items() if key != "cpu"}
    entries = [
        {**entry, "stats": {key: value for key, value in entry["stats"].items() if key != "ops"}}
        for entry in RAW["benchmarks"]
    ]
    (execution,) = parse({**RAW, "machine_info": {**machine, "processor": "x86"}, "benchmarks": entries})
    assert execution.samples == parse(RAW)[0].samples
    assert execution.environment["cpu"] == "x86"
