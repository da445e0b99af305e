"""The report of a period: what changed, what creeps, what was odd, what to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from pytest_perfgate.analysis.judge import min_change_of, severity_of
from pytest_perfgate.analysis.period import in_period, moved_over, score_of
from pytest_perfgate.errors import CannotJudgeError
from pytest_perfgate.model import Policy
from pytest_perfgate.model.change_point import ChangePoint, Creep
from pytest_perfgate.model.forecast import Forecast
from pytest_perfgate.model.metric import EXECUTION_TIME
from pytest_perfgate.model.period import OddRun, PeriodReport, Recommendation, Regression
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.report.quantities import change_in_words, format_quantity
from pytest_perfgate.workflows.changes import Question, changes
from pytest_perfgate.workflows.outcome import quoted
from pytest_perfgate.workflows.reference import History

_MOST_RECOMMENDATIONS = 10
_REVISION = 12


def period_report(  # noqa: PLR0913 - a workflow's dependencies are its arguments
    store: BaselineStore,
    fingerprint: str,
    since: datetime,
    *,
    policy: Policy,
    history: History,
    now: datetime,
    odd_runs: Sequence[OddRun] | None = None,
    forecasts: Sequence[Forecast] = (),
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> PeriodReport:
    """What happened since then. The runs before it are looked at too: a change at its very beginning has a before.

    `odd_runs`: unusual ones of the period, oldest first, None where they were not looked for; `forecasts`: of all
    series. Raises CannotJudgeError
    where no run of the period is recorded.
    """
    headers = store.load_headers(fingerprint)
    recent = [header for header in headers if header.started_at >= since]
    if headers and not recent:
        newest = max(header.started_at for header in headers)
        raise CannotJudgeError(
            f"No run since {since:%Y-%m-%d} is in '{store.location}'; the newest is of {newest:%Y-%m-%d}."
        )
    found = changes(store, fingerprint, Question(), policy=policy, history=history, now=now, progress=progress)
    period = in_period(found.changes, since)
    known = {change.id for change in period}
    undone = [change for change in period if change.undone_by]
    lasting = [change for change in period if not change.undone_by and not (change.undoes and change.undoes in known)]
    moved = moved_over(period, found.creeps, runs=len(recent))
    score, speed = score_of(moved, found.series)
    worse = [change for change in lasting if not change.improved]
    # What other changes made up for, and what is smaller than what matters, is shown and asks for nothing.
    made_up = {(one.benchmark, one.metric) for one in moved if one.improved}
    to_mend = [
        change
        for change in worse
        if (change.benchmark, change.metric) not in made_up
        and abs(change.relative_change) >= min_change_of(change.metric, None, policy)
    ]
    return PeriodReport(
        environment=fingerprint,
        since=since,
        until=max(header.started_at for header in recent),
        runs=len(recent),
        recorded=found.runs,
        series=found.series,
        too_short=found.too_short,
        score=score,
        speed=speed,
        moved=moved,
        regressions=tuple(Regression(severity_of(change.relative_change), change) for change in worse),
        improvements=tuple(change for change in lasting if change.improved),
        undone=tuple(undone),
        creeps=found.creeps,
        forecasts=tuple(filter(_is_telling, forecasts)),
        odd_runs=None if odd_runs is None else tuple(odd_runs),
        recommendations=tuple(_recommended(to_mend, found.creeps, odd_runs or (), found.too_short)),
        notes=found.notes,
    )


def _is_telling(forecast: Forecast) -> bool:
    trend = forecast.trend
    return forecast.over_budget or forecast.breaks_on is not None or (trend is not None and trend.significant)


def _recommended(
    regressions: Sequence[ChangePoint], creeps: Sequence[Creep], odd_runs: Sequence[OddRun], too_short: int
) -> Iterator[Recommendation]:
    groups: dict[str, list[ChangePoint]] = {}
    for change in regressions:
        groups.setdefault(change.run, []).append(change)
    for group in list(groups.values())[:_MOST_RECOMMENDATIONS]:
        yield _for_change(group[0], len(group))
    for creep in [creep for creep in creeps if not creep.improved][:_MOST_RECOMMENDATIONS]:
        yield _for_creep(creep)
    if odd_runs:
        count = len(odd_runs)
        text = (
            f"Look at the machine: {count} run{'s were' if count > 1 else ' was'} unusual, '{odd_runs[-1].run}' last."
        )
        yield Recommendation(text, commit=odd_runs[-1].revision[:_REVISION], command="perfgate doctor")
    if too_short:
        text = f"Record more runs: {too_short} series {'have' if too_short > 1 else 'has'} too few to show a change."
        yield Recommendation(text, command="perfgate record --runs 5")


def _for_change(change: ChangePoint, together: int) -> Recommendation:
    """One sentence and one command for what changed at one run; `change`: the largest of them."""
    words = change_in_words(change.metric, change.relative_change)
    size = f"{abs(change.relative_change) * 100:.3g} % {words}"
    others = f" with {together - 1} other{'s' * (together > 2)}" if together > 1 else ""  # noqa: PLR2004 - grammar
    name, commit = change.benchmark, change.bad[:_REVISION]
    what = f"'{name}' is {size}{others} since {change.since:%Y-%m-%d}"
    if change.same_code:
        text = f"{what}, the commit being the same before and after: look for what changed on the machine."
        return Recommendation(text, name, commit, "perfgate doctor")
    if change.places > 1 and change.good:
        text = f"{what}, somewhere from {change.good[:_REVISION]} to {change.known_bad[:_REVISION]}: find the commit."
        ends = f"--good {change.good[:_REVISION]} --bad {change.known_bad[:_REVISION]}"
        return Recommendation(text, name, commit, f"perfgate bisect {ends} {quoted(name)}")
    text = f"{what}, by commit {commit or 'unknown'}: mend it, or accept it with its reason."
    metric = "" if change.metric.name == EXECUTION_TIME.name else f" --metric {quoted(change.metric.name)}"
    most = math.ceil(abs(change.relative_change) * 1000) / 10
    command = f"perfgate accept {quoted(name)}{metric} --at-most {most:g}% --reason 'why it may be so'"
    return Recommendation(text, name, commit, command)


def _for_creep(creep: Creep) -> Recommendation:
    words = change_in_words(creep.metric, creep.total)
    size = f"{abs(creep.total) * 100:.3g} % {words}"
    text = f"'{creep.benchmark}' creeps: {size} in {creep.runs} runs, by no single commit"
    if creep.budget is not None and creep.breaks_on is not None:
        budget = format_quantity(creep.budget, creep.metric.unit)
        text += f"; its budget of {budget} breaks about {creep.breaks_on:%Y-%m-%d}"
    command = f"perfgate history {quoted(creep.benchmark)}"
    return Recommendation(f"{text}.", creep.benchmark, creep.revision[:_REVISION], command)
