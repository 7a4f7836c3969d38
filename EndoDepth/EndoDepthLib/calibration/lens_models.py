"""Lens models as vectors of numbers: projection with its derivatives, and cameras made of them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.values import Camera, DistortionModel


@dataclass(frozen=True)
class LensModel:
    """A family of lenses: fx fy cx cy and `count` coefficients in OpenCV's order.

    Brown-Conrady with 4 (k1 k2 p1 p2) or 5 (and k3) coefficients, or fisheye with 4 (Kannala and Brandt, PAMI 2006).
    """

    name: str
    distortion: DistortionModel
    count: int

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the numbers, in order."""
        is_fisheye = self.distortion is DistortionModel.FISHEYE
        coefficients = ("k1", "k2", "k3", "k4") if is_fisheye else ("k1", "k2", "p1", "p2", "k3")
        return ("fx", "fy", "cx", "cy", *coefficients[: self.count])

    def project(
        self, intrinsics: np.ndarray, pose: np.ndarray, points: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pixels (N, 2) of points (N, 3), and their derivatives by the intrinsics (N, 2, P) and the pose (N, 2, 6).

        intrinsics (P,); pose (6,): rotation vector and translation, camera_from_board.
        """
        matrix = np.array([[intrinsics[0], 0, intrinsics[2]], [0, intrinsics[1], intrinsics[3]], [0, 0, 1.0]])
        coefficients = intrinsics[4:]
        if self.distortion is DistortionModel.FISHEYE:
            pixels, jacobian = cv2.fisheye.projectPoints(points[:, None], pose[:3], pose[3:], matrix, coefficients)
            by_lens, by_pose = jacobian[:, :8], jacobian[:, 8:14]
        else:
            pixels, jacobian = cv2.projectPoints(points, pose[:3], pose[3:], matrix, coefficients)
            by_lens, by_pose = jacobian[:, 6 : 10 + self.count], jacobian[:, :6]
        count = len(points)
        return pixels.reshape(count, 2), by_lens.reshape(count, 2, -1), by_pose.reshape(count, 2, 6)

    def start(self, focal_px: float, width: int, height: int) -> np.ndarray:
        """The undistorted lens of this focal length, its axis through the middle of the picture."""
        middle = [focal_px, focal_px, (width - 1) / 2.0, (height - 1) / 2.0]
        return np.array([*middle, *([0.0] * self.count)])

    def rays(self, intrinsics: np.ndarray, pixels: np.ndarray) -> np.ndarray:
        """Normalised coordinates (N, 2) of pixels through the undistorted lens of this family."""
        normalised = (pixels - intrinsics[2:4]) / intrinsics[:2]
        if self.distortion is not DistortionModel.FISHEYE:
            return normalised
        angle = np.linalg.norm(normalised, axis=1)
        stretch = np.tan(np.minimum(angle, 1.45)) / np.maximum(angle, 1e-12)
        return normalised * np.where(angle > 1e-9, stretch, 1.0)[:, None]

    def camera(self, intrinsics: np.ndarray, width: int, height: int) -> Camera:
        """The camera of these intrinsics."""
        fx, fy, cx, cy = (float(value) for value in intrinsics[:4])
        return Camera(fx, fy, cx, cy, width, height, self.distortion, tuple(map(float, intrinsics[4:])))


PINHOLE_MODELS = (
    LensModel("pinhole, 4 coefficients", DistortionModel.BROWN_CONRADY, 4),
    LensModel("pinhole, 5 coefficients", DistortionModel.BROWN_CONRADY, 5),
)
FISHEYE_MODELS = (LensModel("fisheye", DistortionModel.FISHEYE, 4),)
