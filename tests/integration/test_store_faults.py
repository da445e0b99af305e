"""Disks that are full or read-only, writers that are killed at any point."""

import os
import subprocess
import sys

import pytest
from builders import ENVIRONMENT, make_run

from pytest_perfgate.errors import StoreError
from pytest_perfgate.storage import folder as folder_module
from pytest_perfgate.storage import open_store

ROOT_ON_LINUX = sys.platform == "linux" and hasattr(os, "geteuid") and os.geteuid() == 0
STEPS = ["mkdir", "open", "write", "fsync", "replace", "sync folder"]
WRITER = """
import os, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from builders import make_run
from pytest_perfgate.storage import open_store, folder
step, target = int(sys.argv[1]), sys.argv[2]
calls = [0]
def dying(function):
    def wrapped(*arguments, **options):
        if calls[0] == step:
            os.kill(os.getpid(), 9)
        calls[0] += 1
        return function(*arguments, **options)
    return wrapped
for name in ("mkdir", "open", "replace"):
    setattr(Path, name, dying(getattr(Path, name)))
os.fsync = dying(os.fsync)
os.open = dying(os.open)
open_store("baselines", Path(target)).save_run(make_run(2))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
@pytest.mark.parametrize("step", range(7))
def test_a_writer_killed_at_any_point_leaves_the_store_readable(tmp_path, step, request):
    store = open_store("baselines", tmp_path)
    store.save_run(make_run(1))
    script = WRITER.format(tests=str(request.config.rootpath / "tests"))
    done = subprocess.run([sys.executable, "-c", script, str(step), str(tmp_path)], check=False)
    runs = list(store.load_runs(ENVIRONMENT.fingerprint))
    assert [run.id for run in runs][:1] == [make_run(1).id]
    assert len(runs) <= 2
    assert store.verify() == []
    left = len(store.leftovers())
    assert left <= 1
    assert store.remove_leftovers() == left
    assert store.leftovers() == []
    if done.returncode == 0:
        assert len(runs) == 2
    else:
        assert done.returncode == -9


def test_every_step_of_writing_was_killed_once(tmp_path, request):
    """The test above must reach the end: a step beyond the last one lets the writer finish."""
    script = WRITER.format(tests=str(request.config.rootpath / "tests"))
    codes = [
        subprocess.run([sys.executable, "-c", script, str(step), str(tmp_path / str(step))], check=False).returncode
        for step in (0, 99)
    ]
    assert codes[1] == 0
    assert codes[0] != 0


def _fill(store):
    for number in range(20):
        store.save_run(make_run(number, {f"b{n}": 1e-3 for n in range(40)}))


@pytest.mark.skipif(not ROOT_ON_LINUX, reason="mounting a small file system needs root on Linux")
@pytest.mark.parametrize(("options", "word"), [("size=16k", "disk is full"), ("size=1m,ro", "read-only")])
def test_a_full_or_read_only_disk_is_named_and_loses_nothing(tmp_path, options, word):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(tmp_path)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"this machine does not let us mount: {mounted.stderr.decode()[:80]}")
    try:
        store = open_store("baselines", tmp_path)
        with pytest.raises(StoreError, match=word):
            _fill(store)
        assert store.verify() == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_disk_that_fails_while_syncing_leaves_no_half_file(tmp_path, monkeypatch):
    def failing(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module.os, "fsync", failing)
    store = open_store("baselines", tmp_path)
    with pytest.raises(StoreError, match="disk is full"):
        store.save_run(make_run(1))
    assert store.verify() == []
    assert list(store.run_ids(ENVIRONMENT.fingerprint)) == []
