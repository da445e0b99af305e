"""How often the gate is wrong: builds drawn from recorded runs of unchanged code.

    python benchmarks/accuracy/evaluate.py QUIET_FOLDER NOISY_FOLDER [--builds 1000] [--write]

A build draws its baseline at random from anywhere in the recording, but not from around the candidate; its candidate
is one recorded run of three processes, its further looks the runs that followed it. Nothing changed between any two
runs, so every REGRESSED is false. For power one benchmark of the candidate is made slower by scaling its values. The
gate's own `compare`, `judge` and `in_doubt` decide; the rules of the field are asked about the same runs.
"""

from __future__ import annotations

import argparse
import platform
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from scipy import stats

from pytest_perfgate.analysis.compare import compare, read_baseline
from pytest_perfgate.analysis.judge import in_doubt, judge_all
from pytest_perfgate.model import Policy, Run, Verdict
from pytest_perfgate.storage import open_store

RESULTS = Path(__file__).with_name("RESULTS.md")
TIME = {"execution_time"}
GUARD = 2
COUNTS = (3, 5, 10, 20)
SIZES = (0.05, 0.10, 0.15, 0.25)


def load(folder: Path) -> list[Run]:
    store = open_store("runs", folder)
    (fingerprint,) = store.environments()
    return list(store.load_runs(fingerprint, metrics=TIME, slices=True))


def bare(run: Run, look: int = 0) -> Run:
    """Without slices, as the gate loads a baseline; processes numbered on by look."""
    samples = (replace(s, values=(), canaries={}, look=look, process=s.process + 3 * look) for s in run.samples)
    return replace(run, samples=tuple(samples))


def slowed(run: Run, benchmark: str, size: float) -> Run:
    samples = (replace(s, location=s.location * (1 + size)) if s.benchmark == benchmark else s for s in run.samples)
    return replace(run, samples=tuple(samples))


def build(looks: list[Run], baseline: list[Run], policy: Policy) -> tuple[dict[str, Verdict], int, int]:
    """Verdicts, looks taken, extra processes started."""
    candidate = looks[0]
    columns = read_baseline(baseline, candidate, policy)
    taken = 1
    while True:
        rows = judge_all(compare(candidate, columns, policy), candidate.benchmarks, policy)
        doubt = in_doubt(rows, candidate.benchmarks, policy)
        if not doubt or taken == policy.max_looks:
            return {row.benchmark: row.verdict for row in rows}, taken, 3 * (taken - 1)
        more = tuple(s for s in looks[taken].samples if s.benchmark in doubt)
        candidate = replace(candidate, samples=(*candidate.samples, *more))
        taken += 1


def draw(runs: list[Run], count: int, policy: Policy, dice: random.Random) -> tuple[int, list[Run]]:
    first = dice.randrange(len(runs) - policy.max_looks + 1)
    away = [i for i in range(len(runs)) if not first - GUARD <= i < first + policy.max_looks + GUARD]
    return first, [runs[i] for i in sorted(dice.sample(away, count))]


def gate_rows(runs: list[Run], name: str, count: int, builds: int, policy: Policy) -> dict[str, object]:
    dice = random.Random(20260301)
    numbered = [[bare(run, look) for look in range(policy.max_looks)] for run in runs]
    names = sorted(runs[0].benchmarks)
    false = extra = unchanged = rows = 0
    caught, other, inconclusive = Counter(), Counter(), Counter()
    for _ in range(builds):
        first, baseline = draw(runs, count, policy, dice)
        base = [numbered[runs.index(run)][0] for run in baseline]
        looks = [numbered[first + look][look] for look in range(policy.max_looks)]
        verdicts, _, processes = build(looks, base, policy)
        false += Verdict.REGRESSED in verdicts.values()
        unchanged += sum(verdict is Verdict.UNCHANGED for verdict in verdicts.values())
        rows += len(verdicts)
        extra += processes
        for size in SIZES:
            victim = dice.choice(names)
            verdicts, _, _ = build([slowed(run, victim, size) for run in looks], base, policy)
            caught[size] += verdicts[victim] is Verdict.REGRESSED
            inconclusive[size] += verdicts[victim] is Verdict.INCONCLUSIVE
            other[size] += any(v is Verdict.REGRESSED for n, v in verdicts.items() if n != victim)
    return {
        "name": f"{name}, {count} recorded runs",
        "false": false / builds,
        "caught": [caught[size] / builds for size in SIZES],
        "inconclusive": [inconclusive[size] / builds for size in SIZES],
        "other": max(other.values()) / builds,
        "unchanged": unchanged / rows,
        "extra": extra / builds,
        "builds": builds,
    }


FIELD = {
    "Welch's t-test on the rounds, p < 0.05": lambda a, b: (
        stats.ttest_ind(b, a, equal_var=False).pvalue < 0.05 and b.mean() > a.mean()
    ),
    "the same and mean up 10 % (the usual rule)": lambda a, b: (
        stats.ttest_ind(b, a, equal_var=False).pvalue < 0.05 and b.mean() > 1.10 * a.mean()
    ),
    "the same and mean up 15 %": lambda a, b: (
        stats.ttest_ind(b, a, equal_var=False).pvalue < 0.05 and b.mean() > 1.15 * a.mean()
    ),
    "mean up 10 % (`--benchmark-compare-fail=mean:10%`)": lambda a, b: b.mean() > 1.10 * a.mean(),
    "median up 10 %, no test": lambda a, b: np.median(b) > 1.10 * np.median(a),
    "minimum up 10 %, no test": lambda a, b: b.min() > 1.10 * a.min(),
}


def field_rows(runs: list[Run], builds: int) -> dict[str, tuple[float, float, list[float]]]:
    """Per rule: share of benchmarks flagged, of builds failing, and caught; one process against one, as plain tools do."""
    dice = random.Random(1)
    values = [{s.benchmark: np.asarray(s.values) for s in run.samples if s.process == 0} for run in runs]
    found = {}
    for rule, fails in FIELD.items():
        flagged = failing = total = 0
        caught = Counter()
        for _ in range(builds):
            a, b = dice.sample(range(len(runs)), 2)
            flags = [bool(fails(values[a][name], values[b][name])) for name in values[a]]
            flagged, failing, total = flagged + sum(flags), failing + any(flags), total + len(flags)
            for size in SIZES:
                victim = dice.choice(sorted(values[a]))
                caught[size] += bool(fails(values[a][victim], values[b][victim] * (1 + size)))
        found[rule] = (flagged / total, failing / builds, [caught[size] / builds for size in SIZES])
    return found


def percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def interval(share: float, count: int) -> str:
    """Wilson's 95 % interval; `count`: what is independent, which is the candidates, not the draws."""
    low, high = stats.binomtest(round(share * count), count).proportion_ci(method="wilson")
    return f"{low * 100:.1f}-{high * 100:.1f}"


def report(recordings: dict[str, list[Run]], builds: int) -> str:
    policy = Policy(metrics=("execution_time",))
    lines = []
    for name, runs in recordings.items():
        span = (runs[-1].started_at - runs[0].started_at).total_seconds() / 60
        lines += [f"## {name}: {len(runs)} runs of three processes in {span:.0f} minutes", ""]
        lines += [
            "| gate | builds falsely failing (95 %) | 5 % slower caught | 10 % | 15 % | 25 % | others flagged | proven unchanged | extra processes |"
        ]
        lines += ["| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
        for count in COUNTS:
            row = gate_rows(runs, name, count, builds, policy)
            cells = [row["name"], f"{percent(row['false'])} ({interval(row['false'], len(runs))})"]
            cells += [percent(share) for share in row["caught"]]
            cells += [percent(row["other"]), percent(row["unchanged"]), f"{row['extra']:.1f}"]
            lines.append("| " + " | ".join(cells) + " |")
            print(lines[-1], file=sys.stderr, flush=True)
        lines += [
            "",
            "| rule of the field, run against run | benchmarks falsely flagged | builds falsely failing | 5 % slower caught | 10 % | 15 % | 25 % |",
        ]
        lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
        for rule, (flagged, failing, caught) in field_rows(runs, builds).items():
            lines.append("| " + " | ".join([rule, percent(flagged), percent(failing), *map(percent, caught)]) + " |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quiet", type=Path)
    parser.add_argument("noisy", type=Path, nargs="?")
    parser.add_argument("--builds", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    arguments = parser.parse_args()
    began = time.time()
    recordings = {"The machine's own noise": load(arguments.quiet)}
    if arguments.noisy:
        recordings["A noisy neighbour on the same core"] = load(arguments.noisy)
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    head = [
        "# Accuracy of the gate in baseline mode",
        "",
        f"Commit {commit}, {datetime.now(timezone.utc):%Y-%m-%d}, {platform.python_implementation()} {platform.python_version()}, "
        + ", ".join(
            f"{k} {v}"
            for k, v in recordings["The machine's own noise"][0].environment.parts.items()
            if k in ("cpu", "cores", "os")
        )
        + ".",
        "",
        "Command: `python benchmarks/accuracy/record.py QUIET --runs 200`, the same with `--neighbour` for NOISY, then",
        f"`python benchmarks/accuracy/evaluate.py QUIET NOISY --builds {arguments.builds} --write`.",
        "",
        "Each row draws builds from the recording; the intervals count each recorded run once, since that many candidates are independent.",
        "",
    ]
    text = "\n".join(head) + report(recordings, arguments.builds)
    print(text)
    print(f"{time.time() - began:.0f} s", file=sys.stderr)
    if arguments.write:
        RESULTS.write_text(text.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
