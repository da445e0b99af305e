"""A search for a commit between two starts: the question, and every pair that was measured."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from pytest_perfgate.errors import DamagedFileError, NewerSchemaError, StoreError
from pytest_perfgate.model.bisect import BisectQuestion, BisectRecord
from pytest_perfgate.storage.folder import write_over

SCHEMA = 1
_FILE = "state.json"


class BisectState(Struct, frozen=True):
    """`finished`: the search came to its end."""

    question: BisectQuestion
    records: tuple[BisectRecord, ...] = ()
    finished: bool = False
    schema: int = SCHEMA


class BisectStates:
    """The one search of a repository, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self.location = str(self._path)

    def load(self) -> BisectState | None:
        """What was kept; raises DamagedFileError, NewerSchemaError and StoreError."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"Could not read '{self._path}': {error.strerror or error}.") from error
        remedy = "Begin anew: 'perfgate bisect --reset'."
        try:
            schema = msgspec.json.decode(content, type=_Header).schema
            if schema > SCHEMA:
                raise NewerSchemaError(f"'{self._path}' was written by a newer version of this package. {remedy}")
            return msgspec.json.decode(content, type=BisectState)
        except msgspec.MsgspecError as error:
            raise DamagedFileError(str(self._path), 1, str(error), remedy) from error

    def save(self, state: BisectState) -> None:
        """Keep it, whole or not at all. Raises StoreError."""
        write_over(self._path, msgspec.json.encode(state))

    def delete(self) -> None:
        """Forget it."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"Could not delete '{self._path}': {error.strerror or error}.") from error


class _Header(Struct, frozen=True):
    schema: int = 0
