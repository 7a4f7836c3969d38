"""Reading of depth, pictures and label maps from files that others may have written."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.results.arrays import decode_array
from EndoDepthLib.video.image_file import check_stated_size


def read_plane(path: Path) -> np.ndarray:
    """One plane of numbers (H, W) float64 of a .npy file or a grey .png. Raises InputError when it is not that."""
    plane = _read_npy(path) if path.suffix.lower() == ".npy" else _decode(path, cv2.IMREAD_UNCHANGED)
    if plane.ndim != 2 or not np.issubdtype(plane.dtype, np.number) or np.iscomplexobj(plane):
        raise InputError(f"'{path}' holds {plane.shape} {plane.dtype}; expected (height, width) numbers")
    return plane.astype(np.float64)


def read_depth(path: Path, unit_per_count: float = 1.0) -> np.ndarray:
    """Depth (H, W) float64 of a .npy file or a grey .png (8 or 16 bit); 0, negative and infinite become NaN.

    unit_per_count: what one count of the file is in the unit wanted. Raises InputError as read_plane does.
    """
    depth = read_plane(path) * unit_per_count
    return np.where(np.isfinite(depth) & (depth > 0), depth, np.nan)


def read_picture(path: Path) -> np.ndarray:
    """A picture as (H, W, 3) uint8 RGB. Raises InputError when it cannot be read."""
    return cv2.cvtColor(_decode(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def read_labels(path: Path) -> np.ndarray:
    """A label map (H, W) uint8 of a grey or palette .png. Raises InputError when it is something else."""
    labels = _decode(path, cv2.IMREAD_UNCHANGED)
    if labels.ndim != 2 or labels.dtype != np.uint8:
        raise InputError(f"'{path}' holds {labels.shape} {labels.dtype}; expected label values as one 8-bit plane")
    return labels


def _read_npy(path: Path) -> np.ndarray:
    try:
        return decode_array(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"'{path}' is not a readable .npy file ({error})") from error


def _decode(path: Path, mode: int) -> np.ndarray:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    check_stated_size(data.tobytes(), f"'{path}'")
    try:
        image = cv2.imdecode(data, mode) if data.size else None
    except cv2.error:
        image = None
    if image is None:
        raise InputError(f"'{path}' is not a readable picture; expected PNG, JPEG or TIFF")
    return image
