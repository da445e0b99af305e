"""A backtest on several processes: the same bytes whoever works, and nothing lost with a worker that is killed."""

import json
import subprocess
import sys

import pytest
from noisy_runs import noisy_run

from pytest_perfgate.storage import open_store

DEVIATIONS = {"t.py::quiet": 0.006, "t.py::usual": 0.012, "t.py::b3": 0.008}
# Two tasks and two settings.
ASKED = ["--alpha", "0.01", "--alpha", "0.001", "--inject", "25%", "--last", "12", "--json"]
CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
KILLED = """
import os, signal, sys, time
from pathlib import Path

from pytest_perfgate.wiring.tasks import Workers, run_tasks

folder, backend, address = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def work(task):
    (folder / f"begun-{task}-{os.getpid()}").touch()
    if task == 3 and not (folder / "killed").exists():
        (folder / "killed").touch()
        while not (folder / "collected").exists():  # only then is there something that could be lost
            time.sleep(0.01)
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return task * task

if __name__ == "__main__":
    workers = Workers(backend=backend, jobs=2, scheduler=address)
    say = lambda text: print(text, file=sys.stderr)
    print(run_tasks(work, list(range(8)), workers, say=say, progress=lambda *_: (folder / "collected").touch()))
"""


def perfgate(folder, *arguments):
    command = [sys.executable, "-m", "pytest_perfgate", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    store = open_store("baselines", folder)
    for number in range(20):
        store.save_run(noisy_run(number, DEVIATIONS, slower={"t.py::usual": 0.3} if number >= 12 else {}))
    return folder


@pytest.fixture(scope="module")
def alone(project):
    done = perfgate(project, "backtest", *ASKED, "--jobs", "1")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    pytest.importorskip("distributed")
    script = tmp_path_factory.mktemp("cluster") / "cluster.py"
    script.write_text(CLUSTER, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=script.parent
    ) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()
        process.wait(60)


def test_two_processes_give_the_bytes_of_one(project, alone):
    done = perfgate(project, "backtest", *ASKED, "--jobs", "2")
    assert done.stdout == alone
    found = json.loads(alone)
    assert [step["place"] for step in found["steps"]] == [12]
    assert found["results"][0]["found"] == 1


def test_a_dask_cluster_gives_the_bytes_of_one_process(project, alone, cluster):
    done = perfgate(project, "backtest", *ASKED, "--backend", "dask", "--scheduler", cluster)
    assert done.returncode == 0, done.stderr
    assert done.stdout == alone


@pytest.mark.parametrize("backend", ["loky", "dask"])
def test_a_killed_worker_loses_nothing(tmp_path, backend, request):
    address = request.getfixturevalue("cluster") if backend == "dask" else ""
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    command = [sys.executable, str(script), str(tmp_path), backend, address]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str([number * number for number in range(8)]), done.stderr
    assert (tmp_path / "killed").exists()
    assert len(list(tmp_path.glob("begun-3-*"))) == 2
    begun = [len(list(tmp_path.glob(f"begun-{task}-*"))) for task in range(3)]
    assert 1 in begun, "what was done is not done again"


def test_workers_that_die_each_time_end_with_a_word(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(KILLED.replace(' and not (folder / "killed").exists()', ""), encoding="utf-8")
    command = [sys.executable, str(script), str(tmp_path), "loky", ""]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "StoreError: Workers were killed 5 times" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["--backend", "dask"], "belong together", 2),
        (["--alpha", "2"], "it must be a number over 0 and below 1", 2),
        (["--method", "magic"], "one of 'canary', 'welch'", 2),
        (["--jobs", "0"], "does nothing", 2),
        (["--processes", "9"], "the recorded runs have 3", 10),
        (["--baseline", "nowhere"], "has 0 usable runs", 10),
        (["--inject", "many"], "a share such as 0.05 or '5%'", 2),
    ],
    ids=["dask", "alpha", "method", "jobs", "processes", "store", "inject"],
)
def test_what_is_wrong_is_said(project, arguments, words, code):
    done = perfgate(project, "backtest", *arguments)
    assert done.returncode == code, done.stderr
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_scheduler_that_is_not_there_is_named(project):
    pytest.importorskip("distributed")
    done = perfgate(project, "backtest", "--backend", "dask", "--scheduler", "magic://nowhere")
    assert done.returncode == 11
    assert "No Dask scheduler answers at 'magic://nowhere'" in done.stderr


def test_without_dask_the_extra_is_named(project):
    code = "import sys; sys.modules['distributed'] = None; from pytest_perfgate.cli import main; main(sys.argv[1:])"
    arguments = ["backtest", "--backend", "dask", "--scheduler", "tcp://localhost:1"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 11
    assert "Install 'pytest-perfgate[dask]'" in done.stderr


def test_the_table_ranks_the_settings(project):
    done = perfgate(project, "backtest", "--last", "3", "--inject", "25%")
    assert done.returncode == 0, done.stderr
    assert "present settings" in done.stdout
    assert "max_looks = 1" in done.stdout
    assert "1 change of level" in done.stdout
