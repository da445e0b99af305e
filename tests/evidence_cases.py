"""Evidence as the gate writes it, and as somebody may write it who means harm."""

import io
import zipfile
from datetime import datetime, timedelta, timezone

from builders import history, make_run
from msgspec.structs import replace

from pytest_perfgate.model import Benchmark, Policy
from pytest_perfgate.storage.evidence_file import encode_evidence
from pytest_perfgate.storage.memory import MemoryBaselines
from pytest_perfgate.workflows.gate import gate
from pytest_perfgate.workflows.reference import History, Window

COSTS = {"t.py::a": 1e-3, "t.py::b": 2e-3, "t.py::c": 5e-6, "t.py::d": 7e-5}
MEMBERS = ("report.json", "candidate.jsonl", "reference.jsonl", "confirming.jsonl", "acceptances.json")


def evidence_runs(slow=1.0, runs=6):
    """A baseline of a few runs, and a candidate whose `t.py::a` takes `slow` times as long."""
    began = datetime.now(timezone.utc) - timedelta(days=1)
    recorded = [
        replace(run, started_at=began + timedelta(hours=number))
        for number, run in enumerate(history(runs, COSTS, processes=6, spread=0.003))
    ]
    costs = {**COSTS, "t.py::a": COSTS["t.py::a"] * slow}
    candidate = make_run(50, costs, processes=12, spread=0.003)
    facts = {name: Benchmark(name, "t.py", 3) for name in COSTS}
    return recorded, replace(candidate, started_at=began + timedelta(hours=20), benchmarks=facts)


def evidence_report(slow=1.0, policy=None, acceptances=()):
    """What the gate makes of them, with all samples."""
    recorded, candidate = evidence_runs(slow)
    store = MemoryBaselines()
    for run in recorded:
        store.save_run(run)
    report = gate(
        candidate,
        store=store,
        policy=policy or Policy(),
        window=Window(),
        history=History(),
        acceptances=list(acceptances),
        now=datetime.now(timezone.utc),
    )
    return replace(report, baseline=tuple(recorded))


def evidence(slow=1.0, **options):
    return encode_evidence(evidence_report(slow, **options))


def members_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members.items() if isinstance(members, dict) else members:
            file.writestr(name, content)
    return buffer.getvalue()


def forged(data, **changed):
    """The evidence with members replaced: `candidate` stands for `candidate.jsonl`."""
    members = members_of(data)
    for name, content in changed.items():
        (whole,) = [member for member in MEMBERS if member.startswith(f"{name}.")]
        members[whole] = content
    return packed(members)


def with_candidate(data, change):
    """The evidence of another run, written as an attacker would: with a proper checksum."""
    from pytest_perfgate.storage.run_file import decode_run, encode_run

    run = decode_run(members_of(data)["candidate.jsonl"], "x", slices=True)
    return forged(data, candidate=encode_run(change(run)))
