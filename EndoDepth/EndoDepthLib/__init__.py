"""EndoDepth's library: endoscopy video to depth, named structures and surfaces.

Importing it loads neither torch nor vtk. The public names are imported when first used:

    model = EndoDepthModel.load()
    with Video.open("case.mp4") as video:
        for frame in video:
            result = model.predict(frame, prompts=["liver", "surgical instrument"])
            surface = surface_from_depth(result.depth, frame, result.labels)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

__version__ = "0.1.0"

_HOME = {
    "Camera": "values",
    "DepthMap": "values",
    "EndoDepthError": "errors",
    "EndoDepthModel": "inference",
    "Frame": "values",
    "LabelMap": "values",
    "Prediction": "inference",
    "Scale": "values",
    "Surface": "values",
    "Trajectory": "values",
    "Video": "video",
    "choose_camera": "geometry",
    "load_camera": "geometry",
    "load_catalogue": "inference",
    "surface_from_depth": "reconstruction",
}

if TYPE_CHECKING:
    from EndoDepthLib.errors import EndoDepthError
    from EndoDepthLib.geometry import choose_camera, load_camera
    from EndoDepthLib.inference import EndoDepthModel, Prediction, load_catalogue
    from EndoDepthLib.reconstruction import surface_from_depth
    from EndoDepthLib.values import Camera, DepthMap, Frame, LabelMap, Scale, Surface, Trajectory
    from EndoDepthLib.video import Video

__all__ = [
    "Camera",
    "DepthMap",
    "EndoDepthError",
    "EndoDepthModel",
    "Frame",
    "LabelMap",
    "Prediction",
    "Scale",
    "Surface",
    "Trajectory",
    "Video",
    "choose_camera",
    "load_camera",
    "load_catalogue",
    "surface_from_depth",
]

__getattr__ = lazy_names(__name__, _HOME)
