"""What tracking sees of a frame: a small grey picture, depth with its weight, and where tissue holds still."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import Undistorter, camera_rays
from EndoDepthLib.geometry.projection import pixel_rays
from EndoDepthLib.motion.instruments import MOVING
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.values import Camera

TISSUE = 1
"""Value of validity maps where there is tissue without highlight."""

WORKING_WIDTH_PX = 320
_EDGE_SHARE = 1 / 72
_KEPT = 48


@dataclass(frozen=True)
class Evidence:
    """One frame on the working grid (h, w).

    grey uint8; disparity float32: inverse of the predicted depth, NaN where there is none; weight float32 in [0, 1]:
    confidence of the depth, 0 where the frame shows no still tissue; still bool: where features may be taken from.
    """

    grey: np.ndarray
    disparity: np.ndarray
    weight: np.ndarray
    still: np.ndarray


class SequenceEvidence:
    """The frames of a results folder as tracking sees them; the last ones asked for are kept in memory.

    camera: of the working grid, a pinhole at most WORKING_WIDTH_PX wide; frames are freed of lens distortion.
    Instruments (labels whose class is one of MOVING), highlights and the dark border are left out. Raises InputError
    for files that cannot be read.
    """

    def __init__(self, results: ResultsFolder, camera: Camera | None = None) -> None:
        self.results = results
        self.full_camera = camera or results.camera
        width = min(WORKING_WIDTH_PX, self.full_camera.width)
        bent = self.full_camera.resize(width, max(1, round(self.full_camera.height * width / self.full_camera.width)))
        self.camera = bent.pinhole()
        self._straight = Undistorter(bent) if bent.has_distortion else None
        self._moving = [i + 1 for i, segment in enumerate(results.request.segments) if segment.class_name in MOVING]
        self._kept: OrderedDict[int, Evidence] = OrderedDict()

    @property
    def knows_instruments(self) -> bool:
        """Whether the results were asked to mark what moves on its own."""
        return bool(self._moving)

    @property
    def rays(self) -> np.ndarray:
        """(h, w, 3) float64 rays of the working grid with z = 1."""
        return camera_rays(self.camera)

    def __len__(self) -> int:
        return len(self.results)

    def working_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """Where pixels (N, 2) of the full grid are on the working one; NaN where the lens model has no ray."""
        rays, camera = pixel_rays(self.full_camera, pixels), self.camera
        return np.stack([rays[:, 0] * camera.fx + camera.cx, rays[:, 1] * camera.fy + camera.cy], axis=1)

    def with_camera(self, camera: Camera) -> SequenceEvidence:
        """The same frames under another camera of the full grid."""
        return self if camera == self.full_camera else SequenceEvidence(self.results, camera)

    def moving(self, position: int) -> np.ndarray:
        """(H, W) bool on the full grid: instruments, grown by a little."""
        labels = self.results.labels(position) if self._moving else None
        if labels is None:
            return np.zeros(self.results.size[::-1], bool)
        marked = np.isin(labels.labels, self._moving).astype(np.uint8)
        reach = max(1, round(marked.shape[0] * _EDGE_SHARE))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        return cv2.dilate(marked, kernel).astype(bool)

    def __getitem__(self, position: int) -> Evidence:
        if position in self._kept:
            self._kept.move_to_end(position)
            return self._kept[position]
        evidence = self._read(position)
        self._kept[position] = evidence
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return evidence

    def _read(self, position: int) -> Evidence:
        validity = self.results.validity(position)
        if validity is None:
            raise InputError(
                f"the results in '{self.results.folder}' hold no validity maps; make them with 'endodepth reconstruct'"
            )
        still = (validity == TISSUE) & ~self.moving(position)
        depth = self.results.depth(position)
        grey = self._small(cv2.cvtColor(self.results.frame(position).image, cv2.COLOR_RGB2GRAY))
        share = self._small(still.astype(np.float32))
        good = np.isfinite(depth.depth)
        disparity = np.where(good, 1.0 / np.where(good, depth.depth, 1.0), 0.0).astype(np.float32)
        seen, small = self._small(good.astype(np.float32)), self._small(disparity)
        confidence = self._small(np.where(good, depth.confidence, np.float32(0.0)))
        whole = seen > 0.99
        usable = (share > 0.99) & whole
        return Evidence(
            grey,
            np.where(whole, small, np.nan).astype(np.float32),
            np.where(usable, confidence, 0.0).astype(np.float32),
            share > 0.99,
        )

    def _small(self, picture: np.ndarray) -> np.ndarray:
        """A picture (H, W) of the full grid on the working one; 0 outside."""
        small = cv2.resize(picture, (self.camera.width, self.camera.height), interpolation=cv2.INTER_AREA)
        return small if self._straight is None else self._straight.image(small)
