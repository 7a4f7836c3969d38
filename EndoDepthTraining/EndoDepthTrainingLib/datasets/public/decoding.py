"""Pictures, depth and label maps of data sets, decoded when asked for, and strictly: a cut file is an error.

A reading is an object that can be sent to another process: calling it reads one array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.image_files import read_plane
from EndoDepthLib.video.image_file import read_image

Reading = Callable[[], np.ndarray]
"""A call without arguments that reads one array. Raises InputError that names the file."""

MASK_THRESHOLD = 128
"""Binary masks that were saved as JPEG have grey rims: from here on a pixel belongs to the structure."""

_JPEG_START, _JPEG_SCAN, _JPEG_END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"


@dataclass(frozen=True)
class Picture:
    """Reads (H, W, 3) uint8 RGB of a png, jpg, tif or bmp."""

    path: Path

    def __call__(self) -> np.ndarray:
        """The picture."""
        content_of(self.path)
        return read_image(self.path)[0]


@dataclass(frozen=True)
class DepthMap:
    """Reads depth (H, W) float32 mm of a grey png, integer tiff or .npy file; 0, negative and infinite become NaN."""

    path: Path
    mm_per_count: float

    def __call__(self) -> np.ndarray:
        """The depth."""
        content_of(self.path)
        return valid_depth(read_plane(self.path) * self.mm_per_count)


@dataclass(frozen=True)
class PointMapTiff:
    """Reads z (H, W) float32 mm of a float32 TIFF that holds x, y, z of each pixel; 0, 0, 0 and NaN become NaN."""

    path: Path

    def __call__(self) -> np.ndarray:
        """The depth."""
        return depth_of_points(self.path, decoded(self.path, content_of(self.path)))


@dataclass(frozen=True, eq=False)
class LabelPicture:
    """Reads labels (H, W) uint8 of a one-channel (or grey RGB) 8-bit picture through a table (256,) uint8."""

    path: Path
    label_from_value: np.ndarray

    def __call__(self) -> np.ndarray:
        """The labels."""
        return self.label_from_value[_grey(self.path)]


@dataclass(frozen=True)
class BinaryMasks:
    """Reads labels (H, W) uint8 from one mask a structure: `labels[i]` where mask i is set, `rest` elsewhere.

    A mask is set from MASK_THRESHOLD on, or, when it holds nothing above 1, where it is 1. Later masks win.
    """

    paths: tuple[Path, ...]
    labels: tuple[int, ...]
    rest: int = 0

    def __call__(self) -> np.ndarray:
        """The labels."""
        result: np.ndarray | None = None
        for path, label in zip(self.paths, self.labels, strict=True):
            mask = _grey(path)
            if result is None:
                result = np.full(mask.shape, self.rest, np.uint8)
            if mask.shape != result.shape:
                raise InputError(f"'{path}' is {mask.shape}; expected {result.shape} as '{self.paths[0].name}'")
            result[mask >= (MASK_THRESHOLD if mask.max(initial=0) > 1 else 1)] = label
        assert result is not None
        return result


FileState = tuple[int, int]
"""Size and time of change of a file: what was opened before is read again when it is another."""


def file_state(path: Path) -> FileState:
    """The state of a file. Raises InputError when it is not there."""
    try:
        state = path.stat()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    return state.st_size, state.st_mtime_ns


def valid_depth(depth: np.ndarray) -> np.ndarray:
    """Depth as float32 where what is no distance (0, negative, infinite) is NaN."""
    return np.where(np.isfinite(depth) & (depth > 0), depth, np.nan).astype(np.float32)


def depth_of_points(path: Path, pixels: np.ndarray) -> np.ndarray:
    """z (H, W) float32 of a decoded (H, W, 3) float32 picture of points. Raises InputError for another shape."""
    if pixels.dtype != np.float32 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InputError(f"'{path}' holds {pixels.shape} {pixels.dtype}; expected (height, width, 3) float32: x, y, z")
    return valid_depth(pixels[..., 0])  # OpenCV turns three channels round, also where they are no colours


def content_of(path: Path) -> np.ndarray:
    """The bytes of a file, (N,) uint8. Raises InputError when it is missing, empty, or a JPEG or PNG that is cut."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    if not content:
        raise InputError(f"'{path}' is empty (0 bytes); get it again")
    # OpenCV fills what is missing with grey and says nothing. A thumbnail inside has an end of its own.
    is_cut_jpeg = content.startswith(_JPEG_START) and content.rfind(_JPEG_END) < content.rfind(_JPEG_SCAN)
    is_cut_png = content.startswith(b"\x89PNG") and content.rfind(b"IEND") < 0
    if is_cut_jpeg or is_cut_png:
        raise InputError(f"'{path}' is cut: its end is missing; get it again")
    return np.frombuffer(content, np.uint8)


def decoded(path: Path, content: np.ndarray) -> np.ndarray:
    """Pixels as OpenCV decodes them (colours BGR). Raises InputError that names `path`."""
    try:
        pixels = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise InputError(f"'{path}' is not a readable picture; expected PNG, JPEG or TIFF; get it again")
    return np.asarray(pixels)


def _grey(path: Path) -> np.ndarray:
    values = decoded(path, content_of(path))
    if values.ndim == 3 and (values[..., :1] == values[..., :3]).all():
        values = values[..., 0]  # grey written as colours
    if values.ndim != 2 or values.dtype != np.uint8:
        raise InputError(f"'{path}' holds {values.shape} {values.dtype}; expected label values as one 8-bit plane")
    return values
