"""A paired run with everything real: two sides, pairs of processes, the two runs that come of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec.structs import replace

from pytest_perfgate.config import paired_policy_from
from pytest_perfgate.errors import CannotJudgeError, StoreError
from pytest_perfgate.measure.lockstep import LockstepPlan
from pytest_perfgate.measure.pinning import measuring_core
from pytest_perfgate.model import BenchmarkId, GateReport, Outcome, Pair, Run
from pytest_perfgate.wiring.listener import Listener
from pytest_perfgate.wiring.pairs import PairListener, PairRunner
from pytest_perfgate.wiring.project import Project, now, open_baselines
from pytest_perfgate.wiring.request import PairedRequest
from pytest_perfgate.wiring.runs import acceptances, make_run, make_run_id
from pytest_perfgate.wiring.sides import Sides, open_sides
from pytest_perfgate.workflows.gate import could_not_judge
from pytest_perfgate.workflows.looks import Confirm, Confirmation
from pytest_perfgate.workflows.paired import PairPlan, decided, gate_paired, measure_until_decided, samples_of
from pytest_perfgate.workflows.record import record

_FEWEST_PAIRS_PLANNED = 3
# What a pair costs beside its slices, and a benchmark beside its own; measured, for the forecast only.
_START_S = 0.4
_OVERHEAD_S = 0.02


def run_paired(
    project: Project, request: PairedRequest, *, listener: Listener, elapsed_s: Callable[[], float]
) -> GateReport:
    """Measure against `project.config.against` and judge; record both sides where asked."""
    settings = project.config
    if request.durations:
        listener.say(forecast(request.durations, LockstepPlan(), settings.budget))
    with open_sides(project, request, say=listener.say) as sides:
        if sides.same_code and not settings.measure_unchanged:
            return _same_code(sides.same_code)
        runner = _runner(project, request, sides, listener)
        try:
            return _judge(project, request, sides, runner, listener, elapsed_s)
        finally:
            runner.close()
            listener.on_end()


def confirm_by_pairs(project: Project, request: PairedRequest, *, listener: Listener) -> Confirm:
    """A `confirm` for the baseline gate; where no pair can be made it confirms nothing, and says why."""

    def confirm(benchmarks: Collection[BenchmarkId], revision: str) -> Confirmation:
        began = time.monotonic()
        settings = replace(project.config, against=revision, measure_unchanged=True)
        asked = replace(request, only=frozenset(benchmarks))
        try:
            with open_sides(replace(project, config=settings), asked, say=listener.say) as sides:
                runner = _runner(project, asked, sides, listener)
                try:
                    measured, rows = measure_until_decided(
                        runner.measure,
                        candidate=lambda pairs: _run(project, asked, pairs, "candidate"),
                        policy=paired_policy_from(settings),
                        plan=PairPlan(budget_s=settings.budget),
                        elapsed_s=lambda: time.monotonic() - began,
                        only=asked.only,
                    )
                finally:
                    runner.close()
                    listener.on_end()
        except (CannotJudgeError, StoreError) as error:
            listener.say(f"perfgate: not measured in turns with {revision[:12]}: {str(error).splitlines()[0]}")
            return Confirmation()
        # The run that was looked at first has the plain id.
        both = {side: _run(project, asked, measured.pairs, side) for side in ("base", "candidate")}
        return Confirmation(decided(rows), tuple(replace(run, id=f"{run.id}-{side}") for side, run in both.items()))

    return confirm


def _runner(project: Project, request: PairedRequest, sides: Sides, listener: Listener) -> PairRunner:
    settings = project.config
    return PairRunner(
        sides.base,
        sides.candidate,
        plan=LockstepPlan(silence_s=settings.benchmark_timeout),
        seed=request.seed,
        core=measuring_core() if settings.pin else None,
        canaries=request.record,
        alternate=settings.alternate,
        listener=PairListener(listener.on_pair, listener.on_benchmark),
    )


def _judge(
    project: Project,
    request: PairedRequest,
    sides: Sides,
    runner: PairRunner,
    listener: Listener,
    elapsed_s: Callable[[], float],
) -> GateReport:
    settings = project.config
    sides.start_own_suite()
    first = runner.measure(request.only)
    if not (first.broken or any(side.collected or side.uncollected for side in (first.base, first.candidate))):
        return could_not_judge(
            Outcome.NOTHING_SELECTED, "The selection holds no benchmark on either side; check the paths, -k and -m."
        )
    if not request.durations:
        listener.say(pair_in_words(first.took_s, settings.budget))
    alike = None if settings.measure_unchanged or first.broken else sides.nothing_differs(runner.modules)
    if alike is not None:
        return alike
    waiting = [first]
    report, measured = gate_paired(
        lambda wanted: waiting.pop() if waiting else runner.measure(wanted),
        candidate=lambda pairs: sides.with_candidate_commit(_run(project, request, pairs, "candidate")),
        policy=paired_policy_from(settings),
        plan=PairPlan(budget_s=settings.budget),
        suites=sides.suites,
        acceptances=acceptances(project, open_baselines(project)),
        now=now(),
        elapsed_s=elapsed_s,
        unmeasured={**request.unmeasured, **first.candidate.skipped},
        only=request.only,
    )
    warnings = [*report.warnings, *sides.warnings]
    if settings.alternate:
        warnings.append("the two sides ran one after the other, not slice by slice; the comparison is less sharp")
    if settings.pin and not runner.pinned:
        warnings.append("the two sides could not be held on one core here; the comparison is less sharp")
    commit = sides.base_commit
    base = replace(
        _run(project, request, measured.pairs, "base"), id=make_run_id(request.started_at, commit), commit=commit
    )
    report = replace(
        report,
        warnings=tuple(warnings),
        against=sides.described,
        reference_revision=commit.revision if commit is not None else "",
        baseline=(base,),
    )
    if request.record and report.outcome is Outcome.PASSED:
        report = _recorded(project, report)
    return report


def _run(project: Project, request: PairedRequest, pairs: Sequence[Pair], side: str) -> Run:
    benchmarks = {name: facts for pair in pairs for name, facts in getattr(pair, side).benchmarks.items()}
    return make_run(
        project,
        started_at=request.started_at,
        samples=samples_of(pairs, side),
        benchmarks=benchmarks,
        seed=request.seed,
        whole_suite=request.whole_suite,
        paths=request.paths,
        untrusted=next((getattr(pair, side).untrusted for pair in pairs if getattr(pair, side).untrusted), ""),
        warnings=(),
    )


def _recorded(project: Project, report: GateReport) -> GateReport:
    """Both sides, each under its own commit."""
    store = open_baselines(project)
    runs = (*report.baseline, *([report.candidate] if report.candidate else []))
    return replace(report, recorded_to=", ".join(record(run, store) for run in runs))


def _same_code(why: str) -> GateReport:
    return could_not_judge(
        Outcome.SAME_CODE,
        f"{why}: a comparison of the code with itself. Name another revision, or add '--perfgate-measure-unchanged' "
        "for an A/A run.",
    )


def forecast(durations: Mapping[str, float], plan: LockstepPlan, budget_s: float) -> str:
    """How long it will take, said beforehand."""
    costs = {name: max(plan.budget_s, 2 * took) + _OVERHEAD_S for name, took in durations.items()}
    pair = _START_S + sum(costs.values())
    pairs = min(int(budget_s / pair), PairPlan().most_pairs)
    if pairs >= _FEWEST_PAIRS_PLANNED or not costs:
        return f"perfgate: up to {pairs} pairs of processes of about {pair:.0f} s each"
    slowest = max(costs, key=lambda name: costs[name])
    return (
        f"perfgate: {_FEWEST_PAIRS_PLANNED} pairs of processes of about {pair:.0f} s each, more than the budget of "
        f"{budget_s:g} s; '{slowest:.100}' alone takes {costs[slowest]:.0f} s of a pair"
    )


def pair_in_words(took_s: float, budget_s: float) -> str:
    """The forecast where only a pair itself could tell how long one takes."""
    pairs = min(max(_FEWEST_PAIRS_PLANNED, int(budget_s / took_s)), PairPlan().most_pairs)
    return f"perfgate: a pair of processes takes {took_s:.1f} s; up to {pairs} pairs"
