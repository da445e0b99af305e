"""Real environments, built offline: the setup command points to the pytest that runs these tests."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from wheels import wheel

from pytest_perfgate.errors import SideBuildError, StoreError
from pytest_perfgate.measure import build_cache, side_environment
from pytest_perfgate.measure.build_command import python_of

REPOSITORY = Path(__file__).parents[2]
POSIX = pytest.mark.skipif(os.name == "nt", reason="uses POSIX signals")
# What `pip install -e . pytest pytest-perfgate` does, without a network; and it notes that it ran.
SETUP = """
import json, os, sys, sysconfig
from pathlib import Path
site = Path(sysconfig.get_path("purelib"))
(site / "outside.pth").write_text(os.environ["TEST_OUTSIDE"] + "\\n" + str(Path("src").absolute()) + "\\n")
with open(os.environ["TEST_RAN"], "a") as file:
    file.write(json.dumps({"venv": os.environ["VIRTUAL_ENV"], "prefix": sys.prefix, "cwd": os.getcwd(), "pid": os.getpid()}) + "\\n")
"""
COMMAND = "python setup_side.py"
HANG = "\nsys.stdout.flush(); print('begun', flush=True)\nimport time\ntime.sleep(300)\n"


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder, **files):
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "tester")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "tester@example.invalid")
    outside = [str(REPOSITORY), *(entry for entry in sys.path if "site-packages" in entry)]
    monkeypatch.setenv("TEST_OUTSIDE", "\n".join(outside))
    monkeypatch.setenv("TEST_RAN", str(tmp_path / "ran"))
    # pip takes seconds to unpack, and only one of these tests needs it.
    monkeypatch.setattr(side_environment, "_MAKE_VENV", ("-m", "venv", "--without-pip"))
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "-c", "init.defaultBranch=main", "init", "-q")
    commit(folder, src__shop="SIDE = 'base'\n", setup_side=SETUP)
    return folder


def build(repo, command=COMMAND, revision="HEAD", **options):
    return side_environment.build(command, revision, repo, repo / ".perfgate", python=sys.executable, **options)


def runs(tmp_path):
    file = tmp_path / "ran"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def environments(repo):
    """What is left of builds: folders without logs and locks."""
    folder = repo / ".perfgate" / "environments"
    return [path.name for path in folder.iterdir() if path.is_dir()]


def test_each_side_is_built_from_its_own_tree_and_once(repo, tmp_path):
    base = git(repo, "rev-parse", "HEAD")
    commit(repo, src__shop="SIDE = 'candidate'\n")
    sides = {revision: build(repo, revision=revision) for revision in (base, "HEAD")}
    for revision, side in sides.items():
        printed = subprocess.check_output(
            [side.python, "-c", "import shop; print(shop.__file__, shop.SIDE)"], text=True
        )
        assert printed.split() == [str(side.tree / "src" / "shop.py"), "base" if revision == base else "candidate"]
    first = runs(tmp_path)[0]
    assert first["venv"] == first["prefix"] == str(sides[base].environment)
    assert first["cwd"] == str(sides[base].tree)
    assert build(repo, revision=base) == sides[base]
    assert len(runs(tmp_path)) == 2
    assert sides[base].pytest == pytest.__version__
    assert git(repo, "status", "--porcelain") == ""


def test_another_command_is_another_build_and_a_damaged_one_is_built_anew(repo, tmp_path):
    side = build(repo)
    assert build(repo, f"{COMMAND} other").environment != side.environment
    python_of(side.environment).unlink()
    assert build(repo) == side
    assert len(runs(tmp_path)) == 3


def test_the_same_content_in_another_commit_is_not_built_again(repo, tmp_path):
    side = build(repo)
    git(repo, "commit", "-q", "--allow-empty", "-m", "nothing")
    assert build(repo) == side
    assert len(runs(tmp_path)) == 1


def test_a_command_that_fails_shows_its_last_words_and_leaves_only_its_log(repo, tmp_path):
    commit(repo, setup_side=SETUP + "for n in range(100):\n    print('line', n)\nsys.exit('\\x1b[31mno compiler')")
    listed = git(repo, "worktree", "list")
    with pytest.raises(SideBuildError, match="'python setup_side.py' ended with exit code 1") as caught:
        build(repo)
    lines = str(caught.value).splitlines()
    assert lines[-2:] == ["  line 99", "   [31mno compiler"]
    assert len(lines) == 31
    (log,) = (repo / ".perfgate" / "environments").glob("*.log")
    assert str(log) in str(caught.value)
    assert "line 0\n" in log.read_text()
    assert environments(repo) == []
    assert git(repo, "worktree", "list") == listed
    commit(repo, setup_side=SETUP)
    build(repo)


def test_an_environment_without_pytest_says_what_to_add(repo):
    with pytest.raises(SideBuildError, match="No module named 'pytest'.*Add them to the command"):
        build(repo, "python -c pass")
    assert environments(repo) == []


def test_a_command_that_takes_too_long_is_stopped(repo):
    commit(repo, setup_side=SETUP + HANG)
    with pytest.raises(SideBuildError, match="longer than 0 s and was stopped"):
        build(repo, timeout_s=0)
    assert environments(repo) == []


def test_an_interrupted_build_ends_all_that_its_command_started(repo, tmp_path):
    commit(repo, setup_side=SETUP + HANG)
    nested = f"python -c \"import subprocess; subprocess.run('{COMMAND}', shell=True)\""

    def interrupt(text):
        if "begun" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(repo, nested, progress=interrupt)
    (run,) = runs(tmp_path)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(run["pid"]).wait(timeout=60)
    assert environments(repo) == []


BUILDER = """
import sys
from pathlib import Path
from pytest_perfgate.measure import side_environment
side_environment._MAKE_VENV = ("-m", "venv", "--without-pip")
repo = Path(sys.argv[1])
side = side_environment.build(
    "python setup_side.py", sys.argv[2], repo, repo / ".perfgate", python=sys.executable,
    progress=lambda text: print(text, file=sys.stderr, flush=True),
)
print(side.environment, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def builder(repo):
    """Starts another process that builds, and keeps what it built until its input closes."""
    started = []

    def start(revision="HEAD"):
        process = subprocess.Popen(
            [sys.executable, "-c", BUILDER, str(repo), revision],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    # A lock that does not lock would let a test wait for ever.
    guard = threading.Timer(120, lambda: [process.kill() for process in started])
    guard.daemon = True
    guard.start()
    yield start
    guard.cancel()
    for process in started:
        process.kill()
        process.communicate()


def wait_for(stream, text):
    """The first line of a stream that holds the text."""
    return next((line for line in stream if text in line), None)


@POSIX
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_build_that_is_killed_leaves_no_process_and_nothing_that_looks_finished(repo, tmp_path, builder, sign):
    commit(repo, setup_side=SETUP + HANG)
    process = builder()
    assert wait_for(process.stderr, "begun")
    (run,) = runs(tmp_path)
    command = psutil.Process(run["pid"])
    process.send_signal(sign)
    process.communicate()
    command.wait(timeout=60)
    with pytest.raises(SideBuildError, match="longer than"):
        build(repo, timeout_s=0)  # it is built anew, not found
    assert environments(repo) == []


def test_two_at_once_build_once(repo, tmp_path, builder):
    commit(repo, setup_side=SETUP + f"print('begun', flush=True)\nopen({str(tmp_path / 'gate')!r}).read()\n")
    if os.name == "nt":
        (tmp_path / "gate").write_text("")
    else:
        os.mkfifo(tmp_path / "gate")
    first = builder()
    if os.name != "nt":
        assert wait_for(first.stderr, "begun")
    second = builder()
    if os.name != "nt":
        assert wait_for(second.stderr, f"waiting for process {first.pid}, which builds the same")
        (tmp_path / "gate").write_text("go")
    assert first.stdout.readline() == second.stdout.readline() != ""
    assert len(runs(tmp_path)) == 1


def test_builds_in_use_and_the_newest_unused_ones_are_kept(repo, builder):
    built = []
    for number in range(4):
        process = builder(commit(repo, src__shop=f"SIDE = {number}\n"))
        folder = Path(process.stdout.readline().strip()).parent
        os.utime(folder / "built.json", (number, number))
        built.append((process, folder))
    for process, _ in built[1:]:
        process.communicate()
    removed = build_cache.remove_unused(repo, repo / ".perfgate", keep=1)
    folders = [folder for _, folder in built]
    assert sorted(removed) == sorted(folders[1:3])
    assert [folder.exists() for folder in folders] == [True, False, False, True]
    assert str(folders[1]) not in git(repo, "worktree", "list")
    names = {path.name.split(".")[0] for path in folders[0].parent.iterdir()}
    assert names == {folders[0].name, folders[3].name}


def test_a_cache_that_cannot_be_written_is_named(repo):
    (repo / ".perfgate").write_text("a file")
    with pytest.raises(StoreError, match=r"\.perfgate"):
        build(repo)


def test_an_interpreter_that_cannot_be_started_is_named(repo):
    with pytest.raises(SideBuildError, match="'no-such-python' cannot be started"):
        side_environment.build(COMMAND, "HEAD", repo, repo / ".perfgate", python="no-such-python")


def test_released_versions_without_git(tmp_path, monkeypatch):
    for version in ("1.0", "2.0"):
        wheel(tmp_path, "shop", version, {"shop.py": f"VERSION = {version!r}"})
    wheel(tmp_path, "pytest", "9", {"pytest.py": "__version__ = '9'"})
    wheel(tmp_path, "pytest_perfgate", "7", {"pytest_perfgate.py": "__version__ = '7'"})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    tools = ["pytest", "pytest-perfgate"]

    def side(*packages):
        return side_environment.venv_with(packages, tmp_path, tmp_path / "cache", python=sys.executable, tools=tools)

    old = side("shop==1.0")
    printed = subprocess.check_output([old.python, "-c", "import shop; print(shop.VERSION)"], text=True)
    assert (printed.strip(), old.tree, old.perfgate, old.pytest) == ("1.0", None, "7", "9")
    assert side("shop==1.0") == old
    with pytest.raises(SideBuildError, match="'--index-url=x' is no package"):
        side("--index-url=x")


def test_an_existing_environment_is_checked(repo, tmp_path):
    side = build(repo)
    found = side_environment.existing(side.environment)
    assert (found.python, found.tree, found.pytest) == (side.python, None, pytest.__version__)
    with pytest.raises(SideBuildError, match="is no virtual environment"):
        side_environment.existing(tmp_path)
    (outside,) = side.environment.rglob("outside.pth")
    outside.unlink()
    with pytest.raises(SideBuildError, match="No module named 'pytest'.*-m pip install pytest pytest-perfgate=="):
        side_environment.existing(side.environment)


def test_this_packages_own_requirement_can_be_installed():
    first, *rest = side_environment._own_requirement()
    assert first == "--editable" or first.startswith("pytest-perfgate==") or Path(first).exists()
    assert all(Path(each).exists() for each in rest)
