import copy
import json
from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import Source
from pytest_perfgate.importers.jmh import parse_jmh
from pytest_perfgate.model import Direction
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_ELEMENTS

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "jmh"
RESULTS = json.loads((FOLDER / "1.37-generated.json").read_text(encoding="utf-8"))
OLD = json.loads((FOLDER / "1.21-generated.json").read_text(encoding="utf-8"))
SORT = "org.example.Shop.sort"


def parse(content):
    (execution,) = parse_jmh(Source.of_text(json.dumps(content)), {})
    return execution


def of(name, metric, content=RESULTS):
    return [one for one in parse(content).samples if one.benchmark == name and one.metric.name == metric]


def changed(index, **metric):
    content = copy.deepcopy(RESULTS)
    content[index]["primaryMetric"].update(metric)
    return content


def test_throughput_is_better_when_higher_and_in_operations_per_second():
    found = of(f"{SORT}:thrpt(size=10)", "throughput_elements")
    assert found[0].metric == THROUGHPUT_ELEMENTS
    assert found[0].values == pytest.approx([5.1e6, 5.2e6, 5.25e6])
    assert found[0].location > 5.2e6


def test_each_fork_is_a_process_and_its_iterations_are_the_values():
    raw = RESULTS[2]["primaryMetric"]["rawData"]
    found = of(f"{SORT}:avgt(size=10)", "execution_time")
    assert [one.process for one in found] == [0, 1]
    assert [one.values for one in found] == [pytest.approx([value * 1e-6 for value in fork]) for fork in raw]
    assert found[0].metric == EXECUTION_TIME


def test_parameters_modes_and_threads_are_part_of_the_name():
    assert {one.benchmark for one in parse(RESULTS).samples} == {
        f"{SORT}:thrpt(size=10)",
        f"{SORT}:thrpt(size=1000)",
        f"{SORT}:avgt(size=10)",
        f"{SORT}:avgt(size=1000)",
        f"{SORT}:sample(size=1000)",
        f"{SORT}:ss(size=1000)",
        "org.example.Shop.group:thrpt(threads=4)",
    }


def test_calls_that_are_counted_by_their_time_weigh_as_often_as_they_were_seen():
    found = of(f"{SORT}:sample(size=1000)", "execution_time")
    first = found[0]
    seen = {10.7: 40, 10.8: 60, 10.9: 55, 11.1: 30, 40.2: 5}
    assert len(first.values) == 100
    assert first.location == pytest.approx(10.7e-6)  # more than a tenth of the calls took 10.7 us
    for value, count in seen.items():
        share = sum(one == pytest.approx(value * 1e-6) for one in first.values) / 100
        assert share == pytest.approx(count / 190, abs=0.011)


def test_a_fork_of_few_calls_keeps_each_of_them():
    content = changed(4, rawDataHistogram=[[[[10.0, 1], [12.0, 2]]], [[[11.0, 1]]]])
    assert [one.values for one in of(f"{SORT}:sample(size=1000)", "execution_time", content)] == [
        pytest.approx((10e-6, 12e-6, 12e-6)),
        pytest.approx((11e-6,)),
    ]


def test_millions_of_calls_are_read_without_listing_them():
    content = changed(4, rawDataHistogram=[[[[10.0, 2 * 10**9], [12.0, 10**9]]]])
    (found,) = of(f"{SORT}:sample(size=1000)", "execution_time", content)
    assert len(found.values) == 100
    assert sum(value > 11e-6 for value in found.values) == 33


def test_secondary_metrics_have_their_unit_and_direction():
    name = "org.example.Shop.group:thrpt(threads=4)"
    (get, _) = of(name, "get")
    assert (get.metric.unit, get.metric.direction) == ("1/s", Direction.HIGHER_IS_BETTER)
    assert get.values == pytest.approx([6.0e6, 6.1e6, 6.2e6])
    allocated = of(f"{SORT}:thrpt(size=10)", "allocated_bytes")
    assert [one.metric.unit for one in allocated] == ["B", "B"]


def test_what_is_neither_better_nor_worse_when_there_is_more_of_it_is_not_judged():
    assert {one.metric.name for one in parse(RESULTS[:1]).samples} == {"throughput_elements", "allocated_bytes"}


def test_a_profiler_that_saw_nothing_is_left_out_not_read_as_zero():
    content = copy.deepcopy(RESULTS[:1])
    content[0]["secondaryMetrics"]["gc.alloc.rate.norm"]["rawData"] = [["NaN"], [4016.0]]
    assert of(f"{SORT}:thrpt(size=10)", "allocated_bytes", content) == []


def test_the_dot_before_an_old_profilers_name_is_no_part_of_it():
    assert of(f"{SORT}:avgt", "allocated_bytes", OLD)


def test_a_score_that_is_no_number_is_refused_with_the_benchmark():
    with pytest.raises(ValueError, match=r"'org.example.Shop.sort:avgt\(size=10\)' has a score of 'NaN'"):
        parse(changed(2, rawData=[[0.1, "NaN"]]))


@pytest.mark.parametrize("forks", [[[]], [[0.1], []]])
def test_a_fork_without_iterations_is_refused(forks):
    with pytest.raises(ValueError, match="has a fork without iterations"):
        parse(changed(2, rawData=forks))


def test_without_raw_data_the_option_that_took_it_is_named():
    with pytest.raises(ValueError, match="run it without '-Djmh.json.rawData=false'"):
        parse(changed(2, rawData=[]))


def test_a_unit_that_does_not_fit_the_mode_is_refused():
    with pytest.raises(ValueError, match="has the unit 'ops/s' in mode avgt"):
        parse(changed(2, scoreUnit="ops/s"))


def test_the_same_benchmark_twice_and_two_jvms_in_one_file_are_refused():
    with pytest.raises(ValueError, match="stands in it twice"):
        parse(RESULTS[:1] * 2)
    with pytest.raises(ForeignFileError, match="results of several JVMs"):
        parse([RESULTS[0], {**RESULTS[2], "vmVersion": "21+35"}])


def test_an_empty_list_is_an_error():
    with pytest.raises(ForeignFileError, match="no benchmark was run"):
        parse([])
