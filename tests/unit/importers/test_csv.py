import pytest

from pytest_perfgate.errors import ForeignFileError
from pytest_perfgate.importers import Source
from pytest_perfgate.importers.csv_file import IMPORTER
from pytest_perfgate.importers.importer import effective_settings
from pytest_perfgate.model import Direction


def parse(text, **table):
    return IMPORTER.parse(Source.of_text(text, "x.csv"), effective_settings(IMPORTER, table, {}))


def test_a_mapping_names_the_columns():
    text = "func;size;ms;host\nsort;10;1,5;a\nsort;10;1,7;b\nsort;20;3,0;a\n"
    (execution,) = parse(
        text, benchmark=["func", "size"], value="ms", unit="ms", process="host", delimiter=";", decimal=","
    )
    assert [(s.benchmark, s.process, s.location) for s in execution.samples] == [
        ("sort/10", 0, 0.0015),
        ("sort/10", 1, 0.0017),
        ("sort/20", 0, 0.003),
    ]


def test_rows_without_a_process_are_values_of_one():
    (execution,) = parse("benchmark,value\na,1\na,2\na,3\n")
    (sample,) = execution.samples
    assert sample.values == (1.0, 2.0, 3.0)
    assert sample.location == pytest.approx(1.2)


def test_units_and_directions_come_from_their_columns():
    (execution,) = parse("benchmark,value,unit,metric,direction\na,2,MB/s,,\na,7,points,score,higher\na,3,us,,\n")
    rate, score, time = execution.samples
    assert (rate.location, rate.metric.unit, rate.metric.direction) == (2e6, "B/s", Direction.HIGHER_IS_BETTER)
    assert (score.metric.name, score.metric.unit, score.metric.direction) == (
        "score",
        "points",
        Direction.HIGHER_IS_BETTER,
    )
    assert (time.metric.name, time.location) == ("execution_time", 3e-6)


def test_runs_are_told_apart_by_their_column():
    text = (
        "benchmark,value,run,revision,started_at\na,1,x,abc,2026-03-01T12:00:00\na,2,y,def,2026-03-02T12:00:00+00:00\n"
    )
    first, second = parse(text)
    assert (first.commit.revision, second.commit.revision) == ("abc", "def")
    assert (second.started_at - first.started_at).days == 1


@pytest.mark.parametrize(
    ("text", "table", "words"),
    [
        ("name,value\na,1\n", {}, r"'x.csv', line 1: there is no column 'benchmark' in 'name', 'value'"),
        ("benchmark,value\na,1\nb,fast\n", {}, r"line 3: 'fast' is no number"),
        ('benchmark,value\na,"1,5"\n', {}, r"line 2: '1,5' is no number; if that is a decimal comma"),
        ("benchmark,value\na,1.000\n", {"decimal": ","}, r"line 2: '1.000' is no number"),
        ("benchmark,value\na,1,2\n", {}, r"line 2: it has not as many cells"),
        ("benchmark,value\na\n", {}, r"line 2: it has not as many cells"),
        ("benchmark,value,value\na,1,2\n", {}, r"line 1: two columns have the same name"),
        ("benchmark,value,direction\na,1,up\n", {}, r"line 2: direction is 'lower' or 'higher', not 'up'"),
        ('benchmark,value\n"a,1\n', {}, r"no CSV"),
        ('"benchmark"x,value\na,1\n', {}, r"line 1: no CSV"),
    ],
)
def test_what_is_wrong_has_a_place(text, table, words):
    with pytest.raises(ForeignFileError, match=words):
        parse(text, **table)


def test_two_units_of_one_metric_are_refused():
    with pytest.raises(ValueError, match="'a' has its score in two units"):
        parse("benchmark,value,unit,metric\na,1,x,score\na,2,y,score\n")
