"""How far predicted camera poses are from known ones: ATE and RPE (by evo), beside trivial answers.

Sturm et al., A benchmark for the evaluation of RGB-D SLAM systems, IROS 2012. Poses from one camera are known up to
scale, so the estimate is first brought to the reference by the similarity of Umeyama (PAMI 1991), over all poses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.tables import number, text_table
from EndoDepthLib.geometry import fit_similarity
from EndoDepthLib.values import Trajectory

ALIGNMENT = "similarity over all poses (Umeyama, with scale)"
PREDICTION = "prediction"
STANDING_STILL = "standing still"
STRAIGHT_AHEAD = "straight ahead at constant speed"
LEAST_POSES = 3
COLUMNS = ("poses", "ATE mm", "ATE % of path", "RPE mm", "RPE deg")


@dataclass(frozen=True)
class TrajectoryFigures:
    """Figures of one sequence, or their mean; lengths in millimetres (of the reference).

    ate_rmse_mm: root mean square distance of positions after ALIGNMENT. ate_of_path: the same as a fraction of
    path_mm, the length of the reference's path (NaN when it does not move). rpe_translation_mm and rpe_rotation_deg:
    root mean square error of the motion from one compared pose to the next, the translation scaled as in ALIGNMENT.
    poses: how many were compared.
    """

    ate_rmse_mm: float
    ate_of_path: float
    rpe_translation_mm: float
    rpe_rotation_deg: float
    path_mm: float
    poses: int


def trajectory_figures(reference: Trajectory, estimate: Trajectory) -> TrajectoryFigures:
    """Figures of the poses both have, matched by frame; the reference in millimetres, the estimate in any scale.

    Raises InputError when fewer than three frames are in both.
    """
    from evo.core.metrics import APE, RPE, PoseRelation, StatisticsType
    from evo.core.trajectory import PosePath3D

    true_poses, poses = _common(reference, estimate)
    fit = fit_similarity(poses[:, :3, 3], true_poses[:, :3, 3])
    aligned = np.tile(np.eye(4), (len(poses), 1, 1))
    aligned[:, :3, :3] = fit.rotation @ poses[:, :3, :3]
    aligned[:, :3, 3] = fit.apply(poses[:, :3, 3])
    pair = (PosePath3D(poses_se3=list(true_poses)), PosePath3D(poses_se3=list(aligned)))
    metrics = (
        APE(PoseRelation.translation_part),
        RPE(PoseRelation.translation_part),
        RPE(PoseRelation.rotation_angle_deg),
    )
    for metric in metrics:
        metric.process_data(pair)
    ate, translation, rotation = (float(metric.get_statistic(StatisticsType.rmse)) for metric in metrics)
    path = float(pair[0].path_length)
    return TrajectoryFigures(ate, ate / path if path > 0 else math.nan, translation, rotation, path, len(poses))


def trivial_trajectories(reference: Trajectory) -> dict[str, Trajectory]:
    """What answers without looking: the camera stays where it is, or moves along its axis at constant speed."""
    still = np.tile(np.eye(4), (len(reference.frame_indices), 1, 1))
    ahead = still.copy()
    ahead[:, 2, 3] = reference.frame_indices
    return {
        STANDING_STILL: Trajectory(still, reference.frame_indices),
        STRAIGHT_AHEAD: Trajectory(ahead, reference.frame_indices),
    }


def compare_trajectories(reference: Trajectory, estimate: Trajectory) -> dict[str, TrajectoryFigures]:
    """Figures of the prediction and of each trivial answer on the same poses. Raises InputError as above."""
    true_poses, _ = _common(reference, estimate)
    shared = np.intersect1d(reference.frame_indices, estimate.frame_indices)
    common = Trajectory(true_poses, shared)
    answers = {PREDICTION: estimate, **trivial_trajectories(common)}
    return {name: trajectory_figures(common, answer) for name, answer in answers.items()}


def mean_figures(sequences: Mapping[str, Mapping[str, TrajectoryFigures]]) -> dict[str, TrajectoryFigures]:
    """The mean over sequences of each answer's figures; poses and paths are added up."""
    means = {}
    for name in next(iter(sequences.values()), {}):
        every = [figures[name] for figures in sequences.values()]
        of_path = [figures.ate_of_path for figures in every if not math.isnan(figures.ate_of_path)]
        means[name] = TrajectoryFigures(
            float(np.mean([figures.ate_rmse_mm for figures in every])),
            float(np.mean(of_path)) if of_path else math.nan,
            float(np.mean([figures.rpe_translation_mm for figures in every])),
            float(np.mean([figures.rpe_rotation_deg for figures in every])),
            sum(figures.path_mm for figures in every),
            sum(figures.poses for figures in every),
        )
    return means


def trajectory_rows(sequences: Mapping[str, Mapping[str, TrajectoryFigures]]) -> list[list[str]]:
    """A line of the table for each answer, the mean over sequences, in the order of COLUMNS."""
    return [
        [
            name,
            number(figures.ate_rmse_mm),
            number(100.0 * figures.ate_of_path, 1),
            number(figures.rpe_translation_mm, 4),
            number(figures.rpe_rotation_deg, 3),
        ]
        for name, figures in mean_figures(sequences).items()
    ]


def trajectory_note(sequences: Mapping[str, Mapping[str, TrajectoryFigures]]) -> str:
    """What the figures are of and how they were aligned."""
    total = next(iter(mean_figures(sequences).values()))
    count = f"{len(sequences)} sequence{'' if len(sequences) == 1 else 's'}"
    return (
        f"root mean squares, mean over {count}: {total.poses} poses, {total.path_mm:.1f} mm of path; aligned by a "
        f"{ALIGNMENT}; RPE from one compared pose to the next"
    )


def trajectory_table(sequences: Mapping[str, Mapping[str, TrajectoryFigures]]) -> str:
    """The mean figures as lines of text, with the alignment under them."""
    return "\n".join([text_table(COLUMNS, trajectory_rows(sequences)), trajectory_note(sequences)])


def _common(reference: Trajectory, estimate: Trajectory) -> tuple[np.ndarray, np.ndarray]:
    shared, of_reference, of_estimate = np.intersect1d(
        reference.frame_indices, estimate.frame_indices, return_indices=True
    )
    if len(shared) < LEAST_POSES:
        raise InputError(
            f"predicted poses are of {len(estimate.frame_indices)} frames, known ones of "
            f"{len(reference.frame_indices)}, and {len(shared)} are in both; expected at least {LEAST_POSES}"
        )
    return reference.world_from_camera[of_reference], estimate.world_from_camera[of_estimate]
