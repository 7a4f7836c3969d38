"""Between our cameras and COLMAP's: other names, and pixel centres at .5 instead of whole numbers."""

from __future__ import annotations

from collections.abc import Sequence

from EndoDepthLib.values import Camera, DistortionModel

_CENTRE = 0.5


def starting_model(camera: Camera) -> tuple[str, list[float]]:
    """SIMPLE_RADIAL (one focal length, one distortion coefficient) that starts where `camera` is, to be refined."""
    k1 = camera.distortion[0] if camera.distortion_model is DistortionModel.BROWN_CONRADY else 0.0
    return "SIMPLE_RADIAL", [(camera.fx + camera.fy) / 2.0, camera.cx + _CENTRE, camera.cy + _CENTRE, k1]


def exact_model(camera: Camera) -> tuple[str, list[float]]:
    """The model that holds `camera` as it is, to be kept."""
    pinhole = [camera.fx, camera.fy, camera.cx + _CENTRE, camera.cy + _CENTRE]
    if camera.distortion_model is DistortionModel.FISHEYE:
        return "OPENCV_FISHEYE", [*pinhole, *camera.distortion]
    if camera.distortion_model is DistortionModel.BROWN_CONRADY:
        return "FULL_OPENCV", [*pinhole, *camera.distortion, *([0.0] * (8 - len(camera.distortion)))]
    return "PINHOLE", pinhole


def refined_camera(params: Sequence[float], width: int, height: int) -> Camera:
    """Our camera for the parameters f, cx, cy, k of a SIMPLE_RADIAL one."""
    focal, cx, cy, k1 = (float(value) for value in params)
    return Camera(
        focal, focal, cx - _CENTRE, cy - _CENTRE, width, height, DistortionModel.BROWN_CONRADY, (k1, 0.0, 0.0, 0.0)
    )
