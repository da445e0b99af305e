"""The page 'An importer of your own': its package is built, installed and used as a user would."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "own-importer.md").read_text(encoding="utf-8")
CODE = re.search(r'```python title="stopwatch_importer.py"\n(.*?)```', PAGE, re.DOTALL).group(1)
ENTRY_POINTS = re.search(r'```toml\n\[project.entry-points."([\w.]+)"\]\n(\w+) = "([\w:.]+)"\n```', PAGE).groups()
RESULTS = "# stopwatch 1.0\nsort 1.25 ms\nsort 2.25 ms\nhash 30 us\n"


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder with the package in it, installed from a wheel."""
    folder = tmp_path_factory.mktemp("stopwatch")
    group, name, target = ENTRY_POINTS
    info = "stopwatch_importer-1.0.dist-info"
    contents = {
        "stopwatch_importer.py": CODE,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: stopwatch-importer\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[{group}]\n{name} = {target}\n",
    }
    wheel = folder / "stopwatch_importer-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in contents.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in [*contents, f"{info}/RECORD"]))
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not in this environment")
    command = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--offline",
        "--no-deps",
        "--target",
        str(folder / "installed"),
        str(wheel),
    ]
    subprocess.run([*command, "--python", sys.executable], check=True, capture_output=True)
    return folder / "installed"


def perfgate(folder, packages, *arguments):
    import os

    environ = {**os.environ, "PYTHONPATH": str(packages), "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    command = [sys.executable, "-m", "pytest_perfgate", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_the_example_reads_its_format_by_name_and_by_content(tmp_path, packages):
    (tmp_path / "results.txt").write_text(RESULTS)
    for format_ in ("stopwatch", "auto"):
        done = perfgate(tmp_path, packages, "import", format_, "results.txt")
        assert done.returncode == 0, done.stderr
        assert "stopwatch 1.0" in done.stdout
        assert "sort · execution_time 1.35 ms · 2 values" in done.stdout
    assert perfgate(tmp_path, packages, "import", "stopwatch", "results.txt", "--record").returncode == 0


def test_the_examples_errors_name_file_and_line(tmp_path, packages):
    (tmp_path / "results.txt").write_text(RESULTS + "broken\n")
    done = perfgate(tmp_path, packages, "import", "auto", "results.txt")
    assert done.returncode == 10
    assert "'results.txt': line 5 is no 'NAME NUMBER UNIT': 'broken'" in done.stderr


def test_without_the_package_its_format_is_unknown(tmp_path):
    (tmp_path / "results.txt").write_text(RESULTS)
    done = perfgate(tmp_path, "", "import", "stopwatch", "results.txt")
    assert done.returncode == 2
    assert "There is no format 'stopwatch'" in done.stderr
