"""Benchmarks of one output, all located by the same statistic, so that two outputs are comparable or visibly not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from pytest_perfgate.importers.samples import SUMMARIES, raw_sample, summary_sample
from pytest_perfgate.model import Sample
from pytest_perfgate.model.metric import EXECUTION_TIME


class Timed(Struct, frozen=True):
    """One benchmark: `values` and `summaries` (any of SUMMARIES) in seconds per iteration, each may be missing."""

    name: str
    values: Sequence[float] = ()
    summaries: Mapping[str, float | None] = {}
    iterations: int = 1


def uniform_samples(timed: Sequence[Timed]) -> tuple[list[Sample], str]:
    """Samples of one process, and the statistic that is their location: empty for that of raw values.

    Raw values where all have them, else the best summary that all have. A clock of milliseconds makes values, and
    medians, of zero out of a fast function: these say nothing, a mean still does. ValueError where there is none.
    """
    refuse_repeated([one.name for one in timed])
    if all(one.values and min(one.values) > 0 for one in timed):
        return [raw_sample(one.name, EXECUTION_TIME, one.values, iterations=one.iterations) for one in timed], ""
    for how in SUMMARIES:
        if all((one.summaries.get(how) or 0) > 0 for one in timed):
            pairs = (summary_sample(one.name, EXECUTION_TIME, {how: one.summaries[how]}) for one in timed)
            return [sample for sample, _ in pairs], how
    found = next(one for one in timed if not any((one.summaries.get(how) or 0) > 0 for how in SUMMARIES[1:]))
    raise ValueError(f"'{found.name:.200}' has neither values nor a {' or a '.join(SUMMARIES)} above zero")


def refuse_repeated(names: Sequence[str]) -> None:
    """ValueError for a benchmark that stands in one output twice: which of the two counts is not known."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"'{name:.200}' stands in it twice; which of the two counts is not known")
        seen.add(name)
