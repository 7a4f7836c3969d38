"""The sockets of the live server without a network behind them: turns, slow clients, dawdlers, too many."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
import pytest
from command_line.wire import PATIENCE_S, Wire, image_message

from EndoDepthCLI.job.serving import connection as connection_module
from EndoDepthCLI.job.serving.mailbox import Letter, Mailbox
from EndoDepthCLI.job.serving.server import MOST_CLIENTS, Server, listen_on
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.openigtlink import StatusCode, pack_message


@pytest.fixture
def sockets() -> Iterator[tuple[Server, Mailbox]]:
    """The sockets without a network behind them."""
    mailbox = Mailbox()
    with closing(Server(listen_on("127.0.0.1", 0), mailbox, "hello")) as running:
        yield running, mailbox


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def test_the_newest_picture_of_every_sender_waits(sockets: tuple[Server, Mailbox]) -> None:
    server, mailbox = sockets
    with Wire(server.port) as one, Wire(server.port) as other:
        for number in range(5):
            one.send(image_message(time_s=float(number)))
        until(lambda: mailbox.received == 5)
        other.send(image_message(time_s=9.0))
        until(lambda: mailbox.received == 6)
        one.send(image_message(time_s=5.0))
        until(lambda: mailbox.received == 7)
        taken = [mailbox.take(0.0) for _ in range(3)]
    times = [letter and letter.message.header.time_s for letter in taken]
    assert times == [5.0, 9.0, None] and mailbox.skipped == 5


def test_answers_go_to_the_sender_and_to_those_who_only_look(sockets: tuple[Server, Mailbox]) -> None:
    server, mailbox = sockets
    with Wire(server.port) as sender, Wire(server.port) as other, Wire(server.port) as onlooker:
        for wire in (sender, other, onlooker):
            wire.status()
        sender.send(image_message(1))
        until(lambda: mailbox.received == 1)
        other.send(image_message(2))
        until(lambda: mailbox.received == 2)
        server.deliver(mailbox.take(0.0).sender, lambda v: [pack_message("STATUS", "answer", b"\0" * 31, 0, v)])
        assert [sender.next()[0].version, onlooker.next()[0].version] == [1, 1]
        other.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            other.next()


def test_a_client_that_does_not_read_misses_answers_and_delays_nobody(sockets: tuple[Server, Mailbox]) -> None:
    server, _mailbox = sockets
    answer = pack_message("STATUS", "answer", bytes(2 << 20), 0, 1)
    with Wire(server.port) as slow, Wire(server.port) as quick:
        slow.status(), quick.status()
        threads = threading.active_count()
        for _number in range(30):
            server.deliver(0, lambda _version: [answer])
            assert quick.next() is not None
        assert threading.active_count() == threads and 25 <= server.missed < 30


def test_a_message_that_does_not_end_ends_the_connection(
    sockets: tuple[Server, Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "WHOLE_WITHIN_S", 0.3)
    server, _mailbox = sockets
    with Wire(server.port) as idle, Wire(server.port) as dawdler:
        idle.status(), dawdler.status()
        for byte in image_message()[:8]:  # something comes all the time, but never the whole
            dawdler.send(bytes([byte]))
            time.sleep(0.05)
        assert dawdler.status().code == StatusCode.TIMEOUT and dawdler.status() is None
        idle.send(pack_message("GET_STATUS", "", b"", 0, 1))
        assert idle.status().text == "hello"


def test_too_many_clients_are_told_so(sockets: tuple[Server, Mailbox]) -> None:
    server, _mailbox = sockets
    wires = [Wire(server.port) for _ in range(MOST_CLIENTS)]
    assert all(wire.status().code == StatusCode.OK for wire in wires)
    with Wire(server.port) as late:
        assert late.status().code == StatusCode.BUSY and late.status() is None
    wires[0].socket.close()
    until(lambda: server.clients < MOST_CLIENTS)
    with Wire(server.port) as next_one:
        assert next_one.status().code == StatusCode.OK
    for wire in wires[1:]:
        wire.socket.close()


def test_a_port_in_use_is_refused() -> None:
    with closing(listen_on("127.0.0.1", 0)) as taken, pytest.raises(SettingsError, match="another server"):
        listen_on("127.0.0.1", taken.getsockname()[1])


def test_a_sender_that_leaves_takes_its_picture_along() -> None:
    mailbox = Mailbox()
    mailbox.put(Letter(1, None, 0.0, np.eye(4)))  # the message is not looked into
    mailbox.forget(1)
    assert mailbox.take(0.0) is None and (mailbox.received, mailbox.skipped) == (1, 1)
