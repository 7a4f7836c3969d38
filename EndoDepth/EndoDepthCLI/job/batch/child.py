"""The process that computes, as its supervisor sees it: lines of JSON go in and come out."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

_LAST_BYTES = 4096
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Child:
    """A process of worker.py. It ends when this object's process does, however that ends.

    setup: what it is told first (see worker.py).
    """

    def __init__(self, setup: Mapping[str, Any], threads: int | None) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed by kill
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
        if threads is not None:
            environment.setdefault("OMP_NUM_THREADS", str(threads))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "EndoDepthCLI.job.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
        )
        self._said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        assert self._process.stdout is not None
        threading.Thread(target=_read, args=(self._process.stdout, self._said), daemon=True).start()
        self.tell(setup)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send one message; a process that is gone is noticed by `ending`."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
            self._process.stdin.flush()

    def heard(self) -> dict[str, Any] | None:
        """The next message that it sent, None when there is none."""
        try:
            return self._said.get_nowait()
        except queue.Empty:
            return None

    def ending(self) -> str | None:
        """How the process ended, in words; None while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        last = self._last_line()
        return f"its process {how}" + (f" ({last})" if last else "")

    def memory_bytes(self) -> int | None:
        """Resident size of the process; None where the system does not tell."""
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
        except (OSError, ValueError, IndexError):
            return None

    def kill(self) -> None:
        """End the process at once, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(OSError):
                stream.close()
        self._log.close()

    def _last_line(self) -> str:
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - _LAST_BYTES))
        lines = self._log.read().decode("utf-8", "replace").split("\n")
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")


def _read(stream: IO[bytes], said: queue.SimpleQueue[dict[str, Any]]) -> None:
    with suppress(ValueError, OSError):  # closed while we read
        for line in stream:
            with suppress(ValueError):
                message = json.loads(line)
                if isinstance(message, dict):
                    said.put(message)
