"""Reports made by hand, so that a golden file changes only when the rendering does."""

from datetime import date, datetime, timedelta, timezone

from msgspec.structs import replace

from pytest_perfgate.model import (
    Anomaly,
    AnomalyCheck,
    Commit,
    Comparison,
    ConfidenceInterval,
    Environment,
    Estimate,
    GateReport,
    Judgement,
    OddFeature,
    Outcome,
    RowPast,
    Run,
    Sample,
    Severity,
    Verdict,
)
from pytest_perfgate.model.metric import ALLOCATED_PEAK, ERROR_RATE, EXECUTION_TIME, THROUGHPUT_BYTES, Metric

UTC = timezone.utc
ENVIRONMENT = Environment(
    "0123456789abcdef",
    {"cpu": "AMD EPYC 7763", "cores": "2", "system": "Linux x86_64", "python": "CPython 3.12"},
    {"governor": "performance"},
)
COMMIT = Commit(
    revision="5f0c9a7e" * 5,
    branch="faster-loads",
    committed_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    subject="Validate the input of loads",
)
_LEVELS = {"s": 1.27e-3, "B": 3_200_000.0, "B/s": 82e6, "1": 0.02, "1/s": 12_000.0}
HOSTILE = {
    "pipe": "t.py::a|b",
    "backticks": "t.py::`code` ``two``",
    "script": "t.py::<script>alert(1)</script>",
    "link": "t.py::[link](http://evil.example) www.evil.example",
    "mention": "t.py::@everyone #1",
    "newline": "t.py::new\nline\r\n| x |",
    "escape": "t.py::\x1b[31mred\x1b[0m\x07",
    "long": "t.py::" + "x" * 10_000 + "[end]",
    "emoji": "t.py::" + "🚀" * 60,
    "dots": "../../etc/passwd::.._",
    "bidi": "t.py::\u202egnp.exe",
    "surrogate": "t.py::\udcff",
    "quotes": 't.py::\'" onmouseover="x" \'',
    "emphasis": "__init__*_~~s~~",
    "entity": "&lt;b&gt; &amp; &#64;",
}


def compared(
    name,
    change,
    *,
    half=0.014,
    verdict=Verdict.UNCHANGED,
    metric=EXECUTION_TIME,
    severity=Severity.NONE,
    reason="no change of 5 % or more",
    accepted="",
    **evidence,
):
    """A row with a comparison: `change` and `half` of its interval are fractions."""
    before = _LEVELS.get(metric.unit, 5.0)
    facts = {
        "log_change": change,
        "standard_error": half / 2,
        "degrees_of_freedom": 11.0,
        "p_value": 2e-5,
        "adjusted_p_value": 1.3e-4,
        "smallest_detectable_change": half * 1.5,
        "baseline_runs": 10,
        "baseline_processes": 30,
        "candidate_processes": 15,
        "looks": 5,
        **evidence,
    }
    comparison = Comparison(
        benchmark=name,
        metric=metric,
        method="canary",
        baseline=Estimate(before),
        candidate=Estimate(before * (1 + change)),
        relative_change=change,
        interval=ConfidenceInterval(0.95, change - half, change + half),
        **facts,
    )
    return Judgement(name, metric, verdict, severity, reason, comparison, accepted)


def in_pairs(row, pairs, *, screening=None):
    """The row as measured in turns; `screening`: the change that the recorded baseline alone saw."""
    evidence = replace(
        row.comparison, method="paired", baseline_runs=pairs, baseline_processes=pairs, candidate_processes=pairs
    )
    seen = None if screening is None else compared(row.benchmark, screening, half=0.04).comparison
    return replace(row, comparison=evidence, screening=seen)


def bare(name, verdict, reason, **facts):
    return Judgement(name, EXECUTION_TIME, verdict, Severity.NONE, reason, **facts)


def unchanged(count):
    return [compared(f"tests/test_codec.py::test_same[{number}]", 0.001 * number) for number in range(count)]


def slower(name="tests/test_codec.py::test_loads[large]", change=0.062, **facts):
    facts = {"severity": Severity.LOW, "reason": f"{change * 100:.1f} % slower", **facts}
    return compared(name, change, verdict=Verdict.REGRESSED, **facts)


def doubtful(name="tests/test_codec.py::test_noisy"):
    reason = "neither a change nor the absence of one of 5 % is proven; the smallest change it could see is 18.0 %"
    return compared(name, 0.034, half=0.12, verdict=Verdict.INCONCLUSIVE, reason=reason)


def a_report(*rows, outcome=Outcome.PASSED, **facts):
    return GateReport(outcome, tuple(rows), environment=ENVIRONMENT, candidate_commit=COMMIT, **facts)


def with_samples(report, runs=12):
    """The same with runs to plot: levels that wander a little, by arithmetic instead of chance."""

    def run(number, *, ours):
        samples = []
        for row in report.judgements:
            if row.comparison is None or row.comparison.candidate is None:
                continue
            side = row.comparison.candidate if ours else row.comparison.baseline
            samples += [
                Sample(
                    row.benchmark,
                    row.metric,
                    process,
                    side.value * (1 + 0.004 * ((number * 7 + process * 3) % 5) + 0.01 * ((number * 3) % 4)),
                )
                for process in range(9 if ours else 3)
            ]
        started = datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(days=number)
        return Run(f"{started:%Y%m%dT%H%M%SZ}-{number:06d}", started, ENVIRONMENT, tuple(samples), commit=COMMIT)

    baseline, candidate = tuple(run(number, ours=False) for number in range(runs)), run(runs, ours=True)
    return replace(report, candidate=candidate, baseline=baseline, adjusted=_steadier((*baseline, candidate)))


def _steadier(runs):
    """What taking the machine out might leave: the levels of timed metrics without their wandering."""
    return tuple(
        replace(
            run,
            samples=tuple(
                replace(s, location=s.location / (1 + 0.01 * ((number * 3) % 4)))
                for s in run.samples
                if s.metric.unit != "B"
            ),
        )
        for number, run in enumerate(runs)
    )


def remembered(row, *factors, **outlook):
    """The row with recorded levels, as factors of the level before; `outlook`: where they lead."""
    before = row.comparison.baseline.value
    return replace(row, past=RowPast(tuple(None if f is None else before * f for f in factors), **outlook))


def kept(name="tests/test_codec.py::test_dumps"):
    """A budget that is kept, and that the trend breaks before long."""
    row = compared(name, -0.061, reason="within its budget of 0.00127 s")
    row = replace(row, comparison=replace(row.comparison, method="budget"))
    day = datetime(2026, 6, 9, 4, tzinfo=UTC)
    week = timedelta(days=7)
    rising = [0.8 + 0.005 * number for number in range(27)]
    return remembered(row, *rising, budget=1.27e-3, breaks_on=day, breaks_from=day - week, breaks_until=day + week)


def odd(benchmark="", features=(("system load", 9.4, 0.5), ("major page faults", 6.1, 0.4), ("time", 1.2, 0.05))):
    return Anomaly(
        run="20260302T093000Z-5f0c9a7e5f0c-a1b2c3",
        started_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        oddness=5.2,
        score=0.71,
        rank=1,
        among=61,
        unusual=True,
        outlier=True,
        machine_share=0.9,
        features=tuple(OddFeature(*feature) for feature in features),
        benchmark=benchmark,
    )


ACCEPT = "perfgate accept 'tests/test_codec.py::test_loads[large]' --reason 'why it may be slower'"
CASES = {
    "pass": a_report(*unchanged(12), machine_shift=0.004),
    "pass_in_doubt": a_report(*unchanged(9), doubtful(), doubtful("tests/test_io.py::test_read"), machine_shift=-0.08),
    "regression": a_report(
        slower(),
        slower(
            "tests/very/long/path/to/benchmarks/test_serialisation_of_things.py::TestThings::test_dump[indent=4-utf8]",
            0.742,
            severity=Severity.CRITICAL,
            since="2f4e6a",
            reason="74.2 % slower, compared with the level since 2f4e6a",
        ),
        slower(
            "tests/test_codec.py::test_dumps", 0.3, metric=ALLOCATED_PEAK, severity=Severity.HIGH, reason="30.0 % more"
        ),
        compared("tests/test_codec.py::test_fast", -0.18, verdict=Verdict.IMPROVED, reason="18.0 % faster"),
        doubtful(),
        bare("tests/test_codec.py::test_fresh", Verdict.NEW, "no recorded run has it yet"),
        *unchanged(6),
        outcome=Outcome.REGRESSED,
        machine_shift=0.22,
        warnings=("2 recorded runs were left out: they had uncommitted changes",),
        next_steps=(ACCEPT,),
        measured_s=34.2,
    ),
    "one_slower": a_report(slower(), *unchanged(41), outcome=Outcome.REGRESSED, next_steps=(ACCEPT,)),
    "remembered": a_report(
        remembered(slower(), 1.0, 1.01, 0.99, None, 1.0, 0.99, 1.02, 1.0),
        remembered(doubtful(), *[1.0] * 12, *[1.2] * 4),
        kept(),
        *unchanged(3),
        outcome=Outcome.REGRESSED,
        next_steps=(ACCEPT,),
    ),
    "unusual": a_report(*unchanged(3), anomaly=AnomalyCheck(rows=60, whole=odd())),
    "stray": a_report(
        *unchanged(3), anomaly=AnomalyCheck(rows=60, benchmarks=(odd("tests/test_codec.py::test_loads[large]"),))
    ),
    "could_not_judge": a_report(
        outcome=Outcome.NO_BASELINE,
        explanation="No baseline for this environment in 'baselines/'; record one with 'pytest --perfgate-record'.",
    ),
    "nothing_conclusive": a_report(
        doubtful(),
        doubtful("tests/test_io.py::test_read"),
        outcome=Outcome.NOTHING_CONCLUSIVE,
        explanation="Not one benchmark could be judged: the machine is too noisy, or the baseline too small. "
        "'perfgate doctor' says what this machine can see.",
    ),
    "throughput": a_report(
        slower(
            "tests/test_io.py::test_copy",
            -0.21,
            metric=THROUGHPUT_BYTES,
            severity=Severity.MEDIUM,
            reason="21.0 % slower",
        ),
        compared(
            "tests/test_io.py::test_send",
            0.4,
            metric=THROUGHPUT_BYTES,
            verdict=Verdict.IMPROVED,
            reason="40.0 % faster",
        ),
        slower(
            "tests/test_io.py::test_fetch", 1.0, metric=ERROR_RATE, severity=Severity.CRITICAL, reason="100.0 % more"
        ),
        outcome=Outcome.REGRESSED,
    ),
    "accepted": a_report(
        slower(accepted=f"validates its input now, until {date(2026, 6, 1)}"), *unchanged(3), machine_shift=0.01
    ),
    "new_and_missing": a_report(
        bare("tests/test_codec.py::test_fresh", Verdict.NEW, "no recorded run has it yet"),
        bare("tests/test_codec.py::test_gone", Verdict.MISSING, "in the baseline, but not in this run"),
        bare("tests/test_codec.py::test_other", Verdict.MISSING, "not selected", not_selected=True),
        *unchanged(2),
        outcome=Outcome.MISSING_BENCHMARKS,
        explanation="1 benchmark of the baseline did not run ('tests/test_codec.py::test_gone'). If that is meant, "
        "accept it.",
        next_steps=("perfgate accept 'tests/test_codec.py::test_gone' --removed --reason 'why it is gone'",),
    ),
    "recorded": a_report(
        outcome=Outcome.RECORDED, recorded_to="baselines/0123456789abcdef/20260302T093000Z-5f0c9a7e5f0c-a1b2c3.jsonl"
    ),
    "paired": a_report(
        in_pairs(slower(change=0.031, half=0.006, severity=Severity.NONE), 14),
        bare(
            "tests/test_codec.py::test_fresh",
            Verdict.NEW,
            "it can't run on the base: call: ImportError: cannot import name 'loads'",
        ),
        *(in_pairs(row, 8) for row in unchanged(5)),
        outcome=Outcome.REGRESSED,
        against="2f4e6a7b9c01 Read in larger blocks",
        next_steps=(ACCEPT,),
        measured_s=41.0,
    ),
    "confirmed": a_report(
        in_pairs(slower(change=0.058, half=0.006), 9, screening=0.071), *unchanged(3), outcome=Outcome.REGRESSED
    ),
    "hostile": a_report(
        *(slower(name, 0.5 - 0.01 * number, severity=Severity.HIGH) for number, name in enumerate(HOSTILE.values())),
        slower("t.py::unit", 0.1, metric=Metric('rows"><script>', "<b>|\x1b[31m")),
        outcome=Outcome.REGRESSED,
        explanation="line one\n<img src=x> | @someone",
        warnings=tuple(HOSTILE.values()),
        next_steps=tuple(f"perfgate accept '{name}'" for name in HOSTILE.values()),
        anomaly=AnomalyCheck(rows=60, benchmarks=tuple(odd(name) for name in HOSTILE.values())),
    ),
}
