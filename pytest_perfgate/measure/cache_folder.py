"""The folder that holds checkouts and builds: unseen by git and by backup programs, and free to be deleted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from pytest_perfgate.errors import StoreError

_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder is a cache of pytest-perfgate and can be deleted; see https://bford.info/cachedir/\n"
)


def prepare_cache(cache: Path, folder: str) -> Path:
    """Make the cache and a folder in it; that folder, absolute. Raises StoreError where it cannot be written."""
    with written(cache):
        (cache / folder).mkdir(parents=True, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
            if not (cache / name).exists():
                (cache / name).write_text(text, encoding="utf-8")
        return (cache / folder).resolve()


@contextlib.contextmanager
def written(cache: Path) -> Iterator[None]:
    """Turns the system's errors into one that names the cache."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The cache folder '{cache}' cannot be written: {error.strerror or error}. Check the space on the disk, "
            "and the folder's owner and mode."
        ) from error
