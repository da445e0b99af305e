"""A kept model is loaded only where it is whole, of these versions, and made of what a model is made of."""

import hashlib
import io
import os
from datetime import datetime, timezone

import joblib
import msgspec
import numpy as np
import pytest

from pytest_perfgate.analysis.anomalies import RunModel
from pytest_perfgate.analysis.run_features import Rows
from pytest_perfgate.errors import CannotJudgeError, DamagedFileError, NewerSchemaError, StoreError
from pytest_perfgate.stats.isolation import fit_isolation
from pytest_perfgate.storage.model_file import ModelFacts, ModelFiles

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
FACTS = ModelFacts("0123456789ab", "", NOW, NOW, 60, {}, "")
DICE = np.random.default_rng(0)
ROWS = DICE.normal(size=(60, 4))


def a_model():
    rows = Rows(("time", "memory", "CPU", "system load"), ROWS, ROWS[0], np.zeros(4), np.ones(4))
    return RunModel(rows, fit_isolation(ROWS))


@pytest.fixture
def files(tmp_path):
    return ModelFiles(tmp_path / "baselines")


def rewritten(path, payload=None, **facts):
    head, _, old = path.read_bytes().partition(b"\n")
    payload = old if payload is None else payload
    content = {**msgspec.json.decode(head), "sha256": hashlib.sha256(payload).hexdigest(), **facts}
    path.write_bytes(msgspec.json.encode(content) + b"\n" + payload)


def test_a_model_comes_back_as_it_was(files):
    path = files.save(a_model(), FACTS)
    model, facts = files.load("0123456789ab", "")
    assert np.array_equal(model.forest.scores, a_model().forest.scores)
    assert np.array_equal(model.forest.score(ROWS), a_model().forest.score(ROWS))
    assert facts.runs == 60
    assert {"scikit-learn", "numpy", "joblib", "python", "pytest-perfgate"} == set(facts.versions)
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_there_may_be_none(files):
    assert files.load("0123456789ab", "") is None


def test_suites_have_models_of_their_own(files):
    files.save(a_model(), FACTS)
    assert files.load("0123456789ab", "slow ones") is None


@pytest.mark.parametrize("left", [0, 10, 400, -1], ids=["empty", "in the head", "in the pickle", "one byte less"])
def test_a_truncated_model_is_refused(files, left):
    path = files.save(a_model(), FACTS)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(DamagedFileError, match="perfgate anomalies --train"):
        files.load("0123456789ab", "")


def test_a_changed_byte_is_refused_before_it_is_loaded(files, monkeypatch):
    path = files.save(a_model(), FACTS)
    content = bytearray(path.read_bytes())
    content[-200] ^= 1
    path.write_bytes(bytes(content))
    monkeypatch.setattr("pytest_perfgate.storage.model_file._unpickled", lambda *_: pytest.fail("was loaded"))
    with pytest.raises(DamagedFileError, match="checksum"):
        files.load("0123456789ab", "")


def test_a_model_of_other_versions_is_refused_and_named(files):
    path = files.save(a_model(), FACTS)
    versions = files.load("0123456789ab", "")[1].versions
    rewritten(path, versions={**versions, "scikit-learn": "0.1"})
    with pytest.raises(CannotJudgeError, match=r"scikit-learn 0\.1 \(here .*--train"):
        files.load("0123456789ab", "")


def test_a_model_of_a_newer_schema_is_refused(files):
    path = files.save(a_model(), FACTS)
    rewritten(path, schema=2)
    with pytest.raises(NewerSchemaError):
        files.load("0123456789ab", "")


def test_a_model_of_another_environment_is_refused(files):
    path = files.save(a_model(), FACTS)
    path.rename(path.with_name("ffffffffffff.joblib"))
    with pytest.raises(CannotJudgeError, match="another environment"):
        files.load("ffffffffffff", "")


class _Foreign:
    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return os.mkdir, (self.place,)


class _RunsText:
    def __reduce__(self):
        from numpy.testing._private.utils import runstring

        return runstring, ("raise SystemExit", {})


@pytest.mark.parametrize("foreign", ["system", "numpy", "our own"])
def test_a_foreign_class_is_refused_and_never_called(files, tmp_path, foreign):
    path = files.save(a_model(), FACTS)
    culprit = {"system": _Foreign(str(tmp_path / "made")), "numpy": _RunsText(), "our own": FACTS}[foreign]
    buffer = io.BytesIO()
    joblib.dump({"forest": culprit}, buffer)
    rewritten(path, buffer.getvalue())
    with pytest.raises(CannotJudgeError, match="which no model holds"):
        files.load("0123456789ab", "")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("payload", [b"", b"not a pickle", b"\x80\x04K\x01K\x02."], ids=["empty", "text", "short"])
def test_what_is_no_pickle_is_damaged_or_no_model(files, payload):
    path = files.save(a_model(), FACTS)
    rewritten(path, payload)
    try:
        loaded, _ = files.load("0123456789ab", "")
    except DamagedFileError:
        return
    assert not isinstance(loaded, RunModel)


def test_a_link_out_of_the_store_is_not_followed(files, tmp_path):
    path = files.save(a_model(), FACTS)
    elsewhere = tmp_path / "elsewhere.joblib"
    path.rename(elsewhere)
    try:
        path.symlink_to(elsewhere)
    except OSError:
        pytest.skip("this system makes no links")
    with pytest.raises(StoreError, match="leads out of the store"):
        files.load("0123456789ab", "")
