"""Starts the two benchmark processes of a pair, and leaves nothing of them behind."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from pytest_perfgate.measure.channel import Channel, ChannelClosedError, Door
from pytest_perfgate.measure.orphan import leash
from pytest_perfgate.measure.process_tree import kill_tree, tail_of
from pytest_perfgate.measure.protocol import FromBenchmarkProcess

if TYPE_CHECKING:
    from pytest_perfgate.measure.protocol import FromCoordinator

_LONGEST_NAME = len("candidate")


class SideCommand(Struct, frozen=True):
    """How one side runs pytest.

    `name`: "base" or "candidate"; `command`: interpreter and arguments up to pytest's own, which follow; `folder`:
    where it runs; `environ`: its whole environment.
    """

    name: str
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    folder: str
    environ: dict[str, str]


class BenchmarkProcess:
    """One side of a pair: a fresh pytest process and the channel to it."""

    def __init__(self, side: SideCommand, folder: Path, number: int) -> None:
        self.name = side.name
        self._output = folder / f"{side.name}-{number}.txt"
        temporary = folder / f"{side.name[0]}{number}"
        temporary.mkdir()
        self._door = Door(folder, f"{side.name}-{number}")
        job = folder / f"{side.name}-{number}.json"
        job.touch(mode=0o600)
        job.write_bytes(msgspec.json.encode(self._door.address))
        environ = {**side.environ, **_told(side.name), "TMPDIR": str(temporary), "TEMP": str(temporary)}
        self._leash = ExitStack()
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                # pytest empties the base of its temporary folders when it starts, so none may be shared.
                [*side.command, *side.arguments, f"--basetemp={temporary / 'pytest'}", f"--perfgate-follow={job}"],
                cwd=side.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **self._leash.enter_context(leash(environ)),
            )
        self._channel: Channel[FromBenchmarkProcess] | None = None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def send(self, message: FromCoordinator) -> None:
        """Tell it something. Raises ChannelClosedError."""
        if self._channel is None:
            raise ChannelClosedError("it has not said anything yet")
        self._channel.send(message)

    def receive(self, timeout_s: float) -> FromBenchmarkProcess:
        """What it says next; the first call waits until it has come. Raises ChannelClosedError and SilenceError."""
        if self._channel is None:
            self._channel = self._door.wait(FromBenchmarkProcess, lambda: self._process.poll() is None, timeout_s)
        return self._channel.receive(timeout_s)

    def finish(self, timeout_s: float) -> None:
        """Let it end by itself, for so long."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it and everything that it started."""
        kill_tree(self._process)
        self._leash.close()
        if self._channel is not None:
            self._channel.close()
        self._door.close()

    def last_words(self) -> str:
        """How it ended, and the end of what it printed."""
        code = self._process.poll()
        how = (
            "is still running" if code is None else f"was ended by signal {-code}" if code < 0 else f"exit code {code}"
        )
        return f"{how}; its last words:\n{tail_of(self._output)}"


def _told(name: str) -> dict[str, str]:
    """Variables that name the side, of one length for both.

    The size of the environment moves the stack, and with it the speed of the same code by a few percent
    (Mytkowicz et al. 2009, doi 10.1145/1508244.1508275).
    """
    return {"PERFGATE_SIDE": name, "PERFGATE_PADDING": "x" * (_LONGEST_NAME - len(name))}
