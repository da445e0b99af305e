"""`kill -9` at every step of a whole session: no partial run counts, and the next run works."""

import sys

import pytest

from pytest_perfgate.api import load_runs
from pytest_perfgate.storage import open_store

# Every file that is written, renamed or removed, every folder that is made and every benchmark process is a step;
# the process kills itself before the step that KILL_AT names. Python reports them all to an audit hook.
KILLER = """
import os, sys
STEPS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "subprocess.Popen", "shutil.rmtree"}
begun = 0
def kill(event, arguments):
    global begun
    if event not in STEPS or (event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        return
    if event == "subprocess.Popen" and arguments[0] != sys.executable:
        return  # git and others, which only read
    begun += 1
    if begun == int(os.environ["KILL_AT"]):
        os.kill(os.getpid(), 9)
if "KILL_AT" in os.environ and not any("--perfgate-worker" in argument for argument in sys.argv):
    sys.addaudithook(kill)
"""
ONE = "from conftest import spend\ndef test_it(benchmark):\n    benchmark(spend, 'a', 1e-4)\n"
SESSIONS = [
    ("--perfgate-record", "--perfgate-processes=2"),
    ("--perfgate", "--perfgate-record", "--perfgate-report=report.json", "--perfgate-processes=1"),
]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
@pytest.mark.parametrize("options", SESSIONS, ids=["record", "gate"])
def test_a_session_killed_at_any_step_harms_neither_the_store_nor_the_next_run(suite, options):
    suite.write(test_it=ONE)
    suite.record(3)
    conftest = suite.pytester.path / "conftest.py"
    conftest.write_text(conftest.read_text() + KILLER)
    before = {path: path.read_bytes() for path in suite.run_files}
    store = open_store("baselines", suite.pytester.path)
    step, left = 1, 0
    while (result := suite.run(*options, KILL_AT=step)).ret != 0:
        assert result.ret == -9, f"step {step}"
        assert store.verify() == [], f"step {step}"
        processes = int(options[-1][-1])
        new = [run for run in load_runs(suite.pytester.path) if f"{run.id}.jsonl" not in {path.name for path in before}]
        assert all(len({sample.process for sample in run.samples}) == processes for run in new), f"step {step}"
        left, step = max(left, len(store.leftovers())), step + 1
    assert step > 10  # the killer has killed
    assert left > 0  # also in the middle of the run's own file
    assert {path: path.read_bytes() for path in before} == before
    assert store.remove_leftovers() == left
    assert store.verify() == []
