import json

import pytest

from pytest_perfgate.errors import DamagedFileError, NewerSchemaError, StoreError
from pytest_perfgate.model.bisect import BisectQuestion, MeasuredPair, Unusable
from pytest_perfgate.storage.bisect_state import BisectState, BisectStates

STATE = BisectState(
    BisectQuestion(
        "a" * 40, "b" * 40, ("t.py::test_it[ä]", "-k", "x"), seed=7, setup="pip install .", improvement=True
    ),
    (
        MeasuredPair("a", "c", {"t": 0.08}, {"c": {"u": "boom"}}, broken="it ended", lost="c", culprit="v", took_s=1.5),
        Unusable("d", "no compiler"),
    ),
    finished=True,
)


def test_what_was_kept_is_there_again(tmp_path):
    states = BisectStates(tmp_path / "bisect")
    assert states.load() is None
    states.save(STATE)
    assert states.load() == STATE
    assert [path.name for path in (tmp_path / "bisect").iterdir()] == ["state.json"]
    states.delete()
    states.delete()
    assert states.load() is None


@pytest.mark.parametrize("text", ["", "{", '{"schema": 1}', '{"schema": 1, "question": 5}', "[]"])
def test_a_damaged_state_says_how_to_begin_anew(tmp_path, text):
    states = BisectStates(tmp_path)
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(DamagedFileError, match="--reset"):
        states.load()


def test_a_state_of_a_newer_version_is_not_guessed_at(tmp_path):
    states = BisectStates(tmp_path)
    states.save(STATE)
    path = tmp_path / "state.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 2, "records": "elsewhere"}))
    with pytest.raises(NewerSchemaError, match="newer"):
        states.load()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "bisect").write_text("a file")
    with pytest.raises(StoreError, match="bisect"):
        BisectStates(tmp_path / "bisect").save(STATE)
