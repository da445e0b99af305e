"""Which values evidence from outside may hold, and what of it is dropped: no path, no prose, nothing endless."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

from msgspec.structs import replace

from pytest_perfgate.errors import RefusedEvidenceError
from pytest_perfgate.model import Acceptance, Benchmark, Commit, Environment, Metric, Run, Sample
from pytest_perfgate.report.annotations import is_inside
from pytest_perfgate.storage.evidence_file import Evidence

_LONGEST_NAME = 1_000
_LONGEST_SHORT = 64
_MOST_RUNS = 200
_MOST_BENCHMARKS = 20_000
_MOST_PROCESSES = 1_000
# Processes times benchmarks over all runs: the judging has tables of that size.
_MOST_CELLS = 5_000_000
_MOST_METRICS = 64
_MOST_CANARIES = 8
_MOST_ACCEPTANCES = 100
_IDENTIFIER = re.compile(r"[0-9A-Za-z_.:+-]{1,100}")
_METRIC_NAME = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_ .%/-]{0,63}")
_UNIT = re.compile(r"[0-9A-Za-z%/µ]{1,16}")
_FINGERPRINT = re.compile(r"[0-9a-f]{12,64}")
_SOMETHING = "a tracer, a debugger or a profiler"


def checked(evidence: Evidence, revision: str) -> Evidence:
    """The same without anything that was only claimed or only told; RefusedEvidenceError names what is wrong.

    `revision`: the commit that was measured, as GitHub says; what the evidence says of commits is dropped.
    """
    runs = [*([evidence.candidate] if evidence.candidate is not None else []), *evidence.reference]
    runs += evidence.confirming
    _refuse(len(evidence.confirming) not in {0, 2}, "a confirmation that has not two sides")
    _refuse(len(evidence.reference) > _MOST_RUNS, f"more than {_MOST_RUNS} runs")
    _refuse(len(evidence.acceptances) > _MOST_ACCEPTANCES, f"more than {_MOST_ACCEPTANCES} accepted changes")
    _refuse(len({run.id for run in runs}) != len(runs), "two runs of the same id")
    _refuse(len({run.environment.fingerprint for run in runs}) > 1, "runs of different environments")
    for run in runs:
        _check_run(run)
    benchmarks = {sample.benchmark for run in runs for sample in run.samples}
    _refuse(len(benchmarks) > _MOST_BENCHMARKS, f"more than {_MOST_BENCHMARKS} benchmarks")
    processes = sum(len({sample.process for sample in run.samples}) for run in runs)
    _refuse(len(benchmarks) * processes > _MOST_CELLS, "too many processes for so many benchmarks")
    for acceptance in evidence.acceptances:
        _check_acceptance(acceptance)
    _refuse(not all(_is_name(row.benchmark) for row in evidence.stated.judgements), "a row whose benchmark is none")
    return replace(
        evidence,
        candidate=None if evidence.candidate is None else _bare(evidence.candidate, Commit(revision)),
        reference=tuple(_bare(run, run.commit and Commit(run.commit.revision)) for run in evidence.reference),
        confirming=tuple(_bare(run, None) for run in evidence.confirming),
        acceptances=tuple(replace(item, accepted_by="", revision="") for item in evidence.acceptances),
    )


def _refuse(wrong: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    if wrong:
        raise RefusedEvidenceError(f"The artifact holds {what}.")


def _check_run(run: Run) -> None:
    _refuse(not _IDENTIFIER.fullmatch(run.id), "a run whose id is none")
    _refuse(not _FINGERPRINT.fullmatch(run.environment.fingerprint), "an environment whose fingerprint is none")
    _refuse(bool(run.suite) and not _is_name(run.suite, _LONGEST_SHORT), "a suite whose name is none")
    _refuse(not all(_is_name(path) for path in run.paths), "a path that can't be one")
    _refuse(not all(_IDENTIFIER.fullmatch(name) for name in run.acceptances), "an accepted change whose id is none")
    if run.commit is not None:
        _refuse(not _IDENTIFIER.fullmatch(run.commit.revision), "a commit that is none")
    for facts in run.benchmarks.values():
        _check_benchmark(facts)
    _check_samples(run.samples)


def _check_benchmark(facts: Benchmark) -> None:
    _refuse(not _is_name(facts.id), "a benchmark whose name is too long or holds control characters")
    _refuse(bool(facts.file) and not (_is_name(facts.file) and is_inside(facts.file)), "a path that leads elsewhere")
    _refuse(facts.line < 0, "a negative line")
    numbers = [number for number in (facts.min_change, facts.alpha) if number is not None]
    _refuse(not all(math.isfinite(number) and number > 0 for number in numbers), "a threshold that is none")
    _refuse(facts.alpha is not None and facts.alpha >= 1, "a threshold that is none")
    _refuse(not all(math.isfinite(bound) and bound > 0 for bound in facts.budget.values()), "a budget that is none")
    names = [*facts.metrics, *facts.budget]
    _refuse(len(names) > _MOST_METRICS or not all(map(_METRIC_NAME.fullmatch, names)), "a metric whose name is none")


def _check_samples(samples: Iterable[Sample]) -> None:
    metrics: dict[str, Metric] = {}
    processes: set[int] = set()
    seen: set[tuple[str, str, int]] = set()
    for sample in samples:
        metrics.setdefault(sample.metric.name, sample.metric)
        processes.add(sample.process)
        key = (sample.benchmark, sample.metric.name, sample.process)
        _refuse(key in seen, "two values of the same process")
        seen.add(key)
        _refuse(metrics[sample.metric.name] != sample.metric, "two metrics of the same name")
        _refuse(not 0 <= sample.look <= _MOST_PROCESSES or not sample.process >= 0, "a process that is none")
        _refuse(len(sample.canary_locations) > _MOST_CANARIES, f"more than {_MOST_CANARIES} canaries")
        _refuse(not all(map(_METRIC_NAME.fullmatch, sample.canary_locations)), "a canary whose name is none")
        _refuse(any(not value > 0 for value in sample.canary_locations.values()), "a canary that took no time")
        _refuse(not _is_name(sample.benchmark), "a benchmark whose name is too long or holds control characters")
    _refuse(len(metrics) > _MOST_METRICS, f"more than {_MOST_METRICS} metrics")
    _refuse(len(processes) > _MOST_PROCESSES, f"more than {_MOST_PROCESSES} processes in a run")
    for metric in metrics.values():
        _refuse(not _METRIC_NAME.fullmatch(metric.name), "a metric whose name is none")
        _refuse(not _UNIT.fullmatch(metric.unit), "a metric whose unit is none")


def _check_acceptance(acceptance: Acceptance) -> None:
    _refuse(not _is_name(acceptance.benchmark), "an accepted change whose benchmark is none")
    _refuse(not _is_name(acceptance.reason), "an accepted change without a reason, or with an endless one")
    _refuse(bool(acceptance.id) and not _IDENTIFIER.fullmatch(acceptance.id), "an accepted change whose id is none")
    _refuse(bool(acceptance.renamed_to) and not _is_name(acceptance.renamed_to), "a benchmark whose new name is none")
    change = acceptance.relative_change
    _refuse(change is not None and not math.isfinite(change), "an accepted change whose size is none")


def _is_name(text: str, longest: int = _LONGEST_NAME) -> bool:
    return 0 < len(text) <= longest and not any(unicodedata.category(char).startswith("C") for char in text)


def _bare(run: Run, commit: Commit | None) -> Run:
    """What judging needs; told facts and texts are gone."""
    facts = {
        name: Benchmark(
            id=known.id,
            file=known.file,
            line=known.line,
            min_change=known.min_change,
            alpha=known.alpha,
            metrics=known.metrics,
            budget=known.budget,
            skip="marked skip" if known.skip else "",
        )
        for name, known in run.benchmarks.items()
    }
    return replace(
        run,
        environment=Environment(run.environment.fingerprint, {}),
        benchmarks=facts,
        commit=commit,
        seed=0,
        untrusted=_SOMETHING if run.untrusted else "",
        warnings=(),
    )
