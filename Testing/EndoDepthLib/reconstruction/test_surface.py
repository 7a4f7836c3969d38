"""Surfaces: vertices on their pixels, cuts at edges, holes, orientation, colours."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.geometry import camera_rays, project
from EndoDepthLib.reconstruction import surface_from_depth, tint_by_label
from EndoDepthLib.values import Camera, DepthMap, DistortionModel, Frame, LabelMap, Scale, Surface

BROWN = (DistortionModel.BROWN_CONRADY, (-0.31, 0.11, 0.0012, -0.0021, 0.01))
FISHEYE = (DistortionModel.FISHEYE, (-0.041, 0.012, -0.006, 0.001))
NONE: tuple[Any, ...] = (DistortionModel.NONE, ())


def case(camera: Camera, depth: np.ndarray, scale: Scale = Scale.UP_TO_SCALE) -> tuple[DepthMap, Frame]:
    """A depth map and a random frame on the camera's grid."""
    image = np.random.default_rng(0).integers(0, 256, (*depth.shape, 3), dtype=np.uint8)
    depth = depth.astype(np.float32)
    return DepthMap(depth, np.ones_like(depth), camera, scale), Frame(image)


def small_camera(width: int = 64, height: int = 48) -> Camera:
    return Camera(60.0, 58.0, 30.0, 25.0, width, height)


def edges(surface: Surface) -> np.ndarray:
    corners = surface.triangles
    return np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])


@pytest.mark.parametrize("lens", [NONE, BROWN, FISHEYE])
@pytest.mark.parametrize("stride", [1, 3])
def test_vertices_lie_on_their_pixels_at_1280x720(lens: tuple[Any, ...], stride: int) -> None:
    camera = Camera(822.0, 815.0, 643.2, 355.7, 1280, 720, *lens)
    columns, rows = np.meshgrid(np.arange(1280) / 1280, np.arange(720) / 720)
    depth, frame = case(camera, 50 + 20 * np.sin(9 * columns) + 10 * np.cos(7 * rows))
    surface = surface_from_depth(depth, frame, stride=stride)
    assert len(surface.vertices) > 0.99 * (720 / stride) * (1280 / stride)
    assert np.abs(project(camera, surface.vertices) - surface.pixels).max() < 0.01
    assert np.array_equal(surface.pixels % stride, np.zeros_like(surface.pixels))
    vertices = surface.vertices[::97].astype(np.float64)  # and by OpenCV's own projection
    if camera.distortion_model is DistortionModel.FISHEYE:
        flat = (vertices[:, :2] / vertices[:, 2:])[:, None]
        pixels = cv2.fisheye.distortPoints(flat, camera.matrix, np.array(camera.distortion))[:, 0]
    else:
        still, lens_numbers = np.zeros(3), np.array(camera.distortion)
        pixels = cv2.projectPoints(vertices, still, still, camera.matrix, lens_numbers)[0][:, 0]
    assert np.abs(pixels - surface.pixels[::97]).max() < 0.01


def test_depth_colours_and_labels_are_those_of_the_pixel() -> None:
    depth, frame = case(small_camera(), np.linspace(50, 60, 64 * 48).reshape(48, 64), Scale.METRIC_MM)
    labels = LabelMap((np.arange(64 * 48).reshape(48, 64) % 3).astype(np.uint8), ("liver", "fat"))
    surface = surface_from_depth(depth, frame, labels, stride=2)
    columns, rows = surface.pixels.astype(int).T
    assert np.array_equal(surface.vertices[:, 2], depth.depth[rows, columns])
    assert np.array_equal(surface.colors, frame.image[rows, columns])
    assert np.array_equal(surface.labels, labels.labels[rows, columns])
    assert surface.scale is Scale.METRIC_MM
    assert len(surface.vertices) == 32 * 24 and len(surface.triangles) == 2 * 31 * 23


def test_triangles_turn_counter_clockwise_seen_from_the_camera() -> None:
    depth, frame = case(small_camera(), np.random.default_rng(1).uniform(50, 50.5, (48, 64)))
    surface = surface_from_depth(depth, frame)
    a, b, c = (surface.vertices[surface.triangles[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    assert len(normals) > 1000 and np.all((normals * a).sum(axis=1) < 0)


def test_a_step_in_depth_is_cut_cleanly() -> None:
    depth = np.full((48, 64), 60.0)
    disc = (np.arange(64)[None] - 30) ** 2 + (np.arange(48)[:, None] - 22) ** 2 < 144
    depth[disc] = 40.0
    surface = surface_from_depth(*case(small_camera(), depth))
    z = surface.vertices[:, 2][edges(surface)]
    assert np.all(z[:, 0] == z[:, 1])  # no triangle joins the two sides
    near = np.unique(surface.vertices[:, 2], return_counts=True)
    assert near[1][0] >= disc.sum() - 4 and near[1][1] >= (~disc).sum() - 4  # and no pixel is lost on either side


def test_a_blurred_step_is_cut_by_its_grazing_angle() -> None:
    camera = Camera(800.0, 800.0, 319.5, 23.5, 640, 48)
    depth = np.where(np.arange(640) < 320, 40.0, 60.0)[None].repeat(48, axis=0)
    depth = cv2.blur(depth, (9, 1))  # steps of a few percent a pixel: each alone below the allowed jump
    joined = surface_from_depth(*case(camera, depth), max_grazing_deg=90.0)
    cut = surface_from_depth(*case(camera, depth))
    spans = cut.pixels[:, 0][edges(cut)]
    assert len(joined.triangles) > len(cut.triangles)
    assert not np.any((spans.min(axis=1) < 319) & (spans.max(axis=1) > 320))
    assert {0.0, 314.0, 325.0, 639.0} <= set(cut.pixels[:, 0].tolist())


@pytest.mark.parametrize("tilt_deg", [0.0, 60.0, 75.0])
def test_a_tilted_plane_stays_whole(tilt_deg: float) -> None:
    camera = Camera(250.0, 250.0, 159.5, 127.5, 320, 256)
    normal = np.array([np.sin(np.radians(tilt_deg)), 0.0, -np.cos(np.radians(tilt_deg))])
    rays = camera_rays(camera)
    facing = -(rays @ normal) / np.linalg.norm(rays, axis=2)
    depth = np.where(facing > np.cos(np.radians(84)), 50 * -normal[2] / np.maximum(-(rays @ normal), 1e-3), np.nan)
    surface = surface_from_depth(*case(camera, depth))
    valid = np.isfinite(depth)
    cells = valid[:-1, :-1] & valid[:-1, 1:] & valid[1:, :-1] & valid[1:, 1:]
    assert len(surface.triangles) >= 0.97 * 2 * cells.sum()


def test_holes_stay_open_and_loose_points_go() -> None:
    depth = np.full((48, 64), 50.0)
    depth[10:20, 10:20] = np.nan
    depth[14, 14] = 50.0  # alone in the hole: in no triangle
    surface = surface_from_depth(*case(small_camera(), depth))
    assert len(surface.vertices) == 48 * 64 - 100
    assert set(np.unique(surface.triangles)) == set(range(len(surface.vertices)))
    one_corner = np.full((2, 2), 50.0)
    one_corner[0, 1] = np.nan
    assert len(surface_from_depth(*case(small_camera(2, 2), one_corner)).triangles) == 1


def test_low_confidence_is_left_out() -> None:
    camera = small_camera()
    depth, frame = case(camera, np.full((48, 64), 50.0))
    confidence = np.where(np.arange(64) < 32, 0.9, 0.2)[None].repeat(48, axis=0).astype(np.float32)
    depth = DepthMap(depth.depth, confidence, camera)
    assert surface_from_depth(depth, frame, min_confidence=0.5).pixels[:, 0].max() == 31
    assert len(surface_from_depth(depth, frame).vertices) == 48 * 64


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (3, 1)])
def test_grids_too_small_for_a_triangle_give_an_empty_surface(shape: tuple[int, int]) -> None:
    surface = surface_from_depth(*case(small_camera(shape[1], shape[0]), np.full(shape, 50.0)))
    assert surface.vertices.shape == (0, 3) and surface.triangles.shape == (0, 3)


def test_tint_follows_the_labels() -> None:
    depth, frame = case(small_camera(), np.full((48, 64), 50.0))
    labels = np.zeros((48, 64), np.uint8)
    labels[:, 32:] = 2
    surface = surface_from_depth(depth, frame, LabelMap(labels, ("liver", "fat")))
    tinted = tint_by_label(surface, [(255, 0, 0), (0, 200, 100)], opacity=0.4)
    named = surface.labels == 2
    assert np.array_equal(tinted.colors[~named], surface.colors[~named])
    expected = 0.6 * surface.colors[named] + 0.4 * np.array([0, 200, 100])
    assert np.abs(tinted.colors[named] - expected).max() <= 0.5
    with pytest.raises(InputError, match="has label 2 but only 1 colours"):
        tint_by_label(surface, [(1, 2, 3)])
    with pytest.raises(SettingsError, match="opacity"):
        tint_by_label(surface, [(1, 2, 3)] * 2, opacity=1.5)


def test_wrong_settings_and_grids_are_refused() -> None:
    depth, frame = case(small_camera(), np.full((48, 64), 50.0))
    for settings in ({"stride": 0}, {"max_relative_jump": 0.0}, {"max_grazing_deg": 91.0}):
        with pytest.raises(SettingsError):
            surface_from_depth(depth, frame, **settings)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="the frame is 10x10 pixels but the depth 64x48"):
        surface_from_depth(depth, Frame(np.zeros((10, 10, 3), np.uint8)))
