"""Opening video containers through PyAV, with errors a user understands."""

from __future__ import annotations

from pathlib import Path

import av
import av.container
import av.error
import av.video.stream

from EndoDepthLib.errors import InputError
from EndoDepthLib.video.frame_source import MOST_PIXELS
from EndoDepthLib.video.leading_part import before_cut_fragment
from EndoDepthLib.video.truncation import top_level_boxes

_FORMATS = frozenset(
    {"mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "m4v", "h264", "hevc", "av1", "obu", "ivf"}
    | {"mjpeg", "asf", "flv", "ogg", "dv", "mxf", "gxf", "wtv", "vc1"}
)
"""Containers of moving pictures. Others that libav knows (playlists, text art, devices) could reach beyond the file."""


def open_container(path: Path) -> tuple[av.container.InputContainer, av.video.stream.VideoStream]:
    """The container and its video stream, decoding on several threads.

    Raises InputError for a file that is missing, empty, no video, cut so that its index is lost, or without pictures.
    """
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{path} is empty (0 bytes); expected a video")
        container = _open(path)
    except av.error.FFmpegError as error:
        raise InputError(_why_unreadable(path, error)) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from None
    if not _FORMATS.intersection(container.format.name.split(",")):
        container.close()
        raise InputError(f"{path} is not a video (but '{container.format.name}'); expected mp4, mov, avi or mkv")
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:  # a cover picture is no video
            if getattr(stream, "codec_context", None) is None:  # the type says it never is
                container.close()
                raise InputError(f"{path} holds pictures of a kind that nothing here decodes; convert it to H.264")
            stream.thread_type = "AUTO"
            stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}  # also for what changes on the way
            return container, stream
    container.close()
    raise InputError(f"{path} has no pictures in it (no video stream); expected a video")


def _open(path: Path) -> av.container.InputContainer:
    try:
        return av.open(str(path), metadata_errors="replace")
    except av.error.FFmpegError:
        part = before_cut_fragment(path)
        if part is None:
            raise
        return av.open(part, mode="r", metadata_errors="replace")


def _why_unreadable(path: Path, error: av.error.FFmpegError) -> str:
    if isinstance(error, av.error.PermissionError):
        return f"{path} cannot be read ({error.strerror})"
    kinds = {kind for kind, _, _ in top_level_boxes(path)}
    if b"mdat" in kinds and b"moov" not in kinds:
        return (
            f"{path} is cut: the index (moov atom) that an mp4 or mov keeps at its end is missing, "
            "so its frames cannot be found; copy it again, or repair it with an intact recording of the same device"
        )
    if b"ftyp" in kinds or b"moov" in kinds:
        return f"{path} is a damaged mp4 or mov file: its index cannot be read; copy the file again"
    return f"{path} is not a video that can be read; expected mp4, mov, avi or mkv content"
