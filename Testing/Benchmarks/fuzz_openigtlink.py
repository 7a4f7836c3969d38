"""Bytes that mean nothing, sent to the reader of OpenIGTLink messages and to a running server.

    python Testing/Benchmarks/fuzz_openigtlink.py [--messages 20000] [--connections 400] [--seed 0]

Whole messages of every kind are changed at random: bits, bytes, numbers at the places of sizes and counts, cuts, pieces
of other messages; half of them get a right checksum again, so that what stands behind it is reached. The reader may
raise nothing but ProtocolError, take no longer than 5 s for a message, and no more than 256 MiB in all. The server must
answer a good picture after every hundred connections. Exit code 1 when one of this does not hold.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
import tracemalloc
from collections import Counter
from contextlib import closing, suppress
from random import Random

import numpy as np
from benchmark_arguments import benchmark_parser

from EndoDepthCLI.job.serving.mailbox import Mailbox
from EndoDepthCLI.job.serving.server import Server, listen_on
from EndoDepthLib.openigtlink import (
    ImageContent,
    MessageReader,
    PolyData,
    ProtocolError,
    RawMessage,
    Status,
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

_UNPACK = {"IMAGE": unpack_image, "POLYDATA": unpack_polydata, "STATUS": unpack_status, "TRANSFORM": unpack_transform}
_SLOWEST_S = 5.0
_MOST_BYTES = 256 << 20
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 63, (1 << 64) - 1)


def good_messages() -> list[bytes]:
    """One message of every kind and version."""
    picture = np.arange(8 * 6 * 3, dtype=np.uint8).reshape(6, 8, 3)
    points, triangles = np.ones((4, 3), np.float32), np.array([[0, 1, 2], [1, 3, 2]], np.int32)
    contents = {
        "IMAGE": pack_image(ImageContent(picture)),
        "POLYDATA": pack_polydata(PolyData(points, triangles, {"RGB": points, "Label": np.ones(4, np.float32)})),
        "STATUS": pack_status(Status(1, "a sentence", 3, "NAME")),
        "TRANSFORM": pack_transform(np.eye(4)),
        "GET_STATUS": b"",
    }
    return [
        pack_message(kind, "Device", content, 1 << 32, version, {"key": "value", "other": ""}, 7)
        for kind, content in contents.items()
        for version in (1, 2, 3)
    ]


def changed(rng: Random, messages: list[bytes]) -> bytes:
    """A message with one to four changes."""
    data = bytearray(rng.choice(messages))
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data)) if data else 0
        match rng.randrange(6):
            case 0 if data:
                data[place] ^= 1 << rng.randrange(8)
            case 1 if data:
                data[place] = rng.randrange(256)
            case 2:
                size = rng.choice((1, 2, 4, 8))
                data[place : place + size] = (rng.choice(_NUMBERS) & ((1 << 8 * size) - 1)).to_bytes(size, "big")
            case 3:
                del data[place:]
            case 4:
                data[place:place] = rng.randbytes(rng.randrange(64))
            case 5:
                other = rng.choice(messages)
                data[place:] = other[rng.randrange(len(other)) :]
    if rng.random() < 0.5 and len(data) >= 58:
        body = bytes(data[58:])
        data[42:58] = struct.pack(">QQ", len(body), crc64(body))
    return bytes(data)


def read_all(data: bytes) -> str:
    """What the reader makes of these bytes."""
    reader = MessageReader()
    try:
        for message in reader.feed(data):
            _open(message)
    except ProtocolError as error:
        return error.code.name
    return "waits for more" if reader.is_inside else "accepted"


def _open(message: RawMessage) -> None:
    content = message.open()
    unpack = _UNPACK.get(message.header.type)
    if unpack is not None:
        unpack(content.data)


def fuzz_reader(count: int, seed: int) -> bool:
    """Many changed messages; whether everything that may not happen did not."""
    rng, messages, outcomes, slowest_s, is_good = Random(seed), good_messages(), Counter[str](), 0.0, True
    tracemalloc.start()
    for number in range(count):
        data = changed(rng, messages)
        start_s = time.perf_counter()
        try:
            outcomes[read_all(data)] += 1
        except Exception as error:  # what is looked for
            print(f"message {number} of seed {seed}: {type(error).__name__}: {error}: {data.hex()}", file=sys.stderr)
            is_good = False
        slowest_s = max(slowest_s, time.perf_counter() - start_s)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{count} messages: {dict(outcomes)}; slowest {1000 * slowest_s:.1f} ms, peak {peak / 2**20:.1f} MiB")
    return is_good and slowest_s < _SLOWEST_S and peak < _MOST_BYTES


def fuzz_server(count: int, seed: int) -> bool:
    """Connections that send a few changed messages and go; whether good pictures still arrive."""
    rng, messages, mailbox = Random(seed), good_messages(), Mailbox()
    picture = messages[0]
    with closing(Server(listen_on("127.0.0.1", 0), mailbox, "hello")) as server:
        for number in range(count):
            with suppress(ConnectionError), socket.create_connection(("127.0.0.1", server.port), 5.0) as client:
                for _ in range(rng.randint(1, 4)):
                    client.sendall(changed(rng, messages))
            if number % 100 == 99 and not _takes(server.port, picture, mailbox):
                print(f"no answer after {number + 1} connections of seed {seed}", file=sys.stderr)
                return False
        print(f"{count} connections: {mailbox.received} pictures arrived, {server.refused} connections refused")
        return server.is_running and server.failure is None


def _takes(port: int, picture: bytes, mailbox: Mailbox) -> bool:
    """Whether a good picture arrives within 5 s, as the server's own thread put it down."""
    deadline_s = time.monotonic() + _SLOWEST_S
    while time.monotonic() < deadline_s:
        with socket.create_connection(("127.0.0.1", port), _SLOWEST_S) as client:
            before = mailbox.received
            with suppress(ConnectionError):  # too many who went before it are being closed still: once more
                client.sendall(picture)
                for _ in range(50):
                    if mailbox.received > before:
                        return True
                    time.sleep(0.01)
    return False


def main() -> int:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="default %(default)s")
    parser.add_argument("--connections", type=int, default=400, help="default %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    results = [fuzz_reader(options.messages, options.seed), fuzz_server(options.connections, options.seed)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
