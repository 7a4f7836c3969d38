"""ATE and RPE of trajectories whose errors are known, against evo's own alignment and slow definitions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import fit_similarity
from EndoDepthLib.values import Trajectory
from EndoDepthTrainingLib.evaluation.pose_files import read_poses
from EndoDepthTrainingLib.evaluation.trajectories import (
    PREDICTION,
    STANDING_STILL,
    STRAIGHT_AHEAD,
    compare_trajectories,
    mean_figures,
    trajectory_figures,
    trajectory_table,
)


def rotation(axis_angle: np.ndarray) -> np.ndarray:
    """Rodrigues' formula."""
    angle = float(np.linalg.norm(axis_angle)) or 1e-12
    x, y, z = axis_angle / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross


def a_path(count: int = 30, noise: float = 0.0, seed: int = 0) -> Trajectory:
    """A winding camera; noise is added to positions (mm) and, a hundredth of it, to rotations (rad)."""
    rng = np.random.default_rng(seed)
    poses = np.tile(np.eye(4), (count, 1, 1))
    for i in range(count):
        poses[i, :3, 3] = [3 * np.sin(i / 5), 2 * np.cos(i / 7), 0.8 * i] + noise * rng.standard_normal(3)
        poses[i, :3, :3] = rotation(np.array([0.02 * i, 0.01 * i, 0.0]) + noise / 100 * rng.standard_normal(3))
    return Trajectory(poses, np.arange(count))


def moved(path: Trajectory, scale: float) -> Trajectory:
    """The same path in another world and another unit."""
    turn = rotation(np.array([0.4, -1.0, 0.3]))
    poses = path.world_from_camera.copy()
    poses[:, :3, :3] = turn @ poses[:, :3, :3]
    poses[:, :3, 3] = scale * poses[:, :3, 3] @ turn.T + [7.0, -3.0, 11.0]
    return Trajectory(poses, path.frame_indices)


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_another_world_and_another_unit_are_no_error(scale: float) -> None:
    figures = trajectory_figures(a_path(), moved(a_path(), scale))
    assert figures.ate_rmse_mm == pytest.approx(0.0, abs=1e-9)
    assert figures.rpe_translation_mm == pytest.approx(0.0, abs=1e-9)
    assert figures.rpe_rotation_deg == pytest.approx(0.0, abs=1e-5)


def test_figures_equal_their_definitions() -> None:
    reference, estimate = a_path(), moved(a_path(noise=0.3), 0.2)
    found = trajectory_figures(reference, estimate)
    from evo.core.geometry import umeyama_alignment

    true, predicted = reference.world_from_camera, estimate.world_from_camera
    turn, shift, scale = umeyama_alignment(predicted[:, :3, 3].T, true[:, :3, 3].T, with_scale=True)
    squares = [
        float(np.sum((scale * turn @ p[:3, 3] + shift - r[:3, 3]) ** 2)) for p, r in zip(predicted, true, strict=True)
    ]
    assert found.ate_rmse_mm == pytest.approx(np.sqrt(sum(squares) / len(squares)), rel=1e-6)
    steps, angles, length = [], [], 0.0
    for i in range(len(true) - 1):
        r = np.linalg.inv(true[i]) @ true[i + 1]
        p = np.linalg.inv(predicted[i]) @ predicted[i + 1]
        p[:3, 3] *= scale
        error = np.linalg.inv(r) @ p
        steps.append(float(np.sum(error[:3, 3] ** 2)))
        angles.append(np.degrees(np.arccos(np.clip((np.trace(error[:3, :3]) - 1) / 2, -1, 1))) ** 2)
        length += float(np.linalg.norm(r[:3, 3]))
    assert found.rpe_translation_mm == pytest.approx(np.sqrt(np.mean(steps)), rel=1e-6)
    assert found.rpe_rotation_deg == pytest.approx(np.sqrt(np.mean(angles)), rel=1e-4)
    assert found.path_mm == pytest.approx(length) and found.ate_of_path == pytest.approx(found.ate_rmse_mm / length)


def test_the_similarity_is_the_best_one_even_on_a_line_and_in_a_point() -> None:
    rng = np.random.default_rng(4)
    reference = rng.standard_normal((12, 3))
    for estimate in (rng.standard_normal((12, 3)), np.outer(np.arange(12.0), [0, 0, 1]), np.zeros((12, 3))):
        fit = fit_similarity(estimate, reference)
        assert np.linalg.det(fit.rotation) == pytest.approx(1.0)

        def error(scale: float, turn: np.ndarray, shift: np.ndarray, points: np.ndarray = estimate) -> float:
            return float(np.sum((scale * points @ turn.T + shift - reference) ** 2))

        best = error(fit.scale, fit.rotation, fit.translation)
        for _ in range(200):
            turn = rotation(0.1 * rng.standard_normal(3)) @ fit.rotation
            shift = fit.translation + 0.05 * rng.standard_normal(3)
            assert error(fit.scale * rng.uniform(0.9, 1.1), turn, shift) >= best - 1e-9


def test_trivial_answers_are_what_they_say() -> None:
    path = a_path()
    figures = compare_trajectories(path, moved(a_path(noise=0.05), 3.0))
    positions = path.world_from_camera[:, :3, 3]
    spread = np.sqrt(((positions - positions.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert figures[STANDING_STILL].ate_rmse_mm == pytest.approx(spread)
    assert figures[PREDICTION].ate_rmse_mm < figures[STRAIGHT_AHEAD].ate_rmse_mm < spread
    straight = np.tile(np.eye(4), (10, 1, 1))
    straight[:, :3, 3] = np.outer(np.arange(10), [0.0, 0.0, 2.0])
    line = Trajectory(straight, np.arange(10))
    assert compare_trajectories(line, line)[STRAIGHT_AHEAD].rpe_translation_mm == pytest.approx(0.0, abs=1e-9)
    table = trajectory_table({"a": figures, "b": figures})
    assert "Umeyama" in table and STANDING_STILL in table and "2 sequences: 60 poses" in table
    assert mean_figures({"a": figures, "b": figures})[PREDICTION].ate_rmse_mm == figures[PREDICTION].ate_rmse_mm


def test_frames_are_matched_by_their_number() -> None:
    path = a_path()
    some = np.array([25, 4, 11, 19])
    sparse = moved(Trajectory(path.world_from_camera[some], some), 0.5)
    assert trajectory_figures(path, sparse).ate_rmse_mm == pytest.approx(0.0, abs=1e-9)
    assert compare_trajectories(path, sparse)[STANDING_STILL].poses == 4
    with pytest.raises(InputError, match="2 are in both"):
        compare_trajectories(path, Trajectory(path.world_from_camera[:2], np.arange(2)))


def test_poses_come_back_from_both_formats(tmp_path: Path) -> None:
    import json

    from evo.core.trajectory import PosePath3D

    path = a_path(6)
    values = {"unit": "mm", "world_from_camera": path.world_from_camera.tolist()}
    (tmp_path / "poses.json").write_text(json.dumps(values), encoding="utf-8")
    assert np.allclose(read_poses(tmp_path / "poses.json").world_from_camera, path.world_from_camera)
    lines = ["# frame tx ty tz qx qy qz qw"]
    for i, quaternion in enumerate(PosePath3D(poses_se3=list(path.world_from_camera)).orientations_quat_wxyz):
        w, *xyz = quaternion
        lines.append(" ".join(map(str, [3 * i, *path.world_from_camera[i, :3, 3], *xyz, w])))
    (tmp_path / "poses.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = read_poses(tmp_path / "poses.txt")
    assert np.allclose(found.world_from_camera, path.world_from_camera)
    assert found.frame_indices.tolist() == [0, 3, 6, 9, 12, 15]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("p.json", "{", "cannot be read"),
        ("p.json", "[1]", "cannot be read"),
        ("p.json", '{"world_from_camera": [[[1, 0], [0, 1]]]}', "expected \\(N, 4, 4\\)"),
        ("p.txt", "", "lines of no numbers"),
        ("p.txt", "0 1 2 3", "lines of \\[4\\] numbers"),
        ("p.txt", "0 1 2 3 0 0 0 one", "something else than numbers"),
        ("p.txt", "0.5 1 2 3 0 0 0 1", "begin lines with times"),
        ("p.txt", "0 1 2 3 0 0 0 0", "quaternion of zeros"),
        ("p.txt", "0 1 2 3 0 0 0 1\n0 1 2 3 0 0 0 1", "a frame twice"),
        ("p.txt", "0 nan 2 3 0 0 0 1", "not finite"),
    ],
)
def test_bad_poses_are_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_poses(tmp_path / name)
    with pytest.raises(InputError, match="cannot be read"):
        read_poses(tmp_path / "none.txt")
