"""Arrays to bytes and back: PNG pictures and masks, .npy arrays. OpenCV sees bytes only, so any path name works.

OpenCV is imported where it is needed: Slicer shows a finished case also while OpenCV is not installed in it.
"""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError

_NO_FILTER, _UP_FILTER = 8, 32  # libpng's PNG_FILTER_NONE and PNG_FILTER_UP


def encode_image(image: np.ndarray) -> bytes:
    """PNG bytes of an (H, W, 3) uint8 RGB image or an (H, W) uint8 label map; lossless, always the same bytes.

    The quickest of zlib's settings for each: pictures as differences to the row above, maps as runs.
    """
    import cv2

    if image.ndim == 3:
        pixels, filters, strategy = cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _UP_FILTER, cv2.IMWRITE_PNG_STRATEGY_DEFAULT
    else:
        pixels, filters, strategy = np.ascontiguousarray(image), _NO_FILTER, cv2.IMWRITE_PNG_STRATEGY_RLE
    settings = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, strategy]
    if hasattr(cv2, "IMWRITE_PNG_FILTER"):  # since OpenCV 4.11
        settings += [cv2.IMWRITE_PNG_FILTER, filters]
    return cv2.imencode(".png", pixels, settings)[1].tobytes()


def to_half(array: np.ndarray) -> np.ndarray:
    """(H, W) float32 as float16, rounded to the nearest; OpenCV 5 uses the processor's own instruction for it."""
    import cv2

    if not hasattr(cv2, "CV_16F") or int(cv2.__version__.partition(".")[0]) < 5:
        return array.astype(np.float16)
    return np.asarray(cv2.add(array, 0.0, dtype=cv2.CV_16F))  # type: ignore[call-overload]


def encode_array(array: np.ndarray) -> bytes:
    """The bytes of a .npy file (format 1.0, no pickle)."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def read_image(path: Path, channels: int) -> np.ndarray:
    """The picture of a PNG file: (H, W, 3) uint8 RGB for 3 channels, (H, W) uint8 for 1. Raises InputError."""
    import cv2

    from EndoDepthLib.video.image_file import check_stated_size

    content = _read(path)
    check_stated_size(content, f"'{path}'")
    data = np.frombuffer(content, np.uint8)
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR if channels == 3 else cv2.IMREAD_UNCHANGED) if data.size else None
    except cv2.error:
        picture = None
    if picture is None or picture.dtype != np.uint8 or picture.ndim != (3 if channels == 3 else 2):
        raise InputError(f"'{path}' is not a readable 8-bit PNG; continue the job with --resume, or run it again")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) if channels == 3 else picture


def read_array(path: Path, dtype: type[np.generic]) -> np.ndarray:
    """The array of a .npy file, which must be two-dimensional and of this type. Raises InputError."""
    try:
        array = decode_array(_read(path))
    except ValueError as error:
        raise InputError(f"'{path}' is not a readable .npy file ({error}); run the job again") from error
    if array.ndim != 2 or array.dtype != dtype:
        raise InputError(f"'{path}' holds {array.shape} {array.dtype}; expected (height, width) {np.dtype(dtype)}")
    return array


def decode_array(content: bytes) -> np.ndarray:
    """The array in the bytes of a .npy file (format 1.0 or 2.0).

    Raises ValueError for everything that is none, for objects (pickles), and, before memory is asked for, when there
    are not as many bytes as the head states.
    """
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, is_fortran, dtype = readers[version](stream)
    except Exception as error:  # numpy reads the head with Python's own parser, which raises many kinds
        raise ValueError(f"its head is damaged: {type(error).__name__}") from error
    if dtype.hasobject or dtype.itemsize == 0 or any(length < 0 for length in shape):
        raise ValueError(f"it states {shape} of {dtype}; expected numbers")
    stated, there = math.prod(shape) * dtype.itemsize, len(content) - stream.tell()
    if stated != there:
        raise ValueError(f"it states {stated} bytes of numbers and has {there}")
    numbers = np.frombuffer(content, dtype, offset=stream.tell())
    return numbers.reshape(shape, order="F" if is_fortran else "C").copy()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}; continue the job with --resume") from error
