"""How the camera moved: structure from motion by COLMAP, which gives intrinsics, poses and sparse points.

Names are loaded when first used; the engine itself (pycolmap) only ever runs in a process of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.motion.estimate import estimate_motion
    from EndoDepthLib.motion.instruments import instrument_masks
    from EndoDepthLib.motion.motion_file import load_motion, save_motion
    from EndoDepthLib.motion.result import Motion, MotionFailure, MotionProblem, SparsePoints
    from EndoDepthLib.motion.settings import MotionSettings
    from EndoDepthLib.motion.tracking import FrameMotion, follow

__all__ = [
    "FrameMotion",
    "Motion",
    "MotionFailure",
    "MotionProblem",
    "MotionSettings",
    "SparsePoints",
    "estimate_motion",
    "follow",
    "instrument_masks",
    "load_motion",
    "save_motion",
]
_HOME = {
    "FrameMotion": "tracking",
    "Motion": "result",
    "MotionFailure": "result",
    "MotionProblem": "result",
    "MotionSettings": "settings",
    "SparsePoints": "result",
    "estimate_motion": "estimate",
    "follow": "tracking",
    "instrument_masks": "instruments",
    "load_motion": "motion_file",
    "save_motion": "motion_file",
}

__getattr__ = lazy_names(__name__, _HOME)
