"""View synthesis on tensors: rigid motion, the full camera model, and drawing one frame from another."""

from EndoDepthTrainingLib.geometry.lens import Lens
from EndoDepthTrainingLib.geometry.rigid import inverse_rigid, rigid_from_twist, rotation_from_axis_angle
from EndoDepthTrainingLib.geometry.view_synthesis import (
    View,
    pixel_grid,
    sample_at,
    source_view,
    synthesise,
    warp_by_flow,
)

__all__ = [
    "Lens",
    "View",
    "inverse_rigid",
    "pixel_grid",
    "rigid_from_twist",
    "rotation_from_axis_angle",
    "sample_at",
    "source_view",
    "synthesise",
    "warp_by_flow",
]
