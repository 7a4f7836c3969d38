"""Undistorted images, depth and labels lie on the pinhole grid."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import Undistorter, project, undistort_image
from EndoDepthLib.values import Camera, DistortionModel

BARREL = Camera(210.0, 205.0, 158.0, 122.0, 320, 240, DistortionModel.BROWN_CONRADY, (-0.3, 0.09, 0.001, -0.001))
FISHEYE = Camera(180.0, 180.0, 158.0, 122.0, 320, 240, DistortionModel.FISHEYE, (-0.04, 0.01, 0.0, 0.0))


@pytest.mark.parametrize("camera", [BARREL, FISHEYE])
def test_dots_move_to_their_pinhole_places(camera: Camera) -> None:
    points = np.array([[x, y, 60.0] for x in (-30, 0, 25) for y in (-20, 0, 18)], dtype=np.float64)
    columns, rows = np.meshgrid(np.arange(320), np.arange(240))
    undistorter = Undistorter(camera)
    assert undistorter.camera == camera.pinhole()
    for point in points:
        u, v = project(camera, point[None])[0]
        dot = (255 * np.exp(-((columns - u) ** 2 + (rows - v) ** 2) / 8)).astype(np.float32)
        moved = undistorter.image(dot).astype(np.float64)
        centre = [(moved * columns).sum() / moved.sum(), (moved * rows).sum() / moved.sum()]
        assert np.allclose(centre, project(undistorter.camera, point[None])[0], atol=0.15)


def test_image_is_that_of_opencv() -> None:
    image = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8), (0, 0), 3)
    ours = undistort_image(image, BARREL).astype(int)
    theirs = cv2.undistort(image, BARREL.matrix, np.array(BARREL.distortion)).astype(int)
    assert np.percentile(np.abs(ours - theirs)[10:-10, 10:-10], 99) <= 2


def test_depth_of_a_tilted_plane_stays_that_plane() -> None:
    normal = np.array([0.2, -0.1, 1.0])
    undistorter = Undistorter(BARREL)

    def plane(camera: Camera) -> np.ndarray:
        from EndoDepthLib.geometry import camera_rays

        return (60.0 / (camera_rays(camera) @ normal)).astype(np.float32)

    moved = undistorter.depth(plane(BARREL))
    valid = np.isfinite(moved)
    assert np.array_equal(valid, undistorter.valid) and valid.mean() > 0.8
    assert np.abs(moved / plane(undistorter.camera) - 1)[valid].max() < 2e-3  # nearest pixel: half a pixel of slope


def test_labels_and_masks_keep_their_values() -> None:
    labels = np.zeros((240, 320), np.uint8)
    labels[50:120, 60:200] = 7
    moved = Undistorter(BARREL).labels(labels)
    assert moved.dtype == np.uint8 and set(np.unique(moved)) == {0, 7}
    assert Undistorter(BARREL).labels(labels > 0).dtype == np.bool_


def test_folding_lens_leaves_the_rest_empty() -> None:
    strong = Camera(100.0, 100.0, 159.5, 119.5, 320, 240, DistortionModel.BROWN_CONRADY, (-0.6, 0.0, 0.0, 0.0))
    undistorter = Undistorter(strong)
    white = undistorter.image(np.full((240, 320, 3), 255, np.uint8))
    assert not undistorter.valid[0, 0] and np.all(white[0, 0] == 0) and np.all(white[120, 160] == 255)


def test_wrong_use_is_refused() -> None:
    with pytest.raises(InputError, match="expected a pinhole"):
        Undistorter(BARREL, BARREL)
    with pytest.raises(InputError, match="the camera's grid"):
        Undistorter(BARREL).image(np.zeros((10, 10, 3), np.uint8))
