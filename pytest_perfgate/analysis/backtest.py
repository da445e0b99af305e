"""What the replayed builds say of each setting, and which is best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median

from pytest_perfgate.analysis.known_steps import PLACE_ERROR
from pytest_perfgate.model.backtest import Caught, ReplayedBuild, Setting, SettingResult, Step

# A gate that fails more builds than this for nothing is switched off by its users, whatever it catches.
MOST_FALSE = 0.01
_JUDGED = ("passed", "regressed")


def result_of(
    setting: Setting, builds: Sequence[ReplayedBuild], steps: Iterable[Step], *, measured_s: float
) -> SettingResult:
    """`measured_s`: seconds of measuring that a first look of the whole suite takes."""
    judged = [build for build in builds if build.outcome in _JUDGED]
    failing = [build for build in judged if build.failed]
    delays = [_delay(step, failing) for step in _worth(setting, steps, judged)]
    found = [delay for delay in delays if delay is not None]
    return SettingResult(
        setting=setting,
        builds=len(judged),
        unjudged=len(builds) - len(judged),
        failing=len(failing),
        real=sum(any(row.step is not None for row in build.failed) for build in failing),
        known=len(delays),
        found=len(found),
        delay=float(median(found)) if found else None,
        unchanged=len(judged),
        false_failing=sum(bool(build.false_failed) for build in judged),
        caught=_caught(judged),
        measuring_s=measured_s * (sum(build.effort for build in judged) / len(judged) if judged else 0.0),
    )


def _worth(setting: Setting, steps: Iterable[Step], builds: Sequence[ReplayedBuild]) -> list[Step]:
    """Changes for the worse that reach the minimum and that some build could have seen."""
    first = min((build.place for build in builds), default=0)
    return [s for s in steps if s.log_change >= math.log1p(setting.min_change) and s.place >= first]


def _delay(step: Step, failing: Iterable[ReplayedBuild]) -> int | None:
    """Runs from the change to the first build that it fails; None where it fails none."""
    places = [
        build.place
        for build in failing
        for row in build.failed
        if (row.benchmark, row.metric, row.step) == (step.benchmark, step.metric, step.place)
        and build.place >= step.place - PLACE_ERROR
    ]
    return max(0, min(places) - step.place) if places else None


def _caught(builds: Iterable[ReplayedBuild]) -> tuple[Caught, ...]:
    counts: dict[float, tuple[int, int]] = {}
    for build in builds:
        for one in build.injections:
            total, caught = counts.get(one.size, (0, 0))
            counts[one.size] = (total + 1, caught + one.caught)
    return tuple(Caught(size, *counts[size]) for size in sorted(counts))


def ranked(results: Iterable[SettingResult]) -> tuple[SettingResult, ...]:
    """Best first: those that fail at most 1 % of unchanged builds, by what they catch; then by fewest false ones.

    Of equals the one that measures for less time.
    """

    def rank(result: SettingResult) -> tuple[float, float, float]:
        excess = result.false_share if result.false_share > MOST_FALSE else 0.0
        return (excess, -result.caught_share, result.measuring_s)

    return tuple(sorted(results, key=rank))


def lines_for(best: Setting, present: Setting, max_time_s: float) -> tuple[str, ...]:
    """What to paste into pyproject.toml; empty where the present settings are the best that were tried."""
    lines = []
    for key in Setting.__struct_fields__:
        value = getattr(best, key)
        if value == getattr(present, key):
            continue
        if key == "min_change":
            lines.append(f"min_change = {{ execution_time = {value:g} }}")
        elif key == "processes":
            # As long per process as now: fewer processes take less time, and do not measure longer.
            lines += [f"processes = {value}", f"max_time = {max_time_s * value / present.processes:.3g}"]
        else:
            lines.append(f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value:g}")
    return ("[tool.perfgate]", *lines) if lines else ()
