"""Camera files: JSON of OpenCV quantities."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from EndoDepthLib.errors import CameraError
from EndoDepthLib.values import Camera, DistortionModel

_MODEL_NAMES = {
    "none": DistortionModel.NONE,
    "pinhole": DistortionModel.NONE,
    "brown_conrady": DistortionModel.BROWN_CONRADY,
    "brown": DistortionModel.BROWN_CONRADY,
    "opencv": DistortionModel.BROWN_CONRADY,
    "plumb_bob": DistortionModel.BROWN_CONRADY,
    "rational_polynomial": DistortionModel.BROWN_CONRADY,
    "fisheye": DistortionModel.FISHEYE,
    "kannala_brandt": DistortionModel.FISHEYE,
    "opencv_fisheye": DistortionModel.FISHEYE,
    "equidistant": DistortionModel.FISHEYE,
}

_ALIASES = {  # as cv2.FileStorage and ROS write them
    "K": "camera_matrix",
    "D": "distortion",
    "distortion_coefficients": "distortion",
    "dist_coeffs": "distortion",
    "image_width": "width",
    "image_height": "height",
}
_KNOWN = ("fx", "fy", "cx", "cy", "camera_matrix", "distortion_model", "distortion", "width", "height")
_WITHOUT_EFFECT = frozenset(
    {  # what calibration programs note beside the lens; rectification is of another picture
        "camera_name",
        "rectification_matrix",
        "projection_matrix",
        "calibration_time",
        "nframes",
        "nr_of_frames",
        "avg_reprojection_error",
        "per_view_reprojection_errors",
    }
)


def load_camera(path: str | Path, width: int | None = None, height: int | None = None) -> Camera:
    """Read a camera file; with `width` and `height` (pixels of the video) the file must be for that size.

    JSON keys: `camera_matrix` (3 x 3) or `fx fy cx cy`; `distortion` (OpenCV order; may be left out);
    `distortion_model` ("none", "brown_conrady" or "fisheye"; Brown-Conrady when coefficients come without it);
    `width`, `height` (pixels). Also the names that cv2.FileStorage and ROS write: `distortion_coefficients`,
    `dist_coeffs`, `image_width`, `image_height`, `K`, `D`. Raises CameraError: no file, no JSON, unknown keys, missing
    or non-finite numbers, another image size.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CameraError(f"camera file {path} cannot be read ({error.strerror}); expected a JSON file") from None
    except (ValueError, RecursionError) as error:  # ValueError: also a number of more digits than Python converts
        reason = "not text" if isinstance(error, UnicodeDecodeError) else getattr(error, "msg", str(error))
        raise CameraError(f"camera file {path} is not JSON ({reason}); expected fx, fy, cx, cy, ...") from None
    try:
        camera = camera_from_json(content)
    except CameraError as error:
        raise CameraError(f"camera file {path}: {error}") from None
    for name, wanted in (("width", width), ("height", height)):
        if wanted is not None and getattr(camera, name) != wanted:
            raise CameraError(
                f"camera file {path} is for {camera.width}x{camera.height} pixels but the video has {width}x{height}; "
                "calibrate at the video's size, or scale fx, cx by the width's ratio and fy, cy by the height's"
            )
    return camera


def camera_from_json(content: Any) -> Camera:
    """The camera of JSON values as load_camera reads them from a file. Raises CameraError when they are none."""
    if not isinstance(content, dict):
        raise CameraError(f"it holds a {type(content).__name__}; expected an object with fx, fy, cx, cy")
    return _camera_from_json(_with_usual_names(content))


def save_camera(camera: Camera, path: str | Path) -> None:
    """Write the camera as the JSON that load_camera reads."""
    Path(path).write_text(json.dumps(camera_to_json(camera), indent=2) + "\n", encoding="utf-8")


def camera_to_json(camera: Camera) -> dict[str, Any]:
    """The camera as plain JSON values."""
    return {
        "fx": camera.fx,
        "fy": camera.fy,
        "cx": camera.cx,
        "cy": camera.cy,
        "distortion_model": camera.distortion_model.value,
        "distortion": list(camera.distortion),
        "width": camera.width,
        "height": camera.height,
    }


def _with_usual_names(content: dict[str, Any]) -> dict[str, Any]:
    """The content under the names of _KNOWN. Raises CameraError for names that are unknown or mean the same."""
    unknown = [key for key in content if key not in (*_KNOWN, *_ALIASES, *_WITHOUT_EFFECT)]
    if unknown:
        known = ", ".join((*_KNOWN, *_ALIASES))
        raise CameraError(f"unknown keys {', '.join(map(_short, unknown))}; expected only {known}")
    usual: dict[str, Any] = {}
    for key, value in content.items():
        name = _ALIASES.get(key, key)
        if name in usual:
            raise CameraError(f"{key} says again what {name} means; expected one of them")
        usual[name] = value
    return usual


def _camera_from_json(content: dict[str, Any]) -> Camera:
    fx, fy, cx, cy = _intrinsics(content)
    given_coefficients = content.get("distortion")
    coefficients = () if given_coefficients is None else _flat_numbers(given_coefficients, "distortion")
    given = content.get("distortion_model")
    if given is None:
        model = DistortionModel.BROWN_CONRADY if coefficients else DistortionModel.NONE
    elif isinstance(given, str) and given.strip().lower().replace("-", "_").replace(" ", "_") in _MODEL_NAMES:
        model = _MODEL_NAMES[given.strip().lower().replace("-", "_").replace(" ", "_")]
    else:
        raise CameraError(f"distortion_model is {given!r}; expected 'none', 'brown_conrady' or 'fisheye'")
    if model is DistortionModel.NONE and not any(coefficients):
        coefficients = ()
    missing = [name for name in ("width", "height") if content.get(name) is None]
    if missing:
        raise CameraError(f"{' and '.join(missing)} missing; expected the image size in pixels of the calibration")
    size = []
    for name in ("width", "height"):
        number = _number(content[name], name)
        if number != int(number) or number < 1:
            raise CameraError(f"{name} is {number!r}; expected a whole number of pixels, at least 1")
        size.append(int(number))
    return Camera(fx, fy, cx, cy, size[0], size[1], model, coefficients)


def _intrinsics(content: dict[str, Any]) -> tuple[float, float, float, float]:
    matrix = content.get("camera_matrix")
    if matrix is not None:
        twice = [name for name in ("fx", "fy", "cx", "cy") if name in content]
        if twice:
            raise CameraError(f"{', '.join(twice)} beside camera_matrix; expected one or the other")
        numbers = _flat_numbers(matrix, "camera_matrix")
        if len(numbers) != 9:
            raise CameraError(f"camera_matrix has {len(numbers)} numbers; expected 3 x 3")
        if numbers[1] != 0 or numbers[3:4] != (0,) or numbers[6:] != (0, 0, 1):
            raise CameraError("camera_matrix is not [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]; skew is not supported")
        return numbers[0], numbers[4], numbers[2], numbers[5]
    missing = [name for name in ("fx", "fy", "cx", "cy") if name not in content]
    if missing:
        raise CameraError(f"{', '.join(missing)} missing; expected fx, fy, cx, cy in pixels or camera_matrix (3 x 3)")
    fx, fy, cx, cy = (_number(content[name], name) for name in ("fx", "fy", "cx", "cy"))
    return fx, fy, cx, cy


def _flat_numbers(value: Any, name: str) -> tuple[float, ...]:
    """Numbers of a list that may be nested (OpenCV writes [[k1, k2, ...]]) or wrapped as {"data": [...]}."""
    if isinstance(value, dict) and "data" in value:
        value = value["data"]
    if isinstance(value, list):
        return tuple(number for item in value for number in _flat_numbers(item, name))
    return (_number(value, name),)


def _number(value: Any, name: str) -> float:
    try:
        number = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
    except OverflowError:  # a whole number beyond what float64 holds
        number = math.inf
    if not math.isfinite(number):
        raise CameraError(f"{name} holds {_short(value)}; expected a finite number")
    return number


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
