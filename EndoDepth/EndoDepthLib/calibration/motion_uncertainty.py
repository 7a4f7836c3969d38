"""How well structure from motion knows its own lens: the covariance of focal length and distortion."""

from __future__ import annotations

import numpy as np

from EndoDepthLib.motion import Motion

_MEDIAN_LENGTH_IN_SIGMAS = 1.1774  # of a two-dimensional normal error
_MOST_SIGMAS = 4.0
_LENS = 2
_POSE = 6


def lens_covariance(motion: Motion) -> np.ndarray:
    """(2, 2): of f (px) and k1 of the bundle adjustment's solution, poses and points eliminated (Triggs et al., "Bundle
    adjustment: a modern synthesis", 2000, section 6).

    Seven freedoms that no picture shows (place, direction, size of the world) are taken away by holding the first
    camera, and the coordinate of the farthest one in which it lies farthest. Observations beyond 4 robust sigma do not
    count. Only valid for the camera that the engine refines: one focal length and k1.
    """
    points, poses = motion.points, motion.trajectory.world_from_camera
    row = {int(index): position for position, index in enumerate(motion.trajectory.frame_indices)}
    sigma = float(np.median(points.error_px)) / _MEDIAN_LENGTH_IN_SIGMAS
    counted = points.error_px <= _MOST_SIGMAS * sigma
    frame = np.array([row[int(index)] for index in points.frame[counted]], dtype=np.int64)
    point = points.point[counted]
    by_lens, by_pose, by_point = _derivatives(motion, frame, points.xyz[point])

    size = _LENS + _POSE * len(poses)
    normal = np.zeros((size, size))
    order = np.argsort(point, kind="stable")
    starts = np.flatnonzero(np.diff(point[order], prepend=-1))
    for seen in np.split(order, starts[1:]):
        if len(seen) < 2:
            continue
        columns = np.concatenate([np.arange(_LENS), *(_LENS + _POSE * frame[seen, None] + np.arange(_POSE))])
        left = np.zeros((2 * len(seen), len(columns)))
        left[:, :_LENS] = by_lens[seen].reshape(-1, _LENS)
        for position in range(len(seen)):
            block = slice(_LENS + _POSE * position, _LENS + _POSE * (position + 1))
            left[2 * position : 2 * position + 2, block] = by_pose[seen[position]]
        basis = np.linalg.qr(by_point[seen].reshape(-1, 3))[0]
        # Taking the point away leaves what is orthogonal to its derivatives.
        rest = left - basis @ (basis.T @ left)
        normal[np.ix_(columns, columns)] += rest.T @ rest
    free = np.ones(size, dtype=bool)
    free[_LENS : _LENS + _POSE] = False
    offset = poses[:, :3, 3] - poses[0, :3, 3]
    farthest = int(np.argmax(np.linalg.norm(offset, axis=1)))
    in_camera = poses[farthest, :3, :3].T @ offset[farthest]
    free[_LENS + _POSE * farthest + 3 + int(np.argmax(np.abs(in_camera)))] = False
    reduced = normal[np.ix_(free, free)]
    scale = np.sqrt(np.maximum(np.diag(reduced), 1e-30))
    inverse = np.linalg.pinv(reduced / np.outer(scale, scale), rcond=1e-15, hermitian=True)
    return sigma**2 * (inverse / np.outer(scale, scale))[:_LENS, :_LENS]


def _derivatives(motion: Motion, frame: np.ndarray, xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the pixels by f and k1 (M, 2, 2), by a turn and shift of the camera (M, 2, 6), and by the point (M, 2, 3)."""
    poses, focal = motion.trajectory.world_from_camera[frame], motion.camera.fx
    k1 = motion.camera.distortion[0] if motion.camera.distortion else 0.0
    turned = np.swapaxes(poses[:, :3, :3], 1, 2)
    local = np.einsum("mij,mj->mi", turned, xyz - poses[:, :3, 3])
    x, y, z = local.T
    normal = np.stack([x / z, y / z], axis=1)
    squared = (normal**2).sum(axis=1)
    radial = 1.0 + k1 * squared
    by_lens = np.stack([normal * radial[:, None], focal * normal * squared[:, None]], axis=2)
    by_normal = focal * (radial[:, None, None] * np.eye(2) + 2 * k1 * normal[:, :, None] * normal[:, None, :])
    zero = np.zeros_like(z)
    by_local = by_normal @ np.stack(
        [np.stack([1 / z, zero, -x / z**2], axis=1), np.stack([zero, 1 / z, -y / z**2], axis=1)], axis=1
    )
    # A small turn w moves a point by w x local, which is -[local]x w.
    cross = np.stack(
        [
            np.stack([zero, -z, y], axis=1),
            np.stack([z, zero, -x], axis=1),
            np.stack([-y, x, zero], axis=1),
        ],
        axis=1,
    )
    return by_lens, by_local @ np.concatenate([-cross, np.tile(np.eye(3), (len(z), 1, 1))], axis=2), by_local @ turned
