"""Arrays to bytes and back: PNG pictures and masks, .npy arrays. OpenCV sees bytes only, so any path name works.

OpenCV is imported where it is needed: Slicer shows a finished case also while OpenCV is not installed in it.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError


def encode_image(image: np.ndarray) -> bytes:
    """PNG bytes of an (H, W, 3) uint8 RGB image or an (H, W) uint8 label map; lossless, always the same bytes."""
    import cv2

    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else np.ascontiguousarray(image)
    return cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def encode_array(array: np.ndarray) -> bytes:
    """The bytes of a .npy file (format 1.0, no pickle)."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def read_image(path: Path, channels: int) -> np.ndarray:
    """The picture of a PNG file: (H, W, 3) uint8 RGB for 3 channels, (H, W) uint8 for 1. Raises InputError."""
    import cv2

    data = np.frombuffer(_read(path), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR if channels == 3 else cv2.IMREAD_UNCHANGED) if data.size else None
    if picture is None or picture.dtype != np.uint8 or picture.ndim != (3 if channels == 3 else 2):
        raise InputError(f"'{path}' is not a readable 8-bit PNG; continue the job with --resume, or run it again")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) if channels == 3 else picture


def read_array(path: Path, dtype: type[np.generic]) -> np.ndarray:
    """The array of a .npy file, which must be two-dimensional and of this type. Raises InputError."""
    try:
        array = np.lib.format.read_array(io.BytesIO(_read(path)), allow_pickle=False)
    except ValueError as error:
        raise InputError(f"'{path}' is not a readable .npy file ({error}); run the job again") from error
    if array.ndim != 2 or array.dtype != dtype:
        raise InputError(f"'{path}' holds {array.shape} {array.dtype}; expected (height, width) {np.dtype(dtype)}")
    return array


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}; continue the job with --resume") from error
