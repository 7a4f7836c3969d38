"""A calibrated pair of cameras."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import CameraError
from EndoDepthLib.geometry.camera_file import camera_from_json, camera_to_json
from EndoDepthLib.values import Camera

_KEYS = {"left", "right", "rotation", "translation_mm"}
_LEAST_BASELINE_MM, _MOST_BASELINE_MM = 0.1, 1000.0


@dataclass(frozen=True)
class StereoRig:
    """Two cameras; a point x (mm) of the left camera is rotation (3, 3) @ x + translation_mm (3,) in the right one.

    These are R and T of cv2.stereoCalibrate. Raises CameraError when they cannot be a pair.
    """

    left: Camera
    right: Camera
    rotation: np.ndarray
    translation_mm: np.ndarray

    def __post_init__(self) -> None:
        if self.rotation.shape != (3, 3) or not np.allclose(self.rotation @ self.rotation.T, np.eye(3), atol=1e-3):
            raise CameraError(
                "the stereo pair's rotation is not a rotation matrix (3 x 3); expected R of the calibration"
            )
        if np.linalg.det(self.rotation) < 0:
            raise CameraError("the stereo pair's rotation mirrors; expected R of the calibration")
        baseline_mm = self.baseline_mm
        if not _LEAST_BASELINE_MM <= baseline_mm <= _MOST_BASELINE_MM:
            raise CameraError(
                f"the stereo pair's cameras are {baseline_mm:.3g} mm apart; expected {_LEAST_BASELINE_MM:g} to "
                f"{_MOST_BASELINE_MM:g}: translation_mm has to be in millimetres"
            )
        if (self.left.width, self.left.height) != (self.right.width, self.right.height):
            raise CameraError("the stereo pair's cameras have pictures of different sizes; expected one size")

    @property
    def baseline_mm(self) -> float:
        """Distance between the optical centres."""
        return float(np.linalg.norm(self.translation_mm))


def load_stereo_rig(path: Path) -> StereoRig:
    """Read JSON with `left` and `right` (as in camera files), `rotation` (3 x 3) and `translation_mm` (3).

    Raises CameraError in one line for a file that is missing, no JSON, or lacks or misstates one of them.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CameraError(f"stereo calibration '{path}' cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise CameraError(f"stereo calibration '{path}' is not JSON; expected {', '.join(sorted(_KEYS))}") from None
    if not isinstance(content, dict) or not content.keys() >= _KEYS:
        missing = sorted(_KEYS - (content.keys() if isinstance(content, dict) else set()))
        raise CameraError(f"stereo calibration '{path}' lacks {', '.join(missing)}")
    try:
        return StereoRig(
            camera_from_json(content["left"]),
            camera_from_json(content["right"]),
            _numbers(content["rotation"], (3, 3), "rotation"),
            _numbers(content["translation_mm"], (3,), "translation_mm"),
        )
    except CameraError as error:
        raise CameraError(f"stereo calibration '{path}': {error}") from None


def save_stereo_rig(rig: StereoRig, path: Path) -> None:
    """Write what load_stereo_rig reads."""
    content: dict[str, Any] = {
        "left": camera_to_json(rig.left),
        "right": camera_to_json(rig.right),
        "rotation": rig.rotation.tolist(),
        "translation_mm": rig.translation_mm.tolist(),
    }
    Path(path).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _numbers(value: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError, OverflowError):
        array = np.full(1, math.nan)
    if array.size != math.prod(shape) or not np.all(np.isfinite(array)):
        raise CameraError(f"{name} is not {' x '.join(map(str, shape))} finite numbers")
    return array.reshape(shape)
