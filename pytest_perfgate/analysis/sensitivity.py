"""The smallest change that the gate sees, from the recorded noise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from pytest_perfgate.analysis.judge import PROMISING, TOO_WIDE, min_change_of
from pytest_perfgate.analysis.run_level import LevelChange
from pytest_perfgate.analysis.spread import Spread
from pytest_perfgate.model import Benchmark, BenchmarkId, MetricKind, Policy
from pytest_perfgate.model.sensitivity import BenchmarkSensitivity, Design, InTurns, Seen
from pytest_perfgate.stats.look_power import (
    LookDraws,
    LookRule,
    change_doubted,
    change_found,
    draw_changes,
    draw_scales,
    look_rule,
    share_doubted,
    share_found,
)
from pytest_perfgate.stats.quantiles import Floats

# A benchmark of which the gate misses changes of this many times the minimum is not worth its time.
WORTH = 5.0
_CURVE_POINTS = 33
_CURVE_REACH = 1.4
_MOSTLY = 0.5
_FEW_RUNS = 6
_Curve = tuple[tuple[float, float], ...]


class Question(Struct, frozen=True):
    """What is asked of every benchmark.

    `designs`: the present one first; `tests`: rows that the correction counts; `asked_twice`, per design: whether
    the ratchet asks a second question, each being answered at half of alpha. `in_turns`: whether the first look's
    doubts are measured in turns.
    """

    designs: tuple[Design, ...]
    asked_twice: tuple[bool, ...]
    policy: Policy
    tests: int
    seed: int
    in_turns: bool = False


def sensitivity_of(
    change: LevelChange, place: int, name: BenchmarkId, facts: Benchmark | None, question: Question
) -> BenchmarkSensitivity:
    """One benchmark's; `change`: of the newest run against all recorded ones, `place`: the benchmark's in it."""
    policy, spread, metric = question.policy, change.spread, change.metric
    least = min_change_of(metric, facts, policy)
    alpha = facts.alpha if facts is not None and facts.alpha is not None else policy.alpha
    deviation, runs = float(np.sqrt(spread.variance[place])), max(int(change.baseline_runs[place]), 1)
    per_run = float(change.baseline_processes[place]) / runs
    bound = least if metric.kind is MetricKind.ERROR_RATE else math.log1p(least)
    answers = [
        _answer(
            _Case(
                deviation=_three_digits(deviation),
                df=_three_digits(float(spread.df[place])),
                believed_df=float(spread.believed_df[place]),
                mood=_three_digits(spread.mood),
                learning=_three_digits(float(spread.learning[place])),
                p_value=_row_alpha(alpha, question.tests, policy.correction) / (2 if twice else 1),
                bound=bound,
                processes=design.processes,
                looks=design.looks,
                runs=runs if number == 0 else design.runs,
                theirs=max(1, round(per_run * (runs if number == 0 else design.runs))),
                relative=metric.kind is not MetricKind.ERROR_RATE,
                with_curve=number == 0,
                in_turns=number == 0 and question.in_turns,
                seed=question.seed,
            )
        )
        for number, (design, twice) in enumerate(zip(question.designs, question.asked_twice, strict=True))
    ]
    row = BenchmarkSensitivity(
        benchmark=name,
        metric=metric,
        runs=runs,
        processes=int(change.baseline_processes[place]),
        min_change=least,
        between_runs=deviation * math.sqrt(spread.mood),
        between_processes=deviation * math.sqrt(1 - spread.mood),
        seen=tuple(seen for seen, _, _ in answers),
        curve=answers[0][1],
        in_turns=answers[0][2],
    )
    return replace(row, too_noisy=_too_noisy(row, spread.mood, question.designs))


def _row_alpha(alpha: float, tests: int, correction: str) -> float:
    """The p-value that the one row that changed must reach: first of all, in both corrections."""
    return alpha if correction == "none" else alpha / max(tests, 1)


class _Case(Struct, frozen=True):
    """Everything that one answer depends on; benchmarks that are alike share it."""

    deviation: float
    df: float
    believed_df: float
    mood: float
    learning: float
    p_value: float
    bound: float
    processes: int
    looks: int
    runs: int
    theirs: int
    relative: bool
    with_curve: bool
    in_turns: bool
    seed: int


def _three_digits(value: float) -> float:
    return float(f"{value:.3g}")


@lru_cache(maxsize=100_000)
def _answer(case: _Case) -> tuple[Seen, _Curve, InTurns | None]:
    errors = Spread(np.ones(1), np.ones(1), case.mood, np.zeros(1)).error(
        case.processes * np.arange(1.0, case.looks + 1),
        np.array([float(case.theirs)]),
        np.array([float(case.runs)]),
        np.array([case.learning]),
    )
    changes = _changes(case.processes, case.looks, case.runs, case.theirs, case.mood, case.seed)
    noise = LookDraws(changes, draw_scales(case.df, seed=case.seed + 1), errors)
    rule = look_rule(
        p_value=case.p_value, df=case.believed_df, bound=case.bound, promising=PROMISING, too_wide=TOO_WIDE
    )
    at_80, at_95 = (change_found(power, case.deviation, noise, rule) for power in (0.80, 0.95))
    looks = share_found(0.0, case.deviation, noise, rule)[1]
    reach = (at_95 or 0.0) * _CURVE_REACH if case.with_curve else 0.0
    sizes = np.linspace(0.0, reach, _CURVE_POINTS).tolist() if reach else []
    curve = tuple((_relative(size, case), share_found(size, case.deviation, noise, rule)[0]) for size in sizes)
    return Seen(_maybe(at_80, case), _maybe(at_95, case), looks), curve, _in_turns(case, noise, rule)


def _in_turns(case: _Case, noise: LookDraws, rule: LookRule) -> InTurns | None:
    if not case.in_turns:
        return None
    at_80, at_95 = (_maybe(change_doubted(power, case.deviation, noise, rule), case) for power in (0.80, 0.95))
    return InTurns(share_doubted(0.0, case.deviation, noise, rule), at_80, at_95)


@lru_cache(maxsize=32)
def _changes(processes: int, looks: int, runs: int, theirs: int, mood: float, seed: int) -> Floats:
    return draw_changes(processes=processes, looks=looks, runs=runs, baseline_processes=theirs, mood=mood, seed=seed)


def _maybe(change: float | None, case: _Case) -> float | None:
    return None if change is None else _relative(change, case)


def _relative(change: float, case: _Case) -> float:
    return math.expm1(change) if case.relative else change


def _too_noisy(row: BenchmarkSensitivity, mood: float, designs: Sequence[Design]) -> str:
    """Why a benchmark is not worth gating, and what would mend it; empty where it is."""
    if _is_worth(row, 0):
        return ""
    reasons = [f"its processes differ by {row.between_processes * 100:.1f} %"]
    if mood > _MOSTLY:
        reasons = [f"its runs differ by {row.between_runs * 100:.1f} %, which no number of processes averages out"]
    if row.runs < _FEW_RUNS:
        reasons.append(f"only {row.runs} recorded runs to learn from")
    mended = next((design.name for number, design in enumerate(designs) if _is_worth(row, number)), "")
    return ", ".join(reasons) + (f"; {mended} would do" if mended else "; nothing tried here would do")


def _is_worth(row: BenchmarkSensitivity, number: int) -> bool:
    size = row.seen[number].at_80
    return size is not None and size <= WORTH * row.min_change


def typical(rows: Iterable[BenchmarkSensitivity], number: int) -> float | None:
    """The median over the benchmarks of what a design sees with 80 % power; None where half see nothing."""
    sizes = sorted(math.inf if row.seen[number].at_80 is None else row.seen[number].at_80 or 0.0 for row in rows)
    if not sizes or math.isinf(sizes[len(sizes) // 2]):
        return None
    return sizes[len(sizes) // 2]
