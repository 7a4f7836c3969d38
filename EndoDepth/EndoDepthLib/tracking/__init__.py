"""Camera motion of a results folder: where every frame was taken from, and what makes the depths of all agree.

Names are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.tracking.given_poses import GivenPoses, read_given_poses, read_hand_eye
    from EndoDepthLib.tracking.sequence_tracking import Tracked, track
    from EndoDepthLib.tracking.taking_given import Given
    from EndoDepthLib.tracking.tracked_folder import TrackedFolder, load_tracked, open_tracked, save_tracked

__all__ = [
    "Given",
    "GivenPoses",
    "Tracked",
    "TrackedFolder",
    "load_tracked",
    "open_tracked",
    "read_given_poses",
    "read_hand_eye",
    "save_tracked",
    "track",
]
_HOME = {
    "Given": "taking_given",
    "GivenPoses": "given_poses",
    "Tracked": "sequence_tracking",
    "TrackedFolder": "tracked_folder",
    "load_tracked": "tracked_folder",
    "open_tracked": "tracked_folder",
    "read_given_poses": "given_poses",
    "read_hand_eye": "given_poses",
    "save_tracked": "tracked_folder",
    "track": "sequence_tracking",
}

__getattr__ = lazy_names(__name__, _HOME)
