"""Benchmark tools of other languages: which way is better, and what counts as a replicate, down to the exit code."""

import json
import random

import pytest


def jmh(path, seed, *, factor=1.0):
    """Four forks of five iterations each, in operations per microsecond; each fork has a mood of 1 % either way."""
    dice = random.Random(seed)
    forks = [
        [5.0 * factor * mood * (1 + dice.uniform(-0.002, 0.002)) for _ in range(5)]
        for mood in (1 + dice.uniform(-0.01, 0.01) for _ in range(4))
    ]
    metric = {"score": 5.0, "scoreError": "NaN", "scoreUnit": "ops/us", "rawData": forks}
    path.write_text(
        json.dumps([{"jmhVersion": "1.37", "benchmark": "a.B.c", "mode": "thrpt", "primaryMetric": metric}])
    )
    return path


def hyperfine(path, seed, *, factor=1.0):
    """Five runs of one command."""
    dice = random.Random(seed)
    times = [0.2 * factor * (1 + dice.uniform(-0.01, 0.01)) for _ in range(5)]
    path.write_text(json.dumps({"results": [{"command": "shop --all", "times": times, "exit_codes": [0] * 5}]}))
    return path


def go(path, seed, *, factor=1.0, runs=4):
    """`go test` appended to one file several times, each with `-count 3`."""
    dice = random.Random(seed)
    text = ""
    for mood in (1 + dice.uniform(-0.01, 0.01) for _ in range(runs)):
        values = [500.0 * factor * mood * (1 + dice.uniform(-0.002, 0.002)) for _ in range(3)]
        lines = [f"BenchmarkA-8   \t   1000\t {value:.1f} ns/op\t 80 B/op\n" for value in values]
        text += "goos: linux\npkg: example.org/shop\n" + "".join(lines) + "PASS\n"
    path.write_text(text)
    return path


WRITERS = {"jmh": jmh, "hyperfine": hyperfine, "go": go}


def judged(perfgate, path, metric):
    code, out, err = perfgate("import", "auto", path, "--check", "--json")
    assert "Traceback" not in err
    rows = {row["metric"]["name"]: row for row in json.loads(out)["judgements"]}
    return code, rows[metric]["verdict"]


@pytest.mark.parametrize(
    ("tool", "metric", "worse", "better"),
    [
        ("jmh", "throughput_elements", 0.75, 1.3),
        ("hyperfine", "execution_time", 1.3, 0.75),
        ("go", "execution_time", 1.3, 0.75),
    ],
)
def test_one_file_holds_replicates_and_what_is_worse_fails(project, perfgate, tool, metric, worse, better):
    write = WRITERS[tool]
    for number in range(4):
        assert perfgate("import", tool, write(project / f"base{number}", f"base{number}"), "--record")[0] == 0
    assert judged(perfgate, write(project / "same", "same"), metric) == (0, "unchanged")
    assert judged(perfgate, write(project / "worse", "worse", factor=worse), metric) == (1, "regressed")
    assert judged(perfgate, write(project / "better", "better", factor=better), metric) == (0, "improved")


def test_all_counts_of_one_go_test_are_one_process_which_is_not_enough(project, perfgate):
    for number in range(4):
        perfgate("import", "go", go(project / f"base{number}", f"base{number}"), "--record")
    alone = go(project / "alone", "alone", factor=1.3, runs=1)
    assert judged(perfgate, alone, "execution_time") == (10, "inconclusive")


def test_the_counted_bytes_of_one_process_are_enough(project, perfgate):
    for number in range(3):
        perfgate("import", "go", go(project / f"base{number}", f"base{number}"), "--record")
    path = go(project / "more", "more", runs=1)
    path.write_text(path.read_text().replace(" 80 B/op", " 96 B/op"))
    assert judged(perfgate, path, "allocated_bytes") == (1, "regressed")
