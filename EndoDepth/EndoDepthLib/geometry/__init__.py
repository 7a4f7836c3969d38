"""Cameras at work: rays, projection, undistortion, and camera files."""

from EndoDepthLib.geometry.camera_file import load_camera, save_camera
from EndoDepthLib.geometry.camera_source import (
    DEFAULT_FOV_DEG,
    CameraSource,
    SourcedCamera,
    choose_camera,
    default_camera,
)
from EndoDepthLib.geometry.projection import camera_rays, project, unproject
from EndoDepthLib.geometry.similarity_fit import Similarity, fit_similarity
from EndoDepthLib.geometry.undistortion import Undistorter, undistort_image

__all__ = [
    "DEFAULT_FOV_DEG",
    "CameraSource",
    "Similarity",
    "SourcedCamera",
    "Undistorter",
    "camera_rays",
    "choose_camera",
    "default_camera",
    "fit_similarity",
    "load_camera",
    "project",
    "save_camera",
    "undistort_image",
    "unproject",
]
