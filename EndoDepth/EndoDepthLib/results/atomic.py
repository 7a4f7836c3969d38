"""Files that appear whole or not at all: written aside in the same folder, then renamed."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from EndoDepthLib.errors import OutputError

PARTIAL_PREFIX = ".partial-"
"""How the names of files begin that are still being written (the suffix stays, since writers choose formats by it)."""

_REPLACE_ATTEMPTS = 40
_REPLACE_WAIT_S = 0.05


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it becomes `path` when the block ends, and vanishes when it fails.

    Raises OutputError when the folder or disk cannot take the file.
    """
    path = Path(path)
    aside = path.with_name(PARTIAL_PREFIX + path.name)
    try:
        yield aside
        _replace(aside, path)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        # After a rename there is nothing left to remove; on a full or read-only disk removal may fail as well.
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def atomic_write(path: Path, data: bytes | str) -> None:
    """Write bytes, or text as UTF-8, to `path` in one step. Raises OutputError when that is not possible."""
    content = data.encode("utf-8") if isinstance(data, str) else data
    with atomic_path(path) as aside:
        aside.write_bytes(content)


def make_folder(folder: Path) -> None:
    """Make a folder and those it lies in, unless they are there. Raises OutputError when that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error


def remove_partial_files(folder: Path) -> None:
    """Remove what a killed run left half written in `folder` (not in its subfolders)."""
    for leftover in folder.glob(PARTIAL_PREFIX + "*"):
        if leftover.is_file():
            leftover.unlink(missing_ok=True)


def write_error(path: Path, error: OSError) -> OutputError:
    """The one-line OutputError for an operating system error met while writing `path`."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return OutputError(
            f"no space left on the disk for '{path}'; free some space and run again "
            "(--resume continues, where the command has it)"
        )
    reason = error.strerror or str(error)
    return OutputError(f"cannot write '{path}': {reason}; choose an output folder that can be written to")


def _replace(source: Path, target: Path) -> None:
    for attempt in range(_REPLACE_ATTEMPTS):
        try:
            source.replace(target)
            return
        except PermissionError:
            # On Windows a file that another process (Slicer, a virus scanner) reads at this moment cannot be replaced.
            if os.name != "nt" or attempt == _REPLACE_ATTEMPTS - 1:
                raise
            time.sleep(_REPLACE_WAIT_S)
