"""The live server with a real client (pyigtl), with raw sockets, and with clients that behave badly."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pyigtl
import pytest
from command_line.process import command, endodepth_in_one_process, environment
from command_line.wire import PATIENCE_S, PICTURE, Wire, image_message

from EndoDepthCLI.job.serving.server import listen_on
from EndoDepthLib.openigtlink import (
    StatusCode,
    pack_message,
    pack_transform,
    unpack_image,
    unpack_polydata,
    unpack_transform,
)

LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+) ")


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
