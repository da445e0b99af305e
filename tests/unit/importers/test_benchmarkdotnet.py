import copy
import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import Source
from pytest_perfgate.importers.benchmarkdotnet import parse_benchmarkdotnet

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "benchmarkdotnet"
FULL = json.loads((FOLDER / "0.14.0-full-generated.json").read_text(encoding="utf-8"))
(BRIEF_FILE,) = (FOLDER / "0.13.12-brief-generated").iterdir()
BRIEF = json.loads(BRIEF_FILE.read_text(encoding="utf-8"))
SMALL = "Shop.SortBench.Sort(Size: 10)"


def parse(content):
    (execution,) = parse_benchmarkdotnet(Source.of_text(json.dumps(content)), {})
    return execution


def folder(files):
    source = Source.of_files({name: json.dumps(content) for name, content in files.items()})
    (execution,) = parse_benchmarkdotnet(source, {})
    return execution


def times(execution, name=SMALL):
    return [one for one in execution.samples if one.benchmark == name and one.metric.name == "execution_time"]


def test_each_launch_is_a_process_and_its_results_are_the_values():
    found = times(parse(FULL))
    assert [one.process for one in found] == [0, 1]
    assert found[0].values == pytest.approx([310.5e-9, 311.25e-9, 309.75e-9, 312e-9])
    assert found[0].iterations == 4096


def test_warmups_pilots_overhead_and_unadjusted_values_are_left_out():
    assert sum(len(one.values) for one in times(parse(FULL))) == FULL["Benchmarks"][0]["Statistics"]["N"]


def test_nanoseconds_are_those_of_all_operations_and_divided_once():
    content = copy.deepcopy(FULL)
    for one in content["Benchmarks"][0]["Measurements"]:
        one.update(Operations=one["Operations"] * 2, Nanoseconds=one["Nanoseconds"] * 2)
    assert times(parse(content))[0].values == pytest.approx(times(parse(FULL))[0].values)


def test_a_measurement_of_an_old_version_has_one_mode():
    content = copy.deepcopy(FULL)
    for one in content["Benchmarks"][0]["Measurements"]:
        one["IterationMode"] = {"Result": "Result", "Actual": "MainTarget"}.get(one.pop("IterationStage"), "MainWarmup")
    assert times(parse(content)) == times(parse(FULL))


def test_without_measurements_the_values_are_those_of_one_process():
    found = [one for one in parse(BRIEF).samples if one.benchmark.endswith("[Runtime=.NET 8.0]")]
    (only,) = found
    assert only.process == 0
    assert only.values == pytest.approx(
        [value * 1e-9 for value in BRIEF["Benchmarks"][0]["Statistics"]["OriginalValues"]]
    )


def test_parameters_and_runtimes_are_part_of_the_name():
    assert {one.benchmark for one in parse(FULL).samples} == {SMALL, "Shop.SortBench.Sort(Size: 1000)"}
    assert {one.benchmark for one in parse(BRIEF).samples} == {
        f"{SMALL} [Runtime=.NET 8.0]",
        f"{SMALL} [Runtime=.NET 9.0, LaunchCount=2]",
    }


def test_two_results_that_nothing_tells_apart_are_refused():
    with pytest.raises(ValueError, match="stands in it twice"):
        parse({**BRIEF, "Benchmarks": BRIEF["Benchmarks"][:1] * 2})


def test_allocated_bytes_are_counted():
    (found,) = [one for one in parse(FULL).samples if one.benchmark == SMALL and one.metric.name == "allocated_bytes"]
    assert (found.values, found.metric.unit) == ((4024.0,), "B")


def test_what_failed_is_left_out_and_told():
    assert "'Shop.SortBench.Throws' failed and is left out" in parse(FULL).warnings
    with pytest.raises(ForeignFileError, match="every benchmark failed"):
        parse({**FULL, "Benchmarks": FULL["Benchmarks"][2:]})


def test_the_runtime_splits_environments_and_build_numbers_do_not():
    assert parse(FULL).environment == {
        "cpu": "AMD EPYC",
        "cores": "2",
        "os": "Windows 11",
        "architecture": "X64",
        "runtime": ".NET 8.0.11",
    }


def test_a_processor_of_an_old_version_is_an_object():
    host = {**FULL["HostEnvironmentInfo"], "ProcessorName": {"IsValueCreated": True, "Value": "Some CPU"}}
    assert parse({**FULL, "HostEnvironmentInfo": host}).environment["cpu"] == "Some CPU"


def test_a_debug_build_is_told():
    host = {**FULL["HostEnvironmentInfo"], "Configuration": "DEBUG"}
    assert any("built for debugging" in line for line in parse({**FULL, "HostEnvironmentInfo": host}).warnings)


def test_a_folder_is_read_once_per_class_by_its_fullest_report():
    brief = copy.deepcopy(FULL)
    for one in brief["Benchmarks"]:
        del one["Measurements"]
    other = copy.deepcopy(FULL)
    for one in other["Benchmarks"]:
        one["FullName"] = one["FullName"].replace("Sort", "Join")
    names = {"A-report-brief.json": brief, "A-report-full.json": FULL, "B-report-full-compressed.json": other}
    found = folder(names)
    assert len(times(found)) == 2
    assert times(found, "Shop.JoinBench.Join(Size: 10)")


def test_a_folder_of_two_machines_is_refused():
    host = {**FULL["HostEnvironmentInfo"], "ProcessorName": "Another CPU"}
    with pytest.raises(ForeignFileError, match="B-report-full.json': it is of another machine or runtime"):
        folder({"A-report-full.json": FULL, "B-report-full.json": {**FULL, "HostEnvironmentInfo": host}})


@pytest.mark.parametrize("operations", [0, -1, 2**53])
def test_an_iteration_without_operations_is_refused(operations):
    content = copy.deepcopy(FULL)
    content["Benchmarks"][0]["Measurements"][-1]["Operations"] = operations
    with pytest.raises(ValueError, match="has an iteration of no sound number of operations"):
        parse(content)
