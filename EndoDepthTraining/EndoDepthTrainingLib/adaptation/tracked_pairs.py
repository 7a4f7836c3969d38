"""Neighbours and first poses without structure from motion: corners that are followed, at the original depth."""

from __future__ import annotations

import cv2
import numpy as np

from EndoDepthLib.geometry.projection import pixel_rays
from EndoDepthLib.motion.tracking import followed_corners, small_grey
from EndoDepthTrainingLib.adaptation.clip import AdaptationClip
from EndoDepthTrainingLib.adaptation.settings import AdaptationConfig
from EndoDepthTrainingLib.adaptation.teaching import Pairs, Teaching, held_out_rows

LEAST_MOTION = 0.004
"""Picture diagonals that a neighbour must differ by: less, and depth moves nothing by a pixel."""
WANTED_MOTION = 0.03
"""Picture diagonals at which a neighbour is far enough away; slow video needs a large stride (method.md)."""
_LEAST_FOLLOWED = 0.4
_FARTHEST = 16
_LEAST_CORNERS = 20
_STRAY_PX = 2.0


def tracked_teaching(clip: AdaptationClip, log_depth: np.ndarray, config: AdaptationConfig) -> Teaching | str:
    """Neighbours a measured motion away, with poses from perspective-n-point at the original depth; or, in one
    sentence, why there are none.

    log_depth (N, h, w): of the original network. The poses are a beginning: they are learned with the depth.
    """
    greys = [small_grey(image) for image in clip.images]
    held_out = held_out_rows(len(clip), config.hold_out_every)
    forbidden = set(held_out.tolist())
    targets, sources, poses = [], [], []
    motions = []
    for target in range(len(clip)):
        for direction in (-1, 1):
            found = _neighbour(clip, greys, target, direction, forbidden)
            if found is None:
                continue
            source, motion, corners = found
            motions.append(motion)
            pose = _pose(clip, log_depth[target], *corners) if motion >= LEAST_MOTION else None
            if pose is not None:
                targets.append(target)
                sources.append(source)
                poses.append(pose)
    if len(motions) < len(clip):
        return "from frame to frame too little of the picture is found again: noise, blur or cuts"
    if float(np.median(motions)) < LEAST_MOTION:
        return (
            f"the camera does not move: neighbours differ by {np.median(motions):.2%} of the picture's diagonal "
            f"({LEAST_MOTION:.1%} is the least)"
        )
    if len(set(targets)) < len(clip) // 2:
        return f"only {len(set(targets))} of {len(clip)} frames have a neighbour whose pose can be found"
    return Teaching(Pairs(np.array(targets), np.array(sources), np.stack(poses), learns=True), None, held_out)


def _neighbour(
    clip: AdaptationClip, greys: list[np.ndarray], target: int, direction: int, forbidden: set[int]
) -> tuple[int, float, tuple[np.ndarray, np.ndarray]] | None:
    """The nearest frame in this direction that differs by WANTED_MOTION, else the farthest that is still recognised."""
    best = None
    area = cv2.resize(clip.usable[target].astype(np.uint8), greys[target].shape[::-1], interpolation=cv2.INTER_NEAREST)
    for step in range(1, _FARTHEST + 1):
        source = target + direction * step
        if not 0 <= source < len(clip):
            break
        if source in forbidden:
            continue
        motion, first, second = followed_corners(greys[target], greys[source], area.astype(bool))
        if motion.followed < _LEAST_FOLLOWED or len(first) < _LEAST_CORNERS:
            break
        best = source, motion.displacement, (first, second)
        if motion.displacement >= WANTED_MOTION:
            break
    return best


def _pose(clip: AdaptationClip, log_depth: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray | None:
    """(4, 4) source_from_target of corners in the small grey pictures; None when they do not agree on one."""
    height, width = log_depth.shape
    grey_height, grey_width = small_grey(clip.images[0]).shape
    scale = np.array([width / grey_width, height / grey_height])
    a, b = ((corners + 0.5) * scale - 0.5 for corners in (first, second))
    column, row = np.clip(np.rint(a).astype(int), 0, [width - 1, height - 1]).T
    rays_a, rays_b = pixel_rays(clip.camera, a), pixel_rays(clip.camera, b)
    good = np.isfinite(rays_a).all(axis=1) & np.isfinite(rays_b).all(axis=1)
    if good.sum() < _LEAST_CORNERS:
        return None
    points = rays_a[good] * np.exp(log_depth[row[good], column[good]].astype(np.float64))[:, None]
    cv2.setRNGSeed(0)
    found, turn, shift, inliers = cv2.solvePnPRansac(
        points, rays_b[good, :2].copy(), np.eye(3), None, reprojectionError=_STRAY_PX / clip.camera.fx
    )
    if not found or inliers is None or len(inliers) < _LEAST_CORNERS // 2:
        return None
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = cv2.Rodrigues(turn)[0], shift.ravel()
    return pose
