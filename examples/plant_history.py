"""Plants a git history of the example: `python examples/plant_history.py FOLDER`.

Four commits; only the last makes something slower: `parse_csv` reads every line twice.
"""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def git(folder: Path, *arguments: str) -> None:
    """Run git in `folder`, as nobody in particular."""
    identity = ("-c", "user.name=example", "-c", "user.email=example@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def commit(folder: Path, subject: str) -> None:
    """Everything that stands in `folder`, as one commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", subject)


def edit(path: Path, before: str, after: str) -> None:
    """Replace what must be there."""
    text = path.read_text(encoding="utf-8")
    if before not in text:
        raise SystemExit(f"'{before}' is not in '{path}'")
    path.write_text(text.replace(before, after), encoding="utf-8")


def plant(folder: Path) -> None:
    """The history, in a new folder."""
    folder.mkdir(parents=True)
    shutil.copytree(HERE / "shop", folder / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml", "test_shop.py"):
        shutil.copy(HERE / name, folder)
    (folder / ".gitignore").write_text("__pycache__/\n.pytest_cache/\n", encoding="utf-8")
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "A shop")
    edit(folder / "shop" / "forecast.py", "window: int = 8", "window: int = 7 + 1")
    commit(folder, "Say where the window comes from")
    edit(folder / "shop" / "orders.py", "unstable input", "the input changed while it was read")
    commit(folder, "A clearer message")
    edit(folder / "shop" / "orders.py", "careful: bool = False", "careful: bool = True")
    edit(folder / "test_shop.py", "benchmark(parse_csv, CSV, careful=careful)", "benchmark(parse_csv, CSV)")
    edit(folder / "test_shop.py", "test_parse_csv(benchmark, careful)", "test_parse_csv(benchmark)")
    commit(folder, "Check every line twice")


if __name__ == "__main__":
    if len(sys.argv) != 2 or Path(sys.argv[1]).exists():
        raise SystemExit("usage: python examples/plant_history.py NEW_FOLDER")
    plant(Path(sys.argv[1]))
