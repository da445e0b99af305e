"""Recorded runs in memory, for tests and for programs that keep them elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from pytest_perfgate.errors import StoreError
from pytest_perfgate.model import Acceptance, Run
from pytest_perfgate.ports import BaselineStore


class MemoryBaselines:
    """A BaselineStore that forgets everything at the end."""

    location = "memory"

    def __init__(self) -> None:
        self._runs: dict[str, dict[str, Run]] = {}
        self._acceptances: list[Acceptance] = []

    def environments(self) -> Sequence[str]:
        """Fingerprints that have a run."""
        return sorted(name for name, runs in self._runs.items() if runs)

    def run_ids(self, fingerprint: str) -> Sequence[str]:
        """Ids, oldest first."""
        return sorted(self._runs.get(fingerprint, {}))

    def load_headers(self, fingerprint: str) -> list[Run]:
        """The runs without samples and benchmarks."""
        return [replace(run, samples=(), benchmarks={}) for run in self.load_runs(fingerprint)]

    def load_runs(
        self,
        fingerprint: str,
        run_ids: Iterable[str] | None = None,
        *,
        slices: bool = False,
        metrics: Collection[str] | None = None,
    ) -> Iterator[Run]:
        """Runs one at a time, oldest first."""
        wanted = None if run_ids is None else set(run_ids)
        for run_id in self.run_ids(fingerprint):
            if wanted is None or run_id in wanted:
                run = self._runs[fingerprint][run_id]
                kept = (s for s in run.samples if metrics is None or s.metric.name in metrics)
                bare = kept if slices else (replace(s, values=(), canaries={}) for s in kept)
                yield replace(run, samples=tuple(bare))

    def save_run(self, run: Run) -> str:
        """Keep the run."""
        runs = self._runs.setdefault(run.environment.fingerprint, {})
        if run.id in runs:
            raise StoreError(f"'{run.id}' is there already; a recorded run is never overwritten.")
        runs[run.id] = run
        return f"memory:{run.id}"

    def delete_runs(self, fingerprint: str, run_ids: Iterable[str]) -> None:
        """Forget runs."""
        for run_id in run_ids:
            self._runs.get(fingerprint, {}).pop(run_id, None)

    def load_acceptances(self) -> list[Acceptance]:
        """Accepted changes, oldest first."""
        return sorted(self._acceptances, key=lambda acceptance: acceptance.id)

    def save_acceptance(self, acceptance: Acceptance) -> str:
        """Keep an accepted change."""
        self._acceptances.append(acceptance)
        return f"memory:{acceptance.id}"

    def verify(self) -> list[str]:
        """Nothing can be damaged here."""
        return []

    def leftovers(self) -> list[str]:
        """Nothing is ever left behind."""
        return []

    def remove_leftovers(self) -> int:
        """Nothing is ever left behind."""
        return 0


class HeldRuns(MemoryBaselines):
    """Runs of one environment that are held already, given out as they are."""

    def __init__(self, runs: Iterable[Run]) -> None:
        super().__init__()
        for run in runs:
            self._runs.setdefault(run.environment.fingerprint, {})[run.id] = run

    def load_headers(self, fingerprint: str) -> list[Run]:
        """The runs themselves."""
        return list(self._runs.get(fingerprint, {}).values())

    def load_runs(
        self,
        fingerprint: str,
        run_ids: Iterable[str] | None = None,
        *,
        slices: bool = False,  # noqa: ARG002 - whatever they were loaded with
        metrics: Collection[str] | None = None,  # noqa: ARG002 - a reader takes what it wants
    ) -> Iterator[Run]:
        """Runs in the order of their ids."""
        runs = self._runs.get(fingerprint, {})
        return iter([runs[run_id] for run_id in (runs if run_ids is None else run_ids) if run_id in runs])


class WithoutRuns:
    """Another store as it was before some of its runs were recorded; for judging a recorded run again."""

    def __init__(self, store: BaselineStore, hidden: frozenset[str]) -> None:
        self._store, self._hidden = store, hidden

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else is the store's own
        return getattr(self._store, name)

    def load_headers(self, fingerprint: str) -> list[Run]:
        """The headers of the runs that are not hidden."""
        return [header for header in self._store.load_headers(fingerprint) if header.id not in self._hidden]
