"""What keeps a run from being judged at all."""

from __future__ import annotations

from pytest_perfgate.model import Outcome, Policy, Run
from pytest_perfgate.ports import BaselineStore
from pytest_perfgate.workflows.outcome import how_to_record
from pytest_perfgate.workflows.reference import UNCOMMITTED, Reference


def why_not_judged(candidate: Run) -> tuple[Outcome, str] | None:
    """Outcome and explanation for a run of which nothing honest can be said; None for all others."""
    if candidate.untrusted:
        return Outcome.UNTRUSTED_MEASUREMENT, (
            f"The benchmarks ran under {candidate.untrusted}; what they took says nothing about the code. "
            "Run the gate without it, for example with '--no-cov'."
        )
    if not candidate.samples:
        return Outcome.NOTHING_MEASURED, (
            "No benchmark was measured: they were skipped, disabled (--benchmark-disable, --benchmark-skip), or "
            "never called the fixture."
        )
    return None


def why_no_reference(
    candidate: Run, store: BaselineStore, reference: Reference, policy: Policy
) -> tuple[Outcome, str] | None:
    """Outcome and explanation where the store has too little to compare with; None where it has enough."""
    found = len(reference.headers)
    record = f"record one with '{how_to_record(candidate)}'"
    if found >= policy.minimum_runs:
        return None
    if found:
        return Outcome.TOO_FEW_RUNS, (
            f"{found} of the {policy.minimum_runs} recorded runs that a verdict needs "
            f"{'is' if found == 1 else 'are'} in '{store.location}'; {record} ({policy.minimum_runs - found} more)."
        )
    others = [name for name in store.environments() if name != candidate.environment.fingerprint]
    if others and not reference.left_out:
        return Outcome.OTHER_ENVIRONMENT, (
            f"'{store.location}' has runs of {len(others)} other environment{'s' * (len(others) > 1)}, none of this "
            f"one ({candidate.environment.fingerprint}); times of different machines can't be compared. On this "
            f"machine {record}."
        )
    if not reference.left_out:
        return Outcome.NO_BASELINE, f"There is no baseline in '{store.location}'; {record}."
    left_out = " ".join(f"{line}." for line in reference.describe_left_out())
    remedy = f"commit, then {record}" if UNCOMMITTED in reference.left_out else record
    return Outcome.NO_BASELINE, (
        f"No run in '{store.location}' is one to compare with. {left_out} {remedy[0].upper()}{remedy[1:]}."
    )
