from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import Source
from pytest_perfgate.importers.go_test import parse_go_test
from pytest_perfgate.model import Direction
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "go"
TEXT = (FOLDER / "1.27.txt").read_text(encoding="utf-8")
EVENTS = (FOLDER / "1.27-json.json").read_text(encoding="utf-8")
SORT = "example.org/shop.BenchmarkSort/size=10"


def parse(text, **settings):
    (execution,) = parse_go_test(Source.of_text(text), settings)
    return execution


def sample(execution, name, metric):
    return next(one for one in execution.samples if one.benchmark == name and one.metric.name == metric)


def result(line):
    return parse(f"pkg: p\n{line}\n")


def test_counts_are_the_values_of_one_process():
    found = sample(parse(TEXT), SORT, "execution_time")
    assert found.values == pytest.approx((50.45e-9, 204.8e-9, 422.3e-9))
    assert found.metric == EXECUTION_TIME
    assert {one.process for one in parse(TEXT).samples} == {0}


def test_runs_that_were_appended_are_processes():
    found = [one for one in parse(TEXT + TEXT).samples if one.benchmark == SORT and one.metric == EXECUTION_TIME]
    assert [one.process for one in found] == [0, 1]
    assert found[0].values == found[1].values


def test_rates_are_better_when_higher_and_megabytes_are_millions():
    found = sample(parse(TEXT), SORT, "throughput_bytes")
    assert found.metric == THROUGHPUT_BYTES
    assert found.values == pytest.approx((1585.64e6, 390.55e6, 189.42e6))
    assert sample(parse(TEXT), SORT, "items_s").metric.direction is Direction.HIGHER_IS_BETTER


def test_allocations_are_counted_not_timed():
    assert sample(parse(TEXT), SORT, "allocated_bytes").values == (80.0,) * 3
    assert sample(parse(TEXT), SORT, "allocations").values == (1.0,) * 3


def test_lines_of_the_log_are_no_results():
    assert len({one.benchmark for one in parse(TEXT).samples}) == 4


def test_a_line_that_is_cut_into_events_is_one():
    found = parse(EVENTS)
    assert sample(found, SORT, "execution_time").values == pytest.approx((82.15e-9, 893e-9))
    assert found.environment == {"os": "linux", "architecture": "amd64", "cpu": "AMD EPYC"}


def test_events_of_packages_that_run_at_once_are_not_mixed():
    def event(package, output):
        return f'{{"Action":"output","Package":"{package}","Output":"{output}"}}'

    events = [
        event("a", "pkg: a\\n"),
        event("a", "BenchmarkX \\t"),
        event("b", "pkg: b\\n"),
        event("b", "BenchmarkX \\t"),
        event("a", "10\\t 5 ns/op\\n"),
        event("b", "10\\t 7 ns/op\\n"),
    ]
    found = parse("\n".join(events))
    assert [one.benchmark for one in found.samples] == ["a.BenchmarkX", "b.BenchmarkX"]
    assert [one.location for one in found.samples] == pytest.approx([5e-9, 7e-9])


def test_the_number_of_processors_behind_every_name_is_no_part_of_it():
    found = parse("pkg: p\nBenchmarkA-8 10 5 ns/op\nBenchmarkB/n=3-8 10 5 ns/op\n")
    assert {one.benchmark for one in found.samples} == {"p.BenchmarkA", "p.BenchmarkB/n=3"}
    assert found.environment["gomaxprocs"] == "8"


def test_numbers_that_differ_are_a_part_of_the_name():
    found = parse(EVENTS)
    assert {f"{SORT}-2", SORT} <= {one.benchmark for one in found.samples}
    assert "gomaxprocs" not in found.environment


def test_a_unit_of_which_nobody_says_what_is_better_is_left_out_and_told():
    found = parse(TEXT)
    assert "items_op" not in {one.metric.name for one in found.samples}
    (warning,) = found.warnings
    assert "the units 'items/op'; name them in 'lower_is_better' or 'higher_is_better'" in warning
    told = parse(TEXT, lower_is_better=("items/op",))
    assert sample(told, SORT, "items_op").metric.direction is Direction.LOWER_IS_BETTER
    assert told.warnings == ()


def test_a_unit_line_says_what_is_better():
    found = parse("Unit hits better=higher\npkg: p\nBenchmarkA 10 5 ns/op 3 hits\n")
    assert sample(found, "p.BenchmarkA", "hits").metric.direction is Direction.HIGHER_IS_BETTER


def test_a_custom_time_is_a_time_of_its_own_name():
    found = result("BenchmarkA 10 5 ns/op 900 p99-ns/op")
    assert sample(found, "p.BenchmarkA", "p99").values == pytest.approx((900e-9,))
    assert sample(found, "p.BenchmarkA", "p99").metric.unit == "s"


def test_a_custom_unit_called_as_a_metric_of_ours_is_not_mistaken_for_it():
    found = parse("Unit rss better=lower\npkg: p\nBenchmarkA 10 5 ns/op 3 rss\n")
    assert sample(found, "p.BenchmarkA", "rss_custom").metric.unit == "rss"


def test_configuration_lines_are_facts_and_the_machine():
    found = parse("goos: plan9\ncpu: Some CPU\ncommit: abc\npkg: p\nBenchmarkA 10 5 ns/op\n")
    assert (found.environment["os"], found.environment["cpu"]) == ("plan9", "Some CPU")
    assert found.facts == {"commit": "abc"}


def test_a_line_that_is_cut_off_is_an_error_with_its_place():
    with pytest.raises(ForeignFileError, match="line 2: values and units do not pair up"):
        result("BenchmarkA 10 5 ns/op 3")
    with pytest.raises(ForeignFileError, match="line 2: 'x' is no number"):
        result("BenchmarkA 10 5 ns/op x B/op")


def test_what_failed_is_told():
    found = parse("pkg: p\nBenchmarkA 10 5 ns/op\n--- FAIL: BenchmarkB\nFAIL\texample.org/shop\t0.1s\n")
    assert [line.partition("'")[2].partition("'")[0] for line in found.warnings] == ["BenchmarkB", "example.org/shop"]
