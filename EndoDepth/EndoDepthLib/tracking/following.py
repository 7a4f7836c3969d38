"""Frames between placed ones: points of known place are followed into them, which says where they were taken from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.geometry.projection import pixel_rays
from EndoDepthLib.tracking.evidence import SequenceEvidence
from EndoDepthLib.tracking.rigid import inverse, orthonormal

LEAST_POINTS = 20
_LEAST_SHARE = 0.4
_WINDOW = (15, 15)
_LEVELS = 3
_RETURN_PX = 0.7
_ERROR_PX = 1.5
"""Distance on the working grid beyond which a point contradicts a pose."""


@dataclass(frozen=True)
class KnownPoints:
    """Points of a frame with known places: pixels (N, 2) float64 on the working grid, xyz (N, 3) float64 world."""

    pixels: np.ndarray
    xyz: np.ndarray

    def part(self, chosen: np.ndarray) -> KnownPoints:
        """Those chosen by a mask (N,) bool, or by indices."""
        return KnownPoints(self.pixels[chosen], self.xyz[chosen])

    @classmethod
    def joined(cls, several: Iterable[KnownPoints]) -> KnownPoints:
        """All of them in one."""
        every = list(several)
        if not every:
            return cls(np.zeros((0, 2)), np.zeros((0, 3)))
        return cls(np.concatenate([p.pixels for p in every]), np.concatenate([p.xyz for p in every]))


def follow_points(
    evidence: SequenceEvidence, source: int, target: int, pixels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where pixels (N, 2) of frame `source` are in frame `target`, and which were found again (N,) bool.

    Lucas and Kanade 1981, pyramidal, there and back; both ends on still tissue.
    """
    if not len(pixels):
        return np.zeros((0, 2)), np.zeros(0, bool)
    first, second = evidence[source], evidence[target]
    begin = pixels.astype(np.float32).reshape(-1, 1, 2)
    options = {"winSize": _WINDOW, "maxLevel": _LEVELS}
    there, found, _ = cv2.calcOpticalFlowPyrLK(first.grey, second.grey, begin, None, **options)  # type: ignore[call-overload]
    back, returned, _ = cv2.calcOpticalFlowPyrLK(second.grey, first.grey, there, None, **options)  # type: ignore[call-overload]
    strays = np.linalg.norm((back - begin).reshape(-1, 2), axis=1)
    good = (found.ravel() > 0) & (returned.ravel() > 0) & (strays <= _RETURN_PX)
    ends = there.reshape(-1, 2).astype(np.float64)
    height, width = second.still.shape
    column, row = np.rint(ends[:, 0]), np.rint(ends[:, 1])
    good &= (column >= 0) & (column < width) & (row >= 0) & (row < height)
    inside = np.flatnonzero(good)
    good[inside] = second.still[row[inside].astype(int), column[inside].astype(int)]
    return ends, good


def pose_from_points(
    evidence: SequenceEvidence, points: KnownPoints, guess: np.ndarray | None = None, seed: int = 0
) -> tuple[np.ndarray, np.ndarray] | None:
    """world_from_camera (4, 4) of a frame with these points and which of them agree (N,) bool; None: too few do.

    P3P in RANSAC (Gao et al., PAMI 2003), then Levenberg and Marquardt on those that agree.
    """
    if len(points.pixels) < LEAST_POINTS:
        return None
    camera = evidence.camera
    rays = pixel_rays(camera, points.pixels)
    fine = np.isfinite(rays).all(axis=1)
    focal = (camera.fx + camera.fy) / 2.0
    flat, xyz = np.ascontiguousarray(rays[:, :2]), np.ascontiguousarray(points.xyz)
    if fine.sum() < LEAST_POINTS:
        return None
    cv2.setRNGSeed(seed)
    start = inverse(guess) if guess is not None else None
    turn = cv2.Rodrigues(start[:3, :3])[0] if start is not None else None
    shift = start[:3, 3:].copy() if start is not None else None
    ok, turn, shift, agreeing = cv2.solvePnPRansac(
        xyz[fine],
        flat[fine],
        np.eye(3),
        None,
        turn,
        shift,
        useExtrinsicGuess=start is not None,
        iterationsCount=200,
        reprojectionError=_ERROR_PX / focal,
        confidence=0.999,
        flags=cv2.SOLVEPNP_ITERATIVE if start is not None else cv2.SOLVEPNP_SQPNP,
    )
    if not ok or agreeing is None or len(agreeing) < max(LEAST_POINTS, _LEAST_SHARE * fine.sum()):
        return None
    chosen = np.flatnonzero(fine)[agreeing.ravel()]
    turn, shift = cv2.solvePnPRefineLM(xyz[chosen], flat[chosen], np.eye(3), None, turn, shift)
    camera_from_world = np.eye(4)
    camera_from_world[:3, :3], camera_from_world[:3, 3] = cv2.Rodrigues(turn)[0], shift.ravel()
    if not np.all(np.isfinite(camera_from_world)):
        return None
    mask = np.zeros(len(points.pixels), bool)
    mask[chosen] = True
    return orthonormal(inverse(camera_from_world)), mask
