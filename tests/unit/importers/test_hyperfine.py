import copy
import json
from pathlib import Path

import pytest

from pytest_perfgate.importers import Source
from pytest_perfgate.importers.hyperfine import parse_hyperfine
from pytest_perfgate.model.metric import CPU_USER, EXECUTION_TIME, RSS_PEAK

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "hyperfine"
ONE = json.loads((FOLDER / "1.15.json").read_text(encoding="utf-8"))
TWO = json.loads((FOLDER / "2.0.json").read_text(encoding="utf-8"))


def parse(content):
    (execution,) = parse_hyperfine(Source.of_text(json.dumps(content)), {})
    return execution


def changed(**keys):
    content = copy.deepcopy(ONE)
    content["results"][0].update(keys)
    return content


def test_each_run_is_a_process_not_a_value_of_one():
    times = ONE["results"][0]["times"]
    samples = [sample for sample in parse(ONE).samples if sample.benchmark == "head -c 1000 /dev/zero"]
    assert [(sample.process, sample.values) for sample in samples] == [(n, (time,)) for n, time in enumerate(times)]
    assert {sample.metric for sample in samples} == {EXECUTION_TIME}


def test_means_over_all_runs_are_no_measurement_of_a_run():
    assert not [sample for sample in parse(ONE).samples if sample.metric == CPU_USER]


def test_format_2_has_cpu_time_and_memory_of_each_run():
    found = parse(TWO)
    assert {sample.metric for sample in found.samples} == {EXECUTION_TIME, CPU_USER, RSS_PEAK}
    memory = next(sample for sample in found.samples if sample.metric == RSS_PEAK)
    assert memory.values == (TWO["results"][0]["measurements"][0]["memory_peak_resident"]["value"],)
    assert found.tool_version == "2.0.0"
    assert found.started_at.isoformat() == "2026-11-25T07:47:07+00:00"


def test_a_time_in_another_unit_is_converted():
    content = copy.deepcopy(TWO)
    content["results"][0]["measurements"][0]["time_wall_clock"] = {"value": 4.0, "unit": "ms"}
    assert parse(content).samples[0].location == pytest.approx(0.004)


def test_parameters_that_the_name_hides_are_part_of_it():
    content = copy.deepcopy(ONE)
    for result in content["results"]:
        result["command"] = "head of 10000"
    assert {sample.benchmark for sample in parse(content).samples} == {
        "head of 10000 (n=1000)",
        "head of 10000 (n=2000)",
    }


def test_two_results_that_nothing_tells_apart_are_refused():
    with pytest.raises(ValueError, match=r"'head -c 1000 /dev/zero' stands in it twice"):
        parse({"results": [ONE["results"][0]] * 2})


def test_a_time_of_zero_says_what_makes_it():
    with pytest.raises(ValueError, match="hyperfine subtracts the time that it thinks a shell takes.*'-N'"):
        parse(changed(times=[0.0, 0.001]))


def test_a_command_that_failed_is_told():
    assert parse(ONE).warnings == ()
    (warning,) = parse(changed(exit_codes=[0, 3, 0, None])).warnings
    assert warning.startswith("'head -c 1000 /dev/zero' ended with an error")


def test_without_times_the_summary_is_not_taken_for_a_run():
    with pytest.raises(ValueError, match="has no 'times'"):
        parse(changed(times=None))
