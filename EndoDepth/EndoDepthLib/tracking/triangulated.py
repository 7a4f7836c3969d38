"""Points of known place from known poses: corners followed into other frames, met by the rays through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from EndoDepthLib.tracking.evidence import SequenceEvidence
from EndoDepthLib.tracking.following import KnownPoints, follow_points
from EndoDepthLib.tracking.rigid import inverse

_OFFSETS = (-8, -4, 4, 8)
_CORNERS = 300
_LEAST_ANGLE_DEG = 0.8
_ERROR_PX = 1.5


def triangulated_points(
    evidence: SequenceEvidence,
    poses: Mapping[int, np.ndarray],
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[int, KnownPoints]:
    """Points by position of the frames with a pose (world_from_camera, by position): the place nearest to all rays of a
    corner, where these meet within _ERROR_PX and under _LEAST_ANGLE_DEG or more."""
    found = {}
    for number, (position, pose) in enumerate(poses.items()):
        if progress is not None:
            progress("triangulating points", number, len(poses))
        frame = evidence[position]
        corners = cv2.goodFeaturesToTrack(frame.grey, _CORNERS, 0.01, 5, mask=frame.still.astype(np.uint8))
        others = [position + offset for offset in _OFFSETS if position + offset in poses]
        if corners is None or not others:
            continue
        pixels = corners.reshape(-1, 2).astype(np.float64)
        seen = [(pose, pixels, np.ones(len(pixels), bool))]
        for other in others:
            seen.append((poses[other], *follow_points(evidence, position, other, pixels)))
        xyz, good = _meeting(evidence, seen)
        if good.sum() >= 8:
            found[position] = KnownPoints(pixels[good], xyz[good])
    return found


def _meeting(
    evidence: SequenceEvidence, seen: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """Places (N, 3) nearest to the rays, and which of them are good (N,) bool."""
    camera = evidence.camera
    count = len(seen[0][1])
    normal, right = np.zeros((count, 3, 3)), np.zeros((count, 3))
    directions = []
    for pose, pixels, good in seen:
        rays = np.stack(
            [(pixels[:, 0] - camera.cx) / camera.fx, (pixels[:, 1] - camera.cy) / camera.fy, np.ones(count)], axis=1
        )
        rays = np.where(good[:, None], rays, [0.0, 0.0, 1.0]) @ pose[:3, :3].T
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        across = (np.eye(3) - rays[:, :, None] * rays[:, None]) * good[:, None, None]
        normal += across
        right += across @ pose[:3, 3]
        directions.append(rays)
    fixed = np.linalg.det(normal) > 1e-12
    places = np.zeros((count, 3))
    places[fixed] = np.linalg.solve(normal[fixed], right[fixed][..., None])[..., 0]
    usable, views, cosine = fixed.copy(), np.zeros(count, int), np.ones(count)
    for (pose, pixels, good), rays in zip(seen, directions, strict=True):
        local = (places - pose[:3, 3]) @ inverse(pose)[:3, :3].T
        ahead = local[:, 2] > 1e-9
        z = np.where(ahead, local[:, 2], 1.0)
        u, v = camera.fx * local[:, 0] / z + camera.cx, camera.fy * local[:, 1] / z + camera.cy
        usable &= ~good | (ahead & (np.hypot(u - pixels[:, 0], v - pixels[:, 1]) <= _ERROR_PX))
        views += good
        cosine = np.where(good, np.minimum(cosine, (rays * directions[0]).sum(axis=1)), cosine)
    return places, usable & (views >= 2) & (np.degrees(np.arccos(np.clip(cosine, -1, 1))) >= _LEAST_ANGLE_DEG)
