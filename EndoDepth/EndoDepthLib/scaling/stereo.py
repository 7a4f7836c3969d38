"""The depth that a calibrated stereo pair measures, against the depth of one picture."""

from __future__ import annotations

import math

import cv2
import numpy as np

from EndoDepthLib.errors import ScaleError
from EndoDepthLib.geometry import camera_rays
from EndoDepthLib.scaling.measurement import Measurement
from EndoDepthLib.scaling.stereo_rig import StereoRig
from EndoDepthLib.values import Camera, DepthMap, DistortionModel

_NEAREST_MM = 12.0  # where the search begins: nearer tissue touches the lens
_BLOCK_PX = 7
_LEAST_SHARE = 0.15  # of the tissue that has to match: where hardly anything does, the rest agrees by chance
_CELLS = 3  # errors of depth are alike within a cell of a 3 x 3 grid
_LEAST_CELLS = 4
_ALIKE = 0.35  # logarithm of the ratio: how far the shape of a depth may be wrong
_WINDOW = 0.2
_LEAST_AGREEING = 0.6  # of the matches; where fewer do, the pictures are too dark, smooth or close to be matched
_DISPARITY_BIAS_PX = 0.15  # of sub-pixel matching, the same everywhere
_CALIBRATION_DEVIATION = 0.005  # of the baseline


class StereoMatcher:
    """Measures depth from pairs of pictures of one rig; rectification (Bouguet, as cv2.stereoRectify) is done once."""

    def __init__(self, rig: StereoRig) -> None:
        self._rig = rig
        size = (rig.left.width, rig.left.height)
        turn_left, turn_right, left, right, *_ = cv2.stereoRectify(
            rig.left.matrix,
            np.zeros(5),
            rig.right.matrix,
            np.zeros(5),
            size,
            rig.rotation,
            rig.translation_mm.reshape(3, 1),
            alpha=0.0,
        )
        if abs(right[1, 3]) > abs(right[0, 3]):
            raise ScaleError("the stereo pair's cameras lie above each other; expected one beside the other")
        self._focal, self._pair_px_mm = float(left[0, 0]), float(abs(right[0, 3]))
        self._flip = right[0, 3] > 0  # the "right" camera stands on the left
        self._turn = turn_left
        self._maps = [_maps(*each, size) for each in ((rig.left, turn_left, left), (rig.right, turn_right, right))]
        rays = camera_rays(rig.left) @ turn_left.T
        with np.errstate(invalid="ignore"):
            u = left[0, 0] * rays[..., 0] / rays[..., 2] + left[0, 2]
            v = left[1, 1] * rays[..., 1] / rays[..., 2] + left[1, 2]
        self._rectified_from_left = np.stack([u, v], axis=-1).astype(np.float32)
        self._ahead = rays[..., 2]  # rectified z of a point of depth 1
        most = math.ceil(self._pair_px_mm / _NEAREST_MM / 16.0) * 16
        self._most_px = min(max(most, 16), size[0] // 32 * 16 + 16)

    def depth_mm(self, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Depth (H, W) float64 mm on the left picture's grid, NaN where nothing matches, and its disparity in px.

        Semi-global matching (Hirschmueller, PAMI 2008, as cv2.StereoSGBM), kept where matching from either side agrees
        within one pixel. left, right (H, W, 3) uint8 RGB.
        """
        pair = [
            cv2.remap(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), *maps, cv2.INTER_LINEAR)
            for image, maps in zip((left, right), self._maps, strict=True)
        ]
        if self._flip:
            pair = [image[:, ::-1] for image in pair]
        disparity = _matched(pair[0], pair[1], self._most_px)
        if self._flip:
            disparity = disparity[:, ::-1]
        u, v = self._rectified_from_left[..., 0], self._rectified_from_left[..., 1]
        on_left = cv2.remap(np.ascontiguousarray(disparity), u, v, cv2.INTER_NEAREST, borderValue=math.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            depth = np.where(on_left > 0.5, self._pair_px_mm / on_left / self._ahead, np.nan)
        return np.where(depth > 0, depth, np.nan), on_left

    def measure(
        self, left: np.ndarray, right: np.ndarray, depth: DepthMap, tissue: np.ndarray, position: int
    ) -> Measurement | None:
        """The scale of a frame's depth, or None when too little of it matches.

        tissue (H, W) bool: pixels that count (no border, no highlight). The median over cells of the picture of the
        ratio of both depths; its error from how the cells scatter and from the bias of matching.
        """
        measured, disparity = self.depth_mm(left, right)
        ratio = np.where(tissue, measured / depth.depth, np.nan)
        known = np.isfinite(ratio)
        if known.sum() < max(_LEAST_SHARE * tissue.sum(), 1):
            return None
        logs = np.log(ratio[known])
        # Wrong matches lie anywhere, right ones together.
        agreeing = np.abs(logs - _densest(logs)) < _ALIKE
        if agreeing.mean() < _LEAST_AGREEING:
            return None
        known[known] = agreeing
        logs = logs[agreeing]
        rows, columns = np.nonzero(known)
        cell = rows * _CELLS // ratio.shape[0] * _CELLS + columns * _CELLS // ratio.shape[1]
        cells = [float(np.median(logs[cell == c])) for c in np.unique(cell) if np.sum(cell == c) >= 15]
        if len(cells) < _LEAST_CELLS:
            return None
        own = max(float(np.std(cells, ddof=1)), 0.005) * 1.2533 / math.sqrt(len(cells))  # of a median
        bias = math.hypot(_DISPARITY_BIAS_PX / float(np.median(disparity[known])), _CALIBRATION_DEVIATION)
        return Measurement(math.exp(float(np.median(logs))), own, bias, position)


def _densest(values: np.ndarray) -> float:
    """The middle of the window in which most values lie."""
    ordered = np.sort(values)
    counts = np.searchsorted(ordered, ordered + _WINDOW, side="right") - np.arange(len(ordered))
    first = int(counts.argmax())
    return float(np.median(ordered[first : first + int(counts[first])]))


def _maps(camera: Camera, turn: np.ndarray, target: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    lens = np.array(camera.distortion)
    if camera.distortion_model is DistortionModel.FISHEYE:
        return cv2.fisheye.initUndistortRectifyMap(camera.matrix, lens, turn, target[:, :3], size, cv2.CV_32FC1)
    return cv2.initUndistortRectifyMap(
        camera.matrix, lens if len(lens) else None, turn, target[:, :3], size, cv2.CV_32FC1
    )


def _matched(left: np.ndarray, right: np.ndarray, most_px: int) -> np.ndarray:
    """(H, W) float32 disparity px, NaN where matching from the right does not lead back."""

    def match(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        penalty = _BLOCK_PX * _BLOCK_PX
        matcher = cv2.StereoSGBM.create(
            0, most_px, _BLOCK_PX, 8 * penalty, 32 * penalty, 1, 31, 10, 60, 2, cv2.STEREO_SGBM_MODE_SGBM_3WAY
        )
        wide = [
            cv2.copyMakeBorder(np.ascontiguousarray(i), 0, 0, most_px, 0, cv2.BORDER_REPLICATE) for i in (one, other)
        ]
        found = matcher.compute(*wide)[:, most_px:].astype(np.float32) / 16.0
        return np.where(found > 0, found, np.nan)

    forth = match(left, right)
    back = match(right[:, ::-1], left[:, ::-1])[:, ::-1]
    columns = np.arange(left.shape[1])[None] - np.nan_to_num(forth)
    there = np.take_along_axis(back, np.clip(np.rint(columns).astype(int), 0, left.shape[1] - 1), axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(there - forth) <= 1.0, forth, np.nan).astype(np.float32)
