"""Pictures, depth and label maps of data sets, decoded when asked for, and strictly: a cut file is an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.image_files import read_plane
from EndoDepthLib.video.image_file import read_image

Reading = Callable[[], np.ndarray]
"""A call without arguments that reads one array."""

_JPEG_START, _JPEG_SCAN, _JPEG_END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"


def picture(path: Path) -> Reading:
    """Reads (H, W, 3) uint8 RGB of a png, jpg, tif or bmp. The call raises InputError for a damaged file."""

    def read() -> np.ndarray:
        _check_whole(path)
        return read_image(path)[0]

    return read


def depth_map(path: Path, mm_per_count: float) -> Reading:
    """Reads depth (H, W) float32 mm of a grey png, tiff or .npy file; 0, negative and infinite become NaN."""

    def read() -> np.ndarray:
        _check_whole(path)
        return valid_depth(read_plane(path) * mm_per_count)

    return read


def float_tiff(path: Path, channel: int | None, channels: int) -> Reading:
    """Reads one channel (in the file's order; None: the only one) of a float32 TIFF as depth (H, W) mm."""

    def read() -> np.ndarray:
        values = decoded(path, content_of(path))
        if values.dtype != np.float32 or values.shape[2:] != (() if channel is None else (channels,)):
            raise InputError(
                f"'{path}' holds {values.shape} {values.dtype}; expected (height, width"
                f"{'' if channel is None else f', {channels}'}) float32"
            )
        # OpenCV turns three channels round (RGB to BGR), also where they are no colours.
        return valid_depth(values if channel is None else values[..., channels - 1 - channel])

    return read


def mapped_labels(path: Path, label_from_value: np.ndarray) -> Reading:
    """Reads labels (H, W) uint8 of a one-channel 8-bit picture through a table (256,) uint8."""

    def read() -> np.ndarray:
        values = decoded(path, content_of(path))
        if values.ndim == 3 and (values[..., :1] == values[..., :3]).all():
            values = values[..., 0]  # grey written as colours
        if values.ndim != 2 or values.dtype != np.uint8:
            raise InputError(f"'{path}' holds {values.shape} {values.dtype}; expected label values as one 8-bit plane")
        return label_from_value[values]

    return read


def valid_depth(depth: np.ndarray) -> np.ndarray:
    """Depth as float32 where what is no distance (0, negative, infinite) is NaN."""
    return np.where(np.isfinite(depth) & (depth > 0), depth, np.nan).astype(np.float32)


def content_of(path: Path) -> np.ndarray:
    """The bytes of a file, (N,) uint8. Raises InputError when it is missing, empty, or a JPEG or PNG that is cut."""
    _check_whole(path)
    return np.fromfile(path, np.uint8)


def decoded(path: Path, content: np.ndarray) -> np.ndarray:
    """Pixels as OpenCV decodes them (colours BGR). Raises InputError that names `path`."""
    try:
        pixels = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise InputError(f"'{path}' is not a readable picture; expected PNG, JPEG or TIFF; get it again")
    return np.asarray(pixels)


def _check_whole(path: Path) -> None:
    """Raise InputError when a file is missing, empty, or a PNG or JPEG whose end is missing (OpenCV fills it grey)."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    if not content:
        raise InputError(f"'{path}' is empty (0 bytes); get it again")
    is_cut_jpeg = content.startswith(_JPEG_START) and content.rfind(_JPEG_END) < content.rfind(_JPEG_SCAN)
    is_cut_png = content.startswith(b"\x89PNG") and content.rfind(b"IEND") < 0
    if is_cut_jpeg or is_cut_png:
        raise InputError(f"'{path}' is cut: its end is missing; get it again")
