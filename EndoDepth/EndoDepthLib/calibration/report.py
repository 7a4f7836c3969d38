"""calibration.json: what a calibration rests on, and how certain each number is."""

from __future__ import annotations

from typing import Any

import numpy as np

from EndoDepthLib.calibration.adjustment import rms
from EndoDepthLib.calibration.from_motion import MotionCalibration
from EndoDepthLib.calibration.result import Calibration
from EndoDepthLib.geometry.camera_file import camera_to_json

SCHEMA = "endodepth-calibration"
VERSION = 1


def calibration_to_json(calibration: Calibration, source: str) -> dict[str, Any]:
    """Plain JSON values. source: name of the recording."""
    names = calibration.parameter_names
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "how": "board",
        "source": source,
        "camera": camera_to_json(calibration.camera),
        "lens": calibration.lens,
        "intrinsics": {
            name: {"value": value, "standard_deviation": deviation}
            for name, value, deviation in zip(names, calibration.values, calibration.standard_deviations, strict=True)
        },
        "covariance": {"order": list(names), "rows": calibration.covariance.tolist()},
        "reprojection_rms_px": calibration.rms_px,
        "held_out_reprojection_px": calibration.held_out_px,
        "coverage": calibration.coverage,
        "largest_tilt_deg": calibration.tilt_deg,
        "content_without_ray": calibration.without_ray,
        "board": {
            "kind": calibration.board.kind.value,
            "columns": calibration.board.columns,
            "rows": calibration.board.rows,
            "square_mm": calibration.board.square_mm,
            "marker_mm": calibration.board.marker_mm,
            "dictionary": calibration.board.dictionary,
        },
        "frames_searched": calibration.searched,
        "frames_used": [
            {
                "frame": view.index,
                "corners": view.corners.tolist(),
                "pixels": np.round(view.pixels, 4).tolist(),
                "residuals_px": np.round(residuals, 4).tolist(),
                "rms_px": rms(residuals),
                "edge_width_px": view.edge_width_px,
                "camera_from_board_mm": pose.tolist(),
            }
            for view, residuals, pose in zip(
                calibration.views, calibration.residuals, calibration.camera_from_board, strict=True
            )
        ],
        "frames_left_out": [{"frame": view.index, "reason": view.reason} for view in calibration.left_out],
    }


def motion_calibration_to_json(calibration: MotionCalibration, source: str) -> dict[str, Any]:
    """Plain JSON values. source: name of the recording."""
    camera, motion = calibration.camera, calibration.motion
    focal = {"value": camera.fx, "standard_deviation": calibration.focal_deviation_px}
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "how": "motion",
        "source": source,
        "camera": camera_to_json(camera),
        "lens": "pinhole, one radial coefficient",
        "intrinsics": {
            "fx": focal,
            "fy": focal,
            "k1": {"value": camera.distortion[0], "standard_deviation": calibration.k1_deviation},
        },
        "held": {"cx": camera.cx, "cy": camera.cy, "p1": 0.0, "p2": 0.0, "k2": 0.0, "fx = fy": True},
        "formal_standard_deviation": {"fx": calibration.formal_focal_px, "k1": calibration.formal_k1},
        "even_and_odd_frames": {"fx": list(calibration.halves_focal_px), "k1": list(calibration.halves_k1)},
        "reprojection_mean_px": motion.mean_error_px,
        "median_triangulation_angle_deg": motion.median_angle_deg,
        "points": len(motion.points.xyz),
        "frames_given": motion.frames_given,
        "frames_used": motion.trajectory.frame_indices.tolist(),
    }
