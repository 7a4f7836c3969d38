"""Cameras from what data sets write them as: OpenCV YAML, matrices in JSON, numbers in text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from EndoDepthLib.errors import CameraError, InputError
from EndoDepthLib.values import Camera, DistortionModel
from EndoDepthTrainingLib.datasets.public.numbers_in_text import rows_of_numbers


def camera_of_matrix(
    matrix: np.ndarray, size: tuple[int, int], where: Path, distortion: np.ndarray | None = None
) -> Camera:
    """The camera of K or P (3, 3 or 4) for pictures of this (width, height); distortion in OpenCV's order.

    Raises InputError that names `where` when the numbers are no camera.
    """
    coefficients = () if distortion is None else tuple(float(value) for value in np.ravel(distortion))
    while len(coefficients) not in (0, 4, 5, 8) and coefficients[-1] == 0:
        coefficients = coefficients[:-1]  # 12 and 14 numbers: thin prism and tilt, which nobody calibrates
    if not any(coefficients):
        coefficients = ()
    model = DistortionModel.BROWN_CONRADY if coefficients else DistortionModel.NONE
    try:
        if matrix.ndim != 2 or matrix.shape[0] != 3 or matrix.shape[1] not in (3, 4):
            raise CameraError(f"the camera matrix is {matrix.shape}; expected (3, 3) or (3, 4)")
        fx, fy, cx, cy = (float(matrix[index]) for index in ((0, 0), (1, 1), (0, 2), (1, 2)))
        return Camera(fx, fy, cx, cy, *size, model, coefficients)
    except CameraError as error:
        raise InputError(f"'{where}': {error}") from error


def camera_of_text(path: Path, size: tuple[int, int]) -> Camera:
    """The camera of a text file with the rows of K or P. Raises InputError."""
    rows = rows_of_numbers(path)
    numbers = [value for row in rows for value in row]
    if len(numbers) not in (9, 12, 16):
        raise InputError(f"'{path}' holds {len(numbers)} numbers; expected the rows of a 3 x 3 or 3 x 4 matrix")
    columns = 3 if len(numbers) == 9 else 4
    return camera_of_matrix(np.array(numbers).reshape(-1, columns)[:3], size, path)


def camera_of_opencv_yaml(path: Path, size: tuple[int, int], matrix: str, distortion: str) -> Camera:
    """The camera of two nodes of a file that cv2.FileStorage wrote. Raises InputError."""
    if not path.is_file():
        raise InputError(f"cannot read '{path}': it is not there")
    try:
        # From memory: FileStorage cannot open other than ASCII paths on Windows.
        storage = cv2.FileStorage(path.read_text(encoding="utf-8"), cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        nodes = [storage.getNode(name).mat() for name in (matrix, distortion)]
        storage.release()
    except (cv2.error, SystemError, UnicodeDecodeError, OSError) as error:
        reason = " ".join(str(error).split())[:80]
        raise InputError(f"'{path}' is not a calibration file of OpenCV ({reason})") from error
    if nodes[0] is None:
        raise InputError(f"'{path}' has no matrix '{matrix}'; expected the calibration of a stereo endoscope")
    return camera_of_matrix(nodes[0], size, path, nodes[1])


def matrix_of_json(path: Path, name: str) -> np.ndarray:
    """A matrix by name in a JSON file: nested lists, a flat list, or OpenCV's {"rows", "cols", "data"}.

    Raises InputError.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        return _matrix(content[name])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{path}' has no matrix '{name}' ({type(error).__name__}: {error})") from error


def _matrix(value: Any) -> np.ndarray:
    if isinstance(value, dict):
        return np.array(value["data"], np.float64).reshape(int(value["rows"]), int(value["cols"]))
    array = np.array(value, np.float64)
    if array.ndim == 1 and array.size in (9, 12):
        return array.reshape(3, -1)
    return array
