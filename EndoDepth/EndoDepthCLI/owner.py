"""What a job owes the program that it works for: it ends with it, and leaves it the processor.

A crashed Slicer leaves no job behind, and while a job computes on every core, Slicer's window stays quick.

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
_NICENESS = 5
_SYNCHRONIZE = 0x00100000
_BELOW_NORMAL_PRIORITY_CLASS = 0x00004000
_INFINITE = 0xFFFFFFFF


def serve_owner() -> None:
    """If there is an owner: give way to it, and watch it from a thread that does not keep this process alive."""
    text = os.environ.get(VARIABLE, "")
    if text.isdecimal() and int(text) != os.getpid():
        _give_way()
        threading.Thread(target=_watch, args=(int(text),), name="owner", daemon=True).start()


def _give_way() -> None:
    if sys.platform == "win32":
        import ctypes

        kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  # absent from other systems' ctypes
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.SetPriorityClass(ctypes.c_void_p(kernel.GetCurrentProcess()), _BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(_NICENESS)


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
