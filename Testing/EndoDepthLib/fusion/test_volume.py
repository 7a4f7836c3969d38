"""Blocks, voxels on the picture, votes, and the mending of a mesh."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.fusion import TsdfVolume
from EndoDepthLib.fusion.blocks import BlockIndex, TooManyBlocks, block_coordinates, block_keys
from EndoDepthLib.fusion.marching import RawMesh, extract
from EndoDepthLib.fusion.needles import roundness, without_needles
from EndoDepthLib.fusion.observation import observe
from EndoDepthLib.fusion.projecting import project_voxels
from EndoDepthLib.fusion.topology import hole_lengths
from EndoDepthLib.geometry import project
from EndoDepthLib.values import Camera, DepthMap, DistortionModel, Frame, LabelMap

_FAR = 1 << 19
LENS = Camera(90.0, 85.0, 31.0, 22.0, 64, 48, DistortionModel.BROWN_CONRADY, (-0.2, 0.05, 0.001, -0.001))
_whole = st.integers(-_FAR, _FAR)


@given(st.lists(st.tuples(_whole, _whole, _whole), min_size=1, max_size=20))
def test_blocks_are_found_again(blocks: list[tuple[int, int, int]]) -> None:
    coordinates = np.array(blocks)
    np.testing.assert_array_equal(block_coordinates(block_keys(coordinates)), coordinates)
    index = BlockIndex(100)
    assert (index.find(coordinates) == -1).all()
    index.add(coordinates[::2])
    index.add(coordinates)
    rows = index.find(coordinates)
    np.testing.assert_array_equal(index.coordinates[rows], coordinates)
    assert len(index) == len(np.unique(coordinates, axis=0))


def test_too_many_or_too_distant_blocks_are_refused() -> None:
    index = BlockIndex(2)
    with pytest.raises(TooManyBlocks, match="--voxel"):
        index.add(np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]]))
    with pytest.raises(SettingsError, match="--voxel"):
        block_keys(np.array([[1 << 21, 0, 0]]))


def test_voxels_fall_where_the_camera_model_says() -> None:
    rng = np.random.default_rng(0)
    pose = np.eye(4)
    pose[:3, 3] = [1.0, -2.0, 0.5]
    origins, offsets = rng.integers(-40, 40, (30, 3)) + [0, 0, 100], rng.integers(0, 8, (20, 3))
    pixels, z, inside = project_voxels(LENS, pose, origins, offsets, 0.5)
    points = (0.5 * (origins[:, None] + offsets[None])).reshape(-1, 3) + pose[:3, 3]
    truth = project(LENS, points)
    np.testing.assert_allclose(z, points[:, 2], rtol=1e-5)
    np.testing.assert_allclose(pixels.T[inside], truth[inside], atol=1e-2)
    shown = (np.abs(truth - [31.5, 23.5]) < [31.5, 23.5]).all(axis=1)
    assert inside[shown].all() and 0.2 < shown.mean() < 0.98


def _plane(depth: float, label: int, confidence: float = 1.0) -> tuple[Frame, DepthMap, LabelMap]:
    shape = (LENS.height, LENS.width)
    image = np.full((*shape, 3), 60 * label, np.uint8)
    values = DepthMap(np.full(shape, depth, np.float32), np.full(shape, confidence, np.float32), LENS)
    return Frame(image, 0), values, LabelMap(np.full(shape, label, np.uint8), ("a", "b", "c"))


def test_distance_is_a_weighted_mean_and_the_label_that_of_the_majority() -> None:
    volume = TsdfVolume(0.5, 2.0, 10_000)
    for depth, label, confidence in ((40.0, 1, 0.5), (40.4, 2, 1.0), (40.4, 2, 1.0), (40.0, 3, 0.5)):
        volume.integrate(observe(*_plane(depth, label, confidence), typical_depth=40.0), np.eye(4))
    mesh = extract(volume, 0.1)
    middle = np.linalg.norm(mesh.vertices[:, :2], axis=1) < 5
    assert np.median(mesh.vertices[middle, 2]) == pytest.approx(40 + 0.4 * 2 / 3, abs=0.02)
    assert (mesh.labels[middle] == 2).all()
    assert len(hole_lengths(mesh.vertices, mesh.triangles)) == 1  # its rim


def test_highlights_count_little_and_steps_of_the_depth_nothing() -> None:
    frame, depth, labels = _plane(40.0, 1)
    values = depth.depth.copy()
    values[:, 32:] = 60.0
    validity = np.ones(values.shape, np.uint8)
    validity[10:20, 5:20] = 2
    seen = observe(frame, DepthMap(values, depth.confidence, LENS), labels, validity, left_out_labels=(2,))
    assert not seen.weight[:, 31:33].any() and seen.weight[24, 28] > 0 and seen.weight[24, 36] > 0
    assert seen.weight[15, 10] < 0.3 * seen.weight[30, 10]
    hidden = labels.labels.copy()
    hidden[:10] = 2
    assert not observe(frame, depth, LabelMap(hidden, labels.names), left_out_labels=(2,)).weight[:11].any()


def test_needles_are_mended_without_tearing_the_mesh() -> None:
    rng = np.random.default_rng(1)
    side = np.arange(24)
    x, y = np.meshgrid(side, side)
    vertices = np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3).astype(float)
    inner = ((vertices[:, :2] > 0) & (vertices[:, :2] < 23)).all(axis=1)
    vertices[inner, :2] += rng.uniform(-0.49, 0.49, (inner.sum(), 2))
    cell = (np.arange(23)[:, None] * 24 + np.arange(23)[None]).ravel()
    triangles = np.concatenate([np.stack([cell, cell + 1, cell + 25], 1), np.stack([cell, cell + 25, cell + 24], 1)])
    count = len(vertices)
    mesh = RawMesh(
        vertices, triangles, np.zeros((count, 3), np.float32), np.zeros(count, np.uint8), np.ones(count, np.float32)
    )
    assert (roundness(vertices, triangles) < 0.1).sum() > 10
    mended = without_needles(mesh)
    assert (roundness(mended.vertices, mended.triangles) < 0.1).sum() <= 2
    assert len(hole_lengths(mended.vertices, mended.triangles)) == 1
    a, b, c = (mended.vertices[mended.triangles[:, corner]] for corner in range(3))
    areas = np.cross(b - a, c - a)[:, 2] / 2
    assert areas.sum() == pytest.approx(23 * 23, rel=1e-3)
    assert (areas > 0).mean() > 0.99


def test_a_surface_between_frames_that_disagree_has_a_color() -> None:
    volume = TsdfVolume(0.5, 5.0, 10_000)
    for depth in (38.0, 42.0):
        volume.integrate(observe(*_plane(depth, 1), typical_depth=40.0), np.eye(4))
    mesh = extract(volume, 0.1)
    middle = np.linalg.norm(mesh.vertices[:, :2], axis=1) < 5
    assert middle.any() and np.abs(mesh.color[middle] - 60).max() < 1
