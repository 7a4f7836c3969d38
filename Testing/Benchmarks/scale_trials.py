"""Trials of scale_sources.py: a phantom, a hidden scale, and what a source finds of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from typing import Any

import cv2
import numpy as np
from phantom_clips import FIRST_TEST_SEED
from scale_truth import hidden_scale, noisy_depth, predicted_depth
from scipy.spatial.transform import Rotation

from EndoDepthLib.errors import EndoDepthError
from EndoDepthLib.phantoms import SCENES, ClipSettings, PhantomFrame, label_value
from EndoDepthLib.phantoms.clip import PhantomClip
from EndoDepthLib.scaling import (
    Combined,
    KnownDistance,
    StereoMatcher,
    StereoRig,
    combine,
    measure_distance,
    measure_shafts,
    scale_from_poses,
)
from EndoDepthLib.values import DepthMap

_SIZE = (320, 256)
_OPTICS = 0.3
_STEP = 20.0


@dataclass(frozen=True)
class Trial:
    """The truth, what was found with its interval (None: refused), and what the nominal depth would say."""

    seed: int
    truth: float
    found: float | None
    low: float
    high: float
    nominal: float

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def _trial(seed: int, truth: float, nominal: float, measure: Callable[[], Any]) -> Trial:
    try:
        found = measure()
    except EndoDepthError:
        found = None
    if found is None:
        return Trial(seed, truth, None, 0.0, 0.0, nominal)
    return Trial(seed, truth, found.mm_per_unit, *found.interval_90, nominal)


def _clip(scene: str, seed: int, frames: int) -> PhantomClip:
    return PhantomClip(
        ClipSettings(scene, frames, FIRST_TEST_SEED + seed, *_SIZE, optics_strength=_OPTICS, frame_step=_STEP)
    )


def _depth(frame: PhantomFrame, scale: float, kind: str, rng: np.random.Generator) -> DepthMap:
    return noisy_depth(frame, scale, rng) if kind == "noisy" else predicted_depth(frame, scale)


def _nominal(depths: list[DepthMap]) -> float:
    """Millimetres per unit if the nominal median were millimetres."""
    return 50.0 / float(np.median([np.nanmedian(depth.depth) for depth in depths]))


def distance_trials(count: int, kind: str, first: int) -> Iterator[Trial]:
    """`count` distances between random places in one frame, picked a pixel off."""
    for seed in range(first, 10**6):
        rng = np.random.default_rng([1, seed])
        clip = _clip(SCENES[seed % len(SCENES)], seed, 1)
        frame = clip.develop(clip.expose(0), 0)
        scale = hidden_scale(rng)
        depth = _depth(frame, scale, kind, rng)
        known = _distances(frame, count, rng)
        if len(known) < count:
            continue
        yield _trial(seed, scale, _nominal([depth]), partial(_by_distances, known, depth))


def _distances(frame: PhantomFrame, count: int, rng: np.random.Generator) -> list[KnownDistance]:
    """Places that a person would pick: apart, not at an edge of depth."""
    smooth = cv2.morphologyEx(np.nan_to_num(frame.depth), cv2.MORPH_GRADIENT, np.ones((7, 7))) < 0.15 * frame.depth
    rows, columns = np.nonzero(smooth & cv2.erode(np.uint8(frame.content), np.ones((9, 9))).astype(bool))
    found: list[KnownDistance] = []
    for _ in range(200):
        if len(found) == count or len(rows) < 100:
            break
        pick = rng.integers(len(rows), size=2)
        pixels = np.stack([columns[pick], rows[pick]], axis=1).astype(float)
        if not 60 <= np.hypot(*(pixels[0] - pixels[1])) <= 200:
            continue
        camera = frame.camera
        z = frame.depth[rows[pick], columns[pick]]
        x, y = (pixels[:, 0] - camera.cx) / camera.fx * z, (pixels[:, 1] - camera.cy) / camera.fy * z
        length = float(np.linalg.norm(np.diff(np.stack([x, y, z], axis=1), axis=0)))
        picked = np.clip(pixels + rng.normal(0, 1.0, (2, 2)), 0, np.array(_SIZE) - 1.0)
        found.append(KnownDistance(0, tuple(picked[0]), tuple(picked[1]), length))
    return found


def instrument_trials(frames: int, kind: str, first: int) -> Iterator[Trial]:
    """Scenes with one instrument: its shaft in `frames` frames that share one unit."""
    for seed in range(first, 10**6):
        rng = np.random.default_rng([2, seed])
        clip = _clip("laparoscopy", seed, frames)
        if len(clip.shaft_diameters_mm) != 1:
            continue
        scale, measurements, depths = hidden_scale(rng), [], []
        for index in range(frames):
            frame = clip.develop(clip.expose(index), index)
            mask = frame.labels == label_value("surgical instrument")
            if not 0.01 < mask.mean() < 0.5:
                continue
            depths.append(_depth(frame, scale, kind, rng))
            measurements += measure_shafts(mask, frame.content, depths[-1], index, clip.shaft_diameters_mm[0])
        if depths:
            yield _trial(seed, scale, _nominal(depths), partial(combine, measurements))


def pose_trials(at_camera: bool, first: int) -> Iterator[Trial]:
    """A clip of 60 poses; the estimate drifts as a random walk, the tracker has noise and sits on the handle."""
    for seed in range(first, 10**6):
        rng = np.random.default_rng([3, seed])
        clip = PhantomClip(ClipSettings(SCENES[seed % len(SCENES)], 60, FIRST_TEST_SEED + seed, 64, 48, frame_step=4.0))
        truth = np.stack([clip.pose(index) for index in range(60)])
        scale = hidden_scale(rng)
        path_mm = float(np.linalg.norm(np.diff(truth[:, :3, 3], axis=0), axis=1).sum())
        estimated = truth.copy()
        drift = np.cumsum(rng.normal(size=(60, 3)), axis=0)
        drift -= drift.mean(axis=0)
        drift *= 0.005 * path_mm / np.sqrt(np.square(drift).sum(axis=1).mean())
        estimated[:, :3, 3] = (truth[:, :3, 3] + drift) / scale
        wobble = Rotation.from_rotvec(0.003 * rng.normal(size=(60, 3)))
        estimated[:, :3, :3] = wobble.as_matrix() @ truth[:, :3, :3]
        marker = np.eye(4)
        if not at_camera:
            marker[:3, :3] = Rotation.random(random_state=rng).as_matrix()
            marker[:3, 3] = [*rng.normal(0, 30, 2), -rng.uniform(150, 350)]
        tracked = truth @ marker
        tracked[:, :3, 3] += rng.normal(0, 0.25, (60, 3))
        noise = Rotation.from_rotvec(0.002 * rng.normal(size=(60, 3)))
        tracked[:, :3, :3] = tracked[:, :3, :3] @ noise.as_matrix()
        world = np.eye(4)
        world[:3, :3], world[:3, 3] = Rotation.random(random_state=rng).as_matrix(), rng.normal(0, 500, 3)
        yield _trial(seed, scale, 50.0 / 60.0, partial(_by_poses, estimated, world @ tracked, at_camera))


def stereo_trials(kind: str, at_reach: bool, first: int) -> Iterator[Trial]:
    """One pair of a stereo endoscope whose eyes are 4 to 6 mm apart.

    at_reach: laparoscopy from where such endoscopes are used (median depth 30 mm or more); otherwise any scene, many of
    them so close that hardly anything is in both pictures: what cannot be matched has to be refused.
    """
    for seed in range(first, 10**6):
        rng = np.random.default_rng([4, seed])
        scene = "laparoscopy" if at_reach else SCENES[seed % len(SCENES)]
        clip = _clip(scene, seed, 1)
        baseline = float(rng.uniform(4.0, 6.0))
        left = clip.develop(clip.expose(0), 0)
        if at_reach and not np.nanmedian(left.depth) >= 30.0:
            continue
        right = _clip(scene, seed, 1).develop(clip.expose(0, baseline), 10_000)
        scale = hidden_scale(rng)
        depth = _depth(left, scale, kind, rng)
        rig = StereoRig(left.camera, left.camera, np.eye(3), np.array([-baseline, 0.0, 0.0]))
        yield _trial(seed, scale, _nominal([depth]), partial(_by_stereo, rig, left, right, depth))


def _by_distances(known: list[KnownDistance], depth: DepthMap) -> Combined:
    return combine([measure_distance(each, depth) for each in known])


def _by_poses(estimated: np.ndarray, tracked: np.ndarray, at_camera: bool) -> Combined:
    return scale_from_poses(estimated, tracked, at_camera).combined


def _by_stereo(rig: StereoRig, left: PhantomFrame, right: PhantomFrame, depth: DepthMap) -> Combined | None:
    found = StereoMatcher(rig).measure(left.image, right.image, depth, left.content, 0)
    return None if found is None else combine([found])


@lru_cache(maxsize=3)
def _organ(shape: str) -> Any:
    from organ_shapes.shapes import organ_mesh

    from EndoDepthLib.anatomy import OrganSurface

    return OrganSurface(*organ_mesh(shape), name=shape)


def registration_trials(first: int) -> Iterator[Trial]:
    """A partial noisy surface of an organ registered to it from four landmarks (see organ_shapes.seen_part)."""
    from organ_shapes.seen_part import make_trial
    from organ_shapes.shapes import SHAPES

    for seed in range(first, 10**6):
        organ = _organ(SHAPES[seed % len(SHAPES)])
        trial = make_trial(organ, seed)
        yield _trial(seed, trial.ct_from_surface.scale, 1.0, partial(_by_registration, trial, organ))


def _by_registration(trial: Any, organ: Any) -> Combined:
    from EndoDepthLib.registration import register_surface

    found = register_surface(trial.seen, organ, trial.landmarks)
    return Combined(found.scale, found.scale_interval_90(), (True,))


SOURCES: dict[str, Callable[[int], Iterator[Trial]]] = {
    "1 distance, noisy": partial(distance_trials, 1, "noisy"),
    "4 distances, noisy": partial(distance_trials, 4, "noisy"),
    "8 distances, predicted": partial(distance_trials, 8, "predicted"),
    "instrument, 1 frame, noisy": partial(instrument_trials, 1, "noisy"),
    "instrument, 4 frames, noisy": partial(instrument_trials, 4, "noisy"),
    "instrument, 4 frames, predicted": partial(instrument_trials, 4, "predicted"),
    "tracked poses, marker on handle": partial(pose_trials, False),
    "tracked poses, at camera": partial(pose_trials, True),
    "stereo pair, noisy": partial(stereo_trials, "noisy", True),
    "stereo pair, predicted": partial(stereo_trials, "predicted", True),
    "stereo pair too close, noisy": partial(stereo_trials, "noisy", False),
    "CT registration": registration_trials,
}
"""Each takes the first seed and yields trials without end."""
