"""Tasks on several processes or machines; whoever does them, the results are the same and in the tasks' order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from pytest_perfgate.errors import MissingExtraError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

# A worker that is killed again and again has a reason, such as too little memory.
_MOST_DEATHS = 5
_CONNECT_S = 10.0
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class Workers(Struct, frozen=True):
    """Who does the tasks: `backend` "loky" with so many processes here (-1: one per core), or "dask" at `scheduler`."""

    backend: str = "loky"
    jobs: int = -1
    scheduler: str = ""


def run_tasks(
    work: Callable[[_Task], _Result],
    tasks: Sequence[_Task],
    workers: Workers,
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    say: Callable[[str], None] = lambda _: None,
) -> list[_Result]:
    """Do all tasks. A worker that dies takes only the task in its hands with it, which is done again.

    `say` hears of dead workers. Raises StoreError when they die again and again or no scheduler answers, and
    MissingExtraError without Dask.
    """
    from concurrent.futures.process import BrokenProcessPool

    done: dict[int, _Result] = {}
    deaths = 0
    with _opened(workers):
        while len(done) < len(tasks):
            left = [number for number in range(len(tasks)) if number not in done]
            try:
                for number, result in _parallel(work, tasks, left, workers):
                    done[number] = result
                    progress(len(done), len(tasks))
            except BrokenProcessPool as error:
                deaths += 1
                if deaths >= _MOST_DEATHS:
                    raise StoreError(
                        f"Workers were killed {deaths} times, last: {error!s:.200}. Is there memory for them? "
                        "Try fewer with '--jobs'."
                    ) from error
                say(f"A worker was killed; {len(tasks) - len(done)} of {len(tasks)} tasks are left and go on.")
    return [done[number] for number in range(len(tasks))]


def _parallel(
    work: Callable[[_Task], _Result], tasks: Sequence[_Task], left: Sequence[int], workers: Workers
) -> Iterator[tuple[int, _Result]]:
    from joblib import Parallel, delayed

    jobs = workers.jobs if workers.backend == "loky" else -1
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    found: Iterator[tuple[int, _Result]] = parallel(delayed(_numbered)(work, number, tasks[number]) for number in left)
    return found


def _numbered(work: Callable[[_Task], _Result], number: int, task: _Task) -> tuple[int, _Result]:
    return number, work(task)


def _opened(workers: Workers) -> AbstractContextManager[Any]:
    return _dask(workers.scheduler) if workers.backend == "dask" else nullcontext()


@contextmanager
def _dask(address: str) -> Iterator[None]:
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError("Install 'pytest-perfgate[dask]' to use '--backend dask'.") from error

    from joblib import parallel_config

    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise StoreError(f"No Dask scheduler answers at '{address:.200}': {error!s:.200}") from error
    with client, parallel_config(backend="dask"):
        from distributed import KilledWorker

        try:
            yield
        except KilledWorker as error:
            raise StoreError(f"Workers were killed again and again: {error!s:.200}") from error
