"""The stream of kept frames through whatever is done with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Generic, TypeVar

from EndoDepthCLI.job.overlap import frame_workers, in_order
from EndoDepthCLI.job.preparation import Prepared
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.telling import current_teller
from EndoDepthLib.errors import InputError
from EndoDepthLib.results import ResultsFrame
from EndoDepthLib.values import Frame

Computed = TypeVar("Computed")


@dataclass(frozen=True)
class FrameWork(Generic[Computed]):
    """What is done with a frame: `compute` in any thread, several frames at a time; `write` in order, in one thread."""

    compute: Callable[[Frame], Computed]
    write: Callable[[int, Computed], None]


@dataclass(frozen=True)
class _Done(Generic[Computed]):
    """A frame that went through, without its pixels; computed is None when it had been done before."""

    position: int
    frame: ResultsFrame
    computed: Computed | None


def stream_frames(
    prepared: Prepared,
    is_done: Callable[[int, Frame], bool],
    work: FrameWork[Computed],
    max_frames: int | None = None,
    workers: int | None = None,
) -> tuple[list[ResultsFrame], int]:
    """Decode every kept frame in order and work on those that are not done; a few frames are in memory at a time.

    Done frames are decoded as well: only so are the same warnings met as in an undisturbed run. workers: frames worked
    on at a time (None: as the machine allows); the results do not depend on it. Returns index and time
    of all frames (their pixels are not kept) and the number processed now. Raises InputError when none can be decoded.
    """
    kept: list[ResultsFrame] = []
    processed, has_more = 0, False

    def frames() -> Iterator[tuple[int, Frame, bool]]:
        nonlocal has_more
        for position, frame in enumerate(prepared.video):
            if max_frames is not None and position >= max_frames:
                has_more = True
                return
            yield position, frame, is_done(position, frame)

    def compute(item: tuple[int, Frame, bool]) -> _Done[Computed]:
        position, frame, done = item
        computed = None if done else work.compute(prepared.on_grid(frame))
        return _Done(position, ResultsFrame(frame.index, frame.time_s), computed)

    threads = frame_workers(prepared.camera.width, prepared.camera.height) if workers is None else workers
    count = prepared.video.frame_count
    with Progress("frames", count) as progress, closing(in_order(frames(), compute, threads)) as stream:
        for each in stream:
            if each.computed is not None:
                work.write(each.position, each.computed)
                processed += 1
            kept.append(each.frame)
            current_teller().frame_ready(each.position)
            progress.step()
    if has_more:
        prepared.messages.warn(f"the input holds more frames than it says; ended after {max_frames}")
    prepared.messages.warn_all(prepared.video.warnings)
    prepared.video.close()
    if not kept:
        raise InputError(f"no frame of '{prepared.video.source}' can be decoded in this range; choose another one")
    return kept, processed
