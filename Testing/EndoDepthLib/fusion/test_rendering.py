"""The fused surface drawn back into a camera: what it shows lies where the camera saw it, lens included."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from fused_scene.wall_and_floor import LENS, true_frames, true_poses

from EndoDepthLib.fusion import FusedSurface, SurfaceRenderer
from EndoDepthLib.fusion.views import draw_views
from EndoDepthLib.geometry import camera_rays
from EndoDepthLib.values import DistortionModel, Surface

FRAMES = 4


def test_a_frame_is_seen_again_from_where_it_was_taken(fused: FusedSurface) -> None:
    with SurfaceRenderer(fused.surface, LENS) as renderer:
        for number in range(FRAMES):
            picture, depth = renderer.render(true_poses(FRAMES)[number])
            truth = true_frames(FRAMES)[number]
            seen = np.isfinite(depth)
            assert seen.mean() > 0.9
            assert np.median(np.abs(depth - truth.depth)[seen]) < 0.1
            off = np.abs(picture.astype(float) - truth.image)[seen].mean()
            mirrored = np.abs(picture[:, ::-1].astype(float) - truth.image)[seen].mean()
            assert off < 20 and 1.3 * off < mirrored
            assert not picture[~seen].any()


def test_depth_is_exact_through_a_distorted_lens() -> None:
    lens = replace(LENS, distortion_model=DistortionModel.BROWN_CONRADY, distortion=(-0.25, 0.05, 0.001, -0.002))
    side = np.linspace(-80, 80, 81)
    x, y = np.meshgrid(side, side)
    plane = np.stack([x, y, 60 + 0.3 * x - 0.2 * y], axis=-1).reshape(-1, 3).astype(np.float32)
    cell = np.arange(80)[:, None] * 81 + np.arange(80)[None]
    a, b, c, d = (cell + step for step in (0, 1, 81, 82))
    triangles = np.concatenate([np.stack([a, c, d], -1), np.stack([a, d, b], -1)]).reshape(-1, 3).astype(np.int32)
    count = len(plane)
    surface = Surface(
        plane,
        triangles,
        np.full((count, 3), 120, np.uint8),
        np.zeros(count, np.uint8),
        np.full((count, 2), np.nan, np.float32),
    )
    with SurfaceRenderer(surface, lens) as renderer:
        picture, depth = renderer.render(np.eye(4))
        away, nothing = renderer.render(np.diag([-1.0, 1.0, -1.0, 1.0]))
    rays = camera_rays(lens)
    truth = 60 / (1 - 0.3 * rays[..., 0] + 0.2 * rays[..., 1])
    np.testing.assert_allclose(depth, truth, rtol=2e-3)
    assert (picture == 120).all()
    assert not away.any() and np.isnan(nothing).all()


def test_views_show_the_surface_from_three_sides(fused: FusedSurface) -> None:
    views = draw_views(fused)
    assert views.dtype == np.uint8 and views.shape[1] == 3 * views.shape[0]
    background = views[5, -5]
    for view in np.split(views, 3, axis=1):
        shown = (view != background).any(axis=2)
        assert 0.1 < shown.mean() < 0.9
        assert not shown[40:-40, :5].any()  # all of it fits
