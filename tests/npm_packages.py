"""Packages that only npm has, fetched for the tests once and kept; nothing of them is in the repository."""

import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[1] / ".cache"


def program(name):
    """npm or node: the development tools bring both; the environment of the oldest dependencies takes the system's."""
    found = shutil.which(name, path=Path(sys.executable).parent) or shutil.which(name)
    if found is None:
        pytest.skip(f"this is fetched by npm and run by node; '{name}' is not installed here")
    return found


def archive_of(package, version):
    """The published archive, whose files lie below `package/`."""
    command = [program("npm"), "pack", "--silent", f"{package}@{version}"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, f"npm could not fetch {package} {version}: {done.stderr[-2000:]}"
        (file,) = Path(folder).glob("*.tgz")
        return tarfile.open(fileobj=io.BytesIO(file.read_bytes()), mode="r:gz")


def keep(name, make):
    """The cache's entry of that name; `make(path)` writes it where there is none yet.

    Several test processes may make one at once; each puts the same there, whole.
    """
    kept = CACHE / name
    if not kept.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            made = Path(folder, "made")
            make(made)
            try:
                made.replace(kept)
            except OSError:  # a folder that another process has just put there
                assert kept.exists()
    return kept


def unpacked(package, version):
    """The folder with the package's files."""

    def make(path):
        with archive_of(package, version) as archive:
            archive.extractall(path, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(path)

    return keep(f"{package.replace('/', '-')}-{version}", make) / "package"
