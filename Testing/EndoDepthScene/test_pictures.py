"""The axial view is upright and unmirrored, and the surface seen from the endoscope covers the frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from sample_case.lettered import camera, depth, make_results, request

from EndoDepthLib.reconstruction import surface_from_depth
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.values import Frame
from EndoDepthScene import CaseScene, MrmlSession, draw_scene
from EndoDepthScene.pictures import endoscope_picture


def test_the_axial_view_shows_the_frame_upright_and_unmirrored(results: ResultsFolder, scene_file: Path) -> None:
    files = draw_scene(scene_file, results.folder, position=1)
    assert set(files) == {"axial", "endoscope", "oblique"}
    drawn = cv2.cvtColor(cv2.imread(str(files["axial"])), cv2.COLOR_BGR2RGB).astype(float)
    height, width = drawn.shape[:2]
    # The scene has unequal focal lengths: the plane is wider or higher than the pixels say.
    lens = results.camera
    plane = np.array([lens.width / lens.fx, lens.height / lens.fy])
    size = np.rint(plane * min(width / plane[0], height / plane[1])).astype(int)
    x, y = (width - size[0]) // 2, (height - size[1]) // 2
    drawn = drawn[y : y + size[1], x : x + size[0]]
    frame = cv2.resize(results.frame(1).image, tuple(size.tolist()), interpolation=cv2.INTER_LINEAR).astype(float)
    differences = {
        name: np.abs(drawn - view).mean()
        for name, view in {
            "as it is": frame, "mirrored": frame[:, ::-1], "upside down": frame[::-1], "turned": frame[::-1, ::-1],
        }.items()
    }  # fmt: skip
    assert differences["as it is"] < 4
    assert min(value for name, value in differences.items() if name != "as it is") > 20


def test_seen_from_the_endoscope_the_surface_covers_the_frame(tmp_path: Path) -> None:
    lens = camera(160, 120).pinhole()
    results = make_results(tmp_path / "out", request(lens), 1, stride=1)
    with MrmlSession() as session:
        case = CaseScene(session.scene, results)
        case.add_frame(0)
        picture = endoscope_picture(case.proxy("Surface"), case.camera, lens)
    image = results.frame(0).image
    inside = np.s_[8:-8, 8:-8]
    difference = np.abs(picture.astype(float) - image)[inside]
    shifted = np.abs(np.roll(picture, 1, axis=1).astype(float) - image)[inside]
    assert difference.mean() < 1.5
    assert shifted.mean() > 1.5 * difference.mean()
    surface = surface_from_depth(depth(lens, 0), Frame(image), stride=1)
    assert len(surface.vertices) > 0.95 * image.shape[0] * image.shape[1]
