"""A phantom clip rendered by several processes, the same pictures as `render_video` gives.

Exposures depend on nothing but their frame, so that worker processes make them in any order; this process makes some
as well, and develops all of them in order. Importing this module does not import torch: workers load it while this
process still does.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from EndoDepthLib.phantoms.clip_settings import ClipSettings

if TYPE_CHECKING:
    import numpy as np

    from EndoDepthLib.phantoms.clip import Exposure, PhantomClip, PhantomFrame

_FRAMES_AHEAD = 2  # of each process: enough that none waits for another, few enough to keep memory small
_WORTH_A_PROCESS = 1_000_000  # pixels: what a process renders in about three seconds; its start takes two
_MOST_PIXELS = 8_000_000  # rendered at the same time; each takes about 300 bytes
_MOST_PROCESSES = 8
_WAIT_S = 0.2  # how long a wait may go on before Ctrl-C is heard on Windows


def processes_worth(settings: ClipSettings) -> int:
    """How many processes render this clip soonest: one for each core this process may use, fewer for short clips."""
    if settings.device != "cpu" or not _starts_python():
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pixels = settings.width * settings.height
    by_work = 1 + settings.frames * pixels // _WORTH_A_PROCESS
    return max(1, min(cores, _MOST_PROCESSES, by_work, _MOST_PIXELS // pixels))


def _starts_python() -> bool:
    """Whether a new process would be Python: inside an application such as 3D Slicer it would be that once more."""
    return Path(sys.executable or "").stem.lower().startswith("python")


class ParallelRendering(AbstractContextManager["ParallelRendering"]):
    """A clip that is being rendered by this process and `processes` - 1 workers; use as a context manager.

    The workers start on entry and end on exit, when this process is killed, or by themselves when they fail; what a
    worker leaves undone this process does. The program's main module has to be importable without side effects
    (`if __name__ == "__main__"`), as for every use of multiprocessing. frames_from_workers: how many they made so far.
    """

    def __init__(self, settings: ClipSettings, processes: int) -> None:
        self._settings = settings
        self._workers = [_Worker(settings) for _ in range(min(processes, settings.frames) - 1)]
        self._changed = threading.Condition()
        self._waiting = deque(range(settings.frames))
        self._exposures: dict[int, tuple[np.ndarray, ...]] = {}
        self._wanted = 0
        self._ended = False
        self.frames_from_workers = 0

    def __enter__(self) -> ParallelRendering:
        for worker in self._workers:
            worker.start()
            threading.Thread(target=self._serve, args=(worker,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        for worker in self._workers:
            worker.stop()

    def frames(self) -> Iterator[PhantomFrame]:
        """The frames in order, once."""
        from EndoDepthLib.phantoms.clip import PhantomClip

        clip = PhantomClip(self._settings)
        for index in range(self._settings.frames):
            yield clip.develop(self._exposure(clip, index), index)

    def _exposure(self, clip: PhantomClip, index: int) -> Exposure:
        """The exposure of the frame that is wanted next; this process makes exposures until it is there."""
        from EndoDepthLib.phantoms.clip import Exposure

        with self._changed:
            self._wanted = index
            self._changed.notify_all()
        while True:
            with self._changed:
                arrays = self._exposures.pop(index, None)
                if arrays is not None:
                    return Exposure.from_arrays(arrays)
                mine = self._take()
                if mine is None:
                    self._changed.wait(_WAIT_S)
                    continue
            exposure = clip.expose(mine)
            if mine == index:
                return exposure
            self._put(mine, exposure.to_arrays())

    def _take(self) -> int | None:
        """The frame to render next, or None when those that may be begun by now are."""
        may_begin = self._wanted + _FRAMES_AHEAD * (1 + len(self._workers))
        return self._waiting.popleft() if self._waiting and self._waiting[0] < may_begin else None

    def _put(self, index: int, arrays: tuple[np.ndarray, ...]) -> None:
        with self._changed:
            self._exposures[index] = arrays
            self._changed.notify_all()

    def _serve(self, worker: _Worker) -> None:
        """Give a worker one frame after another, until all are begun or it is no more."""
        index: int | None = None
        try:
            worker.connection.recv()  # its word that it has loaded everything: frames would wait long for a worker
            while True:
                with self._changed:
                    while (index := self._take()) is None:
                        if self._ended or not self._waiting:
                            return
                        self._changed.wait()
                worker.connection.send(index)
                self._put(index, worker.connection.recv())
                self.frames_from_workers += 1
        except (EOFError, OSError):
            if index is not None:
                with self._changed:
                    self._waiting.appendleft(index)
                    self._changed.notify_all()


class _Worker:
    """A process that renders the frames whose numbers it is sent."""

    def __init__(self, settings: ClipSettings) -> None:
        context = get_context("spawn")  # the same on every system, and no thread of ours is copied into it
        self.connection, self._far_end = context.Pipe()
        self._process = context.Process(target=_work, args=(settings, self._far_end), daemon=True)
        self._started = False

    def start(self) -> None:
        """Start the process; where the system refuses one more, the connection is at its end at once."""
        with suppress(OSError), _deaf_to_ctrl_c():
            self._process.start()
            self._started = True
        self._far_end.close()  # so that the connection ends when the worker does

    def stop(self) -> None:
        """End the process, whatever it does."""
        if self._started:
            self._process.terminate()
            self._process.join()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started in this block do not hear Ctrl-C, which a terminal sends to all: this process ends them."""
    if hasattr(signal, "pthread_sigmask"):
        # Blocked, and not ignored: one that comes meanwhile is heard afterwards. What a thread blocks, the processes it
        # starts have blocked. The tracker unblocks when it starts, so it has to be there before.
        resource_tracker.ensure_running()
        with _ctrl_c_heard_later():
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                yield
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    yield  # Windows: the worker itself turns deaf


@contextmanager
def _ctrl_c_heard_later() -> Iterator[None]:
    """A Ctrl-C that another thread takes, which blocks nothing, is heard after the block as well."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is None:
        yield  # Python handles signals in its main thread only
        return
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)


def _work(settings: ClipSettings, connection: Connection) -> None:
    """The life of a worker: say that it is ready, then answer each frame number with the exposure's arrays."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows has none blocked
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(Exception):  # whatever it was, the parent renders the frame, and meets it too if it was the frame's
        from EndoDepthLib.phantoms.clip import PhantomClip

        clip = PhantomClip(settings)
        connection.send(None)
        while True:
            connection.send(clip.expose(connection.recv()).to_arrays())


def _end_with_parent() -> None:
    """End this process as soon as the one that started it does, however that ended."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
