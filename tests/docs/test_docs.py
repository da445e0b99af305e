"""The documentation says what the program does: pages that the code writes, and examples that run."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_perfgate.config import KEYS
from pytest_perfgate.model import Outcome
from pytest_perfgate.plugin.options import CONFIG_OPTIONS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)


@pytest.mark.parametrize("name", [name for name in generate.PAGES if name != "cli.md"])
def test_the_generated_pages_are_up_to_date(name):
    assert (DOCS / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run 'python docs/generate.py'"


def test_every_command_is_documented_with_its_options():
    """Not to the letter: click lays its help out differently from version to version."""
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    written = generate.command_line()
    assert re.findall(r"^## .*", page, re.MULTILINE) == re.findall(r"^## .*", written, re.MULTILINE)
    assert set(re.findall(r"--[a-z][a-z-]+", page)) == set(re.findall(r"--[a-z][a-z-]+", written))


def test_every_key_option_and_outcome_is_documented():
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert all(f"`{key.name}`" in page for key in KEYS)
    assert all(f"`--{option.replace('_', '-')}`" in page for option in CONFIG_OPTIONS)
    codes = (DOCS / "exit-codes.md").read_text(encoding="utf-8")
    assert all(outcome.value in codes for outcome in Outcome)


def test_every_page_is_in_the_navigation():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert all(path.name in nav for path in DOCS.glob("*.md"))


@pytest.mark.parametrize(
    "page", sorted(path.name for path in DOCS.glob("*.md") if "```sh" in path.read_text(encoding="utf-8"))
)
def test_the_examples_of_a_page_run(page, tmp_path, monkeypatch):
    text = (DOCS / page).read_text(encoding="utf-8")
    for name, code in re.findall(r'```python title="([\w.]+)"\n(.*?)```', text, re.DOTALL):
        (tmp_path / name).write_text(code, encoding="utf-8")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    scripts = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", scripts, prepend=":" if sys.platform != "win32" else ";")
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            done = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def test_the_readmes_first_two_blocks_are_one_command_each():
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert [len(block.strip().splitlines()) for block in blocks[:2]] == [1, 1]
    assert "pytest examples --perfgate" in blocks[0]
    assert blocks[1].strip().endswith("pytest")


def test_the_documentation_builds_strictly(tmp_path):
    mkdocs = shutil.which("mkdocs", path=str(Path(sys.executable).parent))
    if mkdocs is None:
        pytest.skip("mkdocs is not in this environment; 'just docs' builds it")
    done = subprocess.run(
        [mkdocs, "build", "--strict", "-q", "-d", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
