"""Intrinsics from the motion of a video: the real engine on a rendered scene; the covariance against dense algebra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from moving_camera.two_planes import CAMERA, poses, view, write_frames

from EndoDepthLib.calibration import calibrate_from_motion, motion_calibration_to_json
from EndoDepthLib.calibration.motion_uncertainty import lens_covariance
from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import choose_camera, project
from EndoDepthLib.motion import Motion, MotionSettings, SparsePoints
from EndoDepthLib.values import Camera, DistortionModel, Trajectory
from EndoDepthLib.video import Video

LENS = Camera(300.0, 300.0, 159.5, 119.5, 320, 240, DistortionModel.BROWN_CONRADY, (-0.1, 0.0, 0.0, 0.0))
SIGMA_PX = 0.5


def _motion(seed: int = 0, frames: int = 6, count: int = 60) -> Motion:
    rng = np.random.default_rng(seed)
    world = poses(frames)
    xyz = rng.uniform([-2, -1.5, 4], [2, 1.5, 7], (count, 3))
    point, frame, pixel = [], [], []
    for number, pose in enumerate(world):
        seen = project(LENS, (xyz - pose[:3, 3]) @ pose[:3, :3])
        point.append(np.arange(count))
        frame.append(np.full(count, number))
        pixel.append(seen)
    pixels = np.concatenate(pixel)
    error = np.linalg.norm(rng.normal(0, SIGMA_PX, pixels.shape), axis=1)
    points = SparsePoints(xyz, np.concatenate(point), np.concatenate(frame), pixels, error)
    return Motion(LENS, True, Trajectory(world, np.arange(frames)), points, frames, 10.0)


def _dense_covariance(motion: Motion, sigma: float) -> np.ndarray:
    """By finite differences of every number at once, the pseudo-inverse taking the seven freedoms away."""
    import cv2

    world, xyz = motion.trajectory.world_from_camera, motion.points.xyz
    frames, count = len(world), len(xyz)
    keep = motion.points.error_px <= 4 * sigma

    def residuals(numbers: np.ndarray) -> np.ndarray:
        lens = Camera(
            numbers[0], numbers[0], 159.5, 119.5, 320, 240, DistortionModel.BROWN_CONRADY, (numbers[1], 0, 0, 0)
        )
        moved = numbers[2 + 6 * frames :].reshape(count, 3)
        rows = []
        for number, step in enumerate(numbers[2 : 2 + 6 * frames].reshape(frames, 6)):
            local = (moved - world[number, :3, 3]) @ world[number, :3, :3]
            rows.append(project(lens, local @ cv2.Rodrigues(step[:3])[0].T + step[3:]))
        return np.concatenate(rows)[keep].ravel()

    start = np.concatenate([[LENS.fx, LENS.distortion[0]], np.zeros(6 * frames), xyz.ravel()])
    columns = []
    for position in range(len(start)):
        step = np.zeros_like(start)
        step[position] = 1e-5
        columns.append((residuals(start + step) - residuals(start - step)) / 2e-5)
    jacobian = np.stack(columns, axis=1)
    scale = np.linalg.norm(jacobian, axis=0)
    values, vectors = np.linalg.eigh((jacobian / scale).T @ (jacobian / scale))
    inverse = (vectors[:, 7:] / values[7:]) @ vectors[:, 7:].T  # the seven least belong to place, turn and size
    return sigma**2 * (inverse / np.outer(scale, scale))[:2, :2]


def test_the_covariance_is_that_of_the_whole_adjustment() -> None:
    motion = _motion()
    sigma = float(np.median(motion.points.error_px)) / 1.1774
    assert lens_covariance(motion) == pytest.approx(_dense_covariance(motion, sigma), rel=0.02)


def test_more_frames_and_points_make_it_more_certain() -> None:
    few, many = lens_covariance(_motion(frames=5, count=50)), lens_covariance(_motion(frames=9, count=150))
    assert (np.diag(many) < 0.6 * np.diag(few)).all()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_frames(tmp_path_factory.mktemp("motion") / "clip", [view(pose)[0] for pose in poses(8)])


def test_a_moving_camera_tells_its_focal_length(clip: Path) -> None:
    stages: set[str] = set()
    settings = MotionSettings(features=300, least_frames=4, least_points=100, threads=1)
    with Video.open(clip) as video:
        content = np.ones((CAMERA.height, CAMERA.width), dtype=bool)
        found = calibrate_from_motion(
            video, choose_camera(240, 180), content, settings, lambda stage, done, total: stages.add(stage)
        )
    assert found.camera.fx == pytest.approx(CAMERA.fx, rel=0.03)
    assert 0 < found.focal_deviation_px < 0.1 * CAMERA.fx
    assert any("odd frames" in stage for stage in stages)
    report = motion_calibration_to_json(found, "clip")
    assert report["how"] == "motion" and report["intrinsics"]["fx"]["standard_deviation"] == found.focal_deviation_px


def test_a_still_camera_is_refused(tmp_path: Path) -> None:
    picture = view(poses(3)[1])[0]
    folder = write_frames(tmp_path / "still", [picture] * 10)
    with (
        Video.open(folder) as video,
        pytest.raises(InputError, match="no camera from motion: the camera does not move"),
    ):
        calibrate_from_motion(video, choose_camera(240, 180), np.ones((180, 240), dtype=bool))
