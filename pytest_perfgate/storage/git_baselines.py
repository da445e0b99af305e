"""Recorded runs as files: `<environment>/<run>.jsonl`, one immutable file per run.

A file is written once and never changed, under a name that no other run has, so that two branches never collide and
a merge never conflicts. Accepted changes are reviewed files of their own under `accepted/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from pytest_perfgate.errors import DamagedFileError, PerfgateError
from pytest_perfgate.model import Acceptance, Run
from pytest_perfgate.storage.folder import PARTIAL
from pytest_perfgate.storage.run_file import decode_header, decode_run, encode_run

ACCEPTED = "accepted"
_SUFFIX = ".jsonl"
_FINGERPRINT = re.compile(r"[0-9a-f]{12}")
_Decode = Callable[[str], Run]


class Files(Protocol):
    """Where the files are: a folder, or a branch of git."""

    location: str

    def path_of(self, name: str) -> str:
        """Where a file is, for messages."""

    def names(self, folder: str) -> list[str]:
        """Names in a folder, sorted."""

    def read(self, name: str) -> bytes:
        """The whole file."""

    def read_first_line(self, name: str) -> bytes:
        """The first line, without its end."""

    def write(self, name: str, content: bytes) -> None:
        """Write a new file, atomically, never over an existing one."""

    def delete(self, names: Iterable[str]) -> None:
        """Delete files."""


class FileBaselines:
    """A BaselineStore of files.

    `ignore_damaged`: judge on what is left, what was passed over being listed in `ignored` (only when told to).
    """

    def __init__(self, files: Files, *, ignore_damaged: bool = False) -> None:
        self._files = files
        self._ignore_damaged = ignore_damaged
        self.ignored: list[str] = []

    @property
    def location(self) -> str:
        """The folder or branch, as it was given."""
        return self._files.location

    def environments(self) -> Sequence[str]:
        """Fingerprints that have a run; a writer that was killed leaves folders without one."""
        return [name for name in self._folders() if self.run_ids(name)]

    def _folders(self) -> list[str]:
        return [name for name in self._files.names("") if _FINGERPRINT.fullmatch(name)]

    def run_ids(self, fingerprint: str) -> Sequence[str]:
        """Names of the run files, which begin with their time: oldest first."""
        names = self._files.names(fingerprint)
        return [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)]

    def load_headers(self, fingerprint: str) -> list[Run]:
        """First lines only."""

        def header(name: str) -> Run:
            return decode_header(self._files.read_first_line(name), self._files.path_of(name))

        return list(self._decoded(fingerprint, self.run_ids(fingerprint), header))

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
        chosen = [run_id for run_id in self.run_ids(fingerprint) if wanted is None or run_id in wanted]

        def whole(name: str) -> Run:
            return decode_run(self._files.read(name), self._files.path_of(name), slices=slices, metrics=metrics)

        return self._decoded(fingerprint, chosen, whole)

    def _decoded(self, fingerprint: str, run_ids: Iterable[str], decode: _Decode) -> Iterator[Run]:
        for run_id in run_ids:
            try:
                yield decode(_name(fingerprint, run_id))
            except DamagedFileError as error:
                if not self._ignore_damaged:
                    raise
                if str(error) not in self.ignored:
                    self.ignored.append(str(error))

    def save_run(self, run: Run) -> str:
        """Write the run's file."""
        name = _name(run.environment.fingerprint, run.id)
        self._files.write(name, encode_run(run))
        return self._files.path_of(name)

    def delete_runs(self, fingerprint: str, run_ids: Iterable[str]) -> None:
        """Delete the runs' files; one that is gone already is no error."""
        self._files.delete([_name(fingerprint, run_id) for run_id in run_ids])

    def load_acceptances(self) -> list[Acceptance]:
        """Accepted changes, oldest first by file name."""
        names = [name for name in self._files.names(ACCEPTED) if name.endswith(".json")]
        return [self._load_acceptance(f"{ACCEPTED}/{name}") for name in names]

    def _load_acceptance(self, name: str) -> Acceptance:
        try:
            return msgspec.json.decode(self._files.read(name), type=Acceptance)
        except (msgspec.MsgspecError, ValueError) as error:
            remedy = "Mend it by hand, or restore it with 'git checkout -- FILE'."
            raise DamagedFileError(self._files.path_of(name), 1, f"not an accepted change ({error})", remedy) from error

    def save_acceptance(self, acceptance: Acceptance) -> str:
        """Write one reviewed file."""
        name = f"{ACCEPTED}/{acceptance.id}.json"
        self._files.write(name, msgspec.json.format(msgspec.json.encode(acceptance), indent=2) + b"\n")
        return self._files.path_of(name)

    def verify(self) -> list[str]:
        """Every problem of every file, in words; empty when all is well."""
        problems = []
        for fingerprint in self.environments():
            problems += [
                problem for run_id in self.run_ids(fingerprint) for problem in self._check(fingerprint, run_id)
            ]
        try:
            self.load_acceptances()
        except PerfgateError as error:
            problems.append(str(error))
        return problems

    def _check(self, fingerprint: str, run_id: str) -> Iterator[str]:
        name = _name(fingerprint, run_id)
        path = self._files.path_of(name)
        try:
            run = decode_run(self._files.read(name), path, slices=True)
        except PerfgateError as error:
            yield str(error)
        else:
            if run.environment.fingerprint != fingerprint or run.id != run_id:
                yield f"'{path}': its name is not that of the run inside ('{run.id}')"

    def leftovers(self) -> list[str]:
        """Where killed writers left a file; no reader looks at it."""
        return [self._files.path_of(name) for name in self._partials()]

    def remove_leftovers(self) -> int:
        """Delete them; returns how many there were."""
        partials = self._partials()
        self._files.delete(partials)
        return len(partials)

    def _partials(self) -> list[str]:
        folders = [*self._folders(), ACCEPTED]
        return [
            f"{folder}/{name}" for folder in folders for name in self._files.names(folder) if name.endswith(PARTIAL)
        ]


def _name(fingerprint: str, run_id: str) -> str:
    return f"{fingerprint}/{run_id}{_SUFFIX}"
