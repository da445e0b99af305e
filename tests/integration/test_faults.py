"""What benchmarks and machines do to a gate: each has a name, and none passes."""

import os
import signal
import sys

import pytest

ONE = "from conftest import spend, CLOCK\nimport os, sys\nWORKER = any('--perfgate-worker' in a for a in sys.argv)\n"


def outcome(suite, body, *arguments, **environ):
    suite.write(test_it=ONE + body)
    return suite.run("--perfgate", "--perfgate-record", *arguments, **environ)


def test_a_benchmark_that_raises_fails_the_build(suite):
    result = outcome(suite, "def test_it(benchmark):\n    benchmark(lambda: 1 / 0)\n")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["NOT JUDGED: tests failed"])


def test_os_exit_in_the_main_process_is_no_silent_pass(suite):
    result = outcome(suite, "def test_it(benchmark):\n    benchmark(os._exit, 0)\n")
    assert result.ret == 10
    assert "'test_it.py::test_it' called os._exit(0)" in result.stdout.str()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("os._exit(3)", "ended with exit code 10"),
        ("os.kill(os.getpid(), 9)", "signal 9"),
        ("raise ValueError('only here')", "only here"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="signals and their numbers are POSIX's")
def test_a_crash_in_a_later_process_is_named(suite, what, words):
    result = outcome(
        suite,
        f"def work():\n    spend('a', 1e-4)\n    if WORKER:\n        {what}\ndef test_it(benchmark):\n    benchmark(work)\n",
    )
    assert result.ret == 10
    text = " ".join(result.stdout.str().split())
    assert "COULD NOT JUDGE: measurement failed" in text
    assert "test_it.py::test_it" in text
    assert words in text


def test_a_hang_is_stopped_and_named(suite):
    body = "import time\ndef work():\n    spend('a', 1e-4)\n    if WORKER:\n        time.sleep(600)\ndef test_it(benchmark):\n    benchmark(work)\n"
    result = outcome(suite, body, PERFGATE_BENCHMARK_TIMEOUT="2")
    assert result.ret == 10
    text = " ".join(result.stdout.str().split())
    assert "hung for more than 2 s in 'test_it.py::test_it'" in text


def test_a_different_collection_in_a_later_process_is_named(suite):
    body = "import pytest\n@pytest.mark.parametrize('n', [1, 2] if not WORKER else [1, 3])\ndef test_it(benchmark, n):\n    benchmark(spend, 'a', 1e-4)\n"
    result = outcome(suite, body)
    assert result.ret == 10
    text = " ".join(result.stdout.str().split())
    assert "collected other benchmarks than the first" in text
    assert "test_it[2]" in text
    assert "test_it[3]" in text


def test_a_benchmark_that_changes_folder_harms_nobody(suite):
    suite.write(
        test_it=ONE
        + "def work():\n    spend('a', 1e-4)\n    os.chdir('/')\ndef test_folder(benchmark):\n    benchmark(work)\n"
    )
    assert suite.run("--perfgate-record").ret == 0
    assert len(suite.run_files) == 1


def test_a_benchmark_that_closes_stdout_neither_passes_nor_records(suite):
    result = outcome(suite, "def test_it(benchmark):\n    sys.stdout.close()\n    benchmark(spend, 'b', 1e-4)\n")
    assert result.ret != 0
    assert suite.run_files == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork exists on POSIX only")
def test_a_benchmark_that_forks_is_measured(suite):
    body = "def work():\n    spend('a', 1e-3)\n    pid = os.fork()\n    if pid == 0:\n        os._exit(0)\n    os.waitpid(pid, 0)\ndef test_it(benchmark):\n    benchmark.pedantic(work, rounds=3)\n"
    suite.write(test_it=ONE + body)
    result = suite.run("--perfgate-record", "-W", "ignore::DeprecationWarning")
    assert result.ret == 0


@pytest.mark.parametrize(("body", "word"), [("pass", "stands still"), ("CLOCK.spend(-1)", "went back")])
def test_a_clock_that_stands_still_or_goes_back_is_an_error_not_a_number(suite, body, word):
    result = outcome(suite, f"def work():\n    {body}\ndef test_it(benchmark):\n    benchmark(work)\n")
    assert result.ret == 1
    assert word in result.stdout.str()
    assert suite.run_files == []


def test_a_skipped_benchmark_that_the_baseline_has_is_missing(recorded):
    path = recorded.pytester.path / "test_it.py"
    path.write_text(
        path.read_text().replace(
            "    benchmark(spend", "    if name == 'b': pytest.skip('no disk')\n    benchmark(spend"
        )
    )
    result = recorded.gate()
    assert result.ret == 10
    assert "skipped: Skipped: no disk" in " ".join(result.stdout.str().split())


def test_coverage_and_tracers_are_not_judged(recorded):
    text = (recorded.pytester.path / "conftest.py").read_text()
    (recorded.pytester.path / "conftest.py").write_text(text + "\nimport sys\nsys.settrace(lambda *a: None)\n")
    result = recorded.gate()
    assert result.ret == 10
    result.stdout.fnmatch_lines(["COULD NOT JUDGE: untrusted measurement"])


def test_under_xdist_benchmarks_are_measured_alone_afterwards(recorded):
    result = recorded.gate("-n", "2", slow="a=20")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["perfgate: process 1 of 2", "*test_it[[]a[]]*regressed*"])


def test_a_terminated_run_leaves_the_store_as_it_was(recorded):
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("SIGKILL exists on POSIX only")
    path = recorded.pytester.path / "test_it.py"
    path.write_text(path.read_text() + "\ndef test_zz_kill():\n    import os\n    os.kill(os.getpid(), 9)\n")
    before = {path: path.read_bytes() for path in recorded.run_files}
    result = recorded.run("--perfgate-record")
    assert result.ret != 0
    assert {path: path.read_bytes() for path in recorded.run_files} == before


def test_hostile_benchmark_names_are_recorded_compared_and_shown_harmlessly(suite):
    suite.write(
        test_it="""
        import pytest
        from conftest import spend
        NAMES = ["a/../../b", "pipe|x", "<script>alert(1)</script>", "rocket-\\U0001F680", "x" * 10_000, "new\\nline", "@everyone"]
        @pytest.mark.parametrize("name", NAMES, ids=NAMES)
        def test_it(benchmark, name):
            benchmark(spend, name[:20], 1e-4)
    """
    )
    suite.record()
    result = suite.gate("--perfgate-report=r.html", "--perfgate-report=r.md", "--perfgate-report=r.json")
    assert result.ret == 0, result.stdout.str()
    assert "<script>alert" not in (suite.pytester.path / "r.html").read_text(encoding="utf-8")
    assert "<script>alert" not in (suite.pytester.path / "r.md").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="the command is one for a POSIX shell")
def test_the_command_that_a_failing_gate_offers_can_be_pasted_whatever_the_name(suite):
    suite.write(
        test_it="""
        import os, pytest
        from conftest import spend
        NAMES = ["new\\nline's \\x1b[1m $HOME `x` \\\\ *", "b", "c", "d"]
        @pytest.mark.parametrize("name", NAMES, ids=NAMES)
        def test_it(benchmark, name):
            benchmark(spend, name[:3], 1e-4 * (1.3 if name[:3] == os.environ.get("SLOW", "-") else 1))
    """
    )
    suite.record()
    result = suite.gate(slow="new")
    assert result.ret == 1
    command = result.outlines[result.outlines.index("Next:") + 1].strip()
    program = f"{sys.executable} -m pytest_perfgate"
    done = suite.pytester.run("sh", "-c", command.replace("perfgate", program, 1))
    assert done.ret == 0
    accepted = suite.gate(slow="new")
    assert accepted.ret == 0, accepted.stdout.str()
    assert "1 accepted" in accepted.stdout.str()


def test_two_runs_at_once_on_one_store_lose_nothing(suite):
    import subprocess

    suite.write(test_it=ONE + "def test_it(benchmark):\n    benchmark(spend, 'a', 1e-4)\n")
    command = [sys.executable, "-m", "pytest", "-q", "--perfgate-record"]
    both = [subprocess.Popen(command, cwd=suite.pytester.path, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert len(suite.run_files) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="a process can't send Ctrl-C to another one there")
def test_ctrl_c_ends_with_2_and_leaves_neither_a_process_nor_a_run(suite):
    import psutil

    body = (
        "import signal, time\nfrom pathlib import Path\n"
        "def work():\n    spend('a', 1e-4)\n    if WORKER:\n        Path('pid').write_text(str(os.getpid()))\n"
        "        os.kill(os.getppid(), signal.SIGINT)\n        time.sleep(600)\n"
        "def test_it(benchmark):\n    benchmark(work)\n"
    )
    result = outcome(suite, body)
    assert result.ret == 2
    assert not psutil.pid_exists(int((suite.pytester.path / "pid").read_text()))
    assert suite.run_files == []
