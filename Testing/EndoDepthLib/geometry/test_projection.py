"""Rays, projection and distortion against OpenCV, and their round trips."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import camera_rays, project, unproject
from EndoDepthLib.values import Camera, DistortionModel

BROWN, FISHEYE = DistortionModel.BROWN_CONRADY, DistortionModel.FISHEYE
LENSES = {
    "pinhole": (DistortionModel.NONE, ()),
    "brown4": (BROWN, (-0.31, 0.11, 0.0012, -0.0021)),
    "brown5": (BROWN, (-0.42, 0.22, -0.001, 0.0015, -0.02)),
    "brown8": (BROWN, (0.4, 0.12, 0.0007, -0.0004, 0.02, 0.75, 0.25, 0.03)),
    "pincushion": (BROWN, (0.12, 0.02, 0.0, 0.0)),
    "fisheye": (FISHEYE, (-0.041, 0.012, -0.006, 0.001)),
}


def hd_camera(lens: str) -> Camera:
    return Camera(822.0, 815.0, 643.2, 355.7, 1280, 720, *LENSES[lens])


def opencv_project(camera: Camera, points: np.ndarray) -> np.ndarray:
    points, coefficients = np.ascontiguousarray(points), np.array(camera.distortion)
    if camera.distortion_model is FISHEYE:
        return cv2.fisheye.distortPoints((points[:, :2] / points[:, 2:])[:, None], camera.matrix, coefficients)[:, 0]
    return cv2.projectPoints(points, np.zeros(3), np.zeros(3), camera.matrix, coefficients)[0][:, 0]


@pytest.mark.parametrize("lens", LENSES)
def test_rays_of_every_pixel_project_back_within_a_thousandth_of_a_pixel(lens: str) -> None:
    camera = hd_camera(lens)
    rays = camera_rays(camera)
    assert rays.shape == (720, 1280, 3) and rays.dtype == np.float64 and np.all(rays[..., 2] == 1)
    pixels = np.stack(np.meshgrid(np.arange(1280), np.arange(720)), axis=2).reshape(-1, 2)
    points = rays.reshape(-1, 3) * np.random.default_rng(0).uniform(1, 200, (len(pixels), 1))
    assert np.abs(project(camera, points) - pixels).max() < 1e-3
    assert np.abs(opencv_project(camera, points[::101]) - pixels[::101]).max() < 1e-3


@pytest.mark.parametrize("lens", LENSES)
def test_projection_is_opencvs(lens: str) -> None:
    camera = hd_camera(lens)
    points = np.random.default_rng(1).uniform([-40, -25, 50], [40, 25, 90], (500, 3))
    assert np.allclose(project(camera, points), opencv_project(camera, points), atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.4, 2.0), st.floats(0.8, 1.25), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2),
    st.floats(-0.3, 0.3), st.floats(-0.05, 0.05), st.floats(-0.003, 0.003), st.floats(-0.003, 0.003), st.booleans(),
)  # fmt: skip
def test_any_ray_there_is_projects_back(
    focal: float, ratio: float, dx: float, dy: float, k1: float, k2: float, p1: float, p2: float, fisheye: bool
) -> None:
    lens = (FISHEYE, (k1 / 3, k2, p1, p2)) if fisheye else (BROWN, (k1, k2, p1, p2))
    camera = Camera(focal * 48, focal * ratio * 48, 23.5 + 48 * dx, 17.5 + 48 * dy, 48, 36, *lens)
    points = unproject(camera, np.full((36, 48), 70.0, np.float32)).reshape(-1, 3)
    pixels = np.stack(np.meshgrid(np.arange(48), np.arange(36)), axis=2).reshape(-1, 2)
    there = np.isfinite(points[:, 0])
    assert there.reshape(36, 48)[15:21, 20:28].any()
    assert np.abs(project(camera, points[there]) - pixels[there]).max(initial=0.0) < 1e-3


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(LENSES)), st.integers(0, 50), st.integers(0, 40), st.integers(20, 90), st.integers(20, 70),
    st.floats(0.3, 3.0), st.floats(0.3, 3.0),
)  # fmt: skip
def test_k_follows_crop_and_resize(
    lens: str, x: int, y: int, width: int, height: int, scale_x: float, scale_y: float
) -> None:
    camera = Camera(110.0, 108.0, 78.0, 61.0, 160, 120, *LENSES[lens])
    points = np.random.default_rng(2).uniform([-20, -15, 50], [20, 15, 90], (50, 3))
    there = project(camera, points)
    assert np.allclose(project(camera.crop(x, y, width, height), points), there - [x, y], atol=1e-9)
    new_width, new_height = max(1, round(160 * scale_x)), max(1, round(120 * scale_y))
    resized = project(camera.resize(new_width, new_height), points)
    assert np.allclose((resized + 0.5) / [new_width, new_height], (there + 0.5) / [160, 120], atol=1e-9)
    back = camera.resize(new_width, new_height).resize(160, 120)
    assert np.allclose(back.matrix, camera.matrix, atol=1e-9)


def test_resize_convention_is_that_of_cv2_resize() -> None:
    camera = Camera(90.0, 90.0, 40.0, 30.0, 96, 64)
    image = np.zeros((64, 96), np.float32)
    point = np.array([[3.0, 2.0, 60.0]])
    u, v = project(camera, point)[0]
    columns, rows = np.meshgrid(np.arange(96), np.arange(64))
    image = np.exp(-((columns - u) ** 2 + (rows - v) ** 2) / 50).astype(np.float32)
    small = cv2.resize(image, (48, 32), interpolation=cv2.INTER_AREA).astype(np.float64)
    columns, rows = np.meshgrid(np.arange(48), np.arange(32))
    centre = [(small * columns).sum() / small.sum(), (small * rows).sum() / small.sum()]
    assert np.allclose(project(camera.resize(48, 32), point)[0], centre, atol=0.02)


@pytest.mark.parametrize("model", [BROWN, FISHEYE])
def test_pixels_beyond_the_lens_have_no_ray(model: DistortionModel) -> None:
    camera = Camera(100.0, 100.0, 159.5, 119.5, 320, 240, model, (-0.6, 0.0, 0.0, 0.0))
    rays = camera_rays(camera)
    assert np.isfinite(rays[120, 160]).all() and np.isnan(rays[0, 0]).all()
    there = np.isfinite(rays[..., 0])
    pixels = np.stack(np.meshgrid(np.arange(320), np.arange(240)), axis=2)[there]
    assert 0.05 < there.mean() < 0.9 and np.abs(project(camera, rays[there]) - pixels).max() < 1e-3


def test_points_behind_the_camera_and_wrong_shapes() -> None:
    camera = hd_camera("pinhole")
    assert np.isnan(project(camera, np.array([[1.0, 2.0, -3.0], [0.0, 0.0, 0.0]]))).all()
    with pytest.raises(InputError, match=r"expected \(N, 3\)"):
        project(camera, np.zeros((4, 2)))
    with pytest.raises(InputError, match="the camera's grid"):
        unproject(camera, np.zeros((4, 2), np.float32))


def test_unprojection_keeps_depth_and_holes() -> None:
    camera = Camera(40.0, 40.0, 15.5, 11.5, 32, 24, *LENSES["brown4"])
    depth = np.linspace(10, 90, 32 * 24, dtype=np.float32).reshape(24, 32)
    depth[3, 4] = np.nan
    points = unproject(camera, depth)
    assert np.isnan(points[3, 4]).all() and np.isnan(points[..., 0]).sum() == 1
    assert np.array_equal(points[..., 2][np.isfinite(depth)], depth[np.isfinite(depth)].astype(np.float64))
