"""Phantom videos: repeatable, with depth, labels and poses that agree with one another."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.geometry import project, unproject
from EndoDepthLib.phantoms import LABELS, SCENES, PhantomFrame, render_video

WIDTH, HEIGHT = 96, 80


def a_clip(scene: str, frames: int = 1, seed: int = 3, **options: object) -> list[PhantomFrame]:
    return list(render_video(scene, frames, seed, WIDTH, HEIGHT, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("scene", SCENES)
def test_a_frame_has_a_picture_and_its_truth(scene: str) -> None:
    (frame,) = a_clip(scene)
    assert frame.image.shape == (HEIGHT, WIDTH, 3) and frame.image.dtype == np.uint8
    assert frame.depth.dtype == np.float32 and np.isnan(frame.depth[~frame.content]).all()
    known = frame.depth[frame.content]
    assert np.isfinite(known).mean() > 0.98
    assert known[np.isfinite(known)].min() > 0
    assert set(np.unique(frame.labels)) <= set(range(len(LABELS)))
    assert (frame.labels[np.isfinite(frame.depth)] > 0).all(), "every tissue pixel has a name"
    assert (frame.labels[~frame.content] == 0).all()


@pytest.mark.parametrize("scene", SCENES)
def test_the_same_seed_gives_the_same_clip_and_another_seed_another(scene: str) -> None:
    first, again, other = a_clip(scene), a_clip(scene), a_clip(scene, seed=4)
    np.testing.assert_array_equal(first[0].image, again[0].image)
    np.testing.assert_array_equal(first[0].depth, again[0].depth)
    assert not np.array_equal(first[0].depth, other[0].depth)


def test_a_longer_clip_begins_like_a_shorter_one() -> None:
    short, longer = a_clip("colon", 1), a_clip("colon", 2)
    np.testing.assert_array_equal(short[0].image, longer[0].image)


@pytest.mark.parametrize("scene", ["colon", "airway", "sinus", "larynx"])
def test_depth_and_poses_of_two_frames_describe_one_rigid_scene(scene: str) -> None:
    first, second = a_clip(scene, 2, seed=1, frame_step=4.0)
    seen = np.isfinite(first.depth)
    points = unproject(first.camera, first.depth.astype(float))[seen]
    second_from_first = np.linalg.inv(second.world_from_camera) @ first.world_from_camera
    moved = points @ second_from_first[:3, :3].T + second_from_first[:3, 3]
    moved = moved[moved[:, 2] > 1e-3]
    pixels = np.rint(project(second.camera, moved)).astype(int)
    inside = (pixels >= 0).all(axis=1) & (pixels[:, 0] < WIDTH) & (pixels[:, 1] < HEIGHT)
    there = second.depth[pixels[inside, 1], pixels[inside, 0]]
    relative = np.abs(moved[inside, 2] / there - 1.0)
    relative = relative[np.isfinite(relative)]
    # Occlusions and the rounding to pixels make outliers; rigid tissue makes the median small.
    assert len(relative) > 500 and np.median(relative) < 0.01


@pytest.mark.parametrize("scene", SCENES)
def test_depth_is_where_the_distance_function_vanishes(scene: str) -> None:
    from EndoDepthLib.phantoms.scenes import build_scene

    (frame,) = a_clip(scene, seed=11)
    rng = np.random.default_rng([SCENES.index(scene), 11])
    phantom = build_scene(scene, rng, torch.device("cpu"))
    seen = np.isfinite(frame.depth)
    points = unproject(frame.camera, frame.depth.astype(float))[seen]
    world = points @ frame.world_from_camera[:3, :3].T + frame.world_from_camera[:3, 3]
    gap = phantom.distance(torch.as_tensor(world, dtype=torch.float32), 0.0).abs().numpy()
    length = np.linalg.norm(points, axis=1)
    assert np.quantile(gap / length, 0.98) < 2e-3


def test_random_appearance_changes_the_colours_and_not_the_geometry() -> None:
    (usual,), (odd,) = a_clip("laparoscopy"), a_clip("laparoscopy", appearance="random")
    assert usual.image.shape == odd.image.shape
    assert not np.array_equal(usual.image, odd.image)


def test_frontal_views_are_common() -> None:
    flat = [np.nanstd(np.log(a_clip("colon", seed=seed)[0].depth)) < 0.3 for seed in range(24)]
    assert 0.25 < np.mean(flat) < 0.75


def test_bad_settings_are_refused_in_one_line() -> None:
    with pytest.raises(SettingsError, match="'knee'; expected one of colon"):
        render_video("knee", 1, 0)
    with pytest.raises(SettingsError, match="appearance is 'pink'"):
        render_video("colon", 1, 0, appearance="pink")
    with pytest.raises(SettingsError, match="0 frames"):
        render_video("colon", 0, 0)
