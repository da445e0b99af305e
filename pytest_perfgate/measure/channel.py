"""A line between the coordinator and one benchmark process: messages in both directions, and waiting that costs no CPU.

The standard library's connections (Unix sockets, named pipes on Windows) carry JSON, never pickles: what a benchmark
process sends is data of untrusted code.
"""

from __future__ import annotations

import secrets
import sys
import threading
import time
from multiprocessing.connection import Client, Connection, Listener, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_SOCKET_PATH = 90  # 104 bytes on macOS, 108 on Linux (unix(7))
_LARGEST_MESSAGE = 256 << 20
_POLL_S = 0.1

Message = TypeVar("Message")


class ChannelClosedError(Exception):
    """The other end is gone, or said something that is no message."""


class SilenceError(Exception):
    """The other end said nothing for as long as it may."""


class Address(Struct, frozen=True):
    """Where to connect, and the key that proves who may; goes by a file that only this user reads."""

    family: str
    place: str | tuple[str, int]
    key: str


class Channel(Generic[Message]):
    """Messages over a connection; `messages`: the type (a tagged union) of what comes in."""

    def __init__(self, connection: Connection, messages: Any) -> None:  # noqa: ANN401 - a union is no class
        self._connection = connection
        self._decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(messages)
        self._encoder = msgspec.json.Encoder()

    def send(self, message: Struct) -> None:
        """Send a message. Raises ChannelClosedError."""
        try:
            self._connection.send_bytes(self._encoder.encode(message))
        except (OSError, ValueError) as error:
            raise ChannelClosedError(str(error)) from error

    def receive(self, timeout_s: float | None = None) -> Message:
        """The next message. Raises ChannelClosedError, or SilenceError after `timeout_s`."""
        try:
            if timeout_s is not None and not self._connection.poll(timeout_s):
                raise SilenceError
            return self._decoder.decode(self._connection.recv_bytes(_LARGEST_MESSAGE))
        except (OSError, EOFError, msgspec.DecodeError) as error:
            raise ChannelClosedError(str(error)) from error

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    @property
    def connection(self) -> Connection:
        """What `first_ready` waits for."""
        return self._connection


def first_ready(channels: list[Channel[Message]], timeout_s: float) -> list[Channel[Message]]:
    """Those of `channels` that have a message (or were closed); empty after `timeout_s`."""
    ready = wait([channel.connection for channel in channels], timeout_s)
    return [channel for channel in channels if channel.connection in ready]


def connect(address: Address, messages: Any) -> Channel[Any]:  # noqa: ANN401 - a union is no class
    """The benchmark process's end."""
    place: Any = tuple(address.place) if isinstance(address.place, (list, tuple)) else address.place
    return Channel(Client(place, address.family, bytes.fromhex(address.key)), messages)


class Door:
    """The coordinator's end before anybody has come: waits for one connection, in the background."""

    def __init__(self, folder: Path, name: str) -> None:
        path = str(folder / f"{name}.sock")
        key = secrets.token_bytes(32)
        if sys.platform == "win32":
            self._listener = Listener(None, "AF_PIPE", authkey=key)
            family = "AF_PIPE"
        elif len(path.encode()) < _LONGEST_SOCKET_PATH:
            self._listener = Listener(path, "AF_UNIX", authkey=key)
            family = "AF_UNIX"
        else:
            self._listener = Listener(("localhost", 0), "AF_INET", authkey=key)
            family = "AF_INET"
        self.address = Address(family, self._listener.address, key.hex())
        self._came: list[Connection] = []
        self._arrival = threading.Event()
        threading.Thread(target=self._accept, name=f"perfgate-door-{name}", daemon=True).start()

    def _accept(self) -> None:
        try:
            self._came.append(self._listener.accept())
        except Exception:  # noqa: BLE001 - closed, or a stranger without the key: nobody came
            self._came.clear()
        self._arrival.set()

    def wait(self, messages: Any, alive: Callable[[], bool], timeout_s: float) -> Channel[Any]:  # noqa: ANN401
        """The channel to whoever came. Raises ChannelClosedError when `alive` says no, SilenceError after a while."""
        deadline = time.monotonic() + timeout_s
        while not self._arrival.wait(_POLL_S):
            if not alive():
                raise ChannelClosedError("it ended before it said anything")
            if time.monotonic() > deadline:
                raise SilenceError
        if not self._came:
            raise ChannelClosedError("its connection was refused")
        return Channel(self._came[0], messages)

    def close(self) -> None:
        """Let nobody in any more; a thread that still waits is let go."""
        if not self._arrival.is_set():
            try:
                Client(self.address.place, self.address.family, b"").close()
            except Exception:  # noqa: BLE001 - the refusal is the purpose
                self._arrival.wait(_POLL_S)
        self._listener.close()
