"""`perfgate run`: any command, repeated, with the canaries and its resources; the clock of the canaries is a fake."""

import contextlib
import json
import re
import sys
import textwrap
from pathlib import Path

import pytest
from criterion_trees import result
from fakes import FakeClock, fake_instrument, noise

from pytest_perfgate import load_runs
from pytest_perfgate.wiring import running

# A benchmark tool: what it measures costs as much as the machine is slow, which COUNT knows.
TOOL = """
import os, pathlib, random, sys
count = pathlib.Path("count")
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
speed = [float(text) for text in pathlib.Path("speeds").read_text().split()][number - 1]
dice = random.Random(number)
slow = float(os.environ.get("SLOW", "1"))
rows = ["benchmark,value,unit"]
for name, cost in (("a", 1e-3), ("b", 2e-3), ("c", 5e-6)):
    rows.append(f"{name},{cost * speed * (slow if name == 'a' else 1) * dice.uniform(0.995, 1.005)},s")
text = "\\n".join(rows) + "\\n"
where = sys.argv[1]
print(text) if where == "-" else pathlib.Path(where).write_text(text)
"""


@pytest.fixture
def tool(project, monkeypatch):
    """The tool, on a machine whose speed changes from process to process, and canaries that feel it."""
    (project / "tool.py").write_text(textwrap.dedent(TOOL))
    speeds = [noise("machine", number, spread=0.15) for number in range(60)]
    (project / "speeds").write_text(" ".join(map(str, speeds)))
    clock = FakeClock()

    def instrument():
        count = project / "count"
        clock.factor = speeds[int(count.read_text()) if count.exists() else 0]
        return fake_instrument(clock)

    read = running.read_canaries

    def read_canaries(_instrument):
        # Read twice around a process; the machine has the speed of the process in between.
        number = int((project / "count").read_text()) if (project / "count").exists() else 0
        clock.factor = speeds[max(0, number - 1)]
        return read(fake_instrument(clock))

    monkeypatch.setattr(running, "make_instrument", instrument)
    monkeypatch.setattr(running, "read_canaries", read_canaries)
    monkeypatch.setattr(running, "between", lambda _before, after: dict(after))
    return [sys.executable, "tool.py"]


def record(perfgate, tool, runs=5):
    for _ in range(runs):
        code, _, err = perfgate("run", "--import", "csv=out.csv", "--processes", 3, "--record", "--", *tool, "out.csv")
        assert code == 0, err


def test_a_command_is_repeated_and_each_time_is_a_process(project, perfgate, tool):
    code, out, err = perfgate("run", "--import", "csv=out.csv", "--processes", 4, "--record", "--", *tool, "out.csv")
    assert code == 0, err
    assert "4 processes" in out
    assert [line for line in err.splitlines() if "process" in line] == [
        f"perfgate: process {n} of 4: {sys.executable[:60]}" for n in range(1, 5)
    ]
    (run,) = load_runs(project, slices=True)
    timed = [s for s in run.samples if s.benchmark == "a"]
    assert [s.process for s in timed] == [0, 1, 2, 3]
    assert all(set(s.canary_locations) == {"arithmetic", "comparison", "vector"} for s in timed)
    assert run.environment.parts["canaries"]
    assert run.environment.facts["command"] == sys.executable.rsplit("/", 1)[-1].rsplit("\\", 1)[-1]


def test_the_number_of_processes_comes_from_the_configuration(project, perfgate, tool):
    (project / "pyproject.toml").write_text("[tool.perfgate]\nprocesses = 2\n")
    assert "2 processes" in perfgate("run", "--import", "csv=out.csv", "--", *tool, "out.csv")[1]


def test_a_machine_that_is_slow_is_told_from_slow_code(project, perfgate, tool, monkeypatch):
    record(perfgate, tool)
    code, out, _ = perfgate(
        "run", "--import", "csv=out.csv", "--processes", 5, "--check", "--json", "--", *tool, "out.csv"
    )
    assert code == 0, out
    monkeypatch.setenv("SLOW", "1.2")
    code, out, _ = perfgate(
        "run", "--import", "csv=out.csv", "--processes", 5, "--check", "--json", "--", *tool, "out.csv"
    )
    assert code == 1
    report = json.loads(out)
    found = {row["benchmark"]: row for row in report["judgements"]}
    assert found["a"]["verdict"] == "regressed"
    assert found["a"]["comparison"]["method"] == "canary"
    assert found["a"]["change"] == pytest.approx(0.2, abs=0.03)
    assert {found["b"]["verdict"], found["c"]["verdict"]} == {"unchanged"}
    # Without the canaries the machine's 15 % would drown it.
    assert abs(report["machine_shift"]) > 0.01


def test_what_the_command_prints_is_imported_too(project, perfgate, tool):
    code, out, err = perfgate("run", "--import", "csv=-", "--processes", 2, "--", *tool, "-")
    assert code == 0, err
    assert "2 processes" in out


def test_auto_knows_the_format(project, perfgate, tool):
    assert perfgate("run", "--import", "auto=out.csv", "--processes", 1, "--", *tool, "out.csv")[0] == 0


def test_criterion_gets_a_folder_of_its_own_each_time(project, perfgate, tool, monkeypatch):
    (project / "cargo.py").write_text(
        textwrap.dedent(f"""
        import os, pathlib, sys
        sys.path.insert(0, {str(project / "lib")!r})
        for name, text in {result("sort")!r}.items():
            path = pathlib.Path(os.environ["CRITERION_HOME"]) / name
            assert not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            number = len(os.listdir("homes"))
            path.write_text(text.replace("10000.0", str(10000.0 + number)) if name.endswith("sample.json") else text)
        (pathlib.Path("homes") / str(number)).write_text(os.environ["CRITERION_HOME"])
        assert os.path.isabs(os.environ["CARGO_TARGET_DIR"])
    """)
    )
    (project / "homes").mkdir()
    monkeypatch.setenv("CARGO_TARGET_DIR", "relative")
    code, out, err = perfgate("run", "--import", "criterion", "--processes", 3, "--", sys.executable, "cargo.py")
    assert code == 0, err
    assert "3 processes" in out
    homes = [path.read_text() for path in (project / "homes").iterdir()]
    assert len(set(homes)) == 3
    assert not any(Path(home).exists() for home in homes)


def test_an_old_criterion_that_knows_no_home_is_read_from_its_usual_place(project, perfgate, tool):
    (project / "cargo.py").write_text(
        textwrap.dedent(f"""
        import os, pathlib
        count = pathlib.Path("count2"); number = int(count.read_text()) + 1 if count.exists() else 1
        count.write_text(str(number))
        for name, text in {result("sort", version="0.2")!r}.items():
            path = pathlib.Path("target/criterion") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("10000.0", str(10000.0 + number)))
    """)
    )
    code, out, err = perfgate("run", "--import", "criterion", "--processes", 2, "--", sys.executable, "cargo.py")
    assert code == 0, err
    assert "2 processes" in out


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (
            "raise SystemExit('no such bench')",
            "Process 1 of 2: '.*ended with exit code 1. Its last words:\n.*no such bench",
        ),
        ("pass", "Process 1 of 2: '.*wrote no results to 'out.csv'"),
        (
            "open('out.csv', 'w').write('benchmark,value\\na,fast\\n')",
            "'out.csv', Process 1 of 2, line 2: 'fast' is no number",
        ),
        ("open('out.csv', 'w').write('benchmark,value\\na,1\\n')", "holds the same values as"),
        ("open('out.csv', 'w').write('benchmark,value,run\\na,1,x\\na,2,y\\n')", "holds 2 runs"),
    ],
)
def test_a_process_that_fails_records_nothing(project, perfgate, tool, program, words):
    (project / "broken.py").write_text(program)
    (project / "out.csv").write_text("benchmark,value\nold,1\n")
    code, _, err = perfgate(
        "run", "--import", "csv=out.csv", "--processes", 2, "--record", "--", sys.executable, "broken.py"
    )
    assert code == 10
    assert re.search(words, err, re.DOTALL), err
    assert not (project / "baselines").exists()


def test_a_process_that_takes_too_long_is_stopped_with_all_that_it_started(project, perfgate, tool):
    (project / "hang.py").write_text(
        "import subprocess, sys\nprint('waiting', flush=True)\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\nopen('pid', 'w').write(str(child.pid))\nchild.wait()\n"
    )
    code, _, err = perfgate("run", "--import", "csv=out.csv", "--timeout", "1.5", "--", sys.executable, "hang.py")
    assert code == 10
    assert "took more than 1.5 s ('--timeout') and was stopped" in err
    assert "waiting" in err
    import psutil

    pid = int((project / "pid").read_text())
    with contextlib.suppress(psutil.NoSuchProcess):  # killed, but on a busy machine it may not have had its turn to end
        psutil.wait_procs([psutil.Process(pid)], timeout=20)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--", "hyperfine", "x"], "What does 'hyperfine' write"),
        (["run"], "Missing argument"),
        (
            ["run", "--import", "csv=out.csv", "--", "no-such-command-at-all"],
            "'no-such-command-at-all' can't be started",
        ),
        (["run", "--import", "cvs=out.csv", "--", "true"], "Did you mean 'csv'"),
        (["run", "--processes", "0", "--", "cargo"], "x>=1"),
    ],
)
def test_wrong_usage_is_exit_2(project, perfgate, tool, arguments, words):
    code, _, err = perfgate(*arguments)
    assert code == 2, err
    assert words in err


def test_memory_cpu_time_and_load_are_recorded_and_not_judged(project, perfgate, tool):
    (project / "heavy.py").write_text(
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'x = bytearray(80_000_000); import time; t = time.process_time()\\nwhile time.process_time() - t < 0.8: pass'])\nopen('out.csv', 'w').write('benchmark,value\\na,1\\n')\n"
    )
    code, out, _ = perfgate(
        "run", "--import", "csv=out.csv", "--processes", 1, "--json", "--record", "--", sys.executable, "heavy.py"
    )
    assert code == 0
    (run,) = json.loads(out)["runs"]
    used = {row["metric"]: row["location"] for row in run["samples"] if row["benchmark"] == "(the whole command)"}
    assert used["rss_peak"] > 80_000_000  # the child's, not the parent's
    assert used["cpu_user"] + used["cpu_system"] > 0.2
    assert 0 < used["system_load"] <= 1
    from pytest_perfgate.analysis.compare import judged_metrics
    from pytest_perfgate.model import Policy

    (recorded,) = load_runs(project)
    assert set(judged_metrics(recorded, Policy())) == {"execution_time"}


def test_an_interrupted_run_ends_its_command(project, perfgate, tool, monkeypatch):
    def interrupt(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "run_command", interrupt)
    code, _, _ = perfgate("run", "--import", "csv=out.csv", "--record", "--", *tool, "out.csv")
    assert code == 130
    assert not (project / "baselines").exists()
