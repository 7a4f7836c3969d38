"""Fusion of true depth with true poses: where the surface lies, what is left out, and what bounds the memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fused_scene.true_results import TrueFrame, true_sequence, write_results
from fused_scene.wall_and_floor import LENS, SEGMENTS, distance_to_truth, true_frames, true_poses

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.fusion import FusionOutcome, FusionSettings, fuse_sequence
from EndoDepthLib.fusion.needles import NEEDLE, roundness
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.values import Scale

FRAMES = 7


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> ResultsFolder:
    return write_results(tmp_path_factory.mktemp("fused") / "results", LENS, true_frames(FRAMES), SEGMENTS)


@pytest.fixture(scope="module")
def outcome(results: ResultsFolder) -> FusionOutcome:
    return fuse_sequence(results, true_sequence(true_poses(FRAMES)))


def test_the_surface_lies_on_the_truth(outcome: FusionOutcome) -> None:
    off = distance_to_truth(outcome.largest.surface.vertices)
    assert np.median(off) < 0.005
    assert np.percentile(off, 99) < 0.2  # the corner between wall and floor is rounder than it should be
    assert outcome.left_out == ()
    assert outcome.largest.scale is Scale.METRIC_MM


def test_the_mesh_is_whole_and_has_no_needles(outcome: FusionOutcome) -> None:
    surface, report = outcome.largest.surface, outcome.largest.report
    assert report["parts"] == 1
    assert max(report["hole_lengths"], default=0.0) < 10 * report["voxel"]  # a few nicks at the rim of what was seen
    assert (roundness(surface.vertices, surface.triangles) >= NEEDLE).mean() > 0.9995
    pairs = np.sort(np.stack([surface.triangles, np.roll(surface.triangles, -1, axis=1)], 2).reshape(-1, 2), axis=1)
    assert np.unique(pairs, axis=0, return_counts=True)[1].max() == 2


def test_triangles_face_the_camera(outcome: FusionOutcome) -> None:
    surface = outcome.largest.surface
    a, b, c = (surface.vertices[surface.triangles[:, corner]].astype(np.float64) for corner in range(3))
    towards = true_poses(FRAMES)[FRAMES // 2, :3, 3] - a
    # Counter-clockwise for the eye in OpenCV axes: as surface_from_depth has them.
    assert ((np.cross(b - a, c - a) * towards).sum(axis=1) > 0).mean() > 0.99


def test_labels_win_by_vote_and_colors_are_those_of_the_pictures(outcome: FusionOutcome) -> None:
    surface = outcome.largest.surface
    on_wall = np.abs(surface.vertices[:, 2] - 60) < 0.05
    on_floor = np.abs(surface.vertices[:, 1] - 12) < 0.05
    assert (surface.labels[on_wall & ~on_floor] == 1).mean() > 0.99
    assert (surface.labels[on_floor & ~on_wall] == 2).mean() > 0.99
    assert 40 < surface.colors.mean() < 200 and surface.colors.std() > 5


def test_a_deformed_frame_is_left_out_and_does_not_smear(tmp_path: Path, outcome: FusionOutcome) -> None:
    frames = list(true_frames(FRAMES))
    rows, columns = np.mgrid[: LENS.height, : LENS.width]
    bulge = 12 * np.exp(-((rows / LENS.height - 0.5) ** 2 + (columns / LENS.width - 0.5) ** 2) / 0.1)
    frames[3] = replace(frames[3], depth=frames[3].depth - bulge)
    results = write_results(tmp_path / "results", LENS, frames, SEGMENTS)
    fused = fuse_sequence(results, true_sequence(true_poses(FRAMES)))
    assert [position for position, _ in fused.left_out] == [3]
    assert "does not fit" in fused.left_out[0][1]
    assert np.percentile(distance_to_truth(fused.largest.surface.vertices), 99) < 0.2
    smeared = fuse_sequence(
        results, true_sequence(true_poses(FRAMES)), settings=FusionSettings(leave_out_deformed=False)
    )
    assert smeared.left_out == ()
    assert np.percentile(distance_to_truth(smeared.largest.surface.vertices), 99) > 1


def test_the_first_frame_may_be_the_deformed_one(tmp_path: Path) -> None:
    frames = list(true_frames(FRAMES))
    frames[0] = replace(frames[0], depth=frames[0].depth * 0.8)
    results = write_results(tmp_path / "results", LENS, frames, SEGMENTS)
    fused = fuse_sequence(results, true_sequence(true_poses(FRAMES)))
    assert [position for position, _ in fused.left_out] == [0]
    assert np.median(distance_to_truth(fused.largest.surface.vertices)) < 0.005


def _with_instrument(frame: TrueFrame) -> TrueFrame:
    depth, labels = frame.depth.copy(), frame.labels.copy()
    depth[30:60, 40:70], labels[30:60, 40:70] = 30.0, 3
    return replace(frame, depth=depth, labels=labels)


def test_instruments_stay_out_unless_kept(tmp_path: Path) -> None:
    frames = [_with_instrument(frame) if number >= 5 else frame for number, frame in enumerate(true_frames(FRAMES))]
    results = write_results(tmp_path / "results", LENS, frames, SEGMENTS)
    sequence = true_sequence(true_poses(FRAMES))
    without = fuse_sequence(results, sequence).largest.surface
    assert not (without.labels == 3).any()
    assert distance_to_truth(without.vertices).max() < 2
    kept = fuse_sequence(results, sequence, settings=FusionSettings(keep_instruments=True)).largest.surface
    assert (kept.labels == 3).sum() > 50


def test_each_submap_is_a_surface_of_its_own(results: ResultsFolder) -> None:
    poses = true_poses(FRAMES).copy()
    poses[4:, :3, 3] += 1000.0
    sequence = true_sequence(poses, lambda number: int(number >= 4), lost=((6, "tracking was lost"),))
    outcome = fuse_sequence(results, sequence)
    assert outcome.submaps == (0, 1)
    assert [surface.report["frames_used"] for surface in outcome.surfaces] == [4, 2]
    assert outcome.surfaces[0].areas().sum() > outcome.surfaces[1].areas().sum()
    assert np.median(distance_to_truth(outcome.surfaces[1].surface.vertices - 1000)) < 0.01


def test_memory_follows_the_surface_and_not_the_number_of_frames(results: ResultsFolder) -> None:
    settings = FusionSettings(voxel=0.6, truncation=2.4)
    once = fuse_sequence(results, true_sequence(true_poses(FRAMES)), settings=settings)
    sequence = true_sequence(true_poses(FRAMES))
    back_and_forth = np.concatenate([np.arange(FRAMES)] * 2)
    longer = replace(
        sequence,
        trajectory=replace(
            sequence.trajectory,
            world_from_camera=sequence.trajectory.world_from_camera[back_and_forth],
            frame_indices=back_and_forth,
        ),
        positions=back_and_forth,
        submaps=np.zeros(len(back_and_forth), int),
        methods=("given",) * len(back_and_forth),
        disparity_scale=np.ones(len(back_and_forth)),
        disparity_shift=np.zeros(len(back_and_forth)),
    )
    again = fuse_sequence(results, longer, settings=settings)
    assert again.largest.report["blocks"] == once.largest.report["blocks"]


def test_a_limit_on_memory_makes_voxels_coarser_or_refuses(results: ResultsFolder) -> None:
    sequence = true_sequence(true_poses(FRAMES))
    coarser = fuse_sequence(results, sequence, settings=FusionSettings(memory_mb=3))
    assert coarser.largest.report["voxel"] > 0.8
    assert any("coarser" in note for note in coarser.notes)
    assert np.median(distance_to_truth(coarser.largest.surface.vertices)) < 0.1
    with pytest.raises(SettingsError, match=r"larger --voxel"):
        fuse_sequence(results, sequence, settings=FusionSettings(voxel=0.3, memory_mb=3))


def test_thinning_keeps_shape_colors_and_labels(results: ResultsFolder, outcome: FusionOutcome) -> None:
    thin = fuse_sequence(results, true_sequence(true_poses(FRAMES)), triangles=4000).largest
    assert 3500 < len(thin.surface.triangles) <= 4100
    assert np.median(distance_to_truth(thin.surface.vertices)) < 0.1
    full, before = thin.areas(), outcome.largest.areas()
    assert full == pytest.approx(before, rel=0.03, abs=5)


def test_what_cannot_be_fused_is_refused(results: ResultsFolder) -> None:
    poses = true_poses(FRAMES)
    with pytest.raises(InputError, match="nothing to fuse"):
        fuse_sequence(results, true_sequence(poses, lost=tuple((n, "lost") for n in range(FRAMES))))
    with pytest.raises(InputError, match="names frame"):
        fuse_sequence(results, true_sequence(np.concatenate([poses, poses])))
    with pytest.raises(InputError, match="tracked camera"):
        fuse_sequence(results, true_sequence(poses), LENS.resize(60, 45))
    with pytest.raises(SettingsError, match="voxel"):
        FusionSettings(voxel=-1.0)
