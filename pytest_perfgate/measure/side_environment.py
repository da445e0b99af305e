"""A side's own virtual environment: built by the user's command, or filled with released versions, or found."""

from __future__ import annotations

import hashlib
import importlib.metadata
import secrets
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from pytest_perfgate import __version__
from pytest_perfgate.errors import SideBuildError
from pytest_perfgate.measure.build_cache import BuildFolder, build_folder, remove_unused
from pytest_perfgate.measure.build_command import environment_for, python_of, run_build_command
from pytest_perfgate.measure.checkout_content import check_lfs, fill_submodules
from pytest_perfgate.measure.commit import git
from pytest_perfgate.measure.revision import clean_environment, repository_root, resolve
from pytest_perfgate.measure.worktree import add_worktree

# Raised when what a build holds changes its meaning: older ones are then built anew.
_BUILD_VERSION = "1"
_KEY_DIGITS = 16
_MAKE_VENV = ("-m", "venv")
_PROBE_TIMEOUT_S = 60.0
_ABOUT_PYTHON = "import sys, platform; print(sys.version, sys.base_prefix, platform.platform(), sep='\\n')"
_ABOUT_ENVIRONMENT = (
    "import json, pytest, pytest_perfgate; print(json.dumps([pytest_perfgate.__version__, pytest.__version__]))"
)


class BuiltSide(Struct, frozen=True):
    """What one side runs in.

    `python`: its interpreter. `environment`: the virtual environment's folder. `tree`: the sources that were built,
    None where there are none (released versions). `perfgate`, `pytest`: the versions of these in it.
    """

    python: str
    environment: Path
    tree: Path | None
    perfgate: str
    pytest: str


def build(
    command: str,
    tree_commit: str,
    root: Path,
    cache: Path,
    *,
    python: str,
    progress: Callable[[str], None] = lambda _text: None,
    keep: int = 4,
    timeout_s: float = 3600.0,
) -> BuiltSide:
    """The commit `tree_commit` checked out and built by `command`, which the platform's shell runs in that tree.

    An environment of its own, made from the interpreter `python`, is active meanwhile (VIRTUAL_ENV, first on PATH).
    What was built from the same tree, command, interpreter and platform is used again; the `keep` newest that nobody
    uses are kept. It belongs to this process until the process ends. `progress` receives a line now and then.

    Raises SideBuildError, with the end of the command's output, when the command fails, takes longer than `timeout_s`
    or leaves an environment without pytest or pytest_perfgate; BaseRevisionError and StoreError as `checkout` does.
    """
    top = repository_root(root)
    commit = resolve(root, tree_commit)
    content = git(top, "rev-parse", f"{commit}^{{tree}}", environ=clean_environment()).strip()
    folder = build_folder(cache, _key(content, command, _ask_python(python)))

    def make(run: Callable[[str | Sequence[str], Path], None]) -> None:
        add_worktree(top, commit, folder.tree)
        fill_submodules(top, folder.tree, add_worktree)
        run(command, folder.tree)
        check_lfs(top, folder.tree)

    side = _cached(folder, make, top=top, what=f"'{command}'", python=python, progress=progress, timeout_s=timeout_s)
    remove_unused(root, cache, keep=keep)
    return side


def venv_with(
    packages: Sequence[str],
    root: Path,
    cache: Path,
    *,
    python: str,
    tools: Sequence[str] | None = None,
    progress: Callable[[str], None] = lambda _text: None,
    keep: int = 4,
    timeout_s: float = 3600.0,
) -> BuiltSide:
    """An environment with released versions (`package==1.0`) and `tools` (default: this pytest_perfgate), by pip.

    Used again only if every package is pinned by `==`: what else a name stands for may have changed since.
    Raises SideBuildError.
    """
    for package in packages:
        if not package.strip() or package.startswith("-"):
            raise SideBuildError(f"'{package}' is no package to install; write it as in 'pip:package==1.0'.")
    wanted = [*packages, *(_own_requirement() if tools is None else tools)]
    is_pinned = all("==" in package and "*" not in package for package in packages)
    again = "" if is_pinned else secrets.token_hex(8)
    folder = build_folder(cache, _key("\n".join(wanted), again, _ask_python(python)))
    install = [str(python_of(folder.venv)), "-m", "pip", "install", "--disable-pip-version-check", *wanted]
    what = f"pip install {' '.join(packages)}"

    def make(run: Callable[[str | Sequence[str], Path], None]) -> None:
        run(install, root)

    side = _cached(folder, make, top=None, what=what, python=python, progress=progress, timeout_s=timeout_s)
    remove_unused(root, cache, keep=keep)
    return side


def existing(folder: Path) -> BuiltSide:
    """The virtual environment in `folder`; raises SideBuildError where it lacks python, pytest or pytest_perfgate."""
    python = python_of(folder.absolute())
    if not python.exists():
        raise SideBuildError(
            f"'{folder}' is no virtual environment: there is no '{python}'. Make one with 'python -m venv {folder}'."
        )
    return _probed(
        folder.absolute(), None, f"Install them: '{python} -m pip install pytest pytest-perfgate=={__version__}'."
    )


def _cached(
    folder: BuildFolder,
    make: Callable[[Callable[[str | Sequence[str], Path], None]], None],
    *,
    top: Path | None,
    what: str,
    python: str,
    progress: Callable[[str], None],
    timeout_s: float,
) -> BuiltSide:
    """What stands in `folder`, made first where it is not there. After an error only the log is left."""
    with folder.locked(progress):
        found = _usable(folder)
        if found is not None:
            folder.use()
            return found
        folder.delete(top)
        environ = environment_for(folder.venv)

        def run(command: str | Sequence[str], cwd: Path) -> None:
            run_build_command(
                command,
                cwd=cwd,
                environ=environ,
                log=folder.log,
                progress=lambda text: progress(f"building with {what}, {text}"),
                timeout_s=timeout_s,
            )

        try:
            folder.create()
            run([python, *_MAKE_VENV, str(folder.venv)], folder.path)
            make(run)
            hint = f"Add them to the command: '… && python -m pip install pytest pytest-perfgate=={__version__}'."
            side = _probed(folder.venv, folder.tree if folder.tree.exists() else None, hint)
            folder.finish(msgspec.json.encode(side, enc_hook=str))
            folder.use()
        except BaseException:
            folder.delete(top)
            raise
        return side


def _usable(folder: BuildFolder) -> BuiltSide | None:
    note = folder.read_finished()
    try:
        side = msgspec.json.decode(note, type=BuiltSide, dec_hook=_path) if note is not None else None
    except msgspec.MsgspecError:
        return None
    # Somebody may have deleted a part of it, or moved the cache.
    if side is None or not Path(side.python).exists() or (side.tree and not (side.tree / ".git").exists()):
        return None
    return side


def _path(_type: type, text: str) -> Path:
    return Path(text)


def _probed(venv: Path, tree: Path | None, remedy: str) -> BuiltSide:
    python = str(python_of(venv))
    try:
        printed = _ask(python, _ABOUT_ENVIRONMENT)
        perfgate, pytest = msgspec.json.decode(printed, type=tuple[str, str])
    except (subprocess.SubprocessError, OSError, msgspec.MsgspecError) as error:
        text = getattr(error, "stderr", None) or str(error)
        why = text.strip().splitlines()[-1] if text.strip() else "no reason was given"
        raise SideBuildError(
            f"The environment '{venv}' cannot import pytest and pytest_perfgate ({why}). {remedy}"
        ) from error
    return BuiltSide(python=python, environment=venv, tree=tree, perfgate=perfgate, pytest=pytest)


def _ask_python(python: str) -> str:
    try:
        return _ask(python, _ABOUT_PYTHON)
    except (subprocess.SubprocessError, OSError) as error:
        raise SideBuildError(f"The interpreter '{python}' cannot be started: {error}") from error


def _ask(python: str, code: str) -> str:
    # -I: what this process finds by PYTHONPATH or in the current folder does not count.
    done = subprocess.run(
        [python, "-I", "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=_PROBE_TIMEOUT_S,
        check=True,
    )
    return done.stdout


def _own_requirement() -> list[str]:
    """What installs this very version: the folder or file that it was installed from, else the release."""
    from pytest_perfgate.measure.installed_project import installed_from

    folder, is_editable = installed_from(importlib.metadata.distribution("pytest-perfgate"))
    if folder and Path(folder).exists():
        return ["--editable", folder] if is_editable else [folder]
    return [f"pytest-perfgate=={__version__}"]


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join((_BUILD_VERSION, *parts)).encode()).hexdigest()[:_KEY_DIGITS]
