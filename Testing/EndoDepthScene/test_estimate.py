"""The size of a scene is known, within about 30 %, before the run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sample_case.lettered import camera, depth, request

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.reconstruction import surface_from_depth
from EndoDepthLib.results import ResultsFolder, ResultsWriter
from EndoDepthLib.values import DepthMap, Frame, LabelMap
from EndoDepthScene import build_scene, estimate_scene_bytes, estimate_scene_memory_bytes


@pytest.mark.parametrize("stride", [2, 5])
def test_the_estimate_is_within_a_third_of_the_truth(tmp_path: Path, stride: int) -> None:
    lens = camera(240, 180)
    asked = request(lens)
    writer = ResultsWriter.create(tmp_path / "out", asked)
    rows, columns = np.mgrid[: lens.height, : lens.width]
    random = np.random.default_rng(4)
    for number in range(4):
        # Video: smooth shading with sensor noise of about two grey levels.
        smooth = 120 + 60 * np.sin(columns[..., None] / 40 + number + np.arange(3)) * np.cos(rows[..., None] / 35)
        image = np.clip(smooth + random.normal(0, 2, smooth.shape), 0, 255).astype(np.uint8)
        frame = Frame(image, number, 0.2 * number)
        wall = depth(lens, number)
        values = DepthMap(wall.depth, np.clip(image[..., 0] / 255, 0, 1).astype(np.float32), lens)
        labels = LabelMap((rows > 90).astype(np.uint8), asked.names)
        writer.write_frame(number, frame, values, labels, surface_from_depth(values, frame, labels, stride))
    writer.finish()
    build_scene(ResultsFolder.open(tmp_path / "out"), tmp_path / "scene.mrb")
    size = (tmp_path / "scene.mrb").stat().st_size
    assert 0.7 < estimate_scene_bytes(4, lens.width, lens.height, stride) / size < 1.3


def test_memory_is_that_of_the_arrays() -> None:
    # 50 frames of 1280 x 720: RGB, float32 depth, confidence and labels a pixel; 56 bytes a vertex at stride 4.
    arrays = 50 * (1280 * 720 * 9 + 320 * 180 * 56)
    assert arrays < estimate_scene_memory_bytes(50, 1280, 720, 4) < 1.05 * arrays


def test_numbers_that_make_no_scene_are_refused() -> None:
    for values in ((0, 10, 10, 1), (1, 0, 10, 1), (1, 10, 10, 0)):
        with pytest.raises(SettingsError):
            estimate_scene_bytes(*values)
    with pytest.raises(SettingsError, match="coverage"):
        estimate_scene_bytes(1, 10, 10, 1, coverage=0)


def test_an_estimate_needs_neither_slicer_nor_vtk() -> None:
    code = "import sys, EndoDepthScene; print({'slicer', 'vtk', 'vtkmodules'} & set(sys.modules))"
    path = {"PYTHONPATH": ":".join(p for p in sys.path if p)}
    answer = subprocess.run([sys.executable, "-c", code], env=path, check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "set()"
