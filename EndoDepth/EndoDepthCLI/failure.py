"""Turns an exception into an exit code and one line for the user."""

from __future__ import annotations

import errno

from EndoDepthLib.errors import EndoDepthError

EXIT_CODE_OK = 0
EXIT_CODE_DEFECT = 1
EXIT_CODE_USER_ERROR = 2
EXIT_CODE_INTERRUPTED = 130

_LONGEST_LINE = 1000


def describe_failure(error: BaseException) -> tuple[int, str]:
    """The exit code and the line for `error`; a line holds no line break and at most 1000 characters."""
    if isinstance(error, EndoDepthError):
        return EXIT_CODE_USER_ERROR, _one_line(str(error))
    if isinstance(error, OSError):
        return EXIT_CODE_USER_ERROR, _one_line(_describe_os_error(error))
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return EXIT_CODE_USER_ERROR, "not enough memory; close other programs or give smaller images"
    missing = getattr(error, "name", None)
    if isinstance(error, ModuleNotFoundError) and missing and not missing.startswith("EndoDepth"):
        return EXIT_CODE_USER_ERROR, f"the Python package '{missing}' is not installed; install it and run again"
    return (
        EXIT_CODE_DEFECT,
        _one_line(f"unexpected {type(error).__name__}: {error}; this is a defect, --debug shows where"),
    )


def is_disk_full(error: OSError) -> bool:
    """Whether the disk, a quota or a file size limit refused the bytes."""
    return error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


def _describe_os_error(error: OSError) -> str:
    where = f" at {error.filename}" if error.filename else ""
    if is_disk_full(error):
        return (
            f"the disk is full{where} ({error.strerror}); free some space and run again "
            "(--resume continues, where the command has it)"
        )
    if isinstance(error, BrokenPipeError):
        return "the program that reads this one's output ended before the work was done; let it read to the end"
    if isinstance(error, PermissionError):
        return f"permission denied{where}; choose a place you may read and write"
    return f"{error.strerror or error}{where}"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 3] + "..."
