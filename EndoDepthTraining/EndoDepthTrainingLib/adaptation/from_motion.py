"""Teaching from structure from motion: poses that stand, and depth at its points."""

from __future__ import annotations

import numpy as np

from EndoDepthLib.motion import Motion
from EndoDepthTrainingLib.adaptation.clip import AdaptationClip
from EndoDepthTrainingLib.adaptation.settings import AdaptationConfig
from EndoDepthTrainingLib.adaptation.teaching import Pairs, SparseDepth, Teaching, held_out_rows

_LEAST_SHARED = 0.25
_SURE_TRACK = 4.0
_SURE_ERROR_PX = 1.5


def teaching_from_motion(clip: AdaptationClip, motion: Motion, config: AdaptationConfig) -> Teaching:
    """Neighbours that see the tissue under about config.angle_deg, and points with their depth in one scale.

    clip: exactly the registered frames, in order. The unit of depth is the median of all observations, which is what
    the network's own unit is too.
    """
    depth = motion.depths()
    points = motion.points
    row = {int(number): position for position, number in enumerate(clip.frames)}
    frame = np.array([row[int(number)] for number in points.frame])
    pixel = clip.pixels_on_grid(points.pixel)
    unit = float(np.median(depth[depth > 0]))
    held_out = held_out_rows(len(clip), config.hold_out_every)
    rng = np.random.default_rng(config.seed)
    apart = rng.random(len(points.xyz)) < config.hold_out_points
    length = points.track_lengths[points.point]
    weight = (1.0 - np.exp(-(length - 1) / _SURE_TRACK)) / (1.0 + (points.error_px / _SURE_ERROR_PX) ** 2)
    size = np.array([clip.camera.width, clip.camera.height])
    good = (depth > 0) & (pixel > -0.5).all(axis=1) & (pixel < size - 0.5).all(axis=1)
    sparse = SparseDepth(frame[good], pixel[good], np.log(depth[good] / unit), weight[good], apart[points.point[good]])
    return Teaching(_pairs(motion, frame, unit, config, held_out), sparse, held_out)


def _pairs(motion: Motion, frame: np.ndarray, unit: float, config: AdaptationConfig, held_out: np.ndarray) -> Pairs:
    """For each frame the neighbours before and after whose median angle comes closest to what is wanted.

    A frame that is held out is nobody's source: what it shows stays unseen.
    """
    poses = motion.trajectory.world_from_camera
    points = motion.points
    seen = np.zeros((len(poses), len(points.xyz)), dtype=bool)
    seen[frame, points.point] = True
    forbidden = set(held_out.tolist())
    targets, sources = [], []
    for target in range(len(poses)):
        scored = []
        for source in range(len(poses)):
            if source == target or source in forbidden:
                continue
            shared = np.flatnonzero(seen[target] & seen[source])
            if len(shared) < max(20, _LEAST_SHARED * seen[target].sum()):
                continue
            rays = [points.xyz[shared] - poses[index, :3, 3] for index in (target, source)]
            a, b = (ray / np.linalg.norm(ray, axis=1, keepdims=True) for ray in rays)
            angle = float(np.degrees(np.median(np.arccos(np.clip((a * b).sum(axis=1), -1.0, 1.0)))))
            scored.append((abs(np.log(max(angle, 1e-3) / config.angle_deg)), source))
        # Before and after in turn, best first: what one neighbour hides another may show.
        before = sorted(each for each in scored if each[1] < target)
        after = sorted(each for each in scored if each[1] > target)
        chosen = [each for pair in zip(before, after, strict=False) for each in pair]
        chosen += before[len(after) :] + after[len(before) :]
        for _, source in chosen[: config.sources]:
            targets.append(target)
            sources.append(source)
    relative = np.linalg.inv(poses[sources]) @ poses[targets]
    relative[:, :3, 3] /= unit
    return Pairs(np.array(targets, dtype=int), np.array(sources, dtype=int), relative, learns=False)
