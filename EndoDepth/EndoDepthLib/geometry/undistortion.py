"""Resampling a distorted image onto the pinhole grid of the same intrinsics.

OpenCV is imported where it is needed: Slicer measures in a finished case also while OpenCV is not installed in it.
"""

from __future__ import annotations

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry.projection import pixel_rays, project
from EndoDepthLib.values import Camera


class Undistorter:
    """Puts images, depth, confidence and labels of one camera on a pinhole grid; made once, used on every frame.

    `camera` is the pinhole camera of the results: the source's K and size without distortion, unless another pinhole
    camera is given. A z-depth keeps its value, since the ray through the point stays the same ray.
    """

    def __init__(self, source: Camera, target: Camera | None = None) -> None:
        """Compute the maps. Raises InputError when the target camera is not a pinhole."""
        self.source = source
        self.camera = source.pinhole() if target is None else target
        if self.camera.has_distortion:
            raise InputError("the target camera of an undistortion has lens distortion; expected a pinhole camera")
        columns, rows = np.meshgrid(np.arange(self.camera.width), np.arange(self.camera.height))
        pixels = np.stack([columns.ravel(), rows.ravel()], axis=1)
        source_px = project(source, pixel_rays(self.camera, pixels))
        # A folding polynomial sends far rays back into the picture: a pixel counts only where the lens inverts.
        returned = project(self.camera, pixel_rays(source, source_px))
        with np.errstate(invalid="ignore"):
            folded = ~(np.abs(returned - pixels).max(axis=1) < 0.01)
        source_px[folded] = -1e4
        shape = (self.camera.height, self.camera.width, 2)
        self.map_px = source_px.reshape(shape).astype(np.float32)
        edge = np.array([source.width - 0.5, source.height - 0.5], dtype=np.float32)
        self.valid = np.all((self.map_px >= -0.5) & (self.map_px <= edge), axis=2)

    def image(self, image: np.ndarray) -> np.ndarray:
        """Resample (H, W[, C]) uint8 or float colours bilinearly; 0 outside the source."""
        return self._remap(image, 0, smooth=True)

    def depth(self, depth: np.ndarray) -> np.ndarray:
        """Resample (H, W) float32 depth or confidence to the nearest pixel: no depth is invented between two sides of
        an edge; NaN outside the source."""
        return self._remap(depth.astype(np.float32, copy=False), float("nan"))

    def labels(self, labels: np.ndarray) -> np.ndarray:
        """Resample (H, W) uint8 labels or a bool mask to the nearest pixel; 0 outside the source."""
        remapped = self._remap(labels.astype(np.uint8), 0)
        return remapped.astype(labels.dtype)

    def _remap(self, array: np.ndarray, outside: float, smooth: bool = False) -> np.ndarray:
        import cv2

        expected = (self.source.height, self.source.width)
        if array.shape[:2] != expected:
            raise InputError(f"the image is {array.shape[:2]}; expected {expected}, the camera's grid")
        interpolation = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
        border = cv2.BORDER_REPLICATE if smooth else cv2.BORDER_CONSTANT
        value = (outside,) * 4
        rows, columns = np.ascontiguousarray(self.map_px[..., 1]), np.ascontiguousarray(self.map_px[..., 0])
        result = np.asarray(cv2.remap(array, columns, rows, interpolation, borderMode=border, borderValue=value))
        result[~self.valid] = outside
        return result


def undistort_image(image: np.ndarray, camera: Camera) -> np.ndarray:
    """One image (H, W, 3) uint8 on the pinhole grid of `camera.pinhole()`; for a video make one Undistorter."""
    return Undistorter(camera).image(image)
