"""A results folder of two planes, seen by a camera that travels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.results import ResultsFolder, ResultsInput, ResultsRequest, ResultsWriter
from EndoDepthLib.results.manifest import ResultsSegment
from EndoDepthLib.values import DepthMap, Frame, LabelMap
from moving_camera.two_planes import CAMERA, view

INSTRUMENT = ResultsSegment("grasper", "surgical instrument", (200, 200, 200))


def planes_results(
    folder: Path,
    path: np.ndarray,
    *,
    unusable: tuple[int, ...] = (),
    moving: bool = False,
    camera_source: str = "file",
) -> ResultsFolder:
    """Frames along path (N, 4, 4); the depth of each is the truth, scaled to the nominal median as results have it.

    unusable: frames of noise. moving: an instrument that hangs in the picture at the same place throughout, as marked.
    """
    rng = np.random.default_rng(0)
    request = ResultsRequest(
        ResultsInput("planes"),
        CAMERA,
        camera_source,
        "none",
        "0" * 64,
        segments=(INSTRUMENT,) if moving else (),
        has_surfaces=False,
        has_validity=True,
    )
    writer = ResultsWriter.create(folder, request)
    for position, pose in enumerate(path):
        picture, depth = view(pose)
        labels = np.zeros(depth.shape, np.uint8)
        if position in unusable:
            picture = rng.integers(0, 256, picture.shape, np.uint8)
        if moving:
            blob = np.random.default_rng(5).integers(0, 256, (15, 20, 3), np.uint8)
            picture[60:150, 80:180] = cv2.resize(blob, (100, 90))
            labels[60:150, 80:180] = 1
            depth[60:150, 80:180] = 2.0
        predicted = DepthMap(depth.astype(np.float32), np.full(depth.shape, 0.8, np.float32), CAMERA).nominal()
        frame = Frame(picture, position * 2, position * 0.08)
        label_map = LabelMap(labels, ("grasper",)) if moving else None
        writer.write_frame(position, frame, predicted, label_map, None, np.ones(depth.shape, np.uint8))
    writer.finish()
    return ResultsFolder.open(folder)
