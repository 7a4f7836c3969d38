"""Starts the engine's process, passes its progress on, and reads what it leaves."""

from __future__ import annotations

import json
import queue
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np

from EndoDepthLib.motion import engine

_WAIT_S = 0.2
_LOOK_EVERY_S = 1.0
_LOG_FILE = "engine.log"


class EngineError(Exception):
    """The engine's process ended without a result; says how."""


def run_engine(
    folder: Path,
    job: Mapping[str, Any],
    progress: Callable[[str, int, int], None],
    cancelled: Callable[[], bool] | None = None,
    script: Path | None = None,
) -> dict[str, np.ndarray]:
    """Run the engine on a prepared folder; the arrays of its model (see engine._arrays), or {"registered": 0}.

    script: what runs (the engine, unless given). Raises EngineError when the process crashes or leaves nothing, and
    KeyboardInterrupt, with the process ended, when `cancelled` says so.
    """
    if not Path(sys.executable or "").stem.lower().startswith("python"):
        # Inside an application such as 3D Slicer a new process would be the application once more.
        raise EngineError(f"a Python program is needed to run it, but this process is {sys.executable}")
    (folder / engine.JOB_FILE).write_text(json.dumps(dict(job)), encoding="utf-8")
    script = script or Path(engine.__file__)
    with (folder / _LOG_FILE).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", str(script), str(folder)],  # -P: the script's neighbours are not importable by name
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        assert process.stdout is not None and process.stdin is not None
        threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
        try:
            _pass_on(folder, lines, progress, cancelled)
            code = process.wait()
        finally:
            process.kill()
            process.wait()
            with suppress(OSError):
                process.stdin.close()
            process.stdout.close()
    if code != 0:
        raise EngineError(f"{_ending(code)}: {_last_line(folder / _LOG_FILE)}")
    try:
        with np.load(folder / engine.MODEL_FILE, allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError, BadZipFile) as error:
        raise EngineError(f"its result cannot be read ({error})") from error


def _read(stream: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    with suppress(ValueError, OSError):  # closed while we read
        for line in stream:
            lines.put(line)
    lines.put(None)


def _pass_on(
    folder: Path,
    lines: queue.SimpleQueue[bytes | None],
    progress: Callable[[str, int, int], None],
    cancelled: Callable[[], bool] | None,
) -> None:
    """Until the process closes its output."""
    said: dict[str, Any] = {}
    looked_s = 0.0
    while True:
        if cancelled is not None and cancelled():
            raise KeyboardInterrupt
        try:
            line = lines.get(timeout=_WAIT_S)
        except queue.Empty:
            if said.get("table") and time.monotonic() - looked_s > _LOOK_EVERY_S:
                looked_s = time.monotonic()
                progress(
                    said["stage"], min(_rows(folder / engine.DATABASE, said["table"]), said["total"]), said["total"]
                )
            continue
        if line is None:
            return
        with suppress(ValueError, KeyError, TypeError):  # whatever else a library prints
            said = dict(json.loads(line))
            progress(str(said["stage"]), int(said["done"]), int(said["total"]))


def _rows(database: Path, table: str) -> int:
    """Rows of a table that another process fills; 0 while that cannot be known."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=0.1)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.Error:
        return 0


def _ending(code: int) -> str:
    return f"its process was ended by signal {-code}" if code < 0 else f"its process ended with code {code}"


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"
