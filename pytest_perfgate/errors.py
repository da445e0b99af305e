"""Everything that can go wrong, as a tree.

PerfgateError                  anything that we say to a user; never a traceback
├── ConfigError                wrong options, configuration or marker arguments (all problems at once)   exit 4 / 2
├── CannotJudgeError           measured or read, but no honest verdict is possible                       exit 10
│   ├── MeasurementError       a benchmark process crashed, hung or measured nonsense
│   ├── SharedCodeError        one side of a paired run imported the other's code; names module and paths
│   ├── BaseRevisionError      the revision to compare with is not there, or cannot be checked out whole
│   ├── SideBuildError         the environment of one side of a paired run cannot be built or used
│   ├── RefusedEvidenceError   evidence from outside is not what this package writes, or too large
│   └── DamagedFileError       a baseline file is damaged; names file and line
├── StoreError                 the store cannot be read or written (permissions, disk, git)              exit 11
│   ├── NewerSchemaError       a file was written by a newer version of this package
│   └── LostRaceError          other writers won every time that we tried
├── PublishError               GitHub can't be reached or refuses; says what it said and what to do       exit 11
│   └── UnsureWriteError       the answer to a change got lost: whether it was made is not known
└── MissingExtraError          a feature needs an optional dependency                                     exit 11

A message says what, where and what to do about it, the culprit in quotes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class PerfgateError(Exception):
    """Base of all errors that are meant for a person to read."""


class ConfigError(PerfgateError):
    """Wrong options, configuration keys or marker arguments; carries every problem found."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class CannotJudgeError(PerfgateError):
    """No honest verdict is possible; the gate must not pass."""


class MeasurementError(CannotJudgeError):
    """A benchmark process crashed, hung, or returned something that is no measurement."""


class SharedCodeError(CannotJudgeError):
    """One side of a paired run imported code that is not its own: it would be compared with itself."""


class BaseRevisionError(CannotJudgeError):
    """The revision to compare with does not exist, or cannot be checked out as it was committed."""


class SideBuildError(CannotJudgeError):
    """The virtual environment of one side of a paired run cannot be built or used."""


class RefusedEvidenceError(CannotJudgeError):
    """Evidence from outside is not what this package writes; nothing of it was used."""


class DamagedFileError(CannotJudgeError):
    """A file of the store is damaged, truncated or in conflict."""

    def __init__(self, path: str, line: int, problem: str, remedy: str) -> None:
        self.path, self.line, self.problem, self.remedy = path, line, problem, remedy
        super().__init__(f"'{path}', line {line}: {problem}. {remedy}")


class StoreError(PerfgateError):
    """The store cannot be read or written."""


class NewerSchemaError(StoreError):
    """A file was written by a newer version of this package than the one that reads it."""


class LostRaceError(StoreError):
    """Other writers were faster each time; nothing was written."""


class PublishError(PerfgateError):
    """GitHub can't be reached, or refuses; nothing about the measured code is meant.

    `status`: of GitHub's answer, 0 where there was none.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        self.status = status
        super().__init__(message)


class UnsureWriteError(PublishError):
    """The answer to a change got lost; whether it was made is seen by reading again."""


class MissingExtraError(PerfgateError):
    """An optional dependency is not installed; the message names the extra."""
