"""How noisy this machine is: the canaries timed against each other, where nothing changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import psutil

from pytest_perfgate.measure.slices import Instrument, SlicePlan, measure
from pytest_perfgate.model.noise import MachineNoise
from pytest_perfgate.stats.canary_adjustment import fit_canaries
from pytest_perfgate.stats.process_level import QUANTILE_VARIANCE, process_scale

_PLAN = SlicePlan(budget_s=0.1)
_QUANTILE = 0.10
_FEWEST = 8
_PROCESSES = 15
_BASELINE_PROCESSES = 30


def watch(
    instrument: Instrument,
    seconds: float,
    facts: dict[str, str],
    progress: Callable[[float], None] | None = None,
) -> MachineNoise:
    """Take a canary for a benchmark and the others for its canaries, again and again for `seconds`.

    Spread is that of the 10 % quantile of short measurements: raw, and after the other canaries are taken out.
    The visible change is what a gate with ten recorded runs, five looks and three processes each would see with
    80 % power at the default alpha, were a benchmark like this canary; fresh processes add their own spread, so
    it is a lower bound.
    """
    clock = instrument.clock
    subject, others = instrument.canaries[0], instrument.canaries[1:]
    before = psutil.Process().num_ctx_switches() if hasattr(psutil.Process, "num_ctx_switches") else None
    stolen = _stolen()
    began = clock.wall_ns()
    levels: list[list[float]] = []
    while (elapsed := (clock.wall_ns() - began) * 1e-9) < seconds or len(levels) < _FEWEST:
        readings = measure(subject.work, Instrument(clock, others), _PLAN)
        levels.append([np.quantile(v, _QUANTILE) for v in (readings.wall, *readings.canaries.values())])
        if progress is not None:
            progress(min(elapsed / seconds, 0.99))
    if progress is not None:
        progress(1.0)
    after = psutil.Process().num_ctx_switches() if before is not None else None
    logs = np.log(np.asarray(levels))
    adjusted = fit_canaries(logs[:, :1], logs[:, None, 1:]).residuals
    return MachineNoise(
        seconds=(clock.wall_ns() - began) * 1e-9,
        measurements=len(levels),
        raw_spread=float(process_scale(logs[:, :1])[0]),
        adjusted_spread=float(process_scale(adjusted)[0]),
        visible_change=_visible(float(process_scale(adjusted)[0])),
        involuntary_switches=(after.involuntary - before.involuntary) if before and after else None,
        stolen_share=_share_stolen(stolen, _stolen()),
        facts=facts,
    )


def _visible(scale: float) -> float:
    # 3.7 and 0.85: Student's quantiles for alpha 0.01 over twelve benchmarks, and for 80 % power, at 30 df.
    error = scale * np.sqrt(QUANTILE_VARIANCE * (1 / _PROCESSES + 1 / _BASELINE_PROCESSES))
    return float(np.expm1((3.7 + 0.85) * error))


def _stolen() -> tuple[float, float] | None:
    times = psutil.cpu_times()
    steal = getattr(times, "steal", None)
    return None if steal is None else (steal, sum(times))


def _share_stolen(before: tuple[float, float] | None, after: tuple[float, float] | None) -> float | None:
    if before is None or after is None or after[1] <= before[1]:
        return None
    return (after[0] - before[0]) / (after[1] - before[1])
