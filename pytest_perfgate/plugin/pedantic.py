"""Pedantic mode: the author lays out rounds and iterations; setup and teardown stand outside of the timing."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_perfgate.measure.calls import make_async_loop, make_loop
from pytest_perfgate.measure.slices import Instrument, SliceReadings
from pytest_perfgate.plugin.measuring import is_coroutine_function


class _Round:
    """One round after the other: setup, the timed iterations, teardown; keeps the last single result."""

    def __init__(
        self,
        target: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        setup: Callable[[], Any] | None,
        teardown: Callable[..., Any] | None,
        iterations: int,
        disable_gc: bool,
    ) -> None:
        self._target, self._args, self._kwargs = target, args, kwargs
        self._setup, self._teardown = setup, teardown
        self._iterations, self._disable_gc = iterations, disable_gc
        self.result: Any = None

    def arguments(self) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """The arguments of this round: setup's, where it returns some."""
        made = self._setup() if self._setup else None
        if not made:
            return self._args, self._kwargs
        if self._args or self._kwargs:
            raise TypeError("Can't use `args` or `kwargs` if `setup` returns the arguments.")
        args, kwargs = made
        return args, kwargs

    def timed(self, instrument: Instrument) -> tuple[int, int]:
        """Wall and CPU nanoseconds of one round."""
        args, kwargs = self.arguments()
        if is_coroutine_function(self._target):
            with make_async_loop(self._target, args, kwargs) as loop:
                elapsed = self._time(loop, loop.call, instrument)
        else:
            loop_around = make_loop(self._target, args, kwargs)
            elapsed = self._time(loop_around, lambda: self._target(*args, **kwargs), instrument)
        self._tear_down(args, kwargs)
        return elapsed

    def _time(self, loop: Callable[[int], object], call: Callable[[], Any], instrument: Instrument) -> tuple[int, int]:
        """A single iteration gives its result too, so that the target is called exactly as often as asked."""
        clock = instrument.clock
        was_enabled = gc.isenabled()
        if self._disable_gc:
            gc.disable()
        try:
            cpu, wall = clock.cpu_ns(), clock.wall_ns()
            if self._iterations == 1:
                self.result = call()
            else:
                loop(self._iterations)
            return clock.wall_ns() - wall, clock.cpu_ns() - cpu
        finally:
            if was_enabled:
                gc.enable()

    def untimed(self) -> Any:  # noqa: ANN401 - whatever the benchmark returns
        """One call for the result."""
        args, kwargs = self.arguments()
        if is_coroutine_function(self._target):
            with make_async_loop(self._target, args, kwargs) as loop:
                result = loop.call()
        else:
            result = self._target(*args, **kwargs)
        self._tear_down(args, kwargs)
        return result

    def _tear_down(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        if self._teardown is not None:
            self._teardown(*args, **kwargs)


def measure_pedantic(  # noqa: PLR0913 - pytest-benchmark's parameters
    target: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any] | None,
    time_rounds: Callable[..., SliceReadings | None],
    *,
    warm_up: Instrument,
    setup: Callable[[], Any] | None,
    teardown: Callable[..., Any] | None,
    rounds: int,
    warmup_rounds: int,
    iterations: int,
    disable_gc: bool,
) -> tuple[SliceReadings | None, Any]:
    """Time the rounds by `time_rounds(one_round, rounds=, iterations=)`; `warm_up` times what does not count.

    Of looped rounds the result comes from one more, untimed call, as in pytest-benchmark.
    """
    _check(rounds=rounds, warmup_rounds=warmup_rounds, iterations=iterations, with_setup=setup is not None)
    one = _Round(
        target,
        args,
        kwargs or {},
        setup=setup,
        teardown=teardown,
        iterations=iterations,
        disable_gc=disable_gc,
    )
    for _ in range(warmup_rounds):
        one.timed(warm_up)
    readings = time_rounds(one.timed, rounds=rounds, iterations=iterations)
    return readings, one.result if iterations == 1 else one.untimed()


def _check(*, rounds: int, warmup_rounds: int, iterations: int, with_setup: bool) -> None:
    """pytest-benchmark's own rules, in its words."""
    for name, value, least in (
        ("iterations", iterations, 1),
        ("rounds", rounds, 1),
        ("warmup_rounds", warmup_rounds, 0),
    ):
        if not isinstance(value, int) or value < least:
            raise ValueError(f"Must have positive int for `{name}`.")
    if iterations > 1 and with_setup:
        raise ValueError("Can't use more than 1 `iterations` with a `setup` function.")
