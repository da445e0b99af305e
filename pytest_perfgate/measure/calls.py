"""Loops around a benchmark that cost as little as timeit's."""

from __future__ import annotations

import functools
import keyword
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import TYPE_CHECKING, Any

from pytest_perfgate.errors import MeasurementError

if TYPE_CHECKING:
    import asyncio

_MOST_ARGUMENTS = 8


def make_loop(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Callable[[int], None]:
    """A function that calls `function(*args, **kwargs)` n times.

    `f(*args)` costs some 20 ns more than `f(a, b)`, a third of a small benchmark; so the loop is compiled for
    the number of arguments, as timeit compiles its statement. Only parameter counts and checked identifiers go
    into the source.
    """
    names = tuple(kwargs)
    simple = len(args) + len(names) <= _MOST_ARGUMENTS and all(
        name.isidentifier() and not keyword.iskeyword(name) for name in names
    )
    if not simple:
        return _general_loop(function, args, kwargs)
    return _factory(len(args), names)(function, *args, *kwargs.values(), repeat=repeat)  # type: ignore[no-any-return]


def _general_loop(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Callable[[int], None]:
    def loop(times: int) -> None:
        for _ in repeat(None, times):
            function(*args, **kwargs)

    return loop


@functools.lru_cache(maxsize=64)
def _factory(count: int, names: tuple[str, ...]) -> Callable[..., Any]:
    positional = [f"a{index}" for index in range(count)]
    values = [f"v{index}" for index in range(len(names))]
    call = ", ".join([*positional, *(f"{name}={value}" for name, value in zip(names, values, strict=True))])
    signature = ", ".join(["function", *positional, *values, "*", "repeat"])
    source = (
        f"def factory({signature}):\n"
        "    def loop(times, function=function):\n"
        "        for _ in repeat(None, times):\n"
        f"            function({call})\n"
        "    return loop\n"
    )
    namespace: dict[str, Any] = {}
    exec(compile(source, "<perfgate loop>", "exec"), namespace)  # noqa: S102 - our own source, no user text in it
    return namespace["factory"]  # type: ignore[no-any-return]


class AsyncLoop:
    """Awaits a coroutine function n times inside one `run_until_complete` of one event loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        function: Callable[..., Awaitable[Any]],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self._loop, self._function, self._args, self._kwargs = loop, function, args, kwargs

    def __call__(self, times: int) -> None:
        """Await it `times` times."""
        self._loop.run_until_complete(self._repeat(times))

    async def _repeat(self, times: int) -> None:
        function, args, kwargs = self._function, self._args, self._kwargs
        for _ in repeat(None, times):
            await function(*args, **kwargs)

    def call(self) -> Any:  # noqa: ANN401 - whatever the benchmark returns
        """Await it once and return its result."""

        async def once() -> Any:  # noqa: ANN401
            return await self._function(*self._args, **self._kwargs)

        return self._loop.run_until_complete(once())


@contextmanager
def make_async_loop(
    function: Callable[..., Awaitable[Any]], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Iterator[AsyncLoop]:
    """An event loop of its own for one benchmark; entering a running one is refused with what to do."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise MeasurementError(
            "An async benchmark brings its own event loop: call benchmark(…) from a plain 'def' test, "
            "not from an 'async def' one."
        )
    loop = asyncio.new_event_loop()
    try:
        yield AsyncLoop(loop, function, tuple(args), dict(kwargs))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
