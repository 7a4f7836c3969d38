"""The stream of kept frames through whatever is done with each."""

from __future__ import annotations

from collections.abc import Callable

from EndoDepthCLI.job.preparation import Prepared
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.telling import current_teller
from EndoDepthLib.errors import InputError
from EndoDepthLib.results import ResultsFrame
from EndoDepthLib.values import Frame


def stream_frames(
    prepared: Prepared,
    is_done: Callable[[int, Frame], bool],
    process: Callable[[int, Frame], None],
    max_frames: int | None = None,
) -> tuple[list[ResultsFrame], int]:
    """Decode every kept frame in order and `process` those that are not done; one frame is in memory at a time.

    Done frames are decoded as well: only so are the same warnings met as in an undisturbed run. Returns index and time
    of all frames (their pixels are not kept) and the number processed now. Raises InputError when none can be decoded.
    """
    kept: list[ResultsFrame] = []
    processed = 0
    with Progress("frames", prepared.video.frame_count) as progress:
        for position, frame in enumerate(prepared.video):
            if max_frames is not None and position >= max_frames:
                prepared.messages.warn(f"the input holds more frames than it says; ended after {max_frames}")
                break
            if not is_done(position, frame):
                process(position, prepared.on_grid(frame))
                processed += 1
            kept.append(ResultsFrame(frame.index, frame.time_s))
            current_teller().frame_ready(position)
            progress.step()
    prepared.messages.warn_all(prepared.video.warnings)
    prepared.video.close()
    if not kept:
        raise InputError(f"no frame of '{prepared.video.source}' can be decoded in this range; choose another one")
    return kept, processed
