"""Frames that show none of the structures asked for: their scene has to be read, not to end the process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sample_case.lettered import camera, depth, image, request

from EndoDepthLib.reconstruction import surface_from_depth
from EndoDepthLib.results import ResultsFolder, ResultsWriter
from EndoDepthLib.values import Frame, LabelMap
from EndoDepthScene.build import build_scene
from EndoDepthScene.readback import check_scene


@pytest.mark.parametrize("seen_in", [(), (1,)], ids=["never", "in one frame"])
def test_a_scene_reads_back_when_frames_show_no_structure(tmp_path: Path, seen_in: tuple[int, ...]) -> None:
    lens = camera()
    asked = request(lens)
    writer = ResultsWriter.create(tmp_path / "results", asked)
    for number in range(3):
        marked = np.zeros((lens.height, lens.width), np.uint8)
        if number in seen_in:
            marked[10, 20:23] = 2
        frame, values, labels = Frame(image(lens, number), number), depth(lens, number), LabelMap(marked, asked.names)
        writer.write_frame(number, frame, values, labels, surface_from_depth(values, frame, labels, 2))
    writer.finish()
    results = ResultsFolder.open(tmp_path / "results")
    build_scene(results, tmp_path / "scene.mrb")
    assert check_scene(tmp_path / "scene.mrb", results).problems(results) == []
