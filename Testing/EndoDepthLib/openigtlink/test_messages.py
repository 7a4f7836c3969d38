"""Messages against pyigtl, an implementation that is not ours, and against bytes that mean nothing."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pyigtl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyigtl.messages import CRC64, MessageBase

from EndoDepthLib.openigtlink import (
    ImageContent,
    MessageReader,
    PolyData,
    ProtocolError,
    Status,
    StatusCode,
    crc64,
    pack_image,
    pack_message,
    pack_polydata,
    pack_status,
    pack_transform,
    unpack_image,
    unpack_polydata,
    unpack_status,
    unpack_transform,
)
from EndoDepthLib.openigtlink.header import HEADER_BYTES, timestamp_of

PICTURE = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
MATRIX = np.array([[0.5, 0, 0, 3], [0, 0, -2, 4], [0, 1, 0, -5], [0, 0, 0, 1]], np.float64)


def theirs(data: bytes) -> MessageBase:
    """A message as pyigtl reads it."""
    fields = MessageBase.parse_header(data[:HEADER_BYTES])
    message = MessageBase.create_message(fields["message_type"])
    message.unpack(fields, data[HEADER_BYTES:])
    return message


def ours(data: bytes) -> tuple[object, object]:
    """Header and checked content of one message as we read it."""
    (message,) = MessageReader().feed(data)
    return message.header, message.open()


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.sampled_from([0, 8100, 20_000, 70_001]))
def test_the_checksum_is_theirs(data: bytes, repeats: int) -> None:
    long = data + bytes(range(251)) * (repeats // 251)
    assert crc64(long) == CRC64(long)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("pixels", [PICTURE, PICTURE[..., 0], PICTURE[..., 0].astype(np.float32) / 3])
def test_they_read_our_pictures(version: int, pixels: np.ndarray) -> None:
    content = pack_image(ImageContent(pixels))
    read = theirs(pack_message("IMAGE", "Depth", content, timestamp_of(1234.5), version, {"Unit": "none"}, 9))
    assert (read.device_name, read.timestamp, read.image.dtype) == ("Depth", 1234.5, pixels.dtype)
    assert np.array_equal(read.image[0], pixels)
    assert (read.metadata, read.message_id) == (({"Unit": "none"}, 9) if version == 2 else ({}, 0))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("array", [PICTURE[None], PICTURE[None, ..., 0], PICTURE[..., 0]])
def test_we_read_their_pictures_and_answer_in_the_same_place(version: int, array: np.ndarray) -> None:
    message = pyigtl.ImageMessage(array, ijk_to_world_matrix=MATRIX, device_name="Video", timestamp=77.25)
    message.header_version, message.metadata, message.message_id = version, {"a": "b"} if version == 2 else {}, 4
    header, content = ours(message.pack())
    assert (header.type, header.device, header.time_s) == ("IMAGE", "Video", 77.25)
    assert (content.metadata, content.message_id) == (({"a": "b"}, 4) if version == 2 else ({}, 0))
    read = unpack_image(content.data)
    assert np.array_equal(read.pixels, array.reshape(read.pixels.shape)) and read.pixels.shape[:2] == (5, 7)
    if array.ndim > 2:  # of two dimensions it makes a slice that stands upright, whose centre lies elsewhere
        answer = theirs(pack_message("IMAGE", "x", pack_image(ImageContent(read.pixels, read.matrix)), 0, version))
        assert np.allclose(answer.ijk_to_world_matrix, MATRIX)


def test_transforms_are_theirs_byte_by_byte() -> None:
    message = pyigtl.TransformMessage(MATRIX, device_name="Camera", timestamp=3.0)
    mine = pack_message("TRANSFORM", "Camera", pack_transform(MATRIX), timestamp_of(3.0), 1)
    assert mine == message.pack()
    assert np.array_equal(unpack_transform(ours(mine)[1].data), MATRIX)


def test_surfaces_are_theirs_byte_by_byte_and_come_back_with_their_attributes() -> None:
    points = np.arange(12, dtype=np.float32).reshape(4, 3)
    triangles = np.array([[0, 1, 2], [1, 3, 2]], np.int32)
    polygons = np.insert(triangles, 0, 3, axis=1).ravel()
    message = pyigtl.PolyDataMessage(points=points, polygons=polygons, device_name="S", timestamp=3.0)
    packed = pack_message("POLYDATA", "S", pack_polydata(PolyData(points, triangles)), timestamp_of(3.0), 1)
    assert packed == message.pack()
    attributes = {"RGB": points * 2, "Label": np.arange(4, dtype=np.float32)}
    back = unpack_polydata(pack_polydata(PolyData(points, triangles, attributes)))
    assert np.array_equal(back.points, points) and np.array_equal(back.triangles, triangles)
    assert all(np.array_equal(back.attributes[name], values) for name, values in attributes.items())


def test_a_status_has_the_layout_of_the_specification() -> None:
    packed = pack_status(Status(StatusCode.CHECKSUM_ERROR, "wrong", -3, "CRC"))
    assert packed == struct.pack(">Hq20s", 9, -3, b"CRC") + b"wrong\0"
    assert unpack_status(packed) == Status(9, "wrong", -3, "CRC")


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=40))
def test_pieces_of_any_size_give_the_same_messages(sizes: list[int]) -> None:
    texts = ["", "a", "b" * 500]
    stream = b"".join(pack_message("STATUS", "s", pack_status(Status(1, text)), 0, 2) for text in texts)
    reader, found, at = MessageReader(), [], 0
    for size in [*sizes, len(stream)]:
        found += reader.feed(stream[at : at + size])
        at += size
    assert [unpack_status(message.open().data).text for message in found] == texts
    assert not reader.is_inside


def damaged(place: int, data: bytes) -> Callable[[bytes], bytes]:
    return lambda message: message[:place] + data + message[place + len(data) :]


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        (damaged(0, b"\0\4"), StatusCode.VERSION_UNKNOWN, "version is 4"),
        (damaged(2, b"\0\1"), StatusCode.INVALID_PACKET, "message type"),
        (damaged(42, b"\0\0\0\0\xff\xff\xff\xff"), StatusCode.NOT_ENOUGH_RESOURCE, "4294967295 bytes"),
        (damaged(50, b"\1"), StatusCode.CHECKSUM_ERROR, "checksum"),
        (damaged(90, b"\1"), StatusCode.CHECKSUM_ERROR, "checksum"),
    ],
)
def test_damage_is_named(change: Callable[[bytes], bytes], code: StatusCode, word: str) -> None:
    message = pack_message("IMAGE", "Video", pack_image(ImageContent(PICTURE)), 0, 1)
    with pytest.raises(ProtocolError, match=word) as caught:
        ours(change(message))
    assert caught.value.code is code


def image_content(**changes: object) -> bytes:
    values = {"components": 3, "scalar": 3, "endian": 2, "size": (7, 5, 1), "offset": (0, 0, 0), "bytes": 105} | changes
    head = (1, values["components"], values["scalar"], values["endian"], 1, *values["size"])
    rest = (*np.eye(4)[:3].T.ravel(), *values["offset"], *values["size"])
    return struct.pack(">HBBBBHHH12f6H", *head, *rest) + bytes(values["bytes"])


@pytest.mark.parametrize(
    "changes",
    [
        {"scalar": 99},
        {"endian": 0},
        {"offset": (1, 0, 0)},
        {"size": (7, 5, 2)},
        {"size": (0, 5, 1)},
        {"size": (65535, 65535, 1)},
        {"components": 0},
        {"components": 200},
        {"bytes": 104},
        {"scalar": 10},
    ],
)
def test_pictures_that_do_not_add_up_are_refused(changes: dict[str, object]) -> None:
    assert unpack_image(image_content()).pixels.shape == (5, 7, 3)
    with pytest.raises(ProtocolError):
        unpack_image(image_content(**changes))


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_bytes_that_mean_nothing_raise_nothing_but_protocol_errors(data: st.DataObject) -> None:
    good = data.draw(
        st.sampled_from(
            [
                pack_image(ImageContent(PICTURE)),
                pack_polydata(PolyData(np.ones((3, 3), np.float32), np.array([[0, 1, 2]]), {"L": np.ones(3)})),
                pack_transform(MATRIX),
                pack_status(Status(1, "text")),
            ]
        )
    )
    content = bytearray(good)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    for unpack in (unpack_image, unpack_polydata, unpack_transform, unpack_status):
        try:
            unpack(cut)
        except ProtocolError as error:
            assert "\n" not in str(error)
