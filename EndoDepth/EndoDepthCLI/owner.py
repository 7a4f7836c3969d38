"""Ends this process when the program that it works for is gone, so that a crashed Slicer leaves no job behind.

The owner is named by the environment variable ENDODEPTH_OWNER_PID. Neither the parent nor standard input tells: in
Slicer a launcher stands between the two, and it outlives the application.
"""

from __future__ import annotations

import os
import sys
import threading
import time

VARIABLE = "ENDODEPTH_OWNER_PID"
EXIT_CODE = 3

_LOOK_EVERY_S = 1.0
_SYNCHRONIZE = 0x00100000
_INFINITE = 0xFFFFFFFF


def end_with_owner() -> None:
    """Watch the owner, if there is one, from a thread that does not keep this process alive."""
    text = os.environ.get(VARIABLE, "")
    if text.isdecimal() and int(text) != os.getpid():
        threading.Thread(target=_watch, args=(int(text),), name="owner", daemon=True).start()


def _watch(pid: int) -> None:
    if sys.platform == "win32":
        _wait_on_windows(pid)
    else:
        while _is_there(pid):
            time.sleep(_LOOK_EVERY_S)
    os._exit(EXIT_CODE)  # files appear whole or not at all, so nothing has to be put in order


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it belongs to somebody else, but is there
        return True
    return True


def _wait_on_windows(pid: int) -> None:
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  # absent from other systems' ctypes
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(_SYNCHRONIZE, False, pid)
    if handle:
        kernel.WaitForSingleObject(ctypes.c_void_p(handle), _INFINITE)
