"""What is written is read as it was: values, names, processes."""

import json
import math

import pytest
from criterion_trees import cbor, folder_of, message
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_perfgate.importers import Imported, Source, raw_sample
from pytest_perfgate.importers.cbor import decode_cbor
from pytest_perfgate.importers.combine import Output, combine
from pytest_perfgate.importers.criterion import IMPORTER as CRITERION
from pytest_perfgate.importers.importer import effective_settings
from pytest_perfgate.importers.json_text import decode_json
from pytest_perfgate.model.metric import EXECUTION_TIME, THROUGHPUT_BYTES
from pytest_perfgate.stats.location import location

SETTINGS = effective_settings(CRITERION, {}, {})
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
samples = st.lists(st.tuples(st.integers(1, 10**9), st.floats(1e-3, 1e12)), min_size=1, max_size=60)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(names, samples, st.sampled_from(["0.2", "0.5"]))
def test_any_name_and_any_sample_survive_criterions_tree(name, pairs, version):
    iterations, totals = [float(n) for n, _ in pairs], [total for _, total in pairs]
    sample = (
        [iterations, totals] if version == "0.2" else {"sampling_mode": "Flat", "iters": iterations, "times": totals}
    )
    folder = folder_of(name)
    files = {
        f"{folder}/new/sample.json": json.dumps(sample),
        f"{folder}/new/estimates.json": "{}",
        f"{folder}/new/benchmark.json": json.dumps({"group_id": name, "full_id": name}),
    }
    (execution,) = CRITERION.parse(Source.of_files(files), SETTINGS)
    (found,) = execution.samples
    assert found.benchmark == name
    assert found.values == pytest.approx([total * 1e-9 / n for n, total in pairs])
    assert found.location == pytest.approx(location(found.values))


@settings(deadline=None)
@given(
    st.lists(names.filter(lambda name: "benchmark-complete" not in name), min_size=1, max_size=5, unique=True),
    st.floats(0.1, 1e9),
)
def test_any_name_survives_the_message_stream(titles, ns):
    stream = "\n".join(message(title, ns=ns) for title in titles)
    (execution,) = CRITERION.parse(Source.of_text(stream), SETTINGS)
    assert [sample.benchmark for sample in execution.samples] == titles
    assert execution.samples[0].location == pytest.approx(ns * 1e-9, rel=0.01)


@given(json_values)
def test_what_serde_writes_as_cbor_is_read(value):
    assert decode_cbor(cbor(value)) == value


@given(json_values)
def test_json_is_read_as_python_reads_it(value):
    assert decode_json(json.dumps(value), "x") == value


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=200))
def test_a_location_lies_on_the_good_side_of_its_values(numbers):
    time = raw_sample("a", EXECUTION_TIME, numbers)
    rate = raw_sample("a", THROUGHPUT_BYTES, numbers)
    assert min(numbers) <= time.location <= rate.location <= max(numbers) or math.isclose(time.location, rate.location)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_processes_of_several_outputs_count_on_without_a_gap(counts):
    outputs = [
        Output(
            str(index),
            (
                Imported(
                    "t", tuple(raw_sample("a", EXECUTION_TIME, [1.0 + index + p / 10], process=p) for p in range(count))
                ),
            ),
        )
        for index, count in enumerate(counts)
    ]
    (joined,) = combine(outputs)
    assert [sample.process for sample in joined.samples] == list(range(sum(counts)))
