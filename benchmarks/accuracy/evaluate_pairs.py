"""How often the paired gate is wrong: builds drawn from recorded pairs of processes.

    python benchmarks/accuracy/evaluate_pairs.py QUIET.jsonl [NOISY.jsonl] [--builds 300] [--write]

A build draws its pairs without replacement from the recorded pairs of unchanged code; for power one benchmark's part is
drawn from pairs in which that benchmark really did more work. The gate's own workflow leads each build: look after
look, stopping as it does. The rules of a sequential design are shown beside it: what happens if looks are not paid for.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import random
import statistics
import subprocess
import sys
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from scipy import stats

from pytest_perfgate.config import load_config, paired_policy_from
from pytest_perfgate.measure.environment import read_environment
from pytest_perfgate.model import Benchmark, Environment, Pair, Run, Verdict
from pytest_perfgate.workflows.paired import PairPlan, measure_until_decided

RESULTS = Path(__file__).with_name("RESULTS-paired.md")
PLOT = Path(__file__).with_name("power-over-seconds.svg")
POLICY = replace(paired_policy_from(load_config(None, {}, {})), metrics=("execution_time",))
# Python's start, the tests' own run, the first pair's start-up and the report, which no pair's time holds.
START_S = 4.0
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
MOST = (5, 8, 12, 20, 30)


class Recorded(Struct):
    slow: float
    at: float
    pair: Pair


def load(path: Path) -> tuple[dict[float, list[Pair]], float]:
    """Pairs by how much slower the candidate was, and the median of the seconds from one pair to the next."""
    found: dict[float, list[Pair]] = {}
    ends = []
    for line in path.read_bytes().splitlines():
        recorded = msgspec.json.decode(line, type=Recorded)
        found.setdefault(recorded.slow, []).append(condensed(recorded.pair))
        ends.append(recorded.at)
    return found, statistics.median(np.diff(ends))


def condensed(pair: Pair) -> Pair:
    """Without slices and without what is not judged."""

    def kept(side):
        times = (s for s in side.samples if s.metric.name == "execution_time")
        return replace(side, samples=tuple(replace(s, values=()) for s in times))

    return replace(pair, base=kept(pair.base), candidate=kept(pair.candidate))


def with_victim(pair: Pair, slow: Pair, victim: str) -> Pair:
    def part(side, other):
        kept = tuple(s for s in side.samples if s.benchmark != victim)
        return replace(side, samples=(*kept, *(s for s in other.samples if s.benchmark == victim)))

    return replace(pair, base=part(pair.base, slow.base), candidate=part(pair.candidate, slow.candidate))


def run_of(pairs: list[Pair]) -> Run:
    samples = pairs[0].candidate.samples
    return Run("", NOW, Environment("", {}), samples, {s.benchmark: Benchmark(s.benchmark) for s in samples})


def build(pairs: list[Pair]) -> tuple[dict[str, Verdict], int, int]:
    """Verdicts, pairs taken, and benchmarks measured over all of them."""
    left = iter(pairs)
    measured = Counter()

    def measure(wanted):
        pair = next(left)
        measured["pairs"] += 1
        measured["benchmarks"] += len(pair.candidate.samples if wanted is None else wanted)
        if wanted is None:
            return pair
        return replace(
            pair,
            base=replace(pair.base, samples=tuple(s for s in pair.base.samples if s.benchmark in wanted)),
            candidate=replace(
                pair.candidate, samples=tuple(s for s in pair.candidate.samples if s.benchmark in wanted)
            ),
        )

    _, rows = measure_until_decided(
        measure,
        candidate=run_of,
        policy=POLICY,
        plan=PairPlan(budget_s=math.inf, most_pairs=len(pairs)),
        elapsed_s=lambda: 0.0,
    )
    return {row.benchmark: row.verdict for row in rows}, measured["pairs"], measured["benchmarks"]


def share(count: int, total: int) -> str:
    low, high = stats.binomtest(count, total).proportion_ci(method="wilson")
    return f"{100 * count / total:.1f} % ({100 * low:.1f}-{100 * high:.1f})"


class Table(Struct):
    """`lines`: of Markdown; `power`: per slowdown, (seconds at most, share caught)."""

    lines: list[str]
    power: dict[float, list[tuple[float, float]]]


def rows_of(
    recorded: dict[float, list[Pair]], pair_s: float, builds: int, power_builds: int, sizes: list[float]
) -> Table:
    same = recorded[0.0]
    names = sorted(s.benchmark for s in same[0].candidate.samples)
    head = "".join(f" {size:g} % slower caught |" for size in sizes)
    lines = [
        f"| pairs at most | seconds at most | builds falsely failing (95 %) | benchmarks falsely flagged |{head} others flagged | proven unchanged | pairs taken, unchanged code |",
        "| --- | --- | --- | --- |" + " --- |" * len(sizes) + " --- | --- | --- |",
    ]
    power: dict[float, list[tuple[float, float]]] = {size: [] for size in sizes}
    for most in MOST:
        seconds = START_S + most * pair_s
        if most > len(same) // 2:
            continue
        dice = random.Random(most)
        false = flagged = unchanged = total = taken = others = 0
        caught: Counter[float] = Counter()
        for number in range(builds):
            verdicts, pairs, _ = build(dice.sample(same, most))
            worse = sum(v is Verdict.REGRESSED for v in verdicts.values())
            false, flagged, taken = false + bool(worse), flagged + worse, taken + pairs
            unchanged += sum(v is Verdict.UNCHANGED for v in verdicts.values())
            total += len(verdicts)
            for size in sizes if number < power_builds else ():
                victim = dice.choice(names)
                slow = recorded[size]
                chosen = dice.sample(slow, most) if len(slow) >= most else dice.choices(slow, k=most)
                drawn = [with_victim(a, b, victim) for a, b in zip(dice.sample(same, most), chosen, strict=True)]
                verdicts, _, _ = build(drawn)
                caught[size] += verdicts[victim] is Verdict.REGRESSED
                others += any(v is Verdict.REGRESSED for n, v in verdicts.items() if n != victim)
        for size in sizes:
            power[size].append((seconds, caught[size] / power_builds))
        cells = [str(most), f"{seconds:.0f}", share(false, builds), f"{100 * flagged / total:.2f} %"]
        cells += [f"{100 * caught[size] / power_builds:.1f} %" for size in sizes]
        cells += [
            f"{100 * others / (power_builds * len(sizes)):.1f} %",
            f"{100 * unchanged / total:.0f} %",
            f"{taken / builds:.1f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
        print(lines[-1], file=sys.stderr, flush=True)
    return Table(lines, power)


def plot(power: dict[float, list[tuple[float, float]]]) -> str:
    """Share of builds that fail over the seconds that the gate may take, a line for each slowdown."""
    width, height, left, bottom = 560, 300, 48, 40
    longest = max(seconds for line in power.values() for seconds, _ in line)

    def place(seconds: float, caught: float) -> tuple[float, float]:
        return left + seconds / longest * (width - left - 90), height - bottom - caught * (height - bottom - 20)

    parts = []
    for tenth in range(0, 11, 2):
        _, y = place(0, tenth / 10)
        parts.append(f'<path d="M{left} {y:.0f}H{width - 90}" stroke="#ccc"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{tenth * 10} %</text>')
    for seconds in range(0, int(longest) + 1, 10):
        x, y = place(seconds, 0)
        parts.append(f'<text x="{x:.0f}" y="{y + 18:.0f}" text-anchor="middle">{seconds} s</text>')
    lowest = float("-inf")  # of the names so far: where lines end together, their names stand one below the other
    for color, (size, line) in zip(("#7570b3", "#1b9e77", "#d95f02", "#888"), reversed(power.items()), strict=False):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        x, y = place(*line[-1])
        lowest = max(y + 4, lowest + 15)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{x + 8:.0f}" y="{lowest:.0f}" fill="{color}">{size:g} % slower</text>')
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12"><rect width="{width}" height="{height}" fill="#fff"/>{body}</svg>\n'
    )


def spread_of(recorded: dict[float, list[Pair]]) -> str:
    estimates: dict[str, list[float]] = {}
    for pair in recorded[0.0]:
        base = {s.benchmark: s.location for s in pair.base.samples}
        for sample in pair.candidate.samples:
            estimates.setdefault(sample.benchmark, []).append(math.log(sample.location / base[sample.benchmark]))
    values = np.array(list(estimates.values()))
    deviation = np.std(values, axis=1, ddof=1)
    robust = 1.4826 * np.median(np.abs(values - np.median(values, axis=1)[:, None]), axis=1)
    return (
        f"Standard deviation of a pair's estimate: {np.median(deviation):.4f} (worst benchmark "
        f"{np.max(deviation):.4f}); by the median absolute deviation {np.median(robust):.4f} ({np.max(robust):.4f})."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quiet", type=Path)
    parser.add_argument("noisy", type=Path, nargs="?")
    parser.add_argument("--builds", type=int, default=300)
    parser.add_argument(
        "--power-builds", type=int, default=100, help="of these, so many are also built with a slowdown"
    )
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    arguments = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    parts = read_environment(os.environ).parts
    machine = ", ".join(f"{key} {parts[key]}" for key in ("cpu", "cores", "os") if key in parts)
    text = [
        "# Accuracy of the paired gate",
        "",
        f"Commit {commit}, {datetime.now(timezone.utc):%Y-%m-%d}, {platform.python_implementation()} {platform.python_version()}, {machine}.",
        "",
        "Command: `python benchmarks/accuracy/record_pairs.py QUIET --pairs 400 --slow 0 --slow 0 --slow 2 …`, the same with",
        f"`--neighbour` for NOISY, then `python benchmarks/accuracy/evaluate_pairs.py QUIET NOISY --builds {arguments.builds} --write`.",
        "",
        "Slowdowns are really slower code. The intervals count builds; pairs are drawn without replacement within a build,",
        f"from the recording as a whole; {arguments.power_builds} builds per slowdown. Seconds: {START_S:g} for what is no",
        "pair, and for each pair what it took while they were recorded, with all benchmarks; the gate goes on with the undecided",
        "ones alone, so most builds end earlier.",
    ]
    for name, path in (
        ("The machine's own noise", arguments.quiet),
        ("A noisy neighbour on the same core", arguments.noisy),
    ):
        if path is None:
            continue
        recorded, pair_s = load(path)
        sizes = sorted(size for size in recorded if size)
        counts = ", ".join(f"{len(pairs)} at {size:g} %" for size, pairs in sorted(recorded.items()))
        text += [
            "",
            f"## {name}",
            "",
            f"Recorded pairs, by how much slower the candidate was: {counts}. {spread_of(recorded)}",
            "",
        ]
        table = rows_of(recorded, pair_s, arguments.builds, arguments.power_builds, sizes)
        text += table.lines
        if path is arguments.quiet and arguments.write:
            PLOT.write_text(plot(table.power), encoding="utf-8")
            text += ["", f"![Share caught over the seconds that the gate may take]({PLOT.name})"]
    print("\n".join(text))
    if arguments.write:
        RESULTS.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
