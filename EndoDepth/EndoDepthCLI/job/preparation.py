"""Everything a job needs, checked before its output folder is made."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from EndoDepthCLI.job.fingerprint import fingerprint
from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.output import check_output
from EndoDepthCLI.job.reading import open_input
from EndoDepthCLI.job.recorded_runtime import with_recorded_runtime
from EndoDepthCLI.job.weights import load_model
from EndoDepthCLI.option_groups import CameraOptions, OutputOptions, ReadingOptions, WeightOptions
from EndoDepthCLI.teaching import PHANTOMS_ONLY
from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import SourcedCamera, Undistorter, choose_camera
from EndoDepthLib.values import Camera, DepthMap, Frame, LabelMap
from EndoDepthLib.video import Video, find_content_area

if TYPE_CHECKING:  # torch stays unloaded until the cheap checks are through
    from EndoDepthLib.inference import EndoDepthModel
    from EndoDepthLib.prompts import ResolvedPrompt

_CONTENT_FRAMES = 7


@dataclass(frozen=True)
class Prepared:
    """An open input, its camera and the model, all found good.

    camera is that of the grid everything is written on: of the decoded pixels, or the pinhole of --undistort.
    content (H, W) bool is the image area inside the dark border, on the same grid. segments name the asked-for
    structures in the order of their labels.
    """

    video: Video
    input_sha256: str
    sourced_camera: SourcedCamera
    camera: Camera
    undistorter: Undistorter | None
    content: np.ndarray
    model: EndoDepthModel
    segments: tuple[ResolvedPrompt, ...]
    messages: Messages

    def on_grid(self, frame: Frame) -> Frame:
        """The frame on the grid everything is written on."""
        if self.undistorter is None:
            return frame
        return Frame(self.undistorter.image(frame.image), frame.index, frame.time_s)

    def predict(self, frame: Frame) -> tuple[DepthMap, LabelMap | None, np.ndarray]:
        """Of a frame on the grid: depth (nominal while up to scale), labels if asked for, validity (H, W) uint8."""
        prediction = self.model.predict(frame, self.camera, self.segments, self.content, with_scores=False)
        return prediction.depth.nominal(), prediction.labels, prediction.validity


def prepare(
    reading: ReadingOptions,
    lens: CameraOptions,
    weights: WeightOptions,
    prompts: tuple[str, ...],
    output: OutputOptions,
    messages: Messages,
    all_classes: bool = False,
    camera_matters: bool = True,
) -> Prepared:
    """Check and open everything, the cheap things first. Raises an EndoDepthError for what cannot be used.

    all_classes: without prompts, ask for every class of the weights. camera_matters: warn of a guessed camera.
    """
    check_output(output)
    video = open_input(reading)
    sourced = choose_camera(video.width, video.height, lens.camera, lens.fov)
    if sourced.warning is not None and (camera_matters or lens.undistort):
        messages.warn(sourced.warning)
    undistorter = Undistorter(sourced.camera) if lens.undistort else None
    camera = sourced.camera if undistorter is None else undistorter.camera
    model = load_model(with_recorded_runtime(weights, output), messages)
    if all_classes and not prompts:
        prompts = model.vocabulary.classes
    segments = tuple(model.resolve(prompts))
    warn_of_phantoms(model, segments, messages)
    content = find_content(video) & video.shown
    if undistorter is not None:
        content = undistorter.labels(content) & undistorter.valid
    messages.warn_all(video.warnings)
    source_hash = fingerprint(Path(reading.input))
    return Prepared(video, source_hash, sourced, camera, undistorter, content, model, segments, messages)


def find_content(video: Video) -> np.ndarray:
    """(H, W) bool: the content area, from a few frames spread over the kept range.

    Frames that cannot be decoded are passed over. Raises InputError when no frame of the range can be.
    """
    wanted = range(0, max(video.frame_count, 1), max(1, video.frame_count // _CONTENT_FRAMES))
    frames = []
    for position in wanted[:_CONTENT_FRAMES]:
        with suppress(InputError):  # a cut file promises frames that it does not have
            frames.append(video.read(video.indices[position]))
    if not frames:
        frames = list(islice(video, 1))
    if not frames:
        raise InputError(f"no frame of '{video.source}' can be decoded in this range; choose another one")
    return find_content_area(frames)


def warn_of_phantoms(model: EndoDepthModel, segments: tuple[ResolvedPrompt, ...], messages: Messages) -> None:
    """Say which of the asked-for structures the weights know from rendered phantoms only."""
    names = [f"'{s.name}'" for s in segments if model.vocabulary.taught_by[s.class_index] == PHANTOMS_ONLY]
    if names:
        messages.warn(
            f"{', '.join(names)}: taught by rendered phantoms only, never by a real image; check what is marked by eye"
        )
