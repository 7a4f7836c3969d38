"""The job of `endodepth frames`: decoded frames as pictures, one in memory at a time."""

from __future__ import annotations

import math
from pathlib import Path

from EndoDepthCLI.job.fingerprint import fingerprint
from EndoDepthCLI.job.messages import Messages, as_unicode
from EndoDepthCLI.job.output import check_disk, check_output, discard_on_failure
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.job.reading import open_input
from EndoDepthCLI.option_groups import OutputOptions, ReadingOptions
from EndoDepthCLI.telling import current_teller
from EndoDepthLib.errors import InputError
from EndoDepthLib.results import FramesFolder, FramesRequest, FramesWriter, layout
from EndoDepthLib.video import Video

_BYTES_PER_PIXEL = 3  # noise does not pack


def write_frames(reading: ReadingOptions, output: OutputOptions) -> FramesFolder:
    """Write the kept frames and frames.json, or what is left of them with --resume; returns the finished folder.

    Everything is checked before the folder is made. Raises an EndoDepthError for what the user can mend.
    """
    messages = Messages()
    current_teller().prepare()
    check_output(output)
    folder = output.output
    with open_input(reading) as video:
        request = _request(reading, video)
        check_disk(folder, math.ceil(video.frame_count * video.width * video.height * _BYTES_PER_PIXEL))
        with discard_on_failure(folder, layout.frame_file(folder, "frame", 0)):
            writer = FramesWriter.begin(folder, request, output.resume)
            with Progress("frames", video.frame_count) as progress:
                position = -1
                for position, frame in enumerate(video):
                    if not writer.is_complete(position, frame):
                        writer.write(position, frame)
                    current_teller().frame_ready(position)
                    progress.step()
            messages.warn_all(video.warnings)
            if position < 0:
                raise InputError(f"no frame of '{video.source}' can be decoded in this range; choose another one")
            writer.finish()
    return FramesFolder.open(folder)


def _request(reading: ReadingOptions, video: Video) -> FramesRequest:
    return FramesRequest(
        source=as_unicode(reading.input.resolve().name),
        source_sha256=fingerprint(Path(reading.input)),
        width=video.width,
        height=video.height,
        frame_rate=video.frame_rate,
        start=reading.start,
        stop=reading.stop,
        every=reading.every,
        hidden=tuple(map(str, video.hidden)),
    )
