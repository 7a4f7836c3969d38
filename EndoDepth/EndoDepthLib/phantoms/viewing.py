"""Where the endoscope looks from: along the scene's own path, or frontally at a patch of wall."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from EndoDepthLib.phantoms.scenes.scene import Pose, Scene, Sway, random_unit, unit
from EndoDepthLib.phantoms.tracing import normals, trace

Path = Callable[[float], Pose]

FRONTAL_SHARE = 0.45
_CLEARANCE = 0.12
_TRIES = 6


def choose_path(rng: np.random.Generator, scene: Scene) -> Path:
    """A path that keeps clear of tissue; nearly half of all clips look frontally at a patch, close and nearly flat.

    Endoscopy is as often flat as deep (measures.md: a constant depth scores well on real frames), so a network that has
    seen tunnels only predicts too much depth.
    """
    path: Path = scene.path
    if rng.random() < FRONTAL_SHARE:
        path = _frontal_path(rng, scene) or path

    def clear_path(time: float) -> Pose:
        return _pushed_clear(scene, path(time), time)

    return clear_path


def _frontal_path(rng: np.random.Generator, scene: Scene) -> Path | None:
    start = _pushed_clear(scene, scene.path(0.0), 0.0)
    origin = scene.vector(start.position)
    for _ in range(_TRIES):
        direction = unit(start.forward + 0.9 * random_unit(rng))
        ray = scene.vector(direction).view(1, 1, 3)
        lengths, met = trace(
            lambda points: scene.distance(points, 0.0), origin, ray, 0.01 * scene.size_mm, scene.far_mm, scene.cautious
        )
        if not bool(met[0, 0]):
            continue
        hit = start.position + float(lengths[0, 0]) * direction
        step = torch.full((1,), 0.02 * scene.size_mm, device=scene.device)
        normal = (
            normals(lambda points: scene.distance(points, 0.0), scene.vector(hit)[None], step)[0]
            .cpu()
            .numpy()
            .astype(float)
        )
        distance_mm = scene.size_mm * float(np.exp(rng.uniform(np.log(0.2), np.log(0.9))))
        oblique = unit(normal + random_unit(rng) * float(rng.choice([0.15, 0.5, 0.9], p=[0.4, 0.4, 0.2])))
        position = hit + oblique * distance_mm
        if float(scene.distance(scene.vector(position)[None], 0.0)[0]) < 0.3 * distance_mm:
            continue
        return _swaying(rng, position, hit, distance_mm, start.up)
    return None


def _swaying(
    rng: np.random.Generator, position: np.ndarray, hit: np.ndarray, distance_mm: float, up: np.ndarray
) -> Path:
    sway, gaze = Sway(rng, 3, 120.0), Sway(rng, 3, 150.0)
    # At time zero the endoscope stands at `position`, which was found to be free.
    first_sway, first_gaze = sway(0.0), gaze(0.0)
    roll = random_unit(rng) * 0.8

    def path(time: float) -> Pose:
        place = position + (sway(time) - first_sway) * 0.1 * distance_mm
        target = hit + (gaze(time) - first_gaze) * 0.12 * distance_mm
        return Pose(place, unit(target - place), up + roll)

    return path


def _pushed_clear(scene: Scene, pose: Pose, time: float) -> Pose:
    """The pose moved away from tissue until the lens has room, as a real endoscope would slide off the wall."""
    position = pose.position
    room_mm = _CLEARANCE * scene.size_mm
    for _ in range(4):
        point = scene.vector(position)[None]
        gap = float(scene.distance(point, time)[0])
        if gap >= room_mm:
            break
        step = torch.full((1,), 0.02 * scene.size_mm, device=scene.device)
        away = normals(lambda points: scene.distance(points, time), point, step)[0].cpu().numpy().astype(float)
        position = position + away * (room_mm - gap)
    return Pose(position, pose.forward, pose.up)
