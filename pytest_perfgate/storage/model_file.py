"""What is usual, kept as a file of the store: a line that can be read without trust, and joblib's pickle.

A pickle is a program to the computer that loads it. So one is loaded only from the store's own folder, only after its
checksum and the versions of its libraries were found right, and only as far as it consists of the few classes that a
model is made of. The checksum finds faults, not forgery: who can write to the store can make code run.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from pytest_perfgate.errors import CannotJudgeError, DamagedFileError, NewerSchemaError, StoreError
from pytest_perfgate.storage.folder import write_over

SCHEMA = 1
FOLDER = "models"
_ENDING = ".joblib"
_REMEDY = "Train it again: 'perfgate anomalies --train'."
_LIBRARIES = ("joblib", "numpy", "scikit-learn", "pytest-perfgate")
_CLASSES = {
    "sklearn": {"IsolationForest", "ExtraTreeRegressor", "Tree"},
    "numpy": {"ndarray", "dtype", "scalar", "_reconstruct", "float64", "int64"},
    "joblib": {"NumpyArrayWrapper"},
    "pytest_perfgate": {"RunModel", "Rows", "Isolation"},
    "copyreg": {"_reconstructor"},
    "builtins": {"object", "slice"},
}


class ModelFacts(Struct, frozen=True):
    """What a model was trained on, and with what."""

    fingerprint: str
    suite: str
    trained_at: datetime
    trained_until: datetime
    runs: int
    versions: dict[str, str]
    sha256: str
    schema: int = SCHEMA


class ModelFiles:
    """The models of a store that is a folder: one per environment and suite."""

    def __init__(self, store: Path) -> None:
        self._folder = store / FOLDER

    def path(self, fingerprint: str, suite: str) -> Path:
        """Where the model of an environment and a suite is, or would be."""
        name = f"-{hashlib.sha256(suite.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}" if suite else ""
        return self._folder / f"{fingerprint}{name}{_ENDING}"

    def save(self, model: object, facts: ModelFacts) -> Path:
        """Write a model, whole or not at all; `facts.sha256` and `facts.versions` are filled in. Raises StoreError."""
        import joblib
        from msgspec.structs import replace

        buffer = io.BytesIO()
        joblib.dump(model, buffer)
        payload = buffer.getvalue()
        facts = replace(facts, versions=_versions(), sha256=hashlib.sha256(payload).hexdigest())
        path = self.path(facts.fingerprint, facts.suite)
        write_over(path, msgspec.json.encode(facts) + b"\n" + payload)
        ignore = self._folder / ".gitignore"
        if not ignore.exists():
            write_over(ignore, b"*\n")
        return path

    def load(self, fingerprint: str, suite: str) -> tuple[Any, ModelFacts] | None:
        """The model, or None where none was trained.

        Raises StoreError, DamagedFileError, NewerSchemaError, and CannotJudgeError where it was made with other
        versions or holds what no model holds.
        """
        path = self.path(fingerprint, suite)
        try:
            if not path.resolve().is_relative_to(self._folder.parent.resolve()):
                raise StoreError(f"'{path}' leads out of the store; models are loaded from nowhere else. Delete it.")
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"Could not read '{path}': {error.strerror or error}.") from error
        head, _, payload = content.partition(b"\n")
        facts = _facts(head, path)
        if (facts.fingerprint, facts.suite) != (fingerprint, suite):
            raise CannotJudgeError(f"'{path}' is the model of another environment or suite. {_REMEDY}")
        if hashlib.sha256(payload).hexdigest() != facts.sha256:
            raise DamagedFileError(str(path), 2, "its checksum does not match: truncated or changed", _REMEDY)
        _check_versions(facts, path)
        return _unpickled(payload, path), facts


def _facts(head: bytes, path: Path) -> ModelFacts:
    try:
        schema = msgspec.json.decode(head, type=_SchemaOnly).schema
        if schema > SCHEMA:
            raise NewerSchemaError(f"'{path}' was written by a newer version of this package. {_REMEDY}")
        return msgspec.json.decode(head, type=ModelFacts)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedFileError(str(path), 1, f"not a model of this package ({error})", _REMEDY) from error


def _versions() -> dict[str, str]:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"python": python, **{name: importlib.metadata.version(name) for name in _LIBRARIES}}


def _check_versions(facts: ModelFacts, path: Path) -> None:
    here = _versions()
    other = [
        f"{name} {facts.versions.get(name, 'of no version')} (here {version})"
        for name, version in here.items()
        if facts.versions.get(name) != version
    ]
    if other:
        raise CannotJudgeError(f"The model '{path}' was made with {', '.join(other):.300}. {_REMEDY}")


def _unpickled(payload: bytes, path: Path) -> Any:  # noqa: ANN401 - whatever was saved
    from joblib.numpy_pickle import NumpyUnpickler

    class Strict(NumpyUnpickler):  # type: ignore[misc]
        """Knows only what a model is made of."""

        def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - pickle's
            if name not in _CLASSES.get(module.partition(".")[0], ()):
                raise CannotJudgeError(
                    f"The model '{path}' holds '{module:.60}.{name:.60}', which no model holds; it was not loaded. "
                    f"If you did not put it there, somebody else did. {_REMEDY}"
                )
            return super().find_class(module, name)

    try:
        return Strict("", io.BytesIO(payload), ensure_native_byte_order=True).load()
    except CannotJudgeError:
        raise
    except Exception as error:
        problem = f"it can't be unpickled ({type(error).__name__}: {error!s:.80})"
        raise DamagedFileError(str(path), 2, problem, _REMEDY) from error


class _SchemaOnly(Struct, frozen=True):
    schema: int
