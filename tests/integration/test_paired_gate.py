"""Paired runs with real processes, real git and a clock that says what the test says."""

import json
import os

import pytest
from paired_project import SHOP, SUITE, Project

from pytest_perfgate.storage.evidence_file import decode_evidence


@pytest.fixture
def project(suite, monkeypatch):
    monkeypatch.setenv("PERFGATE_BUDGET", "600")
    return Project(suite)


def verdicts(report):
    """Of times, and of the users' own metrics."""
    rows = [row for row in report["judgements"] if row["metric"]["name"] not in {"allocated_peak", "error_rate"}]
    return {row["benchmark"].split("::")[-1]: row["verdict"] for row in rows}


def test_a_slower_benchmark_fails_and_is_named_alone(project):
    project.slow(5)
    result, report = project.gate()
    assert result.ret == 1
    assert {name for name, verdict in verdicts(report).items() if verdict == "regressed"} == {"test_it[c]"}
    assert report["against"].endswith("base")
    assert "1 regressed" in result.stdout.str()
    assert project.left_behind == []


def test_an_unrelated_change_passes_and_touches_nothing_of_the_user(project):
    project.write("src/shop.py", SHOP + "# a comment\n")
    project.write("untracked.txt", "mine\n")
    project.git("add", "src/shop.py")
    before = project.git("status", "--porcelain"), project.git("stash", "list"), project.git("branch", "-a")
    result, report = project.gate()
    assert result.ret == 0
    assert set(verdicts(report).values()) == {"unchanged"}
    assert (project.git("status", "--porcelain"), project.git("stash", "list"), project.git("branch", "-a")) == before
    assert project.left_behind == []


def test_committed_changes_are_measured_against_the_fork_point_by_default(project):
    project.git("checkout", "-q", "-b", "feature")
    project.slow(20)
    project.commit("slower")
    result, report = project.gate(against="")
    assert result.ret == 1
    assert verdicts(report)["test_it[c]"] == "regressed"


def test_the_commit_itself_is_no_base(project):
    result, report = project.gate()
    assert result.ret == 10
    assert report["outcome"] == "same code on both sides"


def test_a_base_in_which_nothing_differs_says_so_and_is_measured_on_request(project):
    project.write("README.md", "words\n")
    result, report = project.gate()
    assert (result.ret, report["outcome"]) == (0, "nothing differs")
    assert "No file that the benchmarks import differs" in report["explanation"]
    assert "README.md" in report["explanation"]
    assert report["judgements"] == []
    result, report = project.gate("--perfgate-measure-unchanged")
    assert (result.ret, report["outcome"]) == (0, "passed")
    assert set(verdicts(report).values()) == {"unchanged"}


def test_code_of_the_wrong_side_is_no_comparison(project, tmp_path):
    elsewhere = tmp_path / "site-packages"
    elsewhere.mkdir()
    (elsewhere / "shop.py").write_text(SHOP)
    project.slow(50)
    result, report = project.gate("-o", f"pythonpath={elsewhere}")
    assert (result.ret, report["outcome"]) == (10, "same code on both sides")
    assert "shop" in report["explanation"]
    assert str(elsewhere) in report["explanation"]
    assert project.left_behind == []


def test_a_benchmark_that_the_base_cannot_run_is_new_with_its_error(project):
    project.write("src/shop.py", SHOP + "FRESH = 1e-4\n")
    project.write(
        "tests/test_fresh.py",
        """
        from conftest import spend
        def test_fresh(benchmark):
            from shop import FRESH
            benchmark(spend, "fresh", FRESH)
        """,
    )
    result, report = project.gate()
    assert result.ret == 0
    (row,) = [row for row in report["judgements"] if row["benchmark"].endswith("test_fresh")]
    assert row["verdict"] == "new"
    assert "cannot import name 'FRESH'" in row["reason"]


def test_a_benchmark_that_is_gone_is_missing(project):
    project.write("src/shop.py", SHOP + "del COST['d']\n")
    result, report = project.gate()
    assert (result.ret, report["outcome"]) == (10, "missing benchmarks")
    assert verdicts(report)["test_it[d]"] == "missing"


def test_a_benchmark_that_was_rewritten_is_marked(project):
    project.write("src/shop.py", SHOP + "# a comment\n")
    project.write("tests/test_it.py", SUITE.replace("benchmark(spend, name", "benchmark(spend, str(name)"))
    _, report = project.gate()
    row = next(row for row in report["judgements"] if row["benchmark"].endswith("test_it[a]"))
    assert "own code differs" in row["comparison"]["warnings"][0]


def test_benchmark_files_of_the_base_can_measure_both(project):
    project.slow(20)
    project.write(
        "tests/test_it.py", SUITE.replace("benchmark(spend, name, COST[name])", "benchmark(spend, name, 1e-4)")
    )
    _, report = project.gate("--perfgate-benchmarks-from=candidate")
    assert verdicts(report)["test_it[c]"] == "unchanged"
    result, report = project.gate("--perfgate-benchmarks-from=base")
    assert result.ret == 1
    assert verdicts(report)["test_it[c]"] == "regressed"


def test_pedantic_async_and_whole_tests_and_own_metrics_are_paired(project):
    project.write(
        "tests/test_it.py",
        """
        import pytest
        from conftest import spend
        from shop import COST

        def test_pedantic(benchmark):
            made = []
            benchmark.pedantic(spend, setup=lambda: made.append(1) or (("p", COST["c"]), {}), rounds=4)
            assert len(made) == 4 or made == [1]

        def test_async(benchmark):
            async def work():
                spend("async", COST["c"])
            benchmark(work)

        @pytest.mark.perfgate(whole_test=True)
        def test_whole():
            spend("whole", COST["c"] * 100)

        def test_own(perfgate):
            perfgate.metric("rows", COST["c"], unit="1")
        """,
    )
    project.commit("other benchmarks")
    project.slow(20)
    result, report = project.gate()
    assert result.ret == 1
    assert verdicts(report) == dict.fromkeys(["test_pedantic", "test_async", "test_whole", "test_own"], "regressed")


def test_each_side_knows_which_it_is_and_has_a_temporary_folder_of_its_own(project):
    project.write(
        "tests/test_it.py",
        """
        import os
        from conftest import spend
        from shop import COST

        def test_side(benchmark, tmp_path):
            side = os.environ.get("PERFGATE_SIDE", "main")
            with open(os.environ["NOTES"], "a") as notes:
                notes.write(f"{side} {tmp_path}\\n")
            benchmark(spend, "a", COST["a"])
        """,
    )
    project.commit("sides")
    project.slow(1, "a")
    notes = project.path / "notes.json"
    project.gate(NOTES=str(notes))
    seen = [line.split() for line in notes.read_text().splitlines()]
    assert {side for side, _ in seen} == {"main", "base", "candidate"}
    assert len({folder for _, folder in seen}) == len(seen)


@pytest.mark.parametrize("side", ["base", "candidate"])
def test_a_side_that_crashes_is_named_and_the_rest_is_judged(project, side):
    project.write(
        "tests/test_it.py",
        SUITE.replace(
            "    benchmark(",
            f"    import os\n    if name == 'b' and os.environ.get('PERFGATE_SIDE') == {side!r}: os.kill(os.getpid(), 9)\n    benchmark(",
        ),
    )
    project.commit("crash")
    project.slow(1, "a")
    result, report = project.gate()
    assert (result.ret, report["outcome"]) == (10, "measurement failed")
    assert "test_it[b]" in report["explanation"]
    assert f"the {side} process ended" in report["explanation"]
    assert verdicts(report)["test_it[d]"] == "unchanged"
    assert project.left_behind == []


def test_a_side_that_hangs_is_stopped_and_named(project):
    project.write(
        "tests/test_it.py",
        SUITE.replace(
            "    benchmark(",
            "    import os, signal\n    if name == 'b' and os.environ.get('PERFGATE_SIDE') == 'base': signal.pause()\n    benchmark(",
        ),
    )
    project.commit("hang")
    project.slow(1, "a")
    result, report = project.gate(PERFGATE_BENCHMARK_TIMEOUT="3")
    assert (result.ret, report["outcome"]) == (10, "measurement failed")
    assert "hung" in report["explanation"]
    assert project.left_behind == []


def test_a_side_that_prints_a_lot_closes_its_output_or_changes_folder_is_measured(project):
    project.write(
        "tests/test_it.py",
        """
        import os, sys
        from conftest import spend
        from shop import COST

        def test_loud(benchmark):
            if "PERFGATE_SIDE" in os.environ:
                os.write(1, b"x" * 20_000_000)
                print("y" * 1_000_000)
            benchmark(spend, "a", COST["a"])

        def test_closed(benchmark, tmp_path):
            os.chdir(tmp_path)
            if "PERFGATE_SIDE" in os.environ:
                os.close(0)
            benchmark(spend, "b", COST["b"])
        """,
    )
    project.commit("loud")
    project.slow(20, "b")
    result, report = project.gate("-s")
    assert result.ret == 1
    assert verdicts(report) == {"test_loud": "unchanged", "test_closed": "regressed"}


def test_a_collection_that_fails_on_the_base_is_told(project):
    project.write("src/shop.py", "raise RuntimeError('the base is broken')\n")
    project.commit("broken")
    project.write("src/shop.py", SHOP)
    result, report = project.gate()
    assert result.ret == 10
    assert report["outcome"] == "measurement failed"
    assert "the base is broken" in report["explanation"] or "the base process ended" in report["explanation"]
    assert project.left_behind == []


@pytest.mark.parametrize("against", ["no-such-branch", "HEAD~5"])
def test_a_revision_that_is_not_there_is_told(project, against):
    result, report = project.gate(against=against)
    assert (result.ret, report["outcome"]) == (10, "base unavailable")
    assert against in report["explanation"]


def test_without_git_there_is_no_base(suite):
    suite.write(test_it="def test_it(benchmark):\n    benchmark(len, 'abc')\n")
    result = suite.run("--perfgate", "--perfgate-against=HEAD")
    assert result.ret == 10
    assert "COULD NOT JUDGE: base unavailable" in result.stdout.str()


def test_failing_tests_end_it_before_anything_is_measured(project):
    project.write("tests/test_more.py", "def test_wrong():\n    assert False\n")
    result, report = project.gate()
    assert result.ret == 1
    assert report is None
    assert "NOT JUDGED: tests failed" in result.stdout.str()


def test_a_killed_run_leaves_nothing_that_the_next_does_not_remove(project):
    project.write(
        "tests/test_it.py",
        SUITE.replace(
            "    benchmark(",
            "    import os, signal\n    if os.environ.get('KILL') and os.environ.get('PERFGATE_SIDE') == 'base': os.kill(os.getppid(), 9)\n    benchmark(",
        ),
    )
    project.commit("kill")
    project.slow(20)
    result, report = project.gate(KILL="1")
    assert report is None
    assert result.ret not in (0, 1, 10)
    result, report = project.gate()
    assert result.ret == 1
    assert project.left_behind == []


def test_both_sides_are_recorded_when_asked(project):
    project.write("src/shop.py", SHOP + "# a comment\n")
    project.commit("comment")
    result, _ = project.gate("--perfgate-record", against="HEAD~1")
    assert result.ret == 0
    files = sorted((project.path / "baselines").glob("*/*.jsonl"))
    assert len(files) == 2
    revisions = {project.git("rev-parse", "HEAD")[:12], project.git("rev-parse", "HEAD~1")[:12]}
    assert {file.name.split("-")[1] for file in files} == revisions


def test_a_doubt_of_the_baseline_is_settled_in_turns(project):
    for number in range(3):
        result = project.suite.run("--perfgate-record", FAKE_RUN=str(number))
        assert result.ret == 0
    project.slow(20)
    report_path = project.path / "report.json"
    evidence_path = project.path / "evidence.zip"
    result = project.suite.run("--perfgate", f"--perfgate-report={report_path}", f"--perfgate-report={evidence_path}")
    report = json.loads(report_path.read_text())
    (row,) = [row for row in report["judgements"] if row["verdict"] == "regressed"]
    assert result.ret == 1
    assert row["comparison"]["method"] == "paired"
    assert row["screening"]["method"] == "canary"
    base, candidate = decode_evidence(evidence_path.read_bytes()).confirming
    assert {sample.process for sample in base.samples} == {sample.process for sample in candidate.samples}
    assert project.left_behind == []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores can be chosen on Linux only")
def test_a_single_core_is_enough(project):
    project.slow(20)
    core = min(os.sched_getaffinity(0))
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        result, report = project.gate()
    finally:
        os.sched_setaffinity(0, allowed)
    assert result.ret == 1
    assert verdicts(report)["test_it[c]"] == "regressed"


def test_a_plugin_that_orders_the_tests_at_last_keeps_no_side_from_its_turn(project):
    hook = "import pytest\n@pytest.hookimpl(trylast=True)\ndef pytest_collection_modifyitems(items):\n    items.sort(key=lambda i: i.name)\n"
    # A conftest.py that is found while tests are collected is registered last, and so called last.
    project.write("checks/__init__.py", "")
    project.write("checks/conftest.py", hook)
    project.write("checks/test_more.py", "def test_more():\n    pass\n")
    project.commit("an order of its own")
    project.write("src/shop.py", SHOP + "\n# nothing that matters\n")
    result, report = project.gate()
    assert result.ret == 0, result.stdout.str()
    assert {row["verdict"] for row in report["judgements"]} == {"unchanged"}


def test_sides_that_cannot_live_together_run_one_after_the_other(project):
    project.write(
        "tests/test_it.py",
        """
        import os, pytest
        from conftest import spend
        from shop import COST

        @pytest.fixture(scope="session", autouse=True)
        def alone():
            lock = os.environ["LOCK"]
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))  # two at a time can't have it
            yield
            os.unlink(lock)

        @pytest.mark.parametrize("name", sorted(COST))
        def test_it(benchmark, name):
            benchmark(spend, name, COST[name])
        """,
    )
    project.commit("exclusive")
    project.slow(20)
    lock = project.path / "lock.json"
    _, report = project.gate(LOCK=str(lock))
    assert "regressed" not in verdicts(report).values()
    lock.unlink(missing_ok=True)
    result, report = project.gate("--perfgate-alternate", LOCK=str(lock))
    assert result.ret == 1
    assert verdicts(report)["test_it[c]"] == "regressed"
    assert any("less sharp" in warning for warning in report["warnings"])
