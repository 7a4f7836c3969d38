"""Tracking of two planes whose depth and camera path are known."""

import numpy as np
import pytest
from moving_camera.tracked_planes import planes_results
from moving_camera.two_planes import CAMERA, poses, view

from EndoDepthLib.geometry import fit_similarity
from EndoDepthLib.motion import MotionSettings
from EndoDepthLib.tracking import Tracked, track
from EndoDepthLib.values import TrackedSequence

COUNT = 16


def path_error(sequence: TrackedSequence, truth: np.ndarray, submap: int = 0) -> float:
    """Root mean square distance of positions after one similarity, as a share of the path's length."""
    rows = sequence.submaps == submap
    true = truth[sequence.positions[rows], :3, 3]
    found = sequence.trajectory.world_from_camera[rows, :3, 3]
    off = fit_similarity(found, true).apply(found) - true
    return float(np.sqrt((off**2).sum(axis=1).mean()) / np.linalg.norm(np.diff(true, axis=0), axis=1).sum())


@pytest.fixture(scope="module")
def direct(tmp_path_factory) -> tuple[Tracked, np.ndarray]:
    truth = poses(COUNT)
    return track(planes_results(tmp_path_factory.mktemp("d") / "r", truth), "direct"), truth


def test_direct_alignment_finds_the_path(direct):
    tracked, truth = direct
    sequence = tracked.folder.sequence
    assert len(sequence.positions) == COUNT and set(sequence.methods) == {"direct alignment"}
    assert sequence.submaps.max() == 0 and not sequence.lost
    assert path_error(sequence, truth) < 0.01
    np.testing.assert_allclose(sequence.trajectory.world_from_camera[0], np.eye(4), atol=1e-12)


def test_depth_becomes_consistent(direct):
    tracked, truth = direct
    sequence = tracked.folder.sequence
    results = tracked.folder.open_results()
    factors, before = [], []
    for row, position in enumerate(sequence.positions):
        true, predicted = view(truth[position])[1], results.depth(int(position))
        factors.append(np.median(sequence.consistent(row, predicted).depth / true))
        before.append(np.median(predicted.depth / true))
    assert np.ptp(np.log(factors)) < 0.02 < 0.1 < np.ptp(np.log(before))
    assert tracked.figures["depth_disagreement"]["after"] < 0.02


def test_a_jump_of_the_camera_begins_a_new_submap_and_says_so(tmp_path):
    apart = poses(60)[np.r_[0:6, 54:60]]
    apart[6:, 0, 3] += 6.0  # to where nothing of before is seen
    results = planes_results(tmp_path / "r", apart)
    tracked = track(results, "direct")
    sequence = tracked.folder.sequence
    assert sequence.submaps.tolist() == [0] * 6 + [1] * 6
    assert any("2 submaps" in warning for warning in tracked.warnings)
    assert path_error(sequence, apart, 0) < 0.03 and path_error(sequence, apart, 1) < 0.03


def test_an_instrument_that_goes_with_the_camera_does_not_hold_it(tmp_path):
    truth = poses(40)[:12]
    tracked = track(planes_results(tmp_path / "r", truth, moving=True), "direct")
    assert len(tracked.folder.sequence.positions) == 12
    assert path_error(tracked.folder.sequence, truth) < 0.02
    assert not any("instrument" in warning for warning in tracked.warnings)


def test_structure_from_motion_places_frames_and_followed_points_those_between(tmp_path):
    truth = poses(12)
    settings = MotionSettings(frames=6, features=500, least_frames=5, least_points=100, threads=1)
    results = planes_results(tmp_path / "r", truth, unusable=(7,), camera_source="guessed")
    tracked = track(results, "auto", settings)
    sequence = tracked.folder.sequence
    methods = dict(zip(sequence.positions.tolist(), sequence.methods, strict=True))
    assert {methods[position] for position in range(0, 12, 2)} == {"structure from motion"}
    assert {methods[position] for position in (1, 3, 5, 9)} == {"followed points"}
    assert [position for position, _ in sequence.lost] == [7]
    assert path_error(sequence, truth) < 0.01 and sequence.submaps.max() == 0
    assert abs(tracked.folder.camera.fx / CAMERA.fx - 1) < 0.05  # guessed, and refined by the pictures
    assert tracked.figures["structure_from_motion"]["succeeded"]
