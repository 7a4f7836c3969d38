"""The whole job of a benchmark, and its stages one by one on one frame."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from EndoDepthCLI.job.estimate import surface_step_for
from EndoDepthCLI.job.overlap import frame_workers, in_order
from EndoDepthCLI.job.preparation import find_content
from EndoDepthLib.geometry import default_camera
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.inference.network_grid import NetworkGrid
from EndoDepthLib.reconstruction import surface_from_depth
from EndoDepthLib.results import ResultsInput, ResultsRequest, ResultsSegment, ResultsWriter
from EndoDepthLib.results.writer import EncodedFrame
from EndoDepthLib.values import Frame
from EndoDepthLib.video import Video
from EndoDepthLib.video.validity import validity_map

_MOST_STRUCTURES = 3


class WholeJob:
    """Decode, predict, surface, encode and write `frames` frames as `endodepth reconstruct` does."""

    def __init__(self, source: Path, model: EndoDepthModel, folder: Path, frames: int) -> None:
        self.model = model
        self._source, self._folder = source, folder
        self.video = Video.open(source, stop=frames)
        self.frames = self.video.frame_count
        self.width, self.height = self.video.width, self.video.height
        self.camera = default_camera(self.width, self.height)
        self.content = find_content(self.video)
        self.step = surface_step_for(self.width, self.height)
        wanted = ("liver", "gallbladder", "surgical instrument")
        known = tuple(name for name in wanted if name in model.vocabulary.classes)
        self.segments = tuple(model.resolve(known or model.vocabulary.classes[:_MOST_STRUCTURES]))
        grid = NetworkGrid.fit(self.content, model.network.config.input_pixels)
        self.network_width, self.network_height = grid.network_width, grid.network_height

    def milliseconds_per_frame(self) -> float:
        """Do it once into a new folder."""
        shutil.rmtree(self._folder, ignore_errors=True)
        writer = ResultsWriter.create(self._folder, self.request(), self.content)
        workers = frame_workers(self.width, self.height)
        started_s = time.perf_counter()
        for position, encoded in enumerate(in_order(self.video, lambda each: self.compute(writer, each), workers)):
            writer.write_encoded(position, encoded)
        writer.finish()
        return (time.perf_counter() - started_s) * 1000.0 / self.frames

    def compute(self, writer: ResultsWriter, frame: Frame) -> EncodedFrame:
        """What is done with a frame before it is written."""
        prediction = self.model.predict(frame, self.camera, self.segments, self.content, with_scores=False)
        depth = prediction.depth.nominal()
        surface = surface_from_depth(depth, frame, prediction.labels, stride=self.step)
        return writer.encode_frame(frame, depth, prediction.labels, surface, prediction.validity)

    def request(self) -> ResultsRequest:
        """A request as of a real run."""
        classes = self.model.vocabulary.classes
        segments = tuple(ResultsSegment(s.name, classes[s.class_index], (200, 80, 80)) for s in self.segments)
        weights = self.model.weights
        return ResultsRequest(
            ResultsInput(self._source.name), self.camera, "guessed", weights.id, weights.sha256, segments,
            has_validity=True,
        )  # fmt: skip

    def close(self) -> None:
        """Give the video back."""
        self.video.close()


def stage_calls(job: WholeJob) -> dict[str, Callable[[], object]]:
    """The parts of the whole job on one of its frames, each by itself and without overlap."""
    frame = next(islice(job.video, 1))
    model, content = job.model, job.content
    grid = NetworkGrid.fit(content, model.network.config.input_pixels)
    image = grid.to_network(frame.image)
    competitors = model.vocabulary.competitors([segment.class_index for segment in job.segments])
    prediction = model.predict(frame, job.camera, job.segments, content, with_scores=False)
    depth, labels = prediction.depth.nominal(), prediction.labels
    surface = surface_from_depth(depth, frame, labels, stride=job.step)
    folder = job._folder.with_name("one-frame")
    encoder = ResultsWriter.create(folder, job.request(), content)
    encoded = encoder.encode_frame(frame, depth, labels, surface, prediction.validity)

    def write() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        ResultsWriter.create(folder, job.request(), content).write_encoded(0, encoded)

    return {
        "decode (12 frames)": lambda: list(islice(job.video, 12)),
        "resize to the network": lambda: grid.to_network(frame.image),
        "network": lambda: model.runtime.run(image, competitors),
        "highlights": lambda: validity_map(frame.image, content),
        "predict in all": lambda: model.predict(frame, job.camera, job.segments, content, with_scores=False),
        "nominal scale": prediction.depth.nominal,
        "surface": lambda: surface_from_depth(depth, frame, labels, stride=job.step),
        "encode files": lambda: encoder.encode_frame(frame, depth, labels, surface, prediction.validity),
        "write files": write,
    }
