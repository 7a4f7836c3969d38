"""The sockets of the live server: one thread that accepts, reads and sends, and never waits for a client."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from EndoDepthCLI.job.serving.connection import Connection
from EndoDepthCLI.job.serving.mailbox import Letter, Mailbox
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.openigtlink.devices import STATUS_DEVICE
from EndoDepthLib.openigtlink.header import ProtocolError, timestamp_of
from EndoDepthLib.openigtlink.message import pack_message
from EndoDepthLib.openigtlink.status import Status, StatusCode, pack_status
from EndoDepthLib.openigtlink.stream import RawMessage
from EndoDepthLib.openigtlink.transform import unpack_transform

MOST_CLIENTS = 8
_MOST_SOCKETS = 32
_TICK_S = 0.25
_CHECKED_BYTES = 1 << 16


def pack_status_message(code: StatusCode, text: str, version: int, timestamp: int | None = None) -> bytes:
    """A whole STATUS message of this server."""
    content = pack_status(Status(code, text, name="" if code is StatusCode.OK else code.name))
    return pack_message("STATUS", STATUS_DEVICE, content, timestamp or timestamp_of(time.time()), version)


class Server:
    """Serves what connects to `listener` (of `listen_on`), and puts pictures into a mailbox.

    greeting: the sentence that every client is told first.
    """

    def __init__(self, listener: socket.socket, mailbox: Mailbox, greeting: str) -> None:
        self._mailbox = mailbox
        self._greeting = greeting
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        self._wake_up, self._woken = socket.socketpair()
        for each in (self._listener, self._wake_up, self._woken):
            each.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._lock = threading.Lock()
        self._connections: dict[int, Connection] = {}
        self._last_number = 0
        self._ends = False
        self.refused = 0
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="sockets", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether the sockets are served."""
        return self._thread.is_alive()

    @property
    def clients(self) -> int:
        """How many clients are connected."""
        return sum(not each.is_closing for each in list(self._connections.values()))

    @property
    def missed(self) -> int:
        """How many sets of answers the clients of now did not take in time."""
        return sum(each.missed for each in list(self._connections.values()))

    def deliver(self, sender: int, pack: Callable[[int], Sequence[bytes]]) -> None:
        """Send answers, packed for a header version, to the sender and to clients that send no pictures themselves."""
        with self._lock:
            who = [c for c in self._connections.values() if c.number == sender or not c.sends_pictures]
        packed = {version: pack(version) for version in {each.version for each in who}}
        with self._lock:
            for each in who:
                each.offer(packed.get(each.version) or pack(each.version))
        self._wake()

    def tell(self, client: int, code: StatusCode, text: str, ends: bool = False) -> None:
        """Send a STATUS to one client; `ends` closes its connection after it."""
        with self._lock:
            connection = self._connections.get(client)
            if connection is None:
                return
            message = pack_status_message(code, text, connection.version)
            if ends:
                self.refused += 1
                connection.farewell(message)
            else:
                connection.reply(message)
        self._wake()

    def close(self) -> None:
        """Tell the clients, and close everything within two seconds."""
        with self._lock:
            for each in self._connections.values():
                each.farewell(pack_status_message(StatusCode.SHUTTING_DOWN, "EndoDepth ends", each.version))
        self._ends = True
        self._wake()
        self._thread.join(2.0)

    def _wake(self) -> None:
        with suppress(OSError):  # a full pipe wakes it as well
            self._wake_up.send(b"\0")

    def _run(self) -> None:
        ends_s = None
        try:
            while True:
                for key, _events in self._selector.select(_TICK_S):
                    self._serve(key)
                self._look_after()
                if self._ends:
                    ends_s = ends_s or time.monotonic() + 1.0
                    if not any(c.has_to_send for c in self._connections.values()) or time.monotonic() > ends_s:
                        return
        except Exception as error:  # told by the thread that waits for pictures
            self.failure = error
        finally:
            for connection in list(self._connections.values()):
                self._drop(connection)
            self._selector.close()
            for each in (self._listener, self._woken, self._wake_up):
                each.close()

    def _serve(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self._listener:
            self._accept()
        elif key.fileobj is self._woken:
            with suppress(BlockingIOError):
                self._woken.recv(4096)
        elif key.data.number in self._connections:
            self._read(key.data)

    def _accept(self) -> None:
        try:
            sock, _address = self._listener.accept()
        except OSError:  # it has gone again, or there are no more handles
            return
        if len(self._connections) >= _MOST_SOCKETS:
            sock.close()
            return
        sock.setblocking(False)
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        with self._lock:
            is_full = self.clients >= MOST_CLIENTS
            self._last_number += 1
            connection = Connection(sock, self._last_number)
            self._connections[connection.number] = connection
            if is_full:
                self.refused += 1
                text = f"{MOST_CLIENTS} clients are connected already; close one of them"
                connection.farewell(pack_status_message(StatusCode.BUSY, text, 1))
            else:
                connection.reply(pack_status_message(StatusCode.OK, self._greeting, 1))
        self._selector.register(sock, selectors.EVENT_READ, connection)

    def _read(self, connection: Connection) -> None:
        try:
            messages = connection.read()
            if messages is None:
                self._drop(connection)
                return
            for message in messages:
                self._take(connection, message)
        except ProtocolError as error:
            self.tell(connection.number, error.code, str(error), ends=True)
        except OSError:
            self._drop(connection)

    def _take(self, connection: Connection, message: RawMessage) -> None:
        """One whole message: a picture is only put away; whatever else is known is small and answered at once."""
        header = message.header
        connection.version = header.version
        if header.type == "IMAGE":
            connection.sends_pictures = True
            self._mailbox.put(Letter(connection.number, message, time.monotonic(), connection.transform))
        elif header.body_bytes <= _CHECKED_BYTES:
            content = message.open()
            if header.type == "TRANSFORM":
                connection.transform = unpack_transform(content.data)
            elif header.type == "GET_STATUS":
                self.tell(connection.number, StatusCode.OK, self._greeting)

    def _look_after(self) -> None:
        """Send what waits, and end those who went, stall or dawdle."""
        now_s = time.monotonic()
        for connection in list(self._connections.values()):
            if connection.is_too_slow(now_s):
                self.tell(connection.number, StatusCode.TIMEOUT, "a message was begun and not ended in time", ends=True)
            if connection.is_over(now_s):
                self._drop(connection)
                continue
            try:
                with self._lock:
                    connection.send()
            except OSError:
                self._drop(connection)
                continue
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.has_to_send else 0)
            if self._selector.get_key(connection.socket).events != events:
                self._selector.modify(connection.socket, events, connection)

    def _drop(self, connection: Connection) -> None:
        with self._lock:
            if self._connections.pop(connection.number, None) is None:
                return
        self._mailbox.forget(connection.number)
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        connection.socket.close()


def listen_on(host: str, port: int) -> socket.socket:
    """A socket that listens, port 0 on any free one. Raises SettingsError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # On Windows this option would let two programs share the port; elsewhere it only frees a port after a crash.
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(MOST_CLIENTS)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(
            f"cannot listen on {host}:{port} ({reason}); is another server running there? "
            "choose another --port or --host"
        ) from error
    return listener
