"""The values that travel between the layers: frozen, validated when made, numpy only."""

from EndoDepthLib.values.camera import Camera, DistortionModel
from EndoDepthLib.values.depth_map import NOMINAL_MEDIAN_DEPTH, DepthMap, Scale
from EndoDepthLib.values.frame import Frame
from EndoDepthLib.values.label_map import LabelMap
from EndoDepthLib.values.surface import Surface
from EndoDepthLib.values.tracked_sequence import TrackedSequence
from EndoDepthLib.values.trajectory import Trajectory

__all__ = [
    "NOMINAL_MEDIAN_DEPTH",
    "Camera",
    "DepthMap",
    "DistortionModel",
    "Frame",
    "LabelMap",
    "Scale",
    "Surface",
    "TrackedSequence",
    "Trajectory",
]
