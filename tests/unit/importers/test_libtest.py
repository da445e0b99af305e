from pathlib import Path

import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import LOCATION_PART, Source
from pytest_perfgate.importers.files import open_source
from pytest_perfgate.importers.libtest import parse_libtest
from pytest_perfgate.model.metric import EXECUTION_TIME

FOLDER = Path(__file__).parents[2] / "fixtures" / "importers" / "libtest"


def read(name):
    return parse_libtest(open_source(str(FOLDER / name)), {})[0]


def parse(text):
    return parse_libtest(Source.of_text(text, "bench.txt"), {})[0]


def test_medians_are_nanoseconds_and_say_that_they_are_medians():
    execution = read("rustc-1.95.txt")
    found = {s.benchmark: s.location for s in execution.samples}
    expected = {"tests::tiny": 0.27e-9, "tests::total_100": 165.59e-9, "total_100000": 72005.41e-9}
    assert found == pytest.approx(expected)
    assert execution.environment[LOCATION_PART] == "median"
    assert {s.metric for s in execution.samples} == {EXECUTION_TIME}


def test_json_messages_are_the_same_kind_of_number():
    found = {s.benchmark: s.location for s in read("rustc-1.95.json").samples}
    assert found["tests::total_100"] == pytest.approx(101.70324e-9)
    assert len(found) == 3


def test_decimals_thousands_and_throughput_behind_do_not_lose_a_benchmark():
    """As they do where a line is matched by `([0-9,]+) ns/iter (+/- ([0-9,]+))$`."""
    lines = ["bench: 1,234 ns/iter (+/- 5)", "bench: 0.27 ns/iter (+/- 0.01)", "bench: 9 ns/iter (+/- 1) = 12 MB/s"]
    text = "".join(f"test b{number} ... {line}\n" for number, line in enumerate(lines))
    found = [s.location for s in parse(text).samples]
    assert found == pytest.approx([1234e-9, 0.27e-9, 9e-9])


def test_the_rate_in_whole_megabytes_is_a_fact_not_a_measurement():
    execution = read("rustc-1.95.json")
    assert execution.benchmarks["tests::total_100"].extra_info == {"rate": "7920 MB/s"}
    assert [s.metric.name for s in execution.samples] == ["execution_time"] * 3


def test_one_name_in_two_programs_is_told_apart_by_what_cargo_says_on_standard_error():
    found = {s.benchmark: s.location for s in read("without-decimals-generated.txt").samples}
    assert set(found) == {"total (src/lib.rs)", "total (benches/big.rs)", "with space [3]"}
    assert found["total (benches/big.rs)"] == pytest.approx(0.107654321)
    line = "test total ... bench: 5 ns/iter (+/- 1)\n"
    with pytest.raises(ValueError, match="'total' stands in it twice"):
        parse(line * 2)


@pytest.mark.parametrize("number", ["1.234,5", "1 234", "12,34", "fast", "1e3"])
def test_a_number_of_another_locale_is_refused_with_its_line(number):
    text = f"running 1 test\ntest a ... bench: {number.replace(' ', '.')}. ns/iter (+/- 1)\n"
    with pytest.raises(ForeignFileError, match=r"'bench.txt', line 2: '.+' is no number such as '1,234.56'"):
        parse(text)


def test_crlf_and_a_byte_order_mark_change_nothing():
    text = (FOLDER / "rustc-1.95.txt").read_text(encoding="utf-8")
    found = parse_libtest(Source.of_text(text.replace("\n", "\r\n").encode("utf-16")), {})[0]
    assert [s.location for s in found.samples] == [s.location for s in read("rustc-1.95.txt").samples]
