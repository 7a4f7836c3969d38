"""Millimetres for what is known up to scale: their sources, error bars, file, and the folder brought to millimetres.

Names are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.scaling.estimate import ScaleEstimate, UnitScale
    from EndoDepthLib.scaling.frames_in_units import FramesInUnits, open_frames
    from EndoDepthLib.scaling.instrument import measure_shafts
    from EndoDepthLib.scaling.known_distance import KnownDistance, measure_distance, measure_vertices
    from EndoDepthLib.scaling.measurement import Combined, Measurement, combine
    from EndoDepthLib.scaling.metric_frames import tracked_in_mm, write_metric_results
    from EndoDepthLib.scaling.pose_table import PoseTable, read_pose_table
    from EndoDepthLib.scaling.scale_file import load_scale, save_scale
    from EndoDepthLib.scaling.stereo import StereoMatcher
    from EndoDepthLib.scaling.stereo_rig import StereoRig, load_stereo_rig, save_stereo_rig
    from EndoDepthLib.scaling.tracked_poses import PoseScale, scale_from_poses

__all__ = [
    "Combined",
    "FramesInUnits",
    "KnownDistance",
    "Measurement",
    "PoseScale",
    "PoseTable",
    "ScaleEstimate",
    "StereoMatcher",
    "StereoRig",
    "UnitScale",
    "combine",
    "load_scale",
    "load_stereo_rig",
    "measure_distance",
    "measure_shafts",
    "measure_vertices",
    "open_frames",
    "read_pose_table",
    "save_scale",
    "save_stereo_rig",
    "scale_from_poses",
    "tracked_in_mm",
    "write_metric_results",
]
_HOME = {
    "Combined": "measurement",
    "FramesInUnits": "frames_in_units",
    "KnownDistance": "known_distance",
    "Measurement": "measurement",
    "PoseScale": "tracked_poses",
    "PoseTable": "pose_table",
    "ScaleEstimate": "estimate",
    "StereoMatcher": "stereo",
    "StereoRig": "stereo_rig",
    "UnitScale": "estimate",
    "combine": "measurement",
    "load_scale": "scale_file",
    "load_stereo_rig": "stereo_rig",
    "measure_distance": "known_distance",
    "measure_shafts": "instrument",
    "measure_vertices": "known_distance",
    "open_frames": "frames_in_units",
    "read_pose_table": "pose_table",
    "save_scale": "scale_file",
    "save_stereo_rig": "stereo_rig",
    "scale_from_poses": "tracked_poses",
    "tracked_in_mm": "metric_frames",
    "write_metric_results": "metric_frames",
}

__getattr__ = lazy_names(__name__, _HOME)
