"""What we need from outside, by name: each protocol has at least two implementations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pytest_perfgate.model import Acceptance, Run


class Clock(Protocol):
    """Reads time; a fake one plays the instrument in tests. All readings are integers in nanoseconds."""

    def wall_ns(self) -> int:
        """Monotonic wall clock."""

    def cpu_ns(self) -> int:
        """CPU time of the calling thread."""


class BaselineStore(Protocol):
    """Recorded runs and accepted changes. Runs are immutable; saving one twice is an error."""

    @property
    def location(self) -> str:
        """Where it is, for messages."""

    def environments(self) -> Sequence[str]:
        """Fingerprints that have at least one run."""

    def run_ids(self, fingerprint: str) -> Sequence[str]:
        """Ids of the recorded runs of an environment, oldest first."""

    def load_runs(
        self,
        fingerprint: str,
        run_ids: Iterable[str] | None = None,
        *,
        slices: bool = False,
        metrics: Collection[str] | None = None,
    ) -> Iterator[Run]:
        """Runs of one environment, oldest first, one at a time (a caller that drops each keeps memory flat).

        `slices`: also the values of each slice; `metrics`: names of the metrics wanted, None for all.
        A damaged file raises DamagedFileError.
        """

    def load_headers(self, fingerprint: str) -> list[Run]:
        """The same runs, oldest first, without samples and benchmarks: reads only the first line of each file."""

    def save_run(self, run: Run) -> str:
        """Write one run atomically and return where it landed."""

    def delete_runs(self, fingerprint: str, run_ids: Iterable[str]) -> None:
        """Remove recorded runs."""

    def verify(self) -> list[str]:
        """Every problem of every file, in words; empty when all is well."""

    def leftovers(self) -> list[str]:
        """Where writers that were killed left a file; harmless, no reader looks at it."""

    def remove_leftovers(self) -> int:
        """Delete them; returns how many there were."""

    def load_acceptances(self) -> list[Acceptance]:
        """Accepted changes, oldest first."""

    def save_acceptance(self, acceptance: Acceptance) -> str:
        """Write one accepted change atomically and return where it landed."""
