"""Evidence from outside: whatever somebody puts into the file, it is refused or harmless."""

import json
import zipfile
import zlib
from contextlib import suppress

import pytest
from evidence_cases import MEMBERS, evidence, evidence_report, forged, members_of, packed, with_candidate
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pytest_perfgate.errors import RefusedEvidenceError
from pytest_perfgate.model import Acceptance, Benchmark, Commit, Environment, Metric, Sample
from pytest_perfgate.storage.evidence_checks import checked
from pytest_perfgate.storage.evidence_file import MOST_UNPACKED_BYTES, decode_evidence, encode_evidence
from pytest_perfgate.storage.slices_blob import decode_slices

GOOD = evidence()
REVISION = "c" * 40


def read(data):
    return checked(decode_evidence(data), REVISION)


def refused(data):
    with pytest.raises(RefusedEvidenceError) as caught:
        read(data)
    text = str(caught.value)
    assert len(text) < 600
    assert text.isprintable()
    return text


def test_what_the_gate_writes_is_read_back():
    report = evidence_report(1.3)
    found = read(encode_evidence(report))
    assert found.stated.outcome is report.outcome
    assert len(found.reference) == 6
    assert _levels(found.candidate) == pytest.approx(_levels(report.candidate), rel=1e-5)


def _levels(run):
    return {(s.benchmark, s.metric.name, s.process): s.location for s in run.samples}


def test_the_same_report_makes_the_same_bytes():
    report = evidence_report()
    assert encode_evidence(report) == encode_evidence(report)


def test_github_wraps_what_is_uploaded_once_more_and_only_once():
    assert read(packed({"evidence.zip": GOOD})).candidate is not None
    refused(packed({"x.zip": packed({"evidence.zip": GOOD})}))


def test_what_was_told_and_not_measured_is_dropped():
    def talkative(run):
        facts = {
            name: Benchmark(
                name, "t.py", 3, group="<b>", extra_info={"x": "<script>"}, skip="@someone", warnings=("w",)
            )
            for name in run.benchmarks
        }
        return replace(
            run,
            benchmarks=facts,
            commit=Commit("a" * 40, branch="<b>", subject="@everyone", ci_url="http://evil.example"),
            environment=replace(run.environment, parts={"cpu": "<script>"}),
            warnings=("http://evil.example",),
            untrusted="see http://evil.example",
        )

    found = read(with_candidate(GOOD, talkative))
    assert found.candidate.commit == Commit(REVISION)
    assert found.candidate.environment.parts == {}
    shown = repr(found.candidate)
    assert not any(text in shown for text in ("evil", "<b>", "script", "@"))


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"PK\x05\x06" + bytes(18), GOOD[:-10], GOOD[:200] + GOOD[300:], b"\x00" * 1000, b"<html>"],
    ids=["empty", "two bytes", "no member", "cut", "hole", "zeros", "html"],
)
def test_a_file_that_is_no_zip_file_or_a_damaged_one(data):
    refused(data)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..\\x",
        "C:\\x",
        "report.json/../x",
        "candidate.jsonl\x00.txt",
        "x" * 60_000,
        "./report.json",
    ],
)
def test_a_path_in_the_zip_file_is_refused_and_nothing_is_ever_written(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "nothing else" in refused(packed({**members_of(GOOD), name: b"x"}))
    only = [(name if member == "report.json" else member, content) for member, content in members_of(GOOD).items()]
    refused(packed(only))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_stands_there_twice():
    refused(packed([*members_of(GOOD).items(), ("report.json", b"{}")]))


def test_a_member_that_is_missing():
    for name in MEMBERS:
        refused(packed({key: value for key, value in members_of(GOOD).items() if key != name}))


def test_a_symbolic_link_is_only_a_text():
    info = zipfile.ZipInfo("acceptances.json")
    info.external_attr = 0o120777 << 16
    members = [(info if name == info.filename else name, content) for name, content in members_of(GOOD).items()]
    assert read(packed(members)).candidate is not None
    members = [(info, b"/etc/passwd") if item[0] is info else item for item in members]
    refused(packed(members))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_packing_than_ours(method):
    assert "another way" in refused(packed(members_of(GOOD), method))


def test_an_encrypted_file():
    data = bytearray(GOOD)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(signature, place + 4)
    assert "encrypted" in refused(bytes(data))


def test_a_zip_bomb_is_unpacked_no_further_than_the_limit():
    """A thousand to one: 200 MB of blanks in 200 kB."""
    bomb = packed({**members_of(GOOD), "report.json": b" " * (MOST_UNPACKED_BYTES + 1)})
    assert len(bomb) < 1_000_000
    assert "unpacks to more" in refused(bomb)


def test_a_bomb_that_lies_about_its_size():
    members = members_of(GOOD)
    data = bytearray(packed({**members, "report.json": b" " * (MOST_UNPACKED_BYTES + 1)}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.find(signature)
        data[place + offset : place + offset + 4] = (10).to_bytes(4, "little")
    refused(bytes(data))


def test_a_bomb_inside_of_packed_slices():
    import base64

    bomb = base64.b64encode(zlib.compress(bytes(50_000_000), 9)).decode()
    with pytest.raises(ValueError, match="more than"):
        decode_slices(bomb, [1.0])


def test_a_file_that_is_too_large_to_begin_with():
    assert "larger than" in refused(bytes(33 * 1024 * 1024))


def test_a_name_of_a_hundred_megabytes():
    name = "x" * 100_000_000
    assert "too long" in refused(with_candidate(GOOD, lambda run: renamed(run, name)))


def renamed(run, name):
    samples = tuple(replace(s, benchmark=name) if s.benchmark == "t.py::a" else s for s in run.samples)
    return replace(run, samples=samples, benchmarks={**run.benchmarks, name: Benchmark(name)})


@pytest.mark.parametrize("name", ["", "a\nb", "a\x1b[31m", "a\x00", "\u202eabc", "a\u200bb"])
def test_a_benchmark_whose_name_is_none(name):
    assert "name" in refused(with_candidate(GOOD, lambda run: renamed(run, name)))


@pytest.mark.parametrize("file", ["/etc/passwd", "../x.py", "C:\\x.py", "a\\b", "x\n.py"])
def test_a_benchmark_that_stands_outside_of_the_repository(file):
    def moved(run):
        return replace(run, benchmarks={name: Benchmark(name, file, 1) for name in run.benchmarks})

    assert "leads elsewhere" in refused(with_candidate(GOOD, moved))


def with_metric(metric):
    def change(run):
        return replace(run, samples=(*run.samples, Sample("t.py::a", metric, 0, 1.0)))

    return with_candidate(GOOD, change)


@pytest.mark.parametrize("name", ["<script>", "a|b", "@someone", "x" * 65, "[a](http://evil.example)", "a\nb"])
def test_a_metric_whose_name_is_markup(name):
    assert "metric" in refused(with_metric(Metric(name, "s")))


@pytest.mark.parametrize("unit", ["<b>", "", "s" * 17, "@x", "|"])
def test_a_metric_whose_unit_is_markup(unit):
    assert "unit" in refused(with_metric(Metric("mine", unit)))


@pytest.mark.parametrize(
    "change",
    [
        {"min_change": -1.0},
        {"min_change": 0.0},
        {"alpha": 0.0},
        {"alpha": 1.0},
        {"budget": {"execution_time": -1.0}},
        {"budget": {"<b>": 1.0}},
        {"metrics": ("<b>",)},
        {"line": -1},
    ],
)
def test_a_threshold_that_is_none(change):
    def marked(run):
        return replace(run, benchmarks={name: replace(facts, **change) for name, facts in run.benchmarks.items()})

    refused(with_candidate(GOOD, marked))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../x"},
        {"id": ""},
        {"id": "x" * 101},
        {"suite": "x" * 65},
        {"suite": "a\nb"},
        {"acceptances": ("a b",)},
        {"paths": ("a\nb",)},
        {"environment": Environment("../../x", {})},
        {"environment": Environment("f" * 12, {})},
        {"commit": Commit("--upload-pack=x;y")},
    ],
)
def test_a_run_whose_facts_are_none(change):
    refused(with_candidate(GOOD, lambda run: replace(run, **change)))


@pytest.mark.parametrize(
    "change",
    [
        {"process": -1},
        {"look": -1},
        {"look": 10_000},
        {"canary_locations": {"arithmetic": 0.0}},
        {"canary_locations": {"arithmetic": -1.0}},
        {"canary_locations": {"<b>": 1.0}},
        {"canary_locations": {str(number): 1.0 for number in range(9)}},
    ],
)
def test_a_sample_whose_facts_are_none(change):
    def changed(run):
        return replace(run, samples=tuple(replace(sample, **change) for sample in run.samples))

    refused(with_candidate(GOOD, changed))


def test_tables_of_the_judging_stay_small_whatever_is_claimed():
    """Thousands of benchmarks, each in one of hundreds of processes: few values, a table of millions of cells."""

    def sparse(run):
        metric = run.samples[0].metric
        names = [f"t.py::{number}" for number in range(15_000)]
        samples = tuple(Sample(name, metric, number % 900, 1e-3) for number, name in enumerate(names))
        return replace(run, samples=samples, benchmarks={name: Benchmark(name) for name in names})

    assert "too many processes" in refused(with_candidate(GOOD, sparse))


def test_counts_are_bounded():
    many = json.dumps([{"benchmark": "a", "reason": "b"}] * 101).encode()
    assert "100 accepted" in refused(forged(GOOD, acceptances=many))


@pytest.mark.parametrize(
    "acceptance",
    [
        Acceptance("", "why"),
        Acceptance("t.py::*", ""),
        Acceptance("t.py::*", "x" * 1_001),
        Acceptance("t.py::*", "a\nb"),
        Acceptance("t.py::*", "why", id="../x"),
        Acceptance("t.py::*", "why", renamed_to="a\nb"),
    ],
)
def test_an_accepted_change_that_is_none(acceptance):
    import msgspec

    refused(forged(GOOD, acceptances=msgspec.json.encode([acceptance])))


def test_two_runs_of_one_id_and_runs_of_two_environments():
    members = members_of(GOOD)
    assert "same id" in refused(forged(GOOD, reference=members["reference.jsonl"] * 2))


@pytest.mark.parametrize("member", ["report", "candidate", "reference", "acceptances"])
@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"[" * 100_000,
        b"[" * 900 + b"]" * 900,
        b'{"schema": 1e999}',
        b'{"schema": ' + b"9" * 5_000 + b"}",
        b"null",
        b"{}\n",
        b'{"schema": 99}\n{"end": 0}\n',
    ],
    ids=["not utf-8", "deep", "deep and closed", "infinite", "endless", "null", "empty", "newer"],
)
def test_content_of_another_shape(member, content):
    refused(forged(GOOD, **{member: content}))


@settings(max_examples=150, deadline=None)
@given(member=st.sampled_from(MEMBERS), place=st.floats(0, 1), patch=st.binary(min_size=1, max_size=8))
def test_damage_anywhere_is_refused_or_harmless(member, place, patch):
    members = members_of(GOOD)
    content = members[member]
    start = int(place * len(content))
    members[member] = content[:start] + patch + content[start + len(patch) :]
    with suppress(RefusedEvidenceError):
        read(packed(members))


@settings(max_examples=100, deadline=None)
@given(place=st.floats(0, 1), patch=st.binary(min_size=1, max_size=8))
def test_so_is_damage_to_the_zip_file_itself(place, patch):
    start = int(place * len(GOOD))
    with suppress(RefusedEvidenceError):
        read(GOOD[:start] + patch + GOOD[start + len(patch) :])
