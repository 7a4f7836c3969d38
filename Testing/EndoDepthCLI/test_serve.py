"""The live server with a real client (pyigtl), with raw sockets, and with clients that behave badly."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pyigtl
import pytest
from command_line.material import picture
from command_line.process import command, endodepth_in_one_process, environment

from EndoDepthCLI.job.serving import connection as connection_module
from EndoDepthCLI.job.serving.mailbox import Letter, Mailbox
from EndoDepthCLI.job.serving.server import MOST_CLIENTS, Server, listen_on
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.openigtlink import (
    ImageContent,
    MessageReader,
    StatusCode,
    pack_image,
    pack_message,
    pack_transform,
    unpack_image,
    unpack_polydata,
    unpack_status,
    unpack_transform,
)
from EndoDepthLib.openigtlink.header import timestamp_of

PATIENCE_S = 60.0
PICTURE = picture(0)
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+) ")


class Wire:
    """A raw socket to a server on this computer that reads whole messages."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._reader, self._messages = MessageReader(), []

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def next(self, kind: str = "STATUS") -> tuple[object, object] | None:
        """Header and content of the next message of a kind; None when the server has closed."""
        while True:
            while self._messages:
                message = self._messages.pop(0)
                if message.header.type == kind:
                    return message.header, message.open()
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionError:
                return None
            if not data:
                return None
            self._messages += self._reader.feed(data)

    def status(self) -> object:
        """The next status; None when the server has closed."""
        found = self.next()
        return None if found is None else unpack_status(found[1].data)


def image_message(version: int = 2, image: np.ndarray = PICTURE, time_s: float = 5.0, identifier: int = 0) -> bytes:
    content = pack_image(ImageContent(image))
    return pack_message("IMAGE", "Video", content, timestamp_of(time_s), version, message_id=identifier)


@contextmanager
def serving(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server process and its port; it is interrupted at the end."""
    options = {"start_new_session": True} if os.name == "posix" else {}
    child = subprocess.Popen(
        command("serve", "--port", "0", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
        **options,
    )
    try:
        line = child.stdout.readline()
        yield child, int(LISTENING.search(line)[1])
    finally:
        child.kill()
        child.wait()


@pytest.fixture(scope="module")
def server(weights: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with serving("--weights", weights, "--prompt", "liver", "--prompt", "grasper") as running:
        yield running


def test_a_real_client_gets_what_the_model_says(server: tuple[subprocess.Popen[str], int], weights: Path) -> None:
    client = pyigtl.OpenIGTLinkClient("127.0.0.1", server[1])
    try:
        message = pyigtl.ImageMessage(PICTURE[None], device_name="Video", timestamp=1234.5)
        message.header_version, message.message_id = 2, 77
        client.send_message(message)
        answers = {name: client.wait_for_message(f"EndoDepth_{name}", PATIENCE_S) for name in ("Depth", "Labels")}
        camera = client.wait_for_message("EndoDepth_Camera", PATIENCE_S)
    finally:
        client.stop()
    from EndoDepthLib.inference import EndoDepthModel
    from EndoDepthLib.values import Frame
    from EndoDepthLib.video import find_content_area

    model, frame = EndoDepthModel.load(weights, "cpu"), Frame(PICTURE)
    truth = model.predict(frame, None, ["liver", "grasper"], find_content_area([frame]))
    assert answers["Depth"].image.dtype == np.float32 and answers["Labels"].image.dtype == np.uint8
    np.testing.assert_allclose(answers["Depth"].image[0], truth.depth.nominal().depth, rtol=1e-3)
    assert (answers["Labels"].image[0] == truth.labels.labels).mean() > 0.99
    assert np.array_equal(camera.matrix, np.eye(4))
    for answer in answers.values():
        assert (answer.timestamp, answer.message_id, answer.header_version) == (1234.5, 77, 2)
        assert answer.metadata["EndoDepth.Scale"] == "up_to_scale"
        assert "not millimetres" in answer.metadata["EndoDepth.Unit"]
        assert answer.metadata["EndoDepth.Labels"] == "1=liver;2=grasper"
        assert answer.metadata["EndoDepth.Source"] == "Video"


def test_the_surface_lies_on_the_depth_and_goes_with_the_senders_transform(
    server: tuple[subprocess.Popen[str], int],
) -> None:
    place = np.eye(4)
    place[:3, 3] = 1, 2, 3
    with Wire(server[1]) as wire:
        assert "not millimetres" in wire.status().text
        wire.send(pack_message("TRANSFORM", "Tip", pack_transform(place), 0, 1) + image_message(1))
        assert np.array_equal(unpack_transform(wire.next("TRANSFORM")[1].data), place)
        depth = unpack_image(wire.next("IMAGE")[1].data).pixels
        surface = unpack_polydata(wire.next("POLYDATA")[1].data)
        text = wire.status().text
    assert "answered after" in text and "not millimetres" in text and "1=liver" in text
    assert len(surface.triangles) > 50 and set(surface.attributes) == {"RGB", "Label"}
    rays = surface.points * (-1, -1, 1)  # RAS to the camera's axes
    camera = _guessed_camera()
    columns = np.rint(camera.fx * rays[:, 0] / rays[:, 2] + camera.cx).astype(int)
    rows = np.rint(camera.fy * rays[:, 1] / rays[:, 2] + camera.cy).astype(int)
    np.testing.assert_allclose(rays[:, 2], depth[rows, columns], rtol=1e-4)
    assert np.array_equal(surface.attributes["RGB"], PICTURE[rows, columns])


def _guessed_camera() -> object:
    from EndoDepthLib.geometry import default_camera

    return default_camera(PICTURE.shape[1], PICTURE.shape[0])


def broken(data: bytes, place: int, by: bytes) -> bytes:
    return data[:place] + by + data[place + len(by) :]


def test_it_outlives_clients_that_break_off_or_send_nonsense(server: tuple[subprocess.Popen[str], int]) -> None:
    process, port = server
    good = image_message(1)
    for number in range(50):  # gone in the middle of a header, of a body, or before the answer, and not politely
        with Wire(port) as wire:
            wire.send((good + good)[: 37 + number * 379])
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    nonsense = {
        broken(good, 50, b"\1\2"): StatusCode.CHECKSUM_ERROR,
        broken(good, 42, b"\xff" * 8): StatusCode.NOT_ENOUGH_RESOURCE,
        broken(good, 0, b"\0\x09"): StatusCode.VERSION_UNKNOWN,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"\r\n" * 20: StatusCode.VERSION_UNKNOWN,
        pack_message("TRANSFORM", "Tip", b"short", 0, 1): StatusCode.INVALID_PACKET,
        pack_message("IMAGE", "Video", b"no picture", 0, 2): StatusCode.INVALID_PACKET,
    }
    for data, code in nonsense.items():
        with Wire(port) as wire:
            assert wire.status().code is not None  # the greeting
            wire.send(data)
            assert wire.status().code == code
            assert wire.status() is None, "the connection should be closed"
    with Wire(port) as wire:  # well made, but of no use: it is told why and may send another
        wire.status()
        wire.send(image_message(1, PICTURE.astype(np.uint16)) + image_message(1, PICTURE[:8]))
        wire.send(image_message(1))
        assert wire.next("POLYDATA") is not None
    assert process.poll() is None


def test_ctrl_c_ends_it_with_a_word_to_the_clients(server: tuple[subprocess.Popen[str], int]) -> None:
    if os.name != "posix":
        pytest.skip("a process without a console cannot be interrupted on Windows")
    process, port = server
    with Wire(port) as wire:
        wire.status()
        process.send_signal(signal.SIGINT)
        assert wire.status().code == StatusCode.SHUTTING_DOWN
        assert wire.status() is None
    rest = process.communicate(timeout=PATIENCE_S)[0]
    assert process.returncode == 0
    summary = r"\d+ of \d+ pictures answered, \d+ skipped for newer ones, \d+ connections refused"
    assert re.fullmatch(summary, rest.strip())


def test_what_cannot_be_served_is_one_line() -> None:
    with closing(listen_on("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcomes = endodepth_in_one_process(
            {
                "taken": ["serve", "--port", port],
                "nowhere": ["serve", "--host", "no.such.host.invalid", "--port", "0"],
                "port": ["serve", "--port", "70000"],
            }
        )
    for outcome in outcomes.values():
        assert outcome.exit_code == 2 and len(outcome.stderr.splitlines()) <= 2, outcome.stderr
    assert f"cannot listen on 127.0.0.1:{port}" in outcomes["taken"].stderr and "--port" in outcomes["taken"].stderr
    assert "anybody on the network" in outcomes["nowhere"].stderr
    assert "'70000' is not a port" in outcomes["port"].stderr


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
