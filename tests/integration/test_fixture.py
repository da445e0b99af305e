"""pytest-benchmark's API under the gate, and what we add to it."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

# Added to pytest-benchmark after 5.0.
HAS_TEARDOWN = "teardown" in inspect.signature(BenchmarkFixture.pedantic).parameters


@pytest.fixture
def samples(suite):
    """Run a module under --perfgate-record and return what was recorded: benchmark -> metric -> locations."""

    def run(text, *arguments, passes=True, **environ):
        suite.write(test_it=text)
        result = suite.run("--perfgate-record", *arguments, **environ)
        assert (result.ret == 0) is passes, result.stdout.str() + result.stderr.str()
        if not suite.run_files:
            return result, {}
        lines = suite.run_files[-1].read_text(encoding="utf-8").splitlines()
        header = json.loads(lines[0])
        names = [metric["name"] for metric in header["metrics"]]
        found = {}
        for line in map(json.loads, lines[1:-1]):
            rows = [dict(zip(names, process[3], strict=True)) for process in line["processes"]]
            found[line["benchmark"]["id"].split("::")[1]] = {
                name: [row[name] for row in rows if row[name] is not None] for name in names
            }
        return result, found

    return run


def test_calls_pedantic_and_extra_info_work_as_in_pytest_benchmark(samples):
    teardown = "teardown=teardown, " if HAS_TEARDOWN else ""
    _, found = samples(
        (
            """
        from conftest import spend, CLOCK
        def test_call(benchmark):
            def double(x, *, y):
                spend("call", 1e-4)
                return 2 * x + y
            assert benchmark(double, 3, y=1) == 7
            assert benchmark.stats.stats.rounds == 24
            assert benchmark.enabled and not benchmark.disabled
            assert benchmark.name == "test_call"
        def test_pedantic(benchmark):
            done = []
            def setup():
                CLOCK.spend(5.0)  # not timed
                return (len(done),), {}
            def target(number):
                spend("pedantic", 2e-3)
                return number
            def teardown(number):
                CLOCK.spend(5.0)
                done.append(number)
            benchmark.pedantic(target, setup=setup, TEARDOWN rounds=4, warmup_rounds=1)
            assert len(done) == (5 if "TEARDOWN" else 0)
        def test_extra(benchmark):
            benchmark.extra_info["bytes"] = 500
            benchmark(spend, "extra", 1e-3)
            benchmark.extra_info["note"] = "later"
    """
        ).replace("TEARDOWN", teardown)
    )
    assert found["test_call"]["execution_time"] == pytest.approx([1e-4] * 2, rel=0.15)
    assert found["test_pedantic"]["execution_time"] == pytest.approx([2e-3] * 2, rel=0.15)
    speed = [500 / seconds for seconds in found["test_extra"]["execution_time"]]
    assert found["test_extra"]["throughput_bytes"] == pytest.approx(speed, rel=1e-4)


def test_async_benchmarks_are_awaited(samples):
    _, found = samples("""
        from conftest import spend
        async def work(name):
            spend(name, 3e-4)
            return 42
        def test_async(benchmark):
            assert benchmark(work, "async") == 42
        def test_async_pedantic(benchmark):
            assert benchmark.pedantic(work, args=("pedantic",), rounds=3) == 42
    """)
    assert found["test_async"]["execution_time"] == pytest.approx([3e-4] * 2, rel=0.15)
    assert found["test_async_pedantic"]["execution_time"] == pytest.approx([3e-4] * 2, rel=0.15)


def test_metrics_of_ones_own_and_whole_tests(samples):
    _, found = samples("""
        import pytest
        from conftest import spend
        @pytest.mark.perfgate(whole_test=True)
        def test_whole(perfgate):
            spend("whole", 0.5)
            perfgate.metric("rows", 12, unit="1", direction="higher")
            perfgate.metric("rows", 14, unit="1", direction="higher")
        def test_only_metrics(perfgate):
            perfgate.metric("depth", 3)
    """)
    assert found["test_whole"]["execution_time"] == pytest.approx([0.5] * 2, rel=0.15)
    assert found["test_whole"]["error_rate"] == [0, 0]
    assert found["test_whole"]["rows"] == [14, 14]
    assert found["test_only_metrics"]["depth"] == [3, 3]


def test_the_fixture_for_metrics_does_nothing_without_the_gate(suite):
    suite.write(test_it="def test_it(perfgate):\n    perfgate.metric('rows', 1)\n")
    assert suite.run().ret == 0


def test_pytest_benchmarks_json_is_written_once_by_the_main_process(samples, suite):
    samples(
        "def test_it(benchmark):\n    from conftest import spend\n    benchmark(spend, 'a', 1e-4)\n",
        "--benchmark-json=out.json",
        "--junitxml=junit.xml",
    )
    content = json.loads((suite.pytester.path / "out.json").read_text())
    assert content["benchmarks"][0]["stats"]["median"] == pytest.approx(1e-4, rel=0.15)
    assert "test_it" in (suite.pytester.path / "junit.xml").read_text()


def test_the_allocations_peak_is_recorded_and_equal_in_every_process(samples):
    _, found = samples("""
        from conftest import spend
        def allocate():
            spend("a", 1e-3)
            return bytearray(1_000_000)
        def test_it(benchmark):
            benchmark(allocate)
    """)
    peaks = found["test_it"]["allocated_peak"]
    assert peaks[0] == pytest.approx(1_000_000, rel=0.01)
    assert peaks[0] == peaks[1]


def test_marks_are_honoured(suite):
    suite.write(
        test_it="""
        import os, pytest
        from conftest import spend
        SLOW = 1.2 if os.environ.get("SLOW") else 1.0
        @pytest.mark.perfgate(min_change="50%")
        def test_lenient(benchmark):
            benchmark(spend, "a", 1e-4 * SLOW)
        @pytest.mark.perfgate(skip="depends on the disk")
        def test_skipped(benchmark):
            benchmark(spend, "b", 1e-4 * SLOW)
        @pytest.mark.perfgate(budget="2ms")
        def test_budget(benchmark):
            benchmark(spend, "c", 1e-3 if SLOW == 1 else 3e-3)
        @pytest.mark.perfgate(metrics=["cpu_time"])
        def test_cpu(benchmark):
            benchmark(spend, "d", 1e-4)
    """
    )
    suite.record()
    assert suite.gate().ret == 0
    result = suite.gate(slow="x")
    assert result.ret == 1
    text = result.stdout.str()
    assert "test_budget" in text
    assert "over its budget" in text
    for name in ("test_lenient", "test_skipped"):
        assert not [line for line in result.outlines if name in line and "regressed" in line]


def test_wrong_marks_are_shown_all_at_once_with_what_was_meant(suite):
    suite.write(
        test_it="""
        import pytest
        @pytest.mark.perfgate(min_chnage=0.1)
        def test_a(benchmark): benchmark(int)
        @pytest.mark.perfgate(budget="5 parsecs", alpha=7)
        def test_b(benchmark): benchmark(int)
        @pytest.mark.perfgate(0.1)
        def test_c(benchmark): benchmark(int)
    """
    )
    result = suite.gate()
    assert result.ret == 4
    text = result.stderr.str()
    for part in ("'min_chnage'", "did you mean 'min_change'", "5 parsecs", "alpha=7", "positional"):
        assert part in text


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("perfgate.metric('rows', float('nan'))", "finite"),
        ("perfgate.metric('rows', 'many')", "number"),
        ("perfgate.metric('a b', 1)", "letters"),
        ("perfgate.metric('a', 1, direction='up')", "direction"),
    ],
)
def test_a_wrong_metric_fails_its_test_with_what_is_wrong(samples, body, word):
    result, _ = samples(f"def test_it(perfgate):\n    {body}\n", passes=False)
    assert result.ret == 1
    assert word in result.stdout.str()


def test_a_benchmark_that_is_called_twice_fails_as_in_pytest_benchmark(samples):
    result, _ = samples(
        "def test_it(benchmark):\n    from conftest import spend\n    benchmark(spend, 'a', 1e-4)\n    benchmark(spend, 'a', 1e-4)\n",
        passes=False,
    )
    assert "FixtureAlreadyUsed" in result.stdout.str()


def test_a_benchmark_that_never_calls_the_fixture_is_named(suite):
    suite.write(
        test_it="""
        from conftest import spend
        def test_used(benchmark): benchmark(spend, "a", 1e-4)
        def test_unused(benchmark): pass
    """
    )
    result = suite.run("--perfgate-record", "-W", "ignore")
    assert result.ret == 0
    assert "'test_it.py::test_unused' asks for the fixture but measured nothing" in " ".join(
        result.stdout.str().split()
    )


def test_an_async_test_with_a_running_loop_is_told_what_to_do(samples):
    result, _ = samples(
        """
        import asyncio
        async def work(): pass
        def test_it(benchmark):
            async def inside():
                benchmark(work)
            asyncio.run(inside())
    """,
        passes=False,
    )
    assert "plain 'def' test" in result.stdout.str()


def test_pedantic_calls_its_target_exactly_as_often_as_pytest_benchmark(suite):
    suite.write(
        test_it="""
        from conftest import spend
        def test_single(benchmark):
            calls = []
            assert benchmark.pedantic(lambda: calls.append(spend("a", 1e-3)) or 7) == 7
            assert len(calls) == 1
        def test_rounds(benchmark):
            calls = []
            benchmark.pedantic(lambda: calls.append(spend("b", 1e-3)), rounds=30, warmup_rounds=2)
            assert len(calls) == 32
        def test_iterations(benchmark):
            calls = []
            assert benchmark.pedantic(lambda: calls.append(spend("c", 1e-3)) or 8, rounds=3, iterations=4) == 8
            assert len(calls) == 13
    """
    )
    assert suite.run("--perfgate-record").ret == 0


@pytest.mark.parametrize("style", ["python -m pytest", "pytest"])
def test_every_process_imports_from_where_the_main_process_does(suite, style):
    body = (
        "import json, sys\nfrom pathlib import Path\nfrom conftest import spend\nFOUND = sys.path.copy()\n"
        "def test_it(benchmark):\n    benchmark(spend, 'a', 1e-4)\n"
        "    with Path('paths.jsonl').open('a') as file: file.write(json.dumps(FOUND) + '\\n')\n"
    )
    suite.write(tests__test_it=body)
    command = [sys.executable, "-m", "pytest"] if "-m" in style else [str(Path(sys.executable).with_name("pytest"))]
    subprocess.run([*command, "-q", "--perfgate-record"], cwd=suite.pytester.path, check=True)
    main, other = (suite.pytester.path / "paths.jsonl").read_text().splitlines()
    assert main == other
