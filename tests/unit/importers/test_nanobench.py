import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import LOCATION_PART, Source
from pytest_perfgate.importers.nanobench import parse_nanobench
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES, THROUGHPUT_ELEMENTS
from pytest_perfgate.stats.location import location

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "nanobench"
FILE = json.loads((FOLDER / "4-generated.json").read_text(encoding="utf-8"))


def parse(*results, counters=()):
    return parse_nanobench(Source.of_text(json.dumps({"results": results})), {"counters": counters})[0]


def test_epochs_are_values_of_one_process_and_not_divided_by_iterations_again():
    execution = parse(*FILE["results"])
    sample = execution.samples[0]
    epochs = [one["elapsed"] for one in FILE["results"][0]["measurements"]]
    assert sample.metric == EXECUTION_TIME
    assert sample.values == tuple(epochs)
    assert sample.location == location(epochs)
    # The template's own total shows what `elapsed` is.
    total = sum(one["elapsed"] * one["iterations"] for one in FILE["results"][0]["measurements"])
    assert FILE["results"][0]["totalTime"] == pytest.approx(total)
    assert sample.iterations == 1050
    assert {one.process for one in execution.samples} == {0}


def test_the_title_is_part_of_the_name_and_the_default_title_is_none():
    names = dict.fromkeys(sample.benchmark for sample in parse(*FILE["results"]).samples)
    assert list(names) == ["x += x", "random number generators/std::mt19937", "copy/memcpy 4 KiB"]


def test_a_batch_is_throughput_in_its_unit_and_the_time_stays_that_of_an_iteration():
    rates = {s.benchmark: s for s in parse(*FILE["results"]).samples if s.metric.unit.endswith("/s")}
    numbers, copied = rates["random number generators/std::mt19937"], rates["copy/memcpy 4 KiB"]
    assert numbers.metric == THROUGHPUT_ELEMENTS
    assert copied.metric == THROUGHPUT_BYTES
    assert copied.values[0] == pytest.approx(4096 / FILE["results"][2]["measurements"][0]["elapsed"])
    assert "x += x" not in rates


def test_a_template_without_measurements_has_the_median_and_says_so():
    plain = {key: value for key, value in FILE["results"][0].items() if key != "measurements"}
    execution = parse(plain)
    assert execution.environment[LOCATION_PART] == "median"
    assert execution.samples[0].location == plain["median(elapsed)"]
    both = parse(plain, FILE["results"][1])
    assert both.environment[LOCATION_PART] == "median"  # the same statistic for all


def test_counters_are_kept_where_they_are_asked_for_and_the_machine_has_them():
    counted = [{**one, "instructions": 7.0 + index} for index, one in enumerate(FILE["results"][0]["measurements"])]
    result = {**FILE["results"][0], "measurements": counted}
    kept = {s.metric.name: s for s in parse(result, counters=("instructions", "branchmisses")).samples}
    assert kept.keys() == {"execution_time", "instructions"}  # every epoch has no branch missed: there is no counter
    assert kept["instructions"].values == tuple(one["instructions"] for one in counted)
    assert kept["instructions"].metric.unit == "1"
    assert {s.metric.name for s in parse(result).samples} == {"execution_time"}
    with pytest.raises(ValueError, match="'counters' names 'branches'; there are: instructions, branchinstructions"):
        parse(result, counters=("branches",))


def test_a_name_with_a_quote_makes_no_json_and_the_place_is_named():
    text = json.dumps({"results": FILE["results"]}, indent=1).replace("x += x", 'say "hi"')
    with pytest.raises(ForeignFileError, match=r"line 5, column \d+: not valid JSON"):
        parse_nanobench(Source.of_text(text), {"counters": ()})
