import json
from pathlib import Path

import pytest

from pytest_perfgate.importers import Source
from pytest_perfgate.importers.bmf import IMPORTER
from pytest_perfgate.importers.importer import effective_settings
from pytest_perfgate.model import Direction
from pytest_perfgate.model.metric import EXECUTION_TIME, RSS, THROUGHPUT_ELEMENTS

FILE = Path(__file__).parents[2] / "fixtures" / "importers" / "bmf" / "2026-generated.json"


def parse(content, **table):
    source = Source.of_text(json.dumps(content))
    return IMPORTER.parse(source, effective_settings(IMPORTER, table, {}))[0]


def test_latency_is_nanoseconds_and_throughput_is_better_when_higher():
    execution = parse(json.loads(FILE.read_text(encoding="utf-8")))
    found = {(s.benchmark, s.metric.name): s for s in execution.samples}
    assert found["sort/10 µ", "execution_time"].location == pytest.approx(88e-9)
    assert found["sort/10 µ", "execution_time"].metric == EXECUTION_TIME
    assert found["sort/10 µ", "throughput_elements"].metric == THROUGHPUT_ELEMENTS
    assert found["/bin/sh -c ./build.sh", "build-time"].location == 87
    assert found["shop", "file-size"].metric.unit == "B"


def test_a_metric_of_ours_is_known_by_its_name():
    execution = parse({"a": {"rss": {"value": 5e6}}})
    assert execution.samples[0].metric == RSS


def test_a_measure_of_ones_own_needs_a_direction_and_is_never_guessed():
    content = {"a": {"score": {"value": 5}, "depth": {"value": 2}}}
    with pytest.raises(ValueError, match=r"is more or less of 'score', 'depth' better\?.*--set lower_is_better=score"):
        parse(content)
    execution = parse(content, higher_is_better=["sc*"], lower_is_better=["depth"])
    assert [(s.metric.name, s.metric.unit, s.metric.direction) for s in execution.samples] == [
        ("score", "1", Direction.HIGHER_IS_BETTER),
        ("depth", "1", Direction.LOWER_IS_BETTER),
    ]


def test_a_unit_may_be_told_and_tells_the_direction():
    execution = parse({"a": {"startup": {"value": 5}}}, units=["startup=ms"])
    sample = execution.samples[0]
    assert (sample.metric.name, sample.metric.unit, sample.location) == ("startup", "s", 0.005)
    with pytest.raises(ValueError, match="must be MEASURE=UNIT"):
        parse({"a": {"startup": {"value": 5}}}, units=["ms"])


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"a": {}},
        {"a": {"latency": 5}},
        {"a": {"latency": {"lower_value": 5}}},
        {"a": {"latency": {"value": 5, "x": 1}}},
    ],
)
def test_what_is_not_its_shape_is_refused(content):
    assert IMPORTER.recognises(Source.of_text(json.dumps(content))) is False
    with pytest.raises(ValueError, match="it is not benchmark -> measure"):
        parse(content)
