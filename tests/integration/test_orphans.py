"""A main process that is killed leaves no process of its own behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest

PATIENCE_S = 120
# The process says who it is, and stays until somebody ends it.
BLOCKED = """
import os, socket, sys
from conftest import spend
WORKER = any(a.startswith(("--perfgate-worker", "--perfgate-follow")) for a in sys.argv)
def block():
    line = socket.create_connection(("127.0.0.1", {port}))
    line.sendall(str(os.getpid()).encode() + b"\\n")
    {wait}
def test_it(benchmark):
    if WORKER:
        {call}
    benchmark(spend, "a", 1e-4)
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the test sends POSIX's SIGKILL")


@contextlib.contextmanager
def started(suite, *options, count=1, call="block()", wait="line.recv(1)"):
    """A session of which `count` other processes are in their benchmark: the session, and those processes."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server.settimeout(PATIENCE_S)
        suite.write(test_it=BLOCKED.format(port=server.getsockname()[1], call=call, wait=wait))
        for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
            identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
            subprocess.run(["git", *identity, *arguments], cwd=suite.pytester.path, check=True)
        command = [sys.executable, "-m", "pytest", "-q", "-s", *options]
        session = subprocess.Popen(command, cwd=suite.pytester.path, stdout=subprocess.DEVNULL)
        try:
            others = []
            for _ in range(count):
                line = stack.enter_context(server.accept()[0])
                line.settimeout(PATIENCE_S)
                others.append(psutil.Process(int(stack.enter_context(line.makefile()).readline())))
            yield session, *others
        finally:
            session.kill()
            session.wait()


@pytest.mark.parametrize("wait", ["line.recv(1)", "while True: pass"], ids=["waiting", "computing"])
def test_a_killed_session_takes_its_benchmark_process_along(suite, wait):
    with started(suite, "--perfgate-record", wait=wait) as (session, worker):
        os.kill(session.pid, signal.SIGKILL)
        worker.wait(PATIENCE_S)
    assert suite.run_files == []


def test_a_killed_paired_session_takes_both_sides_along(suite):
    with started(suite, "--perfgate", "--perfgate-against=HEAD", "--perfgate-measure-unchanged", count=2) as (
        session,
        *sides,
    ):
        os.kill(session.pid, signal.SIGKILL)
        assert psutil.wait_procs(sides, PATIENCE_S)[1] == []


def test_what_a_benchmark_started_goes_too(suite):
    call = "import multiprocessing; multiprocessing.get_context('spawn').Process(target=block).start()"
    with started(suite, "--perfgate-record", call=call) as (session, grandchild):
        os.kill(session.pid, signal.SIGKILL)
        grandchild.wait(PATIENCE_S)


def test_a_benchmark_process_reads_an_empty_stdin_and_knows_of_no_leash(suite):
    body = (
        "import os, sys\nfrom conftest import spend\n"
        "def test_it(benchmark):\n    benchmark(spend, 'a', 1e-4)\n"
        "    assert not [name for name in os.environ if 'LEASH' in name]\n"
        "    if any('--perfgate-worker' in a for a in sys.argv):\n"
        "        assert sys.stdin.read() == ''\n"
    )
    suite.write(test_it=body)
    assert suite.run("--perfgate-record", "-s").ret == 0
    assert len(suite.run_files) == 1


def test_our_own_thread_is_not_counted_as_the_benchmarks(suite):
    suite.write(
        test_it="import numpy  # its threads, in both\nfrom conftest import spend\ndef test_it(benchmark):\n    benchmark(spend, 'a', 1e-4)\n"
    )
    suite.record(1)
    from pytest_perfgate.api import load_runs

    (run,) = load_runs(suite.pytester.path)
    threads = [sample.location for sample in run.samples if sample.metric.name == "threads"]
    assert len(threads) == 2
    assert len(set(threads)) == 1
