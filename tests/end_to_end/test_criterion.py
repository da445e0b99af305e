"""A real crate with real Criterion: `cargo bench`, imported, recorded, gated; slower code fails, the same passes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Where Debian's packages put the source of crates; cargo takes it for crates.io, so that nothing is downloaded.
CRATES = Path("/usr/share/cargo/registry")
CARGO = shutil.which("cargo", path=os.pathsep.join([os.environ.get("PATH", ""), str(Path.home() / ".cargo" / "bin")]))
OFFLINE = [
    "--config",
    'source.crates-io.replace-with="packages"',
    "--config",
    f'source.packages.directory="{CRATES}"',
    "bench",
    "--offline",
    "--bench",
    "shop",
]
# The example's own measurement counts what it looks at, the same on a busy machine as on a quiet one: so a verdict can
# be asserted. Criterion stores no unit of such a measurement.
PYPROJECT = "[tool.perfgate.importers.criterion]\nunits = ['*=steps']\n"
COUNTED = "counted"
COUNTED_AND_SLOW = "counted,slow"

pytestmark = [
    pytest.mark.skipif(CARGO is None, reason="cargo is not installed"),
    pytest.mark.skipif(
        not list(CRATES.glob("criterion-0.3.*")),
        reason="Criterion's source is not here; Debian has it in librust-criterion-dev",
    ),
]


@pytest.fixture
def crate(tmp_path, monkeypatch):
    """A copy of the example; what it is built from stays in the example's own target folder."""
    shutil.copytree(
        ROOT / "examples" / "criterion", tmp_path / "crate", ignore=shutil.ignore_patterns("target", "Cargo.lock")
    )
    (tmp_path / "crate" / "pyproject.toml").write_text(PYPROJECT)
    monkeypatch.chdir(tmp_path / "crate")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("CARGO_TARGET_DIR", str(ROOT / "examples" / "criterion" / "target"))
    monkeypatch.delenv("CRITERION_HOME", raising=False)
    return tmp_path / "crate"


def run(*command, **environ):
    return subprocess.run(
        command, env={**os.environ, **environ}, capture_output=True, text=True, encoding="utf-8", check=False
    )


def perfgate(*arguments):
    done = run(sys.executable, "-m", "pytest_perfgate", *map(str, arguments))
    assert "Traceback" not in done.stderr
    return done


def cargo_bench(features):
    return [CARGO, *OFFLINE, *(["--features", features] if features else [])]


def bench(home, features=COUNTED):
    done = run(*cargo_bench(features), CRITERION_HOME=str(home))
    assert done.returncode == 0, done.stderr
    return home


def verdicts(done):
    rows = json.loads(done.stdout)["judgements"]
    return {row["benchmark"]: row["verdict"] for row in rows if row["metric"]["name"] == "steps"}


def test_perfgate_run_repeats_cargo_bench_and_judges_times_by_the_canaries(crate):
    """What the verdicts are is the machine's affair here; `counted` below is not."""
    (crate / "pyproject.toml").write_text("")
    for _ in range(3):
        done = perfgate("run", "--processes", 2, "--record", "--", *cargo_bench(""))
        assert done.returncode == 0, done.stderr
    assert "perfgate: process 2 of 2" in done.stderr
    assert "shop::words/of an order/split & sort · throughput_bytes" in done.stdout
    assert "(the whole command) · rss_peak" in done.stdout
    again = perfgate("run", "--processes", 2, "--check", "--json", "--", *cargo_bench(""))
    report = json.loads(again.stdout)
    assert report["outcome"] in {"passed", "regressed", "nothing conclusive"}, again.stdout
    assert {row["comparison"]["method"] for row in report["judgements"]} == {"canary"}
    assert report["machine_shift"] is not None


def test_perfgate_run_passes_the_same_code_and_fails_the_slower(crate):
    for _ in range(3):
        assert perfgate("run", "--record", "--processes", 2, "--", *cargo_bench(COUNTED)).returncode == 0
    same = perfgate("run", "--processes", 3, "--check", "--json", "--", *cargo_bench(COUNTED))
    assert same.returncode == 0, same.stdout
    assert set(verdicts(same).values()) == {"unchanged"}
    slow = perfgate("run", "--processes", 3, "--check", "--json", "--", *cargo_bench(COUNTED_AND_SLOW))
    assert slow.returncode == 1, slow.stdout
    assert verdicts(slow) == {
        "shop::total/100": "regressed",
        "shop::total/1000": "regressed",
        "shop::words/of an order/split & sort": "unchanged",
    }


def test_cargo_bench_over_one_folder_and_into_several_is_imported_and_gated(crate, tmp_path):
    for _ in range(3):
        bench(tmp_path / "one")
        done = perfgate("import", "criterion", tmp_path / "one", "--record")
        assert done.returncode == 0, done.stderr
        assert "Criterion.rs 0.3." in done.stdout
    # The newest run was recorded, and its base/ is a copy of new/ by now.
    again = perfgate("import", "criterion", tmp_path / "one", "--record")
    assert again.returncode == 10
    assert "recorded already" in again.stderr
    same = [bench(tmp_path / f"same{number}") for number in range(3)]
    assert perfgate("import", "criterion", *same, "--check").returncode == 0
    alone = perfgate("import", "criterion", same[0], "--check", "--json")
    assert alone.returncode == 10
    assert set(verdicts(alone).values()) == {"inconclusive"}
    slow = [bench(tmp_path / f"slow{number}", COUNTED_AND_SLOW) for number in range(3)]
    done = perfgate("import", "auto", *slow, "--check", "--json")
    assert done.returncode == 1, done.stdout
    assert verdicts(done)["shop::total/100"] == "regressed"


def test_a_benchmark_that_does_not_build_records_nothing(crate):
    (crate / "src" / "lib.rs").write_text("this is no Rust")
    done = perfgate("run", "--record", "--processes", 2, "--", CARGO, *OFFLINE)
    assert done.returncode == 10
    assert "Process 1 of 2" in done.stderr
    assert "ended with exit code 101" in done.stderr
    assert "could not compile" in done.stderr
    assert not (crate / "baselines").exists()
