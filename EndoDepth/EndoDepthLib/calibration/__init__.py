"""The camera's intrinsics: from views of a printed board, or from the motion of the video itself, with uncertainty.

Names are loaded when first used, since most of them need OpenCV.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.calibration.board import DICTIONARIES, Board, BoardKind
    from EndoDepthLib.calibration.board_views import BoardView
    from EndoDepthLib.calibration.calibrating import CalibrationSettings, calibrate_camera
    from EndoDepthLib.calibration.capture import Capture, collect_views
    from EndoDepthLib.calibration.detection import BoardDetector
    from EndoDepthLib.calibration.from_motion import MotionCalibration, calibrate_from_motion
    from EndoDepthLib.calibration.printing import board_pdf, board_picture, board_png
    from EndoDepthLib.calibration.report import calibration_to_json, motion_calibration_to_json
    from EndoDepthLib.calibration.result import Calibration, LeftOutView

__all__ = [
    "DICTIONARIES",
    "Board",
    "BoardDetector",
    "BoardKind",
    "BoardView",
    "Calibration",
    "CalibrationSettings",
    "Capture",
    "LeftOutView",
    "MotionCalibration",
    "board_pdf",
    "board_picture",
    "board_png",
    "calibrate_camera",
    "calibrate_from_motion",
    "calibration_to_json",
    "collect_views",
    "motion_calibration_to_json",
]
_HOME = {
    "DICTIONARIES": "board",
    "Board": "board",
    "BoardDetector": "detection",
    "BoardKind": "board",
    "BoardView": "board_views",
    "Calibration": "result",
    "CalibrationSettings": "calibrating",
    "Capture": "capture",
    "LeftOutView": "result",
    "MotionCalibration": "from_motion",
    "board_pdf": "printing",
    "board_picture": "printing",
    "board_png": "printing",
    "calibrate_camera": "calibrating",
    "calibrate_from_motion": "from_motion",
    "calibration_to_json": "report",
    "collect_views": "capture",
    "motion_calibration_to_json": "report",
}

__getattr__ = lazy_names(__name__, _HOME)
