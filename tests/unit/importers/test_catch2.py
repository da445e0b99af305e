from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import LOCATION_PART, Source
from pytest_perfgate.importers.catch2 import parse_catch2

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "catch2"
OLD = (FOLDER / "2.13.10.xml").read_text(encoding="utf-8")
NEW = (FOLDER / "3.7-generated.xml").read_text(encoding="utf-8")


def parse(text):
    (execution,) = parse_catch2(Source.of_text(text, "out.xml"), {})
    return execution


@pytest.mark.parametrize("text", [OLD, NEW], ids=["2.13", "3.7"])
def test_a_benchmark_is_named_by_its_test_case_and_sections(text):
    assert [one.benchmark for one in parse(text).samples] == [
        "Sort/small <10>/sort 10",
        "Sort/large/sort 1000",
        "Sort/large/sort 10",
    ]


def test_the_mean_is_nanoseconds_and_another_environment():
    found = parse(OLD)
    assert [one.location for one in found.samples] == pytest.approx([39.3096e-9, 10840.5e-9, 52.2444e-9])
    assert found.environment[LOCATION_PART] == "mean"


def test_the_version_is_told_since_3():
    assert parse(NEW).tool_version == "3.7.0"
    assert parse(OLD).tool_version == ""


def test_what_throws_is_left_out_and_told():
    assert parse(OLD).warnings == ("'Fails/throws' failed and is left out",)
    alone = '<Catch name="b"><BenchmarkResults name="x"><failed message="no"/></BenchmarkResults></Catch>'
    with pytest.raises(ValueError, match="every benchmark failed, such as 'x'"):
        parse(alone)


def test_two_benchmarks_of_one_name_in_one_section_are_refused():
    with pytest.raises(ValueError, match="'Sort/large/sort 10' stands in it twice"):
        parse(OLD.replace('"sort 1000"', '"sort 10"'))


def test_entities_are_refused_before_they_are_read():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + OLD.partition("?>")[2]
    with pytest.raises(ForeignFileError, match="it declares entities"):
        parse(bomb)


def test_a_file_that_is_cut_off_is_an_error_with_its_place():
    with pytest.raises(ForeignFileError, match=r"out.xml.*line 10, column.*no complete XML"):
        parse("\n".join(OLD.split("\n")[:9]) + "\n")


def test_sections_without_end_are_an_error_not_a_crash():
    deep = "<Catch name='x'>" + "<Section name='s'>" * 3000 + "<BenchmarkResults name='b'/>" + "</Section>" * 3000
    with pytest.raises(ForeignFileError, match="nested too deep"):
        parse(f"{deep}</Catch>")


def test_a_mean_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="'Sort/small <10>/sort 10' has the mean '39,3', which is no number"):
        parse(OLD.replace('value="39.3096"', 'value="39,3"'))
