import threading
from multiprocessing.connection import AuthenticationError, Client

import msgspec
import pytest

from pytest_perfgate.measure.channel import Channel, ChannelClosedError, Door, SilenceError, connect
from pytest_perfgate.measure.protocol import FromBenchmarkProcess, FromCoordinator, Release, Slice, Timed


@pytest.fixture(params=["short", "long"])
def line(request, tmp_path_factory, monkeypatch):
    """Both ends of a channel, over a Unix socket and, where its path would be too long, over the loopback."""
    folder = tmp_path_factory.mktemp("x" if request.param == "short" else "x" * 120)
    if request.param == "short":
        monkeypatch.setattr("pytest_perfgate.measure.channel._LONGEST_SOCKET_PATH", 10_000)
        folder = tmp_path_factory.mktemp("s")
    door = Door(folder, "a")
    theirs = connect(door.address, FromCoordinator)
    ours = door.wait(FromBenchmarkProcess, lambda: True, 10)
    yield ours, theirs
    theirs.close()
    ours.close()
    door.close()


def test_messages_go_both_ways_and_keep_their_order(line):
    ours, theirs = line
    for iterations in range(5):
        ours.send(Slice(iterations))
    assert [theirs.receive(10).iterations for _ in range(5)] == list(range(5))
    theirs.send(Timed(7))
    assert ours.receive(10) == Timed(7)


def test_a_closed_line_is_told_on_both_ends(line):
    ours, theirs = line
    theirs.close()
    with pytest.raises(ChannelClosedError):
        ours.receive(10)
    with pytest.raises(ChannelClosedError):
        send_often(ours)  # over TCP the first ones are taken before the system knows


def send_often(channel):
    for _ in range(1000):
        channel.send(Release())


def test_silence_is_told_apart_from_the_end(line):
    ours, _ = line
    with pytest.raises(SilenceError):
        ours.receive(0.0)


@pytest.mark.parametrize("bad", [b"", b"{", b'{"type":"Nobody"}', b"\xff", msgspec.json.encode(Slice(1))])
def test_what_is_no_message_of_the_other_side_ends_the_line(line, bad):
    ours, theirs = line
    theirs.connection.send_bytes(bad)
    with pytest.raises(ChannelClosedError):
        ours.receive(10)


def test_a_stranger_without_the_key_is_refused(tmp_path):
    door = Door(tmp_path, "a")
    place = door.address.place
    with pytest.raises((AuthenticationError, OSError, EOFError)):
        Client(tuple(place) if not isinstance(place, str) else place, door.address.family, b"guessed")
    with pytest.raises(ChannelClosedError, match="refused"):
        door.wait(FromBenchmarkProcess, lambda: True, 10)
    door.close()


def test_a_process_that_ends_before_it_says_anything_is_not_waited_for(tmp_path):
    door = Door(tmp_path, "a")
    with pytest.raises(ChannelClosedError, match="before it said anything"):
        door.wait(FromBenchmarkProcess, lambda: False, 1000)
    door.close()


def test_closing_a_door_at_which_nobody_came_leaves_no_thread(tmp_path):
    before = set(threading.enumerate())
    door = Door(tmp_path, "a")
    door.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()


def test_what_comes_in_is_read_as_json_and_never_unpickled(line):
    _, theirs = line
    assert isinstance(theirs, Channel)
    theirs.connection.send({"a pickle": 1})
    with pytest.raises(ChannelClosedError):
        line[0].receive(10)
