"""Lenses recovered from corners with noise, their uncertainty, and captures that cannot tell a lens."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_boards.captures import CHARUCO, FISHEYE, PINHOLE, projected_capture
from simulated_boards.poses import good_capture, held

from EndoDepthLib.calibration import (
    Calibration,
    CalibrationSettings,
    Capture,
    calibrate_camera,
    calibration_to_json,
)
from EndoDepthLib.calibration.adjustment import SeenPoints
from EndoDepthLib.calibration.fitting import fit
from EndoDepthLib.calibration.lens_models import PINHOLE_MODELS
from EndoDepthLib.calibration.selection import choose_views
from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.values import Camera

NOISE_PX = 0.15


def _capture(camera: Camera, count: int = 20, seed: int = 0) -> Capture:
    rng = np.random.default_rng(seed)
    return projected_capture(camera, CHARUCO, good_capture(camera, CHARUCO, count, rng), NOISE_PX, rng)


@pytest.fixture(scope="module")
def pinhole() -> Calibration:
    return calibrate_camera(_capture(PINHOLE))


@pytest.fixture(scope="module")
def fisheye() -> Calibration:
    return calibrate_camera(_capture(FISHEYE))


def test_a_pinhole_is_found_and_told_from_a_fisheye(pinhole: Calibration) -> None:
    assert pinhole.lens.startswith("pinhole") and len(pinhole.held_out_px) == 3
    assert (pinhole.camera.fx, pinhole.camera.fy) == pytest.approx((PINHOLE.fx, PINHOLE.fy), rel=0.005)
    assert pinhole.rms_px == pytest.approx(NOISE_PX * np.sqrt(2), rel=0.1)
    assert pinhole.without_ray == 0.0


def test_a_fisheye_is_found_and_told_from_a_pinhole(fisheye: Calibration) -> None:
    assert fisheye.lens == "fisheye"
    assert (fisheye.camera.fx, fisheye.camera.fy) == pytest.approx((FISHEYE.fx, FISHEYE.fy), rel=0.005)
    assert fisheye.rms_px == pytest.approx(NOISE_PX * np.sqrt(2), rel=0.1)
    assert fisheye.held_out_px["fisheye"] < 0.7 * fisheye.held_out_px["pinhole, 5 coefficients"]


def test_the_lens_asked_for_is_kept() -> None:
    found = calibrate_camera(_capture(PINHOLE), CalibrationSettings(lens="fisheye"))
    assert found.lens == "fisheye" and list(found.held_out_px) == ["fisheye"]
    with pytest.raises(InputError, match="no lens fits"):
        calibrate_camera(_capture(FISHEYE), CalibrationSettings(lens="pinhole"))


def test_opencv_finds_the_same_pinhole() -> None:
    capture = _capture(PINHOLE)
    views = [SeenPoints(view.points_mm(CHARUCO), view.pixels) for view in capture.views]
    ours = fit(PINHOLE_MODELS[1], views, capture.width, capture.height)
    points = [view.points.astype(np.float32) for view in views]
    pixels = [view.pixels.astype(np.float32) for view in views]
    _, matrix, distortion, _, _ = cv2.calibrateCamera(points, pixels, (capture.width, capture.height), None, None)
    theirs = [matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2], *distortion.ravel()[:5]]
    deviation = np.sqrt(np.diag(ours.covariance()))
    assert np.abs((ours.intrinsics - theirs) / deviation).max() < 0.5  # ours weighs far errors less


def test_the_truth_lies_within_the_stated_uncertainty() -> None:
    scores = []
    for seed in range(4):
        found = calibrate_camera(_capture(PINHOLE, 12, 100 + seed), CalibrationSettings(lens="pinhole"))
        true = np.array([PINHOLE.fx, PINHOLE.fy, PINHOLE.cx, PINHOLE.cy])
        scores.append((np.array(found.values[:4]) - true) / found.standard_deviations[:4])
    assert 0.3 < np.sqrt(np.mean(np.square(scores))) < 1.6
    assert np.abs(scores).max() < 4.0


def test_frames_that_do_not_fit_are_left_out_and_named() -> None:
    capture = _capture(PINHOLE)
    rng = np.random.default_rng(3)
    views = list(capture.views)
    for position in (2, 9):
        moved = views[position].pixels + rng.normal(0, 6, views[position].pixels.shape)
        views[position] = replace(views[position], pixels=moved)
    found = calibrate_camera(replace(capture, views=tuple(views)))
    assert {left.index for left in found.left_out} == {views[2].index, views[9].index}
    assert "does not fit the others" in found.left_out[0].reason
    assert found.camera.fx == pytest.approx(PINHOLE.fx, rel=0.005)


def test_the_report_is_whole(pinhole: Calibration) -> None:
    report = calibration_to_json(pinhole, "capture.mp4")
    assert report["schema"] == "endodepth-calibration" and report["source"] == "capture.mp4"
    assert set(report["intrinsics"]) == set(pinhole.parameter_names)
    assert all(entry["standard_deviation"] > 0 for entry in report["intrinsics"].values())
    used = report["frames_used"][0]
    assert len(used["residuals_px"]) == len(used["pixels"]) == len(used["corners"])


def _frontal(rng: np.random.Generator) -> list[np.ndarray]:
    places = [(x, y) for x in (0.3, 0.5, 0.7) for y in (0.3, 0.5, 0.7)]
    return [held(PINHOLE, CHARUCO, at, fill, 0, 0, rng.uniform(-30, 30)) for at in places for fill in (0.5, 0.7)]


def _bad(name: str) -> Capture:
    rng = np.random.default_rng(5)
    poses = {
        "frontal": _frontal,
        "small": lambda rng: good_capture(PINHOLE, CHARUCO, 20, rng, 0.4, 0.16),
        "middle": lambda rng: good_capture(PINHOLE, CHARUCO, 20, rng, 0.03, 0.33),
        "few": lambda rng: good_capture(PINHOLE, CHARUCO, 6, rng),
        "still": lambda rng: [held(PINHOLE, CHARUCO, (0.5, 0.5), 0.9, 25, 30)] * 20,
    }
    capture = projected_capture(
        PINHOLE, CHARUCO, poses.get(name, lambda rng: good_capture(PINHOLE, CHARUCO, 20, rng))(rng), NOISE_PX, rng
    )
    if name == "blurred":
        return replace(capture, views=tuple(replace(view, edge_width_px=9.0) for view in capture.views))
    if name == "zooming":
        middle = np.array([239.5, 179.5])
        views = [
            replace(view, pixels=(view.pixels - middle) * zoom + middle)
            for view, zoom in zip(capture.views, np.linspace(0.7, 1.0, len(capture.views)), strict=True)
        ]
        return replace(capture, views=tuple(views))
    return capture


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("frontal", "face the board from one direction"),
        ("small", "too small in the picture"),
        ("middle", "cover only"),
        ("few", "only 6 different views of the board"),
        ("still", "hardly moves: only 1 different view"),
        ("blurred", "the board is blurred"),
        ("zooming", "do not fit the lens|no lens fits|focal length open"),
    ],
)
def test_a_bad_capture_is_refused(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as refusal:
        calibrate_camera(_bad(name))
    assert "\n" not in str(refusal.value)


def test_settings_are_checked() -> None:
    with pytest.raises(SettingsError, match="'wide'"):
        CalibrationSettings(lens="wide")
    with pytest.raises(SettingsError, match="limited to 3"):
        CalibrationSettings(most_views=3)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10_000), st.integers(8, 25), st.integers(1, 3))
def test_chosen_views_differ(seed: int, most: int, copies: int) -> None:
    capture = _capture(PINHOLE, 15, seed)
    chosen = choose_views(capture.views * copies, CHARUCO, capture.width, capture.height, most)
    assert len(chosen) <= most and len(set(chosen)) == len(chosen)
    assert len({position % len(capture.views) for position in chosen}) == len(chosen)  # no copy twice
