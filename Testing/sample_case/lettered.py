"""A small case with known values: a picture with letters (mirroring shows) and a depth that is a formula."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.reconstruction import surface_from_depth
from EndoDepthLib.results import ResultsFolder, ResultsInput, ResultsRequest, ResultsSegment, ResultsWriter
from EndoDepthLib.values import Camera, DepthMap, DistortionModel, Frame, LabelMap, Scale

LIVER = ResultsSegment("Liver lobe", "liver", (170, 50, 50), "phantoms only")
TOOL = ResultsSegment("grasper", "surgical instrument", (70, 130, 255), "larynx images and phantoms")


def camera(width: int = 96, height: int = 64) -> Camera:
    """A camera with an off-centre axis, unequal focal lengths and barrel distortion."""
    lens = (-0.21, 0.05, 0.001, -0.002)
    size = max(width, height)
    return Camera(
        0.9 * size, 0.8 * size, 0.48 * width, 0.55 * height, width, height, DistortionModel.BROWN_CONRADY, lens
    )


def request(lens: Camera, segments: tuple[ResultsSegment, ...] = (LIVER, TOOL), **changes: object) -> ResultsRequest:
    """A request for this camera."""
    source = ResultsInput("cases/lettered.mp4", frame_rate=25.0, every=5)
    values = {"segments": segments, "settings": {"stride": 2}, **changes}
    return ResultsRequest(source, lens, "file", "default-v0", "0" * 64, **values)  # type: ignore[arg-type]


def image(lens: Camera, number: int) -> np.ndarray:
    """(H, W, 3) uint8 RGB: red towards the right, green towards the bottom, a white F and the frame's number."""
    rows, columns = np.mgrid[: lens.height, : lens.width]
    picture = np.zeros((lens.height, lens.width, 3), np.uint8)
    picture[..., 0] = 40 + 150 * columns // lens.width
    picture[..., 1] = 40 + 110 * rows // lens.height
    picture[..., 2] = (60 + 5 * number) % 256
    height = lens.height / 64
    place = (int(0.12 * lens.width), int(0.62 * lens.height))
    cv2.putText(picture, f"F{number}", place, cv2.FONT_HERSHEY_DUPLEX, height, (255, 255, 255), max(1, int(2 * height)))
    return picture


def depth(lens: Camera, number: int, scale: Scale = Scale.UP_TO_SCALE) -> DepthMap:
    """A slanted, rippled wall with a hole of invalid pixels; confidence falls towards the right."""
    rows, columns = np.mgrid[: lens.height, : lens.width] / max(lens.width, lens.height)
    z = 40 + 30 * columns + 12 * rows + 2 * np.sin(9 * columns + 0.4 * number)
    z[:3, :5] = np.nan
    confidence = np.clip(0.98 - 0.6 * columns - 0.01 * number, 0, 1)
    return DepthMap(z.astype(np.float32), confidence.astype(np.float32), lens, scale).nominal()


def labels(lens: Camera, number: int, names: tuple[str, ...]) -> LabelMap:
    """The first structure is a disc that moves to the right, the second (if any) shows from the second frame on."""
    rows, columns = np.mgrid[: lens.height, : lens.width]
    found = np.zeros((lens.height, lens.width), np.uint8)
    found[np.hypot(rows - lens.height / 2, columns - lens.width / 3 - number) < lens.height / 4] = 1
    if number and len(names) > 1:
        found[2 * lens.height // 3 :, lens.width // 2 :] = 2
    return LabelMap(found, names)


def write_frame(writer: ResultsWriter, number: int, stride: int = 2) -> None:
    """Write frame `number` of the case, with everything that the request announces."""
    asked = writer.request
    frame = Frame(image(asked.camera, number), index=5 * number, time_s=0.2 * number)
    values = depth(asked.camera, number, asked.scale)
    named = labels(asked.camera, number, asked.names) if asked.segments else None
    surface = surface_from_depth(values, frame, named, stride) if asked.has_surfaces else None
    writer.write_frame(number, frame, values, named, surface)


def make_results(folder: Path, asked: ResultsRequest, frames: int, stride: int = 2) -> ResultsFolder:
    """The results folder of the whole case."""
    writer = ResultsWriter.create(folder, asked, np.ones((asked.camera.height, asked.camera.width), bool))
    for number in range(frames):
        write_frame(writer, number, stride)
    writer.finish()
    return ResultsFolder.open(folder)
