import random
from pathlib import Path

import msgspec
import pytest
from builders import make_run
from msgspec.structs import replace

from pytest_perfgate.errors import DamagedFileError, NewerSchemaError
from pytest_perfgate.model import Sample
from pytest_perfgate.model import metric as metrics
from pytest_perfgate.storage.run_file import decode_header, decode_run, encode_run

GOLDEN = Path(__file__).parents[2] / "golden" / "run_schema_1.jsonl"


def test_schema_1_is_read_for_ever():
    run = decode_run(GOLDEN.read_bytes(), str(GOLDEN), slices=True)
    expected = make_run(7, slices=6)
    assert run.id == expected.id
    assert run.environment == expected.environment
    assert len(run.samples) == len(expected.samples)
    assert run.samples[0].location == pytest.approx(expected.samples[0].location, rel=1e-5)


def test_a_newer_schema_says_what_to_do():
    text = encode_run(make_run()).replace(b'"schema":1', b'"schema":99', 1)
    with pytest.raises(NewerSchemaError, match="schema 99.*up to 1.*Upgrade"):
        decode_run(text, "x.jsonl")


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9, 0.999])
def test_a_file_cut_anywhere_is_named_as_damaged(share):
    text = encode_run(make_run(slices=4))
    with pytest.raises(DamagedFileError, match="x.jsonl") as caught:
        decode_run(text[: int(len(text) * share)], "x.jsonl")
    assert caught.value.line >= 1


def test_a_lost_last_byte_is_damage_too():
    text = encode_run(make_run())
    with pytest.raises(DamagedFileError, match="truncated"):
        decode_run(text[:-1], "x.jsonl")


def test_an_empty_file_is_damaged():
    with pytest.raises(DamagedFileError, match="line 1"):
        decode_run(b"", "x.jsonl")


def test_a_merge_conflict_is_named_with_its_line():
    lines = encode_run(make_run()).split(b"\n")
    text = b"\n".join([*lines[:2], b"<<<<<<< HEAD", *lines[2:]])
    with pytest.raises(DamagedFileError, match="line 3: a merge conflict"):
        decode_run(text, "x.jsonl")


def test_a_changed_number_breaks_the_checksum():
    text = encode_run(make_run())
    place = text.index(b'"processes"') + 30
    digit = b"1" if text[place : place + 1] != b"1" else b"2"
    with pytest.raises(DamagedFileError):
        decode_run(text[:place] + digit + text[place + 1 :], "x.jsonl")


def test_a_removed_line_is_counted():
    lines = encode_run(make_run()).split(b"\n")
    with pytest.raises(DamagedFileError, match="holds 3 benchmarks, its last line says 4"):
        decode_run(b"\n".join([*lines[:2], *lines[3:]]), "x.jsonl")


@pytest.mark.parametrize("seed", range(60))
def test_no_mutation_is_taken_for_a_run_or_ends_in_a_traceback(seed):
    dice = random.Random(seed)
    text = bytearray(encode_run(make_run(slices=2)))
    for _ in range(dice.randrange(1, 5)):
        text[dice.randrange(len(text))] = dice.randrange(256)
    with pytest.raises((DamagedFileError, NewerSchemaError)):
        decode_run(bytes(text), "x.jsonl", slices=True)


def test_slices_come_back_within_their_unit():
    run = make_run(slices=24)
    back = decode_run(encode_run(run), "x", slices=True)
    original = {(s.benchmark, s.process, s.metric.name): s for s in run.samples}
    for sample in back.samples:
        before = original[sample.benchmark, sample.process, sample.metric.name]
        if before.canaries:
            assert sample.values == pytest.approx(before.values, rel=3e-4)
            for name, values in before.canaries.items():
                assert sample.canaries[name] == pytest.approx(values, rel=3e-4)


def test_values_that_are_no_numbers_are_not_measured_rather_than_zero():
    run = make_run()
    odd = replace(run, samples=(replace(run.samples[0], location=float("nan")), *run.samples[1:]))
    back = decode_run(encode_run(odd), "x")
    assert len(back.samples) == len(run.samples) - 1


def test_a_metric_with_several_values_keeps_them():
    sample = Sample("a", metrics.Metric("rows", "1"), 0, 3.0, values=(1.0, 3.0, 5.0))
    back = decode_run(encode_run(replace(make_run(), samples=(sample,), benchmarks={})), "x", slices=True)
    assert back.samples[0].values == (1.0, 3.0, 5.0)


def test_hostile_names_survive():
    names = ["a/../../b", "new\nline", "|pipe|", "<script>", "🚀" * 20, "x" * 10_000, "\x00nul", '"quote\\']
    run = make_run(0, dict.fromkeys(names, 1e-3))
    back = decode_run(encode_run(run), "x")
    assert set(back.benchmarks) == set(names)


def test_the_header_alone_is_enough_for_a_list():
    text = encode_run(make_run(5))
    assert decode_header(text, "x").id == make_run(5).id


def test_a_benchmark_takes_at_most_1350_bytes():
    """100 benchmarks every day for a year stay below 50 MB: 36,500 benchmark runs of 1,369 bytes."""
    run = make_run(0, {f"tests/test_module.py::test_benchmark[{n}]": 1e-3 * n for n in range(1, 101)}, slices=24)
    extra = [
        Sample(
            s.benchmark,
            metric,
            s.process,
            random.Random(f"{s.benchmark}{s.process}{metric.name}").uniform(1, 1e7),
        )
        for s in run.samples
        if s.metric is metrics.EXECUTION_TIME
        for metric in metrics.BUILT_IN_METRICS.values()
        if metric.name
        in {
            "rss",
            "rss_peak",
            "cpu_user",
            "cpu_system",
            "page_faults_minor",
            "context_switches_voluntary",
            "disk_written",
            "threads",
            "cpu_utilization",
            "network_sent",
        }
    ]
    size = len(encode_run(replace(run, samples=(*run.samples, *extra))))
    assert size / 100 < 1350


def test_the_file_begins_with_its_schema_and_is_one_line_per_benchmark():
    lines = encode_run(make_run()).decode().splitlines()
    assert lines[0].startswith('{"schema":1,')
    assert len(lines) == 1 + 4 + 1
    assert msgspec.json.decode(lines[1])["benchmark"]["id"] == "a"


def test_values_of_a_foreign_tool_survive_beside_canaries_that_were_read_only_around_it():
    """`perfgate run` has canaries per process, not per slice, and no CPU time: nothing is packed."""
    values, canaries = (1.25e-3, 1.5e-3, 1.125e-3), {"arithmetic": 1e-5, "vector": 2e-5}
    time = Sample("a", metrics.EXECUTION_TIME, 0, 1.15e-3, values=values, canary_locations=canaries)
    rate = Sample("b", metrics.THROUGHPUT_BYTES, 0, 2e6, values=(2e6, 2.5e6), canary_locations=canaries)
    run = replace(make_run(), samples=(time, rate), benchmarks={})
    found = {s.benchmark: s for s in decode_run(encode_run(run), "x", slices=True).samples}
    assert found["a"].values == values
    assert found["b"].values == (2e6, 2.5e6)
    assert found["a"].canary_locations == found["b"].canary_locations == canaries
