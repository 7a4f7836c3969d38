"""Camera files and the choice of the camera."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import CameraError
from EndoDepthLib.geometry import CameraSource, choose_camera, default_camera, load_camera, save_camera
from EndoDepthLib.values import Camera, DistortionModel

GOOD: dict[str, Any] = {"fx": 800.0, "fy": 790.0, "cx": 640.0, "cy": 360.0, "width": 1280, "height": 720}


def write(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "camera.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "camera",
    [
        Camera(800.0, 790.0, 640.1, 360.2, 1280, 720),
        Camera(800.0, 790.0, 640.1, 360.2, 1280, 720, DistortionModel.BROWN_CONRADY, (-0.3, 0.1, 0.001, -0.002, 0.05)),
        Camera(800.0, 790.0, 640.1, 360.2, 1280, 720, DistortionModel.FISHEYE, (-0.04, 0.01, 0.0, 0.0)),
    ],
)
def test_what_is_saved_is_loaded(camera: Camera, tmp_path: Path) -> None:
    save_camera(camera, tmp_path / "camera.json")
    assert load_camera(tmp_path / "camera.json", 1280, 720) == camera


def test_opencv_forms_are_understood(tmp_path: Path) -> None:
    matrix = [[800.0, 0.0, 640.0], [0.0, 790.0, 360.0], [0.0, 0.0, 1.0]]
    expected = Camera(800.0, 790.0, 640.0, 360.0, 1280, 720, DistortionModel.BROWN_CONRADY, (-0.3, 0.1, 0.0, 0.0, 0.05))
    for content in (
        {"camera_matrix": matrix, "distortion": [[-0.3, 0.1, 0.0, 0.0, 0.05]], "width": 1280, "height": 720},
        {"K": {"data": sum(matrix, [])}, "D": [-0.3, 0.1, 0, 0, 0.05], "width": 1280, "height": 720},
        {
            "image_width": 1280,
            "image_height": 720,
            "camera_name": "tower",
            "camera_matrix": {"rows": 3, "cols": 3, "data": sum(matrix, [])},
            "distortion_model": "plumb_bob",
            "distortion_coefficients": {"rows": 1, "cols": 5, "data": [-0.3, 0.1, 0, 0, 0.05]},
            "rectification_matrix": {"rows": 3, "cols": 3, "data": [1, 0, 0, 0, 1, 0, 0, 0, 1]},
        },
    ):
        assert load_camera(write(tmp_path, content), 1280, 720) == expected
    zeros = {**GOOD, "distortion": [0, 0, 0, 0, 0], "distortion_model": "none"}
    assert load_camera(write(tmp_path, zeros)) == Camera(800.0, 790.0, 640.0, 360.0, 1280, 720)


def test_what_cv2_file_storage_writes_is_read_whole(tmp_path: Path) -> None:
    lens = np.array([[-0.3], [0.1], [0.001], [-0.002], [0.05]])
    storage = cv2.FileStorage(str(tmp_path / "camera.json"), cv2.FILE_STORAGE_WRITE)
    storage.write("image_width", 1280)
    storage.write("image_height", 720)
    storage.write("camera_matrix", np.array([[800.0, 0.0, 640.5], [0.0, 790.0, 360.0], [0.0, 0.0, 1.0]]))
    storage.write("dist_coeffs", lens)
    storage.release()
    expected = Camera(800.0, 790.0, 640.5, 360.0, 1280, 720, DistortionModel.BROWN_CONRADY, tuple(lens.ravel()))
    assert load_camera(tmp_path / "camera.json", 1280, 720) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("hello", "is not JSON"),
        ("[1, 2]", "holds a list"),
        ({}, "fx, fy, cx, cy missing"),
        ({**GOOD, "fx": math.nan}, "fx holds nan; expected a finite number"),
        ({**GOOD, "fx": 0}, "fx is 0.0; expected a focal length above 0"),
        ({**GOOD, "cy": "middle"}, "cy holds 'middle'"),
        ({"fx": 800.0, "fy": 790.0, "cx": 640.0, "width": 1280, "height": 720}, "cy missing"),
        ({**GOOD, "width": 640}, "is for 640x720 pixels but the video has 1280x720"),
        ({**GOOD, "height": 720.5}, "height is 720.5"),
        ({**GOOD, "distortion": [0.1, 0.2]}, "has 2 coefficients"),
        ({**GOOD, "distortion": [0.1, 0.2, 0, None]}, "distortion holds None"),
        ({**GOOD, "distortion": [0.1, 0, 0, 0, 0], "distortion_model": "fisheye"}, "takes 4"),
        ({**GOOD, "distortion_model": "magic"}, "distortion_model is 'magic'"),
        ({"camera_matrix": [[1, 0], [0, 1]], "width": 1280, "height": 720}, "has 4 numbers; expected 3 x 3"),
        ({"camera_matrix": [[9, 2, 3], [0, 9, 3], [0, 0, 1]], "width": 1280, "height": 720}, "skew"),
        ({**GOOD, "focal": 3, "skew": 0}, "unknown keys 'focal', 'skew'; expected only fx, fy, cx, cy, camera_matrix"),
        ({**GOOD, "image_width": 1280}, "image_width says again what width means"),
        ({**GOOD, "camera_matrix": [[9, 0, 3], [0, 9, 3], [0, 0, 1]]}, "fx, fy, cx, cy beside camera_matrix"),
        ({"fx": 800.0, "fy": 790.0, "cx": 640.0, "cy": 360.0}, "width and height missing; expected the image size"),
        ({**GOOD, "width": None}, "width missing"),
        ({**GOOD, "fx": int("9" * 400)}, "fx holds 999"),
        ({**GOOD, "height": int("9" * 400)}, "height holds 999"),
        ('{"fx": ' + "9" * 5000 + "}", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_bad_camera_files_are_refused_in_one_line(content: Any, expected: str, tmp_path: Path) -> None:
    with pytest.raises(CameraError) as raised:
        load_camera(write(tmp_path, content), 1280, 720)
    assert expected in str(raised.value) and "camera.json" in str(raised.value) and "\n" not in str(raised.value)


def test_missing_and_binary_camera_files(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="cannot be read"):
        load_camera(tmp_path / "nowhere.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00\x9d")
    with pytest.raises(CameraError, match="not text"):
        load_camera(tmp_path / "binary.json")
    with pytest.raises(CameraError, match="width and height missing"):
        load_camera(write(tmp_path, {"fx": 1, "fy": 1, "cx": 1, "cy": 1}))


def test_choice_of_the_camera_says_where_it_is_from(tmp_path: Path) -> None:
    chosen = choose_camera(1280, 720, path=write(tmp_path, GOOD))
    assert chosen.source is CameraSource.FILE and chosen.warning is None and chosen.camera.fx == 800.0
    chosen = choose_camera(1280, 720, fov_deg=80.0)
    assert chosen.source is CameraSource.FOV and chosen.warning is None
    diagonal_deg = 2 * math.degrees(math.atan(math.hypot(1280, 720) / 2 / chosen.camera.fx))
    assert diagonal_deg == pytest.approx(80.0)
    chosen = choose_camera(1280, 720)
    assert chosen.source is CameraSource.GUESSED and chosen.warning and chosen.camera == default_camera(1280, 720)
    with pytest.raises(CameraError, match="expected one of them"):
        choose_camera(1280, 720, path="camera.json", fov_deg=80.0)


@pytest.mark.parametrize("fov_deg", [0.0, 180.0, -5.0, math.nan, math.inf])
def test_impossible_fields_of_view(fov_deg: float) -> None:
    with pytest.raises(CameraError, match="field of view"):
        choose_camera(640, 480, fov_deg=fov_deg)
