"""One suite for every store."""

import subprocess

import pytest
from builders import make_run
from msgspec.structs import replace

from pytest_perfgate.errors import StoreError
from pytest_perfgate.model import Acceptance, Environment
from pytest_perfgate.storage import open_store
from pytest_perfgate.storage.memory import MemoryBaselines


def git(folder, *arguments):
    command = [
        "git",
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.invalid",
        "-c",
        "init.defaultBranch=main",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(params=["memory", "folder", "local branch", "remote branch"])
def store(request, tmp_path):
    if request.param == "memory":
        return MemoryBaselines()
    if request.param == "folder":
        return open_store("a folder with spaces/ünï", tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "x")
    if request.param == "remote branch":
        git(tmp_path, "init", "-q", "--bare", "remote.git")
        git(tmp_path, "remote", "add", "origin", str(tmp_path / "remote.git"))
    return open_store("git-branch:perf/gate", tmp_path)


FINGERPRINT = make_run().environment.fingerprint


def test_an_empty_store_has_nothing_and_says_so_without_an_error(store):
    assert list(store.environments()) == []
    assert list(store.run_ids(FINGERPRINT)) == []
    assert list(store.load_runs(FINGERPRINT)) == []
    assert store.load_headers(FINGERPRINT) == []
    assert store.load_acceptances() == []
    assert store.verify() == []
    assert store.leftovers() == []
    assert store.remove_leftovers() == 0


def test_a_run_comes_back_as_it_was(store):
    run = make_run(slices=8)
    store.save_run(run)
    (back,) = store.load_runs(FINGERPRINT, slices=True)
    assert replace(back, samples=()) == replace(run, samples=())
    for ours, theirs in zip(
        sorted(back.samples, key=lambda s: (s.benchmark, s.process, s.metric.name)),
        sorted(run.samples, key=lambda s: (s.benchmark, s.process, s.metric.name)),
        strict=True,
    ):
        assert (ours.benchmark, ours.metric, ours.process, ours.look) == (
            theirs.benchmark,
            theirs.metric,
            theirs.process,
            theirs.look,
        )
        assert ours.location == pytest.approx(theirs.location, rel=1e-5)
        assert ours.canary_locations == pytest.approx(theirs.canary_locations if theirs.canaries else {}, rel=1e-5)


def test_runs_come_oldest_first_and_can_be_chosen(store):
    runs = [make_run(number) for number in (3, 1, 2)]
    for run in runs:
        store.save_run(run)
    assert [run.id for run in store.load_runs(FINGERPRINT)] == sorted(run.id for run in runs)
    assert [run.id for run in store.load_runs(FINGERPRINT, [runs[0].id])] == [runs[0].id]
    assert [run.id for run in store.load_headers(FINGERPRINT)] == list(store.run_ids(FINGERPRINT))


def test_headers_have_the_facts_and_no_samples(store):
    store.save_run(make_run())
    (header,) = store.load_headers(FINGERPRINT)
    assert header.samples == ()
    assert header.commit == make_run().commit


def test_only_the_wanted_metrics_are_loaded_and_no_slices_unless_asked_for(store):
    store.save_run(make_run(slices=4))
    (run,) = store.load_runs(FINGERPRINT, metrics={"execution_time"})
    assert {sample.metric.name for sample in run.samples} == {"execution_time"}
    assert {sample.values for sample in run.samples} == {()}


def test_environments_are_kept_apart(store):
    other = replace(make_run(1), environment=Environment("0123456789ab", {}, {}))
    store.save_run(make_run())
    store.save_run(other)
    assert set(store.environments()) == {FINGERPRINT, "0123456789ab"}
    assert [run.id for run in store.load_runs("0123456789ab")] == [other.id]


def test_a_recorded_run_is_never_overwritten(store):
    store.save_run(make_run())
    with pytest.raises(StoreError, match="never overwritten"):
        store.save_run(make_run())


def test_deleted_runs_are_gone_and_deleting_them_again_is_no_error(store):
    store.save_run(make_run(1))
    store.save_run(make_run(2))
    for _ in range(2):
        store.delete_runs(FINGERPRINT, [make_run(1).id])
    assert list(store.run_ids(FINGERPRINT)) == [make_run(2).id]


def test_accepted_changes_come_back_oldest_first(store):
    for number in (2, 1):
        store.save_acceptance(Acceptance("t.py::a", f"reason {number}", id=f"2026030{number}", relative_change=0.1))
    assert [item.reason for item in store.load_acceptances()] == ["reason 1", "reason 2"]


def test_the_location_names_the_store(store):
    assert store.location
